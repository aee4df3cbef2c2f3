"""What is computed over conditions: a metric along a workload, and two rivals under every condition that both ran."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from .frozen import Frozen
from .item import Interval, Result


class CurvePoint(Frozen):
    level: str
    value: float
    n: int | None = None
    ci: Interval | None = None
    sd: float | None = None  # by how much the scatter that a file states beside a mean leaves it open


REPEATS = 12  # records of a condition up to which they are repeats of a run, and no requests within one
TORN = 1.5  # repeats that lie further apart differ in something that nobody wrote down
_TURN = 1.1  # by how much an extreme lies beyond both ends before the ends no longer stand for the curve


def turn(values: Sequence[float], sds: Sequence[float | None] = ()) -> int | None:
    """The place of a peak, or else of a trough, that lies more than a tenth beyond both ends, and further than the
    repeats of the two scatter where their deviation is known; None where the ends tell which way the whole goes."""
    if len(values) < 3 or min(values) <= 0:
        return None
    ends = 0, len(values) - 1
    top, bottom = max(ends, key=lambda i: values[i]), min(ends, key=lambda i: values[i])
    peak, trough = values.index(max(values)), values.index(min(values))

    def far(place: int, end: int) -> bool:
        both = (sds[place], sds[end]) if sds else (None, None)
        return abs(values[place] - values[end]) > sum(s or 0.0 for s in both)

    if values[peak] > _TURN * values[top] and far(peak, top):
        return peak
    return trough if values[trough] * _TURN < values[bottom] and far(trough, bottom) else None


class Curve(Result):
    """One metric of one subject over a workload: what was asked is given, so no level of it is a choice."""

    suite: str
    subject: str
    metric: str
    definition: str = ""
    level: Literal["sample", "aggregate"] = "sample"
    stat: str = ""  # the statistic that the source states, of aggregates: "mean", "p50"
    factor: str
    load: bool = False  # the factor says how much work is offered at a time: the curve can saturate
    condition: dict[str, str] = Field(default_factory=dict)  # what else differs in the suite, held here
    together: tuple[str, ...] = ()  # factors that change with this one, so that the two cannot be told apart
    points: tuple[CurvePoint, ...]  # by level where levels are numbers, else from the least to the greatest value
    a: str  # the first level, …
    b: str  # … and the last
    value_a: float
    value_b: float
    n_a: int | None = None
    n_b: int | None = None
    ratio: float  # of the last over the first
    knee: int | None = None  # place of the point from which on more load gains no more than 5 %
    ordered: bool = True  # the levels are numbers
    outcome: Literal["rises", "falls", "flat", "open"]  # open: observed, too few records to tell from noise

    @property
    def turn(self) -> int | None:
        """The place of the peak or trough between the ends, where they do not stand for the curve."""
        return turn([p.value for p in self.points], [p.sd for p in self.points]) if self.ordered else None

    @property
    def peaks(self) -> bool:
        """Whether that is a peak."""
        return self.turn is not None and self.points[self.turn].value > self.value_a


class TradeoffPoint(Frozen):
    """One system's speed, in the canonical unit of its metric, and its score."""

    name: str
    speed: float
    quality: float


class Tradeoff(Result):
    """A speed and a score of the same systems: the fastest, and the one that answers best."""

    suite: str  # of the speed
    axis: str = "subject"  # 'subject', or the factor whose levels they are
    speed: str  # metric
    quality: str  # metric
    definition: str = ""  # of the score, where it is not the canonical one: "on mmlu"
    within: str = ""  # 'subject' or a factor, where both numbers are of one level of it
    place: str = ""  # that level
    points: tuple[TradeoffPoint, ...]  # the fastest first
    fast: str
    best: str
    fast_speed: float
    fast_quality: float
    best_speed: float
    best_quality: float
    ratio: float  # how many times as fast the fastest is as the best
    loss: float  # by how much its score differs from the best one
    outcome: Literal["trade", "one"]


class MatchedPoint(Frozen):
    """Both sides under one condition."""

    condition: dict[str, str] = Field(default_factory=dict)
    value_a: float
    value_b: float
    ratio: float


class DependsPart(Frozen):
    """Who of two is ahead under one level of what the order depends on."""

    level: str
    side: Literal["a", "b", ""]  # the one that is ahead wherever the two differ; "" where they do not
    count: int  # conditions with that level
    ahead: int  # … under which the two differ by more than 2 %
    least: int  # place of the point where they differ least among these
    most: int  # … and most


class Depends(Frozen):
    """What the lead of one of two depends on, by the places of the points that show it."""

    factor: str
    how: Literal["grows", "shrinks", "more", "turns"]  # "more": it is larger under one level than under any other
    first: int = 0  # ends of the line along the factor that shows it best; of one level, the least and the greatest
    last: int = 0
    lines: int = 0  # how many lines along the factor there are
    moved: int = 0  # … and of these, in how many the lead moves that way by a sixth or more
    where: dict[str, str] = Field(default_factory=dict)  # the level to which it is confined
    low: int = 0  # the least and the greatest lead under all other levels
    high: int = 0
    parts: tuple[DependsPart, ...] = ()  # of an order that turns


