"""The series that a real H100 gave at 20 Hz, replayed through the stub of NVML: windows of 10 Hz samples, read by the
program's own calls, against all of the series and nvidia-smi."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chimera_report.tools.bench.samples import GpuSample
from chimera_report.tools.bench.windows import Sample, window

STUB = Path(__file__).parents[2] / "data/bench/nvml_stub.c"
H100 = Path(__file__).parents[3] / "../shared/corpus/h100-ollama"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not H100.is_dir(), reason="the corpus is not beside the project"),
]


def series() -> list[dict[str, float]]:
    with (H100 / "nvml-20hz.csv").open(newline="") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


# Each reading is set in the stub, and then read as the sampler reads a GPU.
READ = """
import ctypes, csv, json, sys
from dataclasses import asdict
from chimera_report.tools.bench.telemetry import open_nvml

nvml, why = open_nvml()
assert nvml is not None, why
stub = ctypes.CDLL("libnvidia-ml.so.1")
with open(sys.argv[1], newline="") as file:
    for row in list(csv.DictReader(file))[::2]:
        watts = (round(1000 * float(row[name])) for name in ("power_inst_w", "power_avg_w"))
        energy, used = map(ctypes.c_ulonglong, (int(row["energy_mj"]), int(float(row["used_v2_mib"]) * 2**20)))
        stub.stub_replay(energy, *watts, used, int(float(row["gpu_util"])), int(float(row["sm"])))
        print(json.dumps({"at": int(row["perf_ns"]), "gpu": asdict(nvml.sample(0))}))
"""


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Every second reading, as the sampler takes them at 10 Hz."""
    place = tmp_path_factory.mktemp("replay")
    command = ["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(place / "libnvidia-ml.so.1"), str(STUB)]
    subprocess.run(command, check=True)
    env = os.environ | {"LD_LIBRARY_PATH": str(place), "STUB_MODE": "normal"}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(H100 / "nvml-20hz.csv")], env=env, capture_output=True, text=True, check=True
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [Sample(at=t["at"], gpus=(GpuSample(**{k: _tupled(v) for k, v in t["gpu"].items()}),)) for t in told]


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


def test_power_and_energy_of_fifty_windows(samples: list[Sample]) -> None:
    """Against the counter's own readings and the mean of all readings. Just before a request and just after it the
    counters are read besides, as `bench` does; its edges lie anywhere between two readings of the recording."""
    rows = series()
    at, counter = [int(r["perf_ns"]) for r in rows], [r["energy_mj"] for r in rows]
    draw = random.Random(5)
    powers, energies = [], []
    while len(energies) < 50:
        first = draw.randrange(len(rows) - 400)
        last = first + draw.randrange(60, 300)  # 3 to 15 s
        if at[last + 1] - at[first] > (last - first) * 80e6:
            continue  # the recording has a gap there
        start, end = (draw.randrange(at[i], at[i + 1]) for i in (first, last))
        marks = [
            Sample(at=at[i], gpus=(GpuSample(0, energy_mj=int(counter[i])),), edge=True) for i in (first, last + 1)
        ]
        found = window(sorted([*samples, *marks], key=lambda s: s.at), start, end, 10.0)
        inside = rows[first + 1 : last + 1]
        mean = sum(r["power_inst_w"] for r in inside) / len(inside)
        joules = float(np.interp(end, at, counter) - np.interp(start, at, counter)) / 1000
        assert found["energy_j"] is not None, found["energy_reason"]
        powers.append(abs(found["power"] / mean - 1))
        energies.append(abs(found["energy_j"] / joules - 1))
    print(f"power: at most {max(powers):.4f}, energy: at most {max(energies):.4f}")
    assert max(powers) < 0.03 and max(energies) < 0.03, (sorted(powers)[-5:], sorted(energies)[-5:])
    assert sum(powers) / 50 < 0.01 and sum(energies) / 50 < 0.01, (sum(powers) / 50, sum(energies) / 50)
    assert {s.gpus[0].vram for s in samples} == {r["used_v2_mib"] for r in rows[::2]}


def test_memory_is_what_nvidia_smi_shows_and_not_the_drivers_reserve() -> None:
    """NVML's first version counts 480 MiB of the driver as used; nvidia-smi and the second version do not."""
    rows = series()
    assert {r["used_mib"] - r["used_v2_mib"] for r in rows if r["used_v2_mib"] == 0} == {480.0}
    with (H100 / "nvidia-smi.csv").open(newline="") as file:
        shown = {float(r[" memory.used [MiB]"]) for r in csv.DictReader(file)}
    seen = {r["used_v2_mib"] for r in rows}
    assert max(shown) == pytest.approx(max(seen), abs=2) and min(shown) == min(seen) == 0
