"""A thread that samples GPUs and processes while a benchmark runs, and the windows that are cut out of its samples.

A window is the time of one phase of one request (prefill, decode) or of the idle baseline. It says how many samples it
holds and how much of its time they cover; a mean of no samples is None.
"""

from __future__ import annotations

import bisect
import itertools
import statistics
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from chimera_report.tools.bench.telemetry import SLOWING, GpuSample, Nvml, open_nvml

ENERGY_MIN_NS = 1_000_000_000  # the energy counter moves in steps of up to 100 ms: below a second it says nothing
RAPL = Path("/sys/class/powercap")
GPU_MEANS = ("gpu_util", "mem_util", "vram", "power", "clock_sm", "clock_mem", "gpu_temperature")


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading. `at` is in ns of the monotonic clock; CPU seconds are cumulative; memory in MiB."""

    at: int
    gpus: tuple[GpuSample, ...]
    system_cpu: float | None  # % of all cores since the sample before
    system_ram: float
    runner_cpu_s: float | None
    runner_ram: float | None
    rapl_uj: tuple[int, ...] | None


class Sampler:
    """Use as a context: samples from entering to leaving. With `hz` 0, or nothing to read, there are no samples."""

    def __init__(self, hz: float, port: int | None, ns: Callable[[], int]) -> None:
        self.hz = hz
        self.ns = ns
        self.samples: list[Sample] = []
        self.reasons: list[str] = []
        self._port = port
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._nvml: Nvml | None = None
        self._rapl = rapl_domains()
        self._processes: list[psutil.Process] = []

    def __enter__(self) -> Sampler:
        if self.hz <= 0:
            self.reasons.append("telemetry is off")
            return self
        self._nvml, reason = open_nvml()
        if reason:
            self.reasons.append(reason)
        if not self._rapl:
            self.reasons.append("RAPL energy of the CPU is not available here")
        psutil.cpu_percent()  # the first call has nothing to compare with
        self.find_runner()
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._nvml is not None:
            self._nvml.close()

    def find_runner(self) -> None:
        """Look for the server's processes again: after a load the runner is a new one."""
        self._processes = runner_processes(self._port) if self._port else []

    def _run(self) -> None:
        while not self._stop.wait(1 / self.hz):
            self.samples.append(self._take())

    def _take(self) -> Sample:
        cpu = ram = None
        for process in self._processes:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    ram = (ram or 0.0) + process.memory_info().rss / 2**20
                    cpu = (cpu or 0.0) + times.user + times.system
            except psutil.Error:
                continue  # it ended; find_runner looks again after the next load
        nvml = self._nvml
        return Sample(
            at=self.ns(),
            gpus=tuple(nvml.sample(i) for i in range(len(nvml.handles))) if nvml else (),
            system_cpu=psutil.cpu_percent(),
            system_ram=psutil.virtual_memory().used / 2**20,
            runner_cpu_s=cpu,
            runner_ram=ram,
            rapl_uj=read_rapl(self._rapl),
        )

    def window(self, start_ns: int, end_ns: int) -> dict[str, Any]:
        """The samples of [start, end], summed up. See `window`."""
        return window(self.samples, start_ns, end_ns, self.hz)


