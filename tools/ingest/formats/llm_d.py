"""The benchmark report of llm-d-benchmark: 0.1 (`metrics`) and 0.2 (`results.request_performance`), each statistic with
its `units`. Keys from the schemas in its repository."""

from __future__ import annotations

import math
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.schema import Json

from .build import Observations, find, mapping, number, objects

NAME = "llm-d-benchmark"
_FULL_TPOT = "end-to-end latency / output tokens"  # the first token included
_LATENCY = {
    "time_to_first_token": ("ttft", ""),
    "time_per_output_token": ("tpot", ""),
    "normalized_time_per_output_token": ("tpot", _FULL_TPOT),
    "inter_token_latency": ("itl", ""),
    "request_latency": ("e2e_latency", ""),
}
# What guidellm calls so: one figure a request, weighted by its tokens, as its own reports are read.
_GUIDELLM = {
    "time_per_output_token": ("tpot", f"{_FULL_TPOT}, weighted by tokens"),
    "inter_token_latency": ("tpot", "weighted by tokens"),
}
_LENGTHS = {"input_length": "prompt_tokens", "output_length": "output_tokens"}
_RATES = {  # of 0.1, which are plain numbers, and of 0.2
    "output_tokens_per_sec": "output_throughput",
    "total_tokens_per_sec": "total_throughput",
    "requests_per_sec": "request_rate",
    "output_token_rate": "output_throughput",
    "total_token_rate": "total_throughput",
    "request_rate": "request_rate",
}
_UNITS = {"queries/s": "1/s", "count": "tokens", "fraction": "share"}
# Its GB are of 1e9 bytes: it has GiB beside them.
_MIB = {"bytes": 2.0**-20, "MB": 1e6 / 2**20, "GB": 1e9 / 2**20, "TB": 1e12 / 2**20}
_MIB |= {"MiB": 1.0, "GiB": 1024.0, "TiB": 2.0**20}


def matches(document: Json) -> bool:
    """0.2 by its results alone: in YAML they stand before all else, which a cut-off file has not."""
    if not isinstance(document, dict) or not _performance(document):
        return False
    return {"version", "scenario"} <= document.keys() or "results" in document


def _performance(document: dict[str, Json]) -> dict[str, Json]:
    """Where latency, throughput and requests stand."""
    newer = mapping(mapping(document.get("results")).get("request_performance"))
    found = mapping(newer.get("aggregate")) or mapping(document.get("metrics"))
    latency = mapping(found.get("latency"))
    return found if any("units" in mapping(v) for v in latency.values()) else {}


def read(document: Json) -> Reading:
    """One record: aggregates over the requests that succeeded."""
    out = Observations(NAME)
    found, scenario = _performance(document), mapping(document.get("scenario"))
    load = mapping(scenario.get("load"))
    tool = str(load.get("name") or mapping(load.get("standardized")).get("tool") or "")
    times = mapping(mapping(document.get("run")).get("time")) or mapping(found.get("time"))
    out.record("/", subject=_model(scenario), factors=_settings(scenario, load, tool), started=times.get("start"))
    requests = mapping(found.get("requests"))
    total, failures, incomplete = (_count(requests.get(k)) for k in ("total", "failures", "incomplete"))
    n = total - failures - incomplete
    if 0 <= n <= total - incomplete and "failures" in requests and total > incomplete:
        ended = total - incomplete  # what was still running at the end has neither failed nor succeeded
        definition = "requests that succeeded / requests that succeeded or failed" if incomplete else ""
        out.add("success_rate", n / ended, "requests/failures", stat="mean", n=ended, definition=definition)
    unread: list[str] = []
    latency = mapping(found.get("latency"))
    for key, (metric, definition) in (_LATENCY | (_GUIDELLM if tool == "guidellm" else {})).items():
        stated = mapping(latency.get(key))
        if key == "request_latency" and _shorter(latency):
            unread.append("request_latency, which its units make shorter than the time to first token")
            continue
        if definition.endswith("by tokens"):  # such a deviation would pass for that of as many requests
            stated = {k: v for k, v in stated.items() if k != "stddev"}
        _statistics(out, metric, stated, f"latency/{key}", n, unread, definition)
    for key, metric in _LENGTHS.items():
        _statistics(out, metric, requests.get(key), f"requests/{key}", n, unread)
    throughput = mapping(found.get("throughput"))
    for key, metric in _RATES.items():
        rate = throughput.get(key)
        if isinstance(rate, dict):
            _statistics(out, metric, rate, f"throughput/{key}", 0, unread)
        else:
            out.add(metric, rate, f"throughput/{key}", stat="mean")
    for i, item in enumerate(objects(mapping(found.get("resources")).get("accelerator") or [])):
        place, memory = f"resources/accelerator/{i}", mapping(item.get("memory"))
        _statistics(out, "power", item.get("power"), f"{place}/power", 0, unread)
        _statistics(out, "vram", memory.get("consumption"), f"{place}/memory/consumption", 0, unread)
        _statistics(out, "gpu_util", mapping(item.get("compute")).get("utilization"), f"{place}/compute", 0, unread)
    reading = out.done()
    if unread:
        reading.note("left out: " + ", ".join(unread)[:300])
    return reading


