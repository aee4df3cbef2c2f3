"""What a reader calls things: a metric's noun, and the verbs that say a value or a ratio of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.per_time import OUTPUT_RATE, called
from chimera_report.tools.scored import better
from chimera_report.tools.statements.wording import article


@dataclass(frozen=True, slots=True)
class Words:
    """How a metric is spoken of. `{v}` is a value, `{x}` a ratio above 1, `{b}` what it is compared with."""

    noun: str  # "generation speed"
    value: str = ""  # "generates {v}"
    times: str = ""  # "is {x} times as fast as {b}", of the one with the higher value
    best: str = ""  # "generates fastest"
    worst: str = ""
    more: str = ""  # `times` with {x} as a percentage: "generates {x} faster than {b}"
    less: str = ""  # of the one with the lower value, where less is better: "answers {x} sooner than {b}"


_WORDS = {
    "decode_rate": Words(
        "generation speed",
        "generates {v}",
        "generates {x} times as fast as {b}",
        "generates fastest",
        "is the slowest",
        more="generates {x} faster than {b}",
    ),
    "prefill_rate": Words(
        "prompt reading speed",
        "reads prompts at {v}",
        "reads prompts {x} times as fast as {b}",
        "reads prompts fastest",
        more="reads prompts {x} faster than {b}",
    ),
    "output_throughput": Words(
        "output throughput",
        "delivers {v}",
        "delivers {x} times the throughput of {b}",
        "has the highest throughput",
        more="delivers {x} more output tokens a second than {b}",
    ),
    "total_throughput": Words(
        "total throughput",
        "handles {v}",
        "handles {x} times the throughput of {b}",
        "has the highest throughput",
        more="handles {x} more tokens a second than {b}",
    ),
    "request_rate": Words(
        "request rate",
        "completes {v}",
        "completes {x} times as many requests as {b}",
        "completes most requests",
        more="completes {x} more requests than {b}",
    ),
    "goodput": Words(
        "goodput",
        "serves {v} in time",
        "has {x} times the goodput of {b}",
        "has the highest goodput",
        more="serves {x} more in time than {b}",
    ),
    "ttft": Words(
        "time to first token",
        "sends its first token after {v}",
        "takes {x} times as long to the first token as {b}",
        "sends its first token soonest",
        "is last to send a first token",
        more="takes {x} longer to the first token than {b}",
        less="sends its first token {x} sooner than {b}",
    ),
    "ttft_incl_load": Words(
        "time to first token",
        "loads and sends its first token in {v}",
        "takes {x} times as long to load and begin as {b}",
        "loads and sends its first token soonest",
        "is last to load and send a first token",
        more="takes {x} longer to load and begin than {b}",
        less="loads and begins {x} sooner than {b}",
    ),
    "e2e_latency": Words(
        "response time",
        "answers in {v}",
        "takes {x} times as long to answer as {b}",
        "answers soonest",
        more="takes {x} longer to answer than {b}",
        less="answers {x} sooner than {b}",
    ),
    "run_time": Words(
        "run time",
        "takes {v} a run",
        "takes {x} times as long as {b}",
        "runs fastest",
        "is the slowest",
        more="takes {x} longer than {b}",
        less="takes {x} less time than {b}",
    ),
    "compile_time": Words(
        "compile time",
        "compiles in {v}",
        "takes {x} times as long to compile as {b}",
        "compiles fastest",
        more="takes {x} longer to compile than {b}",
        less="compiles {x} sooner than {b}",
    ),
    "load_time": Words(
        "load time",
        "loads in {v}",
        "takes {x} times as long to load as {b}",
        "loads fastest",
        more="takes {x} longer to load than {b}",
        less="loads {x} sooner than {b}",
    ),
    "tpot": Words(
        "time per output token",
        "needs {v}",
        "needs {x} times as long for a token as {b}",
        "needs least time for a token",
        more="needs {x} longer for a token than {b}",
        less="needs {x} less time for a token than {b}",
    ),
    "itl": Words(
        "gap between tokens",
        "leaves {v} between tokens",
        "leaves {x} times the gap of {b}",
        "has the shortest gaps",
        more="leaves {x} more time between tokens than {b}",
        less="leaves {x} less time between tokens than {b}",
    ),
    "prompt_eval_time": Words("prompt evaluation time"),
    "eval_time": Words("decoding time"),
    "vram": Words(
        "GPU memory",
        "holds {v} of GPU memory",
        "holds {x} times the GPU memory of {b}",
        "needs least GPU memory",
        more="holds {x} more GPU memory than {b}",
        less="holds {x} less GPU memory than {b}",
    ),
    "ram": Words(
        "memory",
        "holds {v} of memory",
        "holds {x} times the memory of {b}",
        "needs least memory",
        more="holds {x} more memory than {b}",
        less="holds {x} less memory than {b}",
    ),
    "energy_per_token": Words(
        "energy per token",
        "uses {v}",
        "uses {x} times the energy of {b} for a token",
        "uses least energy for a token",
        more="uses {x} more energy for a token than {b}",
        less="uses {x} less energy for a token than {b}",
    ),
    "accuracy": Words(
        "accuracy",
        "answers {v} right",
        "has {x} times the accuracy of {b}",
        "answers most questions right",
        more="answers {x} more right than {b}",
    ),
    "success_rate": Words(
        "success rate", times="succeeds {x} times as often as {b}", more="succeeds {x} more often than {b}"
    ),
}


class Measured(Protocol):
    """What has a metric, and may say how it was computed."""

    @property
    def metric(self) -> str: ...


_OUTPUT_RATE = Words(
    OUTPUT_RATE,
    "puts out {v}",
    "puts out {x} times as many tokens per second as {b}",
    "puts out most tokens per second",
    more="puts out {x} more tokens per second than {b}",
)


def words(of: str | Measured) -> Words:
    """The words of a metric, or of what was measured by its definition; those of a metric without its own are made of
    its title."""
    metric = of if isinstance(of, str) else of.metric
    name = called(metric, getattr(of, "definition", ""))
    known = (_OUTPUT_RATE if name == OUTPUT_RATE else None) if name else _WORDS.get(metric)
    noun = known.noun if known else name or metric_of(metric).title
    up = (better(metric) or metric_of(metric).direction) == "higher"
    return Words(
        noun,
        (known and known.value) or f"has {article(noun)} {noun} of {{v}}",
        (known and known.times) or f"has {{x}} times the {noun} of {{b}}",
        (known and known.best) or f"has the {'highest' if up else 'lowest'} {noun}",
        (known and known.worst) or f"has the {'lowest' if up else 'highest'} {noun}",
        (known and known.more) or f"has {article(noun)} {noun} {{x}} above that of {{b}}",
        (known and known.less) or f"has {article(noun)} {noun} {{x}} below that of {{b}}",
    )


def noun(of: str | Measured, *, warm: bool | None = None) -> str:
    """The metric as a noun: "warm time to first token"."""
    return {True: "warm ", False: "cold ", None: ""}[warm] + words(of).noun


_STATS = {
    "gmean": "geometric mean",
    "mean": "mean",
    "p50": "median",
    "p95": "95th percentile",
    "p99": "99th percentile",
}


def statistic(field: str, *, many: bool = False) -> str:
    """What a field of a summary is called."""
    name = _STATS.get(field, field)
    return name + "s" if many else name