def window(samples: Sequence[Sample], start_ns: int, end_ns: int, hz: float) -> dict[str, Any]:
    """Means over a window, with `samples` and `coverage` (share of the expected samples, at most 1).

    GPU power and memory are sums over GPUs, other GPU values means. `energy_j` is the counters' difference at the
    edges, only for windows over a second in which no counter went backwards; `throttle` is a share of samples.
    """
    first = bisect.bisect_left(samples, start_ns, key=lambda s: s.at)
    last = bisect.bisect_right(samples, end_ns, key=lambda s: s.at)
    inside = samples[first:last]
    expected = max(1.0, (end_ns - start_ns) / 1e9 * hz)
    out: dict[str, Any] = {
        "samples": len(inside),
        "coverage": round(min(1.0, len(inside) / expected), 3) if hz else 0.0,
    }
    out["cpu_util"] = _mean([s.system_cpu for s in inside])
    out["ram"] = _mean([s.runner_ram for s in inside])
    edges = samples[max(0, first - 1) : last + 1]  # with the samples just outside, for counters
    out["runner_cores"] = _rate([(s.at, s.runner_cpu_s) for s in edges])
    if any(s.rapl_uj for s in edges):
        out["cpu_package_w"] = _rapl_power(edges)
    readings = [g for s in inside for g in s.gpus]
    if readings:
        for name in GPU_MEANS:
            out[name] = _mean([getattr(g, name) for g in readings])
        out["gpus"] = len({g.index for g in readings})
        for name in ("power", "vram"):
            if out[name] is not None:
                out[name] *= out["gpus"]
        known = [g.reasons for g in readings if g.reasons is not None]
        slow = sum(any(r & bit for bit in SLOWING.values()) for r in known)
        out["throttle"] = slow / len(known) if known else None
        out["throttle_reasons"] = sorted(n for n, bit in SLOWING.items() if any(r & bit for r in known))
        out["unavailable"] = sorted({f for g in readings for f in g.failed})
        out["energy_j"], out["energy_reason"] = energy(edges, start_ns, end_ns)
    return out


def energy(samples: Sequence[Sample], start_ns: int, end_ns: int) -> tuple[float | None, str]:
    """(J over the window from the energy counters, '') or (None, why): scaled from their span to the window's."""
    if end_ns - start_ns < ENERGY_MIN_NS:
        return None, "window under one second"
    total = 0.0
    for index in {g.index for s in samples for g in s.gpus}:
        points = [(s.at, g.energy_mj) for s in samples for g in s.gpus if g.index == index and g.energy_mj is not None]
        if len(points) < 2:
            return None, "no energy counter"
        if any(b[1] < a[1] for a, b in itertools.pairwise(points)):
            return None, "the energy counter was reset"
        span = points[-1][0] - points[0][0]
        if span < 0.9 * (end_ns - start_ns):
            return None, "the energy counter was not readable all the time"
        total += (points[-1][1] - points[0][1]) / 1000 * (end_ns - start_ns) / span
    return (total, "") if samples else (None, "no samples")


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return statistics.fmean(known) if known else None


def _rate(points: Sequence[tuple[int, float | None]]) -> float | None:
    """Cores in use by the runner: CPU seconds over seconds."""
    known = [(at, v) for at, v in points if v is not None]
    if len(known) < 2 or known[-1][1] < known[0][1]:
        return None
    return (known[-1][1] - known[0][1]) / ((known[-1][0] - known[0][0]) / 1e9)


def _rapl_power(samples: Sequence[Sample]) -> float | None:
    """Mean power of the CPU packages in W. None when a counter wrapped between two samples."""
    points = [(s.at, s.rapl_uj) for s in samples if s.rapl_uj]
    if len(points) < 2 or any(
        y < x for (_, a), (_, b) in itertools.pairwise(points) for x, y in zip(a, b, strict=True)
    ):
        return None
    return (sum(points[-1][1]) - sum(points[0][1])) * 1e-6 / ((points[-1][0] - points[0][0]) / 1e9)


def runner_processes(port: int) -> list[psutil.Process]:
    """The process that listens on a local port, and its children. [] when it is not ours to see."""
    try:
        owner = next(
            (
                c.pid
                for c in psutil.net_connections("tcp")
                if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port
            ),
            None,
        )
        if owner is None:
            return []
        process = psutil.Process(owner)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def rapl_domains() -> list[Path]:
    """Readable energy counters of the CPU packages (Linux, mostly root only)."""
    found = []
    for path in sorted(RAPL.glob("intel-rapl:[0-9]*/energy_uj")):
        try:
            path.read_text(encoding="ascii")
        except OSError:
            continue
        found.append(path)
    return found


def read_rapl(domains: Sequence[Path]) -> tuple[int, ...] | None:
    try:
        return tuple(int(p.read_text(encoding="ascii")) for p in domains) or None
    except (OSError, ValueError):
        return None
