"""A test run that a signal ends leaves no PostgreSQL behind, neither the server nor its folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
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
