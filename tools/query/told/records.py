"""Records in words and in a table: by what tells them apart, with what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chimera_report.tools.claims import unit_for
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.originals import number_of
from chimera_report.tools.query.shown import Entry, Linked
from chimera_report.tools.query.shown.record import REPEATS
from chimera_report.tools.query.told.sheet import Telling, converted

MOST_ROWS = 8
_MOST_COLUMNS = 5
# Columns by which people tell things apart.
_THINGS = re.compile(
    r"gpu|device|card|engine|backend|runtime|quant|dtype|precision|concurrency|users|state|case|temperature"
)


def chosen_by(telling: Telling, found: Linked) -> str:
    """By what the records are chosen."""
    told = [telling.name(" ".join(w.words for w in [n])) for n in found.names if n.words not in " ".join(found.unmet)]
    told += [telling.name(b.said) for b in found.bounds if b.said not in found.unmet]
    if len(found.sides) > 1:
        return f" of {listed(told)}" if told else ""
    return f" of {', '.join(told)}" if told else ""


def called(telling: Telling, entry: Entry, found: Linked | None, among: Sequence[Entry] = ()) -> str:
    """A record by what tells it from the others, its model first."""
    columns = [c for c in varying_of(among or telling.world.entries.all) if c in entry.of]
    asked = [c for c in (found.by, found.trend) if c in entry.of] if found is not None else []
    first = ["model"] if "model" in entry.of else []
    columns = list(dict.fromkeys([*first, *asked, *columns]))
    words = [level_words(telling, entry, c) for c in columns[:_MOST_COLUMNS]]
    if len(words) < 2:
        words.append(telling.name(entry.file))
    return ", ".join(words)


def level_words(telling: Telling, entry: Entry, column: str) -> str:
    """A level: a number, or a word that says little, with its column."""
    level = entry.of[column]
    bare = column == "model" or (number_of(level) is None and len(level) > 3)
    return telling.name(level) if bare else f"{column} {telling.name(level)}"


def value_of(telling: Telling, entry: Entry, title: str) -> str:
    value = entry.values[title]
    if not value.metric:
        return telling.fact(value.number, value.unit)
    unit = telling.unit(value.metric, [value.number])
    number = converted(value.number, value.unit, unit)
    return telling.fact(
        number,
        unit,
        metric=value.metric,
        n=entry.n,
        keys={"system": entry.of.get("model", "")},
        positions=value.positions,
    )


def listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


def all_varying(entries: Sequence[Entry]) -> list[str]:
    names = dict.fromkeys(c for e in entries for c in e.of)
    return [c for c in names if len({e.of.get(c, "") for e in entries}) > 1]


def varying_of(entries: Sequence[Entry]) -> list[str]:
    """The columns that tell records apart: no more than are needed for that, and none that another one implies."""
    varied = all_varying(entries)
    varied.sort(
        key=lambda c: (
            c != "model",
            not _THINGS.search(c),
            " " in c,
            c in ("host", "system", "variant"),
            c.startswith(("file", "folder")),
            c in REPEATS,
        )
    )
    kept: list[str] = []
    apart = 1
    for c in varied:
        now = len({tuple(e.of.get(k, "") for k in (*kept, c)) for e in entries})
        if now > apart:
            kept.append(c)
            apart = now
        if apart == len(entries):
            break
    return kept


def implied_by(one: str, other: str, entries: Sequence[Entry]) -> bool:
    """Whether a column says nothing that another one does not."""
    return len({(e.of.get(one), e.of.get(other)) for e in entries}) == len({e.of.get(other) for e in entries})


def determined(column: str, by: Iterable[str], entries: Sequence[Entry]) -> bool:
    return any(implied_by(column, k, entries) for k in by)


_LENGTHS = ("short", "medium", "mid", "long")


def order_of(text: str) -> tuple[float, str]:
    number = number_of(text)
    if number is None:
        number = next((float(i) for i, w in enumerate(_LENGTHS) if w in text.lower()), float("inf"))
    return (number, text)


def along_of(entries: Sequence[Entry], found: Linked) -> str:
    """The column along which values are told: the one that is asked for, or the only one that varies."""
    for column in (found.trend, found.by):
        if column and len({e.of.get(column) for e in entries}) > 1:
            return column
    varied = varying_of(entries)
    return varied[0] if len(varied) == 1 else ""


def ends_of(entries: Sequence[Entry], title: str) -> tuple[Entry, Entry]:
    ranked = sorted(entries, key=lambda e: e.values[title].number)
    return ranked[0], ranked[-1]


def table(telling: Telling, entries: Sequence[Entry], titles: Sequence[str], *, order: str, along: str = "") -> None:
    """The records with the columns that vary and what is asked for, the first few."""
    if len(entries) < 2:
        return
    title = titles[0] if titles else ""
    if order and title:
        ranked = sorted(
            entries, key=lambda e: e.values[title].number if title in e.values else 0.0, reverse=order == "high"
        )
    else:
        ranked = sorted(entries, key=lambda e: order_of(e.of.get(along, ""))) if along else list(entries)
    rows = ranked[:MOST_ROWS]
    first = [along] if along and len({e.of.get(along) for e in entries}) > 1 else []
    columns = list(dict.fromkeys((*first, *varying_of(entries))))[:_MOST_COLUMNS]
    if not columns or len({tuple(e.of.get(c, "") for c in columns) for e in rows}) < len(rows):
        columns = [*columns, ""]  # the file tells them apart
    units = {
        t: unit_for(metric_of(m).unit, [e.values[t].number for e in rows if t in e.values])
        for t in titles
        if (m := next((e.values[t].metric for e in rows if t in e.values), ""))
    }
    made = []
    for e in rows:
        cells = [telling.name(e.file) if not c else telling.name(e.of[c]) if c in e.of else "–" for c in columns]
        for t in titles:
            v = e.values.get(t)
            if v is None:
                cells.append("–")
            elif t in units:
                cells.append(
                    telling.fact(
                        converted(v.number, v.unit, units[t]), units[t], metric=v.metric, n=1, positions=v.positions
                    )
                )
            else:
                cells.append(telling.fact(v.number, v.unit))
        made.append(cells)
    many = any(e.n > 1 for e in rows)
    if many:
        made = [
            [*cells[: len(columns)], telling.fact(e.n), *cells[len(columns) :]]
            for e, cells in zip(rows, made, strict=True)
        ]
        columns = [*columns, "n"]
        how = " or ".join(dict.fromkeys(e.how for e in rows if e.n > 1))
        telling.cannot.append(f"where n is above 1, the value is the {how} of so many records")
    heads = [*(c or "file" for c in columns), *(t[:1].upper() + t[1:] for t in titles)]
    telling.table("Records", heads, made, right=tuple(range(len(columns), len(heads))))
    if len(entries) > MOST_ROWS:
        telling.cannot.append(f"{len(entries) - MOST_ROWS} more rows are not shown")
