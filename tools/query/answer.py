"""Computes and words the answer to a query; the same words for the same data."""

from __future__ import annotations

import re
from collections.abc import Callable

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import checks, contents, effects, kinds, orders, pictures, quotes, values, whys
from chimera_report.tools.query.clocks import by_whose_clock
from chimera_report.tools.query.last import last
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.page import Page
from chimera_report.tools.query.rather import rather
from chimera_report.tools.query.reader.leaned import look_up, of_two_levels
from chimera_report.tools.query.several import several
from chimera_report.tools.query.told import cells, of_the_machine, tell
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Answer, Ask, Decline, Query, Reading
from chimera_report.tools.statements import as_measured, bench, command, runnable

TEN = 10  # systems of an order where no number was asked for
_FEW = 4  # systems of which a run can be meant without a name
_INTENTS: dict[str, Callable[[Page], None]] = {
    "value": values.value,
    "compare": effects.against,
    "effect": effects.effect,
    "rank": orders.rank,
    "best": orders.best,
    "trade_off": orders.trade_off,
    "distribution": values.distribution,
    "trend": values.trend,
    "list": contents.listing,
    "count": contents.count,
    "missing": contents.missing,
    "why": whys.why,
    "evidence": quotes.evidence,
    "definition": contents.definition,
    "data_quality": checks.quality,
    "recommend": quotes.recommend,
    "plot": pictures.plot,
    "summary": quotes.summary,
    "statement": kinds.told,
}


def answer(query: Query, world: World, question: str = "") -> Answer:
    """The answer to a query. Every number of it is a fact; a query that the data cannot answer is declined, with what
    is missing and, where this program can make it, the run that would tell."""
    if query.read_as:
        made = answer(query.model_copy(update={"read_as": ""}), world, question)
        return made.model_copy(update={"read_as": query.read_as})
    if query.unheeded:
        made = answer(query.model_copy(update={"unheeded": ()}), world, question)
        words = ", ".join(f'"{w}"' for w in query.unheeded)
        told = f"{words} was left out of the question: nothing that was measured is called so"
        return made.model_copy(update={"cannot": (told, *made.cannot)})
    if query.parts:
        return several(query, [answer(part, world, question) for part in query.parts], question)
    if query.select is not None:
        return tell(query, world, question)
    made = _ruled(query, world, question)
    if _other_pair(made, query):  # what is told of another pair answers nothing
        made = answer(query.otherwise, world, question) if query.otherwise is not None else made
        if made.outcome == "answered" and not _other_pair(made, query):
            return made
        levels = " and ".join(query.levels)
        reason = f"No condition was measured with both {levels} by the {metric_of(query.metric).title}."
        return _declined(Decline(kind="not held", reason=reason, metric=query.metric), world, question)
    if query.otherwise is not None and (
        made.outcome == "declined" or _open(made) or _none(made) or _estimated(made) or _of_tails(made)
    ):
        instead = answer(query.otherwise, world, question)
        if instead.outcome == "answered" and not _loose(instead):
            return instead
    if query.intent == "statement" and query.yes_no and query.otherwise is not None and not _yes(made):
        instead = answer(query.otherwise, world, question)
        if instead.outcome == "answered" and _yes(instead):
            return instead
    if query.intent == "effect" and made.verdict == "INSUFFICIENT" and (seen := of_two_levels(query, world.layer)):
        instead = answer(look_up(seen), world, question)
        if instead.outcome == "answered" and not _loose(instead) and "under each of the" in instead.text[0]:
            return instead  # under all conditions alike; else it is open
    if made.outcome == "declined" and query.otherwise is None and (looked := _looked_up(query)) is not None:
        instead = answer(looked, world, question)
        if instead.outcome == "answered":
            return instead
    if (apart := _averaged(made, query, world) or _pooled(made, query, world)) is not None:
        instead = answer(apart, world, question)
        if instead.outcome == "answered" or query.metric in _MEMORY:
            return instead
    if query.otherwise is not None and (_tied(made) or _scattered(made)):
        instead = answer(query.otherwise, world, question)
        if instead.outcome == "answered":  # who leads as observed, and that the rules see no difference
            tie = (made.text[0].rstrip("."),) if _tied(made) and _of_the_same(made, instead) else ()
            return instead.model_copy(update={"cannot": (*instead.cannot, *tie)})
    return made


