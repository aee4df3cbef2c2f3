"""Findings about the quality of answers: who scores best, with every run named whole, and what the score costs."""

from __future__ import annotations

from chimera_report.tools.claims import listed
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.schema import Board, Result
from chimera_report.tools.statements import board_outcome, registry, scored, scored_by

KIND = "board"
_SHOWN = 6  # runs that a sentence lists
_HEAD, _TAIL = 3, 2  # … of more, the first and the last
_LONGER = 1.5  # how many times as long the answers are, from which on it is told


def scores(book: Book) -> list[Found]:
    """A board of scores a finding; of boards of one metric in several suites the first one."""
    found: dict[tuple[str, str, tuple[str, ...]], Found] = {}
    for item in book.analysis.boards:
        place = (item.metric, item.definition, () if item.suite and not item.tasks else item.recipe.args["place"])
        key = (place[0], place[1], tuple(str(x) for x in place[2]))
        if key not in found and (made := _finding(book, item)) is not None:
            found[key] = made
    return list(found.values())


def _finding(book: Book, item: Board) -> Found | None:
    kind = registry()[KIND]
    weight = kind.weigh(item)
    claim = kind.say(book.desk, item, 0, weight)
    if claim is None or claim.verdict != "SUPPORTED":
        return None
    about = About(KIND, metric=item.metric, suite=item.suite, verdict="higher")
    where = book.suite(item, ", in suite ") if "suite" not in item.named_by else ""
    lines = [Line(_order(book, item), about, "", (claim.id,))]
    if item.tasks:
        text = f"All of them answered the same {book.f(item, 'tasks')} tasks."
        lines.append(Line(text, about, "elaboration", (claim.id,)))
    lines += _price(book, item, about, claim.id)
    return Found(
        kind=KIND,
        weight=weight,
        title=f"{{{{{claim.id}}}}}{where}",
        lines=lines,
        verdict="" if board_outcome(item) == "alike" else f"{{{{{claim.id}}}}}{where}",
        scope={"metric": item.metric, "suite": item.suite},
        items=[item],
        claims=[claim],
    )


def _order(book: Book, item: Board) -> str:
    many = len(item.entries)
    shown = range(many) if many <= _SHOWN else (*range(_HEAD), *range(many - _TAIL, many))
    parts = [_told(book, item, i) for i in shown]
    if many <= _SHOWN:
        return f"Best first: {listed(parts)}."
    return f"Best first: {', '.join(parts[:_HEAD])}; at the end {listed(parts[_HEAD:])}."


def _told(book: Book, item: Board, place: int) -> str:
    """A run and its score."""
    roles: dict[str, tuple[Result, str]] = {}
    text = f"{scored_by(item, place, roles)} {scored(item, place, roles)}"
    return text.format(**{name: book.f(*of) for name, of in roles.items()})


def _price(book: Book, item: Board, about: About, claim: str) -> list[Line]:
    """How long the answers of the first and the last are, where one writes much more for its score."""
    first, last = item.entries[0].tokens, item.entries[-1].tokens
    if not first or not last or max(first, last) < _LONGER * min(first, last):
        return []
    a, b = (book.about(item, f"entries.{i}.tokens") for i in (0, len(item.entries) - 1))
    return [Line(f"Its answers have {a} tokens on average, those of the last one {b}.", about, "elaboration", (claim,))]
