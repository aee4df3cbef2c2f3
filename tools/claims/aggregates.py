"""Many statements of one kind as one: the least and the greatest of the same part of several items, how many there
are, and whether all agree on the direction. Each is computed from its members again, never from the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chimera_report.tools.claims import fields
from chimera_report.tools.schema import Alert, Comparison, Json, Recipe, Result, Rows
from chimera_report.tools.statements import licensed

SPAN = "claims.span"
Member = tuple[Result, str]  # an item, and the field of it that counts


class Span(Result):
    """The least and the greatest of some parts of items of one kind, and where each stands."""

    metric: str = ""  # where all members have the same
    suite: str = ""  # likewise
    unit: str = ""  # canonical, of `low` and `high`
    count: int
    low: float
    high: float
    low_of: str  # what the least is of: subject, level or condition
    high_of: str
    names: tuple[str, ...]  # of the members, each once
    suites: tuple[str, ...]
    n_low: int | None = None  # fewest observations behind a member
    n_high: int | None = None
    agree: bool = False  # all above 1, or all below


def span(members: Sequence[Member], unit: Callable[[Result, str], str]) -> Span:
    """The span of the members; `unit` names the canonical unit of a part. Raises ValueError for a part that is no
    number."""
    values: list[float] = []
    counts: list[int] = []
    for item, field in members:
        part = fields.read(item, field)
        if not isinstance(part.value, int | float):
            raise ValueError(f"{field} of {item.recipe.key} is not a number")
        values.append(float(part.value))
        counts += [c for c in (part.n, *(getattr(item, f, None) for f in ("n_a", "n_b"))) if isinstance(c, int)]
    names = [name_of(item) for item, _ in members]
    low, high = values.index(min(values)), values.index(max(values))
    metrics = {str(getattr(item, "metric", "")) for item, _ in members}
    suites = tuple(dict.fromkeys(str(getattr(item, "suite", "")) for item, _ in members))
    places: dict[str, tuple[set[int], set[str]]] = {}
    for item, _ in members:
        for row in item.rows:
            records, columns = places.setdefault(row.source, (set(), set()))
            records.update(row.records)
            columns.update(row.columns)
    of: list[Json] = [[i.recipe.function, i.recipe.args, field] for i, field in members]
    return Span(
        recipe=Recipe(function=SPAN, args={"of": of}),
        rows=tuple(
            Rows(source=path, records=tuple(sorted(records)), columns=tuple(sorted(columns)))
            for path, (records, columns) in sorted(places.items())
        ),
        over=tuple(dict.fromkeys(o for i, f in members if not licensed(i, f) for o in i.over)),
        metric=metrics.pop() if len(metrics) == 1 else "",
        suite=suites[0] if len(suites) == 1 else "",
        unit=unit(*members[0]),
        count=len(members),
        low=values[low],
        high=values[high],
        low_of=names[low],
        high_of=names[high],
        names=tuple(dict.fromkeys(names)),
        suites=suites,
        n_low=min(counts, default=None),
        n_high=max(counts, default=None),
        agree=all(v > 1 for v in values) or all(v < 1 for v in values),
    )


def name_of(item: Result) -> str:
    """What a member is of, for a person."""
    if isinstance(item, Comparison):
        return item.subject or f"{item.a} and {item.b}"
    if isinstance(item, Alert):
        return item.subject or item.suite
    subject = str(getattr(item, "subject", ""))
    condition: dict[str, str] = getattr(item, "condition", {})
    return subject or ", ".join(f"{k} {v}" for k, v in condition.items()) or str(getattr(item, "suite", ""))
