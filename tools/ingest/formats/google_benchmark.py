"""Google Benchmark: its JSON and CSV. Its times become `run_time`. Keys from its reporters (1.9)."""

from __future__ import annotations

import csv
import io
import re

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.schema import Json

from .build import Observations, cell_value, number, objects

NAME = "google-benchmark"
_STATS = {"mean": "mean", "median": "p50", "stddev": "sd"}  # not `cv`, `BigO` and `RMS`
_REPETITION = "mean of the iterations of a repetition"
_HEAD = "name,iterations,real_time,cpu_time,time_unit"
_AGGREGATE = re.compile(r"(.*)_(mean|median|stddev|cv|BigO|RMS|min|max)")


def matches(document: Json) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("context"), dict):
        return False
    return any("real_time" in b for b in objects(document.get("benchmarks")))


def read(document: Json) -> Reading:
    """The unit stands in `time_unit` (ns by default). An entry is the mean of its iterations.

    Where an entry was repeated each repetition is a sample, and the statistics over them are of so many.
    """
    out = Observations(NAME)
    context = document["context"]
    for i, item in enumerate(objects(document["benchmarks"])):
        if item.get("skipped") is True:
            continue
        out.record(f"/benchmarks/{i}", subject=item.get("run_name") or item.get("name"), started=context.get("date"))
        if item.get("error_occurred"):
            out.fail(item.get("error_message"), "error_message")
            continue
        repetitions = number(item.get("repetitions"))
        if item.get("run_type") == "aggregate":
            _time(out, item, _STATS.get(str(item.get("aggregate_name"))), repetitions, _REPETITION)
        elif repetitions > 1:
            _time(out, item, "sample", 1, _REPETITION)
        else:
            _time(out, item, "mean", item.get("iterations"))
    return out.done()


def is_table(head: str) -> bool:
    return _HEAD in head


def read_table(text: str) -> Reading | None:
    """Its CSV, behind the lines on the machine. It names an aggregate by the end of a name."""
    out = Observations(NAME)
    lines = text.split("\n")
    head = next((i for i, line in enumerate(lines) if line.startswith(_HEAD)), None)
    if head is None:
        return None
    rows = list(csv.DictReader(io.StringIO("\n".join(lines[head:]))))
    names = {row.get("name") or "" for row in rows}
    repeated = {
        n.removesuffix("_mean")
        for n in names
        if n.endswith("_mean") and {n[:-5] + "_median", n[:-5] + "_stddev"} <= names
    }
    for i, row in enumerate(rows, head + 2):
        found = _AGGREGATE.fullmatch(row.get("name") or "")
        found = found if found and found[1] in repeated else None
        item = {k: cell_value(v) if k != "time_unit" else v for k, v in row.items() if isinstance(k, str)}
        out.record(f"line {i}", subject=found[1] if found else row.get("name"))
        if row.get("error_occurred") == "true":
            out.fail(row.get("error_message"), "error_message")
        elif found:
            _time(out, item, _STATS.get(found[2]), None, _REPETITION)
        elif row.get("name") in repeated:
            _time(out, item, "sample", 1, _REPETITION)
        else:
            _time(out, item, "mean", item.get("iterations"))
    return out.done()


def _time(out: Observations, item: dict[str, Json], stat: str | None, n: Json, definition: str = "") -> None:
    scale = unit_factor(str(item.get("time_unit") or "ns"), "s")
    if stat is not None and scale is not None:
        out.add("run_time", item.get("real_time"), "real_time", stat=stat, n=n, definition=definition, scale=scale)
