"""The one registry of metrics and factors: canonical name, unit, direction, definition, aliases.

Definitions are the field's (docs/statistics.md lists them). A source's own name is resolved to a canonical metric, a factor
to its canonical unit, and the statistic that it is ("mean_ttft_ms" → ttft, 1e-3, mean).
"""

# ruff: noqa: E501 — a registry is a table; its rows are not wrapped

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from chimera_report.tools.errors import UsageError
from chimera_report.tools.extensions import extensions
from chimera_report.tools.per_time import is_per_time

Direction = Literal["higher", "lower", "none"]


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    unit: str  # canonical; "" for a pure number
    direction: Direction  # which is better
    title: str  # for a table head and prose: "decode rate"
    definition: str
    aliases: tuple[str, ...] = ()  # normalised: lower case, words joined by _, without unit and statistic
    positive: bool = True  # ratios and logarithms make sense
    core: bool = True  # a result; False for counts and settings that describe a record
    weight: float = 0.3  # how much a ratio of it matters to someone who chooses or tunes a system
    cold: bool = False  # the load of a model is part of it
    axis: Literal["", "rate", "latency", "memory", "energy", "quality"] = ""  # what it stands for among several metrics
    axis_order: int = 0
    wanted: bool = False  # a report on LLM performance is asked for it
    bench: bool = False  # a benchmark run of any machine gives it
    parts: tuple[str, ...] = ()  # metrics that it is computed from, or that count the same thing


def _rows() -> dict[str, Metric]:
    """The rows of metrics.toml, then those of other packages (`chimera_report.metrics`, docs/extending.md)."""
    text = resources.files("chimera_report.tools").joinpath("metrics.toml").read_text(encoding="utf-8")
    found = {name: read_row(name, row, "tools/metrics.toml") for name, row in tomllib.loads(text).items()}
    for name, added in extensions("chimera_report.metrics").items():
        if not isinstance(added, Mapping):
            raise UsageError(
                f"the extension {name!r} is no row of a metric", hint="It has to be a mapping, as in metrics.toml."
            )
        if name in found:
            raise UsageError(f"two metrics are called {name!r}", hint="Rename that of the extension.")
        found[name] = read_row(name, added, f"the extension {name!r}")
    return found


