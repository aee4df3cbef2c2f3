"""Two or more things held against each other, under the conditions that both were measured under: the report's own
verdict where it has one, else the ratios as observed. Nothing is averaged over conditions that only one of them has."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chimera_report.tools.claims import say
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words, parts_of, where_words
from chimera_report.tools.query.reader.ratios import told
from chimera_report.tools.query.told.crowds import (
    label,
    many_sides,
    nowhere,
    ranged,
    several_sides,
    whole_sides,
)
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import Matched, Pair, apart, at, cells, matched, order_of, shared_by
from chimera_report.tools.schema import Comparison

ALIKE = 0.005  # ratios nearer to one than this are called equal
MOST_ROWS = 24
MOST_SUITES = 3
_OWN = ("sum", "count", "min", "max", "sd", "cv", "share")  # aggregates that are of a side as a whole


def compare(telling: Telling) -> None:
    """The ratio of the first two sides under each condition that both have, and every side's values."""
    for metric in dict.fromkeys((telling.select.measure, *telling.select.also)):
        if telling.select.aggregate in _OWN:
            whole_sides(telling, metric)
        else:
            _sides(telling, metric)
        if telling.refusal and metric != telling.select.measure and telling.drafts:
            telling.refusal = ""  # one of several is not held by both: what was told of the others stands
            telling.cannot.append(f"no condition has the {metric_of(metric).title} of both")
            continue
        if telling.refusal:
            return


def _sides(telling: Telling, metric: str) -> None:
    sides = telling.select.sides
    names = [label(side, sides) for side in sides]
    found = apart([cells(telling.layer, telling.select, metric, side) for side in sides])
    empty = [n for n, groups in zip(names, found, strict=True) if not groups]
    if empty:
        telling.refuse(f"no record of {' or of '.join(empty)} holds a {metric_of(metric).title}{_under(telling)}")
        return
    found = [[_alike_named(g) for g in side] for side in found]
    pairs = matched(found[0], found[1])
    if len(sides) > 2:
        many_sides(telling, metric, names, found)
    elif _unlike(telling, metric, names, pairs, found):
        return
    elif pairs.several:
        several_sides(telling, metric, names, found, pairs)
    elif not pairs.pairs:
        nowhere(telling, metric, names, found)
    else:
        _effect(telling, metric)
        for part in _by_suite(pairs)[:MOST_SUITES]:
            _against(telling, metric, names, part)
        _besides(telling, names, pairs)


def _alike_named(group: Group) -> Group:
    """A system under one name, however files write it: mistralai/Mistral-7B-Instruct-v0.3, mistral-7b-instruct-v0-3."""
    system = group.keys.get("system", "")
    if not system:
        return group
    return replace(group, keys={**group.keys, "system": _plain(system)})


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.rsplit("/", 1)[-1].lower()).strip("-")


def _under(telling: Telling) -> str:
    told = ", ".join(w for w in map(where_words, telling.select.where) if w)
    return f" with {told}" if told else ""


