"""Why a mean in a table has no interval: its series moves or has outliers, or settings differ over too few records."""

from __future__ import annotations

from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.schema import Alert, Summary

_MOST = 2  # rows that are told one by one
_SETTINGS = (
    "A mean over records whose settings differ has no interval where they are too few to tell settings from noise."
)


def notes(desk: Desk, rows: list[Summary], name: str) -> list[str]:
    """Sentences with placeholders on the rows that lack an interval; `name` is the metric as the table has it."""
    bare = [r for r in rows if r.level == "sample" and r.gmean is not None and r.gmean_ci is None and (r.n or 0) > 2]
    if not bare:
        return []
    alerts = {a.key: a for a in desk.analysis.alerts if a.kind in _WHY}
    told = [(r, a) for r in bare for a in [next((alerts[w] for w in r.warnings if w in alerts), None)] if a is not None]
    said = {(r.subject, a.key): (r, a) for r, a in reversed(told)}  # an alert on several conditions is told once
    found = [_sentence(desk, row, alert, name) for row, alert in reversed(said.values())][:_MOST]
    return found + ([_SETTINGS] if len(told) < len(bare) else [])


_WHY = {
    "trend": "{direction} over the order of {n} runs",
    "change_point": "moves to another level at run {run} of {of}",
    "outliers": "has {outliers} of {of} values far from the others",
    "slow_first_run": "is {first} in the first run and {others} in the others",
}


def _sentence(desk: Desk, row: Summary, alert: Alert, name: str) -> str:
    of = f" of {{{{{desk.fact(row, 'subject').id}}}}}" if row.subject else ""
    why = _WHY[alert.kind]
    for value in alert.values:
        if f"{{{value}}}" in why:
            why = why.replace(f"{{{value}}}", f"{{{{{desk.fact(alert, f'values.{value}').id}}}}}")
    return f"The {name}{of} {why}, so its mean has no interval."
