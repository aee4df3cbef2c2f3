"""Findings about what was asked: how speed and waiting go with the load, the length of a prompt or its kind."""

from __future__ import annotations

import math
from itertools import pairwise

from chimera_report.tools.claims import METRIC_WEIGHT, counted, listed, noun
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report import admitted
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.report.statistic import statistic
from chimera_report.tools.schema import Alert, ClaimBase, Curve
from chimera_report.tools.statements import registry

_MOST = 4
_BESIDE = 2  # further metrics of a curve
_MANY_POINTS = 5  # of a curve, from which on one step can be most of it
_CLIFF = math.log(1.15)  # the least step that is called so, …
_MOST_OF = 0.5  # … and its share of the way
_HEADED = 3  # settings that a heading names
_SEVERAL = 3  # curves between the same ends, from which on their range is told
_RIVALS = 6  # systems or settings compared at the end of a curve
_RATES = ("output_throughput", "total_throughput", "request_rate", "goodput")  # what a load brings
_WAITS = ("ttft", "e2e_latency", "tpot", "itl", "decode_rate")  # and what it costs
_ENDS = 1.1  # a curve whose ends differ by less is in the tables only


def curves(book: Book) -> list[Found]:
    """A workload a finding, by the metric that moves most of those that people quote."""
    kind = registry()["curve"]
    told = [
        c
        for c in book.analysis.curves
        if (not 1 / _ENDS < c.ratio < _ENDS or c.knee is not None or c.turn is not None)
        and (c.metric in PRIMARY or c.metric in METRIC_WEIGHT)
        and metric_of(c.metric).direction != "none"
        and not c.over
        and c.ordered  # that kinds of work differ is no news
        and (c.factor in book.desk.dataset.passes or admitted.asked(book, c.factor))
        and admitted.alone(book, c.factor, c.together)
    ]
    passes, first = book.desk.dataset.passes, book.desk.dataset.of_first_pass
    told = [c for c in told if not first(c.condition)] or told  # what the later passes do is what users see
    # What the first pass costs comes before what the work does; else the metric that moves most.
    told.sort(key=lambda c: (c.metric not in PRIMARY, c.factor not in passes, -kind.weigh(c), c.recipe.key))
    groups: dict[tuple[str, str], list[Curve]] = {}
    for item in told:
        groups.setdefault((item.suite, item.factor), []).append(item)
    for place in [p for p in groups if _twin(groups, p)]:
        del groups[place]  # the same numbers under another name
    parts = [part for g in list(groups.values())[:_MOST] for part in _tests(g)]
    return [f for part in parts if (f := _curve(book, part, kind.weigh(part[0]))) is not None]


def _tests(items: list[Curve]) -> list[list[Curve]]:
    """The curves of one suite and load, by test: where some were run with several engines or settings and others
    without them, these are two tests, and that with the most rivals and that with the most loads are told."""
    rates = [c for c in items if c.load and c.metric in _RATES and c.ordered]
    by: dict[tuple[str, ...], list[Curve]] = {}
    for item in rates:
        by.setdefault(tuple(sorted(item.condition)), []).append(item)
    if len(by) < 2:
        return [items]
    rest = [c for c in items if c not in rates]
    most = max(by.values(), key=len)
    longest = max(by.values(), key=lambda g: max(len(c.points) for c in g))
    longest.sort(key=lambda c: -len(c.points))
    return [[*g, *rest] for g in ([most] if most is longest else [most, longest])]


def _twin(groups: dict[tuple[str, str], list[Curve]], place: tuple[str, str]) -> bool:
    """Whether a factor changed only together with one whose curve is told before it."""
    mine = groups[place][0]
    for (suite, factor), items in groups.items():
        if (suite, factor) == place:
            return False
        if suite == place[0] and factor in mine.together and items[0].metric == mine.metric:
            return True
    return False


def _claim(book: Book, item: Curve) -> ClaimBase | None:
    claim = registry()["curve"].say(book.desk, item, 0, 0.0)
    return claim if claim is not None and claim.verdict == "SUPPORTED" else None


