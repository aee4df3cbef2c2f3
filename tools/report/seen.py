"""What was measured where there are few values, each under a condition of its own, and nothing that compares them."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.claims import METRIC_WEIGHT, counted, listed, noun, say, statistic, tables
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.report import ceiling
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.unlike import of_the_wait
from chimera_report.tools.schema import SuiteInfo, Summary

_OWN_RATES = ("output_throughput", "tpot", "itl")  # beside a rate of the whole request, what is of generation alone
_LISTED = 4  # conditions that are told one by one
_SUITES = 4  # told side by side
_FAR = 1.1  # records that lie further apart may be of several things, and no mean is their value
_BESIDE = ("ttft", "ttft_incl_load", "e2e_latency", "decode_rate", "output_throughput", "prefill_rate", "itl")


def readings(book: Book, told: Iterable[Found]) -> list[Found]:
    """The values of each suite that has few, by the metric that tells most, each with its condition; nothing beside
    other findings."""
    if [*told]:
        return []
    found: dict[str, list[tuple[SuiteInfo, Summary]]] = {}
    several: list[Found] = []
    for suite in book.analysis.inventory.suites:
        metric = tables.primary(book.desk, suite.name)
        if of_the_wait(book, suite.name, metric):
            metric = next((m for m in _OWN_RATES if m in suite.metrics), metric)
        rows = tables.rows_of(book.desk, suite.name, metric) if metric in PRIMARY or metric in METRIC_WEIGHT else []
        if len(rows) == 1 and not rows[0].over and not _wide(rows[0]):
            found.setdefault(metric, []).append((suite, rows[0]))
        elif 1 <= len(rows) <= _LISTED and not any(
            r.level != "sample" or not r.min or r.over or _wide(r) for r in rows
        ):
            several.append(_listed(book, suite, metric, rows))
    alone = [
        _reading(book, items[0][0], metric, items[0][1]) if len(items) == 1 else _side_by_side(book, metric, items)
        for metric, items in found.items()
    ]
    return [*alone, *several]


def _side_by_side(book: Book, metric: str, items: list[tuple[SuiteInfo, Summary]]) -> Found:
    """The values of several suites, which nothing compares."""
    shown = items[:_SUITES]
    claims = supported([say.measurement(book.desk, row, tables.typical_field(row)) for _, row in shown])
    parts = [f"{book.about(row, tables.typical_field(row))}{book.subject(row)}{book.suite(row)}" for _, row in shown]
    name = noun(shown[0][1], warm=shown[0][1].warm)
    title = f"The {name} is {listed(parts)}"
    single = all(row.n == 1 and row.level == "sample" for _, row in shown)
    what = "single readings" if single else "values of one condition each"
    about = About("measurement", metric=metric, verdict="higher")
    text = f"These are {what}, of different suites, and none is compared with another."
    return Found(
        kind="reading",
        weight=3.0,
        title=title,
        lines=[Line(text, about, "", tuple(c.id for c in claims))],
        verdict=title,
        scope={"metric": metric},
        items=[],
        claims=claims,
    )


def _listed(book: Book, suite: SuiteInfo, metric: str, rows: list[Summary]) -> Found:
    """Each value with its condition."""
    several = len({r.subject for r in rows}) > 1
    parts = []
    for row in rows:
        field = tables.typical_field(row)
        shown = book.about(row, field)
        of = f" for {book.f(row, 'subject')}" if several and row.subject else ""
        parts.append(f"{shown}{of}" + (f" with {book.f(row, '&condition')}" if row.condition else ""))
    claims = supported([say.measurement(book.desk, r, tables.typical_field(r)) for r in rows])
    first = rows[0]
    own = book.f(first, "subject") if first.subject and not several and not book.one_subject else ""
    name = noun(first, warm=first.warm)
    title = f"{own}'s {name}" if own else f"The {name}"
    title += f"{book.suite(first)} is {listed(parts)}"
    about = About("measurement", first.subject, metric, suite.name, verdict="higher")
    alone = all(r.n == 1 for r in rows)
    many = f"up to {book.f(max(rows, key=_count), 'n')} records stand behind each"
    text = f"These are single readings{book.suite(first)}." if alone else f"Of these, {many}{book.suite(first)}."
    rank = PRIMARY.index(metric) if metric in PRIMARY else len(PRIMARY)
    return Found(
        kind="reading",
        weight=3.1 - 0.1 * rank + 0.01 * len(rows),
        title=title,
        lines=[Line(text, about, "", tuple(c.id for c in claims))],
        verdict=title,
        scope={"suite": suite.name, "metric": metric},
        items=[],
        claims=claims,
        subjects=tuple(dict.fromkeys(r.subject for r in rows if r.subject)),
    )


def _count(row: Summary) -> int:
    return row.n or 0


def _wide(row: Summary) -> bool:
    return bool(row.min is not None and row.max is not None and (row.min <= 0 or row.max / row.min > _FAR))


def _reading(book: Book, suite: SuiteInfo, metric: str, row: Summary) -> Found:
    field = tables.typical_field(row)
    claims = supported([say.measurement(book.desk, row, field)])
    about = About("measurement", row.subject, metric, suite.name, verdict="higher")
    stat = "a single reading" if row.n == 1 and row.level == "sample" else statistic(field)
    who = book.f(row, "subject") if row.subject and not book.one_subject else ""
    what = f"{who}'s {noun(row, warm=row.warm)}" if who else f"The {noun(row, warm=row.warm)}"
    title = f"{what}{book.suite(row)} is {book.about(row, field)}"
    whole = "That is a single reading"
    if row.n and row.n > 1:
        whole = f"That is the {stat} of {book.f(row, 'n')} {counted(row.n, _kind(row))}"
        whole += ", as the file states it" if row.level == "aggregate" else ""
    rank = PRIMARY.index(metric) if metric in PRIMARY else len(PRIMARY)
    return Found(
        kind="reading",
        weight=3.2 - 0.1 * rank,
        title=title,
        lines=[
            Line(f"{whole}{_spread(book, row)}.", about, "", tuple(c.id for c in claims)),
            *_others(book, row, metric),
            *ceiling.of_one(book, row, ""),
        ],
        verdict=f"{title} ({stat})",
        scope={"suite": suite.name, "metric": metric},
        items=[],
        claims=claims,
        subjects=(row.subject,) if row.subject else (),
    )


def _kind(row: Summary) -> str:
    return "reading" if row.level == "aggregate" else "record"


def _spread(book: Book, row: Summary) -> str:
    """From what to what the records reach, where they were read one by one."""
    if row.min is None or row.max is None or not row.n or row.n < 2 or row.min == row.max:
        return ""
    return f", which reach from {book.about(row, 'min')} to {book.about(row, 'max')}"


def _others(book: Book, row: Summary, metric: str) -> list[Line]:
    """Two more metrics of the same rows in one sentence, for a reader who asks how long a user waits."""
    parts: list[str] = []
    first = ""
    for other in _BESIDE:
        item = tables.beside(book.desk, row, other) if other != metric else None
        if item is None or len(parts) >= 2:
            continue
        field = tables.central(item)
        tail = f" (95th percentile {book.about(item, 'p95')})" if item.p95 and item.n and item.n >= 20 else ""
        single = item.n == 1
        parts.append(
            f"{noun(item, warm=item.warm)} is {book.about(item, field)}{tail}"
            if single
            else f"{statistic(field)} {noun(item, warm=item.warm)} is {book.about(item, field)}{tail}"
        )
        first = first or other
    if not parts:
        return []
    text = f"The {listed([parts[0], *(f'the {p}' for p in parts[1:])])}."
    return [Line(text, About("measurement", row.subject, first, row.suite), "elaboration")]
