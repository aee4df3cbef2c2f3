"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chimera_report.agent.moments import moment
from chimera_report.tools.errors import UsageError

NOW = datetime(2026, 3, 1, 1, 30, 5, 250, tzinfo=timezone(timedelta(hours=2)))  # 23:30:05 of the day before in UTC


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("30d", "2026-01-29T23:30:05", "2026-01-29T23:30:05"),
        ("12H", "2026-02-28T11:30:05", "2026-02-28T11:30:05"),
        ("90 min", "2026-02-28T22:00:05", "2026-02-28T22:00:05"),
        ("2w", "2026-02-14T23:30:05", "2026-02-14T23:30:05"),
        ("today", "2026-02-28T00:00:00", "2026-03-01T00:00:00"),
        ("yesterday", "2026-02-27T00:00:00", "2026-02-28T00:00:00"),
        ("2026-02-28", "2026-02-28T00:00:00", "2026-03-01T00:00:00"),
        ("2026-02-28T06:30", "2026-02-28T06:30:00", "2026-02-28T06:30:00"),
        ("2026-02-28T06:30+02:00", "2026-02-28T04:30:00", "2026-02-28T04:30:00"),
    ],
)
def test_a_moment_is_what_it_says_and_a_last_day_is_kept(text: str, since: str, until: str) -> None:
    for wanted, end in ((since, False), (until, True)):
        found = moment(text, NOW, option="--x", end=end)
        assert found == datetime.fromisoformat(wanted).replace(tzinfo=UTC)
        assert moment(found.isoformat(), NOW, option="--x", end=end) == found  # written down, it means the same


@pytest.mark.parametrize("text", ["", "soon", "3q", "-3d", "2026-02-30", "999999w", "2026", "1d2h", "9999-12-31"])
def test_what_is_no_time_is_said_with_its_option(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--until: "):
        moment(text, NOW, option="--until", end=True)
