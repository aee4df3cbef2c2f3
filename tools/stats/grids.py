"""Grids: one metric under every condition that ran, systems and settings in lines and a workload in columns.

No cell is a mean over unlike conditions: whatever differs between records, repeats and prompts aside, splits them into
cells. So the best and the worst of a grid are single conditions, told whole, and a line is one system under one set of
settings along the workload.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from chimera_report.tools.metrics import AXES, HARDWARE
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import (
    FACTOR,
    CurvePoint,
    Grid,
    GridCell,
    GridLine,
    GridPoint,
    Json,
    Recipe,
    Role,
    is_load,
)

from .columns import Codes, Selection, alike, follows, without_lengths
from .curves import RATES, knee
from .machines import MACHINES, machines_first
from .matched import AVERAGED, comparable
from .ordering import nearly_one, numeric, sizes_of
from .ordering import ordered as in_their_order
from .prepared import Prepared
from .qualify import qualifying
from .references import RELATIVE, one_reference
from .scatter import cell_of
from .stated import preferred
from .unreached import reached
from .workload import workload_hidden

_QUALITY = next(a for a in AXES if "accuracy" in a)
_LEVELS = 40  # of a factor that nothing names: with more, it is a measured number and no condition
_CELLS = 1500
_COLUMNS = 24
_APART = 100  # readings of one machine that are further apart stand in several units
_WIDE = 1.5  # records of one condition that lie further apart differ in something that nobody wrote down
# What a reader wants to see beside a system, though each system has its own.
_SHOWN = frozenset({"device", "gpu", "gpu_name", "gpu_model", "hardware", "accelerator", "host", "machine", "chip",
                    "backend", "provider"})  # fmt: skip
# What may stand in columns where there is no workload.
_ACROSS = frozenset({Role.SYSTEM, Role.SETTING, Role.UNKNOWN})
_REPEATS = 12  # records of a condition up to which they are repeats of a run, and no requests within one
_STRAY = 10.0  # times the nearest other condition of a system
_OTHERS = 3
UNNAMED = "not named"  # what ingest calls the level of a file whose name leaves out what the others' names say
_PER_TOKEN = frozenset(("decode_rate", "client_decode_rate", "tpot", "itl"))  # what was asked for hardly moves them
_FILLED = 0.6  # share of the cells of a table by a setting that have to be there

Cell = tuple[int, ...]


def every_grid(prepared: Prepared) -> list[Grid]:
    """One for each metric of each suite with two conditions and more."""
    families = dict.fromkeys(
        (k.suite, k.metric, k.definition, k.level) for k in prepared.measures() if not prepared.is_log(k)
    )
    wanted = [f for f in families if registered(f[1]).core and registered(f[1]).direction != "none"]
    found = (_grid(prepared, *f, preferred(prepared, prepared.alike(*f))) for f in wanted)
    return [g for g in found if g is not None]


def grid(prepared: Prepared, suite: str, metric: str, definition: str, level: str, stat: str = "") -> Grid:
    """One of them by the arguments of its recipe. Raises KeyError where there is none."""
    found = _grid(prepared, suite, metric, definition, level, stat)
    if found is None:
        raise KeyError(f"no grid of {metric} in {suite}")
    return found


def _grid(prepared: Prepared, suite: str, metric: str, definition: str, level: str, asked: str) -> Grid | None:
    keys = prepared.alike(suite, metric, definition, level)
    rows, stat = comparable(prepared, keys, asked)
    known, whole = registered(metric), len(rows)
    quality = metric in _QUALITY
    if known.positive and not quality and len(rows):
        rows = rows.keep(rows.values > 0)
    if len(rows) < 2 or workload_hidden(prepared, metric, rows):
        return None
    factors = _factors(prepared, rows)
    if factors is None:
        return None
    names = ["subject", *factors]
    places = _cells(rows, names)
    if not 2 <= len(places) <= _CELLS or not (metric in _PER_TOKEN or _same_prompts(prepared, rows, places)):
        return None
    values = rows.columns.numbers["value"]
    plain = {c: quality or bool((values[at] <= 0).any()) for c, at in places.items()}
    cells = {c: cell_of(prepared, Selection(rows.columns, at), plain=plain[c]) for c, at in places.items()}
    up = known.direction == "higher"
    if metric in HARDWARE and max(c.value for c in cells.values()) > _APART * min(c.value for c in cells.values()):
        return None
    axis = _column_axis(prepared, rows, factors, cells, names)
    lines, columns, work = _lines(rows, names, cells, axis, prepared)
    lines = _sorted(lines, up=up, last=metric in RATES)
    load = bool(axis) and is_load(axis) and reached(prepared, rows, axis)
    ordered = bool(columns) and (all(numeric(c) for c in columns) or sizes_of(columns) is not None)
    single = _wide(cells) and not quality
    best, worst = _ends(cells, up=up, single=single)
    apart = [c for c in cells if cells[c].n > 1 and cells[c].min > 0]
    wide = max(apart, key=lambda c: cells[c].max / cells[c].min) if apart else None
    args: dict[str, Json] = {"suite": suite, "metric": metric, "definition": definition, "level": level}
    args |= {"stat": asked} if asked else {}
    return Grid(
        recipe=Recipe(function="grid", args=args),
        rows=rows.cite(),
        warnings=tuple(dict.fromkeys(w for k in keys for w in qualifying(prepared, suite, k.subject, metric))),
        suite=suite,
        metric=metric,
        definition=definition,
        level="sample" if level == "sample" else "aggregate",
        stat=stat,
        factor=axis,
        ordered=ordered,
        given=bool(axis) and prepared.dataset.role_of(axis) is Role.WORKLOAD,
        tests=(quality and any(_names_tests(prepared, rows, f) for f in factors))
        or (metric in RELATIVE and len({c[0] for c in cells}) > 1 and not one_reference(prepared, rows)),
        work=work,
        along=_along(prepared, rows),
        columns=columns,
        lines=tuple(_told(line, columns, up=up, knees=load and ordered and metric in RATES) for line in lines),
        leaders=_leaders(lines, len(columns), up=up),
        best=_point(rows, names, *best),
        worst=_point(rows, names, *worst),
        shared_best=_sharing(cells, best[1].value, "max" if up else "min", single=single),
        shared_worst=_sharing(cells, worst[1].value, "min" if up else "max", single=single),
        stray=_stray(cells, *best),
        single=single,
        widest=_point(rows, names, wide, cells[wide]) if wide is not None else None,
        conditions=len(cells),
        cold=sum(len(prepared.rows(k)) for k in keys) - whole if level == "sample" else 0,
        least_n=min(c.n for c in cells.values()),
        most_n=max(c.n for c in cells.values()),
    )


def _factors(prepared: Prepared, rows: Selection) -> list[str] | None:
    """The factors that tell conditions apart, those left out that follow from the system or from one before; None
    where a column that nobody named takes so many values that it may be a result."""
    names: list[str] = []
    subject = rows.codes("subject")
    work = {n for n in prepared.varying(rows) if prepared.dataset.role_of(n) is Role.WORKLOAD}
    # A machine is known by its accelerator, where a processor changes along with it.
    for name in sorted(machines_first(prepared.varying(rows)), key=lambda n: (n not in work, n.startswith("cpu"))):
        role = prepared.dataset.role_of(name)
        if name in prepared.blocks or role in AVERAGED or role is Role.OUTCOME:
            continue
        if role in (Role.UNKNOWN, Role.ENVIRONMENT) and len(rows.levels(name)) > _LEVELS:
            return None
        code = rows.factor(name)
        if role is Role.WORKLOAD and nearly_one(rows.levels(name)):
            continue
        if role is Role.WORKLOAD:
            if not any(alike(code, rows.factor(n)) for n in names):
                names.append(name)
        elif (name in _SHOWN or not follows(code, subject)) and not any(follows(code, rows.factor(n)) for n in names):
            kept = {*work, *MACHINES, "device"}
            names = [n for n in names if n in kept or not follows(rows.factor(n), code)]
            names.append(name)
    return without_lengths(rows, names)


def _along(prepared: Prepared, rows: Selection) -> tuple[str, ...]:
    """What differs between the systems with the system: a setting or a machine of its own each."""
    subject = rows.codes("subject")
    named = [
        n
        for n in prepared.varying(rows)
        if n not in prepared.blocks and prepared.dataset.role_of(n) in (Role.SETTING, Role.SYSTEM, Role.ENVIRONMENT)
    ]
    return tuple(n for n in named if follows(rows.factor(n), subject))


def _names_tests(prepared: Prepared, rows: Selection, name: str) -> bool:
    """Whether a factor says which questions were asked: scores of different ones do not compare."""
    levels = rows.levels(name)
    return prepared.dataset.role_of(name) is Role.WORKLOAD and not all(numeric(x) for x in levels)


def _cells(rows: Selection, names: list[str]) -> dict[Cell, Codes]:
    codes = [_codes(rows, n).tolist() for n in names]
    found: dict[Cell, list[int]] = {}
    for place, cell in enumerate(zip(*codes, strict=True)):
        found.setdefault(cell, []).append(int(rows.at[place]))
    return {c: np.array(at, dtype=np.int64) for c, at in found.items()}


def _codes(rows: Selection, name: str) -> Codes:
    return rows.codes("subject") if name == "subject" else rows.factor(name)


def _same_prompts(prepared: Prepared, rows: Selection, places: dict[Cell, Codes]) -> bool:
    """Whether every cell is of the same prompts, where there are several: values of other work are no rivals."""
    if "prompt" not in prepared.varying(rows):
        return True
    known = {frozenset(Selection(rows.columns, at).factor("prompt").tolist()) for at in places.values()}
    return len(known) == 1


# --- columns ----------------------------------------------------------------------------------------------------------


def _column_axis(
    prepared: Prepared,
    rows: Selection,
    factors: list[str],
    cells: dict[Cell, GridCell],
    names: list[str],
) -> str:
    """The workload that most lines went along, else a setting that nearly all of them tried; "" for neither."""
    work = [f for f in factors if prepared.dataset.role_of(f) is Role.WORKLOAD]
    best, most = "", (0, 0, 0)
    for name in work:
        levels = rows.levels(name)
        if not 2 <= len(levels) <= _COLUMNS or not _runs_along(cells, names.index(name)):
            continue
        numbers = all(numeric(x) for x in levels) or sizes_of(levels) is not None
        size = (_shown(cells, names, name, work), int(numbers), int(is_load(name)))
        if size > most:
            best, most = name, size
    if best:
        return best
    for name in factors:
        place, many = names.index(name), len(rows.levels(name))
        lines = {c[:place] + c[place + 1 :] for c in cells}
        if (
            (prepared.dataset.role_of(name) in _ACROSS or name in MACHINES)
            and 2 <= many <= 8
            and len(lines) > 1
            and len(cells) >= _FILLED * many * len(lines)
            and many * len(lines) > most[1]
        ):
            best, most = name, (0, many * len(lines), 0)
    return best


def _runs_along(cells: dict[Cell, GridCell], place: int) -> bool:
    """Whether a line has values at two levels: else the work only tells the lines apart."""
    lines = Counter(c[:place] + c[place + 1 :] for c in cells)
    return max(lines.values()) > 1


def _shown(cells: dict[Cell, GridCell], names: list[str], axis: str, work: list[str]) -> int:
    """How many cells a table by that workload shows, the others held at the levels with the most."""
    held = [names.index(n) for n in work if n != axis]
    return max(Counter(tuple(c[i] for i in held) for c in cells).values())


def _lines(
    rows: Selection, names: list[str], cells: dict[Cell, GridCell], axis: str, prepared: Prepared
) -> tuple[list[GridLine], tuple[str, ...], dict[str, str]]:
    """The lines of the table, its columns, and the work that is held in it."""
    work = [n for n in names[1:] if n != axis and prepared.dataset.role_of(n) is Role.WORKLOAD] if axis else []
    held = [names.index(n) for n in work]
    given: dict[str, str] = {}
    if held:
        counts = Counter(tuple(c[i] for i in held) for c in cells)
        chosen = max(counts, key=lambda c: (counts[c], c))
        cells = {c: v for c, v in cells.items() if tuple(c[i] for i in held) == chosen}
        given = {n: level for n, code in zip(work, chosen, strict=True) if (level := _name(rows, n, code))}
    at = names.index(axis) if axis else -1
    columns = in_their_order(list({_name(rows, axis, c[at]) for c in cells} - {""})) if axis else []
    labels = [i for i in range(1, len(names)) if i != at and i not in held]
    found: dict[Cell, dict[str, GridCell]] = {}
    for cell, value in cells.items():
        line = (cell[0], *(cell[i] for i in labels))
        found.setdefault(line, {})[_name(rows, axis, cell[at]) if axis else ""] = value
    lines = [
        GridLine(
            subject=_name(rows, "subject", line[0]),
            condition={
                names[i]: level
                for i, code in zip(labels, line[1:], strict=True)
                if (level := _name(rows, names[i], code)) not in ("", UNNAMED)
            },
            cells=tuple(values.get(c) for c in (columns or [""])),
        )
        for line, values in found.items()
    ]
    lines = [x for x in lines if any(c is not None for c in x.cells)]
    shared = {k for k, v in lines[0].condition.items() if all(x.condition.get(k) == v for x in lines)}
    if shared and len(lines) > 1:  # what all lines have in common under the held work
        given |= {k: lines[0].condition[k] for k in lines[0].condition if k in shared}
        lines = [
            x.model_copy(update={"condition": {k: v for k, v in x.condition.items() if k not in shared}}) for x in lines
        ]
    return lines, tuple(columns), given


def _sorted(lines: list[GridLine], *, up: bool, last: bool) -> list[GridLine]:
    """Best first, by the column that most lines have: the last of these for a throughput, else the first."""
    width = len(lines[0].cells)
    counts = [sum(1 for x in lines if x.cells[c] is not None) for c in range(width)]
    full = [c for c in range(width) if counts[c] == max(counts)]
    by = full[-1] if last else full[0]

    def size(line: GridLine) -> tuple[bool, float]:
        cell = line.cells[by]
        return (cell is None, 0.0 if cell is None else -cell.value if up else cell.value)

    return sorted(lines, key=size)


def _told(line: GridLine, columns: tuple[str, ...], *, up: bool, knees: bool) -> GridLine:
    """A line with its first and last, its best and worst place, and the place where more load gains little."""
    there: list[tuple[int, GridCell]] = [(i, c) for i, c in enumerate(line.cells) if c is not None]
    ranked = sorted(there, key=lambda p: (-p[1].value if up else p[1].value, p[0]))
    first, last = there[0], there[-1]
    ends = (last[1].value / first[1].value) if first[1].value > 0 and last[1].value > 0 else None
    found = (
        knee([CurvePoint(level=columns[i], value=c.value) for i, c in there])
        if knees and ends is not None and len(there) > 2
        else None
    )
    return line.model_copy(
        update={
            "first": first[0],
            "last": last[0],
            "best": ranked[0][0],
            "worst": ranked[-1][0],
            "ratio": ends,
            "knee": there[found][0] if found is not None else None,
        }
    )


def _leaders(lines: list[GridLine], width: int, *, up: bool) -> tuple[int | None, ...]:
    """For each column the line that is best there; None where fewer than two have a value, or two have the best."""
    found: list[int | None] = []
    for c in range(width):
        there = [(cell.value, i) for i, x in enumerate(lines) if (cell := x.cells[c]) is not None]
        there.sort(key=lambda p: -p[0] if up else p[0])
        found.append(there[0][1] if len(there) > 1 and there[0][0] != there[1][0] else None)
    return tuple(found)


def _point(rows: Selection, names: list[str], cell: Cell, value: GridCell) -> GridPoint:
    named = ((n, _name(rows, n, code)) for n, code in zip(names[1:], cell[1:], strict=True))
    condition = {n: level for n, level in named if level not in ("", UNNAMED)}
    ratio = value.max / value.min if value.n > 1 and value.min > 0 else None
    return GridPoint(
        subject=_name(rows, "subject", cell[0]),
        condition=condition,
        value=value.value,
        n=value.n,
        ratio=ratio,
        unlike=value.unlike,
    )


def _wide(cells: dict[Cell, GridCell]) -> bool:
    """Whether the records of a condition are further apart, in the median, than repeats are."""
    found = [c.max / c.min for c in cells.values() if 1 < c.n <= _REPEATS and c.min > 0]
    if 2 * len(found) < sum(c.n > 1 for c in cells.values()):
        return False  # single requests of a run, of which each takes its own time
    return bool(found) and float(np.median(found)) > _WIDE


def _ends(
    cells: dict[Cell, GridCell], *, up: bool, single: bool
) -> tuple[tuple[Cell, GridCell], tuple[Cell, GridCell]]:
    """The best condition and the worst, or those with the best and the worst record."""
    high, low = ("max", "min") if single else ("value", "value")
    top = max(cells, key=lambda c: getattr(cells[c], high))
    bottom = min(cells, key=lambda c: getattr(cells[c], low))
    ends = [
        (c, cells[c].model_copy(update={"value": getattr(cells[c], name), "n": 1}) if single else cells[c])
        for c, name in ((top, high), (bottom, low))
    ]
    return (ends[0], ends[1]) if up else (ends[1], ends[0])


def _stray(cells: dict[Cell, GridCell], cell: Cell, best: GridCell) -> bool:
    """Whether the best is far from all that its system did else: rather a slip of the measurement than a result."""
    others = [c.value for k, c in cells.items() if k[0] == cell[0] and k != cell]
    if len(others) < _OTHERS or min(*others, best.value) <= 0:
        return False
    return min(max(v / best.value, best.value / v) for v in others) >= _STRAY


def _sharing(cells: dict[Cell, GridCell], value: float, name: str, *, single: bool) -> int:
    """How many conditions have that value."""
    return sum(math.isclose(getattr(c, name if single else "value"), value, rel_tol=1e-9) for c in cells.values())


def _name(rows: Selection, column: str, code: int) -> str:
    names = rows.columns.names["subject" if column == "subject" else FACTOR + column]
    return names[code] if code >= 0 else ""
