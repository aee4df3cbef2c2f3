"""Logs of runs that never began or were not finished say so; others do not."""

from __future__ import annotations

import pytest

from chimera_report.tools.ingest.cut_short import cut_short
from chimera_report.tools.ingest.pasted import estimated


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/a/run.sh: line 34: vllm: command not found\n", "the start failed: vllm: command not found"),
        ("sh: 1: llama-bench: not found", "the start failed: llama-bench: not found"),
        ("bash: ./serve: No such file or directory\n", "the start failed: serve: No such file or directory"),
        ("bash: ./llama-server: Permission denied\n", "the start failed: llama-server: Permission denied"),
        ("+ start\nline 2: ollama: command not found\n", "the start failed: ollama: command not found"),
        (" 34%|███ | 345/1000 [01:42<02:21, 4.64it/s]\r 35%| 347/1000 [01:42<01:47, 6.10it/s]", "347 of 1000"),
        ("Namespace(x=1)\nStarting\n 5%| 12/200 [00:10<02:41,  1.2it/s]", "12 of 200"),
        (" 99%| 198/200 [1:00:10<02:41,  1.2it/s]\n", "198 of 200"),
        ("requests: 50%| 32/64 [00:10<00:10,  3.2it/s]   ", "32 of 64"),
    ],
)
def test_why_a_log_has_no_result(text: str, told: str) -> None:
    assert told in cut_short(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "100%| 1000/1000 [05:00<00:00,  3.3it/s]\n",
        " 35%| 347/1000 [01:42<01:47, 6.10it/s]\nDone in 102 s\n",
        " 35%| 347/1000 [01:42<01:47, 6.10it/s]\nwrote result.json",
        "Loading safetensors: 50%| 2/4 [00:10<00:10,  3.2s/it]",
        "model not found in the cache, downloading\n",
        "a\nb\nc\nd\ne\nf\ng\nh: command not found\n",
        "README 12/24 of the cases",
        "2026/04/26 10:00 started",
        "0/1000 [00:00<?, ?it/s]",
        "GET /v1/models 404 Not Found\n" * 20,
    ],
)
def test_other_logs_say_nothing_of_it(text: str) -> None:
    assert cut_short(text) == ""


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("M4  Avg prefill time:          0.2322 s (estimated)", "Avg prefill time"),
        ("Decode time per token:   0.0073 s (estimate)", "Decode time per token"),
        ("Peak memory: 12.5 GB (approx.)", "Peak memory"),
        ("Throughput at 8 users: 830.8 tok/s (extrapolated)", "Throughput at 8 users"),
        ("Energy per token: 0.35 J (projected)", "Energy per token"),
    ],
)
def test_what_a_line_calls_estimated_is_named(line: str, label: str) -> None:
    assert estimated(f"# Run\n{line}\nTotal time: 629.91 s\n") == [label]


@pytest.mark.parametrize(
    "line",
    [
        "Total time: 629.91 s (10.50 min)",
        "Estimated by the author",
        "Note: approximately what we hoped",
        "a: b (estimated)",
    ],
)
def test_other_lines_are_not(line: str) -> None:
    assert estimated(line) == []
