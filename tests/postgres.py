"""A PostgreSQL for tests: Debian's own, on a free port, in a temporary folder, without touching the system's.

The server refuses to run as root; then it runs as the user `postgres`. Each test gets a new, empty database in it.
Where no PostgreSQL is installed the tests that need one are skipped; with CI set they fail.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from parts import lacks

_NUMBERS = count(1)
# Ends the server and removes its folder when standard input closes: also when a signal ends the tests before they can.
_GUARD = """exec 3<&0; "$@" 3<&- & server=$!
( cat <&3 >/dev/null; kill -QUIT $server; while kill -0 $server; do sleep 0.1; done; rm -rf "$PWD" ) 2>/dev/null &
wait $server"""
MISSING = "PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin): apt-get install postgresql"


def binaries() -> Path | None:
    """The folder of the newest `initdb` there is."""
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda p: float(p.parent.name))
    named = shutil.which("initdb")
    return Path(named).parent if named else None


class Postgres:
    """A server of its own, in `folder`. `url(name)` is the address of one of its databases."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.data = folder / "data"
        self.log = folder / "log"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._owner: dict[str, object] = {"cwd": folder}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            shutil.chown(folder, user.pw_uid, user.pw_gid)
            self._owner |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "env": {"HOME": str(folder)}}
        done = subprocess.run(
            [
                *(programs / "initdb", "-D", self.data, "-U", "chimera", "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            check=False,
            **self._owner,  # type: ignore[call-overload]
        )
        assert done.returncode == 0, done.stderr

    def start(self, *, durable: bool = False) -> None:
        """Start it, or start it again after a kill; `durable` for tests that kill it."""
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the same one again after a kill
            free.bind(("127.0.0.1", self.port))
            self.port = free.getsockname()[1]
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "on" if durable else "off",
            "shared_buffers": "64MB",
            "max_wal_size": "1GB",
            "max_connections": 60,
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    "/bin/sh",
                    "-c",
                    _GUARD,
                    "sh",
                    self.programs / "postgres",
                    "-D",
                    self.data,
                    *(f"--{k}={v}" for k, v in options.items()),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is for the tests; they stop the server
                **self._owner,  # type: ignore[call-overload]
            )
        until = time.monotonic() + 300
        while True:
            try:
                psycopg.connect(self._address("postgres"), connect_timeout=60).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise AssertionError(self.log.read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """An immediate shutdown: nothing in it is of use afterwards."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(300)
            self._process = None

    def kill(self) -> None:
        """Kill -9 of the whole server; `start` recovers it."""
        assert self._process is not None
        os.killpg(self._process.pid, 9)
        self._process.wait(300)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process = None
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _address(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=chimera dbname={name}"

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://chimera@127.0.0.1:{self.port}/{name}"

    def create(self) -> str:
        """A new, empty database; its address."""
        name = f"t{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as link:
            link.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return self.url(name)


def available() -> Path:
    """The programs; skips the test where there are none, fails it with CI set."""
    programs = binaries()
    if programs is None:
        lacks(MISSING)
    return programs


@contextlib.contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """A server until the end of the block."""
    # Not below pytest's folder: that one is closed to the user `postgres`.
    folder = Path(tempfile.mkdtemp(prefix="chimera-postgres-"))
    try:
        server = Postgres(available(), folder)
        server.start(durable=durable)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of a process."""
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database: each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'central.sqlite'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.create()
