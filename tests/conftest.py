"""For all tests: those that measure time run alone, also when the suite runs on several processes at once."""

from __future__ import annotations

import fcntl
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


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.needs("gcc")`: a program or a module."""
    for mark in item.iter_markers("needs"):
        for part in mark.args:
            need(part)


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    warm.leave_none()


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A test marked `quiet` waits until no other runs and keeps the others waiting; the others run side by side.

    A lock of readers and writers in two files: whoever waits to be alone holds the turnstile, so no new test starts.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        yield
        return
    folder = tmp_path_factory.getbasetemp().parent  # that of all processes
    turnstile, room = folder / f"{run}.turnstile", folder / f"{run}.room"
    quiet = request.node.get_closest_marker("quiet") is not None
    with turnstile.open("w") as gate, room.open("w") as inside:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(inside, fcntl.LOCK_EX if quiet else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
