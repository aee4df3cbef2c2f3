"""Several questions in one line: each part that asks for something by itself."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re

_ASKS = r"(?:how many|how much|how long|which|what|when|where|why|who|on what|on which|in which|in what|with what|with which|is |are |does |do |did |was |were |list |show |rank |compare )"
_AT = re.compile(
    rf"\?\s+(?=\S)|;\s+|,?\s+and\s+(?={_ASKS}(?!one\b|ones\b|of them|much\b|many times))|,\s+(?={_ASKS}(?!one\b|of them))",
    re.IGNORECASE,
)


def several(question: str) -> list[str]:
    """The questions in a line, in their order; [the line] where it is one."""
    parts = [p.strip(" ,;") for p in _AT.split(question.strip())]
    parts = [p for p in parts if len(p) > 3]
    if len(parts) < 2 or len(parts) > 4 or any(len(p.split()) < 2 for p in parts):
        return [question]
    return parts
