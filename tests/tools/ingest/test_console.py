"""Console output of serving benchmarks, llama.cpp, Ollama, MLX, evalscope, nvidia-smi; results of quality harnesses."""

# ruff: noqa: E501 — lines as the tools write them

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest


def read(folder: Path, text: str, name: str = "run.log") -> pd.DataFrame:
    (folder / name).write_text(text, encoding="utf-8")
    return ingest(folder).table


def value(rows: pd.DataFrame, metric: str, stat: str = "sample", **where: str) -> float:
    found = rows[(rows["metric"] == metric) & (rows["stat"] == stat)]
    for name, level in where.items():
        column = "subject" if name == "subject" else f"factor.{name}"
        found = found[found[column] == level]
    assert len(found) == 1, found
    return round(float(found.iloc[0]["value"]), 9)


VLLM = """
$ vllm serve acme/m-8b --tensor-parallel-size 4 --dtype bfloat16
INFO 01-02 03:04:05 api_server.py: started
$ vllm bench serve --model acme/m-8b --dataset-name random --random-input-len 1000 \\
    --random-output-len 128 --num-prompts 100 --max-concurrency 8
============ Serving Benchmark Result ============
Successful requests:                     97
Failed requests:                         3
Maximum request concurrency:             8
Benchmark duration (s):                  20.00
Total input tokens:                      97000
Total generated tokens:                  12416
Request throughput (req/s):              4.85
Output token throughput (tok/s):         620.80
Peak output token throughput (tok/s):    900.00
Total Token throughput (tok/s):          5,470.80
---------------Time to First Token----------------
Mean TTFT (ms):                          123.40
Median TTFT (ms):                        110.00
P99 TTFT (ms):                           301.00
-----Time per Output Token (excl. 1st token)------
Mean TPOT (ms):                          11.50
==================================================
"""


def test_a_block_of_vllm_with_its_commands(tmp_path: Path) -> None:
    rows = read(tmp_path, VLLM)
    assert set(rows["subject"]) == {"acme/m-8b"}
    first = rows.iloc[0]
    settings = ("concurrency", "tensor_parallel", "input_length", "output_length", "workload", "dtype")
    assert [first[f"factor.{n}"] for n in settings] == ["8", "4", "1000", "128", "random", "bfloat16"]
    assert value(rows, "ttft", "mean") == 0.1234
    assert value(rows, "ttft", "p99") == 0.301
    assert value(rows, "total_throughput", "mean") == 5470.8
    assert value(rows, "output_throughput", "mean") == 620.8  # not the peak
    assert value(rows, "output_tokens", "mean") == 128
    failed = rows[rows["metric"] == "request"]
    assert list(failed["n"]) == [3]
    assert not (rows["metric"] == "decode_rate").any()


def test_two_blocks_keep_their_commands_apart(tmp_path: Path) -> None:
    second = VLLM.replace("max-concurrency 8", "max-concurrency 16").replace(": " + " " * 12 + "8\n", ": 16\n")
    second = second.replace("concurrency:             8", "concurrency:             16").replace("123.40", "140.00")
    rows = read(tmp_path, VLLM + second)
    assert value(rows, "ttft", "mean", concurrency="8") == 0.1234
    assert value(rows, "ttft", "mean", concurrency="16") == 0.14


def test_a_block_of_sglang_with_its_namespace(tmp_path: Path) -> None:
    text = """benchmark_args=Namespace(backend='sglang', base_url=None, model='acme/m-70b', tp=8, max_concurrency=None)
============ Serving Benchmark Result ============
Backend:                                 sglang
Traffic request rate:                    inf
Max request concurrency:                 not set
Successful requests:                     1000
Benchmark duration (s):                  42.99
Request throughput (req/s):              23.26
Output token throughput (tok/s):         98.17
Total token throughput (tok/s):          239.87
Concurrency:                             429.06
----------------End-to-End Latency----------------
Mean E2E Latency (ms):                   4295.92
Median E2E Latency (ms):                 3419.28
---------------Inter-Token Latency----------------
Mean ITL (ms):                           9.60
Max ITL (ms):                            812.00
==================================================
"""
    rows = read(tmp_path, text)
    assert set(rows["subject"]) == {"acme/m-70b"}
    assert set(rows["factor.tensor_parallel"]) == {"8"}
    assert value(rows, "e2e_latency", "p50") == 3.41928
    assert value(rows, "itl", "max") == 0.812


def test_a_block_all_of_whose_requests_failed(tmp_path: Path) -> None:
    text = VLLM.replace("requests:                     97", "requests:                     0").replace(
        "requests:                         3", "requests:                         100"
    )
    rows = read(tmp_path, text)
    assert set(rows["metric"]) == {"request"}
    assert list(rows["n"]) == [100]


