"""Headers of the files, as people say them: "wall time" of wall_s, "queue wait" of avg_queue_wait_time.

A header that was read as a metric is a name of it. Where several columns were read as one metric, the one whose words a
question has is meant, and no other: a wall time of a run is no time of one request.
"""

# ruff: noqa: E501 — lists are read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from chimera_report.tools.query.reader.lexicon import Word
from chimera_report.tools.query.reader.text import Token

if TYPE_CHECKING:
    from chimera_report.tools.query.layer import Layer

_UNITS = frozenset(
    ["ms", "s", "sec", "secs", "seconds", "us", "ns", "gb", "gib", "mb", "mib", "kb", "w", "watts", "j", "wh", "pct", "percent", "c", "mhz"]
)  # fmt: skip
_TIMES = frozenset(["ms", "s", "sec", "secs", "seconds", "us", "ns"])
_STATS = frozenset(
    ["avg", "mean", "average", "max", "min", "median", "std", "stddev", "peak", "p50", "p75", "p90", "p95", "p99"]
)
_MOST = 5  # words of a header
Named = dict[tuple[str, ...], tuple[str, str]]  # words → the metric, and the column where it is one of several


def named(layer: Layer) -> Named:
    """What the headers of a report are called, for those that say more than one word."""
    return _named(tuple(sorted(layer.columns.items())))


@lru_cache(maxsize=1 << 12)
def forms_of(column: str) -> frozenset[tuple[str, ...]]:
    """How people say a header of more than one word, without its unit and statistic."""
    bare = re.sub(r"\s*[(\[].*?[)\]]", "", column.rsplit("/", 1)[-1]).lower()
    words = [w for w in re.split(r"[\W_]+", bare) if w]
    timed = bool(words) and words[-1] in _TIMES
    own = [w for w in words if w not in _STATS]
    if "per" in own:
        return frozenset()  # a rate, whose unit is a part of its name
    while own and own[-1] in _UNITS:
        own.pop()
    forms = {tuple(own)} if 1 < len(own) <= _MOST else set()
    if timed and own and own[-1] != "time" and len(own) < _MOST:
        forms.add((*own, "time"))
    if own and own[-1] == "time" and len(own) > 2:
        forms.add(tuple(own[:-1]))
    return frozenset(forms)


def unread_at(found: Sequence[Token], i: int, layer: Layer) -> tuple[int, str] | None:
    """The header of a column that was read as nothing, where its words stand: one after the last, and the header."""
    for size in range(min(_MOST, len(found) - i), 1, -1):
        words = tuple(t.text for t in found[i : i + size])
        for column in layer.unread:
            if words in forms_of(column):
                return i + size, column
    return None


@lru_cache(maxsize=8)
def _named(columns: tuple[tuple[str, str], ...]) -> Named:
    owners: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for column, metric in columns:
        for form in forms_of(column):
            owners.setdefault(form, []).append((column, metric))
    found: Named = {}
    for form, held in owners.items():
        metrics = {m for _, m in held}
        if len(metrics) == 1:
            metric = next(iter(metrics))
            others = any(m == metric and c not in {c for c, _ in held} for c, m in columns)
            found[form] = (metric, held[0][0] if len(held) == 1 and others else "")
    return found


def column_at(
    found: Sequence[Token], i: int, layer: Layer, table: dict[tuple[str, ...], tuple[Word, ...]]
) -> tuple[int, str, str] | None:
    """The header that stands at a place of a question: one after its last token, its metric, and its column where
    that is one of several. None where the words say the same metric by themselves."""
    known = named(layer)
    for size in range(min(_MOST, len(found) - i), 1, -1):
        words = tuple(t.text for t in found[i : i + size])
        if words not in known:
            continue
        metric, column = known[words]
        said = table.get(words, ())
        if any(w.kind == "unit" for w in said):
            return None  # "38 tokens per second" is a number with its unit
        if said and said[0].kind == "metric" and (metric in said[0].value or not column):
            return None
        if said and said[0].kind == "intent" and said[0].value != "duration":
            return None  # a success rate is counted
        return i + size, metric, column
    return None
