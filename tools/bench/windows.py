"""Samples ─► what a window of time shows: means, shares, energy; how many samples it holds and how much they cover.

A mean of no samples is None. A counter is read off at the window's edges, between the samples on either side.
"""

from __future__ import annotations

import bisect
import itertools
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from chimera_report.tools.bench.samples import SLOWING, GpuSample

ENERGY_MIN_NS = 1_000_000_000  # the energy counter moves in steps of up to 100 ms: below a second it says nothing
BEYOND = 0.1  # of the window: how far it may reach beyond the first and the last reading of a counter
GPU_MEANS = ("gpu_util", "mem_util", "clock_sm", "clock_mem", "gpu_temperature")
GPU_SUMS = ("power", "vram")


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading. `at` is in ns of the monotonic clock; CPU seconds are cumulative; memory in MiB."""

    at: int
    gpus: tuple[GpuSample, ...] = ()
    system_cpu: float | None = None  # % of all cores since the sample before
    system_ram: float | None = None
    runner_cpu_s: float | None = None
    runner_ram: float | None = None
    own_cpu_s: float | None = None  # of this process, which is the client and the sampler
    rapl_uj: tuple[int, ...] | None = None
    edge: bool = False  # of counters only, taken at the edge of a request


def window(
    samples: Sequence[Sample],
    start_ns: int,
    end_ns: int,
    hz: float,
    *,
    pids: frozenset[int] = frozenset(),
    wraps: Sequence[int] = (),
) -> dict[str, Any]:
    """Means over a window, with `samples` and `coverage` (share of the expected samples, at most 1).

    GPU power and memory are sums over GPUs, other GPU values means. `energy_j` is the counters' difference at the
    edges, only for windows over a second in which no counter went backwards; `throttle` is a share of samples.
    `pids` are the server's processes, `wraps` where the RAPL counters start anew (µJ).
    """
    first = bisect.bisect_left(samples, start_ns, key=lambda s: s.at)
    last = bisect.bisect_right(samples, end_ns, key=lambda s: s.at)
    inside = [s for s in samples[first:last] if not s.edge]
    expected = max(1.0, (end_ns - start_ns) / 1e9 * hz)
    out: dict[str, Any] = {
        "samples": len(inside),
        "coverage": round(min(1.0, len(inside) / expected), 3) if hz else 0.0,
        "cpu_util": _mean([s.system_cpu for s in inside]),
        "ram": _mean([s.runner_ram for s in inside]),
    }
    edges = samples[max(0, first - 1) : last + 1]  # with the samples just outside, for counters
    out["runner_cores"] = _cores([(s.at, s.runner_cpu_s) for s in edges])
    own = _cores([(s.at, s.own_cpu_s) for s in edges])
    out["others_cpu"] = _others(out["cpu_util"], out["runner_cores"], own)
    packages = _rapl_joules(edges, wraps)
    if packages is not None:
        out["cpu_power"] = packages / ((edges[-1].at - edges[0].at) / 1e9)
    if any(s.gpus for s in inside):
        out |= _gpus(inside, pids)
        out["energy_j"], out["energy_reason"] = energy(edges, start_ns, end_ns)
    return out


def _gpus(inside: Sequence[Sample], pids: frozenset[int]) -> dict[str, Any]:
    readings = [g for s in inside for g in s.gpus]
    indices = sorted({g.index for g in readings})
    out: dict[str, Any] = {name: _mean([getattr(g, name) for g in readings]) for name in GPU_MEANS}
    out["gpus"] = len(indices)
    for name in GPU_SUMS:
        means = [_mean([getattr(g, name) for g in readings if g.index == i]) for i in indices]
        out[name] = sum(m for m in means if m is not None) if all(m is not None for m in means) else None
    known = [g.reasons for g in readings if g.reasons is not None]
    slow = sum(any(r & bit for bit in SLOWING.values()) for r in known)
    out["throttle"] = slow / len(known) if known else None
    out["throttle_reasons"] = sorted(n for n, bit in SLOWING.items() if any(r & bit for r in known))
    lists = [[p for g in s.gpus for p in g.processes or ()] for s in inside if any(g.processes for g in s.gpus)]
    own = [[mib for pid, mib in found if pid in pids] for found in lists]
    out["runner_vram"] = _mean([sum(m for m in found if m is not None) for found in own if any(found)])
    out["other_processes"] = max((len({pid for pid, _ in found} - pids) for found in lists), default=None)
    out["unavailable"] = sorted({f for g in readings for f in g.failed})
    return out


def beside_on_gpu(window: Mapping[str, Any]) -> int | None:
    """Programs on the GPU beside the server; None where the server is not among them: in a container, the numbers of
    processes may be those outside of it."""
    found: int | None = window.get("other_processes") if window.get("runner_vram") is not None else None
    return found


def energy(samples: Sequence[Sample], start_ns: int, end_ns: int) -> tuple[float | None, str]:
    """(J over the window, summed over the GPUs, '') or (None, why).

    Each counter is read off at the window's edges, between its readings on either side; beyond the first and the last
    reading it goes on at its mean rate, for at most a tenth of the window.
    """
    if end_ns - start_ns < ENERGY_MIN_NS:
        return None, "window under one second"
    total = 0.0
    for index in {g.index for s in samples for g in s.gpus}:
        points = [(s.at, g.energy_mj) for s in samples for g in s.gpus if g.index == index and g.energy_mj is not None]
        if len(points) < 2:
            return None, "no energy counter"
        if any(b[1] < a[1] for a, b in itertools.pairwise(points)):
            return None, "the energy counter was reset"
        outside = max(0, points[0][0] - start_ns) + max(0, end_ns - points[-1][0])
        if outside > BEYOND * (end_ns - start_ns):
            return None, "the energy counter was not readable all the time"
        rate = (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0])
        total += (_at(points, end_ns) - _at(points, start_ns) + rate * outside) / 1000
    return (total, "") if samples else (None, "no samples")


def _at(points: Sequence[tuple[int, int]], at: int) -> float:
    """A counter's value between its readings; outside them, that of the nearest."""
    place = bisect.bisect_left(points, at, key=lambda p: p[0])
    if place == 0:
        return points[0][1]
    if place == len(points):
        return points[-1][1]
    (t0, v0), (t1, v1) = points[place - 1], points[place]
    return v0 + (v1 - v0) * (at - t0) / (t1 - t0)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return statistics.fmean(known) if known else None


