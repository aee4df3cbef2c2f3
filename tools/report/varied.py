"""Findings about what was varied: one for each system, machine or setting of which several were run under the same
conditions. Who is ahead in what, by how much, on what that depends, and what it costs in the other metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chimera_report.tools.claims import counted, listed, say
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.report import admitted
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.repeats import scattered
from chimera_report.tools.report.rivalry import Settled, first_pass, lead, like, place, telling, worth
from chimera_report.tools.report.statistic import firm
from chimera_report.tools.report.unlike import implied, lengths, longer, unequal
from chimera_report.tools.report.varied_beside import costs, nearest, order, rivals_of, second, thriftiest, ties
from chimera_report.tools.report.varied_words import (
    MACHINES,
    both,
    depends_of,
    ends_of,
    level,
    mostly,
    tied,
    title_of,
    turns,
)
from chimera_report.tools.schema import ClaimBase, Comparison, Matched, Role
from chimera_report.tools.statements import registry

KIND = "matched"
# Parts of a machine and its software that go together: a backend and the device that it runs on.
_HARDWARE = frozenset(
    {"backend", "device", "engine", "engine_version", "framework", "gpu", "host", "driver", "version"}
)
_FEWEST = 2  # conditions that both ran
_SOME = 4  # conditions that disagree, from which on that is told
_NAMED = 3  # settings named that differ along with the two
_COUNTED = 10  # conditions from which on their values may differ in something that no column names
_TENTH = 1.1
_OTHER = 2.5  # what a comparison of others counts less, where the one that is ahead most often is told elsewhere
_ELSE = ("itl", "energy_per_token", "vram", "ram")  # where nothing that people quote was measured


def varied(book: Book) -> list[Found]:
    """What was varied in each suite, a finding each; of what stands in two files, one."""
    made: list[Found] = []
    for group in _groups(book):
        head = _head(book, group)
        if head is None or any(_restated(head, m) for f in made for m in f.items if isinstance(m, Matched)):
            continue
        found = _finding(book, head, group)
        if found is not None:
            made.append(found)
    return made


def _groups(book: Book) -> list[list[Matched]]:
    """The comparisons of each thing that was varied in a suite: over all systems, where these ran with it."""
    settled = Settled(book.analysis)
    groups: dict[tuple[str, str, str], list[Matched]] = {}
    for item in book.analysis.matched:
        if (not item.over or item.outcome == "all") and not settled.has(item):
            groups.setdefault((item.suite, item.axis, item.subject), []).append(item)
    across = {(i.suite, i.axis) for i in book.analysis.matched if "over" in i.recipe.args}
    kind = registry()[KIND]
    kept = [g for at, g in groups.items() if not at[2] or at[:2] not in across]
    kept.sort(key=lambda g: -max(map(kind.weigh, g)))
    told: dict[tuple[str, str], list[Matched]] = {}
    for group in kept:  # what one system shows of a setting, others show again
        told.setdefault((group[0].suite, group[0].axis), group)
    return list(told.values())


def _head(book: Book, group: list[Matched]) -> Matched | None:
    """The pair and the metric that a finding begins with: of the metrics that people quote the first that says
    something."""
    kind = registry()[KIND]
    # Values that something unnamed moves are told where there are many, and before none that nothing moves.
    group = [i for i in group if not i.over or len(i.points) >= _COUNTED] or group
    group = [i for i in group if not i.first] or group  # the first pass is told beside the later ones
    told = [i for i in group if _told(book, i)]
    metrics = list(dict.fromkeys(i.metric for i in told))
    metrics = [m for m in metrics if m in PRIMARY] or [m for m in metrics if m in _ELSE]
    heads = [(m, _widest(book, [i for i in told if i.metric == m])) for m in metrics]
    heads = [h for h in heads if worth(h[1])]
    if not heads:
        return None
    heads.sort(key=lambda h: place(h[0]))
    telling_ = [i for _, i in heads if not (level(i) or tied(i) or _slight(i) or _split(i))]
    return telling_[0] if telling_ else max((i for _, i in heads), key=kind.weigh)


def _led(book: Book, head: Matched) -> bool:
    """Whether another one is ahead of the two, which is told elsewhere."""
    others = rivals_of(book, head)
    first = lead(others)
    beaten = (i.b == head.a and i.ahead > i.behind and len(i.points) >= _FEWEST for i in others)
    return first not in (head.a, head.b) or any(beaten)


def _slight(item: Matched) -> bool:
    """Whether the two differ by less than a tenth wherever they were compared."""
    return all(1 / _TENTH < p.ratio < _TENTH for p in item.points)


def _split(item: Matched) -> bool:
    """Whether each of the two is ahead here and there, and nothing says where."""
    return item.outcome == "mixed" and not mostly(item) and turns(item) is None


def _widest(book: Book, items: list[Matched]) -> Matched:
    """Of the pairs of the one that is ahead most often of all, the widest."""
    items = like([i for i in items if not i.together] or items)  # two that differ in one thing say more
    first = lead(rivals_of(book, items[0]))
    mine = [i for i in items if first in (i.a, i.b)] or items
    return max(mine, key=lambda i: (max(i.ratio, 1 / i.ratio), i.recipe.key))


def _told(book: Book, item: Matched) -> bool:
    """Whether a comparison can open a finding: it has names, conditions enough, and says who is ahead."""
    several = len(item.points) >= _FEWEST
    if item.over or not admitted.rival(book, item.axis, item.a, item.b, conditions=len(item.points)):
        return False  # what the two are, no name says
    if item.alone > len(item.points) or (not several and (item.within or item.points[0].condition)):
        return False  # one condition shows nothing of the others, nor do the few that both ran of the many that one did
    if _split(item) and not tied(item) and (item.axis != "subject" or len(item.points) < _SOME or level(item)):
        return False  # settings of which neither is the better one
    machines = item.axis in MACHINES or _HARDWARE.issuperset({item.axis, *item.together})
    if item.together and (not several or not machines):
        return False  # whatever the difference is, it is not that of the two
    of = book.desk.dataset.role_of
    if any(of(f) is Role.COMPONENT for f in item.matched):
        return False  # parts of a process are no conditions
    return of(item.axis) is not Role.UNKNOWN or item.axis == "subject" or not unequal(book, item)


def _restated(item: Matched, other: Matched) -> bool:
    """Whether two comparisons of the same two rest on the same values, which stand in two files: one finding."""
    if item.metric != other.metric or {item.a, item.b} != {other.a, other.b}:
        return False
    mine, their = ({tuple(sorted((f"{p.value_a:.4g}", f"{p.value_b:.4g}"))) for p in i.points} for i in (item, other))
    return 2 * len(mine & their) >= min(len(mine), len(their))


def _finding(book: Book, head: Matched, group: Sequence[Matched]) -> Found | None:
    kind = registry()[KIND]
    weight = kind.weigh(head)
    claim = kind.say(book.desk, head, 0, weight)
    if claim is None or claim.verdict != "SUPPORTED":
        return None
    same = tied(head) or head.outcome == "alike"
    about = About(KIND, head.subject, head.metric, head.suite, head.axis, "same" if same else "higher")
    open_ = replace(about, verdict="open")
    lines = [Line(ends_of(book, head), about, "", (claim.id,))]
    if text := depends_of(book, head):
        lines.append(Line(text, about, "elaboration", (claim.id,)))
    claims: list[ClaimBase] = [claim]
    near = nearest(book, head)
    said = both(head, near) is not None
    others = [*second(book, near, head, told=said)] if near is not None else []
    others += [] if said else [*order(book, head, group)]
    beside = [*others, *ties(book, head, group), *costs(book, head, group)]
    beside += thriftiest(book, head, group)
    if near is not None and near.a == head.a:  # what the lead over the other one costs
        told_ = {line.about.metric for line, _ in beside}
        beside += [
            x for x in costs(book, near, group) if x[0].relation == "contrast" and x[0].about.metric not in told_
        ]
    for line, told in beside:
        lines.append(line)
        claims += told
    first = first_pass([*group], head)
    if first is not None and telling(first) and (told := supported([kind.say(book.desk, first, 1, weight - 1)])):
        lines.append(Line(f"{{{{{told[0].id}}}}}.", about, "elaboration", (told[0].id,)))
        claims += told
    lines += scattered(book, head) if head.scattered else []
    unlike = (lengths(book, head) or implied(book, head) or longer(book, head, group)) if not same else []
    lines += unlike
    if head.left:
        why = "the prompts of the two differ in length"
        if head.left_apart is not None:
            why = f"the records of one lie up to {book.about(head, 'left_apart')} times apart"
        text = f"{book.f(head, 'left')} {counted(head.left, 'condition is', 'conditions are')} left out, as {why}."
        lines.append(Line(text, open_, "elaboration"))
    if head.pooled > 1:
        mean = "median" if head.middle else "geometric mean"
        text = f"Each value is the {mean} of up to {book.f(head, 'pooled')} records."
        lines.append(Line(text, open_, "elaboration"))
    if head.together:
        other = listed([book.f(head, f"together.{i}") for i in range(min(len(head.together), _NAMED))])
        text = f"But the two differ in {other} as well, so the difference is that of both together."
        lines.append(Line(text, open_, "contrast"))
    tested = _tested(book, head)
    if tested is not None and not _of_no_width(tested):
        lines.append(_interval(book, head, tested))
    weak = level(head) or 2 * head.scattered > len(head.points)
    split = _split(head) and not same
    title = title_of(book, head, both(head, near))
    return Found(
        kind=KIND,
        weight=weight
        + (1.0 if tested is not None else 0.0)
        + (0.9 if turns(head) is not None else 0.0)
        - (2.5 if weak else 2.0 if split else 0.0)
        - (2.0 if unlike else 0.0)
        - (_OTHER if _led(book, head) else 0.0),
        title=_capital(title),
        lines=[replace(x, text=_capital(x.text)) for x in lines],
        verdict="" if weak or unlike or split else title,
        scope={"factor": head.axis, "metric": head.metric, "suite": head.suite},
        items=[head] if tested is None else [head, tested],
        claims=[*claims, *supported([say.comparison(book.desk, tested)] if tested is not None else [])],
        subjects=(head.a, head.b) if head.axis == "subject" else (),
    )


def _capital(text: str) -> str:
    """A sentence that begins with a word of code's own begins with a capital."""
    return text if not text[:1].islower() else text[:1].upper() + text[1:]


