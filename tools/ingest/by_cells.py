"""What the cells of a column say that its header does not: formats of weights, and repeats of one measurement."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np

from chimera_report.tools.metrics import METRICS, STATS, normalise
from chimera_report.tools.schema import is_quantisation

from . import cells
from .columns import Columns, meaning_of
from .names import is_model, without_stamp
from .reading import ABOVE, GIVEN, STEP, Column

_LOOK = 1000
_NAMES = frozenset(("name", "label", "title", "entry", "id", "test", "benchmark", "variant"))
_SIZED = re.compile(r"(?:^|[\s/_-])(?:\d+(?:\.\d+)?[bB](?:$|[\s:_-])|I?Q\d_\w+)")
_NUMBERED = re.compile(r"(.*[A-Za-z)])[ _#-]?(\d{1,2})")


def by_cells(table: dict[str, Column], found: Columns) -> None:
    """Correct the roles in place.

    A column called `name` most of whose cells name a model is the model, where no other column is.

    A text column whose cells all name a format of weights is the quantisation, whatever it is called (`technique`,
    `precision`), and one called `tag` whose cells are long or dated names is none. `decode_tps_1` and `decode_tps_2`
    are repeats of one measurement.
    """
    tag = found.factors.get("quantisation", "")
    if tag and normalise(tag.rpartition(STEP)[2]) == "tag" and not _formats(table[tag]) and _named_runs(table[tag]):
        del found.factors["quantisation"]
        found.rest.append(tag)
    if not found.subject:
        named = next((c for c in found.rest if normalise(c.rpartition(STEP)[2]) in _NAMES and _models(table[c])), "")
        if named:
            found.subject.append(named)
            found.rest.remove(named)
    if "quantisation" not in found.factors:
        options = [*found.rest, *(c for c in found.metrics if table[c].dtype == object)]
        column = next((c for c in options if c in table and not c.startswith(GIVEN) and _formats(table[c])), "")
        if column:
            found.factors["quantisation"] = column
            found.metrics.pop(column, None)
            found.rest = [c for c in found.rest if c != column]
    _repeats(found)


def _texts(column: Column) -> list[str]:
    if column.dtype != object:
        return []
    return [v for v in dict.fromkeys(column[:_LOOK].tolist()) if isinstance(v, str) and v.strip()]


def _formats(column: Column) -> bool:
    texts = _texts(column)
    numbers = bool(texts) and bool(np.isfinite(cells.numbers(np.array(texts, dtype=object))).any())
    return len(texts) > 1 and not numbers and is_quantisation(texts)


def _models(column: Column) -> bool:
    """Whether most texts name a model: by its family, its parameters or the format of its weights."""
    texts = _texts(column)
    told = [t for t in texts if is_model(t.split()[0]) or (len(t) <= 80 and _SIZED.search(t))]
    return len(texts) > 1 and len(told) >= 0.6 * len(texts)


def _named_runs(column: Column) -> bool:
    texts = _texts(column)
    return bool(texts) and all(len(t) > 24 or without_stamp(t) != t for t in texts)


def _repeats(found: Columns) -> None:
    """Columns of one name and a running number, from 0 or 1 on, whose name without it is a metric's."""
    groups: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for column in found.rest:
        context, _, leaf = column.rpartition(STEP)
        match = _NUMBERED.fullmatch(leaf)
        if match and not column.startswith((ABOVE, GIVEN)) and normalise(leaf) not in STATS:
            groups[context, match[1].rstrip(" _#-")].append((int(match[2]), column))
    for (context, leaf), members in groups.items():
        numbers = sorted(n for n, _ in members)
        meaning = meaning_of(leaf, context)
        if len(members) < 2 or numbers not in (list(range(len(members))), list(range(1, len(members) + 1))):
            continue
        if meaning is None or meaning.metric not in METRICS or meaning.stat != "sample":
            continue
        for _, column in sorted(members):
            found.metrics[column] = meaning
            found.repeats.add(column)
        found.rest = [c for c in found.rest if c not in found.repeats]
