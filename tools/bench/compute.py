"""How fast a model can read a prompt at most: the operations that one of its tokens takes, and how many a second a
processor can do.

A token is multiplied with every weight of every layer, two operations each, and with the keys and values of the tokens
before it; the output matrix is for the last token alone. No implementation does with fewer, and none does them faster
than in 8-bit integers with all units in use, so rate ≤ peak / operations (the compute roof of Williams, Waterman and
Patterson, "Roofline", 2009).

Peaks of NVIDIA's GPUs are multiply-adds of dense 8-bit matrices (of 16-bit floats before Turing), as NVIDIA's white
papers give them for each architecture, times the highest clock. A CPU's is measured by a product of matrices of 32-bit
floats, and multiplied by how many more 8-bit multiply-adds its instructions do in a clock.
"""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chimera_report.tools.bench.ceiling import place, whole

# Compute capability → (cores of a multiprocessor, operations of it in a clock). Newer ones also calculate in four bits,
# of which it depends on the model whether they count: they are left out.
_GPUS = {
    (7, 0): (64, 1024), (7, 5): (64, 2048), (8, 0): (64, 4096), (8, 6): (128, 2048), (8, 7): (128, 4096),
    (8, 9): (128, 2048), (9, 0): (128, 8192),
}  # fmt: skip
# Flag of a CPU → how many more multiply-adds of 8-bit integers than of floats it does in a clock; the first counts.
_CPUS = (("amx_int8", 32.0), ("avx512_vnni", 4.0), ("avx_vnni", 4.0), ("i8mm", 8.0), ("asimddp", 4.0))
_OTHERS = 2.0  # by a product of bytes and a sum of pairs (AVX2)
SIDE = 768  # of the matrices
NOT_IN_LAYERS = ("token_embd", "output.", "output_", "per_layer_token_embd", "rope_freqs", "v.", "mm.", "a.")


def prompt_weights(tensors: Sequence[Mapping[str, Any]], info: Mapping[str, Any]) -> int | None:
    """Weights that a token of a prompt is multiplied with; of a mixture those of the experts in use. None for none."""
    arch = info.get("general.architecture")
    used, experts = whole(info.get(f"{arch}.expert_used_count")), whole(info.get(f"{arch}.expert_count"))
    total = 0.0
    for tensor in tensors:
        name, shape = str(tensor.get("name")), tensor.get("shape")
        if not isinstance(shape, list) or not all(isinstance(n, int) and n > 0 for n in shape):
            return None
        if len(shape) < 2 or name.startswith(NOT_IN_LAYERS):
            continue  # a vector is added or scaled by, which is next to nothing
        total += math.prod(shape) * (used / experts if used and experts and "_exps" in name else 1.0)
    return round(total) or None


def operations(model: Mapping[str, Any], tokens: float) -> float | None:
    """Operations of a token of a prompt of so many tokens, on average: each sees half of them before it."""
    weights = model.get("prompt_weights")
    if not weights:
        return None
    header: Mapping[str, Any] = model.get("header") or {}
    arch = header.get("general.architecture")
    layers, heads = whole(header.get(f"{arch}.block_count")), whole(header.get(f"{arch}.attention.head_count"))
    width = whole(header.get(f"{arch}.embedding_length"))
    key = whole(header.get(f"{arch}.attention.key_length")) or (width // heads if width and heads else None)
    window = whole(header.get(f"{arch}.attention.sliding_window"))
    seen = min(tokens / 2, window or tokens)  # where only some layers have a window: less than it is, so a roof still
    attention = 4 * layers * heads * key * seen if layers and heads and key else 0
    return float(2 * weights + attention)


def gpu_peak(gpu: Mapping[str, Any]) -> float | None:
    """Operations a second of a GPU of the receipt, by its multiprocessors and its highest clock; None where unknown."""
    cores, clock, capability = gpu.get("cores"), gpu.get("sm_mhz"), gpu.get("capability")
    if not isinstance(cores, int) or not isinstance(clock, int) or not isinstance(capability, list | tuple):
        return None
    known = _GPUS.get(tuple(capability))
    return None if known is None else cores / known[0] * known[1] * clock * 1e6


def cpu_peak(
    flags: frozenset[str] | None = None,
    ns: Callable[[], int] = time.perf_counter_ns,
    *,
    side: int = SIDE,
    repeats: int = 20,
    limit_s: float = 1.5,
) -> float | None:
    """Operations a second of all cores together, measured: the best of some products of matrices, as other programs can
    only take from it. None where it is not known how much faster whole numbers are (not Linux)."""
    flags = cpu_flags() if flags is None else flags
    if not flags:
        return None
    import numpy as np

    a = np.random.default_rng(1).random((side, side), dtype=np.float32)
    b = a.T.copy()
    best = 0.0
    start = ns()
    for _ in range(repeats):
        begin = ns()
        np.matmul(a, b)
        end = ns()
        best = max(best, 2 * side**3 / (end - begin) * 1e9)
        if end - start > limit_s * 1e9:
            break
    return best * next((more for flag, more in _CPUS if flag in flags), _OTHERS)


def cpu_flags(path: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """What the first processor can do, as Linux names it; none elsewhere."""
    if platform.system() != "Linux":
        return frozenset()
    try:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.lower().startswith(("flags", "features")):
                return frozenset(line.partition(":")[2].split())
    except OSError:
        pass
    return frozenset()


def peaks(gpus: Sequence[Mapping[str, Any]], *, here: bool, limit_s: float = 1.5) -> dict[str, Any]:
    """What the receipt says of computing: of the CPU and of the GPUs, in operations a second. {} for a far server."""
    if not here:
        return {}
    found: dict[str, Any] = {}
    own = cpu_peak(limit_s=limit_s)
    if own is not None:
        found["cpu"] = {"ops_s": round(own), "how": "measured in floats, times what 8-bit instructions do more"}
    known = [p for g in gpus if (p := gpu_peak(g)) is not None]
    if known and len(known) == len(gpus):
        found["gpu"] = {"ops_s": round(max(known)), "how": "multiprocessors × 8-bit operations a clock × clock"}
    return found


def compute_share(
    row: Mapping[str, Any], rate: float | None, model: Mapping[str, Any], compute: Mapping[str, Any]
) -> float | None:
    """The share of its ceiling that a prefill rate reaches; None where the ceiling is not known."""
    at = place(row, model)
    each = operations(model, (row.get("server") or {}).get("prompt_eval_count", 0))
    if rate is None or each is None or at not in compute:
        return None
    return float(rate * each / compute[at]["ops_s"])
