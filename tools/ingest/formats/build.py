"""Observations that a format's reader makes one by one → Rows; for files whose meaning is known, not guessed."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from chimera_report.tools.ingest.aside import BETWEEN_TOKENS, untrue
from chimera_report.tools.ingest.cells import NAT, error_text, level, times
from chimera_report.tools.ingest.lazy import Lazy
from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.ingest.rows import Kind, Rows, coded
from chimera_report.tools.metrics import METRICS, resolve_factor
from chimera_report.tools.schema import NO_WORDS, Json

# The statistics of an object like {"mean": 1.2, "p99": 3.4} under the names that tools use, and what they are here.
STAT_NAMES = {
    "mean": "mean", "avg": "mean", "average": "mean", "median": "p50", "std": "sd", "std_dev": "sd", "stddev": "sd",
    "min": "min", "max": "max", "p01": "p1", "p05": "p5", "p1": "p1", "p5": "p5", "p10": "p10", "p25": "p25",
    "p50": "p50", "p75": "p75", "p90": "p90", "p95": "p95", "p99": "p99", "p999": "p999", "q1": "p25", "q3": "p75",
}  # fmt: skip


def number(value: Json) -> float:
    """A finite number, else NaN: strings, booleans and what is missing are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        result = float(value)
    except OverflowError:
        return math.nan
    return result if math.isfinite(result) else math.nan


class Observations:
    """Collects rows. `record` starts a record; `add` and `fail` belong to the last one started."""

    def __init__(self, format: str) -> None:  # noqa: A002 — the field's own name
        self.reading = Reading(format=format)
        self._kinds: dict[Kind, int] = {}
        self._rows: list[tuple[int, float, float, int, int]] = []  # kind, value, n, record, order
        self._records: list[tuple[str, str, str, np.datetime64, dict[str, str], str]] = []
        self._messages: dict[int, tuple[str, str]] = {}  # row → status, message

    def record(
        self,
        where: str,
        *,
        subject: Json = "",
        factors: Mapping[str, Json] | None = None,
        started: Json = None,
        run: str = "",
    ) -> None:
        """Start a record. `where` is its place in the file, as a reader finds it ("line 5"); `factors` are settings
        under the names of the file, and empty levels are none; `started` is a time in any form that `times` reads, and
        UTC where it says no zone."""
        stamps = times(np.array([started], dtype=object)) if started is not None else None
        levels = {resolve_factor(k) or k: t for k, v in (factors or {}).items() if v is not None and (t := level(v))}
        name = str(subject).strip() if subject else ""
        self._records.append((where, name, "field" if name else "", NAT if stamps is None else stamps[0], levels, run))

    @property
    def started(self) -> bool:
        """Whether there is a record."""
        return bool(self._records)

    def add(
        self,
        metric: str,
        value: Json,
        column: str,
        *,
        stat: str = "sample",
        n: Json = None,
        definition: str = "",
        scale: float = 1.0,
        doubt: str = "",
    ) -> None:
        """One value times `scale` in the metric's canonical unit; left out when it is no finite number, and set aside
        for a `doubt`: why it cannot be true."""
        assert metric in METRICS, metric  # noqa: S101 — a reader may only name what is registered
        measured = number(value) * scale
        if math.isnan(measured):
            return
        kind = self._kinds.setdefault(Kind(column, metric, stat, definition), len(self._kinds))
        if (why := doubt or untrue(metric, stat, measured)) is not None and why:
            self._messages[len(self._rows)] = ("set aside", why)
        count = 1.0 if stat == "sample" else number(n)
        self._rows.append((kind, measured, count, len(self._records), len(self._records) - 1))

    def stats(
        self, metric: str, values: Json, column: str, *, n: Json = None, definition: str = "", scale: float = 1.0
    ) -> None:
        """The statistics of an object by their usual names, its `percentiles` too, and its `values` as samples."""
        if not isinstance(values, dict):
            return
        count = next((values[k] for k in ("count", "n") if k in values), n)
        if not math.isnan(number(count)) and number(count) < 1:
            return
        for name, stat in STAT_NAMES.items():
            if name in values and not (stat == "sd" and number(count) == 1):  # tools write that of one value as 0
                self.add(
                    metric, values[name], f"{column}/{name}", stat=stat, n=count, definition=definition, scale=scale
                )
        inner = mapping(values.get("percentiles"))
        for name, stat in STAT_NAMES.items():
            if name in inner and not (name == "p50" and "median" in values):
                place = f"{column}/percentiles/{name}"
                self.add(metric, inner[name], place, stat=stat, n=count, definition=definition, scale=scale)
        for value in items(values.get("values")):
            self.add(metric, value, f"{column}/values", definition=definition, scale=scale)

    def fail(self, message: Json, column: str = "error", *, n: float = 1.0) -> None:
        """The last record failed, or `n` of the requests that it sums up."""
        text = error_text(message) or (NO_WORDS if n == 1 else "")
        late = "time" in text.lower() and "out" in text.lower()
        kind = self._kinds.setdefault(Kind(column, "request"), len(self._kinds))
        self._messages[len(self._rows)] = ("timeout" if late else "error", text[:500])
        self._rows.append((kind, math.nan, n, len(self._records), len(self._records) - 1))

    def done(self) -> Reading:
        """The reading; partial when nothing that its format promises was in it."""
        self.reading.count = len(self._records)
        self._without_gaps()
        if not self._rows:
            self.reading.note("looks like its format but holds none of its measurements")
            return self.reading
        which, values, counts, records, orders = (np.array(c) for c in zip(*self._rows, strict=True))
        of = [self._records[i - 1] for i in records]
        kinds = list(self._kinds)
        sample = np.array([k.stat == "sample" for k in kinds], dtype=bool)[which]
        names = dict.fromkeys(name for r in self._records for name in r[4])
        states = [self._messages.get(i, ("ok", "")) for i in range(len(self._rows))]
        texts: dict[str, Any] = {
            "subject": coded([r[1] for r in of]),
            "subject_from": coded([r[2] for r in of]),
            "status": coded([s for s, _ in states]),
            "message": coded([m for _, m in states]),
            "run": coded([r[5] for r in of]),
            "origin": "measured",
        }
        rows = Rows(
            kinds=kinds,
            which=which.astype(np.int64),
            value=values.astype(np.float64),
            n=counts.astype(np.float64),
            order=np.where(sample, orders.astype(np.float64), np.nan),
            record=records.astype(np.int64),
            where=coded([r[0] for r in of]),
            started=np.array([r[3] for r in of], dtype="datetime64[ns]"),
            texts=texts,
            factors={name: coded([r[4].get(name, "") for r in of]) for name in names},
            shape="known",
        )
        self.reading.rows.append(rows)
        return self.reading

    def _without_gaps(self) -> None:
        """Leave out a time between tokens of 0 where the answers had one token: there was none to measure."""
        kinds = list(self._kinds)
        told = [(kinds[kind].metric, value, record) for kind, value, _, record, _ in self._rows]
        one = {record for metric, value, record in told if metric == "output_tokens" and value <= 1}
        if not one:
            return
        kept = [i for i, (m, v, r) in enumerate(told) if not (m in BETWEEN_TOKENS and v == 0 and r in one)]
        self._messages = {new: self._messages[old] for new, old in enumerate(kept) if old in self._messages}
        self._rows = [self._rows[i] for i in kept]


