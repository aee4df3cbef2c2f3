"""Main effects of factors on one metric of one subject: ordinary least squares on logs.

Where conditions were measured several times, the spread of those replicates is the error; where they were not, the
cells of the other levels stand for replicates (HC3 errors). At least ten degrees of freedom of that error are asked
for, and no cell is tested on its own. Estimates are marginal: the other factors' levels weigh equally. The interval of
highest over lowest level holds for all pairs of levels at once (Bonferroni).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.metrics import COLD_SENSITIVE
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Effect, Json, LevelEstimate, Recipe, Rows
from chimera_report.tools.thresholds import ALPHA, DIFFERENT

from .alias import COLD, ORDER, Alias, aliases
from .columns import Codes, Selection, distinct_pairs, in_order
from .intervals import MARGIN, Floats, LogRatio, holm
from .least_squares import Errors, cells_of, full_rank, least_squares, wald
from .likeness import unlike_sides
from .once import keep, once
from .prepared import GIVEN, SYSTEM_FACTORS, Key, Prepared
from .qualify import qualifying
from .workload import REASON, WORK, workload_differs

_MIN_DF = 10
_METHODS = {
    "HC3": "main effects on logs, least squares with HC3 errors",
    "replicates": "main effects on logs, least squares with the error of the replicates",
}


@dataclass(slots=True)
class Fit:
    """A fitted main-effects model; `contrast` needs the columns of each factor's dummies."""

    factors: dict[str, list[str]]  # factor → levels, the first is the base
    starts: dict[str, int]
    counts: dict[str, list[int]]
    params: Floats
    cov: Floats
    df: float
    sigma: float  # residual standard deviation of the logs
    residuals: Floats  # of the logs, in the order of the rows
    noise: tuple[float, float]  # standard deviation of the error of the logs, and its degrees of freedom
    errors: Errors = "HC3"
    lack_of_fit: float | None = None  # p of the main effects being all there is, by the replicates

    def test(self, factor: str) -> float | None:
        """p of all levels of the factor being equal, by an F test; None where they cannot be told apart."""
        return wald(
            self.params,
            self.cov,
            self.df,
            slice(self.starts[factor], self.starts[factor] + len(self.factors[factor]) - 1),
        )

    def marginals(self, factor: str) -> Floats:
        """A row of weights a level of the factor: the mean over the levels of the others, each weighing the same."""
        average = np.zeros(len(self.params))
        average[0] = 1.0
        for name, levels in self.factors.items():
            average[self.starts[name] : self.starts[name] + len(levels) - 1] = 1.0 / len(levels)
        k, start = len(self.factors[factor]), self.starts[factor]
        weights = np.tile(average, (k, 1))
        weights[:, start : start + k - 1] = np.eye(k, k - 1, -1)
        return weights

    def estimate(self, weights: Floats) -> LogRatio:
        return LogRatio(float(weights @ self.params), math.sqrt(max(float(weights @ self.cov @ weights), 0.0)), self.df)


@once
def fit(prepared: Prepared, key: Key) -> Fit | None:
    """The model of log(value) for one key, fitted once; None where it cannot be."""
    return fit_rows(prepared, model_rows(prepared, key)[0])


@dataclass(frozen=True, slots=True)
class Design:
    """Treatment-coded columns of all factors that vary and can be told apart, with what least squares needs of them."""

    matrix: Floats
    factors: dict[str, list[str]]
    starts: dict[str, int]
    counts: dict[str, list[int]]  # records at each level
    cells: Codes  # a number a record, equal for those of one condition


def design(prepared: Prepared, rows: Selection) -> Design:
    """The metrics of the same records share a design, so it is kept."""
    return keep(prepared, _new_design, rows.number("rid").tobytes(), lambda: _new_design(prepared, rows))


