"""Failures that the files tell of twice: once in the requests themselves and again in a summary of them, or in a copy.

A summary's count is of requests that are at hand where as many of them failed under the same settings, as far as both
say what theirs were. A record is a copy where another file holds the same results beside the same count.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from chimera_report.tools.schema import FACTOR

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_MOST = 5_000  # counts of summaries that are looked at
_MANY = 10  # failures that two files agree on by no accident
_SEVERAL = 2
_PRINTED, _RESULTS, _NEARLY_ALL, _DIGITS_OF_LOGS = 200, 5, 0.8, 3
_TELLING = 2  # results that a copy has to share


def counted_again(table: pd.DataFrame) -> NDArray[np.bool_]:
    """The rows of failures that another row tells of already, as a mask of the table's rows."""
    again = np.zeros(len(table), dtype=bool)
    status = table["status"].astype("object").to_numpy()
    measured = (table["origin"].astype("object") != "reported").to_numpy()
    bad = np.flatnonzero(np.isin(status, ("error", "timeout")) & measured)
    if not len(bad):
        return again
    n = table["n"].to_numpy(dtype=np.float64, na_value=np.nan)
    key = _records(table)
    ok = (status == "ok") & measured
    sums = set(key[ok & (table["stat"].astype("object") != "sample").to_numpy()].tolist())
    summed = bad[[bool(n[i] > 1 or key[i] in sums) for i in bad]].astype(np.int64)
    single = bad[~np.isin(bad, summed)]
    if len(single) and len(single) <= _MOST:
        again[_listed(table, single, key, sums, n)] = True
    if not len(summed) or len(summed) > _MOST:
        return again
    again[_copies(table, summed, key, ok)] = True
    again[_told_by_reason(table, bad, n)] = True
    if len(single):
        again[_told_singly(table, summed, single, n)] = True
    return again


def _listed(
    table: pd.DataFrame, single: NDArray[np.int64], key: NDArray[np.int64], sums: set[int], n: NDArray[np.float64]
) -> list[int]:
    """Failures that a summary lists beside its statistics, where the requests themselves are in another file."""
    sources = table["source"].astype("object").to_numpy()
    at = np.flatnonzero(np.isin(key, list(sums)))
    listed = np.isin(sources[single], np.unique(sources[at].astype(str)))
    if not listed.any() or listed.all():
        return []
    many = Counter(sources[single[listed]].tolist())
    counts = n.copy()
    counts[single[listed]] = [many[s] for s in sources[single[listed]].tolist()]
    return _told_singly(table, single[listed], single[~listed], counts)


def copied_records(table: pd.DataFrame) -> NDArray[np.bool_]:
    """All rows of records that say how many requests they sent and stand in another file too: a summary of levels that
    have files of their own, a second copy of a run. Each request was sent once."""
    again = np.zeros(len(table), dtype=bool)
    counts = (table["metric"] == "request").to_numpy() & (table["origin"].astype("object") != "reported").to_numpy()
    counts &= table["n"].notna().to_numpy()
    key = _records(table) if counts.any() else np.zeros(0, dtype=np.int64)
    places = np.flatnonzero(counts)
    if not len(places):
        return again
    ok = (table["status"].astype("object") == "ok").to_numpy() & table["value"].notna().to_numpy()
    copies = _copies(table, places, key, ok)
    if copies:
        again |= np.isin(key, np.unique(key[copies]))
    return again


def of_other_records(places: pd.Series[Any], failed: pd.Series[Any]) -> NDArray[np.bool_]:
    """Which places lie within such records as failed, or hold them: the scores of the questions of a run are no further
    runs, and neither is the file that lists the runs. Both are places in JSON or lines of a file."""
    shapes = {_DIGITS.sub("*", str(p)).rstrip("/") for p in failed.dropna().unique() if str(p).startswith("/")}
    if not shapes:
        return np.zeros(len(places), dtype=bool)
    levels = {p: _DIGITS.sub("*", str(p)).rstrip("/") for p in places.dropna().unique()}
    apart = {
        p: any(s != mine and (mine.startswith(f"{s}/") or s.startswith(f"{mine}/")) for s in shapes)
        for p, mine in levels.items()
    }
    found: NDArray[np.bool_] = places.map(apart).fillna(False).to_numpy(dtype=bool)
    return found


_DIGITS = re.compile(r"\d+")


