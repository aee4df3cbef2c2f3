"""Questions that one report can answer, made of its own names: what `/help` and clients are shown."""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World


def askable(world: World) -> tuple[str, ...]:
    """One question of each kind, in the data's own names; only those that have an answer here."""
    layer = world.layer
    core = sorted((m for m in layer.metrics if metric_of(m).core), key=lambda m: -layer.metrics[m])
    speed = next((m for m in ("decode_rate", "run_time", "e2e_latency", "ttft") if m in core), core[0] if core else "")
    systems = [s for s in world.subjects if s][:2]
    varied = [f for f, x in layer.levels.items() if len(x) > 1 and f != "prompt"]
    title = metric_of(speed).title if speed else ""
    made = []
    if speed and systems:
        made.append(f"what is the {title} of {systems[0]}?")
    if speed and len(systems) > 1:
        made += [f"how much faster is {systems[0]} than {systems[1]}?", f"rank all models by {title}"]
    if speed:
        made.append(f"what is the p95 of the {title}?")
    if speed and varied:
        made += [f"{title} by {varied[0]}", f"does {varied[0]} matter?", f"plot {title} against {varied[0]}"]
    made += ["did any records fail, and why?", "are there outliers?", "which files are duplicates?", "what should I do next?",
             "summarise the report"]  # fmt: skip
    return tuple(made)
