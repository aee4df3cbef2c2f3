"""Two files that state the same results but for some: where most conditions agree, one that lies far apart is an error
of one of the two."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .checked import told_by, usable, where
from .columns import Selection
from .prepared import Prepared

_METRICS = ("decode_rate", "output_throughput", "ttft", "e2e_latency", "energy_per_token", "tpot", "total_throughput")
_AGREE, _NEAR, _FAR = 1.1, 1.01, 1.5
_FEWEST = 2  # conditions in which the two files agree, or one in which they nearly give the same
_FILES = 40


def twin_files(prepared: Prepared) -> Iterator[Alert]:
    """One alert: the condition that two files state most differently, where they agree in others."""
    rows = usable(prepared)
    rows = rows.keep(rows.has("stat", "sample") | rows.has("stat", "mean"))
    best: tuple[float, Alert] | None = None
    for metric in _METRICS:
        mine = rows.keep(rows.has("metric", metric))
        for part in mine.split("definition", "stat"):
            found = _apart(prepared, part, metric)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
    if best is not None:
        yield best[1]


def _apart(prepared: Prepared, part: Selection, metric: str) -> tuple[float, Alert] | None:
    """The widest pair of values that two files give of one condition, and its alert."""
    sources = part.known("source")
    if not 2 <= len(sources) <= _FILES or part.values.min() <= 0:
        return None
    names = told_by(prepared, part)
    cells = part.cells(names) * (len(prepared.columns.names["subject"]) + 1) + part.codes("subject")
    single: dict[str, dict[int, int]] = {}  # source → condition → place of its only value
    for source in sources:
        own = part.has("source", source)
        found, counts = np.unique(cells[own], return_counts=True)
        places = np.flatnonzero(own)
        only = set(found[counts == 1].tolist())
        single[source] = {int(cells[i]): int(i) for i in places if int(cells[i]) in only}
    best: tuple[float, Alert] | None = None
    for a, b in combinations(sources, 2):
        shared = sorted(single[a].keys() & single[b].keys())
        ratios = {c: part.values[single[a][c]] / part.values[single[b][c]] for c in shared}
        ratios = {c: max(r, 1 / r) for c, r in ratios.items()}
        agree = [c for c, r in ratios.items() if r <= _AGREE]
        far = [c for c, r in ratios.items() if r >= _FAR]
        same = [c for c in agree if ratios[c] == 1.0]
        near = [c for c in agree if 1 < ratios[c] <= _NEAR]
        if not far or len(far) > len(agree) or (len(agree) < _FEWEST and not near) or len(same) == len(agree):
            continue
        cell = max(far, key=lambda c: ratios[c])
        pair = part.part(np.array([single[a][cell], single[b][cell]]))
        if not _same_settings(prepared, part, single[a][cell], single[b][cell]):
            continue
        alert = make(
            "files_disagree",
            f"{a}:{b}:{metric}",
            pair,
            severity="warning",
            subject=pair.name("subject"),
            metric=metric,
            files=(a, b),
            values={
                "first": float(pair.values[0]),
                "second": float(pair.values[1]),
                "agree": len(agree),
                "of": len(shared),
                "condition": where(pair, names, 0, subject=False),
                "ratio": float(ratios[cell]),
            },
            advice="find out which of the two is right before using either",
        )
        if best is None or ratios[cell] > best[0]:
            best = float(ratios[cell]), alert
    return best


def _same_settings(prepared: Prepared, part: Selection, a: int, b: int) -> bool:
    """Whether no factor at all that both records state tells them apart."""
    for column in prepared.columns.codes:
        if column.startswith(FACTOR) and column.removeprefix(FACTOR) not in prepared.blocks:
            codes = part.codes(column)
            if codes[a] != codes[b] and codes[a] >= 0 and codes[b] >= 0:
                return False
    return True
