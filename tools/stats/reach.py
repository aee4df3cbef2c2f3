"""How far a result reaches: what all measurements behind it have in common (a machine, a model, a file) and others of
the same metric do not. Where its words do not say so, a reader takes the result for more than it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.schema import (
    FACTOR,
    Comparison,
    Curve,
    Effect,
    Gain,
    Json,
    Matched,
    Recipe,
    Result,
    Role,
    Rows,
    Scope,
    Tradeoff,
)

from .columns import Codes, Mask, Selection, renumbered
from .likeness import AVERAGED
from .machines import MACHINES
from .once import once
from .prepared import Prepared

SCOPE = "claims.scope"  # the function of a recipe that gives a scope again
MOST = 3  # parts of a scope that a sentence can carry
_LEVELS = 200  # a factor with more of them tells requests apart
_PLACES = ("suite", "subject")
TYPICAL = frozenset(("sample", "mean", "p50"))
TEST = "on "  # how the definition of a score begins that names its test
# What says best where something was measured, before settings and before the name of a file's results.
_FIRST = ("gpu_name", "gpu", "device", "accelerator", "hardware", "provider", "engine", "backend", "framework")
Columns = tuple[str, ...]
Named = Mapping[str, frozenset[str] | None]  # column → levels that the words name; None: the column alone


@dataclass(frozen=True, slots=True)
class Population:
    """All measurements of one metric, each combination of levels once: `cells` has one row for each, with the number of
    the level in each column (-1: not said)."""

    columns: Columns
    names: tuple[list[str], ...]  # of each column, its levels
    cells: Codes
    of_row: Codes  # combination of each row, in the order of `rows`
    rows: Selection

    def levels(self, column: str) -> list[str]:
        place = self.columns.index(column)
        return [self.names[place][c] for c in np.unique(self.cells[:, place]).tolist() if c >= 0]

    def codes(self, column: str) -> Codes:
        found: Codes = self.cells[:, self.columns.index(column)]
        return found


def metrics_of(item: Result) -> tuple[str, ...]:
    """The metrics whose values an item is computed from."""
    names = (item.speed, item.quality) if isinstance(item, Tradeoff) else (str(getattr(item, "metric", "")),)
    return tuple(n for n in names if n)


def population(prepared: Prepared, item: Result, metric: str) -> Population:
    """Every measurement of the metric, with the same statistic as those behind the item (a median, a single value),
    however it was computed; of a score, those of the same test."""
    mine = _cited(prepared, metric, item.rows)
    tests = tuple(d for d in mine.known("definition") if d.startswith(TEST))
    stats = tuple(mine.known("stat"))
    if TYPICAL.intersection(stats):  # a mean that one file states is belied by what another has request by request
        stats = tuple(sorted(TYPICAL.union(stats)))
    return _population(prepared, metric, stats, tests)


def unsaid(
    prepared: Prepared, items: Sequence[Result], metric: str, named: Named, *, first: bool = False
) -> dict[str, str]:
    """What all measurements behind the items share, no word names, and others that the words name do not: by column
    ("suite", "subject" or a factor). Empty where the words name no others; of many, what it ran on and what was chosen
    come first. With `first` the words say who is the first of all, which any other measurement can belie."""
    whole = population(prepared, items[0], metric)
    own = np.zeros(len(whole.cells), dtype=bool)
    for item in items:
        own[whole.of_row[_positions(whole, _cited(prepared, metric, item.rows))]] = True
    if not own.any():
        return {}
    compared = () if first else items
    axes = {sides[0] for sides in map(_sides, compared) if sides is not None}
    others, elsewhere = ~own, ~own  # … and what stands on other machines, whatever settings these had
    for column, levels in named.items():
        if column in whole.columns and (column not in axes or levels is None):
            codes = whole.codes(column)
            names = whole.names[whole.columns.index(column)]
            fits = codes >= 0 if levels is None else np.isin(codes, [names.index(x) for x in levels if x in names])
            others = others & fits
            if column in _PLACES or _is_machine(column):
                elsewhere = elsewhere & fits
    free = [c for c in _by_sense(whole.columns) if c not in named and _one(whole, c, own) is not None]
    found: dict[str, Mask] = {}  # column → the other measurements that its level sets apart
    left = elsewhere
    while left.any():
        gains = {c: _rivals(whole, compared, c, own, left) for c in free if c not in found and _is_machine(c)}
        best = next((c for c in gains if gains[c].any()), "")
        if not best:
            break
        found[best] = whole.codes(best) != whole.codes(best)[own][0]
        left = left & ~found[best]
    left = others & ~np.any([*found.values(), np.zeros_like(own)], axis=0)
    while left.any():
        gains = {c: _rivals(whole, compared, c, own, left) for c in free if c not in found}
        best = max(gains, key=lambda c: (int(gains[c].sum()), -free.index(c)), default="")
        if not best or not gains[best].any():
            break
        found[best] = whole.codes(best) != whole.codes(best)[own][0]
        left = left & ~found[best]
    for column in [c for c in reversed(found) if not _is_machine(c)]:  # what the others tell as well
        rest = [m for c, m in found.items() if c != column]
        if rest and not (others & found[column] & ~np.any(rest, axis=0)).any():
            del found[column]
    kept = sorted(found, key=lambda c: (not _is_machine(c), c != "subject", _role(prepared, c) is Role.WORKLOAD))[:MOST]
    return {c: _one(whole, c, own) or "" for c in kept}


def _role(prepared: Prepared, column: str) -> Role:
    return Role.SYSTEM if column in _PLACES else prepared.dataset.role_of(column)


def _is_machine(column: str) -> bool:
    return column in _FIRST or column in MACHINES


def scope_of(prepared: Prepared, item: Result, metric: str, columns: Iterable[str]) -> Scope:
    """What all values of a metric that the item rests on share in these columns. Raises KeyError where they differ in
    one."""
    wanted: list[Json] = list(columns)
    rows = _cited(prepared, metric, item.rows)
    held = {c: rows.known(c if c in _PLACES else FACTOR + c) for c in wanted}
    if apart := [c for c, levels in held.items() if len(levels) != 1]:
        raise KeyError(apart[0])
    found = {c: levels[0] for c, levels in held.items()}
    args: dict[str, Json] = {"function": item.recipe.function, "args": item.recipe.args, "metric": metric}
    return Scope(
        recipe=Recipe(function=SCOPE, args={**args, "columns": wanted}),
        rows=item.rows,
        suite=found.get("suite", ""),
        subject=found.get("subject", ""),
        machine={k: v for k, v in found.items() if _is_machine(k)},
        held={k: v for k, v in found.items() if k not in _PLACES and not _is_machine(k)},
    )


# --- rows -------------------------------------------------------------------------------------------------------------


@once
def _of_metric(prepared: Prepared, metric: str) -> Selection:
    every = prepared.all_rows(prepared.columns.numbers["pooled"].astype(bool))
    return every.keep(every.has("metric", metric))


@once
def _of_source(prepared: Prepared, metric: str) -> dict[str, Codes]:
    """Path → the places of its rows among those of the metric."""
    rows = _of_metric(prepared, metric)
    sources = rows.codes("source")
    order = np.argsort(sources, kind="stable")
    ends = np.cumsum(np.bincount(sources, minlength=len(rows.columns.names["source"])))
    return dict(zip(rows.columns.names["source"], np.split(order, ends[:-1]), strict=True))


@once
def _cited(prepared: Prepared, metric: str, cited: tuple[Rows, ...]) -> Selection:
    """The measurements of a metric in the records and columns that a result names as its own."""
    rows, of_source = _of_metric(prepared, metric), _of_source(prepared, metric)
    records, columns = rows.number("record"), rows.codes("column")
    titles = rows.columns.names["column"]
    keep = np.zeros(len(rows), dtype=bool)
    for part in cited:
        mine = of_source.get(part.source, np.zeros(0, dtype=np.int64))
        found = np.isin(records[mine], part.records)
        if part.columns:
            found &= np.isin(columns[mine], [titles.index(c) for c in part.columns if c in titles])
        keep[mine[found]] = True
    return rows.keep(keep)


@once
def _population(prepared: Prepared, metric: str, stats: tuple[str, ...], tests: tuple[str, ...]) -> Population:
    rows = _of_metric(prepared, metric)
    rows = rows.keep(np.any([rows.has("stat", x) for x in stats], axis=0))
    if tests:
        rows = rows.keep(np.any([rows.has("definition", x) for x in tests], axis=0))
    columns = [c for c in (*_PLACES, *prepared.factors) if _tells(prepared, rows, c)]
    silent, only = _silent(prepared, rows, stats)
    columns += [c for c in only if c not in columns]
    codes = [rows.codes(c) if c in _PLACES else rows.factor(c) for c in columns]
    of_row = np.zeros(len(rows), dtype=np.int64)
    for column in codes:
        of_row = renumbered(of_row * (int(column.max(initial=0)) + 2) + column + 1)
    first = np.unique(of_row, return_index=True)[1]
    cells = np.stack([c[first] for c in codes], axis=1) if codes else np.zeros((len(first), 0), dtype=np.int64)
    if len(silent):
        more = [silent.codes(c) if c in _PLACES else silent.factor(c) for c in columns]
        cells = np.concatenate([cells, np.unique(np.stack(more, axis=1), axis=0)])
    names = tuple(rows.columns.names[c if c in _PLACES else FACTOR + c] for c in columns)
    return Population(tuple(columns), names, cells, of_row, rows)


def _silent(prepared: Prepared, rows: Selection, stats: tuple[str, ...]) -> tuple[Selection, list[str]]:
    """Records of the same suite and system at levels of a setting at which none has the metric, and those settings.
    What was measured at one level alone does not hold for all: the memory of a GPU where some runs are on the
    processor, the energy of a token where only some decodes are long enough."""
    every = prepared.all_rows(prepared.columns.numbers["pooled"].astype(bool))
    every = every.keep(np.any([every.has("stat", x) for x in stats], axis=0))
    wide = int(every.columns.codes["subject"].max(initial=0)) + 2
    where, mine = (r.codes("suite") * wide + r.codes("subject") for r in (every, rows))
    every = every.keep(np.isin(where, mine))
    where = every.codes("suite") * wide + every.codes("subject")
    lacking, names = np.zeros(len(every), dtype=bool), []
    for name in prepared.factors:
        if name in prepared.blocks or prepared.dataset.role_of(name) is not Role.SETTING:
            continue
        has, all_ = rows.factor(name), every.factor(name)
        for place in np.unique(mine).tolist():
            held = np.unique(has[mine == place])
            other = (where == place) & (all_ >= 0) & (all_ != held[0])
            if len(held) == 1 and held[0] >= 0 and other.any():
                lacking |= other
                names.append(name)
    return every.keep(lacking), list(dict.fromkeys(names))


def _tells(prepared: Prepared, rows: Selection, column: str) -> bool:
    """Whether a column may say under which condition a measurement was made, and not all say the same."""
    codes = rows.codes(column) if column in _PLACES else rows.factor(column)
    if not len(codes) or codes.min() == codes.max() or len(np.unique(codes)) > _LEVELS:
        return False
    if column in _PLACES:
        return True
    return column not in prepared.blocks and prepared.dataset.role_of(column) not in (*AVERAGED, Role.COMPONENT)


def _positions(whole: Population, rows: Selection) -> Codes:
    """Places in the population of these rows."""
    found: Codes = np.flatnonzero(np.isin(whole.rows.at, rows.at))
    return found


# --- what is left out -------------------------------------------------------------------------------------------------


def _by_sense(columns: Columns) -> list[str]:
    """The columns, those first that tell most: the machine, then systems and settings, the file's name last."""

    def place(column: str) -> tuple[int, int]:
        if column in _FIRST:
            return 0, _FIRST.index(column)
        kind = 1 if _is_machine(column) else 2 if column == "subject" else 4 if column == "suite" else 3
        return kind, columns.index(column)

    return sorted(columns, key=place)


