"""Failures that are much of what was tried stand in the verdict, and lead it where they are most of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.report.test_unread import written

HEAD = "model,prompt_id,decode_tps,status,error\n"


def _rows(model: str, good: int, bad: int, error: str = "HTTP 429") -> str:
    done = [f"{model},p{i},{40 + i % 3},ok," for i in range(good)]
    return "\n".join([*done, *(f"{model},q{i},,error,{error}" for i in range(bad))]) + "\n"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (_rows("a", 20, 2) + _rows("b", 20, 4), "Of 46 records 6 failed, all with “HTTP 429”."),
        (_rows("a", 4, 20) + _rows("b", 4, 20, "out of memory"), "Of 48 records 40 failed."),
        (_rows("a", 4, 20) + _rows("b", 4, 9, "out of memory"), "Of 37 records 29 failed, 20 of them with “HTTP 429”."),
        (_rows("a", 40, 1) + _rows("b", 40, 1), ""),
        (_rows("a", 40, 0) + _rows("b", 40, 0), ""),
    ],
)
def test_the_verdict_tells_many_failures(tmp_path: Path, rows: str, told: str) -> None:
    (tmp_path / "a.csv").write_text(HEAD + rows)
    verdict = written(tmp_path)["verdict"]
    assert told in verdict if told else "failed" not in verdict, verdict
    assert verdict.startswith("Of ") == (told.startswith(("Of 48", "Of 37"))), verdict


def test_what_succeeded_later_is_no_verdict(tmp_path: Path) -> None:
    head = "model,prompt_id,timestamp,decode_tps,status,error\n"
    day = "2026-01-01T10:{:02}:00"
    bad = "".join(f"a,p{i},{day.format(i)},,error,connection refused\n" for i in range(5))
    good = "".join(f"a,p{i},{day.format(20 + i)},{40 + i % 3},ok,\n" for i in range(8))
    (tmp_path / "a.csv").write_text(head + bad + good)
    assert "failed" not in written(tmp_path)["verdict"]


def test_a_row_that_did_not_run_is_one_of_the_rows_of_its_lists(tmp_path: Path) -> None:
    for name, done, told in (("acme", 0, "DID NOT RUN: SyntaxError"), ("bert", 9, "clean"), ("cork", 3, "missed: c")):
        parts = f"  glob     7/8   missed: a\n  shlex    4/7   missed: b\n  urljoin  {done}/9   {told}\n\n"
        share = f"{name}: {11 + done}/24 checks pass ({100 * (11 + done) / 24:.1f}%)\n"
        (tmp_path / f"{name}.txt").write_text(f"# model: {name}-7b.gguf\n\n{parts}{share}", encoding="utf-8")
    text = " ".join(written(tmp_path).values())
    assert "1 record of" not in text and "SyntaxError" in text
