"""The one registry of metrics and factors: canonical name, unit, direction, definition, aliases.

Definitions are the field's (docs/statistics.md lists them). A source's own name is resolved to a canonical metric, a factor
to its canonical unit, and the statistic that it is ("mean_ttft_ms" → ttft, 1e-3, mean).
"""

# ruff: noqa: E501 — a registry is a table; its rows are not wrapped

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

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


# A registry is data: one line a metric, so that it can be read and reviewed.
_METRICS = [
    Metric("decode_rate", "tokens/s", "higher", "decode rate", "(output tokens − 1) / decoding time of one request",
           ("tokens_s", "tokens_per_second", "tokens_per_sec", "tok_s", "tps", "throughput_tps", "tokens_sec", "eval_rate",
            "generation_rate", "output_tokens_per_second", "tg_throughput", "decode_tps", "tokens_per_s", "tok_per_s",
            "tok_per_sec", "toks_s", "throughput_tok_s", "token_generation_speed", "generation_speed", "decode_speed")),
    Metric("prefill_rate", "tokens/s", "higher", "prefill rate", "uncached prompt tokens / prompt evaluation time",
           ("prompt_eval_rate", "pp_throughput", "prompt_tokens_per_second", "prefill_tps")),
    Metric("ttft", "s", "lower", "TTFT", "request sent to first content token, seen by the client, warm",
           ("time_to_first_token", "e2e_ttft", "client_ttft")),
    Metric("ttft_incl_load", "s", "lower", "TTFT with load",
           "model load + prompt evaluation, as some tools call TTFT; a cold start is part of it", ("ttft_with_load",)),
    Metric("tpot", "s/token", "lower", "TPOT", "(end-to-end latency − TTFT) / (output tokens − 1)",
           ("time_per_output_token",)),
    Metric("itl", "s", "lower", "ITL", "gap between streamed tokens", ("inter_token_latency",)),
    Metric("e2e_latency", "s", "lower", "end-to-end latency", "request sent to last token",
           ("request_latency", "e2el", "generation_time", "total_duration", "latency", "e2e", "end_to_end_latency")),
    Metric("load_time", "s", "lower", "load time", "time until the model's runner is ready",
           ("load", "load_duration", "model_load_time")),
    Metric("prompt_eval_time", "s", "lower", "prompt evaluation time", "time to evaluate the uncached prompt tokens",
           ("prompt_eval", "prompt_eval_duration", "prefill_time")),
    Metric("eval_time", "s", "lower", "decoding time", "time to decode the output tokens", ("eval", "eval_duration", "decode_time")),
    Metric("queue_time", "s", "lower", "queue time", "time a request waits for a slot", ()),
    Metric("request_rate", "1/s", "higher", "request rate", "completed requests / wall time",
           ("request_throughput", "requests_per_second", "rps")),
    Metric("output_throughput", "tokens/s", "higher", "output throughput", "output tokens of all requests / wall time",
           ("output_token_throughput",)),
    Metric("total_throughput", "tokens/s", "higher", "total throughput", "prompt and output tokens of all requests / wall time",
           ("total_token_throughput", "tokens_throughput")),
    Metric("success_rate", "share", "higher", "success rate", "requests that succeeded / requests", ()),
    Metric("ttfr", "s", "lower", "time to first response", "request sent to the first response of any kind, content or not",
           ("time_to_first_response",)),
    Metric("goodput", "1/s", "higher", "goodput", "requests that met the service level / wall time", ()),
    Metric("in_flight", "requests", "none", "requests in flight", "requests under way at a time, averaged over time",
           (), core=False),
    Metric("run_time", "s", "lower", "run time", "wall time of one execution of the measured code",
           ("time", "real_time", "wall_time", "elapsed", "execution_time", "inference_time", "exec_time", "times")),
    Metric("compile_time", "s", "lower", "compile time", "time to compile or export the model", ()),
    Metric("energy_per_token", "J/token", "lower", "energy per token", "energy of the decode window / output tokens", ()),
    Metric("energy", "J", "lower", "energy", "energy of the window", ("energy_consumption", "total_energy")),
    Metric("power", "W", "lower", "power", "mean power of the window", ("power_draw", "gpu_power", "power_w")),
    Metric("cpu_power", "W", "lower", "CPU power", "mean power of the CPU packages over the window (RAPL)", ("cpu_package_power",)),
    Metric("gpu_util", "%", "none", "GPU utilisation", "share of time with a kernel running",
           ("utilization_gpu", "gpu_utilization", "gpu_utilisation")),
    Metric("mem_util", "%", "none", "memory bus utilisation", "share of time with a memory transfer running",
           ("utilization_memory",)),
    Metric("cpu_util", "%", "none", "CPU utilisation", "share of processor time in use", ("cpu_percent", "cpu", "cpu_usage")),
    Metric("vram", "MiB", "lower", "VRAM", "GPU memory in use", ("gpu_memory_used", "vram_used", "gpu_memory", "gpu_mem", "size_vram")),
    Metric("ram", "MiB", "lower", "RAM", "system memory in use", ("memory_used", "memory_rss", "rss", "mem", "memory", "memory_usage", "mem_used")),
    Metric("ram_util", "%", "none", "RAM utilisation", "share of system memory in use",
           ("memory_percent", "ram_percent", "mem_percent")),
    Metric("gpu_temperature", "°C", "lower", "GPU temperature", "temperature of the GPU", ("gpu_temp", "temperature_gpu")),
    Metric("clock_sm", "MHz", "none", "SM clock", "clock of the streaming multiprocessors",
           ("clock_graphics", "sm_clock", "gpu_clock", "core_clock", "graphics_clock", "clocks_sm", "clocks_current_sm")),
    Metric("clock_mem", "MHz", "none", "memory clock", "clock of the GPU's memory",
           ("clock_memory", "mem_clock", "memory_clock", "clocks_mem", "clocks_current_memory")),
    Metric("throttle", "share", "lower", "throttled share", "samples with a clock event reason that slows / samples",
           ("throttled", "throttling", "is_throttled")),
    Metric("error_rate", "share", "lower", "error rate", "requests that failed / requests",
           ("failure_rate", "fail_rate", "failed_rate", "err_rate")),
    Metric("accuracy", "share", "higher", "accuracy", "right answers / questions",
           ("acc", "exact_match", "em", "correct", "is_correct", "accuracy_score", "answer_accuracy")),
    Metric("accuracy_norm", "share", "higher", "normalised accuracy",
           "right answers / questions, chosen by likelihood per length", ("acc_norm", "normalized_accuracy")),
    Metric("pass_rate", "share", "higher", "pass rate", "tasks passed / tasks",
           ("passed", "pass", "pass_1", "pass_at_1", "pass1", "solved", "resolved", "resolve_rate", "solve_rate", "pass_ratio")),
    Metric("win_rate", "share", "higher", "win rate", "comparisons won / comparisons", ("winrate",)),
    Metric("f1", "share", "higher", "F1", "harmonic mean of precision and recall", ("f1_score",)),
    Metric("perplexity", "", "lower", "perplexity", "exponential of the mean negative log-likelihood of a token", ("ppl",)),
    Metric("word_perplexity", "", "lower", "word perplexity", "exponential of the mean negative log-likelihood of a word", ()),
    Metric("bits_per_byte", "", "lower", "bits per byte", "negative log-likelihood of a text in bits / its bytes", ("bpb",)),
    Metric("wer", "share", "lower", "word error rate", "wrong words / words", ("word_error_rate",)),
    Metric("bleu", "", "higher", "BLEU", "n-gram precision against references, 0 to 100", ("bleu_score",)),
    Metric("rouge_l", "share", "higher", "ROUGE-L", "longest common subsequence with a reference", ("rougel", "rouge_l_f1")),
    Metric("schema_valid", "share", "higher", "schema validity", "answers that follow their JSON schema / answers",
           ("json_valid",), positive=False),
    Metric("loss", "", "lower", "loss", "value of the loss function", ()),
    Metric("model_size", "MiB", "lower", "model size", "size of the weights", ()),
    Metric("prompt_tokens", "tokens", "none", "prompt tokens", "tokens of the prompt", ("prompt_eval_count", "input_tokens"), core=False),
    Metric("output_tokens", "tokens", "none", "output tokens", "tokens generated", ("eval_count", "tokens", "completion_tokens"), core=False),
    Metric("total_tokens", "tokens", "none", "total tokens", "prompt and output tokens", (), core=False),
    Metric("response_chars", "characters", "none", "response length", "characters of the answer", (), core=False),
]  # fmt: skip

