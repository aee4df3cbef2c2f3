"""What a right answer says about who is first."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.tools.schema import Answer

from .common import LOWER_IS_BETTER, cells, ends, everything, need, plain, typical
from .numbers import numbers
from .raw import Raw, gmean


def best(
    answer: Answer, raw: Raw, *, metric: str, among: list[str], suite: str = "", worst: bool = False,
    low: bool = False, **_: Any,
) -> None:  # fmt: skip
    """The first name of the first sentence is the first of pandas's order; ties (within 2 %) are equals."""
    worth = {s: typical(raw, metric, s, suite=suite) for s in among}
    down = low or (metric in LOWER_IS_BETTER and not worst and metric not in ("vram", "power")) or worst
    end = (min if down else max)(worth.values())
    winners = {s for s, v in worth.items() if abs(v / end - 1) < 0.02}
    first = plain(answer.text[0])
    named = sorted((first.find(s), s) for s in raw.table["subject"].dropna().unique() if s in first)
    need(named, f"no name: {first!r}")
    need(named[0][1] in winners, f"{sorted(winners)} it is: {first!r}")
    if suite and raw.table["suite"].nunique() > 1:
        need(suite in first, f"suite {suite} is not named: {first!r}")


def ranked(answer: Answer, raw: Raw, *, metric: str, order: list[str], suite: str = "", **_: Any) -> None:
    worth = {s: typical(raw, metric, s, suite=suite) for s in order}
    need(order == sorted(order, key=lambda s: -worth[s]), "the question's order is not that of pandas")
    column = [c for row in cells(answer) for c in row if c in order]
    need(list(dict.fromkeys(column)) == order, f"the order is {order}: {column}")
    first = answer.text[0]
    named = [s for _, s in sorted((first.find(s), s) for s in order if s in first)]
    need(named == [s for s in order if s in named], f"the order is {order}: {first!r}")
    for name in order:
        row = next((r for r in cells(answer) if name in r), [])
        told = [n for c in row for n in numbers(c)]
        span = any(
            all(any(n.is_(x) for n in told) for x in pair) for pair in ends(raw, metric, subject=name, suite=suite)
        )
        need(span or any(n.is_(worth[name]) for n in told), f"{name} has {worth[name]:.4g}: {row}")


def ordered(answer: Answer, raw: Raw, *, metric: str, order: list[str], **_: Any) -> None:
    """A table has all of them, in the order of pandas from the better end."""
    worth = {s: typical(raw, metric, s) for s in order}
    need(order == sorted(order, key=lambda s: worth[s]), "the question's order is not that of pandas")
    named = [c for row in cells(answer) for c in row if c in order]
    need(named == order, f"the order is {order}: {named}")


def best_setting(answer: Answer, raw: Raw, *, metric: str, factors: list[str], **_: Any) -> None:
    found = raw.pick(metric)
    worth = {k: gmean(g["value"]) for k, g in found.groupby(["f_" + f for f in factors])}
    end = (min if metric in LOWER_IS_BETTER else max)(worth.values())
    winners = [dict(zip(factors, k, strict=True)) for k, v in worth.items() if abs(v / end - 1) < 0.02]
    first = answer.text[0].replace(" = ", " ")
    named: dict[str, str] = {}
    for name, level in re.findall(rf"({'|'.join(factors)}) (\d+)", first):
        named.setdefault(name, level)
    need(named, f"no setting is named: {first!r}")
    need(any(all(w[f] == x for f, x in named.items()) for w in winners), f"{winners} it is: {first!r}")


def best_level(answer: Answer, raw: Raw, *, factor: str, level: str, **_: Any) -> None:
    """The level is named first, or as the one that others are compared with to their loss."""
    first = plain(answer.text[0]).replace(" = ", " ")
    named = re.findall(rf"{factor} ([\w.-]*\w)", first, re.IGNORECASE)
    need(named, f"no level: {first!r}")
    ahead = re.search(rf"{factor} {re.escape(level)} (?:leads|comes first|ranks|has the)", first, re.IGNORECASE)
    need(ahead or re.search(rf"lead.*{factor} {re.escape(level)}", first), f"{level} it is: {first!r}")


def constrained(answer: Answer, raw: Raw, *, suite: str, **_: Any) -> None:
    asked = numbers(answer.question)[-1].value
    worth = {
        s: typical(raw, "decode_rate", s, suite=suite) for s in raw.pick("decode_rate", suite=suite)["subject"].unique()
    }
    kept = {s for s, v in worth.items() if v >= asked}
    told = everything(answer)
    if not kept:
        need(re.search(r"\b(?:none|no)\b", answer.text[0], re.IGNORECASE), f"none it is: {answer.text[0]!r}")
        return
    need(all(s in told for s in kept), f"{kept} are to be named: {told!r}")
    need(not any(s in answer.text[0] for s in set(worth) - kept), f"only {kept}: {answer.text[0]!r}")
