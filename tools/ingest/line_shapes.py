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

from chimera_report.tools.metrics import METRICS, normalise, resolve, resolve_factor, unit_name
from chimera_report.tools.schema import is_quantisation

from .aligned import aligned_tables
from .amounts import says_failure
from .columns import is_subject
from .line_pieces import Piece, pieces
from .names import is_model
from .reading import GIVEN, STEP, Reading, records_of
from .repeated_blocks import title_in
from .said_ahead import called, said_ahead, without_flags

_LINES, _LONG = 50_000, 400  # lines of a text, and characters of one, that are looked at
_SHAPES = 400  # different shapes: of more, the text is prose
_BAR = re.compile(r"\d%\s?\||[█▏▎▍▌▋▊▉#=>-]{6,}|\bit/s\b|\bs/it\b")  # a bar of progress
_WELL = frozenset(("ok", "pass", "passed", "success", "succeeded", "done", "completed", "✓", "✅"))
_ILL = re.compile(r"(?:fail(?:ed|ure)?|error|crash(?:ed)?|oom|timeout|timed out|did not run|killed|aborted)\b", re.I)
_RUNS = frozenset(("run", "rep", "repeat", "trial", "iter", "iteration", "round", "seed", "attempt", "try"))
_NUMBERED = re.compile(r"[-+]?\d")
_SHARE = {
    "pass": "pass rate",
    "passed": "pass rate",
    "passing": "pass rate",
    "correct": "accuracy",
    "right": "accuracy",
}
_CASE = 48  # characters of a text that tells lines apart
_FEW = 2
_PROVEN = 0.006  # a percentage with one decimal or none


@dataclass(slots=True)
class _Line:
    number: int
    raw: str
    pieces: tuple[Piece, ...]
    given: dict[str, str]  # what was said ahead of it, and by its own flags
    verdict: str = ""  # the word that it begins with, of a failure or of none
    title: str = ""


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
    rows += _proven(loose, used)
    if any(_has_result(r) for _, r in rows):
        rows += _failed(loose, groups, used)
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


def _ahead(every: list[_Line], number: int) -> dict[str, str]:
    """What was said ahead of a table whose first row stands in that line."""
    return next((n.given for n in reversed(every) if n.number <= number), {})


_OUTCOME = frozenset(("status", "error"))
_Shape = tuple[tuple[str, str, str, str], ...]


def _grouped(
    lines: list[str], inside: set[int]
) -> tuple[dict[_Shape, list[_Line]], list[_Line], list[tuple[int, str]]]:
    """The lines by their shapes; all of them in order; and those that hold a number, as they stand."""
    groups: dict[_Shape, list[_Line]] = defaultdict(list)
    every: list[_Line] = []
    numbered: list[tuple[int, str]] = []
    given: dict[str, str] = {}
    title = ""
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or len(line) > _LONG or number in inside:
            if number in inside and number - 1 not in inside:
                every.append(_Line(number, "", (), dict(given), title=title))  # what was said ahead of a table
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
        every.append(_Line(number, line, found, {**given, **flags}, title=title))
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


def _shape(found: tuple[Piece, ...]) -> _Shape:
    """What lines of one shape share: their pieces without the remark at the end."""
    kept = list(found)
    while kept and kept[-1].kind == "word" and not kept[-1].numbers and len(kept) > 1:
        kept.pop()
    if not any(p.kind in ("amount", "ratio") for p in kept):
        return ()
    return tuple(p.shape for p in kept)


def _contexts(groups: dict[_Shape, list[_Line]]) -> set[_Shape]:
    """Shapes whose lines say, in pairs, what the line after each ran with: `case seq=512` before `-> ok tps=80`.

    They state no result, and a line of another shape follows each; their pairs are given to it."""
    follows: dict[int, tuple[_Shape, _Line]] = {}
    ordered = sorted(((n.number, s, n) for s, lines in groups.items() for n in lines), key=lambda x: x[0])
    for (_, shape, line), (_, after, of) in pairwise(ordered):
        if after != shape:
            follows[line.number] = after, of
    out: set[_Shape] = set()
    for shape, lines in groups.items():
        pairs = [p for p in lines[0].pieces if p.label and p.kind in ("amount", "word") and not p.numbers]
        if len(lines) < _FEW or not pairs or any(_metric(p) for p in pairs):
            continue
        if sum(n.number in follows for n in lines) * 5 < 4 * len(lines):
            continue
        out.add(shape)
        for line in lines:
            if line.number in follows:
                told = {GIVEN + _factor(p): p.value for p in line.pieces if p.label and _factor(p)}
                follows[line.number][1].given |= told
    return out


def _factor(piece: Piece) -> str:
    return "" if piece.kind == "ratio" or piece.numbers else resolve_factor(piece.label) or normalise(piece.label)


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


def _last_of_progress(lines: list[_Line]) -> list[_Line]:
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


def _rows(lines: list[_Line], *, alone: bool, progress: bool) -> list[tuple[int, dict[str, str]]]:
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
    out = []
    for line in lines:
        row = dict(line.given)
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
        if reason := _reason(line, len(shape)):
            row["error"] = reason
        out.append((line.number, row))
    return out


def _is_row_of_pairs(line: _Line) -> bool:
    """Whether a line that stands alone repeats itself: two labelled amounts with units or more, and no other word."""
    amounts = [p for p in line.pieces if p.kind == "amount" and p.label and p.unit and not p.behind]
    return len(amounts) == len(line.pieces) >= _FEW and "|" in line.raw


