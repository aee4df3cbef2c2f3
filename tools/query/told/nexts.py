"""What to measure next, whether everything ran, and what could be dropped: gaps, failures and what nothing speaks for."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.judged import COSTS, QUALITY, SPEEDS, judged_by
from chimera_report.tools.query.layer import Group, run
from chimera_report.tools.query.told.common import best_end, called
from chimera_report.tools.query.told.doubts import repeats_of, rows_of
from chimera_report.tools.query.told.failures import failures
from chimera_report.tools.query.told.quoted import say_all
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import cells, condition, conditioning, order_of, varied
from chimera_report.tools.schema import Role, Select

_STEP = 1.25  # times between neighbours of a setting, from which on a value between them would tell
_WIDE = 2.0  # times between two levels, from which on there is room between them
_NAMED = 3
_WANTED = (("how good the answers are", QUALITY), ("memory", ("vram", "ram")), ("energy or power", ("power", "energy", "energy_per_token")),
           ("the time to the first token", ("ttft", "ttft_incl_load")))  # fmt: skip


def consult_next(telling: Telling) -> None:
    """What a further measurement should settle: failures, values that stand alone, gaps, and what was not measured."""
    layer = telling.layer
    rates = run(layer, Select(measure="failures", aggregate="share", by=("suite", "system")))
    bad = sorted((g for g in rates if g.n), key=lambda g: -g.n)
    noun = "requests" if layer.of_requests else "records"
    if bad:
        told = "; ".join(
            f"{telling.fact(g.n)} of {telling.fact(g.of)} of {called(telling, g, rates)}" for g in bad[:_NAMED]
        )
        telling.say(
            f"First what failed: {told} {noun} failed, and their causes are to be found before they are measured again."
        )
    metric = judged_by(layer)[0] if judged_by(layer) else ""
    found = repeats_of(telling, metric) if metric else []
    single = [g for g in found if rows_of(g) == 1]
    if found and len(single) == len(found):
        telling.say(
            f"Repeat what decides: each of the {telling.fact(len(found))} conditions that have the {metric_of(metric).title} has one value, so chance cannot be told from a difference."
        )
    elif single:
        telling.say(
            f"Repeat what was measured once: {telling.fact(len(single))} of {telling.fact(len(found))} conditions that have the {metric_of(metric).title} have one value."
        )
    if metric:
        _between(telling, metric)
        _holes(telling, metric)
    missing = [words for words, names in _WANTED if not set(names) & set(layer.metrics)]
    if missing:
        telling.say(f"Not measured at all: {', '.join(missing)}.")
    if not telling.drafts and not say_all(telling, "actions", "recommendations", most=3):
        telling.refuse(
            "nothing in the data asks for a further measurement: no record failed, conditions were repeated, and no level lies far from its neighbours"
        )


def _between(telling: Telling, metric: str) -> None:
    """The widest gap between two neighbouring levels of a setting in numbers, over which the metric changes most."""
    layer = telling.layer
    best: tuple[float, str, Group, Group] | None = None
    for factor in layer.varying:
        if factor in layer.worded or layer.dataset.role_of(factor) not in (Role.WORKLOAD, Role.SETTING):
            continue
        lines: dict[tuple[str, ...], list[Group]] = {}
        for g in cells(layer, Select(measure=metric), metric):
            if g.keys.get(factor):
                lines.setdefault(tuple(v for k, v in g.keys.items() if k != factor), []).append(g)
        for line in lines.values():
            line.sort(key=lambda g: order_of(g.keys[factor]))
            for left, right in pairwise(line):
                a, b = (order_of(x.keys[factor])[1] for x in (left, right))
                if a <= 0 or b / a <= _WIDE or min(left.value, right.value) <= 0:
                    continue
                step = max(left.value / right.value, right.value / left.value)
                if step > _STEP and (best is None or step > best[0]):
                    best = (step, factor, left, right)
    if best is None:
        return
    _, factor, left, right = best
    unit = telling.unit(metric, [left.value, right.value])
    rest = [k for k in varied(cells(layer, Select(measure=metric), metric)) if k != factor]
    at = condition(telling, left, rest, bare=True) if rest else ""
    telling.say(
        f"Measure between {factor} {telling.name(left.keys[factor])} and {telling.name(right.keys[factor])}: the {metric_of(metric).title} changes most there, "
        f"from {telling.of_group(left, metric, unit)} to {telling.of_group(right, metric, unit)}{f' ({at})' if at else ''}, and no level lies between them."
    )


def _holes(telling: Telling, metric: str) -> None:
    """Levels of a setting that some systems were measured at and others not, within one suite."""
    layer = telling.layer
    found = [g for g in cells(layer, Select(measure=metric), metric) if g.keys.get("system")]
    told = 0
    for factor in conditioning(layer):
        if layer.dataset.role_of(factor) not in (Role.WORKLOAD, Role.SETTING) or factor in layer.naming:
            continue
        for suite in dict.fromkeys(g.keys["suite"] for g in found):
            levels: dict[str, set[str]] = {}
            for g in found:
                if g.keys["suite"] == suite and g.keys.get(factor):
                    levels.setdefault(g.keys["system"], set()).add(g.keys[factor])
            every = set().union(*levels.values()) if levels else set()
            lacking = {s: every - have for s, have in levels.items() if every - have}
            if len(levels) < 2 or not lacking or len(lacking) == len(levels):
                continue
            system, gone = max(lacking.items(), key=lambda kv: len(kv[1]))
            shown = ", ".join(telling.name(x) for x in sorted(gone, key=order_of)[:4])
            more = f" and {telling.fact(len(gone) - 4)} more" if len(gone) > 4 else ""
            telling.say(f"{telling.name(system)} was not measured at {factor} {shown}{more}, where others were.")
            told += 1
            if told == 2:
                return


def consult_everything(telling: Telling) -> None:
    """Whether everything ran: failures, values that cannot be true, and systems with fewer records than their like."""
    kept = telling.select
    telling.select = kept.model_copy(update={"task": "failures", "text": f"failed {kept.text}".strip()})
    failures(telling)
    telling.select = kept
    table = telling.world.dataset.table
    aside = table[table["status"] == "set aside"]
    if len(aside):
        telling.say(
            f"{telling.fact(len(aside))} values cannot be true and are not used, the first of them in {telling.name(str(aside['source'].iloc[0]))}, "
            f"as {metric_of(str(aside['metric'].iloc[0])).title}."
        )
    _fewer(telling)
    telling.cannot.append("runs that left no record in the files are not seen")


def _fewer(telling: Telling) -> None:
    """Systems with fewer records than the others of their suite."""
    counts = run(telling.layer, Select(measure="records", aggregate="count", by=("suite", "system")))
    told = 0
    for suite in dict.fromkeys(g.keys["suite"] for g in counts):
        here = [g for g in counts if g.keys["suite"] == suite and g.keys["system"]]
        if len(here) < 3:
            continue
        usual, times = Counter(int(g.value) for g in here).most_common(1)[0]
        less = [g for g in here if g.value < usual]
        if times * 2 <= len(here) or not less:
            continue
        names = ", ".join(f"{telling.name(g.keys['system'])} ({telling.fact(int(g.value))})" for g in less[:4])
        telling.say(
            f"In suite {telling.name(suite)} the others have {telling.fact(usual)} records each, but fewer are held of {names}."
        )
        told += 1
        if told == 2:
            return


def consult_drop(telling: Telling) -> None:
    """What nothing speaks for: another one is at least as good by each metric that both have."""
    layer = telling.layer
    by = telling.select.by or (("system",) if len(layer.systems) > 1 else layer.contenders[:1])
    speed = next((m for m in judged_by(layer) if m in SPEEDS and best_end(m, "")), "")
    quality = next((m for m in QUALITY if m in layer.metrics and best_end(m, "")), "")
    judged = [m for m in (quality, speed) if m]
    if not by or not judged:
        telling.refuse("no two things were measured by one metric, so none of them can be called the worse")
        return
    values = {m: _typical(telling, m, by[0]) for m in judged}
    names = [n for n in values[judged[0]] if all(n in v for v in values.values())]
    if len(names) < 3:
        judged = judged[:1] if len(values[judged[0]]) > 2 else judged[-1:]
        names = list(values[judged[0]])
    if len(names) < 2:
        telling.refuse(f"the {metric_of(judged[0]).title} was not measured of two of them")
        return

    def better(metric: str, a: str, b: str) -> bool:
        x, y = values[metric][a].value, values[metric][b].value
        return x >= y if best_end(metric, "") == "high" else x <= y

    beaten = {
        n: [
            o
            for o in names
            if o != n and all(better(m, o, n) for m in judged) and not all(better(m, n, o) for m in judged)
        ]
        for n in names
    }
    first = judged[0]
    order = sorted(names, key=lambda n: values[first][n].value, reverse=best_end(first, "") == "low")
    useless = [n for n in order if beaten[n]]
    units = {m: telling.unit(m, [g.value for g in values[m].values()]) for m in judged}
    titles = " and ".join(metric_of(m).title for m in judged)

    def told(n: str) -> str:
        return f"{telling.name(n)} ({', '.join(telling.of_group(values[m][n], m, units[m]) for m in judged)})"

    if len(judged) == 1:
        telling.say(
            f"By the {titles} alone, on average, the weakest are {' and '.join(told(n) for n in order[: 2 if len(order) > 3 else 1])}; the best is {told(order[-1])}."
        )
    elif useless:
        telling.say(
            f"By the {titles} on average, the first to drop are {', '.join(told(n) for n in useless[:_NAMED])}: another one is at least as good by each."
        )
        winner = max(beaten[useless[0]], key=lambda o: sum(o in b for b in beaten.values()))
        telling.say(
            f"For example {told(winner)} is better than {telling.name(useless[0])}; {telling.fact(len(useless))} of {telling.fact(len(names))} are behind another one in this way."
        )
    else:
        telling.say(
            f"None is behind another one by both the {titles}; the lowest {metric_of(first).title} is that of {told(order[0])}."
        )
    rows = [(n, *(telling.of_group(values[m][n], m, units[m]) for m in judged)) for n in order]
    telling.table(
        f"{titles[:1].upper()}{titles[1:]}, weakest first",
        ["System" if by[0] == "system" else by[0], *(metric_of(m).title for m in judged)],
        rows,
        right=tuple(range(1, len(judged) + 1)),
    )
    telling.cannot.append("these are averages over all conditions that each has, as observed, without a verdict")
    if not quality:
        telling.cannot.append(
            "how good the answers are was not measured: one that is slow may still be the one to keep"
        )
    other = [m for m in COSTS if m in layer.metrics]
    if other:
        telling.cannot.append(f"not looked at here: {', '.join(metric_of(m).title for m in other[:3])}")


def _typical(telling: Telling, metric: str, by: str) -> dict[str, Group]:
    """The mean of each, over the conditions that it was measured under."""
    found = run(
        telling.layer,
        telling.select.model_copy(update={"measure": metric, "by": (by,), "aggregate": "mean", "task": ""}),
        measure=metric,
    )
    return {g.keys[by]: g for g in found if g.keys[by]}
