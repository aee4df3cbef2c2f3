"""Results in the lines of a text that no tool's reader knows: lines of one shape, each with other values.

The structure is found by repetition, never by known words: several lines with the same labels and units, or one line
whose pieces are all labelled amounts with units (`VRAM 14280 MiB | GTT 279 MiB`), or a share that its own percentage
proves (`34/50 checks pass (68.0%)`). What a value is, its label and its unit say, as in a table's head; what has
neither is not read, and a sentence is none of these. Lines that count up to a whole are one run's progress: the last
one holds. A line that begins with a word of failure is an attempt that failed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from chimera_report.tools.metrics import METRICS, resolve, unit_name
from chimera_report.tools.schema import is_quantisation

from .aligned import aligned_tables
from .amounts import says_failure
from .columns import is_subject
from .line_pieces import Line, Piece, Shape, factor_of_piece, pieces
from .line_verdicts import ILL, failed, proven, reason_of
from .names import is_model
from .reading import GIVEN, STEP, Reading, records_of
from .repeated_blocks import title_in
from .said_ahead import called, said_ahead, without_flags

_LINES, _LONG = 50_000, 400  # lines of a text, and characters of one, that are looked at
_SHAPES = 400  # different shapes: of more, the text is prose
_BAR = re.compile(r"\d%\s?\||[█▏▎▍▌▋▊▉#=>-]{6,}|\bit/s\b|\bs/it\b")  # a bar of progress
_WELL = frozenset(("ok", "pass", "passed", "success", "succeeded", "done", "completed", "✓", "✅"))
_RUNS = frozenset(("run", "rep", "repeat", "trial", "iter", "iteration", "round", "seed", "attempt", "try"))
_NUMBERED = re.compile(r"[-+]?\d")
_CASE = 48  # characters of a text that tells lines apart
_FEW = 2
_STARTS = frozenset(("cold", "warm"))
_END = re.compile(r"-\d+$")


@dataclass(slots=True)
class Lines:
    """What of a text was read as results, and what was not."""

    reading: Reading | None = None
    unread: list[tuple[int, str]] = field(default_factory=list)  # lines with numbers that are none of it


def read_shapes(text: str) -> Lines:
    """The records of the lines that repeat. `reading` is None where the text states no result in that way."""
    lines_ = text.splitlines()[:_LINES]
    tables = aligned_tables(lines_, _LONG)
    inside = {n for t in tables for n in t.lines}
    groups, loose, numbered = _grouped(lines_, inside)
    if len(groups) > _SHAPES:
        return Lines(None, numbered)
    rows: list[tuple[int, dict[str, str]]] = []
    used: set[int] = set()
    for table in tables:
        ahead = _ahead(loose, table.places[0])
        rows += [(n, {**ahead, **r}) for n, r in zip(table.places, table.rows, strict=True)]
    contexts = _contexts(groups)
    for shape, lines in groups.items():
        if shape in contexts:
            used |= {n.number for n in lines}
            continue
        last = _last_of_progress(lines)
        made = _rows(last, alone=len(lines) == 1, progress=len(last) < len(lines))
        if made:
            rows += made
            used |= {n.number for n in lines}
    rows += proven(loose, used)
    if any(_has_result(r) for _, r in rows):
        rows += failed(loose, groups, used)
    unread = [(n, raw) for n, raw in numbered if n not in used]
    if not rows:
        return Lines(None, unread)
    reading = Reading(format="text", count=len(rows))
    rows.sort(key=lambda r: r[0])
    by_columns: dict[frozenset[str], list[tuple[int, dict[str, str]]]] = defaultdict(list)
    for number, row in rows:  # of one shape each: what one line states and another does not is not missing there
        told = frozenset(k for k in row if not k.startswith(GIVEN) and k not in _OUTCOME and STEP not in k)
        by_columns[told].append((number, row))
    order = {n: i for i, (n, _) in enumerate(rows, 1)}
    for listed in by_columns.values():
        records = records_of([r for _, r in listed], [f"line {n}" for n, _ in listed])
        records.flat = True
        records.numbers = np.array([order[n] for n, _ in listed], dtype=np.int64)
        reading.records.append(records)
    return Lines(reading, unread)


def _ahead(every: list[Line], number: int) -> dict[str, str]:
    """What was said ahead of a table whose first row stands in that line."""
    return next((n.given for n in reversed(every) if n.number <= number), {})


_OUTCOME = frozenset(("status", "error"))


def _grouped(lines: list[str], inside: set[int]) -> tuple[dict[Shape, list[Line]], list[Line], list[tuple[int, str]]]:
    """The lines by their shapes; all of them in order; and those that hold a number, as they stand."""
    groups: dict[Shape, list[Line]] = defaultdict(list)
    every: list[Line] = []
    numbered: list[tuple[int, str]] = []
    given: dict[str, str] = {}
    title = ""
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or len(line) > _LONG or number in inside:
            if number in inside and number - 1 not in inside:
                every.append(Line(number, "", (), dict(given), title=title))  # what was said ahead of a table
            continue
        if named := title_in(line):
            title, given = named, _titled(named, given)
            continue
        if _BAR.search(line):
            continue
        said = said_ahead(line)
        if said is not None:
            given = {**given, **said}
            continue
        plain, flags = without_flags(line)
        found = pieces(plain)
        every.append(Line(number, line, found, {**given, **flags}, title=title))
        if _NUMBERED.search(line):
            numbered.append((number, line))
        verdict = found[0].value if found and found[0].kind == "word" and not found[0].label else ""
        if len(found) > 1 and says_failure(verdict):
            every[-1].verdict = verdict
        shape = _shape(found)
        if shape:
            groups[shape].append(every[-1])
    return groups, every, numbered


def _titled(title: str, given: dict[str, str]) -> dict[str, str]:
    """What was said ahead, with the model that a title names in place of another one's."""
    model = called(title) if is_model(title) else ""
    return {**given, GIVEN + "subject": model} if model and GIVEN + "subject" not in given else given


