"""What a question was, as a look-up that a later one can change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.schema import THINGS, Query, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.layer import Layer
    from chimera_report.tools.query.reader.slots import Slots


def as_select(query: Query) -> Select | None:
    """A query of the older rules as a look-up, as far as one stands for it."""
    if query.parts:  # of several questions the last one that tells values
        told = [s for q in reversed(query.parts) if (s := as_select(q)) is not None]
        return next((s for s in told if s.measure not in THINGS), told[0] if told else None)
    if query.select is not None:
        return query.select
    if not query.metric or query.intent not in (
        "value",
        "compare",
        "rank",
        "best",
        "effect",
        "plot",
        "why",
        "distribution",
    ):
        return None
    wheres = [Where(field=f, op="=", values=(v,)) for f, v in query.condition.items()]
    if query.suite:
        wheres.append(Where(field="suite", op="=", values=(query.suite,)))
    sides: tuple[tuple[Where, ...], ...] = ()
    if query.factor and len(query.levels) > 1:
        sides = tuple((Where(field=query.factor, op="=", values=(x,)),) for x in query.levels)
    elif len(query.subjects) > 1:
        sides = tuple((Where(field="name", op="has", values=(s,)),) for s in query.subjects)
    elif query.subjects:
        wheres.append(Where(field="name", op="has", values=query.subjects))
    by: tuple[str, ...] = (
        ("setting",) if query.target == "settings" else (query.factor,) if query.factor and not sides else ()
    )
    task = {"compare": "compare", "rank": "rank_all", "best": "rank_all"}.get(query.intent, "value")
    if task == "compare" and not sides:
        task = "value"
    aggregate = {"mean": "mean", "min": "min", "max": "max", "sd": "sd", "cv": "cv"}.get(query.statistic, "typical")
    q = 0.5
    if re.fullmatch(r"p\d{1,2}", query.statistic):
        aggregate, q = "quantile", int(query.statistic[1:]) / 100
    state = query.state
    return Select(
        measure=query.metric, also=query.metrics, where=tuple(wheres), sides=sides, by=by, task=task, state=state,
        aggregate=aggregate,  # type: ignore[arg-type]
        q=q,
        claims="worst" if query.worst else "best" if task == "rank_all" else "",
    )  # fmt: skip


def of_two_levels(query: Query, layer: Layer) -> Select | None:
    """What a setting with two levels does, as one of them against the other: "does fp8 help the TTFT?"."""
    select = as_select(query)
    levels = layer.levels.get(query.factor, ())
    if select is None or query.intent != "effect" or query.select is not None or select.sides or len(levels) != 2:
        return None
    sides = tuple((Where(field=query.factor, op="=", values=(x,)),) for x in reversed(levels))
    return select.model_copy(update={"sides": sides, "by": (), "task": "compare", "claims": "", "order": ""})


def look_up(select: Select) -> Query:
    """The query of a look-up."""
    return Query(intent="select", metric=select.measure if select.measure != "records" else "", select=select)


# Tasks whose conditions and sides another question can change; of others, an earlier one is leaned on.
_ASIDE = ("help", "sure", "production", "declined", "convergence", "definition")
_OF_ADVICE = ("consult_which", "consult_advised")


def leaned_on(found: Slots, previous: Sequence[Query]) -> Query | None:
    """The query that a short question leans on: the last that tells values or counts; of advice, only that whose
    conditions a question can change."""
    named = bool(found.wheres or found.sides)
    for query in reversed(previous):
        select = query.select
        if select is None:
            if query.intent in ("summary", "recommend", "data_quality", "missing"):
                continue
            return query
        advice = select.task.startswith("consult_")
        if select.task in _ASIDE or (advice and not (named and select.task in _OF_ADVICE)):
            continue
        return query
    return None


def of_the_first(query: Query, first: Query) -> Query:
    """ "How long was the soak run and how many requests?": the second part is of what the first one names, where it
    counts or times and names nothing itself."""
    if query.select is None or first.select is None or query.select.where or query.select.sides:
        return query
    if query.select.task not in ("counts", "failures", "failure_rate", "why_failed", "duration", "when"):
        return query
    return query.model_copy(update={"select": query.select.model_copy(update={"where": first.select.where})})


_THOSE = re.compile(r"\b(?:those|these|they|them)\b", re.IGNORECASE)


def of_those(query: Query, question: str, previous: Sequence[Query]) -> Query:
    """ "Why did those fail?": those that the question before counted."""
    select = query.select
    if select is None or not previous or select.where or select.sides or not _THOSE.search(question):
        return query
    if select.task not in ("why_failed", "failures"):
        return query
    last = next((s for q in reversed(previous) if (s := as_select(q)) is not None), None)
    if last is None or not last.where:
        return query
    return query.model_copy(update={"select": select.model_copy(update={"where": last.where})})
