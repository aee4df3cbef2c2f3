"""What a run of `chimera-report bench` wrote about its machine, as factors of its records (GPU, processor, memory,
system, driver and server), and about its models: the name that was asked for, and the one that the server lists."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from chimera_report.tools.schema import Json, KnownBy

from .identify import FileTable
from .rows import Coded
from .same_model import rename

_LONGEST = 120
_BYTES = 4 << 20


def _read(receipt: Path) -> Json:
    """Nothing for a receipt that cannot be read: the results stand without it."""
    try:
        return None if receipt.stat().st_size > _BYTES else json.loads(receipt.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def machine_of(told: Json) -> dict[str, str]:
    """Factor → level."""
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


def asked_for(told: Json) -> dict[str, str]:
    """The name that the server lists → the name that the run asked for, of each model that has two."""
    models = told.get("models") if isinstance(told, dict) else None
    each = [m for m in models if isinstance(m, dict)] if isinstance(models, list) else []
    pairs = [(_text(m.get("listed_as")), _text(m.get("name"))) for m in each]
    return {listed: name for listed, name in pairs if listed and name and listed != name}


def _part(document: Json, key: str) -> dict[str, Json]:
    found = document.get(key) if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: Json) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def tell_receipts(files: list[FileTable], folder: Path, runs: frozenset[str], name: str) -> None:
    """The machine of each run to the rows of its files; what a record says itself stays. Where files of one run name a
    model in both ways, they name it as it was asked for."""
    for run in sorted(runs):
        told = _read(folder / run / name)
        machine = machine_of(told)
        own = [f for f in files if str(f.place.parent) == run and f.source.role == "data"]
        used = {s for f in own for r in f.rows for s in r.used("subject")}
        names = {listed: name for listed, name in asked_for(told).items() if {listed, name} <= used}
        for file in own:
            if names:
                rename(file, names, KnownBy.COMPANION)
            for rows in file.rows:
                for factor, level in machine.items():
                    rows.factors.setdefault(factor, Coded(np.zeros(len(rows), dtype=np.int64), [level]))
