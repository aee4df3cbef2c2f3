"""A record is of everything that its surroundings say of it: sections, headings, nested keys, names of files, tags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset


def folder(tmp_path: Path, files: Mapping[str, object]) -> Dataset:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ingest(tmp_path)


def levels(found: Dataset, factor: str) -> set[str]:
    table = found.table
    return set(table[FACTOR + factor].dropna()) if FACTOR + factor in table else set()


def value(found: Dataset, metric: str, stat: str = "mean") -> float:
    table = found.table
    rows = table[(table["metric"] == metric) & (table["stat"] == stat)]
    assert len(rows) == 1, rows
    return float(rows["value"].iloc[0])


RULES = """============================
   LLAMA.CPP LOAD REPORT
============================
Model:               nova-7b-Q4_K_M
GPU Layers:          33
Context:             16384
Batch (--batch-size): 2048
Micro Batch (--ubatch):256
Concurrency:         16
----------------------------
REQUESTS
  Total Requests:    64
  Completed:         64
  Wall clock time:   40.00 s
----------------------------
TOKENS
  Generated Tokens:  12800
----------------------------
THROUGHPUT
  Generation tok/s:  320.00
----------------------------
LATENCY (seconds)
  Mean:              9.5
  Min / Max:         8.1 / 11.9
----------------------------
TIME TO FIRST TOKEN (seconds, streaming)
  Mean:              0.8
----------------------------
SYSTEM (nvidia-smi)
  GPU Power W (avg/max): 71.5 / 90.0
"""
TITLED = """=== vLLM benchmark ===
Model = nova-7b
max_tokens = 200
--- Requests ---
concurrency = 16
--- Latency (seconds) ---
mean = 9.5
p95 = 11.0
--- TTFT (seconds) ---
mean = 0.8
--- GPU ---
Power draw avg = 71.5 W
"""
BRACKETS = """[SERVER]
engine: vllm
[MODEL]
model: nova-7b
[LOAD]
concurrency: 16
[LATENCY (s)]
mean: 9.5
[TTFT (s)]
mean: 0.8
[GPU]
Power avg: 71.5 W
"""
INDENTED = """Benchmark of sglang

Model: nova-7b
Concurrency: 16

Latency (s):
    Mean: 9.5
    P95: 11.0
TTFT (s):
    Mean: 0.8
GPU:
    Power avg: 71.5 W
"""
DOTS = """Load test
#########
Model ............ nova-7b
Concurrency ...... 16

LATENCY (seconds)
Mean ............. 9.5
P95 .............. 11.0

TIME TO FIRST TOKEN (seconds)
Mean ............. 0.8

