"""Locust's CSV files (`locust --csv=NAME`): NAME_stats, NAME_stats_history, NAME_failures and NAME_exceptions.

`_stats` has a row an endpoint and one that sums them up (`Aggregated`), `_stats_history` the same sums over time, and
`_failures` the failed requests once more, by reason. Response times are in ms and count failed requests as well.
Columns from locust's stats.py (2.x).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from chimera_report.tools.ingest.reading import Reading, skipped
from chimera_report.tools.schema import Json

from .build import Observations, cell_value, number

NAME = "locust"
TOTAL = "Aggregated"
COUNTED = "Failure Count"  # the column of a count without reasons
_STATS = ("Type", "Name", "Request Count", "Failure Count", "Median Response Time", "Average Response Time")
_HISTORY = ("Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s")
_FAILURES = ("Method", "Name", "Error", "Occurrences")
_EXCEPTIONS = ("Count", "Message", "Traceback", "Nodes")
_TIMES = {
    "Average Response Time": "mean", "Median Response Time": "p50", "Min Response Time": "min",
    "Max Response Time": "max", "75%": "p75", "90%": "p90", "95%": "p95", "99%": "p99", "99.9%": "p999",
}  # fmt: skip
_LAST = {"Total Average Response Time": "mean", "Total Median Response Time": "p50"}
_WITH_FAILED = "of all requests, failed ones included"
_OF_FAILED = "it is the time of requests of which most failed"
_STRAGGLER = "one request took most of the run's time, so the rate is that of the wait for it"
_MOST = 0.5
_FAR = 100.0  # times the 99th percentile
_WRAPPED = re.compile(r"(\w+)\(['\"](.*)['\"]\)?\s*", re.DOTALL)
_URL = re.compile(r"\s*(?:for url:\s*|https?://)\S*")


def is_table(head: str) -> bool:
    first = head.partition("\n")[0].strip().lstrip("\ufeff").replace('"', "")
    return any(first.startswith(",".join(names)) for names in (_STATS, _HISTORY, _FAILURES, _EXCEPTIONS))


def read_table(text: str) -> Reading:
    """One of the four files. Counts of requests are how many a record stands for, never records."""
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    names = set(rows[0]) if rows else set(text.partition("\n")[0].strip().replace('"', "").split(","))
    if set(_EXCEPTIONS) <= names:
        if not rows:  # that is what there is to say
            return Reading(format=NAME, reason="lists no exception", role="none")
        return skipped("exceptions of the test's own code", format=NAME)
    if set(_FAILURES) <= names:
        return _failures(rows) if rows else Reading(format=NAME, reason="lists no failure", role="none")
    return _history(rows) if set(_HISTORY) <= names else _stats(rows)


def _own(rows: list[dict[str, str]]) -> Iterator[tuple[int, dict[str, str], dict[str, Json]]]:
    """The rows of endpoints, from 1; that of their sum only where no other stands."""
    own = [(i, r) for i, r in enumerate(rows, 1) if r.get("Name") != TOTAL] or list(enumerate(rows, 1))
    many = len({r.get("Name") for _, r in own}) > 1
    for i, row in own:
        yield i, row, ({"endpoint": row.get("Name")} if many else {})


def _stats(rows: list[dict[str, str]]) -> Reading:
    out = Observations(NAME)
    for i, row, factors in _own(rows):
        every, failed = (number(cell_value(row.get(k))) for k in ("Request Count", COUNTED))
        if not every > 0:
            continue
        out.record(f"row {i}", factors=factors)
        done = every - failed
        _shares(out, every, failed)
        if done > 0:
            _rate(out, row, every, done)
        doubt = _OF_FAILED if failed > _MOST * every else ""
        definition = _WITH_FAILED if failed > 0 else ""
        for column, stat in _TIMES.items():
            out.add("e2e_latency", cell_value(row.get(column)), column, stat=stat, n=_behind(every, failed),
                    definition=definition, scale=1e-3, doubt=doubt)  # fmt: skip
    return out.done()


def _behind(every: float, failed: float) -> float | None:
    """How many answers a time rests on: not known where failed requests are among them."""
    return every if not failed > 0 else None if failed < every else 0.0


def _shares(out: Observations, every: float, failed: float) -> None:
    out.add("success_rate", (every - failed) / every, f"Request Count, {COUNTED}", stat="mean", n=every)
    if failed > 0:
        out.fail("", COUNTED, n=failed)


def _rate(out: Observations, row: dict[str, str], every: float, done: float) -> None:
    """Requests that succeeded per second: what failed was answered at once and is no work."""
    rate, lost, slowest, p99 = (
        number(cell_value(row.get(k))) for k in ("Requests/s", "Failures/s", "Max Response Time", "99%")
    )
    if not rate > 0:
        return
    alone = slowest / 1e3 > _MOST * every / rate and slowest > _FAR * p99
    out.add("request_rate", rate - lost, "Requests/s, Failures/s", stat="mean", n=done,
            doubt=_STRAGGLER if alone else "")  # fmt: skip


def _history(rows: list[dict[str, str]]) -> Reading:
    """The counts so far grow from row to row: the last row is the run."""
    out = Observations(NAME)
    last = {r.get("Name"): (i, r) for i, r in enumerate(rows, 1)}
    totals = last.get(TOTAL) or next(iter(last.values()), None)
    if totals is None:
        return skipped("a header and no rows", format=NAME)
    i, row = totals
    every, failed = (number(cell_value(row.get(k))) for k in ("Total Request Count", "Total Failure Count"))
    if not every > 0:
        return skipped("no request was made", format=NAME)
    out.record(f"row {i}", started=rows[0].get("Timestamp"))
    _shares(out, every, failed)
    for column, stat in _LAST.items():
        out.add("e2e_latency", cell_value(row.get(column)), column, stat=stat, n=_behind(every, failed),
                definition=_WITH_FAILED if failed > 0 else "", scale=1e-3,
                doubt=_OF_FAILED if failed > _MOST * every else "")  # fmt: skip
    return out.done()


def _failures(rows: list[dict[str, str]]) -> Reading:
    out = Observations(NAME)
    for i, row, factors in _own(rows):
        count = number(cell_value(row.get("Occurrences")))
        if count > 0:
            out.record(f"row {i}", factors=factors)
            out.fail(_reason(row.get("Error") or ""), "Occurrences", n=count)
    return out.done()


def _reason(text: str) -> str:
    """`HTTPError('503 Server Error: Service Unavailable for url: /x')` → `HTTP 503: Service Unavailable`."""
    wrapped = _WRAPPED.fullmatch(text.strip())
    said = _URL.sub("", wrapped[2] if wrapped else text).strip()
    http = re.fullmatch(r"(\d{3}) (?:Client|Server) Error: ?(.*)", said)
    if http:
        return f"HTTP {http[1]}: {http[2]}".rstrip(": ")
    return f"{wrapped[1]}: {said}" if wrapped and said else said or text
