"""Reports and printed text of foreign tools: read with the tool's units, and as far as they go when cut off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from chimera_report.tools.ingest import ingest

from .test_formats import DATA, read, value  # type: ignore[import-not-found]


def written(folder: Path, name: str, text: str) -> tuple[Any, pd.DataFrame]:
    (folder / name).write_text(text, encoding="utf-8")
    dataset = ingest(folder / name)
    return dataset.sources[0], dataset.table


# --- llama-bench -o sql ---------------------------------------------------------------------------------------------


def test_llama_bench_sql_is_the_same_format() -> None:
    source, table = read("llama-bench.sql")
    assert set(table["origin"]) == {"measured"}
    assert (source.format, source.status, source.records) == ("llama-bench", "parsed", 2)
    assert value(table, "prefill_rate", "mean", n_prompt="512") == 426.7 and value(table, "prefill_rate", "sd") == 2.85
    assert value(table, "decode_rate", "mean", n_gen="128", n_depth="512", num_gpu="99") == 60.9
    assert "sd" not in set(table[table["metric"] == "decode_rate"]["stat"])  # written as 0 for one run
    assert list(table["where"].unique()) == ["line 42", "line 43"]
    assert set(table["subject"]) == {"gemma3 270M Q4_K - Medium"}
    assert str(table["started"].max()) == "2026-11-25 12:00:09+00:00"


def test_a_dump_of_a_llama_bench_database_has_no_columns_in_its_rows(tmp_path: Path) -> None:
    dump = (
        'PRAGMA foreign_keys=OFF;\nCREATE TABLE llama_bench (\n  build_commit TEXT,\n  "model_filename" TEXT,\n'
        "  n_prompt INTEGER,\n  n_gen INTEGER,\n  gpu_info TEXT,\n  avg_ts REAL,\n  stddev_ts REAL\n);\n"
        "INSERT INTO llama_bench VALUES('1234abcd','it''s (a), b''.gguf',512,0,NULL,426.5,2.5),\n"
        "  ('1234abcd','it''s (a), b''.gguf',0,64,'',60.5,NULL);\n"
    )
    source, table = written(tmp_path, "dump.sql", dump)
    assert (source.format, source.status, source.records) == ("llama-bench", "parsed", 2)
    assert value(table, "prefill_rate", "mean") == 426.5 and value(table, "decode_rate", "mean") == 60.5
    assert set(table["subject"]) == {"it's (a), b'"}
    assert "factor.device" not in table


def test_sql_is_never_run_and_rows_that_break_off_are_left_out(tmp_path: Path) -> None:
    whole = (DATA / "llama-bench.sql").read_text()
    target = tmp_path / "made.db"
    hostile = f"ATTACH DATABASE '{target}' AS x;\nCREATE TABLE x.y (z);\nDROP TABLE llama_bench;\n"
    source, table = written(tmp_path, "cut.sql", hostile + whole[:-40])
    assert (source.status, source.records) == ("partial", 1)
    assert source.reason == "rows that break off or do not fit their columns were left out: line 46"
    assert set(table["metric"]) == {"prefill_rate"}
    assert not target.exists()
    other = "CREATE TABLE t (a TEXT);\nINSERT INTO t (a) VALUES ('1');\n"
    (tmp_path / "other.sql").write_text(other)
    (tmp_path / "quotes.sql").write_text(whole[:-40] + "'" * 100_000)
    (tmp_path / "signs.log").write_text("=" * 1_000_000 + " " * 1_000_000 + "\n" * 1_000_000)  # read at once, if at all
    sources = {s.path: s for s in ingest(tmp_path).sources}
    assert sources["other.sql"].reason == "text that is no known benchmark output"
    assert sources["quotes.sql"].status == "partial"


# --- llama-benchy's table -------------------------------------------------------------------------------------------


def test_llama_benchy_markdown_says_what_its_csv_says(tmp_path: Path) -> None:
    text = (DATA / "llama-benchy-two.md").read_text()
    printed = f"llama-benchy (0.4.0)\n\n{text}\n\nllama-benchy (0.4.0)\ndate: 2026-11-25 12:00:00 | latency mode: api\n"
    source, table = written(tmp_path, "printed.log", printed)
    assert (source.format, source.status, source.records) == ("llama-benchy", "parsed", 10)
    near = table[table["factor.n_depth"] == "0"]
    two = near[near["factor.concurrency"] == "2"]
    assert value(two, "prefill_rate", "mean", n_prompt="512") == 944.78  # of a request, not of both together
    assert value(two, "decode_rate", "sd", n_gen="32") == 0.54 and value(two, "output_throughput", "mean") == 58.44
    one = near[near["factor.concurrency"] == "1"]
    assert value(one, "ttfr", "mean") == pytest.approx(0.308) and value(one, "ttft", "mean") == pytest.approx(0.31)
    assert value(one, "prompt_eval_time", "mean") == pytest.approx(0.3065)
    assert "output_throughput" not in set(one["metric"])
    context = table[table["factor.phase"] == "context"]
    assert value(context, "prefill_rate", "mean", n_depth="4096") == 571.11
    assert "sd" not in set(context["stat"])  # ± 0.00 of one run
    assert set(table["factor.latency_mode"]) == {"api"}
    assert "sample" not in set(table["stat"])


def test_a_file_that_is_nothing_but_a_tools_table_is_measured_and_a_quoted_one_is_reported(tmp_path: Path) -> None:
    table = "| model | test | t/s |\n| --- | --: | --: |\n| gemma3 4B Q4_0 | tg128 | 61.00 ± 0.50 |\n"
    table += "\nbuild: 1234abcd (6000)\n"
    source, rows = written(tmp_path, "results.md", table)
    assert (source.format, source.role, set(rows["origin"])) == ("llama-bench", "data", {"measured"})
    source, rows = read("llama-benchy-two.md")
    assert (source.format, source.role, set(rows["origin"])) == ("llama-benchy", "data", {"measured"})
    source, rows = written(tmp_path, "notes.md", f"# Speeds\n\nIt is fast.\n\n{table}")
    assert (source.format, source.role, set(rows["origin"])) == ("markdown", "document", {"reported"})


def test_a_document_that_quotes_tables_of_two_tools_keeps_what_else_it_states(tmp_path: Path) -> None:
    speeds = "| model | test | t/s |\n| --- | --: | --: |\n| gemma3 4B Q4_0 | tg128 | 61.00 ± 0.50 |\n"
    rest = "# Other\n\n| model | accuracy |\n| --- | --: |\n| gemma3:4b | 0.81 |\n"
    text = (DATA / "llama-benchy-two.md").read_text()
    source, table = written(tmp_path, "both.md", f"# A\n\n{text}\n\n# B\n\n{speeds}\n\n{rest}")
    assert source.status == "parsed"
    assert value(table, "decode_rate", "mean", subject="gemma3 4B Q4_0") == 61
    assert len(table[table["value"] == 944.78]) == 2  # two depths, each once
    assert list(table[table["metric"] == "accuracy"]["value"]) == [0.81]
    assert len(set(table["record"])) == 12


# --- optimum-benchmark ----------------------------------------------------------------------------------------------


def test_optimum_benchmark_counts_a_million_bytes_and_kilowatt_hours() -> None:
    source, table = read("optimum-benchmark.json")
    assert (source.format, source.status) == ("optimum-benchmark", "parsed")
    assert set(table["subject"]) == {"google/gemma-3-270m-it"}
    decode = table[table["factor.phase"] == "decode"]
    assert value(decode, "ram", "max") == pytest.approx(1000)  # 1048.576 MB of 1e6 bytes
    assert value(decode, "vram", "max", definition="") == pytest.approx(2000)
    assert value(decode, "output_throughput", "mean") == pytest.approx(60 / 0.31, rel=1e-3)
    assert value(decode, "energy", "mean") == pytest.approx(28.8)
    assert value(decode, "energy_per_token", "mean") == pytest.approx(0.48)  # 28.8 J / 60 tokens
    assert list(decode[(decode["metric"] == "eval_time") & (decode["stat"] == "sample")]["value"]) == pytest.approx(
        [0.3, 0.31, 0.32], rel=1e-3
    )
    assert set(decode[decode["stat"] == "p99"]["n"]) == {3}
    gaps = table[table["metric"] == "itl"]
    assert len(gaps[gaps["stat"] == "sample"]) == 6 and set(gaps["factor.batch_size"]) == {"4"}
    # what it calls samples per second of `generate` are tokens, and its deviation is no sample's
    assert "request_rate" not in set(table["metric"]) and "sd" not in set(table["stat"])
    assert source.reason == "calls that warm up were left out: first_generate"


def test_optimum_benchmark_alone_and_its_settings(tmp_path: Path) -> None:
    document = json.loads((DATA / "optimum-benchmark.json").read_text())
    document["report"]["decode"]["memory"]["unit"] = "pages"
    (tmp_path / "benchmark_report.json").write_text(json.dumps(document["report"]))
    (tmp_path / "benchmark_config.json").write_text(json.dumps(document["config"]))
    dataset = ingest(tmp_path)
    settings, report = dataset.sources
    assert (settings.format, settings.measurements) == ("optimum-benchmark", 0)
    assert report.status == "partial" and report.reason.endswith("; units that are not known were left out: pages")
    assert value(dataset.table, "load_time") == pytest.approx(3.2, rel=1e-3)
    assert set(dataset.table[dataset.table["metric"] == "vram"]["factor.phase"]) == {"prefill"}


def test_optimum_benchmark_that_breaks_off_is_read_up_to_there(tmp_path: Path) -> None:
    document = json.loads((DATA / "optimum-benchmark.json").read_text())
    text = json.dumps(document["report"])
    source, table = written(tmp_path, "cut.json", text[: text.index('"per_token"') - 60])
    assert (source.format, source.status) == ("optimum-benchmark", "partial") and "breaks off" in source.reason
    assert value(table, "eval_time", "mean") == pytest.approx(0.31, rel=1e-3)


# --- llm-d ----------------------------------------------------------------------------------------------------------


def test_llm_d_report_trusts_its_units() -> None:
    source, table = read("llm-d-0.1.json")
    assert (source.format, source.status, source.records) == ("llm-d-benchmark", "parsed", 1)
    assert value(table, "ttft", "mean") == pytest.approx(0.036) and value(table, "ttft", "p999") == pytest.approx(0.057)
    assert value(table, "e2e_latency", "mean") == 1.4
    # guidellm's time per output token counts the first, its inter-token latency is one figure a request
    first = "end-to-end latency / output tokens, weighted by tokens"
    assert value(table, "tpot", "mean", definition=first) == pytest.approx(0.011)
    assert value(table, "tpot", "mean", definition="weighted by tokens") == pytest.approx(0.0105)
    assert not {"itl"} & set(table["metric"]) and "sd" not in set(table[table["metric"] == "tpot"]["stat"])
    assert value(table, "vram", "mean") == pytest.approx(20_000)  # GB of 1e9 bytes, as GiB stands beside it
    assert value(table, "gpu_util", "mean") == 75 and value(table, "power", "mean") == 61
    assert set(table[table["metric"] == "ttft"]["n"]) == {100}
    assert value(table, "success_rate", "mean") == pytest.approx(100 / 112)
    assert "sample" not in set(table["stat"])
    assert set(table["factor.concurrency"]) == {"8"} and set(table["factor.device"]) == {"NVIDIA-L4"}


def test_llm_d_report_0_2_and_a_unit_that_is_none() -> None:
    source, table = read("llm-d-0.2.json")
    assert source.status == "partial" and source.reason == "left out: latency/request_latency in 'furlong'"
    assert value(table, "tpot", "mean", definition="") == pytest.approx(0.0109)
    assert value(table, "output_throughput", "mean") == 10_002 and value(table, "request_rate", "mean") == 10
    assert set(table["subject"]) == {"Qwen/Qwen3-0.6B"} and set(table["factor.request_rate"]) == {"10"}
    assert str(table["started"].min()).startswith("2025-11-05 18:00:42")


def test_llm_d_report_in_yaml_is_the_same(tmp_path: Path) -> None:
    document = json.loads((DATA / "llm-d-0.2.json").read_text())
    source, table = written(tmp_path, "report.yaml", yaml.safe_dump(document))
    assert (source.format, source.records) == ("llm-d-benchmark", 1)
    assert table["value"].tolist() == read("llm-d-0.2.json")[1]["value"].tolist()
    text = yaml.safe_dump(document)  # in the order of the alphabet: the results stand first
    source, table = written(tmp_path, "cut.yaml", text[: text.index("throughput:") - 9])
    assert source.status == "partial" and "breaks off" in source.reason
    assert value(table, "ttft", "mean") == pytest.approx(0.0368)


def test_llm_d_request_that_ends_before_its_first_token_is_in_another_unit(tmp_path: Path) -> None:
    text = (DATA / "llm-d-0.1.json").read_text().replace('"units": "s", "mean": 1.4', '"units": "ms", "mean": 1.4')
    source, table = written(tmp_path, "old.json", text)
    assert source.status == "partial" and "shorter than the time to first token" in source.reason
    assert "e2e_latency" not in set(table["metric"])


# --- MLPerf ---------------------------------------------------------------------------------------------------------


def test_mlperf_server_is_ns_and_its_verdict_is_told(tmp_path: Path) -> None:
    source, table = read("mlperf-server.txt")
    assert (source.format, source.status, source.records) == ("mlperf-loadgen", "parsed", 1)
    assert source.reason == "its own verdict is INVALID: early stopping not met"
    assert value(table, "request_rate", "mean") == 57.48 and value(table, "output_throughput", "mean") == 535.11
    assert value(table, "ttft", "mean") == pytest.approx(0.002596807)
    assert value(table, "ttft", "p999") == pytest.approx(0.005367544)
    assert value(table, "tpot", "mean") == pytest.approx(0.000529034)
    assert value(table, "tpot", "p90") == pytest.approx(0.000529761)
    assert value(table, "e2e_latency", "max") == pytest.approx(0.009545068)
    assert set(table["definition"]) == {"in a run that MLPerf calls INVALID"}  # never beside a valid one
    assert set(table["factor.request_rate"]) == {"60"} and set(table["factor.workload"]) == {"Server"}
    assert set(table["subject"]) == {"PySUT"} and "sample" not in set(table["stat"])
    text = (DATA / "mlperf-server.txt").read_text().replace("INVALID", "VALID")
    source, table = written(tmp_path, "valid.log", f"[INFO] starting\n{text}")
    assert (source.status, source.reason, set(table["definition"])) == ("parsed", "", {""})


def test_mlperf_offline_latency_holds_the_wait_and_single_stream_has_its_percentile_once() -> None:
    table = read("mlperf-offline.txt")[1]
    waited = table[table["metric"] == "e2e_latency"]
    assert all(d.startswith("from the start of the run, waiting included; ") for d in set(waited["definition"]))
    assert value(table, "request_rate", "mean") == 179.612 and value(table, "output_throughput", "mean") == 1616.51
    assert "factor.request_rate" not in table  # the target sizes the run, and is no rate that was asked for
    single = read("mlperf-single.txt")[1]
    assert value(single, "e2e_latency", "p90") == pytest.approx(0.006724228)
    assert value(single, "request_rate", "mean") == 174.32


def test_mlperf_summary_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    text = (DATA / "mlperf-server.txt").read_text()
    source, table = written(tmp_path, "mlperf_log_summary.txt", text[: text.index("Mean First Token")])
    assert source.status == "partial" and "breaks off; read up to there" in source.reason
    assert value(table, "ttft", "max") == pytest.approx(0.005367544)
    assert "tpot" not in set(table["metric"])
    document = "# Run\n\n```\n" + text.replace("No errors", "3 ERRORS") + "```\n\nMean latency (ns) : 5\n"
    source, table = written(
        tmp_path, "run.md", document + "\n| model | accuracy |\n| --- | --: |\n| gemma3:4b | 0.81 |\n"
    )
    assert source.status == "parsed" and set(table["origin"]) == {"reported"}
    assert "3 errors encountered during test" in source.reason
    assert value(table, "e2e_latency", "mean", subject="PySUT") == pytest.approx(0.006829087)
    assert value(table, "accuracy") == 0.81


# --- MLPerf Tiny ------------------------------------------------------------------------------------------------------

TINY = """00581.124 ulp-mlperf: Performance results for window 2:
00581.124 ulp-mlperf:   # Inferences :         8500
00581.124 ulp-mlperf:   Runtime      :       10.229 sec.
00581.124 ulp-mlperf:   Throughput   :      {rate} inf./sec.
00581.124 ulp-mlperf: Runtime requirements have been met.
"""
TINY_ENERGY = """00071.077 ulp-ml: Energy data for window 2 at time 2.72 for 1.02 sec.:
00071.077 ulp-ml:   Energy       :    76030.980 uJ
00071.077 ulp-ml:   Power        :    74833.642 uW
00071.077 ulp-ml:   Energy/Inf.  :     3801.549 uJ/inf.
"""


def test_mlperf_tiny_by_division_system_and_benchmark(tmp_path: Path) -> None:
    for division, system, model, rate in (
        ("closed", "board-a", "", 44.5),
        ("closed", "board-b", "", 10.25),
        ("open", "fpga", "/W3A3", 57268.5),
    ):
        modes = {
            "performance": TINY.format(rate=rate) * 3,
            "energy": TINY_ENERGY,
            "accuracy": "x ulp-mlperf: Top-1: 90.7%",
        }
        for mode, text in modes.items():
            path = tmp_path / division / "who" / "results" / system / f"kws{model}" / mode / "results.txt"
            path.parent.mkdir(parents=True)
            path.write_text(text)
    table = ingest(tmp_path).table
    rates = table[table["metric"] == "inference_rate"].set_index("subject")
    assert rates["value"].to_dict() == {
        "board-a": 44.5,
        "board-b": 10.25,
        "fpga (W3A3)": 57268.5,
    }  # an echo counts once
    suites = {"board-a": "closed kws performance", "board-b": "closed kws performance"}
    assert rates["suite"].to_dict() == {**suites, "fpga (W3A3)": "open kws performance"}
    energy = table[table["metric"] == "energy_per_inference"]
    assert energy["value"].tolist() == pytest.approx([3801.549e-6] * 3)
    assert table[table["metric"] == "power"]["value"].tolist() == pytest.approx([0.074833642] * 3)
    assert table[table["metric"] == "accuracy"]["value"].tolist() == pytest.approx([0.907] * 3)
    assert not {"factor.variant", "factor.quantisation"} & set(table.columns)


# --- trtllm-bench ---------------------------------------------------------------------------------------------------


def trtllm(streamed: bool) -> dict[str, Any]:
    """What `trtllm-bench throughput --report_json` writes, as its source says."""

    def spread(median: float) -> dict[str, float]:
        parts = {"p50": 1, "p90": 1.4, "p95": 1.6, "p99": 2, "minimum": 0.5, "maximum": 2.5, "average": 1.05}
        return {name: median * part for name, part in parts.items()}

    run: dict[str, Any] = {
        "engine": {"model": "llama3:8b", "backend": "Pytorch", "kv_cache_dtype": "FP8", "quantization": "FP8"},
        "machine": {"name": "NVIDIA H100 80GB HBM3", "memory.total": 79.1},
        "world_info": {"tp_size": 2, "pp_size": 1, "world_size": 2, "max_batch_size": 2048, "issue_rate": 2e11},
        "request_info": {"num_requests": 1000, "avg_num_concurrent_requests": 512.3, "avg_output_length": 128.0},
        "performance": {
            "total_latency_ms": 10_000.0,
            "system_output_throughput_tok_s": 12_800.0,
            "output_throughput_per_user_tok_s": 26.0,
            "request_latency_percentiles_ms": spread(5000.0),
        },
    }
    times = {"ttft_percentiles": spread(950.0), "tpot_percentiles": spread(25.0), "gen_tps_percentiles": spread(40.0)}
    return run | ({"streaming_metrics": {"avg_ttft_ms": 997.5, **times}} if streamed else {})


@pytest.mark.parametrize("streamed", [True, False])
def test_trtllm_bench_states_milliseconds_and_rates_of_the_system(tmp_path: Path, streamed: bool) -> None:
    source, table = written(tmp_path, "run.json", json.dumps(trtllm(streamed)))
    assert (source.format, source.status, source.records) == ("trtllm-bench", "parsed", 1)
    assert set(table["subject"]) == {"llama3:8b"}
    assert value(table, "output_throughput", "mean", tensor_parallel="2", quantisation="FP8") == 12_800
    assert value(table, "e2e_latency", "p99") == pytest.approx(10.0)
    assert value(table, "e2e_latency", "max") == pytest.approx(12.5)
    assert set(table.loc[table["metric"] == "e2e_latency", "n"]) == {1000}
    if streamed:
        assert value(table, "ttft", "p50") == pytest.approx(0.95) and value(table, "tpot", "mean") == 0.02625
        assert value(table, "decode_rate", "p50") == 40
    else:
        assert not {"ttft", "tpot"} & set(table["metric"])
        whole = table[table["metric"] == "decode_rate"]
        assert list(whole["definition"]) == ["output tokens / end-to-end latency"] and list(whole["value"]) == [26]


def test_trtllm_bench_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    run = trtllm(True)
    run["performance"]["request_latency_percentiles_ms"] = None
    run["streaming_metrics"]["ttft_percentiles"] = {"p50": "fast"}
    _, table = written(tmp_path, "run.json", json.dumps([run, trtllm(False)]))
    assert value(table[table["where"].str.startswith("/0")], "tpot", "p50") == 0.025
    assert set(table["where"].str[:2]) == {"/0", "/1"}
