"""The interplay of two settings, from the planted truth to report, recommendation, lint, model's words and answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_report.tools.claims import check, verify_facts
from chimera_report.tools.claims.licensed import Licences
from chimera_report.tools.query import World, checked, reply, understand
from chimera_report.tools.report import build
from chimera_report.tools.report import planned as outline
from chimera_report.tools.schema import Finding, RecommendationClaim
from chimera_report.tools.statements import InteractionClaim, command
from chimera_report.tools.stats import analyse


def sheet_of(dataset, *, every=False):
    analysis = analyse(dataset)
    return analysis, build(analysis, dataset, every=every)


def told(sheet):
    return [c for c in sheet.claims if isinstance(c, InteractionClaim)]


def test_it_is_found_worded_recommended_and_computed_again(grid) -> None:
    dataset = grid(together=0.2)
    analysis, sheet = sheet_of(dataset)
    (claim,) = told(sheet)
    assert claim.depends and claim.verdict == "SUPPORTED"
    advice = [c for c in sheet.claims if isinstance(c, RecommendationClaim) and c.action == "tune_together"]
    assert len(advice) == 1 and claim.id in advice[0].because
    assert (
        advice[0].command == command(advice[0].run)
        and "num_ctx=" in advice[0].command
        and "num_thread=1,2" in advice[0].command
    )
    assert verify_facts(sheet, dataset) == []
    made = outline(sheet, analysis, dataset, title="Technical Report")
    titles = [b.title for s in made.sections for b in s.blocks if isinstance(b, Finding)]
    assert f"{{{{{claim.id}}}}}" in titles and f"{{{{{advice[0].id}}}}}" in titles


def test_none_is_told_as_none_and_open_as_open(grid) -> None:
    _, sheet = sheet_of(grid(together=0.0, threads=0.3, cv=0.003, times=10))
    (claim,) = told(sheet)
    assert not claim.depends and "differs by at most" in claim.clause
    assert any(isinstance(c, RecommendationClaim) and c.action == "tune_apart" for c in sheet.claims)


def test_what_is_open_is_a_limitation_with_the_run_that_settles_it(grid) -> None:
    dataset = grid(together=0.02, cv=0.03, times=4)
    analysis, sheet = sheet_of(dataset)
    assert told(sheet) == []
    made = outline(sheet, analysis, dataset, title="Technical Report")
    (limits,) = [s for s in made.sections if s.key == "limits"]
    assert "depends on" in limits.model_dump_json() and "--factor num_ctx=" in limits.model_dump_json()


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"depends": False}, "REFUTED"),
        ({"factor": "num_thread", "other": "num_ctx"}, "REFUTED"),
        ({"metric": "ttft"}, "REFUTED"),
        ({"subject": "beta:7b"}, "REFUTED"),
    ],
)
def test_the_checker_refutes_what_the_data_does_not_say(grid, change, verdict) -> None:
    dataset = grid(together=0.2)
    analysis, sheet = sheet_of(dataset)
    (claim,) = told(sheet)
    assert check(claim, sheet, analysis).verdict == "SUPPORTED"
    assert check(claim.model_copy(update=change), sheet, analysis).verdict == verdict
    # The builder's own verdict is never read: an item whose interval reaches into the margin supports nothing.
    (item,) = analysis.interactions
    assert item.ratio_ci is not None
    wide = item.model_copy(update={"ratio_ci": item.ratio_ci.model_copy(update={"low": 1.0})})
    doubted = replace(analysis, interactions=(wide,))
    assert check(claim, sheet, doubted).verdict == "INSUFFICIENT"
    unproved = replace(analysis, interactions=(item.model_copy(update={"p_adjusted": None}),))
    assert check(claim, sheet, unproved).verdict == "INSUFFICIENT"


def test_the_clause_cannot_be_turned_round(grid) -> None:
    dataset = grid(together=0.2)
    analysis, sheet = sheet_of(dataset)
    (claim,) = told(sheet)
    ids = {f.field: f.id for f in sheet.facts if f.id in claim.facts}
    swapped = claim.clause.replace(ids["ratio_strong"], "X").replace(ids["ratio_weak"], ids["ratio_strong"])
    swapped = swapped.replace("X", ids["ratio_weak"])
    assert swapped != claim.clause
    assert check(claim.model_copy(update={"clause": swapped}), sheet, analysis).verdict == "REFUTED"


def test_a_model_may_word_it_and_may_not_turn_it_round(grid) -> None:
    _, sheet = sheet_of(grid(together=0.2))
    (claim,) = told(sheet)
    held = Licences(sheet)
    suite = next(f.suite for f in sheet.facts if f.id in claim.facts)
    place = f" in suite {suite}" if suite else ""
    right = f"The effect of {claim.factor} on the decode rate of alpha:1b depends on {claim.other}{place}."
    assert claim.id in held.support(right)
    for wrong in (
        right.replace(claim.factor, "seed"),
        right.replace("decode rate", "TTFT"),
        right.replace("alpha:1b", "beta:7b"),
        right.replace("depends on", "does not depend on"),
    ):
        assert claim.id not in held.support(wrong), wrong


QUESTIONS = [
    "does the effect of num_ctx depend on num_thread?",
    "do num_ctx and num_thread interact?",
    "is there an interaction between the context length and the threads?",
    "how do num_thread and num_ctx work together?",
    "what is the interplay of num_ctx and num_thread for alpha:1b?",
]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("declared", [True, False])
def test_it_can_be_asked_for_also_where_the_report_did_not_look(grid, question: str, declared: bool) -> None:
    world = World(grid(together=0.2, declared=declared))
    answer = reply(understand(question, world), world, question)
    assert answer.outcome == "answered" and answer.query is not None, answer.text
    assert answer.query.intent == "statement"
    assert checked(answer) == []
    assert "depends on" in answer.text[0]
    assert answer.text[0].startswith("Yes: ") == answer.query.yes_no
    assert {c.kind for c in answer.sheet.claims} == {"interaction"}


def test_an_open_one_is_declined_with_the_run_that_would_tell(grid) -> None:
    world = World(grid(together=0.02, cv=0.03, times=4, declared=False))
    answer = reply(understand(QUESTIONS[0], world), world, QUESTIONS[0])
    assert answer.outcome == "declined" and answer.verdict == "INSUFFICIENT"
    assert "--factor num_ctx=" in answer.command and answer.command == command(answer.run)


def test_a_no_that_its_own_claim_refutes_is_caught(grid) -> None:
    world = World(grid(together=0.2))
    answer = reply(understand(QUESTIONS[0], world), world, QUESTIONS[0])
    turned = answer.model_copy(update={"text": (answer.text[0].replace("Yes: ", "No: "), *answer.text[1:])})
    assert any("opens with 'no'" in problem for problem in checked(turned))
