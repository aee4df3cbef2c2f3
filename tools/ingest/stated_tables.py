"""What the tables and items of a document state, row by row, with what tells their rows apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from markdown_it.token import Token

from chimera_report.tools.metrics import METRICS, STATS, normalise, resolve, resolve_factor

from .amounts import amount, failure_in
from .cells import quantity
from .languages import in_plain_english, translated
from .level_heads import named_in, spread
from .names import is_model
from .reading import GIVEN
from .tabulated import DIFFERENCES, NO_RESULTS, Stated, labelled, loads, specifies, told_apart, units
from .wide_tables import by_system, factor_of

_VALUES = frozenset(("value", "values", "result", "measured"))
_LEAD = 80  # characters of a line that leads to a table
_STAT = re.compile(r"(.+?)\s*\((\w+)\)")


@dataclass(slots=True)
class Found:
    lines: list[int]  # line in the file, from 1, of each line of the repaired text
    inline: Callable[[str], list[Token]]  # parses the text of a block
    tables: list[Stated] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)  # of each of these, the heading and the line that it stands under
    # where, key, value, subject, case, and what the case is of: "case", or "backend" where all of them are engines
    facts: list[tuple[str, str, str, str, str, str, str]] = field(default_factory=list)
    of_facts: list[str] = field(default_factory=list)  # of each of these, the section of its table
    models: dict[str, None] = field(default_factory=dict)  # that items "Model: …" or a section "Model" name
    fields: dict[str, str] = field(default_factory=dict)  # "Model: conv" and the like, for all of the document
    named: frozenset[str] = frozenset()  # systems that stand in columns of its tables
    parts: list[str] = field(default_factory=list)  # of each table, the chapter that it is in
    unread: list[tuple[str, str]] = field(default_factory=list)  # tables with numbers that state nothing: name, head
    headed: set[str] = field(default_factory=set)  # models that headings name


def is_number_of(measured: tuple[str, str]) -> bool:
    """Whether what stands behind the name of a set of questions is how many there are: `MATH-500: 25`."""
    found, stated = resolve(measured[0]), amount(measured[1])
    share = found is not None and found.metric in METRICS and METRICS[found.metric].unit == "share"
    return share and stated is not None and not stated.unit and stated.value > 1 and "%" not in measured[0]


def measure(key: str, cell: str) -> tuple[str, str] | None:
    """(header with the unit, number) of a cell that states a registered metric; None for differences and ranges."""
    cell = cell.strip(" *_`")
    parsed = None if cell.startswith(("+", "-", "−", "~")) else amount(cell)
    if not parsed or normalise(key) in ("ram", "memory", "vram"):  # what a machine has, not what was used
        return None
    unit = parsed.unit
    key = translated(key) or in_plain_english(key) or key
    if (inside := _STAT.fullmatch(key)) and normalise(inside[2]) in STATS:
        key = f"{inside[2]} {inside[1]}"  # a unit will stand in brackets behind it
    plain, hinted = resolve(key), resolve(key, unit_hint=unit)
    if hinted is None and unit and (own := resolve(f"{key} ({unit})")) is not None and own.metric != "run_time":
        hinted = own  # `Prefill` is a time where the cell itself says `13.4 s`
    if hinted is None or hinted.metric not in METRICS:
        return None
    spread = "" if parsed.spread != parsed.spread else f" ± {parsed.spread!r}"
    return (f"{key} ({unit})" if unit and plain != hinted else key), f"{parsed.value!r}{spread}" + (
        f" {unit}" if unit and plain == hinted else ""
    )


def title_of(heading: str, lead: str) -> str:
    """What stands above a table as its title: the line that leads to it, else the heading."""
    return (
        lead if lead and len(lead) <= _LEAD and (lead.endswith(":") or resolve(named_in(lead)) is not None) else heading
    )


def table_of(rows: list[list[str]], name: str, subject: str, found: Found, title: str = "") -> None:
    """What the rows of a table state, its header first. `title`: what stands above it."""
    before = len(found.tables), len(found.facts)
    _table_of(rows, name, subject, found, title)
    if (len(found.tables), len(found.facts)) == before and any(
        amount(c.strip(" *_`")) is not None for r in rows[1:] for c in r[1:]
    ):
        found.unread.append((name, " | ".join(rows[0])[:_HEAD]))


_HEAD = 80  # characters of a table's head that are shown


def _table_of(rows: list[list[str]], name: str, subject: str, found: Found, title: str) -> None:
    """The rows, its header first, into the tables or facts that were found."""
    if len(rows) < 2:
        return
    header, body = rows[0], _whole_names(rows[0], rows[1:])
    if _is_transposed(header, body):
        _transposed(header, body, name, subject, found)
        return
    header, body, numbers = spread(loads(header), body, title)
    if len(numbers) == len(rows) - 1:
        header, body, numbers = by_system(header, body, title)
    header, body = _without_given(header, _filled(header, body))
    written = units(header, body)
    records: list[tuple[str, dict[str, str]]] = []
    for i, row in zip(numbers, body, strict=True):
        record: dict[str, str] = {}
        for head, cell in zip(header, row, strict=False):
            if head in written and (bare := amount(cell.strip(" *_`"))) is not None and not bare.unit:
                cell = f"{cell.strip(' *_`')} {written[head]}"
            factor = resolve_factor(head)
            measured = None if factor else measure(head, cell)
            if factor and factor.startswith("num_") and (stated := quantity(cell)):
                cell = str(stated[0])  # "40 layers"
            record.update([measured] if measured else [(head, cell)])
        if not any(normalise(h) == "model" for h in header):
            named = next((c for c in row if is_model(c)), subject)
            if named:
                record[GIVEN + "subject"] = named
        records.append((f"{name}, row {i}", record))
    if specifies(header):
        return
    if any(resolve(h) for h in header) or any(_states(r) for _, r in records):
        _broken(header, records)
        told_apart(header, records)
        labelled(header, records)
        found.tables.append((name, records))


_WELL = re.compile(r"\W*(?:ok|pass(?:ed)?|stable|works|success\w*|clean|none)\b", re.IGNORECASE)


def _broken(header: list[str], records: list[tuple[str, dict[str, str]]]) -> None:
    """Rows that a column of verdicts says broke are failures, with that reason: a speed before the fault is no result.

    It is one where another row says that it is well."""
    for head in header:
        cells = [r.get(head, "") for _, r in records]
        ill = [bool(failure_in(c)) and amount(c) is None for c in cells]
        if not any(ill) or not any(_WELL.match(c) for c in cells) or resolve(head) is not None or resolve_factor(head):
            continue
        for (_, record), bad in zip(records, ill, strict=True):
            if bad:
                record["error"] = record.pop(head)[:_REASON]


_REASON = 120  # characters of a failure's reason


def _filled(header: list[str], body: list[list[str]]) -> list[list[str]]:
    """The rows, an empty cell under a name in the first column being the same name, as is one under a model."""
    columns = {i for i, h in enumerate(header) if normalise(h) == "model"}
    first = [r[0].strip() for r in body if r]
    if header[0].strip() and first and first[0] and not all(first) and len({f for f in first if f}) > 1:
        columns.add(0)
    out: list[list[str]] = []
    for row in body:
        filled = [*row]
        for i in columns:
            if i < len(row) and not row[i].strip() and out and i < len(out[-1]) and any(c.strip() for c in row):
                filled[i] = out[-1][i]
        out.append(filled)
    return out


_MODEL_SIZE = re.compile(r"(?:\d+x)?\d+(?:\.\d+)?\s?[bm]", re.IGNORECASE)


def _whole_names(header: list[str], body: list[list[str]]) -> list[list[str]]:
    """The rows, a model's size beside its name being part of it: `Qwen 3 | 30B` is another than `Qwen 3 | 8B`."""
    heads = [normalise(h) for h in header]
    if "model" not in heads:
        return body
    model = heads.index("model")
    for size in (i for i, h in enumerate(heads) if h in ("size", "params", "parameters", "model_size")):
        cells = [r[size].strip() for r in body if len(r) > max(size, model)]
        if cells and all(_MODEL_SIZE.fullmatch(c) for c in cells):
            return [_joined(r, model, size) for r in body]
    return body


