"""The same measurements in several places: equal files, and records of several files (a CSV and its JSON twin)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.schema import FACTOR, Source

from .columns import Codes, Selection
from .copied import copies
from .intervals import Floats
from .sequences import in_order, timed

_DIGITS = 9  # significant digits that have to agree between twins of full precision
_TOLERANCE = 0.01  # relative: a coarser rounding than this says too little
_ROUNDED = 0.002  # relative, of times and rates: what three digits leave
_CLOCKED = 0.5  # of the times and rates of a record that have to be the same
_SHARE = 0.8  # of a file's records, from which on it is a twin
_LONG = 20_000  # records of a file up to which it is compared in order with others of its length
_SHORT = 2_000  # records of a file that is looked for in another one
_TOGETHER = 8  # files of one folder and system that are compared so
_CROWD = 20  # a value that stands in more rows than this tells nothing about identity


@dataclass(frozen=True, slots=True)
class SameFiles:
    """Files with one content; the first one is kept."""

    kept: str
    dropped: tuple[str, ...]
    records: int


@dataclass(frozen=True, slots=True)
class SameRecords:
    """Records of `dropped` that also stand in `kept`."""

    kept: str
    dropped: str
    records: int
    of: int  # records of `dropped`


def same_files(sources: Iterable[Source]) -> list[SameFiles]:
    """Groups of files with the same sha256; those that are empty or hold neither results nor a document aside."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        if source.sha256 and source.size and source.role != "none":
            groups.setdefault(source.sha256, []).append(source)
    return [
        SameFiles(found[0].path, tuple(s.path for s in found[1:]), found[0].records)
        for found in groups.values()
        if len(found) > 1
    ]


def same_records(rows: Selection) -> tuple[list[SameRecords], set[int]]:
    """Twins among the rows, and the `rid`s to leave out.

    Two records of different files are one when at least 80 % of their telling values agree. A value tells when it has
    more than four significant digits: equal round numbers are coincidence. Where most records of a file stand in
    another one with the same system, settings and values, they are the same with fewer digits too (`copies`).
    """
    if len(rows.known("source")) < 2:
        return [], set()
    pairs = copies(rows) + _twins_by_name(rows)
    pairs += _twins_by_value(rows.keep(~np.isin(rows.number("rid"), [b for _, b in pairs])))
    rounded = _twins_by_order(rows.keep(~np.isin(rows.number("rid"), [b for _, b in pairs])))
    pairs += rounded
    pairs += in_order(rows.keep(~np.isin(rows.number("rid"), [b for _, b in pairs])))
    pairs = _named_first(rows, pairs)
    pairs += _twins_within(rows.keep(~np.isin(rows.number("rid"), [b for _, b in pairs])))
    if not pairs:
        return [], set()
    return _by_file(rows, pairs)


