"""Cells as people and tools write them: `1,234.5 ms`, `4.3k tok/s`, `**52.1 ± 0.3**`, `41.2 GiB`, `OOM`, `—`.

A column is looked at once, by its distinct cells. What comes out is a number for each cell in the unit that the column
mostly has, the spread behind a ±, and the words that stand where a result should: why there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from html import unescape
from typing import Any

import numpy as np

from chimera_report.tools.metrics import Resolved, metric, unit_factor, unit_name

from . import cells
from .reading import GIVEN, STEP, Column
from .rows import Bools, Coded, Floats, Ints

_TAG = re.compile(r"<(/?)(sup|sub|b|i|em|strong|code|span|u|small|br)\b[^<>]*>", re.IGNORECASE)
_NOTE = re.compile(r"<(sup|sub)\b[^<>]*>.*?</\1>|\[\^?[\w*†‡]{1,3}\]|[¹²³⁴⁵⁶⁷⁸⁹⁰†‡]+", re.IGNORECASE)
_EDGES = re.compile(r"^[\s*_`~≈]+|[\s*_`]+$")
_PICTURE = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B00-\u2BFF\uFE0F\u2190-\u21FF]+")
_DIGITS = r"(?:\d{1,3}(?:[,'\u2019\u00a0\u202f ]\d{3})+|\d{1,3}(?:\.\d{3})+,\d+|\d+)(?:[.,]\d+)?|\.\d+"
_AMOUNT = re.compile(
    rf"(?P<sign>[-+−]?)\s?(?P<number>{_DIGITS})(?P<exponent>[eE][-+]?\d+|\s?[x×·]\s?10(?:\^|\*\*)[-+−]?\d+)?"
    r"(?P<scale>[kKM](?![A-Za-z])|k(?=tok|tps|[Tt]oken))?"
    r"\s*(?P<rest>.*)$",
    re.DOTALL,
)
_SPREAD = re.compile(r"±|\+/-|\+-|\\pm|&plusmn;")
_SUM = re.compile(r"(?<=[\w%])\s+\+\s+(?=[\d.])")
_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6}
_NO_AMOUNT = re.compile(r"[-–—/:x×.]\s?\d|[-–—/:]|of\b|to\b")  # a range, a date, a share of, a size
# Words that say why there is no result. A cell that says only "n/a" or "not supported" was never run.
_FAILED = re.compile(
    r"(?:cuda[\s_-]*)?(?:oom\b|out[\s_-]*of[\s_-]*(?:gpu[\s_-]*|device[\s_-]*|host[\s_-]*)?memory\b)|"
    r"time[sd]?[\s_-]*out\b|timeout|deadline[\s_]exceeded|"
    r"(?:\w+[\s_-]?)?error\b|err\b|\w+error\b|errored\b|(?:\w+[\s_])?fail(?:s|ed|ure)?\b|crash(?:es|ed)?\b|killed\b|"
    r"segfault\w*|segmentation fault|core dumped|sig(?:kill|segv|abrt|term)\b|abort(?:ed)?\b|"
    r"(?:\w+)?exception\b|traceback|panic(?:ked)?\b|refused\b|connection (?:reset|closed|refused|error)|unreachable\b|"
    r"(?:\w+[\s_-])?fault(?:s|ed)?\b|device[\s_-]lost\b|"
    r"hung\b|hangs?\b|dnf\b|could not (?:load|run|start)|won['’]t (?:load|run|start|fit)|"
    r"(?:did|does|do|will|would) not (?:finish|complete|run|start|load|fit)|cannot (?:load|run|start)|"
    r"doesn['’]?t fit|no space left|"
    r"(?:http[\s_]?)?(?:429|50[0-4])\b(?:[\s:]+[a-z].*)?$|rate[\s_-]limit\w*",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"^(?:no|none|not|0|without|zero|never)\b|\b(?:no|without|zero|0) (?:\w+ )?(?:error|fail|timeout|crash)|"
    r"^errors?\s*[:=]\s*0\b",
    re.IGNORECASE,
)
_CONTINENTAL = re.compile(r"\d{1,3}(\.\d{3})+,\d+(?!\d)|^\D*\d+,(\d{1,2}|\d{4,})(?!\d)")
_ENGLISH = re.compile(r"\d,\d{3}(?!\d)\.\d|\d,\d{3},\d{3}|^\D*\d+\.(\d{1,2}|\d{4,})(?!\d)")
_LOOK = 60  # distinct cells that show what a column of unknown name holds
_LONG = 120  # characters: a longer cell is prose


@dataclass(frozen=True, slots=True)
class Amount:
    """One number that a cell states. `spread` is NaN without a ±; `unit` is as written, "" where none is."""

    value: float
    spread: float = float("nan")
    unit: str = ""


def failure_in(text: str) -> str:
    """The cell's words where they say that a run failed ("OOM", "timeout", "CUDA error: …"), else ""."""
    words = _PICTURE.sub(" ", _TAG.sub("", text)).strip(" *_`|[](){}.:\t\n")
    if not words or len(words) > 500 or _DENIED.search(words):
        return ""
    return words if _FAILED.match(words) or _FAILED.match(words.partition(":")[2].strip() or "-") else ""


