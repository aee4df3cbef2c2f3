"""Choices: who leads by each metric that a choice rests on, whether to take one of two, whether a value is far from its
like. What was not measured for a choice is said with it."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.judged import QUALITY, judged_by
from chimera_report.tools.query.layer import Group
from chimera_report.tools.query.told.common import best_end
from chimera_report.tools.query.told.crowds import label
from chimera_report.tools.query.told.ranked import rank_all
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import Matched, apart, cells, condition, matched, shared_by, varied
from chimera_report.tools.schema import Select

_ALIKE = 0.02  # a ratio that is nearer to one decides nothing
_MOST = 3  # metrics that are told
_FAR = 3.0  # times the median, beyond which a value is far from the others


def _missing(telling: Telling, told: Sequence[str]) -> None:
    """What a choice rests on that was not measured."""
    if not set(QUALITY) & set(telling.layer.metrics):
        telling.cannot.append("how good the answers are was not measured, so this is no choice by quality")
    elif not set(QUALITY) & set(told):
        telling.cannot.append("how good the answers are is held, but not for this")


def consult_which(telling: Telling) -> None:
    """Who leads under the conditions, by each metric that a choice rests on."""
    kept = telling.select
    given = kept.measure if kept.measure in telling.layer.metrics else ""
    told: list[str] = []
    for metric in judged_by(telling.layer, given):
        if not best_end(metric, ""):
            continue
        probe = kept.model_copy(update={"measure": metric, "task": "rank_all", "claims": "best"})
        found = [g for g in cells(telling.layer, probe, metric) if all(g.keys.get(k) for k in kept.by)]
        if len({tuple(g.keys[k] for k in kept.by) for g in found}) < 2:
            continue
        telling.select = probe
        if told:
            _in_short(telling, metric)
        else:
            rank_all(telling)
        told.append(metric)
        if telling.refusal or len(told) == _MOST:
            break
    telling.select = kept
    if not told:
        what = "systems" if kept.by == ("system",) else f"levels of {' and '.join(kept.by)}"
        telling.refuse(
            f"no metric was measured of two {what} under these conditions, so there is nothing to choose between"
        )
        return
    if kept.left_out:
        words = ", ".join(f'"{w}"' for w in kept.left_out)
        telling.cannot.append(
            f"no row of the data is about {words}, so this is by the other conditions of the question alone"
        )
    _missing(telling, told)


def _in_short(telling: Telling, metric: str) -> None:
    """Who leads by one more metric, in one sentence."""
    before, tables, cannot = len(telling.drafts), len(telling.tables), len(telling.cannot)
    rank_all(telling)
    first = telling.drafts[before : before + 1]
    del telling.drafts[before:], telling.tables[tables:], telling.cannot[cannot:]
    for draft in first:
        telling.say(f"By the {metric_of(metric).title}: {draft.text}")


def consult_advised(telling: Telling) -> None:
    """Whether the first side is better than the second: by each metric, over all conditions that both have."""
    kept = telling.select
    names = [label(side, kept.sides) for side in kept.sides]
    told: list[str] = []
    crowd = False
    for metric in judged_by(telling.layer, kept.measure):
        if not best_end(metric, ""):
            continue
        telling.select = kept.model_copy(update={"measure": metric})
        sides = apart([cells(telling.layer, telling.select, metric, side) for side in kept.sides])
        if not all(sides):
            continue
        pairs = matched(sides[0], sides[1])
        crowd = crowd or bool(pairs.several)
        if not pairs.pairs or pairs.several:
            continue
        _verdict(telling, metric, names, pairs, first=not told)
        told.append(metric)
        if len(told) == _MOST:
            break
    telling.select = kept
    if not told:
        telling.refuse(
            f"{names[0]} or {names[1]} stands for several things; name one of each"
            if crowd
            else f"{names[0]} and {names[1]} were not measured under one condition that both have"
        )
        return
    telling.cannot.append(
        "this is as observed, without a test; a choice for other conditions than these is not settled"
    )
    _missing(telling, told)


def _verdict(telling: Telling, metric: str, names: Sequence[str], found: Matched, *, first: bool) -> None:
    """One metric of a choice: yes, no or where, each with the values of a condition."""
    title = metric_of(metric).title
    high = best_end(metric, "") == "high"
    gains = [(p.ratio if high else 1 / p.ratio, p) for p in found.pairs]
    gains.sort(key=lambda g: g[0])
    unit = telling.unit(metric, [x.value for p in found.pairs for x in (p.a, p.b)])
    keys = shared_by(found.pairs)
    a, b = (telling.name(n) for n in names[:2])
    wins = sum(g > 1 + _ALIKE for g, _ in gains)
    loses = sum(g < 1 / (1 + _ALIKE) for g, _ in gains)
    every = telling.fact(len(gains))
    over = "the one condition" if len(gains) == 1 else f"all {every} conditions"

    def one(place: int) -> str:
        gain, pair = gains[place]
        at = condition(telling, Group(pair.keys, 0.0, 0, ()), keys, bare=True) if keys else ""
        values = f"{telling.of_group(pair.a, metric, unit)} against {telling.of_group(pair.b, metric, unit)}"
        return f"{values}{f' ({at})' if at else ''}" if gain else ""

    lead = (
        {(True, True): "It depends: ", (True, False): "Yes: ", (False, True): "No: "}.get(
            (wins > 0, loses > 0), "It makes no difference: "
        )
        if first
        else ""
    )
    if "which" in telling.select.text.split() and lead in ("Yes: ", "No: "):
        lead = ""  # nothing was asked that has a yes
    if lead in ("Yes: ", "No: ") and 2 * max(wins, loses) <= len(gains):
        lead = "It hardly matters: "  # about the same under most conditions
    if not wins and not loses:
        telling.say(
            f"{lead}the {title} of {a} and of {b} differs by no more than 2 % under {over}, for example {one(-1)}."
        )
    elif wins and loses:
        telling.say(
            f"{lead}by the {title}, {a} is better than {b} in {telling.fact(wins)} of {every} conditions, at best with {one(-1)}, "
            f"and worse in {telling.fact(loses)}, at worst with {one(0)}."
        )
    else:
        word = "better" if wins else "worse"
        part = (
            over
            if max(wins, loses) == len(gains)
            else f"{telling.fact(max(wins, loses))} of {every} conditions and about the same in the others"
        )
        ends = one(-1) if len(gains) == 1 else f"from {one(0)} to {one(-1)}"
        telling.say(f"{lead}by the {title}, {a} is {word} than {b} under {part}: {ends}.")


def consult_each(telling: Telling) -> None:
    """Who is best by each metric: there is no best one by itself."""
    kept = telling.select
    layer = telling.layer
    who = ("system",) if len(layer.systems) > 1 else layer.contenders[:1]
    told = 0
    for metric in judged_by(layer, "success_rate" if "success_rate" in layer.metrics else ""):
        end = best_end(metric, "")
        found = [g for g in cells(layer, Select(measure=metric), metric) if all(g.keys.get(k) for k in who)]
        names = {tuple(g.keys[k] for k in who) for g in found}
        if not end or not who or len(names) < 2:
            continue
        if not told:
            telling.say("That depends on what is meant by best.")
        telling.select = Select(
            measure=metric,
            by=() if who == ("system",) else who,
            task="rank_all",
            claims="best",
            text="named" if who == ("system",) else "",
        )
        _in_short(telling, metric)
        told += 1
        if told == _MOST:
            break
    telling.select = kept
    if not told:
        telling.refuse("no metric was measured of two of them, so none is the best")
        return
    _missing(telling, [])


def consult_normal(telling: Telling) -> None:
    """Where a value lies among its like: the data has no norm, but others of the same metric."""
    select = telling.select
    metric = select.measure
    layer = telling.layer
    own = cells(layer, select, metric, select.sides[0] if select.sides else ())
    rest = tuple(w for w in select.where if w.field not in ("name", "system"))
    every = cells(layer, select.model_copy(update={"where": rest, "sides": ()}), metric)
    if not own or len(every) < 4:
        telling.refuse(
            f"the data has no norm for the {metric_of(metric).title}, and too few values of it to hold this one against"
        )
        return
    values = sorted(g.value for g in every)
    middle = values[len(values) // 2]
    unit = telling.unit(metric, values)
    low, high = every[0], every[0]
    for g in every:
        low, high = (g if g.value < low.value else low), (g if g.value > high.value else high)
    keys = varied(every)
    telling.say(
        f"What is normal the data does not say. Beside it: {telling.fact(len(every))} conditions have the {metric_of(metric).title}, from "
        f"{telling.of_group(low, metric, unit)} ({condition(telling, low, keys, bare=True)}) to {telling.of_group(high, metric, unit)} "
        f"({condition(telling, high, keys, bare=True)})."
    )
    from chimera_report.tools.query.told.sheet import converted

    shown = telling.fact(
        converted(middle, metric_of(metric).unit, unit), unit, metric=metric, n=len(values), method="median"
    )
    far = [g for g in own if middle > 0 and g.value > 0 and max(g.value / middle, middle / g.value) > _FAR]
    telling.say(
        f"The median of these is {shown}; "
        + (
            f"{telling.fact(len(far))} of the {telling.fact(len(own))} values that were asked about are more than {telling.fact(int(_FAR))} times away from it."
            if far
            else "none of the values that were asked about is more than three times away from it."
        )
    )
    telling.cannot.append("whether it is to be expected, only another measurement would tell")
