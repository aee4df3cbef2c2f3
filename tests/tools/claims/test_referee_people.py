"""Forms of people's sentences that the sets `lint_home` and `lint_engines` brought: each with what is bent in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from .test_referee import DATA, referee  # type: ignore[import-not-found]

TRUE = {
    "lint_home": (
        "On the 7600, granite-3.1-2b does 113 tokens a second at a context of 512.",
        "llama-3.2-3b reads its prompt at 1501 tokens/s on the RX 7600 with context 512.",
        "mistral-nemo-12b needs much more memory than granite-3.1-2b.",
        "Long contexts slow llama-3.2-3b down.",
        "llama-3.2-3b had no failures.",
        "granite-3.1-2b is faster than mistral-nemo-12b; mistral-nemo-12b has a higher VRAM.",
        "Prefill rate:\n\n| Model | RTX 3060, 512 context |\n| --- | ---: |\n| llama-3.2-3b | 2460 |",
    ),
    "lint_engines": (
        "The p99 TTFT of vllm with 64 users is 709 ms.",
        "Compared to vllm, sglang serves 8 % more tokens per second at 64 users.",
        "Ranked by TTFT at 16 users: sglang, then vllm, then tgi.",
        "sglang beats tgi on time per output token at every load.",
        "More users mean higher throughput.",
        "sglang had no failures.",
    ),
}
FALSE = {
    "lint_home": (
        "granite-3.1-2b needs far more memory than mistral-nemo-12b.",
        "mistral-nemo-12b needs slightly more memory than llama-3.2-3b.",
        "Three of the mistral-nemo-12b runs on the RX 7600 ran out of memory at context 8192.",
        "Two of the llama-3.2-3b runs on the RX 7600 ran out of memory at context 8192.",
        "Two of the mistral-nemo-12b runs on the RX 7600 timed out at context 8192.",
        "Two of the mistral-nemo-12b runs on the RX 7600 ran out of memory at context 512.",
        "mistral-nemo-12b had no failures.",
        "granite-3.1-2b is faster than mistral-nemo-12b; mistral-nemo-12b has a lower VRAM.",
        "On the 7600, llama-3.2-3b does 88 tokens a second at a context of 512.",
        "On the 3060, llama-3.2-3b does 88 tokens a second at a context of 8192.",
        "On the 4060, llama-3.2-3b does 88 tokens a second at a context of 512.",
        "llama-3.2-3b reads its prompt at 88 tokens/s on the RTX 3060 with context 512.",
        "llama-3.2-3b decodes 2460 tokens/s on the RTX 3060 with context 512.",
        "Short contexts slow every model down.",
        "Long contexts speed every model up.",
        "Prefill rate:\n\n| Model | RX 7600, 512 context |\n| --- | ---: |\n| llama-3.2-3b | 2460 |",
        "Decode rate:\n\n| Model | RTX 3060, 512 context |\n| --- | ---: |\n| llama-3.2-3b | 2460 |",
    ),
    "lint_engines": (
        "vllm beats sglang on TTFT at every load.",
        "Ranking by throughput at 4 users: sglang > tgi > vllm.",
        "tgi, 64 users: 1877 tok/s, p50 TTFT 300 ms",
        "The p99 TTFT of vllm at 64 users is 300 ms.",
        "The median TTFT of vllm at 64 users is 709 ms.",
        "The TTFT of vllm at 64 users is 709 ms.",
        "Compared with vllm, tgi serves about 25 % more tokens per second at 64 users.",
        "Compared with tgi, vllm serves about 25 % fewer tokens per second at 64 users.",
        "vllm has the shortest time to first token: a median of 92 ms with 4 users.",
        "vllm is far faster than sglang.",
        "sglang is far faster than vllm.",
        "More users mean lower throughput.",
        "vllm had three failed requests.",
        "| Engine | 4 users | 16 users |\n| --- | ---: | ---: |\n| vllm | 377 | 2337 |\n\nTable: tokens per second",
        "| Engine | 4 users | 16 users |\n| --- | ---: | ---: |\n| vllm | 377 | 1227 |\n\nTable: TTFT",
    ),
}


@cache
def _ask(folder: str) -> Callable[[str], str]:
    ask: Callable[[str], str] = referee(DATA / folder / "results")
    return ask


@pytest.mark.parametrize(("folder", "text"), [(f, t) for f, texts in TRUE.items() for t in texts])
def test_what_people_say_is_read(folder: str, text: str) -> None:
    assert _ask(folder)(text + "\n") == "supported"


@pytest.mark.parametrize(("folder", "text"), [(f, t) for f, texts in FALSE.items() for t in texts])
def test_what_is_bent_in_it_is_not_supported(folder: str, text: str) -> None:
    assert _ask(folder)(text + "\n") != "supported"