_STOPPED = re.compile(r"(?:oom|out of memory|time[sd]?[ -]?out|timeout|crash|killed)\b", re.IGNORECASE)


def says_failure(word: str) -> bool:
    """Whether a word beside no result says why there is none: `OOM`, `gpu_timeout`, `oom_614gb_exceeds_512gb`."""
    if len(word) >= 200:
        return False
    plain = word.replace("_", " ").strip()
    heads = (plain, *(plain.split(" ", n)[-1] for n in (1, 2) if plain.count(" ") >= n))
    return bool(failure_in(word)) or any(_STOPPED.match(h) and failure_in(h) for h in heads)


def amount(text: str, *, continental: bool = False) -> Amount | None:
    """What one cell states; None where it is no one number: prose, a range, a date, a bound."""
    if len(text) > _LONG:
        return None
    plain = unescape(_TAG.sub("", _NOTE.sub("", text))) if "<" in text or "&" in text else _NOTE.sub("", text)
    plain = _PICTURE.sub(" ", plain).replace("**", "")
    parts = _SUM.split(plain) if "+" in plain else []
    if len(parts) > 1:
        return _sum(parts, continental)
    centre, sign, behind = (_EDGES.sub("", part) for part in _SPREAD.sub("±", plain, count=1).partition("±"))
    stated = _lasted(centre.strip()) or _number_and_unit(centre.rstrip("( "), continental)
    if stated is None or not sign:
        return stated
    spread = _number_and_unit(behind.split(")")[0] + behind.partition(")")[2], continental)
    if spread is None:
        return None
    relative = spread.unit == "%" and stated.unit not in ("", "%")
    size = abs(stated.value) * spread.value / 100 if relative else spread.value
    return Amount(stated.value, size, stated.unit or spread.unit)


# Of two units or three, as `time` and Go write durations: 19m18s, 1h 02m, 2 min 5.4 s.
_LASTED = re.compile(
    r"(?:(?P<h>\d+)\s*h(?:rs?|ours?)?\s*)?(?:(?P<m>\d+)\s*m(?:ins?|inutes?)?\s*)?(?:(?P<s>\d+(?:\.\d+)?)\s*s(?:ecs?|econds?)?)?"
)


def _lasted(plain: str) -> Amount | None:
    found = _LASTED.fullmatch(plain)
    if found is None or sum(part is not None for part in found.groups()) < 2:
        return None
    return Amount(sum(float(found[k] or 0) * scale for k, scale in (("h", 3600), ("m", 60), ("s", 1))), unit="s")


