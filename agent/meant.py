"""Which fact of a report a marker means, by what the fact is of; and where it means none, which part is at fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import Fact, Report

_STATS = ("gmean", "p50", "mean", "value", "ratio")  # which field is meant where none is named, the first that there is
_PLACE = re.compile(r"((?:levels|points)\.\d+)\.\w+")  # a value at a level of what was varied
_KINDS = ("effect", "curve")  # results with such values
_NEAR, _SHOWN = 6, 300  # parts named in a message, and its characters
_ABSENT = {"condition": "no condition", "subject": "no subject", "suite": "no suite", "warm": "warm and cold together"}


@dataclass(frozen=True, slots=True)
class _Known:
    """A fact as a marker names it."""

    fact: Fact
    parts: dict[str, str]


def choose(report: Report, options: dict[str, str], where: str) -> Fact:
    """The one fact that the marker means. Raises UsageError for none, or for several that differ."""
    known = [_known(f) for f in report.sheet.facts if isinstance(f.value, int | float) or {"id", "field"} & {*options}]
    wanted = {k: _plain(k, v) for k, v in options.items() if k in _PARTS}
    pool = [k for k in known if k.fact.recipe.function == "summary" or {"kind", "id"} & {*options}]
    placed = [] if "kind" in wanted or "id" in wanted else list(_placed(report))
    found = _named(_fitting(pool, wanted), wanted)
    if not found and "condition" in wanted:  # what was measured at one level stands in a result over all of them
        found = _named(_fitting(placed, wanted), wanted)
    if not found:
        at_fault, hint = _fault([*pool, *placed], wanted)
        raise UsageError(f"the report has no such fact{at_fault}", where=where, hint=hint)
    shown = {(k.fact.display, k.fact.interval, k.fact.n) for k in found}
    if len(shown) > 1:
        told = "; ".join(f"{k.fact.display}: {_told(k)}" for k in found[:6])
        raise UsageError(
            f"a marker fits {len(found)} facts that differ",
            where=where,
            hint=f"Name more of suite, subject, condition, warm, field: {told}.",
        )
    return found[0].fact


_PARTS = ("id", "metric", "suite", "subject", "condition", "warm", "kind", "field")


def _known(fact: Fact) -> _Known:
    args = fact.recipe.args
    warm = args.get("warm")
    return _Known(
        fact,
        {
            "id": fact.id,
            "metric": fact.metric or str(args.get("metric", "")),
            "subject": fact.subject,
            "suite": fact.suite,
            "kind": fact.recipe.function,
            "field": fact.field,
            "condition": _condition(args.get("condition") or {}),
            "warm": "" if warm is None else "yes" if warm else "no",
        },
    )


def _placed(report: Report) -> Iterable[_Known]:
    """The values of effects and curves at their levels, of which the sheet has the level too."""
    levels = {
        (f.recipe.key, f.field): f.display
        for f in report.sheet.facts
        if f.recipe.function in _KINDS and f.field.endswith(".level")
    }
    for fact in report.sheet.facts:
        place = _PLACE.fullmatch(fact.field) if fact.recipe.function in _KINDS else None
        level = levels.get((fact.recipe.key, f"{place[1]}.level")) if place else None
        if place is None or level is None or not isinstance(fact.value, int | float):
            continue
        args = fact.recipe.args
        within = {**(args.get("condition") or {}), str(args.get("factor", "")): level}
        known = _known(fact)
        yield _Known(fact, {**known.parts, "condition": _condition(within), "field": _last(fact)})


def _condition(given: object) -> str:
    return ",".join(f"{k}={v}" for k, v in sorted(given.items())) if isinstance(given, dict) else ""


def _plain(key: str, value: str) -> str:
    """What was asked for as the facts have it: the settings of a condition in the order of their names."""
    return ",".join(sorted(p.strip() for p in value.split(",") if p.strip())) if key == "condition" else value


def _fitting(known: Sequence[_Known], wanted: dict[str, str]) -> list[_Known]:
    return [k for k in known if all(k.parts[part] == v for part, v in wanted.items())]


def _named(found: list[_Known], wanted: dict[str, str]) -> list[_Known]:
    """Of what fits, the usual statistic, where none is asked for."""
    if {"id", "field"} & set(wanted):
        return found
    field = next((s for s in _STATS if any(_last(k.fact) == s for k in found)), "")
    return [k for k in found if _last(k.fact) == field]


def _fault(known: Sequence[_Known], wanted: dict[str, str]) -> tuple[str, str]:
    """Which part no fact has, beside the others or at all, and what would fit in its place."""
    for part in reversed(_PARTS):
        rest = {k: v for k, v in wanted.items() if k != part}
        near = _fitting(known, rest) if part in wanted else []
        near = [k for k in near if part == "field" or {"id", "field"} & {*rest} or _last(k.fact) in _STATS]
        if near:
            beside = ", ".join(f"{k}={v}" for k, v in rest.items())
            return _of(part, wanted[part], {k.parts[part] for k in near}, f" beside {beside}" if beside else "")
    for part in _PARTS:  # a value that no fact has at all
        if part in wanted and not any(k.parts[part] == wanted[part] for k in known):
            return _of(part, wanted[part], {k.parts[part] for k in known}, "")
    return "", "Leave out a part, and the message names what there is."


def _of(part: str, value: str, there: set[str], beside: str) -> tuple[str, str]:
    close = get_close_matches(value, sorted(there), n=_NEAR, cutoff=0.5)
    rest = sorted(there - {*close}, key=lambda x: (x == "", x))
    told = ", ".join(f"{part}={x}" if x else _ABSENT.get(part, f"no {part}") for x in [*close, *rest][:_NEAR])
    more = f" and {len(there) - _NEAR} more" if len(there) > _NEAR else ""
    return f": none has {part}={value}{beside}", f"There is {told[:_SHOWN]}{more}."


def _told(known: _Known) -> str:
    return " ".join(
        f"{part}={known.parts[part]}"
        for part in ("suite", "subject", "condition", "warm", "field")
        if known.parts[part]
    )


def _last(fact: Fact) -> str:
    return fact.field if fact.recipe.function == "summary" else fact.field.rpartition(".")[2]
