"""The gate that a user sets on what changed: passed, failed, or inconclusive, with the runs that would settle it.

A baseline and a candidate are two sessions, and sessions of one machine differ by themselves (temperature, clocks,
load). So a loss that the runs confirm may be the session's and not the system's. Where the user names no bar, the
gate's bar is what sessions are assumed to differ by, and the verdict says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chimera_report.tools.errors import UsageError
from chimera_report.tools.metrics import METRICS, resolve
from chimera_report.tools.schema import Change, Changes

if TYPE_CHECKING:
    from chimera_report.agent.settings import Settings

State = Literal["passed", "failed", "inconclusive"]

SESSIONS = 0.05  # what two sessions of one machine are assumed to differ by: docs/statistics.md
_KIND = "regression"
_NAMED = 3  # regressions in the one line for a job log
_FEWEST = 3  # runs a side, from which on there is an interval
_POWER = 2.0  # half-widths between the estimate and the bar: one for the interval, one for the estimate's own error
_MOST = 10_000  # runs a side that nobody makes


@dataclass(frozen=True, slots=True)
class Gate:
    """Which confirmed losses fail a run, and what becomes of a comparison that settles nothing."""

    metrics: tuple[str, ...] = ()  # () for all
    bar: float = SESSIONS  # share of the earlier value that may be lost
    assumed: bool = True  # the bar is not the user's
    strict: bool = False  # inconclusive has an exit code of its own


@dataclass(frozen=True, slots=True)
class Verdict:
    state: State
    line: str  # one line for a job log
    needed: int | None = None  # runs a side that would settle an inconclusive one, where that can be told


def gate_of(settings: Settings) -> Gate | None:
    """The gate that the settings ask for; None for none. Raises UsageError for one that cannot be applied."""
    given = settings.fail_on
    asked = [
        name
        for name, value in (
            ("--fail-on", given),
            ("--max-regression", settings.max_regression),
            ("--fail-inconclusive", settings.fail_inconclusive or None),
        )
        if value is not None
    ]
    if not asked:
        return None
    if settings.compare is None:
        raise UsageError(
            f"{asked[0]} needs something to compare with", hint="Name a report or a folder of files with --compare."
        )
    kind, _, names = (given or _KIND).partition("=")
    if kind != _KIND or (given and given.endswith("=")):
        raise UsageError(
            f"fail-on: {given!r} is not known", where="--fail-on", hint="regression, or regression=metric,metric."
        )
    metrics = tuple(dict.fromkeys(_metric(n.strip()) for n in names.split(",")) if names else ())
    mine = settings.max_regression
    return Gate(metrics, SESSIONS if mine is None else mine / 100, mine is None, settings.fail_inconclusive)


def _metric(name: str) -> str:
    found = METRICS.get(name) or METRICS.get(getattr(resolve(name), "metric", ""))
    if found is None or found.direction == "none":
        known = sorted(m.name for m in METRICS.values() if m.direction != "none" and m.core)
        raise UsageError(f"fail-on: {name!r} is no metric that can regress", hint=f"Known: {', '.join(known)}.")
    return found.name


def loss(item: Change) -> float:
    """By what share of the earlier value the metric got worse: 0.2 for 100 → 80 tokens/s and for 1 s → 1.2 s."""
    return 0.0 if item.ratio is None else _loss(item, item.ratio)


def _loss(item: Change, ratio: float) -> float:
    return ratio - 1 if METRICS[item.metric].direction == "lower" else 1 - ratio


def _worst(item: Change) -> float | None:
    """The greatest loss that the interval still allows; None without an interval."""
    if item.ratio_ci is None:
        return None
    return max(_loss(item, item.ratio_ci.low), _loss(item, item.ratio_ci.high))


def settles(item: Change, bar: float) -> bool:
    """Whether the comparison excludes a loss beyond the bar."""
    if item.outcome in ("same", "unchanged", "improvement") or METRICS[item.metric].direction == "none":
        return True
    worst = _worst(item)
    return worst is not None and worst <= bar


def needed(item: Change, bar: float) -> int | None:
    """Runs a side that would tell a loss beyond the bar from none, at the spread that was seen.

    The half-width of the interval of a log ratio shrinks with the root of n. Where nothing changed, the estimate is off
    by less than one half-width 19 times in 20, so the interval excludes the bar when the bar is two half-widths away.
    None where there is no interval to go by, or no affordable n.
    """
    n = min(item.n_before or 0, item.n_after or 0)
    if item.ratio_ci is None or n < _FEWEST or bar <= 0:
        return None
    half = (math.log(item.ratio_ci.high) - math.log(item.ratio_ci.low)) / 2
    wanted = math.ceil(n * (_POWER * half / math.log1p(bar)) ** 2)
    # An estimate near the bar needs more than the spread alone says: at least twice what there is.
    wanted = max(wanted, 2 * n)
    return wanted if wanted <= _MOST else None


def judge(gate: Gate, changes: Changes) -> Verdict:
    """What the gate says. One that found nothing to compare does not hold: nothing was shown."""
    mine = [c for c in changes.items if not gate.metrics or c.metric in gate.metrics]
    matched = [c for c in mine if c.before is not None and c.after is not None]
    if not matched:
        of = f" of {', '.join(gate.metrics)}" if gate.metrics else ""
        return Verdict("failed", f"gate: nothing to compare, no condition{of} is in both this data and {changes.run}")
    bad = sorted((c for c in matched if c.outcome == _KIND and loss(c) > gate.bar), key=loss, reverse=True)
    if bad:
        many = f"{len(bad)} regression{'' if len(bad) == 1 else 's'}"
        return Verdict("failed", f"gate: {many}: {_several(bad)} ({_rest(gate, matched, changes)})")
    unsettled = [c for c in matched if not settles(c, gate.bar)]
    if unsettled:
        return _inconclusive(gate, unsettled, matched, changes)
    return Verdict(
        "passed", f"gate: passed, no regression beyond {100 * gate.bar:g} % ({_rest(gate, matched, changes)})"
    )


def _inconclusive(gate: Gate, unsettled: list[Change], matched: list[Change], changes: Changes) -> Verdict:
    counts = [needed(c, gate.bar) for c in unsettled]
    known = [n for n in counts if n is not None]
    small = min(min(c.n_before or 0, c.n_after or 0) for c in unsettled)
    if small < _FEWEST:
        wanted = f"at least {_FEWEST} runs a side are needed, and there are {small}"
    elif known:
        wanted = f"about {max(known)} runs a side would tell"
    else:
        wanted = "no number of runs that can be afforded would tell"
    worst = max(unsettled, key=lambda c: (_worst(c) or 0.0, loss(c)))
    bound = _worst(worst)
    allows = f", which may have lost up to {100 * bound:.1f} %" if bound is not None else ""
    line = (
        f"gate: inconclusive, a regression beyond {100 * gate.bar:g} % is not excluded in {len(unsettled)} of "
        f"{len(matched)} conditions, such as {_subject(worst)}{allows}; {wanted} ({_rest(gate, matched, changes)})"
    )
    return Verdict("inconclusive", line, max(known) if known and len(known) == len(counts) else None)


def _rest(gate: Gate, matched: list[Change], changes: Changes) -> str:
    """What was compared, how often, and what the gate assumed."""
    runs = sorted({min(c.n_before or 0, c.n_after or 0) for c in matched})
    n = f"n = {runs[0]}" if len(runs) == 1 else f"n = {runs[0]} to {runs[-1]}"
    unsettled = sum(c.outcome == "open" for c in matched)
    same = sum(c.outcome == "same" for c in matched)
    conditions = "1 condition" if len(matched) == 1 else f"{len(matched)} conditions"
    parts = [f"{conditions} compared", f"{n} a side", f"{unsettled} open"]
    parts += [f"{same} with the same measurements"] if same else []
    parts += [f"since {changes.run}"]
    parts += [f"two sessions are assumed to differ by up to {100 * gate.bar:g} %"] if gate.assumed else []
    return ", ".join(parts)


def _several(items: list[Change]) -> str:
    return "; ".join(change_in_words(c) for c in items[:_NAMED]) + ("; …" if len(items) > _NAMED else "")


def change_in_words(item: Change) -> str:
    """`decode rate of small:1b down 12.3 % in suite speed (num_ctx 2048)`, without line breaks of the data."""
    ratio = item.ratio if item.ratio is not None and math.isfinite(item.ratio) else 1.0
    way = "down" if ratio < 1 else "up"
    return f"{_subject(item, f' {way} {abs(100 * (ratio - 1)):.1f} %')}"


def _subject(item: Change, change: str = "") -> str:
    text = f"{METRICS[item.metric].title} of {item.subject or 'the data'}{change}"
    text += f" in suite {item.suite}" if item.suite else ""
    if item.condition:
        text += f" ({', '.join(f'{k} {v}' for k, v in item.condition.items())})"
    return " ".join(text.split())


def finding(changes: Changes | None) -> str:
    """What changed, in the few words that lead a message; "" where nothing was compared.

    The worst confirmed regression first, then the best improvement; the number of the others says that there are more.
    """
    if changes is None:
        return ""
    worse = sorted((c for c in changes.items if c.outcome == _KIND), key=loss, reverse=True)
    better = sorted((c for c in changes.items if c.outcome == "improvement"), key=loss)
    for items in (worse, better):
        if items:
            more = f", and {len(items) - 1} more" if len(items) > 1 else ""
            return change_in_words(items[0]) + more
    if not changes.matched:
        return "nothing in it can be compared with what was before"
    held = changes.counts.get("unchanged", 0) + changes.counts.get("same", 0)
    if held == changes.matched:
        return f"nothing changed: {changes.matched} conditions within 2 %"
    return f"no change confirmed: {changes.counts.get('open', 0)} of {changes.matched} conditions are open"
