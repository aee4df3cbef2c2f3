"""The records of a folder, each with what says which it is and what was measured: as the ingest read it, and with what
else its file says of it (cells that were read as nothing, lines of "key: value", the facts at the top of a JSON file).
"""

# ruff: noqa: E501 — patterns and sentences are read as a whole

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.originals import leaf, number_of
from chimera_report.tools.query.shown.beside import (
    LONGEST,
    NO_NAME,
    cells_of,
    inside,
    measured_one,
    merge,
    part,
    plain_place,
    put,
    settings,
    sorts,
)
from chimera_report.tools.query.shown.condensed import aside
from chimera_report.tools.query.shown.paths import by_paths
from chimera_report.tools.query.shown.record import REPEATS, Entry, Value
from chimera_report.tools.query.shown.reports import reports
from chimera_report.tools.schema import FACTOR, Role

if TYPE_CHECKING:
    from chimera_report.tools.query.corpus import Line
    from chimera_report.tools.query.world import World

MOST = 60_000  # values of a folder that are looked at
_LABEL = re.compile(r"^\s*[A-Za-z][\w.-]*(?:/[\w.:-]+)+")
_PASSING = re.compile(r"used|free|delta|timestamp|mhz|date|time", re.IGNORECASE)
_CRASH = re.compile(
    r"out of memory|OutOfMemory|illegal memory access|Traceback \(most recent|Segmentation fault|core dumped|\bOOM[- ]killed|"
    r"ASSERT\w*\(|\bfatal error\b|\bpanic:|\bAborted\b|\bCUDA error\b", re.IGNORECASE,
)  # fmt: skip
_STATS = {"sample": "", "mean": "mean", "total": "total", "min": "min", "max": "max", "sd": "sd"}


