"""hyperfine: its JSON, CSV and Markdown. Its times become `run_time`. Columns from its `export` modules (1.15)."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import STAT_NAMES, Observations, cell_value, items, mapping, number, objects

NAME = "hyperfine"
_UNITS = {"ms": 1e-3, "s": 1.0}
_NUMBER = r"\d+(?:\.\d+)?"
_ROW = re.compile(
    rf"\| `(?P<command>.*)` \| (?P<mean>{_NUMBER})(?: ± (?P<sd>{_NUMBER}))? "
    rf"\| (?P<min>{_NUMBER}) \| (?P<max>{_NUMBER}) \|(?: [^|]*\|)?"
)
_HEAD = re.compile(r"\| Command \| Mean \[(m?s)\] \| Min \[\1\] \| Max \[\1\] \|(?: Relative \|)?")


def matches(document: Json) -> bool:
    items = objects(document.get("results")) if isinstance(document, dict) else []
    return (
        bool(items) and "command" in items[0] and ("times" in items[0] or {"mean", "user", "system"} <= items[0].keys())
    )


def read(document: Json) -> Reading:
    """Seconds. A run that exited with an error is a failure, not a time."""
    out = Observations(NAME)
    for i, item in enumerate(objects(document["results"])):
        parameters = mapping(item.get("parameters"))
        about: dict[str, Any] = {"subject": item.get("command"), "factors": parameters}
        runs = items(item.get("times"))
        codes = items(item.get("exit_codes"))
        out.record(f"/results/{i}", **about)
        if not any(codes):
            out.stats("run_time", {k: v for k, v in item.items() if k != "times"}, f"results/{i}", n=len(runs) or None)
        for j, value in enumerate(runs):
            out.record(f"/results/{i}/times/{j}", **about)
            if j < len(codes) and codes[j]:
                out.fail(f"exit code {codes[j]}", "exit_codes")
            else:
                out.add("run_time", value, "times")
    return out.done()


def is_table(head: str) -> bool:
    return head.startswith("command,mean,stddev,median,user,system,min,max")


def read_table(text: str) -> Reading:
    """Its CSV: a row a command, in seconds; how many runs there were is not told, and whether they failed neither."""
    out = Observations(NAME)
    for number_of_row, row in enumerate(csv.DictReader(io.StringIO(text)), 1):
        factors = {k.removeprefix("parameter_"): v for k, v in row.items() if k and k.startswith("parameter_")}
        out.record(f"row {number_of_row}", subject=row.get("command"), factors=factors)
        for name in ("mean", "stddev", "median", "min", "max"):
            value = cell_value(row.get(name))
            if name != "stddev" or number(value) > 0:  # that of a single run is written as 0
                out.add("run_time", value, name, stat=STAT_NAMES[name])
    return out.done()


def read_markdown(text: str) -> tuple[Reading | None, str]:
    """Its Markdown tables, alone or in a document, and the text with their lines left empty: `12.6 ± 1.9`."""
    if "| Command | Mean [" not in text:
        return None, text
    lines = text.split("\n")
    out = Observations(NAME)
    scale = 0.0
    for place, line in enumerate(lines):
        line = line.strip()
        head, row = _HEAD.fullmatch(line), _ROW.fullmatch(line)
        if head:
            scale = _UNITS[head[1]]
        elif scale and row:
            out.record(f"line {place + 1}", subject=row["command"].replace("\\|", "|"))
            for stat in ("mean", "sd", "min", "max"):
                value = cell_value(row[stat])
                if stat != "sd" or number(value) > 0:
                    out.add("run_time", value, stat, stat=stat, scale=scale)
        elif not scale or not line or set(line) - set("|:- "):
            scale = 0.0
            continue
        lines[place] = ""
    return (out.done(), "\n".join(lines)) if out.started else (None, text)
