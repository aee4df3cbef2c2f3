"""Formats of weights or of a cache that changed nothing: the same number of tokens to the last one, at the same speed.
Greedy answers of other weights differ, so the setting probably did not take effect."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .checked import TYPICAL, per_record, told_by, usable
from .columns import Codes, Selection
from .intervals import Floats
from .prepared import Prepared

_FORMATS = ("quantisation", "precision", "dtype", "load_format")
_SPEEDS = ("decode_rate", "output_throughput", "e2e_latency")
_WITHIN = 1.03  # of each other's speed, in all conditions
_FEWEST = 2  # conditions with the same number of tokens, and conditions that both ran
_TOKENS = 100  # a number of tokens that two give by chance


def labels_without_effect(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite: the levels of a format that gave the same answers at the same speed wherever both ran."""
    for rows in usable(prepared).split("suite"):
        factor = next((f for f in _FORMATS if FACTOR + f in rows.columns.codes and len(rows.levels(f)) > 1), "")
        metric = next((m for m in _SPEEDS if rows.has("metric", m).any()), "")
        if not factor or not metric:
            continue
        part = rows.keep(rows.has("metric", metric) & (rows.has("stat", "sample") | rows.has("stat", "mean")))
        tokens = per_record(prepared, "output_tokens", ("total", *TYPICAL))[part.number("rid")]
        given = part.cells(told_by(prepared, part, (factor,)))
        cells = given * (len(prepared.columns.names["subject"]) + 1) + part.codes("subject")
        alike = _alike(part, factor, cells, tokens)
        if len(alike) < 2:
            continue
        names = sorted(alike)
        mine = np.any([part.has(FACTOR + factor, n) for n in names], axis=0)
        whole, same = _agreeing(part, factor, names, cells, tokens)
        yield make(
            "without_effect",
            f"{rows.name('suite')}:{factor}",
            part.keep(mine),
            severity="warning",
            suite=rows.name("suite"),
            metric=metric,
            factor=factor,
            values={"levels": ", ".join(names), "cells": whole, "same": same, "count": len(names)},
            advice=f"check in the server's log that {factor} took effect",
        )


def _alike(part: Selection, factor: str, cells: Codes, tokens: Floats) -> set[str]:
    """The largest set of levels of which each two are alike."""
    levels = part.levels(factor)
    pairs = {frozenset(p) for p in combinations(levels, 2) if _pair(part, factor, p, cells, tokens)}
    best: set[str] = set()
    for level in levels:
        group = {level}
        for other in levels:
            if other != level and all(frozenset((other, g)) in pairs for g in group):
                group.add(other)
        best = max(best, group, key=len)
    return best if len(best) > 1 else set()


def _pair(part: Selection, factor: str, pair: tuple[str, str], cells: Codes, tokens: Floats) -> bool:
    whole, same = _agreeing(part, factor, list(pair), cells, tokens)
    return whole >= _FEWEST and same >= _FEWEST


def _agreeing(part: Selection, factor: str, names: list[str], cells: Codes, tokens: Floats) -> tuple[int, int]:
    """Under how many conditions these levels ran at one speed, and in how many of them gave the same number of tokens,
    which others did not; (0, 0) where their speeds differ in one."""
    masks = [part.has(FACTOR + factor, n) for n in names]
    values = part.values
    whole = same = 0
    for cell in np.unique(cells):
        here = [m & (cells == cell) for m in masks]
        if not all(h.sum() == 1 for h in here):
            continue
        speeds = [float(values[h][0]) for h in here]
        if min(speeds) <= 0 or max(speeds) > _WITHIN * min(speeds):
            return 0, 0
        whole += 1
        counts = {float(tokens[h][0]) for h in here}
        count = next(iter(counts))
        if len(counts) > 1 or not np.isfinite(count) or count < _TOKENS or max(speeds) == min(speeds):
            continue  # a speed that is the same to the last digit is a copy of one record
        # What ran at that speed too may have run the same, so others are those that ran at another.
        beside = (values > _WITHIN * max(speeds)) | (values * _WITHIN < min(speeds))
        rest = tokens[(cells == cell) & beside & np.isfinite(tokens)]
        same += bool(len(rest) and (rest != count).all())
    return whole, same
