"""A large JSON document whose long lists of objects are parsed again each time that they are gone through.

As objects a document takes ten to thirty times its size. Here one record exists at a time, beside the text, so that
memory grows with the columns that are kept. The document is otherwise as `tree.parse` gives it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, SupportsIndex

from chimera_report.tools.schema import Json

LONG = 1000  # objects from which a list is gone through again; a shorter one is kept
_DEPTH = 4  # objects within objects in which long lists are looked for
_SPACE = re.compile(r"[ \t\n\r]*")


class Lazy(list[Any]):
    """A list of objects within a text. Only iterating, counting, and reading from its beginning are meant for it."""

    def __init__(self, text: str, start: int, count: int) -> None:
        super().__init__()
        self._text, self._start, self._count = text, start, count

    def __iter__(self) -> Iterator[Any]:
        decoder = json.JSONDecoder(parse_constant=lambda _: None)
        for _, item in _items(decoder, self._text, self._start):
            yield item

    def __len__(self) -> int:
        return self._count

    def __bool__(self) -> bool:
        return self._count > 0

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        if isinstance(at, slice):
            return list(islice(self, *at.indices(self._count)))
        return next(islice(self, int(at) % self._count, None))

    def first(self, count: int) -> list[Any]:
        return list(islice(self, count))


def _items(decoder: json.JSONDecoder, text: str, start: int) -> Iterator[tuple[int, Any]]:
    """(where it ends, item) of each item of the list whose bracket opens at `start`.

    Raises ValueError where the text is no JSON."""
    at = _skip(text, start + 1)
    if text[at : at + 1] == "]":
        return
    while True:
        item, end = decoder.raw_decode(text, at)
        yield end, item
        at = _skip(text, end)
        if text[at : at + 1] == "]":
            return
        if text[at : at + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


class Odd:
    """What was odd about a document, by the hooks of json's decoder."""

    def __init__(self) -> None:
        self.non_finite = 0  # NaN and Infinity, which JSON does not have; they become missing
        self.twice: dict[str, None] = {}  # keys that stand twice in one object; the last value counts, as in Python

    def missing(self, _: str) -> None:
        self.non_finite += 1

    def made(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.twice[key] = None
                seen.add(key)
        return found


def depth_of(document: Json, limit: int) -> int:
    """How deeply a document is nested, counted up to `limit` + 1 without recursion."""
    level, depth = [document], 0
    while level and depth <= limit:
        depth += 1
        level = [c for n in level for c in (n.values() if isinstance(n, dict) else n if isinstance(n, list) else ())
                 if isinstance(c, dict | list)]  # fmt: skip
    return depth


class Reader:
    """One document. `odd` has what was odd about it; `deep` says that it is nested too deeply."""

    def __init__(self, text: str, deepest: int) -> None:
        self.text = text
        self.odd = Odd()
        self.deep = False
        self.long = 0  # lists that are gone through again
        self._deepest = deepest
        self._decoder = json.JSONDecoder(parse_constant=self.odd.missing, object_pairs_hook=self.odd.made)

    def document(self) -> Json:
        """Raises ValueError where the text is no JSON, RecursionError where it is nested too deeply for the parser."""
        value, end = self._value(_skip(self.text, 0), 0)
        if _skip(self.text, end) != len(self.text):
            raise json.JSONDecodeError("Extra data", self.text, end)
        return value

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        opening = self.text[at : at + 1]
        if opening == "{" and depth < _DEPTH:
            return self._object(at, depth)
        if opening == "[":
            return self._list(at, depth)
        value, end = self._decoder.raw_decode(self.text, at)
        self._measure(value, depth)
        return value, end

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        text, pairs = self.text, []
        at = _skip(text, at + 1)
        if text[at : at + 1] == "}":
            return {}, at + 1
        while True:
            if text[at : at + 1] != '"':
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
            key, at = self._decoder.raw_decode(text, at)
            at = _skip(text, at)
            if text[at : at + 1] != ":":
                raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
            value, at = self._value(_skip(text, at + 1), depth + 1)
            pairs.append((key, value))
            at = _skip(text, at)
            if text[at : at + 1] == "}":
                return self.odd.made(pairs), at + 1
            if text[at : at + 1] != ",":
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
            at = _skip(text, at + 1)

    def _list(self, start: int, depth: int) -> tuple[list[Any], int]:
        odd, twice = self.odd.non_finite, dict(self.odd.twice)
        kept: list[Any] = []
        count, last = 0, start + 1
        for end, item in _items(self._decoder, self.text, start):
            if not isinstance(item, dict):
                self.odd.non_finite, self.odd.twice = odd, twice  # it is read once more
                whole, end = self._decoder.raw_decode(self.text, start)
                self._measure(whole, depth)
                return whole, end
            self._measure(item, depth + 1)
            count, last = count + 1, end
            if count <= LONG:
                kept.append(item)
        closing = _skip(self.text, last) + 1
        if count <= LONG:
            return kept, closing
        self.long += 1
        return Lazy(self.text, start, count), closing

    def _measure(self, value: Any, depth: int) -> None:
        if isinstance(value, dict | list) and depth_of(value, self._deepest) + depth > self._deepest:
            self.deep = True


def sample(document: Json) -> Json:
    """The document with the beginnings of its long lists, as true lists: enough to know what wrote it."""
    if isinstance(document, Lazy):
        return document.first(LONG)
    if isinstance(document, dict):
        return {key: sample(value) for key, value in document.items()}
    return document
