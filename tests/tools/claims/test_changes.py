"""Changes since an earlier dataset: facts that recompute from both, claims that hold only as they are."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.claims import check, compared, render_text, verify_facts
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import build
from chimera_report.tools.report import planned as outline
from chimera_report.tools.schema import Change, ChangeClaim, Changes, Dataset, Earlier
from chimera_report.tools.stats import analyse

from .conftest import Case  # type: ignore[import-not-found]


def write(path: Path, rates: dict[str, float], seed: int, runs: int = 12) -> None:
    draw = random.Random(seed)
    rows = [[m, i % 6, f"{r * draw.uniform(0.99, 1.01):.3f}"] for m, r in rates.items() for i in range(runs)]
    path.parent.mkdir()
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["model", "prompt_index", "tokens_s"], *rows])


def pair(folder: Path, now: dict[str, float], before: dict[str, float], runs: int = 12) -> Dataset:
    write(folder / "then" / "rates.csv", before, 1, runs)
    write(folder / "now" / "rates.csv", now, 2, runs)
    earlier = Earlier(run="20260101-000000-data", sha256="ab" * 32, dataset=ingest(folder / "then"))
    return replace(ingest(folder / "now"), earlier=earlier)


def case_of(dataset: Dataset) -> Any:
    analysis = compared(analyse(dataset), dataset)
    sheet = build(analysis, dataset)
    return Case(dataset, analysis, sheet, outline(sheet, analysis, dataset, title="Technical Report: now"))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Any:
    now = {"a:1b": 50.0, "b:3b": 30.0, "c:7b": 10.0, "e:9b": 4.0}
    before = {"a:1b": 50.0, "b:3b": 18.0, "c:7b": 12.0, "d:8b": 5.0}
    return case_of(pair(tmp_path_factory.mktemp("changes"), now, before))


def changes_of(case: Any) -> Changes:
    assert case.analysis.changes is not None
    return case.analysis.changes  # type: ignore[no-any-return]


def said(case: Any) -> str:
    section = next(s for s in case.outline.sections if s.key == "what_changed")
    texts = [s.text for b in section.blocks for s in getattr(b, "sentences", ())]
    texts += [s.text for b in section.blocks for item in getattr(b, "items", ()) for s in item]
    return "\n".join(render_text(t, case.sheet) for t in texts)


def test_verdicts_and_their_words(case: Any) -> None:
    found = {(c.subject, c.outcome) for c in changes_of(case).items}
    assert found == {
        ("a:1b", "unchanged"),
        ("b:3b", "improvement"),
        ("c:7b", "regression"),
        ("e:9b", "appeared"),
        ("d:8b", "disappeared"),
    }
    text = said(case)
    assert "The decode rate of c:7b fell by 16." in text or "The decode rate of c:7b fell by 17." in text
    assert "The decode rate of b:3b is now 1.6" in text
    assert "a:1b is the same to within" in text
    assert "e:9b is new" in text
    assert "d:8b is no longer there" in text
    assert "of 3 conditions" not in text  # the summary's words; here it is the other wording
    assert "of 3 measured conditions" in text.lower()


def test_every_fact_comes_out_again_from_both_datasets(case: Any) -> None:
    assert verify_facts(case.sheet, case.dataset) == []
    mine = [f for f in case.sheet.facts if f.recipe.function == "claims.change"]
    assert len(mine) > 10
    assert {f.recipe.args["earlier"] for f in mine} == {"20260101-000000-data"}
    fell = next(f for f in mine if f.field == "1-ratio")
    assert fell.display.endswith(" %")


def test_without_the_earlier_report_it_says_which_one_is_needed(case: Any) -> None:
    alone = replace(case.dataset, earlier=None)
    missing = verify_facts(case.sheet, alone)
    assert missing
    assert all("the earlier report 20260101-000000-data is needed" in m.found for m in missing)
    other = replace(case.dataset, earlier=replace(case.dataset.earlier, sha256="cd" * 32))
    assert any("as it was" in m.found for m in verify_facts(case.sheet, other))


@pytest.mark.parametrize(
    "lie",
    [
        {"outcome": "improvement"},
        {"subject": "b:3b"},
        {"since": "20250101-000000-data"},
        {"clause": "the decode rate of c:7b rose"},
    ],
)
def test_a_claim_that_says_something_else_is_refuted(case: Any, lie: dict[str, str]) -> None:
    claim = next(c for c in case.sheet.claims if isinstance(c, ChangeClaim) and c.outcome == "regression")
    assert claim.verdict == "SUPPORTED"
    assert check(claim.model_copy(update=lie), case.sheet, case.analysis).verdict == "REFUTED"


def test_a_verdict_that_the_interval_does_not_give_is_refuted(case: Any) -> None:
    """The checker looks at the interval and the direction itself, not at the outcome's word."""
    changes = changes_of(case)

    def forged(subject: str, **update: Any) -> Changes:
        items = tuple(c.model_copy(update=update) if c.subject == subject else c for c in changes.items)
        return changes.model_copy(update={"items": items})

    for subject, outcome in (("a:1b", "regression"), ("c:7b", "improvement"), ("c:7b", "unchanged")):
        false = replace(case.analysis, changes=forged(subject, outcome=outcome))
        claims = [c for c in case.sheet.claims if isinstance(c, ChangeClaim) and c.subject == subject]
        for claim in claims:
            lie = claim.model_copy(update={"outcome": outcome})
            assert check(lie, case.sheet, false).verdict == "REFUTED", (subject, outcome)


def test_two_runs_leave_a_change_open(tmp_path: Path) -> None:
    case = case_of(pair(tmp_path, {"a:1b": 40.0}, {"a:1b": 50.0}, runs=2))
    (item,) = changes_of(case).items
    assert isinstance(item, Change)
    assert item.outcome == "open"
    text = said(case)
    assert "0 are regressions and 1 is open" in text
    assert "fell" not in text


def test_the_same_measurements_are_counted_and_no_more(tmp_path: Path) -> None:
    dataset = pair(tmp_path, {"a:1b": 40.0, "b:3b": 20.0}, {"a:1b": 50.0})
    earlier = Earlier(run="20260101-000000-data", sha256="ab" * 32, dataset=ingest(tmp_path / "now"))
    case = case_of(replace(dataset, earlier=earlier))
    assert {c.outcome for c in changes_of(case).items} == {"same"}
    assert said(case).count("\n") == 0
    assert "0 are regressions and 2 hold the same measurements as then" in said(case)
    assert verify_facts(case.sheet, case.dataset) == []


def test_nothing_in_common_is_said(tmp_path: Path) -> None:
    case = case_of(pair(tmp_path, {"a:1b": 40.0}, {"b:1b": 50.0}))
    assert changes_of(case).matched == 0
    told = said(case)
    assert "no condition in common" in told or "No condition of this data" in told


def test_without_an_earlier_report_there_is_no_section(tmp_path: Path) -> None:
    case = case_of(replace(pair(tmp_path, {"a:1b": 40.0}, {"a:1b": 50.0}), earlier=None))
    assert "what_changed" not in {s.key for s in case.outline.sections}
    assert case.analysis.changes is None
