"""Findings about the parts of a system that were swapped (backend, quantisation, device, provider), over everything
that they were tried on; and what was measured where nothing can be compared."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from chimera_report.tools.claims import METRIC_WEIGHT, article, listed, noun, say, statistic, tables, words
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.speed import ahead, firm
from chimera_report.tools.schema import Comparison, Role, SuiteInfo, Summary

OBVIOUS = frozenset({"device"})  # nobody needs a report to learn that the GPU is faster
_PAIRS = 3
_GIVEN = (Role.WORKLOAD, Role.COMPONENT, Role.REPLICATE)  # no choice: values are put in order within one of them
_PRICE = "compile_time"  # what a backend costs before its first run


def axes(book: Book) -> list[Found]:
    """One finding an axis, by the metric that matters most of those measured."""
    groups: dict[tuple[str, str], list[Comparison]] = {}
    tried_on = {c.suite for c in book.analysis.comparisons if c.axis != "subject" and c.metric == "run_time"}
    for item in book.analysis.comparisons:
        # Systems are compared over all conditions elsewhere; where these cannot be matched, under each of them here.
        rivals = item.axis != "subject" or (bool(item.condition) and item.suite not in tried_on)
        if rivals and item.metric in PRIMARY and item.ratio:
            groups.setdefault((item.axis, item.metric), []).append(item)
    best: dict[str, tuple[int, list[Comparison]]] = {}
    for (axis, metric), items in groups.items():
        place = PRIMARY.index(metric)
        if axis not in best or place < best[axis][0]:
            best[axis] = place, items
    return [f for _, items in best.values() if (f := _axis(book, items)) is not None]


def _sides(items: Iterable[Comparison]) -> dict[tuple[str, str], list[Comparison]]:
    """(higher, lower) → the comparisons that show it."""
    found: dict[tuple[str, str], list[Comparison]] = {}
    for item in items:
        if firm(item):
            pair = (item.a, item.b) if (item.ratio or 0) > 1 else (item.b, item.a)
            found.setdefault(pair, []).append(item)
    return found


def _axis(book: Book, items: list[Comparison]) -> Found | None:
    sides = _sides(items)
    if not sides:
        return None
    first = items[0]
    lower = metric_of(first.metric).direction == "lower"
    clean = {pair: found for pair, found in sides.items() if pair[::-1] not in sides}
    mixed = [pair for pair in sides if pair[::-1] in sides and pair < pair[::-1]]
    lines: list[Line] = []
    claims = []
    shown: list[Comparison] = []
    # What loses (or takes longest) against most others, over most cases, comes first.
    order = sorted(clean.items(), key=lambda kv: (-len(kv[1]), -_least(kv[1]), kv[0]))
    total: dict[str, int] = {}
    for pair, found in order:
        total[pair[0]] = total.get(pair[0], 0) + len(found)
    if order:
        lead = max(total, key=lambda name: (total[name], name))
        order.sort(key=lambda kv: (kv[0][0] != lead, -len(kv[1]), -_least(kv[1]), kv[0]))
    for pair, found in order[:_PAIRS]:
        lines.append(_pair(book, pair, found, first=not lines, led=pair[0] == order[0][0][0]))
        claims += supported([say.comparison(book.desk, c) for c in found])
        shown += found
    for pair in mixed[:1]:
        lines += _turned(book, pair, sides, first=not lines)
        shown += sides[pair]
    if not lines:
        return None
    ranked = _ranked(book, items)
    if ranked:
        lines = [*ranked, replace(lines[0], relation="elaboration"), *lines[1:]]
    lines += _price(book, order[0][1] if order else items, order[0][0] if order else mixed[0])
    claims = list({c.id: c for c in claims}.values())
    head = order[0] if order else (mixed[0], sides[mixed[0]])
    size = _least(head[1])
    weight = 3.2 + min(size, 3.0) * 0.3 * METRIC_WEIGHT.get(first.metric, 0.3) + 0.05 * min(len(shown), 10)
    weight -= 1.4 if first.axis in OBVIOUS else 0.0
    return Found(
        kind="axis",
        weight=weight,
        title=_title(book, head[0], head[1], clean=bool(order), lower=lower),
        lines=lines,
        verdict=_title(book, head[0], head[1], clean=bool(order), lower=lower) if order else "",
        scope={"factor": first.axis, "metric": first.metric},
        items=[*head[1][:1]],
        claims=claims,
    )


def _ranked(book: Book, items: list[Comparison]) -> list[Line]:
    """What each level reaches on the system that most were tried with: the first few and the last."""
    axis, metric = items[0].axis, items[0].metric
    found = [
        r
        for r in book.analysis.rankings
        if r.of == "configurations" and r.metric == metric and all(set(e.condition) == {axis} for e in r.entries)
    ]
    if not found or axis == "subject":
        return []
    best = max(found, key=lambda r: (len(r.entries), r.subject))
    last = len(best.entries) - 1
    shown = [*range(min(3, last)), last]
    parts = [f"{book.f(best, f'entries.{i}.condition.{axis}')} {book.about(best, f'entries.{i}.value')}" for i in shown]
    where = book.subject(best, " on ") + book.suite(best)
    many = f", {book.f(best, '#entries')} in all" if len(best.entries) > len(shown) else ""
    text = f"By {noun(metric)}{where}, best first: {listed(parts)} (geometric means{many})."
    return [Line(text, About("ranking", metric=metric, factor=axis, verdict="higher"))]


def _least(items: list[Comparison]) -> float:
    return min(abs(math.log2(c.ratio)) for c in items if c.ratio)


def _name(book: Book, item: Comparison, name: str) -> str:
    return book.f(item, "a" if item.a == name else "b")


def lower(item: Comparison) -> bool:
    """Whether less of the metric is better."""
    return metric_of(item.metric).direction == "lower"


def _axis_of(book: Book, item: Comparison) -> str:
    """What a level of something that was swapped is introduced by; nothing before a system."""
    return "" if item.axis == "subject" else f"With {book.f(item, 'axis')} "


def _cases(book: Book, items: list[Comparison]) -> str:
    """What a pair was compared on: "on conv, mlp and transformer (4 comparisons)"."""
    subjects = {c.subject: c for c in reversed(items) if c.subject}
    some = ""
    if subjects and not book.one_subject and len(subjects) <= 4:
        some = " on " + listed([book.f(c, "subject") for c in sorted(subjects.values(), key=lambda c: c.subject)])
    if len(items) < 2:
        item = items[0]
        given = f" with {book.f(item, '~condition')}" if item.condition else ""
        return f"{some}{given}{book.suite(item)}"
    span = book.desk.span([(c, "ratio") for c in items])
    agree = book.turn("agree", "all {n} comparisons agree", "in each of {n} comparisons", "{n} of {n} comparisons")
    return f"{some} ({agree.format(n=book.f(span, 'count'))})"


def _ids(book: Book, items: Iterable[Comparison]) -> tuple[str, ...]:
    return tuple(c.id for c in supported([say.comparison(book.desk, i) for i in items]))


def _pair(book: Book, pair: tuple[str, str], items: list[Comparison], *, first: bool, led: bool) -> Line:
    """How far one lies above the other, over everything that both were tried on; only the leader (`led`) is "it"."""
    item = items[0]
    high, low = _name(book, item, pair[0]), _name(book, item, pair[1])
    size = book.reach(book.desk.span([(c, ahead(c, pair[0])) for c in items]))
    about = About("comparison", pair[0], item.metric, factor=item.axis, verdict="higher")
    if first:
        axis = _axis_of(book, item)
        it = " it" if axis else ""
        text = f"{axis}{high}{it} {words(item.metric).times.format(x=size, b=low)}{_cases(book, items)}."
        return Line(text, about, "", _ids(book, items))
    if not led:
        text = f"{high} {words(item.metric).times.format(x=size, b=low)}{_cases(book, items)}."
        return Line(text, about, "elaboration", _ids(book, items))
    quicker = f"{low} is {size} times as fast"
    text = book.turn(
        "axis pair",
        f"Against {low} the factor is {size}{_cases(book, items)}.",
        f"{quicker}{_cases(book, items)}." if lower(item) else f"Over {low} it is {size} times{_cases(book, items)}.",
    )
    return Line(text, about, "elaboration", _ids(book, items))


def _turned(
    book: Book, pair: tuple[str, str], sides: dict[tuple[str, str], list[Comparison]], *, first: bool
) -> list[Line]:
    """Two that change places, depending on where they were tried."""
    there, here = sides[pair], sides[pair[1], pair[0]]
    item = there[0]
    a, b = _name(book, item, pair[0]), _name(book, item, pair[1])
    spans = [book.desk.span([(c, ahead(c, p)) for c in f]) for p, f in zip(pair, (there, here), strict=True)]
    sizes = [book.reach(s) for s in spans]
    word = words(item.metric).times
    axis = _axis_of(book, item) if first else ""
    about = About("comparison", pair[0], item.metric, factor=item.axis, verdict="higher")
    back = About("comparison", pair[1], item.metric, factor=item.axis, verdict="lower")
    one, other = _place(book, there, here), _place(book, here, there)
    it = " it" if axis else ""
    text = f"{axis}{a}{it} {word.format(x=sizes[0], b=b)}{one}."
    turned = f"But the order turns round{other}, where {b} {word.format(x=sizes[1], b=a)}."
    if len(here) > 1:
        turned = f"But in {book.f(spans[1], 'count')} others{other} {b} {word.format(x=sizes[1], b=a)}."
    return [
        Line(text, about, "" if first else "elaboration", _ids(book, there)),
        Line(turned, back, "contrast", _ids(book, here)),
    ]


def _place(book: Book, items: list[Comparison], others: list[Comparison]) -> str:
    """Where one of two orders was seen: " in 4 comparisons on conv and mlp", " on conv with device cpu"."""
    if len(items) == 1:
        return _where(book, items[0])
    subjects = {c.subject: c for c in reversed(items) if c.subject}
    on = ""
    if subjects and not book.one_subject and len(subjects) <= 4:
        on = " on " + listed([book.f(c, "subject") for c in sorted(subjects.values(), key=lambda c: c.subject)])
    return f"{on}{_shared(book, items, others)}"


def _shared(book: Book, items: list[Comparison], others: list[Comparison]) -> str:
    """ " with device cpu": what all of these share and none of the others has."""
    for name, level in items[0].condition.items():
        mine, theirs = ({c.condition.get(name) for c in found} for found in (items, others))
        if mine == {level} and level not in theirs:
            return f" with {name} {book.f(items[0], f'condition.{name}')}"
    return ""


def _where(book: Book, item: Comparison) -> str:
    """ " on conv with device cpu"."""
    given = f" with {book.f(item, '~condition')}" if item.condition else ""
    return f"{book.subject(item, ' on ')}{given}{book.suite(item) if not given else ''}"


def _price(book: Book, items: list[Comparison], pair: tuple[str, str]) -> list[Line]:
    """What the one takes to get ready, where that was measured."""
    axis = items[0].axis
    found = [
        s
        for s in book.analysis.summaries
        if s.metric == _PRICE and s.condition.get(axis) == pair[0] and s.warm is not False and _typical(s)
    ]
    if items[0].metric == _PRICE or not found:
        return []
    span = book.desk.span([(s, tables.typical_field(s)) for s in found])
    text = f"Before its first run {_name(book, items[0], pair[0])} takes {book.reach(span)} to compile."
    if pair[0] not in (items[0].a, items[0].b):
        text = f"Before a first run there, compiling takes {book.reach(span)}."
    return [Line(text, About("measurement", pair[0], _PRICE, factor=axis), "elaboration")]


def _typical(item: Summary) -> bool:
    return getattr(item, tables.typical_field(item)) is not None


def _title(book: Book, pair: tuple[str, str], items: list[Comparison], *, clean: bool, lower: bool) -> str:
    item = items[0]
    high, low = _name(book, item, pair[0]), _name(book, item, pair[1])
    axis = _axis_of(book, item)
    if not clean:
        one = axis.removeprefix("With ").strip() or "system"
        return (
            f"Which {one} is faster depends on where it runs: {high} or {low}"
            if lower
            else f"Which {one} is ahead depends on where it runs: {high} or {low}"
        )
    span = book.desk.span([(c, ahead(c, pair[0])) for c in items])
    it = " it" if axis else ""
    return f"{axis}{high}{it} {words(item.metric).times.format(x=book.reach(span), b=low)}"


# --- values that nothing is compared with -----------------------------------------------------------------------------


def readings(book: Book, told: Iterable[Found]) -> list[Found]:
    """The suites that no finding speaks of: what was measured there, best and last, without a verdict."""
    spoken = {str(getattr(i, "suite", "")) for f in told for i in f.items} | {f.scope.get("suite", "") for f in told}
    groups: dict[str, list[tuple[SuiteInfo, list[Summary]]]] = {}
    for suite in book.analysis.inventory.suites:
        metric = tables.primary(book.desk, suite.name)
        rows = _equal_work(book, tables.rows_of(book.desk, suite.name, metric) if metric else [])
        if rows and suite.name not in spoken:
            groups.setdefault(metric, []).append((suite, rows))
    made = []
    telling = {m: s for m, s in groups.items() if m in PRIMARY or m in METRIC_WEIGHT}
    for metric, suites in (telling or groups).items():
        rank = PRIMARY.index(metric) if metric in PRIMARY else len(PRIMARY)
        suites.sort(key=lambda s: (-len({(r.subject, str(r.condition)) for r in s[1]}), -sum(r.n or 0 for r in s[1])))
        for place, (suite, rows) in enumerate(suites[:3]):
            found = _reading(book, suite, metric, rows)
            found.weight += 1.0 - 0.1 * rank - 0.3 * place + 0.02 * min(len(rows), 10)
            made.append(found)
    return made


def _equal_work(book: Book, rows: list[Summary]) -> list[Summary]:
    """The rows of the one workload that most of them had: an order of values under different work says nothing."""
    groups: dict[tuple[tuple[str, str], ...], list[Summary]] = {}
    for row in rows:
        given = {k: v for k, v in row.condition.items() if book.desk.dataset.role_of(k) in _GIVEN}
        work = tuple(sorted(given.items()))
        groups.setdefault(work, []).append(row)
    return max(groups.values(), key=len, default=[])


def _label(book: Book, row: Summary) -> str:
    parts = []
    if row.subject and not book.one_subject:
        parts.append(book.f(row, "subject"))
    if row.condition:
        parts.append(book.f(row, "~condition"))
    return " with ".join(parts) if parts else (book.f(row, "subject") if row.subject else "")


def _reading(book: Book, suite: SuiteInfo, metric: str, rows: list[Summary]) -> Found:
    best, last = rows[0], rows[-1]
    field = tables.typical_field(best)
    name = noun(metric, warm=best.warm)
    stat = statistic(field)
    about = About("measurement", best.subject, metric, suite.name)
    claims = supported([say.measurement(book.desk, r, tables.typical_field(r)) for r in (best, last)])
    where = book.suite(best)
    lines: list[Line] = []
    many = len(rows) > 1 and _label(book, best) != _label(book, last)
    value = book.about(best, field)
    n = f" ({stat}, n = {book.f(best, 'n')})" if best.n else f" ({stat})"
    spread = _spread(book, best)
    if many:
        head = _label(book, best)
        tail, means = book.about(last, tables.typical_field(last)), statistic(field, many=True)
        lines.append(
            Line(
                book.turn(
                    "reading",
                    f"{head} reaches {value}{n}{where}, {_label(book, last)} {tail}.",
                    f"The {name}{where} goes from {value} for {head} to {tail} for {_label(book, last)} ({means}).",
                    f"Best in {name}{where} is {head} at {value}{n}; last is {_label(book, last)} at {tail}.",
                ),
                about,
                claims=tuple(c.id for c in claims),
            )
        )
        title = f"By {name}{where}, {head} comes first with {value}"
        lines.append(
            Line(
                book.turn(
                    "observed",
                    "These are observed values; nothing tests whether they differ.",
                    "The files allow no test of the difference, so this order is only what was seen.",
                    "No verdict stands behind that order.",
                ),
                About("measurement", best.subject, metric, suite.name, verdict="open"),
                "elaboration",
                tuple(c.id for c in claims),
            )
        )
    else:
        subject = book.f(best, "subject") if best.subject else ""
        what = f"The {name} of {subject}" if subject else f"The {name}"
        lines.append(Line(f"{what}{where} is {value}{n}{spread}.", about, claims=tuple(c.id for c in claims)))
        title = f"{subject} {words(metric).value.format(v=value)}" if subject else f"The {name}{where} is {value}"
    lines += _others(book, best, metric)
    return Found(
        kind="reading",
        weight=2.2,
        title=title,
        lines=lines,
        verdict=f"{title} ({stat})",
        scope={"suite": suite.name, "metric": metric},
        items=[],
        claims=claims,
        subjects=tuple(dict.fromkeys(r.subject for r in rows if r.subject)),
    )


def _spread(book: Book, row: Summary) -> str:
    """From what to what the records reach, where they were read one by one."""
    if row.min is None or row.max is None or not row.n or row.n < 2 or row.min == row.max:
        return ""
    return f", from {book.about(row, 'min')} to {book.about(row, 'max')}"


def _others(book: Book, row: Summary, metric: str) -> list[Line]:
    """Two more metrics of the same rows, for a reader who asks how long a user waits."""
    lines: list[Line] = []
    for other in ("ttft", "ttft_incl_load", "e2e_latency", "decode_rate", "output_throughput", "prefill_rate", "itl"):
        item = tables.beside(book.desk, row, other) if other != metric else None
        if item is None or len(lines) >= 2:
            continue
        field = tables.central(item)
        name, stat = noun(other, warm=item.warm), statistic(field)
        tail = f" (95th percentile {book.about(item, 'p95')})" if item.p95 and item.n and item.n >= 20 else ""
        about = About("measurement", row.subject, other, row.suite)
        lines.append(
            Line(
                book.turn(
                    "beside",
                    f"Its {statistic(field)} {name} is {book.about(item, field)}{tail}.",
                    f"Beside it stands {article(stat)} {stat} {name} of {book.about(item, field)}{tail}.",
                ),
                about,
                "elaboration",
            )
        )
    return lines
