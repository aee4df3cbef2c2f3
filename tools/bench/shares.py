"""The energy of requests that run side by side, shared out among them.

The GPU's counter knows no requests. Over a request's time each joule is divided by the number of requests that were
under way at that moment, so that the shares of all requests together are the energy that was used. The mean over a
level is then power ÷ throughput; charging each request with all of it would count the energy as often as there are
users.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]


def joules(rows: Sequence[Row]) -> dict[str, float]:
    """Key of a row → J of its whole request that are its own; without rows whose energy is not known.

    `rows` are all requests of one run. Of a request that ran alone it is the whole."""
    levels: dict[Any, list[Row]] = {}
    for row in rows:
        if row["phase"] == "measure" and row.get("done_ns"):
            level = (row["session"], row["level"]) if row.get("level") else row["key"]
            levels.setdefault(level, []).append(row)
    found: dict[str, float] = {}
    for mine in levels.values():
        spans = [(r["sent_ns"], r["sent_ns"] + r["done_ns"]) for r in mine]
        edges = sorted({edge for span in spans for edge in span})
        steps = [
            (a, b, sum(start <= a and b <= end for start, end in spans)) for a, b in itertools.pairwise(edges) if b > a
        ]
        for row, (start, end) in zip(mine, spans, strict=True):
            energy = (row.get("telemetry") or {}).get("energy_j")
            if energy is not None and end > start:
                own = sum((b - a) / many for a, b, many in steps if start <= a and b <= end)
                found[row["key"]] = energy * own / (end - start)
    return found
