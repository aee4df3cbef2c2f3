"""What a file says of its records beside what the ingest read as measurements: cells as they stand."""

# ruff: noqa: E501 — patterns are read as a whole

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import resolve
from chimera_report.tools.query.originals import leaf, number_of
from chimera_report.tools.query.shown.record import Entry, Value
from chimera_report.tools.schema import Role

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

_SPEED = re.compile(r"tok\w*_(?:per_|/)s", re.IGNORECASE)
_OUTPUT = re.compile(r"^(?:completion|output|generat\w+)_tok\w*_(?:per_s(?:ec(?:ond)?)?|/s)$", re.IGNORECASE)
LONGEST = 80  # letters of a cell that says which record it is
_AMOUNT = re.compile(r"^(?P<number>-?\d[\d,]*(?:\.\d+)?)\s*(?P<unit>[A-Za-z%°/]{0,12})$")
# Words of headers for what was set: such a number says which record it is, and is no result.
_SET = re.compile(
    r"\b(?:slots?|parallel|u?batch|context|ctx|threads?|layers|concurrency|users|seed|seeds|quant\w*|port|version|max[ _-]?tokens|"
    r"temperature|top[_ -]?[pk]|gpus?|replicas|weights?|param(?:eter)?s?|param_count|storage|file_?size|model_?size)\b", re.IGNORECASE,
)  # fmt: skip
_RESULT = re.compile(
    r"[_ ]usage|gpu_load|util|temp c|power|used|\busage|latency|tok|/s|time|mean|median|p\d\d|avg|%", re.IGNORECASE
)
NO_NAME = re.compile(r"://|@|^#|^\W*$|\.(?:json|csv|txt|log|gguf)$")
_LEVELS = 24  # different numbers from which on a column is no setting


@lru_cache(maxsize=1 << 16)
def measured_one(name: str, text: str) -> bool:
    """Whether a number that a file says once is a result over its records: no setting has four decimals."""
    return number_of(text) is not None and not _SET.search(name) and len(text.partition(".")[2]) > _DECIMALS


_DECIMALS = 3


def sorts(entries: Sequence[Entry]) -> dict[str, int]:
    """File → how many kinds of records it has; requests of one run are one kind."""
    kinds: dict[str, set[str]] = {}
    for e in entries:
        kinds.setdefault(e.file, set()).add(str(sorted(e.of.items())))
    return {f: len(k) for f, k in kinds.items()}


def settings(entries: Sequence[Entry]) -> None:
    """Numbers that were read as nothing, and are the same for all records of each file and others in other files: they
    say which record it is ("draft_steps")."""
    by: dict[str, dict[str, set[float]]] = {}
    count: dict[str, int] = {}
    for e in entries:
        for title, value in e.values.items():
            if not value.metric:
                by.setdefault(title, {}).setdefault(e.file, set()).add(value.number)
                count[title] = count.get(title, 0) + 1
    for title, files in by.items():
        levels = set().union(*files.values())
        one = all(len(x) == 1 for x in files.values()) and count[title] >= 2 * len(files)
        if not one or not 1 < len(levels) <= _LEVELS or _RESULT.search(title) or any(x != int(x) for x in levels):
            continue
        for e in entries:
            if title in e.values:
                e.of.setdefault(title, f"{e.values.pop(title).number:g}")


@lru_cache(maxsize=1 << 16)
def plain_place(place: str) -> str:
    """A place in a file by one way to write it: /entries/2 and entries[2]."""
    text = re.sub(r"\[(\d+)\]", r"/\1", place).replace(".", "/").strip("/")
    return "" if text == "top" else text


