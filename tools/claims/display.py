"""How a value looks: its unit, scaled for a reader, and as many digits as it carries. Pure functions of their
arguments.

A number shows three significant digits; beside an interval, as many as the interval's half-width supports (two digits
of the half-width below three, else one), between two and four, and more only where both ends would look the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from chimera_report.tools.schema import Fact, Interval

# Canonical unit → the units that a reader may see, with the factor that makes them from it, from the largest down.
SCALES: dict[str, tuple[tuple[str, float], ...]] = {
    "s": (("s", 1.0), ("ms", 1e3), ("µs", 1e6)),
    "s/token": (("s/token", 1.0), ("ms/token", 1e3)),
    "MiB": (("GiB", 1 / 1024), ("MiB", 1.0), ("KiB", 1024.0)),
    "J/token": (("J/token", 1.0), ("mJ/token", 1e3)),
    "share": (("%", 100.0),),
    "1/s": (("per second", 1.0),),
}
# A unit is taken when the typical value, shown in it, is at least this much.
_ENOUGH = {"s": 1.0, "ms": 0.1, "s/token": 1.0, "GiB": 10.0, "MiB": 0.1, "J/token": 0.1}


def unit_for(unit: str, values: Sequence[float]) -> str:
    """The one unit in which all of `values` (canonical unit `unit`) are shown, after their median."""
    scales = SCALES.get(unit)
    if not scales:
        return unit
    sizes = sorted(abs(v) for v in values if v and math.isfinite(v))
    typical = sizes[len(sizes) // 2] if sizes else 1.0
    for name, factor in scales[:-1]:
        if typical * factor >= _ENOUGH.get(name, 1.0):
            return name
    return scales[-1][0]


def factor_for(unit: str, shown: str) -> float:
    """What a value in the canonical unit is multiplied by to be shown in `shown`."""
    if shown == unit:
        return 1.0
    return dict(SCALES.get(unit, ()))[shown]


def show(value: float | int | str | None, shown: str, ci: Interval | None = None) -> tuple[str, str, str]:
    """Display, bare number, and interval of a value that is in the unit `shown` already ("×" for a ratio, "" for a
    count)."""
    if value is None:
        return "not available", "–", ""
    if isinstance(value, str):
        text = short_name(value) if value.strip() else "unnamed"
        return text, text, ""
    if isinstance(value, int) and not isinstance(value, bool) and shown in ("", "B"):
        number = str(value)
    else:
        number = _text(float(value), _decimals(float(value), shown, ci))
    interval = ""
    if ci is not None:
        low, high = ends(float(value), shown, ci)
        if low != high:  # of equal values: there is no spread to tell of, and "1.405 to 1.405" is no interval
            interval = with_unit(f"{low} to {high}", "" if shown == "×" else shown)
    return with_unit(number, shown), number, interval


def ends(value: float, shown: str, ci: Interval) -> tuple[str, str]:
    """Both ends of the interval, bare, with the decimals that `show` gives them."""
    decimals = _decimals(value, shown, ci)
    return _text(ci.low, decimals), _text(ci.high, decimals)


def with_unit(number: str, shown: str) -> str:
    """A written number with the unit as it is shown: "1.5×", "64.3 tokens/s"; alone where there is none."""
    if not shown:
        return number
    return f"{number}×" if shown == "×" else f"{number} {shown}"


def _decimals(value: float, shown: str, ci: Interval | None) -> int:
    size = max(abs(value), 1e-12)
    lead = math.floor(math.log10(size))
    if shown == "%":  # one decimal, more only for a share that would read 0.0
        decimals = 1 if size >= 0.095 or not value else min(4, 1 - lead)
    elif ci is None:
        decimals = max(0, min(2 - lead, 9))
    else:
        half = max((ci.high - ci.low) / 2, size * 1e-6)
        exponent = math.floor(math.log10(half))
        wanted = -exponent + (1 if half / 10**exponent < 3 else 0)
        lead = max(lead, exponent)  # a value near 0 has no digits beyond its interval's
        decimals = max(0, min(max(wanted, 1 - lead), 3 - lead, 9))
    if ci is not None and ci.high - ci.low > size * 1e-6:  # narrower than that are equal values and rounding
        while _text(ci.low, decimals) == _text(ci.high, decimals) and decimals < 9:
            decimals += 1
    return decimals


def _text(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def about(fact: Fact, *, unit: bool = True) -> str:
    """The fact rounded for a reader, with its unit where wanted: two digits below a hundred, whole numbers
    above; ratios bare, with two decimals below two. Names and counts stay as they are."""
    value = fact.value
    if not isinstance(value, int | float) or (isinstance(value, int) and fact.unit in ("", "B")):
        return fact.display
    seen = value * _factor(fact)
    size = abs(seen)
    if fact.unit == "×":
        decimals = 2 if size < 2 else 1 if size < 10 else 0
        return _text(seen, decimals)
    if fact.unit == "%":
        decimals = 0 if size >= 10 else 1 if size >= 0.95 or not seen else min(4, 1 - math.floor(math.log10(size)))
    else:
        decimals = 0 if size >= 10 else 9 if not seen else min(9, 1 - math.floor(math.log10(size)))
        decimals = 0 if not seen else decimals
    return with_unit(_text(seen, decimals), fact.unit if unit else "")


_HASH = re.compile(r"(?<![0-9a-f])([0-9a-f]{12})[0-9a-f]{20,}(?![0-9a-f])")
_BLOB = re.compile(r"(?:(?:[A-Za-z]:)?[\\/](?:[^\\/\s]+[\\/])+)?([^\\/\s]*[0-9a-f]{32,}[^\\/\s]*)")


def short_name(name: str) -> str:
    """A name as a reader says it: of a file that is called by its digest, the first digits without the folders."""
    blob = _BLOB.fullmatch(name)
    return _HASH.sub(r"\1…", blob[1]) if blob else name


def _factor(fact: Fact) -> float:
    """What makes the shown value of the canonical one: of the factors that lead to the unit, the one that was used."""
    factors = [1.0, *(factor for scales in SCALES.values() for name, factor in scales if name == fact.unit)]
    shown = float(fact.number)
    return min(factors, key=lambda f: abs(float(fact.value or 0.0) * f - shown))
