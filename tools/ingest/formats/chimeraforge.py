"""chimeraforge bench: JSON, a list of runs by model, backend and workload."""

from __future__ import annotations

from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, number, objects


def matches(document: Json) -> bool:
    return any({"model", "individual_runs", "aggregate"} <= item.keys() for item in objects(document)[:3])


def read(document: Json) -> Reading:
    """Runs in ms. A negative TTFT means that it was not measured; its TTFT is prompt evaluation only."""
    out = Observations("chimeraforge")
    for i, item in enumerate(objects(document)):
        about: dict[str, Any] = {
            "subject": item.get("model"),
            "factors": {
                "backend": item.get("backend"),
                "quantisation": item.get("quant"),
                "workload": item.get("workload"),
                "num_ctx": item.get("context_length"),
            },
            "started": item.get("timestamp"),
        }
        for j, run in enumerate(objects(item.get("individual_runs") or [])):
            out.record(f"/{i}/individual_runs/{j}", **about)
            if run.get("error"):
                out.fail(run["error"])
                continue
            if number(run.get("throughput_tps")) > 0:
                out.add(
                    "decode_rate", run["throughput_tps"], "throughput_tps", definition="output tokens / decoding time"
                )
            if number(run.get("ttft_ms")) > 0:
                out.add("ttft", run["ttft_ms"], "ttft_ms", definition="prompt evaluation only", scale=1e-3)
            if number(run.get("total_duration_ms")) > 0:
                out.add("e2e_latency", run["total_duration_ms"], "total_duration_ms", scale=1e-3)
            out.add("output_tokens", run.get("tokens_generated", run.get("output_tokens")), "tokens_generated")
    return out.done()