class Matched(Result):
    """`a` against `b` under every condition that both ran. `a` is ahead oftener, or at the lower levels of `turn`."""

    suite: str
    metric: str
    definition: str = ""
    level: Literal["sample", "aggregate"] = "sample"
    stat: str = ""  # the statistic that the source states, of aggregates: "mean", "p50"
    subject: str = ""  # the subject, where a and b are levels of a factor
    axis: str = "subject"  # 'subject', or the factor whose levels a and b are
    a: str
    b: str
    matched: tuple[str, ...] = ()  # factors that differ between the conditions
    within: dict[str, str] = Field(default_factory=dict)  # what all conditions share, and others in the suite do not
    together: tuple[str, ...] = ()  # factors of which each side has one level of its own
    points: tuple[MatchedPoint, ...]
    ahead: int  # conditions under which a is better by more than 2 %
    behind: int  # … and b
    same: int  # conditions under which neither is
    ratio: float  # geometric mean of the ratios a / b
    least: int  # place of the point with the least ratio; where one side is ahead everywhere, of the narrowest
    most: int  # … and of the greatest, or the widest
    first: bool = False  # of the first pass of repeats, which is another thing than the later ones
    alone: int = 0  # conditions that only one of the two ran
    left: int = 0  # conditions that both ran and that are not compared: their records lie too far apart, …
    left_apart: float | None = None  # … by up to this ratio; None where the prompts differ in length instead
    apart: int = 0  # conditions under which every value of one side is beyond every value of the other
    scatter: int = 0  # conditions of which both sides state how far their repeats scatter, …
    scattered: int = 0  # … and under which the two differ by no more than that leaves open
    middle: bool = False  # the values are medians, since a stray would move a mean
    pooled: int = 1  # the most rows that a value is taken over
    readings: int = 1  # the most values that a side has under one condition; of stated means, what stands behind them
    outcome: Literal["all", "turns", "mixed", "alike"]
    turn: str = ""  # the factor with numbers at which the order turns round, …
    before: str = ""  # … the last level at which a is ahead, …
    after: str = ""  # … and the first at which b is
    depends: Depends | None = None
    method: str = ""


class GainPoint(Frozen):
    """One level of a setting and none of it, under one condition."""

    level: str
    condition: dict[str, str] = Field(default_factory=dict)
    value_a: float  # with it
    value_b: float  # without
    ratio: float  # how many times as fast with it; below one it is slower


class GainGroup(Frozen):
    """The levels that name one size of a model, and under how many conditions one of them is the best."""

    name: str
    wins: int


class Gain(Result):
    """The levels of a setting that can be left out, each against none of it, under every condition that both ran."""

    suite: str
    metric: str
    definition: str = ""
    level: Literal["sample", "aggregate"] = "sample"
    stat: str = ""  # the statistic that the source states, of aggregates
    axis: str  # the setting
    base: str  # its level that is to do without
    within: dict[str, str] = Field(default_factory=dict)  # what all conditions share
    levels: int  # beside none
    conditions: int
    pairs: int  # of a level and a condition
    better: int  # pairs that are faster than without by more than 2 %
    worse: int  # … and slower
    best: GainPoint
    worst: GainPoint
    winners: tuple[GainPoint, ...]  # the best level under each condition, the one that gains most first
    groups: tuple[GainGroup, ...] = ()  # where the levels name models of several sizes, the smallest first


class GridCell(Frozen):
    """One condition's value, in the metric's canonical unit."""

    value: float
    n: int
    min: float  # of its records
    max: float
    sd: float | None = None  # by how much the scatter that a file states beside a mean leaves it open
    unlike: bool = False  # its records are not known to be repeats of one another, and differ

    @property
    def torn(self) -> bool:
        """Whether its mean is a value of none of its records: unlike ones, or a few farther apart than repeats are."""
        return self.unlike or (1 < self.n <= REPEATS and self.min > 0 and self.max > TORN * self.min)


class GridLine(Frozen):
    """One system under one set of settings, along the columns of a grid."""

    subject: str = ""
    condition: dict[str, str] = Field(default_factory=dict)
    cells: tuple[GridCell | None, ...]
    first: int = 0  # the first column with a value, …
    last: int = 0  # … and the last
    best: int = 0
    worst: int = 0
    ratio: float | None = None  # of the last over the first
    knee: int | None = None  # the column from which on more load gains no more than 5 %

    @property
    def peak(self) -> int | None:
        """The column of a peak between the ends, where these do not stand for the line."""
        there = [(i, c) for i, c in enumerate(self.cells) if c is not None]
        place = turn([c.value for _, c in there], [c.sd for _, c in there])
        return there[place][0] if place is not None and there[place][1].value > there[0][1].value else None


