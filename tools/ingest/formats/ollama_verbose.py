"""What `ollama run --verbose` prints after each answer. Durations are as Go writes them: `1m2.5s`, `55.2ms`."""

from __future__ import annotations

import re

from chimera_report.tools.ingest.reading import Reading

from .build import Observations, places
from .command_line import said
from .told import told

NAME = "ollama-verbose"
_LABELS = (
    "total duration", "load duration", "prompt eval count", "prompt eval duration", "prompt eval rate", "eval count",
    "eval duration", "eval rate",
)  # fmt: skip
_LINE = re.compile(rf"^[ \t#>|*-]{{0,12}}({'|'.join(_LABELS)}):[ \t]+(\S+)[^\n]*$", re.MULTILINE)
_GO = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|µs|μs|us|ns|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "µs": 1e-6, "μs": 1e-6, "us": 1e-6, "ns": 1e-9}


def read(text: str) -> tuple[Reading | None, str]:
    """The answers of a session, and the text without their lines; None when there are no such lines."""
    lines = list(_LINE.finditer(text))
    if len(lines) < 2 or not any(m[1].startswith("eval") for m in lines):
        return None, text
    out = Observations(NAME)
    place = places(text)
    before, model, factors = 0, "", dict[str, str]()
    for run in _runs(lines):
        between = text[before : run[0].start()]
        before = run[-1].end()
        found = told(between).then(said(between))
        model = found.model or model
        factors = {**factors, **found.factors}
        out.record(f"line {place(run[0].start())}", subject=model, factors=factors)
        _answer(out, {m[1]: m[2] for m in run})
    return out.done(), _LINE.sub("", text)


def _runs(lines: list[re.Match[str]]) -> list[list[re.Match[str]]]:
    runs: list[list[re.Match[str]]] = []
    seen: set[str] = set()
    for line in lines:
        if not runs or line[1] in seen:
            runs.append([])
            seen = set()
        runs[-1].append(line)
        seen.add(line[1])
    return runs


def _answer(out: Observations, said_: dict[str, str]) -> None:
    for label, metric in (
        ("total duration", "e2e_latency"),
        ("load duration", "load_time"),
        ("prompt eval duration", "prompt_eval_time"),
        ("eval duration", "eval_time"),
    ):
        out.add(metric, seconds(said_.get(label, "")), label)
    for label, metric in (("prompt eval count", "prompt_tokens"), ("eval count", "output_tokens")):
        out.add(metric, _number(said_.get(label, "")), label)
    out.add("prefill_rate", _number(said_.get("prompt eval rate", "")), "prompt eval rate",
            definition="prompt tokens / prompt evaluation time, cached ones included")  # fmt: skip
    out.add("decode_rate", _number(said_.get("eval rate", "")), "eval rate",
            definition="output tokens / decoding time")  # fmt: skip


def seconds(text: str) -> float | None:
    """A duration as Go's time.Duration prints it; None where the text is none."""
    parts = _GO.findall(text)
    return sum(float(n) * _SECONDS[u] for n, u in parts) if parts and "".join(n + u for n, u in parts) == text else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
