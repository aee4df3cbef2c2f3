"""What the receipt of a run says of the model: the name that was asked for, and the one that the server lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest

HEAD = "model,num_ctx,ttft_s\n"
MODELS = [{"name": "owl:3b", "listed_as": "owl:3b-q4_K_M"}]


def run_of(folder: Path, models: object, *names: str) -> set[str]:
    run = folder / "run"
    run.mkdir()
    (run / "receipt.json").write_text(json.dumps({"schema": "chimera-report/receipt/2", "models": models}))
    for i, name in enumerate(names):
        rows = "".join(f"{name},{n},{0.2 + i / 10}\n" for n in (1024, 4096))
        (run / f"part{i}.csv").write_text(HEAD + rows)
    return set(ingest(folder).table["subject"].dropna())


def test_files_of_one_run_that_name_a_model_in_both_ways_are_of_one_model(tmp_path: Path) -> None:
    assert run_of(tmp_path, MODELS, "owl:3b", "owl:3b-q4_K_M") == {"owl:3b"}


def test_a_name_that_all_files_use_stays(tmp_path: Path) -> None:
    assert run_of(tmp_path, MODELS, "owl:3b-q4_K_M") == {"owl:3b-q4_K_M"}


def test_another_model_of_the_folder_stays(tmp_path: Path) -> None:
    assert run_of(tmp_path, MODELS, "owl:3b", "owl:3b-q8_0") == {"owl:3b", "owl:3b-q8_0"}


@pytest.mark.parametrize(
    "models", [None, 7, "owl", [7], [{"name": "owl:3b"}], [{"name": 1, "listed_as": []}], {"a": 1}]
)
def test_a_receipt_that_says_nothing_renames_nothing(tmp_path: Path, models: object) -> None:
    assert run_of(tmp_path, models, "owl:3b", "owl:3b-q4_K_M") == {"owl:3b", "owl:3b-q4_K_M"}
