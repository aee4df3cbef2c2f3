"""What files state of their runs, against what the names of their folders say: a name that says no more is dropped."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from .folder_names import NUMBERED, UNNAMED

if TYPE_CHECKING:
    from .identify import FileTable

_SEVERAL = 8  # folders of which not all have to hold one name
_SHARED = 2  # words that a file's name begins with as its folder's does
_LEVEL_IN = re.compile(r"[-_ .][a-z]{1,12}[-_=]?#(?=$|[-_ .])", re.I)  # a level, its number as #: `-np=#`


def are_steps(members: list[FileTable], i: int, levels: list[str]) -> bool:
    """Whether folders are the steps of one plan, numbered without a gap (`000-baseline`, `001-load`, `002-load`): the
    word is the kind of step where several of one kind differ by what their files state."""
    numbered = [m for m in map(NUMBERED.fullmatch, levels) if m is not None and m[2]]
    numbers = sorted(int(m[1]) for m in numbered)
    if len(numbers) < max(3, len(levels)) or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return False
    stated: dict[str, set[tuple[tuple[str, ...], ...]]] = {v: set() for v in levels}
    for file in members:
        stated[file.place.parent.parts[i]].add(constants(file))
    kinds: dict[str, list[frozenset[tuple[tuple[str, ...], ...]]]] = defaultdict(list)
    for match in numbered:
        kinds[match[2]].append(frozenset(stated[match[0]]))
    return any(len(own) > 1 and len(set(own)) == len(own) for own in kinds.values())


def stated_by(members: list[FileTable], levels: list[str | None]) -> bool:
    """Whether a factor of the files themselves divides them as these levels do: it says what the names only hint at.

    So does the model that they name, where the levels are words of its name."""
    if of_models(members, levels):
        return True
    told: dict[str, list[str]] = defaultdict(lambda: [""] * len(members))
    for at, file in enumerate(members):
        for name, *own in constants(file)[1:]:
            if len(own) == 1:
                told[name][at] = own[0]
    models = [f.subjects[0] if len(f.subjects) == 1 else "" for f in members]
    # `tgi-mistral` of a file that states its backend and its model says no more than the two together.
    joint = [list(zip(models, own, strict=True)) for own in told.values()]
    return any(_divides(own, levels) or _tells_more(own, levels) for own in told.values()) or any(
        _divides(both, levels) for both in joint
    )


def _tells_more(own: Sequence[str], levels: Sequence[str | None]) -> bool:
    """Whether a factor in words goes with each level, and tells more than they do: `f16`, `q8_0` and `q4_0` of files of
    which one kind alone is called `baseline`."""
    some_named = None in levels or UNNAMED in levels
    words = some_named and all(own) and all(re.search("[A-Za-z]", v) for v in own)
    return bool(words) and len(set(zip(own, levels, strict=True))) == len(set(own)) > len(set(levels)) > 1


def _divides(own: Sequence[object], levels: Sequence[str | None]) -> bool:
    """Whether each of what the files state goes with one level, and the other way round."""
    return len(set(zip(own, levels, strict=True))) == len(set(own)) == len(set(levels)) > 1


def of_models(members: Sequence[FileTable], levels: Sequence[str | None]) -> bool:
    """Whether each model lies under one level, and most levels are words of its name."""
    of: dict[str, set[str | None]] = defaultdict(set)
    for file, level in zip(members, levels, strict=True):
        if len(file.subjects) != 1:
            return False
        of[file.subjects[0]].add(level)
    if any(len(v) > 1 for v in of.values()):
        return False
    like = sum(_in_name(name, level or "") for name, (level,) in of.items())
    return like * 10 >= 6 * len(of)


def _in_name(model: str, level: str) -> bool:
    """Whether a level is a part of a model's name, or one of its longer words is: `v3` of `qwen3-27b-Q4_K_M-v3`."""
    plain = re.sub(r"[^a-z0-9]", "", model.lower())
    words = re.findall(r"[a-z0-9]+", level.lower())
    longer = re.findall(r"[a-z]{3,}\d*|\d+b", level.lower())
    return level == UNNAMED or (bool(words) and all(w in plain for w in words)) or any(w in plain for w in longer)


def constants(file: FileTable) -> tuple[tuple[str, ...], ...]:
    """What a file's rows say of themselves: its subjects and the levels of its factors."""
    factors: dict[str, set[str]] = defaultdict(set)
    for rows in file.rows:
        for name, levels in rows.factors.items():
            factors[name] |= set(levels.used)
    return tuple(file.subjects), *((k, *sorted(v)) for k, v in sorted(factors.items()))


def without_folder(stem: str, folder: str) -> str:
    """A file's name without the words that it shares with the beginning of its folder's, two at least: `s1` of
    `replay_native_s1` in `replay_native_0.5`. The name itself where nothing else is left."""
    words = list(re.finditer(r"[^_\- ]+", stem))
    others = re.split(r"[_\- ]+", folder)
    same = 0
    while same < min(len(words), len(others)) and words[same][0] == others[same]:
        same += 1
    return stem[words[same].start() :] if _SHARED <= same < len(words) else stem


def parallel(members: list[FileTable], i: int) -> bool:
    """Whether the folders at this depth hold files of the same names, repeats apart: the same was done in each."""
    below: dict[str, set[str]] = defaultdict(set)
    for file in members:
        parts = [re.sub(r"\d+", "#", p) for p in file.place.parent.parts[i + 1 :]]
        stem = without_folder(file.stem, file.place.parent.parts[i])
        below[file.place.parent.parts[i]].add("/".join([*parts, re.sub(r"\d+", "#", stem)]))
    stems = [{_LEVEL_IN.sub("", name.rpartition("/")[2]) for name in names} for names in below.values()]
    shared = set.intersection(*below.values()) or set.intersection(*stems)
    held = Counter(stem for names in stems for stem in names)
    # Of many folders some may have been run in another way: each holds names of others, and not all the same.
    grid = len(below) >= _SEVERAL and all(any(held[n] > _SHARED for n in names) for names in stems)
    return bool(shared) or grid or all(len(names) == 1 for names in below.values())


def copies(members: list[FileTable], i: int) -> bool:
    """Whether these folders hold the same files: copies are no variants."""
    of: dict[str, set[str]] = defaultdict(set)
    for file in members:
        of[file.source.sha256].add(file.place.parent.parts[i])
    return any(len(folders) > 1 for folders in of.values())


def same_numbers(members: list[FileTable]) -> bool:
    """Whether two of these files hold mostly the same values: one is a copy, and no variant."""
    held = [{round(float(v), 9) for r in f.rows for v in r.value if np.isfinite(v)} for f in members]
    return any(len(a & b) * 2 > min(len(a), len(b)) for a, b in combinations(held, 2))


def one_grid(members: list[FileTable]) -> bool:
    """Whether all these files are of the same systems and have the same several conditions, one way each."""
    grids = {constants(f) for f in members}
    varied = [levels for _, *levels in next(iter(grids))[1:] if len(levels) > 1]
    return len(grids) == 1 and bool(varied)