def _told_by_reason(table: pd.DataFrame, bad: NDArray[np.int64], n: NDArray[np.float64]) -> list[int]:
    """Counts without a reason, where the errors of another file add up to the very same number: a load generator's
    list of errors beside its statistics. The list is kept, for it says why."""
    sources = table["source"].astype("object").to_numpy()
    silent = np.array([not str(m or "") for m in table["message"].astype("object").to_numpy()[bad]], dtype=bool)
    weight = np.where(np.isfinite(n[bad]), n[bad], 1.0)
    totals: dict[str, float] = defaultdict(float)
    for i, w in zip(bad[~silent], weight[~silent], strict=True):
        totals[str(sources[i])] += float(w)
    free = dict(totals)
    out = []
    for i, w in zip(bad[silent], weight[silent], strict=True):
        alike = [s for s, total in free.items() if total == w and w >= _MANY and s != str(sources[i])]
        if alike:
            del free[max(alike, key=lambda s: _alike(s, str(sources[i])))]
            out.append(int(i))
    return out


def _alike(a: str, b: str) -> int:
    """How many characters two paths begin with in common."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _records(table: pd.DataFrame) -> NDArray[np.int64]:
    """A number for each record of each file."""
    return table.groupby(["source", "record"], sort=False, dropna=False).ngroup().to_numpy().astype(np.int64)


def _copies(table: pd.DataFrame, summed: NDArray[np.int64], key: NDArray[np.int64], ok: NDArray[np.bool_]) -> list[int]:
    wanted = set(key[summed].tolist())
    rows = np.flatnonzero(ok & np.isin(key, list(wanted)))
    values: dict[int, set[tuple[str, str]]] = defaultdict(set)
    metrics = table["metric"].astype("object").to_numpy()
    for i, value in zip(rows, table["value"].to_numpy(dtype=np.float64)[rows], strict=True):
        values[int(key[i])].add((str(metrics[i]), f"{value:.6g}"))
    sources = table["source"].astype("object").to_numpy()
    seen: dict[tuple[Any, ...], str] = {}
    out = []
    n = table["n"].to_numpy(dtype=np.float64, na_value=np.nan)
    for i in summed:
        found = frozenset(values[int(key[i])])
        told = (found, float(n[i]), str(table["column"].iloc[i]))
        if len(found) >= _TELLING and seen.setdefault(told, str(sources[i])) != str(sources[i]):
            out.append(int(i))
    kept = [int(i) for i in summed if int(i) not in set(out)]
    return out + _printed(kept, key, values, sources, n) if len(kept) <= _PRINTED else out


def _printed(
    places: list[int],
    key: NDArray[np.int64],
    values: dict[int, set[tuple[str, str]]],
    sources: NDArray[np.object_],
    n: NDArray[np.float64],
) -> list[int]:
    """Counts that a log prints beside the results of a record that a file holds with all their digits."""
    rough = {i: {(m, f"{float(v):.{_DIGITS_OF_LOGS}g}") for m, v in values[int(key[i])]} for i in places}
    out: list[int] = []
    for at, i in enumerate(places):
        for j in places[:at]:
            if sources[i] == sources[j] or n[i] != n[j] or j in out:
                continue
            few, many = sorted((rough[i], rough[j]), key=len)
            if len(few) >= _RESULTS and len(few & many) >= _NEARLY_ALL * len(few):
                out.append(i)
                break
    return out


def _told_singly(
    table: pd.DataFrame, summed: NDArray[np.int64], single: NDArray[np.int64], n: NDArray[np.float64]
) -> list[int]:
    names = ["subject", *(str(c) for c in table.columns if str(c).startswith(FACTOR))]
    columns = {}
    for name in names:
        levels = table[name].astype("object").where(table[name].notna(), "").map(_plain).to_numpy()
        if any(levels[summed]) and any(levels[single]):
            columns[name] = levels
    sources = table["source"].astype("object").to_numpy()
    out = []
    for i in summed:
        mine = sources[single] != sources[i]
        alike = np.zeros(len(single), dtype=bool)
        for levels in columns.values():
            if levels[i]:
                theirs = levels[single]
                mine &= (theirs == levels[i]) | (theirs == "")
                alike |= theirs == levels[i]
        count = n[i] if np.isfinite(n[i]) else 1.0
        if count < _SEVERAL:
            mine &= alike  # one failure is easily found: it has to say that it is of the same thing
        # All of them together, or those of one file: another file may tell of these and of more.
        sums = [int(mine.sum()), *Counter(sources[single][mine].tolist()).values()]
        if any(0.9 * count <= s <= count for s in sums if s):
            out.append(int(i))
    return out


def _plain(level: str) -> str:
    """A level without the zeros that a file's name puts before its number: `c024`."""
    return level.lstrip("0") or level if level.isdecimal() else level
