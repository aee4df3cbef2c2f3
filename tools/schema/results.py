"""What stats hands on: numbers with their recipe and rows, no prose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from .conditions import Board, Curve, Gain, Grid, Lead, Listing, Matched, Tradeoff
from .frozen import Frozen
from .item import Interval, Result


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
    median_ci: Interval | None = None  # order statistics, n ≥ 6, at one setting; none of a series that moves
    gmean: float | None = None
    gmean_ci: Interval | None = None  # log-t, n ≥ 3; none of a series that moves or has outliers


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
    # What a verdict is about: the runs that were measured, or the systems, where sessions are the observations,
    # alternate, or differ by less than the ratio.
    reach: Literal["", "runs", "systems"] = ""
    sessions: int = 0  # runs of the benchmark on the side that has fewer
    alternating: bool = False  # both sides were measured in turn, within the same runs
    reason: str = ""  # why not more: "n = 2, at least 3 needed for an interval"
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
    lack_of_fit: float | None = None  # p of main effects being all there is; None without replicates
    aliased: tuple[str, ...] = ()  # 'cold start', 'order', or other factors that it cannot be told from
    outcome: Literal["effect", "negligible", "inconclusive", "aliased", "insufficient"]
    reason: str = ""


class Interaction(Result):
    """Whether the effect of one setting on a metric depends on another one; both were declared before looking."""

    suite: str
    subject: str
    metric: str
    definition: str = ""
    factor: str
    other: str
    warm: bool | None = None
    high: str  # of the levels of `factor` …
    low: str
    strong: str  # … the ratio of high over low is the greatest at this level of `other`, …
    weak: str  # … and the least at this one
    ratio_strong: float | None = None  # high over low at the level `strong`
    ratio_weak: float | None = None
    ratio: float | None = None  # the first of these over the second, 1 or more
    ratio_ci: Interval | None = None  # simultaneous over all pairs of levels
    p: float | None = None
    p_adjusted: float | None = None  # Holm over the declared ones of a suite and metric
    df: float | None = None
    n: int
    method: str = ""
    randomised: bool = False
    outcome: Literal["interaction", "negligible", "inconclusive", "insufficient"]
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
    within: dict[str, str] = Field(default_factory=dict)  # what all entries share, and others in the suite do not
    entries: tuple[RankEntry, ...]


class Correlation(Result):
    suite: str
    subject: str
    x: str
    y: str
    n: int
    rho: float
    given: str = ""  # what is held constant: 'settings', 'cold start', 'settings and cold start', or "" for nothing
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
    # "same": the very same measurements stand on both sides, so that nothing was compared.
    outcome: Literal["regression", "improvement", "unchanged", "changed", "open", "same", "appeared", "disappeared"]
    reason: str = ""
    needed_n: int | None = None  # per side, to settle an open one
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
    condition: str = ""  # the settings of the series, where others were measured too
    before: float  # geometric mean of the level before, up to the change point before this
    after: float
    ratio: float
    p: float

    @property
    def nth(self) -> int:
        """The same observation, counted from 1 as people count."""
        return self.at + 1


class StatedValue(Frozen):
    """One number of a document beside what was measured under the same settings, in the metric's unit."""

    where: str  # "table 2, row 8"
    condition: str  # the settings that the document states, as words
    stated: float
    measured: float  # arithmetic mean of what was measured
    off: float  # relative to what was measured
    # Of a number that no measurement of its system comes near, whatever the settings: between which all of them lie
    # (`measured` is the nearest), and the one other system of which it was measured.
    low: float | None = None
    high: float | None = None
    other: str = ""


class Stated(Result):
    """The numbers of one document that the measurements contradict, of one suite, subject and metric; widest first."""

    document: str
    suite: str
    subject: str
    metric: str
    compared: int  # numbers that could be compared
    values: tuple[StatedValue, ...]


class Scope(Result):
    """What all rows of a result share: where it was measured, and under which settings."""

    suite: str = ""
    subject: str = ""
    machine: dict[str, str] = Field(default_factory=dict)  # factor → level, of what it ran on
    held: dict[str, str] = Field(default_factory=dict)  # the same of everything else


class Alert(Result):
    """A problem of the data that a reader has to know, with advice; see tools/statements/alerts."""

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


SUBJECTS = "the model"  # what a factor that differs only between subjects is aliased with


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
    aggregates: int  # those of the records that a source states as means or percentiles of others
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
    interactions: tuple[Interaction, ...] = ()  # those that the dataset declares
    stated: tuple[Stated, ...] = ()  # numbers of documents that the measurements contradict
    curves: tuple[Curve, ...] = ()
    matched: tuple[Matched, ...] = ()
    tradeoffs: tuple[Tradeoff, ...] = ()
    grids: tuple[Grid, ...] = ()
    gains: tuple[Gain, ...] = ()
    boards: tuple[Board, ...] = ()
    leads: tuple[Lead, ...] = ()
    listings: tuple[Listing, ...] = ()
    changes: Changes | None = None  # with an earlier report to compare with
