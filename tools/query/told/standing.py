"""What the rows of the files say as they stand in a column of no known role. Nothing is concluded from it; who asked sees
where it stands and beside what."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from chimera_report.tools.query.originals import Row, leaf, number_of
from chimera_report.tools.query.quoted import fits
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.schema import Role

_GROUPS = (Role.SYSTEM, Role.SETTING, Role.ENVIRONMENT)
MOST_ROWS = 8
MOST_COLUMNS = 8
MOST_VALUES = 12
_LONG = 160  # letters of a cell that are shown
_AS_IT_STANDS = (
    "the values are told as the file has them: what the column means, and in which unit, the program does not know"
)


def column(telling: Telling) -> None:
    """The values of columns that were read as nothing: how many, between which ends, of which rows."""
    said = [_column(telling, name) for name in telling.select.text.split("\n")]
    if not any(said) and telling.select.where:
        telling.refuse("no row has all that the question names")
    elif not any(said):
        names = [leaf(n) for n in telling.select.text.split("\n")]
        telling.refuse(
            f"the {'column' if len(names) == 1 else 'columns'} {_listed(names)} {'is' if len(names) == 1 else 'are'} empty in all rows"
        )


def _column(telling: Telling, name: str) -> bool:
    originals = telling.world.originals
    title = _path(name)
    wheres = telling.select.where
    cells = [
        (row, key, row.cells[key])
        for row, key in originals.having(name)
        if row.owns(key) and all(fits(row, w, telling.world) for w in wheres)
    ]
    if not cells:
        return False
    numbers = [(row, key, x) for row, key, cell in cells if (x := number_of(cell)) is not None]
    levels = Counter(cell for _, _, cell in cells)
    if len(levels) == 1:
        cell, count = levels.most_common(1)[0]
        telling.say(
            f"{telling.name(title)} is {telling.name(_cut(cell))} in {'the one place' if count == 1 else f'all {telling.fact(count)} rows'} that {'says' if count == 1 else 'say'} it."
        )
    elif len(numbers) == len(cells):
        low, high = min(numbers, key=lambda c: c[2]), max(numbers, key=lambda c: c[2])
        telling.say(
            f"{telling.name(title)} has {telling.fact(len(numbers))} values, from {telling.name(low[0].cells[low[1]])} ({telling.name(originals.called(low[0], but=name))}) "
            f"to {telling.name(high[0].cells[high[1]])} ({telling.name(originals.called(high[0], but=name))})."
        )
        ends = sorted(numbers, key=lambda c: -c[2])
        _shown(telling, [row for row, _, _ in ends], (leaf(name),))
        _means(telling, name, numbers)
    else:
        told = [f"{telling.name(_cut(x))} ({telling.fact(n)})" for x, n in levels.most_common(MOST_VALUES)]
        more = f", and {telling.fact(len(levels) - MOST_VALUES)} more" if len(levels) > MOST_VALUES else ""
        telling.say(f"{telling.name(title)} says, each with how many rows say it: {', '.join(told)}{more}.")
    if numbers and _AS_IT_STANDS not in telling.cannot:
        telling.cannot.append(_AS_IT_STANDS)
    return True


def _path(name: str) -> str:
    """A key with the one that it stands under, where it says little alone."""
    parts = re.sub(r"\[\d+\]", "", name).split(".")
    return ".".join(p for p in parts[-2:] if p) if len(parts) > 1 and all(" " not in p for p in parts) else leaf(name)


def _means(telling: Telling, name: str, numbers: Sequence[tuple[Row, str, float]]) -> None:
    """The mean for each level of what the rows are of, where that is a handful."""
    seen: set[tuple[tuple[str, str], ...]] = set()
    by: dict[tuple[str, str], list[float]] = {}
    for row, _, value in numbers:
        key = tuple(sorted((leaf(k), v) for k, v in row.cells.items()))
        if key in seen:
            continue  # a copy of a file says it again
        seen.add(key)
        wanted = {leaf(a.name) for a in telling.world.dataset.readings.get(row.file, ()) if a.role in _GROUPS}
        for k, v in row.cells.items():
            if leaf(k) in wanted and leaf(k) != leaf(name):
                by.setdefault((leaf(k), v), []).append(value)
    for column in dict.fromkeys(c for c, _ in by):
        own = {v: xs for (c, v), xs in by.items() if c == column}
        if 1 < len(own) <= MOST_ROWS and sum(map(len, own.values())) > len(own):
            rows = [
                (telling.name(v), telling.fact(len(xs)), telling.fact(sum(xs) / len(xs)))
                for v, xs in sorted(own.items(), key=lambda x: sum(x[1]) / len(x[1]))
            ]
            telling.table(f"Mean of {_path(name)} by {column}", [column, "n", "Mean"], rows, right=(1, 2))


def _shown(telling: Telling, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """A table of rows: what they are of, the columns that are asked about, what was measured, remarks."""
    own = list({id(r): r for r in rows}.values())[:MOST_ROWS]
    if not own:
        return
    first = [n for r in own for n in r.cells]
    roles: dict[str, Role] = {}
    for row in own:
        for a in telling.world.dataset.readings.get(row.file, ()):
            roles.setdefault(leaf(a.name), a.role)
    names = list(dict.fromkeys(leaf(n) for n in first))
    ranked = sorted(
        names,
        key=lambda n: (
            n not in columns,
            roles.get(n) not in (Role.SYSTEM, Role.SETTING, Role.WORKLOAD),
            roles.get(n) is not Role.METRIC,
        ),
    )
    heads = [n for n in names if n in ranked[:MOST_COLUMNS]]
    table = []
    for row in own:
        cells = {leaf(k): v for k, v in row.cells.items()}
        table.append([telling.name(row.file), *(telling.name(_cut(cells[h])) if h in cells else "–" for h in heads)])
    telling.table("Rows of the files", ["File", *heads], table)


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONG else plain[:_LONG].rsplit(" ", 1)[0] + " …"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
