"""Runs under equal settings that differ: told once a series, and only where it is no scatter."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Alert
from chimera_report.tools.stats import analyse

Rows = dict[str, list[float]]


def repeats(root: Path, files: dict[str, Rows], extra: str = "") -> list[Alert]:
    for name, models in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        head = "model,decode_tps" + (",num_ctx" if extra else "")
        lines = [f"{m},{v}{',' + extra if extra else ''}" for m, values in models.items() for v in values]
        (root / name).write_text("\n".join([head, *lines]) + "\n")
    return [a for a in analyse(ingest(root)).alerts if a.kind == "repeats_differ"]


def around(value: float, n: int = 6) -> list[float]:
    return [round(value * (1 + 0.004 * (i % 3 - 1)), 4) for i in range(n)]


NAMES = ("bench_20260424_101500.csv", "bench_20260425_091500.csv")


def test_another_day_another_rate(tmp_path: Path) -> None:
    (found,) = repeats(tmp_path, {NAMES[0]: {"llama3:8b": around(9.2)}, NAMES[1]: {"llama3:8b": around(12.5)}})
    assert found.values["ratio"] == pytest.approx(12.5 / 9.2, rel=1e-3) and found.values["runs"] == 2
    assert found.metric == "decode_rate" and set(found.files) == set(NAMES)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (around(10.0), around(10.4)),  # within a tenth
        ([6.0, 10.0, 16.0, 9.0], [8.0, 12.0, 18.0, 10.0]),  # scatter of its own
    ],
)
def test_what_scatters_anyhow_is_not_told(tmp_path: Path, first: list[float], second: list[float]) -> None:
    assert not repeats(tmp_path, {NAMES[0]: {"m:1b": first}, NAMES[1]: {"m:1b": second}})


def test_other_settings_are_no_repeat(tmp_path: Path) -> None:
    (tmp_path / NAMES[0]).write_text("model,num_ctx,decode_tps\n" + "m:1b,2048,20.0\n" * 4)
    (tmp_path / NAMES[1]).write_text("model,num_ctx,decode_tps\n" + "m:1b,8192,12.0\n" * 4)
    assert not [a for a in analyse(ingest(tmp_path)).alerts if a.kind == "repeats_differ"]


def test_single_readings_count_too_and_many_runs_are_a_sample(tmp_path: Path) -> None:
    assert repeats(tmp_path / "two", {n: {"m:1b": [v]} for n, v in zip(NAMES, (10.0, 13.0), strict=True)})
    many = {f"bench_202604{10 + i}_101500.csv": {"m:1b": [10.0 + i]} for i in range(9)}
    assert not repeats(tmp_path / "many", many)
