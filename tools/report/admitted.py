"""What a finding may name as the thing that was changed: the system, or a factor whose name says what it is.

A part of a file's name that nothing explains and a level that a file leaves out may stand for several things at once,
so the difference between two of them is told of none.
"""

from __future__ import annotations

from chimera_report.tools.metrics import normalise
from chimera_report.tools.report.book import Book
from chimera_report.tools.schema import FACTOR, NOT_NAMED, KnownBy, Role, is_load, is_run_length, listed

_NAMELESS = frozenset({"variant"})  # what ingest calls a part of a path that nothing explains
_LIMITS = frozenset({"num_predict", "max_new_tokens", "max_tokens", "output_length", "output_len"})  # of an answer
_PROMPTS = frozenset({"tokens", "context", "ctx", "prompt", "input"})
_ANSWERS = frozenset({"output", "completion", "generated", "gen", "new", "max", "predict", "out"})
_DECLARED = (KnownBy.MAPPING, KnownBy.FORMAT)
_FEW, _ALIKE = 12, 4  # parts of a path that nothing explains; conditions that two of them share
_CHOSEN = (Role.SYSTEM, Role.SETTING, Role.ENVIRONMENT, Role.UNKNOWN)


def rival(book: Book, axis: str, *levels: str, conditions: int = 1) -> bool:
    """Whether two levels of a factor are something that can be compared by name. A part of a path that nothing explains
    is, where few parts stand there, each a word, and the two ran under several conditions alike: a person chose these
    names for what was compared."""
    if axis == "subject":
        return True
    if axis in _NAMELESS and (conditions < _ALIKE or not _words(book, axis)):
        return False
    return NOT_NAMED not in levels and book.desk.dataset.role_of(axis) in _CHOSEN


def _words(book: Book, axis: str) -> bool:
    table = book.desk.dataset.table
    levels = {str(x) for x in table[FACTOR + axis].dropna().unique()} if FACTOR + axis in table else set()
    return 1 < len(levels) <= _FEW and all(x[:1].isalpha() for x in levels)


def asked(book: Book, factor: str) -> bool:
    """Whether a curve along the factor says what more of the work does: a load, a length or a turn. The most that an
    answer may have, and what was counted afterwards, was asked of nobody."""
    if factor in _LIMITS or is_run_length(factor):
        return False
    work = book.desk.dataset.role_of(factor) is Role.WORKLOAD
    return is_load(factor) or (work and (named(book, factor) or _of_length(factor)))


def _of_length(factor: str) -> bool:
    """Whether a name that no registry lists says that it is how much a prompt holds: "target_tokens"."""
    words = set(normalise(factor).split("_"))
    return bool(words & _PROMPTS) and not words & _ANSWERS


def alone(book: Book, factor: str, others: tuple[str, ...]) -> bool:
    """Whether nothing else that has a name changed along with the factor: a column that only numbers the levels of a
    load is that load again."""
    of = book.desk.dataset.role_of
    told = [o for o in others if not is_run_length(o)]
    return not told or (is_load(factor) and all(of(o) is Role.UNKNOWN or not named(book, o) for o in told))


def named(book: Book, factor: str) -> bool:
    """Whether a factor's name says what it is: the registry lists it whole, or a person or a format declares it."""
    if factor in _NAMELESS:
        return False
    said = (a for r in book.desk.dataset.readings.values() for a in r if a.means == factor)
    return listed(factor) or any(a.known_by in _DECLARED for a in said)
