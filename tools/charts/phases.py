"""What was going on while telemetry was read: the factor whose levels follow each other in stretches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.samples import in_order
from chimera_report.tools.charts.spec import name, names, values
from chimera_report.tools.schema import FACTOR, Json, Role, Summary
from chimera_report.tools.stats import prepare

MOST_LEVELS = 6  # as many as colours that everybody can tell apart
MOST = 24  # stretches
_TELLS = 0.2  # share of the readings' variance that levels explain, from which on a setting is worth showing
_OUT = frozenset({Role.TIME, Role.REPLICATE, Role.COUNT, Role.STATUS, Role.ERROR, Role.LABEL})


@dataclass(frozen=True, slots=True)
class Phases:
    """A factor and its stretches: first and last reading, from 0, and the level that they had."""

    factor: str
    stretches: tuple[tuple[int, int, str], ...]


def phases(desk: Proofs, item: Summary) -> Phases | None:
    """The phases of the readings of an item, by a column that names them, or by the setting that explains them best."""
    rows = in_order(desk.dataset, item.suite, item.subject, item.metric, item.definition)
    if rows is None:
        return None
    prepared = prepare(desk.dataset)
    best: tuple[tuple[bool, float], str, NDArray[np.int64]] | None = None
    for factor in prepared.factors:
        codes = rows.factor(factor)
        role = desk.dataset.role_of(factor)
        levels = np.unique(codes)
        if role in _OUT or not 2 <= len(levels) <= MOST_LEVELS or levels[0] < 0:
            continue
        many = int((np.diff(codes) != 0).sum()) + 1
        if many > MOST or len(codes) < 3 * many:
            continue
        part = role is Role.COMPONENT
        told = _explained(rows.values, codes)
        if (part or told >= _TELLS) and (best is None or (part, told) > best[0]):
            best = (part, told), factor, codes
    if best is None:
        return None
    _, factor, codes = best
    known = prepared.columns.names[FACTOR + factor]
    starts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist()]
    ends = [*(s - 1 for s in starts[1:]), len(codes) - 1]
    return Phases(factor, tuple((s, e, str(known[int(codes[s])])) for s, e in zip(starts, ends, strict=True)))


def _explained(readings: NDArray[np.float64], codes: NDArray[np.int64]) -> float:
    """The share of the variance that lies between levels (eta squared)."""
    whole = float(((readings - readings.mean()) ** 2).sum())
    if not whole > 0:
        return 0.0
    parts = [readings[codes == c] for c in np.unique(codes)]
    return sum(len(p) * float((p.mean() - readings.mean()) ** 2) for p in parts) / whole


def shaded(found: Phases) -> dict[str, Json]:
    """A layer of bands behind the readings, coloured by level. The parts of a chart share one legend, named by each."""
    levels = list(dict.fromkeys(level for *_, level in found.stretches))
    shown = dict(zip(levels, names(levels), strict=True))
    told: Json = {"title": name(found.factor), "symbolOpacity": 0.6, "symbolStrokeWidth": 0}
    return {
        "data": values([{"from": s - 0.5, "to": e + 0.5, "phase": shown[level]} for s, e, level in found.stretches]),
        "mark": {"type": "rect", "style": "phase"},
        "encoding": {
            "x": {"field": "from", "type": "quantitative"},
            "x2": {"field": "to"},
            "color": {
                "field": "phase",
                "type": "nominal",
                "scale": {"domain": list(shown.values())},
                "legend": told,
            },
        },
    }
