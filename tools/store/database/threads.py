"""Conversations on reports in the database: the questions of each, with their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chimera_report.tools.schema import Answer

from . import tables as t
from .encode import plain, storable
from .engine import Database
from .load import insert


@dataclass(frozen=True, slots=True)
class KeptThread:
    """One conversation. A turn is `{"question": …, "answer": …}`, the answer as JSON of `schema.Answer`."""

    report: str  # the folder of the report's first version, absolute
    name: str
    created: datetime
    updated: datetime
    turns: tuple[Mapping[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """For an export; `from_json` reads it back."""
        return {
            "report": self.report,
            "name": self.name,
            "created": self.created.isoformat(),
            "updated": self.updated.isoformat(),
            "turns": [dict(turn) for turn in self.turns],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> KeptThread:
        """Raises ValueError, KeyError, TypeError."""
        created, updated = (datetime.fromisoformat(value[k]) for k in ("created", "updated"))
        if created.tzinfo is None or updated.tzinfo is None:
            raise ValueError("a moment without a time zone")
        found = cls(str(value["report"]), str(value["name"]), created, updated, tuple(value["turns"]))
        found.check()
        return found

    def check(self) -> None:
        """Raises ValueError, KeyError, TypeError for turns that are none of this version."""
        for turn in self.turns:
            Answer.model_validate(turn["answer"])
            if not isinstance(turn["question"], str):
                raise TypeError("a question is not text")


def put_threads(database: Database, threads: Iterable[KeptThread]) -> int:
    """Keep conversations; how many were new or had gone on. One that has more turns here stays as it is; of two with as
    many, the one that was changed last counts. Raises StoreError."""
    c = t.threads.c
    changed = 0
    with database.write() as link:
        # In one order, so that two programs that bring the same ones wait for each other in turn.
        for thread in sorted(threads, key=lambda x: (x.report, x.name)):
            turns = plain([dict(turn) for turn in thread.turns])
            row = {
                "name": storable(thread.name),
                "report": storable(thread.report),
                "created_at": thread.created,
                "updated_at": thread.updated,
                "state": {"turns": turns},
            }
            if insert(database, link, t.threads, [row], back="name"):
                changed += 1
                continue
            mine = (c.report == row["report"]) & (c.name == row["name"])
            found = link.execute(sa.select(c.updated_at, c.state).where(mine).with_for_update()).one()
            have = found.state["turns"]
            if have != turns and (len(turns), thread.updated) > (len(have), found.updated_at):
                link.execute(sa.update(t.threads).where(mine).values(updated_at=thread.updated, state=row["state"]))
                changed += 1
    return changed


def kept_threads(database: Database, *, report: str | None = None, name: str | None = None) -> list[KeptThread]:
    """All conversations, or those on a report, or of a name, by report and name. Raises StoreError."""
    c = t.threads.c
    query = sa.select(t.threads).order_by(c.report, c.name)
    for column, wanted in ((c.report, report), (c.name, name)):
        if wanted is not None:
            query = query.where(column == storable(wanted))
    with database.read() as link:
        return [
            KeptThread(row.report, row.name, row.created_at, row.updated_at, tuple(row.state.get("turns", ())))
            for row in link.execute(query)
        ]
