"""A name that no record says, where a file joins it with one that records have: "AWQ-Int4", "summary-gpu-a100"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.shown.naming import Named

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

_JOIN = "[-_]"
_MACHINES = ("gpu", "cpu", "tpu", "npu", "card", "host", "node", "cuda")
_ANY_PLACE = ("file", "file name", "folder", "case")


@dataclass(frozen=True, slots=True)
class Alias:
    """What a word is read as, and where it is written so."""

    name: Named
    levels: tuple[str, ...]
    place: str
    written: str


def alias(word: str, start: int, world: World) -> Alias | None:
    """The records that a word is joined to in a file's text or name; None where nothing is, or things of two kinds."""
    if len(word) < 3 or not re.search(r"[a-z]", word):
        return None
    said, other_ = re.escape(word), "([a-z][a-z0-9.]*)"
    pattern = compiled(rf"(?<![a-z0-9])(?:{other_}{_JOIN}{said}|{said}{_JOIN}{other_})(?![a-z0-9])", re.IGNORECASE)
    texts = [(s.path.rsplit("/", 1)[-1].rsplit(".", 1)[0], s.path) for s in world.dataset.sources]
    texts += [
        (x.text, f"{x.file}, line {x.number}") for x in world.corpus.lines if x.kind == "document" and word in x.low
    ]
    paths = {s.path for s in world.dataset.sources}
    found: dict[str, tuple[Named, str, str]] = {}
    for text, place in texts:
        for m in pattern.finditer(text):
            other = (m[1] or m[2]).lower()
            named = world.vocabulary.of([other], start, "")
            if other in _MACHINES and place not in paths:
                continue  # a document may speak of machines that nothing ran on
            if named is not None and named.column not in _ANY_PLACE and not named.column.startswith("path "):
                found.setdefault(other, (named, place, m[0]))
    columns = {n.column for n, _, _ in found.values()}
    if len(columns) != 1:
        return None
    places = frozenset().union(*(n.places for n, _, _ in found.values()))
    levels = frozenset().union(*(n.levels for n, _, _ in found.values()))
    _, place, written = next(iter(found.values()))
    return Alias(
        Named(word, start, start + 1, next(iter(columns)), places, levels), tuple(sorted(found)), place, written
    )
