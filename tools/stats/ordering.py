"""Levels in the order of what they say: numbers by size, 32K as a number, "short" before "long"."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chimera_report.tools.schema.reading import plain
from chimera_report.tools.thresholds import MARGIN

from .columns import in_order

# Words for how much, in their order: the levels of a workload that is told in words go along like numbers.
_WORDS = ("tiny", "xs", "short", "small", "low", "light", "medium", "mid", "moderate", "long", "large", "big", "high",
          "heavy", "very_long", "xl", "xlarge", "extra_long")  # fmt: skip


def sizes_of(levels: Sequence[str]) -> list[int] | None:
    """The place of each level among words for how much; None where one is no such word."""
    found = [plain(x) for x in levels]
    return [_WORDS.index(x) for x in found] if all(x in _WORDS for x in found) else None


def ordered(levels: list[str]) -> list[str]:
    """Numbers by size, "short" before "long", other names by alphabet."""
    sizes = sizes_of(levels)
    if sizes is not None:
        return [x for _, x in sorted(zip(sizes, levels, strict=True))]
    return sorted(levels, key=_size) if all(numeric(x) for x in levels) else in_order(levels)


def _size(text: str) -> float:
    """4096, or 32K as a thousand times 32: for the order alone."""
    scale = {"k": 1e3, "m": 1e6}.get(text[-1:].lower(), 1.0)
    return float(text[:-1] if scale > 1 else text) * scale


def nearly_one(levels: Sequence[str]) -> bool:
    """Whether numbers differ by no more than 2 %: 8191 and 8192 tokens are the same work."""
    if not levels or not all(numeric(x) for x in levels):
        return False
    found = [_size(x) for x in levels]
    return min(found) > 0 and max(found) / min(found) <= 1 + MARGIN


def numeric(text: str) -> bool:
    try:
        return math.isfinite(_size(text))
    except ValueError:
        return False