def _new_design(prepared: Prepared, rows: Selection) -> Design:
    n = len(rows)
    blocks: list[Floats] = [np.ones((n, 1))]
    factors: dict[str, list[str]] = {}
    starts: dict[str, int] = {}
    counts: dict[str, list[int]] = {}
    width = 1
    for name in prepared.varying(rows):
        codes = rows.factor(name)
        levels = rows.levels(name)
        if (codes < 0).any() or len(levels) > n / 3:
            continue
        names = rows.columns.names[FACTOR + name]
        order = np.array([names.index(x) for x in levels[1:]])
        block = (codes[:, None] == order[None, :]).astype(np.float64)
        wider = np.hstack([*blocks, block])
        gram = wider.T @ wider
        if not full_rank(gram):
            continue  # the alias check names what it cannot be told from
        blocks.append(block)
        factors[name], starts[name] = levels, width
        others = [int(c) for c in block.sum(axis=0)]
        counts[name] = [n - sum(others), *others]
        width += len(levels) - 1
    matrix = np.hstack(blocks)
    return Design(matrix, factors, starts, counts, cells_of(matrix))


def fit_rows(prepared: Prepared, rows: Selection) -> Fit | None:
    """The model of log(value) for these rows; None where it cannot be."""
    values = rows.values
    if len(values) < 4 or values.min() <= 0:
        return None
    made = design(prepared, rows)
    solved = least_squares(made.matrix, np.log(values), made.cells) if made.factors else None
    if solved is None:
        return None
    found = solved.params, solved.cov, solved.df, solved.sigma, solved.residuals, solved.noise
    return Fit(made.factors, made.starts, made.counts, *found, solved.errors, solved.lack_of_fit)


def effects(prepared: Prepared) -> list[Effect]:
    out: list[Effect] = []
    for family in dict.fromkeys((k.suite, k.metric, k.definition) for k in prepared.measures() if k.level == "sample"):
        if registered(family[1]).core and registered(family[1]).positive:
            out += effect_family(prepared, *family)
    return out


@once
def effect_family(prepared: Prepared, suite: str, metric: str, definition: str) -> tuple[Effect, ...]:
    """Effects on one metric in one suite over all subjects, p-values adjusted by Holm over them; computed once."""
    keys = prepared.alike(suite, metric, definition, "sample")
    found = [e for k in keys for e in _of_key(prepared, k)]
    tested = [i for i, e in enumerate(found) if e.p is not None]
    adjusted = dict(zip(tested, holm([found[i].p or 0.0 for i in tested]), strict=True))
    return tuple(_verdict(e, adjusted.get(i)) for i, e in enumerate(found))


def effect(prepared: Prepared, suite: str, metric: str, definition: str, **which: Json) -> Effect:
    """One effect out of its family, by the arguments of its recipe."""
    for item in effect_family(prepared, suite, metric, definition):
        if all(item.recipe.args[k] == v for k, v in which.items()):
            return item
    raise KeyError(f"no such effect: {suite}, {metric}, {which}")


def model_rows(prepared: Prepared, key: Key) -> tuple[Selection, bool | None]:
    """The rows that a model of this metric may use, and whether cold records were left out."""
    rows = prepared.rows(key)
    cold = rows.number("cold") == 1
    if not cold.any() or cold.all():
        return rows, None
    alias = any(a.partner == COLD for a in aliases(prepared, key.suite, key.subject))
    return (rows.keep(~cold), True) if alias or key.metric in COLD_SENSITIVE else (rows, None)


def reportable(prepared: Prepared, key: Key, rows: Selection) -> list[str]:
    """Factors that are settings: neither systems, which are compared, nor blocks, nor a number a record."""
    return [
        f
        for f in prepared.varying(rows)
        if f not in SYSTEM_FACTORS
        and f not in prepared.blocks
        and prepared.dataset.role_of(f) not in GIVEN
        and not prepared.is_category(key.suite, f)
        and len(rows.known(FACTOR + f)) <= len(rows) / 2
    ]


