"""Logs of hardware: what goes on in them is no choice of anybody's, and none of it is a result of a system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Role
from chimera_report.tools.stats import analyse

LINES = 24


def nvml(i: int) -> str:
    power = f"{3868791 + 7000 * i},72.7,{72 + i % 5}"
    return f"{1000 + 50 * i},{power},{i % 3},480.0,{i % 2}.0,345,2619,{44 + i % 4},{i % 2},{i % 3}"


def smi(i: int) -> str:
    return f"2026/11/28 02:31:{i:02d}.191, {73 + i % 3}.07, 72.71, {i % 7}, 0, 345, 2619, {44 + i % 4}, 0x{i % 2}"


def rocm(i: int) -> str:
    return f"card0,{1700000000 + i},{44 + i % 4}.0,{35 + i % 6}.0,{i % 9},{i % 2}"


def host(i: int) -> str:
    return f"2026-11-28T02:31:{i:02d},{10 + i % 7}.5,{2000 + i % 3},{i % 4}"


def ours(i: int) -> str:
    return f"{i / 10},{180 + i % 5},{50 + i % 4},{1980 - 15 * (i % 2)},{i % 2},{4 + i % 3}"


SHAPES: list[tuple[str, Callable[[int], str], set[str]]] = [
    (
        "perf_ns,energy_mj,power_avg_w,power_inst_w,gpu_util,used_mib,used_v2_mib,sm,mem,temp,reasons,nproc", nvml,
        {"power", "gpu_util", "vram", "clock_sm", "clock_mem", "gpu_temperature"},
    ),
    (
        "timestamp, power.draw.instant [W], power.draw.average [W], utilization.gpu [%], utilization.memory [%], "
        "clocks.current.sm [MHz], clocks.current.memory [MHz], temperature.gpu, clocks_event_reasons.active", smi,
        {"power", "gpu_util", "mem_util", "clock_sm", "clock_mem", "gpu_temperature"},
    ),
    (
        "device,time,Temperature (Sensor edge) (C),Average Graphics Package Power (W),GPU use (%),level", rocm,
        {"power", "gpu_util", "gpu_temperature"},
    ),
    ("timestamp,cpu_util,mem_used_mb,users_logged_in", host, {"cpu_util", "ram"}),
    ("elapsed_s,power_w,temperature,sm_clock_mhz,state_code,fans", ours, {"power", "gpu_temperature", "clock_sm"}),
]  # fmt: skip


@pytest.mark.parametrize(("head", "line", "metrics"), SHAPES, ids=["nvml", "nvidia-smi", "rocm-smi", "host", "watts"])
def test_a_log_of_hardware_has_readings_and_no_settings(
    tmp_path: Path, head: str, line: Callable[[int], str], metrics: set[str]
) -> None:
    (tmp_path / "watch.csv").write_text("\n".join([head, *map(line, range(LINES))]) + "\n")
    dataset = ingest(tmp_path)
    assert set(dataset.table["metric"]) == metrics
    settings = [c for c in dataset.table.columns if c.startswith("factor.") and dataset.table[c].nunique() > 1]
    assert settings == []
    told = [a for reading in dataset.readings.values() for a in reading]
    assert not [a.name for a in told if a.role is Role.UNKNOWN or (a.role is Role.SETTING and a.name != "device")]
    analysis = analyse(dataset)
    assert not analysis.effects and not analysis.rankings


def test_power_now_goes_before_a_mean_and_a_counter_is_no_energy_of_a_line(tmp_path: Path) -> None:
    head, line, _ = SHAPES[0]
    (tmp_path / "watch.csv").write_text("\n".join([head, *map(line, range(LINES))]) + "\n")
    table = ingest(tmp_path).table
    assert set(table[table["metric"] == "power"]["column"]) == {"power_inst_w"}
    assert list(table[table["metric"] == "power"]["value"])[:5] == [72, 73, 74, 75, 76]
    assert set(table[table["metric"] == "vram"]["column"]) == {"used_v2_mib"}


@pytest.mark.parametrize(
    "head", ["num_ctx,temperature,power_w,gpu_util,tokens_s", "step,temperature,top_p,power_w,accuracy"]
)
def test_a_table_of_results_is_none(tmp_path: Path, head: str) -> None:
    rows = [f"{1024 * (1 + i % 2)},{0.5 * (i % 3)},{180 + i},{50 + i % 9},{40 + i % 5}" for i in range(LINES)]
    (tmp_path / "runs.csv").write_text(
        "\n".join(["timestamp," + head, *(f"2026-11-28T02:31:{i:02d},{r}" for i, r in enumerate(rows))]) + "\n"
    )
    assert "factor.temperature" in ingest(tmp_path).table.columns
