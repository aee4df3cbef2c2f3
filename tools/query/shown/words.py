"""A line of a file as it is quoted."""

from __future__ import annotations

import re

_LONGEST = 200  # letters of a line that are quoted


def shown(text: str, most: int = _LONGEST) -> str:
    """A line without marks of its format, in printable letters, and no longer than a glance."""
    plain = re.sub(r"(?<!\S)(?:#+|[-*+>])\s|\*\*|`", "", text)
    plain = " ".join("".join(c if c.isprintable() else " " for c in plain).split()).strip("| ")
    return plain if len(plain) <= most else plain[:most].rsplit(" ", 1)[0] + " …"
