"""The names of a folder's files, read together: what a letter before a number stands for, which words are machines, and
which only repeat what the files state.

`qwen b128 c2048.txt` beside `gemma b64 c131072.txt`, whose text says 64 at once and a context of 131072, is a run of
128 at once and a context of 2048: files that state a number teach what its letter means in the names of the others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import FACTORS
from chimera_report.tools.schema import Role, named_role

from .rows import Coded
from .said_inside import constants

if TYPE_CHECKING:
    from .identify import FileTable

_KEYED = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,12})[-_=]?(\d+(?:\.\d+)?)([kK]?)(?![A-Za-z0-9])")
_VERSION = re.compile(r"(.+?)[-_ .]*(?:\bv|(?<=[_ .-])v|\()(\d{1,2})\)?$", re.IGNORECASE)
_FEWEST, _MOSTLY = 3, 0.9  # files that have to agree, and their share
_MACHINE = ("device", "gpu", "gpu_name", "gpu_model", "device_name", "accelerator", "chip", "hardware")
_SAID = (Role.SYSTEM, Role.SETTING, Role.ENVIRONMENT)


def learned(files: Sequence[FileTable]) -> dict[str, str]:
    """Letters of the files' names → the factor whose number follows them, wherever a file states it: of at least three
    files and two numbers, with hardly one that says otherwise."""
    votes: dict[tuple[str, str], list[bool]] = defaultdict(list)
    numbers: dict[tuple[str, str], set[float]] = defaultdict(set)
    for file in files:
        stated = {name: n for name, *levels in constants(file)[1:] if len(levels) == 1 for n in _number(levels[0])}
        for match in _KEYED.finditer(file.stem):
            key, values = match[1].lower(), _values(match)
            for name, level in stated.items():
                votes[key, name].append(level in values)
                numbers[key, name].add(level)
    rank = {name: i for i, name in enumerate(FACTORS)}
    sure = [k for k, v in votes.items() if len(v) >= _FEWEST and sum(v) >= _MOSTLY * len(v) and len(numbers[k]) > 1]
    out: dict[str, str] = {}
    for key, name in sorted(sure, key=lambda k: (rank.get(k[1], len(rank)), k[1])):
        out.setdefault(key, name)
    return out


def without_learned(file: FileTable, stem: str, keys: dict[str, str]) -> str:
    """The stem without the numbers behind learned letters that the file does not state: the reading of its path gives
    them, and a name that contradicts its file is wrong."""
    own = {name: n for name, *levels in constants(file)[1:] if len(levels) == 1 for n in _number(levels[0])}

    def kept(match: re.Match[str]) -> str:
        factor = keys.get(match[1].lower(), "")
        return match[0] if not factor or (factor in own and own[factor] in _values(match)) else ""

    return _KEYED.sub(kept, stem).strip(" _-.")


def _values(match: re.Match[str]) -> tuple[float, ...]:
    number = float(match[2])
    return (number * 1000, number * 1024) if match[3] else (number,)


def _number(level: str) -> tuple[float, ...]:
    try:
        return (float(level),)
    except ValueError:
        return ()


def without_versions(stems: Sequence[str]) -> dict[str, str]:
    """Stem → the stem without a mark at its end that counts how often a file was written: `x v2`, `x v3` beside `x`,
    `x (2)` beside `x`, `c032b` beside `c032`. A folder of `x_v1` and `x_v2` alone compares two versions: they stay."""
    known = set(stems)
    found = {s: m[1].rstrip("-_ .") for s in stems if (m := _VERSION.fullmatch(s)) and int(m[2]) > 1}
    found |= {s: s[:-1] for s in stems if re.search(r"\d[b-d]$", s)}
    return {s: base for s, base in found.items() if base in known}


def machine_of(file: FileTable) -> str:
    """The one machine that a file names of all its records, "" where it names none or several."""
    told = {name: levels for name, *levels in constants(file)[1:] if name in _MACHINE}
    single = [levels[0] for levels in told.values() if len(levels) == 1]
    return single[0] if single else ""


def are_machines(members: Sequence[FileTable], levels: Sequence[str]) -> bool:
    """Whether words of names or folders stand for machines: each goes with one that the files name, of several."""
    of: dict[str, set[str]] = defaultdict(set)
    for file, level in zip(members, levels, strict=True):
        of[level].add(machine_of(file))
    found = set().union(*of.values())
    return len(found) > 1 and "" not in found and all(len(v) == 1 for v in of.values()) and len(of) >= len(found)


def call_machines(members: Sequence[FileTable], levels: Sequence[str]) -> None:
    """Tell machines of one kind apart by their own names: `RTX 2070 SUPER of Yash` beside `RTX 2070 SUPER of Ada`."""
    of: dict[str, set[str]] = defaultdict(set)
    for file, level in zip(members, levels, strict=True):
        of[machine_of(file)].add(level)
    for file, level in zip(members, levels, strict=True):
        name = machine_of(file)
        if len(of[name]) < 2:
            continue
        for rows in file.rows:
            for factor in (f for f in _MACHINE if f in rows.factors):
                held = rows.factors[factor]
                rows.factors[factor] = Coded(held.codes, [f"{v} of {level}" if v == name else v for v in held.levels])


def said_elsewhere(members: Sequence[FileTable], levels: Sequence[str], *, by_model: bool = True) -> bool:
    """Whether what the files state, or their folders, tells them apart just as these words do; `by_model`: or the model
    that each is of."""
    columns: dict[str, list[str]] = defaultdict(lambda: [""] * len(members))
    for at, file in enumerate(members):
        columns["subject"][at] = "|".join(file.subjects) if by_model else ""
        for name, *stated in constants(file)[1:]:
            if len(stated) == 1 and named_role(name) in _SAID:
                columns[name][at] = stated[0]
    several = len(set(levels))
    return several > 1 and any(
        len(set(own)) == several == len(set(zip(own, levels, strict=True))) for own in columns.values()
    )
