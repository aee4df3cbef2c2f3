"""Failures that stand in several files: in a copy, a combined file, a file of a community, a summary.

What the files hold of their successes tells which of them restate each other (duplicates.py). A failure of a file that
restates another is one of that other file's where it gives the same reason under the same settings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.schema import Dataset, Role

from .duplicates import whole_twins
from .failed_once import counted_again
from .once import once
from .prepared import Prepared, prepare
from .reasons import reason_kind

if TYPE_CHECKING:
    from .columns import Mask

_COMPILED = 1 / 3  # of a file's records that stand in others, from which on all of it is put together of others
# What a file may say of itself, and not of its single runs.
_OF_FILES = frozenset({Role.ENVIRONMENT, Role.LABEL, Role.TIME, Role.STATUS, Role.ERROR, Role.OUTCOME, Role.REPLICATE})
_MOST = 200_000  # failures that are looked at


def told_again(dataset: Dataset) -> Mask:
    """The rows of failures that another row tells of already, as a mask of the table's rows."""
    return _again(prepare(dataset))


def untried(dataset: Dataset, suites: Iterable[str]) -> Mask:
    """Rows of records that stand in another file as well, which is one of these suites: they were tried once."""
    prepared = prepare(dataset)
    table = dataset.table
    own = set(table.loc[table["suite"].isin(list(suites)), "source"].unique())
    kept = defaultdict(set)
    for twin in prepared.records:
        kept[twin.dropped].add(twin.kept)
    for same in prepared.files:
        for name in same.dropped:
            kept[name].add(same.kept)
    away = [name for name, others in kept.items() if others & own]
    mask: Mask = prepared.columns.numbers["duplicate"] & table["source"].isin(away).to_numpy()
    return mask


@once
def _again(prepared: Prepared) -> Mask:
    again: Mask = counted_again(prepared.dataset.table)
    copied = {name for same in prepared.files for name in same.dropped}
    if copied:
        again |= _failures(prepared) & prepared.dataset.table["source"].isin(copied).to_numpy()
    again |= _restated(prepared, again)
    return again


def _failures(prepared: Prepared) -> Mask:
    every = prepared.all_rows()
    bad: Mask = (every.has("status", "error") | every.has("status", "timeout")) & every.has("origin", "measured")
    return bad


def _restated(prepared: Prepared, known: Mask) -> Mask:
    """Single failures of a file that restates others, each of which one of another file matches."""
    found: Mask = np.zeros(len(known), dtype=bool)
    bad = prepared.all_rows(_failures(prepared) & ~known)
    if len(bad):  # a file that counts failures has no single one, not even where the count is one
        every = prepared.all_rows(_failures(prepared))
        bad = bad.keep(~np.isin(bad.codes("source"), every.codes("source")[every.number("n") > 1])).heads()
    if not len(bad) or len(bad) > _MOST:
        return found
    partners = _partners(prepared)
    if not partners:
        return found
    messages = prepared.dataset.table["message"].to_numpy(dtype=object, na_value="")[bad.at]
    kinds = [reason_kind(str(m)) for m in messages]
    of = prepared.dataset.role_of
    names = [f for f in prepared.factors if of(f) not in _OF_FILES and (bad.factor(f) >= 0).any()]
    levels = {f: bad.factor(f) for f in names}
    source, subject = bad.codes("source"), bad.codes("subject")
    paths = bad.columns.names["source"]
    places = {paths[c]: np.flatnonzero(source == c) for c in np.unique(source)}
    empty = {i for i, name in enumerate(bad.columns.names["subject"]) if not name} | {-1}
    gone: set[int] = set()
    held: set[int] = set()  # those that count in place of others
    for path, others in partners.items():
        for other in others or [p for p in places if p != path]:
            mine, their = places.get(path), places.get(other)
            if mine is None or their is None:
                continue
            taken = gone | held
            ours = [int(i) for i in mine if i not in taken]
            theirs = [int(i) for i in their if i not in gone]
            if not ours or not theirs:
                continue
            both = [f for f in names if (levels[f][ours] >= 0).all() and (levels[f][theirs] >= 0).all()]
            whose = not any(int(subject[i]) in empty for i in (*ours, *theirs))
            key: dict[int, tuple[object, ...]] = {
                i: (kinds[i], subject[i] if whose else 0, *(levels[f][i] for f in both)) for i in (*ours, *theirs)
            }
            left: dict[tuple[object, ...], list[int]] = defaultdict(list)
            for i in theirs:
                left[key[i]].append(i)
            for i in ours:
                if left[key[i]]:
                    other_one = left[key[i]].pop()
                    nameless = int(subject[other_one]) in empty and int(subject[i]) not in empty
                    # The one that says whose it was counts, of two that say as much the other file's.
                    lost, kept = (other_one, i) if nameless and other_one not in held else (i, other_one)
                    gone.add(lost)
                    held.add(kept)
    for path in whole_twins(prepared.records) & places.keys():
        # As a whole it stands in others; that these have failures too shows that they did not leave them out.
        keeping = {t.kept for t in prepared.records if t.dropped == path} & places.keys()
        taken = gone | held
        free = [i for other in keeping for i in places[other].tolist() if i not in taken]
        own = [i for i in places[path].tolist() if i not in taken]
        both = [f for f in names if own and free and (levels[f][own] >= 0).all() and (levels[f][free] >= 0).all()]
        like = Counter(tuple(levels[f][i] for f in both) for i in free)
        for i in own:
            which = tuple(levels[f][i] for f in both)
            if like[which] > 0:
                like[which] -= 1
                gone.add(i)
    if gone:
        rid = bad.number("rid")[sorted(gone)]
        found |= np.isin(prepared.columns.numbers["rid"], rid) & _failures(prepared)
    return found


def _partners(prepared: Prepared) -> dict[str, list[str]]:
    """Files that restate others, with the files that they may restate; an empty list for any other one."""
    shared: dict[str, list[str]] = {}
    again: Counter[str] = Counter()
    for twin in prepared.records:
        shared.setdefault(twin.dropped, []).append(twin.kept)
        shared.setdefault(twin.kept, [])
        again[twin.dropped] += twin.records
        again[twin.kept] += twin.records
    if not shared:
        return {}
    done = prepared.all_rows()
    done = done.keep(done.has("status", "ok") & done.has("origin", "measured")).heads()
    total = Counter(done.codes("source").tolist())
    of = {path: total[code] for code, path in enumerate(done.columns.names["source"])}
    compiled = [path for path in shared if again[path] >= _COMPILED * of.get(path, 0)]
    partners = {path: kept for path, kept in shared.items() if kept and path not in compiled}
    # What is left out as a copy first, so that the failures of what is kept count; then the longest, which was put
    # together of the others.
    left_out = {twin.dropped for twin in prepared.records}
    return partners | {path: [] for path in sorted(compiled, key=lambda x: (x not in left_out, -of.get(x, 0), x))}