def _shape(found: tuple[Piece, ...]) -> Shape:
    """What lines of one shape share: their pieces without the remark at the end."""
    kept = list(found)
    while kept and kept[-1].kind == "word" and not kept[-1].numbers and len(kept) > 1:
        kept.pop()
    if not any(p.kind in ("amount", "ratio") for p in kept):
        return ()
    return tuple(p.shape for p in kept)


def _contexts(groups: dict[Shape, list[Line]]) -> set[Shape]:
    """Shapes whose lines say, in pairs, what the line after each ran with: `case seq=512` before `-> ok tps=80`.

    They state no result, and a line of another shape follows each; their pairs are given to it."""
    follows: dict[int, tuple[Shape, Line]] = {}
    ordered = sorted(((n.number, s, n) for s, lines in groups.items() for n in lines), key=lambda x: x[0])
    for (_, shape, line), (_, after, of) in pairwise(ordered):
        if after != shape:
            follows[line.number] = after, of
    out: set[Shape] = set()
    for shape, lines in groups.items():
        pairs = [p for p in lines[0].pieces if p.label and p.kind in ("amount", "word") and not p.numbers]
        if len(lines) < _FEW or not pairs or any(_metric(p) for p in pairs):
            continue
        if sum(n.number in follows for n in lines) * 5 < 4 * len(lines):
            continue
        out.add(shape)
        for line in lines:
            if line.number in follows:
                told = {GIVEN + factor_of_piece(p): p.value for p in line.pieces if p.label and factor_of_piece(p)}
                follows[line.number][1].given |= told
    return out


def _metric(piece: Piece) -> str:
    """The metric that an amount states, by its label and its unit; "" for what has neither."""
    if piece.kind != "amount":
        return ""
    if not piece.name and unit_name(piece.unit) not in _RATES:
        return ""
    found = resolve(piece.name or piece.unit, unit_hint=piece.unit)
    if found is None or found.metric not in METRICS or (not piece.unit and not found.explicit):
        return ""
    return found.metric


_RATES = frozenset(("tok_s", "tokens_s", "t_s", "tokens_sec", "tok_sec", "tokens_per_second", "tps", "toks_s"))


def _last_of_progress(lines: list[Line]) -> list[Line]:
    """The last line alone, where a count up to one whole rises by more than one, or a time runs along with it."""
    at = next((i for i, p in enumerate(lines[0].pieces) if p.kind == "ratio" and not p.numbers), None)
    if at is None or len(lines) < 3:
        return lines
    counts = [tuple(map(int, n.pieces[at].value.split("/"))) for n in lines]
    wholes = {w for _, w in counts}
    done = [c for c, _ in counts]
    rising = all(b > a for a, b in pairwise(done))
    by_one = all(b == a + 1 for a, b in pairwise(done))
    words = {tuple(p.value for p in n.pieces if p.kind == "word") for n in lines}
    return lines[-1:] if len(wholes) == 1 and rising and not by_one and len(words) == 1 else lines


