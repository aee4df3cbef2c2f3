"""The small language of `Fact.field`: which part of a computed item a fact is, and what is made of it.

gmean  ratio  levels.0.value  by_kind.CSV     attributes, places in a sequence, keys of a mapping
1/ratio                                       the reciprocal; its interval is turned round
ratio-1                                       a relative change; shown in percent
1/ratio-1                                     the same of the reciprocal
by_kind.CSV|files                             the share of the first in the second; shown in percent
#suites                                       how many
~condition                                    a mapping as words: "device cuda, dtype fp32"
~condition.device                             one entry of it: "device cuda"
&condition                                    a mapping as a sentence lists it: "device cuda, dtype fp32 and batch 8"
gmean_ci.high                                 an end of an interval
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass

from chimera_report.tools.schema import Interval

Value = float | int | str | None
# The interval that belongs to an estimate of the same item.
_INTERVALS = {"gmean": "gmean_ci", "p50": "median_ci", "ratio": "ratio_ci", "rho": "ci", "value": "ci"}
_OF_INTERVAL = {"gmean_ci": "gmean", "median_ci": "p50", "ratio_ci": "ratio"}
_COUNTS = {"value_a": "n_a", "value_b": "n_b", "before": "n_before", "after": "n_after"}


@dataclass(frozen=True, slots=True)
class Part:
    """What a field of an item holds, in the canonical unit: its value, interval and number of observations."""

    value: Value
    ci: Interval | None = None
    n: int | None = None


def read(item: object, field: str) -> Part:
    """The part of `item` that `field` names. Raises KeyError for a field that the item does not have."""
    if field.startswith("#"):
        found = _walk(item, field[1:])
        return Part(len(found) if isinstance(found, Sized) else None)
    if field.startswith("~"):
        found = _walk(item, field[1:])
        if isinstance(found, str):  # one entry of a mapping, with its name
            return Part(_one(field.rpartition(".")[2], found))
        return Part(", ".join(_one(k, v) for k, v in found.items() if v) if isinstance(found, dict) else None)
    if field.startswith("&"):
        found = _walk(item, field[1:])
        found = {field.rpartition(".")[2]: found} if isinstance(found, str) else found  # one entry of a mapping
        return Part(in_words(found) if isinstance(found, dict) else None)
    if "|" in field:
        part, whole = (_walk(item, f) for f in field.split("|", 1))
        if isinstance(part, int | float) and isinstance(whole, int | float) and whole:
            return Part(part / whole, n=int(whole))
        return Part(None)
    inverse, change = field.startswith(("1/", "1-1/")), field.endswith("-1")
    path = field.removeprefix("1-").removeprefix("1/").removesuffix("-1")
    part = Part(_scalar(_walk(item, path), path), _interval(item, path), _count(item, path))
    if inverse:
        part = Part(_over(part.value), _turned(part.ci), part.n)
    if field.startswith("1-"):  # how much is missing to 1
        less, ci = _less(part.value), _shifted(part.ci)
        return Part(None if less is None else -less, Interval(low=-ci.high, high=-ci.low) if ci else None, part.n)
    return Part(_less(part.value), _shifted(part.ci), part.n) if change else part


_STARTS = {"cold": "cold", "true": "cold", "yes": "cold", "warm": "warm", "false": "warm", "no": "warm"}


def _one(name: str, level: str) -> str:
    """ "batch 8", "warm start"."""
    start = _STARTS.get(level.lower()) if name == "cold" else None
    return f"{start} start" if start else f"{name} {level}"


def in_words(condition: dict[str, str]) -> str:
    """ "device cuda, dtype fp32 and batch 8"; a level that would be read as two stands in quotation marks."""
    parts = [f"{k} “{v}”" if "," in v or " and " in v else _one(k, v) for k, v in condition.items() if v]
    return ", ".join(parts[:-1]) + (f" and {parts[-1]}" if len(parts) > 1 else parts[0] if parts else "")


def last(field: str) -> str:
    """The name of the part itself: "ratio" of "1/ratio-1", "value" of "levels.0.value"."""
    if field[:1] in "#~&" or "|" in field:
        return ""
    path = field.removeprefix("1-").removeprefix("1/").removesuffix("-1")
    for end in (".high", ".low"):  # an end of an interval is in the unit of what the interval is of
        name = path.removesuffix(end).rpartition(".")[2]
        if path.endswith(end) and name.endswith("ci"):
            return _OF_INTERVAL.get(name, "value")
    return path.rpartition(".")[2]


def _walk(item: object, path: str) -> object:
    found, rest = item, path
    while rest:
        if isinstance(found, dict) and rest in found:  # a key may hold dots
            return found[rest]
        step, _, rest = rest.partition(".")
        try:
            if isinstance(found, dict):
                found = found[step]
            elif isinstance(found, list | tuple):
                found = found[int(step)]
            else:
                found = getattr(found, step)
        except (KeyError, IndexError, ValueError, AttributeError) as exc:
            raise KeyError(path) from exc
    return found


def end_of(field: str) -> tuple[str, str] | None:
    """The estimate and the end ("low", "high") that a field such as "gmean_ci.low" names; None for any other field."""
    path, _, end = field.rpartition(".")
    name = path.rpartition(".")[2]
    if end not in ("low", "high") or not name.endswith("ci"):
        return None
    return path[: len(path) - len(name)] + _OF_INTERVAL.get(name, "value"), end


def _scalar(found: object, path: str) -> Value:
    if found is None or isinstance(found, str | float | int):
        return found
    raise KeyError(path)


def _beside(item: object, path: str, names: dict[str, str]) -> object:
    owner, _, last = path.rpartition(".")
    name = names.get(last)
    if name is None:
        return None
    try:
        return _walk(item, f"{owner}.{name}" if owner else name)
    except KeyError:
        return None


def _interval(item: object, path: str) -> Interval | None:
    found = _beside(item, path, _INTERVALS)
    return found if isinstance(found, Interval) else None


def _count(item: object, path: str) -> int | None:
    last = path.rpartition(".")[2]
    found = _beside(item, path, {last: _COUNTS.get(last, "n")})
    return found if isinstance(found, int) else None


def _over(value: Value) -> Value:
    return 1 / value if isinstance(value, float | int) and value else None


def _turned(ci: Interval | None) -> Interval | None:
    return Interval(low=1 / ci.high, high=1 / ci.low, level=ci.level) if ci and ci.low > 0 else None


def _less(value: Value) -> float | int | None:
    return value - 1 if isinstance(value, float | int) else None


def _shifted(ci: Interval | None) -> Interval | None:
    return Interval(low=ci.low - 1, high=ci.high - 1, level=ci.level) if ci else None
