"""What changed between two datasets: matched by suite, subject, metric and condition, judged like a comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Change, Dataset, Json, Recipe, Rows
from chimera_report.tools.thresholds import DIFFERENT, FEWEST

from .compare import needed_n
from .compare_aggregates import Record, aggregate_records
from .intervals import MARGIN, Floats, LogRatio, Moments, holm, paired, stratified, welch
from .prepared import BLOCK_FACTORS, Key, Prepared, prepare
from .workload import REASON, SAME, TOKEN_BOUND, WORK, by_record

_Place = tuple[str, str, str, str, tuple[tuple[str, str], ...]]
_Levels = dict[Key, dict[str, set[str]]]
_Factors = dict[Key, frozenset[str]]
_NO_SETTING = frozenset({"cold", "phase", "randomised"})


@dataclass(frozen=True, slots=True)
class Side:
    """One metric under one condition in one of the two datasets."""

    blocks: dict[tuple[str, ...], Floats]  # prompt, seed … → logs of the values
    mean: float
    moments: tuple[float, float, int] | None  # of an aggregate: mean and variance of the log, n
    n: int | None
    level: str
    tokens: float | None  # median length of the answers, where known
    rows: tuple[Rows, ...]


def compare_with(now: Dataset, before: Dataset) -> tuple[Change, ...]:
    """Every metric, subject and condition of either dataset. Ratios are now over before; Holm a suite and metric.

    A condition is the combination of the settings that tell the measurements of a metric of a subject apart: those with
    several levels in either dataset, or with another level in each. One that only one of them records is left out of
    the match where it has a single value there.
    """
    new, old = prepare(now), prepare(before)
    levels, past = _levels(new), _levels(old)
    after, earlier = _sides(new, _kept(levels, past)), _sides(old, _kept(past, levels))
    places = list(dict.fromkeys([*after, *earlier]))
    found = [_change(place, after.get(place), earlier.get(place)) for place in places]
    families: dict[tuple[str, str], list[int]] = {}
    for i, item in enumerate(found):
        if item.p is not None:
            families.setdefault((item.suite, item.metric), []).append(i)
    adjusted: dict[int, float] = {}
    for family in families.values():
        adjusted |= zip(family, holm([found[i].p or 0.0 for i in family]), strict=True)
    return tuple(_verdict(c, adjusted.get(i)) for i, c in enumerate(found))


def _levels(prepared: Prepared) -> _Levels:
    """What was measured → setting → its levels, "" where a record has none; settings without a level are left out."""
    found: _Levels = {}
    for key in prepared.measures():
        rows = prepared.rows(key)
        found[key] = mine = {}
        for factor in prepared.factors:
            known = set(rows.known(FACTOR + factor)) if factor not in _NO_SETTING else None
            if known:
                mine[factor] = known | ({""} if (rows.factor(factor) < 0).any() else set())
    return found


def _kept(mine: _Levels, other: _Levels) -> _Factors:
    """Settings that make up a condition: several levels here, or another one than in the other dataset."""
    return {
        place: frozenset(
            f for f, levels in here.items() if len(levels) > 1 or other.get(place, {}).get(f, levels) != levels
        )
        for place, here in mine.items()
    }


def _sides(prepared: Prepared, factors: _Factors) -> dict[_Place, Side]:
    out: dict[_Place, Side] = {}
    for key in prepared.measures():
        if not registered(key.metric).core or not registered(key.metric).positive:
            continue
        sides = _of_samples if key.level == "sample" else _of_aggregates
        for place, side in sides(prepared, key, factors[key]):
            if place not in out or out[place].level != "sample":  # samples go before a source's own mean
                out[place] = side
    return out


def _of_samples(prepared: Prepared, key: Key, factors: frozenset[str]) -> list[tuple[_Place, Side]]:
    rows = prepared.select(key, warm=True if prepared.has_cold(key) else None)
    settings = [f for f in prepared.factors if f in factors and f not in BLOCK_FACTORS]
    blocks = [f for f in prepared.factors if f in BLOCK_FACTORS and f in ("prompt", "prompt_index")]
    if not len(rows) or rows.values.min() <= 0:
        return []
    tokens = by_record(prepared, WORK)
    cells = rows.cells(settings)
    out = []
    for cell in np.unique(cells):
        mine = rows.keep(cells == cell)
        condition = tuple((f, mine.level(f)) for f in settings if mine.level(f))
        inner, logs = mine.cells(blocks), mine.logs
        parts = {}
        for code, first in zip(*np.unique(inner, return_index=True), strict=True):
            parts[tuple(mine.level(f, int(first)) for f in blocks)] = logs[inner == code]
        work = tokens[mine.number("rid")]
        work = work[np.isfinite(work)]
        length = float(np.median(work)) if len(work) else None
        side = Side(parts, math.exp(float(logs.mean())), None, len(logs), "sample", length, mine.cite())
        out.append(((key.suite, key.subject, key.metric, key.definition, condition), side))
    return out


def _of_aggregates(prepared: Prepared, key: Key, factors: frozenset[str]) -> list[tuple[_Place, Side]]:
    by_condition: dict[tuple[tuple[str, str], ...], list[Record]] = {}
    out: list[tuple[_Place, Side]] = []
    for record in aggregate_records(prepared, key):
        condition = tuple((f, x) for f, x in record.levels.items() if f in factors)
        by_condition.setdefault(condition, []).append(record)
    for condition, records in by_condition.items():
        if len(records) > 1:
            continue  # several aggregates of one condition: which stands for it, nothing says
        record = records[0]
        moments = None
        if record.sd is not None and record.n is not None:
            moments = math.log(record.mean), (record.sd / record.mean) ** 2, record.n
        side = Side({}, record.mean, moments, record.n, "aggregate", None, record.rows.cite())
        out.append(((key.suite, key.subject, key.metric, key.definition, condition), side))
    return out


def _estimate(now: Side, before: Side) -> tuple[LogRatio | None, str]:
    if now.moments and before.moments:
        return welch(*now.moments, *before.moments), "ratio of means, Welch t interval on logs from mean, sd and n"
    if not now.blocks or not before.blocks:
        return None, "ratio of means"
    shared = [b for b in now.blocks if b in before.blocks]
    if not shared:
        return None, "no prompt in common"
    left, right = [now.blocks[b] for b in shared], [before.blocks[b] for b in shared]
    if len(shared) == 1:
        a, b = left[0], right[0]
        if min(len(a), len(b)) < 2:
            return None, "ratio of single observations"
        found = welch(float(a.mean()), float(a.var(ddof=1)), len(a), float(b.mean()), float(b.var(ddof=1)), len(b))
        return found, "ratio of geometric means, Welch t interval on logs"
    if min(len(x) for x in (*left, *right)) >= 2:
        method = "ratio of geometric means within matched prompts, Welch t interval on logs"
        return stratified(_moments(left), _moments(right)), method
    differences = np.array([x.mean() - y.mean() for x, y in zip(left, right, strict=True)])
    return paired(differences), "ratio of geometric means over matched prompts, paired t interval on logs"


def _same(now: Side, before: Side) -> bool:
    """Whether both hold the very same numbers: a file that lies in both folders is no second measurement."""
    if now.blocks.keys() != before.blocks.keys() or (now.mean, now.n, now.moments) != (
        before.mean,
        before.n,
        before.moments,
    ):
        return False
    return all(np.array_equal(np.sort(x), np.sort(before.blocks[k])) for k, x in now.blocks.items())


def _moments(cells: list[Floats]) -> Moments:
    return Moments.of(np.concatenate(cells), np.repeat(np.arange(len(cells)), [len(c) for c in cells]))


def _change(place: _Place, now: Side | None, before: Side | None) -> Change:
    suite, subject, metric, definition, condition = place
    args: dict[str, Json] = {"suite": suite, "subject": subject, "metric": metric, "definition": definition}
    args["condition"] = dict(condition)
    head = Change(
        recipe=Recipe(function="change", args=args),
        rows=now.rows if now else (),
        suite=suite,
        subject=subject,
        metric=metric,
        definition=definition,
        condition=dict(condition),
        before=before.mean if before else None,
        after=now.mean if now else None,
        n_before=before.n if before else None,
        n_after=now.n if now else None,
        outcome="open",
    )
    if now is None or before is None:
        return head.model_copy(update={"outcome": "disappeared" if now is None else "appeared"})
    if _same(now, before):
        same = {"outcome": "same", "ratio": 1.0, "reason": "the same measurements stand on both sides"}
        return head.model_copy(update=same)
    found, method = _estimate(now, before)
    reason = ""
    if metric in TOKEN_BOUND and now.tokens and before.tokens:
        reason = REASON if max(now.tokens, before.tokens) > SAME * min(now.tokens, before.tokens) else ""
    ratio = found.ratio if found is not None else now.mean / before.mean
    tested = found is not None and not reason and min(now.n or 0, before.n or 0) >= 3
    update: dict[str, Json] = {
        "ratio": ratio,
        "ratio_ci": found.interval() if found is not None and tested else None,
        "p": found.p if found is not None and tested else None,
        "method": method,
        "reason": reason,
    }
    return head.model_copy(update=update)


def _verdict(item: Change, p_adjusted: float | None) -> Change:
    if item.outcome != "open" or item.ratio is None:
        return item
    n = min(item.n_before or 0, item.n_after or 0)
    outcome, reason = "open", item.reason
    if item.ratio_ci is None or p_adjusted is None:
        reason = reason or (f"n = {n}, at least 3 needed for an interval" if n < 3 else item.method)
    elif n < FEWEST:
        reason = f"n = {n}, at least {FEWEST} needed to confirm a change"
    else:
        low, high = math.log(item.ratio_ci.low), math.log(item.ratio_ci.high)
        if low >= -MARGIN and high <= MARGIN:
            outcome, reason = "unchanged", "the whole interval is within ±2 %"
        elif p_adjusted < DIFFERENT and (low > MARGIN or high < -MARGIN):
            direction = registered(item.metric).direction
            better = "higher" if low > 0 else "lower"
            outcome = "changed" if direction == "none" else "improvement" if direction == better else "regression"
        else:
            reason = "the interval reaches into ±2 %, or the adjusted p is not below 0.01"
    update: dict[str, Json] = {"p_adjusted": p_adjusted, "outcome": outcome, "reason": reason}
    update["needed_n"] = needed_n(item.ratio, item.ratio_ci, n) if outcome == "open" else None
    return item.model_copy(update=update)


def change(now: Dataset, before: Dataset, recipe: Recipe) -> Change:
    """One change again, by the arguments of its recipe. Raises KeyError where there is none."""
    for item in compare_with(now, before):
        if item.recipe == recipe:
            return item
    raise KeyError(recipe.key)
