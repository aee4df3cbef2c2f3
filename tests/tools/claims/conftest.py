"""A folder with a known truth, read and analysed once: what the claims room is tested on.

Suite `param_tuning`: `small:1b` decodes at about 200 tokens/s and `large:7b` at about 100, whatever the settings; the
first run of each block is a cold start, and they all fall on temperature 0.2; one record of `small:1b` timed out; a
copy of the file of `large:7b` stands in `backup`.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import build
from chimera_report.tools.report import planned as outline
from chimera_report.tools.schema import Analysis, Dataset, FactSheet, Outline
from chimera_report.tools.stats import analyse

CORPUS = Path(__file__).parents[3] / "../shared/corpus/chimera-101"
HEAD = ["model", "num_gpu", "num_ctx", "temperature", "ttft_s", "tokens_s", "load_s", "prompt_eval_s"]
HEAD += ["eval_s", "eval_count", "error"]


@dataclass(frozen=True)
class Case:
    dataset: Dataset
    analysis: Analysis
    sheet: FactSheet
    outline: Outline


def made(folder: Path) -> Case:
    dataset = ingest(folder)
    analysis = analyse(dataset)
    sheet = build(analysis, dataset)
    return Case(dataset, analysis, sheet, outline(sheet, analysis, dataset, title="Technical Report"))


def write_sweep(path: Path, model: str, rate: float, seed: int, *, fail: bool = False) -> None:
    draw = random.Random(seed)
    rows: list[list[object]] = []
    for layers in (20, 30, 40, 50):
        for context in (1024, 2048, 4096):
            for temperature in (0.2, 0.4, 0.8):
                load = draw.uniform(2.0, 2.2) if temperature == 0.2 else draw.uniform(0.05, 0.06)
                prompt, speed = draw.uniform(0.010, 0.012), rate * draw.uniform(0.997, 1.003)
                count = draw.randint(200, 400)
                row = [
                    model,
                    layers,
                    context,
                    temperature,
                    load + prompt,
                    speed,
                    load,
                    prompt,
                    count / speed,
                    count,
                    "",
                ]
                rows.append(row)
    if fail:
        rows[-1] = [model, 50, 4096, 0.8, "", "", "", "", "", "", "timed out after 120 s"]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEAD, *rows])


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("planted")
    write_sweep(folder / "small_param_tuning.csv", "small:1b", 200.0, 1, fail=True)
    write_sweep(folder / "large_param_tuning.csv", "large:7b", 100.0, 2)
    copy = folder / "backup" / "large_param_tuning.csv"
    copy.parent.mkdir()
    copy.write_bytes((folder / "large_param_tuning.csv").read_bytes())
    return made(folder)


@pytest.fixture(scope="session")
def corpus() -> Case:
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not beside the project")
    return made(CORPUS)
