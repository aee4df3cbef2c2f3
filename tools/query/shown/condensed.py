"""Records of many prompts or requests as one record of each condition: by what was set, and not by what was asked or
answered in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from chimera_report.tools.query.originals import number_of
from chimera_report.tools.query.shown.record import REPEATS, Entry

# What a record was asked, and what it is called by alone.
_ASKED = re.compile(
    r"prompt(?!_?type)|question|instruction|task[_ ]?id|example|sample|uuid|(?:^|[_ ])id$|index|date|stamp|^case\b|"
    r"title",
    re.IGNORECASE,
)
# What came out of it, and no setting.
_CAME = re.compile(
    r"^(?:response|generated|extracted|answer|completion|output_text|canonical|reason|message)|"
    r"(?:paragraph|word|char|sentence|line)s?_count$|_verdict$|passed$|\bavg|length_category$|\bdominant",
    re.IGNORECASE,
)
_FEW = 8  # prompts that are told one by one
_MANY = 24  # levels from which on words that differ from record to record are names of records
_LONG = 60  # letters of a text that is no name
_DECIMALS = 3  # of a number that was measured


def aside(entries: Sequence[Entry]) -> set[str]:
    """The columns that tell records of one condition apart, and no conditions."""
    made = set()
    for column in dict.fromkeys(c for e in entries for c in e.of):
        held = [e.of[column] for e in entries if column in e.of]
        levels = set(held)
        worded = sum(number_of(x) is None for x in levels) * 2 > len(levels)
        own = len(levels) > _MANY and len(levels) * 2 > len(held) and worded
        measured = sum(len(x.partition(".")[2]) > _DECIMALS for x in levels if number_of(x) is not None) * 2 > len(
            levels
        )
        long = sum(len(x) for x in levels) > _LONG * len(levels)
        if own or measured or long or _CAME.search(column) or (_ASKED.search(column) and len(levels) > _FEW):
            made.add(column)
    return made


def condensed(
    entries: Sequence[Entry], away: Collection[str], share: float | str | None = None, *, again: bool = False
) -> list[Entry]:
    """The records with those of one condition as one, that has the means of their values, or their "sum", or the
    quantile that `share` says of those that hold more than one number. `again`: of those that were put together so."""
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for e in entries:
        of = sorted(f"{c}={x}" for c, x in e.of.items() if c not in away and c.lower() not in REPEATS)
        groups.setdefault((str(e.failed), *of), []).append(e)
    return [_one(own, away, share, again=again) if not own[0].failed else own[0] for own in groups.values()]


def _one(own: Sequence[Entry], away: Collection[str], share: float | str | None, *, again: bool) -> Entry:
    first = own[0]
    of = {c: x for c, x in first.of.items() if c not in away and c.lower() not in REPEATS}
    if len(own) == 1 and (again or not any(v.held for v in first.values.values())):
        return replace(first, of=of)
    one = Entry(first.file, first.place, of, n=sum(e.n for e in own), how=_called(share))
    for title in dict.fromkeys(t for e in own for t in e.values):
        values = [e.values[title] for e in own if title in e.values]
        every = sorted(x for v in values for x in ((v.number,) if again else v.held or (v.number,)))
        places = [p for v in values for p in v.positions]
        number = _of(every, share)
        one.values[title] = replace(values[0], number=number, held=tuple(every), positions=places)
    return one


def _of(ordered: Sequence[float], share: float | str | None) -> float:
    if share == "sum":
        return sum(ordered)
    return quantile(ordered, share) if isinstance(share, float) else sum(ordered) / len(ordered)


def _called(share: float | str | None) -> str:
    if share == "sum":
        return "sum"
    return f"{share:.0%} quantile" if isinstance(share, float) else "mean"


def quantile(ordered: Sequence[float], share: float) -> float:
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])