def _tested(book: Book, item: Matched) -> Comparison | None:
    """The test of the same two under their one condition, where there is one and it settles who is ahead."""
    if item.outcome != "all" or len(item.points) > 1:
        return None
    for found in book.analysis.comparisons:
        alike = (found.suite, found.metric, found.definition, found.axis, found.subject) == (
            item.suite, item.metric, item.definition, item.axis, item.subject,
        )  # fmt: skip
        if alike and {found.a, found.b} == {item.a, item.b} and not found.condition and firm(found):
            return found if found.ratio_ci is not None and not found.over else None
    return None


def _of_no_width(item: Comparison) -> bool:
    """Whether the interval shows the same number twice: then the ratio says it already."""
    return item.ratio_ci is not None and item.ratio_ci.high <= 1.002 * item.ratio_ci.low


def _interval(book: Book, head: Matched, item: Comparison) -> Line:
    """The interval of the ratio, by the records of the one condition."""
    field = "ratio" if item.a == (head.a if head.ratio > 1 else head.b) else "1/ratio"
    text = f"The interval of the ratio is {book.f(item, field, 'interval')}."
    claims = tuple(c.id for c in supported([say.comparison(book.desk, item)]))
    return Line(text, About(KIND, metric=head.metric, suite=head.suite, factor=head.axis), "elaboration", claims)


__all__ = ["KIND", "varied"]
