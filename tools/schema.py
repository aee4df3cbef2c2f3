"""The types that the rooms hand to each other; one frozen record a stage. Missing is `None`, never 0.

Folder ─► Dataset (sources + measurements table) ─► Analysis (numbers) ─► FactSheet (facts and claims)
       ─► Outline (the report as code words it) ─► Report (the outline with the model's accepted wording).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import pandas as pd

REPORT_SCHEMA = "chimera-report/report/1"
EVIDENCE_SCHEMA = "chimera-report/evidence/1"
RUN_SCHEMA = "chimera-report/run/1"

Json = Any  # a JSON value: None, bool, int, float, str, list, dict


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# --- ingest ---------------------------------------------------------------------------------------------------------

Status = Literal["parsed", "partial", "skipped"]


class Source(Frozen):
    """One file of the folder."""

    path: str  # relative to the folder, with forward slashes, as the file system has it (surrogates escaped)
    sha256: str  # "" when the file could not be read
    size: int  # bytes
    format: str  # csv, json, jsonl, markdown, or the foreign tool's name ("llama-bench"); "" when unknown
    kind: str  # the file's type for the inventory: CSV, JSON, Markdown, other
    encoding: str  # "" for binary
    status: Status
    reason: str = ""  # why it is partial or skipped; one clause, no digits that are not the file's own
    records: int = 0  # rows or objects that were read
    measurements: int = 0  # rows of the table that came from it
    role: Literal["data", "document", "none"] = "none"  # a document states results, it does not hold them


# The measurements table: one row an observation. Columns, in this order, then one `factor.<name>` column a factor.
COLUMNS: dict[str, str] = {
    "source": "path of the Source",
    "record": "number of the record within the source, from 1 (Int64)",
    "where": "the record's place for a person: 'line 5', '/results/0', 'table 2, row 3'",
    "column": "the header or key that the value stood under",
    "suite": "the benchmark that the record belongs to, as the data names it",
    "subject": "the model or system measured, as the data names it; '' when unknown",
    "subject_from": "column, field, sibling, file name, or ''",
    "metric": "canonical name of tools.metrics; 'request' with value NaN for a record that failed",
    "definition": "'' for the canonical definition, else the variant that the source uses",
    "value": "in the metric's canonical unit (float64); NaN only where status is not ok",
    "stat": "sample, or what an aggregate is: mean, sd, min, max, p50, p90, p95, p99, count, total, …",
    "n": "observations behind the value: 1 for a sample, the count for an aggregate where known (Int64, may be NA)",
    "status": "ok, error, timeout",
    "message": "the error's text, '' otherwise (untrusted)",
    "origin": "measured, or reported (stated by a document)",
    "run": "id of the group of records that one run of a benchmark produced, in order",
    "order": "place of the record within its run, from 0 (Int64)",
    "started": "when the record was measured (datetime64[ns, UTC], may be NaT)",
}
FACTOR = "factor."  # prefix of factor columns; their values are strings as the data writes them, NA when absent


@dataclass(frozen=True, slots=True)
class Dataset:
    """The sources, in the order of their paths, and one long table with the columns of `COLUMNS` and the factors."""

    root: str
    sources: tuple[Source, ...]
    table: pd.DataFrame
    earlier: Earlier | None = None  # what it is compared with

    @property
    def factors(self) -> list[str]:
        """Names of the factors, without their prefix, in the table's order."""
        return [c.removeprefix(FACTOR) for c in self.table.columns if c.startswith(FACTOR)]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The measurements of an earlier report, and which report that is."""

    run: str
    sha256: str  # of its measurements.parquet
    dataset: Dataset


# --- stats ----------------------------------------------------------------------------------------------------------


class Recipe(Frozen):
    """A registered function of `tools.stats` and its arguments: what computes a result again from a Dataset."""

    function: str
    args: dict[str, Json] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same text for the same recipe: a key for look-ups."""
        import json

        return f"{self.function}({json.dumps(self.args, sort_keys=True, ensure_ascii=False)})"


class Rows(Frozen):
    """Where a number comes from: records of one source, and the columns of it that were read."""

    source: str
    records: tuple[int, ...]
    columns: tuple[str, ...]


