"""What files state of their runs, against what the names of their folders say: a name that says no more is dropped."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .folder_names import NUMBERED

if TYPE_CHECKING:
    from .identify import FileTable


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
    if _of_models(members, levels):
        return True
    told: dict[str, list[str]] = defaultdict(lambda: [""] * len(members))
    for at, file in enumerate(members):
        for name, *own in constants(file)[1:]:
            if len(own) == 1:
                told[name][at] = own[0]
    models = [f.subjects[0] if len(f.subjects) == 1 else "" for f in members]
    # `tgi-mistral` of a file that states its backend and its model says no more than the two together.
    joint = [list(zip(models, own, strict=True)) for own in told.values()]
    return any(_divides(own, levels) for own in told.values()) or any(_divides(both, levels) for both in joint)


def _divides(own: Sequence[object], levels: Sequence[str | None]) -> bool:
    """Whether each of what the files state goes with one level, and the other way round."""
    return len(set(zip(own, levels, strict=True))) == len(set(own)) == len(set(levels)) > 1


def _of_models(members: list[FileTable], levels: list[str | None]) -> bool:
    """Whether each model lies under one level, and most levels are words of its name."""
    of: dict[str, set[str | None]] = defaultdict(set)
    for file, level in zip(members, levels, strict=True):
        if len(file.subjects) != 1:
            return False
        of[file.subjects[0]].add(level)
    if any(len(v) > 1 for v in of.values()):
        return False
    like = sum(
        any(
            w in re.sub(r"[^a-z0-9]", "", name.lower()) for w in re.findall(r"[a-z]{3,}\d*|\d+b", (level or "").lower())
        )
        for name, (level,) in of.items()
    )
    return like * 10 >= 6 * len(of)


def constants(file: FileTable) -> tuple[tuple[str, ...], ...]:
    """What a file's rows say of themselves: its subjects and the levels of its factors."""
    factors: dict[str, set[str]] = defaultdict(set)
    for rows in file.rows:
        for name, levels in rows.factors.items():
            factors[name] |= set(levels.used)
    return tuple(file.subjects), *((k, *sorted(v)) for k, v in sorted(factors.items()))
