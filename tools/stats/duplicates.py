"""The same measurements in several places: equal files, and records of several files (a CSV and its JSON twin)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chimera_report.tools.schema import Source

_DIGITS = 9  # significant digits that have to agree between twins of full precision
_TOLERANCE = 0.01  # relative: a coarser rounding than this says too little
_SHARE = 0.8  # of a file's records, from which on it is a twin
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
    """Groups of files with the same sha256, empty and unread files aside."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        if source.sha256 and source.size:
            groups.setdefault(source.sha256, []).append(source)
    return [
        SameFiles(found[0].path, tuple(s.path for s in found[1:]), found[0].records)
        for found in groups.values()
        if len(found) > 1
    ]


def same_records(table: pd.DataFrame) -> tuple[list[SameRecords], set[int]]:
    """Twins among the rows of `table` (columns rid, source, subject, metric, stat, value), and the `rid`s to leave out.

    Two records of different files are one when at least 80 % of their telling values agree. A value tells when it has
    more than four significant digits: equal round numbers are coincidence.
    """
    twins = _twins_by_value(table)
    rounded = _twins_by_order(table[~table["rid"].isin(twins["rid_b"])])
    pairs = [*zip(twins["rid_a"].tolist(), twins["rid_b"].tolist(), strict=True), *rounded]
    if not pairs:
        return [], set()
    return _by_file(table, pairs)


def _keys(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values rounded to `_DIGITS` significant digits, and whether they tell."""
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.floor(np.log10(np.abs(values)))
    exponent = np.where(np.isfinite(exponent), exponent, 0.0)
    mantissa = np.rint(values / 10.0 ** (exponent - (_DIGITS - 1)))
    tells = np.mod(mantissa, 10.0 ** (_DIGITS - 4)) != 0
    return mantissa * 10.0 ** (exponent - (_DIGITS - 1)), tells


def _twins_by_value(table: pd.DataFrame) -> pd.DataFrame:
    empty = pd.DataFrame({"rid_a": pd.Series(dtype="int64"), "rid_b": pd.Series(dtype="int64")})
    if table["source"].nunique() < 2:
        return empty
    key, tells = _keys(table["value"].to_numpy(dtype=np.float64))
    rows = table.loc[tells, ["rid", "source", "subject", "metric", "stat"]].assign(key=key[tells])
    telling = rows.groupby("rid").size()
    by = ["metric", "stat", "key"]
    rows = rows[rows.duplicated(by, keep=False)]
    if rows.empty:
        return empty
    sizes = rows.groupby(by, observed=True)["rid"].transform("size")
    rows = rows[sizes <= _CROWD]
    rows = rows.assign(place=rows["source"].cat.codes, name=rows["subject"].astype("object"))
    pairs = rows.merge(rows, on=by, suffixes=("_a", "_b"))
    agree = (pairs["name_a"] == pairs["name_b"]) | (pairs["name_a"] == "") | (pairs["name_b"] == "")
    pairs = pairs[(pairs["place_a"] < pairs["place_b"]) & agree]
    if pairs.empty:
        return empty
    counts = pairs.groupby(["rid_a", "rid_b"]).size().rename("same").reset_index()
    fewer = np.minimum(telling.loc[counts["rid_a"]].to_numpy(), telling.loc[counts["rid_b"]].to_numpy())
    same = counts["same"].to_numpy()
    return counts.loc[(same >= 2) & (same >= _SHARE * fewer), ["rid_a", "rid_b"]].reset_index(drop=True)


def _twins_by_order(table: pd.DataFrame) -> list[tuple[int, int]]:
    """Records of files that have as many records, for the same subject, with values equal in order but for rounding."""
    if table["source"].nunique() < 2 or len(table) > 200_000:
        return []
    samples = table[table["stat"] == "sample"]
    files: dict[tuple[int, str], list[pd.DataFrame]] = {}
    for _, rows in samples.groupby("source", observed=True):
        if rows["rid"].nunique() < 3:
            continue
        wide = rows.pivot_table(index="rid", columns="metric", values="value", aggfunc="first", observed=True)
        files.setdefault((len(wide), str(rows["subject"].iloc[0])), []).append(wide)
    pairs: list[tuple[int, int]] = []
    for group in files.values():
        for j, later in enumerate(group):
            twin = next((earlier for earlier in group[:j] if _equal_but_rounded(earlier, later)), None)
            if twin is not None:
                pairs += zip(twin.index.tolist(), later.index.tolist(), strict=True)
    return pairs


def _equal_but_rounded(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Equal but for the rounding of the coarser side, in two columns at least whose values tell the records apart."""
    telling = 0
    for column in a.columns.intersection(b.columns):
        left, right = a[column].to_numpy(dtype=np.float64), b[column].to_numpy(dtype=np.float64)
        known = np.isfinite(left) & np.isfinite(right)
        if known.mean() < _SHARE:
            continue
        left, right = left[known], right[known]
        step = 10.0 ** -min(_decimals(left), _decimals(right))
        close = np.abs(left - right) <= np.minimum(0.501 * step, _TOLERANCE * np.abs(left))
        if not close.all():
            return False
        telling += min(len(np.unique(left)), len(np.unique(right))) >= max(3, len(left) / 2)
    return telling >= 2


def _decimals(values: np.ndarray) -> int:
    return max(len(np.format_float_positional(v, trim="-").partition(".")[2]) for v in values.tolist())


def _by_file(table: pd.DataFrame, pairs: list[tuple[int, int]]) -> tuple[list[SameRecords], set[int]]:
    """Per file that loses records; a file that is a twin as a whole loses its other records too."""
    place = table.drop_duplicates("rid").set_index("rid")["source"].astype("object")
    total = place.value_counts()
    dropped = {b for _, b in pairs}
    partner: dict[str, str] = {}
    for a, b in pairs:
        partner.setdefault(str(place.loc[b]), str(place.loc[a]))
    lost = place.loc[sorted(dropped)].value_counts()
    found = [SameRecords(partner[name], name, int(lost[name]), int(total[name])) for name in sorted(partner)]
    whole = [f.dropped for f in found if f.records >= _SHARE * f.of]
    dropped |= {int(r) for r in place.index[place.isin(whole)]}
    return found, dropped