class Interval(Frozen):
    low: float
    high: float
    level: float = 0.95


class Result(Frozen):
    """What every result carries."""

    recipe: Recipe
    rows: tuple[Rows, ...] = ()
    warnings: tuple[str, ...] = ()  # keys of alerts that qualify it


class Summary(Result):
    """One metric of one subject in one suite, under one condition. Aggregates of the source are kept as they are."""

    suite: str
    subject: str
    metric: str
    definition: str = ""
    condition: dict[str, str] = Field(default_factory=dict)  # factor → level; {} is over all of them
    warm: bool | None = None  # True: cold starts left out; False: only cold starts; None: not told apart
    level: Literal["sample", "aggregate"] = "sample"
    n: int | None = None  # observations; None when the source does not say
    errors: int = 0  # failed records of the same selection
    mean: float | None = None
    sd: float | None = None
    cv: float | None = None  # share, not percent
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    min: float | None = None
    max: float | None = None
    median_ci: Interval | None = None  # order statistics, n ≥ 6
    gmean: float | None = None
    gmean_ci: Interval | None = None  # log-t, n ≥ 3


Outcome = Literal["higher", "lower", "equivalent", "inconclusive", "exploratory", "insufficient"]


class Comparison(Result):
    """Subject (or level) `a` against `b` by the ratio a / b of geometric means, matched on `matched`."""

    suite: str
    metric: str
    definition: str = ""
    a: str
    b: str
    axis: str = "subject"  # 'subject', or the factor whose levels a and b are
    subject: str = ""  # the subject, where a and b are levels of a factor
    condition: dict[str, str] = Field(default_factory=dict)
    warm: bool | None = None
    matched: tuple[str, ...] = ()  # factors on which pairs or cells were matched
    paired: bool = False
    n_a: int
    n_b: int
    value_a: float  # geometric mean, or the source's mean for aggregates
    value_b: float
    ratio: float | None = None
    ratio_ci: Interval | None = None
    p: float | None = None
    p_adjusted: float | None = None  # Holm within the family (suite, metric)
    p_check: float | None = None  # permutation or Mann-Whitney, as sensitivity
    cliffs_delta: float | None = None
    method: str = ""
    outcome: Outcome = "insufficient"
    reason: str = ""  # why not more: "n = 3 in each, at least 6 needed"
    needed_n: int | None = None  # per side, to settle an inconclusive one


class LevelEstimate(Frozen):
    level: str
    n: int
    value: float  # geometric mean over the other factors
    ci: Interval | None = None


class Effect(Result):
    """Main effect of one factor on one metric for one subject in one suite."""

    suite: str
    subject: str
    metric: str
    definition: str = ""
    factor: str
    warm: bool | None = None
    levels: tuple[LevelEstimate, ...]
    high: str  # the level with the greatest estimate
    low: str
    ratio: float | None = None  # estimate of `high` over `low`
    ratio_ci: Interval | None = None
    p: float | None = None
    p_adjusted: float | None = None
    df: float | None = None
    method: str = ""
    randomised: bool = False
    aliased: tuple[str, ...] = ()  # 'cold start', 'order', or other factors that it cannot be told from
    outcome: Literal["effect", "negligible", "inconclusive", "aliased", "insufficient"]
    reason: str = ""


class RankEntry(Frozen):
    rank: int  # tied entries share the best rank
    subject: str
    condition: dict[str, str] = Field(default_factory=dict)
    value: float
    n: int | None = None
    ci: Interval | None = None
    tied: bool = False  # with the entry before it


class Ranking(Result):
    """Best first by the metric's direction; overlapping neighbours are ties."""

    suite: str
    metric: str
    definition: str = ""
    warm: bool | None = None
    of: Literal["subjects", "configurations"] = "subjects"
    subject: str = ""  # for configurations
    entries: tuple[RankEntry, ...]


class Correlation(Result):
    suite: str
    subject: str
    x: str
    y: str
    n: int
    rho: float
    ci: Interval | None = None
    p: float | None = None
    p_adjusted: float | None = None
    outcome: Literal["positive", "negative", "none", "insufficient", "derived"]


