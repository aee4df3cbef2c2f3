"""Cells of a column → numbers, levels, texts, times. Each distinct value is looked at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .rows import Array, Bools, Coded, Floats, Ints

_NUMBER = re.compile(
    r"[~≈<>=\s]*([-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*([^\s\d(].*)?$", re.DOTALL
)
_CONTINENTAL = re.compile(r"[-+]?\d{1,3}(\.\d{3})+,\d+")
_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_NOTHING = frozenset(("", "none", "null", "nan", "n/a", "na", "-", "–", "—", "ok", "no", "false", "0"))
_EMPTY = frozenset((
    "", "none", "null", "nan", "n/a", "na", "n.a.", "n/d", "n/s", "-", "--", "---", "–", "—", "?", "tbd", "x", "∅",
    "not run", "not tested", "not measured", "not supported", "unsupported", "skipped",
))  # fmt: skip
_NO = frozenset(
    ("false", "no", "0", "0.0", "failed", "fail", "failure", "error", "timeout", "timed out", "timed_out", "n")
)
NAT = np.datetime64("NaT", "ns")


def distinct(column: Array) -> tuple[Ints, list[Any]]:
    """Codes and distinct values; missing cells (None, NaN) have the code −1."""
    if len(column) > 256:
        import pandas as pd

        codes, uniques = pd.factorize(column)
        return codes.astype(np.int64), list(uniques)
    seen: dict[Any, int] = {}
    result: Ints = np.empty(len(column), dtype=np.int64)
    values: list[Any] = []
    for i, value in enumerate(column.tolist()):
        if value is None or value != value:
            result[i] = -1
            continue
        key = (type(value) is bool, value)
        try:
            code = seen.get(key)
        except TypeError:  # a list or dict
            key, value = (False, repr(value)), repr(value)
            code = seen.get(key)
        if code is None:
            code = seen[key] = len(values)
            values.append(value)
        result[i] = code
    return result, values


def plain_numbers(column: Array) -> Floats | None:
    """An object column of numbers and missing cells as numbers, at once; None where a cell is anything else."""
    if column.dtype != object:
        return None
    from pandas.api.types import infer_dtype

    if infer_dtype(column, skipna=True) not in ("floating", "integer", "mixed-integer-float"):
        return None
    try:
        return column.astype(np.float64)
    except (OverflowError, TypeError, ValueError):
        return None


def mapped(column: Array, rule: Callable[[Any], str | None]) -> Coded:
    """Each distinct value under a rule that gives its text, or None for missing."""
    codes, values = distinct(column)
    levels: dict[str, int] = {}
    new = np.full(len(values) + 1, -1, dtype=np.int64)
    for i, value in enumerate(values):
        text = rule(value)
        if text:
            new[i] = levels.setdefault(text, len(levels))
    return Coded(new[codes], list(levels))


def numbers(column: Array) -> Floats:
    """The column as numbers; what is no finite number is NaN. Text like "1,024.5" counts, "1.5 s" does not.

    Where one cell shows a decimal comma behind a thousands point ("1.076,3"), points are that in the whole column.
    """
    if column.dtype.kind in "iuf":
        values = column.astype(np.float64)
    elif column.dtype.kind in "bMm":
        return np.full(len(column), np.nan)
    elif (plain := plain_numbers(column)) is not None:
        values = plain
    else:
        codes, found = distinct(column)
        rule = _continental if any(_CONTINENTAL.fullmatch(str(v).strip()) for v in found) else _number
        values = np.array([rule(v) for v in found] + [np.nan], dtype=np.float64)[codes]
    return np.where(np.isfinite(values), values, np.nan)


def measured(column: Array) -> Floats:
    """The column as numbers, where yes and no are 1 and 0: the outcome of one answer."""
    if column.dtype.kind == "b":
        return column.astype(np.float64)
    plain = plain_numbers(column)
    values = numbers(column) if plain is None else np.where(np.isfinite(plain), plain, np.nan)
    if column.dtype == object and plain is None and not np.isfinite(values).all():
        yes = where(column, lambda w: w.lower() in ("true", "yes", "pass", "passed", "correct", "right"))
        no = where(column, lambda w: w.lower() in ("false", "no", "fail", "failed", "incorrect", "wrong"))
        values = np.select([yes, no], [1.0, 0.0], values)
    return values


def unreadable(column: Array) -> Bools:
    """Where a cell says something that is no finite number, and does not say that there is none."""
    if column.dtype.kind == "f":
        infinite: Bools = np.isinf(column)
        return infinite
    if column.dtype != object:
        return np.zeros(len(column), dtype=bool)
    if (plain := plain_numbers(column)) is not None:
        return np.isinf(plain)
    said = where(column, lambda words: words.lower() not in _NOTHING and not is_nothing(words))
    bad: Bools = said & ~np.isfinite(measured(column))
    return bad


def _number(value: object) -> float:
    if isinstance(value, bool | np.bool_):
        return float("nan")
    if isinstance(value, int | float | np.number):
        try:
            return float(value)
        except OverflowError:
            return float("nan")
    text = str(value).strip()
    if _PLAIN.fullmatch(text):
        return float(text)
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return float(text.replace(",", ""))
    if re.fullmatch(r"[-+]?\d+,\d+", text):  # a decimal comma
        return float(text.replace(",", "."))
    return float("nan")


def _continental(value: object) -> float:
    text = str(value).strip()
    if isinstance(value, str) and (_CONTINENTAL.fullmatch(text) or re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})+", text)):
        return float(text.replace(".", "").replace(",", "."))
    return _number(value)


def quantity(text: str) -> tuple[float, str] | None:
    """`"102.85 tokens/s (warm)"` → 102.85, "tokens/s". None when the text does not begin with one number."""
    match = _NUMBER.match(text.strip())
    if not match:
        return None
    if match[2] and match[2][0] in "-–—/x":  # a range, a date, a size: no one number
        return None
    unit = re.split(r"[\s(,;]", (match[2] or "").strip())[0].strip(".*")
    return float(match[1].replace(",", "").replace("−", "-")), unit


def is_nothing(words: str) -> bool:
    """Whether a cell says that there is no value."""
    return words.strip(" *_`()[]").lower() in _EMPTY


def is_plain(words: str) -> bool:
    """Whether a cell is a number and nothing else, by English or decimal-comma spelling."""
    return math.isfinite(_number(words))


def level(value: object) -> str | None:
    """One factor level as text: numbers in their shortest form ("40.00" → "40"), None for an empty cell."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    text = str(value).strip()
    if _PLAIN.fullmatch(text):
        number = float(text)
        if np.isfinite(number):
            return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return text or None


