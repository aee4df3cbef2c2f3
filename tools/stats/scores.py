"""Scores of the answers: what each run got right, beside the others that answered the same tasks.

A run is one system under one set of settings in one file. Its score is the mean over its tasks, or what the file states
of them. Runs stand on one board where they answered the same tasks as often; where no file names tasks, those of one
suite do. Which column is a score is told by the registry (quality) or by the last word of its name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, NOT_NAMED, Board, BoardEntry, Json, Recipe, Role
from chimera_report.tools.scored import better

from .columns import Selection
from .once import once
from .prepared import Prepared

_TASKS = frozenset(("task", "question", "problem", "item", "test", "benchmark", "dataset", "prompt", "id"))
_OF_A_REFERENCE, _NOTHING = frozenset({"kl_divergence"}), 1e-4  # a format is held against the unquantised one
FEWER = 0.05  # chance up to which a difference is none
_FEWEST, _MOST = 3, 24  # runs of a board: two of them are a pair, which other statements tell
# How likely a model finds a text depends on its words: two models do not compare, two formats of one do.
_OF_ONE_MODEL = frozenset(("perplexity", "word_perplexity", "bits_per_byte", "kl_divergence"))
_KIN = re.compile(r"[a-z]{3,}|\d+(?:\.\d+)?[bm](?![a-z])")
_CALLED = ("subject", "condition", "suite")  # what tells runs apart, before the names of their files
_OWN = (Role.SYSTEM, Role.SETTING, Role.ENVIRONMENT)
_NONE = (Role.STATUS, Role.ERROR, Role.TIME, Role.OUTCOME, Role.COUNT, Role.LABEL)


@dataclass(frozen=True, slots=True)
class _Run:
    rows: Selection
    subject: str
    suite: str
    source: str
    settings: dict[str, str]
    work: tuple[frozenset[str], int]
    value: float
    n: int | None
    tokens: float | None


def every_board(prepared: Prepared) -> list[Board]:
    """All boards, by metric; those with more runs first."""
    metrics = dict.fromkeys(k.metric for k in prepared.measures() if better(k.metric))
    return [b for m in metrics for b in _boards(prepared, m)]


def board(prepared: Prepared, metric: str, definition: str, place: list[str]) -> Board:
    """One of them by the arguments of its recipe. Raises KeyError where there is none."""
    for item in _boards(prepared, metric):
        if item.recipe.args["definition"] == definition and item.recipe.args["place"] == place:
            return item
    raise KeyError(f"no scores stand side by side: {metric}, {place}")


@once
def _boards(prepared: Prepared, metric: str) -> tuple[Board, ...]:
    every = prepared.all_rows()
    fits = every.has("origin", "measured") & every.has("status", "ok") & every.has("metric", metric)
    fits &= ~every.number("duplicate") & np.isfinite(every.values)
    rows = every.keep(fits & (every.has("stat", "mean") | every.has("stat", "sample")))
    if registered(metric).unit == "share":
        rows = rows.keep(rows.values <= 1.0)
    groups: dict[tuple[Any, ...], list[_Run]] = {}
    for run in _runs(prepared, rows):
        tasks, count = run.work
        definition = run.rows.name("definition")
        family = _family(run.subject) if metric in _OF_ONE_MODEL else ""
        place = (definition, *(("", count) if tasks else (run.suite, 0)), family, tasks)
        groups.setdefault(place, []).append(run)
    found = [b for place, runs in groups.items() if (b := _board(metric, place, runs)) is not None]
    return tuple(sorted(found, key=lambda b: -len(b.entries)))


def _runs(prepared: Prepared, rows: Selection) -> Iterator[_Run]:
    for part in rows.split("source", "suite", "subject"):
        chosen = [f for f in prepared.varying(part) if prepared.dataset.role_of(f) in _OWN and f not in prepared.blocks]
        for own in part.split(*(FACTOR + f for f in chosen)):
            run = _run(prepared, own)
            if run is not None:
                yield run


def _run(prepared: Prepared, rows: Selection) -> _Run | None:
    stated = rows.keep(rows.has("stat", "mean"))
    answers = _answers(rows.keep(rows.has("stat", "sample")))
    settings = {
        f: rows.level(f)
        for f in prepared.factors
        if f not in prepared.blocks
        and prepared.dataset.role_of(f) not in (*_NONE, Role.REPLICATE)
        and len(rows.levels(f)) == 1
        and rows.levels(f)[0] != NOT_NAMED
        and "://" not in rows.levels(f)[0]  # an address says nothing of the run
        and (rows.factor(f) >= 0).all()
    }
    whole = _whole(prepared, rows, settings)
    coarse = np.setdiff1d(rows.number("rid"), answers.number("rid")) if len(answers) else np.zeros(0)
    work = _work(prepared, whole.keep(~np.isin(whole.number("rid"), coarse)))
    if len(stated):
        if len(set(stated.values.tolist())) > 1:
            return None  # of several parts of the run: neither is its score
        value, told = float(stated.values[0]), stated.number("n")[0]
        n = int(told) if np.isfinite(told) and told > 1 else work[1] or None
        rows = stated
    else:
        rows = answers
        value, n = float(rows.values.mean()), len(rows)
        if n > 1 and (rows.values.min() < 0 or rows.values.max() > 1):
            return None  # points of several tests with scales of their own
        if work[1] > n:
            return None  # some of its answers have no score
    tokens = whole.keep(whole.has("metric", "output_tokens") & whole.has("stat", "sample") & np.isfinite(whole.values))
    length = float(tokens.values.mean()) if n and len(tokens) == n else None  # of all answers, or of none
    subject, suite, source = (rows.name(c) for c in ("subject", "suite", "source"))
    return _Run(rows, subject, suite, source, settings, work, value, n if n and n > 1 else None, length)


def _answers(rows: Selection) -> Selection:
    """The rows of single answers: beside them a file may state the score of each category in another column."""
    return max(rows.split("column"), key=len, default=rows)


def _whole(prepared: Prepared, rows: Selection, settings: dict[str, str]) -> Selection:
    """Everything that was recorded of the run, failed records included."""
    every = prepared.all_rows()
    mask = every.has("source", rows.name("source")) & every.has("suite", rows.name("suite"))
    mask &= every.codes("subject") == rows.codes("subject")[0]
    for name, level in settings.items():
        column = FACTOR + name
        mask &= every.has(column, level) | (every.codes(column) < 0)
    return every.keep(mask)


def _work(prepared: Prepared, whole: Selection) -> tuple[frozenset[str], int]:
    """The tasks of a run, and how many answers it gave to them; nothing where no column names tasks."""
    for name in prepared.factors:
        if _TASKS.intersection(name.split("_")) and prepared.dataset.role_of(name) not in _NONE[:-1]:
            levels = whole.levels(name)
            if len(levels) > 1:
                asked = whole.keep(whole.factor(name) >= 0)
                return frozenset(levels), len(np.unique(asked.number("rid")))
    return frozenset(), 0


def _board(metric: str, place: tuple[Any, ...], runs: list[_Run]) -> Board | None:
    names = dict.fromkeys(n for r in runs for n in r.settings)
    apart = [n for n in names if len({r.settings.get(n, "") for r in runs}) > 1]
    apart = [n for n in apart if not all(r.settings.get(n, "-").casefold() in r.subject.casefold() for r in runs)]
    by_all = [n for n in apart if all(n in r.settings for r in runs)]
    apart = by_all if by_all and not _alike(_called(_once(runs, by_all), by_all), list(_CALLED)) else apart
    runs = _once(runs, apart)
    if metric in _OF_A_REFERENCE:  # which is no rival of the others
        runs = [r for r in runs if abs(r.value) > _NOTHING]
    if not _FEWEST <= len(runs) <= _MOST or len({r.value for r in runs}) < 2:
        return None
    tasks, count = place[-1], place[2]
    by = _called(runs, apart)
    named = [n for n in _CALLED if len(set(by[n])) > 1]
    if _alike(by, named):
        named.append("file")
    if _alike(by, named):
        return None  # nothing tells two of them apart
    if "condition" not in named:
        apart = []
    high = better(metric) == "higher"
    runs = sorted(runs, key=lambda r: (-r.value if high else r.value, r.subject, r.suite, r.source))
    rows = runs[0].rows.joined(*(r.rows for r in runs[1:]))
    key: list[Json] = [str(place[1]), count, place[3], *sorted(tasks)]
    return Board(
        recipe=Recipe(function="board", args={"metric": metric, "definition": place[0], "place": key}),
        rows=rows.cite(),
        metric=metric,
        definition=place[0],
        suite=runs[0].suite if len({r.suite for r in runs}) == 1 else "",
        tasks=len(tasks),
        named_by=tuple(named),
        apart=_apart(metric, runs),
        entries=tuple(
            BoardEntry(
                subject=r.subject,
                suite=r.suite,
                file=PurePosixPath(r.source).stem,
                condition={n: r.settings[n] for n in apart if n in r.settings},
                value=r.value,
                n=r.n,
                right=_right(metric, r),
                tokens=r.tokens,
            )
            for r in runs
        ),
    )


def _family(name: str) -> str:
    """What tells models apart whatever format their weights are in: "qwen 27b" of Qwen3-27B-Q4_K_M."""
    return " ".join(_KIN.findall(name.rpartition("/")[2].casefold())) or name


def _called(runs: list[_Run], apart: list[str]) -> dict[str, list[Any]]:
    return {
        "subject": [r.subject for r in runs],
        "condition": [tuple(r.settings.get(n, "") for n in apart) for r in runs],
        "suite": [r.suite for r in runs],
        "file": [r.source for r in runs],
    }


def _once(runs: list[_Run], apart: list[str]) -> list[_Run]:
    """The runs, without what a second file of a suite states of one again."""
    found = {(r.subject, r.suite, *(r.settings.get(n, "") for n in apart), r.value): r for r in reversed(runs)}
    return list(found.values())[::-1]


def _alike(by: dict[str, list[Any]], named: list[str]) -> bool:
    """Whether two runs are called the same by these."""
    called = list(zip(*(by[n] for n in named), strict=True)) if named else []
    return len(set(called)) < len(next(iter(by.values())))


def _apart(metric: str, runs: list[_Run]) -> bool | None:
    """Whether the first and the last differ by more than chance gives (Fisher's exact test of right answers, two-sided,
    5 %); None where nothing says of how many answers they are."""
    (a, n), (b, m) = ((_right(metric, r), r.n or 0) for r in (runs[0], runs[-1]))
    if a is None or b is None:
        return None
    ways = [math.comb(n, k) * math.comb(m, a + b - k) for k in range(max(0, a + b - m), min(n, a + b) + 1)]
    seen = math.comb(n, a) * math.comb(m, b)
    return sum(w for w in ways if w <= seen * (1 + 1e-9)) <= FEWER * sum(ways)


def _right(metric: str, run: _Run) -> int | None:
    if registered(metric).unit != "share" or not run.n:
        return None
    right = round(run.value * run.n)
    return right if abs(run.value * run.n - right) < 0.01 else None
