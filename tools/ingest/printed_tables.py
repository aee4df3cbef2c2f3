"""What a benchmark printed line by line, pasted into a document: `go test -bench` in fences, indented or bare.

The lines are read by the reader of such files. Whose they are stands around them: the model in the nearest file of
weights that is named above, the machine in a heading or a line of its own, the GPU in the list that a tool of its maker
printed before, and the backend in a heading; what the command or the output itself says holds before all of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .folder_names import known_words
from .go_benchmarks import RESULT, read_go
from .headings import stated_in
from .pasted import is_example, stretches
from .reading import GIVEN, Reading, Records
from .rows import Coded, coded

_WEIGHTS = re.compile(r"([\w.-]+)\.gguf\b", re.IGNORECASE)
_LINKED = re.compile(r"\[[^\]]*\]\(\S*?([^/()\s]+\.gguf)\S*\)")
_BESIDE = re.compile(r"mmproj|projector", re.IGNORECASE)  # of a model's eyes, beside its weights
_COMMAND = re.compile(r"(?:^|[$>#%]\s*)go test\b")
_BEGINS = re.compile(r"goos:\s")
_OPTION = re.compile(r"--?(device|nctx|n_ctx|ctx-size|backend)[= ][\"']?([\w:.-]+)")
_INDEXED = re.compile(r"([A-Za-z]+?)[:_]?(\d+)?$")
_SAID = re.compile(r"cpu:\s+(\S.*\S)\s*$")
# Lists of GPUs, as nvidia-smi, amdgpu_top and vulkaninfo print them.
_LISTED = re.compile(r"\|\s+(\d+)\s+(\S.*?)\s{2,}\S+\s+\|.*|.*#(\d+)\s+\[(\S[^\]]*?)\s*\].*")
_NUMBERED = re.compile(r"GPU(\d+):\s*$")
_CALLED = re.compile(r"\s*deviceName\s*=\s*(\S.*\S)\s*$")
_APART = re.compile(r"\s+(?:with|[-–—])\s+|,\s")
_AT = re.compile(r"line (\d+)")
_SHORT = 80  # characters of a line that names a machine and nothing else


@dataclass(slots=True)
class _Scope:
    """What is known under one heading, until the next of its depth."""

    model: str = ""
    backend: str = ""
    machine: str = ""
    gpus: dict[int, str] = field(default_factory=dict)


def printed_tables(text: str) -> tuple[Records | None, str]:
    """The records of a document's result lines, and the text without them, line for line as long."""
    if "Benchmark" not in text or not any(RESULT.match(line.strip()) for line in text.splitlines()):
        return None, text
    lines = text.splitlines()
    alone, told = [""] * len(lines), {}
    for number, given in _runs(lines):
        alone[number] = lines[number].strip()
        told[number + 1] = given
    records = read_go("\n".join(alone))
    if records is None:
        return None, text
    rows = [told[int(where.split()[-1])] for where in records.where]  # type: ignore[union-attr]
    _whole_names(rows)
    for factor in dict.fromkeys(k for row in rows for k in row):
        column = np.empty(len(rows), dtype=object)
        column[:] = [row.get(factor) for row in rows]
        own = records.columns.get(GIVEN + factor)
        if own is not None and factor == "subject":  # the benchmark's own name says it
            column[:] = [o or c for o, c in zip(own, column, strict=True)]
        records.columns[GIVEN + factor] = column
    taken = {int(where.split()[-1]) - 1 for where in records.where}  # type: ignore[union-attr]
    return records, "\n".join("" if i in taken else line for i, line in enumerate(lines))