LLAMA = """build: 4521 (2e2f8f09)
0.00.009.489 I llama_model_loader: - kv   2:  general.name str              = Acme 8B
llm_load_tensors: offloaded 33/33 layers to GPU
0.01.060.461 I {name}:        load time =      51.05 ms
0.01.060.463 I {name}: prompt eval time =       7.17 ms /     9 tokens (    0.80 ms per token,  1255.06 tokens per second)
0.01.060.465 I {name}:        eval time =     250.00 ms /    25 runs   (   10.00 ms per token,   100.00 tokens per second)
0.01.060.466 I {name}:       total time =     300.10 ms /    34 tokens
"""


@pytest.mark.parametrize("name", ["llama_print_timings", "llama_perf_context_print", "common_perf_print"])
def test_timings_of_llama_cpp(name: str, tmp_path: Path) -> None:
    rows = read(tmp_path, LLAMA.format(name=name) + LLAMA.format(name=name).replace("100.00 tok", "90.00 tok"))
    decode = rows[rows["metric"] == "decode_rate"]
    assert list(decode["value"]) == [100, 90]
    assert set(rows["subject"]) == {"Acme 8B"}
    assert set(rows["factor.num_gpu"]) == {"33"}
    assert list(rows[rows["metric"] == "prefill_rate"]["value"]) == [1255.06, 1255.06]
    assert list(rows[rows["metric"] == "load_time"]["value"]) == [0.05105, 0.05105]


def test_timings_of_the_server_of_llama_cpp(tmp_path: Path) -> None:
    text = """slot print_timing: id  0 | task 0 |
prompt eval time =     120.50 ms /    64 tokens (    1.88 ms per token,   531.12 tokens per second)
       eval time =    2000.00 ms /   100 tokens (   20.00 ms per token,    50.00 tokens per second)
      total time =    2120.50 ms /   164 tokens
slot release: id 0 | task 0 | stop processing
slot print_timing: id  0 | task 7 |
prompt eval time =     100.00 ms /    64 tokens (    1.56 ms per token,   640.00 tokens per second)
       eval time =    2500.00 ms /   100 tokens (   25.00 ms per token,    40.00 tokens per second)
      total time =    2600.00 ms /   164 tokens
"""
    rows = read(tmp_path, text)
    assert list(rows[rows["metric"] == "decode_rate"]["value"]) == [50, 40]
    assert rows["record"].nunique() == 2


def test_no_rate_of_no_output(tmp_path: Path) -> None:
    text = LLAMA.format(name="llama_perf_context_print").replace(
        "250.00 ms /    25 runs   (   10.00 ms per token,   100.00",
        "0.00 ms /     1 runs   (    0.00 ms per token,      inf",
    )
    assert "decode_rate" not in set(read(tmp_path, text)["metric"])


@pytest.mark.parametrize(
    "line",
    [
        "Final estimate: PPL = 6.1934 +/- 0.03421",
        "Final estimate: PPL over 10 chunks for n_ctx=2048 = 6.1934 +/- 0.03421",
    ],
)
def test_perplexity_of_llama_cpp(line: str, tmp_path: Path) -> None:
    rows = read(
        tmp_path, f"./llama-perplexity -m models/acme-8b-Q4_K_M.gguf -f wiki.test.raw -ngl 99\n[1]5.1,[2]6.0\n{line}\n"
    )
    assert value(rows, "perplexity", "mean", subject="acme-8b-Q4_K_M", num_gpu="99") == 6.1934


OLLAMA = """>>> hello
Hi!

total duration:       1m7.412s
load duration:        55.2ms
prompt eval count:    26 token(s)
prompt eval duration: 212ms
prompt eval rate:     122.64 tokens/s
eval count:           298 token(s)
eval duration:        7.1s
eval rate:            41.97 tokens/s
"""


@pytest.mark.parametrize(
    "command", ["$ ollama run gemma3:1b --verbose", "ollama run --verbose gemma3:1b 'hello'", "## Model: gemma3:1b"]
)
def test_answers_of_ollama_run(command: str, tmp_path: Path) -> None:
    rows = read(tmp_path, f"{command}\n{OLLAMA}{OLLAMA.replace('41.97', '40.00')}", "run.txt")
    assert list(rows[rows["metric"] == "decode_rate"]["value"]) == [41.97, 40]
    assert set(rows["subject"]) == {"gemma3:1b"}
    assert set(rows[rows["metric"] == "e2e_latency"]["value"].round(3)) == {67.412}


