"""Labels that only join what their records state: `openai:gpt-4.1:streaming` beside a provider, a model and a mode.

As a setting such a label would be another one for each model, and nothing could be compared.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.schema import Role, named_role

from .folder_names import UNNAMED
from .rows import Coded, Ints

if TYPE_CHECKING:
    from .identify import FileTable
    from .rows import Rows

_LABELS = frozenset(
    ("result", "case", "variant", "workload", "scenario", "key", "test", "entry", "label", "name", "config",
     "configuration", "experiment", "experiment_name", "benchmark", "section")
)  # fmt: skip
_SHORTEST = 3  # signs of what is looked for in a label
_MOSTLY = 0.9  # of the labels, whose rest goes with a setting that the records state


@dataclass(slots=True)
class _Label:
    """A factor of one table whose levels join what is known, and what is left of each level."""

    file: FileTable
    rows: Rows
    factor: str
    left: list[str]  # by code


def without_joined(files: list[FileTable]) -> None:
    """Take labels away that say nothing more than their records do; what more they say stays, as what was varied."""
    found = [
        label
        for file in files
        if file.source.role == "data"
        for rows in file.rows
        for name in list(rows.factors)
        if (name in _LABELS or named_role(name) is Role.UNKNOWN) and (label := _read(file, rows, name)) is not None
    ]
    varied = {v for label in found for v in label.left}
    stated = len(varied) < 2 or _stated(found)
    for label in found:
        held = label.rows.factors.pop(label.factor)
        if not stated and "variant" not in label.rows.factors:
            names = list(dict.fromkeys(v or UNNAMED for v in label.left))
            place = [names.index(v or UNNAMED) for v in label.left]
            label.rows.factors["variant"] = Coded(_placed(held, place), names)
        means = "" if stated else "variant"
        label.rows.told = [
            a.model_copy(update={"means": means, "role": Role.SETTING if means else Role.LABEL, "values": ()})
            if a.means == label.factor
            else a
            for a in label.rows.told
        ]


def _placed(held: Coded, place: list[int]) -> Ints:
    return np.array([*place, -1], dtype=np.int64)[held.codes]


def _read(file: FileTable, rows: Rows, name: str) -> _Label | None:
    """What is left of each level without what its records state; None where a level is of something else."""
    held = rows.factors[name]
    texts = [rows.texts.get("subject", ""), *(c for k, c in rows.factors.items() if k != name)]
    left = [""] * len(held.levels)
    for code in np.unique(held.codes[held.codes >= 0]).tolist():
        at = held.codes == code
        known: set[str] = set()
        for text in texts:
            levels = {text} if isinstance(text, str) else {text.levels[i] for i in np.unique(text.codes[at]) if i >= 0}
            known |= levels if len(levels) == 1 else set()
        rest = _without(held.levels[code], known)
        if rest is None:
            return None
        left[code] = rest
    return _Label(file, rows, name, left) if held.used else None


def _without(level: str, known: set[str]) -> str | None:
    """The level without the texts that are known, two at least or a model's name; None where it holds no such."""
    text, parts = level, 0
    for name in sorted(known, key=len, reverse=True):
        if len(name) < _SHORTEST or not re.search("[A-Za-z]", name) or name.casefold() == level.casefold():
            continue
        cut = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", " ", text, count=1, flags=re.I)
        parts += cut != text
        text = cut
    return " ".join(re.findall(r"[A-Za-z0-9.]+", text)) if parts else None


def _stated(labels: list[_Label]) -> bool:
    """Whether a setting that the records state goes with what is left of nearly all labels."""
    pairs: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    total = 0
    for label in labels:
        held = label.rows.factors[label.factor]
        for code in np.unique(held.codes[held.codes >= 0]).tolist():
            total += 1
            for name, other in label.rows.factors.items():
                levels = {other.levels[i] for i in np.unique(other.codes[held.codes == code]) if i >= 0}
                if name != label.factor and len(levels) == 1:
                    pairs[name][label.left[code], levels.pop()] += 1
    for counted in pairs.values():
        best: dict[str, str] = {}
        for (left, level), _ in counted.most_common():
            if left not in best and level not in best.values():
                best[left] = level
        same = sum(n for (left, level), n in counted.items() if best.get(left) == level)
        if len(best) > 1 and same >= _MOSTLY * total:
            return True
    return False
