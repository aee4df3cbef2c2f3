"""Findings about two rivals over every condition that both ran, where no test compares them: who is ahead, how often
and by how much, from the narrowest condition to the widest."""

from __future__ import annotations

from chimera_report.tools.claims import counted, noun, words
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.report.unlike import lengths
from chimera_report.tools.schema import ClaimBase, Matched, Role
from chimera_report.tools.statements import registry

KIND = "matched"
_MOST = 0.6  # share of the conditions that have to agree for a finding


def rivals(book: Book) -> list[Found]:
    """A set of rivals a finding, the widest pair first: the choice of pairs is the statement's own."""
    kind = registry()[KIND]
    made = []
    for theme in kind.themes(book.desk):
        head = next((i for i in theme.items if isinstance(i, Matched)), None)
        if (
            head is None
            or head.outcome == "alike"
            or (head.outcome == "mixed" and max(head.ahead, head.same) < _MOST * len(head.points))
        ):
            continue
        if any(book.desk.dataset.role_of(f) is Role.COMPONENT for f in head.matched):
            continue  # parts of a process are no conditions
        found = _finding(book, head, theme.claims, theme.weight)
        if found is not None:
            made.append(found)
    return made


def _finding(book: Book, head: Matched, claims: list[ClaimBase], weight: float) -> Found | None:
    title = _title(book, head)
    about = About(KIND, head.subject, head.metric, head.suite, head.axis, _verdict(head))
    lines = [Line(text, about, "", (claims[0].id,)) for text in [_size(book, head)] if text]
    for claim in claims[1:]:
        item = _item_of(book, claim)
        if item is not None:
            lines.append(_beside(book, head, item, claim))
    if head.outcome == "all":
        lines += lengths(book, head)
    for place in range(len(head.together[:1])):
        other = book.f(head, f"together.{place}")
        text = f"But the two differ in {other} as well, so the difference is that of both together."
        lines.append(Line(text, About(KIND, metric=head.metric, suite=head.suite, verdict="open"), "contrast"))
    if not lines:
        return None
    if head.readings < 2 and head.outcome in ("all", "turns"):
        text = (
            "No repeat shows how far runs differ."
            if len(head.points) == 1
            else book.turn(
                "one reading",
                "Each condition gives one value a side, so this is an order that was seen and not a test.",
                "One value a side stands behind each condition: the order is clear, its size is rough.",
            )
        )
        lines.append(Line(text, About(KIND, metric=head.metric, suite=head.suite, verdict="open"), "elaboration"))
    return Found(
        kind=KIND,
        weight=weight,
        title=title,
        lines=lines,
        verdict=f"{title}{_how_often(book, head)}",
        scope={"factor": head.axis, "metric": head.metric, "suite": head.suite},
        items=[head],
        claims=list(claims),
    )


def _verdict(item: Matched) -> str:
    return {"all": "higher", "turns": "higher", "alike": "same"}.get(item.outcome, "open")


def _item_of(book: Book, claim: ClaimBase) -> Matched | None:
    """The comparison that a claim is about."""
    names = ("axis", "metric", "subject", "a", "b")
    facts = {book.desk.facts[f].recipe.key for f in claim.facts if f in book.desk.facts}
    return next(
        (
            m
            for m in book.analysis.matched
            if m.recipe.key in facts and all(getattr(m, n) == getattr(claim, n, None) for n in names)
        ),
        None,
    )


def _name(book: Book, item: Matched, side: str) -> str:
    """The system, or the level: with its setting where it is only a number."""
    level = str(getattr(item, side))
    bare = item.axis == "subject" or (level[:1].isalpha() and level.lower() not in ("true", "false", "on", "off"))
    return book.f(item, side) if bare else f"{book.f(item, 'axis')} {book.f(item, side)}"


def _sides(item: Matched) -> tuple[str, str]:
    """The side with the higher value, and the other."""
    return ("a", "b") if item.ratio > 1 else ("b", "a")


def _ratio(item: Matched, field: str = "ratio") -> str:
    return field if item.ratio > 1 else f"1/{field}"