class ParetoPoint(Frozen):
    """One subject or configuration on all axes. `cost` is by how much it is worse than the best of each axis."""

    subject: str
    condition: dict[str, str] = Field(default_factory=dict)
    values: dict[str, float]  # metric → geometric mean
    n: dict[str, int]  # metric → observations
    front: bool  # no other point is better on one axis and not worse on any, beyond noise
    beaten_by: str = ""  # a point that is, where it is not on the front
    cost: dict[str, float] = Field(default_factory=dict)  # metric → best over own (≥ 1), 1 where it is the best


class Pareto(Result):
    """What can be had at once: the points that no other beats, over the axes that were measured together."""

    suite: str
    axes: tuple[str, ...]  # metrics, two at least
    of: Literal["subjects", "configurations"] = "subjects"
    subject: str = ""  # for configurations
    warm: bool | None = None
    points: tuple[ParetoPoint, ...]


class Change(Result):
    """One metric under one condition, now against before, by the rules of a comparison. `ratio` is now / before."""

    suite: str
    subject: str
    metric: str
    definition: str = ""
    condition: dict[str, str] = Field(default_factory=dict)
    warm: bool | None = None
    before: float | None = None  # geometric mean, or the source's mean for aggregates
    after: float | None = None
    ratio: float | None = None
    ratio_ci: Interval | None = None
    p: float | None = None
    p_adjusted: float | None = None  # Holm within suite and metric
    n_before: int | None = None
    n_after: int | None = None
    outcome: Literal["regression", "improvement", "unchanged", "changed", "open", "appeared", "disappeared"]
    reason: str = ""
    method: str = ""


class Changes(Result):
    """What changed since an earlier report: all changes of one comparison, and how many ended how."""

    run: str  # of the earlier report
    matched: int  # conditions that both have
    counts: dict[str, int]  # outcome → changes; every outcome has an entry
    items: tuple[Change, ...]


class ChangePoint(Result):
    """A place in a series of 30 and more from which on the values are at another level."""

    suite: str
    subject: str
    metric: str
    definition: str = ""
    at: int  # first observation of the new level, from 0
    n: int  # of the series
    where: str  # of that observation
    before: float  # geometric mean of the level before, up to the change point before this
    after: float
    ratio: float
    p: float


class Alert(Result):
    """A problem of the data that a reader has to know, with advice. `kind` is one of ALERTS."""

    key: str  # unique within the analysis
    kind: str
    severity: Literal["error", "warning", "note"]
    suite: str = ""
    subject: str = ""
    metric: str = ""
    factor: str = ""
    files: tuple[str, ...] = ()
    values: dict[str, float | int | str] = Field(default_factory=dict)  # the numbers of it, by name
    advice: str = ""  # what to do, one imperative clause


ALERTS = {
    "duplicate_files": "files with the same content",
    "duplicate_measurements": "the same measurements in several files",
    "derived_aggregate": "aggregates computed from samples that are also here",
    "derived_metric": "a metric that is computed from others",
    "cold_start": "records that include a model load, beside warm ones",
    "aliased_factor": "a factor that cannot be told from cold start, order, host or another factor",
    "errors": "failed and timed-out records",
    "too_few_runs": "too few observations for an interval",
    "high_cv": "a coefficient of variation of 10 % or more",
    "slow_first_run": "a first run slower than the others",
    "trend": "a trend over the order of the runs",
    "outliers": "outliers by robust z; kept",
    "mixed_definitions": "one name, several definitions",
    "contradiction": "a document's number that the measurements contradict",
    "saturated": "several settings, one behaviour",
    "throttling": "clock throttling during a run",
    "short_telemetry": "a telemetry window that is too short",
    "constant_column": "a column that is constant or empty",
    "unreadable": "a file that could not be read",
    "implausible": "values that cannot be true, such as an error text counted as output",
}


class SuiteInfo(Frozen):
    name: str
    files: tuple[str, ...]
    subjects: tuple[str, ...]
    metrics: tuple[str, ...]
    factors: tuple[str, ...]
    records: int
    errors: int
    level: Literal["sample", "aggregate", "both", "none"]


