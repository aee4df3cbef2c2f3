"""Alerts that rest on other results: spread, and settings that all behave alike; and all alerts together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .alerts import base_alerts
from .breaks import break_alerts
from .columns import Selection
from .course import course_alerts
from .effects import effects
from .likeness import settings
from .once import once
from .prepared import Key, Prepared
from .resolution import coarse_alerts
from .workload import workload_differs

_HIGH_CV = 0.10
_MIN_N = 6


@once
def alerts(prepared: Prepared) -> list[Alert]:
    """Every alert on the data; computed once."""
    breaks = break_alerts(prepared)
    told = {(a.suite, a.subject, a.metric) for a in breaks}  # a step is no trend, though it has one
    shaped = [a for a in shape_alerts(prepared) if a.kind != "trend" or (a.suite, a.subject, a.metric) not in told]
    return [*base_alerts(prepared), *shaped, *breaks]


@once
def shape_alerts(prepared: Prepared) -> list[Alert]:
    return [
        *_spread(prepared),
        *_saturated(prepared),
        *course_alerts(prepared),
        *coarse_alerts(prepared),
    ]


def _spread(prepared: Prepared) -> Iterator[Alert]:
    """A coefficient of variation of 10 % or more among warm records of one condition."""
    for key in prepared.measures():
        quiet = key.metric == "throttle" or registered(key.metric).direction == "none" or prepared.is_log(key)
        if key.level != "sample" or quiet:
            continue  # the share of slowed samples has an alert of its own
        rows = prepared.select(key, warm=True if prepared.has_cold(key) else None)
        if prepared.systems(key) or prepared.given(rows):  # other systems, or other work: they should differ
            continue
        found = _widest(prepared, key, rows)
        if found is None:
            continue
        cv, part = found
        names = settings(prepared, rows)
        condition = ", ".join(f"{n} {part.level(n)}" for n in names if part.level(n))
        yield make(
            "high_cv",
            f"{key.suite}:{key.subject}:{key.metric}:{key.definition}",
            part,
            severity="note",
            suite=key.suite,
            subject=key.subject,
            metric=key.metric,
            values={
                "cv": cv,
                "n": len(part),
                "settings": len(np.unique(rows.cells(prepared.varying(rows)))),
                **({"condition": condition} if condition else {}),
            },
            advice="find what varies between the records before comparing means",
        )


def _widest(prepared: Prepared, key: Key, rows: Selection) -> tuple[float, Selection] | None:
    """The records of the one condition that vary most, where they do by a tenth: what was varied is no spread."""
    names = settings(prepared, rows)
    best: tuple[float, Selection] | None = None
    for part in rows.split(*(FACTOR + n for n in names)) if names else [rows]:
        values = part.values
        if len(values) < _MIN_N or float(values.mean()) <= 0 or workload_differs(prepared, key.metric, part):
            continue
        cv = float(values.std(ddof=1) / values.mean())
        if cv >= _HIGH_CV and (best is None or cv > best[0]):
            best = cv, part
    return best


def _saturated(prepared: Prepared) -> Iterator[Alert]:
    """Three settings or more of a factor between which the whole interval of the effect is within ±2 %."""
    for item in effects(prepared):
        ratio, ci = item.ratio, item.ratio_ci
        if item.outcome == "negligible" and len(item.levels) >= 3 and ratio is not None and ci is not None:
            yield make(
                "saturated",
                f"{item.suite}:{item.subject}:{item.metric}:{item.definition}:{item.factor}",
                severity="note",
                suite=item.suite,
                subject=item.subject,
                metric=item.metric,
                factor=item.factor,
                files=tuple(r.source for r in item.rows),
                values={
                    "levels": ", ".join(x.level for x in item.levels),
                    "settings": len(item.levels),
                    "ratio": ratio,
                    "ratio_high": ci.high,
                },
                advice=f"vary {item.factor} further apart, or leave it",
            )
