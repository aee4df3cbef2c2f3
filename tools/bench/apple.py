"""The GPU of a Mac with Apple's own processor, by programs of macOS that need no rights.

`system_profiler SPDisplaysDataType -json` names it and its cores; `ioreg -r -d 1 -w 0 -c IOAccelerator` has
`PerformanceStatistics` of its driver: utilisation in %, memory in bytes. Power and clock are for root alone
(`powermetrics --samplers gpu_power`); they are read where this runs as root. There is no counter of energy.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

import psutil

from chimera_report.tools.bench.samples import Gpu, GpuSample

Run = Callable[[Sequence[str]], str]
EVERY_NS = 500_000_000  # between readings: each is a process of its own
_STATISTICS = re.compile(r'"PerformanceStatistics"\s*=\s*\{([^{}]*)\}')


def output(command: Sequence[str]) -> str:
    """What a program of macOS prints; "" where it is missing, fails or takes too long."""
    try:
        return subprocess.run(list(command), capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""


def here() -> bool:
    """Whether this is such a Mac."""
    return platform.system() == "Darwin" and platform.machine() == "arm64"


def gpus(run: Run = output, *, mac: bool | None = None) -> tuple[Gpu, ...]:
    """The GPU, or none where this is no such Mac. Its memory is the machine's."""
    if not (here() if mac is None else mac):
        return ()
    name, cores = _named(run(["/usr/sbin/system_profiler", "SPDisplaysDataType", "-json"]))
    name = name or run(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]).strip() or "Apple silicon"
    note = "memory is shared with the CPU; power is for root alone (powermetrics), and there is no energy counter"
    return (
        Gpu(
            index=0, name=f"{name} GPU", uuid=None, memory_mib=psutil.virtual_memory().total // 2**20,
            power_limit_w=None, mig=None, mig_devices=None, pcie_generation=None, pcie_width=None,
            energy_counter=False, instant_power=False, notes=(note,), vendor="Apple", cores=cores,
        ),
    )  # fmt: skip


def _named(text: str) -> tuple[str, int | None]:
    """(model, cores) of the first GPU that system_profiler lists."""
    try:
        listed = json.loads(text)["SPDisplaysDataType"]
        first = next(g for g in listed if isinstance(g, dict))
    except (ValueError, KeyError, TypeError, StopIteration):
        return "", None
    cores = str(first.get("sppci_cores", ""))
    return str(first.get("sppci_model") or ""), int(cores) if cores.isdecimal() else None


def sample(run: Run = output, *, root: bool | None = None) -> GpuSample:
    """One reading, each value alone."""
    stats = next((m for m in _STATISTICS.findall(run(_IOREG)) if "Device Utilization %" in m), "")
    used = _value(stats, "In use system memory")
    told = run(_POWER) if (os.geteuid() == 0 if root is None else root) else ""
    milliwatts, clock = (_line(told, name) for name in ("GPU Power", "GPU HW active frequency"))
    values: dict[str, Any] = {
        "gpu_util": _value(stats, "Device Utilization %"),
        "vram": None if used is None else used / 2**20,
        "power": None if milliwatts is None else milliwatts / 1000,
        "clock_sm": clock,
    }
    failed = tuple(f"{name}: not told" for name, value in values.items() if value is None)
    return GpuSample(0, **values, failed=failed)


_IOREG = ("/usr/sbin/ioreg", "-r", "-d", "1", "-w", "0", "-c", "IOAccelerator")
_POWER = ("/usr/bin/powermetrics", "--samplers", "gpu_power", "-n", "1", "-i", "100")


def _value(statistics: str, key: str) -> float | None:
    """A number of the driver's statistics; the quotes keep `In use system memory (driver)` apart."""
    found = re.search(rf'"{re.escape(key)}"=(\d+)(?!\d)', statistics)
    return float(found[1]) if found and len(found[1]) < 16 else None


def _line(text: str, name: str) -> float | None:
    found = re.search(rf"^{name}:\s*([\d.]+)\s*(?:mW|MHz)", text, re.MULTILINE)
    return float(found[1]) if found else None
