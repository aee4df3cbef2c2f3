"""Requests that took very much longer than the others of their run are told, and machines are compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Alert
from chimera_report.tools.stats import analyse, prepare
from chimera_report.tools.stats.matched import every_matched


def alerts(folder: Path, kind: str) -> list[Alert]:
    return [a for a in analyse(ingest(folder)).alerts if a.kind == kind]


def _csv(folder: Path, rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> Path:
    head = "model,max_num_seqs,throughput_req_per_sec," + ",".join(names)
    text = "\n".join(",".join(map(str, row)) for row in [(head,), *rows]) + "\n"
    (folder / "load.csv").write_text(text, encoding="utf-8")
    return folder


_NAMES = (
    ("mean_latency_sec", "median_latency_sec", "p95_latency_sec", "p99_latency_sec", "max_latency_sec"),
    ("avg_latency_s", "p50_latency_s", "p95_latency_s", "p99_latency_s", "max_latency_s"),
    ("latency_mean_s", "latency_p50_s", "latency_p95_s", "latency_p99_s", "latency_max_s"),
)


@pytest.mark.parametrize("names", _NAMES)
@pytest.mark.parametrize("worst", [60.0, 423.0])
def test_one_request_that_hangs_is_told(tmp_path: Path, names: tuple[str, ...], worst: float) -> None:
    calm = [("a", n, 100 + n, 0.9, 0.8, 1.2, 1.5, 3.0) for n in (16, 32, 64)]
    (found,) = alerts(_csv(tmp_path, [*calm, ("b", 64, 22, 0.9, 0.8, 1.2, 1.5, worst)], names), "stragglers")
    assert (found.values["records"], found.values["of"], found.values["highest"]) == (1, 4, worst)
    assert (found.subject, found.values["stat"], found.values["lowest"]) == ("b", "p50", 0.8)


def test_without_a_median_the_mean_is_the_usual_one(tmp_path: Path) -> None:
    levels = [{"concurrency": c, "latency_ms": {"mean": 900.0 + c, "max": 80_000.0}} for c in (1, 4)]
    (tmp_path / "load.json").write_text(json.dumps({"model": "m:1b", "levels": levels}), encoding="utf-8")
    (found,) = alerts(tmp_path, "stragglers")
    assert found.values["stat"] == "mean"


def test_a_delayed_hundredth_is_told_apart_from_a_tail(tmp_path: Path) -> None:
    rows = [("a", 16, 103, 1.2, 0.7, 0.82, 36.1, 37.0), ("a", 32, 299, 0.42, 0.4, 0.9, 1.5, 2.0)]
    found = alerts(_csv(tmp_path, rows, _NAMES[0]), "delayed_few")
    assert [(a.values["records"], a.values["highest"], a.values["lowest"]) for a in found] == [(1, 36.1, 0.82)]


def test_an_ordinary_tail_is_none(tmp_path: Path) -> None:
    rows = [("a", n, 100 + n, 0.9, 0.8, 2.5, 6.0, 15.0) for n in (16, 32, 64)]
    folder = _csv(tmp_path, rows, _NAMES[0])
    assert not alerts(folder, "stragglers") + alerts(folder, "delayed_few")


@pytest.mark.parametrize("column", ["gpu", "gpu_name", "gpu_model", "host"])
def test_machines_are_compared_over_equal_conditions(tmp_path: Path, column: str) -> None:
    rows = [
        f"{model},{name},{n},{speed * n * (k + 1)}\n"
        for k, model in enumerate(("a", "b"))
        for name, speed in (("L4-24GB", 2.5), ("RTX-96GB", 7.25))
        for n in (16, 32)
    ]
    (tmp_path / "r.csv").write_text(f"model,{column},max_num_seqs,throughput_req_per_sec\n{''.join(rows)}")
    found = [m for m in every_matched(prepare(ingest(tmp_path))) if m.axis == column and not m.subject]
    assert [(m.a, m.b, m.outcome, len(m.points)) for m in found] == [("RTX-96GB", "L4-24GB", "all", 4)]
