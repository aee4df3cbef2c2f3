"""Tools that time code: hyperfine, pytest-benchmark, Google Benchmark. Their times become `run_time`."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.schema import Json

from .build import Observations, items, mapping, number, objects


def is_hyperfine(document: Json) -> bool:
    items = objects(document.get("results")) if isinstance(document, dict) else []
    return (
        bool(items) and "command" in items[0] and ("times" in items[0] or {"mean", "user", "system"} <= items[0].keys())
    )


def read_hyperfine(document: Json) -> Reading:
    """Seconds. A run that exited with an error is a failure, not a time."""
    out = Observations("hyperfine")
    for i, item in enumerate(objects(document["results"])):
        parameters = mapping(item.get("parameters"))
        about: dict[str, Any] = {"subject": item.get("command"), "factors": parameters}
        runs = items(item.get("times"))
        codes = items(item.get("exit_codes"))
        out.record(f"/results/{i}", **about)
        if not any(codes):
            out.stats("run_time", {k: v for k, v in item.items() if k != "times"}, f"results/{i}", n=len(runs) or None)
        for j, value in enumerate(runs):
            out.record(f"/results/{i}/times/{j}", **about)
            if j < len(codes) and codes[j]:
                out.fail(f"exit code {codes[j]}", "exit_codes")
            else:
                out.add("run_time", value, "times")
    return out.done()


def is_pytest_benchmark(document: Json) -> bool:
    return (
        isinstance(document, dict)
        and "machine_info" in document
        and any("stats" in b for b in objects(document.get("benchmarks"))[:1])
    )


def read_pytest_benchmark(document: Json) -> Reading:
    """Seconds; `data` holds the single rounds where they were saved."""
    out = Observations("pytest-benchmark")
    for i, item in enumerate(objects(document["benchmarks"])):
        stats = mapping(item.get("stats"))
        parameters = mapping(item.get("params"))
        factors = {k: v for k, v in parameters.items() if isinstance(v, str | int | float | bool)}
        name = re.sub(r"\[.*\]$", "", str(item.get("name") or "")) if factors else item.get("name")
        about: dict[str, Any] = {"subject": name, "factors": factors, "started": document.get("datetime")}
        out.record(f"/benchmarks/{i}", **about)
        out.stats("run_time", {k: v for k, v in stats.items() if k != "data"}, "stats", n=stats.get("rounds"))
        for j, value in enumerate(items(stats.get("data"))):
            out.record(f"/benchmarks/{i}/stats/data/{j}", **about)
            out.add("run_time", value, "stats/data")
    return out.done()


def is_google_benchmark(document: Json) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("context"), dict):
        return False
    return any("real_time" in b for b in objects(document.get("benchmarks"))[:3])


def read_google_benchmark(document: Json) -> Reading:
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
