from __future__ import annotations

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.claims.wording import fill, ids_in
from chimera_report.tools.schema import Fact, FactSheet, InventoryClaim, Recipe


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
