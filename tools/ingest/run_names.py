"""The setting that only the names of runs tell: `pd_intra_n100_in128_out64_c8` beside `agg_n100_in128_out64_c8`.

Where names follow one grammar, most of their words repeat what the records state themselves (input 128, output 64,
concurrency 8). What is left of the names is what the one who ran it varied: rows that would look like wild scatter of
one condition are told apart by it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import Assignment, KnownBy, Role, named_role

from . import cells
from .assign import some
from .folder_names import QUANT, QUANT_IN, REPEAT, UNNAMED, known_words
from .name_keys import learned, without_learned, without_versions
from .names import DERIVED, without_stamp, without_subject
from .reading import Column
from .rows import Coded

if TYPE_CHECKING:
    from .identify import FileTable
    from .rows import Rows

VARIED = "variant"  # the factor
SENT = "num_prompts"  # the factor of how many requests were sent, where names tell it and it was varied
_LABELS = ("label", "tag", "name", "run_name", "run_label", "test_name", "config_name", "experiment")
_WORD = re.compile(r"(?:[^\s_\-/=,;:|@+.]|(?<=\d)\.(?=\d))+")
_NUMBERED = re.compile(r"([a-z]*?)(\d+(?:\.\d+)?)(k|m|b)?([a-z]{0,7})")
_JOINED = "\x01"  # for _ within a format of weights (`q4_k_m`), while a name is cut
_THOUSANDS = {"k": (1000.0, 1024.0), "m": (1e6, 2.0**20), "b": (1e9,)}
_OF_FILES = frozenset(
    (*DERIVED, "bench", "benchmark", "test", "log", "logs", "data", "all", "final", "output", "outputs")
)
_FEW, _MOST = 4, 12  # names that show a grammar, and levels of a setting
_NAMES = 500  # different names of a column that are looked at
_SHARE = 0.75  # of the names that have to hold numbers which their records state


@dataclass(slots=True)
class Stated:
    """What the records of one name state themselves."""

    texts: set[str] = field(default_factory=set)  # levels and words of the system's name, in lower case
    numbers: set[float] = field(default_factory=set)
    counts: set[float] = field(default_factory=set)  # how many requests they rest on


@dataclass(slots=True)
class Cut:
    """What is left of each name, and how many requests it says were sent ("" where it does not)."""

    left: list[str]
    sent: list[str]


def cut(names: Sequence[str], stated: Sequence[Stated]) -> Cut | None:
    """The names without what their records state; None where they follow no grammar, or nothing varies in the rest."""
    if len(set(names)) < _FEW:
        return None
    told: list[set[float]] = []
    left: list[str] = []
    sent: list[str] = []
    for name, known in zip(names, stated, strict=True):
        words, numbers, count = _rest(name, known)
        left.append("_".join(words))
        told.append(numbers if len(_WORD.findall(name)) > 1 else set())  # `TP4` is a level, and no name of a run
        sent.append(count)
    if sum(bool(t) for t in told) < _SHARE * len(names) or len(set(map(frozenset, told))) < 2:
        return None
    common = _common(left)
    left = ["_".join(w for w in text.split("_") if w not in common) or text for text in left]
    left = [text or UNNAMED for text in left]
    times = Counter(left)
    levels = len(times)
    if not 2 <= levels <= _MOST or 2 * levels > len(set(names)) or not any(re.search("[a-zA-Z]", v) for v in times):
        return None
    return Cut(left, sent)


def _common(left: Iterable[str]) -> set[str]:
    """Words that all the rests share, where something is left of each without them."""
    words = [set(text.split("_")) for text in left]
    common = set.intersection(*words)
    return common if all(w - common for w in words) else set()


def _rest(name: str, known: Stated) -> tuple[list[str], set[float], str]:
    """(words that the records do not state, numbers that they do, requests) of a name."""
    kept: list[str] = []
    told: set[float] = set()
    count = ""
    for word in _WORD.findall(QUANT_IN.sub(lambda m: m[0].replace("_", _JOINED), without_stamp(name))):
        word = word.replace(_JOINED, "_")
        low = word.lower()
        if low in known.texts or normalise(low) in known.texts or REPEAT.fullmatch(low) or low in _OF_FILES:
            continue
        match = _NUMBERED.fullmatch(low)
        values = _values(match) if match else ()
        if any(v in known.numbers for v in values):
            told.update(values[:1])
        elif match and any(v in known.counts for v in values):
            told.update(values[:1])
            count = match[2]
        elif not low.isdigit():  # a number alone counts repeats, and means nothing
            kept.append(word)
    words = known_words()[1]
    kept = [w for w in kept if not (w.lower() in words and told)]  # `c_8`: the word before a number that was told
    return kept, told, count


def _values(match: re.Match[str]) -> tuple[float, ...]:
    number = float(match[2])
    return tuple(number * k for k in _THOUSANDS[match[3]]) if match[3] else (number,)


def of_records(names: Column, columns: Iterable[Column], subject: Coded) -> Column | None:
    """What varies in a table's column of names beyond what its other columns state; None where nothing does."""
    codes, values = cells.distinct(names)
    if not _FEW <= len(values) <= _NAMES or (codes < 0).any() or not all(isinstance(v, str) for v in values):
        return None
    first = np.array([int(np.argmax(codes == i)) for i in range(len(values))])
    stated = [Stated() for _ in values]
    for column in columns:
        numbers = cells.numbers(column)
        for known, at in zip(stated, first.tolist(), strict=True):
            if np.isfinite(numbers[at]):
                known.numbers.add(float(numbers[at]))
            elif isinstance(text := column.tolist()[at], str):
                known.texts |= {text.lower(), normalise(text)}
    systems = subject.array()
    for known, at in zip(stated, first.tolist(), strict=True):
        known.texts |= _words_of(str(systems[at] or ""))
    found = cut([str(v) for v in values], stated)
    return np.array(found.left, dtype=object)[codes] if found else None


