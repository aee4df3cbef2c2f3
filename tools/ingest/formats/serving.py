"""Load generators for model servers: guidellm, chimeraforge."""

from __future__ import annotations

from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, find, mapping, number, objects

# --- guidellm -------------------------------------------------------------------------------------------------------

_GUIDELLM = {
    "time_to_first_token_ms": ("ttft", 1e-3),
    "time_per_output_token_ms": ("tpot", 1e-3),
    "inter_token_latency_ms": ("itl", 1e-3),
    "request_latency": ("e2e_latency", 1.0),
    "requests_per_second": ("request_rate", 1.0),
    "output_tokens_per_second": ("output_throughput", 1.0),
    "tokens_per_second": ("total_throughput", 1.0),
    "prompt_token_count": ("prompt_tokens", 1.0),
    "output_token_count": ("output_tokens", 1.0),
}
# guidellm divides by all output tokens, the first included
_GUIDELLM_TPOT = "end-to-end latency / output tokens"


def is_guidellm(document: Json) -> bool:
    if not isinstance(document, dict):
        return False
    version = isinstance(document.get("metadata"), dict) and "guidellm_version" in document["metadata"]
    return any(
        isinstance(m := b.get("metrics"), dict) and (version or {"request_latency", "requests_per_second"} <= m.keys())
        for b in objects(document.get("benchmarks"))[:1]
    )


def read_guidellm(document: Json) -> Reading:
    """Statistics of the successful requests; failed ones as failures. `request_latency` is in s, the others in ms."""
    out = Observations("guidellm")
    for i, item in enumerate(objects(document["benchmarks"])):
        strategy = next((s for s in find(item, "strategy") if isinstance(s, dict)), {})
        model = next((m for key in ("backend_model", "model") for m in find(item, key) if isinstance(m, str)), "")
        model = model or next((m for m in find(document.get("args"), "model") if isinstance(m, str)), "")
        factors = {
            "strategy": strategy.get("type_"),
            "concurrency": strategy.get("streams") or strategy.get("max_concurrency"),
            "request_rate": strategy.get("rate"),
        }
        about: dict[str, Any] = {"subject": model, "factors": factors, "started": item.get("start_time")}
        out.record(f"/benchmarks/{i}", **about)
        metrics = mapping(item.get("metrics"))
        for key, (metric, scale) in _GUIDELLM.items():
            values = metrics.get(key)
            if isinstance(values, dict):
                definition = _GUIDELLM_TPOT if metric == "tpot" else ""
                out.stats(
                    metric, values.get("successful"), f"metrics/{key}/successful", definition=definition, scale=scale
                )
        requests = mapping(item.get("requests"))
        for j, request in enumerate(objects(requests.get("successful") or [])):
            out.record(f"/benchmarks/{i}/requests/successful/{j}", **about)
            for key in ("time_to_first_token_ms", "inter_token_latency_ms", "request_latency"):
                metric, scale = _GUIDELLM[key]
                out.add(metric, request.get(key), f"requests/successful/{key}", scale=scale)
        for j, request in enumerate(objects(requests.get("errored") or [])):
            out.record(f"/benchmarks/{i}/requests/errored/{j}", **about)
            out.fail(next((e for e in find(request, "error") if e), "errored"), "requests/errored")
    return out.done()


# --- chimeraforge ---------------------------------------------------------------------------------------------------


def is_chimeraforge(document: Json) -> bool:
    return any({"model", "individual_runs", "aggregate"} <= item.keys() for item in objects(document)[:3])


def read_chimeraforge(document: Json) -> Reading:
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
