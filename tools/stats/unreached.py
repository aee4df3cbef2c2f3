"""A load that was named and never reached: a run of 50 requests has never 128 of them in flight, and one that completes
two requests a second, each in ten seconds, has twenty."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .columns import Mask, Selection
from .intervals import Floats
from .once import once
from .prepared import Prepared, apart
from .sent import counts

LOADS = ("concurrency", "users", "clients", "num_clients", "streams", "virtual_users", "parallel_requests")
SENT = ("num_prompts", "num_requests", "total_requests", "request_count", "requests")
_HALF, _FITS = 0.5, 1.3  # of the load; and by how much rate times time may differ from a load that was reached
# "… (concurrency 1 to 128, 50 req each)", as a heading has it
_TOLD = re.compile(r"\b(\d[\d,]*)\s*(?:reqs?|requests?|prompts)\b", re.IGNORECASE)


def loads_not_reached(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite and a name of the load: the lowest load above the number of requests that were sent."""
    for suite in dict.fromkeys(k.suite for k in prepared.measures()):
        keys = prepared.measures(suite)
        rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:])).heads()
        for name in (n for n in LOADS if n in prepared.factors):
            load, sent = numbers(rows, name), requests_of(prepared, rows)
            short = _short(load, sent)
            if not short.any():
                yield from _too_few_in_flight(prepared, suite, name, rows, load)
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
    if name not in LOADS:
        return True
    load = numbers(rows, name)
    return not (_short(load, requests_of(prepared, rows)) | _below(load, _in_flight(prepared, rows))).any()


def _too_few_in_flight(prepared: Prepared, suite: str, name: str, rows: Selection, load: Floats) -> Iterator[Alert]:
    """The loads of which a run's rate times its response time (Little's law) is less than half."""
    flying = _in_flight(prepared, rows)
    short = _below(load, flying)
    if not short.any():
        return
    part, lowest = rows.keep(short), int(load[short].min())
    yield make(
        "load_not_reached",
        f"{suite}:{name}",
        part,
        severity="warning",
        suite=suite,
        factor=name,
        values={
            "load": lowest,
            "in_flight": float(np.max(flying[short & (load == lowest)])),
            "records": len(part),
        },
        advice="find what held the load generator back",
    )


def _below(load: Floats, flying: Floats) -> Mask:
    """The records with less than half of their load in flight, where others show that the figures fit together."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(load > 0, flying / load, np.nan)
        fits = (share > 1 / _FITS) & (share < _FITS)
        found: Mask = (share < _HALF) if fits.any() else np.zeros(len(load), dtype=bool)
    return found


def _in_flight(prepared: Prepared, rows: Selection) -> Floats:
    """How many requests of each record were in flight on average: its rate times its response time; NaN where one of
    the two is missing, or requests failed, which held their places too."""
    found: Floats = _of_all(prepared)[rows.number("rid")]
    return found


@once
def _of_all(prepared: Prepared) -> Floats:
    columns = prepared.columns
    size = int(columns.numbers["rid"].max(initial=-1)) + 1
    every = prepared.all_rows(columns.numbers["pooled"].astype(bool))
    parts = []
    for metric in ("request_rate", "e2e_latency"):
        values = np.full(size, np.nan)
        for stat in ("p50", "sample", "mean"):  # the mean of several is what the law is about
            one = every.keep(every.has("metric", metric) & every.has("stat", stat))
            values[one.number("rid")] = one.values
        parts.append(values)
    lost = counts(columns, apart(prepared.dataset))[1]
    return np.where(lost > 0, np.nan, parts[0] * parts[1])


def _short(load: Floats, sent: Floats) -> Mask:
    found: Mask = np.isfinite(load) & np.isfinite(sent) & (sent > 0) & (sent < load)
    return found


def numbers(rows: Selection, name: str) -> Floats:
    """The levels of a factor as numbers, one a row; NaN where a level is none."""
    codes, names = rows.factor(name), rows.columns.names[FACTOR + name]
    values = pd.to_numeric(pd.Series([n.replace(",", "") for n in names] or [""], dtype="object"), errors="coerce")
    found: Floats = np.where(codes >= 0, values.to_numpy(dtype=np.float64)[codes], np.nan)
    return found


def requests_of(prepared: Prepared, rows: Selection) -> Floats:
    """How many requests each record was of: by a column, else by the heading that its table stands under."""
    found: Floats = np.full(len(rows), np.nan)
    for name in (n for n in SENT if n in prepared.factors):
        found = np.where(np.isfinite(found), found, numbers(rows, name))
    if "section" in prepared.factors:
        names = rows.columns.names[FACTOR + "section"]
        stated = [[float(m.replace(",", "")) for m in _TOLD.findall(n)] for n in names] or [[]]
        told = np.array([x[0] if len(x) == 1 else np.nan for x in stated])
        codes = rows.factor("section")
        found = np.where(np.isfinite(found) | (codes < 0), found, told[codes])
    return found
