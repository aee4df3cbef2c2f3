"""A results folder ─► text for other tools: benchstat, a table like llama-bench's, OpenMetrics."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chimera_report.tools.bench.design import Cell, cells
from chimera_report.tools.bench.journal import NAME, read
from chimera_report.tools.bench.measures import Measures, measures
from chimera_report.tools.bench.outputs import varied
from chimera_report.tools.bench.plan import Plan, load_plan
from chimera_report.tools.errors import StoreError

Form = Literal["benchstat", "llama-bench", "openmetrics"]

# Metric → (unit in benchstat's notation, unit and help of OpenMetrics, which wants base units in names).
_UNITS = {
    "ttft": ("s/ttft", "seconds", "Request sent to first text, warm"),
    "tpot": ("s/token", "seconds", "Time per output token after the first"),
    "e2e_latency": ("s/request", "seconds", "Request sent to last line"),
    "decode_rate": ("tokens/s", "", "Output tokens a second while decoding"),
    "prefill_rate": ("prefill-tokens/s", "", "Uncached prompt tokens a second"),
}


@dataclass(frozen=True, slots=True)
class _Results:
    plan: Plan
    proof: dict[str, Any]
    found: dict[str, list[Measures]]  # cell → its warm requests that succeeded, in order

    def model(self, cell: Cell) -> dict[str, Any]:
        return dict(next(m for m in self.proof["models"] if m["name"] == cell.model))

    def labels(self, cell: Cell) -> dict[str, str]:
        options = {n: cell.options[n] for n in varied(self.plan) if n in cell.options}
        named = {"model": self.model(cell)["listed_as"], "prompt": cell.prompt, "concurrency": cell.concurrency}
        return {k: str(v) for k, v in (named | options).items()}


def export(folder: Path, form: Form) -> str:
    """The results of a benchmark folder as text. StoreError when it holds none."""
    _, rows, _ = read(folder / NAME)
    try:
        proof = json.loads((folder / "receipt.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise StoreError(f"no receipt to read: {exc}", where=str(folder)) from exc
    plan = load_plan(folder / "plan.toml")
    found: dict[str, list[Measures]] = {c.id: [] for c in cells(plan)}
    for row in rows:
        if row["phase"] == "measure" and row["status"] == "ok":
            found[row["cell"]].append(measures(row))
    forms: dict[str, Callable[[_Results], list[str]]] = {
        "benchstat": _benchstat,
        "llama-bench": _llama_bench,
        "openmetrics": _openmetrics,
    }
    return "\n".join(forms[form](_Results(plan, proof, found))) + "\n"


def _benchstat(results: _Results) -> list[str]:
    """Go's benchmark format (golang.org/design/14313-benchmark-format), one line a request."""
    host = results.proof["host"]
    lines = [f"goos: {host['os'].split()[0].lower()}", f"goarch: {host['architecture']}", f"cpu: {host['cpu']}"]
    for cell in cells(results.plan):
        labels = results.labels(cell)
        model = labels.pop("model")
        name = "/".join(f"{k}={re.sub(r'[^A-Za-z0-9.:_-]', '_', v)}" for k, v in labels.items())
        for found in results.found[cell.id]:
            values = [f"{v:.6g} {unit}" for m, (unit, _, _) in _UNITS.items() if (v := getattr(found, m)) is not None]
            if values:
                lines.append(f"BenchmarkGenerate/model={model}/{name} 1 {' '.join(values)}")
    return lines


def _llama_bench(results: _Results) -> list[str]:
    """The columns of llama-bench's Markdown: pp is prefill of so many tokens, tg decoding of so many; mean ± sd."""
    lines = [
        "| model | size | params | threads | n_ctx | test | t/s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for cell in cells(results.plan):
        model, found = results.model(cell), results.found[cell.id]
        size = f"{model['size_bytes'] / 2**20:.2f} MiB" if model.get("size_bytes") else "-"
        threads, window = cell.options.get("num_thread", "-"), cell.options.get("num_ctx", "-")
        for test, tokens, rates in (
            ("pp", [m.prompt_tokens for m in found if m.prompt_tokens], [m.prefill_rate for m in found]),
            ("tg", [m.output_tokens for m in found if m.output_tokens], [m.decode_rate for m in found]),
        ):
            known = [r for r in rates if r is not None]
            if known and tokens:
                spread = statistics.stdev(known) if len(known) > 1 else 0.0
                label = f"{test}{round(statistics.median(tokens))}"
                speed = f"{statistics.fmean(known):.2f} ± {spread:.2f}"
                cols = [model["listed_as"], size, model.get("parameters") or "-", threads, window, label, speed]
                lines.append("| " + " | ".join(map(str, cols)) + " |")
    return lines


def _openmetrics(results: _Results) -> list[str]:
    """OpenMetrics text 1.0: a gauge a metric with the median of each cell, and how many requests are behind it."""
    lines = []
    for metric, (_, unit, text) in _UNITS.items():
        name = f"chimera_{metric}_{unit}" if unit else f"chimera_{metric}"
        samples = []
        for cell in cells(results.plan):
            known = [v for m in results.found[cell.id] if (v := getattr(m, metric)) is not None]
            if known:
                labels = ",".join(f'{k}="{_escaped(v)}"' for k, v in results.labels(cell).items())
                samples.append(f'{name}{{{labels},n="{len(known)}"}} {statistics.median(known):.9g}')
        if samples:
            lines += [f"# TYPE {name} gauge", *([f"# UNIT {name} {unit}"] if unit else []), f"# HELP {name} {text}"]
            lines += samples
    return [*lines, "# EOF"]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
