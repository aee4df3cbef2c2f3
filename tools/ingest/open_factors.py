"""Columns that no registry knows and that tell the records of a table apart: settings by their values."""

from __future__ import annotations

import re

import numpy as np

from chimera_report.tools.metrics import normalise, resolve_factor, unit_name
from chimera_report.tools.schema import Role, is_run_length, named_role

from . import cells
from .came_out import came_out, is_tally, is_verdict, made_of_others, of_agent
from .columns import Columns
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Coded, Ints
from .run_names import VARIED, of_records

_NO_FACTOR = frozenset((Role.REPLICATE, Role.TIME, Role.STATUS, Role.ERROR, Role.OUTCOME, Role.COUNT, Role.LABEL))
_NO_LEVELS = frozenset(
    (
        "column",
        "id",
        "pid",
        "time",
        "port",
        "index",
        "idx",
        "code",
        "bytes",
        "exit",
        "retries",
        "sample",
        "attempt",
        "try",
        "rollout",
    )
)
_FEW = 4  # records, below which a column's values alone make no levels
_CHOSEN = frozenset((Role.SETTING, Role.SYSTEM, Role.ENVIRONMENT))
_LABELS = frozenset(
    ("name", "label", "title", "test_name", "variant", "entry", "case_name", "experiment", "scenario_name")
)
_RUN_NAME = frozenset(("name", "label", "tag", "run", "id", "config", "experiment", "test", "case", "title", "exp"))
_MOST_TEXTS = 24  # texts that are levels
_MOST_LEVELS = 16  # of numbers that are levels
_CROSSED = 0.3  # share of all combinations with the known factors that have to occur
_ON = frozenset(("1", "1.0", "true", "yes", "on", "x", "enabled"))
# Readings of a machine: a number of these that few levels have was measured, not chosen.
_READINGS = frozenset(("vram", "ram", "gtt", "memory", "mem", "temp", "temperature", "power", "util", "utilization"))
_NO_NAMES = (
    "_id",
    "_note",
    "_notes",
    "_comment",
    "_remark",
    "_reason",
    "validity",
    "path",
    "file",
    "hash",
    "digest",
    "checksum",
    "sha",
    "sha256",
    "sha1",
    "md5",
    "fingerprint",
    "crc",
)
# What the same work ran on. A model or a setting that has a machine of its own is not told apart from it.
_MACHINES = frozenset(("gpu", "gpu_name", "gpu_model", "gpu_type", "accelerator", "chip", "soc", "instance_type"))
_REMARKS = frozenset((
    "note", "notes", "comment", "comments", "remark", "remarks", "outcome", "detail", "details", "reason", "reasons",
    "message", "expected", "expectation", "check", "checks", "explanation", "rationale", "pattern", "regex", "why",
))  # fmt: skip
_PROSE = re.compile(r"[\\^$*{}\[\]|~\"'<>]|\S+\s+\S+\s+\S+\s+\S+")  # patterns, quotes and sentences are no levels
# Tokens that a model produced are a result, unless they are the few round numbers of a plan.
_PRODUCED = frozenset(("generated", "completion", "produced", "output", "eval", "response", "answer", "predicted"))


