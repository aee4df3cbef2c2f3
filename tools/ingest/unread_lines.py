"""What of a text was not read, told truly: how many of its lines hold numbers that say nothing known, and which."""

from __future__ import annotations

import re
from collections import Counter

from .reading import Reading, skipped

NO_RESULTS = "text that is no known benchmark output"
_KINDS, _SHOWN = 2, 60  # kinds of lines that are named, and characters of one


def with_unread(reading: Reading | None, unread: list[tuple[int, str]]) -> Reading:
    """The reading, with what else of the text holds numbers; a skipped one where the text states no result at all."""
    if reading is None:
        return skipped(f"{NO_RESULTS}{': ' if unread else ''}{_told(unread)}")
    if unread:
        reading.note(f"not read: {_told(unread)}")
    return reading


def _told(unread: list[tuple[int, str]]) -> str:
    """ "14 lines with numbers, such as line 8 (`run1 prompt1: 4/5 resolve`)", by the commonest shapes."""
    if not unread:
        return ""
    shapes: dict[str, tuple[int, str]] = {}
    counted: Counter[str] = Counter()
    for number, line in unread:
        shape = re.sub(r"\d+(?:[.,]\d+)*", "#", line)[:_SHOWN]
        shapes.setdefault(shape, (number, line))
        counted[shape] += 1
    shown = [shapes[s] for s, _ in counted.most_common(_KINDS)]
    words = " and ".join(
        f"line {n} (`{line[:_SHOWN].strip()}{'…' if len(line) > _SHOWN else ''}`)" for n, line in shown
    )
    many = f"{len(unread)} lines" if len(unread) > 1 else "one line"
    return f"{many} with numbers, such as {words}"
