"""Alerts on labels: records that name a GPU, whose own fields say that they ran on the CPU."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import FACTOR, RAN_ON_CPU, Alert

from .alerting import make
from .columns import Selection
from .prepared import Prepared


def contradicted_labels(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite and label; the reading of the files marked the records."""
    rows = prepared.all_rows()
    if "device" not in rows.columns.factors:
        return
    own = rows.keep(rows.has("origin", "measured") & ~rows.number("duplicate"))
    for level in own.known(FACTOR + "device"):
        if not level.endswith(RAN_ON_CPU):
            continue
        mine = own.keep(own.has(FACTOR + "device", level))
        for part in mine.split("suite"):
            yield make(
                "contradicted_label",
                f"{part.name('suite')}:device:{level}",
                part,
                severity="warning",
                suite=part.name("suite"),
                factor="device",
                values={
                    "label": level.removesuffix(RAN_ON_CPU),
                    "records": len(np.unique(part.number("rid"))),
                    "what": _apart(part, own.keep(own.has("suite", part.name("suite")))),
                },
                advice="do not read these records as results of a GPU",
            )


def _apart(part: Selection, suite: Selection) -> str:
    """What tells these records from the others of their suite: "backend onnx"; "" where no setting does."""
    for name in suite.columns.factors:
        mine = part.levels(name)
        if name != "device" and len(mine) == 1 and len(suite.levels(name)) > 1 and (part.factor(name) >= 0).all():
            return f"{name} {mine[0]}"
    return ""