def _curve(book: Book, items: list[Curve], weight: float) -> Found | None:
    item = _head(items)
    claim = _claim(book, item)
    if claim is None:
        return None
    about = About("curve", item.subject, item.metric, item.suite, item.factor, _way(item))
    short = len(item.condition) > _HEADED  # a heading with a long condition is not read: the first sentence has it
    title = _title(book, item, bare=short)
    lines = [Line(_size(book, item, given=short), about, "", (claim.id,))]
    lines += _step(book, item, about)
    lines += _top(book, item, about)
    claims = [claim]
    beside = _beside(items, item)
    claims += [more for other in beside if (more := _claim(book, other)) is not None]
    if beside:
        says = [_goes(book, c) for c in beside]
        ends = " to ".join(book.f(item, f) for f in ("a", "b"))
        text = f"From {book.f(item, 'factor')} {ends}, the {listed(says)}."
        ids = tuple(c.id for c in claims[1:])
        lines.append(
            Line(text, About("curve", item.subject, beside[0].metric, item.suite, item.factor), "elaboration", ids)
        )
    unreached = _unreached(book, item)
    if unreached is not None:
        lines.append(
            Line(
                f"But from {book.f(unreached, 'factor')} {book.f(unreached, 'values.load')} on fewer requests were in "
                "flight than that, so the values there are no limit of the system.",
                About("curve", item.subject, item.metric, item.suite, item.factor, "open"),
                "contrast",
                (claim.id,),
            )
        )
    lines += _rivals(book, item)
    lines += _others(book, item, about)
    return Found(
        kind="curve",
        weight=weight
        + (0.5 if item.load and item.metric in _RATES else 0.0)  # what a load brings, before what it costs
        - (0.5 if item.peaks and item.metric in _WAITS else 0.0)  # a wait that gets shorter with more load is none
        - (1.5 if unreached is not None else 0.0),
        title=title,
        lines=lines,
        verdict="" if unreached is not None else _title(book, item) + (" (geometric means)" if _averaged(item) else ""),
        scope={"factor": item.factor, "metric": item.metric, "suite": item.suite},
        items=[item],
        claims=claims,
        subjects=(item.subject,) if item.subject else (),
    )


def _step(book: Book, item: Curve, about: About) -> list[Line]:
    """Where most of the way is gone in one step: a cliff, which the ends alone do not show."""
    if len(item.points) < _MANY_POINTS or item.knee is not None or item.turn is not None:
        return []
    logs = [math.log(p.value) for p in item.points]
    steps = [b - a for a, b in pairwise(logs)]
    place = max(range(len(steps)), key=lambda i: abs(steps[i]))
    whole = logs[-1] - logs[0]
    if abs(steps[place]) < _CLIFF or steps[place] * whole <= 0 or abs(steps[place]) < _MOST_OF * abs(whole):
        return []
    at, to = f"points.{place}", f"points.{place + 1}"
    text = (
        f"Most of that is one step: {book.about(item, f'{at}.value')} at {book.f(item, 'factor')} "
        f"{book.f(item, f'{at}.level')}, {book.about(item, f'{to}.value')} at {book.f(item, f'{to}.level')}."
    )
    return [Line(text, about, "elaboration")]


def _top(book: Book, item: Curve, about: About) -> list[Line]:
    """Of a load that saturates: the highest point behind the knee, and what is left of it at the last load."""
    if item.knee is None or item.turn is not None or not item.ordered or item.knee == 0:
        return []
    top = max(range(len(item.points)), key=lambda i: item.points[i].value)
    last = len(item.points) - 1
    if top in (item.knee, last):
        text = f"At {book.f(item, 'factor')} {book.f(item, 'b')} it is {book.f(item, 'value_b')}."
    else:
        text = (
            f"The highest is {book.f(item, f'points.{top}.value')} at {book.f(item, f'points.{top}.level')}, and at "
            f"{book.f(item, 'b')} it is {book.f(item, 'value_b')}."
        )
    return [Line(text, about, "elaboration")]


