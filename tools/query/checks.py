"""Answers about what is wrong with the data: failed records, files not read, copies, what the checks object to."""

from __future__ import annotations

from chimera_report.tools.claims import alert_groups, say, tables
from chimera_report.tools.query import values
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import Alert, Column
from chimera_report.tools.statements import alert_kinds

# What is asked about → the kinds of alerts that it is.
_KINDS: dict[str, tuple[str, ...]] = {
    "errors": ("errors",),
    "duplicates": ("duplicate_files", "duplicate_measurements"),
    "cold starts": ("cold_start",),
    "outliers": ("outliers",),
    "aliases": ("aliased_factor",),
    "contradictions": ("contradiction",),
}


def unread(page: Page) -> None:
    """Files that were read in part or left out, and why."""
    inventory = page.world.analysis.inventory
    whole = page.fact(inventory, "by_status.parsed")
    page.say(f"Of {page.fact(inventory, 'files')} files, {whole} were read whole.")
    for status in ("partial", "skipped"):
        if inventory.by_status.get(status):
            words_of = "read in part" if status == "partial" else "left out"
            was = "was" if inventory.by_status[status] == 1 else "were"
            page.say(f"{page.fact(inventory, f'by_status.{status}')} {was} {words_of}.")
            made = tables.files_of(page.desk, status)
            if made is not None:
                page.tables.append(made)
    page.cannot.append("this counts files that could not be read; ask how many records failed for failed runs")


def errors(page: Page) -> None:
    """How many records failed, of which suites."""
    query, inventory = page.query, page.world.analysis.inventory
    if query.subjects:
        found = page.world.alerts(("errors",), subject=query.subjects[0], suite=query.suite)
        found = [a for a in found if a.subject == query.subjects[0]]
        values.alerts(page, found)
        if query.yes_no:
            page.lead = "Yes" if found else "No"
        if not found:
            page.say(
                f"No failed record of {query.subjects[0]} is in the data{f' of suite {query.suite}' if query.suite else ''}."  # noqa: E501
            )
        return
    suites = [i for i, s in enumerate(inventory.suites) if s.errors and (not query.suite or s.name == query.suite)]
    if query.yes_no:
        page.lead = "Yes" if suites else "No"
    if not suites:
        page.say("No record of the data failed." if not query.suite else f"No record of suite {query.suite} failed.")
        return
    if query.suite:
        place = suites[0]
        page.say(
            f"In suite {page.fact(inventory, f'suites.{place}.name')}, {page.fact(inventory, f'suites.{place}.errors')} of {page.fact(inventory, f'suites.{place}.records')} records failed."  # noqa: E501
        )
    else:
        groups = alert_groups(page.world.analysis)
        claim = say.group(page.desk, groups["errors"], 1) if "errors" in groups else None
        if not page.claim(claim):
            total = sum(inventory.suites[i].errors for i in suites)
            page.say(f"{total} records failed.")
    rows = [
        (
            tables.cell(page.desk, inventory, f"suites.{i}.name", ""),
            tables.cell(page.desk, inventory, f"suites.{i}.errors", ""),
            tables.cell(page.desk, inventory, f"suites.{i}.records", ""),
        )
        for i in suites
    ]
    page.tables.append(
        tables.table(
            "Failed records",
            [Column(title="Suite"), Column(title="Failed", align="right"), Column(title="Records", align="right")],
            rows,
        )
    )


def quality(page: Page) -> None:
    """What is wrong with the data, the weightiest first."""
    query, world = page.query, page.world
    kinds = _KINDS.get(query.thing, ())
    subject = query.subjects[0] if query.subjects else ""
    if subject or query.suite or query.metric:
        found = world.alerts(kinds, subject=subject, suite=query.suite, metric=query.metric)
        found = [
            a for a in found if (not subject or a.subject == subject) and (not query.suite or a.suite == query.suite)
        ]
        values.alerts(page, found)
        if query.thing and query.yes_no:
            page.lead = "Yes" if page.drafts else "No"
        if not page.drafts:
            page.say("The checks of the data object to nothing here.")
        return
    groups = alert_groups(world.analysis)
    order = [
        "contradiction",
        "errors",
        "cold_start",
        "aliased_factor",
        "duplicate_files",
        "duplicate_measurements",
        "implausible",
        "unreadable",
    ]
    known = alert_kinds()

    def place(kind: str) -> tuple[int, float]:
        return order.index(kind) if kind in order else len(order), -known[kind].doubt if kind in known else 0.0

    shown = [k for k in sorted(groups, key=place) if not kinds or k in kinds]
    for kind in shown[:8]:
        if not page.claim(say.group(page.desk, groups[kind])):  # what a folder has once is told as it is
            page.claim(say.alert(page.desk, next(a for a in world.analysis.alerts if a.kind == kind)))
    if not page.drafts:
        single = [a for a in world.analysis.alerts if not kinds or a.kind in kinds]
        values.alerts(page, single)
    elif kinds and "cold_start" not in kinds:
        single = [a for a in world.analysis.alerts if a.kind in kinds]
        for alert in single[: query.limit] if "duplicate_files" not in kinds else ():
            page.claim(say.alert(page.desk, alert))
        _copies(page, single)
    if query.thing and query.yes_no:
        page.lead = "Yes" if page.drafts else "No"
    if not page.drafts:
        page.say("The checks of the data object to nothing." if not kinds else f"The checks found no {query.thing}.")
    advice = dict.fromkeys(a.advice for a in world.analysis.alerts if a.advice and a.kind in shown[:2])
    page.cannot = [f"what to do: {text}" for text in list(advice)[:2]]


def _copies(page: Page, found: list[Alert]) -> None:
    """The files that are copies of others."""
    rows = [(copy, a.files[0]) for a in found if a.kind == "duplicate_files" for copy in a.files[1:]]
    if rows:
        columns = [Column(title="File"), Column(title="Is a copy of")]
        page.tables.append(tables.table("Copies", columns, rows[: page.query.limit * 4]))
