"""A place to work in, with everything that a command needs, and each command as a process that can be killed.

The processes are forked from this one, in which the program is loaded: a kill falls into the work of a command, not
into its imports.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "agent"), str(TESTS)]

MCP = (
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},'
    '"clientInfo":{"name":"t","version":"0"}}}\n{"jsonrpc":"2.0","method":"notifications/initialized"}\n'
    '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"ask","arguments":'
    '{"report":"one","question":"which is fastest?"}}}\n'
)


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    words: tuple[str, ...]
    given: str = ""
    again: tuple[str, ...] = ()  # what is said after it was cut off, where that is not the same
    writes: bool = True


def commands(url: str) -> list[Command]:
    """All that write, and those that only read; `url` is of a model server."""
    quick, server = ("--quiet", "--format", "md"), ("--host", url, "--model", "scripted:1m")
    bench = ("bench", "scripted:1m", "--host", url, "--factor", "num_ctx=512,1024", "--runs", "6", "--num-predict", "4",
             "--out", "measured", "--quiet", "--time-budget", "60s")  # fmt: skip
    return [
        Command("report", ("data", "--no-llm", "--quiet", "--format", "md,html")),
        Command("report --db", ("data", "--no-llm", "--quiet", "--format", "md", "--db", "central.sqlite")),
        Command("report --measure", ("data", "--no-llm", *quick, "--measure", "--yes", "--time-budget", "3s", *server)),
        Command("report, a model", ("data", *quick, *server, "--budget", "5")),
        Command("inspect --write-map", ("inspect", "plain", "--write-map"), again=("inspect", "plain")),
        Command("ask", ("ask", "reports/one", "which is fastest?", "--no-llm")),
        Command("chat", ("chat", "reports/one", "--no-llm"), "which is fastest?\nand of beta:3b?\n"),
        Command("bench", bench, again=(*bench, "--resume")),
        Command("export", ("export", "results", "--format", "openmetrics", "--out", "out.txt")),
        Command("verify", ("verify", "reports/one", "--data", "data"), writes=False),
        Command("render", ("render", "reports/one", "--format", "html", "--out", "made")),
        Command("sign", ("sign", "reports/one", "--key", "key.pem")),
        Command("fill", ("fill", "README.md", "--report", "reports/one")),
        Command("lint", ("lint", "reports/one/report.md", "--against", "data"), writes=False),
        Command("mcp", ("mcp", "data", "--out", "reports"), MCP),
        Command("history", ("history", "decode_rate"), writes=False),
        Command("status", ("status",), writes=False),
        Command("db init", ("db", "init", "--db", "new.sqlite")),
        Command("db import", ("db", "import", "data", "reports/one")),
        Command("db export", ("db", "export", "--out", "exported"), again=("db", "export", "--out", "exported2")),
        Command("db stats", ("db", "stats"), writes=False),
        Command("db vacuum", ("db", "vacuum")),
        Command("db check", ("db", "check"), writes=False),
        Command("schedule add", ("schedule", "add", "nightly", "data", "--cron", "0 3 * * *", "--no-llm"),
                again=("schedule", "list")),
        # A run that died is another's only when its lease has ended: until then a second one is refused.
        Command("schedule run", ("schedule", "run", "weekly"), again=("schedule", "history", "weekly")),
    ]  # fmt: skip


@dataclass(slots=True)
class Ended:
    code: int | None  # None: by a signal
    seconds: float
    said: str  # on both streams


class Desk:
    """`place` has data, reports/one, results of a bench, a database, a key, a file with markers."""

    def __init__(self, place: Path, mark: str, nursery: Nursery) -> None:
        self.place = place
        self.nursery = nursery
        self.mark = mark
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CHIMERA", "OLLAMA", "XDG", "PG"))}
        places = {f"XDG_{n}_HOME": str(place / f".{n.lower()}") for n in ("DATA", "CACHE", "CONFIG", "STATE")}
        self.env = {**kept, **places, "HOME": str(place), "TMPDIR": str(place / ".tmp"), "CHIMERA_ATTACK": mark}
        self.env["PATH"] = "/usr/bin:/bin"  # no Ollama of the machine's

    @classmethod
    def made(cls, place: Path, nursery: Nursery) -> Desk:
        from conftest import finish, write_folder  # type: ignore[import-not-found]
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        place.mkdir(parents=True, exist_ok=True)
        (place / ".tmp").mkdir()
        finish(write_folder(place / "data")).rename(place / "reports/one")
        shutil.copytree(place / "data", place / "plain")
        shutil.copytree(TESTS.parent / "data" / "threads-context-prompt", place / "results")
        raw = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (place / "key.pem").write_bytes(Ed25519PrivateKey.generate().private_bytes(*raw))
        (place / "README.md").write_text(
            "Rate: <!-- chimera: fact metric=decode_rate subject=alpha:1b -->?<!-- /chimera -->\n"
        )
        desk = cls(place, f"{os.getpid()}-{time.time_ns()}", nursery)
        for words in (("db", "init"), ("db", "import", "data"),
                      ("schedule", "add", "weekly", "data", "--cron", "0 4 * * 1", "--no-llm")):  # fmt: skip
            ended = desk.run(Command("", words))
            assert ended.code == 0, ended.said
        return desk

    def copy(self, place: Path) -> Desk:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.place, place, symlinks=True)
        return Desk(place, f"{os.getpid()}-{time.time_ns()}", self.nursery)

    def run(self, command: Command, kill_after: float | None = None, limit: float = 300.0) -> Ended:
        """The command to its end, or killed (-9) after so many seconds; its own children are not."""
        handle, name = tempfile.mkstemp(prefix="said-")
        os.close(handle)
        began = time.monotonic()
        ended = self.nursery.run(
            {"words": command.words, "place": str(self.place), "env": self.env, "given": command.given, "said": name},
            limit if kill_after is None else kill_after,
        )
        path = Path(name)
        said = path.read_text(encoding="utf-8", errors="replace")
        path.unlink()
        return Ended(None if ended < 0 else ended, time.monotonic() - began, said)

    def left(self) -> list[str]:
        """Processes that were started here and are still there."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with suppress(OSError):
                    if f"CHIMERA_ATTACK={self.mark}".encode() in (entry / "environ").read_bytes():
                        found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:120])
        return found

    def digest(self, folder: str) -> str:
        whole = hashlib.sha256()
        for path in sorted(p for p in (self.place / folder).rglob("*") if p.is_file()):
            whole.update(str(path.relative_to(self.place)).encode() + b"\0" + path.read_bytes())
        return whole.hexdigest()


