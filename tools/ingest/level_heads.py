"""Tables of documents whose heads hold levels: `pp 4k | pp 16k`, `pp 4k/16k`, `metric | 4k | 16k`, `before | after`.

They become tables with a row for each level, so that what stands in one row was measured under one condition."""

from __future__ import annotations

import re
from collections import Counter

from chimera_report.tools.metrics import METRICS, normalise, resolve, unit_name

from .amounts import amount
from .cells import is_nothing
from .reading import GIVEN
from .tabulated import DIFFERENCES
from .wide_tables import factor_of

Rows = tuple[list[str], list[list[str]], list[int]]  # header, cells, and the row of the table that each is of, from 1

LENGTH, STATE = "context_length", GIVEN + "revision"
_LENGTH = r"~?\d+(?:[.–-]\d+)?[kKM]|~?\d{3,7}"
_LEVEL = re.compile(rf"(.*?\S)\s+(?:@\s*)?({_LENGTH})|(.*?\S)\s*@\s*(\S{{1,12}})")
_LENGTHS = re.compile(rf"(?:{_LENGTH})(?:\s*/\s*(?:{_LENGTH}))+")
_KEYED = re.compile(r"([A-Za-z][\w-]{0,20})\s?=\s?(\d[\d.,]*[kKM]?)")
_PARTS = re.compile(r"\s*/\s*")
_METRIC = frozenset(("metric", "measure", "measurement", "kpi"))
_STATES = frozenset(("before", "after", "previously", "now", "old", "new", "baseline", "patched", "was", "is"))
_ABBREVIATED = {"pp": "pp t/s", "tg": "tg t/s"}  # as llama-bench calls them; both are rates
_FEW = 2


def spread(header: list[str], body: list[list[str]], caption: str = "") -> Rows:
    """The table with one level a row; as it stands where its heads hold none."""
    rows = [[*r, *[""] * (len(header) - len(r))] for r in body]
    header = _with_rates(header, rows)
    numbers = list(range(1, len(rows) + 1))
    header, rows = _several(header, rows)
    rows, numbers = _rows_of_several(header, rows, numbers)
    return _by_metric(header, rows, numbers) or _by_level(header, rows, numbers, caption) or (header, rows, numbers)


def _with_rates(header: list[str], rows: list[list[str]]) -> list[str]:
    """The heads `pp` and `tg` as the rates that they are called for. Beside a rate of another name, or where all rows
    have one whole number, they say how many tokens there were."""
    named = [_whole(h) for h in header]
    for i, (head, whole) in enumerate(zip(header, named, strict=True)):
        cells = {r[i].strip(" *_`") for r in rows if r[i].strip()}
        if head != whole and len(rows) > 1 and len(cells) == 1 and next(iter(cells)).isdigit():
            return header
        if head == whole and "/s" in head and _is_metric(head):
            return header
    return named


def _whole(head: str) -> str:
    """A head that ends in `pp` or `tg` with the unit that these have: `dual pp`."""
    front, _, last = head.strip(" *`").rpartition(" ")
    rate = _ABBREVIATED.get(last.lower())
    return f"{front} {rate}".strip() if rate else head


def _is_metric(name: str) -> bool:
    if re.match(r"U[sS]\b", name.strip(" *`")):
        return False  # who writes, and no microseconds
    found = resolve(_ABBREVIATED.get(name.strip(" *`").lower(), name))
    return found is not None and found.metric in METRICS


def _states(head: str, cells: list[str]) -> bool:
    """Whether a column states a metric, by its head or with the units of its cells."""
    units = {a.unit for c in cells if (a := amount(c.strip(" *_`"))) is not None and a.unit}
    return _is_metric(head) or any((m := resolve(head, unit_hint=u)) is not None and m.metric in METRICS for u in units)


def named_in(caption: str) -> str:
    """A caption as the head of what it names: `Token generation (tg128, t/s)` is `Token generation (t/s)`."""
    found = re.match(r"([^()]+?)\s*\(([^()]+)\)", caption.strip(" *`"))
    unit = next((p.strip() for p in found[2].split(",") if unit_name(p.strip())), "") if found else ""
    return f"{found[1]} ({unit})" if found and unit else caption.strip(" *`:")


def _level(head: str) -> tuple[str, str, str] | None:
    """(metric, factor, level) of `pp 16k`, `tg @ 16k`, `pp @24t`; None for other heads."""
    match = _LEVEL.fullmatch(head.strip(" *`"))
    if match is None:
        return None
    name, level = (match[1], match[2]) if match[1] else (match[3], match[4])
    name = _ABBREVIATED.get(name.lower(), name)
    if not _is_metric(name):
        return None
    return name, LENGTH if re.fullmatch(_LENGTH, level) else f"{GIVEN}variant", level.lstrip("~")


