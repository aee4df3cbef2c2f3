"""What a statement adds to a report beside its own clause: sentences in draft, themes, advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chimera_report.tools.schema import ClaimBase, Result, Run


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence before it has an id. `claims` adds what it rests on without showing it."""

    text: str
    claims: tuple[str, ...] = ()
    wording: Literal["free", "fixed"] = "free"


@dataclass(slots=True)
class Theme:
    """One thing that matters. `summary` is its sentence in the executive summary, `last` the one in the conclusion."""

    kind: str
    weight: float
    title: str
    sentences: list[Draft]
    claims: list[ClaimBase]
    items: list[Result]  # what it is about; recommendations follow from them
    summary: Draft | None = None
    last: Draft | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, as data: an action that follows from claims, the run that does or tests it, and why in sentences."""

    action: str  # one of the statement's `actions`; its words come from there
    item: Result  # what it rests on
    because: Sequence[ClaimBase]
    scope: str  # "suite speed"
    weight: float
    run: Run | None = None
    sentences: tuple[Draft, ...] = ()


def listed(parts: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + f" {last} {parts[-1]}"


def ref(ident: str, part: str = "") -> str:
    """The placeholder of a fact or claim: `{{F012}}`, `{{F012:interval}}`."""
    return "{{" + ident + (f":{part}" if part else "") + "}}"
