"""Journal ─► what people and programs read: tables of warm requests and of cold starts, and a summary.

CSV headers are the canonical names of tools.metrics with their unit; an empty cell is a value that was not measured.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chimera_report.tools.bench.ceiling import share
from chimera_report.tools.bench.compute import compute_share
from chimera_report.tools.bench.design import cells
from chimera_report.tools.bench.events import BUSY
from chimera_report.tools.bench.journal import NAME
from chimera_report.tools.bench.measures import Loads, Measures, measures
from chimera_report.tools.bench.note import note
from chimera_report.tools.bench.plan import Plan
from chimera_report.tools.bench.shares import joules
from chimera_report.tools.bench.summary import Kept, Row, summarise
from chimera_report.tools.bench.windows import beside_on_gpu
from chimera_report.tools.errors import StoreError

RESULTS = ("runs.csv", "itl.csv", "concurrency.csv", "cold_starts.json", "summary.json", "README.md")
MOST = 1.1  # of a ceiling: beyond it, the rate or the ceiling is measured wrongly
ABOVE = {
    "memory_share_pct": "the decode rate is above what the memory allows",
    "compute_share_pct": "the prefill rate is above what the processor can compute",
}
ALWAYS = ("num_ctx", "num_predict", "temperature")  # options that readers look for even where they were fixed
# Header → attribute of Measures, for warm requests.
COLUMNS = {
    "ttft_s": "ttft",
    "ttft_answer_s": "ttft_answer",
    "tpot_s": "tpot",
    "e2e_latency_s": "e2e_latency",
    "decode_rate": "decode_rate",
    "client_decode_rate": "client_decode_rate",
    "prefill_rate": "prefill_rate",
    "prompt_eval_s": "prompt_eval_time",
    "eval_s": "eval_time",
    "queue_time_s": "queue_time",
    "prompt_tokens": "prompt_tokens",
    "output_tokens": "output_tokens",
    "thinking_tokens": "thinking_tokens",
}
# Header → key of a telemetry window over the whole request.
TELEMETRY = {
    "cpu_util": "cpu_util",
    "ram_mib": "ram",
    "gpu_util": "gpu_util",
    "mem_util": "mem_util",
    "vram_mib": "vram",
    "power_w": "power",
    "cpu_power_w": "cpu_power",
    "gpu_temperature": "gpu_temperature",
    "clock_sm": "clock_sm",
    "clock_mem": "clock_mem",
    "throttle": "throttle",
    "energy_j": "energy_j",
    "other_cpu_util": "others_cpu",
    "other_gpu_programs": "other_processes",
    "telemetry_samples": "samples",
    "telemetry_coverage": "coverage",
}


def write_outputs(
    out: Path, plan: Plan, rows: Sequence[Row], proof: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write everything but the journal, the plan and the receipt; (names of files, ids of cells not converged)."""
    loads = Loads.of(rows)
    kept = [(r, measures(r, loads)) for r in rows if r["phase"] in ("measure", "cold")]
    found = summarise(plan, kept, rows, proof)
    found["ceiling"] = ceiling(kept, proof)
    levels = concurrency_levels(plan, kept)
    texts = {
        "runs.csv": runs_csv(plan, kept, proof),
        "cold_starts.json": cold_starts_json(plan, kept, proof),
        "summary.json": json.dumps(found | {"concurrency": levels}, indent=2, ensure_ascii=False) + "\n",
    }
    gaps = itl_rows(plan, found, proof)
    if gaps:
        texts["itl.csv"] = _csv(list(gaps[0]), gaps)
    if levels:
        texts["concurrency.csv"] = _csv(list(levels[0]), levels)
    always = {"plan.toml", "receipt.json", NAME}
    texts["README.md"] = note(plan, found, proof, {f for f in always if (out / f).exists()} | texts.keys())
    try:
        for name, text in texts.items():
            beside = out / f"{name}.tmp"
            beside.write_text(text, encoding="utf-8", newline="")
            beside.replace(out / name)
    except OSError as exc:
        raise StoreError(f"the results cannot be written: {exc}", where=str(out)) from exc
    names = (*sorted(texts), *sorted(always))
    return names, tuple(c["cell"] for c in found["cells"] if not c["converged"])


def varied(plan: Plan) -> list[str]:
    """Names of the options that differ between cells, those that somebody set, and those that are always told."""
    names: dict[str, set[object]] = {}
    for cell in cells(plan):
        for name, value in cell.options.items():
            names.setdefault(name, set()).add(value)
    told = {*ALWAYS, *plan.options} - {"stop"}
    return [n for n, values in names.items() if len(values) > 1 or n in told]


