"""A folder of benchmark files whose speeds a test sets."""

from __future__ import annotations

import csv
import random
from pathlib import Path

MODELS = {"alpha:1b": 50.0, "beta:3b": 20.0}


def write(folder: Path, seed: int = 1, runs: int = 24, **other: float) -> Path:
    """`runs` runs a model with 1 % of noise; `other` is the speed of beta:3b."""
    draw = random.Random(seed)
    folder.mkdir(exist_ok=True)
    rows: list[list[object]] = []
    for model, rate in {**MODELS, **({"beta:3b": other["beta"]} if other else {})}.items():
        for i in range(runs):
            speed = rate * draw.uniform(0.99, 1.01)
            rows.append([model, 1024 * (1 + i % 2), i % 6, f"{speed:.3f}", f"{9 / speed:.4f}"])
    with (folder / "rates.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["model", "num_ctx", "prompt_index", "tokens_s", "ttft_s"], *rows])
    return folder
