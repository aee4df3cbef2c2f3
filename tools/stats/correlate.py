"""Rank correlations between the metrics of a subject's records; never between a metric and a part of it."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from scipy import special

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Correlation, Interval, Json, Recipe

from .intervals import ALPHA, Floats
from .prepared import Key, Prepared
from .qualify import qualifying
from .sensitivity import average_ranks
from .workload import by_record

_MIN_POINTS, _MIN_DISTINCT = 10, 4
COLD = "cold start"
# What is computed from what, or counts the same thing: a correlation of these says nothing about the system.
_PARTS = {
    "ttft_incl_load": {"load_time", "prompt_eval_time", "ttft"},
    "ttft": {"load_time", "prompt_eval_time", "queue_time"},
    "decode_rate": {"eval_time", "output_tokens", "tpot", "itl", "e2e_latency", "response_chars", "total_tokens"},
    "prefill_rate": {"prompt_eval_time", "prompt_tokens"},
    "eval_time": {"output_tokens", "response_chars", "total_tokens", "tpot"},
    "e2e_latency": {
        "load_time",
        "prompt_eval_time",
        "eval_time",
        "ttft",
        "ttft_incl_load",
        "queue_time",
        "output_tokens",
    }
    | {"tpot", "itl", "total_tokens", "response_chars", "request_rate"},
    "total_tokens": {"prompt_tokens", "output_tokens", "response_chars"},
    "output_tokens": {"response_chars"},
    "energy_per_token": {"power", "decode_rate", "tpot"},
    "tpot": {"itl"},
}


def derived(x: str, y: str) -> bool:
    return y in _PARTS.get(x, ()) or x in _PARTS.get(y, ())


def correlations(prepared: Prepared) -> list[Correlation]:
    return [
        c for suite in dict.fromkeys(k.suite for k in prepared.measures()) for c in correlation_family(prepared, suite)
    ]


def correlation_family(prepared: Prepared, suite: str) -> tuple[Correlation, ...]:
    """All pairs of one suite, p-values adjusted by Benjamini-Hochberg over them; computed once."""
    memo = prepared.memo.setdefault("correlations", {})
    if suite not in memo:
        found = []
        for subject in dict.fromkeys(k.subject for k in prepared.measures(suite)):
            keys = [k for k in prepared.measures(suite) if k.subject == subject and k.level == "sample"]
            by_metric: dict[str, Key] = {}
            for key in keys:
                by_metric.setdefault(key.metric, key)
            ranks: _Ranks = {}
            for x, y in combinations(by_metric.values(), 2):
                if not derived(x.metric, y.metric) and (registered(x.metric).core or registered(y.metric).core):
                    item = _pair(prepared, x, y, ranks)
                    if item is not None:
                        found.append(item)
        memo[suite] = _adjusted(found)
    result: tuple[Correlation, ...] = memo[suite]
    return result


def correlation(prepared: Prepared, suite: str, **which: Json) -> Correlation:
    for item in correlation_family(prepared, suite):
        if all(item.recipe.args[k] == v for k, v in which.items()):
            return item
    raise KeyError(f"no such correlation: {suite}, {which}")


_Ranks = dict[tuple[str, bytes], tuple[Floats, int]]  # metric and records → ranks and the number of distinct values


def _ranked(metric: str, values: Floats, records: bytes, ranks: _Ranks) -> tuple[Floats, int]:
    """The metrics of a subject mostly stand in the same records, so their ranks serve every pair."""
    place = metric, records
    if place not in ranks:
        ordered = average_ranks(values)
        ranks[place] = ordered, len(set(ordered.tolist()))
    return ranks[place]


def _pair(prepared: Prepared, x: Key, y: Key, ranks: _Ranks) -> Correlation | None:
    """None below ten records or four distinct values of either.

    Warm records alone, or all of them with the cold start held constant where either state has ten records.
    """
    rows = prepared.rows(x)
    other = by_record(prepared, y.metric)[rows.number("rid")]
    rows, other = rows.keep(np.isfinite(other)), other[np.isfinite(other)]
    cold = rows.number("cold") == 1
    given = COLD if min(int(cold.sum()), len(cold) - int(cold.sum())) >= _MIN_POINTS else ""
    if cold.any() and not given:
        rows, other = rows.keep(~cold), other[~cold]
    left, right = rows.values, other
    n = len(left)
    if n < _MIN_POINTS:
        return None
    records = rows.number("rid").tobytes()
    (left, n_x), (right, n_y) = _ranked(x.metric, left, records, ranks), _ranked(y.metric, right, records, ranks)
    if min(n_x, n_y) < _MIN_DISTINCT:
        return None
    rho = partial(left, right, cold.astype(np.float64)) if given else spearman(left, right)
    used = n - 1 if given else n  # what is held constant takes a degree of freedom (Fisher 1924)
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
    return float(np.clip(np.corrcoef(ranks_x, ranks_y)[0, 1], -1.0, 1.0))


def partial(ranks_x: Floats, ranks_y: Floats, held: Floats) -> float:
    """Rank correlation of x and y at equal `held`: (r_xy - r_xz r_yz) / sqrt((1 - r_xz²)(1 - r_yz²))."""
    xy, xz, yz = spearman(ranks_x, ranks_y), spearman(ranks_x, held), spearman(ranks_y, held)
    rest = (1 - xz * xz) * (1 - yz * yz)
    return float(np.clip((xy - xz * yz) / math.sqrt(rest), -1.0, 1.0)) if rest > 1e-12 else 0.0


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
