"""A select in words: which look-up an answer stands for."""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import THINGS, Select, Where

_AGGREGATES = {
    "typical": "",
    "mean": "arithmetic mean of the ",
    "gmean": "geometric mean of the ",
    "sum": "sum of the ",
    "count": "number of the ",
    "share": "share of the ",
    "min": "smallest ",
    "max": "greatest ",
    "sd": "standard deviation of the ",
    "cv": "coefficient of variation of the ",
}
_FIELDS = {"name": "called", "system": "system", "suite": "suite", "file": "file", "started": "measured", "group": "of"}


def aggregate_words(select: Select) -> str:
    """ "mean ", "median ", "p95 " as it stands before the name of a metric."""
    if select.aggregate == "quantile":
        return "median " if select.q == 0.5 else f"p{100 * select.q:g} "
    return {"typical": "", "mean": "mean ", "gmean": "geometric mean ", "sum": "total ", "count": "number of values of ",
            "share": "share of ", "min": "lowest ", "max": "highest ", "sd": "standard deviation of the ",
            "cv": "coefficient of variation of the "}[select.aggregate]  # fmt: skip


def where_words(where: Where) -> str:
    """One condition in words."""
    values = " or ".join(v.replace("--", "").replace("T", " ") for v in where.values)
    if where.field == "name":
        return f"{'not ' if where.op == 'lacks' else ''}{values}"
    op = {"=": "", "in": "", "has": "with", "!=": "other than", "not in": "other than", "lacks": "without"}.get(
        where.op, where.op
    )
    if where.op == "between":
        return f"{_FIELDS.get(where.field, where.field)} between {' and '.join(where.values)}"
    return " ".join(p for p in (_FIELDS.get(where.field, where.field), op, values) if p)


def described(select: Select) -> str:
    """One line: what is looked up, of what, under which conditions, and which words were left out."""
    measure = select.measure if select.measure in THINGS or not select.measure else metric_of(select.measure).title
    title = " and ".join([measure, *(metric_of(m).title for m in select.also)])
    words = (aggregate_words(select) if select.aggregate == "quantile" else _AGGREGATES[select.aggregate]) + title
    if select.task:
        words = f"{select.task.replace('_', ' ')}: {words}" if title else select.task.replace("_", " ")
    if select.sides:
        words += ", " + " against ".join(" ".join(map(where_words, side)) for side in select.sides)
    if select.where:
        words += ", " + ", ".join(map(where_words, select.where))
    if select.state:
        words += f", {select.state}"
    if select.by:
        words += " by " + " and ".join(select.by)
    if select.order:
        words += f", {'lowest' if select.order == 'low' else 'highest'} first"
    if select.unit:
        words += f", in {select.unit}"
    if select.left_out:
        words += f" (left out: {', '.join(select.left_out)})"
    return words.strip(" ,:")