def _columns(lines: list[_Line], size: int) -> dict[str, tuple[int, Piece]]:
    """The columns that lines of one shape have: name → where in the line, and a piece with the label that it has."""
    out: dict[str, tuple[int, Piece]] = {}
    before = ""
    for at in range(size):
        own = [n.pieces[at] for n in lines]
        first, values = own[0], {p.value for p in own}
        if first.kind == "word" and not first.numbers and not first.label:
            before = first.value if len(values) == 1 and not _verdict(values) else ""
            if len(values) > 1 or _verdict(values):
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
    return bool(values) and all(v.lower() in _WELL or _ILL.match(v) for v in values)


def _name_of_words(values: set[str]) -> str:
    """The column of words that differ from line to line; "" for prose."""
    if _verdict(values):
        passes = all(v.lower().startswith(("pass", "fail")) for v in values)
        return "passed" if passes and any(v.lower().startswith("pass") for v in values) else "status"
    if all(is_model(v) for v in values):
        return "model"
    if is_quantisation(values):
        return "quantisation"
    return "case" if all(len(v) <= _CASE for v in values) else ""


def _reason(line: _Line, size: int) -> str:
    """What a line says of a failure behind its values: `DID NOT RUN — SyntaxError`, `err=CUDA out of memory`."""
    rest = [p for p in line.pieces[size:] if p.kind == "word"]
    told = next((p for p in rest if says_failure(p.value) or _ILL.match(p.value)), None)
    if told is None:
        return ""
    at = line.raw.rfind(told.value.split()[0])
    return line.raw[max(at, 0) :].strip(" -–—|:") if at >= 0 else told.value


def _has_result(row: dict[str, str]) -> bool:
    return any(not k.startswith(GIVEN) and k not in _OUTCOME for k in row)


def _proven(every: list[_Line], used: set[int]) -> list[tuple[int, dict[str, str]]]:
    """Shares that their own percentage proves, with what they are shares of: `34/50 checks pass (68.0%)`.

    Rows of a list above whose shares add up to one are its parts, and no further values; those that say why they did
    not run are counted as its failures."""
    out: list[tuple[int, dict[str, str]]] = []
    for i, line in enumerate(every):
        for piece, after in pairwise(line.pieces):
            if piece.kind != "ratio" or after.kind != "amount" or after.unit != "%" or line.number in used:
                continue
            done, whole = map(int, piece.value.split("/"))
            name = next((_SHARE[w] for w in normalise(piece.name + " " + piece.behind).split("_") if w in _SHARE), "")
            if not whole or abs(done / whole - float(after.value) / 100) > _PROVEN or not name:
                continue
            row = {**line.given, f"mean {name} (%)": f"{100 * done / whole!r}", "n": str(whole)}
            model = called(piece.label) if piece.label and is_model(piece.label) else ""
            if model:
                row.setdefault(GIVEN + "subject", model)
            row |= _of_parts(every[:i], done, whole, used)
            out.append((line.number, row))
            used.add(line.number)
    return out


def _of_parts(above: list[_Line], done: int, whole: int, used: set[int]) -> dict[str, str]:
    """How many of the rows above a share, which add up to it, ran, and why others did not; {} where they do not add
    up."""
    rows: list[_Line] = []
    left = [done, whole]
    for line in reversed(above):
        found = line.pieces
        if len(found) < _FEW or found[0].kind != "word" or found[1].kind != "ratio" or found[1].label:
            if rows:
                break
            continue
        left = [a - int(b) for a, b in zip(left, found[1].value.split("/"), strict=True)]
        rows.append(line)
        if left == [0, 0]:
            break
    if left != [0, 0]:
        return {}
    used |= {n.number for n in rows}
    reasons = Counter(reason for n in rows if (reason := _reason(n, 2)))
    ill = sum(reasons.values())
    counts = {"failed requests": str(ill), "successful requests": str(len(rows) - ill)}
    return counts | {f"error_reasons{STEP}{reason}": str(n) for reason, n in reasons.items()}


def _failed(every: list[_Line], groups: dict[_Shape, list[_Line]], used: set[int]) -> list[tuple[int, dict[str, str]]]:
    """Attempts that failed: lines that begin with a word of failure and state, in pairs, settings that results of the
    text have too. The reason is the first line below that gives one."""
    known = {p.label for lines in groups.values() for n in lines if n.number in used for p in n.pieces if p.label}
    out = []
    for i, line in enumerate(every):
        pairs = [p for p in line.pieces[1:] if p.label and p.kind in ("amount", "word")]
        told = line.verdict and line.number not in used
        if not told or not pairs or not {p.label for p in pairs} <= known:
            continue
        row = {**line.given, **{p.label: p.value for p in pairs if _factor(p)}}
        row["error"] = _below(every[i : i + 4]) or line.verdict
        used.add(line.number)
        out.append((line.number, row))
    return out


def _below(lines: list[_Line]) -> str:
    """The reason that a line of a failure gives, or one below it."""
    for i, line in enumerate(lines):
        if i and line.verdict:
            return ""
        found = re.search(r"\b(?:failed to|out of memory|error:?|cannot|could not|unable to)\b.*", line.raw, re.I)
        if found:
            return found[0].strip()[:200]
    return ""
