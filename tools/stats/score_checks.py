"""Scores that say that something went wrong with the answers: a level that scores nothing where all others do, and
fewer bits that score far better than more of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .checked import per_record, told_by, usable, where
from .columns import Selection
from .prepared import Prepared

_SHARES = ("accuracy", "pass_rate", "score", "f1", "exact_match_rate", "accuracy_norm", "recall", "rouge_l", "bleu")
_SPEEDS = ("decode_rate", "output_throughput", "total_throughput")
_OTHERS = 3  # levels or systems that do score
_NOTHING, _SOME = 0.02, 0.2  # of the others' median, and that median at least
_FEWEST = 2  # conditions in which a level scores nothing; of one, five levels beside it
_BITS = re.compile(r"(?:^|[^a-z0-9])(?:bf|fp|f|i?q|int|uint|w|nf|mxfp|nvfp)?_?(?P<bits>16|32|[1-8])(?=$|[^0-9.])", re.I)
FORMATS = ("quantisation", "dtype", "precision")
_HIGH, _LOW = 8, 3  # bits
_TIMES, _POINTS = 2.0, 0.05


def scores_of_nothing(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite, metric and setting: the level whose answers score nothing wherever others score."""
    for rows, metric in _scored(prepared):
        names = told_by(prepared, rows)
        for axis in (["subject"] if len(rows.known("subject")) > _OTHERS else []) + names:
            found = _worthless(rows, axis, [n for n in names if n != axis])
            if found is None:
                continue
            level, part, others, cells = found
            fastest = _fastest(prepared, part)
            yield make(
                "no_score",
                f"{rows.name('suite')}:{metric}:{axis}:{level}",
                part,
                severity="warning",
                suite=rows.name("suite"),
                subject=level if axis == "subject" else "",
                metric=metric,
                factor="" if axis == "subject" else axis,
                values={
                    "level": level,
                    "records": len(part),
                    "cells": cells,
                    "most": float(part.values.max()),
                    "lowest": float(others.values.min()),
                    "highest": float(others.values.max()),
                    **fastest,
                },
                advice="look at these answers before quoting a speed of them",
            )
            break


def _scored(prepared: Prepared) -> Iterator[tuple[Selection, str]]:
    """The scores of each suite on one test, where higher is better."""
    rows = usable(prepared)
    rows = rows.keep(np.any([rows.has("metric", m) for m in _SHARES], axis=0))
    rows = rows.keep(rows.has("stat", "sample") | rows.has("stat", "mean")) if len(rows) else rows
    for part in rows.split("suite", "metric", "definition"):
        if not part.lists and registered(part.name("metric")).direction == "higher":
            yield part, part.name("metric")


def _worthless(rows: Selection, axis: str, given: list[str]) -> tuple[str, Selection, Selection, int] | None:
    """The level that scores nothing in each condition that others share with it, and in two of them at least."""
    cells = rows.cells(given)
    if axis != "subject":
        cells = cells * (len(rows.columns.names["subject"]) + 1) + rows.codes("subject") + 1
    column = axis if axis == "subject" else FACTOR + axis
    codes = rows.codes(column)
    for code in np.unique(codes[codes >= 0]):
        mine = codes == code
        shared = [c for c in np.unique(cells[mine]) if len(np.unique(codes[(cells == c) & ~mine])) >= _OTHERS]
        here = np.isin(cells, shared)
        if len(shared) < _FEWEST or not mine[here].any() or (mine & ~here).any():
            continue
        others = rows.keep(here & ~mine)
        level = float(np.median(others.values))
        least = all(rows.values[(cells == c) & ~mine].min() > _SOME / 2 for c in shared)
        if level >= _SOME and least and rows.values[mine].max() <= _NOTHING * level:
            return rows.columns.names[column][int(code)], rows.keep(mine), others, len(shared)
    return None


def _fastest(prepared: Prepared, part: Selection) -> dict[str, float | int | str]:
    """The highest speed of these records, which nobody should quote."""
    for metric in _SPEEDS:
        values = per_record(prepared, metric)[part.number("rid")]
        if np.isfinite(values).any():
            return {"speed": float(np.nanmax(values))}
    return {}


def bits_of(level: str) -> int | None:
    """How many bits a format of weights has, as its name says: 4 of q4_K_M, 16 of bf16; None where it does not say."""
    found = _BITS.search(level)
    return int(found["bits"]) if found else None


def scores_against_bits(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite, metric and system: fewer bits that score at least twice as much as eight and more, while the
    same weights lose on another test."""
    for rows, metric in _scored(prepared):
        axis = next((f for f in FORMATS if FACTOR + f in rows.columns.codes and len(rows.levels(f)) > 3), "")
        if not axis:
            continue
        bits = {level: bits_of(level) for level in rows.levels(axis)}
        names = told_by(prepared, rows, (axis,))
        for own in rows.split("subject"):
            found = [_ends(part, axis, bits) for part in own.split(*(FACTOR + n for n in names))]
            ends = [e for e in found if e is not None]
            odd = [e for e in ends if e[1] >= _TIMES * e[0] and e[1] - e[0] >= _POINTS]
            lost = [e for e in ends if e[1] < e[0]]
            if not odd or not lost:
                continue
            many, few, part = max(odd, key=lambda e: e[1] - e[0])
            yield make(
                "score_against_bits",
                f"{rows.name('suite')}:{metric}:{own.name('subject')}",
                part,
                severity="warning",
                suite=rows.name("suite"),
                subject=own.name("subject"),
                metric=metric,
                factor=axis,
                values={
                    "few": few,
                    "many": many,
                    "condition": where(part, [n for n in names if len(rows.levels(n)) > 1], 0, subject=False),
                    "odd": len(odd),
                    "of": len(ends),
                    "lost": len(lost),
                },
                advice="look at the answers with more bits before comparing the scores",
            )


def _ends(part: Selection, axis: str, bits: dict[str, int | None]) -> tuple[float, float, Selection] | None:
    """The median score with many bits and with few under one condition, where three levels and more tell them."""
    known = np.array([bits.get(part.level(axis, i)) or 0 for i in range(len(part))])
    high, low = known >= _HIGH, (known > 0) & (known <= _LOW)
    if not high.any() or not low.any() or len(np.unique(part.factor(axis))) <= _OTHERS:
        return None
    return float(np.median(part.values[high])), float(np.median(part.values[low])), part
