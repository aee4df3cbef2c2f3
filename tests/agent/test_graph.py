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
from chimera_report.tools.lint import lint
from chimera_report.tools.schema import Report, Sentence

from .conftest import ScriptedModel, given, worded  # type: ignore[import-not-found]

MakeRun = Callable[..., Run]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def honest(purpose: str, messages: Sequence[Message], schema: Any) -> str:
    """Words each sentence with a harmless lead-in."""
    if purpose.startswith(("compose", "paragraph")):
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
    keys = ["verdict", "findings", "actions", "doubts", "measured", "limits", "evidence", "reproduction"]
    assert [s.key for s in report.sections if s.part == "report" and s.key != "figures"] == keys
    assert lint(text_of(run), report) == []
    assert done.sentences.keys() == {"code"}
    assert {"report.md", "appendix.md", "report.json", "evidence.json", "measurements.parquet", "run.json"} <= {
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


def test_authorship_is_marked_on_request_and_verifies(make_run: MakeRun, tmp_path: Path) -> None:
    """Who worded a sentence is in report.json always and, with --authorship, behind it in the Markdown."""
    from chimera_report.agent.verify import verify

    run = make_run(ScriptedModel(honest))
    run.settings = run.settings.model_copy(update={"authorship": True})
    done = drive(run)
    lines = [line for line in text_of(run).splitlines() if "⁽ᵐ⁾" in line]
    assert sum(line.count("⁽ᵐ⁾") for line in lines) == done.sentences["model"] + 1  # and the line that says what it is
    assert all("In this data, " in line for line in lines[:-1])
    assert done.lint == []
    assert [
        d.where for d in verify(run.folder.path, cwd=tmp_path).differences if d.check in ("markdown", "rules")
    ] == []
    report = run.folder.path / "report.md"
    report.write_text(report.read_text("utf-8").replace("## Limits\n\n- ", "## Limits\n\n- ⁽ᵐ⁾ ", 1), "utf-8")
    assert any(d.check == "markdown" for d in verify(run.folder.path, cwd=tmp_path).differences)


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
    def ratio(item: list[str]) -> float:
        found = re.search(r"decodes ([\d.]+) times", item[1])
        return float(found[1]) if found else 0.0

    def composer(purpose: str, messages: Sequence[Message], schema: Any) -> str:
        if not purpose.startswith("compose"):
            return honest(purpose, messages, schema)
        items = [line.split(": ", 1) for line in messages[-1][1].splitlines()[1:]]
        out = []
        # The probe asks for what matters most first: the largest ratio.
        order = sorted(items, key=ratio, reverse=True) if purpose == "compose Probe" else list(reversed(items))
        for identity, text in order:
            head = text if text.startswith("{{") else text[0].lower() + text[1:]
            out.append({"id": identity, "text": f"In this data, {head}"})
        return json.dumps({"sentences": out})

    run = make_run(ScriptedModel(composer))
    done = drive(run)
    assert done.tier == "compose"
    outline = Report.model_validate(run.folder.read_json("report.json"))
    summary = next(s for s in outline.sections if s.key == "verdict").blocks[0]
    ids = [s.id for s in summary.sentences if s.wording == "free"]  # type: ignore[union-attr]
    assert ids == sorted(ids, reverse=True)
    assert done.lint == []


def test_a_model_that_keeps_the_given_order_does_not_compose(make_run: MakeRun) -> None:
    def copier(purpose: str, messages: Sequence[Message], schema: Any) -> str:
        if not purpose.startswith("compose"):
            return honest(purpose, messages, schema)
        items = [line.split(": ", 1) for line in messages[-1][1].splitlines()[1:]]
        return json.dumps({"sentences": [{"id": i, "text": t} for i, t in items]})

    assert drive(make_run(ScriptedModel(copier))).tier == "phrase"


def test_a_composed_sentence_is_bound_to_its_facts_and_a_wrong_number_is_refused(make_run: MakeRun) -> None:
    """The composing model writes names and numbers as a reader sees them; code binds them, or takes the sentence."""

    def composer(purpose: str, messages: Sequence[Message], schema: Any) -> str:
        if not purpose.startswith("compose"):
            return worded("no sentence of the kind.")
        items = [line.split(": ", 1) for line in messages[-1][1].splitlines()[1:]]
        if purpose == "compose Probe":
            items.sort(key=lambda i: "35.0" not in i[1])
            return json.dumps({"sentences": [{"id": i, "text": t} for i, t in items]})
        out = [{"id": i, "text": "In addition, " + t[0].lower() + t[1:]} for i, t in items]
        for entry in out[1:]:  # the first stays true
            entry["text"] = re.sub(r"\d+(?=\.\d)", lambda m: str(int(m[0]) + 1), entry["text"], count=1)
        return json.dumps({"sentences": out})

    plain = make_run()
    drive(plain)
    run = make_run(ScriptedModel(lambda p, m, s: composer(p, m, s) if p.startswith("compose") else honest(p, m, s)))
    done = drive(run)
    assert done.tier == "compose"
    report = Report.model_validate(run.folder.read_json("report.json"))
    own = [s for section in report.sections for s in section.sentences if s.author == "model"]
    assert any(s.text.startswith("In addition, ") and "{{" in s.text for s in own)
    before, after = (re.findall(r"\d+\.\d+", text_of(r).partition("\n## ")[2]) for r in (plain, run))
    assert set(after) <= set(before)
    assert lint(text_of(run), report) == []


def test_the_record_says_what_became_of_the_answers_by_kind_of_claim(make_run: MakeRun) -> None:
    run = make_run(ScriptedModel(honest))
    done = drive(run)
    found = run.folder.read_json("run.json")["drafting"]
    assert found == done.drafting
    assert found["asked"] == sum(n for kinds in found["by_kind"].values() for n in kinds.values())
    assert found["shares"]["first"] > 0
    assert sum(found["shares"].values()) == pytest.approx(1, abs=0.003)
    assert {"comparison", "inventory"} & set(found["by_kind"])
    assert found["prose"]["by_model"] == done.sentences["model"] < found["prose"]["sentences"]


def test_examples_of_the_own_kind_come_last_and_the_rest_is_the_same_for_all() -> None:
    from chimera_report.agent import probe, writing

    sheet, sentences = probe.probe_sheet()
    asked = [writing.phrase_messages(s, sheet) for s in sentences]
    fixed = 1 + 2 * len(writing.COMMON)
    assert len({tuple(m[:fixed]) for m in asked}) == 1, "the prompt cache holds what is the same"
    for messages, kind in zip(asked, ("comparison", "measurement", "ranking"), strict=True):
        own = [given for given, _ in writing.examples(kind)]
        assert [text for role, text in messages[fixed:-1] if role == "user"] == own[1:]


def test_items_of_a_list_follow_the_order_and_what_it_does_not_name_keeps_its_place() -> None:
    from chimera_report.agent.composing import reorder_items

    items = [(Sentence(id=f"S{i}", text="x", claims=()), Sentence(id=f"T{i}", text="y", claims=())) for i in range(4)]
    assert [[s.id for s in item] for item in reorder_items(items, ["S3", "S0", "S9"])] == [
        ["S3", "T3"],
        ["S1", "T1"],
        ["S2", "T2"],
        ["S0", "T0"],
    ]


def test_a_composing_model_that_repeats_the_given_words_is_asked_once_more(make_run: MakeRun) -> None:
    def echo(purpose: str, messages: Sequence[Message], schema: Any) -> str:
        if purpose.startswith("compose"):
            items = [line.split(": ", 1) for line in messages[-1][1].splitlines()[1:]]
            items.sort(key=lambda i: "35.0" not in i[1])
            return json.dumps({"sentences": [{"id": i, "text": t} for i, t in items]})
        return worded(given(messages))

    model = ScriptedModel(echo)
    run = make_run(model)
    assert drive(run).tier == "compose"
    drafts = run.folder.read_json("run.json")["drafts"]
    asked = [d for d in drafts.values() if d["attempts"]]
    assert asked
    assert {(d["outcome"], d["attempts"]) for d in asked} <= {("unchanged", 1), ("unchanged", 2)}
    twice = [d for d in asked if d["attempts"] == 2]
    assert twice and sum(p.startswith("repair") for p in model.asked) == len(twice)