def places(text: str) -> Callable[[int], int]:
    """The line, from 1, of each place in a text."""
    ends = [i for i, char in enumerate(text) if char == "\n"] if len(text) < 10_000 else _ends(text)
    return lambda at: bisect.bisect_left(ends, at) + 1


def _ends(text: str) -> list[int]:
    found, at = [], text.find("\n")
    while at >= 0:
        found.append(at)
        at = text.find("\n", at + 1)
    return found


def cell_value(cell: Json) -> Json:
    """The number that a cell of a CSV file holds as text; None where it holds none."""
    if isinstance(cell, str):
        try:
            return float(cell)
        except ValueError:
            return None
    return cell


def mapping(value: Json) -> dict[str, Json]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def objects(values: Json) -> list[dict[str, Json]]:
    """The objects of a list; of one object, itself."""
    if isinstance(values, Lazy):  # of objects alone; as another list it would hold them all
        return values
    listed = values if isinstance(values, list) else [values]
    return [v for v in listed if isinstance(v, dict)]


def find(node: Json, key: str, depth: int = 6) -> Iterator[Json]:
    """Values under a key, nearest first."""
    if depth and isinstance(node, dict):
        if node.get(key) is not None:
            yield node[key]
        for name, child in node.items():
            if isinstance(child, dict) and name not in ("metrics", "requests"):
                yield from find(child, key, depth - 1)


def sample_deviation(values: Mapping[str, Json], key: str) -> dict[str, Json]:
    """Statistics whose deviation is that of a population (÷ n), with that of a sample (÷ n − 1): none for n < 2.

    Where the count is not told, nothing is changed.
    """
    n, deviation = number(values.get("count")), number(values.get(key))
    if math.isnan(n) or math.isnan(deviation):
        return dict(values)
    rest = {k: v for k, v in values.items() if k != key}
    return {**rest, key: deviation * math.sqrt(n / (n - 1))} if n > 1 else rest