GPU
Power avg ........ 71.5 W
"""


@pytest.mark.parametrize("text", [RULES, TITLED, BRACKETS, INDENTED, DOTS])
def test_a_text_in_sections_is_one_record(tmp_path: Path, text: str) -> None:
    found = folder(tmp_path, {"run.txt": text})
    assert [s.records for s in found.sources] == [1]
    assert set(found.table["record"]) == {1}
    assert {s.split("-Q")[0] for s in found.table["subject"]} == {"nova-7b"}
    assert levels(found, "concurrency") == {"16"}
    assert (value(found, "e2e_latency"), value(found, "ttft"), value(found, "power")) == (9.5, 0.8, 71.5)


def test_a_report_says_its_settings_and_its_engine_of_all_its_metrics(tmp_path: Path) -> None:
    found = folder(tmp_path, {"run.txt": RULES})
    told = {n: levels(found, n) for n in ("num_ctx", "num_batch", "n_ubatch", "num_gpu", "backend")}
    assert told == {"num_ctx": {"16384"}, "num_batch": {"2048"}, "n_ubatch": {"256"}, "num_gpu": {"33"},
                    "backend": {"llama.cpp"}}  # fmt: skip
    # 12,800 tokens in 40 s are those of all requests, and no speed of one answer.
    assert value(found, "output_throughput", "sample") == 320.0
    assert "decode_rate" not in set(found.table["metric"])


def test_runs_one_after_the_other_stay_several(tmp_path: Path) -> None:
    run = "=== {m} ===\nModel: {m}\nTTFT: {t} ms\nTokens/s: {r}\n"
    text = "".join(run.format(m=m, t=t, r=r) for m, t, r in (("a-1b", 90, 50.0), ("b-2b", 80, 60.0)))
    found = folder(tmp_path, {"runs.txt": text})
    assert set(zip(found.table["subject"], found.table["record"], strict=True)) == {("a-1b", 1), ("b-2b", 2)}


def runs(stem: str, **more: object) -> dict[str, object]:
    return {"model": "nova-7b", "decode_rate": 40.0 + len(stem), "ttft_s": 0.1 * len(stem), **more}


def test_letters_of_names_mean_what_the_files_beside_them_state(tmp_path: Path) -> None:
    files = {f"b{b} c{c}.json": runs(f"b{b}", concurrency=b, num_ctx=c) for b, c in ((8, 1024), (16, 2048), (32, 4096))}
    files["b64 c8192.json"] = runs("b64")
    found = folder(tmp_path, files)
    last = found.table[found.table["source"] == "b64 c8192.json"]
    assert set(last[FACTOR + "concurrency"]) == {"64"} and set(last[FACTOR + "num_ctx"]) == {"8192"}


@pytest.mark.parametrize("mark", ["{} v2", "{}_v2", "{} (2)", "{}-v3", "{}_v2"])
def test_a_file_that_was_written_again_is_a_repeat_and_no_variant(tmp_path: Path, mark: str) -> None:
    stems = ["chat_c4", "chat_c8", mark.format("chat_c4")]
    found = folder(tmp_path, {f"{s}.json": runs(s, concurrency=4 if "c4" in s else 8) for s in stems})
    assert not levels(found, "variant") and len(set(found.table["suite"])) == 1


@pytest.mark.parametrize(
    "stem", ["{k}_run{n}_output", "{k}-r{n}", "run{n}_{k}", "{k}_rep{n}_result", "{k}.iter{n}.out"]
)
def test_repeats_are_repeats_wherever_they_stand_in_a_name(tmp_path: Path, stem: str) -> None:
    files = {}
    for prompt in ("short", "medium", "long"):
        for n in (1, 2, 3):
            for kind, cache in (("baseline", "f16"), ("q8_0", "q8_0"), ("q4_0", "q4_0")):
                name = f"{prompt}/{stem.format(k=kind, n=n)}.json"
                files[name] = runs(name, kv_cache=cache, decode_rate=30.0 + n)
    found = folder(tmp_path, files)
    assert levels(found, "kv_cache") == {"f16", "q8_0", "q4_0"}
    assert levels(found, "workload") == {"short", "medium", "long"}
    assert not levels(found, "variant") and not levels(found, "quantisation")


CARDS = {
    "list": {"hardware": {"system": "Windows", "machine": "AMD64", "gpus": [{"name": "{}", "memory_total_gb": 8}]}},
    "key": {"system_info": {"platform": "Linux-6.5", "machine": "x86_64", "gpu_name": "{}"}},
    "texts": {"environment": {"system": "Linux", "gpus": ["{}"]}},
    "two": {"hardware": {"machine": "arm64", "gpus": [{"model": "{}", "index": 0}, {"model": "{}", "index": 1}]}},
    "built in": {"hardware": {"gpus": [{"name": "AMD Radeon(TM) Graphics"}, {"name": "{}"}], "system": "Windows"}},
}


@pytest.mark.parametrize("kind", CARDS)
def test_the_card_is_the_machine_and_the_operating_system_is_none(tmp_path: Path, kind: str) -> None:
    files = {}
    for at, (person, card) in enumerate((("ada", "RTX 4070"), ("bob", "RTX 5090"), ("eve", "RTX 4070"))):
        about = json.loads(json.dumps(CARDS[kind]).replace("{}", card))
        entries = [
            {"model": m, "temperature": t, "tokens_per_second": 40.0 + t + 3 * at}
            for m in ("a:1b", "b:2b")
            for t in (0, 1)
        ]
        files[f"Results/{person}/results_{person.upper()}-PC.json"] = {**about, "entries": entries}
    found = folder(tmp_path, files)
    name = next(n for n in ("gpu", "device", "gpu_name") if levels(found, n))
    # One card twice: the folders are the machines.
    assert levels(found, name) == {"RTX 4070 of ada", "RTX 4070 of eve", "RTX 5090"}
    assert not levels(found, "host")
    assert set(found.table["subject"]) == {"a:1b", "b:2b"} and len(set(found.table["suite"])) == 1
    assert not levels(found, "system") and not levels(found, "variant")
    assert sum(s.records for s in found.sources) == 12
    assert levels(found, "num_gpus") == ({"2"} if kind == "two" else set())


@pytest.mark.parametrize(
    ("key", "tag", "model", "backend", "quantisation"),
    [
        ("engine", "{e}-bf16", "", "{e}", "bf16"),
        ("tag", "{e}-bf16-c{c:03}", "", "{e}", "bf16"),
        ("engine", "{m}", "{m}", "", ""),
        ("tag", "{m}-c{c:03}", "{m}", "", ""),
        ("tag", "{e}_q8_0_c{c}", "", "{e}", "q8_0"),
    ],
)
def test_tags_of_runs_are_read_part_by_part(
    tmp_path: Path, key: str, tag: str, model: str, backend: str, quantisation: str
) -> None:
    files = {}
    names = [{"e": e, "m": m, "c": c} for e, m in (("vllm", "qwen3-4b"), ("sglang", "gemma-2-9b")) for c in (1, 8)]
    for number, told in enumerate(names):
        own: dict[str, object] = {"model": "x-1b"} if not model else {}
        own |= {key: tag.format(**told), "concurrency": told["c"], "output_tokens_per_s": 50.0 * int(str(told["c"]))}
        files[f"benchmark-{number}.json"] = own
    found = folder(tmp_path, files)
    assert set(found.table["subject"]) == ({model.format(**t) for t in names} if model else {"x-1b"})
    assert levels(found, "backend") == ({backend.format(**t) for t in names} if backend else set())
    assert levels(found, "quantisation") == ({quantisation} if quantisation else set())
    assert not levels(found, "variant")


HEADED = """# Speed

