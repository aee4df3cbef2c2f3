"""The series that a real H100 gave at 20 Hz, replayed: windows of 10 Hz samples against all of it and nvidia-smi."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from chimera_report.tools.bench.samples import GpuSample
from chimera_report.tools.bench.windows import Sample, window

H100 = Path(__file__).parents[3] / "../shared/corpus/h100-ollama"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not H100.is_dir(), reason="the corpus is not beside the project"),
]


def series() -> list[dict[str, float]]:
    with (H100 / "nvml-20hz.csv").open(newline="") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def sample(row: dict[str, float]) -> Sample:
    gpu = GpuSample(
        0, power=row["power_inst_w"], energy_mj=int(row["energy_mj"]), vram=row["used_v2_mib"],
        gpu_util=row["gpu_util"], clock_sm=row["sm"], reasons=int(row["reasons"]),
    )  # fmt: skip
    return Sample(at=int(row["perf_ns"]), gpus=(gpu,))


def test_power_and_energy_of_fifty_windows() -> None:
    """Every second reading, as the sampler takes them, against the counter's own readings and the mean of all."""
    rows = series()
    samples = [sample(r) for r in rows[::2]]
    draw = random.Random(5)
    powers, energies = [], []
    while len(energies) < 50:
        first = draw.randrange(len(rows) - 400)
        last = first + draw.randrange(60, 300)  # 3 to 15 s
        start, end = int(rows[first]["perf_ns"]), int(rows[last]["perf_ns"])
        if end - start > (last - first) * 80e6:
            continue  # the recording has a gap there
        found = window(samples, start, end, 10.0)
        inside = rows[first : last + 1]
        mean = sum(r["power_inst_w"] for r in inside) / len(inside)
        joules = (rows[last]["energy_mj"] - rows[first]["energy_mj"]) / 1000
        assert found["energy_j"] is not None, found["energy_reason"]
        powers.append(abs(found["power"] / mean - 1))
        energies.append(abs(found["energy_j"] / joules - 1))
    assert sorted(powers)[45] < 0.03 and sorted(energies)[45] < 0.03, (max(powers), max(energies))
    assert sum(powers) / 50 < 0.01 and sum(energies) / 50 < 0.01


def test_memory_is_what_nvidia_smi_shows_and_not_the_drivers_reserve() -> None:
    """NVML's first version counts 480 MiB of the driver as used; nvidia-smi and the second version do not."""
    rows = series()
    assert {r["used_mib"] - r["used_v2_mib"] for r in rows if r["used_v2_mib"] == 0} == {480.0}
    with (H100 / "nvidia-smi.csv").open(newline="") as file:
        shown = {float(r[" memory.used [MiB]"]) for r in csv.DictReader(file)}
    seen = {r["used_v2_mib"] for r in rows}
    assert max(shown) == pytest.approx(max(seen), abs=2) and min(shown) == min(seen) == 0