class Inventory(Result):
    files: int
    bytes: int
    by_kind: dict[str, int]  # CSV, JSON, Markdown, other → files
    by_status: dict[str, int]
    records: int
    measurements: int  # rows of the table with a value
    subjects: tuple[str, ...]
    metrics: tuple[str, ...]
    suites: tuple[SuiteInfo, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """Numbers only, no prose. Every item can be computed again by `tools.stats.evaluate(dataset, item.recipe)`."""

    inventory: Inventory
    summaries: tuple[Summary, ...]
    comparisons: tuple[Comparison, ...]
    effects: tuple[Effect, ...]
    rankings: tuple[Ranking, ...]
    correlations: tuple[Correlation, ...]
    alerts: tuple[Alert, ...]
    paretos: tuple[Pareto, ...] = ()
    change_points: tuple[ChangePoint, ...] = ()
    changes: Changes | None = None  # with an earlier report to compare with


# --- claims ---------------------------------------------------------------------------------------------------------

FactKind = Literal[
    "measurement", "comparison", "effect", "ranking", "correlation", "data_quality", "availability", "inventory"
]


class Evidence(Frozen):
    """One source behind a fact."""

    file: str
    sha256: str
    records: tuple[int, ...]
    columns: tuple[str, ...]


class Fact(Frozen):
    """One value that code derived, and how to derive it again. Only code makes facts."""

    id: str  # F001
    kind: FactKind
    metric: str = ""
    unit: str = ""
    subject: str = ""
    suite: str = ""
    value: float | int | str | None = None  # in the canonical unit; a name for ranking and inventory facts
    ci: Interval | None = None
    n: int | None = None
    method: str = ""  # for a person: "geometric mean of warm runs, log-t interval"
    sources: tuple[Evidence, ...] = ()
    recipe: Recipe  # what computes the result …
    field: str  # … and which field of it this is: "gmean", "ratio", "levels.0.value", "by_kind.CSV"
    warnings: tuple[str, ...] = ()
    display: str  # the value as a reader sees it, with its unit: "292 tokens/s"
    number: str  # the same without the unit, for table cells: "292"
    interval: str = ""  # "288 to 296 tokens/s" where there is a ci


class ClaimBase(Frozen):
    id: str  # C001
    facts: tuple[str, ...]  # ids that it rests on
    clause: str = ""  # the verified clause with {{F…}} placeholders, no leading capital, no full stop
    variants: tuple[str, ...] = ()  # other clauses that the same facts license; set by the checker
    verdict: Literal["SUPPORTED", "REFUTED", "INSUFFICIENT"] = "INSUFFICIENT"
    reason: str = ""  # for a verdict that is not SUPPORTED: what is missing
    weight: float = 0.0  # importance; orders findings


class MeasurementClaim(ClaimBase):
    kind: Literal["measurement"] = "measurement"
    stat: str
    metric: str
    subject: str


class ComparisonClaim(ClaimBase):
    kind: Literal["comparison"] = "comparison"
    a: str
    b: str
    metric: str
    direction: Literal["higher", "lower", "equivalent"]
    better: str = ""  # which of a, b is the better by the metric's direction; "" when neither is


class EffectClaim(ClaimBase):
    kind: Literal["effect"] = "effect"
    factor: str
    metric: str
    subject: str
    direction: Literal["raises", "lowers", "none", "cannot be told"]
    causal: bool = False


class RankingClaim(ClaimBase):
    kind: Literal["ranking"] = "ranking"
    metric: str
    order: tuple[tuple[str, ...], ...]  # best first; tied names share a tuple


class CorrelationClaim(ClaimBase):
    kind: Literal["correlation"] = "correlation"
    x: str
    y: str
    sign: Literal["positive", "negative"]


class AvailabilityClaim(ClaimBase):
    kind: Literal["availability"] = "availability"
    metric: str
    present: bool


class DataQualityClaim(ClaimBase):
    kind: Literal["data_quality"] = "data_quality"
    alert: str  # key of the alert
    alert_kind: str
    files: tuple[str, ...] = ()


class InventoryClaim(ClaimBase):
    kind: Literal["inventory"] = "inventory"


class ChangeClaim(ClaimBase):
    kind: Literal["change"] = "change"
    since: str  # run of the earlier report
    outcome: str  # of a Change; "" for how many there are of each
    metric: str = ""
    subject: str = ""


class RecommendationClaim(ClaimBase):
    kind: Literal["recommendation"] = "recommendation"
    action: str  # a key of the catalogue of actions
    because: tuple[str, ...]  # ids of the claims that it follows from
    scope: str
    command: str = ""  # an exact command of this program that tests or does it


Claim = Annotated[
    MeasurementClaim
    | ComparisonClaim
    | EffectClaim
    | RankingClaim
    | CorrelationClaim
    | AvailabilityClaim
    | DataQualityClaim
    | InventoryClaim
    | ChangeClaim
    | RecommendationClaim,
    Field(discriminator="kind"),
]


class FactSheet(Frozen):
    facts: tuple[Fact, ...]
    claims: tuple[Claim, ...]
    names: tuple[str, ...] = ()  # subjects, suites, files, factors, levels: the words that belong to the data


# --- the report -----------------------------------------------------------------------------------------------------


class Sentence(Frozen):
    """One sentence with {{F…}} and {{C…}} placeholders. `{{F001}}` is the display, `{{F001:number}}`,
    `{{F001:interval}}` and `{{F001:n}}` its parts, `{{C001}}` a claim's clause."""

    id: str  # S001
    text: str
    claims: tuple[str, ...]  # what it rests on
    facts: tuple[str, ...] = ()
    author: Literal["code", "model"] = "code"
    wording: Literal["free", "fixed"] = "fixed"  # free: the model may word it anew


class Paragraph(Frozen):
    type: Literal["paragraph"] = "paragraph"
    sentences: tuple[Sentence, ...]


class Bullets(Frozen):
    type: Literal["bullets"] = "bullets"
    items: tuple[tuple[Sentence, ...], ...]


class Finding(Frozen):
    """A titled finding or recommendation: one to three sentences and, for a recommendation, its command."""

    type: Literal["finding"] = "finding"
    title: str  # with placeholders
    sentences: tuple[Sentence, ...]
    claims: tuple[str, ...]
    command: str = ""


class Column(Frozen):
    title: str  # with the unit: "Decode rate (tokens/s)"
    align: Literal["left", "right"] = "left"


class Table(Frozen):
    type: Literal["table"] = "table"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]  # cells with placeholders; text cells are data, escaped by render
    facts: tuple[str, ...] = ()
    note: str = ""