def _sum(parts: list[str], continental: bool) -> Amount | None:
    """ "5157 MiB + 5625 MiB": what two cards took together; None where the parts are not of one unit."""
    found = [_number_and_unit(_EDGES.sub("", p), continental) for p in parts]
    stated = [a for a in found if a is not None]
    if len(stated) < len(parts) or len({a.unit for a in stated}) > 1 or not stated[0].unit:
        return None
    return Amount(sum(a.value for a in stated), unit=stated[0].unit)


def _number_and_unit(plain: str, continental: bool) -> Amount | None:
    found = _AMOUNT.match(plain)
    if found is None:
        return None
    rest = found["rest"].strip().strip("*_`")
    if _NO_AMOUNT.match(rest) or re.match(r"\d", rest):
        return None
    unit, known = _unit(rest)
    if unit == "B" and re.search(r"\dB\b", plain):
        return None  # `70B`: billions of parameters, which nobody counts as bytes
    if rest and not known and not rest.startswith(("(", "[", ",", ";", "@")):
        return None
    number = _digits(found["number"], continental) * _exponent(found["exponent"])
    number *= _SCALES.get(found["scale"] or "", 1.0)
    return Amount(-number if found["sign"] in ("-", "−") else number, unit=unit)


def _unit(rest: str) -> tuple[str, bool]:
    """The unit that stands behind a number, as written, and whether it is one."""
    words = rest.strip()
    if not words or words[0] in "([":
        inside = re.match(r"[(\[]([^()\[\]]{1,20})[)\]]", words)
        return (inside[1].strip(), True) if inside and unit_name(inside[1].strip()) else ("", False)
    parts = re.split(r"[\s(,;]+", words)
    for size in (3, 2, 1):
        name = " ".join(parts[:size]).strip(".*_`")
        if len(parts) >= size and unit_name(name):
            return name, True
    return "", False


def _digits(text: str, continental: bool) -> float:
    text = re.sub(r"['\u2019\u00a0\u202f ]", "", text)
    if continental:
        if re.fullmatch(r"\d+\.\d+", text) and not re.fullmatch(r"\d{1,3}\.\d{3}", text):
            return float(text)
        return float(text.replace(".", "").replace(",", "."))
    if "," in text:
        whole = re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text)
        text = text.replace(",", "") if whole else text.replace(".", "").replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _exponent(text: str | None) -> float:
    if not text:
        return 1.0
    power = int(re.sub(r"^[eE]|^\s?[x×·]\s?10(?:\^|\*\*)", "", text).replace("−", "-"))
    return 10.0**power if abs(power) < 308 else float("inf") if power > 0 else 0.0


@dataclass(slots=True)
class Written:
    """A column of cells that are more than plain numbers, by its distinct cells."""

    codes: Ints
    amounts: list[Amount | None]
    words: list[str]  # a failure's, "" where the cell tells of none
    unit: str  # that most cells have
    decimal: bool = False  # GB is 10⁹ bytes, because GiB stands beside it

    def values(self, meaning: Resolved) -> Floats:
        """Numbers such that `number × meaning.factor` is canonical; a cell's own unit goes before the header's."""
        return self._spread([self._in(meaning, a.value, a.unit) if a else np.nan for a in self.amounts])

    def spreads(self, meaning: Resolved) -> Floats:
        return self._spread([self._in(meaning, a.spread, a.unit) if a else np.nan for a in self.amounts])

    @property
    def has_spread(self) -> bool:
        return any(a is not None and a.spread == a.spread for a in self.amounts)

    @property
    def failed(self) -> Coded:
        """The words of the cells that tell of a failure."""
        words = [*self.words, ""]
        return cells.mapped(np.array([words[c] or None for c in self.codes], dtype=object), cells.text)

    @property
    def unreadable(self) -> Bools:
        """Where a cell says something that is neither an amount, nor a failure, nor that there is nothing."""
        odd = np.array(
            [a is None and not w for a, w in zip(self.amounts, self.words, strict=True)] + [False], dtype=bool
        )
        result: Bools = odd[self.codes]
        return result

    def _in(self, meaning: Resolved, value: float, unit: str) -> float:
        if not unit:
            return value
        factor = unit_factor(unit, metric(meaning.metric).unit)
        if factor is None:
            return value if not metric(meaning.metric).unit else float("nan")
        return value * factor * (decimal_share(unit) if self.decimal else 1.0) / meaning.factor

    def _spread(self, values: list[float]) -> Floats:
        result: Floats = np.array([*values, np.nan], dtype=np.float64)[self.codes]
        return np.where(np.isfinite(result), result, np.nan)


