"""`mlperf_log_summary.txt` of MLPerf's LoadGen. Lines from its source, `loadgen/results.cc`, and from runs of 6.0."""

from __future__ import annotations

import re

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import STAT_NAMES, Observations

NAME = "mlperf-loadgen"
_HEAD = re.compile(r"^[ \t]*MLPerf Results Summary[ \t]*$", re.MULTILINE)
_END = re.compile(r"^(?:No errors|\d+ ERRORS) encountered\b.*$", re.MULTILINE)
_STAT = re.compile(r"(Min|Max|Mean|\d+(?:\.\d+)?(?:th)? percentile) (.+?) \((ns)\)", re.IGNORECASE)
_TIMES = {
    "latency": "e2e_latency",
    "first token latency": "ttft",
    "time per output token": "tpot",
    "time to output token": "tpot",  # the same: older versions and the percentiles have this name
}
_RATES = {
    "samples per second": "request_rate",
    "completed samples per second": "request_rate",
    "qps w/ loadgen overhead": "request_rate",
    "tokens per second": "output_throughput",
    "completed tokens per second": "output_throughput",
    "tps w/ loadgen overhead": "output_throughput",
}
_DEFINITIONS = {
    "Offline": "from the start of the run, waiting included",  # all samples are issued at once
    "MultiStream": "of a query of several samples",
}
_COUNTED = re.compile(r"^\d+ (?:warnings|ERRORS) encountered\b.*$", re.MULTILINE)


def read(text: str) -> tuple[Reading | None, str]:
    """The summaries in a text, and the text. Latencies are in ns, and the verdict is MLPerf's own."""
    heads = list(_HEAD.finditer(text))
    if not heads:
        return None, text
    out = Observations(NAME)
    notes: list[str] = []
    ends = [*(h.start() for h in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=True):
        line = text.count("\n", 0, head.start()) + 1
        last = _END.search(text, head.end(), end)
        notes += _summary(out, text[head.end() : last.end() if last else end], f"line {line}")
    reading = out.done()
    if any("breaks off" in note for note in notes):
        reading.note("; ".join(dict.fromkeys(notes)))
    elif notes and reading.rows:
        reading.reason = "; ".join(dict.fromkeys(notes))
    return reading, text


def _summary(out: Observations, text: str, where: str) -> list[str]:
    """One run: statistics over its samples, and what is to be said about it."""
    results, _, given = text.partition("Test Parameters Used")
    said, asked = _pairs(results), _pairs(given)
    verdict, scenario = said.get("result is", ""), said.get("scenario", "")
    factors: dict[str, Json] = {
        "workload": scenario,
        "mlperf_result": verdict or None,
        # elsewhere the target sizes the run, and a query is one sample or all of them
        "request_rate": asked.get("target_qps") if scenario == "Server" else None,
        "samples_per_query": asked.get("samples_per_query") if scenario == "MultiStream" else None,
    }
    said_of = f"in a run that MLPerf calls {verdict[:20]}" if verdict else "in a run without MLPerf's verdict"
    doubt = "" if verdict == "VALID" else said_of
    out.record(where, subject=said.get("sut name"), factors=factors)
    for label, metric in _RATES.items():
        if label in said:
            out.add(metric, _number(said[label]), label, stat="mean", definition=doubt)
    seen: set[tuple[str, str]] = set()  # the percentile that the scenario is judged by stands there twice
    for label, value in said.items():
        found = _STAT.fullmatch(label)
        timed, kind = (_TIMES.get(found[2]), STAT_NAMES.get(_stat(found[1]))) if found else (None, None)
        if timed and kind and (timed, kind) not in seen:
            seen.add((timed, kind))
            special = _DEFINITIONS.get(scenario, "") if timed == "e2e_latency" else ""
            definition = "; ".join(d for d in (special, doubt) if d)
            out.add(timed, _number(value), label, stat=kind, definition=definition, scale=1e-9)
    notes = [m[0].rstrip(".").lower() for m in _COUNTED.finditer(given)]
    if verdict and verdict != "VALID":
        failed = [k.removesuffix(" satisfied") for k, v in said.items() if k.endswith(" satisfied") and v == "NO"]
        notes.append("its own verdict is " + verdict[:20] + (f": {', '.join(failed)} not met" if failed else ""))
    if not given:
        notes.append("breaks off; read up to there")
    return notes


def _pairs(text: str) -> dict[str, str]:
    """Its lines `name : value`."""
    cut = (line.partition(":") for line in text.splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in cut if colon}


def _stat(words: str) -> str:
    """`99.90 percentile` → p999, `Mean` → mean."""
    words = words.lower()
    if not words.endswith("percentile"):
        return words
    whole, _, part = words.split("th")[0].split()[0].partition(".")
    return f"p{whole}{part.rstrip('0')}"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
