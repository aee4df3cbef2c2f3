"""What of one metric is several experiments, each with an order of its own: what a document measured under two
headings, and the first pass of repeats apart from the later ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chimera_report.tools.schema import FACTOR, Matched, Recipe

from .columns import Selection
from .prepared import Prepared

SECTION, PASSES = "section", "passes"  # arguments of a recipe, beside those of the comparison
_EXPERIMENT = 6  # rows of a section that has an order of its own
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Experiment:
    """Rows that are compared among themselves, and what they are of: the argument, the factor and its level."""

    rows: Selection
    by: str = ""
    factor: str = ""
    level: str = ""
    first: bool = False  # the first pass, beside later ones

    def told(self, item: Matched) -> Matched:
        """A comparison of these rows, with what they are of in its recipe and its condition."""
        if not self.by:
            return item
        given = {self.factor: self.level} if self.level.strip() else {}
        recipe = Recipe(function=item.recipe.function, args={**item.recipe.args, self.by: self.level})
        return item.model_copy(update={"recipe": recipe, "first": self.first, "within": given | item.within})


def experiments(prepared: Prepared, rows: Selection) -> list[Experiment]:
    """The experiments in the rows of one metric; one, where nothing sets some of them apart."""
    passes = next((f for f in prepared.dataset.passes if len(rows.levels(f)) > 1), "")
    if passes:
        return _passes(rows, passes)
    if SECTION not in prepared.factors or len(rows.levels(SECTION)) < 2 or (rows.factor(SECTION) < 0).any():
        return [Experiment(rows)]
    parts = [Experiment(p, SECTION, SECTION, p.level(SECTION)) for p in rows.split(FACTOR + SECTION)]
    return parts if max(len(p.rows) for p in parts) >= _EXPERIMENT else [Experiment(rows)]


def _passes(rows: Selection, factor: str) -> list[Experiment]:
    """The later passes, then the first, then what was run without passes (a warm-up, runs of another kind)."""
    levels = sorted(rows.levels(factor), key=_place)
    first, numbered = rows.has(FACTOR + factor, levels[0]), rows.factor(factor) >= 0
    later = levels[1] if len(levels) == 2 else f"{levels[1]} to {levels[-1]}"
    parts = [Experiment(rows.keep(numbered & ~first), PASSES, factor, later)]
    parts += [Experiment(rows.keep(first), PASSES, factor, levels[0], first=True), Experiment(rows.keep(~numbered))]
    return [p for p in parts if len(p.rows)]


def _place(level: str) -> tuple[float, str]:
    number = _NUMBER.search(level)
    return (float(number[0]) if number else 0.0), level
