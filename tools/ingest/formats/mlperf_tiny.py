"""MLPerf Tiny: the runner's `results.txt`, and what its path says by MLPerf's rules for submissions.

Lines from the EEMBC runner: `Performance results for window 2`, `Throughput : 830.951 inf./sec.`, `Energy/Inf.`, and
of the accuracy mode `Top-1: 90.7%`, `AUC: 0.95`. The path is `division/submitter/results/system/benchmark[/model]/mode/
results.txt` (https://github.com/mlcommons/tiny). Windows that a log repeats, as an echo does, count once.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from chimera_report.tools.ingest.reading import Reading

from .build import Observations

NAME = "mlperf-tiny"
_MARK = re.compile(r"\bulp-ml(?:perf)?:\s*(.*?)\s*$", re.MULTILINE)
_WINDOW = re.compile(r"(Performance results|Energy data) for window (\d+)")
_VALUE = re.compile(r"(Throughput|Energy/Inf\.|Energy|Power)\s*:\s*([\d.]+)\s*(\S+)")
_SCORE = re.compile(r"(Top-1|AUC)\s*:\s*([\d.]+)\s*(%?)")
_INVALID = re.compile(r"e-\[(.*?)\]")
_UNITS = {
    "inf./sec.": ("inference_rate", 1.0),
    "uj/inf.": ("energy_per_inference", 1e-6), "mj/inf.": ("energy_per_inference", 1e-3),
    "uw": ("power", 1e-6), "mw": ("power", 1e-3),
    "uj": ("energy", 1e-6), "mj": ("energy", 1e-3),
}  # fmt: skip
_MODES = frozenset(("performance", "accuracy", "energy", "power"))


def read(text: str) -> tuple[Reading | None, str]:
    """A record a window, and one for the scores."""
    if "ulp-ml" not in text:
        return None, text
    out = Observations(NAME)
    seen: set[tuple[str, ...]] = set()
    notes: list[str] = []
    window: list[tuple[str, float, str]] = []
    told: dict[str, float] = {}
    place, number, head = 0, "", ""

    def close() -> None:
        key = (head, number, *(f"{name} {value}" for name, value, _ in window))
        if window and key not in seen:
            seen.add(key)
            out.record(f"line {place}")
            for metric, measured, column in window:
                out.add(metric, measured, column)
        window.clear()

    line, at = 1, 0
    for match in _MARK.finditer(text):
        line, at = line + text.count("\n", at, match.start()), match.start()
        said = match[1]
        if begun := _WINDOW.match(said):
            close()
            place, head, number = line, begun[1], begun[2]
        elif value := _VALUE.match(said):
            metric, scale = _UNITS.get(value[3].lower(), ("", 1.0))
            if metric and number:
                window.append((metric, float(value[2]) * scale, value[1]))
        elif score := _SCORE.match(said):
            told.setdefault(score[1], float(score[2]) * (0.01 if score[3] else 1.0))
        elif wrong := _INVALID.match(said):
            notes.append(f"the runner says: {wrong[1]}"[:200])
    close()
    if told:
        out.record("scores")
        for column, share in told.items():
            out.add("auc" if column == "AUC" else "accuracy", share, column)
    if not out.started:
        return None, text
    reading = out.done()
    reading.reason = "; ".join(dict.fromkeys(notes))
    return reading, text


def of_path(path: str) -> dict[str, str]:
    """What MLPerf's rules put into the path: division, submitter, system, benchmark, model and mode; {} elsewhere."""
    parts = PurePosixPath(path).parts[:-1]
    if "results" not in parts:
        return {}
    i = parts.index("results")
    below = parts[i + 1 :]
    if len(below) not in (3, 4) or below[-1].lower() not in _MODES:
        return {}
    mode = below[-1].lower()
    told = {"system": below[0], "benchmark": below[1], "mode": "energy" if mode == "power" else mode}
    told |= {"model": below[2]} if len(below) == 4 else {}
    told |= {"submitter": parts[i - 1]} if i else {}
    told |= {"division": parts[i - 2]} if i > 1 else {}
    return told
