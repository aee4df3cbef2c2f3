"""The closed-world check of a drafted sentence: honest rewordings stand, every way to lie that we know is refused."""

from __future__ import annotations

import pytest

from chimera_report.tools.claims.prose import check_sentence, rebind
from chimera_report.tools.schema import ComparisonClaim, Fact, FactSheet, Recipe, Sentence


def fact(ident: str, display: str, *, n: int | None = None, interval: str = "") -> Fact:
    number = display.split()[0]
    return Fact(
        id=ident, kind="measurement", n=n, recipe=Recipe(function="f"), field="x",
        display=display, number=number, interval=interval,
    )  # fmt: skip


SHEET = FactSheet(
    facts=(
        fact("F001", "gemma3:270m"), fact("F002", "gemma3:latest"), fact("F003", "2.87×"),
        fact("F004", "gemma3_baseline"),
        fact("F005", "292 tokens/s", n=36, interval="288 to 296 tokens/s"), fact("F006", "102 tokens/s", n=34),
        fact("F007", "101"), fact("F008", "28"),
    ),
    claims=(
        ComparisonClaim(
            id="C001", facts=("F001", "F002", "F003"), metric="decode_rate", a="gemma3:270m", b="gemma3:latest",
            direction="higher", better="gemma3:270m", verdict="SUPPORTED",
            clause="{{F001}} decodes {{F003:number}} times as fast as {{F002}}",
        ),
        ComparisonClaim(
            id="C002", facts=("F005",), metric="decode_rate", a="a", b="b", direction="higher", verdict="SUPPORTED",
            clause="the decode rate of {{F001}} is {{F005}}",
        ),
    ),
    names=("gemma3:270m", "gemma3:latest", "gemma3_baseline"),
)  # fmt: skip


def sentence(text: str, *claims: str) -> Sentence:
    return Sentence(id="S001", text=text, claims=claims, wording="free")


CLAUSE = sentence("In the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs.", "C001")
TWO = sentence("{{C001}}, and {{C002}}.", "C001", "C002")
VALUE = sentence("{{F001}} reaches {{F005}} in suite {{F004}}, over {{F005:n}} runs.")
PAIR = sentence("{{F001}} reaches {{F005}}, {{F002}} reaches {{F006}}.")
COUNT = sentence("The folder holds {{F007}} files, of which {{F008}} are CSV.")
FAILED = sentence("Of the {{F007}} files, {{F008}} could not be read.")

GOOD = [
    (CLAUSE, "For the suite {{F004}}, {{C001}}, based on {{F005:n}} paired runs."),
    (CLAUSE, "The data shows that in suite {{F004}}, {{C001}}, measured over {{F005:n}} paired runs."),
    (CLAUSE, "In the suite {{F004}}, the measurements confirm that {{C001}}, across {{F005:n}} paired runs."),
    (CLAUSE, "In summary, in the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs."),
    (CLAUSE, "In the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs, as the data shows."),
    (TWO, "The results show that {{C001}}, and {{C002}}."),
    (TWO, "{{C001}}; in addition, {{C002}}."),
    (TWO, "According to the benchmark data, {{C001}}, and it was observed that {{C002}}."),
    (VALUE, "{{F001}} achieves {{F005}} for the suite {{F004}}, measured over {{F005:n}} runs."),
    (VALUE, "In addition, {{F001}} reached {{F005}} in suite {{F004}}, over {{F005:n}} runs."),
    (COUNT, "The directory contains {{F007}} files, of which {{F008}} are CSV."),
    (COUNT, "It was found that the folder holds {{F007}} files, of which {{F008}} are CSV, as recorded."),
    (FAILED, "As the records show, of the {{F007}} files, {{F008}} could not be read."),
]

# rule that has to be among the findings, the sentence, the draft
BAD = [
    (15, CLAUSE, "It is false that in the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs."),
    (15, CLAUSE, "In the suite {{F004}}, {{C001}} fails to hold, over {{F005:n}} paired runs."),
    (15, CLAUSE, "Without the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs."),
    (15, CLAUSE, "Except in the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs."),
    (15, CLAUSE, "The data does not show that in the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs."),
    (12, CLAUSE, "In the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs, a strong lead."),
    (12, CLAUSE, "In every suite such as {{F004}}, {{C001}}, over {{F005:n}} paired runs."),
    (11, CLAUSE, "In the suite {{F004}}, it seems that {{C001}}, over {{F005:n}} paired runs."),
    (13, CLAUSE, "In the suite {{F004}}, {{C001}} because of caching, over {{F005:n}} paired runs."),
    (6, CLAUSE, "We see that in the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs."),
    (7, CLAUSE, "In the suite {{F004}}, {{C001}}, over 36 paired runs and {{F005:n}} paired runs."),
    (7, CLAUSE, "In the suite {{F004}}, {{C001}} twice, over {{F005:n}} paired runs."),
    (8, CLAUSE, "In the suite {{F004}}, {{C001}}, over {{F006:n}} paired runs."),
    (8, CLAUSE, "{{C001}}."),
    (8, CLAUSE, "In the suite {{F004}}, {{C001}} and {{C002}}, over {{F005:n}} paired runs."),
    (8, CLAUSE, "In the suite {{F004}}, {{C001}} and {{C001}}, over {{F005:n}} paired runs."),
    (8, CLAUSE, "In the suite {{F004}}, {C001}, over {{F005:n}} paired runs."),
    (4, CLAUSE, "In the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs?"),
    (17, CLAUSE, "In the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs. Caching did it."),
    (17, CLAUSE, "In the suite **{{F004}}**, {{C001}}, over {{F005:n}} paired runs."),
    (17, CLAUSE, "In the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs\nand more."),
    (17, CLAUSE, "in the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs."),
    (17, CLAUSE, "In the suite {{F004}}, {{C001}}, over ({{F005:n}} paired runs."),
    (12, CLAUSE, "In the suite {{F004}}, {{C001}}, over {{F005:n}} paired GPUs."),
    (12, CLAUSE, "In the suite {{F004}}, whistel shows that {{C001}}, over {{F005:n}} paired runs."),
    (19, CLAUSE, "In the the suite {{F004}}, {{C001}}, over {{F005:n}} paired runs."),
    (12, TWO, "{{C001}}, so {{C002}}."),
    (12, TWO, "{{C001}} of {{C002}}."),
    (8, PAIR, "{{F001}} reaches {{F006}}, {{F002}} reaches {{F005}}."),
    (8, PAIR, "{{F002}} reaches {{F005}}, {{F001}} reaches {{F006}}."),
    (12, PAIR, "{{F001}} reaches {{F005}}, beaten as {{F002}} reaches {{F006}}."),
    (12, PAIR, "{{F001}} reaches {{F005}}, {{F002}} in {{F006}}."),
    (7, VALUE, "{{F001}} reaches {{F005}} ms in suite {{F004}}, over {{F005:n}} runs."),
    (17, VALUE, "{{F001}} reaches {{F005}}% in suite {{F004}}, over {{F005:n}} runs!"),
    (12, VALUE, "{{F001}} reaches {{F005}} in suite {{F004}}, over {{F005:n}} layers."),
    (12, COUNT, "The folder holds {{F007}} files, of which at least {{F008}} are CSV."),
    (12, COUNT, "The folder holds {{F007}} files, of which {{F008}} are JSON."),
    (15, COUNT, "The folder lacks {{F007}} files, of which {{F008}} are CSV."),
    (12, COUNT, "The folder holds {{F007}} CSV, of which {{F008}} are files."),
    (12, FAILED, "Of the {{F007}} files, {{F008}} could be read."),
    (12, FAILED, "Could {{F007}} files, of the {{F008}} not be read."),
]


