"""Declared interactions: whether the effect of one setting on a metric depends on the level of another.

Only pairs that were declared before looking are tested, because a sweep of eight settings has 28 pairs and one of them
always looks like something. The model has all main effects and the products of the pair's levels, on logs; the estimate
is the ratio of ratios that is farthest from 1, with an interval that holds for all of them at once (Bonferroni).
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Interaction, Json, Recipe
from chimera_report.tools.thresholds import ALPHA, DIFFERENT

from .effects import Design, design, model_rows
from .intervals import MARGIN, Floats, LogRatio, holm
from .least_squares import Solved, full_rank, least_squares, wald
from .once import once
from .prepared import Key, Prepared
from .qualify import qualifying

_MIN_DF = 10
_METHODS = {
    "HC3": "products of levels on logs, least squares with HC3 errors",
    "replicates": "products of levels on logs, least squares with the error of the replicates",
}


def interactions(prepared: Prepared) -> list[Interaction]:
    """Every declared pair for every subject and core metric that both settings vary in."""
    if not prepared.dataset.interactions:
        return []
    families = dict.fromkeys((k.suite, k.metric, k.definition) for k in prepared.measures() if k.level == "sample")
    return [
        item
        for family in families
        if registered(family[1]).core and registered(family[1]).positive
        for item in interaction_family(prepared, *family)
    ]


@once
def interaction_family(prepared: Prepared, suite: str, metric: str, definition: str) -> tuple[Interaction, ...]:
    """All declared pairs of one metric in one suite, p-values adjusted by Holm over them; computed once."""
    found = []
    for key in prepared.alike(suite, metric, definition, "sample"):
        for a, b in prepared.dataset.interactions:
            item = _of_key(prepared, key, a, b)
            if item is not None:
                found.append(item)
    tested = [i for i, e in enumerate(found) if e.p is not None]
    adjusted = dict(zip(tested, holm([found[i].p or 0.0 for i in tested]), strict=True))
    return tuple(_verdict(e, adjusted.get(i)) for i, e in enumerate(found))


def interaction(prepared: Prepared, suite: str, metric: str, definition: str, **which: Json) -> Interaction:
    """One interaction out of its family, by the arguments of its recipe."""
    for item in interaction_family(prepared, suite, metric, definition):
        if all(item.recipe.args[k] == v for k, v in which.items()):
            return item
    raise KeyError(f"no such interaction: {suite}, {metric}, {which}")


def _of_key(prepared: Prepared, key: Key, a: str, b: str) -> Interaction | None:
    rows, warm = model_rows(prepared, key)
    if not {a, b} <= set(prepared.varying(rows)) or rows.values.min() <= 0:
        return None
    args: dict[str, Json] = {"suite": key.suite, "metric": key.metric, "definition": key.definition}
    args |= {"subject": key.subject, "factor": a, "other": b}
    levels = rows.levels(a), rows.levels(b)
    head = Interaction(
        recipe=Recipe(function="interaction", args=args),
        rows=rows.cite(),
        warnings=qualifying(prepared, key.suite, key.subject, key.metric, a),
        suite=key.suite,
        subject=key.subject,
        metric=key.metric,
        definition=key.definition,
        factor=a,
        other=b,
        warm=warm,
        high=levels[0][-1],
        low=levels[0][0],
        strong=levels[1][-1],
        weak=levels[1][0],
        n=len(rows),
        randomised=prepared.randomised(rows),
        outcome="insufficient",
    )
    made = design(prepared, rows)
    if not {a, b} <= set(made.factors):
        return head.model_copy(update={"reason": "one of the two changes together with another setting"})
    products = _products(made, a, b)
    wider = np.hstack([made.matrix, products])
    solved = least_squares(wider, np.log(rows.values)) if full_rank(wider.T @ wider) else None
    if solved is None:
        return head.model_copy(update={"reason": "not every combination of the two was measured often enough"})
    if solved.df < _MIN_DF:
        short = f"{solved.df:.0f} degrees of freedom of the error, at least {_MIN_DF} needed"
        return head.model_copy(update={"df": solved.df, "reason": short})
    return _estimated(head, made, solved, a, b)


def _products(made: Design, a: str, b: str) -> Floats:
    """A column for each combination of levels beyond the first of either."""
    left, right = (made.matrix[:, made.starts[f] : made.starts[f] + len(made.factors[f]) - 1] for f in (a, b))
    return np.asarray(np.einsum("ij,ik->ijk", left, right).reshape(len(left), -1), dtype=np.float64)


def _estimated(head: Interaction, made: Design, solved: Solved, a: str, b: str) -> Interaction:
    (names_a, names_b), width = (made.factors[a], made.factors[b]), made.matrix.shape[1]
    ka, kb = len(names_a), len(names_b)

    def effect_at(high: int, low: int, at: int) -> Floats:
        """Weights of log(high / low) of `a` where `b` is at its level `at`."""
        weights = np.zeros(len(solved.params))
        for level, sign in ((high, 1.0), (low, -1.0)):
            if level:
                weights[made.starts[a] + level - 1] += sign
                if at:
                    weights[width + (level - 1) * (kb - 1) + at - 1] += sign
        return weights

    def estimate(weights: Floats) -> LogRatio:
        return LogRatio(
            float(weights @ solved.params), math.sqrt(max(float(weights @ solved.cov @ weights), 0.0)), solved.df
        )

    best: tuple[float, int, int, int, int] = (-1.0, 1, 0, 1, 0)
    for x, y in combinations(range(ka), 2):
        for u, v in combinations(range(kb), 2):
            size = float((effect_at(x, y, u) - effect_at(x, y, v)) @ solved.params)
            if abs(size) > best[0]:
                best = (abs(size), x, y, *((u, v) if size > 0 else (v, u)))
    _, high, low, strong, weak = best
    if (
        float(effect_at(high, low, strong) @ solved.params) < 0
        and float(effect_at(high, low, weak) @ solved.params) < 0
    ):
        high, low, strong, weak = low, high, weak, strong  # told by the ratios above 1 where both are below
    found = estimate(effect_at(high, low, strong) - effect_at(high, low, weak))
    pairs = ka * (ka - 1) // 2 * (kb * (kb - 1) // 2)
    return head.model_copy(
        update={
            "high": names_a[high],
            "low": names_a[low],
            "strong": names_b[strong],
            "weak": names_b[weak],
            "ratio_strong": estimate(effect_at(high, low, strong)).ratio,
            "ratio_weak": estimate(effect_at(high, low, weak)).ratio,
            "ratio": found.ratio,
            "ratio_ci": found.interval(ALPHA / pairs),
            "p": wald(solved.params, solved.cov, solved.df, slice(width, len(solved.params))),
            "df": solved.df,
            "method": _METHODS[solved.errors],
            "outcome": "inconclusive",
        }
    )


def _verdict(item: Interaction, p_adjusted: float | None) -> Interaction:
    if item.ratio_ci is None or p_adjusted is None:
        return item
    low, high = math.log(item.ratio_ci.low), math.log(item.ratio_ci.high)
    outcome, reason = "inconclusive", "the interval of the ratio of ratios reaches into ±2 %"
    if high <= MARGIN and low >= -MARGIN:
        outcome, reason = "negligible", ""
    elif p_adjusted < DIFFERENT and low > MARGIN:
        outcome, reason = "interaction", ""
    return item.model_copy(update={"p_adjusted": p_adjusted, "outcome": outcome, "reason": reason})
