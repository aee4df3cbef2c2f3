"""Unequal work: answers of other lengths or of another than was planned, runs of other numbers of requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.schema import FACTOR, Alert, Role

from .alerting import make
from .columns import Mask, Selection
from .intervals import Floats
from .prepared import Prepared, apart
from .sent import counts
from .unreached import LOADS, SENT, numbers, requests_of
from .workload import WORK, counted

_APART = 1.5  # the greater median over the smaller one
_FEWEST = 3  # answers of each
_RIVALS = (Role.SYSTEM, Role.SETTING, Role.ENVIRONMENT, Role.UNKNOWN)
_LIMITS = ("num_predict", "max_tokens", "max_new_tokens")
_PLANNED = ("output_length", "output_len", "osl", "target_output_tokens", "num_output_tokens_target", *_LIMITS)
_FAR = 0.5  # of a limit: answers that stay below it were not planned by it
_NEARLY_ALL = 0.9  # of the answers, which have another length before it is told of them
_MISSED, _MOST, _WHOLE = 0.1, 8.0, 0.01  # of the planned length; times it; how near a sum lies to a multiple
_OF_TOKENS = ("total_throughput", "output_throughput", "energy_per_token", "e2e_latency")
_OF_RUNS = ("run_time", "request_rate")  # what a run of several requests states, and repeats of one do not


def unequal_answers(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite: the two rivals, models or levels of one setting, whose answers differ most in length under
    equal work."""
    for suite in dict.fromkeys(k.suite for k in prepared.measures()):
        keys = [k for k in prepared.measures(suite) if counted(k)]
        timed = any(k.metric in ("e2e_latency", "output_throughput", "run_time") for k in prepared.measures(suite))
        if not keys or not timed:
            continue
        rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
        found = _widest(prepared, rows, rows.values, _FEWEST)
        if found is not None:
            yield make(
                "unequal_answers",
                f"{suite}:{found.axis}",
                found.rows,
                severity="warning",
                suite=suite,
                metric=WORK,
                values={"short": found.names[0], "long": found.names[1], **found.values},
                advice="ask all of them for answers of one length, or compare rates of single requests",
            )


def unequal_tokens(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite whose runs state all of their tokens and no length of an answer: the two rivals whose requests
    had the most different numbers of tokens, prompt and answer together."""
    done, _ = counts(prepared.columns, apart(prepared.dataset))
    for suite in dict.fromkeys(k.suite for k in prepared.measures()):
        keys = prepared.measures(suite)
        if any(k.metric == WORK for k in keys) or not any(k.metric in _OF_TOKENS for k in keys):
            continue
        totals = [prepared.rows(k) for k in keys if k.metric == "total_tokens"]
        if not totals:
            continue
        rows = totals[0].joined(*totals[1:])
        stated = requests_of(prepared, rows)
        sent = np.where(np.isfinite(stated), stated, done[rows.number("rid")])
        told = np.isfinite(sent) & (sent > 1) & (rows.values > sent)
        rows, sent = rows.keep(told), sent[told]
        found = _widest(prepared, rows, rows.values / np.maximum(sent, 1), 1)
        if found is not None:
            yield make(
                "unequal_tokens",
                f"{suite}:{found.axis}",
                found.rows,
                severity="warning",
                suite=suite,
                metric=WORK,
                values={"short": found.names[0], "long": found.names[1], **found.values},
                advice="ask all of them for answers of one length, or compare what a request takes",
            )


def unequal_requests(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite: the two rivals whose runs sum up the most different numbers of requests under equal work. What
    runs for a fixed time completes as many as it can: there the number is what was measured, and no fault."""
    done, lost = counts(prepared.columns, apart(prepared.dataset))
    for suite in dict.fromkeys(k.suite for k in prepared.measures()):
        keys = prepared.measures(suite)
        if not any(k.metric in _OF_RUNS for k in keys):
            continue
        rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:])).heads()
        stated, seen = requests_of(prepared, rows), (done + lost)[rows.number("rid")]
        sent = np.where(np.isfinite(stated), stated, seen)
        several = sent > 1
        rows, sent = rows.keep(several), sent[several]
        found = _widest(prepared, rows, sent, 1)
        if found is not None and all(_chosen(rows.keep(own), sent[own]) for own in found.rivals(rows)):
            yield make(
                "unequal_requests",
                f"{suite}:{found.axis}",
                found.rows,
                severity="warning",
                suite=suite,
                values={
                    "few": found.names[0],
                    "many": found.names[1],
                    **found.values,
                    "lowest": int(found.medians[0]),
                    "highest": int(found.medians[1]),
                },
                advice="send all of them the same number of requests",
            )


