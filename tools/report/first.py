"""The finding about the first request: what a model load costs whoever comes first."""

from __future__ import annotations

import math

from chimera_report.tools.claims import listed, noun, say
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.speed import LATENCY
from chimera_report.tools.schema import Summary

Place = tuple[str, tuple[tuple[str, str], ...]]
_NAMED = 2  # systems named in a sentence
_PLENTY = 6  # cold starts, from which on nobody has to be told that they are few
_ENOUGH = 3  # cold starts behind a median, where there are systems with as many


def first_request(book: Book) -> list[Found]:
    """What a model load costs the first request, over all systems where cold and warm are told apart."""
    pairs: dict[Place, tuple[Summary, Summary]] = {}
    for metric in LATENCY:
        for cold in book.analysis.summaries:
            if cold.warm is not False or cold.metric != metric or not cold.p50:
                continue
            warm = next(
                (
                    s
                    for s in book.desk.summaries.get((cold.suite, cold.metric), ())
                    if s.warm is True and s.subject == cold.subject and s.condition == cold.condition and s.p50
                ),
                None,
            )
            place = cold.subject, tuple(cold.condition.items())
            before = pairs.get(place)
            if warm is not None and (before is None or (cold.n or 0) > (before[0].n or 0)):
                pairs[place] = cold, warm
        if pairs:
            break
    if not pairs:
        return []
    pairs = {k: p for k, p in pairs.items() if (p[0].n or 0) >= _ENOUGH} or pairs
    colds, warms = (book.desk.span([x for p in pairs.values() for x in _ends(p[i])]) for i in (0, 1))
    first = next(iter(pairs.values()))[0]
    claims = supported([say.cold_and_warm(book.desk, c, w) for c, w in pairs.values()])
    about = About("first request", metric=first.metric, verdict="higher")
    name = noun(first)
    shown = sorted(pairs.values(), key=lambda p: -(p[0].p50 or 0))[:_NAMED]
    values = [f"{_waits(book, c)} against {_waits(book, w)}" for c, w in shown]
    each = [f"{v} for {_who(book, c)}" for v, (c, _) in zip(values, shown, strict=True)]
    few = _few(book, [c for c, _ in pairs.values()])
    several = all((c.n or 1) > 1 for c, _ in pairs.values())  # of a single load there is no median
    medians = " (medians)" if several else ""
    if len(pairs) == 1:
        one = next(iter(pairs.values()))
        many = f"medians{few}" if min(s.n or 0 for s in one) > 1 else "one cold run, the median of the warm ones"
        what = "the whole first answer" if first.metric == "e2e_latency" else "the first token"
        text = f"After a load {what} takes {values[0]} warm ({many})."
    else:
        are = "the medians are" if several else "it is"
        text = f"Cold against warm, {are} {listed(each)}{few}."
    lines = [Line(text, about, claims=tuple(c.id for c in claims))]
    worst = max((p[0] for p in pairs.values()), key=lambda s: s.max or 0.0)
    if worst.max and worst.max > 1.5 * (worst.p50 or 0.0):
        lines.append(
            Line(
                f"The longest wait that was measured is {book.about(worst, 'max')}{book.subject(worst, ', with ')}.",
                About("first request", worst.subject, worst.metric, verdict="higher"),
                "elaboration",
            )
        )
    ratio = max((c.p50 or 0) / (w.p50 or 1) for c, w in pairs.values())
    return [
        Found(
            kind="first request",
            weight=4.6 + min(math.log2(max(ratio, 1.0)) * 0.15, 1.0),
            title=f"The first {'request' if first.metric == 'e2e_latency' else 'token'} after a model load takes "
            f"{book.reach(colds)}",
            lines=lines,
            verdict=(
                f"What users notice is the first request after a load: a {name} of {book.reach(colds)}{medians}, "
                f"against {book.reach(warms)} warm{few}"
            ),
            scope={"metric": first.metric},
            items=[c for c, _ in pairs.values()],
            claims=claims,
            subjects=tuple(dict.fromkeys(c.subject for c, _ in pairs.values())),
        )
    ]


def _ends(item: Summary) -> list[tuple[Summary, str]]:
    """The median; of unlike records both ends."""
    return [(item, "min"), (item, "max")] if item.over else [(item, "p50")]


def _waits(book: Book, item: Summary) -> str:
    """The median in words; of unlike records from the shortest to the longest."""
    return " to ".join(book.about(*x) for x in _ends(item))


def _who(book: Book, item: Summary) -> str:
    """ "qwen3:8b at prompt long"."""
    at = f"at {book.f(item, '&condition')}" if item.condition else ""
    return f"{book.f(item, 'subject')} {at}".strip() if item.subject else at


def _few(book: Book, colds: list[Summary]) -> str:
    """How many loads stand behind the medians, where they are few: ", of 2 cold starts"; "" where they are not."""
    counts = [s.n or 1 for s in colds]
    if min(counts) >= _PLENTY or max(counts) < 2:
        return ""
    low, high = (book.f(pick(colds, key=lambda s: s.n or 1), "n") for pick in (min, max))
    return f", of {low} cold starts" if len({*counts}) == 1 else f", of {low} to {high} cold starts"