def read_row(name: str, row: Mapping[str, Any], where: str) -> Metric:
    """One row. Raises UsageError, which names the key that is missing, unknown or of another type."""
    keys = {"better": "direction"}
    values: dict[str, Any] = {keys.get(k, k): tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    try:
        made = Metric(name, **values)
    except TypeError as exc:
        raise UsageError(f"the metric {name!r} cannot be read ({exc})", where=where) from exc
    if made.direction not in ("higher", "lower", "none"):
        raise UsageError(f"{name}.better is {made.direction!r}", where=where, hint="higher, lower or none.")
    return made


METRICS: dict[str, Metric] = _rows()


def by_weight(names: Iterable[str]) -> tuple[str, ...]:
    """Metrics, those that matter most first; in the order of the registry where they matter alike."""
    return tuple(sorted(names, key=lambda n: -METRICS[n].weight))


# What a ratio of those metrics matters to someone who chooses or tunes a system; reports lead with them.
# What a race is told by, the first that was measured; what follows from the length of a text is none.
PRIMARY = (
    "decode_rate", "output_throughput", "total_throughput", "request_rate", "goodput", "inference_rate", "run_time", "e2e_latency",
    "ttft", "ttft_incl_load", "tpot", "prefill_rate", "accuracy",
)  # fmt: skip
METRIC_WEIGHT = {n: METRICS[n].weight for n in by_weight(METRICS) if METRICS[n].weight >= 0.6}
# Readings of a machine, which say nothing of a model by themselves.
HARDWARE = frozenset((
    "power", "cpu_power", "energy", "gpu_util", "mem_util", "cpu_util", "vram", "ram", "ram_util", "gpu_temperature",
    "clock_sm", "clock_mem", "throttle", "other_cpu_util", "other_gpu_programs",
))  # fmt: skip
COLD_SENSITIVE = frozenset(m.name for m in METRICS.values() if m.cold)
# What a report on LLM performance is asked for; what a benchmark run of any machine gives.
WANTED = by_weight(m.name for m in METRICS.values() if m.wanted)
MEASURABLE = by_weight(m.name for m in METRICS.values() if m.bench)
# One metric stands for each axis of a choice: the first of it that was measured.
AXES: tuple[tuple[str, ...], ...] = tuple(
    tuple(m.name for m in sorted((m for m in METRICS.values() if m.axis == axis), key=lambda m: m.axis_order))
    for axis in ("rate", "latency", "memory", "energy", "quality")
)


@dataclass(frozen=True, slots=True)
class Factor:
    """A setting that a benchmark varies."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()


_GPUS = ("n_gpus", "nr_gpus", "nrgpus", "gpus", "ngpus", "num_of_gpus", "num_of_hardware", "num_devices", "num_accelerators", "number_of_gpus")  # fmt: skip
_FACTORS = [
    Factor("num_gpu", "num_gpu (layers on the GPU)", ("n_gpu_layers", "ngl", "gpu_layers")),
    Factor("num_ctx", "num_ctx", ("n_ctx", "ctx", "ctx_size", "context_size")),
    Factor("num_batch", "num_batch", ("n_batch",)),
    Factor("n_ubatch", "micro-batch size", ("ubatch", "ubatch_size", "num_ubatch")),
    Factor("num_thread", "num_thread", ("n_threads", "threads", "thr", "nthreads")),
    Factor("num_predict", "num_predict", ("max_tokens", "n_predict")),
    Factor("temperature", "temperature", ("temp",)),
    Factor("top_p", "top_p"),
    Factor("top_k", "top_k"),
    Factor("seed", "seed"),
    Factor("prompt", "prompt", ("prompt_text", "test_name")),
    Factor("quantisation", "quantisation", ("tag", "quant", "quantization", "quantization_level")),
    Factor("backend", "backend", ("engine", "framework", "runtime")),
    Factor("provider", "provider", ("vendor", "api_provider")),
    Factor("device", "device", ("accelerator", "hardware")),
    Factor("dtype", "dtype"),
    Factor("batch_size", "batch size", ("batch",)),
    Factor("concurrency", "concurrency", ("num_concurrent", "max_concurrency", "concurrent_requests", "users")),
    Factor("request_rate", "request rate offered", ("target_rate", "offered_rate", "target_qps", "qps_target")),
    Factor("context_length", "context length", ("context_len", "ctx_len", "context_tokens")),
    Factor("input_length", "input length", ("input_len", "isl", "random_input_len", "prompt_length", "prompt_len")),
    Factor("output_length", "output length", ("output_len", "osl", "random_output_len")),
    Factor("prompt_type", "prompt type", ("prompt_category", "prompt_kind", "prompt_class")),
    Factor("workload", "workload", ("dataset", "scenario")),
    Factor("num_gpus", "number of GPUs", _GPUS),
    Factor("parallelism", "parallelism", ("parallelism_type", "parallel_type")),
    Factor("host", "host", ("hostname", "machine", "machine_label")),
    Factor("driver", "driver", ("driver_version", "gpu_driver", "nvidia_driver")),
    Factor("tensor_parallel", "tensor parallelism", ("tensor_parallel_size", "tp_size", "tp")),
    Factor("kv_cache", "KV cache type", ("cache_type", "kv_cache_dtype", "kvcache")),
    Factor("flash_attention", "flash attention", ("flash_attn", "fa")),
    Factor("cold", "cold start"),
    Factor("randomised", "order randomised"),
]

FACTORS: dict[str, Factor] = {f.name: f for f in _FACTORS}


def metric(name: str) -> Metric:
    """The registered metric, or one made up for a name that the registry does not know: no unit, no direction."""
    return METRICS.get(name) or Metric(name, "", "none", name.replace("_", " "), "as the source names it")


@lru_cache(maxsize=1 << 12)
def normalise(header: str) -> str:
    """`"Generation Time (ms)"` → `generation_time_ms`; camelCase is split."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header.replace("µ", "u").replace("μ", "u").strip())
    return re.sub(r"[^a-z0-9%]+", "_", text.lower()).strip("_")


# --- names of sources → canonical metrics ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a header means: `value * factor` is in the canonical unit of `metric`."""

    metric: str
    factor: float = 1.0
    stat: str = "sample"  # or mean, sd, min, max, p50, …, count, total
    definition: str = ""  # "" for the canonical definition
    explicit: bool = True  # the source names the unit, or the metric has none


STATS: dict[str, str] = {
    **dict.fromkeys(("mean", "avg", "average"), "mean"),
    **dict.fromkeys(("std", "stdev", "stddev", "sd", "sigma"), "sd"),
    **dict.fromkeys(("median", "med"), "p50"),
    **dict.fromkeys(("min", "minimum"), "min"),
    **dict.fromkeys(("max", "maximum", "peak"), "max"),
    **dict.fromkeys(("total", "sum"), "total"),
    "count": "count",
    "cv": "cv",
    **{f"p{q}": f"p{q}" for q in (1, 5, 10, 25, 50, 75, 90, 95, 99, 999)},
    **{f"p0{q}": f"p{q}" for q in (1, 5)},
}

# Units by dimension, as factors to the canonical unit of that dimension. GB and MB are counted in binary: the tools that
# write them (psutil scripts, nvidia-smi, Ollama's ps) divide by 1024.
_MIB = 1.0 / 2**20
UNITS: dict[str, dict[str, float]] = {
    "s": {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "msec": 1e-3, "millis": 1e-3, "milliseconds": 1e-3, "s": 1.0, "sec": 1.0,
          "secs": 1.0, "second": 1.0, "seconds": 1.0, "minute": 60.0, "minutes": 60.0, "mins": 60.0, "hour": 3600.0,
          "hours": 3600.0, "hrs": 3600.0, "millisecond": 1e-3, "nanoseconds": 1e-9, "microseconds": 1e-6},
    "MiB": {"b": _MIB, "bytes": _MIB, "byte": _MIB, "kb": 2.0**-10, "kib": 2.0**-10, "mb": 1.0, "mib": 1.0, "gb": 1024.0,
            "gib": 1024.0, "tb": 2.0**20},
    "%": {"%": 1.0, "pct": 1.0, "percent": 1.0, "percentage": 1.0},
    "share": {"%": 0.01, "pct": 0.01, "percent": 0.01, "percentage": 0.01, "ratio": 1.0, "share": 1.0},
    "W": {"w": 1.0, "watts": 1.0, "watt": 1.0, "mw": 1e-3, "milliwatts": 1e-3},
    "J": {"j": 1.0, "joules": 1.0, "joule": 1.0, "mj": 1e-3, "kwh": 3.6e6, "wh": 3.6e3},
    "°C": {"c": 1.0, "°c": 1.0, "celsius": 1.0},
    "MHz": {"mhz": 1.0, "ghz": 1e3, "khz": 1e-3, "hz": 1e-6},
    "tokens/s": {"tokens_s": 1.0, "tok_s": 1.0, "tps": 1.0, "tokens_sec": 1.0, "tokens_second": 1.0, "tokens_per_second": 1.0,
                 "tokens_per_s": 1.0, "tokens_per_sec": 1.0, "t_s": 1.0, "tok_sec": 1.0, "toks_s": 1.0, "toks_sec": 1.0, "token_s": 1.0,
                 "token_sec": 1.0, "tok_second": 1.0, "token_per_second": 1.0, "tok_per_s": 1.0, "tok_per_sec": 1.0, "ktok_s": 1e3,
                 "ktokens_s": 1e3},
    "1/s": {"1_s": 1.0, "req_s": 1.0, "requests_s": 1.0, "rps": 1.0, "req_sec": 1.0, "requests_sec": 1.0, "requests_second": 1.0,
            "requests_per_second": 1.0, "req_per_sec": 1.0, "req_per_s": 1.0, "req_per_second": 1.0, "requests_per_sec": 1.0,
            "requests_per_s": 1.0, "reqs_s": 1.0, "reqs_per_sec": 1.0, "qps": 1.0, "seq_s": 1.0, "seq_sec": 1.0, "sequences_sec": 1.0},
    "tokens": {"tokens": 1.0, "token": 1.0},
    "requests": {"requests": 1.0},
    "images/s": {"img_s": 1.0, "imgs_s": 1.0, "images_s": 1.0, "image_s": 1.0, "images_sec": 1.0, "images_per_second": 1.0, "img_per_sec": 1.0,
                 "images_per_sec": 1.0, "img_sec": 1.0},
    "characters": {"chars": 1.0, "characters": 1.0},
}  # fmt: skip
UNITS["s/token"] = {
    **UNITS["s"],
    **{f"{u}_{t}": f for u, f in UNITS["s"].items() for t in ("token", "tok", "per_token")},
}
UNITS["J/token"] = {
    **{u: UNITS["J"][u] for u in ("j", "joules", "joule", "mj")},
    **{
        f"{u}_{t}": UNITS["J"][u]
        for u in ("j", "joules", "joule", "mj")
        for t in ("token", "tok", "per_token", "per_tok")
    },
}
_ANY_UNIT = {u for units in UNITS.values() for u in units}
# Names that mean something only together with a unit: (name, dimension of the unit) → metric.
_BY_UNIT = {
    ("throughput", "tokens/s"): "decode_rate",
    ("speed", "tokens/s"): "decode_rate",
    ("", "tokens/s"): "decode_rate",
    ("output", "tokens/s"): "output_throughput",
    ("total", "tokens/s"): "total_throughput",
    ("system", "tokens/s"): "total_throughput",
    ("aggregate", "tokens/s"): "output_throughput",
    ("durchsatz", "tokens/s"): "decode_rate",
    **{(n, "tokens/s"): "output_throughput" for n in ("agg", "aggregated", "sum", "all_streams", "all_users")},
    **{(f"per_{n}", "tokens/s"): "decode_rate" for n in ("req", "request", "user", "stream", "session", "client", "seq", "sequence")},
    **{(n, "1/s"): "request_rate" for n in ("throughput", "request", "requests", "completed")},
    **{(n, "images/s"): "image_rate" for n in ("", "throughput", "speed", "rate")},
    ("", "s"): "run_time",
    **{(n, "s"): "run_time" for n in ("duration", "benchmark_time", "benchmark_duration", "test_time", "test_duration")},
    **{(n, "s"): "eval_time" for n in ("predicted", "decode", "decoding", "tg")},
    **{(n, "s"): "prompt_eval_time" for n in ("prompt", "prefill", "pp")},
    **{(n, "J/token"): "energy_per_token" for n in ("", "energy")},
    **{(n, "J"): "energy" for n in ("power_consumption", "power_usage")},
    ("size", "MiB"): "model_size", ("", "W"): "power", ("gpu", "%"): "gpu_util", ("", "s/token"): "tpot",
    **{(n, "°C"): "gpu_temperature" for n in ("temp", "temperature")},
    **{(n, "tokens/s"): "output_throughput" for n in ("output", "out", "output_token")},
    **{(n, "tokens/s"): "total_throughput" for n in ("total", "total_token", "combined")},
    **{(n, "tokens/s"): "decode_rate" for n in ("gen", "generation", "decode", "decoding", "tg", "eval", "predicted", "rate", "inference", "inference_speed", "text_generation", "token_generation", "response", "performance", "single", "single_stream", "single_user")},
    **{(n, "tokens/s"): "prefill_rate" for n in ("prompt", "prefill", "pp", "prompt_eval", "prompt_processing")},
}  # fmt: skip
# Words that make an unknown numeric column a result rather than an id, a counter or a setting.
_RESULT_WORDS = frozenset(
    ("accuracy", "loss", "score", "perplexity", "ppl", "f1", "bleu", "rouge", "rate", "efficiency", "speedup", "latency", "throughput",
     "utilization", "utilisation", "energy", "recall", "precision", "mfu", "wer", "pass", "correctness", "factuality", "faithfulness", "coherence"),
)  # fmt: skip
# Well-known sets of questions and tasks: a column called so holds the score on it.
_SCORES = dict.fromkeys(["mmlu", "mmlu_pro", "gsm8k", "gsm8_k", "hellaswag", "arc_easy", "arc_challenge", "winogrande", "truthfulqa", "truthfulqa_mc2", "gpqa", "gpqa_diamond", "ifeval", "bbh", "piqa", "boolq", "math500", "math_500", "aime24", "aime25", "aime_2024", "aime_2025", "openbookqa", "triviaqa", "musr", "cmmlu", "ceval"], "accuracy")  # fmt: skip
_SCORES |= dict.fromkeys(["humaneval", "human_eval", "humaneval_plus", "mbpp", "mbpp_plus", "livecodebench", "live_code_bench", "bigcodebench", "swe_bench", "swe_bench_verified", "swebench", "aider_polyglot", "tau_bench", "tau2", "tau2_bench", "terminal_bench"], "pass_rate")  # fmt: skip
# llama-bench names a test by its tokens: `pp512`, `tg128`, `pp512 @ d4096`.
_LENGTHS = re.compile(r"(?<![a-z0-9])(pp|tg)\s?\d+k?(?:\s*@\s*d\s?\d+k?)?(?![a-z0-9+])", re.IGNORECASE)
# A difference of a metric is none of its values.
_DIFFERENCE = re.compile(
    r"[Δ∆]|(?:^|[\W_])(?:delta|diff|difference|change|improvement|reduction|gain|regression)s?(?:$|[\W_])", re.I
)
_OF_WHICH = re.compile(r"(?<=[(\[])(\w+\s?/\s?(?:token|tok))s?\s+\w+(?=[)\]]\s*$)", re.IGNORECASE)  # `(J/token gen)`
_NEVER = frozenset(
    ("id", "pid", "index", "idx", "timestamp", "datetime", "date", "port", "uuid", "version", "expires", "limit", "capacity", "free",
     "available", "sent", "recv", "disk", "network", "fan", "learning_rate", "attribute", "threshold", "interval", "budget", "deadline", "sla", "slo", "goal", "quota", "allowance", "rank", "attainment", "violation"),
)  # fmt: skip

_NAMES = {alias: m.name for m in METRICS.values() for alias in (m.name, *m.aliases)}
_FACTOR_NAMES = {alias: f.name for f in _FACTORS for alias in (f.name, *f.aliases)}


def unit_factor(unit: str, canonical: str) -> float | None:
    """What to multiply with to get from `unit`, as a person writes it, to the canonical unit; None if it is another kind."""
    name = "%" if unit.strip() == "%" else normalise(unit.strip().lower().replace("°c", "c").replace("µ", "u"))
    if unit == canonical:
        return 1.0
    return UNITS.get(canonical, {}).get(name)


@lru_cache(maxsize=1 << 12)
def resolve(header: str, *, unit_hint: str = "", context: str = "") -> Resolved | None:
    """The canonical metric that a header, key or label names; None when it names no result.

    `"mean_ttft_ms"` → ttft, 1e-3, mean. `unit_hint` is the unit written elsewhere ("102 tokens/s", a unit field, the other
    columns of the file). `context` is the path above the key: `gpu` makes memory VRAM and temperature the GPU's.
    """
    if _DIFFERENCE.search(header):
        return None
    inside = re.search(r"[(\[]([^()\[\]]*)[)\]]\s*$", header := _OF_WHICH.sub(r"\1", header))
    if inside and unit_name(inside[1]):
        plain = re.sub(r"\([^()]*\)\s*$", "", header[: inside.start()].strip())
        header = f"{plain} {inside[1].lower()}"  # the case says nothing here: "GiB" is not "gi b"
    elif inside and len(header) > len(inside[0]) + 1:
        found = resolve(header[: inside.start()], unit_hint=unit_hint, context=context)
        if found:
            stated = STATS.get(normalise(inside[1]), "")  # "Gen tok/s (p90)"
            return replace(found, stat=stated) if stated and found.stat == "sample" else found
    rate = " tok/s" if _LENGTHS.fullmatch(header.strip()) and unit_name(unit_hint) in ("", *UNITS["tokens/s"]) else ""
    header = _LENGTHS.sub(r"\1", header) + rate  # of a test alone, that is what llama-bench gives
    on_gpu = any(w in normalise(context).split("_") for w in ("gpu", "gpus", "nvidia", "cuda"))
    words = [w for w in normalise(header).split("_") if w]
    if not words or len(words) > 9:
        return None
    found = _parse(tuple(words), "", "", unit_name(unit_hint), on_gpu)
    return None if found is not None and metric(found.metric).unit == "s" and is_per_time(header) else found


def resolve_factor(header: str, *, context: str = "") -> str | None:
    """The registered factor that a header names, or None. Under a GPU, `temperature` is a reading and no setting."""
    name = _FACTOR_NAMES.get(normalise(header))
    if name == "temperature" and any(
        w in normalise(context).split("_") for w in ("gpu", "gpus", "nvidia", "cpu", "sensors")
    ):
        return None
    return name


def unit_name(unit: str) -> str:
    """The registry's name of a unit as a person writes it ("tok/s" → "tok_s"); "" for what is no unit."""
    name = "%" if unit.strip() == "%" else normalise(unit.lower().replace("°", "").replace("µ", "u").replace("/", "_"))
    return name if name in _ANY_UNIT else ""


def _known(name: str, on_gpu: bool) -> str | None:
    if on_gpu:
        found = {"temperature": "gpu_temperature", "temp": "gpu_temperature", "utilization": "gpu_util", "util": "gpu_util", "load": "gpu_util"}.get(name)  # fmt: skip
        if found:
            return found
    metric_name = _NAMES.get(name)
    return "vram" if on_gpu and metric_name == "ram" else metric_name


def _parse(words: tuple[str, ...], stat: str, unit: str, hint: str, on_gpu: bool) -> Resolved | None:
    """Try the name as it stands, then without a statistic, then without a unit: the first that fits wins."""
    name = "_".join(words)
    found = _fit(name, stat, unit, hint, on_gpu)
    if found:
        return found
    if not unit:
        for size in (3, 2, 1):
            tail = "_".join(words[-size:])
            if len(words) >= size and tail in _ANY_UNIT and (found := _parse(words[:-size], stat, tail, hint, on_gpu)):
                return found
    if words and not stat:
        for word, rest in ((words[0], words[1:]), (words[-1], words[:-1])):
            if word in STATS and (found := _parse(rest, STATS[word], unit, hint, on_gpu)):
                return found
        if words[0] == "overall" and (found := _parse(words[1:], "", unit, hint, on_gpu)):
            return replace(found, stat="mean" if found.stat == "sample" else found.stat, definition="over all records")
        if words[:2] == ("std", "dev") and (found := _parse(words[2:], "sd", unit, hint, on_gpu)):
            return found
    if (
        unit
        or stat in ("total", "count")
        or name in _NEVER
        or set(words) & _NEVER
        or len(words) > 4
        or not (set(words) & _RESULT_WORDS)
    ):
        return None
    return Resolved(name, 1.0, stat or "sample")


def _fit(name: str, stat: str, unit: str, hint: str, on_gpu: bool) -> Resolved | None:
    stat = stat or "sample"
    written = unit or hint
    for dimension, units in UNITS.items():
        if dimension == "J/token" and written in UNITS["J"]:  # the unit alone does not say that it is by the token
            continue
        timed = dimension != "s" or name == "duration"  # "prompt" is a time only where its own unit says so
        if written in units and (name, dimension) in _BY_UNIT and (unit or (name and timed)):
            return Resolved(_BY_UNIT[name, dimension], units[written], stat)
    metric_name = _known(name, on_gpu) or _SCORES.get(name)
    if metric_name is None:
        return None
    if name in _SCORES:
        scale = UNITS["share"].get(written, 1.0)
        return Resolved(metric_name, scale, stat, f"on {name.replace('gsm8_k', 'gsm8k').replace('_', ' ')}")
    canonical = METRICS[metric_name].unit
    if stat in ("total", "count") and canonical in ("MiB", "%", "°C", "MHz", "W"):
        return None  # a capacity ("memory_total_gb", "cpu_count"), not a sum
    if unit:
        factor = UNITS.get(canonical, {}).get(unit)
        return None if factor is None else Resolved(metric_name, factor, stat)
    factor = UNITS.get(canonical, {}).get(hint)
    if factor is not None:
        return Resolved(metric_name, factor, stat)
    return Resolved(metric_name, 1.0, stat, explicit=canonical not in ("s", "MiB", "s/token", "J"))
