"""The one registry of metrics and factors: canonical name, unit, direction, definition, aliases.

Definitions are the field's (docs/statistics.md lists them). A source's own name is resolved to a canonical metric, a factor
to its canonical unit, and the statistic that it is ("mean_ttft_ms" → ttft, 1e-3, mean).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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
            "generation_rate", "output_tokens_per_second", "tg_throughput", "decode_tps", "overall_tokens_per_second")),
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
    Metric("goodput", "1/s", "higher", "goodput", "requests that met the service level / wall time", ()),
    Metric("run_time", "s", "lower", "run time", "wall time of one execution of the measured code",
           ("time", "real_time", "wall_time", "elapsed", "execution_time", "inference_time", "exec_time", "times")),
    Metric("compile_time", "s", "lower", "compile time", "time to compile or export the model", ()),
    Metric("energy_per_token", "J/token", "lower", "energy per token", "energy of the decode window / output tokens", ()),
    Metric("power", "W", "lower", "power", "mean power of the window", ("power_draw", "gpu_power", "power_w")),
    Metric("gpu_util", "%", "none", "GPU utilisation", "share of time with a kernel running",
           ("utilization_gpu", "gpu_utilization", "gpu_utilisation")),
    Metric("mem_util", "%", "none", "memory bus utilisation", "share of time with a memory transfer running",
           ("utilization_memory",)),
    Metric("cpu_util", "%", "none", "CPU utilisation", "share of processor time in use", ("cpu_percent", "cpu", "cpu_usage")),
    Metric("vram", "MiB", "lower", "VRAM", "GPU memory in use", ("gpu_memory_used", "vram_used", "gpu_memory", "size_vram")),
    Metric("ram", "MiB", "lower", "RAM", "system memory in use", ("memory_used", "memory_rss", "rss", "mem")),
    Metric("gpu_temperature", "°C", "lower", "GPU temperature", "temperature of the GPU", ("gpu_temp",)),
    Metric("clock_sm", "MHz", "none", "SM clock", "clock of the streaming multiprocessors", ("clock_graphics",)),
    Metric("clock_mem", "MHz", "none", "memory clock", "clock of the GPU's memory", ("clock_memory",)),
    Metric("throttle", "share", "lower", "throttled share", "share of samples with a clock event reason that slows", ()),
    Metric("accuracy", "share", "higher", "accuracy", "share of right answers", ("acc",)),
    Metric("loss", "", "lower", "loss", "value of the loss function", ()),
    Metric("model_size", "MiB", "lower", "model size", "size of the weights", ()),
    Metric("prompt_tokens", "tokens", "none", "prompt tokens", "tokens of the prompt", ("prompt_eval_count", "input_tokens"), core=False),
    Metric("output_tokens", "tokens", "none", "output tokens", "tokens generated", ("eval_count", "tokens", "completion_tokens"), core=False),
    Metric("total_tokens", "tokens", "none", "total tokens", "prompt and output tokens", (), core=False),
    Metric("response_chars", "characters", "none", "response length", "characters of the answer", (), core=False),
]  # fmt: skip

METRICS: dict[str, Metric] = {m.name: m for m in _METRICS}


@dataclass(frozen=True, slots=True)
class Factor:
    """A setting that a benchmark varies."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()


_FACTORS = [
    Factor("num_gpu", "num_gpu (layers on the GPU)", ("n_gpu_layers", "ngl", "gpu_layers")),
    Factor("num_ctx", "num_ctx", ("n_ctx", "ctx", "context_length", "context_size")),
    Factor("num_batch", "num_batch", ("n_batch",)),
    Factor("num_thread", "num_thread", ("n_threads", "threads")),
    Factor("num_predict", "num_predict", ("max_tokens", "n_predict")),
    Factor("temperature", "temperature", ("temp",)),
    Factor("top_p", "top_p"),
    Factor("top_k", "top_k"),
    Factor("seed", "seed"),
    Factor("prompt", "prompt", ("prompt_text", "test_name")),
    Factor("quantisation", "quantisation", ("tag", "quant", "quantization", "quantization_level")),
    Factor("backend", "backend"),
    Factor("device", "device"),
    Factor("dtype", "dtype"),
    Factor("batch_size", "batch size"),
    Factor("concurrency", "concurrency"),
    Factor("cold", "cold start"),
]

FACTORS: dict[str, Factor] = {f.name: f for f in _FACTORS}


def metric(name: str) -> Metric:
    """The registered metric, or one made up for a name that the registry does not know: no unit, no direction."""
    return METRICS.get(name) or Metric(name, "", "none", name.replace("_", " "), "as the source names it")


def normalise(header: str) -> str:
    """`"Generation Time (ms)"` → `generation_time_ms`; camelCase is split."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header.strip())
    return re.sub(r"[^a-z0-9%]+", "_", text.lower()).strip("_")
