"""What a setting that can be left out does: each of its levels against none of it, under the same conditions."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group
from chimera_report.tools.query.reader.beside import none_of
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import at, cells
from chimera_report.tools.schema import Where

ALIKE = 0.02  # ratios nearer to one than this are called no change
SHOWN = 10


@dataclass(frozen=True, slots=True)
class _Pair:
    """One condition with a level of the setting, and without it."""

    used: Group
    plain: Group

    @property
    def ratio(self) -> float:
        return self.used.value / self.plain.value


def added(telling: Telling) -> None:
    """How a metric is with a setting against without it: in how many conditions it gains, and from what to what."""
    select = telling.select
    factor, metric = select.by[0], select.measure
    title = metric_of(metric).title
    pairs = _pairs(telling, factor, metric)
    if not pairs:
        telling.refuse(f"no condition was measured with a {factor} and without one by the {title}")
        return
    up = metric_of(metric).direction != "lower"
    if len(pairs) == 1:
        _one(telling, factor, metric, pairs[0], up=up)
        return
    first, last = _ordered(pairs, up=up)
    order = (select.claims.split() or [""])[0] if "extreme" in select.text.split() else ""
    if order:
        _extreme(telling, factor, metric, pairs, worst=order in ("worst", "low"), up=up)
        return
    gains = sum((p.ratio > 1) == up and p.ratio != 1 for p in pairs)
    losses = sum((p.ratio < 1) == up and p.ratio != 1 for p in pairs)
    near = sum(abs(p.ratio - 1) <= ALIKE for p in pairs)
    lead = ""
    if "yes_no" in select.text.split():
        wanted = losses if select.claims.startswith("worse") else gains
        lead = "Yes: " if wanted == len(pairs) else "No: " if not wanted else "It depends: "
    parts = [
        f"better in {telling.fact(gains)}",
        f"worse in {telling.fact(losses)}{_share(telling, losses, len(pairs))}",
    ]
    close = f"; in {telling.fact(near)} the difference is within {telling.fact(100 * ALIKE, '%')}" if near else ""
    typical = exp(sum(log(p.ratio) for p in pairs) / len(pairs))
    telling.say(
        f"{lead}of {telling.fact(len(pairs))} conditions with a {factor} that were measured without one, too, the {title} is {parts[0]} and {parts[1]}{close}."
    )
    telling.say(
        f"It goes from {telling.fact(last.ratio, '×')} ({_called(telling, last, factor, pairs)}) to {telling.fact(first.ratio, '×')} ({_called(telling, first, factor, pairs)}) "
        f"of that without one, with a geometric mean of {telling.fact(typical, '×')}."
    )
    _table(telling, factor, metric, sorted(pairs, key=lambda p: -p.ratio if up else p.ratio), "best first")
    telling.cannot.append("these are the observed values, with all else equal; there is no verdict on them")


def _pairs(telling: Telling, factor: str, metric: str) -> list[_Pair]:
    layer, select = telling.layer, telling.select
    none = none_of(factor, layer)
    without = Where(field=factor, op="=", values=(none,))
    used = Where(field=factor, op="not in", values=(none,))
    plain = select.model_copy(update={"by": (), "where": (), "order": "", "limit": 0, "claims": ""})
    # What no record without it has is said of it alone: "with a 0.5b draft".
    shared = tuple(w for w in select.where if w.field != factor and cells(layer, plain, metric, (w, without)))
    base = cells(layer, plain, metric, (*shared, without))
    own = cells(layer, plain, metric, (*select.where, used))
    if not base or not own:
        return []
    keys = [k for k in base[0].keys if k != factor and {g.keys[k] for g in base} & {g.keys[k] for g in own}]
    places: dict[tuple[str, ...], list[Group]] = {}
    for g in base:
        places.setdefault(tuple(g.keys[k] for k in keys), []).append(g)
    found = []
    for g in own:
        like = places.get(tuple(g.keys[k] for k in keys), [])
        if len(like) == 1 and like[0].value > 0 and g.value > 0:
            found.append(_Pair(g, like[0]))
    return found


def _ordered(pairs: Sequence[_Pair], *, up: bool) -> tuple[_Pair, _Pair]:
    by = sorted(pairs, key=lambda p: -p.ratio if up else p.ratio)
    return by[0], by[-1]


def _share(telling: Telling, n: int, every: int) -> str:
    return f" ({telling.fact(100 * n / every, '%')})" if every > 20 and n else ""


def _called(telling: Telling, pair: _Pair, factor: str, pairs: Sequence[_Pair]) -> str:
    varies = [k for k in pair.used.keys if k != factor and len({p.used.keys[k] for p in pairs}) > 1]
    where = at(telling, pair.used.keys, [k for k in varies if pair.plain.keys.get(k)])
    return f"{where + ' ' if where else ''}with {factor} {telling.name(pair.used.keys[factor])}"


def _one(telling: Telling, factor: str, metric: str, pair: _Pair, *, up: bool) -> None:
    unit = telling.unit(metric, [pair.used.value, pair.plain.value])
    title = metric_of(metric).title
    ratio = pair.ratio
    higher = "higher" if ratio >= 1 else "lower"
    lead = ""
    if "yes_no" in telling.select.text.split():
        asked = (ratio < 1) == up if telling.select.claims.startswith("worse") else (ratio > 1) == up
        lead = "Yes: " if asked and abs(ratio - 1) >= 0.005 else "No: "
    who = telling.name(pair.used.keys.get("system", "")) if pair.used.keys.get("system") else ""
    of = f" of {who}" if who else ""
    telling.say(
        f"{lead}the {title}{of} is {telling.of_group(pair.used, metric, unit)} with {factor} {telling.name(pair.used.keys[factor])}, against "
        f"{telling.of_group(pair.plain, metric, unit)} without one: {telling.fact(ratio, '×')}, {telling.fact(abs(ratio - 1) * 100, '%')} {higher} (n = {pair.used.n} and {pair.plain.n})."
    )
    telling.cannot.append("this is as observed; the rules of the report give no verdict on it")


def _extreme(telling: Telling, factor: str, metric: str, pairs: Sequence[_Pair], *, worst: bool, up: bool) -> None:
    by = sorted(pairs, key=lambda p: -p.ratio if up != worst else p.ratio)
    first = by[0]
    unit = telling.unit(metric, [first.used.value, first.plain.value])
    title = metric_of(metric).title
    good = (first.ratio > 1) == up
    word = ("smallest gain" if good else "largest loss") if worst else ("largest gain" if good else "smallest loss")
    telling.say(
        f"The {word} by a {factor} is {telling.fact(first.ratio, '×')} of the {title} without one: {_called(telling, first, factor, pairs)}, "
        f"{telling.of_group(first.used, metric, unit)} against {telling.of_group(first.plain, metric, unit)}."
    )
    if len(by) > 1:
        telling.say(f"The next is {telling.fact(by[1].ratio, '×')} ({_called(telling, by[1], factor, pairs)}).")
    _table(telling, factor, metric, by, "worst first" if worst else "best first")
    telling.cannot.append("these are the observed values, with all else equal; there is no verdict on them")


def _table(telling: Telling, factor: str, metric: str, pairs: Sequence[_Pair], order: str) -> None:
    unit = telling.unit(metric, [pairs[0].used.value, pairs[0].plain.value])
    title = metric_of(metric).title
    keys = [k for k in pairs[0].used.keys if k != factor and len({p.used.keys[k] for p in pairs}) > 1]
    rows = [
        (
            *(p.used.keys[k] or "–" for k in keys),
            p.used.keys[factor],
            telling.of_group(p.used, metric, unit),
            telling.of_group(p.plain, metric, unit),
            telling.fact(p.ratio, "×"),
        )
        for p in pairs[: telling.select.limit or SHOWN]
    ]
    n = len(keys) + 1
    heads = [*({"system": "System", "suite": "Suite"}.get(k, k) for k in keys), factor, "With it", "Without", "Ratio"]
    telling.table(f"{title[:1].upper()}{title[1:]}, {order}", heads, rows, right=(n, n + 1, n + 2))
    if len(pairs) > len(rows):
        telling.cannot.append(f"{len(pairs) - len(rows)} more conditions are not shown")
