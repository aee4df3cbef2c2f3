"""Licensed wording: the hand-written paraphrases of the corpus, and the compose tier on a sheet made by hand."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from chimera_report.tools.claims.licensed import Licences, check
from chimera_report.tools.claims.prose import check_sentence
from chimera_report.tools.schema import ComparisonClaim, EffectClaim, Fact, FactKind, FactSheet, Recipe, Sentence

CORPUS = Path(__file__).parents[3] / "../shared/corpus/chimera-101"
PARAPHRASES = Path(__file__).parents[2] / "data/claims/paraphrases.csv"


@cache
def corpus_sheet() -> FactSheet:
    from chimera_report.tools.ingest import ingest
    from chimera_report.tools.report import build
    from chimera_report.tools.stats import analyse

    dataset = ingest(CORPUS)
    return build(analyse(dataset), dataset, every=True)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")
def test_no_false_paraphrase_is_accepted_and_most_true_ones_are() -> None:
    with PARAPHRASES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 120
    licences = Licences(corpus_sheet())
    accepted = {r["sentence"]: bool(licences.support(r["sentence"])) for r in rows}
    lies = [r["sentence"] for r in rows if r["truth"] == "false" and accepted[r["sentence"]]]
    truths = [r["sentence"] for r in rows if r["truth"] == "true"]
    refused = [s for s in truths if not accepted[s]]
    assert lies == []
    assert len(refused) <= 0.15 * len(truths), refused


def fact(
    ident: str, field: str, display: str, *, metric: str = "", kind: FactKind = "comparison", n: int | None = None
) -> Fact:
    return Fact(
        id=ident, kind=kind, metric=metric, suite="baseline", recipe=Recipe(function="f"), field=field, n=n,
        value=display, display=display, number=display.removesuffix("×"),
        interval="2.7× to 3.0×" if "×" in display else "",
    )  # fmt: skip


SHEET = FactSheet(
    facts=(
        fact("F001", "a", "gemma3:270m"),
        fact("F002", "b", "gemma3:latest"),
        fact("F003", "ratio", "2.87×", metric="decode_rate", n=36),
        fact("F004", "suite", "baseline"),
        fact("F005", "factor", "num_ctx", kind="effect"),
        fact("F006", "subject", "gemma3:270m", kind="effect"),
        fact("F007", "ratio_ci.high-1", "0.5 %", metric="decode_rate", kind="effect"),
    ),
    claims=(
        ComparisonClaim(
            id="C001", facts=("F001", "F002", "F003", "F004"), verdict="SUPPORTED", metric="decode_rate",
            a="gemma3:270m", b="gemma3:latest", direction="higher", better="gemma3:270m",
            clause="{{F001}} decodes {{F003:number}} times as fast as {{F002}} in suite {{F004}}",
        ),
        EffectClaim(
            id="C002", facts=("F005", "F006", "F007", "F004"), verdict="SUPPORTED", metric="decode_rate",
            factor="num_ctx", subject="gemma3:270m", direction="none",
            clause="the decode rate of {{F006}} in suite {{F004}} stays within {{F007}} over {{F005}}",
        ),
    ),
)  # fmt: skip
GIVEN = Sentence(id="S1", text="{{C001}}.", claims=("C001",), wording="free")
COUNTED = Sentence(
    id="S2", text="{{C001}}, with an interval of {{F003:interval}} (n = {{F003:n}}).", claims=("C001",), wording="free"
)
FLAT = Sentence(id="S3", text="{{C002}}.", claims=("C002",), wording="free")

AHEAD = "In suite {{F004}}, {{F001}} is ahead of {{F002}} by decode rate"
GOOD = [
    (GIVEN, "In suite {{F004}}, {{F001}} is faster than {{F002}} by decode rate."),
    (GIVEN, "Compared with {{F002}}, {{F001}} has a higher decode rate in suite {{F004}}."),
    (GIVEN, "The decode rate of {{F001}} is {{F003:number}} times that of {{F002}} in suite {{F004}}."),
    (GIVEN, "{{F002}} trails {{F001}} in decode rate in suite {{F004}}."),
    (GIVEN, "gemma3:270m outperforms gemma3:latest in decode rate in suite baseline."),
    (COUNTED, AHEAD + ", with an interval of {{F003:interval}} (n = {{F003:n}})."),
    (FLAT, "In suite {{F004}}, changing {{F005}} moves the decode rate of {{F006}} by at most {{F007}}."),
]  # fmt: skip
BAD = [
    (GIVEN, "In suite {{F004}}, {{F002}} is faster than {{F001}} by decode rate."),
    (GIVEN, "In suite {{F004}}, {{F001}} is slower than {{F002}} by decode rate."),
    (GIVEN, "{{F001}} is faster than {{F002}} by decode rate."),  # in no suite
    (GIVEN, "In suite {{F004}}, {{F001}} is faster than {{F002}} by load time."),
    (GIVEN, "In suite {{F004}}, {{F001}} is faster than {{F002}}."),
    (GIVEN, "In suite {{F004}}, {{F001}} is faster than {{F002}} by decode rate because it is small."),
    (GIVEN, "In suite {{F004}}, it is not true that {{F001}} is faster than {{F002}} by decode rate."),
    (GIVEN, "In suite {{F004}}, {{F001}} decodes 2.78 times as fast as {{F002}}."),
    (GIVEN, "In suite {{F004}}, {{F001}} decodes {{F003:number}} times faster than {{F002}}."),
    (GIVEN, "In suite {{F004}}, the decode rate of {{F002}} is {{F003:number}} times that of {{F001}}."),
    (GIVEN, "In suite {{F004}}, {{F001}} and {{F002}} agree in decode rate to within {{F003}}."),
    (GIVEN, "In suite {{F004}}, {{F001}} has the highest decode rate."),
    (GIVEN, "In suite {{F004}}, {{F006}} moves the decode rate."),
    (GIVEN, "In suite {{F004}}, gemma3:270M is faster than {{F002}} by decode rate."),  # another case, another model
    (COUNTED, AHEAD + "."),  # drops interval and n
    (COUNTED, AHEAD + ", with an interval of {{F003:n}} (n = {{F003:interval}})."),
    (FLAT, "In suite {{F004}}, {{F005}} raises the decode rate of {{F006}} by {{F007}}."),
    (FLAT, "In suite {{F004}}, changing {{F005}} moves the decode rate of {{F006}} by at least {{F007}}."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "draft"), GOOD)
def test_a_licensed_sentence_stands_in_the_compose_tier_only(given: Sentence, draft: str) -> None:
    assert check_sentence(draft, given, SHEET, tier="compose") == []
    assert check_sentence(draft, given, SHEET)


@pytest.mark.parametrize(("given", "draft"), BAD)
def test_what_no_claim_licenses_is_refused(given: Sentence, draft: str) -> None:
    assert check(draft, given, SHEET)
    assert check_sentence(draft, given, SHEET, tier="compose")


def test_a_metric_for_which_lower_is_better_turns_the_words_around() -> None:
    claim = ComparisonClaim(
        id="C001", facts=("F001", "F002", "F003", "F004"), verdict="SUPPORTED", metric="load_time", a="gemma3:270m",
        b="gemma3:latest", direction="higher", better="gemma3:latest",
        clause="the load time of {{F001}} is {{F003:number}} times that of {{F002}} in suite {{F004}}",
    )  # fmt: skip
    sheet = FactSheet(facts=SHEET.facts, claims=(claim,))
    assert Licences(sheet).support("In suite baseline, gemma3:latest is faster than gemma3:270m by load time.") == (
        "C001",
    )
    assert Licences(sheet).support("In suite baseline, gemma3:270m has a longer load time than gemma3:latest.") == (
        "C001",
    )
    assert Licences(sheet).support("In suite baseline, gemma3:270m is faster than gemma3:latest by load time.") == ()
    assert Licences(sheet).support("In suite baseline, gemma3:270m is better than gemma3:latest in load time.") == ()


@pytest.mark.parametrize("verdict", ["REFUTED", "INSUFFICIENT"])
def test_only_a_supported_claim_licenses(verdict: str) -> None:
    sheet = FactSheet(facts=SHEET.facts, claims=tuple(c.model_copy(update={"verdict": verdict}) for c in SHEET.claims))
    assert Licences(sheet).support("In suite baseline, gemma3:270m is faster than gemma3:latest by decode rate.") == ()
    assert check("In suite {{F004}}, {{F001}} is faster than {{F002}} by decode rate.", GIVEN, sheet)
