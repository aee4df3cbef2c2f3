"""Logs of runs that broke off: what their last lines say of why, for a log that states no result."""

from __future__ import annotations

import re

_TAIL = 400  # lines of a log that are looked at, from its end
_MOST = 120  # characters of a reason
# The most telling first: what a program says of itself, then what the system says of the program.
_SIGNS = (
    re.compile(r"\b\w*ASSERT\w*\(.{1,80}?\) failed|\bassertion (?:failed|.{1,60} failed)\b.{0,60}", re.IGNORECASE),
    re.compile(r"\b(?:CUDA|HIP|ROCm|Vulkan|Metal|HSA)[ _]?(?:error|fault)\b.{0,80}", re.IGNORECASE),
    re.compile(r"\b(?:out of memory|OutOfMemory\w*|cannot allocate memory|bad_alloc|oom-kill\w*)\b.{0,60}", re.I),
    re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception): .{1,100}", re.MULTILINE),
    re.compile(r"\b(?:failed to (?:load|allocate|create|initiali[sz]e|open)|unknown model) .{1,80}", re.IGNORECASE),
    re.compile(r"\b(?:Segmentation fault|Abort trap: \d+|Aborted \(core dumped\)|core dumped|Bus error)"),
)  # fmt: skip
_PYTHON = 3  # the sign that needs a traceback above it


def ended(text: str) -> str:
    """Why the run ended that the text is a log of; "" where nothing in it says so."""
    tail = "\n".join(text.splitlines()[-_TAIL:])
    for i, sign in enumerate(_SIGNS):
        found = list(sign.finditer(tail))
        if found and (i != _PYTHON or "Traceback (most recent call last)" in tail):
            return " ".join(found[-1][0].split())[:_MOST].rstrip(" .,;:")
    return ""