def _yes(made: Answer) -> bool:
    """Whether an answer says first whether it is so."""
    return bool(made.text) and made.text[0].startswith(("Yes", "No", "It depends", "Hardly", "Not "))


def _other_pair(made: Answer, query: Query) -> bool:
    """Whether two levels were asked about, and what is told holds others against each other."""
    if query.intent != "compare" or len(query.levels) != 2 or made.query is None or made.query.select is not None:
        return False
    told = " ".join([*made.text, *(str(f.value) for f in made.sheet.facts)]).lower()
    if made.outcome == "answered" and made.text and f"{query.factor} ".lower() in made.text[0].lower():
        return not all(f"{query.factor} {x}".lower() in " ".join(made.text).lower() for x in query.levels)
    return made.outcome == "answered" and not all(x.lower() in told for x in query.levels)


def _looked_up(query: Query) -> Query | None:
    """The same as a look-up: what no summary of the report has may still stand in its records."""
    from chimera_report.tools.query.reader.leaned import as_select

    if query.intent not in ("value", "best", "rank") or query.constraints or query.without:
        return None
    select = as_select(query)
    return Query(intent="select", metric=query.metric, select=select) if select is not None and select.measure else None


_MEMORY = ("ram", "vram")
ALIKE = 1.02  # values of unlike conditions that lie further apart have no common one
_POOLING = ("value", "rank", "best")


def _pooled(made: Answer, query: Query, world: World) -> Query | None:
    """The look-up by condition, where one value of a system was told over records of several conditions."""
    if query.intent not in _POOLING or made.outcome != "answered" or query.yes_no:
        return None
    if query.statistic or query.constraints or query.without or query.goal or query.target or not query.outliers:
        return None
    looked = _by_condition(query)
    select = looked.select if looked is not None else None
    if select is None or select.measure not in world.layer.metrics:
        return None
    if query.metric in _MEMORY:
        return looked if of_the_machine(world.layer, select, query.metric) else None
    own: dict[tuple[str, str], list[float]] = {}
    for g in cells(world.layer, select, select.measure):
        own.setdefault((g.keys["suite"], g.keys["system"]), []).append(g.value)
    apart = any(min(v) > 0 and max(v) / min(v) > ALIKE for v in own.values())
    return looked if apart or query.state else None


def _averaged(made: Answer, query: Query, world: World) -> Query | None:
    """The look-up of an average that was asked for by its name, where the report tells it of parts of one system's
    records: it is told of all of them, with what they are over, and then apart."""
    select = query.otherwise.select if query.otherwise is not None else None
    if query.intent != "value" or not query.statistic or len(made.text) < 2 or made.outcome != "answered":
        return None
    if select is None or select.by or select.aggregate not in ("mean", "quantile") or query.without or query.state:
        return None
    found = cells(world.layer, select.model_copy(update={"aggregate": "typical"}), select.measure)
    return query.otherwise if len({(g.keys["suite"], g.keys["system"]) for g in found}) == 1 else None


def _by_condition(query: Query) -> Query | None:
    """The look-up that tells a query of the older rules condition by condition."""
    other = query.otherwise
    if other is not None and other.select is not None and other.select.measure == query.metric:
        return other
    looked = _looked_up(query)
    if looked is None or looked.select is None or query.intent == "value" or looked.select.by:
        return looked
    named = looked.select.model_copy(update={"text": "named", "limit": query.limit if query.limit < TEN else 0})
    return looked.model_copy(update={"select": named})


def _scattered(made: Answer) -> bool:
    """Whether one value was asked for and several were told, of conditions that the question does not name."""
    return made.query is not None and made.query.intent == "value" and not made.query.condition and len(made.text) >= 3


def _estimated(made: Answer) -> bool:
    """Whether an order was told by averages over unlike conditions, without a verdict: then real values come first."""
    return (
        made.query is not None
        and made.query.intent in ("best", "rank")
        and all(c.kind == "measurement" for c in made.sheet.claims)
        and any("estimates" in t for t in made.text[:1])
        and not made.query.yes_no
    )


def _of_tails(made: Answer) -> bool:
    """Whether percentiles of several conditions were put together, which is none of any of them."""
    told = made.text[0] if made.text else ""
    best = made.query is not None and made.query.intent == "best" and made.query.statistic.startswith("p")
    return best and re.search(r"the median of \d+ stated values", told) is not None


