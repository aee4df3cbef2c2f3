"""Paragraphs that a model composes: what is joined as the plan licenses it stands, and nothing else does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from chimera_report.agent.model import Message
from chimera_report.agent.report import drive
from chimera_report.agent.run import Run
from chimera_report.agent.verify import verify
from chimera_report.tools.schema import Relation, Report

from .conftest import ScriptedModel, given, worded  # type: ignore[import-not-found]

MakeRun = Callable[..., Run]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def small(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def joined(text: str, connective: str) -> list[str]:
    """The paragraph with one pair of its sentences joined, for each pair."""
    parts = re.split(r"(?<=[^0-9])\. (?=[A-Z])|(?<=\d)\. (?=[A-Z])", text)
    made = []
    for place in range(1, len(parts)):
        tail = small(parts[place].removeprefix("But ").removeprefix("So "))
        made.append(". ".join([*parts[: place - 1], parts[place - 1] + connective + tail, *parts[place + 1 :]]))
    return made


def model(answer: Callable[[str], str]) -> ScriptedModel:
    """A model that gives the probe's paragraph back, and the report's as `answer` makes them."""

    def said(purpose: str, messages: Sequence[Message], schema: Any) -> str:
        if purpose.startswith("compose"):
            return "{}"
        if purpose.startswith("paragraph"):
            text = messages[-1][1]
            return json.dumps({"paragraph": text if purpose == "paragraph P1" else answer(text)})
        return worded(given(messages))

    return ScriptedModel(said)


@pytest.fixture
def rivals(tmp_path: Path) -> Path:
    """Two models in two suites, the slower one answering sooner: paragraphs with contrasts and elaborations."""
    place = tmp_path / "rivals"
    place.mkdir()
    for name, gain in (("sweep", 1.0), ("again", 1.02)):
        rows = ["model,run,tokens_s,ttft_s"]
        for m, (who, rate, ttft) in enumerate((("alpha:1b", 50.0, 0.4), ("beta:3b", 20.0, 0.1))):
            rows += [
                f"{who},{i},{gain * rate * (1 + 0.01 * ((i + m) % 5)):.3f},{ttft * (1 + 0.01 * (i % 5)):.4f}"
                for i in range(12)
            ]
        (place / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return place


def licensed(run: Run, connective: str) -> Callable[[str], str]:
    """Answers with the first join that the checker accepts, and in the given words where there is none."""
    from chimera_report.agent import composing
    from chimera_report.tools.claims import paragraphs, render_text

    def answer(text: str) -> str:
        outline, sheet = run.outline(), run.sheet()
        plan = composing.relations(outline)
        for section in outline.sections:
            for sentences in composing.runs(section):
                if " ".join(render_text(s.text, sheet) for s in sentences) == text:
                    related: list[Relation] = [plan.get(s.id, "") for s in sentences]
                    tries = [t for c in (connective, ", and ", "; ") for t in joined(text, c)]
                    return next((t for t in tries if paragraphs.parse(t, sentences, related, sheet)), text)
        return text

    return answer


def test_a_joined_paragraph_stands_and_is_verified(make_run: MakeRun, rivals: Path) -> None:
    scripted = model(lambda text: text)
    run = make_run(scripted, path=rivals)
    joining = licensed(run, ", but ")
    scripted.answer = model(joining).answer
    done = drive(run)
    assert done.tier == "paragraph"
    record = run.folder.read_json("run.json")
    assert record["composed"] and set(record["tried"].values()) <= {"first", "repaired", "unchanged"}
    assert record["drafting"]["prose"]["composed"] >= 2
    report = Report.model_validate(run.folder.read_json("report.json"))
    own = [s.text for section in report.sections for s in section.sentences if s.author == "model"]
    assert any(", but " in t or ", and " in t or "; " in t for t in own)
    assert done.lint == []
    found = verify(run.folder.path, data=rivals, cwd=rivals.parent, version="0").differences
    assert [d for d in found if d.where != "settings/path"] == []  # the fixture's command names another folder
    # A composition that the plan does not license is found.
    first, pieces = next(iter(record["composed"].items()))
    pieces[-1][1] = ", so "
    (run.folder.path / "run.json").write_text(json.dumps({**record, "composed": {first: pieces}}))
    found = verify(run.folder.path, data=rivals, cwd=rivals.parent, version="0").differences
    assert any("licenses" in d.expected for d in found)


def test_a_connective_that_nothing_licenses_is_given_back_to_code(make_run: MakeRun, rivals: Path) -> None:
    run = make_run(model(lambda text: next(iter(joined(text, ", because ")), text)), path=rivals)
    done = drive(run)
    record = run.folder.read_json("run.json")
    assert done.tier == "paragraph" and record["composed"] == {}
    assert "refused" in record["tried"].values() and set(record["tried"].values()) <= {"refused", "unchanged"}
    assert "because" not in (run.folder.path / "report.md").read_text().partition("## Evidence")[0]


def test_a_warning_that_is_left_out_is_given_back_to_code(make_run: MakeRun, rivals: Path) -> None:
    run = make_run(model(lambda text: ". ".join(text.split(". ")[:-1]) + "."), path=rivals)
    drive(run)
    assert run.folder.read_json("run.json")["composed"] == {}