def test_generations_of_mlx(tmp_path: Path) -> None:
    text = """$ mlx_lm.generate --model mlx-community/Acme-8B-4bit --prompt "hi" --max-tokens 100
==========
Hi there
==========
Prompt: 12 tokens, 345.678 tokens-per-sec
Generation: 100 tokens, 45.678 tokens-per-sec
Peak memory: 4.567 GB
"""
    rows = read(tmp_path, text)
    assert value(rows, "decode_rate", subject="mlx-community/Acme-8B-4bit") == 45.678
    assert value(rows, "prefill_rate") == 345.678
    assert value(rows, "ram", "max") == round(4.567e9 / 2**20, 9)  # GB of 10⁹ bytes


EVALSCOPE = """evalscope perf --parallel 5 --model qwen2.5 --url http://127.0.0.1 --api openai --dataset openqa --number 20
Benchmarking summary:
+-----------------------------------+-----------+
| Key                               |     Value |
+===================================+===========+
| Time taken for tests (s)          |    3.882  |
+-----------------------------------+-----------+
| Number of concurrency             |    5      |
+-----------------------------------+-----------+
| Total requests                    |   20      |
| Succeed requests                  |   19      |
| Failed requests                   |    1      |
| Output token throughput (tok/s)   |  983.7757 |
| Request throughput (req/s)        |    5.15   |
| Average latency (s)               |    0.8606 |
| Average time to first token (s)   |    0.1312 |
| Average time per output token (s) |    0.0043 |
+-----------------------------------+-----------+
Percentile results:
+-------------+----------+---------+-------------+
| Percentiles | TTFT (s) | ITL (s) | Latency (s) |
+-------------+----------+---------+-------------+
|     50%     |  0.1320  |  0.0041 |   0.8552    |
|     99%     |  0.2001  |  0.0101 |   1.2552    |
+-------------+----------+---------+-------------+
"""


def test_tables_of_evalscope(tmp_path: Path) -> None:
    rows = read(tmp_path, EVALSCOPE, "benchmark.log")
    assert value(rows, "ttft", "mean", subject="qwen2.5", concurrency="5") == 0.1312
    assert value(rows, "ttft", "p99") == 0.2001
    assert value(rows, "output_throughput", "mean") == 983.7757
    assert list(rows[rows["metric"] == "request"]["n"]) == [1]


def test_dmon_of_nvidia_smi(tmp_path: Path) -> None:
    text = """# gpu   pwr gtemp mtemp    sm   mem   enc   dec  mclk  pclk    fb
# Idx     W     C     C     %     %     %     %   MHz   MHz    MB
    0    62    53     -    97    44     0     0   810  1151   791
    1    95    54     -    98    45     0     0   810  1150   792
"""
    rows = read(tmp_path, text)
    assert list(rows[rows["metric"] == "power"]["value"]) == [62, 95]
    assert list(rows[rows["metric"] == "gpu_util"]["value"]) == [97, 98]
    assert set(rows["factor.gpu_index"]) == {"0", "1"}


def test_csv_of_nvidia_smi(tmp_path: Path) -> None:
    head = "timestamp, name, utilization.gpu [%], memory.used [MiB], power.draw [W], temperature.gpu"
    text = f"{head}\n2026/01/02 03:04:05.123, NVIDIA H100, 97 %, 1024 MiB, 350.10 W, 55\n" * 1
    text += "2026/01/02 03:04:06.123, NVIDIA H100, 98 %, 1025 MiB, [N/A], 56\n"
    rows = read(tmp_path, text, "gpu.csv")
    assert list(rows[rows["metric"] == "vram"]["value"]) == [1024, 1025]
    assert list(rows[rows["metric"] == "gpu_util"]["value"]) == [97, 98]
    assert list(rows[rows["metric"] == "power"]["value"]) == [350.1]
    assert list(rows[rows["metric"] == "gpu_temperature"]["value"]) == [55, 56]


def harness(**more: Any) -> dict[str, Any]:
    return {
        "results": {
            "gsm8k": {"alias": "gsm8k", "exact_match,strict-match": 0.712, "exact_match_stderr,strict-match": 0.0125},
            "arc_challenge": {"acc,none": 0.552, "acc_stderr,none": 0.0145, "acc_norm,none": 0.581},
            "wikitext": {"word_perplexity,none": 12.5, "word_perplexity_stderr,none": "N/A", "bits_per_byte,none": 0.68},
        },
        "n-samples": {"gsm8k": {"original": 1319, "effective": 1319}},
        "config": {"model": "hf", "model_args": "pretrained=acme/m-8b,dtype=bfloat16"},
        **more,
    }  # fmt: skip


