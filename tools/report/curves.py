"""Findings about what was asked: what more load, a longer prompt or another turn does to speed and waiting, over all
that ran with it. One finding a factor, by the metric that tells most, with what the others do beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from chimera_report.tools.claims import METRIC_WEIGHT, listed, noun
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report import admitted
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.report.statistic import statistic
from chimera_report.tools.report.varied_words import MACHINES, placed, said
from chimera_report.tools.schema import Alert, ClaimBase, Curve
from chimera_report.tools.statements import registry

_MOST = 4
_MANY_POINTS = 5  # of a curve, from which on one step can be most of it
_CLIFF = math.log(1.15)  # the least step that is called so, …
_MOST_OF = 0.5  # … and its share of the way
_RATES = ("output_throughput", "total_throughput", "request_rate", "goodput")  # what a load brings
_SPEEDS = ("decode_rate", "prefill_rate", *_RATES)
_BESIDE = (("ttft", "e2e_latency"), ("decode_rate", "tpot", "itl"), ("energy_per_token",))  # what it costs, one each
_ENDS = math.log(1.1)  # a curve whose ends differ by less is flat
_MOSTLY = 0.75  # share of the curves that have to go the same way
_MAKERS = (
    *MACHINES,
    "host",
    "backend",
    "engine",
    "framework",
    "hardware",
    "provider",
)  # of what ran, before its settings
_TWICE = 2.0  # from here on a rise is told in times


def curves(book: Book) -> list[Found]:
    """A factor of the work a finding."""
    groups: dict[str, list[Curve]] = {}
    passes, first = book.desk.dataset.passes, book.desk.dataset.of_first_pass
    fitting = [c for c in book.analysis.curves if _fits(book, c)]
    fitting = [c for c in fitting if not first(c.condition)] or fitting  # what the later passes do is what users see
    for item in fitting:
        groups.setdefault(item.factor, []).append(item)
    made = [f for g in groups.values() if (f := _finding(book, g)) is not None]
    made.sort(key=lambda f: (f.scope["factor"] not in passes, -f.weight))
    told: list[Found] = []
    for found in made:  # what changed only together with another factor is that one's finding
        (item,) = (i for i in found.items[:1] if isinstance(i, Curve))
        if not any(f.scope["factor"] in item.together for f in told):
            told.append(found)
    return told[:_MOST]


def _fits(book: Book, item: Curve) -> bool:
    known = item.metric in PRIMARY or item.metric in METRIC_WEIGHT or any(item.metric in k for k in _BESIDE)
    asked = item.factor in book.desk.dataset.passes or admitted.asked(book, item.factor)
    # That kinds of work differ is no news.
    return (
        known
        and not item.over  # the mean of unlike records has no course
        and asked
        and item.ordered
        and metric_of(item.metric).direction != "none"
        and admitted.alone(book, item.factor, item.together)
    )


def _finding(book: Book, items: Sequence[Curve]) -> Found | None:
    kind = registry()["curve"]
    sets = _sets(items)
    heads = [s for s in sets if _way(s)]
    if not heads:
        return None
    load = any(c.load for c in items)
    order = _RATES if load else _SPEEDS
    heads.sort(key=lambda s: (s[0].metric not in order, order.index(s[0].metric) if s[0].metric in order else 0))
    mine = heads[0] if heads[0][0].metric in order else max(heads, key=lambda s: max(kind.weigh(c) for c in s))
    moved = _moved(mine)
    ends = sorted(moved, key=_size)
    shown = [ends[-1]] if len(ends) == 1 else [ends[0], ends[-1]]
    claims = [c for i in shown if (c := _claim(book, i)) is not None]
    if len(claims) < len(shown):
        return None
    head = ends[-1]
    about = About("curve", head.subject, head.metric, head.suite, head.factor, "higher" if head.ratio > 1 else "lower")
    title = _title(book, mine, moved)
    ids = tuple(c.id for c in claims)
    told = _telling(mine)
    lines = [Line(_ends(book, shown, told), about, "", ids)] if len(mine) > 1 else [*_step(book, head, about, ids)]
    lines += _flat(book, mine, moved, about)
    lines += _knees(book, moved, told, about)
    lines += _costs(book, sets, moved)
    unreached = _unreached(book, head)
    if unreached is not None:
        text = (
            f"But from {book.f(unreached, 'factor')} {book.f(unreached, 'values.load')} on fewer requests were in "
            "flight than that, so the values there are no limit of the system."
        )
        open_ = About("curve", head.subject, head.metric, head.suite, head.factor, "open")
        lines.append(Line(text, open_, "contrast" if lines else "", ids))
    if not lines:
        lines = [Line(_ends(book, shown, told), about, "", ids)]
    lines[0] = replace(lines[0], relation="", claims=(*lines[0].claims, *ids))
    waits = head.metric not in _SPEEDS
    return Found(
        kind="curve",
        weight=kind.weigh(head)
        + (0.5 if head.load and head.metric in _RATES else 0.0)  # what a load brings, before what it costs
        - (0.5 if head.peaks and waits else 0.0)  # a wait that gets shorter with more load is none
        - (1.5 if unreached is not None else 0.0),
        title=title,
        lines=lines,
        verdict="" if unreached is not None else title,
        scope={"factor": head.factor, "metric": head.metric, "suite": head.suite},
        items=[head, *shown],
        claims=claims,
        subjects=tuple(dict.fromkeys(c.subject for c in mine if c.subject)),
    )


def _sets(items: Sequence[Curve]) -> list[list[Curve]]:
    """The curves of each metric between the same ends, those ends that most have; a copy is no second one."""
    by: dict[tuple[str, str, str], dict[str, list[Curve]]] = {}
    for item in items:
        ends = f"{item.a} to {item.b}"
        by.setdefault((item.metric, item.definition, item.level), {}).setdefault(ends, []).append(item)
    found: dict[str, list[Curve]] = {}
    for (metric, _, _), groups in by.items():
        most = max(groups.values(), key=lambda g: (len(g), len(g[0].points)))
        medians = [c for c in most if c.stat == "p50"] or most
        mine = list({tuple(p.value for p in c.points): c for c in reversed(medians)}.values())[::-1]
        if len(mine) > len(found.get(metric, [])):
            found[metric] = mine
    return list(found.values())


def _size(item: Curve) -> float:
    return abs(math.log(item.ratio))


def _moved(items: Sequence[Curve]) -> list[Curve]:
    """Those that go the way that most go, by a tenth or more."""
    up, down = ([c for c in items if s * math.log(c.ratio) > _ENDS] for s in (1, -1))
    return up if len(up) >= len(down) else down


def _way(items: Sequence[Curve]) -> bool:
    """Whether the curves tell one way: most of them, or all but those of some work on which the factor does nothing."""
    moved = _moved(items)
    if not moved:
        return False
    against = [c for c in items if c not in moved and _size(c) > _ENDS]
    return len(moved) >= _MOSTLY * len(items) or (not against and bool(_split(items, moved)))


def _split(items: Sequence[Curve], moved: Sequence[Curve]) -> tuple[str, list[str]]:
    """The setting whose levels part the curves that move from those that do not, and the levels of the first."""
    for name in dict.fromkeys(n for c in items for n in c.condition):
        here = list(dict.fromkeys(c.condition.get(name, "") for c in moved))
        there = {c.condition.get(name, "") for c in items if c not in moved}
        if there and "" not in {*here, *there} and not there & set(here):
            return name, here
    return ("", [])


def _title(book: Book, items: Sequence[Curve], moved: Sequence[Curve]) -> str:
    head = max(moved, key=_size)
    factor, a, b = (book.f(head, f) for f in ("factor", "a", "b"))
    stat = statistic(head)
    name = f"{stat} {noun(head)}".strip()
    text = f"From {factor} {a} to {b}, {name} {_goes(book, moved)}"
    if len(items) == 1:
        text += f", {_values(book, head)}{book.subject(head)}"
        text += placed(book, head, "condition", said(head.condition))
    elif len(moved) == len(items) and _hidden(book, head):
        count = book.f(book.desk.span([(c, "ratio") for c in items]), "count")
        text += f", in {count} sweeps (others hold unlike records)"
    elif len(moved) == len(items):
        count = book.f(book.desk.span([(c, "ratio") for c in items]), "count")
        models = len({c.subject for c in items}) == len(items)
        text += (
            f", with {'both' if len(items) == 2 else f'all {count}'} models that ran at both"
            if models
            else (", in both sweeps" if len(items) == 2 else f", in all {count} sweeps")
        )
    elif name_ := _split(items, moved)[0]:
        levels = [c for i, c in enumerate(moved) if c.condition[name_] not in [d.condition[name_] for d in moved[:i]]]
        text += f" {placed(book, levels[0], 'condition', {name_: levels[0].condition[name_]}).strip()}"
        text += "".join(f" and {book.f(c, f'condition.{name_}')}" for c in levels[1:])
    else:
        most = book.f(book.desk.span([(c, "ratio") for c in moved]), "count")
        text += f", in {most} of {book.f(book.desk.span([(c, 'ratio') for c in items]), 'count')} sweeps"
    return text


def _hidden(book: Book, head: Curve) -> bool:
    """Whether some sweeps between the same ends are of unlike records, so that no value of theirs is told."""
    same = ("factor", "metric", "definition", "level", "a", "b")
    return any(c.over and all(getattr(c, n) == getattr(head, n) for n in same) for c in book.analysis.curves)


def _goes(book: Book, moved: Sequence[Curve]) -> str:
    """ "grows 10 to 40 times", "falls by 26 to 82 %": from the least to the greatest of the curves."""
    if moved[0].ratio < 1:
        return f"falls by {book.reach(book.desk.span([(c, '1-ratio') for c in moved]))}"
    if max(c.ratio for c in moved) < _TWICE:
        return f"grows by {book.reach(book.desk.span([(c, 'ratio-1') for c in moved]))}"
    return f"grows {book.reach(book.desk.span([(c, 'ratio') for c in moved]))} times"


def _telling(items: Sequence[Curve]) -> set[str]:
    """The settings in which the curves differ, of those that differ together the first; "model" for the systems."""
    found: dict[tuple[int, ...], str] = {}
    names = dict.fromkeys(n for c in items for n in c.condition)
    for name in ("model", *sorted(names, key=lambda n: n not in _MAKERS)):
        levels = [c.subject if name == "model" else c.condition.get(name, "") for c in items]
        pattern = tuple(levels.index(x) for x in levels)
        if len({*levels}) > 1:
            found.setdefault(pattern, name)
    return {*found.values()}


def _place(book: Book, item: Curve, told: set[str]) -> str:
    """ " with gemma3:1b and config awq": which of the curves it is."""
    here = {"model": item.subject} if item.subject and "model" in told else {}
    here |= {n: x for n, x in said(item.condition).items() if n in told}
    return placed(book, item, "condition", here, subject="subject")


def _ends(book: Book, shown: Sequence[Curve], told: set[str]) -> str:
    """The curve that goes least and the one that goes most, with both values of each."""
    parts = [f"{_values(book, c)}{_place(book, c, told)}" for c in shown]
    if len(parts) == 1:
        return f"It goes {parts[0]}."
    if len({book.desk.render("x" + book.about(c, "ratio")) for c in shown}) == 1:
        return f"It goes {parts[0]} and {parts[1]}."
    return f"It goes least {parts[0]}, and most {parts[1]}."


def _values(book: Book, item: Curve) -> str:
    return f"from {book.reach(item, 'value_a', 'value_b')}"


def _flat(book: Book, items: Sequence[Curve], moved: Sequence[Curve], about: About) -> list[Line]:
    """That elsewhere it hardly changes."""
    rest = [c for c in items if c not in moved]
    name = _split(items, moved)[0] if rest else ""
    if not name:
        return []
    one = list({c.condition[name]: c for c in rest if name in c.condition}.values())
    if not one:
        return []
    far = max(rest, key=_size)
    levels = [book.f(c, f"{'~' if i == 0 else ''}condition.{name}") for i, c in enumerate(one)]
    much = book.about(far, "ratio-1" if far.ratio >= 1 else "1/ratio-1")
    why = ": the first load is the limit already" if far.load and far.metric in _RATES else ""
    return [Line(f"With {listed(levels)} it changes by at most {much}{why}.", about, "elaboration")]


def _knees(book: Book, moved: Sequence[Curve], told: set[str], about: About) -> list[Line]:
    """From which load on more of it brings hardly more, where all curves have such a place; the only one's peak."""
    (first, *more) = moved
    if not more and first.peaks:
        at = f"points.{first.turn}"
        top = f"{book.about(first, f'{at}.value')} at {book.f(first, f'{at}.level')}"
        return [Line(f"It peaks at {top}.", about, "elaboration")]
    if len(more) > 1 or not all(c.knee and c.knee < len(c.points) - 1 for c in moved):
        return []
    parts = []
    for c in moved:
        at = f"points.{c.knee}"
        where = _place(book, c, told) if more else ""
        parts.append(f"more than {book.f(c, f'{at}.level')}{where} ({book.about(c, f'{at}.value')})")
    return [Line(f"M{listed(parts)[1:]} brings hardly more.", about, "elaboration")]


