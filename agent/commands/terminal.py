"""What all commands print with, and the documented exit codes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PROGRAM = "chimera-report"
BAD_USAGE, NO_RUNTIME, GATE_FAILED, CHECK_FAILED, GATE_OPEN, HOLDS_IN_PART, INTERRUPTED = 2, 3, 4, 5, 6, 7, 130


def out(text: str) -> None:
    """A result, for standard output."""
    print(text)  # noqa: T201


def say(text: str) -> None:
    """A message for a person, on standard error."""
    print(text, file=sys.stderr)  # noqa: T201


def version() -> str:
    from importlib import metadata

    return metadata.version(PROGRAM)


@contextmanager
def one_pass() -> Iterator[None]:
    """No search for cycles, also not at the program's end: a command that makes one pass throws little away, and would
    look at everything it made, again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
