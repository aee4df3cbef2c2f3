"""Programs that name one model in their own ways, and drafts of speculative decoding."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset

SPELT = {"llama.cpp": "local-model", "LM Studio": "Nova2-Coder-7B-Instruct", "Ollama": "nova2-coder:7b"}


def read(tmp_path: Path, document: object, name: str = "results.json") -> Dataset:
    (tmp_path / name).write_text(document if isinstance(document, str) else json.dumps(document))
    return ingest(tmp_path)


@pytest.mark.parametrize("key", ["name", "runner", "engine", "server", "tool"])
def test_one_model_that_programs_call_by_their_own_names(tmp_path: Path, key: str) -> None:
    runs = [
        {
            key: program,
            "model": model,
            "records": [{"category": c, "tps": n + i / 10} for i, c in enumerate(("a", "b"))],
        }
        for n, (program, model) in enumerate(SPELT.items(), 40)
    ]
    table = read(tmp_path, {"runners": runs}).table
    assert set(table["subject"]) == {"Nova2-Coder-7B-Instruct"}
    assert set(table[FACTOR + "backend"]) == set(SPELT)


@pytest.mark.parametrize("pair", list(combinations(SPELT.items(), 2)))
def test_two_programs_are_enough(tmp_path: Path, pair: tuple[tuple[str, str], ...]) -> None:
    rows = [f"{program},{model},{n * 10},{n}" for n in (1, 2) for program, model in pair]
    table = read(tmp_path, "\n".join(["engine,model,decode_tps,run", *rows]) + "\n", "a.csv").table
    assert len(set(table["subject"])) == 1 and "local-model" not in set(table["subject"])


@pytest.mark.parametrize(
    "models",
    [
        ("nova2-coder:7b", "nova2-coder:3b"),  # sizes
        ("nova2:7b", "acme2:7b"),  # families
        ("nova2-coder:7b", "Nova2-7B"),  # without the word that makes it another model: only by name, no size alone
    ],
)
def test_models_that_differ_stay_apart(tmp_path: Path, models: tuple[str, str]) -> None:
    rows = [f"ollama,{models[0]},{n}0" for n in (1, 2, 3)] + [f"ollama,{models[1]},{n}1" for n in (1, 2, 3)]
    table = read(tmp_path, "\n".join(["engine,model,decode_tps", *rows]) + "\n", "a.csv").table
    assert set(table["subject"]) == set(models)


RECORDS = [{"category": c, "tps": 10.0 + i} for i, c in enumerate(("code", "math", "chat"))]
DRAFTS = [
    {"label": label, "file": f"Nova-{label}-Q8_0.gguf", "tps": t, "vram_mb": 900}
    for label, t in (("0.5B", 58.0), ("3B", 52.0))
]


@pytest.mark.parametrize("key", ["target", "target_model", "base_model", "main_model"])
def test_what_drafts_were_made_for_is_the_system(tmp_path: Path, key: str) -> None:
    table = read(
        tmp_path, {"meta": {key: "Nova2-14B-Instruct", "ctx": 4096}, "baseline_tps": 42.0, "drafts": DRAFTS}
    ).table
    rates = table[table["metric"] == "decode_rate"]
    assert set(rates["subject"].dropna()) == {"Nova2-14B-Instruct"}
    drafts = rates.dropna(subset=[FACTOR + "draft_model"])
    assert dict(zip(drafts[FACTOR + "draft_model"], drafts["value"], strict=True)) == {"0.5B": 58.0, "3B": 52.0}


def test_the_target_beside_a_draft_is_the_system_of_all_runs(tmp_path: Path) -> None:
    meta = {"target": "/home/me/.cache/Nova2-7B-Instruct-Q4_K_S.gguf", "draft": "Nova2-0.5B-Instruct-Q8_0.gguf"}
    runs = [{"method": m, "records": RECORDS} for m in ("baseline", "draft", "ngram")]
    table = read(tmp_path, {"meta": meta, "runs": runs}).table
    assert set(table["subject"]) == {"Nova2-7B-Instruct-Q4_K_S"}


def test_a_target_without_drafts_is_none(tmp_path: Path) -> None:
    text = "model,target,ttft_ms\nnova2:7b,gemma3:1b,10\nnova2:7b,gemma3:4b,11\nnova2:7b,gemma3:1b,12\n"
    assert set(read(tmp_path, text, "a.csv").table["subject"]) == {"nova2:7b"}
