"""Times as people write them: `30d`, `12h`, `2026-03-01`, `yesterday`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from chimera_report.tools.errors import UsageError

_UNITS = {
    "min": timedelta(minutes=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_AGO = re.compile(r"(\d{1,6})\s*(min|m|h|d|w)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
HINT = "Write 30d, 12h, 90min, 2w, today, yesterday, 2026-03-01 or 2026-03-01T06:30."


def moment(text: str, now: datetime, *, option: str, end: bool = False) -> datetime:
    """The moment in UTC that `text` names, to the second; counted back from `now` where it is an age.

    A day is its beginning, or with `end` the beginning of the next one, so that `--until` keeps that day. A time
    without a zone is UTC, as in benchmark files. Raises UsageError that names `option`.
    """
    given = text.strip().lower()
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if found := _AGO.fullmatch(given):
        try:
            return (now.astimezone(UTC) - int(found[1]) * _UNITS[found[2]]).replace(microsecond=0)
        except OverflowError as exc:
            raise UsageError(f"{text!r} is longer ago than there are dates", where=option, hint=HINT) from exc
    if given in ("today", "yesterday"):
        day = midnight - timedelta(days=given == "yesterday")
        return day + timedelta(days=end)
    try:
        value = datetime.fromisoformat(given.upper())
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return value + timedelta(days=end and _DAY.fullmatch(given) is not None)
    except (ValueError, OverflowError) as exc:
        raise UsageError(f"{text!r} is no time", where=option, hint=HINT) from exc
