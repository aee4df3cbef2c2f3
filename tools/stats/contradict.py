"""Numbers of documents that the measurements contradict: where subject, metric and every stated setting match."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from chimera_report.tools.schema import FACTOR, Alert, Recipe, Stated, StatedValue

from .alerting import make
from .columns import Selection
from .once import once
from .outside import outside
from .prepared import SYSTEM_FACTORS, Prepared

_WORD = re.compile(r"[a-z]*\d+[a-z]*|[a-z]+")
_DIGITS = 3  # of a stated number, from which on an equal measurement elsewhere says something
_FEWEST, _NEARLY = 3, 0.8  # values of a set, and their share, that have to stand elsewhere for the set to be of others
_NEAR = 0.25  # relative, within which a number without a subject is taken to be about one
_OF_THESE = 0.05  # relative, within which a number is one of values that were kept apart
_TTFT = ("ttft", "ttft_incl_load")  # a document rarely says which of the two it states


def contradictions(prepared: Prepared) -> Iterator[Alert]:
    """One alert a document, suite, subject and metric: how many stated numbers were compared, how many are off."""
    for place, judged, wrong in _off(prepared):
        yield _alert(prepared, *place, judged, wrong)


@once
def _off(prepared: Prepared) -> list[tuple[tuple[str, str, str, str], int, list[_Judged]]]:
    """By document, suite, subject and metric: how many stated numbers were compared, and those that are off."""
    every = prepared.all_rows()
    fits = every.has("origin", "reported") & every.has("status", "ok")
    stated = every.keep(fits & (every.has("stat", "sample") | every.has("stat", "mean")) & np.isfinite(every.values))
    pools: dict[str, dict[str, list[Selection]]] = {}  # by metric, then subject without regard to case
    for key in prepared.measures():
        if key.level == "sample" and key.subject:
            by_subject = pools.setdefault(key.metric, {})
            by_subject.setdefault(key.subject.casefold(), []).append(prepared.rows(key))
    torn = every.keep(every.number("torn"))  # a document may be right of these, whatever the others say
    apart = {(p.name("metric"), p.name("subject").casefold()): p.values for p in torn.split("metric", "subject")}
    found: dict[tuple[str, str, str, str], list[_Judged]] = {}
    for where, beyond in outside(prepared, stated).items():
        found[where] = [_Judged(j.wrong, j.off, j.stated, j.nearest, j.row, j.pool, j.low, j.high) for j in beyond]
    seen = {int(j.row.at[0]) for items in found.values() for j in items}
    for i in range(len(stated)):
        row = Selection(stated.columns, stated.at[i : i + 1])
        if int(row.at[0]) in seen:
            continue
        named = row.name("metric")
        for metric in _TTFT if named in _TTFT else (named,):
            match = _match(prepared, row, pools.get(metric, {}))
            if match is not None:
                near = apart.get((metric, match.name("subject").casefold()), np.zeros(0))
                if (np.abs(near / row.values[0] - 1) < _OF_THESE).any():
                    break
                one = _judged(row, match)
                if one.wrong and _of_another(prepared, row, match):
                    break  # the document speaks of other runs than the ones found for it
                place = (row.name("source"), match.name("suite"), match.name("subject"), metric)
                found.setdefault(place, []).append(one)
                break
    out = []
    for place, judged in found.items():
        wrong = _not_of_others(prepared, sorted((j for j in judged if j.wrong), key=lambda j: -j.off), place[3])
        if wrong:
            out.append((place, len(judged), wrong))
    return out


def every_stated(prepared: Prepared) -> list[Stated]:
    """All numbers of documents that the measurements contradict, one item a document, suite, subject and metric."""
    return [_stated(prepared, *place, judged, wrong) for place, judged, wrong in _off(prepared)]


def stated(prepared: Prepared, document: str, suite: str, subject: str, metric: str) -> Stated:
    """One of these. Raises StopIteration for none."""
    place = (document, suite, subject, metric)
    return next(s for s in every_stated(prepared) if (s.document, s.suite, s.subject, s.metric) == place)


@dataclass(frozen=True, slots=True)
class _Judged:
    wrong: bool
    off: float  # relative to what was measured
    stated: float
    measured: float
    row: Selection
    match: Selection
    low: float | None = None  # between which everything lies that was measured of the system, where no setting matched
    high: float | None = None


def _match(prepared: Prepared, row: Selection, by_subject: dict[str, list[Selection]]) -> Selection | None:
    """By the subject that the document names. A number without one has to state two settings that were measured beside
    it, and to come close to one subject only: it can be about any of them."""
    subject = row.name("subject").casefold()
    if subject:
        return _matching(prepared, row, by_subject.get(subject, []))
    if sum(bool(row.level(f)) for f in prepared.factors if f not in prepared.blocks) < 2:
        return None
    folder = PurePosixPath(row.name("source")).parent
    value, near = float(row.values[0]), []
    for pools in by_subject.values():
        beside = [p for p in pools if any(PurePosixPath(s).parent == folder for s in p.known("source"))]
        match = _matching(prepared, row, beside)
        if match is not None and abs(value / float(match.values.mean()) - 1) < _NEAR:
            near.append(match)
    return near[0] if len(near) == 1 else None


def _matching(prepared: Prepared, row: Selection, pools: list[Selection]) -> Selection | None:
    """Measurements of one suite under every setting that the document states, at least one."""
    settings = [f for f in prepared.factors if row.level(f) and f != "section"]  # a heading is no setting
    if not [f for f in settings if f not in prepared.blocks or f == "prompt"]:
        return None
    found = []
    for pool in pools:
        for name in settings:
            pool = pool.keep(pool.has(FACTOR + name, row.level(name)))
        if len(pool):
            found.append(pool)
    # The row has to be the only one that can be meant: a document that leaves the device open states neither's number.
    if len(found) != 1 or set(prepared.varying(found[0])) & SYSTEM_FACTORS:
        return None
    return found[0]


def _words(text: str) -> set[str]:
    """The words of a name, letters beside digits kept together: "Qwen2.5-32B" is qwen2, 5 and 32b."""
    return set(_WORD.findall(text.casefold()))


def _identity(prepared: Prepared, rows: Selection, *, files: bool) -> set[str]:
    """The words that say what rows are of: their model and settings; with `files` their suite and files, too, whose
    names hold words that say nothing ("performance", "summary")."""
    names = [*rows.known("subject"), *([*rows.known("suite"), *rows.known("source")] if files else ())]
    for factor in prepared.factors:
        if factor not in prepared.blocks:
            names += rows.levels(factor)
    return set().union(*map(_words, names)) if names else set()


def _of_another(prepared: Prepared, row: Selection, match: Selection) -> bool:
    """Whether the heading over a stated number, or its place in the document, names something that other measurements
    are of and the matched ones are not: "Results: Qwen 32B" above a number matched to a Llama."""
    title = _words(row.level("section")) if "section" in prepared.factors else set()
    if not title:
        return False
    telling = {w for w in title & _identities(prepared, match.name("metric")) if len(w) > 1}
    telling = {w for w in telling if not w.isdigit()}  # "Top 10" counts rows
    return bool(telling - _identity(prepared, match, files=True) - _words(row.name("subject")))


@once
def _identities(prepared: Prepared, metric: str) -> set[str]:
    """Words of the names of all that the metric was measured of: a number can be of nothing else."""
    return _identity(prepared, _measured(prepared, metric), files=False)


def _not_of_others(prepared: Prepared, wrong: list[_Judged], metric: str) -> list[_Judged]:
    """The stated values that can be of no other runs. One that a measurement of no named system has may be of that; and
    where nearly all of several stand, to the last digit, in the measurements of one other suite and system, they are
    its values. One value that stands somewhere else proves nothing: in a large folder any does."""
    places = [_elsewhere(prepared, item.row, item.match, metric) for item in wrong]
    seen = Counter(place for found in places for place in found)
    if seen and max(seen.values()) >= max(_FEWEST, _NEARLY * len(wrong)):
        return []
    return [item for item, found in zip(wrong, places, strict=True) if all(subject for _, subject in found)]


def _elsewhere(prepared: Prepared, row: Selection, match: Selection, metric: str) -> set[tuple[str, str]]:
    """The (suite, subject) of other measurements of the metric that have the stated value."""
    value = float(row.values[0])
    if len(np.format_float_positional(abs(value), trim="-").replace(".", "").strip("0")) < _DIGITS:
        return set()
    every = _measured(prepared, metric)
    others = every.keep(~np.isin(every.at, match.at))
    rounding = 0.51 * 10.0 ** -_decimals(value)
    same = others.keep(np.abs(others.values - value) <= rounding)
    return {(same.name("suite", i), same.name("subject", i)) for i in range(len(same))}


@once
def _measured(prepared: Prepared, metric: str) -> Selection:
    every = prepared.all_rows()
    return every.keep(every.has("origin", "measured") & every.has("metric", metric) & np.isfinite(every.values))


def _judged(row: Selection, match: Selection) -> _Judged:
    """Wrong when the stated value is outside the range of what was measured by more than its rounding."""
    value, values = float(row.values[0]), match.values
    rounding = 0.51 * 10.0 ** -_decimals(value)
    outside = value < values.min() - rounding or value > values.max() + rounding
    mean = float(values.mean())
    return _Judged(bool(outside), abs(value / mean - 1) if mean else 0.0, value, mean, row, match)


def _settings(prepared: Prepared, row: Selection) -> str:
    """The settings that the document states beside its number, as words: "backend jit, device cuda"; its heading, where
    it states none."""
    names = [f for f in prepared.factors if row.level(f) and f not in prepared.blocks]
    return ", ".join(f"{f} {row.level(f)}" for f in [n for n in names if n != "section"] or names)


def _decimals(value: float) -> int:
    """Decimals that the shortest text of a number shows; a lost trailing zero makes it milder, never stricter."""
    text = np.format_float_positional(round(value, 12), trim="-")
    return len(text.partition(".")[2])


def _stated(
    prepared: Prepared, document: str, suite: str, subject: str, metric: str, of: int, wrong: list[_Judged]
) -> Stated:
    place = {"document": document, "suite": suite, "subject": subject, "metric": metric}
    rows = wrong[0].row.joined(wrong[0].match, *(s for j in wrong[1:] for s in (j.row, j.match)))
    return Stated(
        recipe=Recipe(function="stated", args=dict(place)),
        rows=rows.cite(),
        document=document,
        suite=suite,
        subject=subject,
        metric=metric,
        compared=of,
        values=tuple(
            StatedValue(
                where=j.row.name("where"),
                condition=_settings(prepared, j.row),
                stated=j.stated,
                measured=j.measured,
                off=j.off,
                low=j.low,
                high=j.high,
                other=_other(prepared, j, metric) if j.low is not None else "",
            )
            for j in wrong
        ),
    )


def _other(prepared: Prepared, judged: _Judged, metric: str) -> str:
    """The one other system that has the stated value among its measurements."""
    names = {subject for _, subject in _elsewhere(prepared, judged.row, judged.match, metric) if subject}
    return next(iter(names)) if len(names) == 1 else ""


def _alert(
    prepared: Prepared, document: str, suite: str, subject: str, metric: str, of: int, wrong: list[_Judged]
) -> Alert:
    worst = wrong[0]
    rows = worst.row.joined(worst.match, *(s for j in wrong if j is not worst for s in (j.row, j.match)))
    return make(
        "contradiction",
        f"{document}:{suite}:{subject}:{metric}",
        rows,
        severity="warning",
        suite=suite,
        subject=subject,
        metric=metric,
        files=(document, *(s for s in rows.known("source") if s != document)),
        values={
            "contradicted": len(wrong),
            "of": of,
            "stated": worst.stated,
            "measured": worst.measured,
            "off": worst.off,
            "where": worst.row.name("where"),
            **({"condition": stated} if (stated := _settings(prepared, worst.row)) else {}),
        },
        advice="correct the document from the measurements",
    )