def _rows(lines: list[Line], *, alone: bool, progress: bool) -> list[tuple[int, dict[str, str]]]:
    """The records of lines of one shape; [] where they state no result."""
    shape = lines[0].pieces[: max(len(_shape(n.pieces)) for n in lines)]
    if alone and len(lines) == 1 and not _is_row_of_pairs(lines[0]):
        return []
    columns = _columns(lines, len(shape))
    metrics = {_metric(p) for _, p in columns.values()} - {""}
    if progress:  # a time that runs along is that of the job
        metrics.discard("run_time")
        columns = {k: (at, p) for k, (at, p) in columns.items() if _metric(p) != "run_time"}
    if not metrics and "passed" not in columns:
        return []
    steps: dict[str, list[str]] = {}
    for at in range(len(shape)):
        steps |= _steps([n.pieces[at] for n in lines])
    out = []
    for place, line in enumerate(lines):
        row = {**line.given, **{name: values[place] for name, values in steps.items()}}
        for name, (at, _) in columns.items():
            piece = line.pieces[at]
            row[name] = f"{piece.value} {piece.unit}".strip() if piece.kind == "amount" else piece.value
            if piece.value.lower() in ("nan", "none", "null", "n/a", "na", "-", "--", ""):
                row[name] = ""
        for piece in line.pieces:
            for word, digits in piece.numbers:
                row.setdefault("run" if word in _RUNS else word, digits if word in _RUNS else f"{word}{digits}")
        if line.title and GIVEN + "subject" not in row:
            row[GIVEN + "section"] = line.title
        if reason := reason_of(line, len(shape)):
            row["error"] = reason
        out.append((line.number, row))
    return out


def _is_row_of_pairs(line: Line) -> bool:
    """Whether a line that stands alone repeats itself: two labelled amounts with units or more, and no other word."""
    amounts = [p for p in line.pieces if p.kind == "amount" and p.label and p.unit and not p.behind]
    return len(amounts) == len(line.pieces) >= _FEW and "|" in line.raw


def _columns(lines: list[Line], size: int) -> dict[str, tuple[int, Piece]]:
    """The columns that lines of one shape have: name → where in the line, and a piece with the label that it has."""
    out: dict[str, tuple[int, Piece]] = {}
    before = ""
    for at in range(size):
        own = [n.pieces[at] for n in lines]
        first, values = own[0], {p.value for p in own}
        if first.kind == "word" and not first.numbers and not first.label:
            before = first.value if len(values) == 1 and not _verdict(values) else ""
            if len(values) > 1 or _verdict(values):
                if _steps(own):
                    continue
                name = _name_of_words(values)
                if name and name not in out:
                    out[name] = at, first
            continue
        if first.kind == "amount" and not first.name and first.unit and before and len(lines) > 1:
            first = Piece("amount", before, first.value, first.unit)
        before = ""
        name = first.name if first.kind != "ratio" else ""
        if first.kind == "amount" and not name and _metric(first):
            name = first.unit
        if not name or name in out or (is_subject(name) and first.kind == "amount"):
            continue
        if first.kind == "amount" and not _metric(first) and (first.unit or not first.label):
            continue  # an amount of a kind that nothing names
        out[name] = at, first
    metrics = Counter(_metric(p) for _, p in out.values())
    alone = {k for k, (_, p) in out.items() if p.kind == "amount" and not p.name and metrics[_metric(p)] > 1}
    return {k: found for k, found in out.items() if k not in alone}


def _verdict(values: set[str]) -> bool:
    return bool(values) and all(v.lower() in _WELL or ILL.match(v) for v in values)


def _name_of_words(values: set[str]) -> str:
    """The column of words that differ from line to line; "" for prose."""
    if _verdict(values):
        passes = all(v.lower().startswith(("pass", "fail")) for v in values)
        return "passed" if passes and any(v.lower().startswith("pass") for v in values) else "status"
    if all(is_model(v) for v in values):
        return "model"
    if is_quantisation(values):
        return "quantisation"
    return "case" if all(len(v) <= _CASE or not re.search(r"\s", v) for v in values) else ""


def _steps(own: list[Piece]) -> dict[str, list[str]]:
    """The columns of names that are paths of one depth (`BenchmarkCold/qwen3:8b/cold/short-16`): a step that differs
    from line to line each, but for one that says what another says too."""
    paths = [p.value.split("/") for p in own]
    depth = len(paths[0])
    if (
        depth < _FEW
        or any(p.kind != "word" or p.label or p.numbers for p in own)
        or any(len(p) != depth or not all(p) for p in paths)
        or any(" " in p.value for p in own)
    ):
        return {}
    steps = [[p[i] for p in paths] for i in range(depth)]
    end = _END.search(steps[-1][0])
    if end and all(x.endswith(end[0]) for x in steps[-1]):  # what all names end in tells none from another
        steps[-1] = [x.removesuffix(end[0]) for x in steps[-1]]
    found: dict[str, list[str]] = {}
    for step in sorted(steps, key=lambda s: not _STARTS.issuperset(x.lower() for x in s)):
        values = set(step)
        name = "cold" if _STARTS.issuperset(x.lower() for x in values) else _name_of_words(values)
        same = any(
            len(set(zip(step, other, strict=True))) == len(values) == len(set(other)) for other in found.values()
        )
        if name and (name == "model" or (len(values) > 1 and not same)):
            found[name if name not in found else f"{name} {len(found)}"] = step
    return found


def _has_result(row: dict[str, str]) -> bool:
    return any(not k.startswith(GIVEN) and k not in _OUTCOME for k in row)
