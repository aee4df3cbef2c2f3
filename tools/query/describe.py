"""A query in words: which question an answer answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chimera_report.tools import statements
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Intent, Query

_STATISTICS = {
    "mean": "arithmetic mean of the",
    "p50": "median",
    "p90": "p90 of the",
    "p95": "p95 of the",
    "p99": "p99 of the",
    "min": "smallest",
    "max": "greatest",
    "sd": "standard deviation of the",
    "cv": "coefficient of variation of the",
}


def bounds_of(query: Query) -> str:
    """The bounds in words: "TTFT < 0.1 s and VRAM <= 5000 MiB"."""
    told = [f"{metric_of(b.metric).title} {b.op} {b.value:g} {metric_of(b.metric).unit}" for b in query.constraints]
    return " and ".join(t.rstrip() for t in told)


@dataclass(frozen=True, slots=True)
class _Of:
    """What the wordings of a query are made of."""

    query: Query
    title: str  # the metric's, "" without one
    names: str  # of the systems

    @property
    def of(self) -> str:
        return f" of {self.names}" if self.names else ""


def _compare(o: _Of) -> str:
    if o.query.factor:
        return f"{o.query.factor} {' against '.join(o.query.levels)} by {o.title}{o.of}"
    return f"{' against '.join(o.query.subjects)} by {o.title}"


def _effect(o: _Of) -> str:
    return f"what {o.query.factor} does to the {o.title or 'metrics'}{o.of}"


def _best(o: _Of) -> str:
    query = o.query
    end = {"high": "highest", "low": "lowest"}.get(query.goal, "worst" if query.worst else "best")
    title = o.title or " and ".join(metric_of(b.metric).title for b in query.constraints)
    thing = "setting" if query.target == "settings" or query.factor else "system"
    return f"the {thing} with the {end} {title}{o.of}"


def _things(o: _Of) -> str:
    query = o.query
    words = ("the names of the " if query.intent == "list" else "the number of ") + (query.thing or "things")
    words += o.of + (f" with a {o.title}" if o.title else "")
    return words + (f" of {query.factor}" if query.factor else "")


def _why(o: _Of) -> str:
    if o.query.factor:
        return _effect(o)
    several = len(o.query.subjects) > 1
    what = f"what differs between {o.names}" if several else f"how {o.names} differs from the others"
    return what + (f" by {o.title}" if o.title else "")


def _evidence(o: _Of) -> str:
    target = o.query.target
    if not target:
        return f"the rows of the {o.title or 'values'}{o.of}"
    return f"the rows behind {target if target != 'last' else 'the last answer'}"


def _statement(o: _Of) -> str:
    query = o.query
    statement = statements.registry().get(query.statement)
    names = " and ".join((*query.factors, *query.subjects))
    by = f" by {o.title}" if o.title else ""
    return f"{statement.meaning if statement else query.statement}{by}: {names}".rstrip(": ")


_WORDINGS: dict[Intent, Callable[[_Of], str]] = {
    "value": lambda o: f"the {_STATISTICS.get(o.query.statistic, '')} {o.title}{o.of}".replace("  ", " "),
    "compare": _compare,
    "effect": _effect,
    "rank": lambda o: f"the order by {o.title}{o.of}",
    "best": _best,
    "trade_off": lambda o: f"what a choice costs{f' by {o.title}' if o.title else ''}{o.of}",
    "distribution": lambda o: f"the spread of the {o.title or 'metrics'}{o.of}",
    "trend": lambda o: f"whether the {o.title or 'values'}{o.of} moved over the runs",
    "list": _things,
    "count": _things,
    "missing": lambda o: f"whether the {o.title}{o.of} was measured" if o.title else f"which metrics are missing{o.of}",
    "why": _why,
    "evidence": _evidence,
    "definition": lambda o: f"what {o.title or o.query.target} means",
    "data_quality": lambda o: (
        f"the {o.query.thing} of the data{o.of}" if o.query.thing else f"what is wrong with the data{o.of}"
    ),
    "recommend": lambda _: "what the report recommends",
    "plot": lambda o: f"a picture of the {o.title}{o.of}" + (f" over {o.query.factor}" if o.query.factor else ""),
    "statement": _statement,
}


def describe(query: Query) -> str:
    """One line: what is asked, of what, under which conditions."""
    title = metric_of(query.metric).title if query.metric else ""
    worded = _WORDINGS.get(query.intent)
    what = worded(_Of(query, title, " and ".join(query.subjects))) if worded else "what the report says, in short"
    return what + "".join(_conditions(query))


def _conditions(query: Query) -> Iterator[str]:
    for bound in query.constraints:
        metric = metric_of(bound.metric)
        yield f", with {metric.title} {bound.op} {bound.value:g} {metric.unit}".rstrip()
    if query.state:
        yield ", warm records alone" if query.state == "warm" else ", cold starts alone"
    for factor, level in query.condition.items():
        yield f", with {factor} {level}"
    if query.suite:
        yield f", in suite {query.suite}"
    if query.without:
        yield f", without {' and '.join(query.without)}"
    if not query.outliers:
        yield ", without outliers"
