"""A cron line as moments: the five fields and nicknames of crontab(5), in a time zone.

Over a change of the clock it does as Vixie's cron: a time that the clock skips is due as soon as it has jumped, a time
that comes twice is due the first time; where minute or hour begins with `*` every matching minute that passes is due.

cronsim 2.8 was tried in its place. It misses a day that begins with a jump of the clock (`*/30 * * * SUN` in Beirut: it
gives 00:00, which that Sunday does not have, and leaves 01:00 out), and its errors do not say what a field may hold.
"""

from __future__ import annotations

import calendar
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chimera_report.tools.errors import UsageError

NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: i for i, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),  # 0 and 7 are Sunday
)
_HORIZON = 41  # years: 29 February on a given weekday comes every 28, or 40 around 2100
_MINUTE = timedelta(minutes=1)
_WHERE = "--cron"


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises UsageError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise UsageError(
            f"no time zone {name!r}", where="--timezone", hint="Name one as Europe/Berlin, or UTC."
        ) from exc


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed line: the values that each field allows."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    either: bool  # day of month and day of week are both given: one that matches is enough
    every: bool  # minute or hour begins with *: every matching minute that passes
    zone: ZoneInfo

    @classmethod
    @functools.cache
    def parse(cls, text: str, zone: ZoneInfo) -> Cron:
        """Raises UsageError that names the field."""
        line = " ".join(text.split())
        if line.startswith("@"):
            if line not in NICKNAMES:
                raise UsageError(f"{line!r} is not known", where=_WHERE, hint=f"Known: {', '.join(NICKNAMES)}.")
            fields = NICKNAMES[line].split()
        else:
            fields = line.split()
        if len(fields) != len(_FIELDS):
            raise UsageError(
                f"{line!r} has {len(fields)} fields, not 5",
                where=_WHERE,
                hint='Minute, hour, day of month, month, day of week: "0 6 * * MON".',
            )
        sets = [_values(field, *known) for field, known in zip(fields, _FIELDS, strict=True)]
        return cls(
            text=line,
            minutes=tuple(sorted(sets[0])),
            hours=tuple(sorted(sets[1])),
            days=frozenset(sets[2]),
            months=frozenset(sets[3]),
            weekdays=frozenset(d % 7 for d in sets[4]),
            either=not fields[2].startswith("*") and not fields[4].startswith("*"),
            every=fields[0].startswith("*") or fields[1].startswith("*"),
            zone=zone,
        )

    @property
    def fields(self) -> str:
        """The line with its five fields, also of a nickname."""
        return NICKNAMES.get(self.text, self.text)

    def coming(self, moment: datetime, many: int = 3) -> list[datetime]:
        """The next moments that are due. Raises UsageError for a line that never comes, such as 30 February."""
        found: list[datetime] = []
        while len(found) < many and (following := self.after(found[-1] if found else moment)) is not None:
            found.append(following)
        if not found:
            raise UsageError(f"{self.text!r} never comes", where=_WHERE, hint="No year has such a day.")
        return found

    def after(self, moment: datetime) -> datetime | None:
        """The first moment after this one that is due, in UTC; None where none comes within 40 years."""
        return self._each_minute(moment) if self.every else self._each_day(moment)

    def between(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """The moments that are due after `begin`, up to and with `end`, in order."""
        found = self.after(begin)
        while found is not None and found <= end:
            yield found
            found = self.after(found)

    def _on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return of_month or of_week if self.either else of_month and of_week

    def _each_day(self, moment: datetime) -> datetime | None:
        """Fixed times: once on each matching day."""
        local = moment.astimezone(self.zone)
        # Local times in their order give moments in their order, also over a change of the clock; see `_moment`.
        day, last = local.date(), local.year + _HORIZON
        while day.year <= last:
            if day.month not in self.months:
                day = _next_month(day)
                continue
            if self._on(day):
                for hour in self.hours:
                    for minute in self.minutes:
                        found = self._moment(datetime.combine(day, time(hour, minute)))
                        if found > moment:
                            return found
            day += timedelta(days=1)
        return None

    def _moment(self, local: datetime) -> datetime:
        """The moment of a local time: the first of two, or that of the jump where the clock skips the time."""
        early = local.replace(tzinfo=self.zone, fold=0)
        found = early.astimezone(UTC)
        if found.astimezone(self.zone).replace(tzinfo=None) == local:
            return found
        # With the offset of after the jump the time lies before it, with that of before it lies after it.
        low, high = local.replace(tzinfo=self.zone, fold=1).astimezone(UTC), found
        offset = low.astimezone(self.zone).utcoffset()
        while high - low > _MINUTE:
            middle = low + (high - low) // _MINUTE // 2 * _MINUTE
            low, high = (middle, high) if middle.astimezone(self.zone).utcoffset() == offset else (low, middle)
        return high

    def _each_minute(self, moment: datetime) -> datetime | None:
        """Every matching minute of the local clock, as it passes."""
        found = moment.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
        last = found.year + _HORIZON
        while found.year <= last:
            local = found.astimezone(self.zone)
            if not self._on(local.date()):
                step = local.date() + timedelta(days=1) if local.month in self.months else _next_month(local.date())
                # The jump can be over midnight: the day then begins later, and its first minute is found from there.
                found = max(self._moment(datetime.combine(step, time())), found + _MINUTE)
            elif local.hour not in self.hours:
                found += timedelta(minutes=60 - local.minute)
            elif local.minute not in self.minutes:
                found += _MINUTE
            else:
                return found
        return None


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _values(field: str, title: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?", part, re.ASCII)
        if match is None or (match[1] == "*" and match[2]):
            raise UsageError(f"{title}: {part!r} is not understood", where=_WHERE, hint="Write 5, 1-5, */15 or 1,3.")
        if match[1] == "*":
            begin, end = low, min(high, 6) if title == "day of week" else high
        else:
            begin = _value(match[1], title, low, high, names)
            # `5/15` is 5-59/15, as every cron reads it.
            end = _value(match[2], title, low, high, names) if match[2] else high if match[3] else begin
        step = int(match[3] or 1)
        if step < 1 or end < begin:
            raise UsageError(f"{title}: {part!r} holds nothing", where=_WHERE, hint="Write the smaller value first.")
        found |= set(range(begin, end + 1, step))
    return found


def _value(text: str, title: str, low: int, high: int, names: dict[str, int]) -> int:
    found = names.get(text.lower())
    if found is None and text.isdecimal():
        found = int(text)
    if found is None or not low <= found <= high:
        known = f" or {', '.join(n.upper() for n in names)}" if names else ""
        raise UsageError(f"{title}: {text!r} is not {low} to {high}{known}", where=_WHERE)
    return found