def _against(telling: Telling, metric: str, names: Sequence[str], found: Matched) -> None:
    """Two sides, each of one thing: one ratio, or the range of ratios over the conditions that both have."""
    select = telling.select
    pairs = found.pairs
    unit = telling.unit(metric, [x.value for p in pairs for x in (p.a, p.b)])
    title = aggregate_words(select) + metric_of(metric).title
    direction = metric_of(metric).direction
    ratios = [p.ratio for p in pairs]
    typical = found.typical
    higher = typical >= 1
    better = None if direction == "none" else higher == (direction == "higher")
    big, small = (0, 1) if higher else (1, 0)
    up = [r if higher else 1 / r for r in ratios]
    mixed = min(up) < 1 - ALIKE
    asked = "yes_no" in select.text.split()
    opening = _opening(select.claims, select.text, higher=higher, better=better, ratio=typical)
    if stated := told(select.text):
        opening = _held(stated, select.claims, direction, ratios)
    varying = shared_by(pairs)
    suites = {p.keys.get("suite", "") for p in pairs}
    where = f" in suite {telling.name(next(iter(suites)))}" if len(suites) == 1 and any(suites) else ""
    if len(pairs) == 1:
        one = pairs[0]
        values = (one.a, one.b)
        fixed = {w.field for w in select.where} | {w.field for side in select.sides for w in side}
        condition = at(
            telling,
            one.keys,
            [k for k in one.keys if k not in ("suite", "folder", "system") and k not in fixed and _tells(telling, k)],
        )
        if abs(typical - 1) < 1e-6:
            telling.say(
                f"{opening}the {title} of {telling.name(names[0])} and of {telling.name(names[1])} is the same{where}: {telling.of_group(one.a, metric, unit)} "
                f"(n = {one.a.n} and {one.b.n}{f'; {condition}' if condition else ''})."
            )
            return
        telling.say(
            f"{opening}the {title} of {telling.name(names[big])} is {telling.fact(max(typical, 1 / typical), '×')} that of {telling.name(names[small])}{where}, "
            f"{telling.fact((max(typical, 1 / typical) - 1) * 100, '%')} higher: {telling.of_group(values[big], metric, unit)} against "
            f"{telling.of_group(values[small], metric, unit)} (n = {values[big].n} and {values[small].n}{f'; {condition}' if condition else ''})."
        )
    elif mixed:
        wins = sum(r > 1 + ALIKE for r in up)
        loses = sum(r < 1 - ALIKE for r in up)
        lead = opening if told(select.text) else "It depends: " if select.claims or asked else ""
        telling.say(
            f"{lead}of {telling.fact(len(pairs))} conditions that both were measured under{where}, the {title} of {telling.name(names[big])} is higher in "
            f"{telling.fact(wins)} and that of {telling.name(names[small])} in {telling.fact(loses)}: the ratio goes from {telling.fact(min(up), '×')} to "
            f"{telling.fact(max(up), '×')}."
        )
    else:
        span = (
            f"{telling.fact(min(up), '×')} to {telling.fact(max(up), '×')}"
            if max(up) / min(up) > 1.005
            else telling.fact(max(typical, 1 / typical), "×")
        )
        mean = max(typical, 1 / typical)
        mean_of = f" (geometric mean of the pairs: {telling.fact(mean, '×')})" if max(up) / min(up) > 1.005 else ""
        telling.say(
            f"{opening}the {title} of {telling.name(names[big])} is {span} that of {telling.name(names[small])}{where} under each of the "
            f"{telling.fact(len(pairs))} conditions that both were measured under{mean_of}."
        )
    if better is not None and direction == "lower" and abs(typical - 1) >= ALIKE and not mixed:
        telling.say(
            f"{telling.name(names[0 if better else 1])} is the better one, as a lower {metric_of(metric).title} is better."
        )
    if len(pairs) > 1 and not ("always" in select.text.split() and metric != select.measure):
        rows = [
            (
                *(p.keys.get(k) or "–" for k in varying),
                telling.of_group(p.a, metric, unit),
                telling.of_group(p.b, metric, unit),
                telling.fact(p.ratio if higher else 1 / p.ratio, "×"),
            )
            for p in sorted(pairs, key=lambda p: [order_of(p.keys.get(k, "")) for k in varying])
        ]
        n = len(varying)
        telling.table(
            f"{title[:1].upper()}{title[1:]} by condition",
            [*varying, names[0], names[1], f"{names[big]} over {names[small]}"],
            rows[:MOST_ROWS],
            right=(n, n + 1, n + 2),
        )
        if len(rows) > MOST_ROWS:
            telling.cannot.append(f"{len(rows) - MOST_ROWS} more conditions are not shown")
    if not (_verdict(telling, metric, found) or telling.verdict):
        telling.cannot.append("this is as observed; the rules of the report give no verdict on it")