def _joined(row: list[str], model: int, size: int) -> list[str]:
    if len(row) <= max(size, model) or row[size].strip() in row[model]:
        return row
    return [*row[:model], f"{row[model]} {row[size].strip()}", *row[model + 1 :]]


_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def _without_given(header: list[str], body: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The table without columns of numbers that the names of its rows hold already: the 60 of a `60 Wh battery` was
    given, and not measured."""
    gone = set()
    for i, head in enumerate(header):
        stated = [(r[0], a) for r in body if i and i < len(r) and (a := amount(r[i].strip(" *_`"))) is not None]
        held = sum(any(float(n) == a.value for n in _NUMBER.findall(name)) for name, a in stated)
        if held >= _GIVEN and 2 * held > len(stated) and resolve(head) is not None and not resolve_factor(head):
            gone.add(i)
    if not gone:
        return header, body
    return [h for i, h in enumerate(header) if i not in gone], [
        [c for i, c in enumerate(r) if i not in gone] for r in body
    ]


_GIVEN = 3  # rows


def _states(record: dict[str, str]) -> bool:
    """Whether a row states a metric under a header that only its cell's unit explains."""
    return any(resolve(key) is not None for key in record)


def _is_transposed(header: list[str], body: list[list[str]]) -> bool:
    """Whether each row is a metric and each further column a subject (or the one value)."""
    if len(header) < 2 or any(resolve(h) for h in header[1:]):
        return False
    named = sum(resolve(row[0]) is not None for row in body if row)
    return normalise(header[0]) in ("metric", "measure", "kpi", "statistic") or named * 2 > len(body)


def _transposed(header: list[str], body: list[list[str]], name: str, subject: str, found: Found) -> None:
    model = next((r[1] for r in body if len(r) > 1 and normalise(r[0]) == "model"), subject)
    told = factor_of(h for h in header[1:] if normalise(h) not in DIFFERENCES)
    of = told if told not in ("", "model") else "case"
    meant = [resolve(r[0]) for r in body]
    often = Counter((m.metric, m.stat) for m in meant if m is not None)
    for i, row in enumerate(body, 1):
        which = meant[i - 1]
        test = row[0] if which is not None and often[which.metric, which.stat] > 1 else ""  # `pp512` beside `pp2048`
        for head, cell in list(zip(header, row, strict=False))[1:]:
            named = f"{head} {row[0]}" if normalise(head) in STATS else row[0]  # of `Metric | Mean | P99`
            measured = None if normalise(head) in DIFFERENCES | NO_RESULTS else measure(named, cell)
            if measured:
                case = "" if is_model(head) or normalise(head) in _VALUES or named != row[0] else head
                found.facts.append((f"{name}, row {i}", *measured, head if is_model(head) else model, case, of, test))
