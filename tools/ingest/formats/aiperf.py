"""aiperf and genai-perf: the JSON and CSV of a run, and aiperf's JSON lines of single requests (0.13)."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import METRICS, normalise, unit_factor
from chimera_report.tools.schema import Json

from .build import STAT_NAMES, Observations, cell_value, find, items, mapping, number, objects

# Its inter-token latency is one figure a request, (request latency − TTFT) / (output tokens − 1): what is TPOT here.
# The gaps themselves are `inter_chunk_latency`.
_METRICS = {
    "time_to_first_token": "ttft",
    "inter_token_latency": "tpot",
    "request_latency": "e2e_latency",
    "request_throughput": "request_rate",
    "output_token_throughput": "output_throughput",
    "output_token_throughput_per_user": "decode_rate",
    "total_token_throughput": "total_throughput",
    "goodput": "goodput",
    "input_sequence_length": "prompt_tokens",
    "output_sequence_length": "output_tokens",
}
_DEFINITIONS = {"decode_rate": "1 / ((request latency − TTFT) / (output tokens − 1)), seen by the client"}
_UNITS = {"tokens/sec/user": "tokens/s", "requests/sec": "1/s"}  # as aiperf writes them
_NAME = re.compile(r"(.+?)(?: \(([^()]+)\))?")


def matches(document: Json) -> bool:
    if not isinstance(document, dict):
        return False
    named = [
        k for k in _METRICS if isinstance(v := document.get(k), dict) and "unit" in v and ("avg" in v or "p50" in v)
    ]
    return len(named) >= 2


def read(document: Json) -> Reading:
    """Each metric names its unit, and the unit is trusted."""
    out = Observations("aiperf" if "aiperf_version" in document else "genai-perf")
    config = mapping(document.get("input_config"))
    model = next((m for key in ("model_names", "model", "models") for m in find(config, key) if m), "")
    model = model[0] if isinstance(model, list) and model and isinstance(model[0], str) else model
    concurrency = next(iter(find(config, "concurrency")), None)
    subject = model if isinstance(model, str) else ""
    out.record("/", subject=subject, factors={"concurrency": concurrency}, started=document.get("start_time"))
    for key, metric in _METRICS.items():
        values = document.get(key)
        scale = _scale(metric, values.get("unit")) if isinstance(values, dict) else None
        if scale is not None:
            out.stats(metric, values, key, definition=_DEFINITIONS.get(metric, ""), scale=scale)
    return out.done()


def _scale(metric: str, unit: Json) -> float | None:
    """To the metric's unit; None where the unit is of another kind, or is not told."""
    if not isinstance(unit, str):
        return None
    return unit_factor(_UNITS.get(unit.strip().lower(), unit), METRICS[metric].unit)


# --- single requests ------------------------------------------------------------------------------------------------


def are_requests(document: Json) -> bool:
    return any(
        "request_start_ns" in mapping(d.get("metadata")) and isinstance(d.get("metrics"), dict)
        for d in objects(document)[:3]
    )


def read_requests(document: Json) -> Reading:
    """A record a request; warm-ups are left out, an error or a cancellation is a failure. It names no model."""
    out = Observations("aiperf")
    warm_ups = 0
    for i, item in enumerate(objects(document)):
        about, metrics = mapping(item.get("metadata")), mapping(item.get("metrics"))
        if about.get("benchmark_phase") == "warmup":
            warm_ups += 1
            continue
        start = number(about.get("request_start_ns"))
        out.record(f"/{i}", started=start / 1e9 if start > 0 else None)
        error = item.get("error")
        if error or about.get("was_cancelled") is True:
            out.fail(mapping(error).get("message") or error or "cancelled")
            continue
        for tag, metric in {**_METRICS, "inter_chunk_latency": "itl"}.items():
            measured = mapping(metrics.get(tag))
            scale = _scale(metric, measured.get("unit"))
            if scale is None:
                continue
            value = measured.get("value")
            for one in items(value) if isinstance(value, list) else [value]:
                out.add(metric, one, f"metrics/{tag}", definition=_DEFINITIONS.get(metric, ""), scale=scale)
    reading = out.done()
    if warm_ups:
        reading.reason = reading.reason or f"{warm_ups} warm-up requests were left out"
    return reading


# --- CSV ------------------------------------------------------------------------------------------------------------


def is_table(head: str) -> bool:
    first = head.partition("\n")[0].strip()
    return first.startswith("Metric,avg,min,max,") and "Request Latency (" in head


def read_table(text: str) -> Reading:
    """Two tables, a blank line between: statistics over requests, and `Metric,Value`. A name ends with its unit."""
    out = Observations("aiperf")
    out.record("row 1")
    titles: list[str] = []
    for row in csv.reader(io.StringIO(text)):
        if row[:1] == ["Metric"]:
            titles = [STAT_NAMES.get(c, "") for c in row]
            titles = ["", "mean"] if row[1:] == ["Value"] else titles
        elif len(row) == len(titles) and (found := _NAME.fullmatch(row[0])):
            metric = _METRICS.get(normalise(found[1]))
            scale = _scale(metric, found[2]) if metric else None
            if metric is not None and scale is not None:
                said: dict[str, Any] = {"definition": _DEFINITIONS.get(metric, ""), "scale": scale}
                for stat, cell in zip(titles, row, strict=True):
                    if stat:
                        out.add(metric, cell_value(cell), row[0], stat=stat, **said)
        elif not row:
            titles = []
    return out.done()