def _tied(made: Answer) -> bool:
    return (
        made.query is not None
        and made.query.intent in ("best", "rank")
        and not made.query.subjects
        and bool(made.text)
        and "cannot be told apart" in made.text[0]
    )


def _of_the_same(made: Answer, instead: Answer) -> bool:
    """Whether a tie is of what comes first as observed: one of others under other conditions says nothing of it."""
    first = instead.text[0].lower() if instead.text else ""
    systems = {f.subject for f in made.sheet.facts if f.subject}
    told = made.text[0].lower()
    return any(len(s) > 2 and s.lower() in told and s.lower() in first for s in systems)


def _open(made: Answer) -> bool:
    return made.query is not None and made.query.intent in ("compare", "why") and made.verdict == "INSUFFICIENT"


def _none(made: Answer) -> bool:
    """Whether no outlier is known to the report's own checks: then every value is looked at."""
    return made.query is not None and made.query.thing == "outliers" and not made.sheet.claims and not made.query.yes_no


def _loose(made: Answer) -> bool:
    """Whether what was held against each other stands in different suites: then it is open, and said to be."""
    return any("not measured in one suite" in c for c in made.cannot)


def _ruled(query: Query, world: World, question: str) -> Answer:
    page = Page(world.under(query), query)
    page.cold = page.world.all_cold(query.metric, subjects=query.subjects, suite=query.suite)
    if page.cold and query.state == "warm":
        page.insufficient("every record under these conditions is a cold start")
    elif page.world.narrowing is None or page.world.narrowing.records:
        _INTENTS[query.intent](page)
    made = page.answer(question)
    if query.intent == "recommend" and made.outcome == "declined":
        told = _ruled(query.model_copy(update={"intent": "summary"}), world, question)
        aside = ("the report recommends nothing; what it found is told", *told.cannot)
        return told.model_copy(update={"cannot": aside}) if told.outcome == "answered" else made
    return made


def plotted(query: Query) -> Query:
    """The same query, with a picture."""
    if query.select is not None:
        return query.model_copy(update={"select": query.select.model_copy(update={"shape": "plot"})})
    return query.model_copy(update={"intent": "plot"})


def reply(reading: Reading, world: World, question: str = "", earlier: str = "") -> Answer:
    """What a reading gets: a computed answer, the choices that were asked back, or the records that it is about.
    `earlier`: the whole question before it, which a short one goes on with."""
    made = _replied(reading, world, question)
    if not (isinstance(reading, Query) and reading.read_as) and not earlier:
        made = rather(made, question, world)
    return last(made, question, world, earlier)


def _replied(reading: Reading, world: World, question: str) -> Answer:
    match reading:
        case Query():
            return by_whose_clock(answer(reading, world, question), world.analysis)
        case Ask():
            return Answer(question=question, outcome="asked", text=(reading.question,), choices=reading.choices)
        case Decline():
            return _declined(reading, world, question)


def _named(reading: Decline, world: World) -> tuple[str, ...]:
    """The systems that the question names, or all where they are few: a run of any two of many would answer nothing."""
    select = reading.heard.select if reading.heard is not None else None
    if select is not None and (select.where or select.sides):
        held = [
            g.keys["system"]
            for side in select.sides or ((),)
            for g in run(world.layer, select.model_copy(update={"by": ("system",), "limit": 0}), wheres=side)
        ]
        return tuple(dict.fromkeys(s for s in held if s))[:2]
    return world.subjects if len(world.subjects) <= _FEW else ()


def _declined(reading: Decline, world: World, question: str) -> Answer:
    models = [s for s in ([reading.subject] if reading.subject else _named(reading, world)) if runnable(s)]
    run = None
    if (
        reading.kind == "not held"
        and models
        and (not reading.metric or reading.metric in METRICS)
        and (reading.metric or reading.subject)
    ):
        run = as_measured(bench(models[:2], runs=10), world.dataset, metric=reading.metric)
    return Answer(
        question=question,
        outcome="declined",
        text=(reading.reason,),
        query=reading.heard,
        verdict="INSUFFICIENT" if reading.kind == "not held" else "",
        choices=reading.nearest,
        run=run,
        command=command(run),
    )
