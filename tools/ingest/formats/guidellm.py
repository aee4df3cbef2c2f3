"""guidellm: its JSON, YAML and CSV. Keys and definitions from its `schemas` and `outputs` (0.8)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chimera_report.tools.ingest.reading import Reading, skipped
from chimera_report.tools.schema import Json

from .build import Observations, cell_value, find, items, mapping, number, objects, sample_deviation

NAME = "guidellm"
_BY_TOKENS = "weighted by tokens"
_WITH_FIRST = "end-to-end latency / output tokens"  # its TPOT counts the first token, and the wait for it


@dataclass(frozen=True, slots=True)
class _Metric:
    """How guidellm makes a distribution, and so what of it means here what it says.

    `request`: one value a request; `count` is requests. `token`: a value a request, weighted by its tokens; `count`
    is tokens, which are no observations. `rate`: over time, weighted by time; only the mean is a figure of the run.
    """

    name: str
    scale: float = 1.0
    per: Literal["request", "token", "rate"] = "request"
    definition: str = ""
    group: str = ""  # its first and second header in the CSV
    unit: str = ""


# Its inter-token latency is one figure a request, (last − first token) / (output tokens − 1): what is TPOT here.
_METRICS = {
    "time_to_first_token_ms": _Metric("ttft", 1e-3, group="Time to First Token", unit="ms"),
    "inter_token_latency_ms": _Metric("tpot", 1e-3, "token", group="Inter Token Latency", unit="ms"),
    "time_per_output_token_ms": _Metric("tpot", 1e-3, "token", _WITH_FIRST, "Time per Output Token", "ms"),
    "request_latency": _Metric("e2e_latency", group="Request Latency", unit="Sec"),
    "requests_per_second": _Metric("request_rate", per="rate", group="Server Throughput", unit="Requests/Sec"),
    "request_concurrency": _Metric("in_flight", per="rate", group="Server Throughput", unit="Concurrency"),
    "request_goodput": _Metric("goodput", per="rate", group="Server Throughput", unit="Goodput/Sec"),
    "output_tokens_per_second": _Metric(
        "output_throughput", per="rate", group="Token Throughput", unit="Output Tokens/Sec"
    ),
    "tokens_per_second": _Metric("total_throughput", per="rate", group="Token Throughput", unit="Total Tokens/Sec"),
    "prompt_token_count": _Metric("prompt_tokens", group="Token Metrics", unit="Input Tokens"),
    "output_token_count": _Metric("output_tokens", group="Token Metrics", unit="Output Tokens"),
    "total_token_count": _Metric("total_tokens", group="Token Metrics", unit="Total Tokens"),
}
# Of these, the figure of all requests is the server's: the others were under way, and had tokens, as well.
_OF_ALL = frozenset(("output_throughput", "total_throughput", "in_flight"))
_SUCCESSFUL = "of the requests that succeeded"
_REQUEST = {
    "time_to_first_token_ms": ("ttft", 1e-3, ""),
    "inter_token_latency_ms": ("tpot", 1e-3, ""),
    "request_latency": ("e2e_latency", 1.0, ""),
    "output_tokens_per_second": ("decode_rate", 1.0, "output tokens / end-to-end latency"),
    "prompt_tokens": ("prompt_tokens", 1.0, ""),
    "output_tokens": ("output_tokens", 1.0, ""),
}


def matches(document: Json) -> bool:
    if not isinstance(document, dict):
        return False
    version = "guidellm_version" in mapping(document.get("metadata"))
    return any(
        isinstance(m := b.get("metrics"), dict) and (version or len(_METRICS.keys() & m.keys()) > 1)
        for b in objects(document.get("benchmarks"))[:1]
    )


def read(document: Json) -> Reading:
    """Statistics of the requests that succeeded, and those requests; failed ones as failures.

    `request_latency` is in s, the others in ms. Statistics of requests that failed or were cut off by the end of the
    benchmark are left out: they are no times of an answer. So are requests outside of the time that was measured.
    """
    out = Observations(NAME)
    cut_off = outside = 0
    for i, item in enumerate(objects(document["benchmarks"])):
        about = _about(item, document)
        out.record(f"/benchmarks/{i}", **about)
        metrics = mapping(item.get("metrics"))
        totals = mapping(metrics.get("request_totals"))
        for key, metric in _METRICS.items():
            of = mapping(metrics.get(key))
            _distribution(out, metric, mapping(of.get("successful")), f"metrics/{key}/successful", totals)
            if metric.name in _OF_ALL:
                place = f"metrics/{key}/total/mean"
                out.add(metric.name, _told(mapping(of.get("total"))).get("mean"), place, stat="mean")
        _success(out, totals)
        requests = mapping(item.get("requests"))
        cut_off += len(items(requests.get("incomplete")))
        start, end = number(item.get("start_time")), number(item.get("end_time"))
        for j, request in enumerate(objects(items(requests.get("successful")))):
            if number(request.get("request_end_time")) < start or number(request.get("request_start_time")) > end:
                outside += 1
                continue
            begun = {**about, "started": request.get("request_start_time") or about["started"]}
            out.record(f"/benchmarks/{i}/requests/successful/{j}", **begun)
            for key, (name, scale, definition) in _REQUEST.items():
                out.add(name, request.get(key), f"requests/successful/{key}", definition=definition, scale=scale)
        for j, request in enumerate(objects(items(requests.get("errored")))):
            out.record(f"/benchmarks/{i}/requests/errored/{j}", **about)
            out.fail(next((e for e in find(request, "error") if e), "errored"), "requests/errored")
    reading = out.done()
    left = [f"{cut_off} cut off by the end of a benchmark"] if cut_off else []
    left += [f"{outside} outside of the measured time"] if outside else []
    if left:
        reading.reason = reading.reason or "requests left out: " + ", ".join(left)
    return reading


def _about(item: dict[str, Json], document: dict[str, Json]) -> dict[str, Any]:
    strategy = next((s for s in find(item, "strategy") if isinstance(s, dict)), {})
    places = (
        (item, "backend_model"),
        (item, "model"),
        (document.get("args"), "model"),
        (document.get("config"), "model"),
    )
    model = next((m for node, key in places for m in find(node, key) if isinstance(m, str) and m), "")
    limit = strategy.get("max_concurrency") if strategy.get("type_") == "throughput" else None  # else it binds nothing
    factors = {
        "strategy": strategy.get("type_"),
        "concurrency": strategy.get("streams") or limit,
        "request_rate": strategy.get("rate"),
    }
    return {"subject": model, "factors": factors, "started": item.get("start_time")}


def _told(values: Mapping[str, Json]) -> Mapping[str, Json]:
    """A distribution, or nothing where it is one of no values: guidellm then writes zeros, as it does for a TTFT
    of requests that were not streamed."""
    return {} if values.get("count") == 0 or values.get("mean") == 0 else values


def _distribution(
    out: Observations, metric: _Metric, values: Mapping[str, Json], column: str, totals: Mapping[str, Json]
) -> None:
    """The statistics of one distribution of the requests that succeeded."""
    if metric.name != "goodput":  # it is written where it was asked for; that no request met it is a result
        values = _told(values)
    if metric.per == "rate":
        definition = _SUCCESSFUL if metric.name in _OF_ALL else ""
        out.add(metric.name, values.get("mean"), f"{column}/mean", stat="mean", definition=definition)
    elif metric.per == "token":
        # A deviation by tokens and a number of tokens would pass for those of as many requests.
        kept = {k: v for k, v in values.items() if k not in ("count", "std_dev")}
        definition = ", ".join(d for d in (metric.definition, _BY_TOKENS) if d)
        n = totals.get("successful")
        out.stats(metric.name, kept, column, n=n, definition=definition, scale=metric.scale)
    else:
        kept = sample_deviation(values, "std_dev")
        out.stats(metric.name, kept, column, definition=metric.definition, scale=metric.scale)


def _success(out: Observations, totals: Mapping[str, Json]) -> None:
    """The share of the requests that ended by themselves and succeeded."""
    good, bad = number(totals.get("successful")), number(totals.get("errored"))
    if good + bad > 0:
        definition = "requests that succeeded / requests that succeeded or failed"
        place = "metrics/request_totals"
        out.add("success_rate", good / (good + bad), place, stat="mean", n=good + bad, definition=definition)


# --- CSV ------------------------------------------------------------------------------------------------------------

_PERCENTILES = (
    "min",
    "p001",
    "p01",
    "p05",
    "p10",
    "p25",
    "p75",
    "p90",
    "p95",
    "p99",
    "max",
)  # as its writer lists them
_STRATEGY = re.compile(r"(\w+)(?:@([\d.]+))?")


def is_table(head: str) -> bool:
    return head.startswith("Run Info,") and "Run ID" in head and "Request Counts," in head


def read_table(text: str) -> Reading:
    """Three header rows: group, status and unit, statistic; then a row a benchmark.

    Its times are local ones of a zone that it does not tell, so none is read.
    """
    out = Observations(NAME)
    rows = csv.reader(io.StringIO(text))
    headers = list(zip(*(row for _, row in zip(range(3), rows, strict=False)), strict=False))
    short = False
    for number_of_row, cells in enumerate(rows, 1):
        short = short or len(cells) < len(headers)
        row = dict(zip(headers, cells, strict=False))
        out.record(f"row {number_of_row}", **_of_row(row))
        totals = {s.lower(): cell_value(row.get(("Request Counts", s, ""))) for s in ("Successful", "Errored")}
        for metric in _METRICS.values():
            head = f"{metric.group}/Successful {metric.unit}"
            values = dict(_statistics(row, metric))
            if metric.per == "request":
                values["count"] = totals["successful"]
            _distribution(out, metric, values, head, totals)
        _success(out, totals)
    if not out.started:
        return skipped("holds a header and no rows", format=NAME)
    reading = out.done()
    if short:
        reading.note("breaks off; read up to there")
    return reading


def _statistics(row: dict[tuple[str, ...], str], metric: _Metric) -> Iterator[tuple[str, Json]]:
    """(the JSON's name of a statistic, its value) of the requests that succeeded."""
    for (group, unit, stat), cell in row.items():
        if (group, unit) != (metric.group, f"Successful {metric.unit}"):
            continue
        if stat == "Percentiles":
            try:
                listed = items(json.loads(cell))
            except (ValueError, RecursionError):
                continue
            yield from zip(_PERCENTILES, listed, strict=False)
        else:
            yield stat.lower().replace(" ", "_"), cell_value(cell)


def _of_row(row: dict[tuple[str, ...], str]) -> dict[str, Any]:
    try:
        backend = mapping(json.loads(row.get(("Run Info", "Backend", ""), "")))
    except (ValueError, RecursionError):
        backend = {}
    told = _STRATEGY.fullmatch(row.get(("Benchmark", "Strategy", ""), ""))
    kind, number_of = (told[1], told[2]) if told else (None, None)
    level = "concurrency" if kind in ("concurrent", "throughput") else "request_rate"
    return {"subject": backend.get("model"), "factors": {"strategy": kind, level: cell_value(number_of)}}