def _by_suite(found: Matched) -> list[Matched]:
    """Suites were measured under conditions of their own: each is told by itself, the one with most records first."""
    parts: dict[str, list[Pair]] = {}
    for pair in found.pairs:
        parts.setdefault(pair.keys.get("suite", ""), []).append(pair)
    made = [replace(found, pairs=tuple(pairs)) for pairs in parts.values()]
    return sorted(made, key=lambda m: -sum(p.a.n + p.b.n for p in m.pairs))


def _unlike(
    telling: Telling, metric: str, names: Sequence[str], pairs: Matched, found: Sequence[Sequence[Group]]
) -> bool:
    """Whether the sides were measured with other systems, which the question does not name: then what differs may as
    well be theirs, and there is no comparison."""
    left, right = pairs.apart.get("system", ((), ()))
    if not (any(left) and any(right)):
        return False
    values = [v.lower() for side in telling.select.sides for w in side for v in w.values]
    values += [_plain(v) for v in values]  # as the systems are written that are held against each other
    if any(v in part for x in (*left, *right) for part in [x.lower(), *parts_of(x)] for v in values):
        return False
    if pairs.pairs and not pairs.several and _variants(telling, left, right):
        told = [f"{', '.join(xs[:3])} with {name}" for name, xs in zip(names, (left, right), strict=False)]
        telling.cannot.append(f"the files differ, too, as a quantised model is one of its own: {'; '.join(told)}")
        return False
    unit = telling.unit(metric, [g.value for groups in found for g in groups])
    told = [
        f"{name} with {', '.join(xs[:4])}{' and more' if len(xs) > 4 else ''}"
        for name, xs in zip(names, (left, right), strict=False)
    ]
    telling.refuse(
        f"the {metric_of(metric).title} was measured {' and '.join(told)}: no system was measured with both, so a difference may as well be of the systems"
    )
    telling.say(
        f"{'; '.join(f'{telling.name(n)}: {ranged(telling, metric, unit, g)}' for n, g in zip(names, found, strict=True))}."
    )
    return True


