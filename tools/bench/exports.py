"""A results folder ─► text for other tools: benchstat, a table like llama-bench's, OpenMetrics."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chimera_report.tools.bench.design import Cell, cells
from chimera_report.tools.bench.journal import NAME, SEARCH, latest, read
from chimera_report.tools.bench.measures import Loads, Measures, measures
from chimera_report.tools.bench.outputs import varied
from chimera_report.tools.bench.plan import load_plan
from chimera_report.tools.bench.receipt import read_receipt
from chimera_report.tools.bench.summary import in_force, percentile
from chimera_report.tools.errors import StoreError

Form = Literal["benchstat", "llama-bench", "openmetrics"]

# Metric → (unit in benchstat's notation, unit and help of OpenMetrics, which wants base units in names).
_UNITS = {
    "ttft": ("s/ttft", "seconds", "Request sent to first text, warm"),
    "tpot": ("s/token", "seconds", "Time per output token after the first"),
    "e2e_latency": ("s/request", "seconds", "Request sent to last line"),
    "decode_rate": ("tokens/s", "", "Output tokens a second while decoding"),
    "client_decode_rate": ("client-tokens/s", "", "Output tokens a second as the client saw them arrive"),
    "prefill_rate": ("prefill-tokens/s", "", "Uncached prompt tokens a second"),
}
# A telemetry window's value → (name, unit and help of OpenMetrics, factor to its base unit).
_TELEMETRY = {
    "power": ("power", "watts", "Power of all GPUs", 1.0),
    "cpu_power": ("cpu_power", "watts", "Power of the CPU packages", 1.0),
    "gpu_util": ("gpu_utilization", "ratio", "Share of time with a kernel running", 0.01),
    "gpu_temperature": ("gpu_temperature", "celsius", "Temperature of the GPU", 1.0),
    "vram": ("vram", "bytes", "Memory in use on all GPUs", 2.0**20),
    "ram": ("ram", "bytes", "Resident memory of the server's processes", 2.0**20),
}
# Quantile → requests from which on it is told: below that it would be the largest value under another name.
_QUANTILES = {0.5: 1, 0.9: 10, 0.95: 20, 0.99: 100}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Group:
    """The warm requests of one cell under one receipt."""

    cell: Cell
    model: dict[str, Any]  # of the receipt
    labels: dict[str, str]
    rows: list[Row]
    loads: Loads
    options: dict[str, Any]  # in force: what was clamped or never sent is not as planned

    @property
    def found(self) -> list[Measures]:
        """Of those that succeeded, in order."""
        return [measures(r, self.loads) for r in self.rows if r["status"] == "ok"]

    def telemetry(self, name: str) -> list[float]:
        return [v for r in self.rows if (v := (r.get("telemetry") or {}).get(name)) is not None]


def export(folder: Path, form: Form) -> str:
    """The results of a benchmark folder as text. StoreError when it holds none."""
    if not (folder / NAME).exists():
        _no_journal(folder)
    rows = latest(read(folder / NAME)[1])
    proof = read_receipt(folder / "receipt.json")
    plan = load_plan(folder / "plan.toml")
    first = proof.get("id", "")
    receipts = {first: proof} | {k: proof | v for k, v in proof.get("receipts", {}).items() if k != first}
    groups = []
    for name, own in receipts.items():
        for cell in cells(plan):
            model = next(m for m in own["models"] if m["name"] == cell.model)
            mine = [r for r in rows if r["phase"] == "measure" and r["cell"] == cell.id]
            mine = [r for r in mine if r.get("receipt", first) == name]
            held = in_force(cell, mine, own)
            options = {n: held[n] for n in varied(plan) if n in held}
            labels = {"model": model["listed_as"], "prompt": cell.prompt, "concurrency": cell.concurrency} | options
            if len(receipts) > 1:  # never pooled: each line says under which one it was measured
                labels["receipt"] = name
            if mine:
                groups.append(_Group(cell, model, {k: str(v) for k, v in labels.items()}, mine, Loads.of(rows), held))
    forms: dict[str, Callable[[Row, list[_Group]], list[str]]] = {
        "benchstat": _benchstat,
        "llama-bench": _llama_bench,
        "openmetrics": _openmetrics,
    }
    if form != "openmetrics" and not any(group.found for group in groups):
        raise StoreError(
            "no request succeeded: there is no measurement to write",
            where=str(folder),
            hint="--format openmetrics counts the requests by outcome; runs.csv says why each one failed",
        )
    return "\n".join(forms[form](proof, groups)) + "\n"


def _no_journal(folder: Path) -> None:
    """StoreError with the folder to name instead, where there is one."""
    if any((folder / name).exists() for name in SEARCH):
        raise StoreError(
            "is an adaptive search: its runs are in folders of their own",
            where=str(folder),
            hint=f"Name one of them, such as {folder / 'final'}.",
        )
    if (folder.parent / NAME).exists() and (folder / "receipt.json").exists():
        raise StoreError(
            "is a part of a run, under another receipt",
            where=str(folder),
            hint=f"Name the run, {folder.parent}: its export tells the receipts apart.",
        )


def _benchstat(proof: Row, groups: list[_Group]) -> list[str]:
    """Go's benchmark format (golang.org/design/14313-benchmark-format), one line a request."""
    host = proof["host"]
    lines = [f"goos: {host['os'].split()[0].lower()}", f"goarch: {host['architecture']}", f"cpu: {host['cpu']}"]
    lines += [f"Unit {unit} better=higher" for unit, _, _ in _UNITS.values() if unit.endswith("tokens/s")]
    for group in groups:
        name = "/".join(f"{k}={re.sub(r'[^A-Za-z0-9.:_-]', '_', v)}" for k, v in group.labels.items())
        for found in group.found:
            values = [f"{v:.6g} {unit}" for m, (unit, _, _) in _UNITS.items() if (v := getattr(found, m)) is not None]
            if values:
                lines.append(f"BenchmarkGenerate/{name} 1 {' '.join(values)}")
    return [*lines, *_left_out(groups)]