def by_names_of_runs(files: list[FileTable]) -> None:
    """Make a factor of what varies in the names of runs, as their records or their files give them."""
    groups: dict[str, list[FileTable]] = defaultdict(list)
    for file in files:
        if file.source.role == "data" and file.rows:
            groups[file.source.format].append(file)
    for group in groups.values():
        if not any(VARIED in rows.factors for file in group for rows in file.rows):
            _of_group(group)


@dataclass(slots=True)
class _Run:
    """The rows that one name is of."""

    file: FileTable
    rows: Rows
    at: np.ndarray[tuple[int], np.dtype[np.bool_]]
    name: str


def _of_group(group: list[FileTable]) -> None:
    label = next((n for n in _LABELS if any(n in r.factors for f in group for r in f.rows)), "")
    again, keys = without_versions([f.stem for f in group]), learned(group)
    stems = {id(f): without_learned(f, again.get(f.stem, f.stem), keys) for f in group}
    stems |= {id(f): without_subject(stems[id(f)], f.subjects[0]) for f in group if len(f.subjects) == 1}
    runs = [run for file in group for rows in file.rows for run in _runs(file, rows, label, stems[id(file)])]
    found = cut([r.name for r in runs], [_stated(r, label) for r in runs])
    if found is None or _restated(runs, found.left, label):
        return
    factor = _kind(found.left)
    if not label and (factor != VARIED or any(map(_is_known, found.left))):
        return  # words that the reading of paths knows
    varied = {s for s in found.sent if s}
    for run, left, sent in zip(runs, found.left, found.sent, strict=True):
        _give(run, factor, left)
        if len(varied) > 1 and sent:
            _give(run, SENT, sent)
    for file in group:
        for rows in file.rows:
            rows.factors.pop(label, None)
        levels = sorted({left for run, left in zip(runs, found.left, strict=True) if run.file is file})
        file.told.append(
            Assignment(
                name=label or f"file name: {levels[0]}", role=Role.SETTING,
                known_by=KnownBy.VALUES if label else KnownBy.PATH, means=factor, values=some(levels),
            )
        )  # fmt: skip


def _runs(file: FileTable, rows: Rows, label: str, stem: str) -> list[_Run]:
    """The rows of each name: that of the column, else of the file."""
    names = rows.factors.get(label)
    if names is None:
        return [_Run(file, rows, np.ones(len(rows), dtype=bool), stem)]
    found = [_Run(file, rows, names.codes == i, v) for i, v in enumerate(names.levels) if (names.codes == i).any()]
    if (names.codes < 0).any():
        found.append(_Run(file, rows, names.codes < 0, stem))
    return found


def _stated(run: _Run, label: str) -> Stated:
    out = Stated()
    for name, levels in run.rows.factors.items():
        if name == label:
            continue
        own = {levels.levels[c] for c in np.unique(levels.codes[run.at]) if c >= 0}
        for level in own if len(own) == 1 else ():
            try:
                out.numbers.add(float(level))
            except ValueError:
                out.texts |= {level.lower(), normalise(level)}
    for subject in run.file.subjects if len(run.file.subjects) == 1 else ():
        out.texts |= _words_of(subject)
    counts = run.rows.n[run.at]
    out.counts = set(np.unique(counts[np.isfinite(counts)]).tolist())
    return out


def _words_of(system: str) -> set[str]:
    return {system.lower(), *re.findall(r"[a-z0-9.]+", system.lower()), *normalise(system).split("_")} - {""}


def _restated(runs: list[_Run], left: list[str], label: str) -> bool:
    """Whether a factor of the records, or their system, divides them as these words do: then they tell nothing new."""
    columns: dict[str, list[str]] = defaultdict(lambda: [""] * len(runs))
    for i, run in enumerate(runs):
        for name, levels in run.rows.factors.items():
            if name != label and named_role(name) is not Role.REPLICATE:
                columns[name][i] = "|".join(sorted({levels.levels[c] for c in levels.codes[run.at] if c >= 0}))
        columns["subject"][i] = "|".join(run.file.subjects)
    return any(len(set(own)) == len(set(left)) == len(set(zip(own, left, strict=True))) for own in columns.values())


def _kind(left: list[str]) -> str:
    """The factor whose well-known levels all of these are: `backend` of `vllm` and `sglang`; else a variant."""
    words = known_words()[0]
    told = {"quantisation" if QUANT.fullmatch(v) else words.get(v.lower(), VARIED) for v in left}
    return told.pop() if len(told) == 1 else VARIED


def _is_known(left: str) -> bool:
    """Whether a word of it is one that a registry knows as more than a variant: a program, a format of weights."""
    words = known_words()[0]
    return bool(QUANT_IN.search(left)) or any(words.get(w.lower(), VARIED) != VARIED for w in left.split("_"))


def _give(run: _Run, factor: str, level: str) -> None:
    held = run.rows.factors.get(factor)
    if held is None:
        held = Coded(np.full(len(run.rows), -1, dtype=np.int64), [])
    levels = list(held.levels)
    if level not in levels:
        levels.append(level)
    run.rows.factors[factor] = Coded(np.where(run.at, levels.index(level), held.codes), levels)
