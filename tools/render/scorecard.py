"""Tiles at the head of a page: how much there is of what a reader asks first, each with its first words and a link."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_report.tools.render.words import Words, clean
from chimera_report.tools.schema import Bullets, Finding, Json, Report, Section


@dataclass(frozen=True, slots=True)
class Tile:
    mark: str  # a shape, so that colour is not all that tells tiles apart
    tone: str  # find, act, doubt, data: the colour of the mark
    head: str
    text: str
    section: str  # key of the section that it leads to


def tiles(report: Report, record: Json, words: Words) -> list[Tile]:
    """What was found, what to do, what not to trust and what was measured; a tile for each that the report has."""
    sections = {s.key: s for s in report.sections}
    made = []
    for key, mark, tone, one, many in (
        ("findings", "●", "find", "finding", "findings"),
        ("actions", "▶", "act", "thing to do", "things to do"),
        ("doubts", "▲", "doubt", "warning", "warnings"),
    ):
        texts = _points(sections[key], words) if key in sections else []
        if texts:
            made.append(Tile(mark, tone, f"{len(texts)} {one if len(texts) == 1 else many}", _first(texts), key))
    if "measured" in sections and (data := _measured(record)) is not None:
        made.append(Tile("■", "data", data[0], data[1], "measured"))
    return made


def _points(section: Section, words: Words) -> list[str]:
    """The titles of findings, or the first sentences of points."""
    found: list[str] = []
    for block in section.blocks:
        match block:
            case Finding():
                found.append(words.text(block.title))
            case Bullets():
                found += [words.text(item[0].text) for item in block.items if item]
    return found


def _first(texts: list[str], most: int = 96) -> str:
    """The first text that is short enough, else the beginning of the first up to a whole word."""
    short = [clean(t).rstrip(".") for t in texts]
    whole = next((t for t in short if len(t) <= most), "")
    return whole or short[0][:most].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _measured(record: Json) -> tuple[str, str] | None:
    sources = record.get("sources") if isinstance(record, dict) else None
    if not isinstance(sources, list) or not sources:
        return None
    read = [s for s in sources if isinstance(s, dict) and s.get("status") == "parsed"]
    values = sum(int(s.get("measurements") or 0) for s in read)
    left = len(sources) - len(read)
    files = f"{len(read)} file{'' if len(read) == 1 else 's'} read"
    return f"{values:,} values", files + (f", {left} left out" if left else "")
