"""`evalscope perf`: the tables that it prints, and its `benchmark_summary.json` and `benchmark_percentile.json`.

Labels from its documentation and source through the years; its percentiles of times are in s.
"""

from __future__ import annotations

import re

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, number, objects, places
from .command_line import Said, said

NAME = "evalscope-perf"
_SUMMARY = re.compile(r"Benchmarking summary:\s*\n((?:[ \t]*[+|][^\n]*\n?)+)")
_PERCENTILES = re.compile(r"Percentile results:\s*\n((?:[ \t]*[+|][^\n]*\n?)+)")
_VALUES = {
    "output token throughput (tok/s)": ("output_throughput", 1.0),
    "throughput(average tokens/s)": ("output_throughput", 1.0),
    "total token throughput (tok/s)": ("total_throughput", 1.0),
    "request throughput (req/s)": ("request_rate", 1.0),
    "average qps": ("request_rate", 1.0),
    "average latency (s)": ("e2e_latency", 1.0),
    "average latency": ("e2e_latency", 1.0),
    "average time to first token (s)": ("ttft", 1.0),
    "average time to first token": ("ttft", 1.0),
    "average time per output token (s)": ("tpot", 1.0),
    "average time per output token": ("tpot", 1.0),
    "average inter-token latency (s)": ("itl", 1.0),
    "average input tokens per request": ("prompt_tokens", 1.0),
    "average output tokens per request": ("output_tokens", 1.0),
}
_STATED = {
    "ttft (s)": "ttft",
    "itl (s)": "itl",
    "tpot (s)": "tpot",
    "latency (s)": "e2e_latency",
    "input tokens": "prompt_tokens",
    "output tokens": "output_tokens",
}


def matches(document: Json) -> bool:
    return any(_is_summary(d) for d in objects(document)[:3]) or _is_percentiles(document)


def _is_summary(item: dict[str, Json]) -> bool:
    small = {str(k).lower() for k in item}
    return "succeed requests" in small and any(k.startswith("average ") for k in small)


def _is_percentiles(document: Json) -> bool:
    listed = objects(document)
    return bool(listed) and "Percentiles" in listed[0] and any(str(k).lower() in _STATED for k in listed[0])


def read_document(document: Json) -> Reading:
    out = Observations(NAME)
    if _is_percentiles(document):
        for i, item in enumerate(objects(document)):
            if isinstance(item["Percentiles"], list):  # one list a column
                for j, name in enumerate(item["Percentiles"]):
                    row = {k: v[j] for k, v in item.items() if isinstance(v, list) and j < len(v)}
                    if not j:
                        out.record("/")
                    _percentile(out, str(name), row, None)
                continue
            if not i:
                out.record("/")
            _percentile(out, str(item["Percentiles"]), item, None)
        return out.done()
    for i, item in enumerate(objects(document)):
        _summary(out, {str(k): v for k, v in item.items()}, f"/{i}" if isinstance(document, list) else "/", Said())
    return out.done()


def read(text: str) -> tuple[Reading | None, str]:
    """The tables in a log, each summary with the percentiles after it; None when there are none."""
    summaries = list(_SUMMARY.finditer(text))
    if not summaries:
        return None, text
    out = Observations(NAME)
    place = places(text)
    before, context = 0, Said()
    for i, found in enumerate(summaries):
        context = context.then(said(text[before : found.start()]))
        before = found.end()
        end = summaries[i + 1].start() if i + 1 < len(summaries) else len(text)
        pairs = {r[0]: _value(r[1]) for r in _grid(found[1]) if len(r) == 2}
        n = _summary(out, pairs, f"line {place(found.start())}", context)
        for table in _PERCENTILES.finditer(text, found.end(), end):
            head, *rows = _grid(table[1])
            for row in rows:
                cells = dict(zip(head[1:], [_value(c) for c in row[1:]], strict=False))
                _percentile(out, row[0], cells, n)
    return out.done(), text


def _grid(text: str) -> list[list[str]]:
    """The rows of a table that is drawn with + - and |."""
    return [
        [c.strip() for c in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.strip().startswith("|") and not re.fullmatch(r"[\s|:+=-]*", line)
    ]


def _summary(out: Observations, pairs: dict[str, Json], where: str, context: Said) -> float | None:
    small = {k.lower(): v for k, v in pairs.items()}
    done, failed = number(small.get("succeed requests")), number(small.get("failed requests"))
    rate = number(small.get("request rate (req/s)"))
    factors: dict[str, Json] = {
        **context.factors,
        "concurrency": small.get("number of concurrency") or context.factors.get("concurrency"),
        "request_rate": rate if rate > 0 else context.factors.get("request_rate"),
    }
    out.record(where, subject=small.get("model") or context.model, factors=factors)
    if failed > 0:
        out.fail("" if done > 0 else "every request failed", "Failed requests", n=failed)
    if done == 0:
        return None
    for label, value in pairs.items():
        found = _VALUES.get(label.lower())
        if found:
            out.add(found[0], value, label, stat="mean", n=done, scale=found[1])
    return done


def _percentile(out: Observations, name: str, cells: dict[str, Json], n: float | None) -> None:
    stat = {"min": "min", "max": "max"}.get(name.lower().strip("%"), f"p{name.strip('%').replace('.', '')}")
    stat = {"p50": "p50"}.get(stat, stat)
    for label, value in cells.items():
        metric = _STATED.get(label.lower())
        if metric:
            out.add(metric, value, label, stat=stat, n=n)


def _value(text: str) -> Json:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return text or None
