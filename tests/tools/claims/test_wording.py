from __future__ import annotations

import re

import pytest

from chimera_report.tools.claims import check_sentence, lexicon, render_text, wordings
from chimera_report.tools.claims.lexicon import PLACEHOLDER
from chimera_report.tools.claims.wording import fill, ids_in
from chimera_report.tools.schema import Fact, FactSheet, InventoryClaim, Recipe

from .conftest import Case  # type: ignore[import-not-found]


def fact(ident: str, value: str, **more: object) -> Fact:
    base = {"id": ident, "kind": "inventory", "value": value, "recipe": Recipe(function="f"), "field": "x"}
    return Fact.model_validate(base | {"display": f"{value} ms", "number": value} | more)


SHEET = FactSheet(
    facts=(fact("F001", "3", interval="2 to 4 ms", n=7), fact("F002", "{{F001}}"), fact("F003", "a|b")),
    claims=(
        InventoryClaim(id="C001", facts=("F001",), clause="the time is {{F001}}"),
        InventoryClaim(id="C002", facts=("F003",), clause="{{F003:number}} is a name"),
    ),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{F001}}", "3 ms"),
        ("{{F001:number}} of {{F001:interval}}, n = {{F001:n}}", "3 of 2 to 4 ms, n = 7"),
        ("{{C001}}.", "The time is 3 ms."),
        ("In short, {{C001}}.", "In short, the time is 3 ms."),
        ("{{C002}}.", "a|b is a name."),
        ("{{F002:number}}", "{{F001}}"),
    ],
)
def test_placeholders_are_filled_once(text: str, shown: str) -> None:
    assert render_text(text, SHEET) == shown


def test_what_a_fact_puts_in_is_transformed_and_nothing_else() -> None:
    assert render_text("|{{F003}}| {{C001}}", SHEET, lambda t: t.upper()) == "|A|B MS| the time is 3 MS"


@pytest.mark.parametrize("text", ["{{F009}}", "{{C009}}", "{{F003:n}}", "{{F003:interval}}"])
def test_an_unknown_id_or_part_is_an_error(text: str) -> None:
    with pytest.raises(KeyError):
        render_text(text, SHEET)


def test_frames_fill_whole_or_not_at_all() -> None:
    assert fill("{a} over {b:number}", {"a": "F001", "b": "F002"}) == "{{F001}} over {{F002:number}}"
    assert fill("{a} over {b}", {"a": "F001"}) is None
    assert ids_in("{{F002}} {{C001}} {{F002:n}}") == ["F002", "C001"]


def test_a_sentence_without_a_clause_may_be_turned_and_each_way_passes_the_check(planted: Case) -> None:
    turned = 0
    for section in planted.outline.sections:
        for sentence in section.sentences:
            if sentence.wording == "free" and "{{C" not in sentence.text:
                ways = wordings(sentence, planted.sheet)
                marks = sorted(PLACEHOLDER.findall(sentence.text))
                assert all(sorted(PLACEHOLDER.findall(way)) == marks for way in ways)
                assert [w for w in ways if check_sentence(w, sentence, planted.sheet)] == []
                turned += len(ways) > 1
    assert turned >= 0


def test_every_turn_of_the_lexicon_keeps_its_placeholders() -> None:
    for pattern, others in lexicon.turns():
        assert others
        for other in others:
            assert sorted(re.findall(r"m\d", other)) == sorted(pattern.groupindex)
            assert not re.search(r"\d", re.sub(r"\\g<m\d>", "", other))
