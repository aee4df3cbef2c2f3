"""Files that the tools wrote: hyperfine 1.15, Google Benchmark 1.9, chimeraforge 0.76; names of pytest-benchmark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest

from .test_formats import DATA, read, value  # type: ignore[import-not-found]


def test_hyperfine_csv_is_in_seconds_with_its_parameters() -> None:
    source, table = read("hyperfine.csv")
    assert (source.format, source.kind, source.records) == ("hyperfine", "CSV", 2)
    assert value(table, "run_time", "mean", subject="a|b `x` 1") == pytest.approx(0.000975614)
    assert value(table, "run_time", "p50", subject="a|b `x` 2") == pytest.approx(0.00079431)
    assert set(table["stat"]) == {"mean", "sd", "p50", "min", "max"} and set(table["factor.n"]) == {"1", "2"}


def test_hyperfine_markdown_names_its_commands(tmp_path: Path) -> None:
    source, table = read("hyperfine.md")
    assert (source.format, source.records, set(table["origin"])) == ("hyperfine", 2, {"measured"})
    assert value(table, "run_time", "mean", subject="sleep 0.01") == pytest.approx(0.0126)
    assert value(table, "run_time", "sd", subject="sleep 0.02") == pytest.approx(0.0018)
    text = "# Speeds\n\n| Command | Mean [s] | Min [s] | Max [s] |\n|:---|---:|---:|---:|\n"
    text += "| `a \\| b` | 1.5 | 1.5 | 1.5 |\n"
    (tmp_path / "notes.md").write_text(text + "\n| model | accuracy |\n| --- | --: |\n| gemma3:4b | 0.81 |\n")
    table = ingest(tmp_path).table
    assert value(table, "run_time", "mean", subject="a | b") == 1.5
    assert set(table[table["metric"] == "run_time"]["stat"]) == {"mean", "min", "max"}  # one run deviates from nothing
    assert value(table, "accuracy", subject="gemma3:4b") == 0.81 and set(table["origin"]) == {"reported"}


def test_hyperfine_csv_of_one_run_has_no_deviation(tmp_path: Path) -> None:
    head = "command,mean,stddev,median,user,system,min,max\n"
    (tmp_path / "one.csv").write_text(head + "sleep 1,1.001282457,0,1.001282457,0.001,0,1.001282457,1.001282457\n")
    assert set(ingest(tmp_path).table["stat"]) == {"mean", "p50", "min", "max"}


def test_pytest_benchmark_tells_tests_of_one_name_apart_and_one_round_has_no_deviation(tmp_path: Path) -> None:
    document = json.loads((DATA / "pytest-benchmark.json").read_text())
    first = document["benchmarks"][0]
    stats = {
        "min": 0.02,
        "max": 0.02,
        "mean": 0.02,
        "stddev": 0,
        "rounds": 1,
        "median": 0.02,
        "iqr": 0.0,
        "data": [0.02],
    }
    other = {**first, "fullname": "tests/test_other.py::test_decode[8]", "stats": stats}
    document["benchmarks"] = [{**first, "fullname": "tests/test_one.py::test_decode[8]"}, other]
    (tmp_path / "two.json").write_text(json.dumps(document))
    table = ingest(tmp_path).table
    assert set(table["subject"]) == {"tests/test_one.py::test_decode", "tests/test_other.py::test_decode"}
    assert "sd" not in set(table[table["subject"] == "tests/test_other.py::test_decode"]["stat"])


def test_chimeraforge_knows_how_much_of_a_prompt_was_cached() -> None:
    source, table = read("chimeraforge-run.json")
    assert (source.format, source.status, source.records) == ("chimeraforge", "parsed", 2)
    assert list(table[table["metric"] == "prefill_rate"]["value"]) == pytest.approx([42 / 0.766184, 1 / 0.034394])
    assert list(table[table["metric"] == "eval_time"]["value"]) == pytest.approx([26.069658, 28.178336])
    assert set(table[table["metric"] == "ttft"]["definition"]) == {"prompt evaluation only"}
    assert set(table["factor.num_ctx"]) == {"1024"}


def test_chimeraforge_failures_and_settings_that_were_not_applied(tmp_path: Path) -> None:
    (result,) = json.loads((DATA / "chimeraforge-run.json").read_text())
    result |= {"backend": "vllm", "quant": "Q8_0"}
    for run in result["individual_runs"]:
        run["ttft_basis"] = "client-stream-first-content"
    result["warnings"] = [
        "Run 2/3 failed: request timed out",
        "quant=Q8_0 recorded but NOT applied: no backend accepts a per-request quantization",
        "context_length=1024 recorded but NOT applied: the vllm completion API has no per-request context override",
    ]
    (tmp_path / "sweep.json").write_text(json.dumps([result]))
    dataset = ingest(tmp_path)
    (source,), table = dataset.sources, dataset.table
    assert source.reason == "settings that it recorded and did not apply were left out: context_length, quant"
    assert "factor.quantisation" not in table and "factor.num_ctx" not in table
    assert list(table[table["status"] != "ok"]["message"]) == ["request timed out"]
    # the client's own stream: TTFT and rate are what they are called
    assert set(table[table["metric"].isin(["ttft", "decode_rate"])]["definition"]) == {""}
    assert not {"prefill_rate", "prompt_eval_time"} & set(table["metric"])


def test_google_benchmark_repetitions_are_samples_and_their_statistics_are_of_so_many() -> None:
    source, table = read("google-benchmark-repeated.json")
    assert (source.format, source.status) == ("google-benchmark", "parsed")
    assert list(table[table["stat"] == "sample"]["value"]) == pytest.approx([275.22e-9, 259.0e-9, 160.75e-9], rel=1e-4)
    assert value(table, "run_time", "mean") == pytest.approx(231.657e-9, rel=1e-5)
    assert set(table[table["stat"] != "sample"]["n"]) == {3}
    assert set(table["definition"]) == {"mean of the iterations of a repetition"}


def test_google_benchmark_csv_stands_behind_lines_on_the_machine() -> None:
    source, table = read("google-benchmark.csv")
    assert (source.format, source.kind) == ("google-benchmark", "CSV")
    assert value(table, "run_time", "mean", subject="BM_sum/8") == pytest.approx(199.374e-9)
    assert value(table, "run_time", "mean", subject="BM_ms") == pytest.approx(0.135097e-3)
    assert list(table[table["status"] == "error"]["message"]) == ["no device"]


def test_google_benchmark_csv_of_repetitions(tmp_path: Path) -> None:
    rows = [
        "BM_a,100,2,2",
        "BM_a,100,4,4",
        "BM_a_mean,2,3,3",
        "BM_a_median,2,3,3",
        "BM_a_stddev,2,1.4,1",
        "BM_b_mean,9,7,7",
    ]
    (tmp_path / "out.csv").write_text("name,iterations,real_time,cpu_time,time_unit\n" + ",us\n".join([*rows, ""]))
    table = ingest(tmp_path).table
    a = table[table["subject"] == "BM_a"]
    assert list(a[a["stat"] == "sample"]["value"]) == pytest.approx([2e-6, 4e-6])
    assert value(a, "run_time", "sd") == pytest.approx(1.4e-6)
    assert value(table, "run_time", "mean", subject="BM_b_mean") == pytest.approx(7e-6)  # a name, no statistic
