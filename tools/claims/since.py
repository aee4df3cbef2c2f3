"""The section on what changed since an earlier report: a lead, the regressions first, a table, and the rest."""

from __future__ import annotations

import math
import re

from chimera_report.tools.claims import frames, say
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.tables import APPENDIX_ROWS, EMPTY, ROWS, cell, table
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.metrics import METRIC_WEIGHT
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Change, Changes, Column, Table
from chimera_report.tools.statements import OUTCOMES
from chimera_report.tools.thresholds import LOG_MARGIN

# How many of each verdict are told one by one; the same measurements in both are only counted.
_TOLD = {"regression": 5, "improvement": 3, "changed": 1, "unchanged": 1, "open": 2, "appeared": 2, "disappeared": 2}
_VERDICT = {
    "regression": "regression",
    "improvement": "improvement",
    "changed": "moved",
    "open": "open",
    "unchanged": "same",
}


def heading(changes: Changes) -> str:
    """The section's title. An underscore at a word's edge would be emphasis in Markdown, and is left out."""
    run = re.sub(r"[^A-Za-z0-9._-]+", "-", changes.run)
    return "What Changed Since " + re.sub(r"(?<![A-Za-z0-9])_+|_+(?![A-Za-z0-9])", "", run)


def parts(desk: Desk, changes: Changes) -> tuple[list[Draft], list[list[Draft]], list[Table], list[Table]]:
    """Lead, bullets, tables of the body, tables of the appendix."""
    lead = [d for d in [tally(desk, 0)] if d is not None]
    items = [d for outcome in OUTCOMES if outcome in _TOLD for d in _told(desk, changes, outcome)]
    matched = [c for c in _ordered(changes) if c.outcome in _VERDICT and c.ratio is not None]
    body, rest = [], []
    if matched:
        body.append(_table(desk, matched[:ROWS], "Now against the earlier report, regressions first"))
    if len(matched) > ROWS:
        rest.append(_table(desk, matched[ROWS : ROWS + APPENDIX_ROWS], "More of now against the earlier report"))
    return lead, items, body, rest


def tally(desk: Desk, variant: int) -> Draft | None:
    """How many changes of each kind there are, in one sentence."""
    claim = say.tally(desk, desk.analysis.changes, variant) if desk.analysis.changes else None
    return Draft(f"{{{{{claim.id}}}}}.", (), "fixed") if claim is not None else None


def worst(desk: Desk) -> Draft | None:
    """The regression that matters most."""
    changes = desk.analysis.changes
    found = [c for c in _ordered(changes) if c.outcome == "regression"] if changes else []
    claim = say.change(desk, found[0]) if found else None
    if claim is None:
        return None
    before, after = (desk.fact(found[0], f).id for f in ("before", "after"))
    return Draft(f"{{{{{claim.id}}}}} (from {{{{{before}}}}} to {{{{{after}}}}}).", (), "fixed")


def _ordered(changes: Changes) -> list[Change]:
    """By verdict, then by how large the change is and how much the metric matters."""

    def key(item: Change) -> tuple[bool, int, float]:
        size = abs(math.log(item.ratio)) if item.ratio and item.ratio > 0 else 0.0
        bare = item.outcome == "open" and item.ratio_ci is None  # single observations tell nothing
        return bare, OUTCOMES.index(item.outcome), -size * METRIC_WEIGHT.get(item.metric, 0.3)

    return sorted(changes.items, key=key)


def _told(desk: Desk, changes: Changes, outcome: str) -> list[list[Draft]]:
    """The weightiest changes of one verdict, one item each; and how many there are beyond those."""
    items = [c for c in _ordered(changes) if c.outcome == outcome]
    if outcome in ("appeared", "disappeared"):  # one a system and suite: its other metrics come and go with it
        items = list({(c.suite, c.subject): c for c in reversed(items) if metric_of(c.metric).core}.values())[::-1]
    if outcome == "open":  # one whose estimate stands still is no news
        items = [c for c in items if c.ratio and abs(math.log(c.ratio)) > LOG_MARGIN]
    found = []
    for item in items[: _TOLD[outcome]]:
        claim = say.change(desk, item)
        if claim is not None and claim.verdict == "SUPPORTED":
            found.append([Draft(f"{{{{{claim.id}}}}}{_evidence(desk, item)}.", (), "fixed")])
    return found


def _evidence(desk: Desk, item: Change) -> str:
    """From what to what, over how many observations, with the interval of the ratio."""
    if item.outcome in ("appeared", "disappeared"):
        return ""
    before, after, ratio = (desk.fact(item, f) for f in ("before", "after", "ratio"))
    if item.outcome == "unchanged":  # the bound is the interval's end
        return f" (n = {{{{{before.id}:n}}}} and {{{{{after.id}:n}}}})" if before.n and after.n else ""
    ends = [f"{{{{{f.id}}}}}" + (f" (n = {{{{{f.id}:n}}}})" if f.n is not None else "") for f in (before, after)]
    text = f", from {ends[0]} to {ends[1]}"
    return text + (f"; the interval of the ratio is {{{{{ratio.id}:interval}}}}" if ratio.interval else "")


def _table(desk: Desk, items: list[Change], title: str) -> Table:
    columns = (
        Column(title="System"),
        Column(title="Suite"),
        Column(title="Condition"),
        Column(title="Metric"),
        Column(title="Before and now", align="right"),
        Column(title="n"),
        Column(title="Ratio", align="right"),
        Column(title="Interval", align="right"),
        Column(title="Verdict"),
    )
    rows = [
        (
            cell(desk, c, "subject") if c.subject else EMPTY,
            cell(desk, c, "suite") if c.suite else EMPTY,
            cell(desk, c, "~condition") if c.condition else EMPTY,
            frames.title(c.metric, warm=c.warm),
            f"{cell(desk, c, 'before', '')} to {cell(desk, c, 'after', '')}",
            f"{cell(desk, c, 'n_before')} and {cell(desk, c, 'n_after')}",
            cell(desk, c, "ratio"),
            cell(desk, c, "ratio", "interval"),
            _VERDICT[c.outcome],
        )
        for c in items
    ]
    return table(title, columns, rows)
