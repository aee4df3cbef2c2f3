"""A file that sums up its siblings is used once; its parts are no runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.claims.failures import failures, setup
from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, PART


def _bench(rate: float, done: int, asked: int, ttft: float, load: int = 16) -> dict[str, Any]:
    """What `vllm bench serve` writes, as far as it matters here."""
    return {
        "model_id": "a/model-8b", "backend": "vllm", "num_prompts": asked, "max_concurrency": load, "completed": done,
        "duration": 25.0, "request_throughput": rate / 250, "output_throughput": rate,
        "total_token_throughput": rate * 21, "mean_ttft_ms": ttft, "median_ttft_ms": ttft * 0.9,
    }  # fmt: skip


def _all(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts and rates summed, times averaged."""
    out = dict(parts[0])
    for key in ("num_prompts", "completed", "request_throughput", "output_throughput", "total_token_throughput"):
        out[key] = sum(p[key] for p in parts)
    for key in ("mean_ttft_ms", "median_ttft_ms", "duration"):
        out[key] = sum(p[key] for p in parts) / len(parts)
    return out


def _write(folder: Path, name: str, document: dict[str, Any]) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")


_PARTS = [_bench(300.0, 90, 100, 200.0), _bench(310.0, 95, 100, 230.0), _bench(290.0, 100, 100, 180.0)]


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        ("all-parts/conc16.json", "part{i}/conc16.json"),
        ("aggregate.json", "client_{i}.json"),
        ("combined/result.json", "worker-{i}/result.json"),
        ("bench_total.json", "bench_{i}.json"),
        ("run.json", "run_rank{i}.json"),
    ],
)
def test_the_sum_of_its_siblings_stands_for_them(whole: str, part: str, tmp_path: Path) -> None:
    for i, document in enumerate(_PARTS, 1):
        _write(tmp_path, part.format(i=i), document)
    _write(tmp_path, whole, _all(_PARTS))
    data = ingest(tmp_path)
    rates = data.table[data.table["metric"] == "output_throughput"]
    assert rates["value"].tolist() == [900.0]
    assert sorted(s.path for s in data.sources if s.reason.startswith(PART)) == sorted(
        part.format(i=i) for i in (1, 2, 3)
    )
    found = failures(data)
    assert (found.records, found.tried) == (15, 300)


@pytest.mark.parametrize(
    "names",
    [
        ("c1.json", "c2.json", "c3.json"),  # a server that scales to the digit
        ("r1/x.json", "r2/x.json", "r3/x.json"),
        ("small.json", "middle.json", "large.json"),
    ],
)
def test_a_sweep_is_no_sum_however_well_it_scales(names: tuple[str, ...], tmp_path: Path) -> None:
    for i, name in enumerate(names, 1):
        _write(tmp_path, name, _bench(100.0 * i, 100, 100, 200.0))
    assert len(ingest(tmp_path).table.query("metric == 'output_throughput'")) == 3


def test_other_rates_are_no_sum(tmp_path: Path) -> None:
    for i, document in enumerate(_PARTS, 1):
        _write(tmp_path, f"part{i}.json", document)
    _write(tmp_path, "all.json", _all(_PARTS) | {"output_throughput": 700.0})
    assert not [s for s in ingest(tmp_path).sources if s.reason.startswith(PART)]


def test_two_systems_are_no_parts_of_a_third(tmp_path: Path) -> None:
    for i, document in enumerate(_PARTS[:2], 1):
        _write(tmp_path, f"part{i}.json", document | {"model_id": f"a/model-{i}b"})
    _write(tmp_path, "all.json", _all(_PARTS[:2]))
    assert not [s for s in ingest(tmp_path).sources if s.reason.startswith(PART)]


def test_what_some_files_state_is_not_the_same_in_all(tmp_path: Path) -> None:
    for i in (1, 2):
        document = _bench(100.0 * i, 100, 100, 200.0, load=i)
        _write(tmp_path, f"r{i}.json", document | ({"dtype": "bfloat16"} if i == 1 else {}))
    found = setup(ingest(tmp_path))
    assert found.fixed["dtype"] == "bfloat16" and "dtype" not in found.everywhere
    assert "backend" in found.everywhere


@pytest.mark.parametrize(
    ("names", "counted", "levels"),
    [
        ([f"ray{k}-x{n}" for k in ("oss", "pro") for n in (2, 4, 8)], "x", {"2", "4", "8"}),
        ([f"{k}_n{n}" for k in ("fast", "slow") for n in (1, 16)], "n", {"1", "16"}),
        ([f"w{n}-{k}" for k in ("old", "new") for n in (1, 2)], "w", {"1", "2"}),
        ([f"{k}-tp{n}" for k in ("eager", "graph") for n in (1, 8)], "tensor_parallel", {"1", "8"}),
        ([f"base251-g{n}-{k}" for k in ("a", "b", "c") for n in (1, 10)], "g", {"1", "10"}),
    ],
)
def test_a_counted_word_that_crosses_the_rest_is_a_setting(
    names: list[str], counted: str, levels: set[str], tmp_path: Path
) -> None:
    for i, name in enumerate(names):
        _write(tmp_path, f"{name}/r.json", _bench(100.0 + 7 * i, 100, 100, 200.0))
    table = ingest(tmp_path).table
    assert set(table[FACTOR + counted].dropna()) == levels and len(set(table["suite"])) == 1


@pytest.mark.parametrize("names", [("a-x2", "a-x4", "b-x8"), ("a-v1", "a-v2", "b-v1", "b-v2"), ("qwen3-x1", "phi4-x2")])
def test_a_counted_word_that_does_not_is_part_of_a_name(names: tuple[str, ...], tmp_path: Path) -> None:
    for i, name in enumerate(names):
        _write(tmp_path, f"{name}/r.json", _bench(100.0 + 7 * i, 100, 100, 200.0))
    assert not {"x", "v"} & set(ingest(tmp_path).factors)
