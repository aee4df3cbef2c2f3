"""The small model of speculative decoding: a setting by its name, and a level of its own where a record has none."""

from __future__ import annotations

import numpy as np

from . import cells
from .reading import Column
from .rows import Coded

WITHOUT = "none"  # the level of records that name no draft model beside others that do
_NAMES = frozenset(
    ("draft", "draft_model", "draft_name", "draft_model_name", "drafter", "drafter_model", "speculative_model",
     "speculator", "spec_model", "draft_model_id", "model_draft")
)  # fmt: skip
_LONG = 80  # characters: a longer text is a draft of something else
_NOTHING = frozenset(("none", "null", "no", "off", "without", "no draft", "baseline", "false"))


def is_draft(name: str, column: Column) -> bool:
    """Whether a column names draft models: short texts, none of them a number, one at least."""
    if name not in _NAMES or column.dtype != object:
        return False
    _, values = cells.distinct(column)
    if not all(isinstance(v, str) and len(v) <= _LONG and "\n" not in v for v in values if v is not None and v == v):
        return False
    told = [v for v in values if isinstance(v, str) and not _is_nothing(v)]
    return bool(told) and not np.isfinite(cells.numbers(np.array(told, dtype=object))).any()


def with_and_without(factors: dict[str, Coded]) -> dict[str, Coded]:
    """The factors, with the records that name no draft model as those without, the baseline of the others."""
    draft = factors.get("draft_model")
    if draft is None:
        return factors
    named = [level for level in draft.levels if not _is_nothing(level)]
    if not named:
        return factors
    places = {level: i for i, level in enumerate([*named, WITHOUT])}
    of = np.array([*(places[WITHOUT if _is_nothing(v) else v] for v in draft.levels), places[WITHOUT]], dtype=np.int64)
    codes = of[draft.codes]
    levels = [*named, WITHOUT] if (codes == places[WITHOUT]).any() else named
    return {**factors, "draft_model": Coded(codes, levels)}


def _is_nothing(text: str) -> bool:
    return cells.is_nothing(text) or text.strip().lower() in _NOTHING
