"""Which alerts qualify a result, and how many records of a selection failed: looked up by every result."""

from __future__ import annotations

from chimera_report.tools.metrics import COLD_SENSITIVE
from chimera_report.tools.schema import Alert

from .alerts import base_alerts
from .once import once
from .prepared import Prepared

# Kinds that change how a result is to be read, and by what they are matched to it.
_BY_SUBJECT = frozenset({"errors", "too_few_runs", "few_sessions", "throttling", "busy", "short_telemetry"})
_BY_METRIC = frozenset({"derived_metric", "mixed_definitions", "contradiction", "implausible", "unit_in_doubt"})


@once
def _by_place(prepared: Prepared) -> dict[str, dict[str, list[tuple[int, Alert]]]]:
    """The alerts that results refer to, by suite and subject, with their place in the list."""
    by_suite: dict[str, dict[str, list[tuple[int, Alert]]]] = {}
    for i, alert in enumerate(base_alerts(prepared)):
        by_suite.setdefault(alert.suite, {}).setdefault(alert.subject, []).append((i, alert))
    return by_suite


@once
def qualifying(prepared: Prepared, suite: str, subject: str, metric: str, factor: str = "") -> tuple[str, ...]:
    """Keys of the alerts that a result on this selection has to carry."""
    return _qualifying(prepared, suite, subject, metric, factor)


def _qualifying(prepared: Prepared, suite: str, subject: str, metric: str, factor: str) -> tuple[str, ...]:
    by_subject = _by_place(prepared).get(suite, {})
    alerts = [a for name in (dict.fromkeys(("", subject)) if subject else by_subject) for a in by_subject.get(name, [])]
    out = []
    for _, alert in sorted(alerts, key=lambda a: a[0]):
        if alert.kind in _BY_SUBJECT:
            fits = not alert.metric or alert.metric == metric
        elif alert.kind in _BY_METRIC:
            fits = alert.metric == metric
        elif alert.kind == "cold_start":
            fits = metric in COLD_SENSITIVE
        elif alert.kind == "aliased_factor":
            fits = bool(factor) and alert.factor == factor
        else:
            fits = False
        if fits:
            out.append(alert.key)
    return tuple(out)
