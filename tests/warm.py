"""Processes of `chimera-report` that need not load it: a process that has loaded everything once forks for each.

Loading is two thirds of what a short command costs, and a test that kills ten of them in turn is about signals, files
and streams, not about start-up. What is forked is a process like any other: its own number, streams, folder,
environment and signals. What only a fresh interpreter shows (libraries that read the environment when they are
loaded, packages beside ours, the script that pip makes) is tested with one.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

_LARGEST = 1 << 20  # bytes of a command line with its environment


class Process:
    """What `subprocess.Popen(…, text=True)` gives, as far as the tests use it."""

    def __init__(self, pid: int, link: socket.socket, streams: list[IO[str] | None]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin, self.stdout, self.stderr = streams
        self._link = link

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, below zero for a signal. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._link.settimeout(timeout)
            try:
                self.returncode = int(self._link.recv(64))
            except TimeoutError:
                raise subprocess.TimeoutExpired("chimera-report", timeout or 0.0) from None
            self._link.close()
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired, BlockingIOError):
            self.wait(0.0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """End it where it is still there; close what is open towards it."""
        self.kill()
        self.wait()
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):  # what was still to be written to it
                    stream.close()


class _Warm:
    """The process that forks: one for each process of pytest, which ends with it."""

    def __init__(self) -> None:
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._link, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
        command = [sys.executable, str(Path(__file__)), str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)
        theirs.close()
        atexit.register(self._end)

    def _end(self) -> None:
        self._link.close()
        self._process.wait(300)

    def start(self, given: dict[str, Any], streams: list[int]) -> tuple[int, socket.socket]:
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._link, [json.dumps(given).encode()], [*streams, theirs.fileno()])
        return int(mine.recv(64)), mine


_warm: _Warm | None = None
_started: list[Process] = []


def leave_none() -> None:
    """End the processes that a test left behind, as one that fails half way does: its sockets would be found unclosed
    in the middle of another test, which then fails as well."""
    while _started:
        _started.pop().close()


def start(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    terminal: bool = False,
) -> Process:
    """`chimera-report` with these arguments. A stream is PIPE, DEVNULL or a file's number; with `terminal` the
    process leads a session of its own, whose terminal its standard input is."""
    global _warm
    if _warm is None:
        _warm = _Warm()
    theirs: list[int] = []
    opened: list[int] = []
    ours: list[IO[str] | None] = []
    for which, stream in enumerate((stdin, stdout, stderr)):
        end = None
        if stream == subprocess.PIPE:
            reads, writes = os.pipe()
            inner, outer = (reads, writes) if which == 0 else (writes, reads)
            end = os.fdopen(outer, "w" if which == 0 else "r", encoding="utf-8")
            opened.append(inner)
        elif stream == subprocess.DEVNULL:
            inner = os.open(os.devnull, os.O_RDWR)
            opened.append(inner)
        else:
            inner = stream
        theirs.append(inner)
        ours.append(end)
    given = {
        "arguments": [str(a) for a in arguments],
        "cwd": str(cwd),
        "env": dict(os.environ if env is None else env),
        "terminal": terminal,
    }
    pid, link = _warm.start(given, theirs)
    for number in opened:
        os.close(number)
    _started.append(Process(pid, link, ours))
    return _started[-1]


# --- in the process that forks ----------------------------------------------------------------------------------------


def _load() -> None:
    """Everything that a command can load; what an extra brings only where it is installed."""
    import chimera_report

    for module in pkgutil.walk_packages(chimera_report.__path__, "chimera_report."):
        if "migrations" not in module.name and not module.name.endswith(("__main__", ".worker")):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    for name in ("langgraph.graph", "langgraph.checkpoint.sqlite", "langgraph.types", "scipy.stats", "pyarrow.parquet"):
        importlib.import_module(name)


def _become(given: dict[str, Any], streams: list[int]) -> None:
    """What exec does for a command: streams, folder, environment, signals; then the arguments."""
    for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python has it
    if given["terminal"]:
        os.setsid()
        fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        if stream > 2:
            os.close(stream)
    os.chdir(given["cwd"])
    os.environ.clear()
    os.environ.update(given["env"])
    encoding = given["env"].get("PYTHONIOENCODING", "utf-8")
    sys.stdin = os.fdopen(0, encoding=encoding, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding=encoding, closefd=False, buffering=1 if os.isatty(1) else -1)
    sys.stderr = os.fdopen(2, "w", encoding=encoding, closefd=False, buffering=1, errors="backslashreplace")
    sys.argv = ["chimera-report", *given["arguments"]]


def _serve(link: socket.socket) -> None:
    """Forks until the other end closes; returns in each process that was forked, ready to run its command."""
    _load()
    waking, woken = os.pipe()
    for end in (waking, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as events:
        events.register(link, selectors.EVENT_READ)
        events.register(waking, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in events.select()}
            if waking in ready:
                os.read(waking, 4096)
                while running:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                    if pid == 0:
                        break
                    with running.pop(pid) as told, contextlib.suppress(OSError):
                        told.send(str(os.waitstatus_to_exitcode(status)).encode())
            if link in ready:
                said, streams, _, _ = socket.recv_fds(link, _LARGEST, 4)
                if not said:
                    sys.exit(0)
                told = socket.socket(fileno=streams.pop())
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    for other in (link, told, *running.values()):
                        other.close()
                    os.close(waking)
                    os.close(woken)
                    _become(json.loads(said), streams)
                    return
                for stream in streams:
                    os.close(stream)
                running[pid] = told
                told.send(str(pid).encode())


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
    from chimera_report.agent.cli import main

    main()
