"""The setting that only the names of runs tell, and names that tell none."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset, Role

WAY = FACTOR + "variant"
RATES = {"single": 1000.0, "pair": 1300.0, "far": 400.0}


def served(name: str, *, tag: bool, way: str, length: int, load: int, model: bool = True) -> str:
    run = {
        "backend": "sglang", "max_concurrency": load, "random_input_len": length, "completed": 100,
        "request_throughput": RATES[way] / 100, "output_throughput": RATES[way] * load, "mean_ttft_ms": 20.0 + load,
        "server_info": {"decode": [{"internal_states": [{"model_path": "acme/Nova-3B"}]}]} if model else {},
    }  # fmt: skip
    return json.dumps(run | ({"tag": name} if tag else {})) + "\n"


def grid(pattern: str) -> dict[str, tuple[str, int, int]]:
    return {
        pattern.format(way=w, length=n, load=c): (w, n, c) for w, n, c in product(RATES, (128, 512), (8, 32))
    }  # fmt: skip


PATTERNS = [
    "{way}_n100_in{length}_out64_c{load}",
    "c{load}-in{length}-{way}",
    "bench_{way}_{length}_{load}",
    "nova-3b_{way}_isl{length}_conc{load}_20260101",
    "run.{way}.in-{length}.c-{load}",
]


def ways(found: Dataset) -> dict[str, set[float]]:
    table = found.table
    rows = table[table["metric"] == "request_rate"]
    return {str(w): set(g["value"].round(6)) for w, g in rows.groupby(WAY)}


@pytest.mark.parametrize("tag", [True, False])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_varies_in_names_beside_stated_numbers_is_a_setting(tmp_path: Path, pattern: str, tag: bool) -> None:
    for i, (name, (way, length, load)) in enumerate(grid(pattern).items()):
        text = served(name, tag=tag, way=way, length=length, load=load)
        (tmp_path / (f"{i:03}.jsonl" if tag else f"{name}.jsonl")).write_text(text)
    found = ingest(tmp_path)
    assert ways(found) == {w: {r / 100} for w, r in RATES.items()}
    assert found.role_of("variant") is Role.SETTING
    assert set(found.table["subject"]) == {"acme/Nova-3B"}  # as the servers behind a router say of themselves
    assert FACTOR + "label" not in found.table.columns  # nothing is left in it that is not said


@pytest.mark.parametrize("column", ["run_name", "config", "experiment", "test_id"])
def test_names_in_a_table_are_cut_too(tmp_path: Path, column: str) -> None:
    lines = [f"{column},model,concurrency,input_len,decode_tps"]
    for name, (way, length, load) in grid("{way}-in{length}-c{load}").items():
        lines.append(f"{name},nova-3b,{load},{length},{RATES[way] / load:.1f}")
    (tmp_path / "results.csv").write_text("\n".join(lines) + "\n")
    table = ingest(tmp_path).table
    assert set(table[WAY if WAY in table.columns else FACTOR + column]) == set(RATES)


@pytest.mark.parametrize(
    ("levels", "factor"), [(("vllm", "sglang", "tgi"), "backend"), (("q4_k_m", "q8_0", "f16"), "quantisation")]
)
def test_words_that_are_known_are_what_they_are(tmp_path: Path, levels: tuple[str, ...], factor: str) -> None:
    for i, (way, length, load) in enumerate(product(levels, (128, 512), (8, 32))):
        run = json.loads(served(f"{way}_in{length}_c{load}", tag=True, way="far", length=length, load=load))
        del run["backend"]
        (tmp_path / f"{i:03}.jsonl").write_text(json.dumps(run | {"total_token_throughput": 1.0}) + "\n")
    assert set(ingest(tmp_path).table[FACTOR + factor]) == set(levels)


def test_requests_that_names_count_are_a_workload(tmp_path: Path) -> None:
    for way, sent, load in product(("a1", "b1", "c1"), (50, 100), (8, 32)):
        run = json.loads(served("", tag=False, way="far", length=128, load=load))
        (tmp_path / f"{way}_n{sent}_c{load}.jsonl").write_text(json.dumps(run | {"completed": sent}) + "\n")
    found = ingest(tmp_path)
    assert set(found.table[FACTOR + "num_prompts"]) == {"50", "100"}
    assert found.role_of("num_prompts") is Role.WORKLOAD


@pytest.mark.parametrize(
    "names",
    [
        ["in{length}_c{load}", "in{length}_c{load}_run2", "in{length}_c{load}_rep3"],  # repeats
        ["alpha", "beta", "gamma", "delta"],  # no grammar: no number of the records stands in them
        ["in{length}_c{load}"],  # all of it is stated
        ["benchmark_in{length}_c{load}", "benchmark_summary_in{length}_c{load}"],  # a file and what was made of it
    ],
)
def test_names_that_tell_no_setting_give_none(tmp_path: Path, names: list[str]) -> None:
    i = 0
    for pattern, length, load in product(names, (128, 512), (8, 32)):
        name, i = pattern.format(length=length, load=load), i + 1
        text = served(name, tag=True, way="far", length=length, load=load)
        (tmp_path / f"{i:03}.jsonl").write_text(text)
    table = ingest(tmp_path).table
    assert WAY not in table.columns or table[WAY].nunique() < 2


def test_levels_that_hold_a_number_are_no_names_of_runs(tmp_path: Path) -> None:
    """`TP4` on 4 nodes is a level of its own, whatever its number repeats."""
    ways = {"SINGLE": 1, "TP2": 2, "TP4": 4, "PP2": 2, "PP4": 4}
    rows = [f"nova-3b,{w},{n},{c},{n * 10 + c / 1e4}" for w, n in ways.items() for c in (1024, 4096)]
    (tmp_path / "a.csv").write_text("\n".join(["model,topology,nodes,context_length,decode_tps", *rows]) + "\n")
    assert set(ingest(tmp_path).table[FACTOR + "topology"]) == set(ways)
