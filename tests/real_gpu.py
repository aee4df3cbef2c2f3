"""`make gpu`: the telemetry of `bench` against `nvidia-smi`, on a machine with an NVIDIA GPU. About five minutes.

Prints what `doctor` finds, then holds 50 windows of 3 to 6 s against what nvidia-smi reads 20 times a second meanwhile:
power (mean) and energy (its course, summed) within 3 %, memory within 2 MiB. Copies within the GPU's memory load it in
every second window. With an `ollama` on PATH (or OLLAMA=path) `make test-ollama` follows, on the GPU then. Ends with 1
where something does not hold, with 2 where there is no GPU. GPU_WINDOWS and GPU_SECONDS make it shorter.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

from chimera_report.tools.bench import cuda
from chimera_report.tools.bench.sampler import Sampler
from chimera_report.tools.bench.telemetry import gpus

WINDOWS = int(os.environ.get("GPU_WINDOWS", "50"))
SECONDS = float(os.environ.get("GPU_SECONDS", "3"))  # of the shortest window; the longest is twice that
QUERY = ["--query-gpu=index,power.draw.instant,memory.used", "--format=csv,noheader,nounits", "-lms", "50"]
LIMIT, MIB = 0.03, 2.0
NO_PORT = 9  # the discard service: no server's processes are looked for
Reading = tuple[int, int, float, float]  # ns, GPU, W, MiB


def watch(process: subprocess.Popen[str], readings: list[Reading]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        parts = [p.strip() for p in line.split(",")]
        try:
            readings.append((time.perf_counter_ns(), int(parts[0]), float(parts[1]), float(parts[2])))
        except (ValueError, IndexError):  # "[N/A]": this GPU has no such reading
            continue


def mean(readings: list[Reading], start: int, end: int, what: int) -> float:
    """Of a quantity within a window, summed over the GPUs."""
    inside = [r for r in readings if start <= r[0] <= end]
    return sum(statistics.fmean(r[what] for r in inside if r[1] == i) for i in {r[1] for r in inside})


def joules(readings: list[Reading], start: int, end: int) -> float:
    """The area below the course of the power, to the window's edges, summed over the GPUs."""
    total = 0.0
    for index in {r[1] for r in readings}:
        mine = [(r[0], r[2]) for r in readings if r[1] == index]
        inside = [p for p in mine if start <= p[0] <= end]
        course = [(start, inside[0][1]), *inside, (end, inside[-1][1])]
        total += sum((b[0] - a[0]) / 1e9 * (a[1] + b[1]) / 2 for a, b in pairwise(course))
    return total


def load(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if cuda.copied(timeout_s=30) is None:
            time.sleep(max(0.0, until - time.monotonic()))


def compare() -> list[str]:
    """What does not hold, of all windows."""
    draw, wrong, readings = random.Random(5), [], []
    powers, energies, memories = [], [], []
    process = subprocess.Popen(["nvidia-smi", *QUERY], stdout=subprocess.PIPE, text=True)
    reader = threading.Thread(target=watch, args=(process, readings), daemon=True)
    reader.start()
    try:
        with Sampler(10.0, NO_PORT, time.perf_counter_ns) as sampler:
            time.sleep(1)
            for number in range(WINDOWS):
                length = draw.uniform(SECONDS, 2 * SECONDS)
                sampler.mark()
                start = time.perf_counter_ns()
                worker = threading.Thread(target=load, args=(length if number % 2 else 0.0,))
                worker.start()
                time.sleep(length)
                end = time.perf_counter_ns()
                sampler.mark()
                worker.join()
                found = sampler.window(start, end)
                if found.get("power") is None or found.get("energy_j") is None:
                    wrong.append(f"window {number}: {found.get('energy_reason') or 'no power'}")
                    continue
                powers.append(found["power"] / mean(readings, start, end, 2) - 1)
                energies.append(found["energy_j"] / joules(readings, start, end) - 1)
                memories.append(found["vram"] - mean(readings, start, end, 3))
    finally:
        process.terminate()
        process.wait(10)
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()
    for name, found_, limit, unit in (
        ("power", powers, LIMIT, ""), ("energy", energies, LIMIT, ""), ("memory", memories, MIB, " MiB"),
    ):  # fmt: skip
        if not found_:
            wrong.append(f"{name}: nothing to compare")
            continue
        far = max(found_, key=abs)
        print(f"{name:7} {len(found_)} windows: median {statistics.median(found_):+.4f}, farthest {far:+.4f}{unit}")
        if abs(far) > limit:
            wrong.append(f"{name}: {far:+.4f}{unit}, more than {limit:g}{unit}")
    return wrong


def main() -> int:
    subprocess.run([str(Path(sys.executable).parent / "chimera-report"), "doctor"], check=False)
    found = gpus()
    if not any(g.vendor == "NVIDIA" for g in found.devices):
        print(f"no NVIDIA GPU to compare with: {found.reason}")
        return 2
    print(f"{found.devices[0].words}, driver {found.driver}, CUDA {found.cuda}", flush=True)
    wrong = compare()
    print("\n".join(wrong) or "power, energy and memory are those of nvidia-smi", flush=True)
    real = subprocess.run([sys.executable, str(Path(__file__).parent / "real_ollama.py")], check=False).returncode
    return 1 if wrong or real else 0


if __name__ == "__main__":
    sys.exit(main())
