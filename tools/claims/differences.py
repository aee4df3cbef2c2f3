"""The evidence of a comparison: its two values, their n, and the interval of the ratio."""

from __future__ import annotations

from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.schema import ClaimBase, Comparison


def _values(desk: Desk, item: Comparison) -> tuple[str, str]:
    """Placeholders of the two values, the higher one first."""
    ends = ("value_b", "value_a") if item.ratio is not None and item.ratio < 1 else ("value_a", "value_b")
    return desk.fact(item, ends[0]).id, desk.fact(item, ends[1]).id


def evidence(desk: Desk, item: Comparison, claim: ClaimBase) -> Draft:
    """The two values, their n, and the interval of the ratio."""
    high, low = _values(desk, item)
    swap = item.ratio is not None and item.ratio < 1
    ratio = desk.fact(item, "1/ratio" if swap else "ratio")
    interval = f", and the interval of the ratio is {{{{{ratio.id}:interval}}}}" if ratio.interval else ""
    mean = "means" if item.method.startswith("ratio of means") else "geometric means"
    if item.outcome == "exploratory":
        interval += "; n is too small for a verdict"
    if item.paired:
        text = f"The {mean} are {{{{{high}}}}} and {{{{{low}}}}} over {{{{{high}:n}}}} matched pairs{interval}."
    else:
        text = (
            f"The {mean} are {{{{{high}}}}} (n = {{{{{high}:n}}}}) and {{{{{low}}}}} (n = {{{{{low}:n}}}}){interval}."
        )
    return Draft(text, (claim.id,))
