"""Tasks: each answers one kind of question from the semantic layer. A task is a function in a file of this package that
its frame in ../reader/frames.toml names (`in`), or the table here; the frame says which questions it answers."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from chimera_report.tools.query.reader.read import frames
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import cells, of_the_machine, varied
from chimera_report.tools.schema import Answer, Query

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

# Task → the module of this package that has a function of its name, where no frame says it.
TASKS: dict[str, str] = {
    "value": "values",
    "rank_all": "ranked",
    "added": "added",
    "present": "values",
    "compare": "against",
    "crossing": "crossings",
    "multiple": "changes",
    "changed": "changes",
    "files": "files",
    "duplicates": "files",
    "failures": "failures",
    "failure_rate": "failures",
    "why_failed": "failures",
    "most_failures": "failures",
    "spread": "spreads",
    "bounded": "bounds",
    "claimed": "claimed",
    "course": "courses",
    "reach": "loads",
    "fails_from": "loads",
    "saturates": "loads",
    "linear": "loads",
    "cold_warm": "states",
    "declined": "values",
    "counts": "counts",
    "balance": "counts",
    "when": "times",
    "duration": "times",
    "definition": "formulas",
    "why_sides": "reasons",
    "why_first": "firsts",
    "why_level": "reasons",
    "spread_why": "reasons",
    "inventory": "inventory",
    "hardware": "inventory",
    "help": "inventory",
    "outliers": "oddities",
    "convergence": "oddities",
    "production": "managers",
    "sure": "managers",
    "used": "used",
    "column": "standing",
    "shown": "shown",
    "consult_limits": "doubts",
    "consult_repeated": "doubts",
    "consult_noise": "doubts",
    "why_groups": "reasons",
    "consult_trusted": "doubts",
    "consult_files": "doubts",
    "consult_which": "choices",
    "consult_advised": "choices",
    "consult_each": "choices",
    "consult_normal": "choices",
    "consult_next": "nexts",
    "consult_everything": "nexts",
    "consult_drop": "nexts",
}


def tell(query: Query, world: World, question: str) -> Answer:
    """The answer to a query over the layer."""
    telling = Telling(world, query)
    telling.question = question
    task = telling.select.task or "value"
    where = TASKS.get(task) or next(f["in"] for f in frames() if f.get("task") == task)
    module = import_module(f"{__name__}.{where}")
    work: Callable[[Telling], None] = getattr(module, task)
    work(telling)
    return telling.answer(question)


__all__ = ["TASKS", "cells", "of_the_machine", "tell", "varied"]
