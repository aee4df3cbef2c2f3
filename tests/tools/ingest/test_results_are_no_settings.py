"""What came out of a run is no condition of it: no axis, no level, nothing that records are matched by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset, KnownBy, Role

_CONDITIONS = (Role.SETTING, Role.WORKLOAD, Role.SYSTEM, Role.ENVIRONMENT, Role.UNKNOWN)


def folder(tmp_path: Path, files: dict[str, Any]) -> Dataset:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ingest(tmp_path)


def conditions(found: Dataset) -> set[str]:
    """The factors by which records of the folder would be matched, or over which a curve would go."""
    varied = {f for f in found.factors if found.table[FACTOR + f].nunique() > 1}
    return {f for f in varied if found.role_of(f) in _CONDITIONS}


def grid(extra: str, cell: Any) -> list[dict[str, Any]]:
    """Two models at three lengths, three repeats each; `cell` gives the extra column of record i."""
    rows = []
    for m in range(2):
        for k, length in enumerate((512, 1024, 2048)):
            for r in range(3):
                i = m * 9 + k * 3 + r
                row = {"model": f"m-{7 + m}b", "input_length": length, "tokens_per_second": 60.5 - 9 * k - m + r / 7}
                rows.append(row | {extra: cell(i, length)})
    return rows


@pytest.mark.parametrize("name", ["workload_ratio", "prefill_part", "fill_level", "pressure", "io_balance"])
def test_a_ratio_of_two_counts_is_no_condition(tmp_path: Path, name: str) -> None:
    """Answers end where they end: three lengths of answers for each prompt, and so three ratios."""
    answers = (100, 87, 100)
    rows = grid(name, lambda i, n: round(n / (n + answers[i % 3]), 3))
    for i, row in enumerate(rows):
        row |= {"generated_tokens": answers[i % 3]}
    found = folder(tmp_path, {"r.json": rows})
    assert conditions(found) == {"input_length"}


@pytest.mark.parametrize("name", ["total_requests", "num_tasks", "conversations", "batches_seen", "chunks"])
def test_a_count_that_came_out_is_no_condition(tmp_path: Path, name: str) -> None:
    counts = [[450, 722, 772], [16, 17, 29]]
    files = {
        f"{engine}.json": {
            "config": {"deployment_type": engine, "model": "m:4b"},
            "results": [
                {"concurrency": c, name: counts[e][k], "avg_latency": 3.9 * c / (1 + 50 * (1 - e)), "throughput": 2.5}
                for k, c in enumerate((10, 50, 100))
            ],
        }
        for e, engine in enumerate(("vllm", "ollama"))
    }
    assert name not in conditions(folder(tmp_path, files))


@pytest.mark.parametrize("name", ["peak_memory_system", "avg", "max", "mean_queue_depth", "p95_backlog"])
def test_a_statistic_is_no_condition(tmp_path: Path, name: str) -> None:
    rows = [
        {"model": f"m-{m}b", "concurrency": c, "avg_latency_s": 1.5 + c / 9 + m / 10, name: (62.7, 62.1, 61.8)[k]}
        for m in (3, 7)
        for k, c in enumerate((10, 50, 100))
    ]
    assert conditions(folder(tmp_path, {"r.json": rows})) == {"concurrency"}


@pytest.mark.parametrize(
    "place", ["task_type_distribution", "request_counts", "kind_histogram", "breakdown", "by_kind"]
)
@pytest.mark.parametrize("name", ["streaming", "thinking"])
def test_a_tally_of_requests_is_no_switch(tmp_path: Path, place: str, name: str) -> None:
    rows = [
        {
            "model": f"m-{m}b",
            "users": c,
            "avg_time_to_first_token_s": 26.5 + c / m,
            place: {name: n + m, "math": 59 + m},
        }
        for m in (3, 7)
        for c, n in ((50, 247), (150, 350))
    ]
    assert conditions(folder(tmp_path, {"r.json": rows})) == {"concurrency"}


@pytest.mark.parametrize(
    ("name", "levels"),
    [("beam_width", (1, 4, 8)), ("chunk", (128, 256, 512)), ("alpha", (0.1, 0.5, 0.9)), ("draft_len", (3, 5, 7)),
     ("lora_r", (8, 16, 64)), ("guidance", (1.5, 3.5, 7.5)), ("keep", (0.25, 0.5, 0.75))],
)  # fmt: skip
def test_round_numbers_that_were_crossed_stay_settings(tmp_path: Path, name: str, levels: tuple[float, ...]) -> None:
    rows = [
        {"model": f"m-{m}b", name: v, "tokens_per_second": 60.5 - 9 * k - m + r / 7}
        for m in (3, 7)
        for k, v in enumerate(levels)
        for r in range(3)
    ]
    assert name in conditions(folder(tmp_path, {"r.json": rows}))


@pytest.mark.parametrize("name", ["tokens_prompt", "prompt_tokens_sum", "read_tokens", "input_volume", "context_used"])
def test_an_amount_of_each_task_is_no_axis_beside_the_task(tmp_path: Path, name: str) -> None:
    """Each model splits the texts of each task in its own way: the amounts follow from the two, and say no more."""
    amounts = {("m-3b", "humaneval"): 51675, ("m-3b", "mmlu"): 170633, ("m-7b", "humaneval"): 48478,
               ("m-7b", "mmlu"): 173830}  # fmt: skip
    rows = [
        {"model": m, "task": t, "quantization": q, name: amounts[m, t], "decode_tps": 20.5 + len(m + t) + k}
        for m in ("m-3b", "m-7b")
        for t in ("humaneval", "mmlu")
        for k, q in enumerate(("q4_0", "q8_0", "f16"))
    ]
    assert conditions(folder(tmp_path, {"r.json": rows})) == {"task", "quantisation"}


@pytest.mark.parametrize("called", ["Unknown GPU", "unknown", "N/A", "Unknown device", "generic gpu"])
def test_a_system_without_a_name_has_that_of_its_folder(tmp_path: Path, called: str) -> None:
    names = {"H100": "NVIDIA H100 PCIe", "B200": "NVIDIA B200", "MI300X": called}
    files = {
        f"{place}/bench_c{c}.json": {
            "gpu_info": {"model": name, "memory": f"{len(name)}GB"}, "concurrency": c, "requests_per_second": 2.5 + c
        }
        for place, name in names.items()
        for c in (1, 8)
    }  # fmt: skip
    of_all = {k.replace("bench_c1", "summary"): {"tests": [v], "note": 1} for k, v in files.items() if "c1" in k}
    found = folder(tmp_path, files | of_all)
    assert set(found.table["subject"]) == {"NVIDIA H100 PCIe", "NVIDIA B200", "MI300X"}
    assert conditions(found) == {"concurrency"}


@pytest.mark.parametrize("name", ["deployment_type", "stack", "served_by", "kind", "impl"])
def test_levels_that_are_engines_are_the_engine(tmp_path: Path, name: str) -> None:
    files = {
        f"{e}_data_{k}.json": {"config": {name: e, "model": "m:4b"}, "results": [{"users": 10, "avg_latency": 3.5 + k}]}
        for k in range(2)
        for e in ("ollama", "vllm")
    }
    found = folder(tmp_path, files)
    assert "backend" in conditions(found) and name not in found.factors


@pytest.mark.parametrize("place", ["config", "configuration", "test_config", "benchmark_config", "sampling_params"])
def test_a_configuration_holds_no_result(tmp_path: Path, place: str) -> None:
    wanted = {"input_tokens": 1000, "output_tokens": 500, "error_rate_threshold": 5.0, "quality_sample_rate": 0.1}
    found = folder(tmp_path, {"r.json": {place: wanted, "results": [{"model": "m", "users": 8, "avg_latency_s": 3.5}]}})
    assert set(found.table["metric"]) == {"e2e_latency"}


@pytest.mark.parametrize("tokens", ["total_tokens_generated", "total_output_tokens", "tokens_generated_total",
                                    "total_completion_tokens", "output_tokens_total"])  # fmt: skip
def test_the_tokens_of_a_test_over_its_time_are_the_servers_rate(tmp_path: Path, tokens: str) -> None:
    """It does not rise with the load: this server answers one request after another."""
    rows = [
        {"level": c, "total_requests": 16 + c, "avg_tokens_per_second": 4.66, tokens: 4.66 * t, "test_duration": t,
         "throughput": (16 + c) / t, "avg_latency": 18.5 * c}
        for c, t in ((10, 416.0), (50, 1700.0), (100, 2641.0))
    ]  # fmt: skip
    found = folder(tmp_path, {"r.json": {"config": {"model": "m:4b"}, "results": rows}})
    assert {"output_throughput", "request_rate"} <= set(found.table["metric"])
    assert "decode_rate" not in set(found.table["metric"])
    assert conditions(found) == {"load_level"}


@pytest.mark.parametrize("metric", ["itl", "tpot"])
def test_between_the_tokens_of_one_token_there_is_nothing(tmp_path: Path, metric: str) -> None:
    record = {"model_id": "m", "completed": 50, "total_input_tokens": 5000, "total_output_tokens": 50, "duration": 9.5,
              "request_throughput": 5.5, "total_token_throughput": 55.5, "mean_ttft_ms": 900.5}  # fmt: skip
    found = folder(tmp_path, {"r.json": record | {f"mean_{metric}_ms": 0.0, f"p99_{metric}_ms": 0.0}})
    assert metric not in set(found.table["metric"])
    several = record | {"total_output_tokens": 5000, f"mean_{metric}_ms": 0.0}
    found = folder(tmp_path / "b", {"r.json": several})
    assert set(found.table[found.table["metric"] == metric]["status"]) == {"set aside"}


@pytest.mark.parametrize("names", [("avg_memory_usage", "peak_memory_usage"), ("mean_cpu_usage", "max_cpu_usage")])
def test_namesakes_of_other_quantities_contradict_nothing(tmp_path: Path, names: tuple[str, str]) -> None:
    """A share of the machine, and the megabytes of a request."""
    rows = [{"model": "m", "users": c, "avg_latency_s": 1.5 + c, names[0]: 60.5 + c / 50, names[1]: 0.25 + c / 1000}
            for c in (10, 50, 100)]  # fmt: skip
    assert "set aside" not in set(folder(tmp_path, {"r.json": rows}).table["status"])


@pytest.mark.parametrize(
    "text",
    ["Level   TTFT(s)   P95(s)\n10      1.5       2.5\n", "Time to first token: 1.5 s\n", "avg TTFT (s) by level\n",
     "  - Time to First Token: 689.916s\n", "TTFT = 1.5 seconds at 10 users\n"],
)  # fmt: skip
def test_a_text_beside_the_data_gives_its_units(tmp_path: Path, text: str) -> None:
    rows = [{"users": c, "avg_time_to_first_token": 1.5 + c} for c in (10, 50)]
    found = folder(tmp_path, {"r.json": {"config": {"model": "m:4b"}, "results": rows}, "r.txt": f"REPORT\n\n{text}"})
    (told,) = [a for s in found.sources for a in s.reading if a.means == "ttft"]
    assert told.unit == "s" and told.unit_known_by is KnownBy.COMPANION
    other = folder(tmp_path / "b", {"r.json": {"config": {"model": "m:4b"}, "results": rows}, "r.txt": "TTFT(ms)\n"})
    assert {a.unit_known_by for s in other.sources for a in s.reading if a.means == "ttft"} == {KnownBy.ASSUMED}


@pytest.mark.parametrize("name", ["out_hash", "answer_sha256", "text_md5", "output_digest", "reply_fingerprint"])
def test_a_digest_of_the_answer_is_no_condition(tmp_path: Path, name: str) -> None:
    rows = [
        {"model": f"m-{m}b", "threads": t, "tokens_per_second": 40.5 + t + m + r / 9, name: f"a{m}f0{m}9e{m}"}
        for m in (3, 7)
        for t in (4, 8)
        for r in range(3)
    ]
    assert name not in conditions(folder(tmp_path, {"r.json": rows}))


@pytest.mark.parametrize("name", ["best_backend", "fastest_engine", "winner", "optimal_mode", "recommended_config"])
def test_which_level_won_is_no_condition(tmp_path: Path, name: str) -> None:
    rows = [
        {"model": f"m-{m}b", "threads": t, "tokens_per_second": 40.5 + t + m + r / 9, name: ("cuda", "vulkan")[t > 4]}
        for m in (3, 7)
        for t in (2, 4, 8)
        for r in range(3)
    ]
    assert not {name, "backend"} & conditions(folder(tmp_path, {"r.json": rows}))
    files = {f"{m}.json": rows[9 * k : 9 * k + 9] for k, m in enumerate("ab")}
    assert not {name, "backend"} & conditions(folder(tmp_path / "b", files))


@pytest.mark.parametrize("levels", ["Trial {}", "run_{}", "Rep {}", "attempt-{}", "pass {}"])
def test_cases_that_are_counted_are_repeats(tmp_path: Path, levels: str) -> None:
    rows = "".join(f"m-{m}b,{levels.format(k)},{20.5 + m + k}\n" for m in (3, 7) for k in (1, 2, 3))
    (tmp_path / "r.csv").write_text(f"model,case,decode_tps\n{rows}")
    found = ingest(tmp_path)
    assert "case" not in found.factors or found.role_of("case") is Role.REPLICATE


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "http://localhost:8000", "::1"])
def test_where_a_server_listens_is_no_machine(tmp_path: Path, host: str) -> None:
    found = folder(tmp_path, {"r.json": {"server": {"host": host}, "model": "m", "avg_latency_s": 3.5}})
    assert "host" not in found.factors
    found = folder(tmp_path / "b", {"r.json": {"server": {"host": "node-17"}, "model": "m", "avg_latency_s": 3.5}})
    assert "host" in found.factors
