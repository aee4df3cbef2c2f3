"""By which metrics a choice is judged: one of speed, of quality, and of what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of

if TYPE_CHECKING:
    from chimera_report.tools.query.layer import Layer

# What a set of models is judged by where nothing is said: speed first.
SPEEDS = (
    "decode_rate",
    "output_throughput",
    "total_throughput",
    "request_rate",
    "ttft",
    "ttft_incl_load",
    "e2e_latency",
    "run_time",
    "prefill_rate",
    "tpot",
    "itl",
)
QUALITY = ("accuracy", "quality", "score", "pass_rate", "exact_match", "f1", "perplexity")
COSTS = ("vram", "ram", "power", "energy", "energy_per_token", "model_size")


def speed_of(layer: Layer) -> str:
    """The metric of speed that most of the data is about, the first of the order where several have about as much."""
    held = [m for m in SPEEDS if m in layer.metrics]
    own = [m for m in held if m != "prefill_rate"] or held
    most = max((layer.metrics[m] for m in own), default=0)
    return next((m for m in own if 3 * layer.metrics[m] >= most), "")


def _of_speed(metric: str) -> bool:
    """Whether a metric is a rate of work or a time that it takes."""
    return metric in SPEEDS or metric.endswith(("_rate", "_throughput", "_latency"))


def judged_by(layer: Layer, first: str = "") -> list[str]:
    """The metrics that a choice rests on, that the data holds: one of speed, of quality and of what it costs each."""
    made = [first] if first else []
    for family in (SPEEDS, QUALITY, COSTS):
        held = speed_of(layer) if family is SPEEDS else next((m for m in family if m in layer.metrics), "")
        if held and first not in family:
            made.append(held)
        if family is SPEEDS and (
            main := made[0] if made else ""
        ):  # a rate and a time, which may speak against each other
            way = metric_of(main).direction
            made += [
                m
                for m in (*SPEEDS, *layer.metrics)
                if m in layer.metrics and metric_of(m).direction != way and _of_speed(m)
            ][:1]
    return list(dict.fromkeys(made))
