"""What tools call the number of requests that failed, that succeeded, and that were sent."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chimera_report.tools.metrics import normalise

FAILED = re.compile(
    r"(?:num(?:ber)?_|n_|total_)?(?:failed|failures|errored|errors|unsuccessful)(?:_?(?:requests|count|runs|prompts|samples|total|tasks|calls|queries|jobs))?|"
    r"(?:requests|runs)_(?:failed|errored)|(?:error|failure|fail)_count|(?:num_|n_)requests_failed"
)
DONE = re.compile(
    r"(?:num(?:ber)?_|n_|total_)?(?:completed|successful|succeeded)(?:_(?:requests|tasks|calls|queries|jobs|prompts))?|(?:requests|runs|tasks|calls)_(?:completed|succeeded|"
    r"successful)|success_count|(?:num_|n_)success(?:es)?|"
    r"(?:num_|n_|total_)?(?:samples|requests|queries|prompts|items|tasks|calls)_processed"
)
ALL = re.compile(
    r"(?:num(?:ber)?_|n_|total_)(?:requests|prompts)|requests?_(?:total|count|sent)|(?:num_)?total_requests|attempted(?:_requests)?|request_count|"
    r"(?:num_|n_)requests_(?:started|sent|total)|(?:num_|n_|total_)?(?:items|questions|tasks)"
)


def counts_failures(label: str) -> bool:
    """Whether a header names one of these numbers, so that the failures of its records are told from it."""
    name = normalise(label)
    return any(pattern.fullmatch(name) for pattern in (FAILED, DONE, ALL))


_MACHINE = frozenset(("device_properties", "gpu_properties", "hardware", "sysinfo", "host", "machine", "environment"))
_HELPERS = _MACHINE | {"telemetry", "monitor", "monitoring"}
_LOOKING = frozenset(
    ("detection", "detect", "probe", "telemetry", "monitor", "monitoring", "nvml", "sensor", "version")
)


def about_machine(place: str) -> bool:
    """Whether what lies there describes the machine: `gpu_info/temperature_c` was read once, and measures nothing."""
    return place.endswith(("_info", "_resources")) or place in _MACHINE


def of_helper(steps: Iterable[str], name: str) -> bool:
    """Whether an error is that of a look at the machine, `hardware/cpu/detection_error`: no run failed by it."""
    return bool({normalise(s) for s in steps} & _HELPERS) or bool(set(name.split("_")) & _LOOKING)
