"""Old reports of a schedule go, by number or by age; never the last good one, never a folder that is none of ours."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from chimera_report.agent.schedule.history import last_accepted, last_done
from chimera_report.agent.schedule.spec import Spec
from chimera_report.tools.store import Database, RunFolder, tables

_P = tables.reports


def prune(database: Database, name: str, spec: Spec, now: datetime) -> list[str]:
    """Remove what is beyond `keep` or older than `keep_days`; the folders that went. The database keeps what it knows
    of them. Raises StoreError."""
    if spec.keep is None and spec.keep_days is None:
        return []
    query = sa.select(_P.c.id, _P.c.path, _P.c.at).where(_P.c.schedule == name, _P.c.state != "removed")
    with database.read() as link:
        rows = link.execute(query.order_by(_P.c.at.desc(), _P.c.id.desc())).all()
    held = {p.folder for p in (last_accepted(database, name), last_done(database, name)) if p is not None}
    gone: list[str] = []
    for position, row in enumerate(rows):
        old = position >= spec.keep if spec.keep is not None else now - row.at > timedelta(days=spec.keep_days or 0)
        folder = RunFolder(Path(row.path))
        # Only what lies where this schedule writes and is a report: a path of a row is no licence to remove.
        ours = folder.path.parent == Path(spec.out).resolve() and folder.finished
        if old and ours and row.path not in held:
            folder.discard()
            with database.write() as link:
                link.execute(sa.update(_P).where(_P.c.id == row.id).values(state="removed"))
            gone.append(row.path)
    return gone
