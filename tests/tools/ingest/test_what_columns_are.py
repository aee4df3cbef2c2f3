"""A header is read by its unit, its neighbours and its cells, never by a fragment of its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.metrics import resolve
from chimera_report.tools.schema import FACTOR, Dataset, Role


def folder(tmp_path: Path, files: dict[str, Any]) -> Dataset:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ingest(tmp_path)


def metrics(found: Dataset) -> set[str]:
    return set(found.table["metric"])


@pytest.mark.parametrize("header", ["Failures/s", "Errors per second", "Time/s", "Hits/min", "elapsed jobs/h"])
def test_what_happens_by_the_second_is_no_time(header: str) -> None:
    found = resolve(header)
    assert found is None or found.metric != "run_time"


@pytest.mark.parametrize(
    "heads",
    [("Requests/s", "Failures/s"), ("Hits/s", "Misses/s"), ("ok/s", "bad/s"), ("in/s", "out/s"), ("a/s", "b/s")],
)
def test_rates_of_one_unit_are_no_run_time_in_two_variants(tmp_path: Path, heads: tuple[str, str]) -> None:
    rows = "".join(f"m{k},{100 + k},{3 + k},{0.5 + k}\n" for k in range(6))
    found = folder(tmp_path, {"r.csv": f"model,{heads[0]},{heads[1]},latency_s\n{rows}"})
    assert "run_time" not in metrics(found)
    assert "variant" not in found.factors


@pytest.mark.parametrize(
    ("right", "whole", "n"),
    [("correct", "total", 300), ("correct", "n", 250), ("num_correct", "num_questions", 400),
     ("correct", "samples", 90), ("exact_match", "n", 500)],
)  # fmt: skip
def test_a_count_of_right_answers_is_no_share(tmp_path: Path, right: str, whole: str, n: int) -> None:
    alone = folder(tmp_path / "a", {f"{i}.json": {"model": f"m{i}", right: 60 + i, whole: n} for i in range(3)})
    values = alone.table[alone.table["metric"] == "accuracy"]["value"]
    assert sorted(values) == pytest.approx([60 / n, 61 / n, 62 / n]) or not len(values)
    both = folder(
        tmp_path / "b",
        {f"{i}.json": {"model": f"m{i}", right: 60 + i, whole: n, "accuracy": (60 + i) / n} for i in range(3)},
    )
    assert sorted(both.table[both.table["metric"] == "accuracy"]["value"]) == pytest.approx([60 / n, 61 / n, 62 / n])


@pytest.mark.parametrize("beside", [("fp", "fn"), ("fp", "fn", "tn"), ("fn",), ("fp",), ("tn", "precision")])
def test_true_positives_are_no_parallelism(tmp_path: Path, beside: tuple[str, ...]) -> None:
    row = {"tp": 350, **dict.fromkeys(beside, 20), "f1": 0.7, "latency_s": 1.5}
    found = folder(tmp_path, {"s.json": [{"model": f"m{k}", **row} for k in range(3)]})
    assert "tensor_parallel" not in found.factors
    assert "tensor_parallel" in folder(tmp_path / "b", {"s.json": [{"model": "m", "tp": 2, "latency_s": 1.5}]}).factors


@pytest.mark.parametrize(
    ("head", "rate", "spread"),
    [("test", "tokens_per_sec", "stddev"), ("Test", "t/s", ""), ("benchmark", "tok/s", "std"), ("case", "tps", ""),
     ("name", "throughput tok/s", "sd")],
)  # fmt: skip
def test_the_name_of_a_test_says_what_its_rate_is_of(tmp_path: Path, head: str, rate: str, spread: str) -> None:
    names = ("pp512", "tg128", "pp2048 @ d4096", "tg32", "pp512+tg128")
    lines = [f"m1,{n},{900 - 100 * k}{',1.5' if spread else ''}" for k, n in enumerate(names)]
    found = folder(tmp_path, {"r.csv": "\n".join([f"model,{head},{rate}{',' + spread if spread else ''}", *lines])})
    table = found.table[found.table["stat"] != "sd"]
    assert dict(zip(table["value"], table["metric"], strict=True)) == {
        900: "prefill_rate", 800: "decode_rate", 700: "prefill_rate", 600: "decode_rate", 500: "total_throughput",
    }  # fmt: skip
    assert len(found.table) == (10 if spread else 5)
    assert set(found.table[FACTOR + "n_prompt"].dropna()) >= {"512", "2048"}


@pytest.mark.parametrize("head", ["TPS", "tok/s", "throughput_tok_s", "Tokens per second", "Throughput (tok/s)"])
def test_a_rate_that_rises_with_the_load_is_the_servers(tmp_path: Path, head: str) -> None:
    rising = "".join(f"m,{c},{100 * c**0.8:.1f}\n" for c in (1, 4, 16, 64))
    falling = "".join(f"m,{c},{100 / c**0.3:.1f}\n" for c in (1, 4, 16, 64))
    found = folder(tmp_path / "a", {"r.csv": f"model,concurrency,{head}\n{rising}"})
    assert metrics(found) == {"output_throughput"}
    found = folder(tmp_path / "b", {"r.csv": f"model,concurrency,{head}\n{falling}"})
    assert metrics(found) == {"decode_rate"}


def test_a_rate_in_step_with_the_requests_is_the_servers(tmp_path: Path) -> None:
    """No level of the load moves it any more, and yet it is no single request's."""
    rows = "".join(f"m,{c},22.{k},{22 * 250 + k}\n" for k, c in enumerate((1000, 2000, 3000, 5000)))
    found = folder(tmp_path, {"r.csv": f"model,users,RPS,TPS\n{rows}"})
    assert "decode_rate" not in metrics(found) and "output_throughput" in metrics(found)


