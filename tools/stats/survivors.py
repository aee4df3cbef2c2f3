"""Values that rest on the requests that survived: of a run most of which failed, the rest are the easy ones; where a
sizable share failed, they are told to be of the rest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import Alert

from .alerting import make
from .columns import Mask, Selection
from .intervals import Floats
from .prepared import Prepared, apart
from .sent import MOST, counts

_SIZABLE = 0.2  # share of the requests of a run
_FEWEST = 10  # requests, of which a share says something


def alerts(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite: how many records, and the one of which the least is left; and one of those that lost some."""
    marks = prepared.columns.numbers["survivors"]
    done, lost = counts(prepared.columns, apart(prepared.dataset))
    yield from _thinned(prepared, marks, done, lost)
    if not marks.any():
        return
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


def _thinned(prepared: Prepared, marks: Mask, done: Floats, lost: Floats) -> Iterator[Alert]:
    with np.errstate(invalid="ignore"):
        some = (lost >= _SIZABLE * (done + lost)) & ~(done < MOST * (done + lost)) & (done + lost >= _FEWEST)
    every = Selection(prepared.columns, np.arange(len(marks)))
    copy = prepared.columns.numbers["duplicate"].astype(bool)
    of = some[prepared.columns.numbers["rid"]] & ~marks & ~copy & every.has("status", "ok")
    of &= every.has("origin", "measured")
    rows = prepared.all_rows(of & ~every.has("metric", "request"))
    for part in rows.split("suite") if len(rows) else ():
        rids = np.unique(part.number("rid"))
        worst = int(rids[int(np.argmax(lost[rids] / (done[rids] + lost[rids])))])
        subjects = part.known("subject")
        yield make(
            "thinned",
            part.name("suite"),
            part,
            severity="warning",
            suite=part.name("suite"),
            subject=subjects[0] if len(subjects) == 1 else "",
            values={"records": len(rids), "lost": int(lost[worst]), "sent": int(done[worst] + lost[worst])},
            advice="find out why they failed, or compare at a load at which none does",
        )