def runs_csv(plan: Plan, kept: Sequence[Kept], proof: dict[str, Any]) -> str:
    """One line a warm request, in the order in which they were sent; warm-ups are in the journal only."""
    records: list[Row] = []
    plan_formats = {p.id: p.format for p in plan.prompt}
    energies = joules([row for row, _ in kept])
    blobs = {m["name"]: m.get("blob") for m in proof["models"]}  # by which a model's own runner is known
    for row, found in sorted(kept, key=lambda k: k[0]["started"]):  # the journal's: as they ended
        if row["phase"] != "measure":
            continue
        record = _identity(row, proof)
        if len(plan.prompt) > 1:
            record["prompt"] = row["prompt"]
        record |= {n: row["options"].get(n) for n in varied(plan)}
        if plan.concurrency != (1,):
            record["concurrency"] = row["concurrency"]
        # The order is shuffled (design.py), so that who reads this may speak of causes; not so in a search, whose
        # settings follow from what was measured before.
        record |= {"cold": "false", "randomised": "false" if plan.searched else "true", "round": row["round"]}
        record |= {"status": row["status"], "error": row["error"] or None}
        record |= {header: _number(getattr(found, name)) for header, name in COLUMNS.items()}
        window = dict(row.get("telemetry") or {})
        if row.get("others"):  # the GPU's memory is not this model's alone, nor is the RAM of runners that look alike
            window["vram"] = window.get("runner_vram")
            window["ram"] = window.get("ram") if blobs.get(row["model"]) else None
        if window.get("vram") is None and row.get("size_vram"):  # without NVML: what the server says of the model
            window["vram"] = round(row["size_vram"] / 2**20, 1)
        many = (row.get("concurrency") or 1) > 1
        if many:
            window["energy_j"] = energies.get(row["key"])
        window["other_processes"] = beside_on_gpu(window)
        record |= {header: _number(window.get(key)) for header, key in TELEMETRY.items()}
        tokens = found.output_tokens
        # Side by side one request decodes while another's prompt is read: only the whole can be shared out.
        energy = energies.get(row["key"]) if many else (row.get("telemetry_decode") or {}).get("energy_j")
        record["energy_per_token"] = energy / tokens if energy is not None and tokens else None
        near = roofs(row, found, proof)
        record |= {header: None if part is None else _number(100 * part) for header, part in near.items()}
        if plan_formats.get(row["prompt"]) is not None:
            record["schema_valid"] = {"valid": 1, "invalid": 0, "not JSON": 0}.get(row.get("answer_schema", ""))
        above = [ABOVE[header] for header, part in near.items() if part is not None and part > MOST]
        record["note"] = "; ".join([*found.flags, *above]) or None
        records.append(record)
    keep = ("status", "cold", "model", "timestamp", "randomised", "round")
    headers = [h for h in records[0] if h in keep or any(r[h] is not None for r in records)] if records else []
    return _csv(headers, records)


def ceiling(kept: Sequence[Kept], proof: dict[str, Any]) -> list[dict[str, Any]]:
    """For each model and context: how much of what the memory allows its median decode rate is, and how much of what
    the processor can compute its median prefill rate."""
    shares: dict[tuple[str, Any], list[dict[str, float | None]]] = {}
    for row, found in kept:
        near = roofs(row, found, proof) if row["phase"] == "measure" else {}
        if any(part is not None for part in near.values()):
            shares.setdefault((row["model"], row["options"].get("num_ctx")), []).append(near)
    told = []
    # What others took of the machine while its ceilings were measured makes these too low, and the shares too high.
    busy = ((proof.get("idle") or {}).get("cpu_util") or 0) > BUSY
    for (model, context), rows in shares.items():
        entry: dict[str, Any] = {"model": model, "num_ctx": context, "n": len(rows), "at_most": busy}
        for header, name in (("memory_share_pct", "median_share"), ("compute_share_pct", "median_prefill_share")):
            known = [v for r in rows if (v := r[header]) is not None]
            entry[name] = _number(statistics.median(known)) if known else None
        told.append(entry)
    return told


def roofs(row: Row, found: Measures, proof: dict[str, Any]) -> dict[str, float | None]:
    """Header → the share of its ceiling that a rate of this row is: decoding by memory, prefill by computing."""
    model: dict[str, Any] = next((m for m in proof["models"] if m["name"] == row["model"]), {})
    decoding = found.decode_rate or found.client_decode_rate
    return {
        "memory_share_pct": share(row, decoding, model, proof.get("memory") or {}),
        "compute_share_pct": compute_share(row, found.prefill_rate, model, proof.get("compute") or {}),
    }


