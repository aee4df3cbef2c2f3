"""Answers that count as successful and are empty, results of a part of the requests, and statistics of one answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from chimera_report.tools.schema import Alert

from .alerting import make
from .checked import per_record, told_by, usable, where
from .columns import Selection
from .prepared import Prepared

_FEWEST = 5  # records
_NAMED = 3  # systems, that are named
_NEARLY_ALL = 0.9
_WELL = 0.95  # of the requests, below which a result rests on a part of them
_TIMES = ("e2e_latency", "run_time", "ttft")
_RATES = ("decode_rate", "output_throughput")
_SPREADS = ("sd", "min", "max", "p95", "p99", "p90")


def empty_answers(prepared: Prepared) -> Iterator[Alert]:
    """One alert: the answers without a sign, where the others have some; and one of those that have signs and no
    tokens."""
    rows = usable(prepared)
    heads = _answers(rows.keep(rows.has("metric", "response_chars"))).heads()
    rids = heads.number("rid")
    signs, tokens = per_record(prepared, "response_chars")[rids], per_record(prepared, "output_tokens")[rids]
    timed = np.any([np.isfinite(per_record(prepared, m)[rids]) for m in _TIMES], axis=0) if len(rids) else rids > 0
    apart = np.unique(rows.number("rid")[rows.number("empty").astype(bool)])
    empty, full = timed & np.isin(rids, apart), timed & (signs > 0)
    if empty.any():
        part = heads.keep(empty)
        rates = [per_record(prepared, m)[part.number("rid")] for m in _RATES]
        rates = [r[np.isfinite(r) & (r > 0)] for r in rates]
        told = next((r for r in rates if len(r)), np.zeros(0))
        counted = tokens[empty]
        of = _once(prepared, heads.keep(empty | full))
        values: dict[str, float | int | str] = {"records": _once(prepared, part), "of": of}
        values |= {"whose": _whose(part)} if _whose(part) else {}
        if len(told):
            values |= {"lowest": float(told.min()), "highest": float(told.max())}
        if (counted > 0).any():
            values["tokens"] = int(np.median(counted[counted > 0]))
        yield make(
            "empty_answers",
            "all",
            part,
            severity="warning",
            metric="decode_rate",
            values=values,
            advice="give these models more tokens, or turn their reasoning off, and measure again",
        )
    silent = timed & (signs > 0) & (tokens == 0)
    if silent.sum() >= _FEWEST and (tokens > 0).any():
        part = heads.keep(silent)
        yield make(
            "uncounted_tokens",
            "all",
            part,
            severity="note",
            metric="output_tokens",
            values={"records": _once(prepared, part), "of": _once(prepared, heads.keep(timed & (signs > 0)))}
            | ({"whose": _whose(part)} if _whose(part) else {}),
            advice="ask the server for its token counts when it streams",
        )


def _answers(rows: Selection) -> Selection:
    """The single answers; of a system in a file that has none, what sums them up."""
    single = rows.has("stat", "sample")
    place = rows.codes("source") * (len(rows.columns.names["subject"]) + 1) + rows.codes("subject")
    return rows.keep(single | ~np.isin(place, place[single]))


def _once(prepared: Prepared, heads: Selection) -> int:
    """How many answers these records are: one that two files tell with the same time is one."""
    time = np.nanmax([np.nan_to_num(per_record(prepared, m)[heads.number("rid")]) for m in _TIMES], axis=0)
    keys = pd.DataFrame({"subject": heads.codes("subject"), "time": time, "source": heads.codes("source")})
    return int(keys.groupby(["subject", "time", "source"]).size().groupby(["subject", "time"]).max().sum())


def _whose(rows: Selection) -> str:
    """ "a, b, c and 4 more": the systems that these records are of."""
    names = rows.known("subject")
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def partial_success(prepared: Prepared) -> Iterator[Alert]:
    """One alert: results whose success rate is well below 1, and the least of them. Where the requests themselves are
    at hand, these tell it."""
    rows = usable(prepared)
    rates = rows.keep(rows.has("metric", "success_rate") & ~rows.number("derived").astype(bool)).heads()
    timed = np.any([np.isfinite(per_record(prepared, m)) for m in (*_TIMES, *_RATES)], axis=0)
    rates = rates.keep(timed[rates.number("rid")])
    part = rates.keep((rates.values > 0) & (rates.values < _WELL))
    if not len(part) or np.isin(part.number("rid"), rows.number("rid")[rows.has("metric", "request")]).any():
        return
    least = int(np.argmin(part.values))
    name = part.name("subject", least)
    condition = where(part, told_by(prepared, rates), least, subject=False)
    yield make(
        "partial_success",
        "all",
        part,
        severity="warning",
        metric="success_rate",
        values={
            "records": len(part),
            "of": len(rates),
            "rate": float(part.values[least]),
            **({"least": name} if name else {}),
            **({"condition": condition} if condition else {}),
        },
        advice="find out what failed before comparing these",
    )


def single_answers(prepared: Prepared) -> Iterator[Alert]:
    """One alert: records whose percentiles and extremes are their mean and whose deviation is 0, so that each is of
    one answer."""
    rows = usable(prepared)
    rows = rows.keep(np.any([rows.has("metric", m) for m in _TIMES], axis=0))
    size = int(prepared.columns.numbers["rid"].max(initial=-1)) + 1
    spread, same = np.zeros(size, dtype=bool), np.ones(size, dtype=bool)
    for metric in _TIMES:
        mean = per_record(prepared, metric, ("p50", "mean"))
        for stat in _SPREADS:
            values = per_record(prepared, metric, (stat,))
            known = np.isfinite(values) & np.isfinite(mean) & (mean > 0)
            spread |= known
            flat = (values == 0) if stat == "sd" else np.isclose(values, mean, rtol=1e-9)
            same &= ~known | flat
    rids = np.unique(rows.number("rid"))
    told, alone = rids[spread[rids]], rids[spread[rids] & same[rids]]
    if len(alone) < _FEWEST or len(alone) < _NEARLY_ALL * len(told):
        return
    yield make(
        "single_answers",
        "all",
        rows.keep(np.isin(rows.number("rid"), alone)),
        severity="warning",
        metric="e2e_latency",
        values={"records": len(alone), "of": len(told)},
        advice="repeat each request several times",
    )
