"""What aiperf 0.13 wrote of a sweep of two settings, two runs each, against the embedded model; cut to a few fields."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Dataset

DATA = Path(__file__).parents[2] / "data" / "ingest"
SWEEP = DATA / "aiperf-sweep"
RUN = "profile_runs/trial_0001/concurrency_2"
TWO = "aggregate/concurrency_2/profile_export_aiperf_aggregate"
OVER_RUNS = "mean over runs of each run's {}"


@pytest.fixture(scope="module")
def sweep() -> Dataset:
    return ingest(SWEEP)


def stats(table: pd.DataFrame, metric: str, definition: str = "", **where: str) -> dict[str, float]:
    rows = table[(table["metric"] == metric) & (table["definition"] == definition) & (table["stat"] != "sample")]
    for column, level in where.items():
        rows = rows[rows[column if column in rows else f"factor.{column}"] == level]
    assert not rows["stat"].duplicated().any()
    return dict(zip(rows["stat"], rows["value"], strict=True))


def test_every_file_of_a_sweep_is_read_once_or_says_why_not(sweep: Dataset) -> None:
    told = {s.path: (s.status, s.reason) for s in sweep.sources}
    figures = "not needed: the figures of {} in the same folder, rounded"
    rounded = ("skipped", figures.format("profile_export_aiperf.json"))
    slices = "not needed: slices of a run; the run's own file holds the whole"
    assert told[f"{RUN}/profile_export_aiperf.json"] == ("parsed", "")
    assert told[f"{RUN}/profile_export.jsonl"] == ("parsed", "1 warm-up requests were left out")
    assert told[f"{RUN}/profile_export_aiperf.csv"] == rounded
    assert told[f"{RUN}/phases/warmup/profile_export_aiperf.json"][0] == "skipped"
    assert told[f"{RUN}/profile_export_aiperf_timeslices.csv"][1] == slices
    assert told[f"{RUN}/profile_export_aiperf_timeslices.json"][1] == slices
    assert told[f"{RUN}/run_config.json"] == ("skipped", "not needed: settings of a run")  # its ttft is an objective
    assert told[f"{TWO}.csv"][1] == figures.format("profile_export_aiperf_aggregate.json")
    assert {s.format for s in sweep.sources if s.measurements} == {"aiperf"}


def test_requests_have_the_model_and_the_setting_of_the_run_beside_them(sweep: Dataset) -> None:
    """They name neither: without it, the requests of both settings would be one sample."""
    rows = sweep.table[sweep.table["source"].str.endswith(".jsonl")]
    assert set(rows["subject"]) == {"gemma3:270m"}
    for level, folder in (("1", "concurrency_1"), ("2", "concurrency_2")):
        assert set(rows[rows["source"].str.contains(folder)]["factor.concurrency"]) == {level}
    gaps = rows[(rows["metric"] == "itl") & rows["source"].str.startswith(RUN)]["value"]
    assert len(gaps) == 4 * 11 and gaps.iloc[0] == pytest.approx(0.066627, abs=1e-6)  # twelve tokens, four requests
    assert len(set(rows["run"])) == 4 and set(rows["suite"]) == {"profile_export"}


def test_a_run_is_read_with_its_units_and_without_its_warm_up() -> None:
    table = ingest(SWEEP / RUN / "profile_export_aiperf.json").table
    ttft = stats(table, "ttft")
    assert ttft["mean"] == pytest.approx(0.181633767) and ttft["p99"] == pytest.approx(0.289847, abs=1e-5)
    # the file has the deviation of the four as a population, 85.78 ms
    assert ttft["sd"] == pytest.approx(0.08578 * (4 / 3) ** 0.5, rel=1e-3)
    assert stats(table, "itl")["p50"] == pytest.approx(0.038995, abs=1e-6)
    assert stats(table, "request_rate") == pytest.approx({"mean": 2.309149}, abs=1e-6)
    assert stats(table, "prefill_rate", "prompt tokens / TTFT, seen by the client")["mean"] == pytest.approx(48.6533)
    assert stats(table, "in_flight")["mean"] == pytest.approx(1.971805, abs=1e-6)
    assert set(table[table["metric"] == "ttft"]["n"]) == {4}
    assert set(table["subject"]) == {"gemma3:270m"} and set(table["factor.concurrency"]) == {"2"}


def test_failures_lower_the_success_rate() -> None:
    table = ingest(DATA / "aiperf-0.13.json").table
    assert stats(table, "success_rate") == {"mean": 0.75}
    assert stats(table, "goodput") == pytest.approx({"mean": 0.677739}, abs=1e-6)


def test_the_csv_as_it_is_really_written_has_a_third_table_for_gpus(tmp_path: Path) -> None:
    text = (SWEEP / RUN / "profile_export_aiperf.csv").read_text()
    assert text.rstrip().splitlines()[-1].startswith("Endpoint,GPU_Index,")
    gpu = "localhost:9400,0,NVIDIA H100,GPU-1,nvidia,NVIDIA {},{}" + ",".join([""] * 12) + "\n"
    lines = [
        gpu.format("GPU Power Usage (W)", "310.50,290.00,330.00"),
        gpu.format("GPU Memory Used (GB)", "40.00,40.00,40.00"),
        gpu.format("Energy Consumption (MJ)", "0.50,0.50,0.50"),
    ]
    (tmp_path / "run.csv").write_text(text + "".join(lines))
    dataset = ingest(tmp_path)
    table = dataset.table
    assert (dataset.sources[0].status, dataset.sources[0].reason) == ("parsed", "")
    assert stats(table, "ttft")["mean"] == pytest.approx(0.18163)
    assert stats(table, "success_rate") == {"mean": 1.0}
    assert stats(table, "power", device="GPU 0")["mean"] == 310.5
    assert stats(table, "vram", device="GPU 0")["mean"] == pytest.approx(40e9 / 2**20)
    assert "energy" not in set(table["metric"])  # MJ, of a counter


def test_telemetry_of_each_gpu_is_read_from_the_json(tmp_path: Path) -> None:
    document = json.loads((SWEEP / RUN / "profile_export_aiperf.json").read_text())
    power = {"unit": "W", "avg": 300.0, "p50": 301.0, "count": 900}
    gpus = {f"gpu_{i}": {"gpu_index": i, "metrics": {"nvidia_power_usage": power}} for i in (0, 1)}
    document["telemetry_data"] = {"endpoints": {"localhost:9400": {"gpus": gpus}}}
    document["is_complete"] = False
    (tmp_path / "run.json").write_text(json.dumps(document))
    dataset = ingest(tmp_path)
    rows = dataset.table[dataset.table["metric"] == "power"]
    assert list(rows["factor.device"]) == ["GPU 0", "GPU 0", "GPU 1", "GPU 1"]
    assert rows["n"].isna().all()  # 900 readings are no 900 observations
    assert (dataset.sources[0].status, dataset.sources[0].reason) == ("partial", "the run was stopped before its end")


@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_figures_over_runs_stay_figures_over_runs(suffix: str, tmp_path: Path) -> None:
    shutil.copy(SWEEP / f"{TWO}{suffix}", tmp_path)
    dataset = ingest(tmp_path)
    table = dataset.table
    assert (dataset.sources[0].format, dataset.sources[0].status) == ("aiperf", "parsed")
    mean = stats(table, "ttft", OVER_RUNS.format("mean"))
    near = {"mean": 0.335140, "sd": 0.217091, "min": 0.181634, "max": 0.488647}
    assert mean == pytest.approx(near, abs=6e-6)  # ms with two decimals in the CSV
    assert stats(table, "ttft", OVER_RUNS.format("p99")) == pytest.approx({"p99": 0.597518}, abs=6e-6)
    assert stats(table, "request_rate", OVER_RUNS.format("mean"))["sd"] == pytest.approx(0.618573, abs=6e-3)
    assert "sample" not in set(table["stat"]) and set(table["n"]) == {2}
    assert set(table["subject"]) == {"gemma3:270m"} and set(table["factor.concurrency"]) == {"2"}
    assert not {"http_req_waiting", "sum"} & set(table["metric"])


def test_of_one_run_there_is_no_deviation_over_runs(tmp_path: Path) -> None:
    document = json.loads((SWEEP / f"{TWO}.json").read_text())
    document["metadata"].update(num_successful_runs=1, single_run=True)
    for values in document["metrics"].values():
        values.update(std=0.0, se=0.0)
    (tmp_path / "a.json").write_text(json.dumps(document))
    table = ingest(tmp_path).table
    assert set(stats(table, "ttft")) == {"mean", "p50", "p99"}
    assert "sd" not in set(table["stat"]) and table["n"].isna().all()


@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_a_sweep_is_a_record_a_combination(suffix: str, tmp_path: Path) -> None:
    shutil.copy(SWEEP / f"aggregate/sweep_aggregate/profile_export_aiperf_sweep{suffix}", tmp_path)
    dataset = ingest(tmp_path)
    assert (dataset.sources[0].format, dataset.sources[0].status, dataset.sources[0].records) == ("aiperf", "parsed", 2)
    for level, rate, gap in (("1", 1.235, 0.230137), ("2", 1.871752, 0.071167)):
        assert stats(dataset.table, "request_rate", OVER_RUNS.format("mean"), concurrency=level)[
            "mean"
        ] == pytest.approx(rate, abs=6e-3)
        tpot = stats(dataset.table, "tpot", OVER_RUNS.format("mean"), concurrency=level)
        assert tpot["mean"] == pytest.approx(gap, abs=6e-6)
    assert set(dataset.table["n"]) == {2}


def test_a_sweep_of_single_runs_states_no_spread(tmp_path: Path) -> None:
    """aiperf then writes a std and an interval of 0."""
    values = {"mean": 60.0, "avg": 60.0, "std": 0.0, "min": 50.0, "max": 70.0, "p99": 69.0, "count": 40, "unit": "ms"}
    document = {
        "aggregation_type": "sweep",
        "metadata": {"num_trials_per_value": 1},
        "per_combination_metrics": [{"parameters": {"concurrency": 4}, "metrics": {"time_to_first_token": values}}],
    }
    (tmp_path / "sweep.json").write_text(json.dumps(document))
    table = ingest(tmp_path).table
    assert stats(table, "ttft") == {"mean": 0.06, "min": 0.05, "max": 0.07, "p99": pytest.approx(0.069)}
    assert set(table["n"]) == {40}


def test_pooled_requests_are_in_the_units_of_aiperf(tmp_path: Path) -> None:
    """The keys and numbers are those of its `DetailedAggregation`, which writes no units."""
    combined = {"mean": 61.0, "std": 4.0, "p50": 60.0, "p90": 66.0, "p95": 68.0, "p99": 70.0, "count": 80}
    document = {
        "schema_version": "1.0.0",
        "aiperf_version": "0.13.0",
        "metadata": {"aggregation_type": "detailed", "num_profile_runs": 2, "num_successful_runs": 2},
        "metrics": {"time_to_first_token": {"combined": combined, "per_run": [{"label": "run_0001", "mean": 60.0}]}},
    }
    (tmp_path / "profile_export_aiperf_collated.json").write_text(json.dumps(document))
    table = ingest(tmp_path).table
    ttft = stats(table, "ttft", "over the requests of all runs")
    assert (ttft["mean"], ttft["sd"], ttft["p90"]) == pytest.approx((0.061, 0.004, 0.066))
    assert set(table["n"]) == {80}


@pytest.mark.parametrize(
    "name", [f"{TWO}.csv", f"{RUN}/profile_export_aiperf.csv", f"{TWO}.json", f"{RUN}/profile_export.jsonl"]
)
@pytest.mark.parametrize("share", [0.5, 0.85])
def test_a_file_that_breaks_off_is_read_up_to_there(name: str, share: float, tmp_path: Path) -> None:
    text = (SWEEP / name).read_text()
    (tmp_path / Path(name).name).write_text(text[: int(len(text) * share)])
    dataset = ingest(tmp_path)
    assert (dataset.sources[0].status, bool(dataset.sources[0].reason)) == ("partial", True)
    assert len(dataset.table)


def _step(folder: Path, *, load: int, asked: tuple[int, int], rate: float, console: bool = True) -> None:
    """One step of a plan as a program around aiperf leaves it: its file, what it printed, what lies beside."""
    folder.mkdir(parents=True)
    one = {"unit": "ms", "avg": 80.0 + load, "min": 60.0, "max": 130.0, "p50": 79.0, "p90": 99.0, "p99": 120.0}
    config = {
        "models": {"items": [{"name": "gemma3:1b"}]},
        "datasets": [{"prompts": {"isl": {"mean": float(asked[0])}, "osl": {"mean": float(asked[1])}}}],
        "phases": [
            {"name": "warmup", "exclude_from_results": True, "concurrency": 2},
            {"name": "profiling", "concurrency": load, "requests": 40},
        ],
    }
    run = {
        "aiperf_version": "0.13.0",
        "time_to_first_token": one,
        "request_latency": {**one, "avg": 400.0 + load},
        "output_token_throughput": {"unit": "tokens/sec", "avg": rate},
        "input_config": config,
    }
    (folder / "profile_export_aiperf.json").write_text(json.dumps(run))
    (folder / "inputs.json").write_text(
        json.dumps({"data": [{"session_id": "s0", "payloads": [{"model": "gemma3:1b", "max_completion_tokens": 43}]}]})
    )
    plan = {"benchmark": {"endpoint": {}, "dataset": {}, "phases": [], "model": "gemma3:1b"}}
    (folder / "aiperf_config.yaml").write_text(json.dumps(plan))  # YAML as well
    phase = {"phase_kind": "profiling", "metrics_json": "phases/profiling/x.json", "start_ns": 1, "end_ns": 2}
    (folder / "phase_manifest.json").write_text(json.dumps({"phases": [phase]}))
    (folder / "profile_export_network_latency.jsonl").write_text('{"probe_type": "tcp_connect", "rtt_ns": 5373025}\n')
    if console:
        lines = [
            "NVIDIA AIPerf | LLM Metrics",
            "┃ Metric ┃ avg ┃ min ┃ max ┃ p99 ┃ p90 ┃ p50 ┃ std ┃",
            f"│ Time to First Token (ms) │ {80 + load:.2f} │ 60.00 │ 130.00 │ 120.00 │ 99.00 │ 79.00 │ 9.00 │",
            f"│ Output Token Throughput (tokens/sec) │ {rate:,.2f} │ N/A │ N/A │ N/A │ N/A │ N/A │ N/A │",
        ]
        (folder / "profile_export_console.txt").write_text("\n".join(lines) + "\n")


def test_steps_of_a_plan_differ_by_what_was_set_and_not_by_their_folders_names(tmp_path: Path) -> None:
    """A rival is no folder called `concurrency`: the lengths that were asked for and the load tell the steps apart."""
    _step(tmp_path / "000-baseline", load=1, asked=(512, 256), rate=175.0)
    for at, load in enumerate((1, 2, 4), 1):
        _step(tmp_path / f"00{at}-concurrency", load=load, asked=(60, 40), rate=170.0 * load)
    _step(tmp_path / "004-baseline_end", load=1, asked=(512, 256), rate=171.0)
    read, whole = ingest(tmp_path), "profile_export_aiperf.json"
    assert {(r["factor.input_length"], r["factor.output_length"]) for _, r in read.table.iterrows()} == {
        ("512", "256"),
        ("60", "40"),
    }
    assert not [c for c in read.table if c == "factor.variant" and read.table[c].notna().any()]
    reasons = {s.path.rpartition("/")[2]: s.reason for s in read.sources if s.status == "skipped"}
    assert reasons == {
        "aiperf_config.yaml": "not needed: settings of a run",
        "inputs.json": "not needed: the prompts of a run",
        "phase_manifest.json": "not needed: the phases of a run",
        "profile_export_network_latency.jsonl": "not needed: probes of the network during a run",
        "profile_export_console.txt": f"not needed: the figures of {whole} in the same folder, rounded",
    }


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (("01-fp16", "02-fp8", "03-int4"), True),  # a numbered list of what was compared
        (("0-eager", "1-graphs", "2-graphs"), False),
        (("1_load", "2_load", "4_load"), True),  # no steps of a plan: one is missing
        (("fp16", "fp8", "int4"), True),
    ],
)
def test_numbered_folders_that_name_what_was_compared_stay_levels(
    names: tuple[str, ...], kept: bool, tmp_path: Path
) -> None:
    for at, name in enumerate(names):
        _step(tmp_path / name, load=2 ** (at % 3) if not kept else 4, asked=(60, 40), rate=170.0 + at, console=False)
    table = ingest(tmp_path).table
    told = [c for c in ("factor.variant", "factor.quantisation") if c in table and table[c].notna().any()]
    assert bool(told) is kept


def test_lengths_are_read_where_older_versions_keep_them(tmp_path: Path) -> None:
    _step(tmp_path / "run", load=2, asked=(60, 40), rate=100.0)
    path = tmp_path / "run" / "profile_export_aiperf.json"
    run = json.loads(path.read_text())
    run["input_config"] |= {"datasets": [], "input": {"prompt": {"input_tokens": {"mean": 550}}}}
    path.write_text(json.dumps(run))
    assert set(ingest(path).table["factor.input_length"]) == {"550"}