def put(entry: Entry, name: str, text: str) -> None:
    """A cell that was read as nothing: a number as it stands, or what says which record it is."""
    if re.fullmatch(r"model(?:[ _]?(?:name|id))?", name, re.IGNORECASE):
        entry.of.setdefault("model", text)
        return
    amount = _AMOUNT.match(text)
    number = number_of(amount["number"]) if amount else None
    if number is not None and amount is not None:
        if _SET.search(name) and not _RESULT.search(name):
            levels = {n for n in (number_of(x) for x in entry.of.values()) if n is not None}
            if number not in levels or not any(w in name.lower() for c in entry.of for w in c.split("_")):
                entry.of.setdefault(
                    " ".join(re.sub(r"[^\w]+", " ", name).split()), text if amount["unit"] else amount["number"]
                )
        elif not any(v.number == number and v.metric for v in entry.values.values()):
            said = {v.metric for v in entry.values.values()}
            read = resolve(name) if _SPEED.search(name) else None
            metric = "output_throughput" if _OUTPUT.search(name) else read.metric if read is not None else ""
            unit = amount["unit"] or ("tokens/s" if metric and metric not in said else "")
            entry.values.setdefault(name, Value(number, unit, metric if metric not in said else ""))
    elif (
        len(text) <= LONGEST and not NO_NAME.search(text) and text.lower() not in {v.lower() for v in entry.of.values()}
    ):
        entry.of.setdefault(name, text)


def merge(entry: Entry, other: Entry) -> None:
    """Another part of the same run."""
    for name, text in other.of.items():
        entry.of.setdefault(name, text)
    for title, value in other.values.items():
        if title in entry.values and entry.values[title].number != value.number:
            title = f"{title} ({other.place})"
        entry.values.setdefault(title, value)
    entry.failed = entry.failed or other.failed


_KEY = re.compile(r"^[A-Za-z][\w .:+-]{1,40}$")
Cells = dict[tuple[str, str], Mapping[str, str]]


def cells_of(world: World) -> tuple[Cells, Cells]:
    """The cells of rows that were read as nothing, by file and place; and all cells of a row, which hold for what is
    listed in it, too."""
    factors = set(world.layer.factors)
    known = {
        (path, leaf(a.name))
        for path, assigned in world.dataset.readings.items()
        for a in assigned
        if a.role in (Role.METRIC, Role.SYSTEM)
        or (a.role not in (Role.UNKNOWN, Role.LABEL, Role.COMPONENT) and leaf(a.name) in factors)
    }
    own: Cells = {}
    above: Cells = {}
    lines: dict[str, list[str]] = {}
    for row in world.originals.rows:
        mine = {leaf(n): c for n, c in row.cells.items() if row.owns(n)}
        key = (row.file, plain_place(row.place))
        lines.setdefault(row.file, []).append(key[1])
        own[key] = {n: c for n, c in mine.items() if (row.file, n) not in known}
        above[key] = mine
    table = world.dataset.table
    last = table[table["where"].astype(str).str.match(r"line \d+$")].groupby("source", observed=True)["where"]
    for file, places in last:
        rows = lines.get(str(file), [])
        ends = max(int(str(p).split()[1]) for p in places.unique())
        if rows and ends == len(rows) + 1 and rows[0] == "row 1":  # no cell goes over several lines
            for k, place in enumerate(rows):
                own[(str(file), f"line {k + 2}")] = own[(str(file), place)]
    return own, above


def inside(entry: Entry, place: str, above: Cells) -> None:
    """What the objects around a record say which it is: the point of a sweep that its rounds are listed under."""
    parts = place.split("/")
    for i in range(len(parts) - 1, 0, -1):
        held = above.get((entry.file, "/".join(parts[:i])), {}) if re.search(r"/\d+/", f"/{place}/") else {}
        for name, text in held.items():
            counted = re.fullmatch(r"\d{1,9}", text) and not _RESULT.search(name) and resolve(name) is None
            if counted and name not in entry.of:
                entry.of[name] = text


def part(entry: Entry) -> None:
    """The key that an object of JSON stands under, as what it is called: {"bf16": {…}, "awq": {…}}."""
    key = re.sub(r"\[\d+\]", "", entry.place.rpartition(".")[2])
    if _KEY.match(key) and key != "top" and not re.match(r"(?:row|line) \d+$", key):
        entry.of["part"] = key
