"""Tokens that are those of a whole run, though their column is called as those of one answer would be.

`Tokens Generados` 10,549 beside 164 problems, each of which took 2.8 s at 24 tokens a second, are no answer of 10,549
tokens.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import Resolved, normalise

from . import cells
from .languages import in_english
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Bools, Floats

_TOKENS = ("output_tokens", "prompt_tokens", "total_tokens")
_COUNTED = frozenset((
    "requests", "problems", "prompts", "questions", "queries", "tasks", "items", "samples", "examples", "completed",
    "conversations",
))  # fmt: skip
_FEWEST = 8  # requests, from which on their tokens are told from those of one
_ONE, _NEAR = 4.0, 3.0  # times what one request makes in its time: more is of several, which are not alike
_CLOSE = 0.02  # relative: tokens of the run over its time are its rate


def of_runs(
    table: dict[str, Column], metrics: dict[str, Resolved], values: dict[str, Floats], ok: Bools
) -> dict[str, Resolved]:
    """The metrics, with tokens of a run as its total where the record counts its requests and its own numbers say so:
    the tokens of the output over the run's time are its rate, or are many times what one request makes in its time."""
    count = _requests(table, metrics)
    if count is None or not (count[ok] >= _FEWEST).any():
        return metrics

    def of(metric: str, stats: tuple[str, ...]) -> list[Floats]:
        known = ((c, m) for c, m in metrics.items() if m.metric == metric and m.stat in stats and c in values)
        return [np.where(values[c] > 0, values[c], np.nan) * m.factor for c, m in known]

    metrics = _times_of_runs(metrics, values, ok)
    made = of("output_tokens", ("sample",))
    rates = [*of("decode_rate", ("sample", "mean")), *of("output_throughput", ("sample", "mean"))]
    spans = of("run_time", ("total", "sample"))
    times = [*of("e2e_latency", ("mean", "p50", "sample")), *of("run_time", ("mean",))]
    with np.errstate(all="ignore"):
        whole = any(_middle(np.abs(t / s / r - 1), ok) < _CLOSE for t in made for s in spans for r in rates)
        answers = [t / (r * s) for t in made for s in times for r in rates]
        many = any(_most(n, ok) > _ONE and _most(n / count, ok) < _NEAR for n in answers)
    if not whole and not many:
        return metrics
    return {
        c: replace(m, stat="total") if m.metric in _TOKENS and m.stat == "sample" and c in values else m
        for c, m in metrics.items()
    }


def _times_of_runs(metrics: dict[str, Resolved], values: dict[str, Floats], ok: Bools) -> dict[str, Resolved]:
    """The metrics, with a time in which the tokens of all requests were made as that of the run."""
    made = [values[c] * m.factor for c, m in metrics.items() if m.metric == "output_tokens" and c in values]
    rates = [values[c] * m.factor for c, m in metrics.items() if m.metric == "output_throughput" and c in values]
    found = dict(metrics)
    for column, meaning in metrics.items():
        if meaning.metric == "e2e_latency" and meaning.stat == "sample" and column in values:
            with np.errstate(all="ignore"):
                apart = [np.abs(t / (values[column] * meaning.factor) / r - 1) for t in made for r in rates]
            if any(_middle(a, ok) < _CLOSE for a in apart):
                found[column] = replace(meaning, metric="run_time", stat="total")
    return found


def _requests(table: dict[str, Column], metrics: dict[str, Resolved]) -> Floats | None:
    """How many requests each record is of, by a column that counts them."""
    spoken = in_english(table)
    for column in table:
        name = normalise(spoken.get(column) or column.removeprefix(ABOVE).removeprefix(GIVEN).rpartition(STEP)[2])
        words = set(name.split("_"))
        if (
            column not in metrics
            and words & _COUNTED
            and not words & {"failed", "errors", "per", "concurrent", "id", "rate"}
        ):
            numbers = cells.numbers(table[column])
            known = numbers[np.isfinite(numbers)]
            if len(known) and bool(((known % 1 == 0) & (known > 0)).all()):
                return numbers
    return None


def _most(data: Floats, ok: Bools) -> float:
    """A high value of them: of requests that ran together, few are made in the time of one."""
    data = data[ok & np.isfinite(data)]
    return float(np.percentile(data, 90)) if len(data) else float("inf")


def _middle(data: Floats, ok: Bools) -> float:
    data = data[ok & np.isfinite(data)]
    return float(np.median(data)) if len(data) else float("inf")
