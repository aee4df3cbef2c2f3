"""A time that is one and the same share of another in every record: it was computed from it, and not measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import Alert

from .alerting import make
from .checked import per_record, usable
from .intervals import Floats
from .prepared import Prepared

_PARTS = ("prompt_eval_time", "ttft", "eval_time", "queue_time", "load_time")
_WHOLES = ("e2e_latency", "run_time")
_FEWEST = 5  # records, and values of the whole
_RANGE = 1.1  # the greatest whole over the least: a share of equal times is no surprise
_ROUNDING = 3e-3  # of the share: times are printed with three digits and more
_STEP, _NEAR = 100, 0.05  # a share that somebody chose is a whole number of per cents, …
_EXACT = 1e-6  # … or the same to more digits than any measurement has
_MOST = 0.99


def constant_shares(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite and part."""
    for rows in usable(prepared).split("suite"):
        rids = np.unique(rows.number("rid"))
        for part in _PARTS:
            found = [(w, s) for w in _WHOLES if (s := _share(prepared, rids, part, w)) is not None]
            if not found:
                continue
            whole, (share, mine) = found[0]
            cited = rows.keep(
                np.isin(rows.number("rid"), mine) & (rows.has("metric", part) | rows.has("metric", whole))
            )
            yield make(
                "constant_share",
                f"{rows.name('suite')}:{part}",
                cited,
                severity="warning",
                suite=rows.name("suite"),
                metric=part,
                values={"whole": whole, "share": share, "records": len(mine)},
                advice=f"measure {part} itself",
            )


def _share(prepared: Prepared, rids: Floats, part: str, whole: str) -> tuple[float, Floats] | None:
    a, b = per_record(prepared, part)[rids], per_record(prepared, whole)[rids]
    known = np.isfinite(a) & np.isfinite(b) & (b > 0) & (a > 0)
    if known.sum() < _FEWEST or len(np.unique(b[known])) < _FEWEST or b[known].max() < _RANGE * b[known].min():
        return None
    shares = a[known] / b[known]
    share = float(np.median(shares))
    spread = float(np.abs(shares / share - 1).max())
    chosen = abs(share * _STEP - round(share * _STEP)) < _NEAR and round(share * _STEP) > 0
    if share > _MOST or spread > (_ROUNDING if chosen else _EXACT):
        return None
    return share, rids[known]
