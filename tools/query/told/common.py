"""What tasks share: how groups are called, and their table."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, Layer, aggregate_words, run
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.schema import Select

MOST_ROWS = 40  # of a table
_HEADS = {"system": "System", "suite": "Suite", "file": "File", "day": "Day", "run": "Run", "message": "Reason",
          "status": "Status"}  # fmt: skip


def fixed(select: Select, dimension: str) -> bool:
    """Whether the conditions leave one level of a dimension."""
    return any(w.field == dimension and w.op in ("=", "has") and len(w.values) == 1 for w in select.where)


def default_by(layer: Layer, select: Select, metric: str) -> tuple[str, ...]:
    """What is never pooled: suites, systems, and what names systems (backend, device, …) where it varies."""
    by = ["suite", "system"]
    named = {v.lower() for w in select.where if w.field == "name" for v in w.values}
    probe = select.model_copy(update={"by": ("suite", "system", *layer.naming), "aggregate": "count", "order": ""})
    groups = run(layer, probe, measure=metric) or run(
        layer, probe.model_copy(update={"aggregate": "mean"}), measure=metric
    )
    for factor in layer.naming:
        if fixed(select, factor):
            continue
        if named & {level.lower() for level in layer.levels[factor]}:
            by.append(factor)  # who asks for groq is told that it is groq's
            continue
        seen: dict[tuple[str, str], set[str]] = {}
        for g in groups:
            seen.setdefault((g.keys["suite"], g.keys["system"]), set()).add(g.keys[factor])
        if any(len(levels) > 1 for levels in seen.values()):
            by.append(factor)
    return tuple(by)


def grouped(telling: Telling, metric: str, by: Sequence[str] = (), *, extra: Select | None = None) -> list[Group]:
    """The groups of a metric: by what was asked for within what is never pooled."""
    select = extra or telling.select
    dims = dimensions(telling.layer, select, metric, by)
    groups = run(telling.layer, select.model_copy(update={"by": dims}), measure=metric)
    if "setting" not in (*by, *select.by):
        return groups
    varied = cells(telling.layer, select, metric, chosen=True)
    return [g for g in groups if any(g.keys[f] for f in varied)]  # where nothing is set, there is no setting


def dimensions(layer: Layer, select: Select, metric: str, by: Sequence[str] = ()) -> tuple[str, ...]:
    """What groups are apart by: what was asked for, "cell" and "setting" told in full, within what is never pooled."""
    asked = (*by, *select.by)
    wanted = [b for b in asked if b not in ("cell", "setting", "record", "hardware", "run")]
    if {"cell", "setting"} & set(asked):
        wanted += cells(layer, select, metric, chosen="setting" in asked)
    return tuple(dict.fromkeys((*default_by(layer, select, metric), *wanted)))


def cells(layer: Layer, select: Select, metric: str, *, chosen: bool = False) -> list[str]:
    """The settings and workloads that vary in the rows of a select; of `chosen` ones only those that one decides on."""
    found = []
    for factor in layer.factors:
        if factor in layer.naming or fixed(select, factor) or (chosen and not layer.dataset.role_of(factor).chosen):
            continue
        probe = select.model_copy(update={"by": (factor,), "aggregate": "count", "order": "", "limit": 0})
        levels = {g.keys[factor] for g in run(layer, probe, measure=metric)}
        levels |= {g.keys[factor] for g in run(layer, probe.model_copy(update={"aggregate": "mean"}), measure=metric)}
        if 1 < len({x for x in levels if x}) <= 60 and layer.dataset.role_of(factor) != "replicate":
            found.append(factor)
    return found


def called(telling: Telling, group: Group, groups: Sequence[Group]) -> str:
    """The group in words, as far as it tells it from the others: a system, its suite, its settings."""
    system, suite = group.keys.get("system", ""), group.keys.get("suite", "")
    words = telling.name(system) if system else ""
    varies = {k for k in group.keys if len({g.keys[k] for g in groups}) > 1}
    if suite and (not system or "suite" in varies or len(groups) == 1):
        words = f"{words} in suite {telling.name(suite)}" if words else f"suite {telling.name(suite)}"
    rest = [
        k for k in group.keys if k not in ("system", "suite") and group.keys[k] and (k in varies or len(groups) == 1)
    ]
    if rest:
        told = ", ".join(f"{_word(k)} {telling.name(group.keys[k])}".strip() for k in rest)
        words = f"{words} at {told}" if words else told
    return words or "the whole data"


def _word(key: str) -> str:
    return {"file": "file", "day": "on"}.get(key, key)


def table_of(telling: Telling, groups: Sequence[Group], metric: str, unit: str, *, title: str = "") -> None:
    """The groups as a table, without columns that say the same of all."""
    keys = [k for k in groups[0].keys if len({g.keys[k] for g in groups}) > 1]
    if not any(k in keys for k in ("system", "suite")) and any(groups[0].keys.get(k) for k in ("system", "suite")):
        keys = [k for k in ("system", "suite") if groups[0].keys.get(k)][:1] + keys
    head = aggregate_words(telling.select) + metric_of(metric).title
    heads = [*(_HEADS.get(k, k) for k in keys), "n", head[:1].upper() + head[1:]]
    rows = []
    for g in groups[:MOST_ROWS]:
        value = telling.fact(
            converted(g.value, metric_of(metric).unit, unit),
            unit,
            metric=metric,
            n=g.n,
            method=g.aggregate,
            keys=g.keys,
            positions=g.positions,
        )
        rows.append([*(g.keys[k] or "–" for k in keys), str(g.n), value])
    telling.table(title or head[:1].upper() + head[1:], heads, rows, right=(len(keys), len(keys) + 1))
    if len(groups) > MOST_ROWS:
        telling.cannot.append(f"{len(groups) - MOST_ROWS} more rows are not shown")


def best_end(metric: str, claims: str) -> str:
    """Which end of an order comes first: "high" or "low"; "" for a metric without a better end."""
    direction = metric_of(metric).direction
    if claims in ("high", "low"):
        return claims
    better = {"higher": "high", "lower": "low"}.get(direction, "")
    if claims in ("worst", "worse"):
        return {"high": "low", "low": "high"}.get(better, "")
    return better
