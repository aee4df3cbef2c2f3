"""One record of a folder: what says which it is, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass, field

REPEATS = ("run", "repeat", "iteration", "trial", "seed", "replicate", "rep")


@dataclass(slots=True)
class Value:
    """What was measured: in the canonical unit of its metric, or as the file has it."""

    number: float
    unit: str = ""
    metric: str = ""
    positions: list[int] = field(default_factory=list)
    held: tuple[float, ...] = ()  # of many records that are told as one


@dataclass(slots=True)
class Entry:
    """One record. `of`: what says which it is, by column; `values`: what was measured, by title."""

    file: str
    place: str
    of: dict[str, str] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    message: str = ""
    failed: bool = False
    n: int = 1  # records that it sums up
    how: str = "median"  # of these: what its values are

    def said(self) -> str:
        return " ".join((self.file, *self.of.values())).lower()
