"""What the cells of a column say that its header does not: formats of weights, and repeats of one measurement."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import METRICS, STATS, Resolved, normalise, unit_name
from chimera_report.tools.schema import is_quantisation

from . import cells
from .columns import Columns, meaning_of
from .names import is_model, without_stamp
from .reading import ABOVE, GIVEN, STEP, Column

_LOOK = 1000
_MOST_PLACES = 12
_NAMES = frozenset((
    "name", "label", "title", "entry", "id", "test", "benchmark", "variant", "target", "target_model", "base_model",
    "main_model",
))  # fmt: skip
_SIZED = re.compile(r"(?:^|[\s/_-])(?:\d+(?:\.\d+)?[bB](?:$|[\s:_-])|I?Q\d_\w+)")
_ARMS = frozenset(("arm", "precision", "weights", "weight_format", "scheme", "model_precision"))  # one is enough
_NUMBERED = re.compile(r"(.*[A-Za-z)])[ _#-]?(\d{1,2})")


def by_cells(table: dict[str, Column], found: Columns) -> None:
    """Correct the roles in place.

    A column called `name` most of whose cells name a model is the model, where no other column is.

    A text column whose cells all name a format of weights is the quantisation, whatever it is called (`technique`,
    `precision`), and one called `tag` whose cells are long or dated names is none; one whose cells name no format of
    weights is a variant. `decode_tps_1` and `decode_tps_2`
    are repeats of one measurement. A deviation is that of the metric whose name it shares (`decode_std`, `decode_tps`),
    and a value beside its own deviation is a mean.
    """
    tag = found.factors.get("quantisation", "")
    if tag and normalise(tag.rpartition(STEP)[2]) == "tag" and not _formats(table[tag]):
        if _named_runs(table[tag]):
            del found.factors["quantisation"]
            found.rest.append(tag)
        elif not _of_weights(table[tag]):
            del found.factors["quantisation"]
            found.factors.setdefault("variant", tag)
    alone = [c for c in found.subject if c in table and not c.startswith(GIVEN) and _formats(table[c])]
    if alone and "quantisation" not in found.factors:  # `model: f16`, `model: q4_0`: which weights, of one model
        found.factors["quantisation"] = alone[0]
        found.subject = [c for c in found.subject if c not in alone]
    if not found.subject and not alone:
        named = next((c for c in found.rest if normalise(c.rpartition(STEP)[2]) in _NAMES and _models(table[c])), "")
        if named:
            found.subject.append(named)
            found.rest.remove(named)
    if not found.subject and not alone:
        place = next((c for c in found.rest if normalise(c) == "platform"), found.factors.get("platform", ""))
        if place and not place.startswith((ABOVE, GIVEN)) and _names_several(table[place]):
            found.subject.append(place)  # where nothing else is compared, that is
            found.factors.pop("platform", None)
            found.rest = [c for c in found.rest if c != place]
    if "quantisation" not in found.factors:
        options = [*found.rest, *(c for c in found.metrics if table[c].dtype == object)]
        told = {c: 0 if normalise(c.rpartition(STEP)[2]) in _ARMS else 1 for c in options if not c.startswith(GIVEN)}
        column = next((c for c, least in told.items() if c in table and _formats(table[c], least)), "")
        if column:
            found.factors["quantisation"] = column
            found.metrics.pop(column, None)
            found.rest = [c for c in found.rest if c != column]
    _repeats(found)
    _spreads(table, found)
    _outcome(table, found)
    _right_ones(table, found)


def _texts(column: Column) -> list[str]:
    if column.dtype != object:
        return []
    return [v for v in dict.fromkeys(column[:_LOOK].tolist()) if isinstance(v, str) and v.strip()]


def _formats(column: Column, least: int = 1) -> bool:
    texts = _texts(column)
    numbers = bool(texts) and bool(np.isfinite(cells.numbers(np.array(texts, dtype=object))).any())
    return len(texts) > least and not numbers and is_quantisation(texts)


def _of_weights(column: Column) -> bool:
    """Whether some text is a model's tag: it names a format of weights, a size, or `latest`."""
    words = [w for t in _texts(column) for w in re.split(r"[-:_ /]", t) if w]
    return any(re.fullmatch(r"latest|[ae]?\d+(?:\.\d+)?[bm]|\d+x\d+b", w, re.IGNORECASE) for w in words) or any(
        is_quantisation([part]) for t in _texts(column) for part in (t, *re.split(r"[-: /]", t)) if part
    )


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


