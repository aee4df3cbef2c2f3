"""By whose clock a decode rate is: a server's counters may leave out time that a client waits, such as sampling.

Where the client's rate was measured too and is lower by more than a few per cent, both are told, each with its clock.
"""

from __future__ import annotations

from chimera_report.tools.claims import tables
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.schema import Curve, Effect, Summary

SERVER, CLIENT = "decode_rate", "client_decode_rate"
_MEANS = "(geometric means)"
_HEAD = (
    "This generation speed is by the server's counters, which leave out some of the time that a client waits; by the "
    "client's clock it is"
)


def beside(book: Book, kept: list[Found]) -> None:
    """Adds the client's figures to each finding about a decode rate by counters that leave time out."""
    for found in kept:
        if found.scope.get("metric") != SERVER or not found.items:
            continue
        item = found.items[0]
        line = (
            _effect(book, item) if isinstance(item, Effect) else _curve(book, item) if isinstance(item, Curve) else None
        )
        if line is not None:
            found.lines.append(line)
            found.verdict = found.verdict.replace(_MEANS, f"{_MEANS[:-1]}, by the server's counters)")


def _factor(book: Book, item: Effect | Curve) -> str:
    return book.about(item, "ratio" if (item.ratio or 1.0) >= 1 else "1/ratio")


def _effect(book: Book, item: Effect) -> Line | None:
    """The same levels of the same setting, by the client's clock."""
    for other in book.analysis.effects:
        same = (other.suite, other.subject, other.factor) == (item.suite, item.subject, item.factor)
        if not same or (other.metric, item.metric) != (CLIENT, SERVER) or other.warm != item.warm:
            continue
        mine, theirs = ({lv.level: lv.value for lv in e.levels} for e in (item, other))
        if not {item.high, item.low} <= theirs.keys() or not any(tables.apart(mine[n], theirs[n]) for n in theirs):
            return None
        names = [lv.level for lv in other.levels]
        high, low = (book.about(other, f"levels.{names.index(n)}.value") for n in (item.high, item.low))
        text = (
            f"{_HEAD} {high} with {book.f(item, 'high')} and {low} with {book.f(item, 'low')}, "
            f"a factor of {_factor(book, other)}."
        )
        return Line(text, About("effect", item.subject, CLIENT, item.suite, item.factor), "elaboration")
    return None


def _curve(book: Book, item: Curve) -> Line | None:
    """The same ends of the same work, by the client's clock."""
    for other in book.analysis.curves:
        same = (other.suite, other.subject, other.factor) == (item.suite, item.subject, item.factor)
        same = same and (other.a, other.b, other.condition) == (item.a, item.b, item.condition)
        if not same or (other.metric, item.metric) != (CLIENT, SERVER):
            continue
        if not (tables.apart(item.value_a, other.value_a) or tables.apart(item.value_b, other.value_b)):
            return None
        text = (
            f"{_HEAD} {book.about(other, 'value_a')} at {book.f(item, 'a')} and {book.about(other, 'value_b')} at "
            f"{book.f(item, 'b')}, a factor of {_factor(book, other)}."
        )
        return Line(text, About("curve", item.subject, CLIENT, item.suite, item.factor), "elaboration")
    return None


def doubts(book: Book) -> list[tuple[str, list[Line]]]:
    """The system whose two rates lie furthest apart, where any do."""
    found: list[tuple[float, Summary, Summary]] = []
    for (_, metric), rows in book.desk.summaries.items():
        for row in rows if metric == SERVER else ():
            other = tables.by_client(book.desk, row)
            if other is not None and not row.over:
                found.append((tables.ratio(row, other), row, other))
    if not found:
        return []
    _, row, other = max(found, key=lambda x: (x[0], x[1].recipe.key))
    given = f" ({book.f(row, '~condition')})" if row.condition else ""
    who = f" of {book.f(row, 'subject')}" if row.subject else ""
    text = (
        f"A decode rate by the server's counters is not what a client gets: that{who}{given}{book.suite(row)} is "
        f"{book.about(row, tables.typical_field(row))} by them, and by the client's clock "
        f"{book.about(other, tables.typical_field(other))}."
    )
    lines = [Line(text, About("measurement", row.subject, SERVER, row.suite))]
    if len({r.suite for _, r, _ in found}) > 1 or len(found) > 1:
        lines.append(
            Line(
                "The appendix has both rates wherever they lie more than 5 % apart.",
                About("measurement", "", SERVER),
                "elaboration",
            )
        )
    return [("clocks", lines)]
