"""Results in the lines of texts that no tool is known to write: found by the lines' repetition, by nobody's words."""

# ruff: noqa: E501 — tables and logs are read as they stand

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset

BESIDE = "mode,decode_rate (tok/s)\nx,1.5\ny,2.5\n"  # so that a folder is never empty


def read(tmp_path: Path, text: str, name: str = "night.txt", **more: str) -> Dataset:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "beside.csv").write_text(BESIDE, encoding="utf-8")
    for other, content in more.items():
        (tmp_path / other.replace("_", ".")).write_text(content, encoding="utf-8")
    return ingest(tmp_path)


def stated(found: Dataset, metric: str, name: str = "night.txt") -> list[float]:
    table = found.table
    rows = table[(table["source"] == name) & (table["metric"] == metric) & (table["status"] == "ok")]
    return [round(float(v), 6) for v in rows["value"]]


def levels(found: Dataset, factor: str, name: str = "night.txt") -> list[str]:
    table = found.table[found.table["source"] == name]
    return [str(v) for v in table[FACTOR + factor].dropna()] if FACTOR + factor in table else []


# Each: a text, and what it states: metric → values in canonical units.
REPEATED = {
    "bars": (
        "run1  pp  285.6 tok/s | tg  29.09 tok/s |  700 tok in  24.03s\n"
        "run2  pp   49.8 tok/s | tg  29.20 tok/s |  700 tok in  23.94s\n",
        {"decode_rate": [29.09, 29.2], "prefill_rate": [285.6, 49.8]},
    ),
    "pairs": (
        "result mode=dyn batch=1 status=OK tps=80.5\nresult mode=dyn batch=2 status=OK tps=151.8\n"
        "result mode=static batch=1 status=OK tps=70.25\nresult mode=static batch=2 status=OK tps=140.0\n",
        {"decode_rate": [80.5, 151.8, 70.25, 140.0]},
    ),
    "a tool's sentences": (
        "warm start\neval time = 1234 ms / 100 tokens, 81.0 tokens per second\n"
        "eval time = 1300 ms / 100 tokens, 76.9 tokens per second\n",
        {"eval_time": [1.234, 1.3], "decode_rate": [81.0, 76.9]},
    ),
    "numbers before labels": (
        "[a] 120 ms TTFT, 45.5 tok/s decode\n[b] 135 ms TTFT, 44.0 tok/s decode\n",
        {"ttft": [0.12, 0.135], "decode_rate": [45.5, 44.0]},
    ),
    "stamps": (
        "2026-01-02 03:04:05 INFO: short | TTFT: 0.5s | decode: 61 tok/s\n"
        "2026-01-02 03:05:05 INFO: long | TTFT: 1.5s | decode: 58 tok/s\n",
        {"ttft": [0.5, 1.5], "decode_rate": [61.0, 58.0]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REPEATED)
def test_lines_of_one_shape_are_records(kind: str, tmp_path: Path) -> None:
    text, truth = REPEATED[kind]
    found = read(tmp_path, text)
    assert {m: stated(found, m) for m in truth} == truth


AHEAD = {
    "comments": "# model : Acme-7B-Q4_K_M.gguf\n# flags : -ub 512 -c 32768 -fa on\n# date  : 2026-08-21\n",
    "plain": "model: Acme-7B-Q4_K_M\nnum_ctx: 32768\nflash_attention: on\nubatch: 512\n",
    "command": "## model = /models/Acme-7B-Q4_K_M-00001-of-00002.gguf\n## cmd = -ub 512 -c 32768 -fa on --jinja\n",
    "slashes": "// Model: Acme-7B-Q4_K_M.gguf (14.25 GB, 4.131 BPW)\n// args: --ubatch-size 512 --ctx-size 32768 -fa on\n",
    "title": "# ctx : 32768\n# ubatch: 512\n# fa: on\n=== Acme-7B-Q4_K_M ===\n",
}


@pytest.mark.parametrize("kind", AHEAD)
def test_what_is_said_ahead_holds_for_the_lines_after_it(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, AHEAD[kind] + "\n" + REPEATED["bars"][0])
    assert set(found.table.loc[found.table["source"] == "night.txt", "subject"]) == {"Acme-7B-Q4_K_M"}
    assert set(levels(found, "num_ctx")) == {"32768"} and set(levels(found, "n_ubatch")) == {"512"}
    assert stated(found, "decode_rate") == [29.09, 29.2]


ALIGNED = {
    "a rule below the head": "  depth  needle             result   TTFT (s)\n-----------------------------------------\n"
    "     5%  the retry budget   PASS        686.4\n    95%  the rotation       PASS          5.3\n",
    "no rule": "prompt      TTFT (s)   passed\nshort       686.4      PASS\nlong        5.3        PASS\n",
    "right-aligned": "      prompt   result  TTFT (s)\n       short     PASS     686.4\n        long     PASS       5.3\n",
    "a cell that runs into the next": "depth  needle       result   TTFT (s)\n-------------------\n"
    "5%     a budget that is long PASS     686.4\n25%    a count      PASS     5.3\n50%    a date       PASS     5.3\n",
    "among prose": "We asked twice, and it took 30 minutes.\n\ncase    result   TTFT (s)\n=====================\n"
    "one     PASS     686.4\ntwo     PASS     5.3\n=====================\nall done\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", ALIGNED)
def test_columns_below_each_other_are_a_table(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, ALIGNED[kind])
    assert set(stated(found, "ttft")) == {686.4, 5.3}
    assert set(stated(found, "pass_rate")) == {1.0}


PROGRESS = {
    "pairs": "[rr] 25/300  tps=51.5  acc=0.516\n[rr] 50/300  tps=54.0  acc=0.548\n[rr] 300/300  tps=61.0  acc=0.614\n",
    "bars": "step 10/30 | 51.5 tok/s | accuracy 51.6%\nstep 20/30 | 54.0 tok/s | accuracy 54.8%\n"
    "step 30/30 | 61.0 tok/s | accuracy 61.4%\n",
    "a job's time": "[25/300] elapsed=766s acc=0.5 tps=40\n[50/300] elapsed=1520s acc=0.6 tps=41\n"
    "[75/300] elapsed=2216s acc=0.614 tps=61\n",
    "uneven": "1/9 tps=51 accuracy=0.1\n4/9 tps=52 accuracy=0.2\n9/9 tps=61 accuracy=0.614\n",
    "behind": "tps=51 accuracy=0.1 (2/6)\ntps=52 accuracy=0.2 (4/6)\ntps=61 accuracy=0.614 (6/6)\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", PROGRESS)
def test_of_progress_the_last_line_counts(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, PROGRESS[kind])
    assert stated(found, "decode_rate") == [61.0]
    assert stated(found, "accuracy") == [0.614]
    assert stated(found, "run_time") == []


def test_numbered_runs_are_no_progress(tmp_path: Path) -> None:
    found = read(tmp_path, "Run 1/3: 45.0 tok/s\nRun 2/3: 46.0 tok/s\nRun 3/3: 44.5 tok/s\n")
    assert stated(found, "decode_rate") == [45.0, 46.0, 44.5]


SHARES = {
    "a list that adds up": "  glob     7/8   missed: rbracket\n  shlex    4/7   missed: dq\n"
    "  urljoin  0/9   DID NOT RUN — SyntaxError: invalid syntax\n\nacme: 11/24 checks pass (45.8%) | 1/3 tasks clean\n",
    "correct": "q1  7/8\nq2  4/7\nq3  0/9  FAILED: SyntaxError\nTotal: 11/24 correct (45.8 %)\n",
    "passed": "=== acme ===\na  7/8\nb  4/7\nc  0/9  error: SyntaxError\n11/24 passed (46%)\n",
    "passing": "- a  7/8  fine\n- b  4/7  fine\n- c  0/9  crashed with SyntaxError\n\nacme | 11/24 passing (45.83%)\n",
    "right": "one  7/8\ntwo  4/7\nthree  0/9  timeout, SyntaxError\nacme: 11/24 right (45.8%)\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", SHARES)
def test_a_share_that_its_percentage_proves_is_one_value(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, SHARES[kind])
    table = found.table[found.table["source"] == "night.txt"]
    ok = table[table["status"] == "ok"]
    values = ok[ok["metric"] != "request"]
    assert [round(float(v), 4) for v in values["value"]] == [round(11 / 24, 4)] and list(values["n"]) == [24]
    assert list(ok.loc[ok["metric"] == "request", "n"]) == [2]
    failed = table[table["status"].isin(["error", "timeout"])]
    assert list(failed["n"]) == [1] and "SyntaxError" in failed["message"].iloc[0]


def test_a_share_that_its_percentage_contradicts_is_no_value(tmp_path: Path) -> None:
    text = "acme: 34/50 checks pass (86.0%)\nbert: 34/50 checks pass (1,034.5%)\ncork: 0/0 checks pass (0%)\n"
    assert stated(read(tmp_path, text), "pass_rate") == []


FAILURES = {
    "in the row": "case batch=1 seq=512\n  -> ok tps=80.8 err=\ncase batch=1 seq=8192\n  -> oom tps=nan err=CUDA out of memory\n"
    "case batch=2 seq=512\n  -> ok tps=151.8 err=\ncase batch=2 seq=8192\n  -> oom tps=nan err=CUDA out of memory\n",
    "pairs": "batch=1 seq=512 status=ok tps=80.8\nbatch=2 seq=512 status=ok tps=151.8\n"
    "batch=1 seq=8192 status=oom tps=nan\nbatch=2 seq=8192 status=oom tps=nan\n",
    "ahead of the row": "batch=1 seq=512 tps=80.8\nbatch=2 seq=512 tps=151.8\nFAIL batch=1 seq=8192\n"
    "E graph: out of memory\nFAIL batch=2 seq=8192\nE graph: out of memory\n",
    "bars": "batch=1 | seq=512 | 80.8 tok/s | ok\nbatch=2 | seq=512 | 151.8 tok/s | ok\n"
    "OOM | batch=1 | seq=8192\nOOM | batch=2 | seq=8192\n",
    "words": "ok batch=1 seq=512 80.8 tok/s\nok batch=2 seq=512 151.8 tok/s\nerror: batch=1, seq=8192 out of memory\n"
    "error: batch=2, seq=8192 out of memory\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_is_no_number(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, FAILURES[kind])
    assert stated(found, "decode_rate") == [80.8, 151.8]
    table = found.table[(found.table["source"] == "night.txt") & (found.table["metric"] == "request")]
    failed = table[table["status"] != "ok"]
    assert len(failed) == 2
    assert all("memory" in m.lower() or "oom" in m.lower() for m in failed["message"])


PROSE = {
    "a sentence": "On this machine we saw 49.2 tok/s, which was more than we had hoped for.\n",
    "two sentences": "We measured 49.2 tok/s with the first build.\nThe later builds gave 51.0 tok/s on average here.\n",
    "numbers that nothing names": "a 12 b 17\na 13 b 18\na 14 b 19\n",
    "a bar of progress": "Loading: 51%|█████     | 173/338 [00:00<00:00, 1698.57it/s]\n"
    "Loading: 100%|██████████| 338/338 [00:00<00:00, 1818.22it/s]\n",
    "durations without a name": "done in 12.5s\ndone in 13.5s\ndone in 14.5s\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", PROSE)
def test_what_has_no_name_or_does_not_repeat_is_not_read(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, PROSE[kind])
    assert not len(found.table[found.table["source"] == "night.txt"])
    source = next(s for s in found.sources if s.path == "night.txt")
    assert source.status == "skipped" and source.reason.startswith("text that is no known benchmark output")


def test_unread_lines_are_counted_and_shown(tmp_path: Path) -> None:
    found = read(tmp_path, REPEATED["bars"][0] + "  run1 prompt1: 4/5 resolve\n  run1 prompt2: 7/7 resolve\n")
    source = next(s for s in found.sources if s.path == "night.txt")
    assert source.status == "partial"
    assert "2 lines with numbers" in source.reason and "4/5 resolve" in source.reason


def test_a_log_of_what_a_table_holds_is_no_second_measurement(tmp_path: Path) -> None:
    rows = "\n".join(f"{n},{v!r}" for n, v in ((1, 80.862821), (2, 151.803654), (4, 269.469802)))
    log = "".join(f"batch={n} -> tps={v}\n" for n, v in ((1, 80.86), (2, 151.8), (4, 269.47)))
    found = read(tmp_path, log, data_csv=f"batch,decode_rate (tok/s)\n{rows}\n")
    assert not len(found.table[found.table["source"] == "night.txt"])
    assert "data.csv" in next(s for s in found.sources if s.path == "night.txt").reason
