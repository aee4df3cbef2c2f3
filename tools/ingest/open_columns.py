"""Columns that were not understood, with what their cells hold; and the test that a proposal for one has to pass.

A proposal is one choice from closed lists: a role, and of a metric its name and unit. It is tested against the values
and against the other columns of the same records, and is used only once it stands in `chimera.toml`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from chimera_report.tools.metrics import METRICS, UNITS, normalise, resolve, unit_factor, unit_name
from chimera_report.tools.schema import Dataset, KnownBy, Role

from . import cells
from .aside import untrue
from .columns import classify
from .mapping import NAME, parse_mapping, read_mapping
from .read import read
from .reading import ABOVE, GIVEN, STEP, Limits
from .rows import Array, Floats
from .shapes import reshaped

ROLES = ("metric", "setting", "workload", "replicate", "environment", "component", "label", "unknown")
_SHOWN = 6  # cells that a person or a model is shown
_LONG = 40  # characters of each
_MOST = 40  # columns
_LEVELS = 24
_FILLED = 0.6  # share of the cells that have to be numbers
_NEAR = 1.5  # how far tokens / time may lie from a rate: the time may hold a prompt
_NO_LEVELS = frozenset(("setting", "workload", "replicate", "component"))


@dataclass(frozen=True, slots=True)
class Unread:
    """A column that was not understood: its name and some cells, and what else its records hold."""

    name: str  # as the file has it, "/" between steps
    file: str
    examples: tuple[str, ...]
    levels: int  # distinct cells
    rows: int
    numbers: Floats
    beside: dict[str, Floats] = field(default_factory=dict)  # metric → values of the same records, canonical

    @property
    def leaf(self) -> str:
        return self.name.removeprefix("../").rpartition("/")[2]


def unread(dataset: Dataset, folder: Path, limits: Limits | None = None) -> list[Unread]:
    """The columns of the data files that nothing told the meaning of, each name once, in the order of the files."""
    found: dict[str, Unread] = {}
    for source in dataset.sources:
        wanted = {a.name for a in source.reading if a.role is Role.UNKNOWN and a.known_by is KnownBy.NOTHING}
        path = folder / source.path if folder.is_dir() else folder
        if source.role != "data" or not wanted or not path.is_file():
            continue
        for column in _columns(path, source.path, wanted, limits or Limits()):
            found.setdefault(normalise(column.leaf), column)
        if len(found) >= _MOST:
            break
    return list(found.values())[:_MOST]


def _columns(path: Path, file: str, wanted: set[str], limits: Limits) -> Iterator[Unread]:
    reading = read(path.read_bytes(), path.suffix.lower(), path.stem, limits)
    for records in reading.records:
        table = reshaped(records).columns
        known = classify(table, records.shape)
        beside = {m.metric: cells.numbers(table[c]) * m.factor for c, m in known.metrics.items() if c in table}
        for name, column in table.items():
            shown = name.replace(ABOVE, "../").replace(STEP, "/").removeprefix(GIVEN)
            if shown in wanted and len(column):
                yield _unread(shown, file, column, beside)


def _unread(name: str, file: str, column: Array, beside: dict[str, Floats]) -> Unread:
    _, values = cells.distinct(column)
    texts = tuple(" ".join(str(v).split())[:_LONG] for v in values[:_SHOWN])
    return Unread(name, file, texts, len(values), len(column), cells.numbers(column), beside)


def units_of(metric: str) -> tuple[str, ...]:
    """The units that values of a metric can be written in, the canonical one first."""
    unit = METRICS[metric].unit
    return (unit, *(u for u in UNITS.get(unit, {}) if u != unit)) if unit else ("",)


def fault(column: Unread, role: str, means: str, unit: str) -> str:
    """Why a proposal does not hold against the values; "" where nothing speaks against it."""
    if role not in ROLES or role == "unknown":
        return "it proposes nothing"
    if role != "metric":
        return _no_metric(column, role)
    if means not in METRICS:
        return f"{means!r} is no metric"
    factor = unit_factor(unit, METRICS[means].unit) if METRICS[means].unit else 1.0
    if factor is None:
        return f"{unit!r} is no unit of {METRICS[means].title}"
    return _numbers(column) or _header(column, means, unit) or _values(column, means, factor)


def _no_metric(column: Unread, role: str) -> str:
    if role in _NO_LEVELS and not 2 <= column.levels <= _LEVELS:
        return f"it has {column.levels} different cells, and a {role} has 2 to {_LEVELS}"
    return ""


def _numbers(column: Unread) -> str:
    good = np.isfinite(column.numbers)
    return "" if good.any() and good.mean() >= _FILLED else "its cells are no numbers"


def _header(column: Unread, means: str, unit: str) -> str:
    """A unit in the header goes before what anybody thinks of it."""
    words = normalise(column.leaf).split("_")
    named = next((u for k in (3, 2, 1) if len(words) > k and (u := unit_name(" ".join(words[-k:])))), "")
    if named and unit_factor(named, METRICS[means].unit) is None:
        return f"its header names the unit {named}, which is none of {METRICS[means].title}"
    told = unit_factor(named, METRICS[means].unit) if named else None
    return (
        "" if told is None or told == unit_factor(unit, METRICS[means].unit) else f"its header names the unit {named}"
    )


def _values(column: Unread, means: str, factor: float) -> str:
    values = column.numbers * factor
    good = values[np.isfinite(values)]
    for value in (float(good.min()), float(good.max())):
        reason = untrue(means, "sample", value)
        if reason:
            return f"a value of {value:g} {METRICS[means].unit} cannot be true: {reason}"
    if METRICS[means].unit == "share" and good.max() > 1.0:
        return "a share is at most 1"
    if means in column.beside:
        return f"another column of its records holds the {METRICS[means].title} already"
    return _crossed(column.beside, means, values)


def _crossed(beside: dict[str, Floats], means: str, values: Floats) -> str:
    """Tokens / time = rate, held against what else the records hold; a part is no longer than the whole request."""
    whole = beside.get("e2e_latency")
    if (
        means in ("ttft", "eval_time", "prompt_eval_time", "load_time", "tpot", "itl", "queue_time")
        and whole is not None
    ):
        both = np.isfinite(values) & np.isfinite(whole)
        if both.any() and (values[both] > whole[both] * 1.01).mean() > 0.5:
            return "it is longer than the whole request"
    told = {**beside, means: values}
    tokens, rate = told.get("output_tokens"), told.get("decode_rate")
    time = told.get("eval_time") if "eval_time" in told else told.get("e2e_latency")
    if means in ("output_tokens", "decode_rate", "eval_time", "e2e_latency") and not (
        tokens is None or rate is None or time is None
    ):
        with np.errstate(all="ignore"):
            ratio = tokens / time / rate
        ratio = ratio[np.isfinite(ratio)]
        if len(ratio) and not 1 / _NEAR <= float(np.median(ratio)) <= _NEAR:
            return "tokens / time is not the rate that stands beside it"
    return ""


def rule(column: Unread, role: str, means: str, unit: str, *, proposed: bool = False) -> str:
    """The line of `chimera.toml` that says so."""
    parts = (
        [f'role = "{role}"']
        + ([f'means = "{means}"'] if means else [])
        + ([f"unit = {json.dumps(unit)}"] if unit else [])
    )
    parts += ['by = "proposal"'] if proposed else []
    return f"{json.dumps(column.leaf, ensure_ascii=False)} = {{ {', '.join(parts)} }}"


def likely(column: Unread) -> str:
    """A line to start from, for a person to correct: what the name, the unit in it and the values let one think."""
    words = normalise(column.leaf).split("_")
    for name in ("_".join(words), *("_".join(words[i:]) for i in range(1, len(words)))):
        found = resolve(name)
        if found is not None and found.metric in METRICS:
            unit = next(
                (u for u in units_of(found.metric) if unit_factor(u, METRICS[found.metric].unit) == found.factor), ""
            )
            if not fault(column, "metric", found.metric, unit):
                return rule(column, "metric", found.metric, unit)
    if 2 <= column.levels <= min(_LEVELS, column.rows // 2):
        return rule(column, "setting", "", "")
    return rule(column, "label", "", "")


def accepted(folder: Path, lines: list[str]) -> str:
    """The text of the folder's `chimera.toml` with these lines under [columns]. Columns that it names already stay.

    Raises UsageError where the file that is there is wrong.
    """
    path = folder / NAME
    known = read_mapping(folder).columns
    new = [line for line in lines if normalise(json.loads(line.partition(" = ")[0])) not in known]
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not new:
        return old
    text = "\n".join(["# Proposed by a model, tested, and accepted:", *new])
    rows = old.splitlines()
    at = next((i for i, row in enumerate(rows) if row.strip().startswith("[columns]")), None)
    if at is None:
        whole = (old.rstrip("\n") + "\n\n" if old.strip() else "") + f"[columns]\n{text}\n"
    else:
        whole = "\n".join([*rows[: at + 1], text, *rows[at + 1 :]]) + "\n"
    parse_mapping(whole, str(path))
    return whole
