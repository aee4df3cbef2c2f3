"""Two metrics of the same records that move together, or against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, Correlation, CorrelationClaim, Fact, Result
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
from chimera_report.tools.thresholds import CORRELATED_POINTS


class MovesTogether(Statement[CorrelationClaim, Correlation]):
    claim = CorrelationClaim
    result = Correlation
    meaning = "how two metrics of the same records move together"
    explained = Explained(
        "Spearman's rank correlation over the records, at equal settings and with cold starts told apart.",
        "Two metrics that move together need not move each other: a third may move both.",
    )
    function = "correlation"
    fact_kind = "correlation"
    no_advice = "that two metrics move together says nothing of what to set"
    never_open = "a pair without a clear sign is left out"
    planned = "the planner relates it to the others (tools/report)"
    asked_by = "the intent why"
    examples = (
        (
            "The load time of {{F651}} rises with its TTFT in suite {{F652}}, with a rank correlation of "
            "{{F653:number}}.",
            "In suite {{F652}}, the load time of {{F651}} rises with its TTFT, with a rank correlation of "
            "{{F653:number}}.",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Correlation, ...]:
        return analysis.correlations

    def draft(self, item: Correlation) -> CorrelationClaim:
        sign: Literal["positive", "negative"] = "positive" if item.rho > 0 else "negative"
        return CorrelationClaim(id="", facts=(), x=item.x, y=item.y, sign=sign)

    def wording(self, claim: CorrelationClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Correlation)
        return correlation_wording(item) if item is not None else NOTHING

    def check(self, claim: CorrelationClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Correlation)
        if item is None or (item.x, item.y) != (claim.x, claim.y):
            return refuted("it does not rest on one correlation of these metrics")
        if item.outcome in ("insufficient", "derived", "none") or item.n < CORRELATED_POINTS or item.ci is None:
            return insufficient(f"the correlation is {item.outcome}, n = {item.n}")
        if item.ci.low <= 0 <= item.ci.high:
            return insufficient("its interval holds zero")
        if claim.sign != item.outcome or (item.rho > 0) != (claim.sign == "positive"):
            return refuted("the sign is the other one")
        return SUPPORTED

    def weigh(self, item: Correlation) -> float:
        return max(importance(item.x), importance(item.y)) * abs(item.rho)

    def framings(self, claim: CorrelationClaim, facts: Sequence[Fact]) -> Iterator[Framing]:
        names = {"x": (metric_of(claim.x).title,), "y": (metric_of(claim.y).title,)}
        subject = tuple(f.display for f in facts if f.field == "subject")
        yield Framing(f"correlation_{claim.sign}", {**names, "a": subject})


def correlation_wording(item: Correlation) -> Wording:
    """Two metrics that move together, or against each other."""
    where, roles = place_of(item)
    roles |= {"subject": (item, "subject"), "rho": (item, "rho")}
    how = {"positive": "rises with", "negative": "falls with"}.get(item.outcome)
    if how is None:
        return Wording((), roles)
    x, y = title(item.x), title(item.y)
    held = {
        "settings": " at equal settings",
        "cold start": " at equal cold-start state",
        "settings and cold start": " at equal settings and cold-start state",
    }.get(item.given, "")
    rho = "with a rank correlation of {rho:number}"
    return Wording((f"the {y} of {{subject}} {how} its {x}{held}{where}, {rho}",), roles)
