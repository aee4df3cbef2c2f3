"""A label that another field of the same record contradicts: "device cuda" beside `CPUExecutionProvider`.

The label stays, and says what the record says: a comparison then never takes the run for one on the GPU.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import RAN_ON_CPU

from . import cells
from .reading import STEP, Column
from .rows import Coded

# What a record says of where it ran in fact. ONNX Runtime lists execution providers, the first that fits is used.
_RAN = frozenset(
    ("providers", "provider", "execution_provider", "execution_providers", "session_providers", "active_providers",
     "actual_device", "device_used", "used_device", "ran_on", "device_actual")
)  # fmt: skip
_ON_CPU = re.compile(r"\s*(?:cpu|cpuexecutionprovider)(?:\s*:\s*\d+)?\s*", re.IGNORECASE)
_GPU = re.compile(r"(?:cuda|gpu|rocm|hip|mps|metal|xpu|vulkan|tensorrt|dml|directml)(?::\d+)?", re.IGNORECASE)


def truthful(table: Mapping[str, Column], factors: dict[str, Coded]) -> dict[str, Coded]:
    """The factors, with the device of each record that names a GPU and ran on the CPU said to be that."""
    device = factors.get("device")
    if device is None or not any(_GPU.fullmatch(level) for level in device.levels):
        return factors
    on_cpu = np.zeros(len(device.codes), dtype=bool)
    for name, column in table.items():
        if normalise(name.rpartition(STEP)[2]) in _RAN:
            told = cells.mapped(column, cells.text)
            only = np.array([*(all(map(_ON_CPU.fullmatch, t.split(","))) for t in told.levels), False], dtype=bool)
            on_cpu |= only[told.codes]
    named = np.array([*(_GPU.fullmatch(level) is not None for level in device.levels), False], dtype=bool)[device.codes]
    wrong = on_cpu & named
    if not wrong.any():
        return factors
    levels = [*device.levels, *(f"{level}{RAN_ON_CPU}" for level in device.levels)]
    return {**factors, "device": Coded(np.where(wrong, device.codes + len(device.levels), device.codes), levels)}


_BITS = frozenset(("2", "3", "4", "5", "6", "8", "16", "32"))


def in_bits(factors: dict[str, Coded]) -> dict[str, Coded]:
    """The factors, with a quantisation that is told by numbers alone in bits: `16`, `8` and `4` are no names."""
    held = factors.get("quantisation")
    if held is None or not held.levels or not _BITS.issuperset(held.levels):
        return factors
    return {**factors, "quantisation": Coded(held.codes, [f"{level} bit" for level in held.levels])}
