"""What files mean that people leave lying about: whose numbers they are, what was varied, and on how many they rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Dataset, KnownBy, Role

HEAD = "run,ttft_ms,decode_tps\n"


def made(root: Path, files: dict[str, Any]) -> Dataset:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return ingest(root)


def rows(ttft: float, rate: float, n: int = 3, head: str = "", cells: str = "") -> str:
    """A CSV of n runs near these values."""
    lines = [f"{i + 1},{ttft + 0.1 * i},{rate + 0.1 * i}{',' + cells if cells else ''}" for i in range(n)]
    return (HEAD if not head else HEAD.strip() + "," + head + "\n") + "\n".join(lines) + "\n"


# --- identity is not taken from a neighbour ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nameless", "named"),
    [
        ("bench_20260401_201324.csv", "bench_20260506_170833.csv"),
        ("sweep_20260101.csv", "sweep_20260102.csv"),
        ("run.csv", "run_summary.csv"),
        ("2026-04-01/results.csv", "2026-05-06/results.csv"),
        ("night_1712000000.csv", "night_1713000000.csv"),
        ("raw/serve.csv", "summary/serve.csv"),
    ],
)
def test_a_neighbour_with_other_numbers_names_nobody(tmp_path: Path, nameless: str, named: str) -> None:
    found = made(tmp_path, {nameless: rows(60, 91), named: rows(400, 21, head="model", cells="Beta-27B")}).table
    assert set(found.loc[found["source"] == nameless, "subject"]) == {""}
    beta = found[found["subject"] == "Beta-27B"]
    assert set(beta["source"]) == {named} and len(beta[beta["metric"] == "decode_rate"]) == 3


@pytest.mark.parametrize("folders", [("", ""), ("raw/", "summary/")])
def test_a_companion_whose_numbers_agree_names_its_samples(tmp_path: Path, folders: tuple[str, str]) -> None:
    found = made(
        tmp_path,
        {
            f"{folders[0]}night_raw.csv": rows(400, 21),
            f"{folders[1]}night_summary.json": {"model": "Beta-27B", "mean_ttft_ms": 400.1, "mean_decode_tps": 21.1},
        },
    )
    raw = found.table[found.table["source"].str.endswith("raw.csv")]
    assert set(raw["subject"]) == {"Beta-27B"}
    told = [a for a in found.readings[raw["source"].iloc[0]] if a.means == "subject"]
    assert [a.known_by for a in told] == [KnownBy.COMPANION]


# --- the path is a factor ---------------------------------------------------------------------------------------------

METRICS = {"model": "acme-4b", "tokens_per_second": 52.5, "ttft_ms": 602}


@pytest.mark.parametrize(
    ("names", "factor", "levels", "suites"),
    [
        (
            ["runtime-tokio/run_{}/metrics.json", "runtime-async-std/run_{}/metrics.json"],
            "backend",
            ("tokio", "async-std"),
            1,
        ),
        (["fp8/rep{}.json", "bf16/rep{}.json"], "quantisation", ("fp8", "bf16"), 1),
        (["serve_fp8_run{}.json", "serve_bf16_run{}.json"], "quantisation", ("fp8", "bf16"), 1),
        (["groq_70b_r{}.json", "bedrock_70b_r{}.json"], "provider", ("groq", "bedrock"), 1),
        (["load_c4_run{}.json", "load_c16_run{}.json"], "concurrency", ("4", "16"), 1),
        (["scheduler=fifo/{}/out.json", "scheduler=lifo/{}/out.json"], "scheduler", ("fifo", "lifo"), 1),
        (["alice/trial_{}/m.json", "bob/trial_{}/m.json"], "variant", ("alice", "bob"), 1),
        (["sim_eager_{}.json", "sim_compiled_{}.json"], "variant", ("eager", "compiled"), 1),
        (["a_vllm/run{}/x.json", "a_sglang/run{}/x.json"], "backend", ("vllm", "sglang"), 1),
    ],
)
def test_what_differs_between_paths_is_a_factor_and_repeats_are_none(
    tmp_path: Path, names: list[str], factor: str, levels: tuple[str, str], suites: int
) -> None:
    files = {
        name.format(i): METRICS | {"tokens_per_second": 50.0 * (k + 1) + i}
        for k, name in enumerate(names)
        for i in range(1, 4)
    }
    found = made(tmp_path, files)
    table = found.table[found.table["metric"] == "decode_rate"]
    assert table["suite"].nunique() == suites
    means = table.groupby(f"factor.{factor}")["value"].mean()
    assert (round(means[levels[0]]), round(means[levels[1]])) == (52, 102)
    assert [f for f in found.factors if table[f"factor.{f}"].nunique() > 1] == [factor]
    assert any(a.known_by is KnownBy.PATH and a.means == factor for r in found.readings.values() for a in r)


def test_copies_of_a_file_in_two_folders_are_no_variants(tmp_path: Path) -> None:
    found = made(tmp_path, {"a/x.json": METRICS, "b/x.json": METRICS})
    assert found.factors == []


def test_folders_that_sort_files_by_kind_are_no_variants(tmp_path: Path) -> None:
    found = made(tmp_path, {"raw/x.json": METRICS, "results/x.json": METRICS | {"ttft_ms": 5}})
    assert found.factors == []


# --- suites are what was measured -------------------------------------------------------------------------------------


def served(model: str, rate: float) -> dict[str, Any]:
    about = {"backend": "vllm", "model_id": model, "num_prompts": 200, "request_rate": "inf", "max_concurrency": 32}
    times = {"mean_ttft_ms": 300.0, "median_ttft_ms": 300.0, "mean_tpot_ms": 24.0}
    return about | times | {"completed": 200, "request_throughput": rate, "output_throughput": 200 * rate}


@pytest.mark.parametrize(
    "names",
    [
        ("qwen_bf16.json", "qwen_fp8.json"),
        ("acme-32b.json", "acme-32b-FP8.json"),
        ("before.json", "after.json"),
        ("monday/serve.json", "tuesday/serve.json"),
        ("vllm-acme-32b-20260818.json", "vllm-acme-32b-FP8-20260819.json"),
        ("first_try.json", "with-more-cache.json"),
    ],
)
def test_runs_of_one_tool_are_one_suite_whatever_they_are_called(tmp_path: Path, names: tuple[str, str]) -> None:
    found = made(tmp_path, {names[0]: served("acme-32b", 7.5), names[1]: served("acme-32b-FP8", 12.0)})
    assert found.table["suite"].nunique() == 1
    assert set(found.table["subject"]) == {"acme-32b", "acme-32b-FP8"}


def test_files_of_other_metrics_stay_another_suite(tmp_path: Path) -> None:
    found = made(
        tmp_path, {"load_fp8.csv": "model,power_w\nm,100\nm,101\n", "decode_fp8.csv": "model,decode_tps\nm,10\nm,11\n"}
    )
    assert found.table["suite"].nunique() == 2


# --- n is of the record that an aggregate belongs to ------------------------------------------------------------------


def aggregate(n: int, told: dict[str, Any]) -> dict[str, Any]:
    return {"tps_avg": 4.8, "tps_stdev": 0.3, **told, "measurements": [{"tps": 4.5 + 0.1 * i} for i in range(n)]}


@pytest.mark.parametrize(
    ("document", "counts"),
    [
        ({"results": [aggregate(2, {"runs": 2, "num_gpu": 0}), aggregate(2, {"runs": 2, "num_gpu": 4})]}, {2}),
        ({"results": [aggregate(3, {"num_gpu": 0}), aggregate(3, {"num_gpu": 4})]}, {3}),
        ({"phases": {"one": {"results": [aggregate(5, {"num_gpu": 0}), aggregate(2, {"num_gpu": 4})]}}}, {5, 2}),
        ({"results": [aggregate(4, {"num_gpu": 0})]}, {4}),
        ([aggregate(2, {"num_gpu": 0}), aggregate(3, {"num_gpu": 4}), aggregate(4, {"num_gpu": 8})], {2, 3, 4}),
    ],
)
def test_n_of_an_aggregate_is_of_its_own_records(tmp_path: Path, document: Any, counts: set[int]) -> None:
    found = made(tmp_path, {"a.json": document}).table
    assert set(found.loc[found["stat"] == "mean", "n"]) == counts


# --- rates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "metric"),
    [
        ("output_tok_s", "output_throughput"),
        ("total_tok_s", "total_throughput"),
        ("Output tok/s", "output_throughput"),
        ("Total tokens/s", "total_throughput"),
        ("total_tokens_per_sec", "total_throughput"),
        ("output token throughput (tok/s)", "output_throughput"),
    ],
)
def test_a_total_rate_is_no_decode_rate(tmp_path: Path, header: str, metric: str) -> None:
    found = made(
        tmp_path, {"s.csv": f"model,concurrency,{header},tpot_p50_ms\nm,32,620.5,31.4\nm,32,618.2,31.6\n"}
    ).table
    assert set(found["metric"]) == {metric, "tpot"}


def test_a_rate_that_its_tpot_contradicts_is_of_all_requests(tmp_path: Path) -> None:
    found = made(
        tmp_path, {"s.csv": "model,concurrency,tokens_per_second,tpot_ms\nm,32,620.5,31.4\nm,32,618.2,31.6\n"}
    ).table
    assert set(found["metric"]) == {"output_throughput", "tpot"}


# --- workload, components, repeats ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "levels", "factor", "role"),
    [
        ("context_len", (4096, 32768), "context_length", Role.WORKLOAD),
        ("prompt_type", ("short", "long"), "prompt_type", Role.WORKLOAD),
        ("num_clients", (1, 8), "num_clients", Role.WORKLOAD),
        ("isl", (128, 1024), "input_length", Role.WORKLOAD),
        ("tp_size", (1, 2), "tensor_parallel", Role.SETTING),
        ("enforce_eager", ("true", "false"), "enforce_eager", Role.SETTING),
        ("worker_type", ("prefill", "decode"), "worker_type", Role.COMPONENT),
    ],
)
def test_columns_with_registered_names_are_factors_in_their_roles(
    tmp_path: Path, column: str, levels: tuple[Any, Any], factor: str, role: Role
) -> None:
    lines = [f"acme-8b,{level},{10 + i}" for level in levels for i in range(3)]
    found = made(tmp_path, {"s.csv": f"model,{column},decode_tps\n" + "\n".join(lines) + "\n"})
    assert factor in found.factors and found.role_of(factor) is role


def test_run_numbers_are_no_factor(tmp_path: Path) -> None:
    found = made(tmp_path, {"s.csv": "model,run,decode_tps\nm,1,10\nm,2,11\nm,3,12\n"})
    assert found.factors == []
    assert [a.role for a in found.readings["s.csv"] if a.name == "run"] == [Role.REPLICATE]


# --- providers --------------------------------------------------------------------------------------------------------


def test_llmperf_requests_have_the_model_and_provider_of_their_summary(tmp_path: Path) -> None:
    files: dict[str, Any] = {}
    for provider, model, ttft in (("groq", "llama2-70b-4096", 0.3), ("bedrock", "meta.llama2-70b-chat-v1", 0.5)):
        good = {
            "error_code": None,
            "error_msg": "",
            "ttft_s": ttft,
            "end_to_end_latency_s": 3.0,
            "inter_token_latency_s": 0.02,
        }
        bad = {"error_code": 429, "error_msg": "", "ttft_s": 0, "end_to_end_latency_s": 0, "inter_token_latency_s": 0.0}
        files[f"individual/{provider}_70b.json"] = [good, good, bad]
        means = {"results_ttft_s_mean": ttft, "results_end_to_end_latency_s_mean": 3.0}
        about = {"model": model, "num_concurrent_requests": 5, "results_num_completed_requests": 2}
        files[f"summary/{provider}_70b.json"] = about | means
    found = made(tmp_path, files)
    requests = found.table[found.table["source"].str.startswith("individual")]
    assert set(requests["subject"]) == {"llama-2-70b"} and requests["suite"].nunique() == 1
    failed = requests[requests["status"] != "ok"]
    assert failed.groupby("factor.provider").size().to_dict() == {"groq": 1, "bedrock": 1}
    assert set(failed["message"]) == {"HTTP 429"}


@pytest.mark.parametrize("name", ["night-{:03d}", "day_{}", "week{}", "session-{}", "lot-{}", "{}"])
def test_when_it_was_measured_is_no_setting(tmp_path: Path, name: str) -> None:
    files = {f"{name.format(i)}/speed.csv": rows(100 + i, 50 + i, head="model", cells="small:1b") for i in range(1, 4)}
    found = made(tmp_path, files)
    assert found.factors == [] and found.table["suite"].nunique() == 1


@pytest.mark.parametrize(
    ("name", "factor"), [("threads-{}", "num_thread"), ("batch-{}", "batch_size"), ("tp{}", "tensor_parallel")]
)
def test_a_number_behind_the_name_of_a_setting_is_its_level(tmp_path: Path, name: str, factor: str) -> None:
    files = {f"{name.format(i)}/speed.csv": rows(100 + i, 50 + i, head="model", cells="small:1b") for i in (1, 2, 4)}
    assert made(tmp_path, files).factors == [factor]
