"""The numbers themselves: a table for each kind of metric, each cell of one condition that is named in full, with who
leads in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from chimera_report.tools.claims import ids_in, noun, tables
from chimera_report.tools.claims import listed as in_a_list
from chimera_report.tools.metrics import AXES
from chimera_report.tools.report import along, guesses, listed, shown
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.schema import Block, Column, Grid, GridCell, GridLine, Table

_QUALITY = next(a for a in AXES if "accuracy" in a)
_LIKELIHOOD = ("perplexity", "kl_divergence")  # how well a text is foreseen, which is no score of answers
# What a reader looks for, in this order; of each the first that was measured.
_KINDS: tuple[tuple[str, ...], ...] = (
    ("decode_rate", "output_throughput", "total_throughput", "throughput", "request_rate", "goodput", "image_rate",
     "client_decode_rate", "run_time"),
    tuple(m for m in _QUALITY if m not in _LIKELIHOOD),
    _LIKELIHOOD,
    ("ttft", "ttft_incl_load", "e2e_latency", "tpot", "itl"),
    ("energy_per_token", "energy", "power"),
    ("prefill_rate", "prompt_eval_time"),
    ("vram", "ram", "model_size"),
    ("output_throughput", "total_throughput", "throughput", "request_rate", "goodput"),
)  # fmt: skip
_KNOWN = frozenset(m for kind in _KINDS for m in kind)
_SIZES = frozenset(("ram", "vram"))
_TIMES = frozenset(("e2e_latency", "run_time"))
_TABLES = 3
_NAMED = 5  # metrics whose tables are named
_MORE = 9  # tables in the appendix
# Lines of all tables together, with their heads, lead-ins and notes, by the number of findings: a report stays short.
_ROOM = (56, 56, 56, 48, 40, 32, 22, 22)
_FRAME = 8  # lines of a table beside its rows
_SUITES = 2  # tables of one kind
_REPEATS = 12  # records of a condition up to which they are repeats, and no requests of a run
_FLAT = 1.05  # cells of a system that all lie within this say that nothing matters
_FIRST = 12  # lines of the first table …
_ROWS = 8  # … and of the others
_BESIDE = 4  # metrics side by side
_MANY = 7  # conditions of a table of what a finding says already
_FULL = 6  # findings, beside which a table of what they say is for those who look for a value …
_CELLS = 40  # … and has as many conditions
_WORDS = 4  # conditions that need no table
_CONDITIONS = 3  # a table of fewer says nothing that a sentence does not


def figures(book: Book, told: Sequence[Found]) -> list[Block]:
    """The tables with their lead-in; nothing where every metric has one or two values, or none that differ."""
    made: list[Block] = []
    noted: set[str] = set()
    for group in _body(book, told):
        made += book.paragraph("figures", "figures", _lines(book, group[0]))
        block = _table(book, group)
        note = book.desk.render(block.note)  # what a cell is, once for all tables of which it holds
        made.append(tables.table(block.title, block.columns, block.rows) if note in noted else block)
        noted.add(note)
    if not any(isinstance(b, Table) for b in made):  # what was measured, where nothing of it makes a comparison
        return [*made, *listed.listed_records(book)]
    rest = list(dict.fromkeys(noun(g[0]) for g in _rest(book, told)))
    if made and rest:
        text = f"The appendix has further tables of values, of {in_a_list(rest[:_NAMED])}."
        made += book.paragraph("figures", "further", [Line(text, About("inventory"))])
    return made


def further(book: Book, told: Sequence[Found]) -> list[Block]:
    """The tables that the body has no room for, for the appendix."""
    return [_table(book, g) for g in _rest(book, told)]


def _rest(book: Book, told: Sequence[Found]) -> list[list[Grid]]:
    shown = {g[0].recipe.key for g in _body(book, told)}
    return [g for g in _chosen(book, told) if g[0].recipe.key not in shown][:_MORE]


def _table(book: Book, group: list[Grid]) -> Table:
    return _beside(book, group) if not group[0].columns else _along(book, group[0])


def _body(book: Book, told: Sequence[Found]) -> list[list[Grid]]:
    """The tables of the body: as many as a reader looks at."""
    made: list[list[Grid]] = []
    rows = 0
    for group in _chosen(book, told):
        size = _FRAME + len(group[0].lines)
        if len(group[0].lines) > (_ROWS if made else _FIRST):
            continue  # a part of the lines would be a choice of ours
        if len(made) < _TABLES and rows + size <= _ROOM[min(len(told), len(_ROOM) - 1)]:
            made.append(group)
            rows += size
    return made


def _chosen(book: Book, told: Sequence[Found]) -> list[list[Grid]]:
    """Grids to show, in the order of what a reader looks for; those of one column beside each other."""
    said = _told(book, told)
    said |= {(s, "client_decode_rate") for s, m in said if m == "decode_rate"}  # the same, seen from outside
    pool = [
        g
        for g in book.analysis.grids
        if g.conditions >= _fewest(g, (g.suite, g.metric) in said, len(told)) and not _flat(g) and shown.whole(book, g)
    ]
    plain = {(g.suite, k) for g in pool if not g.definition for k, kind in enumerate(_KINDS) if g.metric in kind}
    pool = [g for g in pool if _usual(g, plain)]
    pool = [g for g in pool if g.conditions > _WORDS or not (g.single or g.metric == "run_time")]
    idle = {(getattr(i, "suite", ""), f.scope.get("metric", "")) for f in told if f.kind == "idle" for i in f.items}
    pool = [g for g in pool if (g.suite, g.metric) not in idle]  # a finding says that nothing moves it
    pool = [g for g in pool if g.metric not in _SIZES or not guesses.of_unit(book, g.metric)]  # it may be a share
    rounds: list[list[Grid]] = [[] for _ in range(_SUITES)]
    for kind in _KINDS:
        picked = [g for r in rounds for g in r]
        found = [g for g in pool if g.metric in kind and g not in picked]
        taken = [g for g in picked if g.metric in kind]
        found = [g for g in found if not any(t.suite == g.suite and t.metric != "decode_rate" for t in taken)]
        found.sort(key=lambda g: (kind.index(g.metric), -_seen(g), g.recipe.key))
        suites: dict[str, Grid] = {}
        for item in found:
            suites.setdefault(item.suite, item)
        widest = sorted(suites.values(), key=lambda g: (-_seen(g), kind.index(g.metric), g.recipe.key))
        for place, item in enumerate(widest[:_SUITES]):
            rounds[place].append(item)
    every = [g for r in rounds for g in r]
    groups: list[list[Grid]] = []
    for item in (g for g in every if not _inverse(g, every)):
        beside = next((g for g in groups if _same(g[0], item) and len(g) < _BESIDE), None)
        if beside is None:
            groups.append([item])
        elif all(g.metric != item.metric for g in beside):
            beside.append(item)
    for group in groups:  # what a finding says too stands beside it, for who compares
        others = [g for g in book.analysis.grids if g not in every and shown.whole(book, g)]
        alike = [g for g in others if _same(group[0], g) and g.metric in _KNOWN]
        for item in alike:
            if len(group) < _BESIDE and all(g.metric != item.metric for g in group):
                group.append(item)
    return groups


def _usual(item: Grid, plain: set[tuple[str, int]]) -> bool:
    """Whether its values are what a reader takes them for: of the usual definition, or of a test, or the only ones."""
    if not item.definition or item.definition.startswith("on "):
        return True
    return not any((item.suite, k) in plain for k, kind in enumerate(_KINDS) if item.metric in kind)


def _fewest(item: Grid, said: bool, many: int) -> int:
    """How many conditions make a table: few where nothing else is said of them, more beside findings that say it."""
    if not said:
        return _CONDITIONS if many < _FULL else _WORDS
    return _CELLS if many >= _FULL and not item.ordered else _MANY


def _told(book: Book, told: Sequence[Found]) -> set[tuple[str, str]]:
    """Suite and metric of what the findings show a value of."""
    made = {(getattr(i, "suite", ""), getattr(i, "metric", "")) for f in told for i in f.items}
    for found in told:
        claims = [c.clause for c in found.claims]
        for ident in (i for text in (found.title, *(x.text for x in found.lines), *claims) for i in ids_in(text)):
            fact = book.desk.facts.get(ident)
            if fact is not None and fact.metric:
                made.add((fact.suite, fact.metric))
    return made


def _flat(item: Grid) -> bool:
    """Whether nothing that was varied moves any system: all its values lie within 5 %, or closer than its repeats."""
    values = [c.value for x in item.lines for c in x.cells if c is not None]
    if item.metric in _QUALITY and len({x.subject for x in item.lines}) > 1:
        return _range(values) <= _FLAT  # that settings do not move it is to be hoped; the systems differ
    systems: dict[str, list[GridCell]] = {}
    for line in item.lines:
        systems.setdefault(line.subject, []).extend(c for c in line.cells if c is not None)
    several = [cells for cells in systems.values() if len(cells) > 1]
    if not several:
        return False
    return all(_range(c.value for c in cells) <= max(_FLAT, _scatter(cells)) for cells in several)


def _range(values: Iterable[float]) -> float:
    found = list(values)
    return max(found) / min(found) if min(found) > 0 else math.inf


def _scatter(cells: list[GridCell]) -> float:
    """How far the records of a condition lie apart, in the median over conditions with several."""
    found = sorted(c.max / c.min for c in cells if 1 < c.n <= _REPEATS and c.min > 0)
    return found[len(found) // 2] if found else 1.0


def _inverse(item: Grid, others: list[Grid]) -> bool:
    """Whether it is the time that the work took, beside a rate of the same runs along the same columns."""
    same = (item.suite, item.factor, item.columns)
    rates = [g for g in others if g.metric in _KINDS[0] and g.metric not in _TIMES]
    return item.metric in _TIMES and bool(item.columns) and any((g.suite, g.factor, g.columns) == same for g in rates)


def _seen(item: Grid) -> int:
    """How many values its table shows; no more than a reader takes in."""
    return min(
        sum(1 for x in item.lines[:_ROWS] for c in x.cells[: shown.COLUMNS] if c is not None), _ROWS * shown.COLUMNS
    )


def _same(a: Grid, b: Grid) -> bool:
    """Whether two grids of one column each are of the same systems under the same settings."""
    return not a.columns and not b.columns and a.suite == b.suite and {*map(_key, a.lines)} == {*map(_key, b.lines)}


def _key(line: GridLine) -> str:
    return "; ".join([line.subject, *(f"{k} {v}" for k, v in sorted(line.condition.items()))])


def _lines(book: Book, item: Grid) -> list[Line]:
    """Who leads, of what the table shows."""
    made = along.along(book, item)
    return [replace(x, relation="" if i == 0 else x.relation) for i, x in enumerate(made)]


# --- tables -----------------------------------------------------------------------------------------------------------


def _along(book: Book, item: Grid) -> Table:
    """Lines along a workload or a setting."""
    places = shown.spread(len(item.columns))
    levels = [tables.cell(book.desk, item, f"columns.{c}", "") for c in range(len(item.columns))]
    lines = range(len(item.lines))
    if shown.turned(item):
        names = [", ".join(x for x in _named(book, item, i) if x != tables.EMPTY) for i in lines]
        rows = [(levels[c], *(_cell(book, item, i, c) for i in lines)) for c in range(len(levels))]
        columns: tuple[Column, ...] = (
            Column(title=book.f(item, "factor")),
            *(Column(title=n, align="right") for n in names),
        )
    else:
        rows = [(*_named(book, item, i), *(_cell(book, item, i, c) for c in places)) for i in lines]
        columns = (*_heads(), *(Column(title=levels[c], align="right") for c in places))
    unit = book.desk.unit(item, "best.value")
    head = noun(item)
    title = f"{head[:1].upper()}{head[1:]}{f' ({unit})' if unit else ''} by {book.f(item, 'factor')}"
    title += f", {book.f(item, '~work')}" if item.work else ""
    return tables.table(title + book.suite(item), columns, rows, shown.note(book, item))


def _beside(book: Book, group: list[Grid]) -> Table:
    """Several metrics of the same systems under one condition."""
    head = group[0]
    rows = []
    for i, line in enumerate(head.lines):
        cells = [_cell(book, head, i, 0)]
        for other in group[1:]:
            at = next(n for n, x in enumerate(other.lines) if _key(x) == _key(line))
            cells.append(_cell(book, other, at, 0))
        rows.append((*_named(book, head, i), *cells))
    columns = [*_heads()]
    for item in group:
        unit, name = book.desk.unit(item, "best.value"), noun(item)
        columns.append(Column(title=f"{name[:1].upper()}{name[1:]}{f' ({unit})' if unit else ''}", align="right"))
    title = f"All systems, by {noun(head)}{book.suite(head)}"
    title += f", {book.f(head, '~work')}" if head.work else ""
    return tables.table(title, columns, rows, shown.note(book, head))


def _cell(book: Book, item: Grid, line: int, column: int) -> str:
    return tables.cell(book.desk, item, f"lines.{line}.cells.{column}.value")


def _heads() -> tuple[Column, ...]:
    return (Column(title="System"), Column(title="Settings"))


def _named(book: Book, item: Grid, place: int) -> tuple[str, ...]:
    line = item.lines[place]
    several = len({x.subject for x in item.lines}) > 1 or not line.condition
    return (
        tables.cell(book.desk, item, f"lines.{place}.subject", "") if line.subject and several else tables.EMPTY,
        tables.cell(book.desk, item, f"~lines.{place}.condition", "") if line.condition else tables.EMPTY,
    )