class Entries:
    """The records of a world, made when they are first asked for."""

    def __init__(self, world: World) -> None:
        self.world = world

    @cached_property
    def all(self) -> tuple[Entry, ...]:
        found = self._measured()
        texts = reports(self.world.corpus)
        made: list[Entry] = []
        facts, aside = self._facts()
        cells, above = cells_of(self.world)
        merged: dict[str, Entry] = {}
        alone = sorts(found)
        for entry in found:
            if (entry.file, plain_place(entry.place)) in aside:
                continue
            pairs = texts.get(entry.file)
            if pairs is not None and entry.file in merged:
                merge(merged[entry.file], entry)
                continue
            said = {v.lower() for v in entry.of.values()}
            for name, text in (facts.get(entry.file) or {}).items():
                if number_of(text) is not None and (alone[entry.file] == 1 or not plain_place(entry.place)):
                    put(entry, name, text)  # of the one record of its file
                elif not measured_one(name, text) and text.lower() not in said:
                    entry.of.setdefault(name, text)  # a sum over its records says of none which it is
                    said.add(text.lower())
            place = plain_place(entry.place)
            for name, text in (pairs or cells.get((entry.file, place)) or {}).items():
                put(entry, name, text)
            inside(entry, place, above)
            merged[entry.file] = entry
            made.append(entry)
        read = {e.file for e in made}
        for path, pairs in texts.items():
            if path not in read:
                entry = Entry(path, "file")
                for name, text in pairs.items():
                    put(entry, name, text)
                if len(entry.values) > 1:
                    made.append(entry)
                    read.add(path)
        made += self._unread(read)
        read |= {e.file for e in made}
        made += self._broken(read)
        by_paths(made)
        settings(made)
        return tuple(pooled(made, ("file", "place")))

    def _unread(self, read: set[str]) -> Iterator[Entry]:
        """The rows of tables and JSON files that no record was read of: their cells as they stand."""
        seen: set[tuple[str, ...]] = set()
        for row in self.world.originals.rows:
            if row.file in read or row.file.lower().rsplit("/", 1)[-1] in ("package.json", "package-lock.json"):
                continue
            entry = Entry(row.file, row.place)
            part(entry)
            for name, text in row.cells.items():
                if row.owns(name):
                    put(entry, leaf(name), text)
            key = (*sorted(entry.of.items()), *((t, v.number) for t, v in entry.values.items()))
            if entry.values and (entry.of or len(entry.values) > 1) and (row.file, *map(str, key)) not in seen:
                seen.add((row.file, *map(str, key)))
                yield entry

    def _broken(self, read: set[str]) -> Iterator[Entry]:
        """Files beside those of records that hold none: empty, or the log of a run that broke."""
        beside = {(f.rpartition("/")[0], f.rpartition(".")[2].lower()) for f in read}
        lines: dict[str, str] = {}
        for line in self.world.corpus.lines:
            if line.file not in lines and line.file not in read and _CRASH.search(line.text):
                lines[line.file] = " ".join(line.text.split())
        folders = {f.rpartition("/")[0].rpartition("/")[0] for f in read if "/" in f}
        for source in self.world.dataset.sources:
            path = source.path
            folder, end = path.rpartition("/")[0], path.rpartition(".")[2].lower()
            if path in read or end in ("md", "py", "sh", "toml", "yaml", "yml"):
                continue
            like = (folder, end) in beside or (folder and folder.rpartition("/")[0] in folders)
            if like and (path in lines or (source.size == 0 and (folder, end) in beside)):
                yield Entry(path, "file", failed=True, message=lines.get(path, "the file is empty"))

    @cached_property
    def aside(self) -> frozenset[str]:
        """The columns that say of a record what was asked in it, and under which condition it was not."""
        return frozenset(aside(self.all))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What says which record it is, the columns that vary first."""
        names = dict.fromkeys(n for e in self.all for n in e.of)
        return tuple(sorted(names, key=lambda n: len({e.of.get(n) for e in self.all}) < 2))

    @cached_property
    def titles(self) -> dict[str, str]:
        """Title of what was measured → its metric, "" where the program knows none."""
        return {t: v.metric for e in self.all for t, v in e.values.items()}

    def _measured(self) -> list[Entry]:
        layer = self.world.layer
        table = layer.table
        kept = ~table["copy"]
        if not layer.documents_only:
            kept &= table["origin"] == "measured"
        table = table[kept].head(MOST)
        factors = [f for f in layer.factors if layer.dataset.role_of(f) is not Role.COMPONENT]
        cold = table["is_cold"].to_numpy()
        apart = len(set(cold.tolist())) > 1
        held = [(f, table[FACTOR + f].to_numpy()) for f in factors]
        columns = [table[c].to_numpy() for c in ("source", "record", "where", "subject", "metric", "value", "status", "stat", "message", "pos")]  # fmt: skip
        made: dict[tuple[str, int, str], Entry] = {}
        for i, (source, record, where, subject, metric, value, status, stat, message, pos) in enumerate(
            zip(*columns, strict=True)
        ):
            key = (str(source), int(record), str(subject))
            entry = made.get(key)
            if entry is None:
                entry = made[key] = Entry(str(source), str(where))
                if subject:
                    entry.of["model"] = str(subject)
                for f, levels in held:
                    if levels[i] is not None and levels[i] == levels[i] and len(str(levels[i])) <= LONGEST:
                        entry.of[f] = str(levels[i])
                if apart:
                    entry.of.setdefault("state", "cold" if cold[i] else "warm")
            if status in ("error", "timeout"):
                entry.failed, entry.message = True, str(message or "")
            if value is None or value != value or metric == "request" or status != "ok":
                continue
            known = metric_of(metric)
            word = _STATS.get(str(stat), str(stat))
            title = f"{known.title} ({word})" if word else known.title
            entry.values.setdefault(title, Value(float(value), known.unit, metric)).positions.append(int(pos))
        entries = list(made.values())
        self._labelled(entries)
        return entries

    def _labelled(self, entries: Sequence[Entry]) -> None:
        """What the line of a record is called, in a file of several: "BenchmarkCold/llama/short"."""
        lines = self._lines
        by: dict[str, list[tuple[Entry, list[str]]]] = {}
        for entry in entries:
            m = re.fullmatch(r"line (\d+)", entry.place)
            line = lines.get((entry.file, int(m[1]))) if m else None
            label = _LABEL.match(line.text) if line is not None else None
            if label is not None:
                by.setdefault(entry.file, []).append((entry, label[0].strip().split("/")))
        for rows in by.values():
            for k in range(max(len(p) for _, p in rows)):
                parts = [p[k] if k < len(p) else "" for _, p in rows]
                if len(set(parts)) < 2:
                    continue
                for (entry, _), piece in zip(rows, parts, strict=True):
                    text = re.sub(r"-\d+$", "", piece)  # of how many threads
                    said = {re.sub(r"[\W_]", "", x.lower()) for x in entry.of.values()}
                    if text and re.sub(r"[\W_]", "", text.lower()) not in said:
                        entry.of["case" if "case" not in entry.of else f"case {k}"] = text

    @cached_property
    def _lines(self) -> dict[tuple[str, int], Line]:
        return {(x.file, x.number): x for x in self.world.corpus.lines}

    def _facts(self) -> tuple[dict[str, dict[str, str]], set[tuple[str, str]]]:
        """What a JSON file says once, above or beside its records (which card, which processor), and the places of it
        that are no records for that."""
        places: dict[str, dict[str, set[str]]] = {}
        table = self.world.dataset.table
        for source, where in {(str(a), str(b)) for a, b in zip(table["source"], table["where"], strict=True)}:
            place = plain_place(where)
            places.setdefault(source, {}).setdefault(re.sub(r"\d+", "#", place), set()).add(place)
        made: dict[str, dict[str, list[str]]] = {}
        aside: set[tuple[str, str]] = set()
        held = {f: {h for x in named.values() for h in x if h} for f, named in places.items()}
        most_of = {f: max(len(x) for x in named.values()) for f, named in places.items()}
        for row in self.world.originals.rows:
            patterns = places.get(row.file)
            if patterns is None or not row.file.lower().endswith(".json"):
                continue
            most = most_of[row.file]
            place = plain_place(row.place)
            own = len(patterns.get(re.sub(r"\d+", "#", place), ()))
            if own > 1 or (own and most < 2):
                continue
            above_ = [place[:i] for i, c in enumerate(place) if c == "/"]
            if any(h in held[row.file] for h in above_) and (
                most < 2 or any(len(patterns[re.sub(r"\d+", "#", h)]) > 1 for h in above_ if h in held[row.file])
            ):
                continue
            if own:
                aside.add((row.file, place))
            for name, cell in row.cells.items():
                if not row.owns(name) or len(cell) > LONGEST or NO_NAME.search(cell) or _PASSING.search(name):
                    continue
                above = re.sub(r"/?\d+$", "", place).rsplit("/", 1)[-1]
                said = f"{above} {leaf(name)}" if above else leaf(name)
                values = made.setdefault(row.file, {}).setdefault(said, [])
                if cell not in values:
                    values.append(cell)
        return {f: {n: x[0] for n, x in named.items() if len(x) == 1} for f, named in made.items()}, aside


def pooled(entries: Sequence[Entry], apart: Sequence[str] = ()) -> list[Entry]:
    """Records that are alike in all that says which they are, as one with the medians of its values. `apart`: "file" keeps
    those of several files apart, and few of them as they are; else runs of one number each are put together."""
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for e in entries:
        of = sorted((c, x) for c, x in e.of.items() if apart or c.lower() not in REPEATS)
        key = (e.file if apart else "", str(e.failed), *(f"{c}={x}" for c, x in of))
        groups.setdefault(key, []).append(e)
    made: list[Entry] = []
    for own in groups.values():
        if len(own) < (_SAMPLES if apart else 2) or own[0].failed:
            made += own
            continue
        one = Entry(
            own[0].file,
            own[0].place,
            {c: x for c, x in own[0].of.items() if apart or c.lower() not in REPEATS},
            n=sum(e.n for e in own),
        )
        for title in dict.fromkeys(t for e in own for t in e.values):
            held = [e.values[title] for e in own if title in e.values]
            middle = statistics.median(v.number for v in held)
            places = [p for v in held for p in v.positions][:_SHOWN_PLACES]
            every = tuple(x for v in held for x in (v.held or (v.number,)))[:_HELD]
            one.values[title] = Value(middle, held[0].unit, held[0].metric, places, every)
        made.append(one)
    return made


_SAMPLES = 6  # records of one file that are alike from which on they are samples of one thing
_SHOWN_PLACES = 40
_HELD = 20_000
