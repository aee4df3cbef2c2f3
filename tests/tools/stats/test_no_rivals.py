"""Levels that are no rivals, values that stand twice, and what only stands in for a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse, is_toy


def _matched(place: Path, text: str) -> set[str]:
    (place / "r.csv").write_text(text, encoding="utf-8")
    return {m.axis for m in analyse(ingest(place)).matched}


def _rows(head: str, first: list[str], second: list[str], value: float) -> str:
    lines = [f"{a},{b},{value + 3 * i + 0.5 * j}" for i, a in enumerate(first) for j, b in enumerate(second)]
    return "\n".join([head, *lines]) + "\n"


@pytest.mark.parametrize(
    ("head", "first", "second"),
    [
        ("model,benchmark_name,accuracy", ["a-7b", "b-7b"], ["gsm8k", "mmlu"]),
        ("model,variant,score", ["a-7b", "b-7b"], ["arc_challenge", "hellaswag", "mmlu"]),
        ("model,validity_note,tokens_per_second", ["a-7b", "b-7b"], ["ok", "ok_hot"]),
        ("model,run_notes,tokens_per_second", ["a-7b", "b-7b"], ["clean", "usb powered"]),
        ("model,mode,accuracy", ["a-7b", "b-7b"], ["humaneval", "mbpp"]),
    ],
)
def test_tests_and_remarks_are_no_rivals(head: str, first: list[str], second: list[str], tmp_path: Path) -> None:
    value = 0.4 if "acc" in head or "score" in head else 40
    text = _rows(head, first, second, value)
    assert head.split(",")[1] not in _matched(tmp_path, text)


@pytest.mark.parametrize(
    ("asked", "ran"),
    [
        ("requested_backend", "reported_backends"), ("requested_device", "actual_device"),
        ("target_backend", "effective_backend"), ("configured_engine", "used_engine"),
        ("expected_backend", "observed_backend"),
    ],
)  # fmt: skip
def test_what_was_asked_for_and_did_not_run_is_no_rival(asked: str, ran: str, tmp_path: Path) -> None:
    lines = [f"model,prompt_kind,{asked},{ran},tokens_per_second"]
    for i, kind in enumerate(("short", "long", "code", "chat")):
        for j, b in enumerate(("CPU", "GPU", "NPU")):
            lines.append(f"m-2b,{kind},{b},{b if kind == 'chat' else 'NPU'},{30 + 4 * j + i}")
    assert asked not in _matched(tmp_path, "\n".join(lines) + "\n")
    truly = "\n".join(x.replace(",NPU,", f",{x.split(',')[2]},") for x in lines) + "\n"
    assert {asked, ran} & _matched(tmp_path, truly)  # equal columns are one


@pytest.mark.parametrize(
    "name",
    ["tiny-random-gpt2-fp32", "hf-internal-testing/tiny-random-LlamaForCausalLM", "mock-llm", "test-model", "dummy"],
)
def test_what_stands_in_for_a_model_leads_nothing(name: str, tmp_path: Path) -> None:
    assert is_toy(name)
    lines = ["model,batch_size,tokens_per_second"]
    lines += [f"{m},{b},{v * b}" for b in (1, 2, 4, 8) for m, v in ((name, 14000), ("qwen2-7b", 80), ("phi-3b", 120))]
    (tmp_path / "r.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    analysis = analyse(ingest(tmp_path))
    assert analysis.matched
    assert not any(name in (m.a, m.b) for m in (*analysis.matched, *analysis.comparisons))
    assert all(g.best.subject != name for g in analysis.grids)


def test_models_have_names_too() -> None:
    names = ("tinyllama-1.1b", "random-forest", "gemma3:270m", "test", "mockingbird-7b", "echo-7b", "demo")
    assert not any(is_toy(n) for n in names)


@pytest.mark.parametrize(
    ("head", "factor"),
    [
        ("ttft_seconds,ttft_minutes", 1 / 60), ("ttft_ms,ttft_s", 1 / 1000), ("vram_mb,vram_gb", 1 / 1024),
        ("e2e_latency_ms,e2e_latency_s", 1 / 1000), ("load_time_s,load_time_ms", 1000),
    ],
)  # fmt: skip
def test_a_quantity_in_two_units_is_one(head: str, factor: float, tmp_path: Path) -> None:
    values = [12.6, 44.1, 130.2, 388.4]
    rows = [f"m,{1024 * 2**i},{v},{round(v * factor, 4)}" for i, v in enumerate(values)]
    (tmp_path / "r.csv").write_text("\n".join([f"model,context_length,{head}", *rows]) + "\n", encoding="utf-8")
    analysis = analyse(ingest(tmp_path))
    assert len(analysis.curves) == 1, [c.recipe.args for c in analysis.curves]


def test_deviations_that_the_files_state_are_repeats(tmp_path: Path) -> None:
    lines = ["| model | context | t/s |", "| --- | --- | --- |"]
    for i, depth in enumerate((0, 1000, 5000, 20000)):
        lines += [f"| a-7b | {depth} | {60 + 7 * (i == 2)} ± 9.5 |", f"| b-7b | {depth} | {30 - i} ± 0.4 |"]
    (tmp_path / "r.md").write_text("# Generation speed\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    analysis = analyse(ingest(tmp_path))
    found = [m for m in analysis.matched if {m.a, m.b} == {"a-7b", "b-7b"}]
    assert found and all(m.scatter == len(m.points) and m.scattered == 0 for m in found)
    assert all(c.turn is None for c in analysis.curves)
