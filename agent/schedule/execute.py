"""One claimed run from its claim to its end, whatever happens in between: renewed while it runs, ended once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from chimera_report.agent.schedule import lease
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.lease import BEAT, LEASE, Claim, Ended, LeaseLost
from chimera_report.agent.schedule.log import Log
from chimera_report.tools.errors import Away, ChimeraError, StoreError
from chimera_report.tools.store import Database

T = TypeVar("T")
PATIENCE = LEASE / 2  # with a database that is away: as long as the run is surely still held


def patiently(call: Callable[[], T], log: Log, name: str, check: Callable[[], None] = lambda: None) -> T:
    """What `call` answers. It is called again, ever more seldom, while the database is away.

    Raises Away after PATIENCE, and what `call` and `check` raise.
    """
    begun, wait = time.monotonic(), 0.5
    while True:
        try:
            return call()
        except Away as exc:
            if time.monotonic() - begun > PATIENCE.total_seconds():
                raise
            log("the database is away", level="warning", run=name, error=exc.what, again_in_s=wait)
        time.sleep(wait)
        wait = min(2 * wait, 8.0)
        check()


class Heart:
    """Renews the lease in the background. `check` is called by the work, often: it raises once the run is lost."""

    def __init__(self, database: Database, mine: Claim, clock: Clock, log: Log) -> None:
        self._database, self._mine, self._clock, self._log = database, mine, clock, log
        self._stop = threading.Event()
        self._lost: LeaseLost | None = None
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)

    def check(self) -> None:
        """Raises LeaseLost."""
        if self._lost is not None:
            raise self._lost

    def patient(self, call: Callable[[], T]) -> T:
        """A step of the work that asks the database and may be done twice. Raises LeaseLost, Away."""
        return patiently(call, self._log, self._mine.name, self.check)

    def _beat(self) -> None:
        renewed = time.monotonic()
        while not self._stop.wait(BEAT.total_seconds()):
            try:
                lease.renew(self._database, self._mine, self._clock)
                renewed = time.monotonic()
            except LeaseLost as exc:
                self._lost = exc
                return
            except StoreError as exc:
                # A database that is away for a moment is no reason to stop. Half of the lease is left for what goes on
                # until the next `check`, such as a call of the model: only then may another take the run up.
                self._log("no heartbeat", level="warning", run=self._mine.name, error=exc.what)
                if time.monotonic() - renewed > PATIENCE.total_seconds():
                    self._lost = LeaseLost("the database cannot be reached to hold this run", where=self._mine.name)
                    return

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()


Work = Callable[[Claim, Heart], Ended]


def execute(database: Database, mine: Claim, work: Work, clock: Clock, log: Log) -> Ended:
    """Do the work of a claimed run and end it: done, unchanged, or failed with what to do.

    KeyboardInterrupt (a clean stop) gives the run back for the next to go on with, and is raised again. So is a bug,
    after its run has failed. Raises LeaseLost where another took the run over, and Away where the database cannot be
    reached for long: then nothing was ended here, and who asks next goes on with the run.
    """
    log("run begins", run=mine.name, due=mine.due_at, kind=mine.kind, missed=mine.missed, attempt=mine.attempts)
    try:
        with Heart(database, mine, clock, log) as heart:
            try:
                how = work(mine, heart)
            except (LeaseLost, Away):
                raise
            except ChimeraError as exc:
                how = failed(exc, mine)
        heart.check()
    except (LeaseLost, Away) as exc:
        log("run lost", level="error", run=mine.name, error=exc.what)
        raise
    except KeyboardInterrupt:
        lease.let_go(database, mine, clock)
        log("run given back", run=mine.name)
        raise
    except Exception as exc:
        bug = ChimeraError(
            f"a bug of the program ({type(exc).__name__})",
            hint="The output has the traceback; please report it.",
        )
        lease.end(database, mine, failed(bug, mine), clock)
        log("run failed", level="error", run=mine.name, error=bug.what)
        raise
    patiently(lambda: lease.end(database, mine, how, clock), log, mine.name)
    level = "error" if how.state == "failed" else "info"
    log(f"run {how.state}", level=level, run=mine.name, report=how.report_run, gate=how.gate, **_error(how))
    return how


def failed(exc: ChimeraError, mine: Claim) -> Ended:
    """The end of a run that could not be done. Everybody is told, whatever `--on` says."""
    return Ended(
        "failed",
        {"what": exc.what, "where": exc.where, "hint": exc.hint, "exit": exc.exit_code},
        notify=mine.spec.notify,
    )


def _error(how: Ended) -> dict[str, str]:
    return {"error": str(how.message.get("what", ""))} if how.state == "failed" else {}
