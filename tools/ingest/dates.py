"""The day in a name: when a file was measured that holds no time itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# 2026-03-01, 20260301, 2026_03_01 and with a time behind: 20260301-101500, 2026-03-01T10:15:00, 2026-03-01_10-15.
_DAY = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<sep>[-_.]?)(?P<month>\d{2})(?P=sep)(?P<day>\d{2})"
    r"(?:(?:[-_.T ]|(?=\d))(?P<hour>\d{2})[-_:h]?(?P<minute>\d{2})(?:[-_:]?(?P<second>\d{2}))?)?(?!\d)"
)
_EPOCH = re.compile(r"(?<!\d)(?P<seconds>1[4-9]\d{8})(?:\d{3})?(?!\d)")


def date_in(path: str) -> datetime | None:
    """The moment in UTC that a path with / names: the last part that holds exactly one counts. None where none does.

    A day without a time is its beginning. Digits that are no day of a calendar (20261399) are none; ten or thirteen
    digits are seconds or milliseconds since 1970.
    """
    for part in reversed(path.split("/")):
        found = {when for m in _DAY.finditer(part) if (when := _day(m)) is not None}
        found = found or {datetime.fromtimestamp(int(m["seconds"]), UTC) for m in _EPOCH.finditer(part)}
        if len(found) == 1:
            return found.pop()
    return None


def _day(match: re.Match[str]) -> datetime | None:
    try:
        day = datetime(int(match["year"]), int(match["month"]), int(match["day"]), tzinfo=UTC)
    except ValueError:
        return None
    try:
        return day.replace(
            hour=int(match["hour"] or 0), minute=int(match["minute"] or 0), second=int(match["second"] or 0)
        )
    except ValueError:  # digits behind the day that are no time
        return day
