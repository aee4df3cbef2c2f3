"""The checker of claims: whether the analysis supports a claim, refutes it, or is not enough.

It trusts nothing that built the claim: it looks the items up by the recipes of the facts, asks the claim's kind of
statement whether they support it (tools/statements), and accepts the clause only if the items license its words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from chimera_report.tools import statements
from chimera_report.tools.claims import fields
from chimera_report.tools.claims.wording import fill, ids_in
from chimera_report.tools.schema import Analysis, Claim, ClaimBase, Fact, FactSheet, Result
from chimera_report.tools.statements import SUPPORTED, Ground, Verdict, Wording, groups, refuted

_PLACE = re.compile(
    r"(?P<rest>(?!in |by |over |the leading ).+?)(?P<place> in suite \{suite\}(?: with \{condition\})?)"
)


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
        self.items: dict[str, Result] = statements.items_of(analysis)
        others = (*analysis.paretos, *groups(analysis).values(), *([analysis.changes] if analysis.changes else []))
        self.items |= {item.recipe.key: item for item in others}

    def check(
        self,
        claim: Claim,
        facts: Mapping[str, Fact],
        claims: Mapping[str, ClaimBase],
        by_part: Mapping[tuple[str, str], Fact],
    ) -> Claim:
        """The claim with its verdict; `by_part` maps a recipe's key and a field to the fact that is that part."""
        verdict, reason = self._standing(claim, facts)
        variants: tuple[str, ...] = ()
        if verdict == "SUPPORTED":
            kind = statements.registry()[claim.kind]
            ground = Ground(self.analysis, claims)
            shown = [self.items[key] for key in dict.fromkeys(facts[f].recipe.key for f in claim.facts)]
            items = kind.judged_by(claim, shown, ground)
            verdict, reason = kind.check(claim, items, ground)
            if verdict == "SUPPORTED":
                clauses = _clauses(kind.wording(claim, items), by_part)
                if claim.clause not in clauses:
                    verdict, reason = refuted("the clause says something else than the data")
                # A variant that showed another fact would need other evidence.
                others = (c for c in clauses if c and c != claim.clause)
                variants = tuple(c for c in others if set(ids_in(c)) <= set(claim.facts))
        if verdict != "SUPPORTED":
            variants = ()
        return claim.model_copy(update={"verdict": verdict, "reason": reason, "variants": variants})

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


def _clauses(wording: Wording, by_part: Mapping[tuple[str, str], Fact]) -> list[str | None]:
    """The frames of a wording with the ids of the sheet's facts in their roles; None for one that lacks a fact."""
    found = {role: by_part.get((item.recipe.key, field)) for role, (item, field) in wording.roles.items()}
    roles = {role: fact.id for role, fact in found.items() if fact is not None}
    turned = (_fronted(frame) for frame in wording.frames)
    return [fill(frame, roles) for frame in (*wording.frames, *(f for f in turned if f))]


def _fronted(frame: str) -> str | None:
    """The same statement with its place first: "in suite {suite}, {a} leads"; None where the place is not its end."""
    found = _PLACE.fullmatch(frame)
    return f"{found['place'].strip()}, {found['rest']}" if found else None


def _same(a: object, b: object) -> bool:
    if isinstance(a, float | int) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-15)
    return a == b
