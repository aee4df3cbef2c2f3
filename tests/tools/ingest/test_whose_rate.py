"""Whose numbers a file holds, and what its rates and times are of: from names, and from what adds up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.claims.failures import NO_REASON, failures
from chimera_report.tools.ingest import ingest
from chimera_report.tools.ingest.names import without_subject
from chimera_report.tools.schema import Dataset
from chimera_report.tools.stats import prepare
from chimera_report.tools.stats.matched import every_matched


def folder(tmp_path: Path, files: dict[str, Any]) -> Dataset:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ingest(tmp_path)


@pytest.mark.parametrize(
    ("stem", "subject", "left"),
    [
        ("load_alpha_1b", "alpha:1b", "load"),
        ("bench_qwen2.5-7b_c16", "Qwen/Qwen2.5-7B-Instruct", "bench_c16"),
        ("results-llama3.1-8b-q4_0", "llama3.1:8b", "results_q4_0"),
        ("report_phi3", "phi3:latest", "report"),
        ("run_2_mistral", "mistral:7b", "run_2"),
        ("coding_deepseek-r1-qwen-7b", "deepseek-r1-qwen-7b", "coding"),
        ("gemma3_270m_baseline", "gemma3:270m", "baseline"),
        ("summary", "gpt-5", "summary"),
        ("load_chat_c4", "chat-model-1", "load_chat_c4"),
        ("latency_16", "m16", "latency_16"),
    ],
)
def test_the_name_of_the_model_is_no_part_of_the_benchmark(stem: str, subject: str, left: str) -> None:
    assert without_subject(stem, subject) == left


@pytest.mark.parametrize(
    "pattern", ["load_{}.json", "{}_load.json", "serve-{}-a100.json", "{}.json", "out/{}/load.json"]
)
def test_files_named_by_their_models_are_one_benchmark(tmp_path: Path, pattern: str) -> None:
    files = {
        pattern.format(m.replace(":", "_")): {
            "model": m, "levels": [{"concurrency": c, "output_throughput": 90.5 * c * k} for c in (1, 4, 16)],
        }
        for k, m in enumerate(("qwen2.5:7b", "llama3.1:8b", "gemma2:9b"), 1)
    }  # fmt: skip
    found = folder(tmp_path, files)
    assert len(set(found.table["suite"])) == 1
    assert len([m for m in every_matched(prepare(found)) if m.axis == "subject" and len(m.points) == 3]) == 3


@pytest.mark.parametrize("key", ["wall_time", "elapsed_s", "wall_time_s", "duration_s", "total_time"])
def test_the_time_of_one_answer_is_its_response_time(tmp_path: Path, key: str) -> None:
    rows = [{"success": True, key: 3.5 + i / 8, "ttft": None, "output_tokens": 128} for i in range(6)]
    found = folder(tmp_path, {"raw/vllm_short_c4_r1.jsonl": "".join(json.dumps(r) + "\n" for r in rows)})
    if key != "total_time":  # which may be the sum over all of them
        assert "e2e_latency" in set(found.table["metric"])
    many = [{"completed": 40 + i, key: 9.5 + i, "output_tokens": 128} for i in range(4)]
    assert "e2e_latency" not in set(folder(tmp_path / "many", {"load.json": many}).table["metric"])


@pytest.mark.parametrize("rate", ["gen_tps", "tokens_per_second", "eval_rate"])
def test_a_rate_over_the_whole_answer_is_kept_apart_from_the_engines_own(tmp_path: Path, rate: str) -> None:
    def row(model: str, tokens: int, time: float, speed: float) -> dict[str, Any]:
        return {"model": model, "tokens_generated": tokens, "wall_time_s": time, rate: round(speed, 3)}

    rows = [row("gemma3:1b", 300 + 40 * i, 8.0 + i, (300 + 40 * i) / (7.0 + 0.9 * i)) for i in range(5)]
    rows += [row("r1:7b", 900 + 70 * i, 120.0 + 9 * i, (900 + 70 * i) / (120.0 + 9 * i)) for i in range(5)]
    found = folder(tmp_path, {"results.json": rows}).table
    mine = found[found["metric"] == "decode_rate"]
    told = {str(s): set(part["definition"]) for s, part in mine.groupby("subject", observed=True)}
    assert told == {"gemma3:1b": {""}, "r1:7b": {"output tokens / end-to-end latency"}}
    assert set(mine["column"]) == {rate}


def test_prompts_of_unlike_length_are_not_read_at_rates_that_compare(tmp_path: Path) -> None:
    rows = [
        {"model": "m:7b", "num_gpu": n, "prompt_tokens": tokens + i, "prompt_tps": rate + i}
        for n, tokens, rate in ((29, 12, 30.5), (99, 2500, 410.5))
        for i in range(4)
    ]
    assert not [m for m in every_matched(prepare(folder(tmp_path, {"r.json": rows}))) if m.metric == "prefill_rate"]
    alike = [r | {"prompt_tokens": 2500} for r in rows]
    found = every_matched(prepare(folder(tmp_path / "alike", {"r.json": alike})))
    assert [m for m in found if m.metric == "prefill_rate"]


@pytest.mark.parametrize("flag", [False, "failed", "no"])
def test_that_a_record_failed_is_no_reason(tmp_path: Path, flag: object) -> None:
    rows = [{"model": "m:7b", "success": True, "tps": 20.5 + i} for i in range(5)] + [
        {"model": "m:7b", "success": flag}
    ]
    (reason,) = failures(folder(tmp_path, {"r.json": rows})).reasons
    assert reason.reason == NO_REASON


@pytest.mark.parametrize("metric", ["memory_{}_mb", "gpu_temp_{}_c", "{}_ram_mb", "vram_{}_mb"])
def test_how_full_a_machine_was_before_and_after_is_no_comparison(tmp_path: Path, metric: str) -> None:
    heads = [metric.format(w) for w in ("before", "after")]
    rows = "".join(f"m:7b,{20.5 + i},{400 + i},{900 + i}\n" for i in range(5))
    found = folder(tmp_path, {"r.csv": f"model,tokens_per_second,{','.join(heads)}\n{rows}"})
    assert not [m for m in every_matched(prepare(found)) if m.axis != "subject"]
