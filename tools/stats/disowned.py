"""Records that say of themselves that they do not hold: how many were set aside, and what they say most often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import DISOWNED, Alert

from .alerting import make
from .prepared import Prepared


def alerts(prepared: Prepared) -> Iterator[Alert]:
    """One alert for all of them. What a document tells of such a record again is no further one."""
    every = prepared.all_rows()
    reasons = prepared.dataset.table["message"].to_numpy(dtype=object, na_value="")
    own = every.keep(~every.number("duplicate"))
    measured = own.keep(own.has("origin", "measured"))
    for rows in (measured, own):
        told = np.array([str(r).startswith(DISOWNED) for r in reasons[rows.at]], dtype=bool)
        gone = rows.keep(rows.has("status", "set aside") & told)
        if not len(gone):
            continue
        first = dict(zip(gone.number("rid").tolist(), reasons[gone.at].tolist(), strict=True))
        words = Counter(str(r).removeprefix(DISOWNED).strip(" “”") for r in first.values())
        label = min(words, key=lambda w: (-words[w], w))
        yield make(
            "disowned",
            "records",
            gone,
            severity="warning",
            values={
                "records": len(first),
                "of": len(np.unique(rows.number("rid"))),
                "label": label,
                "labels": len(words),
            },
            advice="measure these records again; they are in no statistic of this report",
        )
        return
