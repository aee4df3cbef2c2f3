"""Lines `:::MLLOG {…}` of MLPerf: the detail log of LoadGen's inference runs, and the logs of training runs.

Keys from `loadgen/results.cc` and from mlperf_logging's compliance rules. Latencies are in ns, `time_ms` since 1970.
"""

from __future__ import annotations

import json
import re

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import STAT_NAMES, Observations, mapping, number

NAME = "mlperf-log"
_LINE = re.compile(r"^[^\n]{0,200}?:::MLLOG\s+(\{[^\n]*\})[ \t]*$", re.MULTILINE)
_STAT = re.compile(
    r"result_(?P<of>first_token_|time_(?:per|to)_output_token_)?(?P<stat>min|max|mean|\d+(?:\.\d+)?(?:th)?_percentile)"
    r"(?:_latency)?(?:_first_token|_time_(?:per|to)_output_token)?(?:_latency)?_ns"
)
_RATES = {
    "result_samples_per_second": "request_rate",
    "result_completed_samples_per_sec": "request_rate",
    "result_completed_samples_per_second": "request_rate",
    "result_tokens_per_second": "output_throughput",
    "result_completed_tokens_per_second": "output_throughput",
}
_SETTINGS = {
    "effective_scenario": "workload", "requested_scenario": "workload", "result_validity": "mlperf_result",
    "submission_benchmark": "workload", "submission_platform": "host", "global_batch_size": "batch_size",
    "seed": "seed",
}  # fmt: skip
_QUALITY = {"eval_accuracy": "accuracy", "eval_error": "loss", "eval_loss": "loss"}


def read(text: str) -> tuple[Reading | None, str]:
    """The run that a log is of, several one after the other; None when it is no such log."""
    if ":::MLLOG" not in text:
        return None, text
    events: list[tuple[int, dict[str, Json]]] = []
    for found in _LINE.finditer(text):
        try:
            event = json.loads(found[1])
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and isinstance(event.get("key"), str):
            events.append((found.start(), event))
    runs: list[list[tuple[int, dict[str, Json]]]] = []
    for place, event in events:
        # An event of the next run, in a file that runs were appended to.
        if not runs or (
            event["key"] in ("run_start", "loadgen_version") and any(e["key"] == event["key"] for _, e in runs[-1])
        ):
            runs.append([])
        runs[-1].append((place, event))
    out = Observations(NAME)
    for run in runs:
        _run(out, [e for _, e in run], f"line {text.count(chr(10), 0, run[0][0]) + 1}")
    reading = out.done()
    return (reading, text) if reading.rows else (None, text)


def _run(out: Observations, events: list[dict[str, Json]], where: str) -> None:
    last = {e["key"]: e for e in events}
    factors: dict[str, Json] = {}
    for key, name in _SETTINGS.items():
        value = last.get(key, {}).get("value")
        if isinstance(value, str | int | float) and value != "":
            factors.setdefault(name, value)
    subject = last.get("sut_name", {}).get("value") or last.get("submission_org", {}).get("value")
    out.record(where, subject=subject, factors=factors)
    for key, event in last.items():
        value = event.get("value")
        if key in _RATES:
            out.add(_RATES[key], value, key, stat="mean")
        elif found := _STAT.fullmatch(key):
            stat = STAT_NAMES.get(_name(found["stat"]))
            whole = key if found["of"] is None else found["of"]
            metric = "ttft" if "first_token" in whole else "tpot" if "output_token" in whole else "e2e_latency"
            if stat:
                out.add(metric, value, key, stat=stat, scale=1e-9)
        elif key in _QUALITY:
            out.add(_QUALITY[key], value, key)
    begun, ended = number(last.get("run_start", {}).get("time_ms")), number(last.get("run_stop", {}).get("time_ms"))
    status = str(mapping(last.get("run_stop", {}).get("metadata")).get("status") or "")
    if status and status.lower() != "success":
        out.fail(f"run stopped: {status}", "run_stop")
    elif ended > begun:
        out.add("run_time", ended - begun, "run_start, run_stop", scale=1e-3, definition="time to train")


def _name(words: str) -> str:
    """`99.90_percentile` → p999."""
    if not words.endswith("percentile"):
        return words
    whole, _, part = words.split("th")[0].split("_")[0].partition(".")
    return f"p{whole}{part.rstrip('0')}"