def _outcome(table: dict[str, Column], found: Columns) -> None:
    """A yes or no beside an answer is whether the answer was right, where the records hold no time and no rate that a
    request would have, and nothing says that one failed."""
    flags = [c for c in found.success if normalise(c.rpartition(STEP)[2]) in _RIGHT and _is_flag(table[c])]
    timed = any((m := METRICS.get(r.metric)) and m.core and m.unit in _TIMED for r in found.metrics.values())
    wrong = any(cells.where(table[c], lambda w: not cells.is_nothing(w)).any() for c in found.error)
    answered = [c for c in found.text if cells.where(table[c], bool).all() and len(table[c])]
    if len(flags) == 1 and answered and not timed and not wrong:
        found.success.remove(flags[0])
        found.metrics[flags[0]] = Resolved("pass_rate")


_RIGHT_ONES = frozenset(("correct", "num_correct", "n_correct", "exact_match", "em", "passed", "n_passed", "solved"))
_OF_ALL = (
    "total", "n", "num_questions", "n_questions", "questions", "num_samples", "n_samples", "samples", "num_examples",
    "examples", "count", "num_total", "n_total",
)  # fmt: skip


def _right_ones(table: dict[str, Column], found: Columns) -> None:
    """`correct: 254` is how many answers were right, and no share; over the `total` beside it, it is one."""
    for column in [c for c, m in found.metrics.items() if m.metric in METRICS and METRICS[m.metric].unit == "share"]:
        context, _, leaf = column.rpartition(STEP)
        values = cells.numbers(table[column]) if column in table else np.array([])
        known = values[np.isfinite(values)]
        if normalise(leaf) not in _RIGHT_ONES or not len(known) or known.max() <= 1 or (known % 1 != 0).any():
            continue
        meaning = found.metrics.pop(column)
        alike = [m for m in found.metrics.values() if m.metric == meaning.metric and m.stat in ("sample", "mean")]
        place = context + STEP if context else ""
        whole = next((c for c in table if c.startswith(place) and normalise(c[len(place) :]) in _OF_ALL), "")
        if alike or not whole:
            found.rest.append(column)
            continue
        with np.errstate(all="ignore"):
            share = values / cells.numbers(table[whole])
        if (share[np.isfinite(share)] > 1).any() or not np.isfinite(share).any():
            found.rest.append(column)
            continue
        table[column] = share
        found.metrics[column] = replace(meaning, factor=1.0, stat="mean", definition=f"{leaf} / {whole[len(place) :]}")


def _is_flag(column: Column) -> bool:
    words = cells.where(column, lambda w: w.lower() in ("true", "false", "1", "0", "yes", "no", "pass", "fail"))
    return bool(len(column)) and bool(words.all())


_RIGHT = frozenset(("success", "is_success", "succeeded", "successful", "passed", "ok", "is_ok", "found", "retrieved"))
_TIMED = frozenset(("s", "s/token", "tokens/s", "1/s"))
_DEVIATION = frozenset(("std", "stdev", "stddev", "sd", "sigma"))


def _spreads(table: dict[str, Column], found: Columns) -> None:
    for column in [c for c in found.rest if not c.startswith((ABOVE, GIVEN))]:
        context, _, leaf = column.rpartition(STEP)
        words = normalise(leaf).replace("std_dev", "std").split("_")
        base = [w for w in words if w not in _DEVIATION]
        if len(base) == len(words) or not base or not np.isfinite(cells.numbers(table[column])).any():
            continue
        own = [c for c in found.metrics if c.rpartition(STEP)[0] == context and _plain_words(c) == base]
        if len(own) == 1:
            found.metrics[column] = replace(found.metrics[own[0]], stat="sd")
            found.rest.remove(column)
    spread = [(m.metric, m.definition, c.rpartition(STEP)[0]) for c, m in found.metrics.items() if m.stat == "sd"]
    for column, meaning in list(found.metrics.items()):
        place = meaning.metric, meaning.definition, column.rpartition(STEP)[0]
        twins = [c for c, m in found.metrics.items() if (m.metric, m.stat) == (meaning.metric, "sample")]
        if meaning.stat == "sample" and len(twins) == 1 and place in spread and column not in found.repeats:
            found.metrics[column] = replace(meaning, stat="mean")


def _plain_words(column: str) -> list[str]:
    """The words of a metric's name, without its unit and its statistic."""
    words = [w for w in normalise(column.rpartition(STEP)[2]).split("_") if w not in ("mean", "avg", "average")]
    for size in (3, 2, 1):
        if len(words) > size and unit_name(" ".join(words[-size:]).replace(" ", "_")):
            return words[:-size]
    return words


def _names_several(column: Column) -> bool:
    """Whether a column holds two names or more, each of them more than once: what the records are of."""
    names = Counter(v.strip() for v in column[:_LOOK].tolist() if isinstance(v, str) and v.strip())
    return 1 < len(names) <= _MOST_PLACES and min(names.values()) > 1
