"""Alerts on units: a time of one file that is a thousand times the same time of another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Alert

from .alerting import make
from .prepared import Prepared

_LOW, _HIGH = 500.0, 2000.0  # a thousandfold, give or take what runs differ by

_FEWEST = 3  # values of a file whose unit is doubted


def units_in_doubt(prepared: Prepared) -> Iterator[Alert]:
    """Medians of one subject's samples of a time, by file: one alert where the extremes lie a thousandfold apart."""
    medians: dict[tuple[str, str, str], dict[str, tuple[float, str]]] = {}
    for key in prepared.measures():
        if key.level != "sample" or not key.subject or registered(key.metric).unit != "s":
            continue
        rows = prepared.rows(key)
        for source in rows.known("source"):
            place = medians.setdefault((key.subject, key.metric, key.definition), {})
            place[source] = (float(np.median(rows.values[rows.has("source", source)])), key.suite)
    for (subject, metric, definition), found in medians.items():
        low, high = min(found, key=lambda s: found[s][0]), max(found, key=lambda s: found[s][0])
        least, most = found[low][0], found[high][0]
        if (
            least > 0
            and _LOW <= most / least <= _HIGH
            and not _lone(prepared, subject, metric, definition, (low, high))
        ):
            yield make(
                "unit_in_doubt",
                f"{subject}:{metric}:{definition}",
                severity="warning",
                suite=found[high][1],
                subject=subject,
                metric=metric,
                files=(high, low),
                values={"highest": most, "lowest": least},
                advice="name the unit in the header",
            )


def _lone(prepared: Prepared, subject: str, metric: str, definition: str, sources: tuple[str, str]) -> bool:
    """Whether a file has one value or two: a first call that loads or compiles takes a thousand times as long too."""
    many = dict.fromkeys(sources, 0)
    for key in prepared.measures():
        if (key.subject, key.metric, key.definition, key.level) == (subject, metric, definition, "sample"):
            rows = prepared.rows(key)
            for source in sources:
                many[source] += int(rows.has("source", source).sum())
    return min(many.values()) < _FEWEST
