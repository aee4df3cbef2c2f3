"""A test run that a signal ends leaves no PostgreSQL behind, and no test leaves a process."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import psutil
import pytest
import warm
from postgres import available

RUN = """
import sys, time
sys.path.insert(0, sys.argv[1])
from postgres import running
with running() as server:
    print(server.data.parent, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_database_server_outlives_the_tests(number: signal.Signals) -> None:
    available()
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
    ) as tests:
        assert tests.stdout is not None
        folder = Path(tests.stdout.readline().strip())
        servers = [p for p in psutil.Process(tests.pid).children(recursive=True) if p.name() == "postgres"]
        assert folder.is_dir() and servers
        os.kill(tests.pid, number)
    end = time.monotonic() + 300
    while (folder.exists() or any(p.is_running() for p in servers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not folder.exists() and not any(p.is_running() for p in servers)


def test_no_process_that_a_test_leaves_outlives_it(tmp_path: Path) -> None:
    """As after a test that fails half way: it is ended, and nothing towards it is left open for another test to trip
    over."""
    left = warm.start("mcp", cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert left.poll() is None and psutil.pid_exists(left.pid)
    warm.leave_none()
    assert left.returncode == -signal.SIGKILL and not psutil.pid_exists(left.pid)
    assert left.stdin is not None and left.stdin.closed and left.stdout is not None and left.stdout.closed
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del left
        gc.collect()
