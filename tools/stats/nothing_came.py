"""Answers that count as successful and hold nothing, results of which none succeeded, and statistics of one answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from chimera_report.tools.schema import Alert, Role

from .alerting import make
from .checked import per_record, usable
from .columns import Mask, Selection
from .prepared import Prepared

_FEWEST = 5  # records
_NAMED = 3  # systems, that are named
_NEARLY_ALL = 0.9
_TIMES = ("e2e_latency", "run_time", "ttft")
_RATES = ("decode_rate", "output_throughput")
_SPREADS = ("sd", "min", "max", "p95", "p99", "p90")


def empty_answers(prepared: Prepared) -> Iterator[Alert]:
    """One alert: the answers without a sign, where the others have some; and one of those that have signs and no
    tokens."""
    rows = usable(prepared)
    lengths = rows.keep(rows.has("metric", "response_chars") | rows.has("metric", "output_tokens"))
    heads = _answers(lengths).heads()
    rids = heads.number("rid")
    signs, tokens = per_record(prepared, "response_chars")[rids], per_record(prepared, "output_tokens")[rids]
    timed = np.any([np.isfinite(per_record(prepared, m)[rids]) for m in _TIMES], axis=0) if len(rids) else rids > 0
    empty = timed & ((signs == 0) | (np.isnan(signs) & (tokens == 0)))
    full = timed & ((signs > 0) | (np.isnan(signs) & (tokens > 0)))
    if empty.any() and full.sum() >= _FEWEST:
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


def nothing_succeeded(prepared: Prepared) -> Iterator[Alert]:
    """One alert: the results that state a success rate of 0, and which setting or provider they are mostly of; with
    the least rate of the others."""
    rows = usable(prepared)
    rows = rows.keep(rows.has("metric", "success_rate") & ~rows.number("derived").astype(bool)).heads()
    if len(rows) < _FEWEST:
        return
    none = rows.values == 0
    some = (rows.values > 0) & (rows.values < 1)
    if not none.any() or none.all():
        return
    part = rows.keep(none)
    values: dict[str, float | int | str] = {"records": int(none.sum()), "of": len(rows)}
    axis, level, failed, tried = _mostly(prepared, rows, none)
    if axis:
        values |= {"axis": axis, "level": level, "failed": failed, "tried": tried}
    if some.any():
        least = int(np.flatnonzero(some)[int(np.argmin(rows.values[some]))])
        values |= {"partly": int(some.sum()), "rate": float(rows.values[least])}
        name = rows.name("subject", least)
        values |= {"least": name} if name else {}
    yield make(
        "nothing_succeeded",
        "all",
        part,
        severity="error",
        metric="success_rate",
        values=values,
        advice="find out why these failed: no file says it",
    )


def _mostly(prepared: Prepared, rows: Selection, none: Mask) -> tuple[str, str, int, int]:
    """The level of a system's part or a setting that holds most of them, and of how many."""
    best = ("", "", 0, 0)
    for name in prepared.varying(rows):
        if prepared.dataset.role_of(name) not in (Role.SYSTEM, Role.SETTING) or name in prepared.blocks:
            continue
        codes = rows.factor(name)
        levels = np.unique(codes[codes >= 0])
        if not 2 <= len(levels) <= len(rows) / 2:
            continue
        for code in levels:
            failed, tried = int((none & (codes == code)).sum()), int((codes == code).sum())
            if failed > best[2]:
                best = (name, rows.columns.names[f"factor.{name}"][int(code)], failed, tried)
    return best if best[2] >= none.sum() / 4 else ("", "", 0, 0)


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
