"""`nvidia-smi dmon`: lines of columns below a commented head, a line for each GPU and second. Units are in the head."""

from __future__ import annotations

import re

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations

NAME = "nvidia-smi-dmon"
_HEAD = re.compile(r"^#[ \t]*(?:(?:Date|Time)[ \t]+)*gpu\b[^\n]*$", re.MULTILINE | re.IGNORECASE)
_METRICS = {
    "pwr": "power",
    "gtemp": "gpu_temperature",
    "temp": "gpu_temperature",
    "sm": "gpu_util",
    "mem": "mem_util",
    "mclk": "clock_mem",
    "pclk": "clock_sm",
    "fb": "vram",
}


def read(text: str) -> tuple[Reading | None, str]:
    """The samples of a log; None when it is no such log. Framebuffer memory is in MB of 2²⁰ bytes."""
    if not _HEAD.search(text):
        return None, text
    out = Observations(NAME)
    names: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if line.startswith("#"):
            if _HEAD.match(line):
                names = [w.lower() for w in line.lstrip("# ").split()]
            continue
        if not names or len(words) != len(names):
            continue
        row = dict(zip(names, words, strict=True))
        if not row.get("gpu", "").isdigit():
            continue
        started = None
        if "date" in row and "time" in row and re.fullmatch(r"\d{8}", row["date"]):
            d = row["date"]
            started = f"{d[:4]}-{d[4:6]}-{d[6:]}T{row['time']}"
        out.record(f"line {number}", factors={"gpu_index": row["gpu"]}, started=started)
        for name, metric in _METRICS.items():
            value = _number(row.get(name, "-"))
            if value is not None:
                out.add(metric, value, name)
    return out.done(), text


def _number(text: str) -> Json:
    try:
        return float(text)
    except ValueError:
        return None
