"""The typed query over the semantic layer of a report: measures × aggregate × group by × where × order × shape."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .frozen import Frozen

Aggregate = Literal[
    "typical",  # geometric mean where ratios make sense, else the arithmetic mean
    "mean",
    "gmean",
    "quantile",  # of `q`; the median is q = 0.5
    "sum",
    "count",
    "share",
    "min",
    "max",
    "sd",
    "cv",
]
# What is asked about: a metric by its canonical name, or one of these things of the layer.
THINGS: tuple[str, ...] = ("records", "failures", "files", "runs", "machines", "stated")
Op = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "has", "lacks", "between"]
Shape = Literal["", "value", "table", "list", "plot"]


class Where(Frozen):
    """A condition on rows. `field` is "name" (a part of any name of the row), "system", "suite", "file", "started",
    "status", "message", or the name of a setting. Values are text as the data writes it; numbers compare as numbers."""

    field: str
    op: Op
    values: tuple[str, ...]


class Select(Frozen):
    """What is looked up. Names are those of the data or of the registry of metrics; everything else is bound as a
    value, never a part of a statement."""

    measure: str  # a metric, or one of THINGS
    also: tuple[str, ...] = ()  # further metrics, each looked up by itself
    aggregate: Aggregate = "typical"
    q: float = Field(default=0.5, ge=0, le=1)
    by: tuple[str, ...] = ()  # "system", "suite", "file", "day", "run", "message", "status", or a setting
    where: tuple[Where, ...] = ()
    state: Literal["", "warm", "cold"] = ""
    order: Literal["", "low", "high"] = ""  # which end comes first
    limit: int = Field(default=0, ge=0, le=1000)  # 0: all
    unit: str = ""  # in which the value is shown: "ms/token", "ms", "min"
    shape: Shape = ""
    sides: tuple[tuple[Where, ...], ...] = ()  # what is held against each other, each within `where`
    claims: str = ""  # what the question takes for granted of the first side: "faster", "higher", "2x"
    task: str = ""  # the frame that answers it (frames.toml); "" for the value itself
    left_out: tuple[str, ...] = ()  # words of the question that were not needed
    having: tuple[Literal["<", "<=", ">", ">=", "="], float] | None = None  # a bound on the value, in canonical units
    text: str = ""  # what a task is about, where that is no name: an error's words, a term
