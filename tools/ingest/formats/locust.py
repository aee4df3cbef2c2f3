"""Locust's CSV files (`--csv`): the totals, the failures with their reasons, and the course of a run.

Columns as Locust 2 writes them (`locust/stats.py`). Times are in ms and count every request, also those that were
refused: where most of them failed, they say nothing of an answer and are set aside. The rate is of those that
succeeded.
"""

from __future__ import annotations

import csv
import io
import math
import re

from chimera_report.tools.ingest.reading import Reading, skipped

from .build import Observations, cell_value, number

NAME = "locust"
_MOST = 0.5  # share of the requests that failed, from which on times and rates are those of failures
_ALL = "failed requests are counted in"
_STOOD = 0.5  # share of the run that one request took, from which on the run stood still
_STILL = "one request lasted most of the run, which stood still meanwhile"
_WHY = "most of the requests failed, and it counts them in"
_STATS = {
    "Median Response Time": "p50", "Average Response Time": "mean", "Min Response Time": "min",
    "Max Response Time": "max", "75%": "p75", "90%": "p90", "95%": "p95", "99%": "p99",
}  # fmt: skip


def is_table(head: str) -> bool:
    """Whether it is the totals, or the failures."""
    first = head.lstrip("\ufeff").partition("\n")[0].replace('"', "")
    return first.startswith(("Type,Name,Request Count,Failure Count,", "Method,Name,Error,Occurrences"))


def read_table(text: str) -> Reading:
    """The totals of each address, or what failed and how often.

    Locust's row `Aggregated` only sums the others up; it is no further record.
    """
    rows = [r for r in csv.DictReader(io.StringIO(text.lstrip("\ufeff"))) if any(r.values())]
    if rows and "Occurrences" in rows[0]:
        return _failures(rows)
    out = Observations(NAME)
    own = [(i, r) for i, r in enumerate(rows, 1) if (r.get("Name") or "").strip() not in ("Aggregated", "Total")]
    for i, row in own or list(enumerate(rows, 1)):
        _totals(out, row, f"row {i}", several=len(own) > 1)
    return out.done()


def _failures(rows: list[dict[str, str]]) -> Reading:
    out = Observations(NAME)
    for i, row in enumerate(rows, 1):
        times = number(cell_value(row.get("Occurrences")))
        if times > 0:
            out.record(f"row {i}")
            # what follows a `?` in an address may hold a key
            out.fail(re.sub(r"\?[^\s'\")]+", "", row.get("Error") or ""), "Occurrences", n=times)
    return out.done() if out.started else skipped("lists no failure", format=NAME)


def _totals(out: Observations, row: dict[str, str], where: str, *, several: bool) -> None:
    asked, failed = (number(cell_value(row.get(k))) for k in ("Request Count", "Failure Count"))
    out.record(where, factors={"endpoint": (row.get("Name") or "").split("?")[0]} if several else {})
    if not asked > 0:
        return
    failed = 0.0 if math.isnan(failed) else failed
    if failed > 0:
        out.fail("" if failed < asked else "every request failed", "Failure Count", n=failed)
    out.add("success_rate", 1.0 - failed / asked, "Failure Count", stat="mean", n=asked - failed)
    doubt = _WHY if failed / asked > _MOST else ""
    definition = _ALL if failed else ""
    rate, lost = (number(cell_value(row.get(k))) for k in ("Requests/s", "Failures/s"))
    longest, usual = (number(cell_value(row.get(k))) / 1e3 for k in ("Max Response Time", "99%"))
    stood = longest > _STOOD * asked / rate and usual < longest / 20 if rate > 0 else False
    served = rate - (0.0 if math.isnan(lost) else lost)
    out.add("request_rate", served, "Requests/s less Failures/s", stat="mean", doubt=_STILL if stood else "")
    for column, stat in _STATS.items():
        value = cell_value(row.get(column))
        out.add("e2e_latency", value, column, stat=stat, definition=definition, scale=1e-3, doubt=doubt)


def is_course(head: str) -> bool:
    first = head.lstrip("\ufeff").partition("\n")[0].replace('"', "")
    return first.startswith("Timestamp,User Count,Type,Name,Requests/s,Failures/s")


def skip_course(_: str) -> Reading:
    """`_stats_history.csv`: sums that grow from second to second, of the run whose totals stand beside it."""
    return skipped("the course of a run; its totals are in the file of the same name", format=NAME)


def is_exceptions(head: str) -> bool:
    first = head.lstrip("\ufeff").partition("\n")[0].replace('"', "")
    return first.startswith("Count,Message,Traceback,Nodes")


def skip_exceptions(_: str) -> Reading:
    """`_exceptions.csv`: what went wrong in the script of the load, not in a request."""
    return skipped("errors of the script that made the load", format=NAME)
