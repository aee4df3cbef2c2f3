"""GPUs and readings of them, whoever made them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

# Clock event reasons that slow a GPU down. Idle, application clocks, sync boost and display clocks are settings.
SLOWING = {
    "sw_power_cap": 0x4,
    "hw_slowdown": 0x8,
    "sw_thermal": 0x20,
    "hw_thermal": 0x40,
    "hw_power_brake": 0x80,
}


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU, by what decides its speed. Memory in MiB, power in W."""

    index: int
    name: str | None
    uuid: str | None
    memory_mib: int | None
    power_limit_w: float | None
    mig: bool | None
    mig_devices: int | None  # instances, where MIG is on
    pcie_generation: int | None  # at most: an idle link steps down
    pcie_width: int | None
    energy_counter: bool
    instant_power: bool
    notes: tuple[str, ...] = ()  # what could not be read, and why; known limits of the sensor
    vendor: str = "NVIDIA"
    bus_bits: int | None = None  # width of the memory bus
    memory_mhz: int | None = None  # highest clock of the memory
    cores: int | None = None
    sm_mhz: int | None = None  # highest clock of the multiprocessors
    capability: tuple[int, int] | None = None  # CUDA's

    @property
    def words(self) -> str:
        """The GPU for a person: its name, memory, limits."""
        parts = [
            f"{self.memory_mib} MiB" if self.memory_mib else "",
            f"{self.power_limit_w:g} W at most" if self.power_limit_w else "",
        ]
        if self.mig:
            parts.append(f"MIG on, {self.mig_devices if self.mig_devices is not None else 'unknown many'} instances")
        told = ", ".join(p for p in parts if p)
        return f"{self.name or f'{self.vendor} GPU {self.index}'}" + (f" ({told})" if told else "")

    def to_dict(self) -> dict[str, Any]:
        """The fields as they stand in a receipt: MiB, MHz, W."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Gpus:
    """All GPUs, or why there are none."""

    devices: tuple[Gpu, ...] = ()
    driver: str | None = None
    cuda: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GpuSample:
    """One reading of one GPU: % of time, MiB, W, mJ since the driver's load, MHz, °C, bit mask, processes."""

    index: int
    gpu_util: float | None = None
    mem_util: float | None = None
    vram: float | None = None
    power: float | None = None
    energy_mj: int | None = None
    clock_sm: float | None = None
    clock_mem: float | None = None
    gpu_temperature: float | None = None
    reasons: int | None = None
    processes: tuple[tuple[int, float | None], ...] | None = None  # that compute on it: process id, MiB
    failed: tuple[str, ...] = ()
