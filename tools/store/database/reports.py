"""Finished reports in the database: what each is of, and its facts, which name their files by hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chimera_report.tools.schema import Fact

from . import tables as t
from .encode import plain, storable
from .engine import Database
from .load import insert


@dataclass(frozen=True, slots=True)
class KeptReport:
    """One finished report. `sha256` is that of its report.json."""

    run: str
    path: str  # of its folder, absolute
    at: datetime
    sha256: str
    sources: Mapping[str, str]  # path → hash of what it is of
    facts: tuple[Fact, ...]
    summary: Mapping[str, Any] = field(default_factory=dict)  # what a list of reports shows of it
    schedule: str | None = None
    state: str = "good"

    def to_json(self) -> dict[str, Any]:
        """For an export; `from_json` reads it back."""
        return {
            "run": self.run,
            "path": self.path,
            "at": self.at.isoformat(),
            "sha256": self.sha256,
            "sources": dict(self.sources),
            "facts": [f.model_dump(mode="json") for f in self.facts],
            "summary": dict(self.summary),
            "schedule": self.schedule,
            "state": self.state,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> KeptReport:
        """Raises ValueError, KeyError, TypeError."""
        facts = tuple(Fact.model_validate(f) for f in value["facts"])
        return cls(**{**value, "at": datetime.fromisoformat(value["at"]), "facts": facts})


def put_report(database: Database, report: KeptReport) -> bool:
    """Keep a report and its facts; whether it is new. The same report at another place is the same, and has moved;
    another report at the same place takes the place of the one that was there. Raises StoreError."""
    r = t.reports.c
    row = {
        "run": storable(report.run),
        "path": storable(report.path),
        "schedule": report.schedule,
        "at": report.at,
        "state": report.state,
        "sha256s": {storable(path): digest for path, digest in report.sources.items()},
        "summary": {**report.summary, "sha256": report.sha256},
    }
    with database.write() as link:
        for found in link.execute(sa.select(r.id, r.path, r.summary).where(r.run == row["run"])):
            if found.summary.get("sha256") == report.sha256:
                if found.path != row["path"]:
                    _leave(link, str(row["path"]))
                    link.execute(sa.update(t.reports).where(r.id == found.id).values(path=row["path"]))
                return False
        _leave(link, str(row["path"]))
        if not insert(database, link, t.reports, [row], back="id"):
            return False  # another program brought it at this moment
        number = link.execute(sa.select(r.id).where(r.path == row["path"])).scalar_one()
        insert(database, link, t.facts, [_fact(number, fact) for fact in report.facts])
    return True


def _leave(link: sa.Connection, path: str) -> None:
    """Another report is at this place now."""
    gone = sa.select(t.reports.c.id).where(t.reports.c.path == path)
    link.execute(sa.delete(t.facts).where(t.facts.c.report_id.in_(gone)))
    link.execute(sa.delete(t.reports).where(t.reports.c.path == path))


def _fact(number: int, fact: Fact) -> dict[str, Any]:
    named = {k: storable(str(getattr(fact, k))) for k in ("id", "kind", "suite", "subject", "metric", "display")}
    return {"report_id": number, **named, "fact": plain(fact.model_dump(mode="json"))}


def kept_reports(database: Database) -> list[KeptReport]:
    """All reports with their facts, oldest first. Raises StoreError."""
    r = t.reports.c
    with database.read() as link:
        facts: dict[int, list[Fact]] = {}
        for number, fact in link.execute(sa.select(t.facts.c.report_id, t.facts.c.fact).order_by(t.facts.c.id)):
            facts.setdefault(number, []).append(Fact.model_validate(fact))
        return [
            KeptReport(
                run=row.run,
                path=row.path,
                at=row.at,
                sha256=str(row.summary.get("sha256", "")),
                sources=row.sha256s,
                facts=tuple(facts.get(row.id, ())),
                summary={k: v for k, v in row.summary.items() if k != "sha256"},
                schedule=row.schedule,
                state=row.state,
            )
            for row in link.execute(sa.select(t.reports).order_by(r.at, r.id))
        ]
