"""A clock that tests set, databases with their tables, and a schedule of nothing in particular."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.log import Log
from chimera_report.agent.schedule.spec import Spec
from chimera_report.tools.store import Database, open_database


class Hands:
    """A clock whose hands a test moves."""

    def __init__(self, at: str = "2026-01-01T00:00") -> None:
        self.at = datetime.fromisoformat(at).replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def on(self, **step: float) -> None:
        self.at += timedelta(**step)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with open_database(database_url, create=True) as found:
        if found.sqlite:  # thousands of transactions, and no power cut in sight

            @event.listens_for(found.engine, "connect")
            def _quick(connection: Any, _record: object) -> None:
                connection.execute("PRAGMA synchronous=OFF")

            found.engine.dispose()
        yield found


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clock(database: Database, hands: Hands) -> Clock:
    return Clock(database, hands)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log")


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    return Spec(path=str(tmp_path), out=str(tmp_path / "reports"))


def rows(database: Database, query: str) -> list[dict[str, Any]]:
    with database.read() as link:
        return [dict(row) for row in link.execute(sa.text(query)).mappings()]
