"""What a run of `chimera-report bench` wrote about its machine, as factors of its records: GPU, processor, memory,
system, driver and server."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from chimera_report.tools.schema import Json

from .identify import FileTable
from .rows import Coded

_LONGEST = 120
_BYTES = 4 << 20


def machine_of(receipt: Path) -> dict[str, str]:
    """Factor → level; nothing for a receipt that cannot be read: the results stand without it."""
    try:
        if receipt.stat().st_size > _BYTES:
            return {}
        told = json.loads(receipt.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    host, driver, server = (_part(told, k) for k in ("host", "driver", "server"))
    gpus = told.get("gpus") if isinstance(told, dict) else None
    names = [_text(g.get("name")) for g in gpus if isinstance(g, dict)] if isinstance(gpus, list) else []
    cores, memory = host.get("cores_logical"), host.get("memory_mib")
    processor = _text(host.get("cpu"))
    found = {
        "gpu_name": ", ".join(dict.fromkeys(n for n in names if n)),
        "cpu": f"{processor}, {cores} cores" if processor and isinstance(cores, int) else processor,
        "memory_total": f"{memory / 1024:.0f} GiB" if isinstance(memory, int | float) and memory > 0 else "",
        "os": _text(host.get("os")),
        "driver": _text(driver.get("version")),
        "engine_version": _text(server.get("engine")) or _text(server.get("version")),
    }
    return {name: level[:_LONGEST] for name, level in found.items() if level}


def _part(document: Json, key: str) -> dict[str, Json]:
    found = document.get(key) if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: Json) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def tell_machines(files: list[FileTable], folder: Path, runs: frozenset[str], name: str) -> None:
    """The machine of each run to the rows of its files; what a record says itself stays."""
    for run in sorted(runs):
        told = machine_of(folder / run / name)
        for file in files if told else ():
            if str(file.place.parent) != run or file.source.role != "data":
                continue
            for rows in file.rows:
                for factor, level in told.items():
                    rows.factors.setdefault(factor, Coded(np.zeros(len(rows), dtype=np.int64), [level]))
