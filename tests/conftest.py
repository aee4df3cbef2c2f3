"""For all tests: what they need, and that none leaves a process behind."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # for helpers of several folders

import warm
from parts import need
from postgres import database_url, postgres  # noqa: F401  fixtures

# The processes that tests start would each compile the whole program anew; that is a fifth of what a short one costs.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell that starts the suite in the background has it ignore Ctrl-C, and what a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays until the end: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.needs("gcc")`: a program or a module."""
    for mark in item.iter_markers("needs"):
        for part in mark.args:
            need(part)


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    warm.leave_none()
