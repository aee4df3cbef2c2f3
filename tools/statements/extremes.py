"""The best and the worst of all conditions that a metric was measured under, each told whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, ClaimBase, Grid, GridPoint, Query, Result
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Asked,
    Ground,
    Statement,
    Verdict,
    importance,
    only,
    refuted,
)
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.spoken import noun
from chimera_report.tools.statements.wording import NOTHING, Wording

_REPEATED = 5  # records of other conditions, beside which one of a single record is told to be one


class ExtremesClaim(ClaimBase):
    kind: Literal["extremes"] = "extremes"
    metric: str
    best: str  # the system, and the settings and the work
    worst: str
    outcome: Literal["apart", "alike"]


class BestAndWorst(Statement[ExtremesClaim, Grid]):
    claim = ExtremesClaim
    result = Grid
    meaning = "one metric under every condition that ran"
    explained = Explained(
        "Repeats of a condition (a system under one combination of settings and work) are averaged, conditions are "
        "not; the best and the worst are read off.",
        "They were observed, and not tested: between them lie both the systems and the work that they were given.",
    )
    function = "grid"
    fact_kind = "ranking"
    planned = (
        "it is told where somebody asks: a report has the tables, and the ends of unlike conditions are no finding"
    )
    no_advice = "a single condition is observed, and nothing tests it"
    never_open = "it states two values that were observed"
    only_code = "two values of two conditions with many names, which a rewording would mix up"
    asks = (
        Asked(
            example="under which conditions are the best and the worst decode rate?",
            pattern=r"\bbest\b.*\bworst\b|\bworst\b.*\bbest\b|\bextremes?\b",
            words="best worst extreme extremes condition conditions under highest lowest of all",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Grid, ...]:
        return analysis.grids

    def draft(self, item: Grid) -> ExtremesClaim | None:
        if item.tests or item.stray or (not item.single and (item.best.torn or item.worst.torn)):
            return None
        return ExtremesClaim(
            id="", facts=(), metric=item.metric, best=_label(item.best), worst=_label(item.worst),
            outcome="alike" if _alike(item) else "apart",
        )  # fmt: skip

    def check(self, claim: ExtremesClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Grid)
        if item is None or claim.metric != item.metric:
            return refuted("it does not rest on one metric under several conditions")
        values = [c.value for x in item.lines for c in x.cells if c is not None]
        up = metric_of(item.metric).direction == "higher"
        low, high = (item.worst.value, item.best.value) if up else (item.best.value, item.worst.value)
        if values and not low <= min(values) <= max(values) <= high:
            return refuted("another condition has a better or a worse value")
        if (claim.best, claim.worst) != (_label(item.best), _label(item.worst)):
            return refuted("the best or the worst is another condition")
        if (claim.outcome == "alike") != _alike(item):
            return refuted("the values differ" if claim.outcome == "alike" else "the values are one")
        return SUPPORTED

    def wording(self, claim: ExtremesClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Grid)
        if item is None:
            return NOTHING
        roles: dict[str, tuple[Result, str]] = {"count": (item, "conditions"), "value": (item, "best.value")}
        roles["last"] = (item, "worst.value")
        name = noun(item)
        if item.definition.startswith("on "):
            roles["definition"], name = (item, "definition"), f"{name} {{definition}}"
        if _alike(item):
            return Wording((f"the {name} is {{value:about}} under all {{count}} conditions",), roles)
        parts = []
        for side in ("best", "worst"):
            point: GridPoint = getattr(item, side)
            many = item.shared_best if side == "best" else item.shared_worst
            if many > 1:  # none of several that share a value is the one
                roles[f"{side}_shared"] = (item, f"shared_{side}")
                parts.append(f", shared by {{{side}_shared}}")
                continue
            words = []
            if point.subject and len({x.subject for x in item.lines}) > 1:
                roles[f"{side}_subject"] = (item, f"{side}.subject")
                words.append(f"{{{side}_subject}}")
            if point.condition:
                roles[f"{side}_at"] = (item, f"~{side}.condition")
                words.append(f"{{{side}_at}}")
            if not item.single and point.n == 1 and item.most_n >= _REPEATED:
                words.append("a single record")
            parts.append(f" ({', '.join(words)})" if words else "")
        one = " of a single record" if item.single else ""
        first, second = ("highest", "lowest") if metric_of(item.metric).direction == "higher" else ("lowest", "highest")
        return Wording(
            (
                f"the {first} {name}{one} is {{value:about}}{parts[0]}, against {{last:about}}{parts[1]} at the other "
                "end of {count} conditions",
                f"from one end of {{count}} conditions to the other, the {name}{one} reaches from "
                f"{{value:about}}{parts[0]} to {{last:about}}{parts[1]}",
                f"of {{count}} conditions, the {first} {name}{one} is {{value:about}}{parts[0]}, the {second} "
                f"{{last:about}}{parts[1]}",
            ),
            roles,
        )

    def asserts(self, claim: ExtremesClaim) -> None:  # noqa: ARG002
        return None

    def weigh(self, item: Grid) -> float:
        ratio = item.best.value / item.worst.value if item.best.value > 0 and item.worst.value > 0 else 1.0
        return 1.2 + 0.2 * min(abs(math.log2(ratio)), 4.0) * importance(item.metric) + 0.01 * min(item.conditions, 40)

    def asked_for(self, analysis: Analysis, query: Query) -> list[Grid]:
        found = [
            g
            for g in analysis.grids
            if (not query.metric or g.metric == query.metric) and (not query.suite or g.suite == query.suite)
        ]
        return sorted(found, key=lambda g: (-self.weigh(g), g.recipe.key))


def _label(point: GridPoint) -> str:
    return "; ".join([point.subject, *(f"{k} {v}" for k, v in point.condition.items())])


def _alike(item: Grid) -> bool:
    return math.isclose(item.best.value, item.worst.value, rel_tol=1e-9)
