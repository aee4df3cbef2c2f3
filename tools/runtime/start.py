"""Servers that this program starts itself, the embedded one and an installed Ollama, and how they are stopped."""

from __future__ import annotations

import json
import secrets
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from chimera_report.tools import wire
from chimera_report.tools.errors import RuntimeFailed
from chimera_report.tools.runtime.fence import HANDED
from chimera_report.tools.runtime.probe import Server, look

START = 30.0  # seconds until a server has to answer
STOP = 8.0  # seconds until it has to have ended


class Started:
    """A server in an own process, which ends when its stdin is closed: by `stop`, or with this process."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self.process = process
        self.log = log
        self.url = ""  # of a server that wants a token

    def stop(self) -> None:
        """End it and wait for that. May be called twice."""
        wire.entrust(self.url, None)
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        if self.process.stdout:
            self.process.stdout.close()
        try:
            self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if not self.log.closed:
            self.log.close()

    def said(self) -> str:
        self.log.seek(0)
        lines = self.log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else f"it ended with code {self.process.poll()}"


def _spawn(command: list[str], env: Mapping[str, str]) -> Started:
    log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by Started.stop
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", *command],  # -P: a file in the user's folder must not stand in for a module
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,  # Ctrl-C is for the program, which still has calls to end
    )
    return Started(process, log)


def _until(started: Started, url: Callable[[], str | None], what: str) -> Server:
    end = time.monotonic() + START
    while time.monotonic() < end and started.process.poll() is None:
        at = url()
        server = look(at) if at else None
        if server is not None:
            return server
        time.sleep(0.05)
    reason = "it did not answer in time" if started.process.poll() is None else started.said()
    started.stop()
    raise RuntimeFailed(f"{what} could not be started: {reason}", hint="`chimera-report doctor` shows what is there")


def embedded(env: Mapping[str, str], cache: Path, weights: Path | None = None) -> tuple[Started, Server]:
    """Start the embedded runtime on a free port, with the model in a file beside its own. Raises RuntimeFailed.

    It answers this process alone: to the token that it gets in its environment, which no other user can read.
    """
    more = ["--weights", str(weights)] if weights is not None else []
    token = secrets.token_urlsafe(32)
    started = _spawn(["chimera_report.tools.runtime.serve", "--cache", str(cache), *more], {**env, HANDED: token})
    port: list[int] = []
    stdout = started.process.stdout

    def url() -> str | None:
        if not port and stdout is not None:
            with selectors.DefaultSelector() as selector:
                selector.register(stdout, selectors.EVENT_READ)
                if selector.select(0.2) and (line := stdout.readline()):
                    port.append(json.loads(line)["port"])
                    started.url = f"http://127.0.0.1:{port[0]}"
                    wire.entrust(started.url, token)
        return started.url or None

    return started, _until(started, url, "the embedded runtime")


def ollama(executable: str, env: Mapping[str, str]) -> tuple[Started, Server]:
    """Start an installed Ollama on a free port of this machine, beside whatever OLLAMA_HOST names."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {**env, "OLLAMA_HOST": f"127.0.0.1:{port}"}
    started = _spawn(["chimera_report.tools.runtime.guard", executable, "serve"], given)
    return started, _until(started, lambda: f"http://127.0.0.1:{port}", "Ollama")
