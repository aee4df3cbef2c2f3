"""A process that ends with its parent, also when that is killed: it holds the other end of this process's stdin."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def follow(parent_ends: Callable[[], None], poll: float = 1.0) -> None:
    """Call `parent_ends` from an own thread when stdin is closed or this process has got another parent.

    The second is needed because a forked sibling may hold the pipe open.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            readable, _, _ = select.select([0], [], [], poll)
            if readable and not os.read(0, 4096):
                break
        parent_ends()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def die_with_parent_thread() -> None:
    """Ask Linux for SIGKILL when the thread that started this process ends; only for a parent that forks from main."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
