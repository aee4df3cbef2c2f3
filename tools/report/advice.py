"""What an action is made of: its claim, the finding that it follows from, and its sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chimera_report.tools.claims import say
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.schema import (
    BenchRun,
    ClaimBase,
    RecommendationClaim,
    Result,
    Run,
)
from chimera_report.tools.statements import as_measured, bench

RUNS = 10  # replicates of an ordinary comparison (docs/statistics.md)


@dataclass(slots=True)
class Action:
    claim: RecommendationClaim
    lines: list[Line]
    weight: float
    kind: str = ""
    key: str = field(default="")  # actions of one key are one


def claim_of(
    book: Book,
    name: str,
    item: Result,
    found: Found | None,
    because: list[ClaimBase | None],
    run: Run | None,
    weight: float,
) -> RecommendationClaim | None:
    premises = supported(because) or (found.claims[:1] if found is not None else [])
    if not premises:
        return None
    suite = str(getattr(item, "suite", ""))
    claim = say.recommendation(
        book.desk,
        name,
        item,
        premises,
        scope=f"suite {suite}" if suite else "this folder",
        run=run,
        weight=weight,
    )
    return claim if claim is not None and claim.verdict == "SUPPORTED" else None


def again(
    book: Book,
    models: Sequence[str],
    suite: str,
    *,
    factors: Mapping[str, Sequence[str]] | None = None,
    runs: int = RUNS,
) -> BenchRun | None:
    """The run that measures these models as the suite did: each option that all of its records state alike is held."""
    made = bench(models, factors=factors, runs=runs)
    return as_measured(made, book.desk.dataset, suite)


def why(found: Found, text: str) -> Line:
    """The line that says which finding an action follows from."""
    claims = tuple(c.id for c in found.claims[:1])
    about = About("advice", metric=found.scope.get("metric", ""), verdict="advice", rests_on=found.kind)
    return Line(text.replace("{n}", str(found.number)), about, claims=claims)


def more(text: str, found: Found | None = None) -> Line:
    metric = found.scope.get("metric", "") if found else ""
    return Line(text, About("advice", metric=metric, verdict="advice"), "elaboration")
