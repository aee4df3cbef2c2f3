"""AMD GPUs by the files of Linux's amdgpu driver: no library, no rights.

Units are the kernel's (Documentation/gpu/amdgpu/thermal.rst, Documentation/hwmon/sysfs-interface.rst): bytes, µW, m°C,
Hz, %. There is no counter of energy and no list of processes; what a card does not have is None, never 0.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from chimera_report.tools.bench.samples import Gpu, GpuSample

DRM = Path("/sys/class/drm")
VENDOR = "0x1002"


def cards(root: Path = DRM) -> list[Path]:
    """The device folders of AMD's GPUs, in the order of their numbers."""
    every = sorted(root.glob("card[0-9]*"), key=lambda p: (len(p.name), p.name))
    own = [p / "device" for p in every if re.fullmatch(r"card\d+", p.name)]  # not its connectors: card0-DP-1
    return [device for device in own if _text(device / "vendor") == VENDOR]


def describe(index: int, card: Path) -> Gpu:
    """One card, by what decides its speed."""
    total, limit = _number(card / "mem_info_vram_total"), _number(_sensor(card, "power1_cap"))
    product = _text(card / "product_name") or f"AMD GPU {_text(card / 'device')}".strip()
    return Gpu(
        index=index,
        name=product,
        uuid=_text(card / "unique_id") or None,
        memory_mib=None if total is None else int(total // 2**20),
        power_limit_w=None if limit is None else limit / 1e6,
        mig=None,
        mig_devices=None,
        pcie_generation=None,
        pcie_width=_whole(card / "max_link_width"),
        energy_counter=False,
        instant_power=_number(_sensor(card, "power1_input")) is not None,
        notes=("read from sysfs: no energy counter, no processes",),
        vendor="AMD",
    )


def sample(index: int, card: Path) -> GpuSample:
    """One reading, each value alone."""
    values: dict[str, Any] = {
        "gpu_util": _number(card / "gpu_busy_percent"),
        "mem_util": _number(card / "mem_busy_percent"),
        "vram": _scaled(card / "mem_info_vram_used", 2**20),
        "power": _scaled(_sensor(card, "power1_input"), 1e6) or _scaled(_sensor(card, "power1_average"), 1e6),
        "gpu_temperature": _scaled(_sensor(card, "temp1_input"), 1e3),
        "clock_sm": _scaled(_sensor(card, "freq1_input"), 1e6),
        "clock_mem": _scaled(_sensor(card, "freq2_input"), 1e6),
    }
    failed = tuple(f"{name}: not in sysfs" for name, value in values.items() if value is None)
    return GpuSample(index, **values, failed=failed)


def _sensor(card: Path, name: str) -> Path:
    return next(iter(sorted(card.glob(f"hwmon/hwmon*/{name}"))), card / "none" / name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()[:200]
    except OSError:
        return ""


def _number(path: Path) -> float | None:
    try:
        return float(_text(path))
    except ValueError:
        return None


def _whole(path: Path) -> int | None:
    value = _number(path)
    return None if value is None else int(value)


def _scaled(path: Path, unit: float) -> float | None:
    value = _number(path)
    return None if value is None else value / unit