def _several(header: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """`pp 4k/16k/65k` over `2118 / 2106 / 1620` as three columns. A cell with another number of values states none."""
    for at in reversed(range(len(header))):
        head = header[at].strip(" *`")
        told = _LENGTHS.search(head)
        if told is None or told.end() != len(head):
            continue
        name, levels = head[: told.start()].strip(), _PARTS.split(told[0])
        heads = [f"{name} {level}" for level in levels]
        if not all(_level(h) for h in heads):
            continue
        header = [*header[:at], *heads, *header[at + 1 :]]
        for row in rows:
            parts = [p.strip(" *_`") for p in _PARTS.split(row[at].strip(" *_`"))]
            row[at : at + 1] = parts if len(parts) == len(levels) else [""] * len(levels)
    return header, rows


def _rows_of_several(header: list[str], rows: list[list[str]], numbers: list[int]) -> tuple[list[list[str]], list[int]]:
    """A row `CUDA alone, 4k / 16k` with cells `9950 / 9448` as two rows."""
    out: list[list[str]] = []
    of: list[int] = []
    for row, number in zip(rows, numbers, strict=True):
        told = [(i, m) for i, c in enumerate(row) if (m := _LENGTHS.search(c)) and not _is_metric(header[i])]
        levels = _PARTS.split(told[0][1][0]) if len(told) == 1 else []
        parts = {i: _PARTS.split(c) for i, c in enumerate(row) if _is_metric(header[i]) and "/" in c}
        if not levels or not parts or any(len(p) != len(levels) for p in parts.values()):
            out.append(row)
            of.append(number)
            continue
        at, found = told[0]
        for k, level in enumerate(levels):
            label = row[at].replace(found[0], level)
            out.append(
                [label if i == at else parts[i][k].strip(" *_`") if i in parts else c for i, c in enumerate(row)]
            )
            of.append(number)
    return out, of


def _by_level(header: list[str], rows: list[list[str]], numbers: list[int], caption: str) -> Rows | None:
    """A row for each level of the heads."""
    found = {i: told for i, h in enumerate(header) if (told := _level(h))}
    caption = named_in(caption)
    if not found and _is_metric(caption):  # `d=0 | d=4096` below the name of what was measured
        keyed = {i: m for i, h in enumerate(header) if (m := _KEYED.fullmatch(h.strip(" *`")))}
        if len({m[1] for m in keyed.values()}) == 1:
            found = {i: (caption, f"{GIVEN}{m[1].lower()}", m[2]) for i, m in keyed.items()}
    counted = Counter(name for name, _, _ in found.values())
    if not found or max(counted.values()) < _FEW or len({f for _, f, _ in found.values()}) > 1:
        return None
    factor = next(iter(found.values()))[1]
    if any(normalise(h) in (factor.removeprefix(GIVEN), "context") for i, h in enumerate(header) if i not in found):
        return None
    names = list(counted)
    levels = list(dict.fromkeys(level for _, _, level in found.values()))
    place = {(name, level): i for i, (name, _, level) in found.items()}
    other = [i for i in range(len(header)) if i not in found and _states(header[i], [r[i] for r in rows])]
    shared = [i for i in range(len(header)) if i not in found and i not in other]
    head = [*(header[i] for i in shared), factor, *names, *(header[i] for i in other)]
    out: list[list[str]] = []
    of: list[int] = []
    for row, number in zip(rows, numbers, strict=True):
        about = [row[i] for i in shared]
        for level in levels:
            own = [row[place[n, level]] if (n, level) in place else "" for n in names]
            if any(c.strip() and not is_nothing(c) for c in own):
                out.append([*about, level, *own, *[""] * len(other)])
                of.append(number)
        if any(row[i].strip() for i in other):  # measured at no level that the heads name
            out.append([*about, "", *[""] * len(names), *(row[i] for i in other)])
            of.append(number)
    return head, out, of


def _is_side(head: str, cells: list[str]) -> bool:
    """Whether a column may be one of the sides that rows of metrics compare: it has a name, and numbers."""
    numbers = [amount(c.strip(" *_`")) for c in cells if c.strip() and not is_nothing(c)]
    plain = bool(normalise(head)) and normalise(head) not in DIFFERENCES and not re.search(r"[Δ∆%]", head)
    return plain and not _is_metric(head) and bool(numbers) and all(a is not None and a.unit != "%" for a in numbers)


def _by_metric(header: list[str], rows: list[list[str]], numbers: list[int]) -> Rows | None:
    """Rows that name their metric in a column, with a column for each level or state: one row for each of these."""
    at = next((i for i, h in enumerate(header) if i and normalise(h) in _METRIC), None)
    if at is None:
        return None
    states = [i for i, h in enumerate(header) if normalise(h) in _STATES]
    lengths = [i for i, h in enumerate(header) if i != at and re.fullmatch(_LENGTH, h.strip(" *`"))]
    columns, factor = (states, STATE) if len(states) >= _FEW else (lengths, LENGTH)
    if len(columns) < _FEW:
        columns = [i for i in range(at + 1, len(header)) if _is_side(header[i], [r[i] for r in rows])]
        factor = factor_of(header[i] for i in columns) or f"{GIVEN}variant"
    if len(columns) < _FEW:
        return None
    shared = [i for i in range(at) if i not in columns]
    told: list[tuple[list[str], str, str, str, str, int]] = []  # about, level, metric, length, cell, number
    before = [""] * len(header)
    for row, number in zip(rows, numbers, strict=True):
        about = [row[i].strip() or before[i] for i in shared]
        before = [about[shared.index(i)] if i in shared else c for i, c in enumerate(row)]
        split = _level(row[at])
        name = split[0] if split else _ABBREVIATED.get(row[at].strip(" *`").lower(), row[at])
        if not _is_metric(name):
            continue
        length = split[2] if split and split[1] == LENGTH else ""
        told += [(about, header[i].strip(" *`"), name, length, row[i], number) for i in columns]
    names = list(dict.fromkeys(t[2] for t in told))
    if not names:
        return None
    more = [LENGTH] if factor == STATE and any(t[3] for t in told) else []
    out = []
    for about, level, name, length, cell, _ in told:
        out.append([*about, level, *([length] if more else []), *(cell if n == name else "" for n in names)])
    return [*(header[i] for i in shared), factor, *more, *names], out, [t[5] for t in told]
