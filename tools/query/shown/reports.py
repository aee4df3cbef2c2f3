"""Text files that are each the report of one run: their "key: value" lines, under their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimera_report.tools.query.corpus import Corpus, Line

_PAIR = re.compile(r"^\s*[#*-]*\s*(?P<key>[A-Za-z][^:=|]{0,48}?)\s*(?::|=)\s*(?P<value>\S.{0,80}?)\s*$")
_HEADING = re.compile(r"^\s*(?P<title>[A-Z][A-Z0-9 /_-]{2,40})(?:\s*[(:].*)?$")
_ENDS = re.compile(r"\((?P<a>[a-z0-9]+)\s*/\s*(?P<b>[a-z0-9]+)\)|^(?P<c>min)\s*/\s*(?P<d>max)$", re.IGNORECASE)
_FEWEST = 6  # pairs from which on a text is a report of one run


def reports(corpus: Corpus) -> dict[str, dict[str, str]]:
    """The "key: value" lines of text files that are each the report of one run, under their headings."""
    by: dict[str, list[Line]] = {}
    for line in corpus.lines:
        if line.kind == "document" and line.file.lower().endswith((".txt", ".log", ".out")):
            by.setdefault(line.file, []).append(line)
    made = {}
    for path, lines in by.items():
        pairs: dict[str, str] = {}
        heading, repeated, said = "", 0, 0
        first = next((x.text.strip() for x in lines[:3] if re.fullmatch(r"\s*[A-Za-z][\w .+-]{3,48}\s*", x.text)), "")
        if first:
            pairs["report"] = first
        for line in lines:
            title = _HEADING.match(line.text)
            pair = _PAIR.match(line.text)
            if pair is None or (title is not None and not any(c.islower() for c in pair["key"])):
                named = title is not None and line.text.strip() != first
                heading = title["title"].strip().capitalize() if named and title is not None else heading
                continue
            key = " ".join(pair["key"].split())
            said += 1
            full = f"{heading} {key}" if heading and not _own(key) else key
            repeated += full in pairs
            for name, text in _several(full, pair["value"]):
                pairs.setdefault(name, text)
        if said >= _FEWEST and repeated * 4 < said and said * 3 > len(lines):
            made[path] = pairs
    return made


def _own(key: str) -> bool:
    """Whether a key says by itself of what it is."""
    words = [
        w for w in re.findall(r"[a-z]{3,}", key.lower()) if w not in ("min", "max", "mean", "median", "avg", "std")
    ]
    return len(words) > 1 or re.search(r"/s|%", key) is not None


def _several(key: str, value: str) -> Iterator[tuple[str, str]]:
    """ "VRAM (avg/max): 3927 / 3928" is two values."""
    ends = _ENDS.search(key)
    parts = [p.strip() for p in value.split(" / ")]
    if ends is not None and len(parts) == 2:
        bare = re.sub(r"\s+", " ", key.replace(ends[0], " ")).strip()
        yield f"{bare} {ends['a'] or ends['c']}".strip(), parts[0]
        yield f"{bare} {ends['b'] or ends['d']}".strip(), parts[1]
        return
    yield key, value
