"""What tasks share: how groups are called, and their table."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, Layer, aggregate_words, run
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.schema import Select

MOST_ROWS = 40  # of a table
MOST_WORKS = 8  # workloads over which a value is told apart
CLOSE = 0.01  # statistics of the same values that differ by less are not told apart
_HEADS = {"system": "System", "suite": "Suite", "file": "File", "day": "Day", "run": "Run", "folder": "Folder",
          "message": "Reason", "status": "Status"}  # fmt: skip


def fixed(select: Select, dimension: str) -> bool:
    """Whether the conditions leave one level of a dimension."""
    return any(w.field == dimension and w.op in ("=", "has") and len(w.values) == 1 for w in select.where)


def default_by(layer: Layer, select: Select, metric: str) -> tuple[str, ...]:
    """What is never pooled: suites, systems, what names systems (backend, device, …) where it varies, and folders of
    one suite, which were measured at another time or on another machine."""
    by = ["suite", "system"]
    named = {v.lower() for w in select.where if w.field == "name" for v in w.values}
    own = [f for f in select.by if f in layer.factors and f not in layer.naming]
    probe = select.model_copy(
        update={"by": ("suite", "system", *layer.naming, *own), "aggregate": "count", "order": ""}
    )
    groups = run(layer, probe, measure=metric) or run(
        layer, probe.model_copy(update={"aggregate": "typical"}), measure=metric
    )
    for factor in sorted(layer.naming, key=lambda f: -layer.coverage[f]):
        if fixed(select, factor) or factor in select.by or _told_by(groups, factor, (*select.by, *by[2:])):
            continue
        if named & {level.lower() for level in layer.levels[factor]}:
            by.append(factor)  # who asks for groq is told that it is groq's
            continue
        seen: dict[tuple[str, str], set[str]] = {}
        for g in groups:
            seen.setdefault((g.keys["suite"], g.keys["system"]), set()).add(g.keys[factor])
        if any(len(levels) > 1 for levels in seen.values()):
            by.append(factor)
    if metric in layer.several and not fixed(select, "column"):
        by.append("column")
    if splits(layer, select, metric, tuple(by)):
        by.append("folder")
    return tuple(by)


def _told_by(groups: Sequence[Group], factor: str, others: Sequence[str]) -> bool:
    """Whether another factor says it already: a configuration that is named as its quantisation is."""
    for other in others:
        if not groups or other not in groups[0].keys:
            continue
        seen: dict[str, set[str]] = {}
        for g in groups:
            seen.setdefault(g.keys[other], set()).add(g.keys[factor])
        if len(seen) > 1 and all(len(x) == 1 for x in seen.values()):
            return True
    return False


def splits(layer: Layer, select: Select, metric: str, by: tuple[str, ...]) -> bool:
    """Whether files of several folders would be pooled in one group."""
    if not layer.folders:
        return False
    probe = select.model_copy(update={"by": (*by, "folder"), "aggregate": "typical", "order": "", "limit": 0})
    seen: dict[tuple[str, ...], set[str]] = {}
    for g in run(layer, probe, measure=metric):
        seen.setdefault(tuple(g.keys[k] for k in by), set()).add(g.keys["folder"])
    return any(len(x) > 1 for x in seen.values())


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
        levels |= {
            g.keys[factor] for g in run(layer, probe.model_copy(update={"aggregate": "typical"}), measure=metric)
        }
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
    return {"file": "file", "day": "on", "folder": "folder"}.get(key, key)


def table_of(telling: Telling, groups: Sequence[Group], metric: str, unit: str, *, title: str = "") -> None:
    """The groups as a table, without columns that say the same of all."""
    keys = [k for k in groups[0].keys if len({g.keys[k] for g in groups}) > 1]
    if not any(k in keys for k in ("system", "suite")) and any(groups[0].keys.get(k) for k in ("system", "suite")):
        keys = [k for k in ("system", "suite") if groups[0].keys.get(k)][:1] + keys
    head = aggregate_words(telling.select) + metric_of(metric).title
    more = _others(telling, groups[:MOST_ROWS])
    heads = [*(_HEADS.get(k, k) for k in keys), "n", head[:1].upper() + head[1:], *(w.capitalize() for w in more)]
    rows = []
    for place, g in enumerate(groups[:MOST_ROWS]):
        others = [
            telling.fact(
                converted(v[place], metric_of(metric).unit, unit), unit, metric=metric, n=g.n, method=word, keys=g.keys
            )
            for word, v in more.items()
        ]
        rows.append([*(g.keys[k] or "–" for k in keys), str(g.n), telling.of_group(g, metric, unit), *others])
    telling.table(title or head[:1].upper() + head[1:], heads, rows, right=tuple(range(len(keys), len(heads))))
    if len(groups) > MOST_ROWS:
        telling.cannot.append(f"{len(groups) - MOST_ROWS} more rows are not shown")


def _others(telling: Telling, groups: Sequence[Group]) -> dict[str, list[float]]:
    """The means and medians of groups whose geometric means are not close to them."""
    if telling.select.aggregate != "typical" or not any(g.n > 1 and not g.stated for g in groups):
        return {}
    table = telling.world.dataset.table["value"]
    found: dict[str, list[float]] = {}
    for word in ("mean", "median"):
        values = [float(getattr(table.iloc[list(g.positions)], word)()) for g in groups]
        if any(
            g.aggregate != word and abs(v - g.value) > CLOSE * abs(g.value) for g, v in zip(groups, values, strict=True)
        ):
            found[word] = values
    return found


def best_end(metric: str, claims: str) -> str:
    """Which end of an order comes first: "high" or "low"; "" for a metric without a better end."""
    direction = metric_of(metric).direction
    if claims in ("high", "low"):
        return claims
    better = {"higher": "high", "lower": "low"}.get(direction, "")
    if claims in ("worst", "worse"):
        return {"high": "low", "low": "high"}.get(better, "")
    return better


def beside(telling: Telling, group: Group, metric: str, unit: str) -> str:
    """The arithmetic mean and the median beside a geometric mean that they are not close to."""
    if group.stated or group.n < 2 or group.aggregate not in ("gmean", "mean"):
        return ""
    values = telling.world.dataset.table["value"].iloc[list(group.positions)]
    told = []
    for word, value in (("mean", float(values.mean())), ("median", float(values.median()))):
        if word != group.aggregate and abs(value - group.value) > CLOSE * abs(group.value):
            shown = telling.fact(
                converted(value, metric_of(metric).unit, unit), unit, metric=metric, n=group.n, method=word
            )
            told.append(f"{word} {shown}")
    return f"; {', '.join(told)}" if told else ""


def basis(group: Group, more: str = "") -> str:
    """What a value rests on, in brackets or after a comma."""
    if group.reported:
        return f", as documents state it{f' ({group.n} values)' if group.n > 1 else ''}"
    if group.stated:
        return (
            f", as the file states it ({group.aggregate})"
            if group.n == 1
            else f", the {'median' if group.typical else 'mean'} of {group.n} stated values"
        )
    kind = {"gmean": "geometric mean of ", "mean": "mean of "}.get(group.aggregate, "over ")
    return f" ({kind}{group.n} records{more})" if group.n > 1 else " (one record)"


def named_alone(groups: list[Group], select: Select) -> list[Group]:
    """The groups that can be put in order: those with a system where systems are asked for, and with a level of each
    setting that is asked for."""
    if "named" in select.text.split() and any(g.keys.get("system") for g in groups):
        groups = [g for g in groups if g.keys.get("system")]
    wanted = [b for b in select.by if groups and b in groups[0].keys]
    return [g for g in groups if all(g.keys[b] for b in wanted)] if wanted else groups


def works(layer: Layer, select: Select, metric: str) -> list[str]:
    """The workloads in words that vary in the rows of a select: what is pooled over them is told apart, too."""
    found = []
    for factor in layer.calling:
        if factor in layer.naming or fixed(select, factor) or factor in select.by:
            continue
        probe = select.model_copy(update={"by": (factor,), "aggregate": "typical", "order": "", "limit": 0})
        levels = {g.keys[factor] for g in run(layer, probe, measure=metric)} - {""}
        if 1 < len(levels) <= MOST_WORKS:
            found.append(factor)
    return found


def parts_of_work(telling: Telling, metric: str, unit: str) -> None:
    """A value over several workloads, once more for each of them."""
    select = telling.select
    varied = works(telling.layer, select, metric)
    if not varied:
        return
    parts = run(telling.layer, select.model_copy(update={"by": tuple(varied), "order": "", "limit": 0}), measure=metric)
    if len(parts) > 1:
        table_of(telling, parts, metric, unit, title=f"By {' and '.join(varied)}")