def _title(book: Book, item: Matched) -> str:
    high, low = _sides(item)
    of = book.subject(item, " on ")
    name = noun(item.metric)
    if item.outcome == "turns":
        turn = book.f(item, "turn")
        ahead = f"Up to {turn} {book.f(item, 'before')} {_name(book, item, 'a')} is ahead of {_name(book, item, 'b')}"
        return f"{ahead} in {name}, from {book.f(item, 'after')} on it is behind{of}"
    times = words(item.metric).times.format(x=book.about(item, _ratio(item)), b=_name(book, item, low))
    return f"{_name(book, item, high)} {times}{of}"


def _how_often(book: Book, item: Matched) -> str:
    """ " under all 8 conditions that both ran"."""
    many = len(item.points)
    both = "both conditions" if many == 2 else f"all {book.f(item, '#points')} conditions"
    if item.outcome == "all" and many > 1:
        return f", and so under {both} that both ran"
    if item.outcome == "mixed":
        return f", ahead under {book.f(item, 'ahead')} of {book.f(item, '#points')} conditions"
    return ""


def _size(book: Book, item: Matched) -> str:
    """From the narrowest to the widest condition, with the values there."""
    high, low = _sides(item)
    where = book.suite(item)
    many = len(item.points)
    if many == 1:
        given = f" ({book.f(item, '~points.0.condition')})" if item.points[0].condition else ""
        values = [book.about(item, f"points.0.value_{side}") for side in (high, low)]
        return f"Both ran under one condition{given}{where}: {values[0]} against {values[1]}."
    parts = []
    for place in (item.least, item.most):
        point = f"points.{place}"
        at = f" at {book.f(item, f'~{point}.condition')}" if item.points[place].condition else ""
        values = [book.about(item, f"{point}.value_{side}") for side in (high, low)]
        parts.append(f"{book.about(item, _ratio(item, f'{point}.ratio'))} times{at} ({values[0]} against {values[1]})")
    if item.outcome == "all":
        both = "both conditions" if many == 2 else f"all {book.f(item, '#points')} conditions"
        return book.turn(
            "matched",
            f"That is the geometric mean over {both} that both ran{where}, from {parts[0]} to {parts[1]}.",
            f"Over {both} that both ran{where}, it goes from {parts[0]} to {parts[1]}.",
        )
    return f"The ratio goes from {parts[0]} to {parts[1]}{where}."


def _beside(book: Book, head: Matched, item: Matched, claim: ClaimBase) -> Line:
    """Who comes between, or what the same pair does in another metric."""
    high, low = _sides(item)
    about = About(KIND, item.subject, item.metric, item.suite, item.axis, _verdict(item))
    if item.metric == head.metric:
        if item.outcome == "alike":
            text = f"{_name(book, item, 'a')} and {_name(book, item, 'b')} are nearly level."
        elif item.outcome == "mixed":
            some = f"{book.f(item, 'same' if item.same > item.ahead else 'ahead')} of {book.f(item, '#points')}"
            state = "are nearly level" if item.same > item.ahead else "keep that order"
            cases = counted(len(item.points), "condition")
            text = f"{_name(book, item, 'a')} and {_name(book, item, 'b')} {state} under {some} {cases}."
        else:
            size = book.about(item, _ratio(item))
            text = f"Between {_name(book, item, high)} and {_name(book, item, low)} the factor is {size}."
        return Line(text, about, "elaboration", (claim.id,))
    up = metric_of(item.metric).direction == "higher"
    best = high if up else low
    head_best = _sides(head)[0 if metric_of(head.metric).direction == "higher" else 1]
    if item.outcome == "alike":
        text = f"In {noun(item.metric)} the two are nearly level."
        return Line(text, about, "elaboration", (claim.id,))
    same = getattr(item, best) == getattr(head, head_best)
    slow = words(item.metric).times.format(x=book.about(item, _ratio(item)), b=_name(book, item, low))
    text = f"{'The wait points the same way' if same else 'But the wait points the other way'}: "
    text += f"{_name(book, item, high)} {slow}."
    verdict = About(KIND, item.subject, item.metric, item.suite, item.axis, "higher" if same else "lower")
    return Line(text, verdict, "elaboration" if same else "contrast", (claim.id,))
