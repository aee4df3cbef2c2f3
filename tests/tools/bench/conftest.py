"""The scripted server as a fixture: its process, its script, its log."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest


class Scripted:
    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        """Start it, on the port that it had before if it had one."""
        command = [sys.executable, str(Path(__file__).with_name("scripted_server.py")), str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def script(self, *behaviours: dict[str, Any], **default: Any) -> None:
        httpx.post(f"{self.url}/_script", json={"script": behaviours, "default": default}, trust_env=False)

    def log(self) -> list[dict[str, Any]]:
        """Requests that had a prompt, in the order in which they came."""
        return list(httpx.get(f"{self.url}/_log", trust_env=False).json())

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture(scope="module")
def scripted_process() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.stop()


@pytest.fixture
def scripted(scripted_process: Scripted) -> Scripted:
    """The server with nothing loaded, the default script and an empty log."""
    assert scripted_process.process is not None
    if scripted_process.process.poll() is not None:
        scripted_process.start()
    scripted_process.script()
    return scripted_process
