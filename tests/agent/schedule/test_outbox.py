"""Messages to a real mail server and a real web hook, with failures, retries, and no secret anywhere."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from chimera_report.agent.schedule import book, outbox
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.cron import Cron, zone_of
from chimera_report.agent.schedule.lease import Claim, Ended, claim, end
from chimera_report.agent.schedule.log import Log
from chimera_report.agent.schedule.outbox import BACKOFF
from chimera_report.agent.schedule.spec import Spec
from chimera_report.tools.store import Database, tables

from .conftest import Hands, rows
from .receivers import http, smtp

SECRET = "geheimnis-4711"
DONE = {
    "report": "/reports/7/report.md",
    "host": "bench1",
    "gate": "gate: 1 regression",
    "gate_failed": True,
    "summary_title": "Executive Summary",
    "summary": ["alpha:1b decodes fastest."],
    "changes_title": "What Changed Since 6",
    "changes": ["The decode rate of beta:3b fell by 15 %."],
}


def ended(database: Database, clock: Clock, spec: Spec, targets: tuple[str, ...], **how: object) -> None:
    book.add(database, "s", Cron.parse("0 6 * * *", zone_of("UTC")), spec, clock)
    found = claim(database, "s", "a", clock, manual=True)
    assert isinstance(found, Claim)
    end(database, found, Ended(**{"state": "done", "message": DONE, "notify": targets, **how}), clock)  # type: ignore[arg-type]


def test_a_result_reaches_mail_and_hook_after_failures(
    database: Database, clock: Clock, hands: Hands, spec: Spec, log: Log
) -> None:
    with smtp() as (mail, mail_port), http() as (hook, hook_port):
        plain = f"mailto://127.0.0.1:{mail_port}?from=bench@example.org&to=team@example.org"
        env = {"HOOK": f"json://me:{SECRET}@127.0.0.1:{hook_port}/{SECRET}"}
        mail.refuse, hook.refuse = 1, 2
        ended(database, clock, spec, (plain, "env:HOOK", "env:HOOK"))
        assert outbox.deliver(database, clock, env, log) == (0, 2)
        assert outbox.deliver(database, clock, env, log) == (0, 0)  # not before its time
        assert outbox.waiting(database) == hands.at + BACKOFF[0]
        hands.on(seconds=BACKOFF[0].total_seconds())
        assert outbox.deliver(database, clock, env, log) == (1, 1)
        hands.on(seconds=BACKOFF[1].total_seconds())
        assert outbox.deliver(database, clock, env, log) == (1, 0)
        assert outbox.waiting(database) is None
    letter = email.message_from_bytes(mail.got[0].content, policy=email.policy.default)
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    assert letter["Subject"] == "s: regressions"
    for said in (
        "gate: 1 regression",
        "fell by 15 %.",
        "alpha:1b decodes",
        "/reports/7/report.md (on bench1)",
        "run 1",
    ):
        assert said in text
        assert said in hook.got[0][1]["message"]
    assert (len(mail.got), len(hook.got), hook.got[0][1]["type"]) == (1, 1, "warning")
    found = rows(database, "SELECT state, attempts FROM notifications ORDER BY id")
    assert found == [{"state": "sent", "attempts": 2}, {"state": "sent", "attempts": 3}]
    assert SECRET not in dump(database)
    assert SECRET not in log.path.read_text()


def dump(database: Database) -> str:
    """Everything that the database holds; for SQLite its file as it is, with the log beside it."""
    with database.read() as link:
        held = "".join(str(link.execute(sa.select(t)).all()) for t in tables.metadata.sorted_tables)
    if database.sqlite:
        place = str(database.url.database)
        held += "".join(
            Path(place + e).read_bytes().decode("latin-1") for e in ("", "-wal") if Path(place + e).exists()
        )
    return held


def test_a_message_that_never_goes_out_is_given_up_and_says_why(
    database: Database, clock: Clock, hands: Hands, spec: Spec, log: Log
) -> None:
    failure = {"what": "the folder is gone", "where": "/data", "hint": "Mount it."}
    ended(database, clock, spec, ("env:GONE",), state="failed", message=failure)
    for _ in range(len(BACKOFF) + 5):
        outbox.deliver(database, clock, {}, log)
        hands.on(hours=9)
    assert rows(database, "SELECT state, attempts, last_error FROM notifications") == [
        {"state": "failed", "attempts": len(BACKOFF) + 1, "last_error": "the environment has no GONE"}
    ]
    assert "message given up" in log.path.read_text()


def test_a_sender_that_dies_is_followed_after_a_while(
    database: Database, clock: Clock, hands: Hands, spec: Spec, log: Log
) -> None:
    with http() as (hook, port):
        ended(database, clock, spec, (f"json://127.0.0.1:{port}",))
        assert outbox._take(database, clock) is not None  # and then it dies
        assert outbox.deliver(database, clock, {}, log) == (0, 0)
        hands.at += BACKOFF[0] + timedelta(seconds=1)
        assert outbox.deliver(database, clock, {}, log) == (1, 0)
    assert len(hook.got) == 1


@pytest.mark.parametrize("many", [4])
def test_several_that_send_at_once_send_each_once(
    database: Database, clock: Clock, spec: Spec, log: Log, many: int
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with http() as (hook, port), http() as (other, second):
        ended(database, clock, spec, (f"json://127.0.0.1:{port}", f"json://127.0.0.1:{second}"))
        with ThreadPoolExecutor(many) as pool:
            done = list(pool.map(lambda _: outbox.deliver(database, clock, {}, log), range(many)))
    assert sum(sent for sent, _ in done) == 2
    assert (len(hook.got), len(other.got)) == (1, 1)
