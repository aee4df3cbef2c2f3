"""Values that cannot be true: kept with their reason, apart from what statistics use.

A negative time or rate, a time of nothing, a share above one, a number of no physical size, and placeholders: a round
number without any spread among results that have some, −1, 999 or 1000 in place of what was not measured.
"""

from __future__ import annotations

import math

import numpy as np

from chimera_report.tools.metrics import METRICS, Resolved

from .rows import Bools, Coded, Floats

_ZERO_IS_NONE = frozenset(("s", "tokens/s", "s/token", "1/s"))  # nothing takes no time
_NEVER_NOTHING = frozenset(("MiB", "W", "J", "J/token", "°C", "MHz"))  # a tool that cannot read a sensor writes 0
MAY_BE_ZERO = frozenset(("load_time", "queue_time", "goodput"))
BETWEEN_TOKENS = frozenset(("itl", "tpot"))  # of an answer of one token there is none, and tools write 0
_SPREAD = frozenset(("sd", "cv", "se"))
_LEVELS = frozenset(("sample", "mean", "p50"))
# The most that a measurement can be, by canonical unit: thirty years, a rack of any size, …
_MOST = {
    "s": 1e9, "s/token": 1e6, "tokens/s": 1e9, "1/s": 1e9, "MiB": 1e10, "%": 1e5, "W": 1e8, "J": 1e13, "J/token": 1e9,
    "°C": 1e3, "MHz": 1e6, "tokens": 1e13, "share": 1e3, "requests": 1e12, "characters": 1e13,
}  # fmt: skip
_LEAST = 1e-15  # below it, a number other than zero is a rounding error or an underflow
_SHARES = ("", "share", "%")  # a product of shares may be as small as it likes: a BLEU of 1e-80 is none
_ROOF = 110.0  # % of what memory allows: its bandwidth is measured too, and a cache may help a little
_NO_REQUEST = 1e5  # tokens/s of one answer: the round number that stands for "one token, so no time"
_GAP = 30.0  # between readings of one unit there is nothing this wide
_DRAWN = 5e3  # W that no single machine draws
_SERIES = 5  # equal values of one system, among systems whose values differ
_SEEN = 3.0  # last digits that a deviation has to be above, or 0 may stand for it
_FAR = 3.0  # how far beyond the rest a placeholder lies

NEGATIVE, NOTHING, OVERFLOW = "below zero", "no time at all", "beyond any measurement"
TOGETHER = "two tokens came in one piece"  # what a client sees of them, and no fault
OTHER_UNIT = "about a thousand times the rest of the column, so in another unit"
NO_RATE = "a rate of nothing"
ABOVE_PEAK = "faster than the processor can compute, so the rate or the peak is measured wrongly"
ABOVE_ROOF = "faster than the memory can be read, so the rate or the bandwidth is measured wrongly"
PLACEHOLDER, STIFF = (
    "a placeholder or a cap by its round value",
    "a round value without any spread, a placeholder or a cap",
)


def impossible(meaning: Resolved, value: Floats, spread: Floats | None, group: Coded) -> list[tuple[str, Bools]]:
    """Which of the canonical values cannot be true, by reason. `spread`: standard deviations of the same records."""
    found: list[tuple[str, Bools]] = []
    taken: Bools = np.zeros(len(value), dtype=bool)

    def add(reason: str, mask: Bools) -> None:
        nonlocal taken
        mask = mask & np.isfinite(value) & ~taken
        if mask.any():
            found.append((reason, mask))
            taken = taken | mask

    known = METRICS.get(meaning.metric)
    unit = known.unit if known else ""
    if meaning.stat == "count":
        return []
    tiny = (np.abs(value) < _LEAST) & (value != 0) & (unit not in _SHARES)
    add(OVERFLOW, (np.abs(value) > _MOST.get(unit, 1e18)) | tiny)
    if known is None or not known.positive:
        return found
    add(NEGATIVE, value < 0)
    if meaning.metric == "memory_share":
        add(ABOVE_ROOF, value > _ROOF)
    if meaning.metric == "compute_share":
        add(ABOVE_PEAK, value > _ROOF)
    if unit == "W":
        add(OTHER_UNIT, _other_unit(np.where(taken, np.nan, value)))
    if meaning.stat not in _LEVELS:
        return found
    if unit in _ZERO_IS_NONE and meaning.metric not in MAY_BE_ZERO:
        nothing = TOGETHER if meaning.metric == "itl" else NOTHING
        add(nothing if unit in ("s", "s/token") else NO_RATE, value == 0)
    if meaning.metric == "decode_rate":
        add(PLACEHOLDER, (value >= _NO_REQUEST) & np.array([_is_code(v) for v in value.tolist()], dtype=bool))
    if unit in _ZERO_IS_NONE:
        add(PLACEHOLDER, _sentinel(np.where(taken, np.nan, value)))
        if spread is not None:
            add(STIFF, _stiff(np.where(taken, np.nan, value), spread))
        elif meaning.stat == "sample" and meaning.metric not in MAY_BE_ZERO:
            add(STIFF, _equal_series(np.where(taken, np.nan, value), group))
    return found


