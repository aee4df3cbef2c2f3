"""Values of the reference that a model is held against, in the model's own record: `PPL(base)` beside `PPL(Q)`.

They are not the model's: they have a definition of their own, so that no mean is of the two."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import METRICS

if TYPE_CHECKING:
    from .identify import FileTable

OF_REFERENCE = "of the reference"
_REFERENCE = re.compile(r"[(\[](?:base|baseline|reference|ref|bf16|f16|fp16)[)\]]\s*$", re.IGNORECASE)
_QUALITY = ("quality",)


def of_reference(files: list[FileTable]) -> None:
    """Give the measures of quality whose names end in `(base)` or `(reference)` that definition, where the same record
    states the measure of the model itself too."""
    for file in files:
        for rows in file.rows:
            own = {k.metric for k in rows.kinds if not _REFERENCE.search(k.column)}
            for i, kind in enumerate(rows.kinds):
                known = METRICS.get(kind.metric)
                quality = known is not None and known.axis in _QUALITY
                if quality and kind.metric in own and not kind.definition and _REFERENCE.search(kind.column):
                    rows.kinds[i] = replace(kind, definition=OF_REFERENCE)
