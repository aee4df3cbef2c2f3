"""Everything that one call of `schedule run` does: a run, if there is one to do, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping

from chimera_report.agent.schedule import lease, outbox
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.execute import execute
from chimera_report.agent.schedule.lease import Claim, Ended, Held
from chimera_report.agent.schedule.log import Log
from chimera_report.agent.schedule.retention import prune
from chimera_report.agent.schedule.work import Worker
from chimera_report.tools.store import Database


def run(
    database: Database,
    name: str,
    *,
    manual: bool,
    env: Mapping[str, str],
    version: str,
    log: Log,
    busy: bool = False,
) -> Ended | Held | None:
    """Do what `name` has to do now (with `manual`, at any rate a run), tidy up, and send what waits.

    None where nothing was to be done. Raises StoreError, LeaseLost, KeyboardInterrupt.
    """
    clock = Clock(database)
    found = lease.claim(database, name, lease.owner(), clock, manual=manual)
    how: Ended | Held | None = found if not isinstance(found, Claim) else None
    if isinstance(found, Claim):
        how = execute(database, found, Worker(database, env, version, log, busy), clock, log)
        with database.read() as link:
            now = clock.now(link)
        for path in prune(database, name, found.spec, now):
            log("report removed", run=found.name, folder=path)
    outbox.deliver(database, clock, env, log)
    return how
