"""Token counts that were planned are conditions of the runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR


def table(tmp_path: Path, **columns: list[object]) -> pd.DataFrame:
    pd.DataFrame({"model": ["a:1b"] * 6, "quantization": ["fp16"] * 4 + ["int8", "int4"], **columns}).to_csv(
        tmp_path / "metrics.csv", index=False
    )
    return ingest(tmp_path).table


@pytest.mark.parametrize(
    ("name", "factor", "levels"),
    [
        ("Input_Tokens", "input_length", [4096, 16384, 32768, 4096, 4096, 4096]),
        ("Output_Tokens", "output_length", [128, 128, 256, 512, 128, 128]),
        ("prompt_tokens", "input_length", [100, 500, 1000, 100, 100, 100]),
        ("completion_tokens", "output_length", [64, 192, 64, 192, 64, 64]),
        ("input tokens", "input_length", [32, 64, 32, 64, 32, 32]),
    ],
)
def test_round_lengths_are_what_was_asked(tmp_path: Path, name: str, factor: str, levels: list[object]) -> None:
    found = table(tmp_path, **{name: levels, "latency_s": [70.0, 85.0, 107.0, 71.0, 123.0, 135.0]})
    rows = found[found["metric"] == "e2e_latency"]
    assert rows[FACTOR + factor].tolist() == [str(x) for x in levels]


@pytest.mark.parametrize(
    "levels",
    [
        [128, 97, 128, 128, 64, 128],  # cut off at a limit, or earlier
        [512, 512, 512, 512, 512, 512],
        [4, 8, 4, 8, 4, 8],  # short answers
        [100, 128, 100, 128, 100, 128],
        [256, 300, 512, 768, 1024, 640],  # every record another one
    ],
)
def test_what_a_model_produced_is_no_condition(tmp_path: Path, levels: list[object]) -> None:
    found = table(tmp_path, output_tokens=levels, latency_s=[70.0, 85.0, 107.0, 71.0, 123.0, 135.0])
    assert FACTOR + "output_length" not in found.columns


def test_formats_are_compared_within_the_same_length(tmp_path: Path) -> None:
    found = table(
        tmp_path, Input_Tokens=[512, 512, 2048, 4096, 512, 512], latency_s=[70.0, 71.0, 107.0, 300.0, 123.0, 135.0]
    )
    at = found[(found["metric"] == "e2e_latency") & (found[FACTOR + "input_length"] == "512")]
    assert at.groupby(FACTOR + "quantisation")["value"].max().to_dict() == {"fp16": 71.0, "int4": 135.0, "int8": 123.0}
