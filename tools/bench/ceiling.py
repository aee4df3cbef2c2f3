"""How fast a model can decode at most: the bytes that one token takes from memory, and how fast memory gives them.

To decode a token alone, every weight is read once, and the keys and values of all tokens before it. No implementation
is faster than that reading: rate ≤ bandwidth / bytes for a token (the memory roof of Williams, Waterman and
Patterson, "Roofline", 2009). Requests that run side by side share the reading of the weights and have no such
ceiling each.

Sizes of blocks are ggml's (ggml-common.h); what of a model is read follows llama.cpp: without an `output.weight` the
embeddings are the output matrix; of a mixture only the experts that are used; a sliding window bounds the cache of
its layers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chimera_report.tools.bench.cuda import copied

# Type of a tensor → (bytes of a block, weights in it).
BLOCKS = {
    "F32": (4, 1), "F16": (2, 1), "BF16": (2, 1), "Q4_0": (18, 32), "Q4_1": (20, 32), "Q5_0": (22, 32),
    "Q5_1": (24, 32), "Q8_0": (34, 32), "Q8_1": (36, 32), "Q2_K": (84, 256), "Q3_K": (110, 256), "Q4_K": (144, 256),
    "Q5_K": (176, 256), "Q6_K": (210, 256), "Q8_K": (292, 256), "IQ2_XXS": (66, 256), "IQ2_XS": (74, 256),
    "IQ3_XXS": (98, 256), "IQ1_S": (50, 256), "IQ4_NL": (18, 32), "IQ3_S": (110, 256), "IQ2_S": (82, 256),
    "IQ4_XS": (136, 256), "IQ1_M": (56, 256), "MXFP4": (17, 32),
}  # fmt: skip
CACHE_BYTES = 2  # of a key or a value: f16, the default of Ollama and llama.cpp
LOCAL_OF = {"gemma2": (1, 2), "gemma3": (5, 6), "gemma3n": (4, 5), "gpt-oss": (1, 2)}  # layers with a sliding window
GIB = 1 << 30


def weight_bytes(tensors: Sequence[Mapping[str, Any]], info: Mapping[str, Any]) -> int | None:
    """Bytes of weights that one token reads; None where a tensor's type is not known."""
    names = {t.get("name") for t in tensors}
    arch = info.get("general.architecture")
    used, experts = whole(info.get(f"{arch}.expert_used_count")), whole(info.get(f"{arch}.expert_count"))
    total = 0.0
    for tensor in tensors:
        name, kind, shape = tensor.get("name"), tensor.get("type"), tensor.get("shape")
        if kind not in BLOCKS or not isinstance(shape, list) or not all(isinstance(n, int) and n > 0 for n in shape):
            return None
        if str(name).startswith(("v.", "mm.", "a.")):
            continue  # of images and sound
        if name == "token_embd.weight" and "output.weight" in names:
            continue  # one row of it
        size, many = BLOCKS[kind]
        count = 1
        for n in shape:
            count *= n
        share = used / experts if used and experts and "_exps" in str(name) else 1.0
        total += share * count / many * size
    return round(total) or None


def cache_bytes(info: Mapping[str, Any], context: float) -> int | None:
    """Bytes of keys and values that a token reads with so many tokens before it; None where the header does not say."""
    arch = info.get("general.architecture")

    def of(name: str) -> int | None:
        return whole(info.get(f"{arch}.{name}"))

    layers, heads = of("block_count"), of("attention.head_count_kv")
    width, parts = of("embedding_length"), of("attention.head_count")
    plain = width // parts if width and parts else None
    key, value = of("attention.key_length") or plain, of("attention.value_length") or plain
    if not layers or not heads or not key or not value:
        return None
    window, local = of("attention.sliding_window"), 0.0
    if window and arch in LOCAL_OF:
        part, of_all = LOCAL_OF[str(arch)]
        local = layers * part / of_all
    seen = local * min(context, window or context) + (layers - local) * context
    return round(seen * heads * (key + value) * CACHE_BYTES)


