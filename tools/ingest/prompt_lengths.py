"""Columns called `Prompt` that hold numbers of tokens, and none of the prompts' names."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.metrics import normalise

from . import cells
from .reading import ABOVE, GIVEN, STEP, Column

_LEAST = 10  # tokens: prompts that are numbered begin at 0 or 1


def prompt_lengths(table: dict[str, Column]) -> dict[str, str]:
    """Column → `prompt_tokens`, for columns called after the prompt whose whole numbers do not count the prompts."""
    found = {}
    for column, held in table.items():
        if column.startswith(GIVEN) or normalise(column.removeprefix(ABOVE).rpartition(STEP)[2]) != "prompt":
            continue
        numbers = cells.numbers(held)
        known = numbers[np.isfinite(numbers)]
        texts = [v for v in held.tolist() if v is not None and v == v and v != ""]
        if len(known) and len(known) == len(texts) and known.min() >= _LEAST and bool((known % 1 == 0).all()):
            found[column] = "prompt_tokens"
    return found
