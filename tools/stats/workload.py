"""Whether records did the same amount of work: times of answers of different lengths say nothing about speed."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.schema import ESTIMATED, FACTOR

from .columns import Selection
from .intervals import Floats
from .once import once
from .prepared import Key, Prepared

WORK = "output_tokens"  # the metric that says how much work a record did
TOKEN_BOUND = frozenset({"eval_time", "e2e_latency"})
SAME = 1.05  # greatest over least length, up to which answers count as equally long
PROMPT = "prompt_tokens"
PROMPT_BOUND = frozenset({"prefill_rate", "prompt_eval_time"})  # a short prompt is read at another rate than a long one
_SAME_PROMPT = 2.0
UNLIKE_PROMPTS = "the prompts differ in length, so their rates and waits do not compare"
REASON = "the answers differ in length, so their times do not compare"


def counted(key: Key) -> bool:
    """Whether it is a length of single answers that somebody counted, and did not estimate."""
    return key.metric == WORK and key.level == "sample" and not key.definition.endswith(ESTIMATED)


@once
def by_record(prepared: Prepared, metric: str) -> Floats:
    """Value of a sampled metric for each `rid`, NaN where a record has none."""
    out = np.full(int(prepared.columns.numbers["rid"].max(initial=-1)) + 1, np.nan)
    for key in prepared.measures():
        if key.metric == metric and key.level == "sample" and not key.definition.endswith(ESTIMATED):
            rows = prepared.rows(key)
            out[rows.number("rid")] = rows.values
    return out


def prompts_differ(prepared: Prepared, metric: str, one: Selection, other: Selection) -> bool:
    """For a metric of reading prompts: whether those of two sides differ much in length (medians)."""
    if metric not in PROMPT_BOUND:
        return False
    lengths = by_record(prepared, PROMPT)
    sides = [v[np.isfinite(v)] for v in (lengths[s.number("rid")] for s in (one, other))]
    if not all(len(v) for v in sides):
        return False
    low, high = sorted(float(np.median(v)) for v in sides)
    return high > _SAME_PROMPT * low


def workload_differs(prepared: Prepared, metric: str, rows: Selection) -> bool:
    """For a metric that grows with the length of the answer: whether the lengths of these records differ."""
    if metric not in TOKEN_BOUND or not len(rows):
        return False
    tokens = by_record(prepared, WORK)[rows.number("rid")]
    tokens = tokens[np.isfinite(tokens)]
    return bool(len(tokens) and tokens.max() > SAME * tokens.min())


def workload_hidden(prepared: Prepared, metric: str, rows: Selection) -> bool:
    """Whether the lengths differ and no condition says so: a length that was planned is one that is held or told."""
    if not workload_differs(prepared, metric, rows):
        return False
    names = (f for f in ("output_length", "num_predict") if FACTOR + f in rows.columns.names)
    planned = next((f for f in names if len(rows.levels(f)) > 1), "")
    parts = (rows.keep(rows.has(FACTOR + planned, x)) for x in rows.levels(planned)) if planned else (rows,)
    return any(workload_differs(prepared, metric, part) for part in parts)
