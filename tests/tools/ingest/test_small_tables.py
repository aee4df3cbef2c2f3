"""Small tables keep what tells their rows apart, lose their totals, and count what failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.claims.failures import failures
from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset, KnownBy, Role


def folder(tmp_path: Path, files: dict[str, Any]) -> Dataset:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ingest(tmp_path)


def levels(found: Dataset, factor: str) -> list[str]:
    return [str(v) for v in found.table[FACTOR + factor].dropna().unique()] if factor in found.factors else []


@pytest.mark.parametrize(
    ("head", "factor", "rows"),
    [
        ("name", "variant", ("baseline", "flash-attn", "speculative")),
        ("label", "variant", ("fp8 kv", "bf16 kv")),
        ("quant_mode", "quant_mode", ("fp16", "vllm", "gptq")),
        ("scheduler", "scheduler", ("fcfs", "sjf", "priority", "lottery", "edf")),
        ("Strategy", "strategy", ("eager", "graph", "graph+compile", "inductor")),
        ("Client", "client", ("alice", "bob", "carol")),
        ("pipeline", "pipeline", ("ASR only", "ASR + LLM", "full")),
    ],
)
def test_the_only_column_of_words_tells_the_rows_apart(
    tmp_path: Path, head: str, factor: str, rows: tuple[str, ...]
) -> None:
    body = "".join(f"{row},{20 + 3 * i}.5,{100 + i}\n" for i, row in enumerate(rows))
    found = folder(tmp_path, {"results.csv": f"{head},tokens_per_second,ttft_ms\n{body}"})
    assert levels(found, factor) == list(rows)


@pytest.mark.parametrize("key", ["quant_mode", "attention_backend", "cache_mode", "precision_mode", "offload"])
def test_a_named_setting_of_one_model_is_one_however_few_runs_there_are(tmp_path: Path, key: str) -> None:
    rows = [{"model": "llama3.1:8b", key: level, "tps": 20.5 + i} for i, level in enumerate(("one", "two", "three"))]
    found = folder(tmp_path, {"runs.json": {"gpu": "A10", "results": rows}})
    assert levels(found, key) == ["one", "two", "three"]
    assert set(found.table["subject"]) == {"llama3.1:8b"}


@pytest.mark.parametrize(
    ("head", "cells"),
    [("request", ("req 1", "req 2", "req 3")), ("file", ("a.txt", "b.txt", "c.txt")), ("sample_id", ("x", "y", "z")),
     ("run", ("r1", "r2", "r3")), ("answer", ("Paris", "Rome", "Bern")), ("notes", ("ok", "fine", "good"))],
)  # fmt: skip
def test_numbered_names_files_ids_and_answers_are_no_variants(
    tmp_path: Path, head: str, cells: tuple[str, ...]
) -> None:
    body = "".join(f"{cell},{20 + i}.5\n" for i, cell in enumerate(cells))
    found = folder(tmp_path, {"results.csv": f"{head},tokens_per_second\n{body}"})
    assert not [f for f in found.factors if found.role_of(f) in (Role.SETTING, Role.SYSTEM, Role.UNKNOWN)]


@pytest.mark.parametrize(
    ("head", "numbers"),
    [("replicas", (1, 2, 4, 8)), ("experts", (8, 16, 32)), ("beams", (1, 4, 10)), ("slots", (2, 8, 64, 256))],
)
def test_rising_round_numbers_in_front_are_what_was_varied(tmp_path: Path, head: str, numbers: tuple[int, ...]) -> None:
    body = "".join(f"{n},{20 * n}.5\n" for n in numbers)
    found = folder(tmp_path, {"scaling.csv": f"{head},output_throughput_tok_s\n{body}"})
    assert levels(found, head) == [str(n) for n in numbers]


@pytest.mark.parametrize("head", ["n", "step", "index"])
def test_numbers_that_count_rows_are_no_setting(tmp_path: Path, head: str) -> None:
    body = "".join(f"{i},{20 + i}.5\n" for i in range(5))
    assert head not in folder(tmp_path, {"r.csv": f"{head},tokens_per_second\n{body}"}).factors


@pytest.mark.parametrize("word", ["Total", "**Sum**", "Grand total", "Average", "mean", "Overall"])
def test_a_row_that_sums_up_the_others_is_no_system(tmp_path: Path, word: str) -> None:
    body = "alice,10,100.5,50\nbob,10,120.5,60\ncarol,10,90.5,70\n" + f"{word},30,311.5,60\n"
    found = folder(tmp_path / "csv", {"clients.csv": f"client,requests,tokens_per_second,latency_ms\n{body}"})
    assert sorted(levels(found, "client")) == ["alice", "bob", "carol"]
    cells = "".join("| " + " | ".join(line.split(",")) + " |\n" for line in body.splitlines())
    head = "| Model | Requests | Tokens/s | Latency (ms) |\n|---|---|---|---|\n"
    stated = folder(tmp_path / "md", {"results.md": f"# Results\n\n{head}{cells}"})
    assert 311.5 not in set(stated.table["value"])
    assert 120.5 in set(stated.table["value"])


def test_a_table_of_scores_keeps_its_average_and_levels_called_total_stay(tmp_path: Path) -> None:
    scores = folder(tmp_path / "a", {"s.csv": "category,accuracy\nmath,0.5\nlaw,0.7\nmedicine,0.6\noverall,0.6\n"})
    assert "overall" in levels(scores, "category")
    kinds = "".join(f"m{i},{part},{i + 1}.5\n" for i in range(3) for part in ("total", "prefill"))
    parts = folder(tmp_path / "b", {"s.csv": f"model,phase,latency_s\n{kinds}"})
    assert len(parts.table) == 6


def _level(concurrency: int, sent: int, failed: int, wall: float, *, all_: bool) -> dict[str, Any]:
    good = sent - failed
    return {
        "concurrency": concurrency, "total_requests": sent, "successful": good, "failed": failed,
        "wall_time_s": wall, "req_per_sec": round((sent if all_ else good) / wall, 2),
        "latency_ms": {"mean": 900.0 + concurrency, "p95": 2000.0 + concurrency},
    }  # fmt: skip


@pytest.mark.parametrize("sent", [50, 100, 400])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_counts_beside_statistics_are_requests_and_a_rate_of_failed_ones_is_set_aside(
    tmp_path: Path, sent: int, share: float
) -> None:
    lost = int(sent * share)
    load = [
        _level(1, sent, 0, 99.0, all_=True),
        _level(8, sent, 0, 20.0, all_=True),
        _level(32, sent, lost, 5.0, all_=True),
    ]
    found = folder(tmp_path, {"load.json": {"tier": "a", "levels": load}})
    told = failures(found)
    assert (told.records, told.tried, told.of_requests) == (lost, 3 * sent, True)
    assert told.worst is not None
    assert (told.load, told.worst.level, told.worst.failed, told.worst.records) == ("concurrency", "32", lost, sent)
    rates = found.table[found.table["metric"] == "request_rate"]
    assert list(rates["status"]) == ["ok", "ok", "set aside"]
    honest = [_level(1, sent, 0, 99.0, all_=False), _level(8, sent, lost, 20.0, all_=False)]
    fine = folder(tmp_path / "honest", {"load.json": {"levels": honest}})
    assert set(fine.table[fine.table["metric"] == "request_rate"]["status"]) == {"ok"}


@pytest.mark.parametrize("word", ["successful", "succeeded", "success", "ok"])
def test_how_many_succeeded_is_a_number_of_requests(tmp_path: Path, word: str) -> None:
    rows = [
        {"concurrency": c, word: 40 + c, "failed": 2, "latency_ms": {"mean": 10.0 * c, "p99": 30.0 * c}} for c in (1, 4)
    ]
    found = folder(tmp_path, {"load.json": {"levels": rows}})
    assert set(found.table[found.table["stat"] == "mean"]["n"]) == {41, 44}


def test_files_of_one_grid_are_variants_and_a_field_that_their_names_repeat_names_them(tmp_path: Path) -> None:
    def load(k: float) -> list[dict[str, Any]]:
        return [{"concurrency": c, "req_per_sec": k * c, "latency_ms": {"mean": 10.0 / k}} for c in (1, 5, 10)]

    for i, (named, key) in enumerate((("cheap premium", "tier"), ("gold silver", "plan"), ("east west", ""))):
        files = {
            f"load_test_{w}.json": ({key: w} if key else {}) | {"levels": load(k + 1.5)}
            for k, w in enumerate(named.split())
        }
        found = folder(tmp_path / str(i), files)
        assert sorted(levels(found, key or "variant")) == named.split()
        assert set(found.table["suite"]) == {"load_test"}


def test_files_of_different_experiments_keep_their_own_names(tmp_path: Path) -> None:
    batch = [{"batch_size": b, "tokens_per_second": 10.5 * b} for b in (1, 2, 4)]
    context = [{"context_length": c, "tokens_per_second": 9.5} for c in (1024, 2048)]
    found = folder(tmp_path, {"batch_scaling.json": batch, "context_scaling.json": context})
    assert set(found.table["suite"]) == {"batch_scaling", "context_scaling"}


def test_registered_names_are_no_guess(tmp_path: Path) -> None:
    rows = "".join(
        f"{g},{s},{1.5 + i},{40 + i},0,{90 + i}\n"
        for i, (g, s) in enumerate([("L4", "a"), ("L4", "b"), ("A100", "a"), ("A100", "b")])
    )
    found = folder(
        tmp_path,
        {"r.csv": f"gpu,scheduler,mean_latency_sec,throughput_req_per_sec,failed_requests,benchmark_time_sec\n{rows}"},
    )
    reading = {a.name: a for a in found.sources[0].reading}
    assert (reading["gpu"].role, reading["gpu"].known_by) == (Role.ENVIRONMENT, KnownBy.NAME)
    assert reading["scheduler"].known_by is KnownBy.NAME
    assert (reading["throughput_req_per_sec"].means, reading["benchmark_time_sec"].means) == (
        "request_rate",
        "run_time",
    )
    assert reading["failed_requests"].role is Role.ERROR


def test_a_statistic_below_a_name_with_a_unit_is_in_that_unit(tmp_path: Path) -> None:
    rows = [{"model": f"m{i}", "latency_ms": {"p50": 3.5 + i, "p99": 9.5 + i}} for i in range(3)]
    found = folder(tmp_path, {"thor_20260412T015554Z.json": rows})
    assert {a.unit_known_by for a in found.sources[0].reading if a.role is Role.METRIC} == {KnownBy.UNIT}
    assert set(found.table["suite"]) == {"thor"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("x/mistral-7b-instruct-v0-3", "x/Mistral-7B-Instruct-v0.3"), ("Meta-Llama-3.1-8B", "llama-3.1-8b"),
     ("qwen2.5:7b", "Qwen2.5-7B"), ("Phi_3.5_mini", "phi-3.5-mini"), ("gemma-2-2b-it", "Gemma-2-2B-it")],
)  # fmt: skip
def test_the_spellings_of_one_model_are_one(tmp_path: Path, one: str, other: str) -> None:
    files = {f"{i}/r.json": {"model": n, "backend": f"b{i}", "tps": 20.5 + i} for i, n in enumerate((one, other))}
    assert len(set(folder(tmp_path, files).table["subject"])) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("gemma3:1b", "gemma-31b"), ("llama-3-8b", "llama-3.1-8b"), ("m-1.5b", "m-15b")]
)
def test_two_models_stay_two(tmp_path: Path, one: str, other: str) -> None:
    files = {f"{i}/r.json": {"model": n, "backend": f"b{i}", "tps": 20.5 + i} for i, n in enumerate((one, other))}
    assert len(set(folder(tmp_path, files).table["subject"])) == 2


def test_a_folder_that_names_backend_and_model_says_nothing_new(tmp_path: Path) -> None:
    files = {
        f"{b.lower()}/{b.lower()}-{m.split('-')[0].lower()}/results.json": {
            "model": m, "backend": f"{b} 1.0", "results": [{"max_tokens": n, "tps": 20.5 + n / 64} for n in (32, 64)],
        }
        for b in ("TGI", "SGLang")
        for m in ("Llama-3-8B", "Mistral-7B")
    }  # fmt: skip
    found = folder(tmp_path, files)
    assert "variant" not in found.factors
    assert set(levels(found, "backend")) == {"TGI 1.0", "SGLang 1.0"}


@pytest.mark.parametrize("ended", [512, 360])
def test_a_rate_over_the_whole_answer_says_so_from_the_length_that_was_asked_for(tmp_path: Path, ended: int) -> None:
    rows = [{"max_tokens": n, "latency_s": n / 28.0, "throughput_tps": 28.0} for n in (32, 64, 128, 256)]
    rows.append({"max_tokens": 512, "latency_s": ended / 28.0, "throughput_tps": 28.0})
    found = folder(tmp_path, {"r.json": {"model": "m:7b", "results": rows}})
    mine = found.table[found.table["metric"] == "decode_rate"]
    assert set(mine["definition"]) == {"output tokens / end-to-end latency"}


def test_codecarbon_counts_energy_in_kwh(tmp_path: Path) -> None:
    record = {"duration": 1.5, "emissions": 3e-5, "emissions_rate": 2e-5, "cpu_power": 45.0, "gpu_power": 115.6,
              "cpu_energy": 1.8e-5, "gpu_energy": 6.2e-5, "energy_consumed": 8.8e-5, "cpu_count": 32}  # fmt: skip
    found = folder(tmp_path, {"a/emissions.json": record}).table
    assert found[found["metric"] == "energy"]["value"].tolist() == [pytest.approx(8.8e-5 * 3.6e6)]
    assert "cpu_util" not in set(found["metric"])


@pytest.mark.parametrize(
    "words", ["07-office-baseline 08-chat-static", "burst-old 10-steady-new", "1_tuned_peak 2_default_rag"]
)
def test_names_that_stand_in_each_folder_are_tests_and_no_variants(tmp_path: Path, words: str) -> None:
    files = {
        f"results/{m}/{stem}.json": {"model": m, "request_rate": 0.3, "num_prompts": 20, "output_throughput": 20.5 + i}
        for i, m in enumerate(("qwen-7b", "llama-8b", "gemma-9b"))
        for stem in words.split()
    }
    found = folder(tmp_path, files)
    assert "variant" not in found.factors
    assert len(levels(found, "workload")) == 2 or len(set(found.table["suite"])) == 2


def test_files_that_hold_the_same_numbers_are_no_variants(tmp_path: Path) -> None:
    rows = [{"concurrency": c, "req_per_sec": 1.5 * c, "latency_ms": {"mean": 10.0 + c}} for c in (1, 5, 10)]
    found = folder(tmp_path, {"load_test_a.json": {"levels": rows}, "load_test_b.json": {"levels": rows[::-1]}})
    assert "variant" not in found.factors


@pytest.mark.parametrize("numbers", ["problems", "problems,batches", "rows_read"])
def test_numbers_that_say_what_a_name_says_are_no_setting(tmp_path: Path, numbers: str) -> None:
    counts = {"humaneval": 164, "mmlu": 1140, "ifeval": 150}
    rows = [
        f"m{m},{task},{','.join(str(n) for _ in numbers.split(','))},{quant},{40 + 7 * m + i + len(quant)}"
        for m in (3, 7)
        for i, (task, n) in enumerate(counts.items())
        for quant in ("plain", "turbo", "lite")
    ]
    head = f"model,assignment,{numbers},flavour,decode_tps\n"
    (tmp_path / "a.csv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    assert set(ingest(tmp_path).factors) == {"assignment", "flavour"}