def _of_key(prepared: Prepared, key: Key) -> list[Effect]:
    rows = prepared.rows(key)
    values = rows.values
    names = reportable(prepared, key, rows)
    if not names or values.min() <= 0:
        return []
    known: dict[str, list[Alias]] = {}
    for alias in aliases(prepared, key.suite, key.subject):
        known.setdefault(alias.factor, []).append(alias)
    used, warm = model_rows(prepared, key)
    model = fit(prepared, key)
    unequal = workload_differs(prepared, key.metric, used)
    out = []
    for name in names:
        with_cold = next((a for a in known.get(name, []) if a.partner == COLD), None)
        left = len(used.known(FACTOR + name))
        if with_cold and (key.metric in COLD_SENSITIVE or left < 2):
            out.append(_aliased(prepared, key, name, rows, with_cold))
        if left >= 2:
            partners = tuple(a.partner for a in known.get(name, []) if a.partner != COLD)
            partners += (WORK,) if unequal else ()
            uneven = [f for f in _uneven(prepared, key, used, name) if f not in partners]
            out.append(_estimated(prepared, key, name, used, warm, model, partners, with_cold, uneven))
    return out


def _uneven(prepared: Prepared, key: Key, rows: Selection, name: str) -> list[str]:
    """Systems under which not each level of the factor was measured: an average over the systems then compares one
    system at one level with another at the other."""
    out = []
    levels = rows.factor(name)
    for system in prepared.systems(key):
        both = (levels >= 0) & (rows.factor(system) >= 0)
        a, b = levels[both], rows.factor(system)[both]
        if len(a) and distinct_pairs(a, b) < len(np.unique(a)) * len(np.unique(b)):
            out.append(system)
    return out


def _shell(prepared: Prepared, key: Key, name: str, rows: Selection, warm: bool | None) -> dict[str, Json]:
    args: dict[str, Json] = {"suite": key.suite, "metric": key.metric, "definition": key.definition}
    args |= {"subject": key.subject, "factor": name, "warm": warm}
    return {
        "recipe": Recipe(function="effect", args=args),
        "rows": _cited(prepared, key, rows),
        "warnings": qualifying(prepared, key.suite, key.subject, key.metric, name),
        "over": unlike_sides(prepared, [rows.keep(rows.has(FACTOR + name, x)) for x in rows.levels(name)]),
        "suite": key.suite,
        "subject": key.subject,
        "metric": key.metric,
        "definition": key.definition,
        "factor": name,
        "warm": warm,
        "randomised": prepared.randomised(rows),
    }


def _cited(prepared: Prepared, key: Key, rows: Selection) -> tuple[Rows, ...]:
    """The effects of all factors on one metric rest on the same rows."""
    return keep(prepared, _cited, (key, len(rows)), rows.cite)


def _observed(rows: Selection, name: str) -> list[LevelEstimate]:
    """Plain geometric means a level, without interval: what a naive look would see."""
    codes = rows.factor(name)
    known = codes >= 0
    names = rows.columns.names[FACTOR + name]
    counts = np.bincount(codes[known], minlength=len(names))
    sums = np.bincount(codes[known], weights=rows.logs[known], minlength=len(names))
    places = {names[c]: int(c) for c in np.flatnonzero(counts)}
    return [
        LevelEstimate(
            level=text, n=int(counts[places[text]]), value=math.exp(sums[places[text]] / counts[places[text]])
        )
        for text in in_order(list(places))
    ]


def _aliased(prepared: Prepared, key: Key, name: str, rows: Selection, alias: Alias) -> Effect:
    levels = _observed(rows, name)
    high, low = max(levels, key=lambda x: x.value), min(levels, key=lambda x: x.value)
    return Effect(
        **_shell(prepared, key, name, rows, None),
        levels=tuple(levels),
        high=high.level,
        low=low.level,
        ratio=high.value / low.value,
        method="geometric means a level, cold starts included",
        aliased=(COLD,),
        outcome="aliased",
        reason=f"the cold starts are at {name} = {', '.join(alias.levels)}",
    )