@pytest.mark.parametrize("suffix", ["md", "csv", "json"])
def test_one_header_has_one_meaning_beside_itself(tmp_path: Path, suffix: str) -> None:
    sweep = [(1, 100.5), (8, 640.5), (64, 2400.5)]
    if suffix == "md":
        table = "| Concurrency | TPS |\n|---|---|\n"
        text = table + "".join(f"| {c} | {v} |\n" for c, v in sweep) + "\n## Again\n\n" + table + "| 64 | 2401.5 |\n"
        found = folder(tmp_path, {"r.md": text, "d.csv": "model,latency_s\nm,1.5\n"})
        values = found.table[found.table["metric"] != "e2e_latency"]
    elif suffix == "csv":
        files = {f"c{c}.csv": f"model,concurrency,tps\nm,{c},{v}\n" for c, v in sweep}
        found = folder(
            tmp_path, {**files, "all.csv": "model,concurrency,tps\n" + "".join(f"m,{c},{v}\n" for c, v in sweep)}
        )
        values = found.table
    else:
        files = {f"c{c}.json": {"model": "m", "concurrency": c, "tps": v} for c, v in sweep}
        found = folder(tmp_path, {**files, "all.json": [{"model": "m", "concurrency": c, "tps": v} for c, v in sweep]})
        values = found.table
    assert set(values["metric"]) == {"output_throughput"}


@pytest.mark.parametrize("place", ["metadata", "meta", "doc", "item", ""])
def test_the_subject_of_a_question_is_no_system(tmp_path: Path, place: str) -> None:
    rows = []
    for k in range(12):
        topic = {"subject": ("econometrics", "world_history", "machine_learning")[k % 3]}
        rows.append(
            {"model": f"m{k % 2}", "gold": "ABCD"[k % 4], "question": f"q{k}", "score": float(k % 2), "tps": 40.5 + k}
            | ({place: topic} if place else topic)
        )
    found = folder(tmp_path, {"r.json": rows})
    assert set(found.table["subject"]) == {"m0", "m1"}
    assert found.role_of("topic") is Role.WORKLOAD
    assert "gold" not in found.factors


