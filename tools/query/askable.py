"""Questions that one report can answer, made of its own names: what `/help` and clients are shown."""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.judged import judged_by, speed_of
from chimera_report.tools.schema import Role

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

_LONG = 40  # letters of a name, from which on it makes no example


def askable(world: World) -> tuple[str, ...]:
    """One question of each kind, in the data's own names; only those whose metric and names this report has."""
    layer = world.layer
    metrics = [m for m in judged_by(layer) if m in layer.metrics]
    metric = speed_of(layer) or next(iter(metrics or layer.metrics), "")
    title = metric_of(metric).title if metric else ""
    systems = [s for s in world.subjects if len(s) < _LONG and world.holds(metric, subject=s)]
    rivals = next((f for f in layer.contenders if len(layer.levels[f]) > 1), "")
    names = systems if len(systems) > 1 else [x for x in layer.levels.get(rivals, ()) if len(x) < _LONG]
    loads = [f for f in layer.varying if layer.dataset.role_of(f) is Role.WORKLOAD and f not in layer.worded]
    settings = [f for f in layer.varying if layer.dataset.role_of(f).chosen and f != rivals]
    made = []
    if metric and systems:
        made.append(f"what is the {title} of {systems[0]}?")
    if metric and len(names) > 1:
        made.append(f"{names[0]} vs {names[1]}")
    if metric and len(systems) > 1:
        made.append(f"rank all models by {title}")
    made += [f"{title} by {factor}" for factor in (*loads[:1], *settings[:1])]
    if len(systems) > 1 or rivals:
        made.append(f"which {'model' if len(systems) > 1 else rivals} should we take?")
    for other in metrics:
        if other != metric and metric_of(other).direction != "none" and len(systems) > 1:
            made.append(f"which model has the best {metric_of(other).title}?")
            break
    made += ["did everything run?", "how often was it repeated?", "which files can I trust?", "what should be measured next?",
             "what must not be concluded?", *(["what hardware was it?"] if world.hardware or layer.environment else []), "summarise it"]  # fmt: skip
    return tuple(dict.fromkeys(made))
