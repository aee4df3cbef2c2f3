"""Logs of runs that broke off say why, and no other text does."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.ingest.ended import ended
from chimera_report.tools.report import composed
from chimera_report.tools.stats import analyse

CRASHES = {
    "ggml/src/ggml.c:1760: GGML_ASSERT(obj_new) failed": "GGML_ASSERT(obj_new) failed",
    "ggml_cuda_error: CUDA error: out of memory\n  current device: 0": "CUDA error: out of memory",
    "Traceback (most recent call last):\n  File x\nRuntimeError: expected 3 heads": "RuntimeError: expected 3 heads",
    "llama_model_load: error loading model: failed to allocate buffer of 9 GiB": "failed to allocate buffer of 9 GiB",
    "./run.sh: line 161: 18345 Abort trap: 6": "Abort trap: 6",
    "Memory access fault\nSegmentation fault": "Segmentation fault",
}


@pytest.mark.parametrize(("text", "why"), CRASHES.items())
def test_the_last_lines_say_why(text: str, why: str) -> None:
    assert ended(f"load: 33 layers\nload: 12 threads\n{text}\n") == why


@pytest.mark.parametrize(
    "text",
    ["all good, 12 tests passed", "RuntimeWarning: 3 values", "no error", "pip 24.0\nnumpy 2.1", "killed 0 of 4"],
)
def test_other_text_ended_well(text: str) -> None:
    assert ended(text) == ""


@pytest.mark.parametrize("text", list(CRASHES)[:3])
def test_the_report_tells_of_them_together(text: str, tmp_path: Path) -> None:
    (tmp_path / "ok.csv").write_text("model,tokens_per_s\na,20\na,21\na,22\n", encoding="utf-8")
    for run in (1, 2, 3):
        (tmp_path / f"turbo3_run{run}_output.txt").write_text(f"load: 33 layers\n{text}\n0 x 1 y\n", encoding="utf-8")
    dataset = ingest(tmp_path)
    sheet, made = composed(analyse(dataset), dataset, title="t")
    (doubts,) = (s for s in made.sections if s.key == "doubts")
    told = [render_text(s.text, sheet) for b in doubts.blocks for item in getattr(b, "items", ()) for s in item]
    assert any("3 logs hold no result, from turbo3_run1_output.txt to turbo3_run3_output.txt" in t for t in told)
    assert any(CRASHES[text] in t for t in told)
