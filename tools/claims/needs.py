"""What an analysis leaves open and a benchmark run could settle: typed questions, and the answer that newer suites of
the same analysis give to each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from chimera_report.tools.metrics import MEASURABLE, WANTED
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import BENCH_FACTORS, Analysis, Comparison, Dataset, Effect, Recipe, Result, Summary
from chimera_report.tools.statements import runnable

RUNS = 10  # replicates of an ordinary comparison (STATISTICS.md)
MOST_RUNS = 30  # what needs more has an effect too small to matter within one sitting
_APART = frozenset({"cold start", "order"})  # what a randomised plan with cold starts apart tells a factor from
# A load is measured with the options that it depends on; the other options come with the requests after it.
_OF_LOAD = frozenset({"load_time", "ttft_incl_load"})
_LOAD_OPTIONS = frozenset({"num_ctx", "num_batch", "num_gpu", "num_thread"})

FUNCTION = "claims.settled"
Kind = Literal["comparison", "effect", "alias", "runs", "metric"]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that the data leaves open. `runs` is the number of measured requests a cell that should settle it."""

    kind: Kind
    item: Result  # the open comparison or effect, the alert, or the inventory that lacks the metric
    models: tuple[str, ...]
    metric: str  # "" for the number of runs
    factors: dict[str, tuple[str, ...]] = field(default_factory=dict)  # to vary: factor → levels
    runs: int = RUNS

    @property
    def key(self) -> str:
        """The same text for the same question of the same data."""
        return f"{self.kind} {self.metric} {' '.join(self.models)} {self.item.recipe.key}"


def questions(analysis: Analysis, measured: Iterable[str] = ()) -> list[Question]:
    """What the suites other than `measured` leave open about models that a runtime may have, by importance."""
    new = frozenset(measured)
    found = [*_comparisons(analysis, new), *_effects(analysis, new), *_runs(analysis, new), *_absent(analysis, new)]
    order = {name: place for place, name in enumerate(MEASURABLE)}
    kinds: dict[Kind, int] = {"alias": 0, "comparison": 1, "effect": 1, "metric": 2, "runs": 3}
    return sorted(found, key=lambda q: (kinds[q.kind], order.get(q.metric, 99)))


def _telling(metric: str) -> bool:
    return metric in MEASURABLE and metric_of(metric).direction != "none"


def _comparisons(analysis: Analysis, new: frozenset[str]) -> Iterator[Question]:
    for item in analysis.comparisons:
        if item.suite in new or item.axis != "subject" or not _telling(item.metric):
            continue
        # A condition would have to be met again, and a bench run does not know all of them; those stay open.
        if item.outcome not in ("inconclusive", "exploratory") or item.condition:
            continue
        if runnable(item.a) and runnable(item.b):
            runs = min(max(item.needed_n or RUNS, RUNS), MOST_RUNS)
            yield Question("comparison", item, tuple(sorted((item.a, item.b))), item.metric, runs=runs)


def _effects(analysis: Analysis, new: frozenset[str]) -> Iterator[Question]:
    levels = {(e.suite, e.subject, e.factor): tuple(lv.level for lv in e.levels) for e in analysis.effects}
    for item in analysis.effects:
        if item.suite in new or not _telling(item.metric) or not runnable(item.subject):
            continue
        if not _settable(item.factor, levels[item.suite, item.subject, item.factor]):
            continue
        mine = {item.factor: levels[item.suite, item.subject, item.factor]}
        loads = item.metric in _OF_LOAD and item.factor not in _LOAD_OPTIONS
        if item.outcome == "aliased" and item.aliased:
            if loads and not (item.metric == "ttft_incl_load" and "cold start" in item.aliased):
                continue
            for other in (a for a in item.aliased if a not in _APART):
                mine[other] = levels.get((item.suite, item.subject, other), ())
            if all(_settable(name, found) for name, found in mine.items()):
                yield Question("alias", item, (item.subject,), item.metric, mine)
        elif item.outcome in ("inconclusive", "insufficient") and not loads:
            yield Question("effect", item, (item.subject,), item.metric, mine)