def _left_out(groups: list[_Group]) -> list[str]:
    """What has no line or no rate in what was written, and why, one sentence each."""
    failed = sum(r["status"] != "ok" for g in groups for r in g.rows)
    said = [f"{_requests(failed)} failed, not in this: runs.csv says why"] if failed else []
    for title, name in (("decode", "decode_rate"), ("prefill", "prefill_rate")):
        without = [m for g in groups for m in g.found if getattr(m, name) is None]
        why = sorted({flag for m in without for flag in m.flags})
        if without:
            reason = f": {'; '.join(why[:3])}" if why else ""
            said.append(f"{_requests(len(without))} without a {title} rate of the server's{reason}")
    return said


def _requests(many: int) -> str:
    return f"{many} request{'' if many == 1 else 's'}"


def _llama_bench(_: Row, groups: list[_Group]) -> list[str]:
    """The columns of llama-bench's Markdown: pp is prefill of so many tokens, tg decoding of so many; mean ± sd."""
    known_columns = ("model", "num_thread", "num_ctx", "num_predict")  # the last one is in the name of the test
    names = dict.fromkeys(k for g in groups for k in g.labels if k not in known_columns)
    more = [k for k in names if len({g.labels.get(k) for g in groups}) > 1]
    titles = ["model", "size", "params", "threads", "n_ctx", *more, "test", "t/s"]
    lines = ["| " + " | ".join(titles) + " |", "| " + " | ".join(["---"] + ["---:"] * (len(titles) - 1)) + " |"]
    for group in groups:
        model, found = group.model, group.found
        size = f"{model['size_bytes'] / 2**20:.2f} MiB" if model.get("size_bytes") else "-"
        threads, window = group.options.get("num_thread", "-"), group.options.get("num_ctx", "-")
        for test, tokens, rates in (
            ("pp", [m.prompt_tokens for m in found if m.prompt_tokens], [m.prefill_rate for m in found]),
            ("tg", [m.output_tokens for m in found if m.output_tokens], [m.decode_rate for m in found]),
            ("client tg", [m.output_tokens for m in found if m.output_tokens], [m.client_decode_rate for m in found]),
        ):
            if test == "client tg" and any(m.decode_rate is not None for m in found):
                continue  # the server's own counters are what llama-bench's figure is compared with
            known = [r for r in rates if r is not None]
            if known and tokens:
                spread = statistics.stdev(known) if len(known) > 1 else 0.0
                label = f"{test}{round(statistics.median(tokens))}"
                speed = f"{statistics.fmean(known):.2f} ± {spread:.2f}"
                cols = [model["listed_as"], size, model.get("parameters") or "-", threads, window]
                cols += [*(group.labels.get(m, "-") for m in more), label, speed]
                lines.append("| " + " | ".join(map(str, cols)) + " |")
    said = _left_out(groups)
    return [*lines, *(["", *(f"- {line}" for line in said)] if said else [])]