class CodeBlock(Frozen):
    type: Literal["code"] = "code"
    text: str
    language: str = ""


Block = Annotated[Paragraph | Bullets | Finding | Table | CodeBlock, Field(discriminator="type")]


class Section(Frozen):
    key: str  # executive_summary, …
    title: str
    blocks: tuple[Block, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences of the section, in reading order."""
        found: list[Sentence] = []
        for block in self.blocks:
            match block:
                case Paragraph() | Finding():
                    found += block.sentences
                case Bullets():
                    found += [s for item in block.items for s in item]
        return tuple(found)


class Outline(Frozen):
    """The report as code words it: complete, and true without any model."""

    title: str
    sections: tuple[Section, ...]


class LintFinding(Frozen):
    """One thing that the checker objects to."""

    rule: int  # 1-20 of CLAIMS.md
    severity: Literal["error", "warning"]
    line: int  # of the Markdown, from 1; 0 for a sentence
    span: str  # the words it is about
    message: str
    allowed: str = ""  # what would be allowed instead
    sentence: str = ""  # id, where known


class Header(Frozen):
    """What stands at the head of a report; all of it from the run, none of it from a model."""

    date: str  # ISO, local date of the start
    model: str
    agent: str  # "Chimera 0.1.0"
    configuration: str  # "num_ctx=4096, temperature=0, …"


class Report(Frozen):
    schema_: str = Field(default=REPORT_SCHEMA, alias="schema")
    header: Header
    title: str
    sections: tuple[Section, ...]
    sheet: FactSheet
    run: str  # id of the run, the folder's name

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)
