"""A finished report to ask, an Ollama-shaped server that can hang, and a terminal that types."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyte
import warm

PROGRAM = str(Path(sys.executable).parent / "chimera-report")
DIGEST = "sha256:" + "cd" * 32
WAIT = 300.0  # seconds for anything to happen: no more than a limit


class HangingServer:
    """Has one model. A chat request waits until `release`, which answers it with no wording of anything."""

    def __init__(self) -> None:
        self.asked = threading.Event()  # a chat request is there
        self.release = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                pass

            def reply(self, data: object) -> None:
                body = json.dumps(data).encode() + b"\n"
                self.send_response(200)
                self.send_header("content-type", "application/x-ndjson")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                details = {"quantization_level": "Q4_K_M", "parameter_size": "1M", "family": "hanging"}
                models = [
                    {"name": "hanging:1m", "model": "hanging:1m", "digest": DIGEST, "size": 1, "details": details}
                ]
                self.reply({"version": "0.0.1"} if self.path == "/api/version" else {"models": models})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                if self.path == "/api/chat":
                    outer.asked.set()
                    outer.release.wait(WAIT)
                    message = {"role": "assistant", "content": "{}"}
                    with contextlib.suppress(OSError):  # who asked is gone
                        self.reply({"model": "hanging:1m", "message": message, "done": True, "done_reason": "stop"})
                else:
                    self.reply({"details": {}, "model_info": {}, "capabilities": []})

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()


def trust(report: Path) -> None:
    """As if the report had been worded by the model of the server, and the model had been found fit to word."""
    record: dict[str, Any] = json.loads((report / "run.json").read_text())
    record |= {"tier": "phrase", "runtime": {"digest": DIGEST}}
    (report / "run.json").write_text(json.dumps(record))


class _Screen(pyte.Screen):
    """A screen that answers a program which asks where its cursor is."""

    def __init__(self, handle: int) -> None:
        super().__init__(100, 500)
        self._handle = handle

    def write_process_input(self, data: str) -> None:
        os.write(self._handle, data.encode())


class Terminal:
    """The program in a terminal of its own: 100 columns, and so many lines that nothing scrolls away."""

    def __init__(self, *arguments: str, cwd: Path, env: Mapping[str, str]) -> None:
        self._handle, inner = pty.openpty()
        self._screen = _Screen(self._handle)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        termios.tcsetwinsize(inner, (500, 100))
        self._process = warm.start(*arguments, cwd=cwd, env=env, stdin=inner, stdout=inner, stderr=inner, terminal=True)
        os.close(inner)
        self._at = -1  # the line of the last prompt

    def type(self, keys: str) -> None:
        os.write(self._handle, keys.encode())

    def wait(self, shown: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + WAIT
        while not shown():
            ready = select.select([self._handle], [], [], max(end - time.monotonic(), 0))[0]
            if not ready or not self._read():
                raise AssertionError(f"{what} was not shown; shown is:\n" + "\n".join(self.lines()))

    def expect(self, text: str) -> None:
        """Waits for a text below the last prompt."""
        self.wait(lambda: text in "\n".join(self.lines()[max(self._at, 0) :]), repr(text))

    def prompt(self) -> str:
        """Waits for the next empty prompt; what is between it and the one before, with that one's line."""
        self.wait(lambda: len(self.lines()) - 1 > self._at and self.lines()[-1] == ">", "a prompt")
        before, self._at = max(self._at, 0), len(self.lines()) - 1
        return "\n".join(self.lines()[before : self._at])

    def lines(self) -> list[str]:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip().split("\n")

    def _read(self) -> bool:
        try:
            data = os.read(self._handle, 65536)
        except OSError:  # it has ended
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def ends(self) -> int:
        """The exit code."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            if select.select([self._handle], [], [], 0.05)[0] and not self._read():
                break
        code = self._process.wait(WAIT)
        os.close(self._handle)
        return code

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            self.ends()


def run(*arguments: str, cwd: Path, env: Mapping[str, str], given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments], cwd=cwd, env=dict(env), input=given, capture_output=True, text=True,
        timeout=WAIT, check=False,
    )  # fmt: skip
