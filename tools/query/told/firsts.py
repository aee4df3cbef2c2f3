"""Why something is the first or the last of an order: whether it is, is looked up before."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words, run
from chimera_report.tools.query.told.common import best_end, called, default_by, table_of
from chimera_report.tools.query.told.likes import held_against_likes
from chimera_report.tools.query.told.sheet import Telling


def why_first(telling: Telling) -> None:
    """Whether what is named has the best (or worst) value under the conditions; a cause is not told."""
    select = telling.select
    metric = select.measure
    if "likes" in select.text.split() and not select.sides and held_against_likes(telling):
        return
    rest = tuple(w for w in select.where if w.field != "name") if not select.sides else select.where
    names = tuple(w for w in select.where if w.field == "name") if not select.sides else select.sides[0]
    by = default_by(telling.layer, select.model_copy(update={"where": rest}), metric)
    plain = select.model_copy(update={"where": rest, "by": by, "order": "", "limit": 0, "claims": ""})
    groups = run(telling.layer, plain, measure=metric)
    mine = run(telling.layer, plain.model_copy(update={"where": (*rest, *names)}), measure=metric)
    if not groups or not mine:
        telling.refuse(f"no {metric_of(metric).title} of it is held under these conditions")
        return
    claims = (select.claims.split() or ["best"])[0]
    end = best_end(
        metric,
        "worst" if claims in ("worse", "worst", "low" if metric_of(metric).direction == "higher" else "-") else "best",
    )
    if claims in ("high", "higher"):
        end = "high"
    elif claims in ("low", "lower"):
        end = "low"
    end = end or "high"
    told = 0
    for suite in dict.fromkeys(g.keys.get("suite", "") for g in mine):
        here = sorted(
            (g for g in groups if g.keys.get("suite", "") == suite),
            key=lambda g: -g.value if end == "high" else g.value,
        )
        own = sorted(
            (g for g in mine if g.keys.get("suite", "") == suite), key=lambda g: -g.value if end == "high" else g.value
        )
        if len(here) < 2:
            continue
        _told(telling, here, own[0], end)
        told += 1
        if told == 2:
            break
    if not told:
        telling.refuse("there is nothing beside it that it could be held against")
        return
    if "asked" in select.text.split():
        telling.cannot.append("this is by the mean of all that was measured of each, as observed, without a verdict")
    else:
        telling.say("Why, the data does not say: it holds what was measured, and not by which mechanism.")


def _told(telling: Telling, here: list[Group], own: Group, end: str) -> None:
    metric = telling.select.measure
    unit = telling.unit(metric, [g.value for g in here])
    title = aggregate_words(telling.select) + metric_of(metric).title
    first = here[0]
    which = "highest" if end == "high" else "lowest"
    if first.keys == own.keys:
        telling.say(
            f"It is so: {called(telling, own, here)} has the {which} {title}, {telling.of_group(own, metric, unit)}; "
            f"{called(telling, here[1], here)} follows with {telling.of_group(here[1], metric, unit)}."
        )
    else:
        telling.say(
            f"It is not so: {called(telling, first, here)} has the {which} {title}, {telling.of_group(first, metric, unit)}; "
            f"that of {called(telling, own, here)} is {telling.of_group(own, metric, unit)}."
        )
    table_of(telling, here, metric, unit)