def whole(value: object) -> int | None:
    """A count of a header; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def gpu_bandwidth(gpu: Mapping[str, Any]) -> float | None:
    """Bytes a second from the bus width and the highest memory clock of a GPU of the receipt; two transfers a clock."""
    bits, mhz = gpu.get("bus_bits"), gpu.get("memory_mhz")
    if not isinstance(bits, int) or not isinstance(mhz, int) or bits <= 0 or mhz <= 0:
        return None
    return bits / 8 * mhz * 1e6 * 2


def cpu_bandwidth(
    ns: Callable[[], int] = time.perf_counter_ns, *, size: int = GIB // 8, repeats: int = 20, limit_s: float = 3.0
) -> float:
    """Bytes a second that this machine's memory gives, measured in the manner of STREAM (McCalpin 1995): the best of
    some passes over arrays far larger than the caches, one part a core, reading alone and copying (read and written).

    The best counts, because other programs can only take from it. Takes at most `limit_s` and a pass more, and twice
    `size` of memory."""
    import numpy as np

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    source = np.ones(size // 8, dtype=np.float64)
    target = np.zeros_like(source) + 1.0  # its pages are there before the clock runs
    start = ns()
    parts = list(zip(np.array_split(source, cores), np.array_split(target, cores), strict=True))
    best = 0.0
    with ThreadPoolExecutor(cores) as pool:
        for _ in range(repeats):
            begin = ns()
            list(pool.map(lambda part: float(np.max(part[0])), parts))
            middle = ns()
            list(pool.map(lambda part: np.copyto(part[1], part[0]), parts))
            end = ns()
            best = max(best, source.nbytes / (middle - begin) * 1e9, 2 * source.nbytes / (end - middle) * 1e9)
            if end - start > limit_s * 1e9:
                break
    return best


def bandwidths(gpus: Sequence[Mapping[str, Any]], *, here: bool, limit_s: float = 3.0) -> dict[str, Any]:
    """What the receipt says of memory: of the CPU, measured, and of the GPUs by their clocks. {} for a far server."""
    if not here:
        return {}
    found: dict[str, Any] = {
        "cpu": {"bytes_s": round(cpu_bandwidth(limit_s=limit_s)), "how": "measured: best of reading and copying"}
    }
    known = [b for g in gpus if (b := gpu_bandwidth(g)) is not None]
    if known and len(known) == len(gpus):
        # Of several GPUs a token's layers are read one after the other: none of them faster than the fastest reads.
        found["gpu"] = {"bytes_s": round(max(known)), "how": "bus width × memory clock × 2"}
        if (reached := copied()) is not None:  # what a program gets; the ceiling stays what the memory could give
            found["gpu"] |= {
                "copied_bytes_s": round(reached),
                "how": f"{found['gpu']['how']}; {reached / 1e9:.0f} GB/s copying",
            }
    return found


def share(
    row: Mapping[str, Any], rate: float | None, model: Mapping[str, Any], memory: Mapping[str, Any]
) -> float | None:
    """The share of the ceiling that a decode rate reaches; None where the ceiling is not known."""
    weights, server = model.get("weight_bytes"), row.get("server") or {}
    at = place(row, model)
    if rate is None or not weights or at not in memory:
        return None
    context = server.get("prompt_eval_count", 0) + server.get("eval_count", 0) / 2
    cache = cache_bytes(model.get("header") or {}, context) or 0
    return float(rate * (weights + cache) / memory[at]["bytes_s"])


def place(row: Mapping[str, Any], model: Mapping[str, Any]) -> str:
    """Where the model of a request is, "cpu" or "gpu"; "" where there is no one ceiling.

    Requests that run side by side share the reading. A model that is partly on a GPU has two memories.
    """
    if (row.get("concurrency") or 1) > 1:
        return ""
    on_gpu, size = row.get("size_vram") or 0, model.get("size_bytes") or model.get("weight_bytes") or 0
    if not on_gpu:
        return "cpu"
    return "gpu" if size and on_gpu >= 0.95 * size else ""
