"""How close decoding comes to what the memory allows, where the files say so (`memory_share_pct` of `bench`)."""

from __future__ import annotations

from chimera_report.tools.claims import listed, tables
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.schema import Result, Summary

_BUSY = 20.0  # % of the processor
_MOST = 4  # systems in a sentence
_ABOUT = ("decode_rate", "client_decode_rate", "tpot", "itl", "output_throughput")  # what the ceiling is of


def of_one(book: Book, row: Summary, label: str) -> list[Line]:
    """The same subject and condition as a value that was told."""
    item = tables.beside(book.desk, row, "memory_share")
    if item is None:
        return []
    who = f"For {label} this" if label else "Decoding"
    text = (
        f"{who} reaches {_at_most(book, row.suite)}{book.about(item, tables.central(item))} of what the memory allows."
    )
    return [Line(text, About("measurement", row.subject, "memory_share", row.suite), "elaboration")]


def beside(book: Book, kept: list[Found]) -> None:
    """Adds it to the first finding about decoding of each suite that has it: per system, from the least to the most of
    its conditions."""
    told: set[str] = set()
    for found in kept:
        suites = dict.fromkeys([*(str(getattr(i, "suite", "")) for i in found.items), found.scope.get("suite", "")])
        for suite in suites:
            reached = _reached(book, suite, found) if suite not in told else {}
            if not reached:
                continue
            told.add(suite)
            if found.kind != "reading" and found.scope.get("metric") in _ABOUT:
                found.lines.append(_line(book, suite, reached))


def _reached(book: Book, suite: str, found: Found) -> dict[str, list[tuple[Result, str]]]:
    """System → where its values stand, the least and the most: by condition, or by the levels of the setting that the
    finding is about, over which the others are averaged."""
    who: dict[str, list[tuple[Result, str]]] = {}
    for item in book.analysis.effects:
        if (item.suite, item.metric, item.factor) == (suite, "memory_share", found.scope.get("factor")):
            names = [level.level for level in item.levels]
            who[item.subject] = [(item, f"levels.{names.index(end)}.value") for end in (item.low, item.high)]
    if who:
        return who
    rows = [r for r in book.desk.summaries.get((suite, "memory_share"), ()) if r.warm is not False and not r.over]
    for row in sorted(rows, key=lambda r: float(getattr(r, tables.central(r)) or 0)):
        who.setdefault(row.subject, []).append((row, tables.central(row)))
    return dict(reversed(who.items()))  # whose least is the highest, first


def _line(book: Book, suite: str, who: dict[str, list[tuple[Result, str]]]) -> Line:
    parts = []
    for subject, mine in list(who.items())[:_MOST]:
        low, high = (book.about(item, field) for item, field in (mine[0], mine[-1]))
        value = high if len({book.desk.render(x) for x in (low, high)}) == 1 else f"{low} to {high}"
        parts.append(f"{value} with {book.f(mine[0][0], 'subject')}" if subject and len(who) > 1 else value)
    of = f"reaches {_at_most(book, suite)}{listed(parts)}"
    several = len(who) > 1
    text = f"Of what the memory allows, decoding {of}." if several else f"Decoding {of} of what the memory allows."
    return Line(text, About("measurement", next(iter(who)), "memory_share", suite), "elaboration")


def _at_most(book: Book, suite: str) -> str:
    """A hedge where other programs were at work: what they took of the memory makes the measured ceiling too low."""
    rows = book.desk.summaries.get((suite, "other_cpu_util"), ())
    return "at most " if any(float(getattr(r, tables.central(r)) or 0) > _BUSY for r in rows) else ""