def more_factors(
    table: dict[str, Column], found: Columns, factors: dict[str, Coded], subject: Coded, size: int
) -> dict[str, str]:
    """Text columns that group records although no registry knows them.

    They have few levels, repeated, and say something that the known factors do not say already: `config_name`
    (`g40_c1024_t0.2`) only restates them.
    """
    if size < 2 or not found.rest:
        return {}
    known = [f.codes for f in [*factors.values(), subject] if len(f.levels) > 1]
    groups = _combine(known, size)
    # How long a run was says nothing of what ran: where each card has a length of its own, the card is a condition.
    lengths = [f.codes for label, f in factors.items() if is_run_length(label)]
    settled = [k for k in known if not any(k is codes for codes in lengths)]
    more: dict[str, str] = {}
    for name in found.rest:
        column = table[name]
        label = normalise(name.rpartition(STEP)[2])
        if column.dtype != object or (_all_numbers(column) and _flag(column) is None):
            own = not name.startswith(ABOVE) or named_role(label) in (Role.WORKLOAD, Role.SETTING)
            new = bool(label) and label not in factors and own and size >= _FEW
            fits = new and _is_grid(label, column, groups) and not is_tally(name) and not of_agent(label, table)
            if fits and not made_of_others(name, table):
                more[resolve_factor(label) or label] = name
            continue
        role = named_role(label)
        chosen = role in _CHOSEN  # its name alone says that it was varied, however few records there are
        if not _names_something(name, label, inherited=chosen) or label in factors:
            continue
        if (flag := _flag(column)) is not None:
            table[name] = column = flag
        codes = _levels(column, size if chosen else size // 2)
        if codes is None or role in _NO_FACTOR or (size < _FEW and not chosen):
            continue
        of = settled if chosen else known
        if label in _MACHINES:  # what it ran on is told, even where settings changed along with it
            if any(_alike(codes, cells.distinct(table[n])[0]) for k, n in more.items() if k in _MACHINES):
                continue
        elif of and (_determines(_combine(of, size), codes) or any(_alike(k, codes) for k in of)):
            continue
        more[label] = name
    if not more and (name := _label_of_rows(table, found, factors, groups, size)):
        label = normalise(name.rpartition(STEP)[2])
        more["variant" if named_role(label) is Role.LABEL or not label else resolve_factor(label) or label] = name
    told = {column: label for label, column in more.items()}
    if VARIED not in factors and (name := _of_names(table, found, subject, told)):
        more[told.get(name, VARIED)] = name
    return _said_once(more, table)


def _of_names(table: dict[str, Column], found: Columns, subject: Coded, told: dict[str, str]) -> str:
    """The column that holds names of runs, now with the setting that only these tell; "" for none."""
    others = [table[c] for c in table if c not in found.metrics]
    for name in found.rest:
        words = set(normalise(name.rpartition(STEP)[2]).split("_"))
        if table[name].dtype != object or name.startswith(ABOVE) or not (_RUN_NAME & words or name in told):
            continue
        left = of_records(table[name], [c for c in others if c is not table[name]], subject)
        if left is not None:
            table[name] = left
            return name
    return ""


def _said_once(more: dict[str, str], table: dict[str, Column]) -> dict[str, str]:
    """Without numbers that say what another column says: `problems` 164 and 1140 beside `task` humaneval and mmlu."""
    codes = {label: cells.distinct(table[name])[0] for label, name in more.items()}
    texts = [label for label, name in more.items() if not _all_numbers(table[name])]
    kept: list[str] = []
    for label in [*texts, *(k for k in more if k not in texts)]:
        again = label not in texts and any(_alike(codes[label], codes[k]) for k in kept)
        kept += [] if again else [label]
    return {label: name for label, name in more.items() if label in kept}


def _names_something(name: str, label: str, *, inherited: bool = False) -> bool:
    own = bool(label) and (inherited or not name.startswith(ABOVE))
    return own and label not in _REMARKS and not label.endswith(_NO_NAMES) and not is_verdict(label)


def _levels(column: Column, most: int) -> Ints | None:
    """The codes of short texts that can be levels of something: from 2 to `most`, none a number, a date or prose."""
    codes, values = cells.distinct(column)
    if not 2 <= len(values) <= min(_MOST_TEXTS, most) or not all(isinstance(v, str) and len(v) <= 48 for v in values):
        return None
    if sum(bool(_PROSE.search(v)) for v in values) * 3 > len(values):
        return None
    text = np.array(values, dtype=object)
    if np.isfinite(cells.numbers(text)).any() or cells.times(text) is not None or cells.like_dates(values):
        return None
    return codes


def _label_of_rows(table: dict[str, Column], found: Columns, factors: dict[str, Coded], groups: Ints, size: int) -> str:
    """The column that tells apart records which nothing else does: the first one, or one that is called a name.

    Without it `baseline`, `flash` and `speculative` would be three repeats of one thing. Numbered names are repeats.
    """
    if size > _MOST_TEXTS or len(np.unique(groups)) == size:
        return ""
    own = [c for c in table if not c.startswith((ABOVE, GIVEN))]
    if not own or found.started:
        return ""
    for name in dict.fromkeys([own[0], *(c for c in own if normalise(c.rpartition(STEP)[2]) in _LABELS)]):
        label = normalise(name.rpartition(STEP)[2])
        if name not in found.rest or label in factors or not _names_something(name, label):
            continue
        role = named_role(label)
        if role is not Role.LABEL and (role in _NO_FACTOR or label in _NO_LEVELS):
            continue
        column = table[name]
        if column.dtype != object or _all_numbers(column):
            codes = _planned(column, label) if len(np.unique(groups)) == 1 else None
        else:
            codes = _levels(column, size)
            plain = {re.sub(r"\d+", "", str(v)) for v in column}
            codes = None if len(plain) < 2 else codes
        if codes is not None and len(np.unique(_combine([groups, codes], size))) == size:
            return name
    return ""


def _planned(column: Column, label: str) -> Ints | None:
    """The codes of numbers that somebody chose: whole, all different, rising, and round or powers of two."""
    values = cells.numbers(column)
    if len(values) < 3 or not np.isfinite(values).all() or set(label.split("_")) & (_NO_LEVELS | _READINGS):
        return None
    whole = bool((values % 1 == 0).all() and (values > 0).all() and (np.diff(values) > 0).all())
    if not whole or bool((np.diff(values) == 1).all()):
        return None
    round_ = (values % 8 == 0) | (values % 10 == 0) | np.isin(values, (1, 2, 4, 5))
    return np.arange(len(values)) if bool(round_.all()) else None


def _flag(column: Column) -> Column | None:
    """A column that says one thing or nothing (`--opt`, or blank): with it, and without."""
    blank = cells.where(column, cells.is_nothing) | np.array([v is None or v != v for v in column], dtype=bool)
    said = dict.fromkeys(str(v).strip() for v in column[~blank])
    if len(said) != 1 or min(int(blank.sum()), int((~blank).sum())) < 2:
        return None
    word = next(iter(said))
    return (
        np.where(blank, f"without {word}", word).astype(object)
        if re.fullmatch(r"-{1,2}\w[\w -]*", word)
        else (np.where(blank, "off", "on").astype(object) if word.lower() in _ON else None)
    )


def _all_numbers(column: Column) -> bool:
    return bool(np.isfinite(cells.numbers(column[:50])).all()) if len(column) else False


def _is_grid(label: str, column: Column, groups: Ints) -> bool:
    """Whether numbers are the levels of something that was varied: few, repeated, and crossed with the known factors.

    A measured number is rarely the same twice, and one that counts rows or follows from the factors is no factor.
    """
    values = cells.numbers(column)
    words = set(label.split("_"))
    if named_role(label) in _NO_FACTOR or words & _NO_LEVELS or (words & _READINGS and unit_name(label.split("_")[-1])):
        return False
    if not np.isfinite(values).all():
        return False
    levels, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    if came_out(label, levels):
        return False
    if words & {"tokens", "token", "count"} and words & _PRODUCED and not words & {"max", "target", "requested"}:
        planned = bool(((levels % 8 == 0) | (levels % 10 == 0)).all()) and levels.min() >= 8
        if not planned:
            return False
    if not 2 <= len(levels) <= _MOST_LEVELS or counts.min() < 2 or _determines(groups, codes):
        return False
    cells_ = len(np.unique(_combine([groups, codes], len(codes))))
    return cells_ >= _CROSSED * len(levels) * len(np.unique(groups))


def _combine(codes: list[Ints], size: int) -> Ints:
    """One code for each combination of codes."""
    result: Ints = np.zeros(size, dtype=np.int64)
    for column in codes:
        _, result = np.unique(result * (int(column.max()) + 2) + column + 1, return_inverse=True)
    return result


def _alike(one: Ints, other: Ints) -> bool:
    """Whether two columns change together only."""
    return _determines(one, other) and _determines(other, one)


def _determines(groups: Ints, codes: Ints) -> bool:
    """Whether each group has one code only."""
    return len(np.unique(_combine([groups, codes], len(codes)))) == len(np.unique(groups))