**Device**: Apple M4 Max | 128 GB RAM

{first}

| Model | Prompt tps | Generation tps |
|---|---|---|
| nova-7b | 300.5 | 90.5 |

{second}

| Model | Prompt tps | Generation tps |
|---|---|---|
| nova-7b | 700.5 | 70.5 |
"""


@pytest.mark.parametrize(
    ("first", "second", "factor", "told"),
    [
        (
            "## Prompt: `story.md`\n\n### Summary",
            "## Prompt: `long.md`\n\n### Summary",
            "workload",
            {"story.md", "long.md"},
        ),
        ("## Concurrency 1", "## Concurrency 8", "concurrency", {"1", "8"}),
        ("## 1 concurrent user", "## 8 concurrent users", "concurrency", {"1", "8"}),
        ("## One by one\n\nParallel = 1", "## At once\n\nParallel = 4", "concurrency", {"1", "4"}),
        ("## A\n\n- Threads: 8", "## B\n\n- Threads: 16", "num_thread", {"8", "16"}),
    ],
)
def test_a_heading_or_a_line_above_a_table_is_of_its_rows(
    tmp_path: Path, first: str, second: str, factor: str, told: set[str]
) -> None:
    found = folder(tmp_path, {"speed.md": HEADED.format(first=first, second=second)})
    assert levels(found, factor) == told
    assert levels(found, "device") == {"Apple M4 Max"}
    assert not found.table[found.table["metric"] == "decode_rate"][FACTOR + factor].isna().any()


GO = """goos: darwin
goarch: arm64
cpu: Apple M4 Max
BenchmarkColdStart/nova:7b/cold/short_prompt-16 	 1	3490513916 ns/op	 84.42 gen_tok/s	 2306 ttft_ms
BenchmarkColdStart/nova:7b/cold/long_prompt-16  	 1	7850076374 ns/op	 79.24 gen_tok/s	 2539 ttft_ms
BenchmarkWarmStart/nova:7b/warm/short_prompt-16 	 1	1217766250 ns/op	 84.12 gen_tok/s	 28.00 ttft_ms
BenchmarkWarmStart/nova:7b/warm/long_prompt-16  	 1	6368970083 ns/op	 78.88 gen_tok/s	 29.00 ttft_ms
PASS
"""


def test_the_parts_of_a_go_benchmark_s_name_are_its_conditions(tmp_path: Path) -> None:
    found = folder(tmp_path, {"nova-7b_2025-06-17.txt": GO})
    assert set(found.table["subject"]) == {"nova:7b"} and levels(found, "device") == {"Apple M4 Max"}
    assert levels(found, "cold") == {"true", "false"} and levels(found, "workload") == {"short_prompt", "long_prompt"}
    told = found.table[[FACTOR + "cold", FACTOR + "workload"]].drop_duplicates()
    assert len(told) == 4 and not levels(found, "case")


@pytest.mark.parametrize(
    ("alias", "stems", "models"),
    [
        ("our-dgx-spark", ("run-qwen36-on", "run-ornith-15-on"), {"qwen36", "ornith-15"}),
        ("local", ("gemma-3-4b_c8", "qwen3-8b_c8"), {"gemma-3-4b", "qwen3-8b"}),
        ("default", ("a/llama-3.1-8b", "b/phi-4-mini"), {"llama-3.1-8b", "phi-4-mini"}),
        ("our-dgx-spark", ("think-on", "think-off"), {"our-dgx-spark"}),
        ("nova-7b", ("run-qwen36-on", "run-gemma3-on"), {"nova-7b"}),
    ],
)
def test_a_server_s_name_is_no_model(tmp_path: Path, alias: str, stems: tuple[str, ...], models: set[str]) -> None:
    files = {f"{s}.json": {"model": alias, "decode_rate": 40.5 + len(s), "ttft_s": 0.5} for s in stems}
    assert set(folder(tmp_path, dict(files)).table["subject"]) == models


@pytest.mark.parametrize(
    ("headings", "factor", "told"),
    [
        (("V100 (CUDA0) - dense models", "RTX 3060 (CUDA1) - MoE models"), "device", {"V100", "RTX 3060"}),
        (("Results on Apple M3 Max", "Results on Apple M4 Pro"), "device", {"Apple M3 Max", "Apple M4 Pro"}),
        (("RTX 4090", "A100 80GB"), "device", {"RTX 4090", "A100 80GB"}),
        (("RTX 4090 against A100", "Both again"), "device", set()),
        (("Large models", "Small models"), "device", set()),
    ],
)
def test_a_heading_names_the_machine_of_its_tables(
    tmp_path: Path, headings: tuple[str, str], factor: str, told: set[str]
) -> None:
    row = "| nova-7b Q4_K_M | {mode} | {{}} |\n"
    table = "| Model | Mode | Decode (tok/s) |\n|---|---|---|\n" + row.format(mode="plain") + row.format(mode="draft")
    text = "# Speed\n\n" + "\n".join(f"## {h}\n\n{table.format(30 + i, 50 + i)}" for i, h in enumerate(headings))
    found = folder(tmp_path, {"speed.md": text})
    assert levels(found, factor) == told
    assert set(found.table["subject"]) == {"nova-7b Q4_K_M"}  # the mode is no part of the name
    assert len(levels(found, "mode") | levels(found, "config")) == 2


def test_weights_that_all_files_state_are_no_records(tmp_path: Path) -> None:
    files: dict[str, object] = {
        f"{p}.json": {"weight_efficiency": 0.4, "entries": [{"model": m, "tokens_per_second": 30.5 + at} for m in "ab"]}
        for at, p in enumerate(("x", "y", "z"))
    }
    found = folder(tmp_path, files)
    assert sum(s.records for s in found.sources) == 6 and set(found.table["metric"]) == {"decode_rate"}
    assert sorted(set(found.table["record"])) == [1, 2]


@pytest.mark.parametrize("first", ["chat_qps_native", "replay_time_native", "load_a_one", "trace_b_two", "x_y_z"])
def test_folders_of_a_grid_tell_the_way_and_the_range(tmp_path: Path, first: str) -> None:
    files: dict[str, object] = {}
    second = first.rpartition("_")[0] + "_other"
    for way in (first, second):
        for end in ("0.5", "0.6", "0.7", "0.8"):
            for i in range(1, 4):  # what the file says again of its folder is no name of a test
                files[f"exp/{way}_0.0_{end}/{way}_i{i}.json"] = runs(way, decode_rate=30.5 + 0.37 * i + 10 * float(end))
    found = folder(tmp_path, files)
    assert levels(found, "range") == {f"0.0 to {e}" for e in ("0.5", "0.6", "0.7", "0.8")}
    assert len(levels(found, "variant") | levels(found, "backend")) == 2
    assert not levels(found, "device")  # `i3` counts, and is no processor