METRICS: dict[str, Metric] = {m.name: m for m in _METRICS}

# How much a ratio of the metric matters to someone who chooses or tunes a system; other metrics weigh 0.3.
METRIC_WEIGHT = {
    "decode_rate": 1.0,
    "run_time": 0.9,
    "request_rate": 0.9,
    "ttft": 0.8,
    "e2e_latency": 0.7,
    "ttft_incl_load": 0.6,
}


@dataclass(frozen=True, slots=True)
class Factor:
    """A setting that a benchmark varies."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()


_FACTORS = [
    Factor("num_gpu", "num_gpu (layers on the GPU)", ("n_gpu_layers", "ngl", "gpu_layers")),
    Factor("num_ctx", "num_ctx", ("n_ctx", "ctx", "context_size")),
    Factor("num_batch", "num_batch", ("n_batch",)),
    Factor("num_thread", "num_thread", ("n_threads", "threads")),
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
    Factor("tensor_parallel", "tensor parallel", ("tensor_parallel_size", "tp", "tp_size")),
    Factor("host", "host", ("hostname", "machine")),
    Factor("driver", "driver", ("driver_version", "gpu_driver", "nvidia_driver")),
    Factor("kv_cache", "KV cache type", ("cache_type", "kv_cache_dtype")),
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
            "requests_per_second": 1.0},
    "tokens": {"tokens": 1.0, "token": 1.0},
    "requests": {"requests": 1.0},
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
    ("throughput", "1/s"): "request_rate",
    ("", "s"): "run_time",
    ("duration", "s"): "run_time",
    ("energy", "J/token"): "energy_per_token",
    ("", "J/token"): "energy_per_token",
    ("temp", "°C"): "gpu_temperature",
    ("temperature", "°C"): "gpu_temperature",
    **{(n, "tokens/s"): "decode_rate" for n in ("gen", "generation", "decode", "decoding", "tg", "eval")},
    **{(n, "tokens/s"): "prefill_rate" for n in ("prompt", "prefill", "pp", "prompt_eval", "prompt_processing")},
}
# Words that make an unknown numeric column a result rather than an id, a counter or a setting.
_RESULT_WORDS = frozenset(
    ("accuracy", "loss", "score", "perplexity", "ppl", "f1", "bleu", "rouge", "rate", "efficiency", "speedup", "latency", "throughput",
     "utilization", "utilisation", "energy", "recall", "precision", "mfu", "wer", "pass"),
)  # fmt: skip
# A difference of a metric is none of its values.
_DIFFERENCE = re.compile(
    r"[Δ∆]|(?:^|[\W_])(?:delta|diff|difference|change|improvement|reduction|gain|regression)s?(?:$|[\W_])",
    re.IGNORECASE,
)
_NEVER = frozenset(
    ("id", "pid", "index", "idx", "timestamp", "datetime", "date", "port", "uuid", "version", "expires", "limit", "capacity", "free",
     "available", "sent", "recv", "disk", "network", "fan", "learning_rate", "attribute", "confidence_interval"),
)  # fmt: skip

_NAMES = {alias: m.name for m in _METRICS for alias in (m.name, *m.aliases)}
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
    inside = re.search(r"[(\[]([^()\[\]]*)[)\]]\s*$", header)
    if inside and unit_name(inside[1]):
        plain = re.sub(r"\([^()]*\)\s*$", "", header[: inside.start()].strip())
        header = f"{plain} {inside[1].lower()}"  # the case says nothing here: "GiB" is not "gi b"
    elif inside and len(header) > len(inside[0]) + 1:
        found = resolve(header[: inside.start()], unit_hint=unit_hint, context=context)
        if found:
            return found
    on_gpu = any(w in normalise(context).split("_") for w in ("gpu", "gpus", "nvidia", "cuda"))
    words = [w for w in normalise(header).split("_") if w]
    if not words or len(words) > 9:
        return None
    return _parse(tuple(words), "", "", unit_name(unit_hint), on_gpu)


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
        found = {
            "temperature": "gpu_temperature",
            "temp": "gpu_temperature",
            "utilization": "gpu_util",
            "util": "gpu_util",
        }.get(name)
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
        if written in units and (name, dimension) in _BY_UNIT and (name or unit):
            return Resolved(_BY_UNIT[name, dimension], units[written], stat)
    metric_name = _known(name, on_gpu)
    if metric_name is None:
        return None
    canonical = METRICS[metric_name].unit
    if stat == "total" and canonical in ("MiB", "%", "°C", "MHz", "W"):
        return None  # a capacity ("memory_total_gb"), not a sum
    if unit:
        factor = UNITS.get(canonical, {}).get(unit)
        return None if factor is None else Resolved(metric_name, factor, stat)
    factor = UNITS.get(canonical, {}).get(hint)
    if factor is not None:
        return Resolved(metric_name, factor, stat)
    return Resolved(metric_name, 1.0, stat, explicit=canonical not in ("s", "MiB", "s/token"))
