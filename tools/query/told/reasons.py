"""Why: what differs between two things beside the metric. A cause is never told; what is taken for granted is tested."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words, run, where_words
from chimera_report.tools.query.told.against import compare
from chimera_report.tools.query.told.common import called, grouped
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import cells, condition, order_of, varied
from chimera_report.tools.schema import Select, Where

_PARTS = ("prompt_tokens", "output_tokens", "prompt_eval_time", "eval_time", "load_time", "prefill_rate", "decode_rate",
          "ttft", "ttft_incl_load", "e2e_latency", "model_size", "vram", "ram")  # fmt: skip


def why_sides(telling: Telling) -> None:
    """Whether it is so, and what else differs between the sides."""
    compare(telling)
    if telling.refusal:
        return
    sides = telling.select.sides[:2]
    _differences(telling, sides)


def why_groups(telling: Telling) -> None:
    """Why values of one thing lie apart: in which conditions they differ, and by how much where one alone differs."""
    select = telling.select
    metric = select.measure
    title = metric_of(metric).title
    found = [g for g in cells(telling.layer, select.model_copy(update={"aggregate": "typical"}), metric) if g.value > 0]
    keys = varied(found)
    if len(found) < 2 or not keys:
        telling.refuse(
            f"the data gives no reason: it holds one value of the {title} here, and what was measured, not by which mechanism"
        )
        return
    low, high = min(found, key=lambda g: g.value), max(found, key=lambda g: g.value)
    unit = telling.unit(metric, [low.value, high.value])
    apart = [k for k in keys if low.keys[k] != high.keys[k]]
    telling.say(
        f"The data gives no reason; the lowest and the highest {title} differ in {' and '.join(apart) or 'no condition that is held'}: "
        f"{telling.of_group(low, metric, unit)} ({condition(telling, low, keys, bare=True)}) and {telling.of_group(high, metric, unit)} "
        f"({condition(telling, high, keys, bare=True)})."
    )
    for key in keys:
        pairs: dict[tuple[str, ...], list[Group]] = {}
        for g in found:
            pairs.setdefault(tuple(g.keys[k] for k in keys if k != key), []).append(g)
        spans = [(max(x.value for x in v) / min(x.value for x in v), v) for v in pairs.values() if len(v) > 1]
        if not spans:
            continue
        ratio, most = max(spans, key=lambda s: s[0])
        least = min(s[0] for s in spans)
        most = sorted(most, key=lambda g: order_of(g.keys[key]))
        rest = [k for k in keys if k != key]
        at = condition(telling, most[0], rest, bare=True) if rest else ""
        few = [min(most, key=lambda g: g.value), max(most, key=lambda g: g.value)]
        word = {"system": "the system", "suite": "the suite"}.get(key, key)
        span = (
            telling.fact(ratio, "×") if least == ratio else f"{telling.fact(least, '×')} to {telling.fact(ratio, '×')}"
        )
        telling.say(
            f"Where {word} alone differs, the values are {span} apart, "
            f"at most {telling.of_group(few[0], metric, unit)} ({telling.name(few[0].keys[key] or 'not named')}) and "
            f"{telling.of_group(few[1], metric, unit)} ({telling.name(few[1].keys[key] or 'not named')}){f' at {at}' if at else ''}."
        )
        if len(telling.drafts) == 3:
            break
    telling.cannot.append("what differs is told; that it is the cause is not proved")


def why_level(telling: Telling) -> None:
    """A level of a setting against the others: whether it stands out, whether cold starts fall on it, what differs."""
    select = telling.select
    where = next((w for w in select.where if w.field in telling.layer.levels and w.op == "="), None)
    if where is None:  # "except with num_ctx 2048": all but one
        telling.refuse("the question names no one level of a setting that could stand out")
        return
    rest = tuple(w for w in select.where if w is not where)
    metric = select.measure or "ttft"
    if metric not in telling.layer.metrics:
        metric = next(
            (
                m
                for m in ("ttft", "ttft_incl_load", "e2e_latency", "decode_rate", "run_time")
                if m in telling.layer.metrics
            ),
            "",
        )
    other = where.model_copy(update={"op": "!="})
    plain = Select(measure=metric, aggregate="mean", where=rest)
    here, there = run(telling.layer, plain, wheres=(where,)), run(telling.layer, plain, wheres=(other,))
    if not here or not there:
        telling.refuse(f"no {metric_of(metric).title} of both {where_words(where)} and the other levels is held")
        return
    a, b = here[0], there[0]
    unit = telling.unit(metric, [a.value, b.value])
    title = metric_of(metric).title
    higher = a.value > b.value
    claims = select.claims.split()[:1]
    better = metric_of(metric).direction
    holds = {
        "higher": higher, "lower": not higher, "better": higher == (better == "higher") if better != "none" else None,
        "worse": higher == (better == "lower") if better != "none" else None,
    }.get(claims[0] if claims else "")  # fmt: skip
    if holds is False:
        telling.say(
            f"It is not so: the mean {title} is {telling.of_group(a, metric, unit)} at {where.field} {telling.name(where.values[0])} "
            f"and {telling.of_group(b, metric, unit)} at the other levels."
        )
        return
    telling.say(
        f"At {where.field} {telling.name(where.values[0])} the mean {title} is {telling.of_group(a, metric, unit)}, at the other levels "
        f"{telling.of_group(b, metric, unit)} (n = {a.n} and {b.n})."
    )
    cold = _cold(telling, rest, where, other)
    if not cold:
        _differences(telling, ((where,), (other,)), rest)
    telling.cannot.append("what differs is told; that it is the cause is not proved")


def _cold(telling: Telling, rest: tuple[Where, ...], where: Where, other: Where) -> bool:
    """Tells how cold starts are spread over the level and the others; whether they all fall on it."""
    counts = []
    for side in (where, other):
        cold = run(
            telling.layer, Select(measure=_loaded(telling), aggregate="count", where=rest, state="cold"), wheres=(side,)
        )
        every = run(telling.layer, Select(measure=_loaded(telling), aggregate="count", where=rest), wheres=(side,))
        counts.append((cold[0].n if cold else 0, every[0].n if every else 0))
    (cold_here, all_here), (cold_there, all_there) = counts
    if not cold_here or cold_here * max(all_there, 1) <= 3 * cold_there * max(all_here, 1):
        return False
    told = "none" if not cold_there else f"{telling.fact(cold_there)}"
    telling.say(
        f"Cold starts fall on it: {telling.fact(cold_here)} of its {telling.fact(all_here)} records include the loading of the model, "
        f"{told} of the {telling.fact(all_there)} at the other levels."
    )
    metric = telling.select.measure or "ttft"
    warm = Select(measure=metric, aggregate="mean", where=rest, state="warm")
    here, there = run(telling.layer, warm, wheres=(where,)), run(telling.layer, warm, wheres=(other,))
    if here and there:
        unit = telling.unit(metric, [here[0].value, there[0].value])
        telling.say(
            f"Without cold starts, the mean {metric_of(metric).title} is {telling.of_group(here[0], metric, unit)} there and "
            f"{telling.of_group(there[0], metric, unit)} elsewhere."
        )
    return True


def _loaded(telling: Telling) -> str:
    held = telling.layer.metrics
    return next((m for m in ("ttft_incl_load", "load_time", "ttft") if m in held), telling.select.measure)


def _differences(telling: Telling, sides: tuple[tuple[Where, ...], ...], rest: tuple[Where, ...] | None = None) -> None:
    """The other metrics of the records by which the sides differ most."""
    rows: list[tuple[float, str, Group, Group]] = []
    metric = telling.select.measure
    where = telling.select.where if rest is None else rest
    for other in _PARTS:
        if other == metric or other not in telling.layer.metrics:
            continue
        plain = Select(measure=other, aggregate="typical", where=where)
        a, b = (run(telling.layer, plain, wheres=side) for side in sides[:2])
        if a and b and a[0].value > 0 and b[0].value > 0:
            ratio = a[0].value / b[0].value
            rows.append((max(ratio, 1 / ratio), other, a[0], b[0]))
    rows.sort(key=lambda r: (r[1] not in ("prompt_tokens",), -r[0]))
    rows = [r for r in rows if r[0] > 1.05][:4]
    if not rows:
        telling.say("Why, the data does not say: it holds what was measured, and not by which mechanism.")
        return
    parts = []
    for _, other, left, right in rows[:3]:
        unit = telling.unit(other, [left.value, right.value])
        parts.append(
            f"{metric_of(other).title} ({telling.of_group(left, other, unit)} against {telling.of_group(right, other, unit)})"
        )
    telling.say(f"What differs besides: {', '.join(parts)}.")
    telling.cannot.append("what differs is told; that it is the cause is not proved")


def spread_why(telling: Telling) -> None:
    """Why two statistics of one metric lie apart: the values that pull the mean."""
    metric = telling.select.measure
    base = telling.select.model_copy(update={"aggregate": "mean"})
    groups = grouped(telling, metric, extra=base)
    if not groups:
        telling.refuse(f"no record holds a {metric_of(metric).title} under these conditions")
        return
    for g in groups[:2]:
        keyed = tuple(Where(field=k, op="=", values=(v,)) for k, v in g.keys.items() if v)
        median = run(
            telling.layer,
            telling.select.model_copy(update={"aggregate": "quantile", "q": 0.5}),
            wheres=keyed,
            measure=metric,
        )
        values = sorted(telling.world.dataset.table["value"].iloc[list(g.positions)].tolist(), reverse=True)
        if not median or len(values) < 3:
            continue
        mid = median[0].value
        far = [v for v in values if v > 5 * mid] or values[:1]
        unit = telling.unit(metric, [g.value, mid])
        rest = values[len(far) :]
        canonical = metric_of(metric).unit
        from chimera_report.tools.query.told.sheet import converted

        def shown(value: float, unit: str = unit, canonical: str = canonical) -> str:
            return telling.fact(converted(value, canonical, unit), unit, metric=metric)

        telling.say(
            f"Of {called(telling, g, groups)}, the mean {metric_of(metric).title} is {telling.of_group(g, metric, unit)} and the median "
            f"{telling.of_group(median[0], metric, unit)} (n = {g.n})."
        )
        if g.value <= mid:
            telling.say("The mean is not above the median.")
            continue
        highest = " and ".join(shown(v) for v in far[:2])
        telling.say(
            f"A few extreme values make the mean: {telling.fact(len(far))} of {telling.fact(len(values))} are far from the rest, the largest "
            f"{highest}; without {'them' if len(far) > 1 else 'it'} the mean is {shown(sum(rest) / len(rest))}."
        )
    if not telling.drafts:
        telling.refuse(f"{aggregate_words(telling.select)}{metric_of(metric).title} is of too few records, to tell")
