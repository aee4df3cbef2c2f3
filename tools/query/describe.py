"""A query in words: which question an answer answers."""

from __future__ import annotations

from chimera_report.tools import statements
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Query

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


def describe(query: Query) -> str:
    """One line: what is asked, of what, under which conditions."""
    title = metric_of(query.metric).title if query.metric else ""
    names = " and ".join(query.subjects)
    of = f" of {names}" if names else ""
    match query.intent:
        case "value":
            words = f"the {_STATISTICS.get(query.statistic, '')} {title}{of}".replace("  ", " ")
        case "compare" if query.factor:
            words = f"{query.factor} {' against '.join(query.levels)} by {title}{of}"
        case "compare":
            words = f"{' against '.join(query.subjects)} by {title}"
        case "effect":
            words = f"what {query.factor} does to the {title or 'metrics'}{of}"
        case "rank":
            words = f"the order by {title}{of}"
        case "best":
            end = {"high": "highest", "low": "lowest"}.get(query.goal, "worst" if query.worst else "best")
            title = title or " and ".join(metric_of(b.metric).title for b in query.constraints)
            words = f"the {'setting' if query.target == 'settings' or query.factor else 'system'} with the {end} {title}{of}"  # noqa: E501
        case "trade_off":
            words = f"what a choice costs{f' by {title}' if title else ''}{of}"
        case "distribution":
            words = f"the spread of the {title or 'metrics'}{of}"
        case "trend":
            words = f"whether the {title or 'values'}{of} moved over the runs"
        case "list" | "count":
            words = ("the names of the " if query.intent == "list" else "the number of ") + (query.thing or "things")
            words += of + (f" with a {title}" if title else "")
            words += f" of {query.factor}" if query.factor else ""
        case "missing":
            words = f"whether the {title}{of} was measured" if title else f"which metrics are missing{of}"
        case "why":
            what = (
                f"what {query.factor} does to the {title or 'metrics'}{of}"
                if query.factor
                else f"what differs between {' and '.join(query.subjects)}"
                if len(query.subjects) > 1
                else f"how {names} differs from the others"
            )
            words = what + (f" by {title}" if title and not query.factor else "")
        case "evidence":
            words = (
                f"the rows behind {query.target if query.target != 'last' else 'the last answer'}"
                if query.target
                else f"the rows of the {title or 'values'}{of}"
            )
        case "definition":
            words = f"what {title or query.target} means"
        case "data_quality":
            words = f"the {query.thing} of the data{of}" if query.thing else f"what is wrong with the data{of}"
        case "recommend":
            words = "what the report recommends"
        case "plot":
            words = f"a picture of the {title}{of}" + (f" over {query.factor}" if query.factor else "")
        case "statement":
            words = _statement(query)
        case _:
            words = "what the report says, in short"
    for bound in query.constraints:
        words += (
            f", with {metric_of(bound.metric).title} {bound.op} {bound.value:g} {metric_of(bound.metric).unit}".rstrip()
        )
    if query.state:
        words += ", warm records alone" if query.state == "warm" else ", cold starts alone"
    for factor, level in query.condition.items():
        words += f", with {factor} {level}"
    if query.suite:
        words += f", in suite {query.suite}"
    if query.without:
        words += f", without {' and '.join(query.without)}"
    if not query.outliers:
        words += ", without outliers"
    return words


def _statement(query: Query) -> str:
    """The question in words."""
    statement = statements.registry().get(query.statement)
    names = " and ".join((*query.factors, *query.subjects))
    by = f" by {metric_of(query.metric).title}" if query.metric else ""
    return f"{statement.meaning if statement else query.statement}{by}: {names}".rstrip(": ")
