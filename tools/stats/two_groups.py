"""Results of one condition that fall into two groups far apart: a mean of both is a value of neither."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Alert

from . import special
from .alerting import make
from .checked import per_record, usable, where
from .columns import Mask, Selection
from .intervals import Floats
from .prepared import Prepared

_METRICS = ("decode_rate", "output_throughput", "e2e_latency", "ttft", "tpot", "prefill_rate", "acceptance_rate")
_FEWEST = 30  # results of one condition
_SMALLER = 0.2  # share of the smaller group
_APART = 2.5  # the median of the one over that of the other
_ALPHA = 0.005  # of a valley between the two medians by chance; of one group it is found in one case of 700
_LENGTHS = 1.5


@dataclass(frozen=True)
class _Split:
    rows: Selection
    low: Mask
    metric: str
    condition: str

    @property
    def ratio(self) -> float:
        values = self.rows.values
        return float(np.median(values[~self.low]) / np.median(values[self.low]))


def two_groups(prepared: Prepared) -> Iterator[Alert]:
    """One alert a metric: under how many conditions the results fall into two groups, and the widest of them."""
    rows = usable(prepared)
    rows = rows.keep(rows.has("stat", "sample"))
    for metric in _METRICS:
        mine = rows.keep(rows.has("metric", metric))
        if len(mine) < _FEWEST or mine.lists:
            continue
        found, tried = [], 0
        for part in mine.split("suite", "subject", "definition"):
            names = [f for f in prepared.varying(part) if f not in prepared.blocks]
            cells = part.cells(names)
            for cell in np.unique(cells):
                one = part.keep(cells == cell)
                if len(one) < _FEWEST or one.values.min() <= 0:
                    continue
                tried += 1
                low = split(np.log(one.values))
                if low is not None:
                    found.append(_Split(one, low, metric, where(one, names, 0, subject=False)))
        if not found:
            continue
        worst = max(found, key=lambda s: s.ratio)
        values = worst.rows.values
        yield make(
            "two_groups",
            f"{metric}",
            worst.rows,
            severity="warning",
            suite=worst.rows.name("suite"),
            subject=worst.rows.name("subject"),
            metric=metric,
            values={
                "low": int(worst.low.sum()),
                "high": int((~worst.low).sum()),
                "low_median": float(np.median(values[worst.low])),
                "high_median": float(np.median(values[~worst.low])),
                "mean": float(values.mean()),
                "median": float(np.median(values)),
                "cells": len(found),
                "of": tried,
                **({"condition": worst.condition} if worst.condition else {}),
                **_lengths(prepared, worst),
            },
            advice=f"look at what tells the two groups apart before quoting a mean of {registered(metric).title}",
        )


def split(logs: Floats) -> Mask | None:
    """Which of these logarithms are of the lower of two groups with a valley between them; None where there is none."""
    order = np.sort(logs)
    size = len(order)
    first, last = int(np.ceil(_SMALLER * size)), int(np.floor((1 - _SMALLER) * size))
    if last <= first:
        return None
    # The cut that leaves the least spread within the two (Otsu's).
    total = np.cumsum(order)
    places = np.arange(first, last + 1)
    left = total[places - 1] / places
    right = (total[-1] - total[places - 1]) / (size - places)
    between = places * (size - places) * (right - left) ** 2
    cut = int(places[int(np.argmax(between))])
    low, high = float(np.median(order[:cut])), float(np.median(order[cut:]))
    if high - low < np.log(_APART):
        return None
    third = (high - low) / 3
    middle = int(((order > low + third) & (order < high - third)).sum())
    beside = min(((order >= low) & (order <= low + third)).sum(), ((order >= high - third) & (order <= high)).sum())
    # Of one group the middle holds no fewer than the emptier of the two sides.
    valley = special.bdtr(middle, middle + int(beside), 0.5) < _ALPHA
    edges = order[cut] if cut < size else order[-1]
    mask: Mask = logs < edges
    share = min(mask.mean(), 1 - mask.mean())
    return mask if valley and share >= _SMALLER else None


def _lengths(prepared: Prepared, found: _Split) -> dict[str, float | int | str]:
    """How long the answers of the two groups are, where that goes with it."""
    tokens = per_record(prepared, "output_tokens", ("sample",))[found.rows.number("rid")]
    if not np.isfinite(tokens).all():
        return {}
    low, high = float(np.median(tokens[found.low])), float(np.median(tokens[~found.low]))
    apart = max(low, high) >= _LENGTHS * max(min(low, high), 1.0)
    return {"low_tokens": round(low), "high_tokens": round(high)} if apart else {}
