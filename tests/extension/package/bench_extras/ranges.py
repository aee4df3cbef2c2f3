"""A kind of statement: how far apart the best and the worst system of a suite are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, ClaimBase, Fact, Query, Ranking, Recipe, Result
from chimera_report.tools.statements import (
    NOTHING,
    SUPPORTED,
    Asked,
    Desk,
    Draft,
    Framing,
    Ground,
    Statement,
    Verdict,
    Wording,
    importance,
    only,
    ref,
    refuted,
    title,
)


class RangeItem(Result):
    """The greatest value of a metric over the least, of the systems of one suite."""

    suite: str
    metric: str
    most: str
    least: str
    ratio: float
    systems: int


class RangeClaim(ClaimBase):
    kind: Literal["range"] = "range"
    suite: str
    metric: str
    most: str
    least: str


class Range(Statement[RangeClaim, RangeItem]):
    claim = RangeClaim
    result = RangeItem
    meaning = "how far apart systems are"
    function = "bench_extras.range"
    no_advice = "which system to take is what comparisons say"
    never_open = "a range is an observation"
    asks = (
        Asked(
            example="how far apart are the systems?",
            pattern=r"\bhow far apart\b|\brange of the (?:models|systems)\b",
            words="far apart range systems models",
        ),
    )
    frames: Mapping[str, tuple[str, ...]] = {
        "range": ("the <metric> of <a> is <ratio> times that of <b>, the least of all",)
    }
    examples = (
        (
            "By decode rate in suite {{F801}}, {{F802}} and {{F803}} are a factor of {{F804:number}} apart.",
            "In suite {{F801}}, {{F802}} and {{F803}} are a factor of {{F804:number}} apart by decode rate.",
        ),
    )

    def items(self, analysis: Analysis) -> list[RangeItem]:
        return [made for r in analysis.rankings if (made := _range(r)) is not None]

    def draft(self, item: RangeItem) -> RangeClaim:
        return RangeClaim(id="", facts=(), suite=item.suite, metric=item.metric, most=item.most, least=item.least)

    def wording(self, claim: RangeClaim, items: Sequence[Result]) -> Wording:
        item = only(items, RangeItem)
        if item is None:
            return NOTHING
        return Wording(
            (
                f"by {title(item.metric)} in suite {{suite}}, {{most}} and {{least}} are a factor of "
                "{ratio:number} apart",
            ),
            {role: (item, role) for role in ("suite", "most", "least", "ratio")},
        )

    def check(self, claim: RangeClaim, items: Sequence[Result], ground: Ground) -> Verdict:
        """Decided from the ranking of the analysis, not from the item."""
        for ranking in ground.analysis.rankings:
            again = _range(ranking)
            if again is not None and (again.suite, again.metric) == (claim.suite, claim.metric):
                same = (again.most, again.least) == (claim.most, claim.least)
                return SUPPORTED if same else refuted("other systems are the farthest apart")
        return refuted("no ranking is behind it")

    def weigh(self, item: RangeItem) -> float:
        return 2.0 + importance(item.metric)

    def beside(self, desk: Desk, item: RangeItem, claim: RangeClaim) -> list[Draft]:
        return [Draft(f"{ref(desk.fact(item, 'systems').id)} systems were measured there.", (claim.id,), "fixed")]

    def asked_for(self, analysis: Analysis, query: Query) -> list[RangeItem]:
        found = [i for i in self.items(analysis) if query.metric in ("", i.metric) and query.suite in ("", i.suite)]
        return sorted(found, key=lambda i: -importance(i.metric))

    def framings(self, claim: RangeClaim, facts: Sequence[Fact]) -> Iterator[Framing]:
        ratio = tuple(f.number for f in facts if f.field == "ratio")
        yield Framing("range", {"a": (claim.most,), "b": (claim.least,), "ratio": ratio})


def _range(ranking: Ranking) -> RangeItem | None:
    values = [(e.value, e.subject) for e in ranking.entries]
    if ranking.of != "subjects" or len(values) < 2 or min(values)[0] <= 0 or metric_of(ranking.metric).weight < 0.3:
        return None
    (low, least), (high, most) = min(values), max(values)
    return RangeItem(
        recipe=Recipe(function="bench_extras.range", args={"suite": ranking.suite, "metric": ranking.metric}),
        rows=ranking.rows,
        suite=ranking.suite,
        metric=ranking.metric,
        most=most,
        least=least,
        ratio=high / low,
        systems=len(values),
    )
