"""`vllm bench serve` (its ancestor benchmark_serving.py too) and SGLang's bench_serving: JSON, and JSON lines."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, items, number, objects

NAME, OF_SGLANG = "vllm-bench-serve", "sglang-bench-serving"
KEYS = frozenset(("request_throughput", "mean_ttft_ms"))
_METRICS = {"ttft": "ttft", "tpot": "tpot", "itl": "itl", "e2el": "e2e_latency", "e2e_latency": "e2e_latency"}
_STATS = {"mean": "mean", "median": "p50", "std": "sd"}
_RATES = {
    "request_throughput": "request_rate",
    "request_goodput": "goodput",
    "output_throughput": "output_throughput",
    "total_token_throughput": "total_throughput",
}
_STATISTIC = re.compile(r"(mean|median|std|max|min|p\d+(?:\.\d+)?)_(ttft|tpot|itl|e2el|e2e_latency)_ms")
# What the command was given, where the file names it; further keys stand there by `--metadata`.
_SETTINGS = {
    "request_rate": "request_rate",
    "max_concurrency": "concurrency",
    "dataset_name": "workload",
    "num_prompts": "num_prompts",
    "random_input_len": "input_len",
    "input_len": "input_len",
    "random_output_len": "output_len",
    "output_len": "output_len",
    "sharegpt_output_len": "output_len",
    "burstiness": "burstiness",
    "tensor_parallel_size": "tensor_parallel",
    "tp_size": "tensor_parallel",
    "tp": "tensor_parallel",
    "pipeline_parallel_size": "pipeline_parallel",
    "dtype": "dtype",
    "quantization": "quantisation",
    "kv_cache_dtype": "kv_cache",
    "gpu": "gpu",
    "gpu_name": "gpu",
    "tag": "label",
    "label": "label",
}
# Texts that the tool writes by itself; every other short text was given by `--metadata`.
_OWN = frozenset(("date", "backend", "endpoint_type", "model_id", "model", "tokenizer_id", "label", "tag"))
_DEEP, _WORKERS = 4, 64  # how far what a server says of itself is looked through
_GIVEN = 48  # characters of a text that was given
_WARM_UP = frozenset(("warmup", "warm-up", "warm_up"))


def matches(document: Json) -> bool:
    return any(KEYS.issubset(r) and ("total_token_throughput" in r or "completed" in r) for r in objects(document)[:3])


def read(document: Json) -> Reading:
    """Statistics in ms; the lists of single requests in s. Failed requests have a text in `errors`."""
    ours = [str(r.get("backend") or "").startswith("sglang") for r in objects(document)]
    out = Observations(OF_SGLANG if ours and all(ours) else NAME)
    many = isinstance(document, list)
    for i, item in enumerate(objects(document)):
        place = f"/{i}" if many else "/"
        given = {k: v for k, v in item.items() if k not in _OWN and isinstance(v, str) and 0 < len(v) <= _GIVEN}
        if _WARM_UP & {v.lower() for v in given.values()}:
            out.reading.note("a warm-up by its own words was left out")
            continue
        server = _of_server(item.get("server_info"))
        factors: dict[str, Any] = {"backend": item.get("backend") or item.get("endpoint_type")}
        for key, name in _SETTINGS.items():
            value = item.get(key, server.get(key))
            if isinstance(value, str | int | float) and factors.get(name) is None and value != "":
                factors[name] = value
        factors |= {k: v for k, v in given.items() if k not in _SETTINGS and k not in factors and "\n" not in v}
        subject = (
            item.get("model_id") or item.get("model") or server.get("model_path") or server.get("served_model_name")
        )
        about: dict[str, Any] = {"subject": subject, "factors": factors, "started": _date(item.get("date"))}
        out.record(place, **about)
        n = item.get("completed")
        failed, asked = number(item.get("failed")), number(item.get("num_prompts"))
        failures, column = items(item.get("errors")), "failed"
        if failed != failed and asked > number(n):
            failed, column = asked - number(n), "num_prompts, completed"
        if failed > 0 and not any(failures):  # where the errors are listed, each of them counts
            out.fail("" if number(n) > 0 else "every request failed", column, n=failed)
        if number(n) == 0:
            continue
        for key, metric in _RATES.items():
            out.add(metric, item.get(key), key, stat="mean", n=n)
        for key, value in item.items():
            match = _STATISTIC.fullmatch(key)
            if match:
                stat = _STATS.get(match[1], match[1].replace(".", ""))
                out.add(_METRICS[match[2]], value, key, stat=stat, n=n, scale=1e-3)
        for key, metric in (("total_input_tokens", "prompt_tokens"), ("total_output_tokens", "output_tokens")):
            if number(item.get(key)) > 0 and number(n) > 0:
                out.add(metric, number(item[key]) / number(n), key, stat="mean", n=n)
        out.add("run_time", item.get("duration"), "duration", stat="total")
        firsts = items(item.get("ttfts"))
        for j in range(max(len(failures), len(firsts))):
            error = failures[j] if j < len(failures) else ""
            out.record(f"{place.rstrip('/')}/ttfts/{j}", **about)
            if error:
                out.fail(error, "errors")
            elif number(firsts[j] if j < len(firsts) else None) > 0:
                out.add("ttft", firsts[j], "ttfts")
    return out.done()


def _of_server(server: Json) -> dict[str, Json]:
    """What a server says of itself, wherever in it: a router lists its workers, each with settings of its own. A key of
    which they have several values is left out."""
    found: dict[str, Json] = {}
    several: set[str] = set()
    wanted = {"model_path", "served_model_name", *_SETTINGS}
    left: list[tuple[Json, int]] = [(server, 0)]
    while left:
        value, depth = left.pop()
        if isinstance(value, dict):
            for key in wanted & value.keys():
                if isinstance(value[key], str | int | float) and found.setdefault(key, value[key]) != value[key]:
                    several.add(key)
            left += [(v, depth + 1) for v in value.values() if depth < _DEEP]
        elif isinstance(value, list):
            left += [(v, depth + 1) for v in value[:_WORKERS] if depth < _DEEP]
    return {k: v for k, v in found.items() if k not in several}


def _date(value: Json) -> Json:
    """`20250131-235959` → ISO."""
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)", str(value or ""))
    return "{}-{}-{}T{}:{}:{}".format(*match.groups()) if match else None
