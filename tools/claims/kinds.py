"""Each kind of claim and its checker: whether the analysis supports the claim, refutes it, or is not enough.

A checker trusts nothing that built the claim: it looks the items up by the recipes of the facts, applies the rules of
the kind to them, and accepts the clause only if the items license it (frames.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from chimera_report.tools import statements
from chimera_report.tools.claims import alerts, changes, commands, fields, frames
from chimera_report.tools.claims.frames import Licence
from chimera_report.tools.claims.wording import fill, ids_in
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import (
    Analysis,
    AvailabilityClaim,
    Change,
    ChangeClaim,
    Changes,
    Claim,
    ClaimBase,
    Comparison,
    DataQualityClaim,
    Fact,
    FactSheet,
    Inventory,
    InventoryClaim,
    MeasurementClaim,
    RecommendationClaim,
    Result,
    Summary,
)
from chimera_report.tools.statements import SUPPORTED, Ground, Verdict, insufficient, refuted
from chimera_report.tools.thresholds import beyond, claimable, inside

T = TypeVar("T", bound=Result)


def check(claim: Claim, sheet: FactSheet, analysis: Analysis) -> Claim:
    """The claim with the verdict that the sheet and the analysis give it, and the reason of a verdict that is not
    SUPPORTED."""
    facts = {f.id: f for f in sheet.facts}
    by_part = {(f.recipe.key, f.field): f for f in sheet.facts}
    return Checker(analysis).check(claim, facts, {c.id: c for c in sheet.claims}, by_part)


class Checker:
    """The checkers of all kinds over one analysis."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        groups: tuple[Iterable[Result], ...] = (
            (analysis.inventory,),
            analysis.summaries,
            analysis.comparisons,
            analysis.effects,
            analysis.rankings,
            analysis.correlations,
            analysis.paretos,
            analysis.alerts,
        )
        self.items: dict[str, Result] = {item.recipe.key: item for group in groups for item in group}
        self.items |= statements.items_of(analysis)
        self.groups = alerts.groups(analysis)
        self.items |= {g.recipe.key: g for g in self.groups.values()}
        if analysis.changes is not None:
            self.items |= {c.recipe.key: c for c in (analysis.changes, *analysis.changes.items)}

    def check(
        self,
        claim: Claim,
        facts: Mapping[str, Fact],
        claims: Mapping[str, ClaimBase],
        by_part: Mapping[tuple[str, str], Fact],
    ) -> Claim:
        """The claim with its verdict; `by_part` maps a recipe's key and a field to the fact that is that part."""
        verdict, reason = self._standing(claim, facts)
        if verdict == "SUPPORTED":
            items = list(dict.fromkeys(facts[f].recipe.key for f in claim.facts))
            found = [self.items[key] for key in items]
            parts = _Parts(by_part)
            kind = statements.of_claim(claim)
            if kind is not None:
                verdict, reason = kind.check(claim, found, Ground(self.analysis, claims))
                if verdict == "SUPPORTED":
                    verdict, reason = _licensed(claim, kind.wording(claim, found), parts)
            else:
                verdict, reason = _RULES[type(claim)](self, claim, found, parts, claims)
            if verdict == "SUPPORTED":
                return claim.model_copy(update={"verdict": verdict, "reason": reason, "variants": parts.variants})
        return claim.model_copy(update={"verdict": verdict, "reason": reason, "variants": ()})

    def _standing(self, claim: ClaimBase, facts: Mapping[str, Fact]) -> Verdict:
        """The facts exist, say what the analysis says, and cover what the clause shows."""
        for ident in claim.facts:
            fact = facts.get(ident)
            if fact is None:
                return refuted(f"there is no fact {ident}")
            item = self.items.get(fact.recipe.key)
            if item is None:
                return refuted(f"{ident} is of another analysis")
            try:
                part = fields.read(item, fact.field)
            except KeyError:
                return refuted(f"{ident} names a part that does not exist")
            if not _same(part.value, fact.value) or part.n != fact.n:
                return refuted(f"{ident} is not what the analysis has")
        loose = [i for i in ids_in(claim.clause) if i.startswith("F") and i not in claim.facts]
        return refuted(f"the clause shows {', '.join(loose)} without resting on it") if loose else SUPPORTED

    # --- one rule a kind ------------------------------------------------------------------------------------------

    def measurement(self, claim: MeasurementClaim, items: list[Result], parts: _Parts, _: Any) -> Verdict:
        if claim.stat == "ratio":
            item = _only(items, Comparison)
            if item is None or item.metric != claim.metric or item.outcome not in ("inconclusive", "exploratory"):
                return refuted("it does not rest on one open comparison")
            return _licensed(claim, frames.comparison(item), parts)
        found = [i for i in items if isinstance(i, Summary)]
        if len(found) != len(items) or any((i.metric, i.subject) != (claim.metric, claim.subject) for i in found):
            return refuted("it does not rest on summaries of that metric and subject")
        if claim.stat == "cold and warm":
            cold = [i for i in found if i.warm is False]
            warm = [i for i in found if i.warm is True]
            if len(cold) != 1 or len(warm) != 1 or cold[0].suite != warm[0].suite:
                return refuted("it does not rest on one cold and one warm summary of one suite")
            return _licensed(claim, frames.cold_and_warm(cold[0], warm[0]), parts)
        if len(found) != 1:
            return refuted("it does not rest on one summary")
        return _licensed(claim, frames.measurement(found[0], claim.stat), parts)

    def availability(self, claim: AvailabilityClaim, _items: list[Result], parts: _Parts, _: Any) -> Verdict:
        present = claim.metric in self.analysis.inventory.metrics
        if present != claim.present:
            return refuted("the inventory has it" if present else "the inventory does not have it")
        licence = Licence(frames.availability(claim.metric, self.analysis.inventory.metrics, present=present), {})
        return _licensed(claim, licence, parts)

    def data_quality(self, claim: DataQualityClaim, _items: list[Result], parts: _Parts, _: Any) -> Verdict:
        if not claim.alert:  # all alerts of the kind
            group = self.groups.get(claim.alert_kind)
            if group is None or group.files != claim.files:
                return refuted("there are no such alerts")
            return _licensed(claim, alerts.group_licence(group), parts)
        item = next((a for a in self.analysis.alerts if a.key == claim.alert), None)
        if item is None or item.kind != claim.alert_kind or item.files != claim.files:
            return refuted("there is no such alert")
        return _licensed(claim, alerts.licence(item), parts)

    def inventory(self, claim: InventoryClaim, items: list[Result], parts: _Parts, _: Any) -> Verdict:
        if any(not isinstance(i, Inventory) for i in items):
            return refuted("it rests on more than the inventory")
        return _licensed(claim, alerts.inventory(self.analysis.inventory), parts)

    def change(self, claim: ChangeClaim, items: list[Result], parts: _Parts, _: Any) -> Verdict:
        whole, item = _only(items, Changes), _only(items, Change)
        since = self.analysis.changes.run if self.analysis.changes else ""
        if claim.since != since or not since:
            return refuted("it is about another earlier report")
        if whole is not None and not claim.outcome:
            return _licensed(claim, changes.tally_licence(whole), parts)
        if item is None or (item.metric, item.subject, item.outcome) != (claim.metric, claim.subject, claim.outcome):
            return refuted("it does not rest on one change of that metric, system and verdict")
        if item.outcome in ("regression", "improvement", "changed", "unchanged"):
            if item.ratio is None or item.ratio_ci is None:
                return insufficient("the change has no interval")
            low, high = item.ratio_ci.low, item.ratio_ci.high
            if not (inside(low, high) if item.outcome == "unchanged" else beyond(low, high)):
                return refuted("the interval of the ratio gives another verdict")
            if item.outcome != "unchanged" and not claimable(item.p_adjusted):
                return insufficient("the adjusted p-value is not below the limit")
            better = metric_of(item.metric).direction
            up = "higher" if item.ratio > 1 else "lower"
            if item.outcome in ("regression", "improvement") and (better == up) != (item.outcome == "improvement"):
                return refuted("the metric's direction gives another verdict")
        return _licensed(claim, changes.licence(item), parts)

    def recommendation(
        self, claim: RecommendationClaim, items: list[Result], parts: _Parts, claims: Mapping[str, ClaimBase]
    ) -> Verdict:
        if not claim.because:
            return refuted("it follows from nothing")
        for ident in claim.because:
            premise = claims.get(ident)
            if premise is None or premise.verdict == "REFUTED":
                return refuted(f"its premise {ident} does not hold")
            if premise.verdict == "INSUFFICIENT":
                return insufficient(f"its premise {ident} is open: {premise.reason}")
        if claim.command:
            problem = commands.problem(claim.command)
            if problem:
                return refuted(f"the command is not accepted: {problem}")
        licence = commands.licence(claim.action, items)
        return _licensed(claim, licence, parts)


