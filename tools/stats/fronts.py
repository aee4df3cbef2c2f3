"""What can be had at once: subjects and configurations that no other beats on rate, latency, memory and energy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.metrics import AXES
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Json, Pareto, ParetoPoint, Recipe, Rows
from chimera_report.tools.thresholds import ALPHA

from .alias import splitting
from .columns import Selection
from .compare import comparison_family
from .effects import model_rows
from .intervals import MARGIN, Floats, welch
from .likeness import unlike_sides
from .prepared import Key, Prepared
from .qualify import qualifying
from .workload import workload_differs

_MOST = 100  # points
_FEWEST = 3  # observations of a point on each axis: with fewer nothing can be beaten, and the front says nothing


@dataclass(frozen=True, slots=True)
class _Side:
    logs: dict[str, Floats]
    subject: str
    condition: dict[str, str]

    @property
    def label(self) -> str:
        return self.subject if not self.condition else ", ".join(f"{k} {v}" for k, v in self.condition.items())


def paretos(prepared: Prepared) -> list[Pareto]:
    """Over the subjects of each suite, and over the configurations of each subject; only where two axes are there."""
    out = []
    for suite in dict.fromkeys(k.suite for k in prepared.measures()):
        found = [pareto(prepared, suite)]
        subjects = dict.fromkeys(k.subject for k in prepared.measures(suite) if k.level == "sample")
        found += [pareto(prepared, suite, subject) for subject in subjects]
        out += [p for p in found if len(p.axes) > 1 and len(p.points) > 1]
    return out


def pareto(prepared: Prepared, suite: str, subject: str | None = None) -> Pareto:
    """The points of a suite's subjects, or of one subject's configurations, and which of them no other beats.

    A point beats another when it is better on one axis by the rules of a comparison (samples: Welch on logs with
    Bonferroni over the pairs and axes, and ±2 %) and worse on none. Noise therefore puts points on the front, never
    off it.
    """
    keys = [k for k in prepared.measures(suite) if k.level == "sample" and not k.definition.startswith("over all")]
    if subject is None:
        keys = [k for k in keys if k.subject and not prepared.systems(k)]
        sides, axes, used = _subjects(prepared, keys)
    else:
        sides, axes, used = _configurations(prepared, [k for k in keys if k.subject == subject])
    args: dict[str, Json] = {"suite": suite} | ({"subject": subject} if subject is not None else {})
    names = [s.subject for s in sides]
    warned = (w for n in dict.fromkeys(names) for a in axes for w in qualifying(prepared, suite, n, a))
    return Pareto(
        recipe=Recipe(function="pareto", args=args),
        rows=tuple(_cited(used)),
        over=unlike_sides(prepared, used) if subject is None else (),  # a configuration is one condition
        warnings=tuple(dict.fromkeys(warned)),
        suite=suite,
        axes=tuple(axes),
        of="subjects" if subject is None else "configurations",
        subject=subject or "",
        points=tuple(_points(prepared, suite, sides, axes, subject is None)),
    )


def _cited(used: list[Selection]) -> tuple[Rows, ...]:
    return used[0].joined(*used[1:]).cite() if used else ()


def _axes(by_metric: dict[str, list[Key]], enough: int) -> list[str]:
    """The first metric of each axis that `enough` subjects have."""
    found = (next((m for m in axis if len(by_metric.get(m, [])) >= enough), "") for axis in AXES)
    return [m for m in found if m]


def _subjects(prepared: Prepared, keys: list[Key]) -> tuple[list[_Side], list[str], list[Selection]]:
    by_metric: dict[str, list[Key]] = {}
    for key in keys:
        if key.subject not in {k.subject for k in by_metric.get(key.metric, [])}:
            by_metric.setdefault(key.metric, []).append(key)
    axes = []
    for metric in _axes(by_metric, 2):
        rows = [prepared.select(k, warm=True if prepared.has_cold(k) else None) for k in by_metric[metric]]
        equal = prepared.equal_work(rows)
        same = equal is not None and all(len(e) == len(r) for e, r in zip(equal, rows, strict=True))
        positive = min(float(r.values.min(initial=math.inf)) for r in rows) > 0
        if same and positive and not any(workload_differs(prepared, metric, r) for r in rows):
            axes.append(metric)
    sides: list[_Side] = []
    used: list[Selection] = []
    if len(axes) < 2 or splitting(prepared, keys[0].suite):
        return [], [], []
    for subject in dict.fromkeys(k.subject for k in keys):
        mine = {m: next((k for k in by_metric[m] if k.subject == subject), None) for m in axes}
        chosen = {
            m: prepared.select(k, warm=True if prepared.has_cold(k) else None) for m, k in mine.items() if k is not None
        }
        if len(chosen) == len(axes) and all(len(r) >= _FEWEST for r in chosen.values()):
            sides.append(_Side({m: r.logs for m, r in chosen.items()}, subject, {}))
            used += chosen.values()
    return (sides, axes, used) if 2 <= len(sides) <= _MOST else ([], [], [])


def _configurations(prepared: Prepared, keys: list[Key]) -> tuple[list[_Side], list[str], list[Selection]]:
    by_metric: dict[str, list[Key]] = {}
    for key in keys:
        by_metric.setdefault(key.metric, []).append(key)
    sides: dict[tuple[tuple[str, str], ...], dict[str, Floats]] = {}
    axes, used = [], []
    for metric in _axes(by_metric, 1):
        rows, _ = model_rows(prepared, by_metric[metric][0])
        names = [f for f in prepared.varying(rows) if f not in prepared.blocks]
        cells = rows.cells(names)
        if not names or not 2 <= int(cells.max(initial=0)) + 1 <= _MOST or rows.values.min() <= 0:
            continue
        if prepared.given(rows):  # a configuration is chosen, its workload is not
            continue
        if workload_differs(prepared, metric, rows):
            continue
        axes.append(metric)
        used.append(rows)
        for cell in np.flatnonzero(np.bincount(cells) >= _FEWEST):
            mine = np.flatnonzero(cells == cell)
            condition = tuple((f, rows.level(f, int(mine[0]))) for f in names)
            sides.setdefault(condition, {})[metric] = rows.part(mine).logs
    full = [
        _Side(logs, keys[0].subject, dict(condition)) for condition, logs in sides.items() if len(logs) == len(axes)
    ]
    return (full, axes, used) if len(axes) > 1 and len(full) > 1 else ([], [], [])


def _points(prepared: Prepared, suite: str, sides: list[_Side], axes: list[str], subjects: bool) -> list[ParetoPoint]:
    known = {}
    if subjects:  # the comparisons matched prompts and settings: their verdicts go first
        for metric in axes:
            for c in comparison_family(prepared, suite, metric, ""):
                if c.axis == "subject" and not c.condition and c.outcome in ("higher", "lower", "equivalent"):
                    sign = {"higher": 1, "lower": -1, "equivalent": 0}[c.outcome]
                    known[metric, c.a, c.b], known[metric, c.b, c.a] = sign, -sign
    tests = len(axes) * max(len(sides) * (len(sides) - 1) // 2, 1)

    def better(a: _Side, b: _Side, metric: str) -> int:
        sign = 1 if registered(metric).direction == "higher" else -1
        found = known.get((metric, a.subject, b.subject)) if subjects else None
        return sign * (found if found is not None else _apart(a.logs[metric], b.logs[metric], tests))

    values = {m: [math.exp(float(s.logs[m].mean())) for s in sides] for m in axes}
    best = {m: (max if registered(m).direction == "higher" else min)(v) for m, v in values.items() if v}
    out = []
    for i, side in enumerate(sides):
        beaten = ""
        for other in sides:
            signs = [better(other, side, m) for m in axes] if other is not side else [0]
            if min(signs) >= 0 and max(signs) > 0 and not _maybe_worse(other, side, axes):
                beaten = other.label
                break
        out.append(
            ParetoPoint(
                subject=side.subject,
                condition=side.condition,
                values={m: values[m][i] for m in axes},
                n={m: len(side.logs[m]) for m in axes},
                front=not beaten,
                beaten_by=beaten,
                cost={m: _cost(values[m][i], best[m]) for m in axes},
            )
        )
    return out


def _cost(value: float, best: float) -> float:
    return max(value / best, best / value)


def _maybe_worse(a: _Side, b: _Side, axes: list[str]) -> bool:
    """Whether a's estimate is worse than b's by more than ±2 % on an axis: unconfirmed, but reason enough to keep b."""
    for metric in axes:
        sign = 1 if registered(metric).direction == "higher" else -1
        if sign * float(a.logs[metric].mean() - b.logs[metric].mean()) < -MARGIN:
            return True
    return False


def _apart(a: Floats, b: Floats, tests: int) -> int:
    """1, -1 or 0 for greater, less, not told: from three observations a side on."""
    if min(len(a), len(b)) < 3:
        return 0
    found = welch(float(a.mean()), float(a.var(ddof=1)), len(a), float(b.mean()), float(b.var(ddof=1)), len(b))
    if found is None or abs(found.estimate) - found.half(ALPHA / tests) <= MARGIN:
        return 0
    return 1 if found.estimate > 0 else -1
