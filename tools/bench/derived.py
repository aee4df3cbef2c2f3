"""A journal ─► its measurements by today's definitions: for readers of results that an earlier version wrote.

Tables are derived from the journal; where their definitions have been mended since (energy of parallel requests, rates
on a GPU), the journal still has what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chimera_report.tools.bench.journal import JOURNAL_SCHEMA, latest
from chimera_report.tools.bench.measures import Loads, measures
from chimera_report.tools.bench.shares import joules
from chimera_report.tools.bench.windows import beside_on_gpu

Row = dict[str, Any]
_TIMED = ("ttft", "ttft_answer", "tpot", "e2e_latency", "decode_rate", "client_decode_rate", "prefill_rate",
          "prompt_eval_time", "eval_time", "queue_time", "prompt_tokens", "output_tokens",
          "thinking_tokens")  # fmt: skip
_SEEN = ("cpu_util", "ram", "gpu_util", "mem_util", "power", "cpu_power", "gpu_temperature", "clock_sm", "clock_mem",
         "throttle")  # fmt: skip
_TOLD = ("num_ctx", "num_predict", "temperature")


_SLACK = 1.1, 64.0  # what a driver counts beyond what the server says of a model: a factor, and MiB


def _others_loaded(rows: Sequence[Row]) -> bool:
    """Whether an earlier version measured beside other models: the server's runners had more memory on the GPU than
    the server said of the model."""
    factor, more = _SLACK
    pairs = [
        ((r.get("telemetry") or {}).get("runner_vram"), (r.get("size_vram") or 0) / 2**20)
        for r in rows
        if r.get("loaded") is None
    ]
    return any(held is not None and held > factor * said + more for held, said in pairs)


def _memory(row: Row, window: Row) -> float | None:
    """MiB on the GPU. Before other models were unloaded, the runners of all of them were counted; what the server says
    of the model is its own."""
    said = round((row.get("size_vram") or 0) / 2**20, 1) or None
    return said if row.get("loaded") is None else window.get("runner_vram") or said


def derived(lines: Sequence[Any]) -> list[Row] | None:
    """The warm requests of a journal: line, model, started, factors, values by the names of tools.metrics, error.

    None for what is no journal of this program.
    """
    head = lines[0] if lines and isinstance(lines[0], dict) else {}
    if head.get("schema") != JOURNAL_SCHEMA:
        return None
    wanted = {"key", "phase", "model", "status", "options", "started"}
    numbered = {r["key"]: at for at, r in enumerate(lines) if isinstance(r, dict) and wanted <= r.keys() and r["key"]}
    rows = latest([lines[at] for at in sorted(numbered.values())])
    loads, energies = Loads.of(rows), joules(rows)
    mine = [r for r in rows if r["phase"] == "measure"]
    levels: dict[str, set[Any]] = {}
    for row in mine:
        for name, value in (row["options"] | {"prompt": row.get("prompt"), "concurrency": row["concurrency"]}).items():
            levels.setdefault(name, set()).add(value)
    names = [n for n, found in levels.items() if len(found) > 1 or n in _TOLD]
    whose = "server_ram" if _others_loaded(mine) else "ram"  # with every model that was loaded, or of this one
    out = []
    for row in mine:
        found = measures(row, loads)
        own = row["options"] | {"prompt": row.get("prompt"), "concurrency": row["concurrency"]}
        many, window = row["concurrency"] > 1, row.get("telemetry") or {}
        energy = energies.get(row["key"])
        decoding = (row.get("telemetry_decode") or {}).get("energy_j")
        values = {name: getattr(found, name) for name in _TIMED}
        values |= {name: window.get(name) for name in _SEEN}
        values[whose] = values.pop("ram", None)
        values["vram"] = _memory(row, window)
        values["energy"] = energy
        values |= {"other_cpu_util": window.get("others_cpu"), "other_gpu_programs": beside_on_gpu(window)}
        per = energy if many else decoding
        values["energy_per_token"] = per / found.output_tokens if per is not None and found.output_tokens else None
        out.append(
            {
                "line": numbered[row["key"]] + 1,
                "model": row["model"],
                "started": row["started"],
                "factors": {n: own.get(n) for n in names} | {"cold": "false", "randomised": "true"},
                "values": {k: v for k, v in values.items() if v is not None} if row["status"] == "ok" else {},
                "error": "" if row["status"] == "ok" else str(row.get("error") or row["status"]),
            }
        )
    return out
