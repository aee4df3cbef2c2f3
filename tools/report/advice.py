"""What an action is made of: its claim, the finding that it follows from, and its sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chimera_report.tools.claims import say
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.schema import (
    BENCH_DEFAULTS,
    BENCH_FACTORS,
    FACTOR,
    BenchRun,
    ClaimBase,
    RecommendationClaim,
    Result,
    Run,
)
from chimera_report.tools.statements import bench

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
    table = book.desk.dataset.table
    mine = table[table["subject"].isin(models) & ((table["suite"] == suite) | (suite == ""))]
    if (cold := FACTOR + "cold") in mine.columns:  # what holds for answers is not said of loads
        mine = mine[mine[cold].astype(object) != "true"]
    held: dict[str, str] = {}
    for name in sorted(BENCH_FACTORS - {*(factors or {})}):
        column = FACTOR + name
        levels = mine[column].unique().tolist() if column in mine.columns and len(mine) else []
        if len(levels) == 1 and _stated(levels[0]) and str(levels[0]) != str(BENCH_DEFAULTS.get(name)):
            held[name] = str(levels[0])
    return bench(models, factors=factors, options=held, runs=runs) or bench(models, factors=factors, runs=runs)


def _stated(level: object) -> bool:
    return isinstance(level, str) and bool(level)


def why(found: Found, text: str) -> Line:
    """The line that says which finding an action follows from."""
    claims = tuple(c.id for c in found.claims[:1])
    about = About("advice", metric=found.scope.get("metric", ""), verdict="advice", rests_on=found.kind)
    return Line(text.replace("{n}", str(found.number)), about, claims=claims)


def more(text: str, found: Found | None = None) -> Line:
    metric = found.scope.get("metric", "") if found else ""
    return Line(text, About("advice", metric=metric, verdict="advice"), "elaboration")
