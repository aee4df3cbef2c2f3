"""Responses of Ollama's /api/generate and /api/chat, single, in a list, or as a stream. Durations are in ns."""

from __future__ import annotations

import math

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, mapping, number, objects

NAME = "ollama-api"
KEYS = frozenset(("eval_count", "eval_duration"))
_TIMES = {
    "total_duration": "e2e_latency",
    "load_duration": "load_time",
    "prompt_eval_duration": "prompt_eval_time",
    "eval_duration": "eval_time",
}


def matches(document: Json) -> bool:
    """The last objects tell: in a stream only the final chunk has timings."""
    items = objects(document)
    return any(KEYS.issubset(item) and "model" in item for item in [*items[:3], *items[-3:]])


def read(document: Json) -> Reading:
    """The decode rate is (eval_count − 1) / eval_duration: Ollama's eval time starts after the first token."""
    out = Observations(NAME)
    many = isinstance(document, list)
    for i, item in enumerate(objects(document)):
        if item.get("done") is False or not (item.keys() & (KEYS | {"error"})):
            continue  # a chunk of a stream
        options = mapping(item.get("options"))
        out.record(f"/{i}" if many else "/", subject=item.get("model"), factors=options, started=item.get("created_at"))
        if item.get("error"):
            out.fail(item["error"])
            continue
        for key, metric in _TIMES.items():
            out.add(metric, item.get(key), key, scale=1e-9)
        out.add("prompt_tokens", item.get("prompt_eval_count"), "prompt_eval_count")
        out.add("output_tokens", item.get("eval_count"), "eval_count")
        count, duration = number(item.get("eval_count")), number(item.get("eval_duration"))
        if count > 1 and duration > 0:
            out.add("decode_rate", (count - 1) / duration, "eval_count, eval_duration", scale=1e9)
        prompt, spent = number(item.get("prompt_eval_count")), number(item.get("prompt_eval_duration"))
        cached = number(item.get("prompt_eval_cached_count"))
        fresh = prompt - (0 if math.isnan(cached) else cached)
        if fresh > 0 and spent > 0 and not math.isnan(cached):  # without the cached count the rate would be a guess
            out.add("prefill_rate", fresh / spent, "prompt_eval_count, prompt_eval_duration", scale=1e9)
    return out.done()