def cold_starts_json(plan: Plan, kept: Sequence[Kept], proof: dict[str, Any]) -> str:
    """One record a cold start: unloaded, loaded, up to the first token; settings of single requests do not apply."""
    load = {n for c in cells(plan) for n, _ in c.load}
    records = []
    for row, found in kept:
        if row["phase"] != "cold":
            continue
        record = _identity(row, proof) | {n: row["options"].get(n) for n in varied(plan) if n in load}
        record |= {"cold": True, "round": row["round"], "status": row["status"]}
        record |= {"error": row["error"]} if row["error"] else {}
        values = {"load_s": found.load_time, "ttft_with_load_s": found.ttft_incl_load}
        records.append(record | {k: _number(v) for k, v in values.items() if v is not None})
    return json.dumps({"cold_starts": records}, indent=2, ensure_ascii=False) + "\n"


def _identity(row: Row, proof: dict[str, Any]) -> Row:
    model = next(m for m in proof["models"] if m["name"] == row["model"])
    return {"timestamp": row["started"], "model": model["listed_as"], "quantisation": model.get("quantisation")}


def _csv(headers: list[str], records: Sequence[Row]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, headers, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: "" if r.get(k) is None else _cell(r[k]) for k in headers} for r in records)
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    """A text of a server that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _number(value: float | int | None) -> float | int | None:
    """Nanoseconds survive; the noise of binary fractions does not."""
    return round(value, 9) if isinstance(value, float) else value


def itl_rows(plan: Plan, found: dict[str, Any], proof: dict[str, Any]) -> list[Row]:
    """One record a cell: percentiles of the gaps between its pieces of text, where a piece is a token, and how many."""
    rows: list[Row] = []
    for cell, said in zip(cells(plan), found["cells"], strict=True):
        gaps = said["itl_s"]
        if not gaps["n"]:
            continue
        model = next(m for m in proof["models"] if m["name"] == cell.model)
        row: Row = {"model": model["listed_as"], "quantisation": model.get("quantisation")}
        row |= {"prompt": cell.prompt} if len(plan.prompt) > 1 else {}
        row |= {n: said["options"][n] for n in varied(plan) if n in said["options"]}
        row |= {"concurrency": cell.concurrency} if plan.concurrency != (1,) else {}
        row |= {"n": gaps["n"]} | {f"p{q}_itl_s": _number(gaps[f"p{q}"]) for q in (50, 90, 95, 99)}
        rows.append(row | {"cold": "false", "randomised": "false" if plan.searched else "true"})
    return rows


def _meets(found: Measures, name: str, limit: float) -> bool:
    """Whether a request that succeeded keeps a limit; what was not measured keeps none, but one token has no TPOT."""
    value = getattr(found, name)
    return value <= limit if value is not None else name == "tpot" and found.output_tokens == 1


def concurrency_levels(plan: Plan, kept: Sequence[Kept]) -> list[dict[str, Any]]:
    """One record a visit of a level: request rate, goodput, throughput. One that was resumed has no wall time."""
    groups: dict[str, list[tuple[Row, Measures]]] = {}
    energies = joules([row for row, _ in kept])
    for row, found in kept:
        if row.get("level"):
            groups.setdefault(row["level"], []).append((row, found))
    out = []
    for mine in groups.values():
        first = mine[0][0]
        if len({r["session"] for r, _ in mine}) > 1:
            continue
        wall = (max(r["sent_ns"] + r["done_ns"] for r, _ in mine) - min(r["sent_ns"] for r, _ in mine)) / 1e9
        good = [m for r, m in mine if r["status"] == "ok"]
        met = [m for m in good if all(_meets(m, name, limit) for name, limit in plan.slo.items())]
        record = {"timestamp": first["started"], "model": first["model"], "prompt": first["prompt"]}
        record |= {n: first["options"].get(n) for n in varied(plan)}
        record |= {
            "concurrency": first["concurrency"],
            "cold": "false",
            "randomised": "false" if plan.searched else "true",
            "round": first["round"],
            "requests": len(mine),
            "errors": len(mine) - len(good),
            "request_rate": len(good) / wall if wall else None,
            "output_throughput": sum(m.output_tokens or 0 for m in good) / wall or None if wall else None,
        }
        spent = [(energies[r["key"]], m.output_tokens) for r, m in mine if r["key"] in energies and m.output_tokens]
        if spent and len(spent) == len(good):
            record["energy_per_token"] = _number(sum(e for e, _ in spent) / sum(n for _, n in spent))
        if plan.slo:
            record["goodput"] = len(met) / wall if wall else None
        out.append(record)
    return out
