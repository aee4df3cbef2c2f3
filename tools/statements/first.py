"""Who is first under how many conditions, of several suites or machines, and where another one is."""

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

_MOSTLY = 0.6  # of the conditions, from which on a system is called the first, …
_OFTENER = 3  # … and how many times as often as any other it has to be
_NEARLY, _MANY = 0.8, 8  # of a setting, which does little as a rule: everywhere, or nearly so under so many conditions


class LeadClaim(ClaimBase):
    kind: Literal["lead"] = "lead"
    metric: str
    first: str
    axis: str = "subject"
    wins: int
    of: int


class FirstOverSuites(Statement[LeadClaim, Lead]):
    claim = LeadClaim
    result = Lead
    meaning = "who is first under how many conditions"
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
        if not _leads(item.axis, item.wins, len(item.points)):
            return None  # nobody is the first
        return LeadClaim(
            id="",
            facts=(),
            metric=item.metric,
            axis=item.axis,
            first=item.names[0],
            wins=item.wins[0],
            of=len(item.points),
        )

    def check(self, claim: LeadClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Lead)
        if item is None or claim.metric != item.metric:
            return refuted("it does not rest on systems that ran in several suites")
        wins = tuple(sum(p.first == i for p in item.points) for i in range(len(item.names)))
        won = wins[0]
        if (claim.axis, claim.first, claim.wins, claim.of) != (item.axis, item.names[0], won, len(item.points)):
            return refuted("another one is first, or not as often")
        return SUPPORTED if _leads(item.axis, wins, claim.of) else refuted("it is first under too few conditions")

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
        of = f" of {{suites}} {plural(item.suites, 'suite')}" if item.suites > 1 else ""
        if not of:
            del roles["suites"]
        lead = ""
        if item.axis != "subject":
            roles["axis"], lead = (item, "axis"), "{axis} "
        return Wording(
            (f"{lead}{{first}} {best} under {where}{of}",),
            roles,
        )

    def asserts(self, claim: LeadClaim) -> None:  # noqa: ARG002
        return None

    def weigh(self, item: Lead) -> float:
        return 4.0 + importance(item.metric) + 0.1 * min(item.suites, 12) - (0.0 if item.axis == "subject" else 0.3)

    def method(self, analysis: Analysis) -> str:
        return _METHOD if analysis.leads else ""


def _leads(axis: str, wins: Sequence[int], of: int) -> bool:
    """Whether the first is ahead so often that a reader may count on it, and chance does not give it."""
    if axis != "subject":
        return wins[0] == of or (of >= _MANY and wins[0] >= _NEARLY * of)
    return wins[0] >= _MOSTLY * of and wins[0] >= _OFTENER * max(wins[1:], default=0)


_METHOD = (
    "Where several suites measured the same systems, it is counted under how many conditions each is first, by more "
    "than 2 % (of scores, by any difference); nothing is averaged over suites."
)
