"""Rows of a run ─► its summary: per cell n, errors, means with intervals, ITL percentiles; telemetry by phase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from chimera_report.tools.bench import openai
from chimera_report.tools.bench.converge import TARGETS, converged, width
from chimera_report.tools.bench.design import Cell, cells
from chimera_report.tools.bench.journal import NAME
from chimera_report.tools.bench.measures import Measures
from chimera_report.tools.bench.plan import MIN_RUNS, Plan

SUMMARY_SCHEMA = "chimera-report/bench/1"  # 1: first version
PHASES = ("load", "prefill", "decode")
PHASE_VALUES = ("power", "cpu_power", "gpu_util", "mem_util", "vram", "runner_vram", "ram", "cpu_util", "runner_cores",
                "clock_sm", "gpu_temperature", "throttle", "pcie_received_mb_s", "pcie_sent_mb_s")  # fmt: skip

Row = dict[str, Any]
Kept = tuple[Row, Measures]


def summarise(plan: Plan, kept: Sequence[Kept], rows: Sequence[Row], proof: Row) -> dict[str, Any]:
    """Per cell: n, errors, geometric means and intervals, percentiles of the pooled ITL, convergence."""
    return {
        "schema": SUMMARY_SCHEMA,
        "derived_from": NAME,
        "method": "geometric mean, 95 % t interval on logs; ITL percentiles over the pooled gaps of warm requests",
        "warm_ups_discarded": sum(r["phase"] == "warmup" for r in rows),
        "cold_starts": [_cold(plan, block, kept) for block in _blocks(plan)] if not _other(proof) else [],
        "cells": [_cell(plan, cell, kept, proof) for cell in cells(plan)],
        "telemetry": {"idle": proof.get("idle"), "phases": {name: _phase(rows, name) for name in PHASES}},
        "errors": [
            {"key": r["key"], "status": r["status"], "error": r["error"]} for r, _ in kept if r["status"] != "ok"
        ],
        "flagged": [{"key": r["key"], "flags": list(m.flags)} for r, m in kept if m.flags],
    }


def _blocks(plan: Plan) -> list[tuple[str, tuple[tuple[str, Any], ...]]]:
    return list(dict.fromkeys((c.model, c.load) for c in cells(plan)))


def _cold(plan: Plan, block: tuple[str, tuple[tuple[str, Any], ...]], kept: Sequence[Kept]) -> dict[str, Any]:
    model, load = block
    ids = {c.id for c in cells(plan) if (c.model, c.load) == block}
    mine = [m for r, m in kept if r["phase"] == "cold" and r["cell"] in ids]
    return {
        "model": model,
        "load_options": dict(load),
        "load_time_s": [m.load_time for m in mine],
        "ttft_with_load_s": [m.ttft_incl_load for m in mine],
    }


def _cell(plan: Plan, cell: Cell, kept: Sequence[Kept], proof: Row) -> dict[str, Any]:
    mine = [(r, m) for r, m in kept if r["phase"] == "measure" and r["cell"] == cell.id]
    ok = [m for r, m in mine if r["status"] == "ok"]
    values: dict[str, list[float]] = {}
    for name in ("decode_rate", "ttft", "tpot", "e2e_latency", "prefill_rate"):
        values[name] = [v for m in ok if (v := getattr(m, name)) is not None and v > 0]
    gaps = sorted(g for m in ok for g in m.itl)
    return {
        "cell": cell.id,
        "model": cell.model,
        "prompt": cell.prompt,
        "options": in_force(cell, [r for r, _ in kept], proof),
        "concurrency": cell.concurrency,
        "requests": len(mine),
        "planned": planned(plan, cell),
        "errors": len(mine) - len(ok),
        "converged": converged({k: values[k] for k in TARGETS}),
        "metrics": {name: _described(found) for name, found in values.items()},
        "itl_s": {"n": len(gaps)} | {f"p{q}": percentile(gaps, q) for q in (50, 90, 95, 99)},
    }


def _other(proof: Row) -> bool:
    """Whether the server has OpenAI's API: it loads no model, and takes no options of a load."""
    return bool((proof.get("server") or {}).get("api") == openai.API)


def in_force(cell: Cell, rows: Sequence[Row], proof: Row) -> dict[str, Any]:
    """The options of a cell as its requests had them: what a server clamped, and what was never sent, is not what the
    plan says."""
    first = next((r for r in rows if r["phase"] == "measure" and r["cell"] == cell.id), None)
    if first is not None:
        return dict(first["options"])
    if _other(proof):
        return {name: value for name, value in cell.options.items() if openai.sets(name)}
    return cell.options


def planned(plan: Plan, cell: Cell) -> int:
    """Requests that a cell is to have: those of the plan, or the least from which on a run may stop by itself."""
    return (MIN_RUNS if plan.runs == "auto" else plan.runs) * cell.concurrency


def short(plan: Plan, rows: Sequence[Row]) -> tuple[str, ...]:
    """Ids of the cells with fewer requests than planned, failed ones counted: the run ended before."""
    held = Counter(r["cell"] for r in rows if r["phase"] == "measure")
    return tuple(c.id for c in cells(plan) if held[c.id] < planned(plan, c))


def _phase(rows: Sequence[Row], name: str) -> dict[str, Any] | None:
    """Telemetry of one phase over all requests: means over the windows with samples, and why values are missing."""
    windows = [w for r in rows if (w := r.get(f"telemetry_{name}"))]
    if not windows:
        return None
    held = [w for w in windows if w["samples"]]
    found: dict[str, Any] = {"windows": len(windows), "with_samples": len(held)}
    found["samples"] = sum(w["samples"] for w in windows)
    found["coverage"] = round(sum(w["coverage"] for w in windows) / len(windows), 3)
    for value in PHASE_VALUES:
        known = [w[value] for w in held if w.get(value) is not None]
        if known:
            found[value] = sum(known) / len(known)
    joules = [w["energy_j"] for w in windows if w.get("energy_j") is not None]
    if joules:
        found |= {"energy_j": sum(joules), "energy_windows": len(joules)}
    found["throttle_reasons"] = sorted({x for w in windows for x in w.get("throttle_reasons", ())})
    found["unavailable"] = sorted({x for w in windows for x in w.get("unavailable", ())})
    return found


def _described(values: list[float]) -> dict[str, Any]:
    found = width(values)
    return {"n": found.n, "gmean": found.gmean, "half_width": found.half_width}


def percentile(ordered: Sequence[float], q: float) -> float | None:
    """Linear between order statistics (numpy's default, Hyndman-Fan type 7). None for no values."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * q / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
