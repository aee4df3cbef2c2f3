"""Rank correlations between the metrics of a subject's records; never between a metric and a part of it.

Settings and cold starts move many metrics at once, which says nothing of how the metrics hang together: both are held
constant, by what they leave of the ranks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Correlation, Interval, Json, Recipe
from chimera_report.tools.thresholds import ALPHA

from . import special
from .columns import Mask, Selection
from .effects import design
from .intervals import Floats
from .once import keep, once
from .prepared import Key, Prepared
from .qualify import qualifying
from .sensitivity import average_ranks
from .workload import by_record

_MIN_POINTS, _MIN_DISTINCT = 10, 4
COLD, SETTINGS = "cold start", "settings"
# Spans that several metrics are made of: two that share one move together by their definitions.
_SPANS = {"load_time", "prompt_eval_time", "eval_time", "queue_time"}


def derived(x: str, y: str) -> bool:
    """Whether one is a part of the other, or both are made of the same span."""
    mine, other = set(registered(x).parts), set(registered(y).parts)
    return y in mine or x in other or bool(mine & other & _SPANS)


def correlations(prepared: Prepared) -> list[Correlation]:
    return [
        c for suite in dict.fromkeys(k.suite for k in prepared.measures()) for c in correlation_family(prepared, suite)
    ]


@once
def correlation_family(prepared: Prepared, suite: str) -> tuple[Correlation, ...]:
    """All pairs of one suite, p-values adjusted by Benjamini-Hochberg over them; computed once."""
    found = []
    for subject in dict.fromkeys(k.subject for k in prepared.measures(suite)):
        keys = [k for k in prepared.measures(suite) if k.subject == subject and k.level == "sample"]
        by_metric: dict[str, Key] = {}
        for key in keys:
            by_metric.setdefault(key.metric, key)
        ranks: dict[tuple[str, bytes], _Ranked] = {}
        for x, y in combinations(by_metric.values(), 2):
            if not derived(x.metric, y.metric) and (registered(x.metric).core or registered(y.metric).core):
                item = _pair(prepared, x, y, ranks)
                if item is not None:
                    found.append(item)
    return _adjusted(found)


def correlation(prepared: Prepared, suite: str, **which: Json) -> Correlation:
    for item in correlation_family(prepared, suite):
        if all(item.recipe.args[k] == v for k, v in which.items()):
            return item
    raise KeyError(f"no such correlation: {suite}, {which}")


@dataclass(frozen=True, slots=True)
class _Ranked:
    """The ranks of a metric's values, without what is held constant, which takes `held` degrees of freedom."""

    ranks: Floats
    distinct: int
    held: int


def _ranked(values: Floats, held: Floats | None) -> _Ranked:
    ordered = average_ranks(values)
    distinct = len(set(ordered.tolist()))
    if held is None:
        return _Ranked(ordered, distinct, 0)
    return _Ranked(ordered - held @ (held.T @ ordered), distinct, held.shape[1] - 1)


def _held(prepared: Prepared, rows: Selection, cold: Mask, given: str) -> tuple[Floats | None, str]:
    """An orthonormal basis of what is held constant, the mean among it, and its name."""
    made = design(prepared, rows)
    if not made.factors and not given:
        return None, ""
    place = rows.number("rid").tobytes()
    basis = keep(
        prepared,
        _basis,
        place,
        lambda: _basis(np.column_stack([made.matrix, cold.astype(np.float64)]) if given else made.matrix),
    )
    return basis, " and ".join(x for x in (SETTINGS if made.factors else "", given) if x)


def _basis(matrix: Floats) -> Floats:
    sizes, vectors = np.linalg.eigh(matrix.T @ matrix)  # a few columns: far cheaper than those of the records
    known = sizes > sizes.max() * 1e-10  # the cold starts may be at one level of a setting
    found: Floats = matrix @ (vectors[:, known] / np.sqrt(sizes[known]))
    return found


