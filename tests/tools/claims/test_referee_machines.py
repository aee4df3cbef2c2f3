"""Sentences about several systems and levels at once, about a folder as people at home have it: models on machines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.agent import lint

from .test_referee import referee  # type: ignore[import-not-found]

RATES = {  # tokens/s of each model on each machine
    "gemma3:270m": {"mac-m4": 217.0, "pc-cpu-ram": 71.0, "pc-t600": 120.0},
    "gemma3:1b": {"mac-m4": 91.0, "pc-cpu-ram": 35.0, "pc-t600": 68.0},
    "mistral:7b": {"mac-m4": 19.6, "pc-cpu-ram": 7.1, "pc-t600": 12.9},
}
PREFILL = {"gemma3:270m": 2000.0, "gemma3:1b": 900.0, "mistral:7b": 100.0}
SPREAD = (0.99, 1.0, 1.0, 1.01)
TABLE = "| Model | mac-m4 | pc-cpu-ram |\n| --- | ---: | ---: |\n| gemma3:1b | {} | {} |"

TRUE = (
    "gemma3:270m is the fastest model on every machine.",
    "gemma3:270m is the fastest model on mac-m4.",
    "mistral:7b is the slowest on the pc-t600.",
    "The mac-m4 is roughly 2.8x faster than pc-cpu-ram in generation.",
    "gemma3:1b and mistral:7b both stay below 95 tok/s on mac-m4.",
    "gemma3:270m, gemma3:1b and mistral:7b all stay above 7 tok/s on pc-cpu-ram.",
    "mistral:7b reaches 12.9 tok/s on pc-t600 and 7.1 tok/s on pc-cpu-ram.",
    "With pc-t600, mistral:7b reaches 12.9 tok/s, against 7.1 tok/s on pc-cpu-ram.",
    "gemma3:1b is twice as fast on the pc-t600 as on pc-cpu-ram (68 vs 35 tok/s).",
    "The slowest combination is mistral:7b on pc-cpu-ram at 7.1 tok/s.",
    "The fastest setup is gemma3:270m on mac-m4.",
    "On mac-m4 gemma3:270m is more than ten times faster than mistral:7b.",
    "On mac-m4 gemma3:270m is less than 12 times as fast as mistral:7b.",
    "Moving from pc-cpu-ram to pc-t600 gives mistral:7b 82 % more generation speed.",
    "On mac-m4 the prefill rate of gemma3:1b is 9x that of mistral:7b.",
    "Generation speed in tokens/s:\n\n" + TABLE.format("91.0", "35.0"),
)
FALSE = (
    "gemma3:1b is the fastest model on every machine.",
    "mistral:7b is the slowest on every machine but gemma3:270m is slower on mac-m4.",
    "gemma3:270m is the slowest on the pc-t600.",
    "The mac-m4 is roughly 4x faster than pc-cpu-ram in generation.",
    "The pc-cpu-ram is roughly 2.8x faster than mac-m4 in generation.",
    "gemma3:1b and mistral:7b both stay below 90 tok/s on mac-m4.",
    "gemma3:270m, gemma3:1b and mistral:7b all stay above 8 tok/s on pc-cpu-ram.",
    "mistral:7b reaches 7.1 tok/s on pc-t600 and 12.9 tok/s on pc-cpu-ram.",
    "With pc-t600, mistral:7b reaches 7.1 tok/s, against 12.9 tok/s on pc-cpu-ram.",
    "gemma3:1b is twice as fast on the pc-t600 as on pc-cpu-ram (35 vs 68 tok/s).",
    "gemma3:1b is twice as fast on the pc-t600 as on pc-cpu-ram (68 vs 33 tok/s).",
    "The slowest combination is gemma3:1b on pc-cpu-ram at 35 tok/s.",
    "The slowest combination is mistral:7b on pc-cpu-ram at 8.1 tok/s.",
    "The slowest combination is mistral:7b on pc-t600.",
    "The fastest setup is gemma3:270m on pc-t600.",
    "On mac-m4 gemma3:270m is more than twelve times faster than mistral:7b.",
    "On mac-m4 gemma3:270m is less than 10 times as fast as mistral:7b.",
    "Moving from pc-cpu-ram to pc-t600 gives mistral:7b 45 % more generation speed.",
    "Moving from pc-t600 to pc-cpu-ram gives mistral:7b 82 % more generation speed.",
    "On mac-m4 the prefill rate of gemma3:1b is 2x that of mistral:7b.",
    "Generation speed in tokens/s:\n\n" + TABLE.format("35.0", "91.0"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = ["model,device,decode_tokens_per_sec,prompt_tokens_per_sec"]
    for model, devices in RATES.items():
        for device, rate in devices.items():
            lines += [
                f"{model},{device},{rate * k:.3f},{PREFILL[model] * RATES['gemma3:1b'][device] * k / 91:.2f}"
                for k in SPREAD
            ]
    made = tmp_path_factory.mktemp("machines")
    (made / "bench.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def ask(folder: Path) -> Callable[[str], str]:
    asked: Callable[[str], str] = referee(folder)
    return asked


@pytest.mark.parametrize("text", TRUE)
def test_true_sentences_about_several_are_supported(text: str, ask: Callable[[str], str]) -> None:
    assert ask(text) == "supported"


@pytest.mark.parametrize("text", FALSE)
def test_false_ones_are_not(text: str, ask: Callable[[str], str]) -> None:
    assert ask(text) in ("refuted", "unsupported")


SWEEP_TRUE = (
    "With 4 GPUs, input length 20000 and concurrency 64, fp8 reaches 3,315 tokens/s against 2,197 tokens/s for fp16.",
    "The best throughput is 3,315 tok/s: fp8 on 4 GPUs with input 20000 at concurrency 64.",
    "fp16 scales from 693 to 2,197 tokens/s from 1 to 4 GPUs at concurrency 64 and input 20000.",
    "Output throughput rises from 693 to 2,197 tokens/s from 1 to 4 GPUs with fp16 at concurrency 64 and input 20000.",
    "Two concurrency levels were tested.",
    "With 4 GPUs, concurrency 64 and an input of 50000 tokens, fp8 delivers 1,289 tokens/s.",
    "With fp8, concurrency 64 and input 20000, the output throughput on 4 GPUs is 2.7 times as high as on 1 GPU.",
    "At concurrency 4 with 4 GPUs and an input of 20000, fp8 needs 3.5 ms between tokens, fp16 5.2 ms.",
)
SWEEP_FALSE = (
    "Output throughput falls from 693 to 2,197 tokens/s from 1 to 4 GPUs with fp16 at concurrency 64 and input 20000.",
    "Three concurrency levels were tested.",
    "2 of 10 requests failed.",
    "With 4 GPUs, input length 20000 and concurrency 64, fp8 reaches 2,197 tokens/s against 3,315 tokens/s for fp16.",
    "With 1 GPU, input length 20000 and concurrency 64, fp8 reaches 3,315 tokens/s against 2,197 tokens/s for fp16.",
    "The best throughput is 3,315 tok/s: fp16 on 4 GPUs with input 20000 at concurrency 64.",
    "The best throughput is 1,240 tok/s: fp8 on 1 GPU with input 20000 at concurrency 64.",
    "fp16 scales from 693 to 2,197 tokens/s from 1 to 4 GPUs at concurrency 4 and input 20000.",
    "fp16 scales from 2,197 to 693 tokens/s from 1 to 4 GPUs at concurrency 64 and input 20000.",
    "At concurrency 4 with 4 GPUs and an input of 20000, fp8 needs 5.2 ms between tokens, fp16 3.5 ms.",
    "At concurrency 64 with 4 GPUs and an input of 20000, fp8 needs 3.5 ms between tokens, fp16 5.2 ms.",
)
SWEEP = """quantization,num_gpus,concurrency,input_length,output_throughput_tokens_per_sec,itl_ms
fp16,1,4,20000,60,16
fp16,1,64,20000,693,63
fp16,4,4,20000,190,5.2
fp16,4,64,20000,2197,28
fp16,4,64,50000,833,40
fp8,1,4,20000,100,10
fp8,1,64,20000,1240,48
fp8,4,4,20000,290,3.5
fp8,4,64,20000,3315,19
fp8,4,64,50000,1289,27
"""


@pytest.fixture(scope="module")
def ask_sweep(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    made = tmp_path_factory.mktemp("sweep")
    (made / "sweep.csv").write_text(SWEEP, encoding="utf-8")
    asked: Callable[[str], str] = referee(made)
    return asked


@pytest.mark.parametrize("text", SWEEP_TRUE)
def test_values_under_several_settings_are_supported(text: str, ask_sweep: Callable[[str], str]) -> None:
    assert ask_sweep(text) == "supported"


@pytest.mark.parametrize("text", SWEEP_FALSE)
def test_values_under_other_settings_are_not(text: str, ask_sweep: Callable[[str], str]) -> None:
    assert ask_sweep(text) in ("refuted", "unsupported")


def test_documents_are_the_data_where_there_is_nothing_else_and_no_text_is_its_own_evidence(tmp_path: Path) -> None:
    head = "# Results\n\n| Model | Decode rate (tokens/s) |\n| --- | ---: |\n"
    (tmp_path / "run.md").write_text(head + "| gemma3:1b | 91.4 |\n| mistral:7b | 19.6 |\n")
    text = tmp_path / "summary.md"
    table = head.partition("\n\n")[2] + "| mistral:7b | 88.8 |\n"
    text.write_text("# Summary\n\ngemma3:1b decodes 91.4 tokens/s.\n\n" + table)
    told = {s.text: s.verdict for s in lint.review(text, tmp_path).statements or []}
    assert told.pop("gemma3:1b decodes 91.4 tokens/s.") == "supported"
    assert set(told.values()) <= {"refuted", "unsupported"}
    assert told


def test_a_bound_of_what_only_percentiles_tell_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("model,p50_ttft_ms,p90_ttft_ms\ngemma3:1b,20,35\nmistral:7b,50,90\n")
    (tmp_path / "t.md").write_text("# T\n\nThe TTFT of gemma3:1b stays below 40 ms.\n")
    told = [s.verdict for s in lint.review(tmp_path / "t.md", tmp_path).statements or []]
    assert told == ["unsupported"]