def _costs(book: Book, sets: Sequence[Sequence[Curve]], mine: Sequence[Curve]) -> list[Line]:
    """What the same sweeps do to the other metrics: waiting, the pace of one request, energy."""
    head = mine[0]
    where = {_where(c) for c in mine}
    by = {s[0].metric: [c for c in s if _where(c) in where] for s in sets}
    said_, claims = list[str](), list[str]()
    for kind in _BESIDE:
        for metric in kind:
            same = by.get(metric, [])
            if metric == head.metric or head.metric in kind or not same or not _same_way(same):
                continue
            claim = _claim(book, max(same, key=_size))
            if claim is None:
                continue
            stat = statistic(same[0])
            values = f", {_values(book, same[0])}" if len(same) == 1 else ""
            said_.append(f"{f'{stat} ' if stat else ''}{noun(same[0])} {_goes(book, same)}{values}")
            claims.append(claim.id)
            break
    if not said_:
        return []
    about = About("curve", head.subject, head.metric, head.suite, head.factor)
    return [Line(f"Meanwhile {listed(said_)}.", about, "elaboration", tuple(claims))]


def _where(item: Curve) -> tuple[str, str, tuple[tuple[str, str], ...], str]:
    return item.suite, item.subject, tuple(sorted(item.condition.items())), f"{item.a} to {item.b}"


def _same_way(items: Sequence[Curve]) -> bool:
    return all(math.log(c.ratio) > _ENDS for c in items) or all(math.log(c.ratio) < -_ENDS for c in items)


def _claim(book: Book, item: Curve) -> ClaimBase | None:
    claim = registry()["curve"].say(book.desk, item, 0, 0.0)
    return claim if claim is not None and claim.verdict == "SUPPORTED" else None


def _step(book: Book, item: Curve, about: About, ids: tuple[str, ...]) -> list[Line]:
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
    return [Line(text, about, "", ids)]


def _unreached(book: Book, item: Curve) -> Alert | None:
    """That the last loads of the curve were never reached."""
    for alert in book.analysis.alerts:
        mine = alert.kind == "load_not_reached" and (alert.suite, alert.factor) == (item.suite, item.factor)
        if mine and float(item.b) >= float(alert.values["load"]):
            return alert
    return None