def _other_unit(value: Floats) -> Bools:
    """Values about a thousand times the others of their column, with nothing between: mW among W."""
    good = np.sort(value[np.isfinite(value) & (value > 0)])
    none = np.zeros(len(value), dtype=bool)
    if len(good) < 4:
        return none
    steps = good[1:] / good[:-1]
    at = int(np.argmax(steps))
    low, high = good[: at + 1], good[at + 1 :]
    ratio = float(np.median(high) / np.median(low))
    if steps[at] < _GAP or not 1000 / _GAP < ratio < 1000 * _GAP or low.max() / low.min() > _GAP * 10:
        return none
    result: Bools = np.isfinite(value) & (value > (low[-1] if float(np.median(high)) > _DRAWN else np.inf))
    return result


def untrue(name: str, stat: str, value: float) -> str | None:
    """Why one canonical value by itself cannot be true; None where it can."""
    nobody = Coded(np.full(1, -1, dtype=np.int64), [])
    found = impossible(Resolved(name, stat=stat), np.array([value]), None, nobody)
    return found[0][0] if found else None


def unfilled(meaning: Resolved, value: Floats) -> bool:
    """Whether a column of times, rates, memory, power or energy holds zeros only: it was never filled."""
    known = METRICS.get(meaning.metric)
    if known is not None and known.unit in _NEVER_NOTHING and meaning.stat not in _SPREAD:
        return not value[np.isfinite(value)].any()
    if known is None or known.unit not in _ZERO_IS_NONE or meaning.metric in MAY_BE_ZERO or meaning.stat not in _LEVELS:
        return False
    return not value[np.isfinite(value)].any()


def _is_code(number: float) -> bool:
    """999, 9999, 1000, 10000, … as programs write for "none" or "at most"."""
    if not number >= 999 or not number.is_integer():
        return False
    text = str(int(number))
    return set(text) == {"9"} or (text[0] == "1" and set(text[1:]) == {"0"})


def _sentinel(value: Floats) -> Bools:
    """Code numbers far beyond all that is no code number."""
    good = value[np.isfinite(value) & (value > 0)]
    if len(good) < 3:
        return np.zeros(len(value), dtype=bool)
    codes = [v for v in set(good[good >= 999].tolist()) if _is_code(v)] if good.max() >= 999 else []
    rest = good[~np.isin(good, codes)] if codes else good
    if not codes or len(rest) < 2 or len(rest) < len(good) / 4:
        return np.zeros(len(value), dtype=bool)
    # A series that grows from step to step, as over a load, ends where it ends.
    far = [c for c in codes if c > _FAR * rest.max() and c / rest.max() > 2 * rest.max() / rest.min()]
    return np.isin(value, far)


def _round(number: float, digits: int = 2) -> bool:
    """Whether a number has at most so many significant digits."""
    return number != 0 and math.isclose(number, float(f"{number:.{digits - 1}e}"), rel_tol=1e-9)


def _stiff(value: Floats, spread: Floats) -> Bools:
    """Round means with a deviation of exactly nothing, among means with some."""
    moving = np.isfinite(value) & (spread > 0)
    still = np.isfinite(value) & (spread == 0)
    if not still.any() or not moving.any():
        return np.zeros(len(value), dtype=bool)
    # A small deviation is written as 0.0 too: what the others scatter by has to be more than their last digit.
    usual = float(np.median(spread[moving] / value[moving]))
    digits = max(len(f"{v:.6g}".partition(".")[2]) for v in spread[moving].tolist())
    seen = value * usual > _SEEN * 10.0**-digits
    result: Bools = (
        still & seen & np.array([_round(v) or _is_code(v) for v in np.where(still, value, 0.0).tolist()], dtype=bool)
    )
    return result


def _equal_series(value: Floats, group: Coded) -> Bools:
    """Systems all of whose values are one round number, where others' differ."""
    none = np.zeros(len(value), dtype=bool)
    here = np.isfinite(value)
    codes = group.codes[here]
    if not here.any() or len(np.unique(codes)) < 2:
        return none
    import pandas as pd

    table = pd.DataFrame({"group": codes, "value": value[here]}).groupby("group")["value"].agg(["count", "min", "max"])
    equal = (table["min"] == table["max"]) & (table["count"] >= _SERIES)
    moving = (table["min"] != table["max"]) & (table["count"] >= 3)
    if not moving.any() or not equal.any():
        return none
    stiff = [g for g, v in zip(table.index[equal], table["min"][equal], strict=True) if _round(float(v))]
    result: Bools = here & np.isin(group.codes, stiff)
    return result
