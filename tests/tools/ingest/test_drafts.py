"""Speculative decoding: the draft model is a setting, and records without one are the baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest


def levels(tmp_path: Path, rows: list[dict[str, Any]]) -> list[object]:
    (tmp_path / "runs.json").write_text(json.dumps({"results": rows}), encoding="utf-8")
    table = ingest(tmp_path).table
    rates = table[table["metric"] == "decode_rate"]
    assert "factor.draft_model" in rates, list(rates)
    return rates["factor.draft_model"].astype("object").tolist()


@pytest.mark.parametrize("name", ["draft", "draft_model", "drafter", "speculative_model"])
@pytest.mark.parametrize("nothing", [None, "", "none", "no draft", "baseline"])
def test_records_without_a_draft_are_a_level(tmp_path: Path, name: str, nothing: str | None) -> None:
    drafts = [nothing, "0.5B Q4_0", "1.5B Q8_0"]
    rows = [
        {"target": t, name: d, "mean_tps": r + k}
        for k, t in enumerate(("7B FP16", "7B Q8_0"))
        for d, r in zip(drafts, (33.0, 98.0, 88.0), strict=True)
    ]
    assert levels(tmp_path, rows) == ["none", "0.5B Q4_0", "1.5B Q8_0"] * 2


def test_many_drafts_keep_their_names(tmp_path: Path) -> None:
    names = [f"{size} {q}" for size in ("0.5B", "1.5B", "3B", "7B") for q in ("Q2_K", "Q3_K_M", "Q4_0", "Q4_K_M",
             "Q5_0", "Q6_K", "Q8_0", "FP16")]  # fmt: skip
    rows = [{"target": "72B Q8_0", "draft": d, "mean_tps": 10.0 + i / 10} for i, d in enumerate([None, *names])]
    assert levels(tmp_path, rows) == ["none", *names]


@pytest.mark.parametrize("values", [[1, 2, 4], ["1", "2", "4"], [True, False, True], [None, None, None]])
def test_what_names_no_model_is_no_draft_model(tmp_path: Path, values: list[Any]) -> None:
    rows = [{"target": f"{i}B", "draft": v, "mean_tps": 30.0 + i} for i, v in enumerate(values, 1)]
    (tmp_path / "runs.json").write_text(json.dumps({"results": rows}), encoding="utf-8")
    assert "factor.draft_model" not in ingest(tmp_path).table
