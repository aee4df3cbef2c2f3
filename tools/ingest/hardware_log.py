"""Tables that watch the hardware while time goes on, as `nvidia-smi --loop`, NVML or rocm-smi write them.

Nothing in them was chosen by anybody: a temperature is the GPU's and no setting of a sampler, the number of processes
is what was seen. A counter that only grows is no value of its line.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import HARDWARE, METRICS, Resolved, normalise, unit_factor
from chimera_report.tools.schema import Assignment, KnownBy, Role, named_role

from . import cells
from .columns import Columns
from .reading import ABOVE, GIVEN, STEP, Column, Records

_LEAST = 8  # lines, below which a table is no log
_CLOCK = re.compile(
    r"(?:perf|mono|monotonic|wall|unix|epoch|elapsed|time|timestamp|t|ts|uptime|since_start|relative|sample)"
    r"(?:_(?:perf|counter|time|timestamp|since|start|elapsed|offset))*(?:_(?:s|ms|us|ns|sec|seconds))?"
)
# Words that say which reading of a value it is: the better one first. "average" is a mean over the driver's window.
_KINDS = ("instant", "inst", "v2", "current", "now", "used", "", "average", "avg", "mean")
_QUIET = frozenset((*_KINDS, "gpu", "draw", "reading", "sensor", "edge", "socket", "graphics", "package"))
# What is left of a name without those words and without its unit → metric; "sm" and "mem" by what beside them stands.
_NAMES = {
    "power": "power", "pwr": "power", "energy": "energy", "temperature": "gpu_temperature", "temp": "gpu_temperature",
    "util": "gpu_util", "utilization": "gpu_util", "utilisation": "gpu_util", "use": "gpu_util", "load": "gpu_util",
    "utilization_memory": "mem_util", "memory_utilization": "mem_util", "mem_util": "mem_util",
    "memory": "vram", "fb": "vram", "vram": "vram", "memory_use": "vram", "": "",
    "clocks_sm": "clock_sm", "sclk": "clock_sm", "sm_clock": "clock_sm", "clocks_gr": "clock_sm", "pclk": "clock_sm",
    "clocks_memory": "clock_mem", "clocks_mem": "clock_mem", "mclk": "clock_mem", "mem_clock": "clock_mem",
}  # fmt: skip
_CLOCKS = {"sm": "clock_sm", "mem": "clock_mem", "gr": "clock_sm"}  # in MHz, or as shares of time
_SHARES = {"sm": "gpu_util", "mem": "mem_util", "gr": "gpu_util"}
_UNIT = re.compile(r"_(mj|j|mw|w|mib|mb|gb|gib|kb|kib|bytes|b|mhz|ghz|khz|hz|pct|percent|c|s)$")


def watches(records: Records, found: Columns) -> bool:
    """Whether a table that was classified by its names is a log of hardware: time goes on in it, at least two of its
    columns are readings of hardware, and none is a result of requests, a system, a text or a registered setting."""
    if not records.flat or records.origin != "measured" or records.size < _LEAST or found.text or found.error:
        return False
    own = [c for c in records.columns if not c.startswith((ABOVE, GIVEN))]
    clock = next((c for c in own if _goes_on(c, records.columns[c], found)), None)
    if clock is None or not set(found.factors) <= {"temperature", "driver", "device", "host"}:
        return False
    if any(m.metric not in HARDWARE and m.metric in METRICS for c, m in found.metrics.items() if c != clock):
        return False
    return len({m for c in own if (m := _reads(c, records.columns, found))}) >= 2


def _goes_on(name: str, column: Column, found: Columns) -> bool:
    """Whether a column is the time of the lines, which never goes back."""
    if name in found.started:
        stamps = cells.times(column)
        return stamps is not None and bool((np.diff(stamps[~np.isnat(stamps)]).astype(np.int64) >= 0).all())
    if not _CLOCK.fullmatch(normalise(name.rpartition(STEP)[2])):
        return False
    values = cells.numbers(column)
    return bool(np.isfinite(values).all() and (np.diff(values) >= 0).all() and values[-1] > values[0])


def watched(records: Records, found: Columns) -> Columns:
    """The roles of a log's columns: one column a metric, that of the moment before a mean; phases, and no settings."""
    best: dict[str, tuple[int, str, Resolved]] = {}
    for column in records.columns:
        if column.startswith((ABOVE, GIVEN)):
            continue
        meaning = _reads(column, records.columns, found)
        if not meaning or _only_grows(meaning, records.columns[column]):
            continue
        rank = _rank(column)
        resolved = found.metrics.get(column)
        if resolved is None or resolved.metric != meaning:
            resolved = Resolved(meaning, _factor(column, meaning), explicit=bool(_unit(column)))
        resolved = replace(resolved, stat="mean" if rank > _KINDS.index("") else "sample")
        if meaning not in best or rank < best[meaning][0]:
            best[meaning] = rank, column, resolved
    metrics = {column: resolved for _, column, resolved in best.values()}
    factors = {name: c for name, c in found.factors.items() if c not in metrics and name != "temperature"}
    factors |= {c: c for c in records.columns if c not in factors.values() and _phase(c, records.columns[c])}
    taken = {*metrics, *factors.values(), *found.subject, *found.started, *found.count, *found.success}
    rest = [c for c in records.columns if c not in taken and not c.startswith(GIVEN)]
    return replace(found, metrics=metrics, factors=factors, rest=rest)