_RULES: dict[type[ClaimBase], Callable[..., Verdict]] = {
    MeasurementClaim: Checker.measurement,
    AvailabilityClaim: Checker.availability,
    DataQualityClaim: Checker.data_quality,
    InventoryClaim: Checker.inventory,
    ChangeClaim: Checker.change,
    RecommendationClaim: Checker.recommendation,
}


class _Parts:
    """Which fact of the sheet is which part of which item; and what else a claim's facts would license."""

    def __init__(self, by_part: Mapping[tuple[str, str], Fact]) -> None:
        self._by_part = by_part
        self.variants: tuple[str, ...] = ()

    def ids(self, licence: Licence) -> dict[str, str]:
        found = {role: self._by_part.get((item.recipe.key, field)) for role, (item, field) in licence.roles.items()}
        return {role: fact.id for role, fact in found.items() if fact is not None}


def _licensed(claim: ClaimBase, licence: Licence, parts: _Parts) -> Verdict:
    roles = parts.ids(licence)
    fronted = (frames.fronted(f) for f in licence.frames)
    clauses = [fill(frame, roles) for frame in (*licence.frames, *(f for f in fronted if f))]
    if claim.clause not in clauses:
        return refuted("the clause says something else than the data")
    # A variant that showed another fact would need other evidence.
    parts.variants = tuple(c for c in clauses if c and c != claim.clause and set(ids_in(c)) <= set(claim.facts))
    return SUPPORTED


def _only(items: list[Result], cls: type[T]) -> T | None:
    """The one item, if it is the only one and of that class."""
    return items[0] if len(items) == 1 and isinstance(items[0], cls) else None


def _same(a: object, b: object) -> bool:
    if isinstance(a, float | int) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-15)
    return a == b
