"""The daemon: wakes when something is due and starts `schedule run NAME --due` for it. It decides nothing: that stands
in the database, so a daemon can be killed, or run twice, without a run lost or doubled.

APScheduler keeps the times and wakes the threads. Its own job store is not used: several schedulers must not share
one, and it keeps pickled code in the database. The table of schedules takes its place.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from chimera_report.agent.schedule import book, lease, outbox
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.cron import Cron
from chimera_report.agent.schedule.log import Log
from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.store import Database, tables

LOOK_S = 10.0  # seconds between two looks at the database: for schedules that others add, and runs that others drop
SLOWEST_S = 300.0  # between two looks at a database that is away
GRACE_S = 30.0  # for runs to give themselves back at the end
_DUE = "due:"
_D = tables.daemons
_PROGRAM = "from chimera_report.agent.cli import main; main()"


class Due(BaseTrigger):  # type: ignore[misc]
    """A cron line as APScheduler asks for it."""

    def __init__(self, cron: Cron) -> None:
        self.cron = cron

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        return self.cron.after(max(previous_fire_time, now) if previous_fire_time else now)

    def __str__(self) -> str:
        return self.cron.text


class Daemon:
    """`run` returns after `stop`, from a signal handler or another thread."""

    def __init__(
        self,
        database: Database,
        *,
        address: str,
        env: Mapping[str, str],
        version: str,
        log: Log,
        log_folder: Path,
        look_s: float = LOOK_S,
    ) -> None:
        self._database, self._clock, self._log, self._version = database, Clock(database), log, version
        self._env = dict(env) | {"CHIMERA_REPORT_DB": address}  # in the environment: nobody else sees a password there
        self._log_folder, self._look_s = log_folder, look_s
        self._me, self._host = lease.owner(), socket.gethostname()
        self._wanted = threading.Event()
        self._turn = threading.Lock()
        self._children: dict[str, subprocess.Popen[bytes] | None] = {}  # by schedule; None: waits for its turn
        self._lines: dict[str, Cron] = {}
        self._failing = 0
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={
                "default": ThreadPoolExecutor(3),
                # One run at a time: two that measure would measure each other.
                "runs": ThreadPoolExecutor(1),
            },
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def stop(self, *_: object) -> None:
        self._wanted.set()

    def run(self) -> None:
        """Until `stop`. Raises StoreError where the database cannot be used at the start."""
        with self._database.write() as link:
            now = self._clock.now(link)
            born = {"owner": self._me, "host": self._host, "pid": os.getpid(), "version": self._version}
            link.execute(sa.insert(_D).values(**born, started_at=now, seen_at=now))
            link.execute(sa.delete(_D).where(_D.c.seen_at < now - timedelta(days=30)))
        self._log("daemon begins", database=self._database.name, daemon=self._me)
        now_here = datetime.now(UTC)
        self._every(self._look, "look", now_here)
        self._every(self._deliver, "deliver", now_here)
        self._scheduler.start()
        try:
            while not self._wanted.wait(1.0):  # a plain wait would keep a signal waiting on some systems
                pass
        finally:
            self._end()

    def _every(self, what: Callable[[], None], name: str, begin: datetime) -> None:
        self._scheduler.add_job(what, "interval", seconds=self._look_s, id=name, next_run_time=begin)

    # --- what it does again and again

    def _look(self) -> None:
        """Schedules as they are now, a sign of life, and whatever is due or was cut off."""
        try:
            with self._database.write() as link:
                link.execute(sa.update(_D).where(_D.c.owner == self._me).values(seen_at=self._clock.now(link)))
            self._times({s.name: s.cron for s in book.every(self._database) if s.active})
            for name in lease.waiting(self._database, self._clock):
                self._begin(name)
            self._recovered("look")
        except ChimeraError as exc:
            self._failed("look", exc)

    def _times(self, lines: dict[str, Cron]) -> None:
        """One job of APScheduler for each schedule that is active."""
        for name in self._lines.keys() - lines.keys():
            self._scheduler.remove_job(_DUE + name)
        for name, cron in lines.items():
            if self._lines.get(name) != cron:
                self._scheduler.add_job(self._begin, Due(cron), args=[name], id=_DUE + name, replace_existing=True)
        self._lines = dict(lines)

    def _deliver(self) -> None:
        try:
            outbox.deliver(self._database, self._clock, self._env, self._log)
        except ChimeraError as exc:
            self._log("messages wait", level="warning", error=exc.what)

    def _failed(self, job: str, exc: ChimeraError) -> None:
        """A database that is away is asked ever more seldom, and said once a time."""
        self._failing += 1
        wait = min(self._look_s * 2 ** min(self._failing, 10), SLOWEST_S)
        self._log("the database cannot be asked", level="error", error=exc.what, again_in_s=wait)
        self._scheduler.modify_job(job, next_run_time=datetime.now(UTC) + timedelta(seconds=wait))

    def _recovered(self, job: str) -> None:
        if self._failing:
            self._failing = 0
            self._log("the database is back", job=job)

    # --- runs

    def _begin(self, name: str) -> None:
        """Have a run of `name` started, unless one of this daemon waits or runs."""
        with self._turn:
            if name in self._children or self._wanted.is_set():
                return
            self._children[name] = None
        self._scheduler.add_job(self._child, args=[name], executor="runs", id=f"run:{name}", replace_existing=True)

    def _child(self, name: str) -> None:
        """One run as a process of its own: what it does to memory and signals is its own, and it outlives a kill -9 of
        the daemon."""
        command = [sys.executable, "-c", _PROGRAM, "schedule", "run", name, "--due", "--quiet"]
        command += ["--log", str(self._log_folder)]
        try:
            with self._turn:
                if self._wanted.is_set():
                    return
                child = subprocess.Popen(
                    command, env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
                )
                self._children[name] = child
            code = child.wait()
            if code < 0 or code == 1:
                self._log("run died", level="error", schedule=name, child=child.pid, code=code)
            # Whatever it still holds, it cannot end any more: it died, or the database was away at its end.
            lease.release_dead(self._database, {child.pid: self._host}, self._clock)
        except (ChimeraError, OSError) as exc:
            self._log("run not followed", level="error", schedule=name, error=getattr(exc, "what", str(exc)))
        finally:
            with self._turn:
                self._children.pop(name, None)

    def _end(self) -> None:
        """Runs give themselves back, for the next daemon to go on with."""
        with self._turn:
            children = [c for c in self._children.values() if c is not None]
        for child in children:
            child.send_signal(signal.SIGTERM)
        for child in children:
            try:
                child.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()
        self._scheduler.shutdown(wait=True)
        values: dict[str, Any] = {}
        try:
            with self._database.write() as link:
                values = {"stopped_at": self._clock.now(link)}
                link.execute(sa.update(_D).where(_D.c.owner == self._me).values(**values))
        except ChimeraError as exc:
            self._log("the end could not be noted", level="warning", error=exc.what)
        self._log("daemon ends", daemon=self._me)