def _cores(readings: Sequence[tuple[int, float | None]]) -> float | None:
    """Cores in use by a process: CPU seconds over seconds; `readings` are (ns, CPU seconds so far)."""
    known = [(at, used) for at, used in readings if used is not None]
    if len(known) < 2 or known[-1][1] < known[0][1] or known[-1][0] <= known[0][0]:
        return None
    return (known[-1][1] - known[0][1]) / ((known[-1][0] - known[0][0]) / 1e9)


def _others(used: float | None, server: float | None, own: float | None) -> float | None:
    """% of all cores that neither the server nor this process used; `server` and `own` in cores."""
    if used is None or server is None:
        return None
    return round(max(0.0, used - 100 * (server + (own or 0.0)) / (psutil.cpu_count() or 1)), 2)


def _rapl_joules(samples: Sequence[Sample], wraps: Sequence[int]) -> float | None:
    """J of the CPU packages from the first sample to the last; None without counters, or where one went back."""
    points = [s.rapl_uj for s in samples if s.rapl_uj]
    if len(points) < 2 or len(points) < len(samples):
        return None
    total = 0
    for before, after in itertools.pairwise(points):
        for i, (a, b) in enumerate(zip(before, after, strict=True)):
            step = b - a if b >= a else b - a + (wraps[i] if i < len(wraps) else 0)
            if step < 0:
                return None
            total += step
    return total * 1e-6
