"""A format: JSON with the marker `"tool": "stopwatch"`, laps in milliseconds, and refusals in percent."""

from __future__ import annotations

from typing import Any

from chimera_report.tools.ingest import Observations, Reading


def matches(document: Any) -> bool:
    return isinstance(document, dict) and document.get("tool") == "stopwatch"


def read(document: Any) -> Reading:
    """One record a lap. Raises KeyError for a lap without a time: the file is then skipped with that reason."""
    out = Observations("stopwatch")
    for i, lap in enumerate(document["laps"]):
        out.record(f"/laps/{i}", subject=lap["model"], factors={"num_ctx": lap.get("num_ctx")})
        out.add("run_time", lap["ms"], "ms", scale=1e-3)
        out.add("refusal_rate", lap.get("refused_percent"), "refused_percent", scale=0.01)
    return out.done()
