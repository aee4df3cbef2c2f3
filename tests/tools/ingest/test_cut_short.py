"""Logs of runs that never began or were not finished say so; others do not."""

from __future__ import annotations

import pytest

from chimera_report.tools.ingest.cut_short import cut_short


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
