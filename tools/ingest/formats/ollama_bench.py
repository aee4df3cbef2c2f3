"""The CSV of Ollama's own `cmd/bench`: NAME,STEP,COUNT,NS_PER_COUNT,TOKEN_PER_SEC, with comment lines between."""

from __future__ import annotations

import csv

from chimera_report.tools.ingest.reading import Reading

from .build import Observations

_STEPS = {"ttft": "ttft", "load": "load_time", "total": "e2e_latency"}


def is_table(head: str) -> bool:
    return "NAME,STEP,COUNT,NS_PER_COUNT" in head.replace(" ", "")


def read(text: str) -> Reading | None:
    """Steps prefill and generate are rates (tokens/s), ttft, load and total are ns a count. None without its header."""
    out = Observations("ollama-bench")
    lines = [
        (i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#")
    ]
    head = next((i for i, (_, line) in enumerate(lines) if line.replace(" ", "").startswith("NAME,STEP")), None)
    if head is None:
        return None
    names = [c.strip() for c in lines[head][1].split(",")]
    for number, line in lines[head + 1 :]:
        row = dict(zip(names, (c.strip() for c in next(csv.reader([line]))), strict=False))
        step = row.get("STEP", "").lower()
        out.record(f"line {number}", subject=row.get("NAME"))
        if step in ("prefill", "generate", "decode"):
            metric = "prefill_rate" if step == "prefill" else "decode_rate"
            definition = "" if step == "prefill" else "output tokens / decoding time"
            out.add(metric, _float(row.get("TOKEN_PER_SEC")), "TOKEN_PER_SEC", stat="mean", definition=definition)
        elif step in _STEPS:
            out.add(_STEPS[step], _float(row.get("NS_PER_COUNT")), "NS_PER_COUNT", stat="mean", scale=1e-9)
    reading = out.done()
    return reading if reading.rows else None


def _float(cell: str | None) -> float | None:
    try:
        return float(cell or "")
    except ValueError:
        return None
