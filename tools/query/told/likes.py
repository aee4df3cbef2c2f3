"""Why something that is named is slow or fast: held against its likes under equal conditions alone, by the rate and by
the waits, and along what grows with it. No cause is told."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, where_words
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import Matched, cells, matched, order_of
from chimera_report.tools.query.words import FAMILIES
from chimera_report.tools.schema import Role, Where

WAITS = ("ttft", "ttft_incl_load", "e2e_latency", "run_time")
MOST = 3  # likes that are told of
GROWS = 1.5  # from here on a metric that follows a setting is told


def held_against_likes(telling: Telling) -> bool:
    """Tells how what is named stands beside its likes, each under the conditions that both have. False where nothing
    was measured like it."""
    select = telling.select
    names = [w for w in select.where if w.field == "name" and w.op == "has"]
    told = 0
    for own, dimension in _dimensions(telling, names):
        rest = tuple(w for w in select.where if w is not own)
        for metric in dict.fromkeys((select.measure, *WAITS)):
            told += metric in telling.layer.metrics and _beside(telling, metric, own, rest, dimension)
            if told == 2:
                break
        if told:
            break
    if not told:
        return False
    _grows(telling)
    telling.say("Why, the data does not say: it holds what was measured, and not by which mechanism.")
    return True


def _dimensions(telling: Telling, names: Sequence[Where]) -> list[tuple[Where, str]]:
    """Each name with the column that it stands in, engines and the like before models; what is a file or a test has no
    likes."""
    layer = telling.layer
    engine = next(f for w, f in FAMILIES if "engine" in w)
    found = []
    for where in names:
        columns = layer.names.columns.get(where.values[0].lower(), frozenset())
        engines = [c for c in layer.naming if c in columns and c in engine]
        others = [c for c in ("subject", *layer.naming) if c in columns and c not in engines]
        found += [(0, where, c) for c in engines[:1]] + [(1, where, c) for c in others[:1]]
    return [(w, "system" if c == "subject" else c) for _, w, c in sorted(found, key=lambda x: x[0])]


def _beside(telling: Telling, metric: str, own: Where, rest: Sequence[Where], dimension: str) -> bool:
    plain = telling.select.model_copy(update={"where": tuple(rest), "order": "", "limit": 0})
    groups = [g for g in cells(telling.layer, plain, metric) if g.keys.get(dimension)]
    mine = cells(telling.layer, plain.model_copy(update={"where": (*rest, own)}), metric)
    levels = {g.keys[dimension] for g in mine}
    likes: list[tuple[str, Matched]] = []
    for level in sorted({g.keys[dimension] for g in groups} - levels):
        pairs = matched(mine, [g for g in groups if g.keys[dimension] == level])
        if pairs.pairs and not pairs.several:
            likes.append((level, pairs))
    if not likes:
        return False
    likes.sort(key=lambda x: (-len(x[1].pairs), x[1].typical))
    title = metric_of(metric).title
    parts = [
        f"{telling.fact(m.typical, '×')} that of {telling.name(level)} ({telling.fact(len(m.pairs))} {'condition' if len(m.pairs) == 1 else 'conditions'}{_span(telling, m)})"
        for level, m in likes[:MOST]
    ]
    more = f"; {len(likes) - MOST} more likes are not told" if len(likes) > MOST else ""
    others = [where_words(w) for w in rest]
    at = f" ({', '.join(map(telling.name, others))})" if others and not telling.drafts else ""
    telling.say(
        f"Under equal conditions the {title} of {telling.name(own.values[0])}{at} is {' and '.join(parts)}{more}."
    )
    return True


def _span(telling: Telling, found: Matched) -> str:
    ratios = [p.ratio for p in found.pairs]
    low, high = min(ratios), max(ratios)
    if high / low < 1.05:
        return ""
    return f", {telling.fact(low, '×')} to {telling.fact(high, '×')}"


def _grows(telling: Telling) -> None:
    """What of it grows along a setting in numbers, as the first token does from turn to turn."""
    layer = telling.layer
    best: tuple[float, str, str, list[Group]] | None = None
    for metric in dict.fromkeys((*WAITS, telling.select.measure)):
        if metric not in layer.metrics:
            continue
        found = cells(layer, telling.select.model_copy(update={"order": "", "limit": 0}), metric)
        for key in [k for k in (found[0].keys if found else ()) if k in layer.levels and k not in layer.worded]:
            if layer.dataset.role_of(key) == Role.REPLICATE:
                continue
            lines: dict[tuple[str, ...], list[Group]] = {}
            for g in found:
                rest = replace(g, keys={k: v for k, v in g.keys.items() if k != key}).keys
                lines.setdefault(tuple(rest.values()), []).append(g)
            line = sorted(next(iter(lines.values())), key=lambda g: order_of(g.keys[key]))
            if len(lines) > 1 or len(line) < 3 or line[0].value <= 0:
                continue
            ratio = line[-1].value / line[0].value
            rises = sum(b.value >= a.value for a, b in pairwise(line))
            if max(ratio, 1 / ratio) >= GROWS and rises in (0, 1, len(line) - 2, len(line) - 1):
                best = max(best or (0.0, "", "", []), (max(ratio, 1 / ratio), metric, key, line), key=lambda x: x[0])
    if best is not None:
        _, metric, key, line = best
        unit = telling.unit(metric, [line[0].value, line[-1].value])
        telling.say(
            f"Its {metric_of(metric).title} goes from {telling.of_group(line[0], metric, unit)} at {key} {telling.name(line[0].keys[key])} to "
            f"{telling.of_group(line[-1], metric, unit)} at {key} {telling.name(line[-1].keys[key])}."
        )
