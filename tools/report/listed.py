"""Tables of what was measured, a line a condition: for a folder whose values no other table shows."""

from __future__ import annotations

from chimera_report.tools.claims import listed, noun, tables
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import About, Book, Line
from chimera_report.tools.schema import Block, Column, Listing, Table
from chimera_report.tools.scored import better

_TABLES = 2
_FEWEST, _NAMED = 3, 7  # systems of a sentence
_FLAT = 1.025
_REPEATED = 1  # records of a line, above which it is said how many they are


def listed_records(book: Book) -> list[Block]:
    """The tables of the suites with the most conditions, each with what every system reaches at its best."""
    made: list[Block] = []
    for item in [i for i in book.analysis.listings if not _flat(i)][:_TABLES]:
        made += book.paragraph("figures", "listing", _said(book, item))
        made.append(_table(book, item))
    return made


def _flat(item: Listing) -> bool:
    """Whether nothing that was varied moves the one system that ran, by more than its records scatter or 5 %."""
    if len({e.subject for e in item.entries}) > 1:
        return False
    low = [v / _FLAT if (v := e.values[0]) is not None else e.low[0] for e in item.entries]
    high = [v * _FLAT if (v := e.values[0]) is not None else e.high[0] for e in item.entries]
    return max(x for x in low if x is not None) <= min(x for x in high if x is not None)


def _said(book: Book, item: Listing) -> list[Line]:
    """What each system does at its own best condition, engine by engine."""
    about = About("listing", metric=item.metrics[0], suite=item.suite)
    if shared := _shared(book, item):
        return [Line(shared, about)]
    if len(item.leaders) < _FEWEST:
        return []
    groups: dict[str, list[int]] = {}
    for place in item.leaders:
        groups.setdefault(item.entries[place].engine, []).append(place)
    name = noun(item.metrics[0])
    lines: list[Line] = []
    for places in groups.values():
        kept = places if len(places) <= _NAMED else [*places[: _NAMED - 1], places[-1]]
        parts = [f"{book.f(item, f'entries.{i}.values.0')} for {book.f(item, f'entries.{i}.subject')}" for i in kept]
        if len(kept) < len(places):
            parts[-1] = f"at the end {parts[-1]}"
        engine = f"with {book.f(item, f'entries.{places[0]}.engine')} " if len(groups) > 1 else ""
        text = f"{engine}the {name} of each system at its own best condition is {listed(parts)}{book.suite(item)}."
        lines.append(Line(text[:1].upper() + text[1:], about, "elaboration" if lines else ""))
    return lines


def _table(book: Book, item: Listing) -> Table:
    many = range(len(item.entries))
    rows = []
    for i in many:
        entry = item.entries[i]
        rows.append(
            (
                tables.cell(book.desk, item, f"entries.{i}.subject", "") if entry.subject else tables.EMPTY,
                tables.cell(book.desk, item, f"~entries.{i}.condition", "") if entry.condition else tables.EMPTY,
                *(_cell(book, item, i, c) for c in range(len(item.metrics))),
            )
        )
    columns = [Column(title="System"), Column(title="Settings")]
    for c, metric in enumerate(item.metrics):
        unit = book.desk.unit(item, f"entries.0.values.{c}")
        name = noun(metric)
        columns.append(Column(title=f"{name[:1].upper()}{name[1:]}{f' ({unit})' if unit else ''}", align="right"))
    return tables.table(f"What was measured{book.suite(item)}", columns, rows, _note(book, item))


def _shared(book: Book, item: Listing) -> str:
    """What several systems did under one and the same condition, the best first; "" where none is shared."""
    groups: dict[tuple[tuple[str, str], ...], dict[str, int]] = {}
    for i, entry in enumerate(item.entries):
        if entry.subject and (entry.values[0] is not None or entry.low[0] is not None):
            groups.setdefault(tuple(sorted(entry.condition.items())), {}).setdefault(entry.subject, i)
    condition, systems = max(groups.items(), key=lambda g: len(g[1]), default=((), {}))
    named = {e.subject for e in item.entries if e.subject and (e.values[0] is not None or e.low[0] is not None)}
    if len(systems) < max(_FEWEST, len(named)):  # an order that skips a system is none
        return ""
    down = (better(item.metrics[0]) or metric_of(item.metrics[0]).direction) == "lower"

    def size(place: int) -> float:
        entry = item.entries[place]
        return entry.values[0] or ((entry.low[0] or 0.0) + (entry.high[0] or 0.0)) / 2

    places = sorted(systems.values(), key=lambda i: size(i) if down else -size(i))
    kept = places if len(places) <= _NAMED else [*places[: _NAMED - 1], places[-1]]
    parts = [f"{_told(book, item, i)} for {book.f(item, f'entries.{i}.subject')}" for i in kept]
    if len(kept) < len(places):
        parts[-1] = f"at the end {parts[-1]}"
    given = f"With {book.f(item, f'&entries.{places[0]}.condition')}, the" if condition else "The"
    return f"{given} {noun(item.metrics[0])} is {listed(parts)}{book.suite(item)}."


def _told(book: Book, item: Listing, place: int) -> str:
    if item.entries[place].low[0] is None:
        return book.f(item, f"entries.{place}.values.0")
    return f"{book.f(item, f'entries.{place}.low.0', 'number')} to {book.f(item, f'entries.{place}.high.0')}"


def _cell(book: Book, item: Listing, place: int, column: int) -> str:
    if item.entries[place].low[column] is None:
        return tables.cell(book.desk, item, f"entries.{place}.values.{column}")
    ends = [tables.cell(book.desk, item, f"entries.{place}.{end}.{column}") for end in ("low", "high")]
    return f"{ends[0]} to {ends[1]}"


def _note(book: Book, item: Listing) -> str:
    parts = []
    if item.best:
        first = all(e.values[0] is not None or e.low[0] is not None for e in item.entries)
        by = noun(item.metrics[0]) if first else "the first value of its line"
        parts.append(f"Of {book.f(item, 'conditions')} conditions, each system's best by {by} is shown.")
    most = max(range(len(item.entries)), key=lambda i: item.entries[i].n)
    if item.entries[most].n > _REPEATED:
        parts.append(f"A line is one condition, of up to {book.f(item, f'entries.{most}.n')} records.")
    else:
        parts.append("A line is one record.")
    if item.cold:
        parts.append(f"{book.f(item, 'cold')} records that loaded the model are left out.")
    if any(v is not None for e in item.entries for v in e.low):
        parts.append("Two values are the least and the greatest of records that lie further apart.")
    return " ".join(parts)