def _statistics(
    out: Observations, metric: str, stated: Json, place: str, n: float, unread: list[str], definition: str = ""
) -> None:
    """One object of statistics over `n` requests, by its own units; what has none, or others, is left out and named."""
    values = dict(mapping(stated))
    if not values:
        return
    scale = _scale(metric, values.get("units"))
    if scale is None:
        unread.append(f"{place} in {str(values.get('units'))[:40]!r}")
        return
    values["p999"] = values.pop("p99p9", None)
    known: dict[str, Any] = {"n": n or None, "definition": definition, "scale": scale}
    out.stats(metric, values, place, **known)


def _count(value: Json) -> float:
    """A number of requests; 0 where it is not told."""
    count = number(value)
    return 0.0 if math.isnan(count) else count


def _scale(metric: str, units: Json) -> float | None:
    if not isinstance(units, str):
        return None
    canonical = METRICS[metric].unit
    if canonical == "MiB":
        return _MIB.get(units)
    name = units.removesuffix("/token") if metric == "itl" else units
    if name == "fraction" and canonical == "%":
        return 100.0
    return unit_factor(_UNITS.get(name, name), canonical)


def _shorter(latency: dict[str, Json]) -> bool:
    """Whether a request ends before its first token: older converters wrote guidellm's seconds as ms."""
    means = []
    for key in ("time_to_first_token", "request_latency"):
        stated = mapping(latency.get(key))
        scale = _scale("ttft", stated.get("units"))
        means.append(number(stated.get("mean")) * scale if scale else math.nan)
    return means[1] < means[0]


def _model(scenario: dict[str, Json]) -> Json:
    older = mapping(scenario.get("model")).get("name")
    parts = [mapping(part.get("standardized")) for part in objects(scenario.get("stack") or [])]
    names = {name for part in parts if isinstance(name := mapping(part.get("model")).get("name"), str)}
    return older or (names.pop() if len(names) == 1 else "")


def _settings(scenario: dict[str, Json], load: dict[str, Json], tool: str) -> dict[str, Json]:
    asked, given = mapping(load.get("standardized")), mapping(load.get("args"))
    hardware = [*find(mapping(scenario.get("host")), "accelerator")]
    hardware += [mapping(part.get("standardized")).get("accelerator") for part in objects(scenario.get("stack") or [])]
    models = {str(a["model"]) for listed in hardware for a in objects(listed) if a.get("model")}
    return {
        "concurrency": asked.get("concurrency", given.get("max_concurrency")),
        "request_rate": asked.get("rate_qps", given.get("request_rate")),
        "n_prompt": mapping(asked.get("input_seq_len")).get("value"),
        "num_predict": mapping(asked.get("output_seq_len")).get("value"),
        "stage": asked.get("stage", mapping(load.get("metadata")).get("stage")),
        "tool": tool or None,
        "device": models.pop() if len(models) == 1 else None,
    }
