"""The table that GenAI-Perf and aiperf print at the end of a run, alone or in a log of many runs.

The rows are metrics with their units in brackets, the columns statistics over the requests. What the lines between two
tables say of the run (the command, `Concurrency: 20`) is of the table below them; what stands before all of them holds
for all.
"""

from __future__ import annotations

import re

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import normalise, resolve_factor

from .aiperf import TAGS
from .build import STAT_NAMES, Observations, places

NAME = "genai-perf"
_TITLE = re.compile(r"^.*\|\s*LLM Metrics\s*$", re.MULTILINE | re.IGNORECASE)
_BARS = "[│┃|]"
_NAME = re.compile(r"(.+?)\s*(?:\(([^()]+)\))?")
_UNITS = {"per sec": "", "tokens/sec": "tokens/s", "requests/sec": "1/s", "tokens/sec/user": "tokens/s"}
_RATES = frozenset(("output_token_throughput", "request_throughput", "total_token_throughput"))
_PAIR = re.compile(r"^\W*([A-Za-z][\w ]{1,40}?)\s*[:=]\s*([\w./:-]+)\s*$", re.MULTILINE)
_OPTIONS = {"concurrency": "concurrency", "concurrency-range": "concurrency", "request-rate": "request_rate"}
_OPTION = re.compile(r"--(concurrency-range|concurrency|request-rate)[ =]+([\d.]+)(?![\d:.])")
_MODEL = re.compile(r"(?:^|\s)(?:-m|--model(?:-names)?)[ =]+([\w./:-]+)")
_LINES = 200  # of one table
_PLACES = {"instance_size": "device", "instance_type": "device", "instance": "device"}


def read(text: str) -> tuple[Reading | None, str]:
    """The tables of a text and the text; None where it holds none."""
    titles = list(_TITLE.finditer(text))
    if not titles:
        return None, text
    out = Observations(NAME)
    place = places(text)
    first = text[: titles[0].start()]
    # What comes before the first run begins holds for all runs: up to the first empty line or rule after it.
    head = re.split(r"\n\s*\n", first, maxsplit=1)[0] if re.search(r"\n\s*\n", first) else ""
    common, model = _about(head)
    before = len(head)
    for title in titles:
        table = _rows(text[title.end() :])
        if not table:
            continue
        own, named = _about(text[before : title.start()])
        before = title.end()
        out.record(f"line {place(title.start()) + 1}", subject=named or model, factors={**common, **own})
        for label, values in table:
            _add(out, label, values)
    reading = out.done()
    return (reading if reading.rows else None), text


def _about(text: str) -> tuple[dict[str, str], str]:
    """The settings that lines and commands of a text state, and the model."""
    factors: dict[str, str] = {}
    model = ""
    for label, value in _PAIR.findall(text):
        name = resolve_factor(label) or _PLACES.get(normalise(label), "")
        if name:
            factors[name] = value
        elif normalise(label) in ("model", "model_name"):
            model = value
    for option, value in _OPTION.findall(text):
        factors[_OPTIONS[option]] = value
    stated = _MODEL.findall(text)
    return factors, stated[-1] if stated else model


def _rows(text: str) -> list[tuple[str, dict[str, float]]]:
    """The rows of the table at the beginning of a text: label → statistic → number."""
    names: list[str] = []
    found: list[tuple[str, dict[str, float]]] = []
    pending = ""
    for line in text.splitlines()[:_LINES]:
        plain = line.strip()
        if not re.search(_BARS, plain):
            if found and plain and plain[0] in "└╰+=":
                break
            if plain and plain[0] not in "┏┡├╭┌+-=╞┣":
                break
            continue
        cells = [c.strip() for c in re.split(_BARS, plain)[1:-1]]
        if not names:
            names = cells[1:] if cells and normalise(cells[0]) in ("statistic", "metric") else []
            if not names:
                break
            continue
        if len(cells) != len(names) + 1:
            continue
        values = {n: v for n, c in zip(names, cells[1:], strict=True) if (v := _number(c)) is not None}
        if not values:  # a label or its unit that was broken into two lines
            if found and cells[0].startswith("("):
                found[-1] = (f"{found[-1][0]} {cells[0]}", found[-1][1])
            else:
                pending = f"{pending} {cells[0]}".strip()
            continue
        found.append((f"{pending} {cells[0]}".strip(), values))
        pending = ""
    return found


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return None


def _add(out: Observations, label: str, values: dict[str, float]) -> None:
    """One row: the statistics over the requests; a throughput is one figure of the whole run."""
    named = _NAME.fullmatch(label)
    if named is None:
        return
    key = normalise(named[1])
    tag = TAGS.get(key)
    if tag is None:
        return
    unit = (named[2] or "").strip().lower()
    if key in _RATES:
        if unit in ("per sec", "tokens/sec", "requests/sec") and "avg" in values:
            out.add(tag.metric, values["avg"], label, stat="mean", definition=tag.definition)
        return
    scale = 1.0 if not unit and "sequence_length" in key else tag.scale(_UNITS.get(unit, unit))
    if scale is None:
        return
    for name, stat in STAT_NAMES.items():
        if name in values:
            column = f"{label}/{name}"
            out.add(tag.metric, values[name], column, stat=stat, definition=tag.definition, scale=scale)
