"""Cells that hold several settings at once become a column a setting: JSON objects, `ngl=99 ubatch=256`, and labels
that are all combinations of two lists (`math/a`, `math/b`, `code/a`, …)."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from chimera_report.tools.schema import is_quantisation

from . import cells
from .names import is_model
from .reading import GIVEN, STEP, Column

_MOST = 10_000  # distinct cells
_LOOK = 50
_LABELS = 200  # distinct labels that are looked at as combinations
_LONGEST = 60  # characters of one
_BETWEEN = ("/", "::", " | ", "|", " @ ", "@", " - ", " × ", " x ", "__")
_WORK = frozenset((
    "code", "coding", "math", "chat", "qa", "rag", "summary", "summarization", "summarisation", "reasoning",
    "translation", "writing", "creative", "classification", "extraction", "prose", "json", "tools", "agentic",
    "retrieval", "needle", "short", "medium", "long", "prompt", "completion", "story", "essay", "instruct",
    "instruction", "general", "science",
))  # fmt: skip
_NUMBER = re.compile(r"[\d.,]+\s?[kKmM]?")
_PAIR = re.compile(r"(?<![\w./-])-{0,2}([A-Za-z][A-Za-z_.-]{0,30})=([^\s,;|()\[\]]{1,40})")


def expanded(table: dict[str, Column]) -> dict[str, Column]:
    """The table, each column of objects (`{"temperature": 0.3}`) or of pairs (`cpu-moe ngl=99 thr=4`) as one column a
    key. What such a text says beside its pairs stays under the column's own name."""
    result: dict[str, Column] = {}
    for name, column in table.items():
        result[name] = column
        first = next((v for v in column[:_LOOK] if v is not None), None) if column.dtype == object else None
        if isinstance(first, str) and first.lstrip().startswith("{"):
            _objects(result, name, column)
        elif isinstance(first, str) and any(isinstance(v, str) and "=" in v for v in column[:_LOOK]):
            _pairs(result, name, column)
        elif isinstance(first, str) and any(sign in first for sign in _BETWEEN):
            _combined(result, name, column)
    return result


def _combined(result: dict[str, Column], name: str, column: Column) -> None:
    """Two columns for one of labels in two parts, where nearly all combinations of the parts occur."""
    codes, values = cells.distinct(column)
    if not 4 <= len(values) <= _LABELS or any(not isinstance(v, str) or len(v) > _LONGEST for v in values):
        return
    for sign in _BETWEEN:
        parts = [tuple(p.strip() for p in str(v).split(sign)) for v in values]
        if any(len(p) != 2 or not all(p) for p in parts):
            continue
        first, second = (list(dict.fromkeys(p[i] for p in parts)) for i in (0, 1))
        whole = len(first) * len(second)
        if min(len(first), len(second)) < 2 or len(set(parts)) * 10 < 9 * whole:
            continue
        if all(_NUMBER.fullmatch(p) for pair in parts for p in pair):
            continue  # 512/128: which is which, nothing says
        named = [_called(first), _called(second)]
        if named[0] == named[1]:
            named = ["group", "variant"]
        if any(f"{name}{STEP}{n}" in result for n in named):
            return
        del result[name]
        for i, means in enumerate(named):
            result[f"{name.removeprefix(GIVEN)}{STEP}{means}"] = _spread([p[i] for p in parts], codes)
        return


def _called(levels: list[str]) -> str:
    """The setting that a list of labels gives levels of, recognised from the labels themselves."""
    if all(is_model(v) for v in levels):
        return "model"
    if is_quantisation(levels):
        return "quantisation"
    return "task" if all(set(re.split(r"[\s_-]+", v.lower())) & _WORK for v in levels) else "variant"


def _objects(result: dict[str, Column], name: str, column: Column) -> None:
    codes, values = cells.distinct(column)
    if len(values) > _MOST:
        return
    try:
        objects: list[dict[str, Any]] = [json.loads(str(v)) if str(v).lstrip().startswith("{") else {} for v in values]
    except (ValueError, RecursionError):
        return
    del result[name]
    for key in dict.fromkeys(k for o in objects for k in o):
        found = [None if isinstance(v := o.get(key), dict | list) else v for o in objects]
        result[f"{name}{STEP}{key}"] = _spread(found, codes)


def _pairs(result: dict[str, Column], name: str, column: Column) -> None:
    """Only where several cells hold the same keys: a sentence may hold an equals sign."""
    codes, values = cells.distinct(column)
    if not 2 <= len(values) <= _MOST or any(not isinstance(v, str) or len(v) > 200 or "\n" in v for v in values):
        return
    found = [dict(_PAIR.findall(v)) for v in values]
    keys = [k for k in dict.fromkeys(k for f in found for k in f) if sum(k in f for f in found) * 2 >= len(values)]
    if not keys:
        return
    if len(keys) == 1 and all(_PAIR.fullmatch(v.strip()) for v in values):
        return  # "np=2" is a name
    rest = [" ".join(_PAIR.sub(lambda m: "" if m[1] in keys else m[0], v).split()).strip(" ,;|") for v in values]
    result[name] = _spread([r or None for r in rest], codes)
    for key in keys:
        column_of = f"{name.removeprefix(GIVEN)}{STEP}{key}"
        if column_of not in result:
            result[column_of] = _spread([f.get(key) for f in found], codes)


def _spread(values: list[Any], codes: Any) -> Column:
    cell = np.empty(len(values) + 1, dtype=object)
    cell[:-1] = values
    column: Column = cell[codes]
    return column