def _others(book: Book, item: Curve, about: About) -> list[Line]:
    """From what to what factor the same goes elsewhere: under the other settings, of the other systems."""
    names = ("suite", "factor", "metric", "definition", "level")
    alike = [c for c in book.analysis.curves if all(getattr(c, n) == getattr(item, n) for n in names)]
    if any(c.over or (c.a, c.b, c.ordered) != (item.a, item.b, item.ordered) for c in alike):
        return []  # some of them would not be counted
    same = list({tuple(p.value for p in c.points): c for c in reversed(alike)}.values())[::-1]  # a copy is no second
    if len(same) < _SEVERAL or any(c.turn is not None for c in same):
        return []
    field = "ratio" if item.ratio >= 1 else "1/ratio"
    span = book.desk.span([(c, field) for c in same])
    over = "last value to the first" if item.ratio >= 1 else "first value to the last"
    reach = book.reach(span)
    text = (
        f"Over the {book.f(span, 'count')} curves from {book.f(item, 'factor')} {book.f(item, 'a')} to "
        f"{book.f(item, 'b')}, the ratio of the {over} {'goes from' if ' to ' in reach else 'is'} {reach}."
    )
    return [Line(text, about, "elaboration")]


def _way(item: Curve) -> str:
    return "higher" if item.ratio > 1 else "lower"


def _who(book: Book, item: Curve) -> str:
    return book.subject(item)


def _verb(item: Curve) -> str:
    return {"rises": "rises", "falls": "falls"}.get(item.outcome, "goes")


def _title(book: Book, item: Curve, *, bare: bool = False) -> str:
    """ "Generation speed falls from 66 to 4.9 tokens/s as concurrency goes from 1 to 32"."""
    name = _name(item)
    name = name[:1].upper() + name[1:] + _who(book, item)
    factor, a, b = (book.f(item, f) for f in ("factor", "a", "b"))
    given = f", with {book.f(item, '&condition')}" if item.condition and not bare else ""
    low, high = book.about(item, "value_a"), book.about(item, "value_b")
    if item.turn is not None:
        at = f"points.{item.turn}"
        top = f"{book.about(item, f'{at}.value')} at {factor} {book.f(item, f'{at}.level')}"
        if item.peaks:
            return f"{name} peaks at {top} and falls to {high} at {b}{given}"
        return f"{name} is lowest with {top} and rises to {high} at {b}{given}"
    if item.knee is not None:
        at = f"points.{item.knee}"
        reached = f"{book.about(item, f'{at}.value')} at {factor} {book.f(item, f'{at}.level')}"
        return f"{name} reaches {reached}, and more brings hardly more{given}"
    return f"{name} {_verb(item)} from {low} to {high} as {factor} goes from {a} to {b}{given}"


def _name(item: Curve) -> str:
    return f"{statistic(item)} {noun(item)}".strip()


def _size(book: Book, item: Curve, *, given: bool = False) -> str:
    """By how much, over how many records, and under which settings it was seen."""
    where = book.suite(item) + (f" with {book.f(item, '&condition')}" if given else "")
    means = " (geometric means)" if _averaged(item) else ""
    if item.knee == 0 and item.turn is None:
        return f"That is the lowest {book.f(item, 'factor')} that ran{where}{means}."
    if item.knee is not None or item.turn is not None:
        start = f"It starts from {book.about(item, 'value_a')} at {book.f(item, 'factor')} {book.f(item, 'a')}"
        return f"{start}{where}{means}."
    size = book.about(item, "ratio" if item.ratio >= 1 else "1/ratio")
    counts = ""
    what = "reading" if item.level == "aggregate" else "record"
    if item.n_a and item.n_b and (item.n_a, item.n_b) != (1, 1):
        counts = (
            f" over {book.f(item, 'n_a')} {counted(item.n_a, what)} at each end"
            if item.n_a == item.n_b
            else f" over {book.f(item, 'n_a')} and {book.f(item, 'n_b')} {what}s"
        )
    return book.turn(
        "curve",
        f"That is a factor of {size}{counts}{where}{means}.",
        f"The ends are {size} times apart{counts}{where}{means}.",
    )


def _unreached(book: Book, item: Curve) -> Alert | None:
    """That the last loads of the curve were never reached."""
    for alert in book.analysis.alerts:
        mine = alert.kind == "load_not_reached" and (alert.suite, alert.factor) == (item.suite, item.factor)
        if mine and float(item.b) >= float(alert.values["load"]):
            return alert
    return None


