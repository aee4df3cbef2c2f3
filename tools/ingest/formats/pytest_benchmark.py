"""pytest-benchmark: its JSON. Its times become `run_time`."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, items, mapping, objects


def matches(document: Json) -> bool:
    return (
        isinstance(document, dict)
        and "machine_info" in document
        and any("stats" in b for b in objects(document.get("benchmarks"))[:1])
    )


def read(document: Json) -> Reading:
    """Seconds; `data` holds the single rounds where they were saved.

    A test goes by its name, and by its file and class too where another file has one of that name.
    """
    out = Observations("pytest-benchmark")
    benchmarks = objects(document["benchmarks"])
    homes: dict[str, set[str]] = {}
    for item in benchmarks:
        homes.setdefault(_plain(item.get("name")), set()).add(_plain(item.get("fullname")))
    for i, item in enumerate(benchmarks):
        stats = mapping(item.get("stats"))
        parameters = mapping(item.get("params"))
        factors = {k: v for k, v in parameters.items() if isinstance(v, str | int | float | bool)}
        named = item.get("fullname" if len(homes[_plain(item.get("name"))]) > 1 else "name")
        name = _plain(named) if factors else named
        about: dict[str, Any] = {"subject": name, "factors": factors, "started": document.get("datetime")}
        out.record(f"/benchmarks/{i}", **about)
        out.stats("run_time", {k: v for k, v in stats.items() if k != "data"}, "stats", n=stats.get("rounds"))
        for j, value in enumerate(items(stats.get("data"))):
            out.record(f"/benchmarks/{i}/stats/data/{j}", **about)
            out.add("run_time", value, "stats/data")
    return out.done()


def _plain(name: Json) -> str:
    """A test's name without its parameters."""
    return re.sub(r"\[.*\]$", "", str(name or ""), flags=re.DOTALL)
