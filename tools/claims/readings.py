"""What of the reading of the files is a guess, and what was not understood; told beside what rests on it."""

from __future__ import annotations

from typing import Literal

from chimera_report.tools.schema import (
    ASSUMED,
    Assignment,
    Dataset,
    Frozen,
    KnownBy,
    Recipe,
    Result,
    Role,
    Rows,
    Source,
)

READINGS = "claims.readings"


class Guess(Frozen):
    """A system, a setting or a unit that no file states."""

    what: str  # "subject", the factor's name, or the metric's
    by: Literal["path", "values", "unit", "proposal"]
    name: str  # the word of the path, or the column
    unit: str = ""  # that was assumed


class Readings(Result):
    """Guesses that hold wherever the thing is read, and columns that were not understood."""

    guesses: tuple[Guess, ...]
    columns: tuple[str, ...]  # not understood, each once
    files: tuple[str, ...]  # that hold them
    assumed: tuple[str, ...] = ()  # columns that look measured and were assumed, each once


def readings(dataset: Dataset) -> Readings:
    """The guesses of the data's readings. What one file states and another lets guess is no guess."""
    found: dict[str, list[tuple[Source, Assignment]]] = {}
    unread: dict[str, list[Source]] = {}
    for source in dataset.sources:
        if source.role != "data":
            continue
        for a in source.reading:
            if a.means:
                found.setdefault(a.means, []).append((source, a))
            elif a.role is Role.UNKNOWN and a.known_by is KnownBy.NOTHING:
                unread.setdefault(a.name.removeprefix("../"), []).append(source)
    guesses = [g for means, told in found.items() if (g := _guess(means, [a for _, a in told]))]
    told = {s.path for s in dataset.sources if any(a.note == ASSUMED for a in s.reading)}
    rested = (
        told | {s.path for g in guesses for s, _ in found[g.what]} | {s.path for many in unread.values() for s in many}
    )
    return Readings(
        recipe=Recipe(function=READINGS),
        rows=tuple(Rows(source=path, records=(), columns=()) for path in sorted(rested)),
        guesses=tuple(guesses),
        columns=tuple(unread),
        assumed=tuple(dict.fromkeys(a.name for s in dataset.sources for a in s.reading if a.note == ASSUMED)),
        files=tuple(dict.fromkeys(s.path for many in unread.values() for s in many)),
    )


def _guess(means: str, told: list[Assignment]) -> Guess | None:
    if not all(a.guess for a in told):
        return None
    first = told[0]
    if first.role is Role.METRIC and first.known_by is KnownBy.PROPOSAL:
        return Guess(what=means, by="proposal", name=first.name.rpartition("/")[2])
    if first.role is Role.METRIC:
        if first.unit and first.unit_known_by is KnownBy.ASSUMED:
            return Guess(what=means, by="unit", name=first.name.rpartition("/")[2], unit=first.unit)
        return None
    word = first.name.partition(": ")[2] or first.name
    if first.known_by is KnownBy.PROPOSAL:
        return Guess(what=means, by="proposal", name=word)
    if first.known_by is KnownBy.PATH:
        return Guess(
            what=means, by="path", name=(first.values[0] if first.name == "file name" and first.values else word)
        )
    if first.known_by is KnownBy.VALUES and means != "subject":
        return Guess(what=means, by="values", name=word.rpartition("/")[2])
    return None
