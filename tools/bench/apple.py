"""The GPU of a Mac with Apple's own processor: its name and memory. Its power is for root alone (powermetrics)."""

from __future__ import annotations

import platform
import subprocess

import psutil

from chimera_report.tools.bench.samples import Gpu


def gpus() -> tuple[Gpu, ...]:
    """The GPU, or none where this is no such Mac. Its memory is the machine's."""
    if platform.system() != "Darwin" or platform.machine() != "arm64":
        return ()
    try:
        asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        name = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        name = "Apple silicon"
    note = "memory is shared with the CPU; power and utilisation are for root alone (powermetrics)"
    return (
        Gpu(
            index=0, name=f"{name} GPU", uuid=None, memory_mib=psutil.virtual_memory().total // 2**20,
            power_limit_w=None, mig=None, mig_devices=None, pcie_generation=None, pcie_width=None,
            energy_counter=False, instant_power=False, notes=(note,), vendor="Apple",
        ),
    )  # fmt: skip
