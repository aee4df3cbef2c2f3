"""The public door, as a notebook uses it: read, compare, ask, report, verify; and what it costs to import."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import chimera_report as cr


def test_the_import_loads_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import chimera_report as cr; dir(cr); cr.__version__\n"
        "new = {m.split('.')[0] for m in set(sys.modules) - before}\n"
        "assert not new & {'pandas', 'numpy', 'pydantic', 'langgraph', 'scipy', 'typer', 'matplotlib'}, new\n"
        "assert not [m for m in sys.modules if m.startswith('chimera_report.')], 'a room was imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd="/")


def test_every_name_of_the_door_is_there_and_no_other() -> None:
    for name in cr.__all__:
        assert getattr(cr, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        cr.no_such_name  # noqa: B018


def test_a_folder_is_tables(results: Path) -> None:
    run = cr.load(results)
    assert run.systems == ("alpha:1b", "beta:7b") and "decode_rate" in run.metrics
    assert run.settings == {"num_ctx": ("1024", "4096")}
    table = run.table
    assert len(table) == 32 and set(table["subject"]) == {"alpha:1b", "beta:7b"}
    table.loc[:, "value"] = 0.0  # what a reader does to the table changes nothing of the run
    assert run.table["value"].min() > 0
    for name in ("sources", "readings", "summaries", "comparisons", "effects", "correlations"):
        frame = getattr(run, name)
        assert isinstance(frame, pd.DataFrame) and len(frame.columns) > 3, name
    assert list(run.sources["path"]) == ["rates.csv"]
    assert {"ratio", "ratio_ci_low", "outcome"} <= set(run.comparisons.columns)
    assert "rates.csv" in repr(run) or str(results) in repr(run)


def test_two_systems_are_compared_with_interval_and_evidence(results: Path) -> None:
    found = cr.load(results).compare("alpha:1b", "beta:7b")
    assert found.verdict == "SUPPORTED" and "beta:7b decodes" in found.text
    assert found.ratio == pytest.approx(50.35 / 80.35, rel=1e-3)
    assert found.ratio is not None and found.interval is not None
    assert found.interval[0] < found.ratio < found.interval[1]
    assert list(found.evidence["file"].unique()) == ["rates.csv"]
    assert len(found.evidence["sha256"].iloc[0]) == 64
    assert not found.facts.empty
    again = cr.compare(results, "beta:7b", "alpha:1b", "tokens_s")
    assert again.text == found.text
    assert cr.load(results).compare("alpha:1b", "beta:7b", "decode rate").text == found.text


def test_names_that_nothing_compares_are_told_with_what_is_there(results: Path) -> None:
    with pytest.raises(cr.ChimeraError, match=r"alpha:1b and beta:7b"):
        cr.load(results).compare("alpha:1b", "gamma:2b")
    with pytest.raises(cr.ChimeraError, match="TTFT"):
        cr.load(results).compare("alpha:1b", "beta:7b", "ttft")


def test_a_question_is_answered_from_the_data(results: Path) -> None:
    answer = cr.ask(results, "which model is fastest?")
    assert answer.outcome == "answered" and answer.verdict == "SUPPORTED" and "beta:7b" in answer.text
    assert not answer.facts.empty and all(isinstance(t, pd.DataFrame) for t in answer.tables)
    declined = cr.ask(results, "what is the VRAM of beta:7b?")
    assert declined.outcome == "declined"


def test_a_report_is_made_saved_asked_and_verified(results: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = cr.load("results").report(title="Two Models")
    assert report.markdown.startswith("# Two Models") and "beta:7b" in report.markdown
    assert any("beta:7b decodes" in s.text for s in report.statements)
    assert not report.facts.empty
    saved = report.save(tmp_path / "out")
    assert saved.path.parent == tmp_path / "out" and (saved.path / "report.json").is_file()
    assert saved.verify().holds and bool(saved.verify())
    assert cr.verify(saved.path).holds
    assert "beta:7b" in saved.ask("which is fastest?").text
    assert "beta:7b" in cr.load(saved.path).ask("which is fastest?").text
    with pytest.raises(cr.ChimeraError, match="is there already"):
        report.save(tmp_path / "out")
    text = (saved.path / "report.md").read_text(encoding="utf-8")
    (saved.path / "report.md").write_text(text.replace("beta:7b", "alpha:1b", 1), encoding="utf-8")
    broken = cr.verify(saved.path)
    assert not broken.holds and "markdown" in set(broken.differences["check"])


def test_the_interplay_that_is_asked_for_is_in_the_report(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    lines = ["model,num_ctx,num_thread,tokens_s"]
    for i in range(8):
        for ctx in (1024, 4096):
            lines += [f"a:1b,{ctx},{t},{(60 if (ctx, t) == (4096, 2) else 50) + 0.01 * i}" for t in (1, 2)]
    (tmp_path / "data" / "x.csv").write_text("\n".join(lines) + "\n")
    report = cr.load("data").report(interactions=[("num_ctx", "num_thread")])
    assert any("depends on num_thread" in s.text for s in report.statements)
    with pytest.raises(cr.ChimeraError, match="no setting"):
        cr.load("data", interactions=[("num_ctx", "colour")])


def test_what_comes_from_files_is_escaped(tmp_path: Path) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    lines = ["model,tokens_s"] + [f"{nasty}{m},{r + 0.1 * i}" for m, r in (("a", 50), ("b", 80)) for i in range(8)]
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n")
    run = cr.load(tmp_path)
    shown = [run, run.compare(*run.systems), run.ask("which model is fastest?"), run.report()]
    for item in shown:
        page = item._repr_html_()
        assert "<img src=x" not in page and "&lt;img" in page, type(item)
        assert "<img" not in item._repr_markdown_().replace("\\<img", ""), type(item)
    assert '<img src="data:image/svg+xml;base64,' in page, "the pictures of a report go with it"


def test_an_answer_shows_its_picture(tmp_path: Path) -> None:
    lines = ["model,tokens_s"] + [f"{m},{r + 0.1 * i}" for m, r in (("a:1b", 50), ("b:1b", 80)) for i in range(8)]
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n")
    run = cr.load(tmp_path)
    page = run.ask("plot the decode rate")._repr_html_()
    drawn = re.search(r'<img alt="[^"<>]+" src="data:image/svg\+xml;base64,([^"]+)">', page)
    assert drawn is not None and b"a:1b" in base64.b64decode(drawn[1])
    assert "<img" not in run.ask("which model is fastest?")._repr_html_()


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(cr.ChimeraError, match="no such file"):
        cr.load(tmp_path / "nowhere")
    with pytest.raises(cr.ChimeraError):
        cr.load(tmp_path)
