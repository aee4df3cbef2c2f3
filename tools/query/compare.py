"""Answers about differences: one system, or one level of a setting, against another."""

from __future__ import annotations

from chimera_report.tools.claims import differences, frames, limitations, say, tables
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import values
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import BENCH_FACTORS, BenchRun, Column, Comparison, Table
from chimera_report.tools.statements import bench, runnable

MOST = 3
SETTLED = {"higher": 0, "lower": 0, "equivalent": 1, "inconclusive": 2, "exploratory": 3, "insufficient": 4}


def compare(page: Page) -> None:
    """The verdict on two systems, or two levels of a setting, in each suite that has both."""
    found = comparisons(page, page.query.metric)
    if not found:
        apart(page)
        return
    if len(page.query.subjects) > 2 and not page.query.factor:
        found = found[:6]
    settled = [c for c in found if c.outcome in ("higher", "lower", "equivalent")]
    for item in (settled or found)[:MOST]:
        verdict(page, item)
    if len(found) > len((settled or found)[:MOST]):
        page.tables.append(ratio_table(page, found[:12]))
    page.lead = _yes_or_no(page, found)


def comparisons(page: Page, metric: str) -> list[Comparison]:
    """Those of the query's systems or levels, settled ones first, then those of most observations."""
    query = page.query
    names = set(query.levels) if query.factor else set(query.subjects)
    found = [
        c
        for c in page.world.analysis.comparisons
        if c.metric == metric
        and {c.a, c.b} <= names
        and (
            c.axis == query.factor and (not query.subjects or c.subject in query.subjects)
            if query.factor
            else c.axis == "subject"
        )
        and (not query.suite or c.suite == query.suite)
        and all(c.condition.get(f, v) == v for f, v in query.condition.items())
    ]
    return sorted(
        found,
        key=lambda c: (SETTLED[c.outcome] > 1, -min(c.n_a, c.n_b), SETTLED[c.outcome], c.suite, str(c.condition)),
    )


def verdict(page: Page, item: Comparison) -> None:
    desk = page.desk
    if item.outcome in ("higher", "lower", "equivalent"):
        claim = say.comparison(desk, item)
        if page.claim(claim) and claim is not None:
            page.drafts.append(differences.evidence(desk, item, claim))
        return
    if item.ratio is None:
        page.say(
            f"The {frames.title(item.metric, warm=item.warm)} of {page.fact(item, 'a')} and that of {page.fact(item, 'b')} "  # noqa: E501
            f"have no common condition{_where(page, item)}, so no ratio between them is told."
        )
        page.insufficient(item.reason)
        return
    page.drafts.append(limitations.open_comparison(desk, item))
    observed = say.comparison(desk, item)
    if observed is not None and observed.verdict == "SUPPORTED":
        page.drafts.append(differences.evidence(desk, item, observed))
    if len(page.drafts) <= 2:
        page.verdict = "INSUFFICIENT"
    if item.reason:
        page.cannot.append(f"whether they differ: {item.reason}")
    page.run = page.run or _settle(item)


def _where(page: Page, item: Comparison) -> str:
    return f" in suite {page.fact(item, 'suite')}" if item.suite else ""


def _settle(item: Comparison) -> BenchRun | None:
    """The run that would give a verdict, where this program can make it."""
    models = [item.a, item.b] if item.axis == "subject" else [item.subject]
    levels = {} if item.axis == "subject" else {item.axis: [item.a, item.b]}
    if not all(runnable(m) for m in models) or set(levels) - BENCH_FACTORS:
        return None
    return bench(models, factors=dict(levels), runs=max(item.needed_n or 0, 10))


def _yes_or_no(page: Page, found: list[Comparison]) -> str:
    """What the verdicts say to what the question takes for granted; "" where it takes nothing, or they differ."""
    query = page.query
    if not query.presumes or (query.factor and len(query.levels) != 2):
        return ""
    first = (query.levels if query.factor else query.subjects)[0]
    told = {holds(c, first, query.presumes) for c in found if c.outcome in ("higher", "lower", "equivalent")}
    if not told:
        return "Open" if query.yes_no else ""
    if len(told) > 1:
        page.cannot.append("the suites do not agree, so there is no single yes or no")
        return ""
    if not query.yes_no:
        return "" if told == {True} else "It is not so"
    return "Yes" if told == {True} else "No"


def holds(item: Comparison, first: str, presumes: str) -> bool:
    if item.outcome == "equivalent":
        return False
    higher = (item.outcome == "higher") == (item.a == first)
    polarity = metric_of(item.metric).direction
    better = higher == (polarity == "higher") if polarity != "none" else higher
    return {"higher": higher, "lower": not higher, "better": better, "worse": not better, "changes": True}[presumes]


def ratio_table(page: Page, found: list[Comparison]) -> Table:
    columns = [
        Column(title="Suite"),
        Column(title="Condition"),
        Column(title="A"),
        Column(title="B"),
        Column(title="Ratio", align="right"),
        Column(title="95 % interval", align="right"),
        Column(title="n of A", align="right"),
        Column(title="n of B", align="right"),
        Column(title="Verdict"),
    ]
    rows = []
    for c in found:
        cell = tables.cell
        rows.append(
            (
                cell(page.desk, c, "suite", "") if c.suite else tables.EMPTY,
                cell(page.desk, c, "~condition", "") if c.condition else tables.EMPTY,
                cell(page.desk, c, "a", ""),
                cell(page.desk, c, "b", ""),
                cell(page.desk, c, "ratio"),
                cell(page.desk, c, "ratio", "interval"),
                cell(page.desk, c, "n_a", ""),
                cell(page.desk, c, "n_b", ""),
                cell(page.desk, c, "outcome", ""),
            )
        )
    return tables.table(f"A over B, {metric_of(page.query.metric).title}", columns, rows)


def apart(page: Page) -> None:
    """No suite measured both: what each is by itself, and the run that compares them."""
    query = page.query
    title = metric_of(query.metric).title
    page.insufficient(
        f"no suite measured both under the same conditions, so nothing tells which has the better {title}"
    )
    whole = page.query
    for subject in query.subjects[:3]:
        page.query = whole.model_copy(update={"subjects": (subject,)})
        items = [s for s in values.chosen(page) if values.field_of(s, "")]
        if items:
            values.sentence(page, items[0])
    page.query = whole
    if len(query.subjects) == 2 and all(runnable(s) for s in query.subjects):
        page.run = bench(list(query.subjects), runs=10)