def _pair(prepared: Prepared, x: Key, y: Key, ranks: dict[tuple[str, bytes], _Ranked]) -> Correlation | None:
    """None below ten records, beyond what is held constant, or four distinct values of either; or of lists of values.

    Warm records alone, or all of them with the cold start held constant where either state has ten records; and at
    equal settings, where these can be told apart.
    """
    rows = prepared.rows(x)
    if rows.lists or prepared.rows(y).lists:
        return None
    other = by_record(prepared, y.metric)[rows.number("rid")]
    rows, other = rows.keep(np.isfinite(other)), other[np.isfinite(other)]
    cold = rows.number("cold") == 1
    given = COLD if min(int(cold.sum()), len(cold) - int(cold.sum())) >= _MIN_POINTS else ""
    if cold.any() and not given:
        rows, other, cold = rows.keep(~cold), other[~cold], cold[~cold]
    n = len(other)
    if n < _MIN_POINTS:
        return None
    held, given = _held(prepared, rows, cold, given)
    records = rows.number("rid").tobytes()
    for metric, values in ((x.metric, rows.values), (y.metric, other)):  # most metrics stand in the same records
        if (metric, records) not in ranks:
            ranks[metric, records] = _ranked(values, held)
    left, right = ranks[x.metric, records], ranks[y.metric, records]
    used = n - left.held  # what is held constant takes degrees of freedom (Fisher 1924)
    if used < _MIN_POINTS or min(left.distinct, right.distinct) < _MIN_DISTINCT:
        return None
    rho = spearman(left.ranks, right.ranks)
    mine = prepared.rows(y)
    both = rows.joined(mine.keep(np.isin(mine.number("rid"), rows.number("rid"))))
    names = (x.metric, y.metric)
    return Correlation(
        recipe=Recipe(
            function="correlation", args={"suite": x.suite, "subject": x.subject, "x": names[0], "y": names[1]}
        ),
        rows=both.cite(),
        warnings=tuple(dict.fromkeys(w for m in names for w in qualifying(prepared, x.suite, x.subject, m))),
        suite=x.suite,
        subject=x.subject,
        x=names[0],
        y=names[1],
        n=n,
        rho=rho,
        given=given,
        ci=rho_interval(rho, used),
        p=rho_p(rho, used),
        outcome="none",
    )


def spearman(ranks_x: Floats, ranks_y: Floats) -> float:
    """Of ranks, or of what is left of them; 0 where nothing of either is left.

    To ten digits: more of them differ between processors, and near ±1 they would decide how an interval looks.
    """
    if min(float(ranks_x.std()), float(ranks_y.std())) < 1e-9:
        return 0.0
    return round(float(np.clip(np.corrcoef(ranks_x, ranks_y)[0, 1], -1.0, 1.0)), 10)


def rho_interval(rho: float, n: int) -> Interval:
    """On Fisher's z with the standard error of Bonett and Wright (2000): sqrt((1 + rho²/2) / (n - 3))."""
    if abs(rho) > 1 - 1e-12:
        return Interval(low=rho, high=rho)
    half = 1.959963984540054 * math.sqrt((1 + rho * rho / 2) / (n - 3))
    return Interval(low=math.tanh(math.atanh(rho) - half), high=math.tanh(math.atanh(rho) + half))


def rho_p(rho: float, n: int) -> float:
    """Two-sided, by the t approximation with n - 2 degrees of freedom."""
    if abs(rho) > 1 - 1e-12:
        return 0.0
    t = abs(rho) * math.sqrt((n - 2) / (1 - rho * rho))
    return float(2 * special.stdtr(n - 2, -t))


def benjamini_hochberg(p: list[float]) -> list[float]:
    m = len(p)
    order = np.argsort(p, kind="stable")[::-1]
    adjusted = np.minimum.accumulate(np.asarray(p)[order] * m / np.arange(m, 0, -1)) if m else np.zeros(0)
    out = np.empty(m)
    out[order] = np.minimum(adjusted, 1.0)
    return [float(x) for x in out]


def _adjusted(found: list[Correlation]) -> tuple[Correlation, ...]:
    out = []
    for item, p in zip(found, benjamini_hochberg([c.p or 0.0 for c in found]), strict=True):
        clear = p < ALPHA and item.ci is not None and (item.ci.low > 0 or item.ci.high < 0)
        outcome = ("positive" if item.rho > 0 else "negative") if clear else "none"
        out.append(item.model_copy(update={"p_adjusted": p, "outcome": outcome}))
    return tuple(out)