def _runs(lines: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each result line's place, from 0, and what holds for it."""
    scopes: dict[int, tuple[str, _Scope]] = {}
    for first, last, headings, _, above in stretches(lines, whole=True):
        scopes = {
            d: scopes[d] if d in scopes and scopes[d][0] == h else (h, _headed(h)) for d, h in headings.items()
        } | ({0: scopes.get(0, ("", _Scope()))})
        here = scopes[max(scopes)][1]
        gpu = command = cpu = ""
        begun = False
        for number in range(first, last):
            line = lines[number].strip()
            if not RESULT.match(line):
                if _COMMAND.search(line):
                    command, cpu = line, ""
                elif _BEGINS.match(line):
                    command, cpu = "" if begun else command, ""
                begun = begun and not (_COMMAND.search(line) or _BEGINS.match(line))
                cpu = said[1] if (said := _SAID.match(line)) else cpu
                gpu = _look(line, here, gpu)
                continue
            begun = True
            if not is_example(above):
                yield number, _given([s for _, (_, s) in sorted(scopes.items(), reverse=True)], command, cpu)


def on_their_machines(text: str, block: Reading) -> None:
    """Give what known tools printed into a document the machine that the headings above it name, where the output names
    none: the same model on two machines is no repeat."""
    lines = text.splitlines()
    named: list[str] | None = None
    for rows in block.rows:
        places = rows.where
        if "device" in rows.factors or not isinstance(places, Coded):
            continue
        named = _machines(lines) if named is None else named
        if not any(named):
            return
        found = [_AT.match(str(where)) for where in places.levels]
        of = [named[int(m[1]) - 1] if m and int(m[1]) <= len(named) else "" for m in found]
        if any(of):
            rows.factors["device"] = coded([of[c] if c >= 0 else "" for c in places.codes.tolist()])


def _machines(lines: list[str]) -> list[str]:
    """The machine that the headings above each line name, the nearest."""
    named = [""] * len(lines)
    for first, last, headings, _, _ in stretches(lines, whole=True):
        told = (stated_in(h).get("device", "") for _, h in sorted(headings.items(), reverse=True))
        named[first:last] = [next((d for d in told if d), "")] * (last - first)
    return named


def _headed(heading: str) -> _Scope:
    words = known_words()[0]
    plain = heading.strip().lower()
    backend = heading.strip() if words.get(plain) == "backend" or plain == "cpu" else ""
    return _Scope(backend=backend, machine=stated_in(heading).get("device", ""))


def _look(line: str, here: _Scope, gpu: str) -> str:
    """Note what a line says of its section; the number of the GPU that the lines after it describe."""
    if len(line) > 1000:
        return gpu
    for name in [*_LINKED.findall(line), *_WEIGHTS.findall(line)]:
        if not _BESIDE.search(name):
            here.model = re.sub(r"\.gguf$", "", name, flags=re.IGNORECASE)
    if found := _LISTED.match(line):
        number, name = (found[1], found[2]) if found[1] else (found[3], found[4])
        if re.search(r"[A-Za-z]{3}", name):
            here.gpus[int(number)] = re.sub(r"\s+(?:On|Off|N/A|WDDM|TCC)$", "", name).strip()
    elif found := _NUMBERED.match(line):
        return found[1]
    elif gpu and (found := _CALLED.match(line)):
        here.gpus[int(gpu)] = found[1]
        return ""
    elif len(line) < _SHORT and not line.startswith(("|", "#", "-", "$")) and "=" not in line and ":" not in line:
        machine = stated_in(line).get("device", "")
        here.machine = _APART.split(line)[0] if machine and line.startswith(machine) else here.machine
    return gpu


def _given(near: list[_Scope], command: str, cpu: str) -> dict[str, str]:
    """What holds for a run, from its own words first, then from the nearest section."""
    options = dict(_OPTION.findall(command))
    out: dict[str, str] = {}
    backend = next((s.backend for s in near if s.backend), "")
    number = 0
    named = _INDEXED.match(options.get("device") or options.get("backend") or "")
    if named and (named[1].lower() == "cpu" or known_words()[0].get(named[1].lower()) == "backend"):
        backend, number = named[1], int(named[2] or 0)
    if model := next((s.model for s in near if s.model), ""):
        out["subject"] = model
    if backend:
        out["backend"] = backend.lower()
    machine = next((s.machine for s in near if s.machine), "")
    gpus = next((s.gpus for s in near if s.gpus), {})
    listed = gpus.get(number, "") if backend and backend.lower() != "cpu" else ""
    if where := machine or listed or cpu:
        out["device"] = where
    if context := next((v for k, v in options.items() if k in ("nctx", "n_ctx", "ctx-size")), ""):
        out["num_ctx"] = context
    return out


def _whole_names(rows: list[dict[str, str]]) -> None:
    """A name that its tool cut off (`RTX 4070 ...`) is the one whole name of the document that begins with it."""
    names = {row["device"] for row in rows if "device" in row}
    for row in rows:
        name = row.get("device", "")
        if name.endswith("..."):
            short = name.rstrip(". ")
            longer = [n for n in names if n != name and n.startswith(short)]
            row["device"] = longer[0] if len(longer) == 1 else short
