"""Google Benchmark: its JSON. Its times become `run_time`."""

from __future__ import annotations

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.schema import Json

from .build import Observations, number, objects


def matches(document: Json) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("context"), dict):
        return False
    return any("real_time" in b for b in objects(document.get("benchmarks"))[:3])


def read(document: Json) -> Reading:
    """The unit stands in `time_unit` (ns by default). An entry is the mean of its iterations."""
    out = Observations("google-benchmark")
    context = document["context"]
    for i, item in enumerate(objects(document["benchmarks"])):
        out.record(f"/benchmarks/{i}", subject=item.get("run_name") or item.get("name"), started=context.get("date"))
        if item.get("error_occurred"):
            out.fail(item.get("error_message"), "error_message")
            continue
        scale = unit_factor(str(item.get("time_unit") or "ns"), "s")
        stat = {"mean": "mean", "median": "p50", "stddev": "sd"}.get(str(item.get("aggregate_name") or "mean"))
        if stat is None or scale is None:
            continue
        aggregate = item.get("run_type") == "aggregate"
        n = item.get("repetitions") if aggregate else item.get("iterations")
        out.add("run_time", number(item.get("real_time")), "real_time", stat=stat, n=n, scale=scale)
    return out.done()
