"""JSON that people and tools leave: trailing commas and comments taken out, documents in one file told apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)


def tidied(text: str) -> str:
    """The text without trailing commas and comments; strings stay as they are. Lines keep their numbers."""

    def plain(match: re.Match[str]) -> str:
        part = match[0]
        return part if part.startswith('"') else "\n" * part.count("\n")

    return _PARTS.sub(plain, text)


def documents(text: str) -> Iterator[tuple[int, Any]]:
    """Documents that stand one after the other, with the line that each begins in, from 1. Raises ValueError at what
    is none."""
    decode = json.JSONDecoder(parse_constant=lambda _: None)
    at, size, line = 0, len(text), 1
    while True:
        skip = re.compile(r"[\s,]*").match(text, at)
        new = skip.end() if skip else at
        line += text.count("\n", at, new)
        at = new
        if at >= size:
            return
        value, end = decode.raw_decode(text, at)
        yield line, value
        line += text.count("\n", at, end)
        at = end
