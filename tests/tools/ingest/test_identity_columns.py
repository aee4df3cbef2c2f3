"""Columns and keys: keys of two depths, tokens that came out, texts that are no settings, rates of a few tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset, Role


def folder(tmp_path: Path, files: dict[str, Any]) -> Dataset:
    for name, content in files.items():
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ingest(tmp_path)


@pytest.mark.parametrize(
    ("outer", "factor"),
    [
        (("math", "code", "chat"), "workload"),
        (("short", "long"), "workload"),
        (("h100", "a100"), "device"),
        (("my_vllm", "my_sglang"), "backend"),
        (("groq", "azure"), "provider"),
    ],
)
def test_keys_of_two_depths_are_two_factors(tmp_path: Path, outer: tuple[str, ...], factor: str) -> None:
    data = {o: {w: {"tps": 50.5 + i + 7 * j} for j, w in enumerate(("Draft", "Flash"))} for i, o in enumerate(outer)}
    found = folder(tmp_path, {"ab.json": data})
    assert set(found.table[FACTOR + factor]) == set(outer)
    assert set(found.table[FACTOR + "variant"]) == {"Draft", "Flash"}
    assert found.table["value"].is_unique and len(found.table) == 2 * len(outer)


@pytest.mark.parametrize(
    "name", ["generated_tokens", "output_tokens", "n_generated_tokens", "response_token_count", "eval_tokens"]
)
def test_tokens_that_came_out_are_no_setting(tmp_path: Path, name: str) -> None:
    counts = (2, 3, 5, 7, 13, 41)
    rows = [
        {"model": f"m{k % 2}", "task": f"t{k % 6}", name: counts[(k // 2) % 6], "latency_s": 1.5 + k} for k in range(48)
    ]
    found = folder(tmp_path, {"r.json": rows})
    assert name not in found.factors


def test_planned_tokens_are_a_workload(tmp_path: Path) -> None:
    rows = [
        {"model": f"m{k % 2}", "max_output_tokens": (128, 256)[(k // 2) % 2], "latency_s": 1.5 + k} for k in range(24)
    ]
    found = folder(tmp_path, {"r.json": rows})
    assert found.role_of("max_output_tokens") is Role.WORKLOAD


@pytest.mark.parametrize(
    "cells",
    [
        ("want~'4471'", r"re~\bREADY\b", "need_keys~[a,b]"),
        ("the answer was not given", "it said no to this", "all that was asked is here"),
        ('{"a": 1}', '{"b": 2}', '{"c": 3}'),
        ("^ok$", "a|b", "x*"),
        ("<b>", "<i>", "<p>"),
    ],
)
def test_patterns_and_sentences_are_no_settings(tmp_path: Path, cells: tuple[str, ...]) -> None:
    rows = [{"model": f"m{k % 2}", "wanted": cells[(k // 2) % 3], "latency_s": 1.5 + k} for k in range(24)]
    assert "wanted" not in folder(tmp_path, {"r.json": rows}).factors


def test_a_rate_of_two_tokens_is_set_apart(tmp_path: Path) -> None:
    rows = [
        {"model": "a:7b", "output_tokens": n, "tokens_per_second": 25000.5 + k if n < 8 else 60.5 + k}
        for k in range(6)
        for n in (2, 150)
    ]
    table = folder(tmp_path, {"r.json": rows}).table
    rates = table[table["metric"] == "decode_rate"]
    assert rates[rates["status"] == "ok"]["value"].max() < 100
    assert (rates["status"] == "set aside").sum() == 6


def test_a_rate_of_few_tokens_that_is_like_the_others_stays(tmp_path: Path) -> None:
    rows = [{"model": "a:7b", "output_tokens": 4 + 40 * (k % 2), "tokens_per_second": 60.5 + k} for k in range(8)]
    assert set(folder(tmp_path, {"r.json": rows}).table["status"]) == {"ok"}


@pytest.mark.parametrize(
    "levels", [("f16", "q4_0"), ("Q4_K_M", "Q8_0"), ("bf16", "int8"), ("fp16", "fp8"), ("awq", "gptq")]
)
def test_a_model_column_of_formats_is_the_quantisation(tmp_path: Path, levels: tuple[str, str]) -> None:
    text = "engine,model,tokens_per_second\n" + "".join(
        f"{e},{q},{20.5 + i + 2 * j}\n" for i, e in enumerate(("one", "two")) for j, q in enumerate(levels)
    )
    found = folder(tmp_path, {"r.csv": text})
    assert set(found.table[FACTOR + "quantisation"]) == set(levels)
    assert set(found.table[FACTOR + "backend"]) == {"one", "two"} and set(found.table["subject"]) == {""}