def test_results_of_the_evaluation_harness(tmp_path: Path) -> None:
    rows = read(tmp_path, json.dumps(harness()), "results.json")
    assert set(rows["subject"]) == {"acme/m-8b"}
    assert value(rows, "accuracy", "mean", workload="gsm8k") == 0.712
    assert value(rows, "accuracy_norm", "mean", workload="arc_challenge") == 0.581
    assert value(rows, "word_perplexity", "mean") == 12.5
    gsm = rows[(rows["factor.workload"] == "gsm8k") & (rows["stat"] == "mean")]
    assert list(gsm["n"]) == [1319]


def test_results_of_lighteval(tmp_path: Path) -> None:
    document = {
        "config_general": {"lighteval_sha": "?", "model_name": "acme/m-8b"},
        "results": {
            "leaderboard|arc:challenge|25": {"acc_norm": 0.58, "acc_norm_stderr": 0.014},
            "all": {"acc_norm": 0.58, "acc_norm_stderr": 0.01},
        },
        "versions": {},
    }
    rows = read(tmp_path, json.dumps(document), "results.json")
    one = rows[(rows["factor.workload"] == "arc:challenge") & (rows["stat"] == "mean")].iloc[0]
    assert (one["metric"], one["value"], one["factor.num_fewshot"]) == ("accuracy_norm", 0.58, "25")
    assert set(rows[rows["factor.workload"] == "all"]["definition"]) == {"over the tasks of a group"}


@pytest.mark.parametrize(
    "text", ["hello\nworld\n", "eval rate: fast\n", "Prompt: tell me\nGeneration: no\n", "# gpu stuff\n1 2 3\n"]
)
def test_text_without_results_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("model,ttft_s\na:1b,1\n")
    (tmp_path / "a.txt").write_text(text)
    assert ingest(tmp_path).sources[0].status == "skipped"


@pytest.mark.parametrize(
    "line",
    [
        "model_name =    gemma3:1b",
        "Model: gemma3:1b",
        "=== Testing model gemma3:1b ===",
        ">>> Running gemma3:1b ...",
        "--- gemma3:1b ---",
        "[2/5] Benchmarking gemma3:1b",
        "model name: `gemma3:1b`",
    ],
)
def test_a_script_around_ollama_names_the_model_in_a_line_of_its_own(line: str, tmp_path: Path) -> None:
    """Else the numbers of several models are one pile, and a folder that ran the small ones looks fast."""
    other = line.replace("gemma3:1b", "llama3.2:3b")
    text = f"{line}\n{OLLAMA}{OLLAMA}\n{other}\n{OLLAMA}"
    rows = read(tmp_path, text, "run.log")
    rates = rows[rows["metric"] == "decode_rate"]
    assert list(rates["subject"]) == ["gemma3:1b", "gemma3:1b", "llama3.2:3b"]


PASTED = """-------Linux----------
Total memory size : 62.70 GB
cpu_info: AMD Ryzen 9 5950X 16-Core Processor
gpu_info: NVIDIA GeForce RTX 3060
ollama_version: 0.5.7
----------
Checking and pulling the following LLM models
mistral:7b
phi4:14b
----------
model_name =    mistral:7b
prompt = What is a cake?
eval rate:            67.11 tokens/s
prompt = I'd like to book a flight.
eval rate:            66.61 tokens/s
--------------------
Average of eval rate:  66.86  tokens/s
----------------------------------------
model_name =    phi4:14b
prompt = What is a cake?
eval rate:            32.77 tokens/s
prompt = I'd like to book a flight.
eval rate:            32.80 tokens/s
--------------------
Average of eval rate:  32.785  tokens/s
"""


@pytest.mark.parametrize("name", ["RTX_3060.md", "RTX_3060.log"])
def test_a_console_under_the_name_of_a_document_is_what_was_measured(name: str, tmp_path: Path) -> None:
    """A rule below lines of a log makes no title of them, and no value is read twice."""
    rows = read(tmp_path, PASTED, name)
    assert set(rows["origin"]) == {"measured"} and len(rows) == 4
    assert [(s, v) for s, v in zip(rows["subject"], rows["value"], strict=True)] == [
        ("mistral:7b", 67.11), ("mistral:7b", 66.61), ("phi4:14b", 32.77), ("phi4:14b", 32.8),
    ]  # fmt: skip
    assert set(rows["factor.gpu"]) == {"NVIDIA GeForce RTX 3060"} and set(rows["factor.ollama_version"]) == {"0.5.7"}
    assert "factor.case" not in rows or not rows["factor.case"].any()


def test_a_console_that_a_document_quotes_is_read_once(tmp_path: Path) -> None:
    rows = read(tmp_path, f"# Results\n\nOn my laptop:\n\n```\nModel: gemma3:1b\n{OLLAMA}{OLLAMA}```\n", "README.md")
    rates = rows[rows["metric"] == "decode_rate"]
    assert list(rates["origin"]) == ["reported"] * 2 and set(rates["subject"]) == {"gemma3:1b"}
