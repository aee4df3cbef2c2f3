"""Records that are held against each other: two sides under the conditions that both have, and the levels of a column."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial

from chimera_report.tools.claims import unit_for
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.shown import Entry, Linked
from chimera_report.tools.query.shown.condensed import condensed
from chimera_report.tools.query.told.records import all_varying, ends_of, level_words, listed, order_of, value_of
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.query.words import COMPARATIVES, DEGREES

Side = tuple[str, list[Entry]]
Key = tuple[str, ...]
_FEW = 3  # conditions that are told in words
_ROWS = 8
_LOWER = re.compile(r"latency|duration|elapsed|time|ttft|temp|power|watt|mem|error|loss|fail|wait|wall|energ|_s$|_ms$", re.IGNORECASE)  # fmt: skip
_NEAR = 0.02  # by how much values may differ that are called the same
_ASKS = ("is", "are", "was", "were", "does", "do", "did", "has", "have", "can")


def better_is_less(title: str, entries: Sequence[Entry]) -> bool:
    """Whether a lower value is better, by the metric or by the words of a header."""
    metric = next((e.values[title].metric for e in entries if title in e.values), "")
    return metric_of(metric).direction == "lower" if metric else _LOWER.search(title) is not None


def cells(sides: Sequence[Side], title: str, crossing: Sequence[str]) -> tuple[list[str], list[dict[Key, Entry]]]:
    """The columns of the conditions that sides share, and of each side the record of each condition: what no two sides
    have a level of in common is no condition."""
    own = [[e for e in entries if title in e.values and not e.failed] for _, entries in sides]
    every = [e for side in own for e in side]
    kept = []
    for column in all_varying(every):
        if column in crossing or column.startswith(("file", "folder", "path")):
            continue
        levels = [{e.of.get(column, "") for e in side} for side in own]
        if set.intersection(*levels) if levels else False:
            kept.append(column)
    away = {c for e in every for c in e.of} - set(kept)
    return kept, [{tuple(e.of.get(c, "") for c in kept): e for e in condensed(side, away, again=True)} for side in own]


def compared(telling: Telling, found: Linked, titles: Sequence[str]) -> bool:
    """What several things have under the same conditions: each value, and how many times one is the other."""
    done = False
    metrics = {t: v.metric for _, own in found.sides for e in own for t, v in e.values.items()}
    for title in list({metrics.get(t) or t: t for t in reversed(titles)}.values())[::-1][:2]:
        done = _one(telling, found, title, first=not done) or done
    return done


def _one(telling: Telling, found: Linked, title: str, *, first: bool) -> bool:
    sides = found.sides
    kept, by = cells(sides, title, found.crossing)
    if any(not c for c in by):
        return False
    shared = sorted(set.intersection(*(set(c) for c in by)), key=lambda k: [order_of(x) for x in k])
    shared = [k for k in shared if all(c[k].values[title].number > 0 for c in by)]
    if not shared:
        return first and _apart(telling, sides, title)
    ratios = [by[1][k].values[title].number / by[0][k].values[title].number for k in shared]
    one, other = telling.name(sides[0][0]), telling.name(sides[1][0])
    lead = _verdict(found, title, ratios, [c[shared[0]] for c in by])
    what = telling.name(title)
    if len(shared) == 1:
        values = listed(
            [
                f"{value_of(telling, c[shared[0]], title)} for {telling.name(w)}"
                for c, (w, _) in zip(by, sides, strict=True)
            ]
        )
        where = _where(telling, kept, shared[0], found)
        times = f": {other} has {telling.fact(ratios[0], '×')} what {one} has" if len(sides) == 2 else ""
        telling.say(f"{lead}{'T' if not lead else 't'}he {what}{where} is {values}{times}.")
    elif len(sides) == 2:
        middle = math.exp(sum(math.log(r) for r in ratios) / len(ratios))
        up, down = sum(r > 1 + _NEAR for r in ratios), sum(r < 1 - _NEAR for r in ratios)
        under = f"under the {telling.fact(len(shared))} conditions that both have"
        the = "the" if lead else "The"
        if not up and not down:
            telling.say(f"{lead}{the} {what} of {other} and that of {one} are within 2 % of each other {under}.")
        else:
            spread = f"{telling.fact(min(ratios), '×')} to {telling.fact(max(ratios), '×')}"
            counts = (
                f"higher in {telling.fact(up)}, lower in {telling.fact(down)}{_alike(telling, len(ratios) - up - down)}"
            )
            if up == len(ratios) or down == len(ratios):
                counts = f"{'higher' if up else 'lower'} in all of them"
            telling.say(
                f"{lead}{the} {what} of {other} is {spread} that of {one} {under} (geometric mean {telling.fact(middle, '×')}): {counts}."
            )
    else:
        less = better_is_less(title, [e for c in by for e in c.values()])
        pick = min if less else max
        firsts = [pick(range(len(sides)), key=partial(_value_at, by, k, title)) for k in shared]
        told = [
            f"{telling.name(sides[i][0])} in {telling.fact(firsts.count(i))}"
            for i in range(len(sides))
            if firsts.count(i)
        ]
        telling.say(
            f"Of the {telling.fact(len(shared))} conditions that all have, the {'lowest' if less else 'highest'} {what} is that of {listed(told)}."
        )
    if len(shared) <= _FEW and len(shared) > 1:
        for key in shared:
            each = [
                f"{value_of(telling, c[key], title)} for {telling.name(w)}" for c, (w, _) in zip(by, sides, strict=True)
            ]
            differ = [i for i in range(len(kept)) if len({k[i] for k in shared}) > 1]
            where = _where(telling, [kept[i] for i in differ], tuple(key[i] for i in differ), found).strip()
            telling.say(f"{where[:1].upper()}{where[1:]} it is {listed(each)}.")
    alone = len(set.union(*(set(c) for c in by))) - len(shared)
    if alone and first:
        telling.cannot.append(
            f"{alone} conditions that {'one side' if len(sides) == 2 else 'not every side'} has{' alone' if len(sides) == 2 else ''} are left out"
        )
    if len(shared) > 1:
        _table(telling, title, kept, shared, sides, by)
    records = {e.n for c in by for k in shared for e in [c[k]]}
    if max(records) > 1:
        telling.cannot.append(f"each value is the {_mean(found)} over its records, up to {max(records)} of them")
    return True


def _value_at(by: Sequence[dict[Key, Entry]], key: Key, title: str, i: int) -> float:
    return by[i][key].values[title].number


def _mean(found: Linked) -> str:
    return (
        {"p50": "median", "sum": "sum"}.get(found.stat, found.stat) if found.stat and found.stat != "mean" else "mean"
    )


def _alike(telling: Telling, same: int) -> str:
    return f", within 2 % in {telling.fact(same)}" if same else ""


def _where(telling: Telling, kept: Sequence[str], key: Key, found: Linked) -> str:
    """The condition of a cell, without what the question says itself."""
    said = {b.column for b in found.bounds if b.equal} | {n.column for n in found.names}
    told = [f"{c} {telling.name(x)}" for c, x in zip(kept, key, strict=True) if x and c not in said]
    return f" at {', '.join(told)}" if told else ""


def _verdict(found: Linked, title: str, ratios: Sequence[float], pair: Sequence[Entry]) -> str:
    """ "Yes" or "No" to "is A faster than B?", where all conditions agree."""
    tokens = found.tokens
    word = next((t for t in tokens if t in COMPARATIVES), "")
    if len(found.sides) != 2 or not word or not tokens or tokens[0] not in _ASKS or "or" in tokens:
        return ""
    better = DEGREES[COMPARATIVES[word]][1]
    less = better_is_less(title, pair)
    wanted = [r < 1 - _NEAR if better != less else r > 1 + _NEAR for r in ratios]  # of the first over the second
    against = [r > 1 + _NEAR if better != less else r < 1 - _NEAR for r in ratios]
    if all(wanted):
        return "Yes: "
    return "No: " if all(against) else "It depends: " if any(wanted) and any(against) else ""


def _apart(telling: Telling, sides: Sequence[Side], title: str) -> bool:
    """Sides that share no condition: what each has, and that they are not alike."""
    told = []
    for said, entries in sides:
        own = [e for e in entries if title in e.values and not e.failed]
        if not own:
            return False
        low, high = ends_of(own, title)
        values = value_of(telling, low, title)
        if len(own) > 1:
            values = f"{values} to {value_of(telling, high, title)} over {telling.fact(len(own))} conditions"
        told.append(f"{values} for {telling.name(said)}")
    telling.say(
        f"No condition was measured with both, so that there is no ratio: the {telling.name(title)} is {listed(told)}."
    )
    telling.open = True
    return True


def _table(
    telling: Telling,
    title: str,
    kept: Sequence[str],
    shared: Sequence[Key],
    sides: Sequence[Side],
    by: Sequence[dict[Key, Entry]],
) -> None:
    columns = [i for i, _ in enumerate(kept) if len({k[i] for k in shared}) > 1]
    metric = next(iter(by[0].values())).values[title].metric
    numbers = [c[k].values[title].number for c in by for k in shared]
    unit = unit_for(metric_of(metric).unit, numbers) if metric else ""
    rows = []
    for key in shared[:_ROWS]:
        cells_ = [telling.name(key[i]) if key[i] else "–" for i in columns]
        for c in by:
            v = c[key].values[title]
            cells_.append(
                telling.fact(
                    converted(v.number, v.unit, unit), unit, metric=v.metric, n=c[key].n, positions=v.positions
                )
                if metric
                else telling.fact(v.number, v.unit)
            )
        if len(by) == 2:
            cells_.append(telling.fact(by[1][key].values[title].number / by[0][key].values[title].number, "×"))
        rows.append(cells_)
    heads = [
        *(kept[i] for i in columns),
        *(w for w, _ in sides),
        *([f"{sides[1][0]} over {sides[0][0]}"] if len(by) == 2 else []),
    ]
    telling.table(
        f"{title[:1].upper()}{title[1:]} by condition", heads, rows, right=tuple(range(len(columns), len(heads)))
    )
    if len(shared) > _ROWS:
        telling.cannot.append(f"{len(shared) - _ROWS} more rows are not shown")


def by_level(telling: Telling, entries: Sequence[Entry], title: str, column: str, order: str) -> bool:
    """The levels of a column in their order: by one value of each where one condition is shared by all, else by in how
    many of the conditions that several share each is first."""
    levels: dict[str, list[Entry]] = {}
    for e in entries:
        if column in e.of and title in e.values:
            levels.setdefault(e.of[column], []).append(e)
    if len(levels) < 2:
        return False
    sides = sorted(levels.items())
    by = _kept(sides, title, column)
    keys = [k for k in dict.fromkeys(k for c in by for k in c) if sum(k in c for c in by) > 1]
    alone = len({k for c in by for k in c}) - len(keys)
    if alone:
        telling.cannot.append(f"{alone} conditions that only one of them has are left out")
    what = telling.name(title)
    end = "highest" if order == "high" else "lowest"
    pick = max if order == "high" else min
    shown = [(w, c[k]) for (w, _), c in zip(sides, by, strict=True) for k in keys[:1] if k in c]
    if not keys:
        return False
    if len(keys) == 1:
        ranked = sorted(shown, key=lambda x: x[1].values[title].number, reverse=order == "high")
        first, rest = ranked[0], ranked[1:]
        many = (
            f" (each the mean over up to {telling.fact(max(e.n for _, e in ranked))} records)"
            if max(e.n for _, e in ranked) > 1
            else ""
        )
        named = _level(telling, column, first[0])
        told = [f"{_level(telling, column, w)} with {value_of(telling, e, title)}" for w, e in rest]
        follows = listed(told) if len(told) < _FEW + 2 else f"{listed(told[:2])}; the last is {told[-1]}"
        telling.say(f"{named} has the {end} {what}, {value_of(telling, first[1], title)}{many}; then {follows}.")
        return True
    firsts: dict[str, int] = {}
    for k in keys:
        tried = [(w, c[k]) for (w, _), c in zip(sides, by, strict=True) if k in c]
        best = pick(tried, key=lambda x: x[1].values[title].number)
        firsts[best[0]] = firsts.get(best[0], 0) + 1
    ranked_ = sorted(firsts.items(), key=lambda x: -x[1])
    lead = ranked_[0][0]
    own = [c[k] for (w, _), c in zip(sides, by, strict=True) if w == lead for k in keys if k in c]
    best_ = pick(own, key=lambda e: e.values[title].number)
    others = (
        f"; {listed([f'{_level(telling, column, w)} in {telling.fact(n)}' for w, n in ranked_[1:4]])}"
        if ranked_[1:]
        else ""
    )
    telling.say(
        f"{_level(telling, column, lead)} has the {end} {what} {_in_all(telling, ranked_[0][1], len(keys))} conditions that two or more share{others}. "
        f"Its {end} value is {value_of(telling, best_, title)}."
    )
    _sums(telling, title, sides, by)
    _levels(telling, title, column, sides, by, keys)
    return True


def _in_all(telling: Telling, own: int, every: int) -> str:
    return f"in all {telling.fact(every)}" if own == every else f"in {telling.fact(own)} of the {telling.fact(every)}"


_SUMMED = ("energy", "run_time")  # of which a sum over conditions says something
_KWH = 3.6e6


def _sums(telling: Telling, title: str, sides: Sequence[Side], by: Sequence[dict[Key, Entry]]) -> None:
    """What is summed over the conditions that all levels have: energy and time."""
    every = set.intersection(*(set(c) for c in by))
    metric = next(iter(by[0].values())).values[title].metric if by[0] else ""
    if metric not in _SUMMED or len(every) < 2:
        return
    sums = sorted(((sum(c[k].values[title].number for k in every), w) for (w, _), c in zip(sides, by, strict=True)))
    unit, scale = ("kWh", _KWH) if metric == "energy" and sums[-1][0] > _KWH / 10 else (metric_of(metric).unit, 1.0)
    told = [f"{telling.fact(x / scale, unit)} for {telling.name(w)}" for x, w in sums]
    telling.say(f"Summed over the {telling.fact(len(every))} conditions that all of them have it is {listed(told)}.")


def _kept(sides: Sequence[Side], title: str, column: str) -> list[dict[Key, Entry]]:
    """The records of each level by the conditions: columns that at least two of them share a level of."""
    every = [e for _, own in sides for e in own]
    kept = []
    for c in all_varying(every):
        if c == column or c.startswith(("file", "folder", "path")):
            continue
        levels = [{e.of.get(c, "") for e in own} for _, own in sides]
        if any(a & b - {""} for i, a in enumerate(levels) for b in levels[i + 1 :]):
            kept.append(c)
    away = {c for e in every for c in e.of} - set(kept)
    return [
        {tuple(e.of.get(c, "") for c in kept): e for e in condensed(own, away, again=True) if title in e.values}
        for _, own in sides
    ]


def _level(telling: Telling, column: str, level: str) -> str:
    return level_words(telling, Entry("", "", {column: level}), column)


def _levels(
    telling: Telling,
    title: str,
    column: str,
    sides: Sequence[Side],
    by: Sequence[dict[Key, Entry]],
    keys: Sequence[Key],
) -> None:
    rows = []
    every = [c[k].values[title] for c in by for k in keys if k in c]
    unit = unit_for(metric_of(every[0].metric).unit, [v.number for v in every]) if every[0].metric else every[0].unit

    def cell(e: Entry) -> str:
        v = e.values[title]
        return (
            telling.fact(converted(v.number, v.unit, unit), unit, metric=v.metric, n=e.n, positions=v.positions)
            if v.metric
            else telling.fact(v.number, v.unit)
        )

    for (w, _), c in sorted(zip(sides, by, strict=True), key=lambda x: order_of(x[0][0])):
        own = sorted((c[k] for k in keys if k in c), key=lambda e: e.values[title].number)
        if own:
            rows.append([telling.name(w), telling.fact(len(own)), cell(own[0]), cell(own[-1])])
    telling.table(
        f"{title[:1].upper()}{title[1:]} by {column}",
        [column, "Conditions", "Lowest", "Highest"],
        rows[:_ROWS],
        right=(1, 2, 3),
    )
    if len(rows) > _ROWS:
        telling.cannot.append(f"{len(rows) - _ROWS} more rows are not shown")
