"""Columns that say what others say: hosts beside their number, the empty level of a failure."""

from __future__ import annotations

import re

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import Role, named_role

from . import cells
from .columns import Columns
from .reading import STEP, Column
from .rows import Bools, Coded

_CLOSE = 0.02
_HOSTS = frozenset(
    ("node", "nodes_used", "host", "hosts", "hostnames", "node_names", "node_list", "machines_used", "workers")
)
_NUMBERS = frozenset(("nodes", "num_nodes", "n_nodes", "node_count", "machines", "num_machines", "hosts", "num_hosts"))
_BETWEEN = re.compile(r"\s*[+,;&|]\s*")
# What nothing was asked with: a zero there stands for a run that was not made.
_NEVER_ZERO = frozenset((
    "context_length", "input_length", "output_length", "concurrency", "batch_size", "num_ctx", "seq_len",
    "sequence_length", "num_prompts",
))  # fmt: skip
_ZERO = re.compile(r"-?0+(?:\.0*)?(?:\s*[A-Za-z]{1,3})?")
_AMOUNTS = frozenset(
    ("memory", "mem", "vram", "ram", "power", "cores", "bandwidth", "clock", "cache", "disk", "storage")
)


def without_hosts(table: dict[str, Column], found: Columns) -> None:
    """A column of host names beside the number of hosts is which ones they were: the number was chosen, and no name."""
    numbers = [c for c in table if normalise(c.rpartition(STEP)[2]) in _NUMBERS]
    for column in [c for c in (*found.factors.values(), *found.rest) if c in table]:
        if normalise(column.rpartition(STEP)[2]) not in _HOSTS or table[column].dtype != object:
            continue
        counts = np.array([_hosts(v) for v in table[column].tolist()])
        for name in numbers:
            values = cells.numbers(table[name])
            both = np.isfinite(values) & (counts > 0)
            if name == column or not both.any() or float(np.mean(values[both] == counts[both])) < 1 - _CLOSE:
                continue
            found.labels.append(column)
            found.factors = {f: c for f, c in found.factors.items() if c != column}
            found.rest = [c for c in found.rest if c not in (column, name)]
            if name not in found.factors.values():
                found.factors.setdefault("nodes", name)
            break


_OF_RUN = (
    r"(backend|device|accelerator|provider|execution_provider|delegate|engine|hardware|precision|dtype|processor)s?"
)
_ASKED = re.compile(rf"(?:requested|expected|wanted|intended|asked|desired|configured)_{_OF_RUN}")
_RAN = re.compile(
    rf"(?:reported|actual|effective|used|resolved|observed|real)_{_OF_RUN}|{_OF_RUN}_(?:used|reported|actual)"
)


def without_wishes(table: dict[str, Column], found: Columns) -> None:
    """What was asked for beside what ran is no condition of the run: asked for the CPU, it may have run on the NPU."""
    leaves = {c: normalise(c.rpartition(STEP)[2]) for c in table if table[c].dtype == object}
    ran = {m[1] or m[2]: c for c, n in leaves.items() if (m := _RAN.fullmatch(n))}
    for column, name in leaves.items():
        asked = _ASKED.fullmatch(name)
        real = ran.get(asked[1], "") if asked else ""
        if real and 2 * cells.where(table[real], lambda w: not cells.is_nothing(w)).sum() >= len(table[real]):
            found.labels.append(column)
            found.factors = {f: c for f, c in found.factors.items() if c != column}
            found.rest = [c for c in found.rest if c != column]


def _hosts(cell: object) -> int:
    """How many hosts a cell names, 0 where it names none."""
    text = cell.strip() if isinstance(cell, str) else ""
    names = [n for n in _BETWEEN.split(text) if n]
    return len(names) if text and not cells.is_nothing(text) and all(re.fullmatch(r"[\w.-]+", n) for n in names) else 0


def without_zeros(factors: dict[str, Coded], ok: Bools) -> dict[str, Coded]:
    """The factors, without lengths and loads of nothing in records that failed: no such run was made. A machine without
    memory or power is none: what states 0 of them could not read it."""
    out = dict(factors)
    for name, levels in factors.items():
        if named_role(name) is Role.ENVIRONMENT and _AMOUNTS & set(name.split("_")):
            gone = np.isin(levels.codes, [i for i, v in enumerate(levels.levels) if _ZERO.fullmatch(v)])
            out[name] = Coded(np.where(gone, -1, levels.codes), levels.levels)
    for name in _NEVER_ZERO & factors.keys():
        levels = factors[name]
        zero = {i for i, v in enumerate(levels.levels) if _ZERO.fullmatch(v)}
        if zero:
            gone = np.isin(levels.codes, list(zero)) & ~ok
            out[name] = Coded(np.where(gone, -1, levels.codes), levels.levels)
    return out