def text(value: object) -> str | None:
    return str(value).strip() or None


def error_text(value: object) -> str | None:
    """The error's text; None where the cell says that there was none."""
    words = str(value).strip()
    if words[:1] in "{[" and (inner := _INNER.search(words)):
        words = inner[2].strip() or words  # of an object, what it says in words
    return None if words.lower() in _NOTHING else words


_INNER = re.compile(
    r"""['"](?:message|detail|details|reason|error_message|msg)['"]\s*:\s*(['"])(.+?)(?<!\\)\1\s*[,}\]]"""
)


def where(column: Array, test: Callable[[str], bool]) -> Bools:
    """Where a test holds on the cell's text; never on a missing cell."""
    codes, values = distinct(column)
    hits = np.array([test(str(v).strip()) for v in values] + [False], dtype=bool)
    result: Bools = hits[codes]
    return result


def says_no(words: str) -> bool:
    """Whether a cell of a success column means failure."""
    return words.lower() in _NO


def times(column: Array) -> Array | None:
    """Times in UTC as datetime64[ns]; None when the column holds none.

    ISO text (without a zone: taken as UTC), or seconds, ms, µs or ns since 1970, told apart by size.
    """
    if column.dtype.kind == "M":
        return column.astype("datetime64[ns]")
    values = numbers(column)
    if np.isfinite(values).any():
        size = float(np.nanmedian(np.abs(values)))
        if size < 1e8:  # before 1973: a duration or a counter
            return None
        scale = 1e9 if size < 1e11 else 1e6 if size < 1e14 else 1e3 if size < 1e17 else 1.0
        whole = np.where(np.isfinite(values), np.clip(values * scale, 0, 9e18), 0).astype(np.int64)
        if scale == 1e9:  # a double holds seconds since 1970 to about a quarter of a microsecond
            whole = (whole + 500) // 1000 * 1000
        return np.where(np.isfinite(values), whole.astype("datetime64[ns]"), NAT)
    codes, found = distinct(column)
    stamps = np.array([_stamp(str(v)) for v in found] + [NAT], dtype="datetime64[ns]")
    return None if np.isnat(stamps).all() else stamps[codes]


def like_dates(texts: list[str]) -> bool:
    """Whether all texts are dates with slashes, of which nothing says whether the day or the month stands first."""
    return all(re.match(r"\d{1,4}/\d{1,2}/\d{1,4}(\s|$)", t.strip()) for t in texts)


def has_zone(column: Array) -> bool:
    """Whether times are absolute: numbers since 1970, or text with an offset."""
    first = next((v for v in column[:100] if v is not None), None)
    return not isinstance(first, str) or bool(re.search(r"(Z|[+-]\d\d:?\d\d)$", first.strip()))


def _stamp(words: str) -> np.datetime64:
    from datetime import UTC, datetime

    words = words.strip()
    if dotted := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(\d{2}:\d{2}(?::\d{2})?))?", words):  # day first
        words = f"{dotted[3]}-{dotted[2]:0>2}-{dotted[1]:0>2}" + (f"T{dotted[4]}" if dotted[4] else "")
    if slashed := re.fullmatch(r"(\d{4})/(\d{2})/(\d{2})(?:\s+(\d{2}:\d{2}:\d{2}(?:\.\d+)?))?", words):  # nvidia-smi's
        words = "-".join(slashed.groups()[:3]) + (f"T{slashed[4]}" if slashed[4] else "")
    if not re.match(r"\d{4}-?\d{2}", words):
        return NAT
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return NAT
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    try:
        return np.datetime64(moment, "ns")
    except (ValueError, OverflowError):
        return NAT
