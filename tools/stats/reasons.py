"""The reason of a failure: what two messages have in common that tell of the same one.

Numbers, quoted text, addresses and what a terminal was told differ from message to message and say nothing of the
cause. What a device or a process says when its memory does not suffice is one reason, whatever it is called.
"""

from __future__ import annotations

import re

from chimera_report.tools.schema import NO_WORDS

# A number takes its unit along: "Tried to allocate 1.16 GiB" and "… 594.00 MiB" are one reason.
_VARIES = re.compile(
    r"'[^']*'|\"[^\"]*\"|\S*[\d/\\]\S*(?:\s+(?:[kmgt]i?b|bytes?|m?s|secs?|seconds?|minutes?|tokens?|%)\b)?",
    re.IGNORECASE,
)
# What a terminal was told, with or without its escape character, and the wheel that turns while one waits.
_TERMINAL = re.compile(
    r"\x1b\[[?\d;]*[A-Za-z]|\[\?\d+[hl]|\[\d*[GKJm](?![A-Za-z])|\[\?\d*…?$|[\u2800-\u28ff\x00-\x08\x0b-\x1f]"
)
_MEMORY = re.compile(
    r"out[ _-]?of[ _-]?memory|(?<![a-z])oom(?![a-z])|memoryerror|malloc failed|"
    r"(?:insufficient|not enough) (?:\w+ )?memory",
    re.IGNORECASE,
)
_CODE = re.compile(r"\b(https?|status(?: code)?|code|errno|exit)[ :=]*(\d{1,5})\b", re.IGNORECASE)  # tells the cause
_DIGITS = str.maketrans("0123456789", "abcdefghij")
_MEMORY_KIND = "out of memory"
_FEWEST = 3  # words of a first sentence that tells the reason by itself


def reason_kind(message: str) -> str:
    """What messages of one reason share; "" where the message gives none."""
    text = plain_reason(message)
    if text in ("", NO_WORDS):
        return ""
    if _MEMORY.search(text):
        return _MEMORY_KIND
    head = first_sentence(text)
    head = head if len(head.split()) >= _FEWEST else text
    head = _CODE.sub(lambda m: f"{m[1]} {m[2].translate(_DIGITS)} ", head)
    return " ".join(_VARIES.sub(" ", head).lower().split()) or head.lower()


def plain_reason(message: str) -> str:
    """One line without what steers a terminal, and without the document that a server sent along."""
    text = " ".join(_TERMINAL.sub(" ", message).split())
    head = re.split(r":?\s*\{\s*\"", text, maxsplit=1)[0].strip()
    return head if len(head) > 3 else text


def first_sentence(text: str) -> str:
    """The first sentence of a plain message."""
    return re.split(r"(?<=[a-z]{2})\. ", text, maxsplit=1)[0].rstrip(".")
