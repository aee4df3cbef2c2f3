"""NVML: which GPUs there are and what they do. The only module that imports pynvml.

Every query is guarded alone: what a GPU or driver does not support is None with a reason, never 0.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chimera_report.tools.bench import amd, apple
from chimera_report.tools.bench.samples import Gpu, Gpus, GpuSample

POWER_INSTANT_FIELD = 186  # NVML_FI_DEV_POWER_INSTANT; PowerUsage is a 1 s average on most of Ampere and later


@dataclass(slots=True)
class Nvml:
    """An open NVML. Use `open_nvml`, then `close`."""

    lib: Any
    handles: list[Any]
    unsupported: dict[tuple[int, str], str] = field(default_factory=dict)

    def close(self) -> None:
        with contextlib.suppress(self.lib.NVMLError):  # a lost driver cannot be shut down
            self.lib.nvmlShutdown()

    def get(self, index: int, name: str, query: Callable[[], Any]) -> Any:
        """The query's value; None and a noted reason when this GPU cannot say."""
        try:
            return query()
        except self.lib.NVMLError as exc:
            self.unsupported[index, name] = _reason(self.lib, exc)
            return None

    def energy(self, index: int) -> GpuSample:
        """The energy counter alone, for the edges of a window: it is cumulative, and a reading of it is short."""
        try:
            return GpuSample(index, energy_mj=self.lib.nvmlDeviceGetTotalEnergyConsumption(self.handles[index]))
        except self.lib.NVMLError:
            return GpuSample(index)  # the full samples say why

    def pcie(self, index: int) -> tuple[float, float] | None:
        """(received, sent) over PCIe in MB/s. It blocks for 20 ms a call and is not for the thread that samples."""
        lib, handle = self.lib, self.handles[index]
        try:
            received = lib.nvmlDeviceGetPcieThroughput(handle, lib.NVML_PCIE_UTIL_RX_BYTES)
            sent = lib.nvmlDeviceGetPcieThroughput(handle, lib.NVML_PCIE_UTIL_TX_BYTES)
        except lib.NVMLError:
            return None
        return received / 1000, sent / 1000

    def sample(self, index: int) -> GpuSample:
        """One reading, each value guarded alone."""
        lib, handle = self.lib, self.handles[index]
        before = dict(self.unsupported)
        self.unsupported.clear()

        def get(name: str, query: Callable[[], Any]) -> Any:
            return self.get(index, name, query)

        util = get("utilisation", lambda: lib.nvmlDeviceGetUtilizationRates(handle))
        memory = get("memory", lambda: memory_info(lib, handle))
        power = instant_power(lib, handle)
        if power is None:
            milliwatts = get("power", lambda: lib.nvmlDeviceGetPowerUsage(handle))
            power = None if milliwatts is None else milliwatts / 1000
        out = GpuSample(
            index=index,
            gpu_util=None if util is None else float(util.gpu),
            mem_util=None if util is None else float(util.memory),
            vram=None if memory is None else memory.used / 2**20,
            power=power,
            energy_mj=get("energy", lambda: lib.nvmlDeviceGetTotalEnergyConsumption(handle)),
            clock_sm=get("SM clock", lambda: lib.nvmlDeviceGetClockInfo(handle, lib.NVML_CLOCK_SM)),
            clock_mem=get("memory clock", lambda: lib.nvmlDeviceGetClockInfo(handle, lib.NVML_CLOCK_MEM)),
            gpu_temperature=get("temperature", lambda: _temperature(lib, handle)),
            reasons=get("clock event reasons", lambda: _reasons(lib, handle)),
            processes=get("processes", lambda: _processes(lib, handle)),
            failed=tuple(f"{name}: {why}" for (_, name), why in self.unsupported.items()),
        )
        self.unsupported = before | self.unsupported
        return out


