"""A folder in which the context length matters on two threads alone, read and analysed once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Dataset

PAIR = ("num_ctx", "num_thread")


def write_grid(
    place: Path, *, together: float, threads: float = 0.0, cv: float = 0.01, times: int = 8, seed: int = 2
) -> Path:
    """Each of 3 x 2 settings `times` times in random order; `together` is the log ratio that one of them alone has."""
    rng = np.random.default_rng(seed)
    cells = list(itertools.product(("1024", "2048", "4096"), ("1", "2"))) * times
    rng.shuffle(cells)
    lines = ["model,num_ctx,num_thread,tokens_s"]
    for ctx, thread in cells:
        log = threads * (thread == "2") + together * (ctx == "4096" and thread == "2") + rng.normal(0, cv)
        lines.append(f"alpha:1b,{ctx},{thread},{100 * np.exp(log):.3f}")
    place.mkdir(parents=True)
    (place / "sweep.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


Grid = Callable[..., Dataset]


@pytest.fixture
def grid(tmp_path: Path) -> Grid:
    def make(*, declared: bool = True, **how: float) -> Dataset:
        dataset = ingest(write_grid(tmp_path / "data", **how))  # type: ignore[arg-type]
        return replace(dataset, interactions=(PAIR,)) if declared else dataset

    return make
