"""The scripted server of the bench tests as a process, for tests of what measures through the whole program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

SERVER = Path(__file__).parent / "tools" / "bench" / "scripted_server.py"


class Loopback:
    """The scripted server of the bench tests, in its own process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def script(self, *behaviours: dict[str, Any], **default: Any) -> None:
        httpx.post(f"{self.url}/_script", json={"script": behaviours, "default": default}, trust_env=False)

    def prompts(self) -> list[str]:
        return [e["body"]["prompt"] for e in httpx.get(f"{self.url}/_log", trust_env=False).json()]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