def _settable(factor: str, levels: tuple[str, ...]) -> bool:
    """Whether a bench run can set these levels: options of Ollama take numbers."""
    return factor in BENCH_FACTORS and len(levels) >= 2 and all(_number(level) for level in levels)


def _number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _runs(analysis: Analysis, new: frozenset[str]) -> Iterator[Question]:
    for item in analysis.alerts:
        if item.kind != "too_few_runs" or item.suite in new or not runnable(item.subject):
            continue
        values = {k: float(v) for k, v in item.values.items()}
        if values["records"] < values["needed"] * values["conditions"]:  # more sessions are not what one session gives
            yield Question("runs", item, (item.subject,), "")


def _absent(analysis: Analysis, new: frozenset[str]) -> Iterator[Question]:
    old = [s for s in analysis.summaries if s.suite not in new]
    have = {s.metric for s in old}
    subjects = sorted({s.subject for s in old if runnable(s.subject)})
    for metric in (m for m in WANTED if m in MEASURABLE):
        if metric not in have:
            yield from (Question("metric", analysis.inventory, (subject,), metric) for subject in subjects)


# --- answers ----------------------------------------------------------------------------------------------------------


def answer(question: Question, analysis: Analysis, measured: Iterable[str]) -> Result | None:
    """What the measured suites say to the question: the result that settles it, else the open one; None for none."""
    new = frozenset(measured)
    found = [item for item in _candidates(question, analysis) if getattr(item, "suite", "") in new]
    return next((item for item in found if settles(item)), found[0] if found else None)


def _candidates(question: Question, analysis: Analysis) -> Iterator[Result]:
    item = question.item
    if isinstance(item, Comparison):
        for c in analysis.comparisons:
            if (c.axis, c.metric, c.condition) == (item.axis, item.metric, {}) and {c.a, c.b} == {item.a, item.b}:
                yield c
    elif isinstance(item, Effect):
        # What seemed an effect on the TTFT with load, and went with the cold starts, is told by the TTFT of warm runs.
        same = {item.metric, "ttft"} if item.metric == "ttft_incl_load" and question.kind == "alias" else {item.metric}
        for e in analysis.effects:
            if (e.subject, e.factor) == (item.subject, item.factor) and e.metric in same:
                yield e
    else:
        wanted = (question.metric,) if question.metric else MEASURABLE[:2]
        for s in analysis.summaries:
            if s.metric in wanted and s.subject in question.models and not s.condition and s.warm is not False:
                yield s


def settles(item: Result) -> bool:
    """Whether a result is a verdict: a direction, an equivalence, an effect or none, a value over six runs."""
    if isinstance(item, Comparison):
        return item.outcome in ("higher", "lower", "equivalent")
    if isinstance(item, Effect):
        return item.outcome in ("effect", "negligible")
    return isinstance(item, Summary) and item.gmean is not None and (item.n or 0) >= 6


def answered(analysis: Analysis, measured: tuple[str, ...]) -> list[tuple[Question, Result]]:
    """The questions that were measured, each with its answer; those with a verdict first."""
    if not measured:
        return []
    found = [(q, answer(q, analysis, measured)) for q in questions(analysis, measured)]
    pairs = [(q, a) for q, a in found if a is not None]
    return sorted(pairs, key=lambda pair: not settles(pair[1]))


class Settled(Result):
    """How many open questions were measured anew, and how many of them have a verdict now."""

    suites: tuple[str, ...]  # that hold the new measurements
    asked: int
    settled: int
    open: int
    files: int  # of the new measurements


def settled(analysis: Analysis, dataset: Dataset) -> Settled:
    pairs = answered(analysis, dataset.measured)
    have = sum(settles(answer) for _, answer in pairs)
    return Settled(
        recipe=Recipe(function=FUNCTION),
        suites=dataset.measured,
        asked=len(pairs),
        settled=have,
        open=len(pairs) - have,
        files=sum(s.path.split("/")[1:2] in [[name] for name in dataset.measured] for s in dataset.sources),
    )


def again(dataset: Dataset) -> Settled:
    """The same from the data alone."""
    from chimera_report.tools import stats  # pandas and scipy: not at import

    return settled(stats.analyse(dataset), dataset)
