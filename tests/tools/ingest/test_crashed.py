"""Logs that end where a program died, and logs that end well."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest

HEAD = "ggml_metal_init: found device\nloading model, 12 layers\nwarming up 3 times\n"
GOOD = "model,tok_s\na-7b,20.5\na-7b,20.7\n"
COMMAND = (
    "./run.sh: line 1: 1 Abort trap: 6   build/bin/llama-completion -m models/a-7b-Q4_K_M.gguf -ngl 99 -ctk q8_0\n"
)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("ggml.c:1: GGML_ASSERT(obj_new) failed\n0 lib ggml_abort + 276\n" + COMMAND, "GGML_ASSERT(obj_new)"),
        ("Traceback (most recent call last):\n  File \"a\", line 3\nValueError: no model\n", "ValueError: no model"),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB\n", "CUDA out of memory"),
        ("run.sh: line 33: 939520 Segmentation fault (core dumped) ./main\n", "Segmentation fault"),
        ("step 3 of 9\nKilled\n", "Killed"),
    ],
)  # fmt: skip
def test_a_run_that_died_failed_with_what_it_said_last(tmp_path: Path, end: str, reason: str) -> None:
    (tmp_path / "runs.csv").write_text(GOOD)
    (tmp_path / "big_run1_output.txt").write_text(HEAD + end)
    table = ingest(tmp_path).table
    failed = table[table["status"] == "error"]
    assert len(failed) == 1 and reason in failed["message"].iloc[0]
    if COMMAND in end:
        assert failed["subject"].iloc[0] == "a-7b-Q4_K_M"


def test_a_server_that_was_killed_after_its_work_failed_at_nothing(tmp_path: Path) -> None:
    (tmp_path / "run1.csv").write_text(GOOD)
    (tmp_path / "run1_server.log").write_text(HEAD + "Killed\n")
    assert set(ingest(tmp_path).table["status"]) == {"ok"}


def test_a_word_in_the_middle_of_a_log_is_no_end(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("Killed\n" + HEAD * 5 + "all went well\n")
    assert set(ingest(tmp_path).table["status"]) == {"ok"}
