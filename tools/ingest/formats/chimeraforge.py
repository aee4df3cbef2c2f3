"""chimeraforge bench: JSON, a list of results by model, backend and workload. Keys from `bench/metrics.py` (0.76)."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, items, number, objects

_FAILED = re.compile(r"Run \d+/\d+ failed: (.*)", re.DOTALL)
_NOT_APPLIED = re.compile(r"(quant|context_length)=.* recorded but NOT applied")


def matches(document: Json) -> bool:
    return any({"model", "individual_runs", "aggregate"} <= item.keys() for item in objects(document)[:3])


def read(document: Json) -> Reading:
    """Runs in ms; those that failed stand in the warnings only. A negative TTFT means that it was not measured."""
    out = Observations("chimeraforge")
    ignored: set[str] = set()
    for i, item in enumerate(objects(document)):
        warnings = [w for w in items(item.get("warnings")) if isinstance(w, str)]
        # In a sweep each result has the label of a setting that its backend may never have been given.
        labels = {m[1] for w in warnings if (m := _NOT_APPLIED.match(w))}
        ignored |= labels
        about: dict[str, Any] = {
            "subject": item.get("model"),
            "factors": {
                "backend": item.get("backend"),
                "quantisation": None if "quant" in labels else item.get("quant"),
                "workload": item.get("workload"),
                "num_ctx": None if "context_length" in labels else item.get("context_length"),
            },
            "started": item.get("timestamp"),
        }
        for j, run in enumerate(objects(item.get("individual_runs") or [])):
            out.record(f"/{i}/individual_runs/{j}", **about)
            if run.get("error"):
                out.fail(run["error"])
            else:
                _run(out, run)
        for j, warning in enumerate(warnings):
            if failed := _FAILED.match(warning):
                out.record(f"/{i}/warnings/{j}", **about)
                out.fail(failed[1], "warnings")
    reading = out.done()
    if ignored:
        reading.note(f"settings that it recorded and did not apply were left out: {', '.join(sorted(ignored))}")
    return reading


def _run(out: Observations, run: dict[str, Json]) -> None:
    """With a backend that streams its times are the client's; else the server's, and its TTFT is prompt evaluation."""
    streamed = run.get("ttft_basis") == "client-stream-first-content"
    if number(run.get("throughput_tps")) > 0:
        rate = "" if streamed else "output tokens / decoding time"
        out.add("decode_rate", run["throughput_tps"], "throughput_tps", definition=rate)
    if number(run.get("ttft_ms")) > 0:
        first = "" if streamed else "prompt evaluation only"
        out.add("ttft", run["ttft_ms"], "ttft_ms", definition=first, scale=1e-3)
    for key, metric in (("total_duration_ms", "e2e_latency"), ("eval_duration_ms", "eval_time")):
        if number(run.get(key)) > 0:
            seen = "from first to last token, seen by the client" if streamed and metric == "eval_time" else ""
            out.add(metric, run[key], key, definition=seen, scale=1e-3)
    evaluated = number(run.get("prompt_eval_duration_ms"))
    if evaluated > 0 and not streamed:  # else it repeats the TTFT there
        out.add("prompt_eval_time", evaluated, "prompt_eval_duration_ms", scale=1e-3)
        fresh = number(run.get("prompt_tokens")) - number(run.get("cached_prompt_tokens"))
        if fresh > 0:  # without the cached count the rate would be a guess
            out.add("prefill_rate", fresh / evaluated, "prompt_tokens, prompt_eval_duration_ms", scale=1e3)
    out.add("prompt_tokens", run.get("prompt_tokens"), "prompt_tokens")
    out.add("output_tokens", run.get("tokens_generated", run.get("output_tokens")), "tokens_generated")
