"""The block that vLLM's and SGLang's serving benchmarks print, alone or in a log or document, one or several in a file.

Labels from vLLM's `benchmarks/serve.py` and SGLang's `bench_serving.py`; times are in ms, the duration in s.
"""

from __future__ import annotations

import re

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import resolve

from .build import Observations, places
from .command_line import Said, said

NAME = "vllm-bench-serve"
_BLOCK = re.compile(r"(?<!=)=+\s*Serving Benchmark Result\s*=+(.*?)(?:\n[^\n\w]*={20,}|\Z)", re.DOTALL)
_PAIR = re.compile(r"^[ \t#>|]{0,12}([A-Za-z][^:\n]*?):[ \t]+(\S[^\n|]*?)[ \t|]*$", re.MULTILINE)
_TIMES = ("ttft", "tpot", "itl", "e2e_latency")
_RATES = {
    "request throughput": "request_rate",
    "request goodput": "goodput",
    "output token throughput": "output_throughput",
    "total token throughput": "total_throughput",
}
_SETTINGS = {
    "backend": "backend",
    "traffic request rate": "request_rate",
    "request rate configured (rps)": "request_rate",
    "max request concurrency": "concurrency",
    "maximum request concurrency": "concurrency",
}


def read(text: str) -> tuple[Reading | None, str]:
    """The blocks of a text and the text; None when there is none. A command above a block says whose it is."""
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        return None, text
    out = Observations(NAME)
    place = places(text)
    before, context = 0, Said()
    for block in blocks:
        context = context.then(said(text[before : block.start()]))
        before = block.end()
        _block(out, block[1], f"line {place(block.start())}", context)
    return out.done(), text


def _block(out: Observations, text: str, where: str, context: Said) -> None:
    pairs = {k.strip(): v for k, v in _PAIR.findall(text)}
    small = {k.lower(): v for k, v in pairs.items()}
    settings = dict(context.factors)
    for label, factor in _SETTINGS.items():
        value = small.get(label, "")
        if value and value.lower() not in ("not set", "none"):
            settings[factor] = value
    done, failed = _count(small.get("successful requests")), _count(small.get("failed requests"))
    asked = _count(settings.get("num_prompts"))
    if failed is None and done is not None and asked is not None and asked > done:
        failed = asked - done
    out.record(where, subject=context.model, factors=settings)
    if failed:
        out.fail("" if done else "every request failed", "Failed requests", n=failed)
    if done == 0:
        return
    for label, value in pairs.items():
        number = _number(value)
        found = _label(label)
        if number is not None and found:
            metric, scale, stat = found
            out.add(metric, abs(number) if number == 0 else number, label, stat=stat, n=done, scale=scale)
    _tokens(out, small, done)


def _tokens(out: Observations, small: dict[str, str], done: float | None) -> None:
    """Tokens of one request, on average: what the load was."""
    for label, metric in (("total input tokens", "prompt_tokens"), ("total generated tokens", "output_tokens")):
        total = _number(small.get(label, ""))
        if total and done:
            out.add(metric, total / done, label.capitalize(), stat="mean", n=done)
    duration = _number(small.get("benchmark duration (s)", ""))
    if duration:
        out.add("run_time", duration, "Benchmark duration (s)", stat="total")


def _label(label: str) -> tuple[str, float, str] | None:
    """`Mean TTFT (ms)` → ttft, 1e-3, mean."""
    for words, metric in _RATES.items():
        if label.lower().startswith(words):
            return metric, 1.0, "mean"
    name = re.sub(r"^(P\d+|Mean|Median|Std|Max) E2E Latency", r"\1 E2EL", label)
    meaning = resolve(name.lower())  # "E2EL" is no camelCase
    return (meaning.metric, meaning.factor, meaning.stat) if meaning and meaning.metric in _TIMES else None


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").split()[0])
    except (ValueError, IndexError):
        return None


def _count(text: str | None) -> float | None:
    return _number(text) if text else None
