"""What was not read is said before anything else, and is never told as if it had been looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report.document import composed
from chimera_report.tools.stats import analyse


def written(folder: Path) -> dict[str, str]:
    """The sections of the folder's report, as text."""
    dataset = ingest(folder)
    sheet, outline = composed(analyse(dataset), dataset, title="t")
    return {s.key: " ".join(render_text(x.text, sheet) for x in s.sentences) for s in outline.sections}


def _keys(folder: Path) -> None:
    strange = {f"q{i}_zeta": i * 1.5 for i in range(14)}
    (folder / "run.json").write_text(json.dumps({"model": "m", "avg_latency_s": 4.1, **strange}))


def _columns(folder: Path) -> None:
    head = ",".join(["model", "decode_tps", *(f"zork{i}" for i in range(9))])
    (folder / "a.csv").write_text(head + "\n" + "\n".join(f"m,{40 + r},{','.join(['7'] * 9)}" for r in range(4)))


def _lengths(folder: Path) -> None:
    (folder / "a.csv").write_text("model,input_tokens,output_tokens\nm,200,100\nm,400,100\n")


def _document(folder: Path) -> None:
    (folder / "a.json").write_text(json.dumps({"model": "m", "avg_latency_s": 4.1}))
    table = "\n".join(f"| m{i} | {40 + i} |" for i in range(8))
    (folder / "results.md").write_text(f"# Results\n\n| Model | tokens/s |\n| --- | --- |\n{table}\n")


def _idle(folder: Path) -> None:
    for name in "abc":
        (folder / f"{name}.csv").write_text("zork,blub\n1,2\n3,4\n")
    (folder / "d.csv").write_text("model,decode_tps\nm,40\nm,41\n")


PARTS = (_keys, _columns, _lengths, _document, _idle)


@pytest.mark.parametrize("make", PARTS)
def test_what_was_not_read_opens_the_verdict(tmp_path: Path, make) -> None:
    make(tmp_path)
    told = written(tmp_path)
    openings = ("Only a part", "No speed, time", "Of ", "results.md states")
    assert told["verdict"].startswith(openings), told["verdict"]
    assert "actions" not in told


def _csv(folder: Path) -> None:
    (folder / "a.csv").write_text("model,run,decode_tps\n" + "\n".join(f"m,{i},{40 + i}" for i in range(6)))


def _ids(folder: Path) -> None:
    (folder / "a.csv").write_text("id,note,model,decode_tps\n" + "\n".join(f"x{i},y,m,{40 + i}" for i in range(6)))


def _prose(folder: Path) -> None:
    _csv(folder)
    (folder / "README.md").write_text("# Notes\n\n" + "A long text without any number. " * 300)


def _same(folder: Path) -> None:
    _csv(folder)
    (folder / "README.md").write_text("| Model | tokens/s |\n| --- | --- |\n| m | 42.5 |\n")


def _texts(folder: Path) -> None:
    texts = {f"p{i}": "a text that was asked" for i in range(12)}
    rows = [{"model": "m", "decode_tps": 40 + i} for i in range(6)]
    (folder / "a.json").write_text(json.dumps({"prompts": texts, "results": rows}))


@pytest.mark.parametrize("make", [_csv, _ids, _prose, _same, _texts])
def test_a_folder_that_was_read_says_nothing_of_it(tmp_path: Path, make) -> None:
    make(tmp_path)
    told = written(tmp_path)
    assert not told["verdict"].startswith(("Only a part", "No speed, time", "Of ", "README.md states"))


@pytest.mark.parametrize("make", [*PARTS, _csv])
def test_nothing_is_claimed_of_what_was_not_looked_at(tmp_path: Path, make) -> None:
    make(tmp_path)
    told = " ".join(written(tmp_path).values())
    for phrase in ("nothing else asks", "supports no finding", "No contradiction and no failed", "limits below"):
        assert phrase not in told


@pytest.mark.parametrize("column", ["quality", "answer_quality", "judge_grade", "rating_of_answers", "correctness_idx"])
def test_what_a_column_may_hold_is_not_called_absent(tmp_path: Path, column: str) -> None:
    """Nobody can say what the column is of, and nobody can say that the folder has no score."""
    rows = [f"{m},{20 + k + len(m)},{'ABCD'[k % 4]}{k}{m}" for m in ("m-3b", "m-7b") for k in range(6)]
    (tmp_path / "a.csv").write_text("\n".join([f"model,decode_tps,{column}", *rows]) + "\n")
    assert "score of the answers" not in written(tmp_path)["limits"]


@pytest.mark.parametrize("column", ["peak_footprint", "first_tok", "prefill_tok", "footprint_x", "joules_x"])
def test_a_metric_that_a_column_may_be_is_not_called_absent(tmp_path: Path, column: str) -> None:
    rows = [f"{m},{20 + k + len(m)},{'ABCD'[k % 4]}{k}{m}" for m in ("m-3b", "m-7b") for k in range(6)]
    (tmp_path / "a.csv").write_text("\n".join([f"model,decode_tps,{column}", *rows]) + "\n")
    told = written(tmp_path)["limits"]
    word = {"pea": "GPU memory", "foo": "GPU memory", "fir": "first token", "pre": "prompt reading", "jou": "energy"}
    assert word[column[:3]] not in told
    assert "No value of" in told