class Nursery:
    """A process in which the program is loaded and nothing of it was used, so that it can be forked: a library that has
    started threads would wait for them for ever. To be made before anything else is.
    """

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self._ours.close()
            _warm()
            _serve(theirs)
            os._exit(0)
        theirs.close()
        self._lines = self._ours.makefile("r")

    def run(self, asked: dict[str, Any], seconds: float) -> int:
        """Exit code, or minus the signal. The process is killed after so many seconds."""
        self._ours.sendall(json.dumps(asked).encode() + b"\n")
        pid = int(self._lines.readline())
        if not select.select([self._ours], [], [], seconds)[0]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(int(self._lines.readline()))

    def close(self) -> None:
        self._lines.close()
        self._ours.close()
        os.waitpid(self.pid, 0)


def _serve(theirs: socket.socket) -> None:
    for line in theirs.makefile("r"):
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(asked, theirs)
        theirs.sendall(b"%d\n" % pid)
        theirs.sendall(b"%d\n" % os.waitpid(pid, 0)[1])


def _child(asked: dict[str, Any], theirs: socket.socket) -> NoReturn:
    code = 1
    try:
        theirs.close()
        os.setsid()
        os.chdir(asked["place"])
        inlet, outlet = os.pipe()
        os.write(outlet, asked["given"].encode())
        os.close(outlet)
        said = os.open(asked["said"], os.O_WRONLY)
        for number, fd in ((0, inlet), (1, said), (2, said)):
            os.dup2(fd, number)
        os.closerange(3, 256)
        os.environ.clear()
        os.environ.update(asked["env"])
        tempfile.tempdir = None
        sys.argv = ["chimera-report", *asked["words"]]
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        code = _called(asked["words"])
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _called(words: list[str]) -> int:
    """As the installed command does; what it does not catch would be a traceback."""
    import traceback

    from chimera_report.agent.cli import main

    try:
        main(words)
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 0 if exc.code is None else 1
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        return 1
    return 0


def _warm() -> None:
    """Import what the commands import; no thread may run after it."""
    import importlib

    names = "report verify lint mcp graph signing filling chat database schedule"
    rooms = "bench store.database query render.figures render.html stats ingest.folder"
    for name in (*(f"agent.{n}" for n in names.split()), *(f"tools.{n}" for n in rooms.split())):
        with suppress(ImportError):
            importlib.import_module(f"chimera_report.{name}")
