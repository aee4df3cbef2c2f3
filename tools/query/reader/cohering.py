"""Names of a question, read together: of what each may stand for, that which rows have at once.

"q4" is the level Q4 of one table and the start of Q4_K_M in another; "5090" is a card, a suite and a file. A question
names few things, and they were measured together: where no row has all of them as each is read by itself, the other
columns that each may stand in are tried, and the reading that most rows have is taken. What stands in no level, system,
suite or file is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, islice, product
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query import words
from chimera_report.tools.query.layer import Layer, number_forms
from chimera_report.tools.schema import FACTOR, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

_MOST_READINGS = 400  # of all names together
_MOST_NAMES = 6  # that may stand for something else
_MOST_LEVELS = 400  # of a setting that are looked through
_PIECES = re.compile(r"[a-z]+|\d+")
_PLACES = ("system", "suite", "file")
_COLUMNS = {"system": "subject", "suite": "suite", "file": "source"}


# Who makes what: "the AMD card" is the MI300X.
_MADE_BY = {
    "amd": re.compile(r"\bmi\d{2,3}x?\b|radeon|instinct|ryzen|epyc|strix", re.IGNORECASE),
    "nvidia": re.compile(
        r"\b(?:rtx|gtx|[abhl]\d{2,3}s?|gb\d{3}|t4|v100|dgx|jetson|tesla)\b|geforce|quadro", re.IGNORECASE
    ),
    "intel": re.compile(r"\bxeon|\bi[3579]-\d|\barc\b|gaudi", re.IGNORECASE),
    "apple": re.compile(
        r"\bm[1-5](?: |-|_)?(?:pro|max|ultra)?\b|macbook|mac studio|mac mini|iphone|ipad", re.IGNORECASE
    ),
    "mac": re.compile(r"\bm[1-5](?: |-|_)?(?:pro|max|ultra)?\b|macbook|mac studio|mac mini|apple", re.IGNORECASE),
}


@lru_cache(maxsize=1 << 13)
def _pieces(text: str) -> tuple[str, ...]:
    return tuple(_PIECES.findall(text.lower()))


@lru_cache(maxsize=1 << 15)
def called(word: str, name: str) -> bool:
    """Whether a name has a word as whole pieces of it: q4 of Q4_K_M, 5090 of GeForce RTX 5090, m3max of "Apple M3 Max";
    never 8b of 18B."""
    if (made := _MADE_BY.get(word.lower())) is not None and made.search(name):
        return True
    pieces = _pieces(name)
    for form in (word.lower(), *number_forms(word.lower())):
        wanted = "".join(_pieces(form))
        if not wanted:
            continue
        for i in range(len(pieces)):
            joined = ""
            for piece in pieces[i:]:
                joined += piece
                if joined == wanted:
                    return True
                if len(joined) >= len(wanted):
                    break
    return False


def readings(word: str, layer: Layer) -> list[Where]:
    """What a word may stand for: levels of each setting, systems, suites, files, as one condition for each column."""
    if not re.search(r"[a-z]{2}|[a-z]\d|\d[a-z]|\d{3}", word.lower()):
        return []
    found = []
    for field in (*layer.naming, *(f for f in layer.ranked if f not in layer.naming)):
        levels = layer.levels[field]
        if len(levels) > _MOST_LEVELS or (
            word.replace(".", "").isdigit() and all(x.replace(".", "").isdigit() for x in levels)
        ):
            continue
        if own := tuple(x for x in levels if len(x) <= 80 and called(word, x)):
            found.append(Where(field=field, op="in", values=own))
    for field in _PLACES:
        names = sorted({str(x) for x in layer.dataset.table[_COLUMNS[field]].unique() if str(x)})
        if own := tuple(x for x in names if called(word, x)):
            found.append(Where(field=field, op="in", values=own))
    return found


def _mask(where: Where, layer: Layer) -> np.ndarray | None:
    """The rows of the table that a condition is true of; None for one that is not of levels."""
    table = layer.dataset.table
    if where.field == "name":
        owned: set[int] = set()
        for value in where.values:
            owned |= layer.names.having(value)
        held = layer.table["grp"].isin(owned).to_numpy()
        return ~held if where.op == "lacks" else held
    if where.op not in ("=", "in") or (where.field not in _COLUMNS and where.field not in layer.factors):
        return None
    column = table[_COLUMNS.get(where.field) or FACTOR + where.field].astype(str).str.lower()
    return np.asarray(column.isin([v.lower() for v in where.values]))


def cohere(found: Slots, wanted: Sequence[str], layer: Layer) -> bool:
    """Reads the names of a question anew where no row with one of these metrics has all of them; whether it did."""
    every = [*found.wheres, *(w for side in found.sides for w in side)]
    options = {w: [w, *_others(w, layer)] for w in every}
    told = {w: o for w, o in options.items() if len(o) > 1}
    if not told or len(told) > _MOST_NAMES:
        return False
    masks = {w: _mask(w, layer) for o in options.values() for w in o}
    table = layer.dataset.table
    ok = (table["status"] == "ok").to_numpy()
    metrics = [ok & (table["metric"] == m).to_numpy() for m in wanted if m in layer.metrics]
    sides = found.sides if len(found.sides) > 1 else [()]
    best: tuple[tuple[int, int], dict[Where, Where]] | None = None
    for chosen in islice(product(*told.values()), _MOST_READINGS):
        instead = dict(zip(told, chosen, strict=True))
        kept = sum(w == x for w, x in instead.items())
        for rank, own in enumerate(metrics):
            held = [_rows(own, [instead.get(w, w) for w in (*found.wheres, *side)], masks) for side in sides]
            if not all(h.any() for h in held) or any((a & b).any() for a, b in combinations(held, 2)):
                continue  # sides that share rows are not two things
            score = (kept - 10 * rank, min(int(h.sum()) for h in held))
            if best is None or score > best[0]:
                rows = np.logical_or.reduce(held)
                best = (score, {w: _narrowed(x, rows, layer) if x != w else w for w, x in instead.items()})
    if best is None or all(w == x for w, x in best[1].items()):
        return False
    found.wheres = [best[1].get(w, w) for w in found.wheres]
    found.sides = [tuple(best[1].get(w, w) for w in side) for side in found.sides]
    return True


_DEVICES = re.compile(r"node|gpu|device|card|accelerator|hardware|tensor_parallel|^tp|world_size")


def _others(where: Where, layer: Layer) -> list[Where]:
    """What else a condition of a question may stand for."""
    if where.field == "name" and where.op == "has" and len(where.values) == 1:
        whole = where.values[0].lower() in layer.names.whole  # what is a level is no part of a machine's name as well
        return [w for w in readings(where.values[0], layer) if not whole or w.field not in layer.environment]
    if where.op == "=" and (
        where.field == "system" or where.field in layer.worded
    ):  # which has no such value, and others do
        return [w for w in readings(where.values[0].lower(), layer) if w.field not in (where.field, *_PLACES[1:])]
    if where.op == "=" and _DEVICES.search(where.field.lower()) and where.values[0].isdigit():
        # "On 4 Macs", where a column says TP4.
        made = []
        for field in layer.worded & set(layer.varying):
            own = tuple(
                x
                for x in layer.levels[field]
                if compiled(rf"(?:tp|pp|dp|x)?{where.values[0]}x?(?:[a-z]\w*)?").fullmatch(x.lower())
            )
            made += [Where(field=field, op="in", values=own)] if own else []
        return made
    return []


def _rows(own: np.ndarray, wheres: Sequence[Where], masks: dict[Where, np.ndarray | None]) -> np.ndarray:
    for where in wheres:
        mask = masks.get(where)
        own = own if mask is None else own & mask
    return own


def _narrowed(where: Where, rows: np.ndarray, layer: Layer) -> Where:
    """The condition with the levels that these rows have."""
    if where.field == "name":
        return where
    column = layer.dataset.table[_COLUMNS.get(where.field) or FACTOR + where.field]
    there = {str(x) for x in column[rows].dropna().unique()}
    values = tuple(v for v in where.values if v in there) or where.values
    return where.model_copy(update={"values": values, "op": "=" if len(values) == 1 else "in"})


def _holds(where: Where, metrics: Sequence[str], layer: Layer) -> bool:
    """Whether rows with a condition have a value of one of these metrics."""
    mask = _mask(where, layer)
    held = layer.dataset.table["metric"].isin(metrics)
    return mask is not None and bool((mask & held.to_numpy()).any())


def linked_words(found: Slots, layer: Layer) -> Iterator[Where]:
    """Words and numbers that nothing else explained and that are pieces of levels in words, of one setting: taken out
    of what is left."""
    from chimera_report.tools.claims import english

    numbers = [n for n in found.numbers if re.fullmatch(r"\d{3,4}", n)]  # "the 5090"
    for word in dict.fromkeys([*found.left, *numbers]):
        if english(word) and word.isalpha() and word not in _MADE_BY:
            continue
        own = [w for w in readings(word, layer) if w.field in _PLACES or w.field in layer.worded]
        if word in _MADE_BY:  # of which a few rows may speak that hold nothing of what is asked
            own = [w for w in own if _holds(w, [m for c in found.metrics or [words.SPEED] for m in c], layer)]
        if own:
            found.left = [w for w in found.left if w != word]
            found.numbers = [n for n in found.numbers if n != word]
            yield own[0]
