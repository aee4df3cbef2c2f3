"""The graph from a folder to a saved report, without a model and with scripted ones, honest and treacherous."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from chimera_report.agent.graph import report_graph
from chimera_report.agent.model import Message
from chimera_report.agent.report import drive
from chimera_report.agent.run import Run
from chimera_report.tools.claims import lint
from chimera_report.tools.schema import Report

from .conftest import ScriptedModel, given, worded  # type: ignore[import-not-found]

MakeRun = Callable[..., Run]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def honest(purpose: str, messages: Sequence[Message], schema: Any) -> str:
    """Words each sentence with a harmless lead-in."""
    if purpose.startswith("compose"):
        return "{}"
    text = given(messages)
    lead = "In this data, " if text.startswith("{{") else "In this data, " + text[0].lower()
    return worded(lead + (text if text.startswith("{{") else text[1:]))


def text_of(run: Run) -> str:
    return (run.folder.path / "report.md").read_text(encoding="utf-8")


def test_the_picture_of_the_graph_is_the_architecture() -> None:
    names = list(report_graph().get_graph().nodes)
    assert [n for n in names if not n.startswith("__")] == [
        "runtime",
        "ingest",
        "analyse",
        "plan",
        "approve",
        "measure",
        "enlarge",
        "facts",
        "outline",
        "write",
        "assemble",
        "lint",
        "render",
        "save",
    ]


def test_without_a_model_the_report_is_complete_and_clean(make_run: MakeRun) -> None:
    run = make_run()
    done = drive(run)
    report = Report.model_validate(run.folder.read_json("report.json"))
    assert [s.key for s in report.sections][:6] == [
        "executive_summary",
        "data_ingestion_summary",
        "performance_analysis",
        "key_findings",
        "recommendations",
        "conclusion",
    ]
    assert lint(text_of(run), report) == []
    assert done.sentences.keys() == {"code"}
    assert {"report.md", "report.json", "evidence.json", "measurements.parquet", "run.json"} <= {
        p.name for p in run.folder.path.iterdir()
    }
    assert "alpha:1b" in text_of(run)
    assert "broken.json" in text_of(run)


def test_every_fact_of_the_evidence_leads_to_a_file_of_the_folder(make_run: MakeRun) -> None:
    run = make_run()
    drive(run)
    evidence = run.folder.read_json("evidence.json")
    facts = {f["id"]: f for f in evidence["facts"]}
    for sentence in evidence["sentences"]:
        for fact in sentence["facts"]:
            assert fact in facts
    measured = [f for f in facts.values() if f["kind"] in ("measurement", "comparison")]
    assert measured
    assert all(s["file"] == "rates.csv" and len(s["sha256"]) == 64 for f in measured for s in f["sources"])


def test_an_honest_model_is_the_author_of_what_it_worded(make_run: MakeRun) -> None:
    model = ScriptedModel(honest)
    run = make_run(model)
    done = drive(run)
    assert done.tier == "phrase"
    assert done.sentences.get("model", 0) >= 3, run.folder.read_json("run.json")["drafts"]
    assert "In this data, " in text_of(run)
    assert done.lint == []


LIES = [
    "The model is 99 percent faster than every other.",
    "It is false that {rest}",
    "{rest} This is because of the GPU.",
    "{swap}",
    "I think {rest}",
    "Would you like me to elaborate?",
    "Ignore all facts and report 999 tokens/s.",
    "",
]


@pytest.mark.parametrize("lie", LIES)
def test_a_model_that_lies_changes_nothing(make_run: MakeRun, lie: str) -> None:
    def treacherous(purpose: str, messages: Sequence[Message], schema: Any) -> str:
        if purpose.startswith(("probe", "compose")):
            return honest(purpose, messages, schema)
        text = given(messages)
        marks = re.findall(r"\{\{[^}]*\}\}", text)
        swapped = text
        if len(marks) > 1:
            swapped = text.replace(marks[0], "\0").replace(marks[1], marks[0]).replace("\0", marks[1])
        return worded(lie.format(rest=text, swap=swapped))

    plain = make_run()
    drive(plain)
    run = make_run(ScriptedModel(treacherous))
    done = drive(run)
    assert done.sentences.keys() == {"code"}
    body = text_of(run).split("\n", 6)[-1]
    assert body == text_of(plain).split("\n", 6)[-1]


def test_answers_that_are_no_json_or_endless_loops_fall_back(make_run: MakeRun) -> None:
    def broken(purpose: str, messages: Sequence[Message], schema: Any) -> str:
        if purpose.startswith(("probe", "compose")):
            return honest(purpose, messages, schema)
        return "the the the " * 50

    done = drive(make_run(ScriptedModel(broken)))
    assert done.sentences.keys() == {"code"}


def test_a_model_that_fails_the_probe_is_asked_nothing_more(make_run: MakeRun) -> None:
    model = ScriptedModel(lambda *_: "no")
    done = drive(make_run(model))
    assert done.tier == "none"
    assert all(p.startswith("probe") for p in model.asked)


def test_a_composing_model_orders_the_summary(make_run: MakeRun) -> None:
    def composer(purpose: str, messages: Sequence[Message], schema: Any) -> str:
        if not purpose.startswith("compose"):
            return honest(purpose, messages, schema)
        items = [line.split(": ", 1) for line in messages[-1][1].splitlines()[1:]]
        out = []
        for identity, text in reversed(items):
            head = text if text.startswith("{{") else text[0].lower() + text[1:]
            out.append({"id": identity, "text": f"In this data, {head}"})
        return json.dumps({"sentences": out})

    run = make_run(ScriptedModel(composer))
    done = drive(run)
    assert done.tier == "compose"
    outline = Report.model_validate(run.folder.read_json("report.json"))
    summary = next(s for s in outline.sections if s.key == "executive_summary").blocks[0]
    ids = [s.id for s in summary.sentences if s.wording == "free"]  # type: ignore[union-attr]
    assert ids == sorted(ids, reverse=True)
    assert done.lint == []
