"""Failures that only a rate of success tells: a result that says it succeeded in 0 % of its requests failed."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.query.shown import Entry, linked
from chimera_report.tools.query.told.records import listed
from chimera_report.tools.query.told.sheet import Telling

_MOST = 8  # that are named
_ROWS = 20


def unsuccessful(telling: Telling) -> bool:
    """Tells which records state a success rate below 100 %; whether any does."""
    entries = linked(telling.question, telling.world).entries if telling.question else telling.world.entries.all
    own = [(e, t) for e in entries for t, v in e.values.items() if v.metric == "success_rate"]
    full = max((_share(e, t) for e, t in own), default=0.0)
    seen: dict[tuple[str, ...], Entry] = {}
    for e, t in own:
        if _share(e, t) < 1:
            seen.setdefault(
                (e.of.get("model", ""), *(x for c, x in sorted(e.of.items()) if c in _NAMES), str(_share(e, t))), e
            )
    if not seen or full > 1:
        return False
    none = {k: e for k, e in seen.items() if k[-1] == "0.0"}
    names = [_called(telling, e) for e in none.values()]
    each = list(dict.fromkeys(names))
    telling.say(
        f"{telling.fact(len(none))} results state a success rate of 0 %: {listed(each[:_MOST])}{' and more' if len(each) > _MOST else ''}."
        if none
        else "No result states a success rate of 0 %."
    )
    part = {k: e for k, e in seen.items() if k not in none}
    if part:
        told = [f"{_called(telling, part[k])} ({telling.fact(100 * float(k[-1]), '%')})" for k in part]
        telling.say(f"Below 100 %, but not 0 %: {listed(told[:_MOST])}{' and more' if len(told) > _MOST else ''}.")
    if not any(e.message for e in seen.values()):
        telling.say("None of them holds the text of an error.")
    rows = [
        [
            *(telling.name(e.of.get(c, "–")) for c in ("model",)),
            telling.name(e.file),
            telling.fact(100 * float(k[-1]), "%"),
        ]
        for k, e in list(seen.items())[:_ROWS]
    ]
    telling.table("Success rates below 100 %", ["model", "file", "Success rate"], rows, right=(2,))
    return True


def _called(telling: Telling, entry: Entry) -> str:
    beside = [
        telling.name(entry.of[c]) if c == "provider" else f"{c} {telling.name(entry.of[c])}"
        for c in _NAMES
        if c in entry.of
    ]
    model = telling.name(entry.of.get("model", "") or entry.file)
    return f"{model} ({', '.join(beside)})" if beside else model


_NAMES = ("provider", "backend", "streaming", "mode", "state", "host")


def _share(entry: Entry, title: str) -> float:
    value = entry.values[title]
    return value.number / 100 if value.unit == "%" else value.number
