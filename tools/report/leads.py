"""Findings about systems that ran in several suites: who is first how often, where another one is, and by how much."""

from __future__ import annotations

from chimera_report.tools.claims import listed, noun
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.report import admitted
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.report.varied_words import MACHINES
from chimera_report.tools.schema import Lead, Role
from chimera_report.tools.scored import better
from chimera_report.tools.statements import registry

KIND = "lead"
_BESIDE = 2  # further speeds and times of a setting
_PLACES = 3  # suites from which on it is told from where to where a system goes


def leads(book: Book) -> list[Found]:
    """The systems and each setting: of the speeds by the one that matters most, with the others beside it for a
    setting, and by each score."""
    found: list[Found | None] = []
    by_axis: dict[str, list[Lead]] = {}
    known = [i for i in book.analysis.leads if admitted.rival(book, i.axis, *i.names) and _chosen(book, i.axis)]
    for item in sorted(known, key=lambda i: PRIMARY.index(i.metric) if i.metric in PRIMARY else 99):
        by_axis.setdefault(item.axis, []).append(item)
    for items in by_axis.values():
        speeds = [i for i in items if not better(i.metric)]
        told = [i for i in speeds if registry()[KIND].draft(i) is not None]
        if told:
            found.append(_finding(book, told[0], told[1 : 1 + _BESIDE]))
        found += [_finding(book, i, []) for i in items if better(i.metric)]
    return [f for f in found if f is not None]


def _chosen(book: Book, axis: str) -> bool:
    """Whether somebody chooses between the levels: a column that nothing explains may be of what was asked."""
    return axis == "subject" or book.desk.dataset.role_of(axis) is not Role.UNKNOWN


def _finding(book: Book, item: Lead, beside: list[Lead]) -> Found | None:
    kind = registry()[KIND]
    weight = kind.weigh(item)
    claim = kind.say(book.desk, item, 0, weight)
    if claim is None or claim.verdict != "SUPPORTED":
        return None
    systems = item.axis == "subject"
    about = About(KIND, item.names[0] if systems else "", item.metric, factor=item.axis, verdict="higher")
    lines = [Line(_values(book, item, item.widest, "It is furthest ahead"), about, "", (claim.id,))]
    more = [*_others(book, item), *(_reach(book, item) if systems else _least(book, item))]
    lines += [Line(t, about, "elaboration", (claim.id,)) for t in more]
    claims = [claim]
    for other in beside if not systems else []:
        told = kind.say(book.desk, other, 0, weight - 1)
        if told is not None and told.verdict == "SUPPORTED":
            claims.append(told)
            text = f"{{{{{told.id}}}}}: {_pair(book, other, other.widest)} at the most."
            lines.append(Line(text, About(KIND, metric=other.metric, factor=item.axis), "elaboration", (told.id,)))
    for i in range(min(len(item.together), 1)):
        text = f"But {book.f(item, f'together.{i}')} changed along with {book.f(item, 'axis')}."
        lines.append(Line(text, About(KIND, metric=item.metric, factor=item.axis, verdict="open"), "contrast"))
    return Found(
        kind=KIND,
        weight=weight,
        title=f"{{{{{claim.id}}}}}",
        lines=lines,
        verdict=f"{{{{{claim.id}}}}}",
        scope={"factor": item.axis, "metric": item.metric},
        items=[item],
        claims=claims,
        subjects=item.names if systems else (),
    )


def _least(book: Book, item: Lead) -> list[str]:
    """Where the first is the least ahead, where no other is ahead."""
    if any(item.wins[1:]):
        return []
    return [_values(book, item, item.narrowest, "It is least ahead")]


def _pair(book: Book, item: Lead, place: int) -> str:
    parts = [
        f"{book.f(item, f'points.{place}.values.{i}')} with {book.f(item, f'names.{i}')}"
        for i in _best_first(item, place)
    ]
    return f"{listed(parts, 'against') if len(parts) == 2 else listed(parts)} {_at(book, item, place)}"


def _at(book: Book, item: Lead, place: int) -> str:
    """ "in suite night with temperature 0"."""
    given = f"with {book.f(item, f'&points.{place}.condition')}" if item.points[place].condition else ""
    if item.suites < 2 and given:
        return given
    return f"in suite {book.f(item, f'points.{place}.suite')} {given}".strip()


def _values(book: Book, item: Lead, place: int, head: str) -> str:
    parts = [
        f"{book.f(item, f'names.{i}')} {book.f(item, f'points.{place}.values.{i}')}" for i in _best_first(item, place)
    ]
    return f"{head} {_at(book, item, place)}: {listed(parts)}."


def _best_first(item: Lead, place: int) -> list[int]:
    point = item.points[place]
    order = sorted(range(len(item.names)), key=lambda i: point.values[i])
    higher = point.first is None or point.first != order[0]
    return order[::-1] if higher else order


def _others(book: Book, item: Lead) -> list[str]:
    """Where another one is first, and who is always last."""
    said = []
    won = [i for i in range(1, len(item.names)) if item.wins[i]]
    for i in won[:1]:
        places = [n for n, p in enumerate(item.points) if p.first == i]
        place = item.narrowest if item.narrowest in places else places[0]
        many = f"{book.f(item, f'wins.{i}')} of them" if item.wins[i] > 1 else "one of them"
        said.append(_values(book, item, place, f"{book.f(item, f'names.{i}')} is ahead under {many}, such as"))
    near = len(item.points) - sum(item.wins)
    if near and won:
        said.append("Under the others no one is ahead by more than two per cent.")
    last = max(range(len(item.names)), key=lambda i: item.lasts[i])
    if len(item.names) > 2 and 2 * item.lasts[last] > len(item.points):
        often = "all" if item.lasts[last] == len(item.points) else f"{book.f(item, f'lasts.{last}')} of them"
        said.append(f"{book.f(item, f'names.{last}')} is last under {often}.")
    return said


def _reach(book: Book, item: Lead) -> list[str]:
    """From which suite, or machine, to which each system goes under one condition that most of them ran."""
    machines = {n: [p.condition.get(n, "") for p in item.points] for n in item.points[0].condition}
    machines = {n: v for n, v in machines.items() if n in MACHINES or book.desk.dataset.role_of(n) is Role.ENVIRONMENT}
    groups: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for i, point in enumerate(item.points):
        rest = {n: x for n, x in point.condition.items() if n not in machines}
        groups.setdefault(tuple(sorted(rest.items())), []).append(i)
    places = max(groups.values(), key=len)
    held = [n for n in item.points[places[0]].condition if n not in machines]
    if len(places) < _PLACES or (item.suites < 2 and not machines):
        return []
    given = f"With {listed([book.f(item, f'~points.{places[0]}.condition.{n}') for n in held])}, " if held else ""
    parts = []
    for i in range(len(item.names)):
        low, high = (pick(places, key=lambda n: item.points[n].values[i]) for pick in (min, max))
        ends = [f"{book.f(item, f'points.{n}.values.{i}')} ({_place(book, item, n, machines)})" for n in (low, high)]
        parts.append(f"from {ends[0]} to {ends[1]} for {book.f(item, f'names.{i}')}")
    text = f"{given}the {noun(item)} goes {listed(parts)}."
    return [text[:1].upper() + text[1:]]


def _place(book: Book, item: Lead, place: int, machines: dict[str, list[str]]) -> str:
    if item.suites > 1:
        return f"suite {book.f(item, f'points.{place}.suite')}"
    return ", ".join(book.f(item, f"points.{place}.condition.{n}") for n in machines)