def _variants(telling: Telling, left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether the sides are number formats of one model, whose files have names of their own."""
    fields = {w.field for side in telling.select.sides for w in side}
    if not all(re.search(r"quant|dtype|precision|format|bits", f) for f in fields):
        return False
    common = [{p for p in parts_of(x) if re.fullmatch(r"[a-z]{3,}|\d+(?:\.\d+)?b", p)} for x in (*left, *right)]
    shared = set.intersection(*common) if common else set()
    return any(p.isalpha() for p in shared) and any(p[0].isdigit() for p in shared)


def _tells(telling: Telling, key: str) -> bool:
    """Whether a dimension says anything that the question could have asked for otherwise: no version, no block of runs."""
    layer = telling.layer
    if re.search(r"commit|hash|version|seed|^block$|^run_id$", key):
        return False
    return len(layer.levels.get(key, ())) > 1


def _besides(telling: Telling, names: Sequence[str], found: Matched) -> None:
    """What else is different between the sides, beside what the question names."""
    asked = {w.field for side in telling.select.sides for w in side}
    values = {v.lower() for side in telling.select.sides for w in side for v in w.values}
    for key in found.apart:  # of what is held against each other, and of nothing that stands alone
        left, right = (sorted({(p.a, p.b)[i].keys[key] for p in found.pairs}) for i in (0, 1))
        said = {x.lower() for x in (*left, *right)}
        if key in asked or key in ("suite", "folder") or any(v in s or s in v for v in values for s in said if s):
            continue
        if (
            len(left) == len(right) == 1
            and left[0]
            and right[0]
            and key in telling.layer.levels
            and telling.layer.dataset.role_of(key) != "label"
        ):
            telling.cannot.append(f"{key} differs, too: {left[0]} with {names[0]}, {right[0]} with {names[1]}")
    if any(found.only):
        lone = [f"{n} of {name}" for n, name in zip(found.only, names, strict=False) if n]
        telling.cannot.append(f"conditions that only one was measured under are left out: {' and '.join(lone)}")


def _opening(claims: str, text: str, *, higher: bool, better: bool | None, ratio: float) -> str:
    """What the question takes for granted or asks, told first: "Yes", "No", "It is the other way round"."""
    words = claims.split()
    holds = {
        "better": better, "best": better, "worse": None if better is None else not better,
        "worst": None if better is None else not better, "higher": higher, "lower": not higher,
    }.get(words[0] if words else "")  # fmt: skip
    if holds is None:
        return ""
    asked = "yes_no" in text.split()
    if abs(ratio - 1) < 0.005:
        return "They hardly differ: " if not asked else "Hardly: "
    if holds:
        return "Yes: " if asked else ""
    return "No: " if asked else "It is not so, it is the other way round: "


def _held(stated: tuple[float, str], claims: str, direction: str, ratios: Sequence[float]) -> str:
    """Whether what was measured bears a ratio that the question states, within a tenth of it."""
    number, unit = stated
    word = claims.split()[0] if claims.split() else "better"
    up = {"higher": True, "lower": False, "worse": direction == "lower"}.get(word, direction != "lower")
    own = [r if up else 1 / r for r in ratios]
    shares = [[(r - 1) * 100 for r in own], [(1 - 1 / r) * 100 for r in own]] if unit == "%" else [own]
    near = max(0.1 * number, 1.0 if unit == "%" else 0.05)
    said = f"{number:g} %" if unit == "%" else f"{number:g}×"
    fits = [[abs(x - number) <= near for x in xs] for xs in shares]
    if any(all(f) for f in fits):
        return "Yes, about: "
    if any(any(f) for f in fits) or any(min(xs) <= number <= max(xs) for xs in shares):
        return f"Not everywhere {said}: "
    return f"No, not {said}: "


def _verdict(telling: Telling, metric: str, found: Matched) -> bool:
    table = telling.world.dataset.table
    sides = [
        sorted({str(s) for p in found.pairs for s in table["subject"].iloc[list((p.a, p.b)[i].positions)].unique()})
        for i in (0, 1)
    ]
    suites = {p.keys.get("suite", "") for p in found.pairs}
    if all(len(s) == 1 for s in sides) and sides[0] != sides[1] and len(suites) == 1:
        return verdict_on(telling, metric, next(iter(suites)), sides[0][0], sides[1][0])
    return False


def _effect(telling: Telling, metric: str) -> bool:
    """Tells what the report found that a setting does, where two of its levels are held against each other."""
    fields = {w.field for side in telling.select.sides for w in side}
    factor = next(iter(fields)) if len(fields) == 1 else ""
    levels = {v for side in telling.select.sides for w in side for v in w.values}
    if factor not in telling.layer.levels or telling.select.where:
        return False
    for item in telling.world.analysis.effects:
        if (
            item.metric == metric
            and item.factor == factor
            and item.outcome == "effect"
            and levels <= {x.level for x in item.levels}
        ):
            claim = say.effect(telling.desk, item)
            if claim is not None and claim.verdict == "SUPPORTED":
                telling.say(f"{{{{{claim.id}}}}}.", (claim,))
                telling.verdict = "SUPPORTED"
                return True
    return False


def verdict_on(telling: Telling, metric: str, suite: str, a: str, b: str) -> bool:
    """Tells the report's comparison of two systems by a metric, where it has a SUPPORTED one."""
    for c in telling.world.analysis.comparisons:
        if c.metric == metric and c.suite == suite and c.axis == "subject" and {c.a, c.b} == {a, b} and not c.condition:
            return _claimed(telling, c)
    return False


def _claimed(telling: Telling, comparison: Comparison) -> bool:
    claim = say.comparison(telling.desk, comparison)
    if claim is None or claim.verdict != "SUPPORTED" or comparison.outcome not in ("higher", "lower", "equivalent"):
        return False
    telling.say(f"{{{{{claim.id}}}}}.", (claim,))
    telling.verdict = "SUPPORTED"
    return True