class GridPoint(Frozen):
    """One condition, told whole."""

    subject: str = ""
    condition: dict[str, str] = Field(default_factory=dict)
    value: float
    n: int
    ratio: float | None = None  # of its greatest record over the least
    unlike: bool = False  # its records are not known to be repeats of one another, and differ

    @property
    def torn(self) -> bool:
        """The same of a condition."""
        return self.unlike or (1 < self.n <= REPEATS and (self.ratio or 1.0) > TORN)


class Grid(Result):
    """One metric under every condition that ran: systems and settings in lines, a workload or a setting in columns."""

    suite: str
    metric: str
    definition: str = ""
    level: Literal["sample", "aggregate"] = "sample"
    stat: str = ""  # the statistic that the source states, of aggregates: "mean", "p50"
    factor: str = ""  # of the columns; "" where there is one
    ordered: bool = False  # the columns are numbers, or words for how much
    given: bool = False  # … or a workload: no level of it was chosen
    tests: bool = False  # scores of different tests, or against different references, of which none is the best
    work: dict[str, str] = Field(default_factory=dict)  # what is held in the lines, of several workloads
    along: tuple[str, ...] = ()  # settings and machines of which each system has its own: they change with it
    columns: tuple[str, ...] = ()
    lines: tuple[GridLine, ...]  # best first
    leaders: tuple[int | None, ...]  # for each column the line that is best there
    best: GridPoint  # of all conditions, those included that the lines leave out
    worst: GridPoint
    stray: bool = False  # the best stands an order of magnitude off every other condition of its system
    shared_best: int = 1  # conditions with that value
    shared_worst: int = 1
    conditions: int
    # The records of a condition lie too far apart for repeats: best and worst are of single records, not of means.
    single: bool = False
    widest: GridPoint | None = None  # the condition whose records lie furthest apart
    least_n: int = 1  # records of a condition
    cold: int = 0  # records with a model load that are left out
    most_n: int = 1


class BoardEntry(Frozen):
    """What answered how well: a run with the settings that tell it from the others."""

    subject: str = ""
    suite: str = ""
    file: str = ""
    condition: dict[str, str] = Field(default_factory=dict)  # settings in which the runs of the board differ
    value: float
    n: int | None = None  # answers that it is a mean of
    right: int | None = None  # … and how many of them were right, where that is what the score counts
    tokens: float | None = None  # mean length of the answers of the run


class Board(Result):
    """One score of several runs that answered the same tasks, or stand in one suite; best first."""

    metric: str
    definition: str = ""
    suite: str = ""  # "" where the runs are of several suites that share their tasks
    tasks: int = 0  # different tasks that each of them answered; 0 where nothing says so
    named_by: tuple[str, ...] = ()  # what tells the runs apart: "subject", "condition", "suite", "file"
    apart: bool | None = None  # whether the first and the last differ by more than chance gives; None: not known
    entries: tuple[BoardEntry, ...]


class LeadPoint(Frozen):
    """What each of the rivals did under one condition of one suite."""

    suite: str
    condition: dict[str, str] = Field(default_factory=dict)
    values: tuple[float, ...]  # in the order of the rivals
    first: int | None = None  # which of them is ahead by more than 2 %; None where none is


class Lead(Result):
    """Who is first under how many conditions of several suites that are alike: machines, days, data sets."""

    metric: str
    definition: str = ""
    level: Literal["sample", "aggregate"] = "sample"
    stat: str = ""  # the statistic that the source states, of aggregates
    axis: str = "subject"  # 'subject', or the factor whose levels the rivals are
    together: tuple[str, ...] = ()  # factors that change only together with it
    names: tuple[str, ...]  # the rivals, the one that is first most often first
    wins: tuple[int, ...]  # conditions under which each is first
    lasts: tuple[int, ...]  # … and last
    suites: int
    points: tuple[LeadPoint, ...]
    widest: int  # place of the point at which the first of the names is furthest ahead of the last of that point, …
    narrowest: int  # … and of the one at which it is the least, or the furthest behind


class ListedRecord(Frozen):
    """One condition of a listing: the system, its settings and its work, and what was measured under it."""

    subject: str = ""
    condition: dict[str, str] = Field(default_factory=dict)
    engine: str = ""  # what ran it, where the systems of the listing had several
    values: tuple[float | None, ...]  # in the order of the metrics; None where it has none, or none that one value is
    low: tuple[float | None, ...] = ()  # of records that lie too far apart for one value the least …
    high: tuple[float | None, ...] = ()  # … and the greatest
    n: int = 1  # records


class Listing(Result):
    """What one suite measured, a line a condition that is named in full; nothing is compared or averaged."""

    suite: str
    metrics: tuple[str, ...]
    entries: tuple[ListedRecord, ...]
    conditions: int  # in all
    best: bool = False  # of each system the best condition alone, by the first metric
    leaders: tuple[int, ...] = ()  # places of the best condition of each system, the best first
    cold: int = 0  # records with a model load that are left out
