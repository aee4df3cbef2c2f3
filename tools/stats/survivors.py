"""Values that rest on the few requests that survived: of a run most of which failed, the rest are the easy ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import Alert

from .alerting import make
from .columns import Selection
from .prepared import Prepared, apart
from .sent import counts


def alerts(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite: how many records, and the one of which the least is left."""
    marks = prepared.columns.numbers["survivors"]
    if not marks.any():
        return
    done, lost = counts(prepared.columns, apart(prepared.dataset))
    rows = prepared.all_rows(marks & Selection(prepared.columns, np.arange(len(marks))).has("status", "ok"))
    for part in rows.split("suite"):
        rids = np.unique(part.number("rid"))
        share = done[rids] / (done[rids] + lost[rids])
        worst = int(rids[int(np.argmin(share))])
        subjects = part.known("subject")
        yield make(
            "survivors",
            part.name("suite"),
            part,
            severity="warning",
            suite=part.name("suite"),
            subject=subjects[0] if len(subjects) == 1 else "",
            values={"records": len(rids), "done": int(done[worst]), "sent": int(done[worst] + lost[worst])},
            advice="find out why the others failed before using these values, which are in no statistic of this report",
        )
