"""Records that stand in two files as they are, however few digits they were written with: a table and its workbook."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from chimera_report.tools.schema import FACTOR

from .columns import Selection
from .intervals import Floats

_SHARE = 0.8  # of the records of the smaller file
_VALUES = 3  # of a record, at least
_TELLING = 2  # of them with three significant digits or more, in half of the records
_DIFFERENT = 3  # records that are unlike each other: one run written again and again tells nothing
_CROWD = 50  # files with a record in common that are compared


def copies(rows: Selection) -> list[tuple[int, int]]:
    """Pairs of `rid`s of two files whose records have the same system, settings and values, where most records of the
    smaller file have such a twin; the earlier file first."""
    files: dict[int, dict[tuple[object, ...], list[int]]] = defaultdict(lambda: defaultdict(list))
    telling: set[tuple[object, ...]] = set()
    for rid, source, key, tells in _keys(rows):
        files[source][key].append(rid)
        telling.update([key] if tells else [])
    holders: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for source, held in files.items():
        for key in held:
            holders[key].append(source)
    shared: Counter[tuple[int, int]] = Counter()
    for sources in holders.values():
        if 1 < len(sources) <= _CROWD:
            shared.update((a, b) for i, a in enumerate(sorted(sources)) for b in sorted(sources)[i + 1 :])
    size = Counter(rows.heads().codes("source").tolist())
    pairs: list[tuple[int, int]] = []
    for (a, b), kinds in sorted(shared.items()):
        both = [k for k in files[a] if k in files[b]]
        found = [(x, y) for k in both for x, y in zip(files[a][k], files[b][k], strict=False)]
        if sum(k in telling for k in both) >= max(_DIFFERENT, kinds / 2) and len(found) >= _SHARE * min(
            size[a], size[b]
        ):
            pairs += found
    return pairs


def _keys(rows: Selection) -> list[tuple[int, int, tuple[object, ...], bool]]:
    """(rid, file, what the record says, whether no chance says the same) of each record that says enough."""
    rids = rows.number("rid")
    order = np.lexsort((rows.values, rows.codes("stat"), rows.codes("metric"), rids))
    values = _rounded(rows.values[order])
    metric, stat = rows.codes("metric")[order].tolist(), rows.codes("stat")[order].tolist()
    starts = np.flatnonzero(np.diff(rids[order], prepend=-1)).tolist()
    telling = _three_digits(values).tolist()
    said = {}
    for i, start in enumerate(starts):
        end = starts[i + 1] if i + 1 < len(starts) else len(order)
        if end - start >= _VALUES:
            what = tuple(zip(metric[start:end], stat[start:end], values[start:end].tolist(), strict=True))
            said[int(rids[order[start]])] = what, sum(telling[start:end]) >= _TELLING
    heads = rows.heads()
    names = [n for n in rows.columns.names if n.startswith(FACTOR)]
    about = np.stack([heads.codes("subject"), *(heads.codes(n) for n in names)], axis=1).tolist()
    at = zip(heads.number("rid").tolist(), heads.codes("source").tolist(), about, strict=True)
    return [(r, f, (*levels, said[r][0]), said[r][1]) for r, f, levels in at if r in said]


def _rounded(values: Floats) -> Floats:
    """To nine significant digits: a workbook holds 1.626 as the nearest binary number, and so does a text that is read,
    but a factor between units may move the last digit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        step = 10.0 ** (np.floor(np.log10(np.abs(values))) - 8)
    step = np.where(np.isfinite(step) & (step > 0), step, 1.0)
    return np.rint(values / step) * step


def _three_digits(values: Floats) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        step = 10.0 ** (np.floor(np.log10(np.abs(values))) - 1)
    step = np.where(np.isfinite(step) & (step > 0), step, 1.0)
    rest = np.abs(values / step - np.rint(values / step))
    telling: np.ndarray = np.isfinite(values) & (rest > 1e-6)
    return telling
