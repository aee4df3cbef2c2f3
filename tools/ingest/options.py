"""Cells that hold several settings at once become a column a setting: JSON objects, and `ngl=99 ubatch=256`."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from . import cells
from .reading import GIVEN, STEP, Column

_MOST = 10_000  # distinct cells
_LOOK = 50
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
    return result


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
