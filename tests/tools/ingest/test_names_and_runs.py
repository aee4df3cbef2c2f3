"""Numbers in names, numbers of GPUs, titles that are no machines, tokens of runs: five variants of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset


def folder(tmp_path: Path, files: dict[str, Any]) -> Dataset:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ingest(tmp_path)


def varied(found: Dataset) -> dict[str, set[str]]:
    table = found.table
    out = {c.removeprefix(FACTOR): set(table[c].dropna()) for c in table.columns if c.startswith(FACTOR)}
    return {k: v for k, v in out.items() if len(v) > 1}


def rows(rate: float, model: str = "acme-7b") -> str:
    body = "".join(f"{model},{i},{rate + i / 7:.3f},{90 / rate + i / 9:.3f}\n" for i in range(6))
    return "model,sample,tokens_per_second,latency_s\n" + body


# --- numbers in names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("speculation_draft_steps_{}", "draft_steps"),
        ("sweep-window{}", "window"),
        ("perf_lookahead_{}_final", "lookahead"),
        ("beams{}", "beams"),
        ("night_power_cap_{}", "power_cap"),
    ],
)
def test_numbers_in_which_names_differ_are_levels_of_the_word_before(tmp_path: Path, stem: str, name: str) -> None:
    found = folder(tmp_path, {f"{stem.format(v)}.csv": rows(20.5 + v / 9) for v in (5, 50, 128, 512)})
    assert varied(found) == {name: {"5", "50", "128", "512"}}
    assert len(set(found.table["suite"])) == 1


@pytest.mark.parametrize("stem", ["run_{}", "exp{}", "part{}", "prompt_{}", "day{}"])
def test_numbers_that_count_are_none(tmp_path: Path, stem: str) -> None:
    found = folder(tmp_path, {f"bench_{stem.format(v)}.csv": rows(20.5 + v / 9) for v in (1, 2, 3, 4)})
    assert not varied(found)


@pytest.mark.parametrize("names", [("pi3", "pi4", "pi5"), ("i5", "i7", "i9"), ("m1", "m2", "m4")])
def test_numbers_of_machines_are_no_levels_of_a_letter(tmp_path: Path, names: tuple[str, ...]) -> None:
    found = folder(tmp_path, {f"bench_{v}.csv": rows(20.5 + 7 * k) for k, v in enumerate(names)})
    assert not {"pi", "i", "m"} & set(varied(found))


# --- how many GPUs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two"),
    [("1gpu", "2gpu"), ("singlegpu", "twogpu"), ("single_gpu", "dual_gpu"), ("1xa100", "2xa100"), ("1-gpus", "2-gpus")],
)
@pytest.mark.parametrize("place", ["{}/bench.csv", "bench_{}.csv"])
def test_names_tell_how_many_gpus_ran(tmp_path: Path, one: str, two: str, place: str) -> None:
    found = folder(tmp_path, {place.format(one): rows(72.5), place.format(two): rows(64.5)})
    assert varied(found)["num_gpus"] == {"1", "2"}
    assert len(set(found.table["suite"])) == 1


@pytest.mark.parametrize("name", ["gpu0", "gpu1_log", "cpu_and_gpu", "gpus", "a gpu"])
def test_a_gpu_that_is_named_is_no_number(tmp_path: Path, name: str) -> None:
    found = folder(tmp_path, {f"{name}/bench.csv": rows(72.5), "other/bench.csv": rows(64.5)})
    assert "num_gpus" not in varied(found)


@pytest.mark.parametrize(
    "titles",
    [
        ("SINGLE GPU MODEL EVALUATION SUMMARY", "MULTI-GPU MODEL EVALUATION SUMMARY"),
        ("GPU BENCHMARK OF ALL THE MODELS", "CPU BENCHMARK OF ALL THE MODELS"),
        ("Results of our GPU server tests", "More results of our GPU server tests"),
        ("THROUGHPUT ON GPU BY CATEGORY", "LATENCY ON GPU BY CATEGORY"),
        ("Evaluation with GPU acceleration on", "Evaluation with GPU acceleration off"),
    ],
)
def test_a_title_that_holds_the_word_is_no_machine(tmp_path: Path, titles: tuple[str, str]) -> None:
    def text(title: str) -> str:
        return "\n".join(
            f"{'=' * 50}\n{title}\n{'=' * 50}\nModel: acme-{m}b\n\nOverall Metrics:\n"
            f"  Average inference time: {m / 5}s (±0.08s)\n"
            f"  Average throughput: {90.25 - m} tokens/s (±6.11)\n  Average completion tokens: 104\n"
            for m in (3, 7, 14)
        )

    found = folder(tmp_path, {f"{k}/summary.txt": text(t) for k, t in enumerate(titles)})
    table = found.table
    assert not any(
        t in set(table[c].dropna()) for c in table.columns if str(c).startswith(FACTOR + "d") for t in titles
    )
    assert 87.25 in set(table["value"])


# --- tokens of runs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "tokens", "time"),
    [
        ("requests", "completion_tokens", "total_seconds"),
        ("num_prompts", "output_tokens", "duration_s"),
        ("Numero de Problemas", "Tokens Generados", "Inferencia Media (s)"),
        ("questions", "generated_tokens", "mean_latency_s"),
        ("completed", "completion_tokens", "benchmark_duration_s"),
    ],
)
def test_tokens_of_all_requests_are_no_length_of_an_answer(tmp_path: Path, count: str, tokens: str, time: str) -> None:
    each = "Media" in time or "mean" in time
    table = [
        {
            "model": m,
            count: 160,
            tokens: 160 * 64,
            time: 64 / r if each else 160 * 64 / r,
            "output_tokens_per_second": r,
        }
        for m, r in (("acme-3b", 24.5), ("acme-7b", 51.25), ("kilo-8b", 33.5))
    ]
    found = folder(tmp_path, {"r.json": table}).table
    assert set(found[found["metric"] == "output_tokens"]["stat"]) <= {"total", "mean"}
    assert not ((found["metric"] == "output_tokens") & (found["stat"] != "total") & (found["value"] > 1000)).any()


@pytest.mark.parametrize("count", ["requests", "num_prompts", "questions", "completed", "samples"])
def test_tokens_of_an_answer_beside_a_count_stay_its_length(tmp_path: Path, count: str) -> None:
    table = [
        {"model": m, count: 160, "output_tokens": 256, "mean_latency_s": 256 / r, "decode_tps": r}
        for m, r in (("acme-3b", 24.5), ("acme-7b", 51.25), ("kilo-8b", 33.5))
    ]
    found = folder(tmp_path, {"r.json": table}).table
    assert set(found[found["metric"] == "output_tokens"]["value"]) == {256}
    assert "total" not in set(found[found["metric"] == "output_tokens"]["stat"])


@pytest.mark.parametrize("above", ["total_prompts", "num_requests", "questions", "requests", "samples"])
def test_requests_of_a_run_that_says_how_many_there_were_stay_requests(tmp_path: Path, above: str) -> None:
    asked = [
        {"prompt_id": f"p{i}", "completion_tokens": 96 + i, "total_time": (96 + i) / 50.5, "throughput": 50.5}
        for i in range(36)
    ]
    table = folder(tmp_path, {"r.json": {"model": "acme-7b", above: 42, "results": asked}}).table
    assert set(table[table["metric"] == "output_tokens"]["stat"]) == {"sample"}
    assert "output_throughput" not in set(table["metric"])


# --- decoding with and without a draft -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head", ["Speculative Decoding", "speculative_method", "spec_type", "speculation", "spec_decode"]
)
@pytest.mark.parametrize("ways", [("", "draft_model"), ("", "ngram", "draft_model")])
def test_a_blank_beside_ways_of_speculation_is_none(tmp_path: Path, head: str, ways: tuple[str, ...]) -> None:
    lines = [
        f"acme-{m}b,{task},{way},{20.5 + 9 * k + m + len(task)}"
        for m in (3, 7) for task in ("code", "summary") for k, way in enumerate(ways)
    ]  # fmt: skip
    found = folder(tmp_path, {"r.csv": "\n".join([f"model,task,{head},decode_tps", *lines])})
    assert any({w or "none" for w in ways} == levels for levels in varied(found).values())


@pytest.mark.parametrize("above", ["spec_config", "speculative_config", "draft", "speculative", "speculator"])
def test_the_model_of_the_drafts_is_no_system(tmp_path: Path, above: str) -> None:
    runs = [
        {"requests": 48, "output_throughput": 1080.5 + 90 * n, "mean_latency_s": 0.7 - n / 90,
         above: {"model": f"acme/kilo-{d}-speculator-1b", "num_speculative_tokens": n}}
        for d in ("eagle", "medusa") for n in (2, 4, 6)
    ]  # fmt: skip
    found = folder(tmp_path, {"sweep.json": runs})
    assert set(found.table["subject"]) == {""}
    assert len(varied(found)["draft_model"]) == 2


# --- folders of two kinds of machine, and what a machine has ---------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        ("vllm-bench-gpu", "vllm-bench-tpu"),
        ("serve-run-gpu", "serve-run-cpu"),
        ("results-v1-tpu", "results-v1-gpu"),
        ("acme-tests-npu", "acme-tests-gpu"),
        ("llm-on-xpu", "llm-on-gpu"),
    ],
)
def test_folders_of_two_kinds_of_processor_are_devices(tmp_path: Path, names: tuple[str, str]) -> None:
    found = folder(tmp_path, {f"{n}/short.csv": rows(60.5 + 9 * k) for k, n in enumerate(names)})
    assert varied(found) == {"device": {n.rpartition("-")[2] for n in names}}


@pytest.mark.parametrize(
    "above", ["cluster_resources", "available_resources", "node_resources", "host_info", "hardware"]
)
def test_what_a_machine_has_was_not_measured(tmp_path: Path, above: str) -> None:
    runs = {
        "model": "acme-7b",
        "tokens_per_second": 50.5,
        "cluster": {above: {"GPU": 2.0, "CPU": 8.0, "memory": 1.1e10}},
    }
    table = folder(tmp_path, {"r.json": runs}).table
    assert not set(table["metric"]) & {"cpu_util", "ram", "vram"}


@pytest.mark.parametrize("name", ["load", "avg_load", "gpu_load", "overall_avg_load", "mean_load"])
def test_the_load_of_a_gpu_is_its_use(tmp_path: Path, name: str) -> None:
    runs = {"model": "acme-7b", "tokens_per_second": 50.5, "gpu_metrics": {name: 41.5, "avg_temperature": 60.5}}
    table = folder(tmp_path, {"r.json": runs}).table
    assert "load_time" not in set(table["metric"])
