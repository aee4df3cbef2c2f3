"""Objects of a record that hold no result: what was wanted or sent, and what was computed from two results."""

from __future__ import annotations

import re

from chimera_report.tools.metrics import normalise

from .reading import STEP

# Objects that say what is wanted or sent, not what came out.
_ASKED_FOR = frozenset((
    "target", "targets", "threshold", "thresholds", "slo", "slos", "sla", "slas", "service_level", "limits",
    "constraints", "requirements", "gates", "budget", "expected", "extra_body", "generation_config",
    "gen_kwargs",
    "sampling_params", "sampling_parameters", "generation_params", "generation_kwargs", "payload", "request_body",
    "config", "configuration", "test_config", "benchmark_config", "acceptance_criteria", "criteria", "goals", "alerts",
))  # fmt: skip
_OF_TWO = re.compile(
    r"(?:^|_)(?:delta|diff|difference|change|speedup|ratio|relative|normali[sz]ed)s?(?:_(?:pct|percent))?$|^vs_|"
    r"_vs_base(?:line)?$"
)


def wanted(context: str) -> bool:
    """Whether what lies there was asked for, or is a difference or ratio of results, and is none itself."""
    steps = [normalise(step) for step in context.split(STEP)]
    return not _ASKED_FOR.isdisjoint(steps) or any(_OF_TWO.search(step) for step in steps)
