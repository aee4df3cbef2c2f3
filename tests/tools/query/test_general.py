"""Questions that no rule fits, read by what they name; what was not measured is said to be so."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World
from chimera_report.tools.schema import Answer

Ask = Callable[..., Answer]
GPUS = (1, 2, 4)
USERS = (1, 8, 32)
INPUTS = (1024, 8192)


def throughput(precision: str, gpus: int, users: int, length: int) -> float:
    share = {"fp8": 1.6, "fp16": 1.0}[precision]
    return round(40 * share * gpus**0.8 * users**0.6 / (1 + length / 8192), 2)


def ttft(precision: str, gpus: int, users: int, length: int) -> float:
    share = {"fp8": 0.7, "fp16": 1.0}[precision]
    return round(20 * share * users * (1 + length / 1024) / gpus, 1)


@pytest.fixture(scope="module")
def knobs(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One model in two precisions, on one to four GPUs, under load, with two lengths of input; no accuracy, no GPU."""
    folder = tmp_path_factory.mktemp("knobs") / "runs"
    folder.mkdir()
    with (folder / "grid.csv").open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(
            [
                "precision",
                "num_gpus",
                "concurrency",
                "input_length",
                "output_throughput_tok_s",
                "mean_ttft_ms",
                "req_per_s",
            ]
        )
        for precision in ("fp16", "fp8"):
            for gpus in GPUS:
                for users in USERS:
                    for length in INPUTS:
                        rate = throughput(precision, gpus, users, length)
                        delay = ttft(precision, gpus, users, length)
                        table.writerow([precision, gpus, users, length, rate, delay, round(rate / 128, 3)])
    return World(ingest(folder), target=str(folder))


def said(answer: Answer) -> str:
    return " ".join((answer.outcome, *answer.text, *answer.cannot))


def has(text: str, value: float) -> bool:
    return any(abs(float(x.replace(",", "")) - value) <= 0.003 * value for x in re.findall(r"\d[\d,]*(?:\.\d+)?", text))


def test_a_rate_of_requests_is_told(knobs: World, ask: Ask) -> None:
    text = said(ask(knobs, "request rate of fp8 with 4 gpus at concurrency 32 and input_length 1024"))
    assert "answered" in text
    assert has(text, throughput("fp8", 4, 32, 1024) / 128)
