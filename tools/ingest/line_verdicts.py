"""What lines say of how things ended: shares that their percentage proves, and attempts that failed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from chimera_report.tools.metrics import normalise

from .amounts import says_failure
from .line_pieces import Line, Shape, factor_of_piece
from .names import is_model
from .reading import GIVEN, STEP
from .said_ahead import called

ILL = re.compile(r"(?:fail(?:ed|ure)?|error|crash(?:ed)?|oom|timeout|timed out|did not run|killed|aborted)\b", re.I)
_SHARE = {
    "pass": "pass rate",
    "passed": "pass rate",
    "passing": "pass rate",
    "correct": "accuracy",
    "right": "accuracy",
}
_PROVEN = 0.006  # a percentage with one decimal or none


_FEW = 2  # pieces of a row
_LONGEST = 200  # lines of a list


def reason_of(line: Line, size: int) -> str:
    """What a line says of a failure behind its values: `DID NOT RUN — SyntaxError`, `err=CUDA out of memory`."""
    rest = [p for p in line.pieces[size:] if p.kind == "word"]
    told = next((p for p in rest if says_failure(p.value) or ILL.match(p.value)), None)
    if told is None:
        return ""
    at = line.raw.rfind(told.value.split()[0])
    return line.raw[max(at, 0) :].strip(" -–—|:") if at >= 0 else told.value


def proven(every: list[Line], used: set[int]) -> list[tuple[int, dict[str, str]]]:
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
            if not whole or abs(done / whole - float(after.value.replace(",", "")) / 100) > _PROVEN or not name:
                continue
            row = {**line.given, f"mean {name} (%)": f"{100 * done / whole!r}", "n": str(whole)}
            model = called(piece.label) if piece.label and is_model(piece.label) else ""
            if model:
                row.setdefault(GIVEN + "subject", model)
            row |= _of_parts(every[max(0, i - _LONGEST) : i], done, whole, used)
            out.append((line.number, row))
            used.add(line.number)
    return out


def _of_parts(above: list[Line], done: int, whole: int, used: set[int]) -> dict[str, str]:
    """How many of the rows above a share, which add up to it, ran, and why others did not; {} where they do not add
    up."""
    rows: list[Line] = []
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
    reasons = Counter(reason for n in rows if (reason := reason_of(n, 2)))
    ill = sum(reasons.values())
    counts = {"failed requests": str(ill), "successful requests": str(len(rows) - ill)}
    return counts | {f"error_reasons{STEP}{reason}": str(n) for reason, n in reasons.items()}


def failed(every: list[Line], groups: Mapping[Shape, list[Line]], used: set[int]) -> list[tuple[int, dict[str, str]]]:
    """Attempts that failed: lines that begin with a word of failure and state, in pairs, settings that results of the
    text have too. The reason is the first line below that gives one."""
    known = {p.label for lines in groups.values() for n in lines if n.number in used for p in n.pieces if p.label}
    out = []
    for i, line in enumerate(every):
        pairs = [p for p in line.pieces[1:] if p.label and p.kind in ("amount", "word")]
        told = line.verdict and line.number not in used
        if not told or not pairs or not {p.label for p in pairs} <= known:
            continue
        row = {**line.given, **{p.label: p.value for p in pairs if factor_of_piece(p)}}
        row["error"] = _below(every[i : i + 4]) or line.verdict
        used.add(line.number)
        out.append((line.number, row))
    return out


def _below(lines: list[Line]) -> str:
    """The reason that a line of a failure gives, or one below it."""
    for i, line in enumerate(lines):
        if i and line.verdict:
            return ""
        found = re.search(r"\b(?:failed to|out of memory|error:?|cannot|could not|unable to)\b.*", line.raw, re.I)
        if found:
            return found[0].strip()[:200]
    return ""
