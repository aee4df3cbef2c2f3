"""The systems or configurations of a suite in order, by one metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, Fact, Ranking, RankingClaim, Result
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Ground,
    Statement,
    Verdict,
    importance,
    insufficient,
    only,
    refuted,
)
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import NOTHING, Framing, Wording, place_of, title


class Order(Statement[RankingClaim, Ranking]):
    claim = RankingClaim
    result = Ranking
    meaning = "a ranking of models"
    explained = Explained(
        "The systems are put in the order of their estimates, in the direction that is better for the metric.",
        "An order of estimates is no test: only a comparison says whether two neighbours differ.",
    )
    function = "rank_subjects"
    fact_kind = "ranking"
    no_advice = "what to take is what settled comparisons say"
    never_open = "a lead that is not settled is an open comparison"
    planned = "the planner relates it to the others (tools/report)"
    asked_by = "the intents best and rank"
    examples = (
        (
            "{{F551}} leads by decode rate in suite {{F552}}, ahead of {{F553}}.",
            "By decode rate in suite {{F552}}, {{F551}} ranks ahead of {{F553}}.",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Ranking, ...]:
        return analysis.rankings

    def draft(self, item: Ranking) -> RankingClaim:
        return RankingClaim(id="", facts=(), metric=item.metric, order=order_of(item))

    def wording(self, claim: RankingClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Ranking)
        return ranking_wording(item) if item is not None else NOTHING

    def check(self, claim: RankingClaim, items: Sequence[Result], ground: Ground) -> Verdict:
        item = only(items, Ranking)
        if item is None or item.metric != claim.metric:
            return refuted("it does not rest on one ranking of that metric")
        best_first = metric_of(item.metric).direction
        values = [e.value for e in item.entries]
        if best_first == "none" or values != sorted(values, reverse=best_first == "higher"):
            return refuted("the metric has no better direction, or the entries are not in its order")
        if claim.order != order_of(item):
            return refuted("the order is another one")
        if not item.entries[1].tied and (reason := _unsettled(item, ground.analysis)):
            return insufficient(reason)
        return SUPPORTED

    def weigh(self, item: Ranking) -> float:
        return importance(item.metric)

    def framings(self, claim: RankingClaim, facts: Sequence[Fact]) -> Iterator[Framing]:  # noqa: ARG002
        if not claim.order or len(claim.order[0]) != 1:
            return
        roles = {"a": claim.order[0]}
        yield Framing("ranking", roles)
        direction = metric_of(claim.metric).direction
        if direction != "none":
            yield Framing("ranking_highest" if direction == "higher" else "ranking_lowest", roles)


def order_of(item: Ranking) -> tuple[tuple[str, ...], ...]:
    """The ranking as groups, best first; names that are tied with each other share a group."""
    groups: list[list[str]] = []
    for entry in item.entries:
        name = entry.subject if item.of == "subjects" else ", ".join(f"{k} {v}" for k, v in entry.condition.items())
        if groups and entry.tied:
            groups[-1].append(name)
        else:
            groups.append([name])
    return tuple(tuple(g) for g in groups)


def _unsettled(item: Ranking, analysis: Analysis) -> str:
    """Why the lead of a ranking is not settled: the comparison of its first two has no verdict."""
    pair = [e.subject if item.of == "subjects" else ", ".join(e.condition.values()) for e in item.entries[:2]]
    for found in analysis.comparisons:
        same = (found.suite, found.metric, found.warm) == (item.suite, item.metric, item.warm)
        axis = found.axis == "subject" if item.of == "subjects" else found.subject == item.subject
        if same and axis and {found.a, found.b} == set(pair) and found.outcome not in ("higher", "lower"):
            return found.reason or f"the comparison of the first two is {found.outcome}"
    return ""


def ranking_wording(item: Ranking) -> Wording:
    """Who leads, and who follows."""
    if len(item.entries) < 2:
        return Wording((), {})
    where, roles = place_of(item)
    name = title(item.metric, warm=item.warm)
    part = "subject" if item.of == "subjects" else "~condition"
    ends = {"first": 0, "second": 1, "last": len(item.entries) - 1}
    for role, place in ends.items():
        field = f"~entries.{place}.condition" if part == "~condition" else f"entries.{place}.subject"
        roles[role] = (item, field)
    of = ""
    if item.of == "configurations" and item.subject:
        of, roles["subject"] = " of {subject}", (item, "subject")
    roles["many"] = (item, "#entries")
    if item.entries[1].tied:
        level = sum(1 for e in item.entries if e.rank == item.entries[0].rank)
        if level > 2:
            return Wording((f"by {name}{of}{where}, the leading entries of {{many}} cannot be told apart",), roles)
        return Wording(
            (
                f"{{first}} and {{second}} lead by {name}{of}{where} and cannot be told apart",
                f"by {name}{of}{where}, {{first}} and {{second}} lead and cannot be told apart",
            ),
            roles,
        )
    return Wording(
        (
            f"{{first}} leads by {name}{of}{where}, ahead of {{second}}",
            f"by {name}{of}{where}, {{first}} ranks ahead of {{second}}",
        ),
        roles,
    )
