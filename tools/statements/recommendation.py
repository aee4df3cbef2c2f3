"""What to do: an action that follows from claims, worded by the kind whose items it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.schema import Analysis, ClaimBase, RecommendationClaim, Result
from chimera_report.tools.statements.actions import command, problem
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Desk,
    Ground,
    NoItem,
    Statement,
    Verdict,
    insufficient,
    refuted,
)
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import NOTHING, Wording


class Recommended(Statement[RecommendationClaim, NoItem]):
    claim = RecommendationClaim
    result = NoItem  # it rests on the items of other kinds
    meaning = "what follows from other statements"
    explained = Explained(
        "It follows from the statements that it names by a fixed rule of the program; no model proposes it.",
        "It holds for the conditions that were measured.",
    )
    function = "-"
    reported = True
    no_advice = "it is the advice"
    never_open = "what follows from an open statement is not recommended"
    planned = "the planner chooses what to recommend (tools/report/actions.py)"
    asked_by = "the intent quotes, which tells what the report recommends (tools/query/quotes.py)"
    only_code = "an instruction is followed to the word"

    def items(self, analysis: Analysis) -> tuple[NoItem, ...]:  # noqa: ARG002
        return ()

    def draft(self, item: NoItem) -> None:  # noqa: ARG002
        return

    def recommend(
        self, desk: Desk, draft: RecommendationClaim, item: Result, weight: float
    ) -> RecommendationClaim | None:
        """The action of a draft about an item; None when the item's kind does not word it."""
        return self.told(desk, draft, (item,), 0, weight, seed=item.recipe.key)

    def wording(self, claim: RecommendationClaim, items: Sequence[Result]) -> Wording:
        for item in items[:1]:
            kind = next((k for k in self.kinds.values() if isinstance(item, k.result)), None)
            return kind.action_wording(claim.action, item) if kind is not None else NOTHING
        return NOTHING

    def check(self, claim: RecommendationClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        if not claim.because:
            return refuted("it follows from nothing")
        for ident in claim.because:
            premise: ClaimBase | None = ground.claims.get(ident)
            if premise is None or premise.verdict == "REFUTED":
                return refuted(f"its premise {ident} does not hold")
            if premise.verdict == "INSUFFICIENT":
                return insufficient(f"its premise {ident} is open: {premise.reason}")
        if claim.run is not None and (wrong := problem(claim.run)):
            return refuted(f"the run is not accepted: {wrong}")
        if claim.command != command(claim.run):
            return refuted("the command is not that of the run")
        return SUPPORTED

    def weigh(self, item: NoItem) -> float:  # noqa: ARG002
        return 0.0
