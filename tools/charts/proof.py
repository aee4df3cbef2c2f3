"""What a chart needs of a desk of facts: the desk of `claims` is one."""

from __future__ import annotations

from typing import Protocol

from chimera_report.tools.schema import Analysis, Dataset, Fact, Result


class Proofs(Protocol):
    """Hands out facts about one analysis, each once."""

    analysis: Analysis
    dataset: Dataset

    def fact(self, item: Result, field: str) -> Fact: ...  # the fact that is `field` of `item`

    def has(self, item: Result, field: str) -> bool: ...  # whether the item has a value there

    def unit(self, item: Result, field: str) -> str: ...  # the unit in which that part is shown

    def scale(self, item: Result, field: str) -> float: ...  # what its value is multiplied by to be in that unit
