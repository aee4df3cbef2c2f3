"""What names say in numbers: how many parameters a model has, in how many bits it is kept, how much memory a card has."""

# ruff: noqa: E501 — patterns and sentences are read as a whole

from __future__ import annotations

import re

# "27b", "0.6B", "E2B" (effective), "16x17b" (experts): the whole; "a3b" is what is active of a mixture of experts.
_PARAMETERS = re.compile(
    r"(?<![a-z0-9.])(?:e|(?P<experts>\d{1,2})x)?(?P<size>\d{1,4}(?:\.\d+)?)(?P<unit>[bm])(?![a-z0-9])"
)
_ACTIVE = re.compile(r"(?<![a-z0-9])a(?P<size>\d{1,3}(?:\.\d+)?)b(?![a-z0-9])")
_BITS = re.compile(
    r"(?<![a-z0-9])(?:(?:i?q|int|uint|w|nf|fp|bf|f|mxfp|nvfp|turbo)(?P<bits>\d{1,2})(?![0-9])|(?P<named>\d{1,2})[ -]?bits?(?![a-z]))"
)
_MEMORY = re.compile(r"(?<![\w.])(?P<size>\d{1,3}(?:\.\d+)?) ?g(?:i?b)(?![a-z])")


def parameters(name: str) -> float | None:
    """Parameters in billions that the name of a model says; of experts the product. None where it says none."""
    m = _PARAMETERS.search(_apart(name))
    if m is None:
        return None
    size = float(m["size"]) * (int(m["experts"]) if m["experts"] else 1)
    return size / 1000 if m["unit"] == "m" else size


def active(name: str) -> float | None:
    """Parameters in billions that are active for one token, of a mixture of experts."""
    m = _ACTIVE.search(_apart(name))
    return float(m["size"]) if m else None


def bits(name: str) -> float | None:
    """Bits of one weight that the name of a format says."""
    m = _BITS.search(_apart(name))
    found = int(m["bits"] or m["named"]) if m else 0
    return float(found) if 1 <= found <= 64 else None


def gigabytes(text: str) -> float | None:
    """An amount of memory in a text, in GB."""
    m = _MEMORY.search(text.lower())
    return float(m["size"]) if m else None


def _apart(name: str) -> str:
    return re.sub(r"[_:/\s()\[\],-]+", " ", name.lower())
