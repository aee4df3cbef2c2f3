"""Which paths a report may name. A report can come from anybody: what it says about paths, addresses and commands is
text: a reader's own settings, options and working folder decide what is opened, never the report.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from chimera_report.tools.errors import UsageError


def inside(path: Path, places: Iterable[Path]) -> bool:
    """Whether the path, links followed, is one of the places or lies below one."""
    try:
        real = path.resolve()
        return any(real.is_relative_to(place.resolve()) for place in places)
    except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL, a name that is too long
        return False


def named(text: object, what: str, option: str, *, cwd: Path, places: Iterable[Path]) -> Path:
    """A path that a report names, where it lies below the places that the reader gave, which is opened then.

    Raises UsageError with the option that says where it is.
    """
    if not isinstance(text, str) or not text or "\x00" in text:
        raise UsageError(f"the report does not say where {what} is", hint=f"Say it with {option}.")
    path = cwd / text
    if not inside(path, places):
        shown = shlex.quote("".join(c if c.isprintable() else "�" for c in text))
        raise UsageError(
            f"the report names a place outside this folder for {what}, and a report does not choose what is opened",
            where=shown,
            hint=f"If you trust it, give it yourself: {option} {shown}.",
        )
    return path
