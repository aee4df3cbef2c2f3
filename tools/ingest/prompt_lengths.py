"""Columns whose short name means another thing by what they hold: `Prompt` with numbers of tokens, `C` with how many
requests were sent at once."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.metrics import normalise

from . import cells
from .reading import ABOVE, GIVEN, STEP, Column

_AT_ONCE = frozenset(("C", "conc", "Conc"))
_LEAST = 10  # tokens: prompts that are numbered begin at 0 or 1


def prompt_lengths(table: dict[str, Column]) -> dict[str, str]:
    """Column → `prompt_tokens`, for columns called after the prompt whose whole numbers do not count the prompts;
    `concurrency` for those called C whose whole numbers vary."""
    found = {}
    for column, held in table.items():
        leaf = column.removeprefix(ABOVE).rpartition(STEP)[2]
        if column.startswith(GIVEN) or (normalise(leaf) != "prompt" and leaf not in _AT_ONCE):
            continue
        numbers = cells.numbers(held)
        known = numbers[np.isfinite(numbers)]
        texts = [v for v in held.tolist() if v is not None and v == v and v != ""]
        if not len(known) or len(known) < len(texts) or not bool((known % 1 == 0).all()):
            continue
        if leaf in _AT_ONCE and known.min() >= 1 and len(set(known.tolist())) > 1:
            found[column] = "concurrency"
        elif leaf not in _AT_ONCE and known.min() >= _LEAST:
            found[column] = "prompt_tokens"
    return found
