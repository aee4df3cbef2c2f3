"""A load that was named and never reached: a run of 50 requests has never 128 of them in flight."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .columns import Mask, Selection
from .intervals import Floats
from .prepared import Prepared

_LOADS = ("concurrency", "users", "clients", "num_clients", "streams", "virtual_users", "parallel_requests")
_SENT = ("num_prompts", "num_requests", "total_requests", "request_count", "requests")
# "… (concurrency 1 to 128, 50 req each)", as a heading has it
_TOLD = re.compile(r"\b(\d[\d,]*)\s*(?:reqs?|requests?|prompts)\b", re.IGNORECASE)


def loads_not_reached(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite and a name of the load: the lowest load above the number of requests that were sent."""
    for suite in dict.fromkeys(k.suite for k in prepared.measures()):
        keys = prepared.measures(suite)
        rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:])).heads()
        for name in (n for n in _LOADS if n in prepared.factors):
            load, sent = _numbers(rows, name), _requests(prepared, rows)
            short = _short(load, sent)
            if not short.any():
                continue
            part = rows.keep(short)
            lowest = int(load[short].min())
            yield make(
                "load_not_reached",
                f"{suite}:{name}",
                part,
                severity="warning",
                suite=suite,
                factor=name,
                values={
                    "load": lowest,
                    "requests": int(sent[short & (load == lowest)].max()),
                    "records": len(part),
                },
                advice=f"send several times as many requests as the {name}",
            )


def reached(prepared: Prepared, rows: Selection, name: str) -> bool:
    """Whether nothing says of these rows that a load was never reached: else its curve has no point of saturation."""
    return name not in _LOADS or not _short(_numbers(rows, name), _requests(prepared, rows)).any()


def _short(load: Floats, sent: Floats) -> Mask:
    found: Mask = np.isfinite(load) & np.isfinite(sent) & (sent > 0) & (sent < load)
    return found


def _numbers(rows: Selection, name: str) -> Floats:
    codes, names = rows.factor(name), rows.columns.names[FACTOR + name]
    values = pd.to_numeric(pd.Series([n.replace(",", "") for n in names] or [""], dtype="object"), errors="coerce")
    found: Floats = np.where(codes >= 0, values.to_numpy(dtype=np.float64)[codes], np.nan)
    return found


def _requests(prepared: Prepared, rows: Selection) -> Floats:
    """How many requests each record was of: by a column, else by the heading that its table stands under."""
    found: Floats = np.full(len(rows), np.nan)
    for name in (n for n in _SENT if n in prepared.factors):
        found = np.where(np.isfinite(found), found, _numbers(rows, name))
    if "section" in prepared.factors:
        names = rows.columns.names[FACTOR + "section"]
        stated = [[float(m.replace(",", "")) for m in _TOLD.findall(n)] for n in names] or [[]]
        told = np.array([x[0] if len(x) == 1 else np.nan for x in stated])
        codes = rows.factor("section")
        found = np.where(np.isfinite(found) | (codes < 0), found, told[codes])
    return found
