"""Patterns that are made of names, levels and words of the data, each compiled once."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=1 << 14)
def compiled(source: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile`, kept for longer: the module remembers 512 patterns for the whole process, fewer than one folder
    has names, and a search with a pattern that fell out costs a hundred times as much."""
    return re.compile(source, flags)
