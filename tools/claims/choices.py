"""What a choice costs: the systems or configurations of a suite on several metrics at once, and metrics that move
together."""

from __future__ import annotations

from chimera_report.tools.claims import say
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.tables import EMPTY, ROWS, cell, table
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Column, Comparison, Pareto, ParetoPoint, Table

BODY = 1  # tables in the body; more go to the appendix
_APPENDIX = 6


def choices(desk: Desk) -> tuple[list[list[Draft] | Table], list[Table]]:
    """The most telling trade-off with its table for the body, and the tables of the others for the appendix.

    A suite where all is to be had at once is told by its ranking already, and has no table in the body; nor has one
    where noise alone keeps a system from losing.
    """
    found = [p for p in desk.analysis.paretos if len(p.axes) > 1 and len(p.points) > 1 and not p.over]
    found.sort(key=lambda p: (p.of != "subjects", -_stake(p), p.suite, p.subject))
    traded = [p for p in found if len(front(p)) > 1 and _real(desk, p)]
    body: list[list[Draft] | Table] = []
    for item in traded[:BODY]:
        first = lead(desk, item)
        body += [[first] if first is not None else [], costs(desk, item)]
    rest = [p for p in found if p not in traded[:BODY]]
    return body, [costs(desk, p) for p in rest[:_APPENDIX]]


def _stake(item: Pareto) -> float:
    """How much worse than the best a point of the front is at most: what there is to lose by a choice."""
    return max((c for p in front(item) for c in p.cost.values()), default=1.0)


def _real(desk: Desk, item: Pareto) -> bool:
    """Whether the best of the first metric is ahead on it of what is best on another, and behind there, beyond noise.

    The configurations of a subject are not compared one by one, and are taken as they are.
    """
    if item.of != "subjects":
        return True
    ahead = {(c.metric, c.a, c.b) for c in desk.analysis.comparisons if _ahead(c, item.suite)}
    ahead |= {(c.metric, c.b, c.a) for c in desk.analysis.comparisons if _ahead(c, item.suite)}
    best = {m: next(p.subject for p in item.points if p.cost.get(m) == 1.0) for m in item.axes}
    first = item.axes[0]
    rivals = [(m, best[m]) for m in item.axes[1:] if best[m] != best[first]]
    return any((first, best[first], name) in ahead and (m, best[first], name) in ahead for m, name in rivals)


def _ahead(item: Comparison, suite: str) -> bool:
    """Whether a comparison of two subjects of the suite has an interval that leaves out 1."""
    apart = item.ratio_ci is not None and (item.ratio_ci.low > 1 or item.ratio_ci.high < 1)
    return apart and item.suite == suite and item.axis == "subject" and not item.condition


def front(item: Pareto) -> list[ParetoPoint]:
    return [p for p in item.points if p.front]


def lead(desk: Desk, item: Pareto) -> Draft | None:
    """What the best of the first metric pays on the metric that it is worst at."""
    first = item.axes[0]
    place = next((i for i, p in enumerate(item.points) if p.front and p.cost.get(first) == 1.0), None)
    if place is None:
        return None
    cost = {m: c for m, c in item.points[place].cost.items() if m != first and c > 1}
    if not cost:
        return None
    other = max(cost, key=lambda m: cost[m])
    best = next((i for i, p in enumerate(item.points) if p.cost.get(other) == 1.0), None)
    if best is None:
        return None
    names = [_name(desk, item, i) for i in (place, best)]
    ratio = desk.fact(item, f"points.{place}.cost.{other}").id
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if item.subject else ""
    size = f"{{{{{ratio}:number}}}}"
    tail = (
        f"at {size} times the {metric_of(other).title} of {names[1]}"
        if metric_of(other).direction == "lower"
        else f"and {names[1]} has {size} times its {metric_of(other).title}"
    )
    text = f"For the {metric_of(first).title}{of}{where}, {names[0]} comes first by its estimate, {tail}."
    return Draft(text, (), "fixed")


def _name(desk: Desk, item: Pareto, place: int) -> str:
    field = f"~points.{place}.condition" if item.points[place].condition else f"points.{place}.subject"
    return f"{{{{{desk.fact(item, field).id}}}}}"


def costs(desk: Desk, item: Pareto) -> Table:
    """The points, those that no other beats first; the cost is how much worse each is than the best of that metric."""
    order = sorted(range(len(item.points)), key=lambda i: (not item.points[i].front, item.points[i].cost[item.axes[0]]))
    head = "System" if item.of == "subjects" else "Configuration"
    columns = [Column(title=head)]
    for metric in item.axes:
        name = metric_of(metric).title[:1].upper() + metric_of(metric).title[1:]
        unit = desk.unit(item, f"points.0.values.{metric}")
        columns.append(Column(title=f"{name} ({unit})" if unit else name, align="right"))
        columns.append(Column(title="Ratio to the best", align="right"))
    columns += [Column(title="n", align="right"), Column(title="Beaten by")]
    rows = []
    for i in order[:ROWS]:
        point = item.points[i]
        line = [_name(desk, item, i)]
        for metric in item.axes:
            line += [cell(desk, item, f"points.{i}.values.{metric}"), cell(desk, item, f"points.{i}.cost.{metric}")]
        line += [cell(desk, item, f"points.{i}.n.{item.axes[0]}")]
        line.append(cell(desk, item, f"points.{i}.beaten_by", "") if point.beaten_by else EMPTY)
        rows.append(tuple(line))
    of = f", {cell(desk, item, 'subject')}" if item.subject else ""
    suite = f" of suite {cell(desk, item, 'suite')}" if item.suite else ""
    what = "systems" if item.of == "subjects" else "configurations"
    return table(f"What a choice costs: {what}{suite}{of}", columns, rows)


def together(desk: Desk) -> Draft | None:
    """The strongest correlation that the checker supports, with its interval and n; the others stay unsaid."""
    found = [
        c
        for c in desk.analysis.correlations
        if c.outcome in ("positive", "negative") and c.ci and metric_of(c.x).core and metric_of(c.y).core and c.subject
    ]
    # Rounded, or the last bits of a sum would choose between two that are as strong.
    for item in sorted(found, key=lambda c: -round(min(abs(c.ci.low), abs(c.ci.high)), 9) if c.ci else 0.0):
        claim = say.correlation(desk, item)
        if claim is not None and claim.verdict == "SUPPORTED":
            rho = desk.fact(item, "rho")
            sure = f", interval {{{{{rho.id}:interval}}}}" if rho.interval else ""
            text = f"{{{{{claim.id}}}}} (n = {{{{{rho.id}:n}}}}{sure})."
            return Draft(text, (), "fixed")
    return None