def _named_first(rows: Selection, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs, turned round where the later file says more of these numbers: whose they are, or more settings; where
    neither does, the file with more records is kept, beside which its part says nothing."""
    heads = rows.heads()
    source = heads.codes("source")
    file = dict(zip(heads.number("rid").tolist(), source.tolist(), strict=True))
    subjects = rows.columns.names["subject"]
    named = {f for f, s in zip(source.tolist(), heads.codes("subject").tolist(), strict=True) if subjects[s]}
    told: Counter[int] = Counter()
    for name in rows.columns.names:
        if name.startswith(FACTOR):
            told.update(np.unique(source[heads.codes(name) >= 0]).tolist())

    sizes = Counter(source.tolist())

    def says(f: int) -> tuple[bool, int, int]:
        return f in named, told[f], sizes[f]

    return [(b, a) if says(file[b]) > says(file[a]) else (a, b) for a, b in pairs]


def whole_twins(found: Iterable[SameRecords]) -> set[str]:
    """Files that are twins as a whole, of one file or of several together."""
    lost: Counter[str] = Counter()
    total: dict[str, int] = {}
    for twin in found:
        lost[twin.dropped] += twin.records
        total[twin.dropped] = twin.of
    return {name for name, records in lost.items() if records >= _SHARE * total[name]}


def _keys(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values rounded to `_DIGITS` significant digits, and whether they tell."""
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.floor(np.log10(np.abs(values)))
    exponent = np.where(np.isfinite(exponent), exponent, 0.0)
    mantissa = np.rint(values / 10.0 ** (exponent - (_DIGITS - 1)))
    tells = np.mod(mantissa, 10.0 ** (_DIGITS - 4)) != 0
    return mantissa * 10.0 ** (exponent - (_DIGITS - 1)), tells


def _twins_by_value(rows: Selection) -> list[tuple[int, int]]:
    every = rows
    key, tells = _keys(rows.values)
    rows, key = rows.keep(tells), key[tells]
    if not len(rows):
        return []
    rid = rows.number("rid")
    telling = np.bincount(rid)
    group = rows.codes("metric") * (len(rows.columns.names["stat"]) + 1) + rows.codes("stat")
    group = _group(group, key)
    sizes = np.bincount(group)[group]
    some = (sizes > 1) & (sizes <= _CROWD)
    frame = pd.DataFrame(
        {
            "rid": rid[some],
            "place": rows.codes("source")[some],
            "name": rows.codes("subject")[some],
            "group": group[some],
        }
    )
    if frame.empty:
        return []
    pairs = frame.merge(frame, on="group", suffixes=("_a", "_b"))
    nameless = rows.columns.names["subject"].index("") if "" in rows.columns.names["subject"] else -2
    name_a, name_b = pairs["name_a"].to_numpy(), pairs["name_b"].to_numpy()
    agree = (name_a == name_b) | (name_a == nameless) | (name_b == nameless)
    pairs = pairs[agree & (pairs["place_a"].to_numpy() < pairs["place_b"].to_numpy())]
    if pairs.empty:
        return []
    width = len(telling)
    code, same = np.unique(pairs["rid_a"].to_numpy() * width + pairs["rid_b"].to_numpy(), return_counts=True)
    a, b = code // width, code % width
    twins = (same >= 2) & (same >= _SHARE * np.minimum(telling[a], telling[b]))
    return _alike(every, a[twins], b[twins])


def _alike(rows: Selection, a: Codes, b: Codes) -> list[tuple[int, int]]:
    """The pairs of records whose other values agree as well, but for rounding: two runs of one model share its size and
    its perplexity to the last digit, two rounds its memory and the number of tokens, and are no copies. Times and rates
    that are near, and not the same, are those of a repeat."""
    group = rows.codes("metric") * (len(rows.columns.names["stat"]) + 1) + rows.codes("stat")
    values = pd.DataFrame({"rid": rows.number("rid"), "group": group, "value": rows.values})
    values = values.drop_duplicates(["rid", "group"])
    pairs = pd.DataFrame({"a": a, "b": b}).reset_index(names="pair")
    sides = pairs.merge(values, left_on="a", right_on="rid")
    both = sides.merge(values, left_on=["b", "group"], right_on=["rid", "group"], suffixes=("_a", "_b"))
    near = (both["value_a"] - both["value_b"]).abs() <= _TOLERANCE * both["value_a"].abs()
    share = near.groupby(both["pair"]).mean()
    names = rows.columns.names["metric"]
    metric = both["group"].to_numpy() // (len(rows.columns.names["stat"]) + 1)
    clocked = both[np.isin(metric, [i for i, n in enumerate(names) if n in METRICS and timed(METRICS[n].unit)])]
    equal = (clocked["value_a"] - clocked["value_b"]).abs() <= _ROUNDED * clocked["value_a"].abs()
    repeat = equal.groupby(clocked["pair"]).mean() < _CLOCKED
    found = pairs[pairs["pair"].isin(share.index[share >= _SHARE]) & ~pairs["pair"].isin(repeat.index[repeat])]
    return list(zip(found["a"].tolist(), found["b"].tolist(), strict=True))


def _group(kind: Codes, key: Floats) -> Codes:
    """A number for each pair of kind and key."""
    values = pd.factorize(key)[0].astype(np.int64)
    return pd.factorize(kind * (int(values.max(initial=0)) + 1) + values)[0].astype(np.int64)


def _twins_by_name(rows: Selection) -> list[tuple[int, int]]:
    """Records of files that differ in their ending alone, `runs.csv` and `runs.jsonl`, and in no value: few records, or
    with few digits, are the same ones there."""
    files: dict[str, list[Selection]] = {}
    for part in rows.keep(rows.has("stat", "sample")).split("source"):
        files.setdefault(part.name("source").rpartition(".")[0], []).append(part)
    pairs: list[tuple[int, int]] = []
    for stem, group in files.items():
        if not stem or len(group) < 2:
            continue
        (first, kept), *others = [_wide(part) for part in group]
        for rids, table in others:
            shared = kept.keys() & table.keys() if len(rids) == len(first) else set()
            if shared and all(np.allclose(kept[n], table[n], rtol=_ROUNDED, atol=0, equal_nan=True) for n in shared):
                pairs += zip(first.tolist(), rids.tolist(), strict=True)
    return pairs


def _twins_by_order(rows: Selection) -> list[tuple[int, int]]:
    """Records of files that have as many records, for the same subject, with values equal in order but for rounding."""
    files: dict[tuple[int, str], list[Selection]] = {}
    for part in rows.keep(rows.has("stat", "sample")).split("source"):
        records = len(part.heads())
        if 3 <= records <= _LONG:
            files.setdefault((records, part.name("subject")), []).append(part)
    pairs: list[tuple[int, int]] = []
    for group in files.values():
        if len(group) < 2:
            continue
        tables = [_wide(part) for part in group]
        near = _near(tables)
        for j, (rids, later) in enumerate(tables):
            twin = next((tables[i][0] for i in near(j) if _equal_but_rounded(tables[i][1], later)), None)
            if twin is not None:
                pairs += zip(twin.tolist(), rids.tolist(), strict=True)
    return pairs


def _twins_within(rows: Selection) -> list[tuple[int, int]]:
    """Records of two files in one folder, the shorter of which holds what the longer does in its order, but for
    rounding: a log, and a table of its runs without the warm-ups. The shorter chose, so the longer's are left out."""
    places: dict[tuple[str, str], list[Selection]] = {}
    for part in rows.keep(rows.has("stat", "sample")).split("source"):
        if len(part.known("subject")) == 1 and 3 <= len(part.heads()) <= _SHORT:
            places.setdefault((part.name("source").rpartition("/")[0], part.name("subject")), []).append(part)
    pairs: list[tuple[int, int]] = []
    for group in places.values():
        tables = sorted((_wide(part) for part in group), key=lambda t: len(t[0])) if 1 < len(group) <= _TOGETHER else []
        for i, (few, short) in enumerate(tables):
            for many, long in tables[i + 1 :]:
                names = [n for n in short if n in long and np.isfinite(short[n]).all() and np.isfinite(long[n]).all()]
                found = _in_order(short, long, names) if len(names) > 1 and len(few) < len(many) else []
                if len(found) == len(few):
                    pairs += zip(few.tolist(), many[found].tolist(), strict=True)
    return pairs


def _in_order(short: dict[str, Floats], long: dict[str, Floats], names: list[str]) -> list[int]:
    """Where each of the shorter's records stands in the longer, in order; [] where one does not."""
    a, b = np.stack([short[n] for n in names], axis=1), np.stack([long[n] for n in names], axis=1)
    steps = [10.0 ** -min(_written(short[n]), _written(long[n])) for n in names]
    telling = sum(len(np.unique(short[n])) >= max(3, len(a) / 2) for n in names)
    found: list[int] = []
    at = 0
    for record in a if telling > 1 else ():
        near = np.flatnonzero((np.abs(b[at:] - record) <= 0.501 * np.array(steps)).all(axis=1))
        if not len(near):
            return []
        found.append(at + int(near[0]))
        at = found[-1] + 1
    return found


def _near(tables: list[tuple[Codes, dict[str, Floats]]]) -> Callable[[int], list[int]]:
    """Which earlier files no value tells from a later one: of hundreds of files, few are left for a closer look."""
    names = {name for _, table in tables for name in table}
    size = len(tables[0][0])
    missing = np.full(size, np.nan)
    stacks = {name: np.stack([table.get(name, missing) for _, table in tables]) for name in sorted(names)}

    def before(j: int) -> list[int]:
        left = np.arange(j)
        for name in tables[j][1]:
            values, mine = stacks[name][left], stacks[name][j]
            known = (np.isfinite(values) & np.isfinite(mine)).mean(axis=1) >= _SHARE
            left = left[~(known & (np.abs(values - mine) > _TOLERANCE * np.abs(values)).any(axis=1))]
        return left.tolist()

    return before


def _wide(rows: Selection) -> tuple[Codes, dict[str, Floats]]:
    """The records, and a column a metric with their first values, NaN where there is none."""
    rids, place = np.unique(rows.number("rid"), return_inverse=True)
    out = {}
    for part in rows.split("metric"):
        column = np.full(len(rids), np.nan)
        where = place[np.searchsorted(rows.at, part.at)]
        column[where[::-1]] = part.values[::-1]
        out[part.name("metric")] = column
    return rids, out


def _equal_but_rounded(a: dict[str, Floats], b: dict[str, Floats]) -> bool:
    """Equal but for the rounding of the coarser side, in two columns at least whose values tell the records apart."""
    telling = 0
    for name in a.keys() & b.keys():
        left, right = a[name], b[name]
        known = np.isfinite(left) & np.isfinite(right)
        if known.mean() < _SHARE:
            continue
        left, right = left[known], right[known]
        if (np.abs(left - right) > _TOLERANCE * np.abs(left)).any():  # rules out most pairs cheaply
            return False
        step = 10.0 ** -min(_decimals(left), _decimals(right))
        if (np.abs(left - right) > 0.501 * step).any():
            return False
        telling += min(len(np.unique(left)), len(np.unique(right))) >= max(3, len(left) / 2)
    return telling >= 2


def _decimals(values: np.ndarray) -> int:
    return max(len(np.format_float_positional(v, trim="-").partition(".")[2]) for v in values.tolist())


def _written(values: np.ndarray) -> int:
    """Decimals that were written: of nine digits, since a value in another unit ends in the rounding of its factor."""
    return max(len(f"{v:.9g}".partition("e")[0].partition(".")[2]) for v in values.tolist())


def _by_file(rows: Selection, pairs: list[tuple[int, int]]) -> tuple[list[SameRecords], set[int]]:
    """Per file that loses records and file that has them; one that is a twin as a whole loses its other records too."""
    heads = rows.heads()
    paths = rows.columns.names["source"]
    place = dict(zip(heads.number("rid").tolist(), (paths[c] for c in heads.codes("source")), strict=True))
    total = Counter(place.values())
    dropped = {b for _, b in pairs}
    partner: dict[int, str] = {}
    for a, b in pairs:
        partner.setdefault(b, place[a])
    lost = Counter((place[b], partner[b]) for b in dropped)
    found = [SameRecords(kept, name, lost[name, kept], total[name]) for name, kept in sorted(lost)]
    whole = whole_twins(found)
    dropped |= {rid for rid, path in place.items() if path in whole}
    return found, dropped
