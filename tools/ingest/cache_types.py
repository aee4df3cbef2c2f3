"""One thing under two names is one factor: the formats of keys and values in the KV cache, the slots of a server and
the requests that were sent to them at once."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import FACTORS
from chimera_report.tools.schema import Role, named_role

from .rows import Coded

if TYPE_CHECKING:
    from .identify import FileTable
    from .rows import Rows

KV_CACHE = "kv_cache"
_PAIRS = (("type_k", "type_v"), ("cache_type_k", "cache_type_v"), ("ctk", "ctv"), ("k_type", "v_type"))


def one_cache_type(files: list[FileTable]) -> None:
    """Make `type_k` and `type_v` of equal levels the KV cache type, in all files or in none."""
    tables = [(f, r) for f in files for r in f.rows]
    for own in (r.factors[KV_CACHE] for _, r in tables if KV_CACHE in r.factors):
        own.levels[:] = [_once(v) for v in own.levels]  # `f16/f16` is one format as well
    others = [(f, r) for f, r in tables if KV_CACHE not in r.factors]
    held = [(f, r, pair) for f, r in others for pair in _PAIRS if not r.factors.keys().isdisjoint(pair)]
    if not all(_alike(rows, *pair) for _, rows, pair in held):
        return
    for file, rows, (keys, values) in held:
        rows.factors = {KV_CACHE if k == keys else k: v for k, v in rows.factors.items() if k != values}
        rows.told = [a.model_copy(update={"means": KV_CACHE}) if a.means in (keys, values) else a for a in rows.told]
        file.told = [a.model_copy(update={"means": KV_CACHE}) if a.means in (keys, values) else a for a in file.told]


def _once(level: str) -> str:
    first, _, second = level.partition("/")
    return first if first == second else level


def _alike(rows: Rows, keys: str, values: str) -> bool:
    one, other = rows.factors.get(keys), rows.factors.get(values)
    return isinstance(one, Coded) and isinstance(other, Coded) and bool((one.array() == other.array()).all())


def told_once_of_load(files: list[FileTable]) -> None:
    """Take away a factor whose number is that of a workload in every record of the folder, where that varies: of two
    workloads the one that the registry does not name, or names later."""
    tables = [r for f in files if f.source.role == "data" for r in f.rows]
    known = {n for r in tables for n in r.factors if named_role(n) is Role.WORKLOAD}
    names = known | {n for r in tables for n in r.factors if named_role(n) is Role.UNKNOWN}
    rank = {name: i for i, name in enumerate(FACTORS)}
    for kept, other in combinations(sorted(names, key=lambda n: (n not in known, rank.get(n, len(rank)), n)), 2):
        if kept not in known:
            continue
        mine = [r for r in tables if other in r.factors]
        both = [r for r in mine if kept in r.factors]
        if not both or len(both) < len(mine) or not all(_alike(r, kept, other) for r in both):
            continue
        levels = {v for r in both for v in r.factors[kept].used}
        if len(levels) < 2 or not all(v.replace(".", "", 1).isdigit() for v in levels):
            continue
        for rows in both:
            del rows.factors[other]
            note = f"the same as {kept} in every record"
            rows.told = [
                a.model_copy(update={"role": Role.LABEL, "note": note}) if a.means == other else a for a in rows.told
            ]
