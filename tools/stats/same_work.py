"""Whether the ends of an effect or a curve did the same work, and whether two rivals can be rivals at all.

A whole answer of 516 tokens takes longer than one of 33 whatever setting lies between the two, and the first token of a
prompt of 16,000 tokens comes later than that of one of 7. Where the records state their tokens and these differ much, a
time is of the work and no effect of a setting: nothing is said. Along the length itself it is what was asked.
"""

from __future__ import annotations

import math
import re

import numpy as np

from chimera_report.tools.schema import FACTOR, Comparison, Curve, Effect, Matched

from .columns import Mask, Selection
from .intervals import Floats
from .once import once
from .prepared import Prepared
from .torn import GAPS, in_groups

_NOT_NAMED = "not named"  # a level that the reading gives where a file has none
_MUCH = 1.5  # from this ratio on, the work is part of the difference
_RIVALS = 50.0  # times apart under one condition: no two ways of doing the same work are
# What a longer answer changes by itself, and what a longer prompt does.
_OF_ANSWERS = frozenset(("e2e_latency", "run_time", "request_rate", "eval_time", "energy"))
_TOLD = frozenset(("run_time",))
_OF_PROMPTS = frozenset(("ttft", "prompt_eval_time", "run_time", "e2e_latency"))
_WHOLE = re.compile(r"latency|whole|wall")  # a definition of a rate that holds the wait
_RATES = frozenset(("decode_rate", "client_decode_rate"))
_STATS = ("sample", "mean", "p50", "total")
# Of the names of a workload that says how long a prompt or an answer is.
_LENGTH = re.compile(
    r"(?:^|[\W_])(?:input|output|prompt|context|ctx|depth|tokens?|len|length|isl|osl|seq|n_?predict|n_?gen|size|turn|"
    r"load|concurrency|users?|clients?|rate|batch)(?:$|[\W_])|lengths?$|tokens?$|ctx$"
)
_TIMES = frozenset(("ttft", "e2e_latency", "run_time", "prompt_eval_time", "eval_time", "tpot", "itl", "load_time"))


def same_work(prepared: Prepared, item: Comparison | Curve | Effect | Matched) -> bool:
    """Whether the records at both ends did the same work, as far as they say how much they did. Of two that are
    compared in the time of a whole answer, the report says beside the ratio how long the answers are."""
    compared = isinstance(item, Comparison | Matched)
    factor = item.axis if isinstance(item, Comparison | Matched) else item.factor
    low, high = (item.low, item.high) if isinstance(item, Effect) else (item.a, item.b)
    if _LENGTH.search(factor.lower()) or factor == "subject":
        return True
    tokens = []
    if item.metric in (_TOLD if compared else _OF_ANSWERS) or (
        not compared and item.metric in _RATES and _WHOLE.search(item.definition)
    ):
        tokens.append("output_tokens")
    if item.metric in _OF_PROMPTS:
        tokens.append("prompt_tokens")
    if isinstance(item, Curve) and not item.ordered and item.metric in _TIMES and item.metric not in ("tpot", "itl"):
        # Tests of other names are other work, but where their records state that it is not.
        return _stated_alike(prepared, item)
    if not tokens:
        return True
    given = item.condition if isinstance(item, Comparison | Curve) else {}
    ends = [_rows(prepared, item, {**given, factor: level}) for level in (low, high)]
    return not any(_unequal(prepared, name, *ends) for name in tokens)


def _stated_alike(prepared: Prepared, item: Curve) -> bool:
    ends = [_rows(prepared, item, {**item.condition, item.factor: level}) for level in (item.a, item.b)]
    name = "prompt_tokens" if item.metric in ("ttft", "prompt_eval_time") else "output_tokens"
    known = all(len(_lengths(prepared, name, rows)) for rows in ends)
    return known and not _unequal(prepared, name, *ends)


def one_thing(prepared: Prepared, item: Comparison) -> bool:
    """Whether no side of a comparison that is not paired falls into two groups far apart: what a cache filled and what
    it gave back are no sample of anything."""
    if item.paired or item.metric not in GAPS:
        return True
    given = {} if item.axis == "subject" else {item.axis: ""}
    sides = [_rows(prepared, item, {**item.condition, **dict.fromkeys(given, side)}) for side in (item.a, item.b)]
    if item.axis == "subject":
        sides = [rows.keep(rows.has("subject", side)) for rows, side in zip(sides, (item.a, item.b), strict=True)]
    held = [FACTOR + f for f in item.matched if FACTOR + f in prepared.columns.names]
    return not any(in_groups(item.metric, part) for rows in sides for part in (rows.split(*held) if held else [rows]))


def rivals(item: Comparison | Matched) -> bool:
    """Whether two that are compared can be two ways of one thing: they are not that far apart in time or rate."""
    if _NOT_NAMED in (item.a, item.b):
        return False  # what a file leaves out is no choice, and nobody knows what it is
    if item.metric not in _TIMES and item.metric not in _RATES:
        return True
    ratios = [p.ratio for p in item.points] if isinstance(item, Matched) else [item.ratio]
    return all(r <= 0 or abs(math.log(r)) < math.log(_RIVALS) for r in ratios if r is not None)


def _rows(prepared: Prepared, item: Comparison | Curve | Effect | Matched, levels: dict[str, str]) -> Selection:
    """The pooled rows of the item's metric and system at these levels."""
    keys = [k for k in prepared.measures(item.suite) if k.metric == item.metric and k.definition == item.definition]
    keys = [k for k in keys if k.subject == item.subject or not item.subject]
    rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:])) if keys else prepared.all_rows()
    for name, value in levels.items():
        if FACTOR + name in rows.columns.names:
            rows = rows.keep(rows.has(FACTOR + name, value))
    return rows


def _unequal(prepared: Prepared, metric: str, one: Selection, other: Selection) -> bool:
    sides = [_lengths(prepared, metric, rows) for rows in (one, other)]
    if not all(len(s) for s in sides):
        return False
    low, high = sorted(float(np.median(s)) for s in sides)
    return low > 0 and high >= _MUCH * low


def _lengths(prepared: Prepared, metric: str, rows: Selection) -> Floats:
    """The tokens of these records, or where these state none, of the records beside them in the same part of the files:
    those whose factors are the same."""
    counted, values = _counted(prepared, metric)
    if not len(counted) or not len(rows):
        return np.zeros(0)
    mine = np.isin(counted.number("rid"), rows.number("rid"))
    if mine.any():
        return values[mine]
    mask: Mask = np.isin(counted.codes("source"), rows.codes("source")) & np.isin(
        counted.codes("subject"), rows.codes("subject")
    )
    for name in prepared.factors:
        codes = rows.factor(name)
        if codes.min() >= 0:
            mask &= np.isin(counted.factor(name), codes)
    return values[mask]


@once
def _counted(prepared: Prepared, metric: str) -> tuple[Selection, Floats]:
    every = prepared.all_rows()
    rows = every.keep(every.has("metric", metric) & every.has("status", "ok") & (every.values > 0))
    rows = rows.keep(np.any([rows.has("stat", s) for s in _STATS], axis=0))
    return rows, rows.values
