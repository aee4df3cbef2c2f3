"""`vllm bench serve` (and its ancestor benchmark_serving.py): JSON, appended JSON lines, and the block it prints."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import resolve
from chimera_report.tools.schema import Json

from .build import Observations, items, number, objects

NAME = "vllm-bench-serve"
KEYS = frozenset(("request_throughput", "mean_ttft_ms"))
_METRICS = {"ttft": "ttft", "tpot": "tpot", "itl": "itl", "e2el": "e2e_latency"}
_STATS = {"mean": "mean", "median": "p50", "std": "sd"}
_RATES = {
    "request_throughput": "request_rate",
    "request_goodput": "goodput",
    "output_throughput": "output_throughput",
    "total_token_throughput": "total_throughput",
}
_BLOCK = re.compile(r"(?<!=)=+\s*Serving Benchmark Result\s*=+(.*?)(?:\n[^\n\w]*={20,}|\Z)", re.DOTALL)


def matches(document: Json) -> bool:
    return any(KEYS.issubset(r) and ("total_token_throughput" in r or "completed" in r) for r in objects(document)[:3])


def read(document: Json) -> Reading:
    """Statistics in ms; the lists of single requests in s. Failed requests have a text in `errors`."""
    out = Observations(NAME)
    many = isinstance(document, list)
    for i, item in enumerate(objects(document)):
        place = f"/{i}" if many else "/"
        factors = {
            "backend": item.get("backend") or item.get("endpoint_type"),
            "request_rate": item.get("request_rate"),
            "concurrency": item.get("max_concurrency"),
            "workload": item.get("dataset_name"),
            "num_prompts": item.get("num_prompts"),
        }
        subject = item.get("model_id") or item.get("model")
        about: dict[str, Any] = {"subject": subject, "factors": factors, "started": _date(item.get("date"))}
        out.record(place, **about)
        n = item.get("completed")
        for key, metric in _RATES.items():
            out.add(metric, item.get(key), key, stat="mean", n=n)
        for key, value in item.items():
            match = re.fullmatch(r"(mean|median|std|p\d+(?:\.\d+)?)_(ttft|tpot|itl|e2el)_ms", key)
            if match:
                stat = _STATS.get(match[1], match[1].replace(".", ""))
                out.add(_METRICS[match[2]], value, key, stat=stat, n=n, scale=1e-3)
        failures = items(item.get("errors"))
        firsts = items(item.get("ttfts"))
        for j in range(max(len(failures), len(firsts))):
            error = failures[j] if j < len(failures) else ""
            out.record(f"{place.rstrip('/')}/ttfts/{j}", **about)
            if error:
                out.fail(error, "errors")
            elif number(firsts[j] if j < len(firsts) else None) > 0:
                out.add("ttft", firsts[j], "ttfts")
    return out.done()


def _date(value: Json) -> Json:
    """`20250131-235959` → ISO."""
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)", str(value or ""))
    return "{}-{}-{}T{}:{}:{}".format(*match.groups()) if match else None


def read_block(text: str) -> tuple[Reading | None, str]:
    """The blocks that vLLM and SGLang print, alone or in a log or document, and the text; None when there is none."""
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        return None, text
    out = Observations(NAME)
    for block in blocks:
        out.record(f"line {text.count(chr(10), 0, block.start()) + 1}")
        pairs = dict(re.findall(r"^[\s#>|]*([A-Za-z][^:\n]*?):\s+(-?[\d.]+)", block[1], re.MULTILINE))
        n = next((float(v) for k, v in pairs.items() if k.lower() == "successful requests"), None)
        for label, value in pairs.items():
            found = _label(label)
            if found:
                metric, scale, stat = found
                out.add(
                    metric, abs(float(value)) if float(value) == 0 else float(value), label, stat=stat, n=n, scale=scale
                )
    return out.done(), text


def _label(label: str) -> tuple[str, float, str] | None:
    """`Mean TTFT (ms)` → ttft, 1e-3, mean."""
    name = re.sub(r"^(P\d+|Mean|Median|Std) E2E Latency", r"\1 E2EL", label)
    rates = {
        "request throughput": "request_rate",
        "output token throughput": "output_throughput",
        "total token throughput": "total_throughput",
    }
    for words, metric in rates.items():
        if label.lower().startswith(words):
            return metric, 1.0, "mean"
    meaning = resolve(name)
    return (meaning.metric, meaning.factor, meaning.stat) if meaning and meaning.metric in _METRICS.values() else None
