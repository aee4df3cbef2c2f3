"""The histories of a metric with their level changes, in the unit that a reader sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from chimera_report.tools.errors import UsageError
from chimera_report.tools.metrics import METRICS, resolve

if TYPE_CHECKING:
    from chimera_report.tools.store import Database, History

_NAMED = 12  # names that an error lists


@dataclass(frozen=True, slots=True)
class LevelChange:
    """From the run at `place` (from 0) on, values are at another level; levels are geometric means."""

    place: int
    before: float
    after: float
    p: float  # times the number of places that it could have been at


@dataclass(frozen=True, slots=True)
class Course:
    """One history, where its level changes, and how its values look."""

    history: History
    changes: tuple[LevelChange, ...]
    title: str
    canonical: str  # unit of the values
    unit: str  # that a reader sees

    def shown(self, value: float) -> str:
        """The value as a bare number, in `unit`."""
        from chimera_report.tools.claims import factor_for, show

        return show(value * factor_for(self.canonical, self.unit), self.unit)[1]

    @property
    def unit_text(self) -> str:
        return f" {self.unit}" if self.unit else ""

    @property
    def unit_head(self) -> str:
        return f" ({self.unit})" if self.unit else ""


def courses(
    database: Database,
    metric: str,
    *,
    subject: str | None = None,
    suite: str | None = None,
    conditions: Iterable[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Course]:
    """Every history that fits; those with most runs first. Raises UsageError for what the database does not have."""
    from chimera_report.tools.claims import unit_for
    from chimera_report.tools.stats import level_changes
    from chimera_report.tools.store import history, known

    resolved = resolve(metric)
    names = known(database, "metric")
    name = metric if metric in names else getattr(resolved, "metric", metric)
    _must_be(name, names, "metric", metric)
    if suite is not None:
        _must_be(suite, known(database, "suite", metric=name), f"suite with {name}", suite)
    where = {"metric": name, **({} if suite is None else {"suite": suite})}
    if subject is not None:
        _must_be(subject, known(database, "subject", **where), f"subject with {name}", subject)
    condition = dict(_pair(text) for text in conditions)
    found = history(database, name, subject=subject, suite=suite, condition=condition, since=since, until=until)
    if not found:
        narrow = [f"{k} {v}" for k, v in condition.items()] + (["in that time"] if since or until else [])
        raise UsageError(f"no run has {name} {', '.join(narrow)}".rstrip(), where=database.name)
    registered = METRICS.get(name)
    canonical = registered.unit if registered else ""
    unit = unit_for(canonical, [p.value for h in found for p in h.points])
    return [
        Course(
            history=one,
            changes=tuple(LevelChange(*change) for change in level_changes([p.value for p in one.points])),
            title=registered.title if registered else name,
            canonical=canonical,
            unit=unit,
        )
        for one in found
    ]


def _must_be(name: str, names: list[str], what: str, given: str) -> None:
    if name in names:
        return
    if not names:
        raise UsageError(f"the database has no {what.partition(' ')[0]} yet", hint="Import results: db import PATH.")
    near = get_close_matches(given, names, 3)
    there = near or names[:_NAMED]
    more = ", …" if not near and len(names) > _NAMED else ""
    hint = f"{'Did you mean' if near else 'There is'} {', '.join(map(repr, there))}{more}{'?' if near else '.'}"
    raise UsageError(f"the database has no {what} named {given!r}", hint=hint)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"{text!r} is no condition", where="--condition", hint="Write num_ctx=2048.")
    return name.strip(), value.strip()
