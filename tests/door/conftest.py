"""A folder of two systems at two settings."""

from __future__ import annotations

from pathlib import Path

import pytest

RATES = {"alpha:1b": 50.0, "beta:7b": 80.0}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    lines = ["model,num_ctx,tokens_s"]
    for name, rate in RATES.items():
        lines += [f"{name},{ctx},{rate + 0.1 * i}" for i in range(8) for ctx in (1024, 4096)]
    (folder / "rates.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