def _one(whole: Population, column: str, own: Mask) -> str | None:
    """The level that all of the item's own rows have."""
    codes = np.unique(whole.codes(column)[own])
    if len(codes) != 1 or codes[0] < 0:
        return None
    return whole.names[whole.columns.index(column)][int(codes[0])] or None


def _rivals(whole: Population, items: Sequence[Result], column: str, own: Mask, others: Mask) -> Mask:
    """The other measurements, at another level of the column, of which the same could be said: of a comparison, those
    at which both sides were measured."""
    codes = whole.codes(column)
    apart: Mask = others & (codes != codes[own][0]) & (codes >= 0)
    told = [t for t in map(_sides, items) if t is not None]
    if not told or not apart.any():
        return apart
    axis, comparable = told[0]
    if axis not in whole.columns or axis == column:
        return np.zeros(len(apart), dtype=bool) if axis == column else apart
    levels = whole.names[whole.columns.index(axis)]
    for code in np.unique(codes[apart]).tolist():
        there = apart & (codes == code)
        seen = {levels[c] for c in np.unique(whole.codes(axis)[there]).tolist() if c >= 0}
        if not comparable(seen):
            apart &= ~there
    return apart


def _sides(item: Result) -> tuple[str, Callable[[set[str]], bool]] | None:
    """The column in which the sides of a comparison differ, and whether these levels of it make one."""
    match item:
        case Matched() | Comparison():
            return item.axis, lambda seen: {item.a, item.b} <= seen
        case Gain():
            return item.axis, lambda seen: item.base in seen and len(seen) > 1
        case Effect():
            return item.factor, lambda seen: {item.high, item.low} <= seen
        case Curve():
            return item.factor, lambda seen: len(seen) > 1
    return None
