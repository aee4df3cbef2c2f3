"""The command line above a tool's output in a log or a document: whose numbers they are, and under which load.

Flags are those of `vllm serve` and `vllm bench serve`, SGLang's launch_server and bench_serving, llama.cpp, Ollama, MLX
and evalscope, as their help texts list them; also the `Namespace(…)` that vLLM and SGLang print before a run.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

_TOOL = re.compile(
    r"(?:^|[\s/`$>#])(vllm\s+(?:serve|bench)|(?:python[\d.]*\s+)?[\w/.]*benchmark_(?:serving|throughput|latency)(?:\.py)?|"
    r"(?:python[\d.]*\s+-m\s+)?sglang\.(?:bench_\w+|launch_server)|(?:python[\d.]*\s+-m\s+)?vllm\.entrypoints[\w.]*|"
    r"(?:\./|[\w./~-]*/)?llama-(?:cli|completion|server|perplexity|bench|batched-bench|simple|run|speculative)|"
    r"(?:\./|[\w./~-]*/)?(?:main|server|perplexity)(?=\s+-m\s)|ollama\s+run|"
    r"(?:python[\d.]*\s+-m\s+)?mlx_lm[.\s](?:generate|benchmark|server)|evalscope\s+perf|lm[_-]eval\b)",
)
_WORDS = (
    "vllm", "benchmark_", "sglang", "llama-", "./main", "./server", "./perplexity", "ollama", "mlx_lm", "evalscope",
    "lm_eval", "lm-eval", "Namespace(", "Config(", "Args(", "Arguments(", "Params(", "Settings(",
)  # fmt: skip
_NAMESPACE = re.compile(
    r"(?:Namespace|\b[A-Z]\w*(?:Config|Args|Arguments|Params|Settings))\(([^\n]{0,20000})\)[ \t`]*$", re.MULTILINE
)
_PAIR = re.compile(r"(\w+)=('(?:[^'\\]|\\.)*'|\"[^\"]*\"|[^,()\s]+)")
_FACTORS = {
    "max_concurrency": "concurrency",
    "parallel": "concurrency",
    "concurrency": "concurrency",
    "request_rate": "request_rate",
    "rate": "request_rate",
    "num_prompts": "num_prompts",
    "number": "num_prompts",
    "dataset_name": "workload",
    "dataset": "workload",
    "random_input_len": "input_len",
    "input_len": "input_len",
    "random_input": "input_len",
    "random_output_len": "output_len",
    "output_len": "output_len",
    "random_output": "output_len",
    "sharegpt_output_len": "output_len",
    "max_tokens": "num_predict",
    "max_completion_tokens": "num_predict",
    "n_predict": "num_predict",
    "n": "num_predict",
    "tensor_parallel_size": "tensor_parallel",
    "tp_size": "tensor_parallel",
    "tp": "tensor_parallel",
    "pipeline_parallel_size": "pipeline_parallel",
    "pp_size": "pipeline_parallel",
    "pp": "pipeline_parallel",
    "data_parallel_size": "data_parallel",
    "dp_size": "data_parallel",
    "dp": "data_parallel",
    "ep_size": "expert_parallel",
    "ep": "expert_parallel",
    "dtype": "dtype",
    "quantization": "quantisation",
    "kv_cache_dtype": "kv_cache",
    "backend": "backend",
    "max_model_len": "max_model_len",
    "context_length": "num_ctx",
    "ctx_size": "num_ctx",
    "c": "num_ctx",
    "n_gpu_layers": "num_gpu",
    "gpu_layers": "num_gpu",
    "ngl": "num_gpu",
    "threads": "num_thread",
    "t": "num_thread",
    "batch_size": "num_batch",
    "b": "num_batch",
    "ubatch_size": "n_ubatch",
    "ub": "n_ubatch",
    "n_cpu_moe": "n_cpu_moe",
    "ncmoe": "n_cpu_moe",
    "spec_type": "spec_type",
    "flash_attn": "flash_attention",
    "fa": "flash_attention",
    "cache_type_k": "type_k",
    "ctk": "type_k",
    "cache_type_v": "type_v",
    "ctv": "type_v",
    "gpu_memory_utilization": "gpu_memory_utilization",
    "max_num_seqs": "max_num_seqs",
    "speculative_num_draft_tokens": "speculative_num_draft_tokens",
    "temp": "temperature",
    "temperature": "temperature",
}
_MODEL = ("served_model_name", "model", "model_path", "m", "hf_repo", "hf")
_TAKES_NONE = frozenset(("fa", "flash_attn", "verbose", "stream"))


@dataclass(slots=True)
class Said:
    """What command lines say: the model, and the settings by the names of factors."""

    model: str = ""
    factors: dict[str, str] = field(default_factory=dict)

    def then(self, other: Said) -> Said:
        """Both; what was said later holds."""
        return Said(other.model or self.model, {**self.factors, **other.factors})


def said(text: str) -> Said:
    """What the command lines of a text say, the last one last."""
    found = Said()
    if not any(word in text for word in _WORDS):
        return found
    joined = re.sub(r"\\[ \t]*\n", " ", text)
    for line in joined.splitlines():
        match = _TOOL.search(line[:2000]) if any(word in line for word in _WORDS) else None
        if match is not None:
            found = found.then(_line(match[1], line[match.end() : 4000]))
    return found.then(printed(text))


def printed(text: str) -> Said:
    """What the settings say that a Python program printed of itself: `Namespace(…)`, `TestConfig(…)`."""
    found = Said()
    for match in _NAMESPACE.finditer(text):
        pairs = {k: v.strip("'\"") for k, v in _PAIR.findall(match[1][:20_000])}
        found = found.then(_named(pairs))
    return found


def flags(text: str) -> dict[str, str]:
    """The settings that the flags of a command line give, without the command: factor → level."""
    return _line("", text).factors


def _line(tool: str, rest: str) -> Said:
    try:
        words = shlex.split(rest.strip(" `"), comments=True)
    except ValueError:
        words = rest.split()
    pairs: dict[str, str] = {}
    first = ""
    i = 0
    while i < len(words):
        word = words[i]
        if re.match(r"--?[A-Za-z]", word):
            name, equals, value = word.lstrip("-").partition("=")
            name = name.replace("-", "_")
            follows = words[i + 1] if i + 1 < len(words) else "--"
            if not equals and name not in _TAKES_NONE and not re.match(r"--?[A-Za-z]", follows):
                value, i = follows, i + 1
            elif not equals and name in _TAKES_NONE:
                value = follows if re.fullmatch(r"[01]|on|off|auto", follows) else "1"
            pairs[name] = value
        elif re.fullmatch(r"[|>&;]+.*", word):
            break
        elif not first:
            first = word
        i += 1
    if first and re.search(r"vllm\s+serve|ollama\s+run", tool) and not any(m in pairs for m in _MODEL):
        pairs["model"] = first
    return _named(pairs)


def _named(pairs: dict[str, str]) -> Said:
    model = next((pairs[m] for m in _MODEL if pairs.get(m) and pairs[m] != "None"), "")
    if model.lower().endswith(".gguf"):
        model = model.rsplit("/", 1)[-1].removesuffix(".gguf")
    factors: dict[str, str] = {}
    for name, value in pairs.items():
        factor = _FACTORS.get(name)
        if factor and value and value not in ("None", "null") and len(value) <= 60:
            factors.setdefault(factor, value)
    return Said(model, factors)
