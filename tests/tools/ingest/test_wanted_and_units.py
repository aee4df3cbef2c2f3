"""What was wanted is no result; a unit that stands beside an object's statistics is theirs; a format in a file's name
that its records deny is of something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest


@pytest.mark.parametrize(
    "wanted", ["ttft_slo_ms", "ttft_slo_attainment", "ttft_target_ms", "ttft_goal_s", "ttft_sla_ms", "ttft_deadline_ms"]
)
def test_what_was_wanted_of_a_time_is_no_time(tmp_path: Path, wanted: str) -> None:
    rows = [{"model": "owl", "concurrency": c, "ttft_s": 0.2 * c, wanted: 100.0} for c in (1, 2, 4)]
    (tmp_path / "r.json").write_text(json.dumps(rows))
    table = ingest(tmp_path).table
    assert sorted(table[table["metric"] == "ttft"]["value"]) == pytest.approx([0.2, 0.4, 0.8])


@pytest.mark.parametrize(("unit", "factor"), [("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("seconds", 1.0), ("µs", 1e-6)])
def test_the_unit_beside_statistics_is_theirs(tmp_path: Path, unit: str, factor: float) -> None:
    """Also where other columns of the file name another one."""
    rows = [
        {"model": "owl", "qps": q, "gap_ms": 50, "TTFT": {"unit": unit, "p50": 1.5 * q, "p99": 2.5 * q}} for q in (1, 2)
    ]
    (tmp_path / "r.json").write_text(json.dumps(rows))
    table = ingest(tmp_path).table
    ttft = table[(table["metric"] == "ttft") & (table["stat"] == "p50")]["value"]
    assert sorted(ttft) == pytest.approx([1.5 * factor, 3.0 * factor])


def test_two_units_beside_one_object_settle_nothing(tmp_path: Path) -> None:
    rows = [{"model": "owl", "qps": q, "TTFT": {"unit": u, "p50": 1.5}} for q, u in ((1, "s"), (2, "ms"))]
    (tmp_path / "r.json").write_text(json.dumps(rows))
    assert ingest(tmp_path).sources[0].status == "parsed"


@pytest.mark.parametrize(
    "caches", [("q8_0", "q4_0"), ("f16", "q8_0"), ("q4_0", "q5_1"), ("q8_0", "q4_1"), ("bf16", "q4_0")]
)
def test_a_format_in_the_name_that_the_records_deny_is_of_something_else(
    tmp_path: Path, caches: tuple[str, str]
) -> None:
    """Weights in Q4_K_M, and caches of two formats: nothing of the one is told as of the other."""
    for cache in caches:
        for run in (1, 2, 3):
            row = f"model,quantization,decode_tps\nowl-7b,Q4_K_M,{20 + run + len(caches[0]) * caches.index(cache)}\n"
            (tmp_path / f"{cache}_run{run}_output.csv").write_text(row)
    found = ingest(tmp_path).table
    assert set(found["factor.quantisation"]) == {"Q4_K_M"}
    told = ["suite", *(c for c in map(str, found) if c.startswith("factor."))]
    apart = [
        {tuple(row) for row in found[found["source"].str.startswith(cache)][told].fillna("").to_numpy().tolist()}
        for cache in caches
    ]
    assert apart[0] and apart[1] and not apart[0] & apart[1]