def _averaged(item: Curve) -> bool:
    """Whether its points are means of records, and no values that the files state."""
    return item.level == "sample" and any((p.n or 1) > 1 for p in item.points)


def _head(items: list[Curve]) -> Curve:
    """What a finding begins with: of a load the throughput that it brings, else the metric that moves most."""
    if items[0].load:
        for metric in _RATES:
            if found := [c for c in items if c.metric == metric]:
                return found[0]
    return items[0]


def _beside(items: list[Curve], first: Curve) -> list[Curve]:
    """Other metrics of the same runs, one each: of a load the time that it costs."""
    found: dict[str, Curve] = {}
    for item in items:
        same = (item.subject, item.condition) == (first.subject, first.condition)
        same = same and (item.a, item.b) == (first.a, first.b)
        if same and item.metric != first.metric and item.ordered:
            found.setdefault(item.metric, item)
    known = [m for m in (*_WAITS, *PRIMARY) if m in found and not (first.metric in _RATES and m in _RATES)]
    return [found[m] for m in dict.fromkeys(known)][:_BESIDE]


def _goes(book: Book, item: Curve) -> str:
    if item.turn is not None:
        at = f"points.{item.turn}"
        top = f"{book.about(item, f'{at}.value')} at {book.f(item, f'{at}.level')}"
        ends = f"{book.about(item, 'value_a')} and {book.about(item, 'value_b')} at the ends"
        return f"{_name(item)} is {'highest' if item.peaks else 'lowest'} with {top}, against {ends}"
    return f"{_name(item)} {_verb(item)} from {book.about(item, 'value_a')} to {book.about(item, 'value_b')}"


def _rivals(book: Book, item: Curve) -> list[Line]:
    """What the others reach at the same end of the same work: the difference that one can choose."""
    axes: dict[str, dict[str, Curve]] = {}
    hidden: set[str] = set()
    for other in book.analysis.curves:
        same = all(getattr(other, n) == getattr(item, n) for n in ("suite", "factor", "metric", "level", "definition"))
        if not same or other is item or _there(other, item.b) is None:
            continue
        apart = [k for k in {*other.condition, *item.condition} if other.condition.get(k) != item.condition.get(k)]
        roles = {str(book.desk.dataset.role_of(k)) for k in apart}
        if roles & {"workload", "component", "replicate"} or len(apart) + (other.subject != item.subject) != 1:
            continue  # one difference has a name; of two, neither can be told
        axis = apart[0] if apart else "subject"
        if apart and not other.condition.get(axis):
            continue  # another test, which had no such setting
        if other.over:
            hidden.add(axis)  # its values are none, and without it the list would not be whole
        axes.setdefault(axis, {}).setdefault(_label(book, other, axis), other)
    if not axes:
        return []
    axis, found = max(axes.items(), key=lambda kv: (kv[0] == "subject", len(kv[1])))
    mine = _label(book, item, axis)
    if axis in hidden or not len(found) < _RIVALS or not mine or not all(found) or mine in found:
        return []
    parts = [f"{book.about(item, 'value_b')} for {mine}"]
    parts += [f"{book.about(o, f'points.{_there(o, item.b)}.value')} for {label}" for label, o in found.items()]
    text = f"At {book.f(item, 'factor')} {book.f(item, 'b')} it is {listed(parts)}"
    if item.load and all(o.a == item.a for o in found.values()):
        low = [f"{book.about(o, 'value_a')} for {label}" for label, o in ((mine, item), *found.items())]
        text += f"; at {book.f(item, 'a')} it is {listed(low)}"
    text = f"{text}."
    return [Line(text, About("curve", item.subject, item.metric, item.suite, item.factor), "elaboration")]


def _there(item: Curve, level: str) -> int | None:
    """The place of a level on a curve, wherever that curve ends."""
    return next((i for i, p in enumerate(item.points) if p.level == level), None)


def _label(book: Book, item: Curve, axis: str) -> str:
    """The system, or the level of the setting that differs."""
    if axis == "subject":
        return book.f(item, "subject") if item.subject else ""
    level = item.condition.get(axis, "")
    if not level:
        return ""
    return book.f(item, f"condition.{axis}" if level[:1].isalpha() else f"~condition.{axis}")
