"""What every computed item carries: the recipe that gives it again, the rows it was read from, an interval."""

from __future__ import annotations

import json

from pydantic import Field

from .frozen import Frozen
from .measurements import Json

# In `Result.over`: rows that nothing recorded tells apart, and that lie too far apart for repeats.
UNNAMED = "something that no file names"
NOT_NAMED = "not named"  # what ingest calls the level of a file whose name leaves out what the others' names say


# `Comparison.reason`, where the pairs are a few settings that ran once each: their spread is theirs, and of no repeats.
ONCE = "each of the settings ran once, so that no repeat shows how far runs differ"


class Recipe(Frozen):
    """A registered function of `tools.stats` and its arguments: what computes a result again from a Dataset."""

    function: str
    args: dict[str, Json] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same text for the same recipe: a key for look-ups."""
        return f"{self.function}({json.dumps(self.args, sort_keys=True, ensure_ascii=False)})"


class Rows(Frozen):
    """Where a number comes from: records of one source, and the columns of it that were read."""

    source: str
    records: tuple[int, ...]
    columns: tuple[str, ...]


class Interval(Frozen):
    low: float
    high: float
    level: float = 0.95


class Result(Frozen):
    """What every result carries."""

    recipe: Recipe
    rows: tuple[Rows, ...] = ()
    warnings: tuple[str, ...] = ()  # keys of alerts that qualify it
    # Factors over whose unlike levels its values are means, so that they are values of nothing (stats/likeness.py).
    over: tuple[str, ...] = ()