def written(table: dict[str, Column], is_metric: Any) -> dict[str, Written]:
    """The columns whose cells have units, spreads, markup or words for failures. `is_metric(column)`: by its name."""
    found = {}
    for name, column in table.items():
        if column.dtype != object or name.startswith(GIVEN):
            continue
        if (read := _column(column, named=bool(is_metric(name.rpartition(STEP)[2])))) is not None:
            found[name] = read
    if tells_binary(table, found):
        for read in found.values():
            read.decimal = True
    return found


_BINARY = re.compile(r"(?<![A-Za-z])[KMGT]iB(?![A-Za-z])|(?:^|[_\W])[kmgt]ib(?:$|[_\W])")
_POWERS = {"kb": 1, "mb": 2, "gb": 3, "tb": 4}


def tells_binary(table: dict[str, Column], stated: dict[str, Written]) -> bool:
    """Whether a table writes GiB or MiB somewhere: then its GB are 10⁹ bytes. Else nobody can tell, and GB is read as
    2³⁰ bytes, as the tools that write it count."""
    heads = any(_BINARY.search(name.rpartition(STEP)[2]) for name in table)
    return heads or any(a is not None and _BINARY.search(a.unit) for w in stated.values() for a in w.amounts)


def decimal_share(unit: str) -> float:
    """What a decimal unit of memory is of the binary one of that letter: 10⁹ / 2³⁰ of GB, 1 of what is no such unit."""
    power = _POWERS.get(unit.strip().lower(), 0)
    return float((1000 / 1024) ** power)


def _column(column: Column, *, named: bool) -> Written | None:
    if cells.plain_numbers(column) is not None or not any(isinstance(v, str) for v in column):
        return None
    codes, values = cells.distinct(column)
    texts = [str(v) if isinstance(v, str) else "" for v in values]
    if not named and not _looks_like(texts[:_LOOK]):
        return None
    filled = [t for t in texts if t.strip()]
    continental = any(_CONTINENTAL.search(t) for t in filled) and not any(_ENGLISH.search(t) for t in filled)
    amounts: list[Amount | None] = []
    words: list[str] = []
    special = False
    for value, text in zip(values, texts, strict=True):
        if not isinstance(value, str):
            number = cells.numbers(np.array([value], dtype=object))[0]
            amounts.append(Amount(float(number)) if np.isfinite(number) else None)
            words.append("")
            continue
        stated = None if cells.is_nothing(text) else amount(text, continental=continental)
        failed = "" if stated else failure_in(text)
        amounts.append(stated)
        words.append(failed)
        special |= bool(failed) or (stated is not None and not cells.is_plain(text))
    if not special:
        return None
    for i, text in enumerate(texts):  # what says that there is nothing is nothing unreadable
        if amounts[i] is None and not words[i] and (not text or cells.is_nothing(text)):
            amounts[i] = Amount(float("nan"))
    units = Counter(a.unit for a in amounts if a is not None and a.unit)
    return Written(codes, amounts, words, units.most_common(1)[0][0] if units else "")


def _looks_like(texts: list[str]) -> bool:
    """Whether the cells of a column whose name says nothing are amounts with units, for the most part."""
    filled = [t for t in texts if t.strip() and not cells.is_nothing(t)]
    stated = [a for t in filled if (a := amount(t)) is not None]
    told = sum(bool(failure_in(t)) for t in filled if len(t) < 40)
    return any(a.unit for a in stated) and (len(stated) + told) * 2 > len(filled)
