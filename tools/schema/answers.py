"""Questions on a finished report: how one is understood, and what answers it."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from .actions import BenchRun
from .claims import FactSheet
from .frozen import Frozen
from .report import Sentence, Table
from .selects import Select

ANSWER_SCHEMA = "chimera-report/answer/1"

Intent = Literal[
    "value",  # what is the … of …
    "compare",  # a against b
    "effect",  # what a setting does
    "rank",  # all in order
    "best",  # the best, under constraints
    "trade_off",  # what a choice costs on other metrics
    "distribution",  # how values spread
    "trend",  # whether values move over the runs
    "list",  # names of something
    "count",  # how many of something
    "missing",  # what was not measured, or whether something was
    "why",  # what differs between two
    "evidence",  # the rows behind something
    "definition",  # what a word means
    "data_quality",  # what is wrong with the data
    "recommend",  # what to do
    "plot",  # a picture of values
    "summary",  # what the report says, in short
    "select",  # a look-up in the semantic layer, in `select`
    "several",  # several questions in one, in `parts`
    "statement",  # one kind of statement, by its name: Query.statement
]
Thing = Literal[
    "",
    "subjects",
    "suites",
    "metrics",
    "factors",
    "levels",
    "files",
    "records",
    "values",
    "errors",
    "duplicates",
    "cold starts",
    "outliers",
    "aliases",
    "contradictions",
    "findings",
    "recommendations",
    "limitations",
]


class Constraint(Frozen):
    """A bound on a metric: `value` in its canonical unit."""

    metric: str
    op: Literal["<", "<=", ">", ">="]
    value: float


class Query(Frozen):
    """A question in the data's own words: every name in it is one that the data has, or the registry of metrics."""

    intent: Intent
    subjects: tuple[str, ...] = ()
    metric: str = ""
    metrics: tuple[str, ...] = ()  # further ones, for a trade-off or a list of axes
    suite: str = ""
    factor: str = ""
    factors: tuple[str, ...] = ()  # of a statement about several: the interplay of two
    statement: str = ""  # the kind of statement that is asked for
    levels: tuple[str, ...] = ()  # of `factor`: those that are compared or asked about
    toward: Literal["", "more", "less"] = ""  # of `factor`: "with more threads"
    condition: dict[str, str] = Field(default_factory=dict)  # factor → level
    state: Literal["", "warm", "cold"] = ""
    without: tuple[str, ...] = ()  # files that are left out
    outliers: bool = True  # False: records with an outlier by robust z are left out
    statistic: Literal["", "mean", "p50", "p90", "p95", "p99", "min", "max", "sd", "cv"] = ""
    worst: bool = False  # "the slowest", "the most hungry": the other end of the order
    goal: Literal["", "high", "low"] = ""  # the end as numbers, for a metric without a direction, or "highest TTFT"
    limit: int = Field(default=10, ge=1, le=100)
    constraints: tuple[Constraint, ...] = ()
    thing: Thing = ""  # what is listed or counted
    target: str = ""  # evidence: F012, C003, S001, "finding 2", "last"; definition: the term
    presumes: Literal["", "better", "worse", "higher", "lower", "changes"] = ""  # what the question takes for granted
    yes_no: bool = False  # the question wants a yes or a no
    base: Intent | None = None  # of evidence for an answer: what that answer was to
    select: Select | None = None
    parts: tuple[Query, ...] = ()
    unheeded: tuple[str, ...] = ()  # everyday words of the question that nothing in the data is called
    read_as: str = ""  # the question that a guess stands for, told before the answer
    otherwise: Query | None = None  # what is looked up where this has no verdict


class Ask(Frozen):
    """The question can be read in several ways; each choice is a question that can be asked as it stands."""

    question: str
    choices: tuple[str, ...]


class Decline(Frozen):
    """What the data cannot answer, or what is no question about it."""

    kind: Literal["off topic", "not held", "not understood"]
    reason: str  # one sentence
    nearest: tuple[str, ...] = ()  # questions that can be answered
    metric: str = ""  # what would have to be measured …
    subject: str = ""  # … of what
    heard: Query | None = None  # what of the question was understood: a question that follows may lean on it


Reading = Query | Ask | Decline


class EvidenceRow(Frozen):
    """One value of one file, as it stands there."""

    file: str
    where: str  # "line 5", "/results/0"
    column: str
    metric: str
    value: str  # in the canonical unit, with it


class Series(Frozen):
    """Points of one line or one set of bars."""

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]  # in the unit of the plot
    low: tuple[float, ...] = ()  # ends of the intervals, where there are any
    high: tuple[float, ...] = ()


class Plot(Frozen):
    """What a picture shows; how it is drawn is up to the renderer."""

    kind: Literal["bars", "line", "histogram"]
    title: str
    x_label: str
    y_label: str  # with the unit
    series: tuple[Series, ...]


class Answer(Frozen):
    """What a question gets. `text` is what a reader sees of `sentences`; every number of it is a fact of `sheet`."""

    schema_: str = Field(default=ANSWER_SCHEMA, alias="schema")
    question: str
    asked: str = Field(default="", exclude_if=lambda asked: not asked)  # the whole question that it stands for
    outcome: Literal["answered", "asked", "declined"]
    reading: str = ""  # which question this answers, in words
    read_as: str = ""  # how a question was read that no rule fits: told first
    query: Query | None = None
    verdict: Literal["", "SUPPORTED", "REFUTED", "INSUFFICIENT"] = ""  # of the claim that the answer rests on
    text: tuple[str, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    sheet: FactSheet = FactSheet(facts=(), claims=())
    tables: tuple[Table, ...] = ()  # with placeholders
    rows: tuple[EvidenceRow, ...] = ()
    cannot: tuple[str, ...] = ()  # what it cannot say
    run: BenchRun | None = Field(default=None, exclude_if=lambda run: run is None)  # what would tell
    command: str = ""  # the same as a line for a shell
    choices: tuple[str, ...] = ()
    plot: Plot | None = None
    author: Literal["code", "model"] = "code"
    understood_by: Literal["rules", "router"] = "rules"

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)
