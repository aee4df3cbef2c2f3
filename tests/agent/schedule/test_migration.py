"""The schema of schedules, from the one before it with data in it."""

from __future__ import annotations

import sqlalchemy as sa

from chimera_report.agent.schedule import book
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.lease import Claim, claim
from chimera_report.agent.schedule.spec import Spec
from chimera_report.tools.store import Database, head, migrate, open_database, parse_url, tables

from .conftest import rows

OLD = [
    "INSERT INTO schedules (name, spec, cron, timezone, path, state, created_at, updated_at) VALUES "
    "('nightly', :spec, '* * * * *', 'UTC', '/data', 'active', '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
    "INSERT INTO schedule_runs (schedule, due_at, state) VALUES ('nightly', '2026-01-02 00:00:00', 'done')",
    "INSERT INTO notifications (schedule_run_id, target, state, attempts, last_error, at) VALUES "
    "((SELECT id FROM schedule_runs), 'env:HOOK', 'sent', 1, '', '2026-01-02 00:00:00')",
]


def test_schedules_of_before_run_from_now_on_and_keep_their_history(database_url: str) -> None:
    spec = Spec(path="/data", out="/reports").model_dump_json()
    old = Database(parse_url(database_url))
    migrate(old, "0001")
    with old.write() as link:
        for statement in OLD:
            link.execute(sa.text(statement), {"spec": spec} if ":spec" in statement else {})
    assert migrate(old) == ("0001", head())
    old.close()
    with open_database(database_url) as database:
        clock = Clock(database)
        schedule = book.get(database, "nightly")
        assert schedule.spec.path == "/data"
        with database.read() as link:
            now = clock.now(link)
        assert abs((now - schedule.decided_at).total_seconds()) < 3600
        assert rows(database, "SELECT state, target FROM notifications") == [{"state": "sent", "target": "env:HOOK"}]
        with database.read() as link:
            run = link.execute(sa.select(tables.schedule_runs)).one()
        assert (run.state, run.kind, run.missed, run.attempts, run.accepted) == ("done", "due", 0, 1, False)
        found = claim(database, "nightly", "a", clock, manual=True)
        assert isinstance(found, Claim) and found.id == 2