def open_nvml() -> tuple[Nvml | None, str]:
    """(an open NVML, '') or (None, why not)."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as exc:
        why = _reason(pynvml, exc)
        return None, f"no NVIDIA GPU can be read: {why}"
    nvml = Nvml(pynvml, [])
    count = nvml.get(-1, "count", pynvml.nvmlDeviceGetCount)
    for index in range(count or 0):
        handle = nvml.get(index, "handle", functools.partial(pynvml.nvmlDeviceGetHandleByIndex, index))
        if handle is not None:
            nvml.handles.append(handle)
    if not nvml.handles:
        reason = "; ".join(sorted(set(nvml.unsupported.values()))) or "the driver lists none"
        nvml.close()
        return None, f"no NVIDIA GPU can be read: {reason}"
    return nvml, ""


def gpus() -> Gpus:
    """The GPUs of this machine, and what their driver is; for the receipt and for doctor."""
    nvml, reason = open_nvml()
    if nvml is None:
        others = tuple(amd.describe(i, card) for i, card in enumerate(amd.cards())) or apple.gpus()
        return Gpus(others, reason="" if others else reason)
    try:
        lib = nvml.lib
        driver = nvml.get(-1, "driver", lib.nvmlSystemGetDriverVersion)
        cuda = nvml.get(-1, "CUDA", lib.nvmlSystemGetCudaDriverVersion)
        devices = tuple(_describe(nvml, i) for i in range(len(nvml.handles)))
        return Gpus(devices, driver, None if cuda is None else f"{cuda // 1000}.{cuda % 1000 // 10}")
    finally:
        nvml.close()


def _describe(nvml: Nvml, index: int) -> Gpu:
    lib, handle = nvml.lib, nvml.handles[index]

    def get(name: str, query: Callable[[], Any]) -> Any:
        return nvml.get(index, name, query)

    name = get("name", lambda: lib.nvmlDeviceGetName(handle))
    memory = get("memory", lambda: memory_info(lib, handle))
    bus = get("bus width", lambda: lib.nvmlDeviceGetMemoryBusWidth(handle))
    clock = get("memory clock", lambda: lib.nvmlDeviceGetMaxClockInfo(handle, lib.NVML_CLOCK_MEM))
    cores = get("cores", lambda: lib.nvmlDeviceGetNumGpuCores(handle))
    fastest = get("SM clock", lambda: lib.nvmlDeviceGetMaxClockInfo(handle, lib.NVML_CLOCK_SM))
    capability = get("compute capability", lambda: lib.nvmlDeviceGetCudaComputeCapability(handle))
    limit = get("power limit", lambda: lib.nvmlDeviceGetEnforcedPowerLimit(handle))
    mig = get("MIG", lambda: lib.nvmlDeviceGetMigMode(handle))
    mig_on = None if mig is None else mig[0] == lib.NVML_DEVICE_MIG_ENABLE
    energy = get("energy", lambda: lib.nvmlDeviceGetTotalEnergyConsumption(handle))
    silent = ("MIG", "bus width", "memory clock", "cores", "SM clock", "compute capability")
    notes = [f"{what}: {why}" for (i, what), why in nvml.unsupported.items() if i == index and what not in silent]
    if name and any(part in name for part in ("A100", "H100")):
        notes.append("the power sensor samples a quarter of the time (arXiv 2312.02741)")
    if mig_on:
        notes.append("MIG is on: utilisation and power are of the whole GPU, or not available")
    return Gpu(
        index=index,
        name=name,
        uuid=get("UUID", lambda: lib.nvmlDeviceGetUUID(handle)),
        memory_mib=None if memory is None else memory.total // 2**20,
        power_limit_w=None if limit is None else limit / 1000,
        mig=mig_on,
        mig_devices=_mig_devices(nvml, index) if mig_on else None,
        pcie_generation=get("PCIe generation", lambda: lib.nvmlDeviceGetMaxPcieLinkGeneration(handle)),
        pcie_width=get("PCIe width", lambda: lib.nvmlDeviceGetMaxPcieLinkWidth(handle)),
        energy_counter=energy is not None,
        instant_power=instant_power(lib, handle) is not None,
        notes=tuple(notes),
        bus_bits=bus,
        memory_mhz=clock,
        cores=cores,
        sm_mhz=fastest,
        capability=None if capability is None else (capability[0], capability[1]),
    )


def _mig_devices(nvml: Nvml, index: int) -> int | None:
    lib, handle = nvml.lib, nvml.handles[index]
    most = nvml.get(index, "MIG instances", lambda: lib.nvmlDeviceGetMaxMigDeviceCount(handle))
    if most is None:
        return None
    found = 0
    for i in range(most):
        try:
            lib.nvmlDeviceGetMigDeviceHandleByIndex(handle, i)
        except lib.NVMLError:
            continue  # an empty place
        found += 1
    return found


def instant_power(lib: Any, handle: Any) -> float | None:
    """Power now in W, where the driver has the field."""
    try:
        value = lib.nvmlDeviceGetFieldValues(handle, [POWER_INSTANT_FIELD])[0]
    except lib.NVMLError:
        return None
    if value.nvmlReturn != lib.NVML_SUCCESS or not value.value.uiVal:
        return None
    return float(value.value.uiVal) / 1000


def memory_info(lib: Any, handle: Any) -> Any:
    """Total and used memory without the driver's own reserve, as nvidia-smi shows it; older drivers count that as used
    (480 MiB on an H100)."""
    try:
        return lib.nvmlDeviceGetMemoryInfo(handle, version=lib.nvmlMemory_v2)
    except (lib.NVMLError_FunctionNotFound, lib.NVMLError_ArgumentVersionMismatch):
        return lib.nvmlDeviceGetMemoryInfo(handle)


def _temperature(lib: Any, handle: Any) -> float:
    try:
        return float(lib.nvmlDeviceGetTemperatureV(handle, lib.NVML_TEMPERATURE_GPU))
    except lib.NVMLError:  # older drivers have only the call that newer ones deprecate
        return float(lib.nvmlDeviceGetTemperature(handle, lib.NVML_TEMPERATURE_GPU))


def _reasons(lib: Any, handle: Any) -> int:
    try:
        return int(lib.nvmlDeviceGetCurrentClocksEventReasons(handle))
    except lib.NVMLError:
        return int(lib.nvmlDeviceGetCurrentClocksThrottleReasons(handle))


def _processes(lib: Any, handle: Any) -> tuple[tuple[int, float | None], ...]:
    try:
        found = lib.nvmlDeviceGetComputeRunningProcesses_v3(handle)
    except lib.NVMLError_FunctionNotFound:  # a driver before 510
        found = lib.nvmlDeviceGetComputeRunningProcesses_v2(handle)
    return tuple((p.pid, None if p.usedGpuMemory is None else p.usedGpuMemory / 2**20) for p in found)


def _reason(lib: Any, exc: Any) -> str:
    """An NVML error in words, also when the library that would word it is missing."""
    words = {
        lib.NVML_ERROR_LIBRARY_NOT_FOUND: "the NVIDIA driver's library is not installed",
        lib.NVML_ERROR_FUNCTION_NOT_FOUND: "the driver does not know this query",
        lib.NVML_ERROR_NOT_SUPPORTED: "not supported",
        lib.NVML_ERROR_GPU_IS_LOST: "the GPU was lost",
        lib.NVML_ERROR_NO_PERMISSION: "no permission",
        lib.NVML_ERROR_DRIVER_NOT_LOADED: "the NVIDIA driver is not loaded",
    }
    return words.get(exc.value, f"NVML error {exc.value}")