@pytest.mark.parametrize("name", ["gold", "gold_answer", "ground_truth", "correct_answer", "answer_key"])
def test_the_right_answer_is_no_setting(tmp_path: Path, name: str) -> None:
    rows = [{"model": f"m{k % 2}", name: "ABCD"[(k // 2) % 4], "score": k % 2, "latency_s": 1.5 + k} for k in range(24)]
    assert name not in folder(tmp_path, {"r.json": rows}).factors


@pytest.mark.parametrize("tag", ["ngram", "baseline", "eagle", "with-cache", "spec"])
def test_a_tag_that_names_no_weights_is_no_quantisation(tmp_path: Path, tag: str) -> None:
    found = folder(tmp_path, {"r.json": [{"model": "m", "tag": tag, "latency_s": 1.5}]})
    assert "quantisation" not in found.factors and set(found.table[FACTOR + "variant"]) == {tag}


@pytest.mark.parametrize("tag", ["q4_0", "1b-it-q8_0", "8b", "latest", "fp16"])
def test_a_tag_of_weights_is_a_quantisation(tmp_path: Path, tag: str) -> None:
    assert "quantisation" in folder(tmp_path, {"r.json": [{"model": "m", "tag": tag, "latency_s": 1.5}]}).factors


TABLE = """{before}
                              NVIDIA GenAI-Perf | LLM Metrics
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━┳━━━━━━━━┳━━━━━━━━┓
┃                         Statistic ┃      avg ┃    min ┃    p99 ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━╇━━━━━━━━╇━━━━━━━━┩
│          Time to first token (ms) │   120.50 │  80.00 │ 300.00 │
│              Request latency (ms) │ 5,539.85 │ 158.48 │ 11,426 │
│            Output sequence length │   126.10 │  40.00 │ 175.20 │
│ Output token throughput (per sec) │   221.28 │    N/A │    N/A │
│      Request throughput (per sec) │     1.75 │    N/A │    N/A │
└───────────────────────────────────┴──────────┴────────┴────────┘
"""


@pytest.mark.parametrize(
    "before",
    ["--concurrency-range 20", "   - Concurrency: 20\n   - Output tokens: 100 ± 10", "Concurrency = 20",
     "run: genai-perf profile -m org/model-7b --concurrency 20", "Max concurrency: 40\nconcurrency: 20"],
)  # fmt: skip
def test_the_table_of_genai_perf_is_read(tmp_path: Path, before: str) -> None:
    text = "Model: org/model-7b\nTensor Parallel Size: 4\n\nfirst run\n" + TABLE.format(before=before)
    found = folder(tmp_path, {"log.txt": text + TABLE.format(before="concurrency: 40")})
    table = found.table
    assert set(table["subject"]) == {"org/model-7b"}
    assert set(table[FACTOR + "tensor_parallel"]) == {"4"}
    assert set(table[FACTOR + "concurrency"]) == {"20", "40"}
    first = table[table[FACTOR + "concurrency"] == "20"]
    of = {(m, s): v for m, s, v in zip(first["metric"], first["stat"], first["value"], strict=True)}
    assert of["e2e_latency", "mean"] == pytest.approx(5.53985) and of["e2e_latency", "p99"] == pytest.approx(11.426)
    assert of["ttft", "mean"] == pytest.approx(0.1205)
    assert of["output_tokens", "mean"] == 126.1
    assert of["output_throughput", "mean"] == 221.28 and of["request_rate", "mean"] == 1.75


HEAD = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,99%\n"
)


def of_locust(asked: int, failed: int) -> str:
    row = f"{asked},{failed},150.0,290.9,118.1,12266.0,323.8,48.4,{failed / 300},150,620,1200\n"
    return f"{HEAD}POST,/v1?key=x,{row},Aggregated,{row}"


@pytest.mark.parametrize(("asked", "failed"), [(1000, 0), (1000, 10), (1000, 900), (500, 500), (300, 150)])
def test_what_locust_counted(tmp_path: Path, asked: int, failed: int) -> None:
    files = {"a_stats.csv": of_locust(asked, failed), "b_stats.csv": of_locust(asked, failed)}
    if failed:
        files["a_failures.csv"] = f"Method,Name,Error,Occurrences\nPOST,/v1,HTTPError('503'),{failed}\n"
    found = folder(tmp_path, files)
    table = found.table
    assert set(table["subject"]) == {"a", "b"}
    assert not {"run_time"} & metrics(found) and "variant" not in found.factors
    bad = table[table["status"] == "error"]
    assert bad["n"].sum() == 2 * failed  # the row of the totals and the list of reasons count it once, `Aggregated` not
    if failed:
        assert "503" in " ".join(bad[bad["subject"] == "a"]["message"])
    times = table[table["metric"] == "e2e_latency"]
    assert set(times["status"]) == {"set aside" if failed > asked / 2 else "ok"}


@pytest.mark.parametrize("odd", ["gemma4 E2B", "stablelm-zephyr", "my own model", "house-tuned", "Baseline-A"])
def test_a_name_among_models_is_a_model(tmp_path: Path, odd: str) -> None:
    names = ("gemma3:1b", "qwen2.5:3b", "llama3.2:3b", odd)
    data = {n: {t: {"score": 5 + i + j} for j, t in enumerate(("html", "python", "c"))} for i, n in enumerate(names)}
    found = folder(tmp_path, {"coding_scores.json": data})
    assert set(found.table["subject"]) == set(names)
    assert set(found.table[FACTOR + "prompt"]) == {"html", "python", "c"} and "coding" not in found.factors


@pytest.mark.parametrize("key", ["prompts", "questions", "tasks", "queries", "test_prompts"])
def test_keys_of_the_prompts_are_prompts(tmp_path: Path, key: str) -> None:
    asked = {"poem": "Write a poem.", "proof": "Prove it.", "prose": "Tell a story."}
    models = {m: {t: {"tps": 30.5 + i + 3 * j} for j, t in enumerate(asked)} for i, m in enumerate(("a:1b", "b:2b"))}
    found = folder(tmp_path, {"r.json": {key: asked, "models": models}})
    assert found.role_of("prompt") is Role.WORKLOAD
    assert set(found.table[FACTOR + "prompt"].dropna()) == set(asked)


def test_cases_that_are_prompts_beside_are_prompts(tmp_path: Path) -> None:
    """Scores by the same words under which another file of the folder lists its prompts."""
    asked = {"poem": "Write a poem.", "proof": "Prove it.", "prose": "Tell a story."}
    speeds = {m: {t: {"tps": 30.5 + i + 3 * j} for j, t in enumerate(asked)} for i, m in enumerate(("a:1b", "b:2b"))}
    scores = {m: {t: {"score": 1 + i + j} for j, t in enumerate(asked)} for i, m in enumerate(("a:1b", "b:2b"))}
    found = folder(tmp_path, {"r.json": {"prompts": asked, "models": speeds}, "quality.json": scores})
    assert "variant" not in found.factors
    assert set(found.table[found.table["metric"] == "score"][FACTOR + "prompt"]) == set(asked)


@pytest.mark.parametrize("name", ["arm", "precision", "weights", "scheme", "weight_format"])
def test_an_arm_that_is_a_format_of_weights_is_the_quantisation(tmp_path: Path, name: str) -> None:
    """Also where each file holds one of them, and where they are keys of an object."""
    arms = ("fp16", "q8_0", "q4_K_M")
    files: dict[str, Any] = {f"{a}.json": [{"model": "m", name: a, "tps": 40.5 + i}] for i, a in enumerate(arms)}
    files["sum.json"] = {"precision_recall": {a: {"precision": 0.5, "recall": 0.7} for a in arms}}
    found = folder(tmp_path, files)
    assert set(found.table[FACTOR + "quantisation"].dropna()) == set(arms)
    assert not {name, "precision_recall"} & set(found.factors)


@pytest.mark.parametrize("sign", ["_", " ", ". ", "__", "."])
def test_a_number_before_a_name_is_no_part_of_it(tmp_path: Path, sign: str) -> None:
    row = {"total_energy_J": 212340.9, "total_tokens": 118615, "total_time_s": 629.96, "avg_power_W": 337.0}
    data = {f"M{i}{sign}{k}": v for i, (k, v) in enumerate(row.items(), 1)}
    data |= {f"D1{sign}energy_per_token_J": 1.79, f"D2{sign}throughput_tokens_per_s": 188.29, "total_requests": 1176}
    found = folder(tmp_path, {"summary.json": {"model": "m", **data}})
    assert {"power", "energy_per_token", "run_time", "total_throughput"} <= metrics(found)
    assert "decode_rate" not in metrics(found)


@pytest.mark.parametrize("names", [("Q4_tps", "Q5_tps", "Q8_tps"), ("R1_tps", "R2_tps", "R3_tps")])
def test_numbers_that_tell_columns_apart_stay(tmp_path: Path, names: tuple[str, ...]) -> None:
    found = folder(tmp_path, {"r.csv": "model," + ",".join(names) + "\n" + "a,1.5,2.5,3.5\nb,2.5,3.5,4.5\n"})
    assert len(set(found.table["record"].astype(str) + found.table["column"].astype(str))) >= 2


@pytest.mark.parametrize("place", ["targets", "slo", "thresholds", "extra_body", "limits"])
def test_what_is_wanted_is_no_result(tmp_path: Path, place: str) -> None:
    wanted = {"min_success_rate": 0.99, "max_p95_ttft_s": 6.0, "min_tokens": 256, "p95_ttft_s": 2.0}
    found = folder(tmp_path, {"config.json": {"model": "a:1b", place: wanted}, "notes.csv": "model,tok/s\na:1b,9\n"})
    assert metrics(found) == {"decode_rate"}


@pytest.mark.parametrize(
    "header", ["Duration (s)", "elapsed_s", "total_time_s", "Benchmark duration (s)", "wall_time_s"]
)
def test_how_long_a_load_test_ran_is_no_result(tmp_path: Path, header: str) -> None:
    found = folder(tmp_path, {"runs.csv": f"config,{header},req/s,output tok/s\nc16,300,9.1,246\nc64,60,12.0,433\n"})
    table = found.table
    assert set(table[table["metric"] == "run_time"]["stat"]) <= {"total"}


@pytest.mark.parametrize("head", ["Samples", "Size", "Questions", "Items", "N"])
def test_how_many_questions_there_are_is_no_score(tmp_path: Path, head: str) -> None:
    text = (
        f"# Plan\n\n| Benchmark | {head} | Purpose |\n|---|---|---|\n| GSM8K | 25 | math |\n| MMLU | 50 | knowledge |\n"
    )
    found = folder(tmp_path, {"PLAN.md": text, "README.md": "# x\n\n| Model | tok/s |\n|---|---|\n| a:1b | 9 |\n"})
    assert metrics(found) == {"decode_rate"}


def test_how_a_run_ended_is_no_setting(tmp_path: Path) -> None:
    rows = "".join(f"| c{c} | 60s | {10 * c} / {10 * c} | {c} |\n" for c in (16, 32, 64))
    found = folder(tmp_path, {"R.md": f"# x\n\n| Config | Duration | Success | tok/s |\n|---|---|---|---|\n{rows}"})
    assert not {"factor.success", "factor.duration"} & set(found.table.columns)


@pytest.mark.parametrize(
    "head",
    ["pp512 | tg128", "PP512 | TG128", "pp 2048 | tg 256", "pp16k | tg4k", "pp512 @ d4096 | tg128 @ d4096"],
)
def test_a_test_of_llama_bench_alone_is_its_rate(head: str, tmp_path: Path) -> None:
    """As most people write it: the table's head names the test, and no unit."""
    rows_ = "| a:1b | 1.7 GiB | 4,512 | **106** |\n| b:8b | 5 GiB | 966 | 42 |\n"
    text = f"# R\n\n| Model | Size | {head} |\n|---|---|---|---|\n{rows_}"
    (tmp_path / "r.md").write_text(text)
    rows = ingest(tmp_path).table
    assert list(rows[rows["metric"] == "prefill_rate"]["value"]) == [4512, 966]
    assert list(rows[rows["metric"] == "decode_rate"]["value"]) == [106, 42]


@pytest.mark.parametrize(
    ("head", "metric"),
    [
        ("Average Evaluation Rate", "decode_rate"),
        ("Gen speed", "decode_rate"),
        ("Prefill speed", "prefill_rate"),
        ("First token (ms)", "ttft"),
        ("E2E latency (s)", "e2e_latency"),
        ("Response time (s)", "e2e_latency"),
        ("ms/token", "tpot"),
        ("VRAM usage (GB)", "vram"),
        ("Avg W", "power"),
        ("power_consumption(kWh)", "energy"),
        ("GPU %", "gpu_util"),
        ("Size (GB)", "model_size"),
    ],
)
def test_names_that_people_give_columns(head: str, metric: str, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(f"model,{head},tokens_per_second\na:1b,4.5,50\nb:8b,8.5,20\n")
    assert metric in set(ingest(tmp_path).table["metric"])


@pytest.mark.parametrize(("tps", "waits"), [([132.6, 189.5, 33.3, 95.3], True), ([238.7, 228.8, 189.4, 217.9], False)])
def test_a_rate_with_the_wait_in_it_is_told_by_the_time_of_a_token(
    tmp_path: Path, tps: list[float], waits: bool
) -> None:
    rows = [(15, 647, 4.19, 326.3), (15, 2223, 4.37, 784.4), (15, 655, 5.28, 1354.1), (15, 2238, 4.59, 1592.4)]
    text = "successful_requests,total_output_tokens,mean_tpot_ms,mean_e2e_ms,mean_tps\n"
    text += "".join(f"{','.join(map(str, r))},{t}\n" for r, t in zip(rows, tps, strict=True))
    table = folder(tmp_path, {"summary.csv": text}).table
    stated = set(table[table["metric"] == "decode_rate"]["definition"])
    assert ("output tokens / end-to-end latency" in stated) is waits


@pytest.mark.parametrize(
    ("head", "levels"),
    [("gpu", ("a100", "h100")), ("GPU", ("NVIDIA A100", "NVIDIA H100")), ("hardware", ("rtx4090", "m3max"))],
)
@pytest.mark.parametrize("length", ["num_requests", "num_prompts", "total_requests"])
def test_a_card_that_was_sent_a_number_of_its_own_is_a_condition(
    tmp_path: Path, head: str, levels: tuple[str, str], length: str
) -> None:
    rows = "".join(
        f"m,{card},{load},{n},{500 + load}\n"
        for card, n in zip(levels, (200, 1000), strict=True)
        for load in (2, 8, 32)
    )
    found = folder(tmp_path, {"r.csv": f"model,{head},concurrency,{length},ttft_ms\n{rows}"})
    assert any(set(found.table[c].dropna()) == set(levels) for c in found.table.columns if c.startswith(FACTOR))
