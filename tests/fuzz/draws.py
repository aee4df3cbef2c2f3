"""Choices read from bytes: what a fuzzer changes in them changes one choice. It costs microseconds, where a strategy
of hypothesis takes ten milliseconds for an input that the program reads in one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
# Beside plain letters: what looks alike, is not seen, turns round, combines, has two code units, or is half of one.
_ODD = (
    "\u202e\u200b\ufeff\u0301\u0430\u2212\u2260\u00b5\u03bc\u00a0\u2028\u0000\u001b\ud800\udfff\U0001f44e\U0001d7ce\uff11"
    "\u0131\u00df"
)


class Draw:
    """Bytes that have run out go on as zeros, for which everything is its first or shortest kind."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def below(self, end: int) -> int:
        """A whole number from 0 to `end` - 1."""
        size = 1 if end <= 1 << 8 else 2 if end <= 1 << 16 else 4
        return int.from_bytes(self.take(size), "little") % end if end > 1 else 0

    def take(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        self._at += size
        return piece

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def data(self, most: int) -> bytes:
        return self.take(self.below(most + 1))

    def text(self, most: int) -> str:
        return "".join(_ODD[b % len(_ODD)] if b > 220 else chr(32 + b % 95) for b in self.data(most))

    def many(self, most: int, one: Callable[[], T]) -> list[T]:
        return [one() for _ in range(self.below(most + 1))]

    def number(self) -> int | float:
        match self.below(6):
            case 0:
                return self.below(10)
            case 1:
                return self.below(1 << 32) - (1 << 31)
            case 2:
                return int.from_bytes(self.take(12), "little", signed=True)
            case 3:
                return float(self.below(1 << 16)) / 256
            case 4:
                return self.pick((float("nan"), float("inf"), -float("inf"), -0.0, 1e308, 5e-324, 0.1, -1.0, 1e16))
            case _:
                return 10 ** self.below(400)

    def value(self, simple: Sequence[Any], depth: int = 3) -> Any:
        """What JSON can hold; strings and the like of `simple` among it."""
        match self.below(8 if depth else 6):
            case 0:
                return self.pick((None, True, False))
            case 1 | 2:
                return self.number()
            case 3:
                return self.text(20)
            case 4 | 5:
                return self.pick(simple)
            case 6:
                return self.many(4, lambda: self.value(simple, depth - 1))
            case _:
                return {self.text(8): self.value(simple, depth - 1) for _ in range(self.below(5))}
