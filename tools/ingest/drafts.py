"""The small model of speculative decoding: a setting by its name, and a level of its own where a record has none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise

from . import cells
from .names import is_model
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Coded

if TYPE_CHECKING:
    from .columns import Columns

WITHOUT = "none"  # the level of records that name no draft model beside others that do
_NAMES = frozenset(
    ("draft", "draft_model", "draft_name", "draft_model_name", "drafter", "drafter_model", "speculative_model",
     "speculator", "spec_model", "draft_model_id", "model_draft")
)  # fmt: skip
_OBJECTS = frozenset(("spec", "speculative", "speculation", "draft", "drafter", "speculator"))
_TARGETS = ("target", "target_model", "target_file", "base_model", "main_model", "verifier", "big_model")
_LABELS = frozenset(("label", "name", "title", "draft", "size", "file", "id"))
_OPTIONAL = frozenset(("speculative", "speculation", "spec"))  # a way of decoding that a record may do without
_LONG = 80  # characters: a longer text is a draft of something else
_NOTHING = frozenset(("none", "null", "no", "off", "without", "no draft", "baseline", "false"))


def of_drafts(parent: str) -> bool:
    """Whether an object is that of the drafts: `spec_config: {method, model}`, `speculative: {model}`."""
    return bool(_OBJECTS & set(parent.split("_")))


def is_draft(name: str, column: Column, context: str = "") -> bool:
    """Whether a column names draft models: short texts, none of them a number, one at least."""
    drafted = name in ("model", "model_name", "name") and of_drafts(normalise(context.rpartition(STEP)[2]))
    if not (name in _NAMES or drafted) or column.dtype != object:
        return False
    _, values = cells.distinct(column)
    if not all(isinstance(v, str) and len(v) <= _LONG and "\n" not in v for v in values if v is not None and v == v):
        return False
    told = [v for v in values if isinstance(v, str) and not _is_nothing(v)]
    return bool(told) and not np.isfinite(cells.numbers(np.array(told, dtype=object))).any()


def targets(table: dict[str, Column], found: Columns, shape: str) -> None:
    """What drafts were made for is the system, where records name it as the target; the drafts themselves, listed by
    size or file, are levels of the setting."""
    leaves = {c: normalise(c.removeprefix(ABOVE).rpartition(STEP)[2]) for c in table if not c.startswith(GIVEN)}
    target = next((c for t in _TARGETS for c, n in leaves.items() if n == t and _names_a_model(table[c])), "")
    drafted = "draft" in shape.lower() or any(n in _NAMES or n.startswith("draft") for n in leaves.values())
    if not target or not drafted:
        return
    listed = "draft" in shape.lower() and "draft_model" not in found.factors
    for column in [c for c in found.subject if leaves.get(c) in _LABELS and listed]:
        found.subject.remove(column)
        found.factors["draft_model"] = column
    if not found.subject:
        found.subject.append(target)
        found.rest = [c for c in found.rest if c != target]
        found.factors = {f: c for f, c in found.factors.items() if c != target}


def _names_a_model(column: Column) -> bool:
    texts = {v for v in column.tolist() if isinstance(v, str) and v.strip()} if column.dtype == object else set()
    return bool(texts) and all(is_model(re.split(r"[\\/]", t.strip())[-1]) for t in texts)


def with_and_without(factors: dict[str, Coded]) -> dict[str, Coded]:
    """The factors, with the records that name no draft model as those without, the baseline of the others."""
    for name in (n for n in factors if n == "draft_model" or _OPTIONAL & set(n.split("_"))):
        factors = _with_and_without(factors, name)
    return factors


def where_without(label: str, column: Column) -> Column:
    """The column of a way of decoding that some records do without, with these as a level of their own."""
    if not _OPTIONAL & set(label.split("_")) or column.dtype != object:
        return column
    return np.array([WITHOUT if not isinstance(v, str) or _is_nothing(v) else v for v in column.tolist()], dtype=object)


def _with_and_without(factors: dict[str, Coded], name: str) -> dict[str, Coded]:
    draft = factors[name]
    if all(v.isdigit() for v in draft.levels):
        return factors
    named = [level for level in draft.levels if not _is_nothing(level)]
    if not named:
        return factors
    places = {level: i for i, level in enumerate([*named, WITHOUT])}
    of = np.array([*(places[WITHOUT if _is_nothing(v) else v] for v in draft.levels), places[WITHOUT]], dtype=np.int64)
    codes = of[draft.codes]
    levels = [*named, WITHOUT] if (codes == places[WITHOUT]).any() else named
    return {**factors, name: Coded(codes, levels)}


def _is_nothing(text: str) -> bool:
    return cells.is_nothing(text) or text.strip().lower() in _NOTHING
