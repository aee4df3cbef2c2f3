"""What folders and file names say of records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimera_report.tools.query.shown.record import Entry

_RUN = re.compile(r"(?:^|[_\s.-])(?:run|rep|repeat|iter|trial|r)[_-]?(?P<n>\d{1,3})(?=$|[_\s.-])", re.IGNORECASE)


def by_paths(entries: Sequence[Entry]) -> None:
    """What folders and file names say of records: a column for each place of the path that varies, the number of the
    run by itself. A setting that repeats a path says nothing more."""
    _gpus(entries)
    said = {e.file: set(re.split(r"[\W_]+", e.file.lower())) for e in entries}
    junk = set()
    for column in ("variant", "workload", "prompt", "config", "scenario"):
        own = [e for e in entries if column in e.of]
        pieces = [(e, [p for p in re.split(r"[\W_]+", e.of[column].lower()) if p]) for e in own]
        if (
            own
            and all(p and said[e.file].issuperset(p) for e, p in pieces)
            and any(_RUN.search(e.of[column]) or "output" in p for e, p in pieces)
        ):
            junk.add(column)
    for e in entries:
        for column in junk:
            e.of.pop(column, None)
    depth = max((e.file.count("/") for e in entries), default=0)
    for k in range(depth):
        names = {e.file.split("/")[k] if e.file.count("/") > k else "" for e in entries}
        if len(names) > 1:
            for e in entries:
                parts = e.file.split("/")[:-1]
                if k < len(parts) and not _told(e, parts[k]):
                    e.of.setdefault("folder" if k == depth - 1 else f"folder {k + 1}", parts[k])
    stems = {e.file: e.file.rsplit("/", 1)[-1].rsplit(".", 1)[0] for e in entries}
    if len(set(stems.values())) < 2:
        return
    common = set.intersection(*(set(re.split(r"[\s_]+", x)) for x in set(stems.values())))
    for e in entries:
        stem = stems[e.file]
        if (run := _RUN.search(stem)) is not None:
            e.of.setdefault("run", run["n"])
            stem = f"{stem[: run.start()]}{stem[run.end() :]}"
        rest = "_".join(p for p in re.split(r"[\s_]+", stem) if p and p not in common)
        if rest and not _told(e, rest):
            e.of.setdefault("file name", rest)


_GPUS = re.compile(
    r"(?:^|[\W_])(?P<n>\d{1,2}|one|single|dual|two|four|quad|eight)[ _-]?x?[ _-]?gpus?(?=$|[\W_])", re.IGNORECASE
)
_COUNTS = {"one": "1", "single": "1", "dual": "2", "two": "2", "four": "4", "quad": "4", "eight": "8"}


def _gpus(entries: Sequence[Entry]) -> None:
    """How many GPUs a run had, where folders or files are called by that: "1gpu", "twogpu"."""
    said = {e.file: m["n"].lower() for e in entries if (m := _GPUS.search(e.file)) is not None}
    counts = {f: _COUNTS.get(n, n) for f, n in said.items()}
    if len(set(counts.values())) > 1:
        for e in entries:
            if e.file in counts:
                e.of["gpus"] = counts[e.file]


def _told(entry: Entry, part: str) -> bool:
    plain = re.sub(r"[\W_]", "", part.lower())
    return any(re.sub(r"[\W_]", "", v.lower()) == plain for v in entry.of.values())
