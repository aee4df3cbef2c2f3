"""Passes: repeats of which the first is another thing than the later ones.

A benchmark of a cache runs the same prompts three times: the first pass fills it, the others hit it. A mean over the
three is a value of neither, so the number of the pass is a condition and no repeat. It is one where the first pass lies
apart from the later ones, by more than a factor of 1.3 and more than these differ among themselves, one way, in most
cells (rows that differ in the pass alone).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from chimera_report.tools.metrics import METRICS, PRIMARY, normalise
from chimera_report.tools.schema import FACTOR, PASSES, Assignment, KnownBy, Role, Source, named_role

from . import cells
from .assemble import REPEAT
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Bools, Coded, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

    from .columns import Columns

NAME = "pass"  # of the factor that tells the first pass from the later ones, where these are alike
_APART = math.log(1.3)  # of the first pass from the later ones
_ALIKE = math.log(1.5)  # of the later ones among themselves, where they count as one
_MOST, _CELLS = 0.4, 2  # share of the cells that have to show it one way, and the fewest cells
_TWO, _PLAIN = 5, math.log(3.0)  # cells of two passes, whose scatter nobody knows; from this ratio on two are enough
_LEVELS, _HELD = 30, 5  # passes; of more than five, the later ones are not told one by one
_CHANCE = {2: 0.5, 3: 0.13}  # that noise alone sets the first apart one way, by the number of passes
_RARE = 0.05  # chance that noise gives so many cells
_NUMBER = re.compile(r"(?:[a-z]+[\s_#-]*)?(\d+)", re.IGNORECASE)
_WORDS = {"first": 1.0, "second": 2.0, "third": 3.0, "fourth": 4.0, "fifth": 5.0}
_OF_FILE = re.compile(r"(.*(?:run|rep|repeat|pass|iter|iteration|trial|round|attempt)[\s_#-]*)(\d+)", re.IGNORECASE)
# A seed or an id numbers no passes, and how many repeats or warm-ups there were is the same in all of them.
_NO_PASS = re.compile(
    r"(?:^|_)(?:seed|id|idx|index|sample|request|epoch|n|num|count|total|warm|warmup|warmups|runs|repeats|trials|rounds|"
    r"iterations|repetitions|attempts)(?:_|$)"
)
_SPEEDS = tuple(m for m in PRIMARY if METRICS[m].axis != "quality")
_CENTRAL = ("sample", "mean", "p50")
_KEYS = ("suite", "subject", "metric", "definition", "stat")
_LOAD = 5.0, 0.3  # a model load: so many times the usual one, and by so many seconds


def number_passes(table: dict[str, Column], found: Columns) -> None:
    """Take a column `pass` of 1, 2, 3 for what it is: a share of passed tests has no value above one."""
    for column in [c for c in found.metrics if _leaf(c) == "pass"]:
        values = cells.numbers(table[column])
        values = values[np.isfinite(values)]
        if len(values) and values.max() > 1 and (values == np.round(values)).all():
            del found.metrics[column]
            found.rest.append(column)


def repeats(table: dict[str, Column], found: Columns) -> dict[str, Coded]:
    """The columns that number repeats, and no requests or seeds, by their names."""
    out: dict[str, Coded] = {}
    for column in [*found.rest, *([found.run] if found.run else [])]:
        name = _leaf(column)
        if name in out or column not in table or _NO_PASS.search(name):
            continue
        if named_role(name) is Role.REPLICATE:
            levels = cells.mapped(table[column], cells.level)
            if 0 < len(levels.used) <= _LEVELS and all(_number(v) is not None for v in levels.used):
                out[name] = levels
    return out


def _leaf(column: str) -> str:
    return normalise(column.removeprefix(ABOVE).removeprefix(GIVEN).rpartition(STEP)[2])


def tell_passes(sources: tuple[Source, ...], table: pd.DataFrame) -> tuple[tuple[Source, ...], pd.DataFrame]:
    """The sources and the table, with the number of the pass as a condition where the first one lies apart.

    Where the later passes are alike, they become one level of a factor `pass`, and the number stays a repeat; else the
    number itself is the condition. Numbers of repeats that are no more are no columns of the table.
    """
    told: dict[str, pd.Series[Any]] = {}
    for name, numbers in _candidates(table):
        held = _told_apart(table, numbers)
        if held is None:
            continue
        means = name if held else NAME
        told = {FACTOR + means: (_whole if held else _first_and_later)(numbers).astype(table["suite"].dtype)}
        sources = tuple(
            _as_condition(s, name, means, bool(numbers[table["source"] == s.path].notna().any())) for s in sources
        )
        break
    table = table.drop(columns=[c for c in table.columns if c.startswith(REPEAT)])
    return sources, table.assign(**told) if told else table


def _candidates(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series[float]]]:
    """What numbers repeats: columns of the files, factors that are replicates, and the files of single runs."""
    found: dict[str, list[str]] = {}
    for column in table.columns:
        name = column.removeprefix(FACTOR).removeprefix(REPEAT)
        if column.startswith(REPEAT) or (
            column.startswith(FACTOR) and named_role(name) is Role.REPLICATE and not _NO_PASS.search(name)
        ):
            found.setdefault(name, []).append(column)
    for name, columns in found.items():  # a column of one file may be a factor of another
        levels = table[columns[0]]
        for other in columns[1:]:
            levels = levels.fillna(table[other])
        of = {v: _number(v) for v in levels.dropna().unique()}
        numbers = levels.map(of).astype("float64")
        if 2 <= numbers.nunique() <= _LEVELS and numbers.notna().sum() == levels.notna().sum():
            yield name, numbers
    runs = {str(v): _OF_FILE.fullmatch(str(v)) for v in table["run"].unique()}
    if 2 <= len(runs) <= _LEVELS and len({m and m[1] for m in runs.values()}) == 1 and all(runs.values()):
        yield "run", table["run"].map({k: float(m[2]) for k, m in runs.items() if m}).astype("float64")


def _first_and_later(numbers: pd.Series[float]) -> pd.Series[Any]:
    """ "1" for the first pass, "2 to 5" for the later ones."""
    first, second, *_, last = sorted(numbers.dropna().unique())  # two passes are told one by one
    later = f"{second:.0f} to {last:.0f}"
    return numbers.map(lambda n: f"{first:.0f}" if n == first else later, na_action="ignore")


def _whole(numbers: pd.Series[float]) -> pd.Series[Any]:
    return numbers.map(lambda n: str(int(n)), na_action="ignore")


def _number(level: object) -> float | None:
    text = str(level).strip().lower()
    found = _NUMBER.fullmatch(text)
    return float(found[1]) if found is not None else _WORDS.get(text)


def _told_apart(table: pd.DataFrame, numbers: pd.Series[float]) -> bool | None:
    """None where the passes are repeats; else whether the later ones differ too, so that each is told by itself."""
    every = _cells(table, numbers)
    for metric in (m for m in _SPEEDS if m in every):
        found = every[metric]
        if not _systematic(found):
            continue
        torn = [max(later) - min(later) > _ALIKE for _, later in found]
        many = max(len(later) for _, later in found) + 1
        return many == 2 or (many <= _HELD and sum(torn) > 0.1 * len(torn))
    return None


def _systematic(found: list[tuple[float, list[float]]]) -> bool:
    """Whether the first pass lies apart in most cells, one way (logs of the first and the later ones)."""
    passes = max(len(later) for _, later in found) + 1
    signs = []
    for first, later in found:
        away = first - sum(later) / len(later)
        clear = abs(away) > max(_APART, 2 * (max(later) - min(later)))
        signs.append(0 if not clear else 1 if away > 0 else -1)
    most = max(signs.count(1), signs.count(-1))
    if len(found) < _CELLS or most <= _MOST * len(found):
        return False
    if passes == 2 and len(found) < _TWO:
        return all(abs(first - later[0]) > _PLAIN for first, later in found)
    return _tail(most, len(found), _CHANCE.get(passes, 1 / passes)) < _RARE


def _tail(hits: int, of: int, chance: float) -> float:
    """That chance alone gives at least so many."""
    return sum(math.comb(of, k) * chance**k * (1 - chance) ** (of - k) for k in range(hits, of + 1))


def _cells(table: pd.DataFrame, numbers: pd.Series[float]) -> dict[str, list[tuple[float, list[float]]]]:
    """For each metric the cells that hold the first pass and later ones: the log of the one, the logs of the others."""
    import pandas as pd

    rows = table[
        (table["status"] == "ok")
        & (table["origin"] == "measured")
        & table["stat"].isin(_CENTRAL)
        & (table["value"] > 0)
        & table["metric"].isin(_SPEEDS)
        & numbers.notna()
        & ~_loads(table)
    ]
    if not len(rows):
        return {}
    number: Floats = np.asarray(numbers[rows.index], dtype=np.float64)
    first = number == number.min()
    logs = np.log(rows["value"].to_numpy(dtype=np.float64))
    cell = np.zeros(len(rows), dtype=np.int64)
    for name in [*_KEYS, *(c for c in rows.columns if c.startswith(FACTOR))]:
        codes, levels = pd.factorize(rows[name])
        # What goes one to one with the pass (a time, a file of its own) tells it and no condition.
        if len(levels) + (codes < 0).any() > 1 and not (name not in _KEYS and _follows(codes, number)):
            cell = pd.factorize(cell * (len(levels) + 1) + codes + 1)[0]
    logged = pd.DataFrame({"cell": cell, "number": number, "log": logs}).groupby(["cell", "number"], as_index=False)
    means = logged["log"].mean()
    metric = dict(zip(cell.tolist(), rows["metric"].tolist(), strict=True))
    least = float(number[first][0])
    found: dict[str, list[tuple[float, list[float]]]] = {}
    begun: dict[int, float] = {}
    later: dict[int, list[float]] = {}
    for place, at, log in zip(means["cell"].tolist(), means["number"].tolist(), means["log"].tolist(), strict=True):
        if at == least:
            begun[place] = float(log)
        else:
            later.setdefault(place, []).append(float(log))
    for place in begun.keys() & later.keys():
        found.setdefault(str(metric[place]), []).append((begun[place], later[place]))
    return found


def _follows(codes: Ints, number: Floats) -> bool:
    """Whether each level has one number of a pass."""
    pairs = len(np.unique(np.stack([codes.astype(np.float64), number]), axis=1)[0])
    return pairs == len(np.unique(codes))


def _loads(table: pd.DataFrame) -> Bools:
    """The rows of records that loaded the model: these are told apart by their load, and not by their number."""
    load = table[(table["metric"] == "load_time") & (table["value"] > 0)]
    if not len(load):
        return np.zeros(len(table), dtype=bool)
    usual = load["value"].groupby([load["suite"], load["subject"]]).transform("median")
    times, by = _LOAD
    cold = load[(load["value"] > times * usual) & (load["value"] > usual + by)]
    marked = set(zip(cold["source"], cold["record"], strict=True))
    return np.array([pair in marked for pair in zip(table["source"], table["record"], strict=True)], dtype=bool)


def _as_condition(source: Source, name: str, means: str, told: bool) -> Source:
    """The source with the number of its passes read as a condition of its values."""
    if not told:
        return source
    mine = next((a for a in source.reading if a.role is Role.REPLICATE and _leaf(a.name) == name), None)
    condition = Assignment(
        name=mine.name if mine else name, role=Role.WORKLOAD, known_by=KnownBy.NAME, means=means, note=PASSES
    )
    return source.model_copy(update={"reading": (*(a for a in source.reading if a is not mine), condition)})