def _openmetrics(proof: Row, groups: list[_Group]) -> list[str]:
    """OpenMetrics text 1.0: a summary a metric and cell, gauges of telemetry, outcomes, the run's receipt."""
    lines = []
    for metric, (_, unit, text) in _UNITS.items():
        samples = []
        for group in groups:
            known = sorted(v for m in group.found if (v := getattr(m, metric)) is not None)
            if known:
                name = _name(metric, unit)
                for q, least in _QUANTILES.items():
                    if len(known) >= least:
                        at = percentile(known, 100 * q)
                        samples.append(f"{name}{_labels(group.labels | {'quantile': str(q)})} {at:.9g}")
                samples.append(f"{name}_sum{_labels(group.labels)} {math.fsum(known):.9g}")
                samples.append(f"{name}_count{_labels(group.labels)} {len(known)}")
        lines += _family(metric, "summary", unit, text, samples)
    for key, (metric, unit, text, factor) in _TELEMETRY.items():
        samples = []
        for group in groups:
            values = group.telemetry(key)
            if values:
                value = statistics.fmean(values) * factor
                samples.append(f"{_name(metric, unit)}{_labels(group.labels)} {value:.9g}")
        lines += _family(metric, "gauge", unit, f"{text}, mean over the requests", samples)
    samples = []
    for group in groups:
        for status in sorted({r["status"] for r in group.rows}):
            many = sum(r["status"] == status for r in group.rows)
            samples.append(f"chimera_requests{_labels(group.labels | {'status': status})} {many}")
    lines += _family("requests", "gauge", "", "Measured requests by outcome", samples)
    host, server = proof["host"], proof["server"]
    about = {"cpu": host["cpu"], "os": host["os"], "gpu": ", ".join(str(g["name"]) for g in proof["gpus"])}
    about |= {"server": server.get("version"), "engine": server.get("engine"), "receipt": proof.get("id")}
    info = _labels({k: str(v) for k, v in about.items() if v})
    lines += _family("run", "info", "", "Where the run was measured", [f"chimera_run_info{info} 1"])
    return [*lines, "# EOF"]


def _name(metric: str, unit: str) -> str:
    return f"chimera_{metric}_{unit}" if unit else f"chimera_{metric}"


def _family(metric: str, kind: str, unit: str, text: str, samples: list[str]) -> list[str]:
    name = _name(metric, unit)
    about = [f"# TYPE {name} {kind}", *([f"# UNIT {name} {unit}"] if unit else []), f"# HELP {name} {text}"]
    return [*about, *samples] if samples else []


def _labels(labels: dict[str, str]) -> str:
    return "{" + ",".join(f'{k}="{_escaped(v)}"' for k, v in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
