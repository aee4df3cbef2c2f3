"""Bounds on a metric: which groups keep one, how many they are, whether the one that was named does."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import operator
from collections.abc import Callable

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words
from chimera_report.tools.query.told.common import basis, best_end, called
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.query.told.strata import cells, condition, condition_table, named, varied
from chimera_report.tools.query.told.values import nothing

HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
WORDS = {"<": "below", "<=": "of at most", ">": "above", ">=": "of at least"}


def bounded(telling: Telling) -> None:
    """Which conditions keep a bound on a metric, or which of what is asked for keeps it under all of its conditions; yes
    or no, where that is asked."""
    select = telling.select
    metric, having = select.measure, select.having
    found = cells(telling.layer, select, metric)
    who = [b for b in select.by if found and b in found[0].keys and any(g.keys[b] for g in found)]
    if not who and select.aggregate != "typical":
        who = [b for b in ("system", "suite") if found and len({g.keys[b] for g in found}) > 1][:1]
    found = [g for g in found if all(g.keys[b] for b in who)]
    if not found or having is None:
        nothing(telling, metric)
        return
    op, limit = having
    kept = [g for g in found if HOLDS[op](g.value, limit)]
    low = best_end(metric, "") != "high"
    kept.sort(key=lambda g: g.value if low else -g.value)
    unit = telling.unit(metric, [limit])
    title = aggregate_words(select) + metric_of(metric).title
    bound = telling.fact(converted(limit, metric_of(metric).unit, unit), unit, metric=metric)
    keys = list(dict.fromkeys((*who, *varied(found))))
    asked = "yes_no" in select.text.split()
    if asked and len(found) == 1:
        _one(telling, found[0], kept=bool(kept), bound=bound, unit=unit, title=title)
        return
    if who and len({tuple(g.keys[b] for b in who) for g in found}) < len(found):
        _of_each(telling, found, kept, who, f"{title} {WORDS[op]} {bound}")
    else:
        names = "; ".join(condition(telling, g, keys, bare=True) for g in kept[:6])
        lead = ("Yes: all " if len(kept) == len(found) else "No: none " if not kept else "Not all: ") if asked else ""
        count = "" if lead.endswith(("all ", "none ")) else telling.fact(len(kept)) + " "
        telling.say(
            f"{lead}{count}of {telling.fact(len(found))} {'conditions' if not who else ''} have {_a(title)} {WORDS[op]} {bound}".replace(
                "  ", " "
            )
            + f"{f': {names}' if kept else ''}{' and more' if len(kept) > 6 else ''}."
        )
    if kept:
        condition_table(telling, kept, metric, unit, keys)
    else:
        near = min(found, key=lambda g: abs(g.value - limit))
        telling.say(
            f"The nearest is {telling.of_group(near, metric, unit)} ({condition(telling, near, keys, bare=True)})."
        )
    if len({g.keys.get("suite", "") for g in found}) > 1:
        telling.cannot.append("suites were measured under conditions of their own")


def _one(telling: Telling, one: Group, *, kept: bool, bound: str, unit: str, title: str) -> None:
    assert telling.select.having is not None  # noqa: S101  who asks has looked
    metric, op = telling.select.measure, telling.select.having[0]
    relation = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}[op]
    telling.say(
        f"{'Yes' if kept else 'No'}: the {title} of {called(telling, named(one, telling), [one])} is {telling.of_group(one, metric, unit)}{basis(one)}, "
        f"which is {'' if kept else 'not '}{relation} {bound}."
    )


def _of_each(telling: Telling, found: list[Group], kept: list[Group], who: list[str], what: str) -> None:
    """Of what is asked for: which keep the bound under all of their conditions, and which under some."""
    own: dict[tuple[str, ...], list[int]] = {}
    good = {id(g) for g in kept}
    for g in found:
        counts = own.setdefault(tuple(g.keys[b] for b in who), [0, 0])
        counts[0] += id(g) in good
        counts[1] += 1
    order = list(dict.fromkeys(tuple(g.keys[b] for b in who) for g in kept))
    every = [n for n in order if own[n][0] == own[n][1]]
    some = {n: ab for n, ab in own.items() if 0 < ab[0] < ab[1]}

    def call(name: tuple[str, ...]) -> str:
        return ", ".join(
            telling.name(x) if k == "system" else f"{k} {telling.name(x)}" for k, x in zip(who, name, strict=True)
        )

    told = f": {', '.join(map(call, every[:8]))}" if every else ""
    telling.say(
        f"{telling.fact(len(every))} of {telling.fact(len(own))} have {_a(what)} under all of their conditions{told}."
    )
    if some:
        parts = [f"{call(n)} in {telling.fact(a)} of {telling.fact(b)}" for n, (a, b) in list(some.items())[:6]]
        telling.say(f"Under some conditions: {', '.join(parts)}{' and more' if len(some) > 6 else ''}.")


def _a(title: str) -> str:
    return f"{'an' if title[:1].lower() in 'aeio' else 'a'} {title}"
