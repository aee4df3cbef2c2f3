"""Who answers best: the scores of runs that answered the same tasks, each with what tells it from the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from chimera_report.tools.schema import Analysis, Board, ClaimBase, Result
from chimera_report.tools.scored import better
from chimera_report.tools.statements.base import SUPPORTED, Ground, Statement, Verdict, only, refuted
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.spoken import noun
from chimera_report.tools.statements.wording import NOTHING, Wording

Outcome = Literal["apart", "alike", "shared"]


class BoardClaim(ClaimBase):
    kind: Literal["board"] = "board"
    metric: str
    best: float
    worst: float
    outcome: Outcome


class WhoAnswersBest(Statement[BoardClaim, Board]):
    claim = BoardClaim
    result = Board
    meaning = "the scores of runs that answered the same tasks"
    explained = Explained(
        "Runs that answered the same tasks are put in the order of their score: the mean over the tasks, or what the "
        "file states of them. Where the files say how many answers were right, Fisher's exact test says whether the "
        "first and the last differ by more than chance gives.",
        "A score is of these tasks and these settings. With few tasks, runs next to each other may stand the other way "
        "round another time.",
    )
    function = "board"
    fact_kind = "ranking"
    planned = "with the findings, in tools/report/scores.py"
    no_advice = "how much a score is worth beside speed and memory is the reader's to say"
    never_open = "it states the scores that were observed"
    only_code = "values of runs with long names, which a rewording would mix up"
    asked_by = "the intents best and rank, by the metric that the question names"

    def items(self, analysis: Analysis) -> tuple[Board, ...]:
        return analysis.boards

    def draft(self, item: Board) -> BoardClaim:
        first, last = item.entries[0].value, item.entries[-1].value
        return BoardClaim(id="", facts=(), metric=item.metric, best=first, worst=last, outcome=board_outcome(item))

    def check(self, claim: BoardClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Board)
        if item is None or claim.metric != item.metric:
            return refuted("it does not rest on one board of scores")
        values = [e.value for e in item.entries]
        ends = (min(values), max(values)) if lower(item) else (max(values), min(values))
        if (claim.best, claim.worst) != ends:
            return refuted("another run has the best score, or the worst")
        return SUPPORTED if claim.outcome == board_outcome(item) else refuted(f"the scores say {board_outcome(item)}")

    def wording(self, claim: BoardClaim, items: Sequence[Result]) -> Wording:
        item = only(items, Board)
        if item is None:
            return NOTHING
        last = len(item.entries) - 1
        roles: dict[str, tuple[Result, str]] = {"count": (item, "#entries")}
        best, worst = scored(item, 0, roles), scored(item, last, roles)
        first, back = scored_by(item, 0, roles), scored_by(item, last, roles)
        name = noun(item)
        if claim.outcome == "alike":
            text = f"in {name} the {{count}} runs are not told apart: they reach from {worst} to {best}"
            return Wording((text,), roles)
        low, high = ("highest", "lowest") if lower(item) else ("lowest", "highest")
        if claim.outcome == "shared":
            many = sum(e.value == item.entries[0].value for e in item.entries)
            if many > 2:
                text = f"the {high} {name}, {best}, is that of several of {{count}} runs, and the {low} that of {back}"
            else:
                both = f"{first} and {scored_by(item, 1, roles)}"
                text = f"the {high} {name} of {{count}} runs is that of {both}, {best}, and the {low} that of {back}"
            return Wording((f"{text}, {worst}",), roles)
        return Wording(
            (
                f"the {high} {name} of {{count}} runs is that of {first}, {best}, and the {low} {worst} ({back})",
                f"of {{count}} runs, {first} has the {high} {name}, {best}, and {back} the {low}, {worst}",
            ),
            roles,
        )

    def asserts(self, claim: BoardClaim) -> None:  # noqa: ARG002
        return None

    def weigh(self, item: Board) -> float:
        return (
            3.2 + 0.05 * min(len(item.entries), 12) + (0.6 if item.tasks else 0.0) - (1.0 if not _differ(item) else 0)
        )

    def method(self, analysis: Analysis) -> str:
        return _METHOD if analysis.boards else ""


def lower(item: Board) -> bool:
    """Whether less is better: of a perplexity, a divergence, an error rate."""
    return better(item.metric) == "lower"


def board_outcome(item: Board) -> Outcome:
    """Whether the ends are not told apart, or the first place is shared, or one leads."""
    if item.apart is False:
        return "alike"
    return "shared" if item.entries[0].value == item.entries[1].value else "apart"


def scored_by(item: Board, place: int, roles: dict[str, tuple[Result, str]]) -> str:
    """The run at a place, by all that tells it from the others: "qwen3:8b with thinking true in suite night"."""
    entry = item.entries[place]
    words = []

    def role(field: str, of: str) -> str:
        roles[f"{field}_{place}"] = (item, of)
        return f"{{{field}_{place}}}"

    if "subject" in item.named_by and entry.subject:
        words.append(role("subject", f"entries.{place}.subject"))
    if "condition" in item.named_by and any(entry.condition.values()):
        given = role("condition", f"&entries.{place}.condition")
        words.append(f"with {given}" if words else f"the run with {given}")
    if "suite" in item.named_by:
        suite = f"suite {role('suite', f'entries.{place}.suite')}"
        words.append(f"in {suite}" if words else suite)
    if "file" in item.named_by:
        file = f"file {role('file', f'entries.{place}.file')}"
        words.append(f"in {file}" if words else file)
    return " ".join(words)


def scored(item: Board, place: int, roles: dict[str, tuple[Result, str]]) -> str:
    """Its score: "96.9 % (31 of 32)"."""
    roles[f"value_{place}"] = (item, f"entries.{place}.value")
    if item.entries[place].right is None:
        return f"{{value_{place}}}"
    roles[f"right_{place}"], roles[f"n_{place}"] = (item, f"entries.{place}.right"), (item, f"entries.{place}.n")
    return f"{{value_{place}}} ({{right_{place}}} of {{n_{place}}})"


def _differ(item: Board) -> bool:
    first, last = item.entries[0].value, item.entries[-1].value
    return item.apart is not False and not math.isclose(first, last, rel_tol=0.01)


_METHOD = (
    "Scores are compared between runs that answered the same tasks; where the files say how many answers were right, "
    "Fisher's exact test at 5 % says whether the first and the last differ by more than chance gives."
)
