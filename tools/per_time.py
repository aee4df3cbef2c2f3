"""Headers that count something by the second, minute or hour."""

from __future__ import annotations

import re

_UNITS = "(?:s|secs?|seconds?|min|minutes?|h|hrs?|hours?)(?![A-Za-z])"
_PER_TIME = re.compile(rf"[A-Za-z)%]\s*/\s*{_UNITS}|(?:\b|_)per[ _-]{_UNITS}", re.IGNORECASE)


def is_per_time(header: str) -> bool:
    """Whether a header counts something by a unit of time: a rate, and never a time."""
    return bool(_PER_TIME.search(header))
