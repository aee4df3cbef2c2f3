"""Dates and times of a question: "2 October", "oct 8th 2025", "2025-10-02 15:15:27"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_report.tools.query.reader.lexicon import _english
from chimera_report.tools.query.reader.text import Token

_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:t(\d{2}):(\d{2})(?::(\d{2}))?)?(?:z)?$")
_COMPACT = re.compile(r"(20\d{2})(\d{2})(\d{2})(?:[-_t](\d{2})(\d{2})(\d{2})?)?$")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?$")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?$")


def _month(word: str) -> int:
    return int(_english()["months"].get(word, 5 if word == "may" else 0))


def at(found: Sequence[Token], i: int) -> tuple[str, int] | None:
    """The time that begins at a token, as far as it is said ("2025-10-02T15:15", "--10-02" without a year), and the
    token after it."""
    word = found[i].text
    clock = _CLOCK.match(found[i + 1].text) if i + 1 < len(found) else None
    if (m := _ISO.match(word)) or (m := _COMPACT.match(word)):
        day = "-".join(p for p in m.groups()[:3] if p)
        parts = [p for p in m.groups()[3:] if p]
        if not parts and clock and m[3]:
            return day + "T" + ":".join([clock[1].zfill(2), clock[2], *([clock[3]] if clock[3] else [])]), i + 2
        return day + ("T" + ":".join(parts) if parts else ""), i + 1
    here = [t.text for t in found[i : i + 4]]
    if (m := _DAY.match(word)) and 1 <= int(m[1]) <= 31:
        at_ = 2 if len(here) > 2 and here[1] == "of" else 1
        if len(here) > at_ and (month := _month(here[at_])):
            return _dated(found, i + at_ + 1, month, int(m[1]))
    if (month := _month(word)) and len(here) > 1 and (m := _DAY.match(here[1])) and 1 <= int(m[1]) <= 31:
        return _dated(found, i + 2, month, int(m[1]))
    return None


def _dated(found: Sequence[Token], j: int, month: int, day: int) -> tuple[str, int]:
    if j < len(found) and found[j].text == ",":
        j += 1
    if j < len(found) and re.fullmatch(r"20\d{2}", found[j].text):
        return f"{found[j].text}-{month:02d}-{day:02d}", j + 1
    return f"--{month:02d}-{day:02d}", j
