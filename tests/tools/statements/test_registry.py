"""Every kind of statement has every member that the program asks for, so that none is lost on the way."""

from __future__ import annotations

import re
from typing import Literal, get_args, get_origin

import pytest

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.schema import FactSheet, claim_class
from chimera_report.tools.statements import Statement, registry

KINDS = list(registry().values())
DEFAULTS = Statement


def overrides(kind: Statement, *names: str) -> bool:
    return any(getattr(type(kind), name) is not getattr(DEFAULTS, name) for name in names)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_a_kind_is_complete(kind: Statement) -> None:
    assert kind.__doc__ or type(kind).__module__, "its file says what it is"
    assert claim_class(kind.kind) is kind.claim
    for member in ("items", "draft", "wording", "check", "weigh"):
        assert overrides(kind, member), f"{kind.kind} has no {member}"
    assert bool(kind.no_advice) != overrides(kind, "advise"), "it advises, or says why it does not"
    assert bool(kind.planned) != overrides(kind, "themes", "beside"), "its findings are its own, or planned with others"
    assert kind.actions or not overrides(kind, "advise"), "its actions are listed"
    assert not kind.actions or overrides(kind, "action_wording"), "its actions are worded"
    assert bool(kind.never_open) != overrides(kind, "open_ones"), "it says what stays open, or why nothing does"
    assert kind.meaning and kind.function, "evidence says what an item is, and what gives it again"
    assert kind.explained is not None, "a reader can look up how it is found, and how to read it"
    assert bool(kind.only_code) != overrides(kind, "framings"), "a model's sentences are bound to the claim"
    assert kind.examples or kind.only_code, "a model is shown how to word it, or why it never does"


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_a_kind_can_be_asked_for(kind: Statement) -> None:
    assert bool(kind.asks) != bool(kind.asked_by)
    assert bool(kind.asks) == overrides(kind, "asked_for")
    for asked in kind.asks:
        assert re.search(asked.pattern, asked.example.lower()), asked.example


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_frames_and_examples_hold_no_number_and_no_name(kind: Statement) -> None:
    texts = [frame for frames in kind.frames.values() for frame in frames] + [t for pair in kind.examples for t in pair]
    for text in texts:
        bare = re.sub(r"\{\{[^}]*\}\}|<\w+>|\{\w+\}", "", text)
        assert not re.search(r"\d", bare), text
        assert not any(re.search(rf"\b{name}\b", bare) for name in METRICS if "_" in name), text
    for given, worded in kind.examples:
        marks = [set(re.findall(r"\{\{[^}]*\}\}", text)) for text in (given, worded)]
        assert marks[0] >= marks[1], "an example adds no fact"


def test_every_claim_of_the_program_is_a_kind() -> None:
    """No claim that is computed and checked somewhere else can get lost."""
    from chimera_report.tools.schema import claims

    own = {cls for cls in vars(claims).values() if isinstance(cls, type) and issubclass(cls, claims.ClaimBase)}
    assert own - {claims.ClaimBase} <= {kind.claim for kind in KINDS}


@pytest.mark.parametrize("kind", [k for k in KINDS if k.actions], ids=lambda k: k.kind)
def test_an_action_belongs_to_one_kind_of_item(kind: Statement) -> None:
    for other in KINDS:
        if other is not kind and other.result is kind.result:
            assert not set(kind.actions) & set(other.actions)


def test_a_kind_that_is_not_installed_is_named() -> None:
    held = {"facts": [], "claims": [{"kind": "nobody_has_it", "id": "C001", "facts": []}]}
    with pytest.raises(ValueError, match=r"nobody_has_it.*not be installed"):
        FactSheet.model_validate(held)


def test_a_claim_is_read_back_as_its_own_class() -> None:
    for kind in KINDS:
        fields = {"id": "C001", "facts": (), "clause": "x"}
        for name, field in kind.claim.model_fields.items():
            if field.is_required() and name not in fields:
                choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
                plain = {str: "x", bool: True, int: 1, float: 1.0}.get(field.annotation, ())  # type: ignore[call-overload]
                fields[name] = choices[0] if choices else plain
        claim = kind.claim.model_validate(fields)
        sheet = FactSheet(facts=(), claims=(claim,))
        again = FactSheet.model_validate_json(sheet.model_dump_json())
        assert type(again.claims[0]) is kind.claim and again == sheet