def _estimated(
    prepared: Prepared,
    key: Key,
    name: str,
    rows: Selection,
    warm: bool | None,
    model: Fit | None,
    partners: tuple[str, ...],
    with_cold: Alias | None,
    uneven: list[str],
) -> Effect:
    shell = _shell(prepared, key, name, rows, warm)
    note = ""
    if with_cold:
        gone = [x for x in with_cold.levels if x not in rows.levels(name)]
        at = f"{name} = {', '.join(with_cold.levels)}"
        note = f"{at} is left out: it holds the cold starts" if gone else f"the cold starts, at {at}, are left out"
    others = tuple(p for p in partners if p != ORDER)
    if others or uneven or model is None or name not in model.factors or model.df < _MIN_DF:
        levels = _observed(rows, name)
        high, low = max(levels, key=lambda x: x.value), min(levels, key=lambda x: x.value)
        df = model.df if model is not None else None
        short = (
            f"{df:.0f} residual degrees of freedom, at least {_MIN_DF} needed" if df is not None else "too few records"
        )
        return Effect(
            **shell,
            levels=tuple(levels),
            high=high.level,
            low=low.level,
            ratio=high.value / low.value,
            df=df,
            method="geometric means a level",
            aliased=partners,
            outcome="aliased" if others else "insufficient",
            reason=REASON
            if WORK in others
            else f"{name} changes together with {', '.join(others)}"
            if others
            else f"not each level of {name} was measured under each {uneven[0]}"
            if uneven
            else short,
        )
    names = model.factors[name]
    weights = model.marginals(name)
    errors = np.sqrt(np.maximum(((weights @ model.cov) * weights).sum(axis=1), 0.0))
    centres = weights @ model.params
    estimates = [LogRatio(float(c), float(e), model.df) for c, e in zip(centres, errors, strict=True)]
    top = int(np.argmax([e.estimate for e in estimates]))
    bottom = int(np.argmin([e.estimate for e in estimates]))
    contrast = model.estimate(weights[top] - weights[bottom])
    tested = model.test(name)
    pairs = len(names) * (len(names) - 1) // 2
    return Effect(
        **shell,
        levels=tuple(
            LevelEstimate(level=level, n=n, value=e.ratio, ci=e.interval())
            for level, n, e in zip(names, model.counts[name], estimates, strict=True)
        ),
        high=names[top],
        low=names[bottom],
        ratio=contrast.ratio,
        ratio_ci=contrast.interval(ALPHA / pairs),
        p=contrast.p if tested is None else tested,
        df=model.df,
        method=_METHODS[model.errors],
        aliased=partners,
        outcome="inconclusive",
        reason=note,
        lack_of_fit=model.lack_of_fit,
    )


def _verdict(item: Effect, p_adjusted: float | None) -> Effect:
    if item.ratio_ci is None:
        return item
    low, high = math.log(item.ratio_ci.low), math.log(item.ratio_ci.high)
    reasons = [item.reason] if item.reason else []
    outcome = "inconclusive"
    if high <= MARGIN and low >= -MARGIN and ORDER in item.aliased:
        outcome = "aliased"
        reasons.append(f"each level of {item.factor} was measured in one block, so a drift may hide what it does")
    elif high <= MARGIN and low >= -MARGIN:
        outcome = "negligible"
        if item.lack_of_fit is not None and item.lack_of_fit < DIFFERENT:
            # Small on average over the other settings, which says nothing of each of them.
            outcome = "inconclusive"
            reasons.append("the settings act together, so that an average over the others stands for none of them")
    elif p_adjusted is not None and p_adjusted < DIFFERENT and low > MARGIN:
        outcome = "effect"
        if ORDER in item.aliased:
            outcome = "aliased"
            reasons.append(f"each level of {item.factor} was measured in one block, so a drift would look the same")
    return item.model_copy(update={"p_adjusted": p_adjusted, "outcome": outcome, "reason": "; ".join(reasons)})
