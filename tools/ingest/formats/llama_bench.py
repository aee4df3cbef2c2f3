"""llama-bench of llama.cpp: JSON, JSON lines, CSV. Keys from its source, `tools/llama-bench/llama-bench.cpp`."""

from __future__ import annotations

from pathlib import PureWindowsPath

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, items, number, objects

NAME = "llama-bench"
KEYS = frozenset(("build_commit", "model_filename", "avg_ts"))
_FACTORS = {
    "n_prompt": "n_prompt", "n_gen": "n_gen", "n_depth": "n_depth", "n_batch": "num_batch", "n_ubatch": "n_ubatch",
    "n_threads": "num_thread", "n_gpu_layers": "num_gpu", "type_k": "type_k", "type_v": "type_v",
    "flash_attn": "flash_attention", "split_mode": "split_mode", "main_gpu": "main_gpu", "use_mmap": "use_mmap",
}  # fmt: skip
# Its generation rate counts all tokens over the whole time, the first token included.
_DECODE = "generated tokens / generation time"


def matches(document: Json) -> bool:
    return any(KEYS.issubset(item) for item in objects(document)[:3])


def read(document: Json) -> Reading:
    """A test with n_gen = 0 measures prefill, one with n_prompt = 0 decoding; both together is total throughput."""
    out = Observations(NAME)
    for i, item in enumerate(objects(document)):
        prompt, gen = number(_value(item.get("n_prompt"))), number(_value(item.get("n_gen")))
        factors = {name: item.get(key) for key, name in _FACTORS.items()}
        factors["device"] = item.get("gpu_info") or item.get("cpu_info")
        factors["backend"] = item.get("backends")
        subject = item.get("model_type") or PureWindowsPath(str(item.get("model_filename") or "")).stem
        out.record(f"/{i}", subject=subject, factors=factors, started=item.get("test_time"))
        metric, definition = "total_throughput", ""
        if gen == 0:
            metric = "prefill_rate"
        elif prompt == 0:
            metric, definition = "decode_rate", _DECODE
        samples = item.get("samples_ts")
        n = len(samples) if isinstance(samples, list) else None
        for key, stat in (("avg_ts", "mean"), ("stddev_ts", "sd")):
            if stat == "mean" or n is None or n > 1:  # the deviation of one sample is written as 0
                out.add(metric, _value(item.get(key)), key, stat=stat, n=n, definition=definition)
        for value in items(samples):
            out.add(metric, value, "samples_ts", definition=definition)
    return out.done()


def _value(cell: Json) -> Json:
    """CSV has all cells as text."""
    if isinstance(cell, str):
        try:
            return float(cell)
        except ValueError:
            return None
    return cell
