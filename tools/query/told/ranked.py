"""Orders of a metric: the extreme is a real value with its condition, and who leads is told over the conditions that
several share. Nothing is ordered by an average unless one was asked for."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, Layer, aggregate_words, parts_of, scattered
from chimera_report.tools.query.told.averages import by_aggregate, default
from chimera_report.tools.query.told.common import basis, best_end, called
from chimera_report.tools.query.told.ordered import OF_MODELS, SAME, led_by
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.query.told.strata import at, cells, condition, condition_table, conditioning, named, varied
from chimera_report.tools.query.told.tails import stated_tails
from chimera_report.tools.query.told.values import bars, nothing, repeats, unconverted
from chimera_report.tools.schema import Select

MOST_TIES = 4
MOST_ROWS = 24
SHOWN = 10  # of the first cells


def rank_all(telling: Telling) -> None:
    """Who leads by a metric, or its extreme value where nobody is asked for."""
    select = telling.select
    alone = [b for b in select.by if len(telling.layer.levels.get(b, ())) == 1]
    if alone:
        telling.refuse(
            f"every record that says its {alone[0]} has {telling.layer.levels[alone[0]][0]}, so there is nothing to choose between"
        )
        return
    if not _who(telling.layer, select) and (stated := stated_tails(telling)):
        _extreme(telling, *stated)
        return
    known = set(conditioning(telling.layer)) | {"system", "suite", "cell", "setting"}
    if select.aggregate not in ("typical", "min", "max") or set(select.by) - known - {
        "run",
        "record",
        "hardware",
        "provider",
    }:
        by_aggregate(telling)
        return
    end = select.order or best_end(select.measure, select.claims) or "high"
    who = _who(telling.layer, select)
    wanted = select
    of_settings = bool({"setting", "cell"} & set(select.by))  # the slowest of them is so as a rule, and not once
    if (
        not who
        and not of_settings
        and select.aggregate == "typical"
        and (select.order or select.claims in ("best", "worst"))
    ):
        wanted = select.model_copy(update={"aggregate": "max" if end == "high" else "min"})
    found = cells(telling.layer, wanted, select.measure)
    missing = [k for k in who if not any(g.keys.get(k) for g in found)]
    if found and missing:  # what was asked for is said of other records: then by what these say
        telling.cannot.append(f"no record of the {metric_of(select.measure).title} says its {' and '.join(missing)}")
        who = tuple(k for k in who if k not in missing)
    found = [g for g in found if all(g.keys.get(k) for k in who)]
    if not found:
        nothing(telling, select.measure)
        return
    found.sort(key=lambda g: (-g.value if end == "high" else g.value, sorted(g.keys.items())))
    who = _systems_for(who, found)
    if who:
        _leaders(telling, found, who, end)
    else:
        _extreme(telling, found, end)
    unit = telling.unit(select.measure, [found[0].value])
    repeats(telling, select.measure, found, unit)
    unconverted(telling, select.measure, unit)
    default(telling, select.measure, found[0])


def leading(telling: Telling, metric: str) -> bool:
    """Who leads by a metric among systems, or what stands for them; False where there are not two of them."""
    layer = telling.layer
    end = best_end(metric, "")
    rivals = sorted(layer.contenders, key=lambda f: -len(layer.levels[f]))
    who = ("system",) if len(layer.systems) > 1 else tuple(rivals[:1])
    if not who or not end:
        return False
    kept = telling.select
    telling.select = kept.model_copy(update={"measure": metric, "text": "", "by": (), "aggregate": "typical"})
    found = [g for g in cells(layer, telling.select, metric) if all(g.keys.get(k) for k in who)]
    several = len({tuple(g.keys[k] for k in who) for g in found}) > 1
    if several:
        found.sort(key=lambda g: (-g.value if end == "high" else g.value, sorted(g.keys.items())))
        telling.say(f"By the {metric_of(metric).title}:")
        _leaders(telling, found, who, end)
    telling.select = kept
    return several


def _who(layer: Layer, select: Select) -> tuple[str, ...]:
    """By what is ordered: what the question asks for; () where it is any condition."""
    if {"cell", "setting"} & set(select.by):
        return ()
    known = (*conditioning(layer), "system", "suite")
    who = tuple(b for b in select.by if b in known)
    if who:
        return who
    if "named" in select.text.split():
        return ("system",) if layer.systems else layer.contenders[:1]
    return ()


def _systems_for(who: tuple[str, ...], found: Sequence[Group]) -> tuple[str, ...]:
    """Quantisations of one model are systems of their own where each system has its own: then those are told."""
    if not who or "system" in who:
        return who
    pairs = {(tuple(g.keys[k] for k in who), g.keys["system"]) for g in found}
    own = len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) and all(b for _, b in pairs)
    inside = all(x.lower() in parts_of(b) for a, b in pairs for x in a)
    return ("system",) if own and inside else who


def _extreme(telling: Telling, found: list[Group], end: str) -> None:
    """The one value at the end of the order, with its condition and those that tie with it."""
    select = telling.select
    metric = select.measure
    unit = telling.unit(metric, [found[0].value])
    tail = aggregate_words(select) if select.aggregate == "quantile" else ""
    title = f"{tail}{metric_of(metric).title}"
    keys = varied(found)
    which = "highest" if end == "high" else "lowest"
    said = {"max": "maximum", "min": "minimum"}.get(select.aggregate, which)
    first = found[0]
    ties = [g for g in found if abs(g.value - first.value) <= SAME * abs(first.value)]
    places = "; and at ".join(condition(telling, g, keys, bare=True) for g in ties[:MOST_TIES]) if keys else ""
    own = named(Group({k: v for k, v in first.keys.items() if k not in keys}, 0.0, 0, ()), telling)
    of = f" of {called(telling, own, [own])}" if any(own.keys.values()) else ""
    more = f", the same in {telling.fact(len(ties))} conditions" if len(ties) > MOST_TIES else ""
    telling.say(
        f"The {said} {title}{of} is {telling.of_group(first, metric, unit)}{f': {places}' if places else ''}{more}."
    )
    if select.aggregate in ("max", "min") and first.stated and first.aggregate in ("mean", "p50"):
        telling.cannot.append(
            f"the files state {'means' if first.aggregate == 'mean' else 'medians'} alone: a single value may lie further out"
        )
    if first.n > 1 and first.aggregate in ("max", "min"):
        telling.cannot.append(f"that is the {which} of the {first.n} records of its condition")
    rest = found[len(ties) :]
    if rest:
        telling.say(
            f"The next is {telling.of_group(rest[0], metric, unit)} ({condition(telling, rest[0], keys, bare=True)})."
        )
        shown = found[: select.limit or SHOWN]
        word = "best" if best_end(metric, "") == end else "worst" if best_end(metric, "") else which
        condition_table(telling, shown, metric, unit, keys, title=f"{title[:1].upper()}{title[1:]}, {word} first")
        if len(found) > len(shown):
            telling.cannot.append(f"{len(found) - len(shown)} more conditions are not shown")
    if select.shape == "plot":
        telling.plot = bars(found[: select.limit or SHOWN], metric, unit, title)


def leader(layer: Layer, select: Select) -> dict[str, str]:
    """What comes first in an order, by its dimensions; {} where nobody does."""
    end = select.order or best_end(select.measure, select.claims) or "high"
    who = _who(layer, select)
    found = [g for g in cells(layer, select, select.measure) if all(g.keys.get(k) for k in who)]
    if not found or not who:
        return {}
    found.sort(key=lambda g: (-g.value if end == "high" else g.value, sorted(g.keys.items())))
    _, led = led_by(found, who, end)
    first = max(led, key=lambda n: (led[n], n == tuple(found[0].keys[k] for k in who)))
    return dict(zip(who, first, strict=True))


def _leaders(telling: Telling, found: list[Group], who: tuple[str, ...], end: str) -> None:
    """Who leads under how many of the conditions that it shares with another one."""
    select = telling.select
    metric = select.measure
    unit = telling.unit(metric, [found[0].value])
    title = metric_of(metric).title
    which = "highest" if end == "high" else "lowest"
    own: dict[tuple[str, ...], list[Group]] = {}
    for g in found:
        own.setdefault(tuple(g.keys[k] for k in who), []).append(g)
    common, led = led_by(found, who, end)
    shared = len(common)
    told_in = {g.keys.get("suite", "") for c in common for g in c.values()}
    if shared and "suite" not in who and {g.keys.get("suite", "") for g in found} != told_in:
        # What other benchmarks measured of some of them stands beside no other: it is no part of the order.
        found = [g for g in found if g.keys.get("suite", "") in told_in]
        telling.cannot.append("what other suites measured of one of them alone is left out")
        own = {}
        for g in found:
            own.setdefault(tuple(g.keys[k] for k in who), []).append(g)
    sharing = {name for c in common for name in c}
    names = {name: _called(telling, who, name) for name in own}
    alone_ = len(own) - len(sharing)
    among = f"; {telling.fact(alone_)} of {telling.fact(len(own))} share none" if alone_ else ""
    keys = [k for k in varied(found) if k not in who]
    first = found[0]
    suites = {g.keys["suite"] for c in common for g in c.values()} or {g.keys["suite"] for g in found}
    inside = (
        f" in suite {telling.name(next(iter(suites)))}"
        if len(suites) == 1 and any(suites) and "suite" not in who
        else ""
    )
    head = tuple(first.keys[k] for k in who)
    if len(own) == 1:
        _extreme(telling, found, end)
        return
    if all(len(groups) == 1 for groups in own.values()) and shared == 1:
        ties = [g for g in found if abs(g.value - first.value) <= SAME * abs(first.value)]
        after = found[len(ties) :]
        tail = (
            f"; {names[tuple(after[0].keys[k] for k in who)]} follows with {telling.of_group(after[0], metric, unit)}"
            if after
            else ""
        )
        told = " and ".join(names[tuple(g.keys[k] for k in who)] for g in ties)
        telling.say(
            f"{told} {'has' if len(ties) == 1 else 'share'} the {which} {title}{inside}: {telling.of_group(first, metric, unit)}{basis(first)}{tail}."
        )
    elif not shared:
        apart = [
            k for k in found[0].keys if k not in (*who, "suite") and k not in OF_MODELS and _only_with(found, k, who)
        ]
        word = "model" if who == ("system",) else who[0]
        telling.cannot += [f"{k} changes only together with the {word}" for k in apart[:3]]
        telling.say(
            f"No condition was measured with two of them, so there is no first among them. The {which} {title} is {telling.of_group(first, metric, unit)}: {names[head]}{_where(telling, first, keys)}."
        )
    else:
        lead = sorted(own, key=lambda n: -led[n])
        if led[lead[0]] == shared:
            telling.say(
                f"{names[lead[0]]} has the {which} {title}{inside} under {'the one condition' if shared == 1 else f'all {telling.fact(shared)} conditions'} that two or more share{among}."
            )
        else:
            told = ", ".join(f"{names[n]} in {telling.fact(led[n])}" for n in lead[:4] if led[n])
            telling.say(
                f"It depends on the condition: of {telling.fact(shared)} that at least two share{inside}, the {which} {title} is that of {told}{' and others' if sum(1 for n in lead if led[n]) > 4 else ''}."
            )
        best = _end_of(own[lead[0]], end)
        alone = "" if head in sharing else ", which shares no condition with another"
        if head != lead[0] and head not in sharing:
            pass  # what stands beside no other says nothing of the order
        elif head != lead[0]:
            telling.say(
                f"The single {which} value is {telling.of_group(first, metric, unit)}, of {names[head]}{_where(telling, first, keys)}{alone}."
            )
        else:
            telling.say(f"Its {which} value is {telling.of_group(best, metric, unit)}{_where(telling, best, keys)}.")
    order = sorted(own, key=lambda n: (-led[n], -own[n][0].value if end == "high" else own[n][0].value))
    if all(len(groups) == 1 for groups in own.values()):
        order = sorted(own, key=lambda n: -own[n][0].value if end == "high" else own[n][0].value)
    _table(telling, who, order[: select.limit or MOST_ROWS], own, led if shared else {}, unit)
    if select.shape == "plot":
        telling.plot = bars([own[n][0] for n in order[:MOST_ROWS]], metric, unit, title)
    if who == ("system",) and len(order) > 1:
        from chimera_report.tools.query.told.against import verdict_on

        if len(suites) == 1 and verdict_on(telling, metric, next(iter(suites)), order[0][0], order[1][0]):
            return
    telling.cannot.append("the order is as observed, without a verdict")


def _only_with(found: Sequence[Group], key: str, who: tuple[str, ...]) -> bool:
    """Whether a dimension varies, and each of its levels is of one of those that are ordered alone."""
    owners: dict[str, set[tuple[str, ...]]] = {}
    for g in found:
        owners.setdefault(g.keys[key], set()).add(tuple(g.keys[k] for k in who))
    return len(owners) > 1 and all(len(x) == 1 for x in owners.values())


def _called(telling: Telling, who: tuple[str, ...], levels: tuple[str, ...]) -> str:
    return ", ".join(
        telling.name(x) if k == "system" else f"{k} {telling.name(x)}" for k, x in zip(who, levels, strict=True)
    )


def _where(telling: Telling, group: Group, keys: Sequence[str]) -> str:
    told = at(telling, group.keys, keys)
    return f" at {told}" if told else ""


def _end_of(groups: Sequence[Group], end: str) -> Group:
    return max(groups, key=lambda g: g.value if end == "high" else -g.value)


def _table(
    telling: Telling,
    who: tuple[str, ...],
    order: Sequence[tuple[str, ...]],
    own: dict[tuple[str, ...], list[Group]],
    led: dict[tuple[str, ...], int],
    unit: str,
) -> None:
    metric = telling.select.measure
    title = aggregate_words(telling.select) + metric_of(metric).title
    title = title[:1].upper() + title[1:]
    heads = [{"system": "System", "suite": "Suite"}.get(k, k) for k in who]
    if all(len(groups) == 1 for groups in own.values()):
        rows = [(*n, str(own[n][0].n), telling.of_group(own[n][0], metric, unit)) for n in order]
        rows = _with_scattered(telling, who, [own[n][0].value for n in order], rows, unit)
        telling.table(title, [*heads, "n", title], rows, right=(len(who), len(who) + 1))
        return
    rows = []
    for n in order:
        groups = own[n]
        low, high = _end_of(groups, "low"), _end_of(groups, "high")
        leads = (telling.fact(led[n]),) if led else ()
        rows.append(
            (
                *n,
                telling.fact(len(groups)),
                *leads,
                telling.of_group(low, metric, unit),
                telling.of_group(high, metric, unit),
            )
        )
    more = ["Leads in"] if led else []
    heads = [*heads, "Conditions", *more, "Lowest", "Highest"]
    telling.table(title, heads, rows, right=tuple(range(len(who), len(heads))))


def _with_scattered(
    telling: Telling, who: tuple[str, ...], values: Sequence[float], rows: list[tuple[str, ...]], unit: str
) -> list[tuple[str, ...]]:
    """The rows of an order with those whose records are no one value, each as a range at the place of its median."""
    select = telling.select
    own = metric_of(select.measure).unit
    apart = [x for x in scattered(telling.layer, select, who[0]) if (x[0],) not in {r[:1] for r in rows}]
    if len(who) > 1 or not apart or select.state or select.limit:
        return rows
    rising = values == sorted(values)
    placed = list(zip(values, rows, strict=True))
    for level, n, low, middle, high, survived in apart:
        ends = [telling.fact(converted(x, own, unit), unit, metric=select.measure) for x in (low, high)]
        placed.append((middle, (level, str(n), f"{ends[0]} to {ends[1]}")))
        why = (
            "are what is left where more than two in five requests failed"
            if survived
            else "lie too far apart to be one value"
        )
        telling.cannot.append(
            f"the {n} records of {level} {why}: a range stands for them, at the place of their median"
        )
    return [row for _, row in sorted(placed, key=lambda p: p[0] if rising else -p[0])]
