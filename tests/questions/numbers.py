"""Numbers as an answer shows them, and whether a value that pandas computed is among them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TO_CANONICAL = {
    "s": ("s", 1.0), "ms": ("s", 1e-3), "µs": ("s", 1e-6), "min": ("s", 60.0), "s/token": ("s/token", 1.0),
    "ms/token": ("s/token", 1e-3), "tokens/s": ("tokens/s", 1.0), "J/token": ("J/token", 1.0),
    "mJ/token": ("J/token", 1e-3), "W": ("W", 1.0), "MiB": ("MiB", 1.0), "GiB": ("MiB", 1024.0), "%": ("%", 1.0),
    "tokens": ("tokens", 1.0), "": ("", 1.0), "characters": ("characters", 1.0),
}  # fmt: skip
UNITS = {
    "decode_rate": "tokens/s", "prefill_rate": "tokens/s", "ttft": "s", "ttft_incl_load": "s", "e2e_latency": "s",
    "load_time": "s", "prompt_eval_time": "s", "eval_time": "s", "tpot": "s/token", "ram": "MiB", "vram": "MiB",
    "power": "W", "energy_per_token": "J/token", "cpu_util": "%", "output_tokens": "tokens",
    "response_chars": "characters",
}  # fmt: skip
_NUMBER = re.compile(
    r"(?<![\w.:/-])(?P<number>-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?)"
    r"(?:\s?(?P<unit>tokens/s|mJ/token|J/token|ms/token|s/token|GiB|MiB|tokens|characters|ms|µs|min|s|W|%)(?![\w/]))?"
)
_RANGE = re.compile(
    r"(-?\d[\d,]*(?:\.\d+)?) to (-?\d[\d,]*(?:\.\d+)?)"
    r"(?:\s?(tokens/s|mJ/token|J/token|ms/token|s/token|GiB|MiB|tokens|ms|µs|s|W|%)(?![\w/]))?"
)


@dataclass(frozen=True)
class Shown:
    """A number in the canonical unit of its kind, and half a unit of its last digit."""

    value: float
    half: float
    unit: str
    text: str

    def is_(self, value: float) -> bool:
        return abs(self.value - value) <= self.half * 1.02 + abs(value) * 1e-9


def numbers(text: str) -> list[Shown]:
    found = []
    ranges = {m.start(1): m[3] or "" for m in _RANGE.finditer(text)}  # the first end has the unit of the second
    for m in _NUMBER.finditer(text):
        digits = m["number"].replace(",", "")
        unit, factor = _TO_CANONICAL[m["unit"] or ranges.get(m.start(), "")]
        places = len(digits.partition("e")[0].partition(".")[2])
        found.append(Shown(float(digits) * factor, 0.5 * 10**-places * factor, unit, m[0]))
    return found


def shows(text: str, value: float, unit: str) -> bool:
    """Whether a number of this unit stands in the text that the value rounds to, to two digits at least."""
    return any(n.unit == unit and n.is_(value) and n.half <= abs(value) * 0.06 for n in numbers(text))


def shows_interval(text: str, low: float, high: float, unit: str) -> bool:
    for m in _RANGE.finditer(text):
        ends = numbers(m[0])
        if len(ends) == 2 and ends[0].is_(low) and ends[1].is_(high) and unit in (ends[0].unit, ends[1].unit):
            return True
    return False
