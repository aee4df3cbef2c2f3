"""Who is first under how many conditions of several suites, and where another one is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chimera_report.tools.schema import Analysis, ClaimBase, Lead, Result
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Ground,
    Statement,
    Verdict,
    importance,
    only,
    refuted,
)
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.spoken import words
from chimera_report.tools.statements.wording import NOTHING, Wording, plural

_MOSTLY = 0.6  # of the conditions, from which on one is called the first


class LeadClaim(ClaimBase):
    kind: Literal["lead"] = "lead"
    metric: str
    first: str
    wins: int
    of: int


class FirstOverSuites(Statement[LeadClaim, Lead]):
    claim = LeadClaim
    result = Lead
    meaning = "who is first under how many conditions of several suites"
    explained = Explained(
        "Where several suites measured the same systems, each condition of each suite says who is ahead there, by more "
        "than 2 %; how often each is first is counted, and nothing is averaged over suites.",
        "First under most conditions is not first under yours: look at the suite that is like your machine or work.",
    )
    function = "lead"
    fact_kind = "ranking"
    planned = "with the findings, in tools/report/leads.py"
    no_advice = "which system to take depends on the suite that is like the reader's machine or work"
    never_open = "it counts what was observed under each condition"
    only_code = "counts and values of many names, which a rewording would mix up"
    asked_by = "the intents best and compare, by the suites that ran"

    def items(self, analysis: Analysis) -> tuple[Lead, ...]:
        return analysis.leads

    def draft(self, item: Lead) -> LeadClaim | None:
        if item.wins[0] < _MOSTLY * len(item.points):
            return None  # nobody is the first
        return LeadClaim(
            id="", facts=(), metric=item.metric, first=item.names[0], wins=item.wins[0], of=len(item.points)
        )

    def check(self, claim: LeadClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Lead)
        if item is None or claim.metric != item.metric:
            return refuted("it does not rest on systems that ran in several suites")
        won = sum(p.first == 0 for p in item.points)
        if (claim.first, claim.wins, claim.of) != (item.names[0], won, len(item.points)):
            return refuted("another one is first, or not as often")
        return SUPPORTED if won >= _MOSTLY * claim.of else refuted("it is first under too few conditions")

    def wording(self, claim: LeadClaim, items: Sequence[Result]) -> Wording:
        item = only(items, Lead)
        if item is None:
            return NOTHING
        roles: dict[str, tuple[Result, str]] = {
            "first": (item, "names.0"),
            "wins": (item, "wins.0"),
            "of": (item, "#points"),
            "suites": (item, "suites"),
        }
        every = claim.wins == claim.of
        where = "all {of} conditions" if every else "{wins} of {of} conditions"
        best = words(item).best
        return Wording(
            (f"{{first}} {best} under {where} of {{suites}} {plural(item.suites, 'suite')}",),
            roles,
        )

    def asserts(self, claim: LeadClaim) -> None:  # noqa: ARG002
        return None

    def weigh(self, item: Lead) -> float:
        return 4.0 + importance(item.metric) + 0.1 * min(item.suites, 12)

    def method(self, analysis: Analysis) -> str:
        return _METHOD if analysis.leads else ""


_METHOD = (
    "Where several suites measured the same systems, it is counted under how many conditions each is first, by more "
    "than 2 % (of scores, by any difference); nothing is averaged over suites."
)
