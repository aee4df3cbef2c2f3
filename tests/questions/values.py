"""What a right answer says about one metric: its value, its spread."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.tools.schema import Answer

from .common import cells, ends, need, typical
from .numbers import UNITS, numbers, shows, shows_interval
from .raw import Raw, interval, statistic


def value(
    answer: Answer,
    raw: Raw,
    *,
    metric: str,
    suite: str = "",
    subject: str = "",
    state: str = "",
    stat: str = "",
    where: dict[str, str] | None = None,
    trimmed: bool = False,
    **_: Any,
) -> None:
    """A sentence of the answer gives the value of that subject in that suite, with n and interval where it shows any;
    the conditions are said."""
    if metric in ("load_time", "ttft_incl_load") and not state and subject:
        state = "warm" if (raw.pick(metric, subject=subject, suite=suite)["cold"]).any() else ""
    rows = raw.pick(metric, suite=suite, subject=subject, state=state, where=where)
    picked = rows["value"]
    if trimmed:
        median = picked.median()
        mad = (picked - median).abs().median() * 1.4826
        picked = picked[(picked - median).abs() <= 3.5 * mad]
    need(len(picked) > 0, f"pandas finds no {metric} for {suite} {subject} {where}")
    unit = UNITS[metric]
    first = answer.text[0]
    if not stat and not trimmed and "conditions" in " ".join((first, *answer.text[1:2])):
        _ends(
            answer, raw, metric, suite=suite, subject=subject, where=where
        )  # of unlike conditions no one value is told
        return
    name = stat or ("p50" if "median" in first else "mean" if re.search(r"\bmean\b", first) else "gmean")
    if not trimmed and any(_told_apart(answer, parts, name, unit) for parts in _apart(rows)):
        return
    expected = statistic(picked, name)
    need(shows(first, expected, unit), f"{name} of {metric} is {expected:.6g} {unit} (n = {len(picked)}): {first!r}")
    if stat and stat != "gmean":
        word = {"p50": "median", "max": "max", "min": "min"}.get(stat, stat)
        need(word in first.lower(), f"the statistic {stat} is not named: {first!r}")
    if subject and raw.table["subject"].nunique() > 1:
        need(subject in first, f"{subject} is not named: {first!r}")
    if suite and raw.table["suite"].nunique() > 1:
        need(re.search(rf"suite {re.escape(suite)}\b", first), f"suite {suite} is not named: {first!r}")
    if m := re.search(r"n = (\d+)", first):
        end = stat in ("min", "max")  # of all, told with the records of its own prompt
        need(end or int(m[1]) == len(picked), f"n is {len(picked)}: {first!r}")
    span = interval(rows.loc[picked.index])
    if name == "gmean" and span and re.search(r"\d to \d", first):
        need(shows_interval(first, *span, unit), f"the interval is {span[0]:.4g} to {span[1]:.4g}: {first!r}")
    for factor, level in (where or {}).items():
        need(re.search(rf"{factor}\W+{re.escape(level)}", first + answer.reading), f"{factor} {level} is not said")
    if state and suite:
        need(state in first + answer.reading or "cold" in first, f"{state} is not said: {first!r}")


def _apart(rows: Any) -> list[list[Any]]:
    """What a value may be told of instead of all records: the warm ones, those of each prompt."""
    warm = rows[~rows["cold"].astype(bool)]
    found = [[warm]] if 0 < len(warm) < len(rows) else []
    several = [p for p in (rows, warm) if "f_prompt" in p and p["f_prompt"].nunique() > 1]
    return found + [[own for _, own in p.groupby("f_prompt")] for p in several]


def _told_apart(answer: Answer, parts: list[Any], name: str, unit: str) -> bool:
    told = " ".join(answer.text)
    if name in ("min", "max"):  # the end of all comes first
        return False
    return all(shows(told, statistic(p["value"], name), unit) for p in parts) and (len(parts) > 1 or "warm" in told)


def _ends(answer: Answer, raw: Raw, metric: str, **given: Any) -> None:
    """Both ends of the range over the conditions."""
    first = answer.text[0]
    every = ends(raw, metric, **given)
    states = [
        ends(raw, metric, state=state, **given)
        for state in ("cold", "warm")
        if len(raw.pick(metric, state=state, **given))
    ]
    fits = any(all(shows(first, x, UNITS[metric]) for x in pair) for found in (every, *states) for pair in found)
    need(fits, f"{metric} goes from {every[1][0]:.6g} to {every[1][1]:.6g} {UNITS[metric]}: {first!r}")
    subject = given.get("subject", "")
    need(not subject or subject in first or raw.table["subject"].nunique() == 1, f"{subject} is not named: {first!r}")


def value_or_asked(answer: Answer, raw: Raw, *, metric: str, subject: str, suites: list[str], **_: Any) -> None:
    """Several suites hold it: each is told apart, or one is asked for."""
    if answer.outcome == "asked":
        return
    told = " ".join(answer.text)
    if "conditions" in told:
        _ends(answer, raw, metric, subject=subject)
        return
    for suite in suites:
        expected = typical(raw, metric, subject, suite=suite)
        need(shows(told, expected, UNITS[metric]), f"{suite}: {expected:.4g} is not told: {told!r}")


def distribution(answer: Answer, raw: Raw, *, metric: str, suite: str = "", subject: str = "", **_: Any) -> None:
    rows = raw.pick(metric, suite=suite, subject=subject)
    values = rows["value"]
    row = next((r for r in cells(answer) if str(len(values)) in r), None)
    if row is None:  # each prompt by itself
        part = next(p for p in _apart(rows) if len(p) > 1)[0]
        values, row = part["value"], next((r for r in cells(answer) if part["f_prompt"].iloc[0] in " ".join(r)), None)
    need(row, f"no row with n = {len(values)}")
    assert row is not None
    text = " ".join(f"{c} {UNITS[metric]}" for c in row if re.fullmatch(r"[\d.,]+", c))
    ms = " ".join(f"{c} ms" for c in row if re.fullmatch(r"[\d.,]+", c))
    for name in ("min", "p50", "p90", "max"):
        expected = statistic(values, name)
        found = any(n.is_(expected) for n in numbers(text) + numbers(ms)) or any(
            shows(c, expected, UNITS[metric]) for c in row
        )
        need(found, f"{name} is {expected:.6g}: {row}")
    if m := re.search(r"CV of (\d+(?:\.\d+)?) ?%", answer.text[0]):
        shown = numbers(f"{m[1]} %")[0]
        need(shown.is_(100 * statistic(values, "cv")), f"cv is {100 * statistic(values, 'cv'):.3g} %: {answer.text[0]}")
