"""TensorRT-LLM's `trtllm-bench throughput` and `latency` with `--report_json`: one object a run.

Latencies are in ms, each over the requests of the run; rates of the system are over its whole time. Times to the first
token and between tokens are there only where the run streamed. Keys and definitions from
tensorrt_llm/bench/dataclasses/reporting.py of NVIDIA/TensorRT-LLM.
"""

from __future__ import annotations

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, mapping, objects

NAME = "trtllm-bench"
_PARTS = {"engine", "world_info", "request_info", "performance"}
_WHOLE = "output tokens / end-to-end latency"  # the first token and the wait for it included
_EACH = "output_throughput_per_user_tok_s"
_RATES = {
    "request_throughput_req_s": "request_rate",
    "system_output_throughput_tok_s": "output_throughput",
    "system_total_throughput_tok_s": "total_throughput",
}
_LENGTHS = {"avg_input_length": "prompt_tokens", "avg_output_length": "output_tokens"}
# Where the percentiles stand, the metric, and its unit there.
_SPREADS = (
    ("performance", "request_latency_percentiles_ms", "e2e_latency", 1e-3),
    ("streaming_metrics", "ttft_percentiles", "ttft", 1e-3),
    ("streaming_metrics", "tpot_percentiles", "tpot", 1e-3),
    ("streaming_metrics", "gen_tps_percentiles", "decode_rate", 1.0),
)
_NAMES = {"minimum": "min", "maximum": "max", "average": "mean"}


def matches(document: Json) -> bool:
    return any(
        item.keys() >= _PARTS and "system_output_throughput_tok_s" in mapping(item["performance"])
        for item in objects(document)[:3]
    )


def read(document: Json) -> Reading:
    """One record a run. The load is what a run had on average, which is a result and no setting."""
    out = Observations(NAME)
    for i, item in enumerate(objects(document)):
        place = f"/{i}" if isinstance(document, list) else ""
        engine, world, requests = (mapping(item.get(k)) for k in ("engine", "world_info", "request_info"))
        factors = {
            "backend": engine.get("backend"),
            "quantisation": engine.get("quantization"),
            "kv_cache_dtype": engine.get("kv_cache_dtype"),
            "tensor_parallel": world.get("tp_size"),
            "pipeline_parallel": world.get("pp_size"),
            "max_batch_size": world.get("max_batch_size"),
            "device": mapping(item.get("machine")).get("name"),
        }
        out.record(place or "/", subject=engine.get("model"), factors=factors)
        n, performance = requests.get("num_requests"), mapping(item.get("performance"))
        for key, metric in _RATES.items():
            out.add(metric, performance.get(key), f"{place}/performance/{key}", stat="mean")
        if "streaming_metrics" not in item:  # which have the rate of decoding alone
            rate, where = performance.get(_EACH), f"{place}/performance/{_EACH}"
            out.add("decode_rate", rate, where, stat="mean", n=n, definition=_WHOLE)
        for key, metric in _LENGTHS.items():
            out.add(metric, requests.get(key), f"{place}/request_info/{key}", stat="mean", n=n)
        for part, key, metric, scale in _SPREADS:
            stated = {_NAMES.get(k, k): v for k, v in mapping(mapping(item.get(part)).get(key)).items()}
            out.stats(metric, stated, f"{place}/{part}/{key}", n=n, scale=scale)
    return out.done()