@pytest.mark.parametrize(("given", "draft"), GOOD)
def test_an_honest_rewording_stands(given: Sentence, draft: str) -> None:
    assert check_sentence(draft, given, SHEET) == []


@pytest.mark.parametrize(("rule", "given", "draft"), BAD)
def test_a_lie_is_refused_under_its_rule(rule: int, given: Sentence, draft: str) -> None:
    found = check_sentence(draft, given, SHEET)
    assert rule in {f.rule for f in found}
    assert all(f.severity == "error" and f.message and f.sentence == "S001" for f in found)


@pytest.mark.parametrize("given", [CLAUSE, TWO, VALUE, PAIR, COUNT, FAILED])
def test_the_codes_own_sentence_stands(given: Sentence) -> None:
    assert check_sentence(given.text, given, SHEET) == []
    assert check_sentence("In addition, " + given.text[0].lower() + given.text[1:], given, SHEET) == []


def test_clauses_may_replace_a_sentence_that_spells_them_out() -> None:
    given = sentence("{{F001}} decodes {{F003:number}} times as fast as {{F002}}.", "C001")
    assert check_sentence("The data shows that {{C001}}.", given, SHEET) == []
    assert check_sentence("The data shows that {{C002}}.", given, SHEET)  # of another claim


def test_a_claim_that_is_not_supported_does_not_stand_in() -> None:
    refuted = FactSheet(
        facts=SHEET.facts, claims=tuple(c.model_copy(update={"verdict": "REFUTED"}) for c in SHEET.claims)
    )
    given = sentence("{{F001}} decodes {{F003:number}} times as fast as {{F002}}.", "C001")
    assert check_sentence("The data shows that {{C001}}.", given, refuted)


def test_an_unknown_word_is_named_with_what_is_allowed() -> None:
    (found,) = check_sentence("In the suite {{F004}}, quoth {{C001}}, over {{F005:n}} paired runs.", CLAUSE, SHEET)
    assert found.span == "quoth"
    assert "over {{F005:n}} paired runs" in found.allowed


def test_exact_literals_are_bound() -> None:
    draft = "gemma3:270m reaches 292 tokens/s in suite gemma3_baseline, over 36 runs."
    assert rebind(draft, VALUE, SHEET) == VALUE.text
    doubled = "{{F001}} reaches {{F005}} (292 tokens/s) in suite {{F004}}, over {{F005:n}} runs."
    assert rebind(doubled, VALUE, SHEET) == VALUE.text


@pytest.mark.parametrize(
    "draft",
    [
        "gemma3:270m reaches 293 tokens/s in suite gemma3_baseline, over 36 runs.",  # another digit
        "gemma3:270m reaches 292 ms in suite gemma3_baseline, over 36 runs.",  # another unit
        "gemma3:270m reaches 1292 tokens/s in suite gemma3_baseline, over 36 runs.",  # part of a longer number
        "gemma3:latest reaches 292 tokens/s in suite gemma3_baseline, over 36 runs.",  # another subject
        "gemma3:270m reaches 36 in suite gemma3_baseline, over 292 tokens/s runs.",  # exchanged
        "gemma3:270m-q8 reaches 292 tokens/s in suite gemma3_baseline, over 36 runs.",  # a longer name
    ],
)
def test_what_does_not_match_exactly_is_not_bound(draft: str) -> None:
    assert check_sentence(rebind(draft, VALUE, SHEET), VALUE, SHEET)


def test_literals_that_two_facts_share_are_not_bound() -> None:
    sheet = FactSheet(facts=(fact("F001", "5 files"), fact("F002", "5 files")), claims=())
    given = sentence("{{F001}} failed, {{F002}} passed.")
    assert rebind("5 files failed, {{F002}} passed.", given, sheet) == "5 files failed, {{F002}} passed."