def missed_lengths(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite: of the setting that plans an answer's length, the level whose answers are furthest from it
    by their median. A multiple of the length is the sum of several answers, and no answer of another length."""
    done, _ = counts(prepared.columns, apart(prepared.dataset))
    for suite in dict.fromkeys(k.suite for k in prepared.measures()):
        keys = [k for k in prepared.measures(suite) if counted(k)]
        if not keys:
            continue
        rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
        rows = rows.keep(~(done > 1)[rows.number("rid")])
        for factor in (f for f in _PLANNED if FACTOR + f in rows.columns.names):
            found = _missed(rows, numbers(rows, factor), _FAR if factor in _LIMITS else 0)
            if found is None:
                continue
            asked, part = found
            yield make(
                "missed_length",
                f"{suite}:{factor}",
                part,
                severity="warning",
                suite=suite,
                factor=factor,
                values={"asked": int(asked), "median": float(np.median(part.values)), "records": len(part)},
                advice="compare by tokens per second, or make the server give answers of the length",
            )
            break


def _missed(rows: Selection, asked: Floats, least: float) -> tuple[float, Selection] | None:
    """The planned length that is missed most, and its rows."""
    best: tuple[float, float, Selection] | None = None
    for length in np.unique(asked[np.isfinite(asked) & (asked > 1)]):
        part = rows.keep(asked == length)
        times = float(np.median(part.values)) / length
        summed = abs(times - round(times)) < _WHOLE * times and round(times) > 1
        if len(part) < _FEWEST or not least < times < _MOST or summed or abs(times - 1) <= _MISSED:
            continue
        missed = part.values < length if times < 1 else part.values > length
        if missed.mean() < _NEARLY_ALL:
            continue  # some of the systems kept to it
        away = max(times, 1 / times)
        if best is None or away > best[0]:
            best = away, float(length), part
    return best[1:] if best is not None else None


def _chosen(rows: Selection, sent: Floats) -> bool:
    """Whether somebody chose how many requests these runs send: always as many, or always as many times their load."""
    loads = [numbers(rows, name) for name in LOADS if FACTOR + name in rows.columns.names]
    with np.errstate(divide="ignore", invalid="ignore"):  # a load of 0, or none
        return len(rows) > 1 and any(np.ptp(sent / load) == 0 for load in (np.ones(len(rows)), *loads))


def _apart(a: float, b: float) -> bool:
    return max(a, b) >= _APART * min(a, b)


@dataclass(frozen=True)
class _Pair:
    """The rival that did least and the one that did most, under one condition."""

    axis: str  # "subject", or the setting that they are levels of
    names: tuple[str, str]
    medians: tuple[float, float]
    where: str
    rows: Selection

    def rivals(self, rows: Selection) -> list[Mask]:
        """Which of the rows are of each of the two, under all conditions."""
        column = "subject" if self.axis == "subject" else FACTOR + self.axis
        return [rows.has(column, name) for name in self.names]

    @property
    def ratio(self) -> float:
        return self.medians[1] / self.medians[0]

    @property
    def values(self) -> dict[str, float | int | str]:
        told: dict[str, float | int | str] = {"lowest": self.medians[0], "highest": self.medians[1]}
        told["ratio"] = self.ratio
        told |= {"axis": self.axis} if self.axis != "subject" else {}
        return told | ({"condition": self.where} if self.where else {})


def _widest(prepared: Prepared, rows: Selection, work: Floats, fewest: int) -> _Pair | None:
    """The pair that lies furthest apart by the median of `work`, one value a row; None where none lies far apart."""
    if not len(rows):
        return None
    given = [f for f in prepared.given(rows) if f not in SENT]  # where that is a column, it is the work
    axes = [
        f
        for f in prepared.varying(rows)
        if f not in (*prepared.blocks, *SENT) and prepared.dataset.role_of(f) in _RIVALS
    ]
    best: _Pair | None = None
    cells = rows.cells(given)
    for cell in np.unique(cells):
        part, done = rows.keep(cells == cell), work[cells == cell]
        for axis in (["subject"] if len(part.known("subject")) > 1 else []) + axes:
            names = [n for n in (part.known("subject") if axis == "subject" else part.levels(axis)) if n]
            masks = [part.has(axis if axis == "subject" else FACTOR + axis, n) for n in names]
            sides = [(float(np.median(done[m])), n, m) for n, m in zip(names, masks, strict=True) if m.sum() >= fewest]
            sides = sorted((s for s in sides if done[s[2]].min() > 0), key=lambda s: s[0])
            if len(sides) < 2 or not _apart(sides[0][0], sides[-1][0]):
                continue
            (least, less, few), (most, more, many) = sides[0], sides[-1]
            where = ", ".join(f"{f} {part.level(f)}" for f in given if part.level(f))
            pair = _Pair(axis, (less, more), (least, most), where, part.keep(few).joined(part.keep(many)))
            if best is None or pair.ratio > best.ratio:
                best = pair
    return best