def _phase(name: str, column: Column) -> bool:
    """Whether a column says in words which part of the work was going on: no setting, and what readings are told by."""
    return named_role(name) is Role.COMPONENT and bool(np.isnan(cells.numbers(column)).all())


def unused(told: list[Assignment]) -> list[Assignment]:
    """The assignments, where what a log has beside its readings is a state of the machine and no riddle."""
    state = {"role": Role.ENVIRONMENT, "known_by": KnownBy.VALUES, "note": "of a log of hardware, not used"}
    return [a.model_copy(update=state) if a.role is Role.UNKNOWN else a for a in told]


def _reads(column: str, table: dict[str, Column], found: Columns) -> str:
    """The metric of hardware that a column reads, by what logs call it, else by the registry; "" for none."""
    known = found.metrics.get(column)
    return named(column, table) or (known.metric if known is not None and known.metric in HARDWARE else "")


def named(column: str, table: dict[str, Column]) -> str:
    """The metric that a column of a log reads; "" for none."""
    name = normalise(re.sub(r"\[.*?\]|\(.*?\)|%", " ", column.rpartition(STEP)[2]))
    name = _UNIT.sub("", name)
    words = [w for w in name.split("_") if w not in _QUIET]
    plain = "_".join(words)
    if plain in ("reserved", "total", "free", "limit") or set(words) & {"limit", "total", "reserved", "free", "max"}:
        return ""
    if plain in _CLOCKS and (unit_factor(_unit(column), "MiB") or "used" in name.split("_")):
        return ""  # memory, and whose it is the registry tells
    if plain in _CLOCKS:
        values = cells.numbers(table[column])
        return (_CLOCKS if np.isfinite(values).any() and np.nanmax(values) > 100 else _SHARES)[plain]
    if not plain and "used" in name.split("_"):
        return "vram"
    return _NAMES.get(plain, "")


def _rank(column: str) -> int:
    words = normalise(column.rpartition(STEP)[2]).split("_")
    return min((_KINDS.index(w) for w in words if w in _KINDS), default=_KINDS.index(""))


def _unit(column: str) -> str:
    leaf = column.rpartition(STEP)[2]
    inside = re.search(r"[\[(]\s*([^\])]+?)\s*[\])]\s*$", leaf)
    if inside:
        return inside[1]
    tail = _UNIT.search(normalise(leaf))
    return tail[1] if tail else ""


def _factor(column: str, metric: str) -> float:
    """What brings a column's numbers to the metric's unit; 1 where its name says no unit."""
    return unit_factor(_unit(column), METRICS[metric].unit) or 1.0


def _only_grows(metric: str, column: Column) -> bool:
    """Whether an energy is a counter that went on before the first line, and no energy of each line."""
    if metric != "energy":
        return False
    values = cells.numbers(column)
    values = values[np.isfinite(values)]
    return len(values) > 1 and bool((np.diff(values) >= 0).all()) and values[-1] > values[0]
