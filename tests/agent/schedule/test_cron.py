"""Cron lines: what is due and when, over every turn of the calendar and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chimera_report.agent.schedule.cron import Cron, zone_of
from chimera_report.tools.errors import UsageError

BERLIN = ZoneInfo("Europe/Berlin")


def local(line: str, begin: str, many: int, zone: str = "Europe/Berlin") -> list[str]:
    """The next times as the clock on the wall shows them, with the offset."""
    cron = Cron.parse(line, ZoneInfo(zone))
    at = datetime.fromisoformat(begin).replace(tzinfo=ZoneInfo(zone))
    found = []
    for _ in range(many):
        following = cron.after(at)
        assert following is not None and following > at
        at = following
        found.append(f"{at.astimezone(ZoneInfo(zone)):%a %d %b %H:%M %z}")
    return found


@pytest.mark.parametrize(
    ("line", "begin", "expected"),
    [
        ("0 6 * * MON", "2026-11-25", ["Mon 30 Nov 06:00 +0100", "Mon 07 Dec 06:00 +0100"]),
        ("*/20 9-10 * * 1-5", "2026-11-27T10:30", ["Fri 27 Nov 10:40 +0100", "Mon 30 Nov 09:00 +0100"]),
        ("5/30 0 * * *", "2026-11-25", ["Wed 25 Nov 00:05 +0100", "Wed 25 Nov 00:35 +0100"]),
        ("0 0 29 2 *", "2026-11-25", ["Tue 29 Feb 00:00 +0100", "Sun 29 Feb 00:00 +0100"]),
        ("0 0 31 * *", "2026-11-25", ["Thu 31 Dec 00:00 +0100", "Sun 31 Jan 00:00 +0100"]),
        ("0 0 13 * 5", "2026-11-25", ["Fri 27 Nov 00:00 +0100", "Fri 04 Dec 00:00 +0100"]),  # either is enough
        ("0 0 */31 * 7", "2026-11-25", ["Sun 01 Aug 00:00 +0200", "Sun 01 Oct 00:00 +0200"]),  # a star: both
        ("59 23 31 12 *", "2026-12-31T23:59", ["Fri 31 Dec 23:59 +0100"]),
        ("@weekly", "2026-11-25", ["Sun 29 Nov 00:00 +0100"]),
        ("0 0 * jan,DEC sun", "2026-11-25", ["Sun 06 Dec 00:00 +0100"]),
    ],
)
def test_the_next_times(line: str, begin: str, expected: list[str]) -> None:
    assert local(line, begin, len(expected)) == expected


@pytest.mark.parametrize(
    ("line", "begin", "expected"),
    [
        # 29 March 2026: 02:00 becomes 03:00. What is skipped is due at once, and only once.
        ("30 2 * * *", "2026-03-28T12:00", ["Sun 29 Mar 03:00 +0200", "Mon 30 Mar 02:30 +0200"]),
        ("10,30 2,3 * * *", "2026-03-29T01:00", ["Sun 29 Mar 03:00 +0200", "Sun 29 Mar 03:10 +0200"]),
        ("0 2,3 * * *", "2026-03-29T01:00", ["Sun 29 Mar 03:00 +0200", "Mon 30 Mar 02:00 +0200"]),
        ("*/30 * * * *", "2026-03-29T01:20", ["Sun 29 Mar 01:30 +0100", "Sun 29 Mar 03:00 +0200"]),
        # 25 October 2026: 03:00 becomes 02:00. A fixed time is due the first time only, an hourly one both times.
        ("30 2 * * *", "2026-10-24T12:00", ["Sun 25 Oct 02:30 +0200", "Mon 26 Oct 02:30 +0100"]),
        (
            "30 * * * *",
            "2026-10-25T01:45",
            ["Sun 25 Oct 02:30 +0200", "Sun 25 Oct 02:30 +0100"],
        ),
    ],
)
def test_the_clock_changes(line: str, begin: str, expected: list[str]) -> None:
    assert local(line, begin, len(expected)) == expected


def test_half_an_hour_and_midnight_are_skipped_as_well() -> None:
    # Lord Howe Island moves by half an hour; Beirut skipped 00:00 to 01:00.
    assert local("15 2 * * *", "2026-10-03T12:00", 2, "Australia/Lord_Howe") == [
        "Sun 04 Oct 02:30 +1100",
        "Mon 05 Oct 02:15 +1100",
    ]
    expected = ["Sun 29 Mar 01:00 +0300", "Mon 30 Mar 00:00 +0300"]
    assert local("0 0 * * *", "2026-03-28T12:00", 2, "Asia/Beirut") == expected
    assert local("*/30 * * * SUN", "2026-03-28T12:00", 2, "Asia/Beirut")[0] == "Sun 29 Mar 01:00 +0300"


@pytest.mark.parametrize("line", ["30 2 * * *", "*/30 * * * *", "0 6 * * MON", "15 0,2,23 1,15 * 3", "59 1-3 * 3,10 *"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Beirut"])
def test_a_year_agrees_with_looking_at_every_minute(line: str, zone: str) -> None:
    """The definition, slowly: each minute that passes, by what the clock on the wall shows."""
    cron = Cron.parse(line, ZoneInfo(zone))
    days = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(365)]
    offsets = [day.astimezone(cron.zone).utcoffset() for day in days]
    turns = [days[i - 1] - timedelta(days=1) for i in range(1, 365) if offsets[i] != offsets[i - 1]]
    for begin in [*turns, datetime(2026, 3, 1, tzinfo=UTC)]:
        end = begin + timedelta(days=4)
        expected = []
        seen: set[datetime] = set()
        before = begin.astimezone(cron.zone).replace(tzinfo=None)
        at = begin
        while at < end:
            at += timedelta(minutes=1)
            now = at.astimezone(cron.zone).replace(tzinfo=None)
            walked = [now]
            if not cron.every and now - before > timedelta(minutes=1):  # what the clock skipped
                jumped = int((now - before).total_seconds() // 60)
                walked = [before + timedelta(minutes=i) for i in range(1, jumped + 1)]
            matching = [w for w in walked if _matches(cron, w)]
            if matching and (cron.every or not seen.issuperset(matching)):
                expected.append(at)
            seen.update(matching)
            before = now
        assert list(cron.between(begin, end)) == expected


def _matches(cron: Cron, at: datetime) -> bool:
    of_month, of_week = at.day in cron.days, (at.weekday() + 1) % 7 in cron.weekdays
    day = (of_month or of_week) if cron.either else (of_month and of_week)
    return at.minute in cron.minutes and at.hour in cron.hours and at.month in cron.months and day


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("0 6 * *", "has 4 fields"),
        ("61 6 * * *", "minute: '61' is not 0 to 59"),
        ("0 6 * * FOO", "SUN, MON"),
        ("0 6 30 2 *", "never comes"),
        ("0 0 10-5 * *", "smaller value first"),
        ("*/0 * * * *", "holds nothing"),
        ("0 6 * * *-3", "is not understood"),
        ("@reboot", "@hourly"),
        ("", "0 fields"),
        ("0 6 * * MON; rm", "has 6 fields"),
    ],
)
def test_what_is_wrong_is_told(line: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        Cron.parse(line, BERLIN).coming(datetime(2026, 1, 1, tzinfo=UTC))
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", ""])
def test_a_time_zone_that_is_not_known_is_told(name: str) -> None:
    with pytest.raises(UsageError, match="time zone"):
        zone_of(name)
