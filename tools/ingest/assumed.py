"""Columns that look measured and were assumed: a power of 1500 W in every row, the energy that is that times the time.

A meter never reads the same in every record, and no measured energy is a constant times another column to the last
digit. What was assumed is no result: it stays out of the table of measurements, and the report names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import ASSUMED, FACTOR, Assignment, KnownBy, Role, Source

if TYPE_CHECKING:
    import pandas as pd

_READINGS = "telemetry_samples"  # how many readings of a meter stand behind a record, as this program's bench says
_POWER = frozenset(("power", "cpu_power"))
_ENERGY = frozenset(("energy", "energy_per_token", "energy_per_request", "emissions", "co2", "carbon"))
_TIMES = ("run_time", "e2e_latency", "eval_time")
_FEWEST = 4  # records
_ALONE = 8  # … where no energy follows from the power
_LEVELS = 6
_EXACT = 2e-3  # relative: figures are rounded
_VARIES = 1.05  # greatest over least of what the other columns of the records show


def without_assumed(sources: tuple[Source, ...], table: pd.DataFrame) -> tuple[tuple[Source, ...], pd.DataFrame]:
    """The sources and the table without columns that are a constant, or a constant times another column."""
    rows = table[(table["status"] == "ok") & (table["origin"] == "measured") & (table["value"] > 0)]
    rows = rows[(rows["stat"] == "sample") | (rows["stat"] == "mean") | (rows["stat"] == "total")]
    metered = {s.path for s in sources if s.format == "bench-journal" or any(a.name == _READINGS for a in s.reading)}
    rows = rows[~rows["source"].isin(metered)]
    if not rows["metric"].isin(_POWER).any():
        return sources, table
    gone: list[int] = []
    names: dict[str, dict[str, None]] = {}
    for source, mine in rows.groupby("source", observed=True, sort=False):
        for part in _columns(mine[mine["metric"].isin(_POWER)]):
            values = part["value"]
            if len(part) < _FEWEST or values.max() != values.min() or not _others_vary(mine, part):
                continue
            products = list(_products(mine, part))
            if not products and len(part) < _ALONE:
                continue  # a capped card, read in whole watts a few times
            for found in (part, *products):
                gone += found.index.tolist()
                names.setdefault(str(source), {}).setdefault(_name(found))
    if not gone:
        return sources, table
    return tuple(_told(s, names.get(s.path, {})) for s in sources), table.drop(index=gone).reset_index(drop=True)


def _columns(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows of each column of a file; of columns that were read as the levels of one setting, those of each."""
    for _, part in rows.groupby("column", observed=True, sort=False):
        levels = [c for c in part.columns if c.startswith(FACTOR) and 1 < part[c].nunique() <= _LEVELS]
        wide = next((c for c in levels if all(_header(part, str(v)) for v in part[c].dropna().unique())), "")
        if "," in str(part["column"].iloc[0]) and wide:
            yield from (own for _, own in part.groupby(wide, observed=True, sort=False))
        else:
            yield part


def _header(part: pd.DataFrame, level: str) -> str:
    """The one of several headers that a level was read from."""
    headers = [h.strip() for h in str(part["column"].iloc[0]).split(",")]
    return next((h for h in headers if normalise(level) in normalise(h)), "")


def _name(part: pd.DataFrame) -> str:
    """The header as the file has it."""
    for column in (c for c in part.columns if c.startswith(FACTOR)):
        levels = part[column].dropna().unique()
        if len(levels) == 1 and "," in str(part["column"].iloc[0]) and (found := _header(part, str(levels[0]))):
            return found
    return str(part["column"].iloc[0])


def _others_vary(rows: pd.DataFrame, part: pd.DataFrame) -> bool:
    """Whether something else of the same records moves, so that a steady machine is no reason."""
    mine = rows[rows["record"].isin(part["record"].unique()) & ~rows["metric"].isin(_POWER)]
    spans = mine.groupby(["column", "metric"], observed=True)["value"].agg(["min", "max", "size"])
    return bool(((spans["size"] >= _FEWEST) & (spans["max"] > _VARIES * spans["min"])).any())


def _products(rows: pd.DataFrame, power: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The columns of energy that are that power times a time of the same record."""
    constant = float(power["value"].iloc[0])
    times = [rows[rows["metric"] == m].groupby("record")["value"].first() for m in _TIMES]
    for part in _columns(rows[rows["metric"].isin(_ENERGY)]):
        energy = part.groupby("record")["value"].first()
        for time in times:
            both = energy.index.intersection(time.index)
            if len(both) < _FEWEST:
                continue
            ratio = energy[both].to_numpy(dtype=np.float64) / (constant * time[both].to_numpy(dtype=np.float64))
            if float(ratio.max()) <= (1 + _EXACT) * float(ratio.min()):
                yield part
                break


def _told(source: Source, names: dict[str, None]) -> Source:
    told = tuple(Assignment(name=n, role=Role.LABEL, known_by=KnownBy.VALUES, note=ASSUMED) for n in names)
    rest = tuple(a for a in source.reading if a.name not in names)
    return source.model_copy(update={"reading": (*rest, *told)}) if told else source
