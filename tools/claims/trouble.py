"""Themes about trouble in the data: failed records, contradicted documents, repeats that are left out."""

from __future__ import annotations

from chimera_report.tools.claims import say
from chimera_report.tools.claims.alerts import AlertGroup
from chimera_report.tools.claims.alerts import groups as alert_groups
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.text import Draft, listed
from chimera_report.tools.claims.theme import METRIC_WEIGHT, Theme
from chimera_report.tools.schema import Alert, ClaimBase

# Kinds of alert that are findings, with their weight; the others are limitations.
_KINDS = {
    "contradiction": 4.9,
    "errors": 4.1,
    "implausible": 3.0,
    "throttling": 2.9,
    "change_point": 2.4,
    "trend": 2.2,
    "high_cv": 2.1,
}
# Two findings on one file say two things of it: a sentence that stood for both would leave one without evidence.
_NOUNS = {
    "contradiction": "contradiction",
    "errors": "failure",
    "implausible": "oddity",
    "throttling": "slow clock",
    "change_point": "change",
    "trend": "trend",
    "high_cv": "spread",
}
# What is left out of every statistic: one finding together.
_REPEATS = ("duplicate_measurements", "duplicate_files", "derived_aggregate")
_REPEATS_WEIGHT = 3.9


def alerts(desk: Desk) -> list[Theme]:
    """Trouble in the data: a kind of alert as a whole, then its weightiest cases."""
    groups = alert_groups(desk.analysis)
    found = []
    moving = {(a.suite, a.subject, a.metric) for a in desk.analysis.alerts if a.kind in ("change_point", "trend")}
    for kind, weight in _KINDS.items():
        if kind not in groups:
            continue
        items = sorted((a for a in desk.analysis.alerts if a.kind == kind), key=_extent, reverse=True)
        if kind in ("high_cv", "trend", "change_point"):  # a setting that matters spreads the values of all its levels
            moved = {(e.suite, e.subject) for e in desk.analysis.effects if e.outcome == "effect"}
            items = [i for i in items if (i.suite, i.subject) not in moved]
            items.sort(key=lambda i: METRIC_WEIGHT.get(i.metric, 0.3), reverse=True)
        if kind == "high_cv":  # a series that moves is told by its course
            items = [i for i in items if (i.suite, i.subject, i.metric) not in moving]
        if kind == "contradiction":
            items = [i for i in items if _names_its_subject(desk, i)]
        cases = [(i, c) for i in _different(items)[:2] if (c := say.alert(desk, i, 0, weight)) is not None]
        whole = say.group(desk, groups[kind], 0, weight) if len(items) == len(groups[kind].alerts) > 1 else None
        if whole is None and not cases:
            continue
        head = whole or cases[0][1]
        other = say.group(desk, groups[kind], 1, weight) if whole else say.alert(desk, items[0], 1, weight)
        sentences = [] if whole else [*_files(desk, items[0], head), *_rate(desk, items[0], head)]
        sentences += [_case(desk, i, c) for i, c in cases if c.id != head.id]
        claims = list(dict.fromkeys(c.id for c in (head, other, *(c for _, c in cases)) if c is not None))
        found.append(
            Theme(
                kind,
                weight,
                f"{{{{{head.id}}}}}",
                sentences,
                [desk.claims[c] for c in claims],
                [items[0]],
                Draft(f"{{{{{other.id}}}}}.") if other is not None and other.id != head.id else None,
            )
        )
    return found + _repeats(desk, groups)


def _case(desk: Desk, item: Alert, claim: ClaimBase) -> Draft:
    """One case; failures with the interval of their rate, which few records leave wide."""
    if item.kind != "errors":
        return Draft(f"{{{{{claim.id}}}}}.")
    return Draft(f"{{{{{claim.id}}}}}; the interval of the rate is {_ends(desk, item)}.")


def _rate(desk: Desk, item: Alert, claim: ClaimBase) -> list[Draft]:
    if item.kind != "errors":
        return []
    return [Draft(f"The interval of the rate of failure is {_ends(desk, item)}.", (claim.id,), "fixed")]


def _ends(desk: Desk, item: Alert) -> str:
    return " to ".join(f"{{{{{desk.fact(item, f'values.rate_{end}').id}}}}}" for end in ("low", "high"))


def _names_its_subject(desk: Desk, item: Alert) -> bool:
    """Whether the document names the system beside each number. A heading of the whole document is too weak a ground to
    say that it is contradicted: the table under it can be about another system."""
    table = desk.dataset.table
    records = [r for row in item.rows if row.source == item.files[0] for r in row.records]
    rows = table[
        (table["source"].astype("object") == item.files[0]) & (table["metric"].astype("object") == item.metric)
    ]
    origin = rows.loc[rows["record"].isin(records), "subject_from"].astype("object")
    return len(origin) > 0 and bool((origin == "column").all())


def _repeats(desk: Desk, groups: dict[str, AlertGroup]) -> list[Theme]:
    elsewhere = {a.kind for a in desk.analysis.alerts if a.kind != "derived_aggregate" or len(a.files) > 1}
    said = [
        (groups[k], c)
        for k in _REPEATS
        if k in groups and k in elsewhere and (c := say.group(desk, groups[k], 0)) is not None
    ]
    if not said:
        return []
    first, head = said[0]
    sentences = [Draft(f"{{{{{c.id}}}}}.") for _, c in said[1:]]
    example = next(a for a in desk.analysis.alerts if a.kind == first.kind)
    case = say.alert(desk, example, 0)
    claims = [c for _, c in said]
    if case is not None:
        claims.append(case)
        sentences.append(Draft(f"{{{{{case.id}}}}}."))
    return [Theme("repeats", _REPEATS_WEIGHT, f"{{{{{head.id}}}}}", sentences, claims, [first])]


def _extent(item: Alert) -> float:
    """How much an alert is about: its failed or contradicted records, else its records, else its files."""
    everything = 1e6 if item.severity == "error" and len(item.subject) else 0.0
    for name in ("failed", "contradicted", "records"):
        value = item.values.get(name)
        if isinstance(value, int) and value:
            return everything + float(value)
    return everything + float(len(item.files))


def _different(items: list[Alert]) -> list[Alert]:
    """The alerts with one of each suite first."""
    first = {i.suite: i for i in reversed(items)}
    return [i for i in items if first[i.suite] is i] + [i for i in items if first[i.suite] is not i]


def _files(desk: Desk, item: Alert, claim: ClaimBase) -> list[Draft]:
    """The files that it is about."""
    names = [desk.fact(item, f"files.{i}").id for i in range(min(2, len(item.files)))]
    if not names:
        return []
    shown = listed([f"{{{{{n}}}}}" for n in names])
    noun = _NOUNS.get(item.kind, "case")
    if len(item.files) > 2:
        total = desk.fact(item, "#files").id
        return [Draft(f"The {noun} was found in {{{{{total}}}}} files, among them {shown}.", (claim.id,))]
    return [Draft(f"The {noun} was found in {shown}.", (claim.id,))]
