"""Findings about rivals of which each condition holds one value, so that no test compares them: who is ahead, how often
and by how much, from the narrowest condition to the widest."""

from __future__ import annotations

from dataclasses import replace

from chimera_report.tools.claims import counted as counted_noun
from chimera_report.tools.claims import listed, noun, say, words
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report import admitted
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.repeats import repeated, scattered
from chimera_report.tools.report.rival_words import (
    how_often,
    level,
    mostly,
    name_of,
    reach_of,
    sides,
    size_of,
    title_of,
)
from chimera_report.tools.report.statistic import firm, statistic
from chimera_report.tools.report.unlike import implied, lengths, unequal
from chimera_report.tools.schema import ClaimBase, Comparison, Matched, Role
from chimera_report.tools.statements import registry

KIND = "matched"
# Parts of a machine and its software that go together: a backend and the device that it runs on.
_HARDWARE = frozenset(
    {"backend", "device", "engine", "engine_version", "framework", "gpu", "host", "driver", "version"}
)
# A machine is run with settings of its own: two of them may differ in these, which is told.
MACHINES = frozenset({"device", "gpu", "gpu_name", "gpu_model", "gpu_type", "chip", "soc", "accelerator"})
_WAITS = frozenset({"ttft", "ttft_incl_load", "e2e_latency", "tpot", "itl"})
_HEADED = 3  # settings that a heading names
_FEWEST = 2  # conditions that both ran
_SEVERAL, _MOST_SHOWN, _HEAD = 3, 6, 3  # rivals whose values under one condition are listed; of more, the first
_SOME = 4  # conditions that disagree, from which on that is told
_NAMED = 3  # settings named that differ along with the two


def rivals(book: Book) -> list[Found]:
    """A set of rivals a finding, the widest pair first: the choice of pairs is the statement's own."""
    kind = registry()[KIND]
    made: list[Found] = []
    for theme in kind.themes(book.desk):
        head = next((i for i in theme.items if isinstance(i, Matched)), None)
        if head is None or head.outcome == "alike" or head.over:
            continue
        if not admitted.rival(book, head.axis, head.a, head.b):
            continue  # what the two are, no name says
        if head.alone > len(head.points) or (len(head.points) < _FEWEST and (head.within or head.points[0].condition)):
            continue  # one condition shows nothing of the others, nor do the few that both ran of the many that one did
        if head.outcome == "mixed" and not mostly(head) and (head.axis != "subject" or len(head.points) < _SOME):
            continue  # settings of which neither is the better one, and two or three conditions that disagree
        machines = head.axis in MACHINES or _HARDWARE.issuperset({head.axis, *head.together})
        if head.together and (len(head.points) < _FEWEST or not machines):
            continue  # whatever the difference is, it is not that of the two
        if any(book.desk.dataset.role_of(f) is Role.COMPONENT for f in head.matched):
            continue  # parts of a process are no conditions
        if book.desk.dataset.role_of(head.axis) is Role.UNKNOWN and head.axis != "subject" and unequal(book, head):
            continue  # what changes the length of the work is work
        found = _finding(book, head, theme.claims, theme.weight)
        if found is not None and not any(_restated(head, m) for f in made for m in f.items if isinstance(m, Matched)):
            made.append(found)
    return made


def _restated(item: Matched, other: Matched) -> bool:
    """Whether two comparisons of the same two rest on the same values, which stand in two files: one finding."""
    if item.metric != other.metric or {item.a, item.b} != {other.a, other.b}:
        return False
    mine, their = ({tuple(sorted((f"{p.value_a:.4g}", f"{p.value_b:.4g}"))) for p in i.points} for i in (item, other))
    return 2 * len(mine & their) >= min(len(mine), len(their))


def _finding(book: Book, head: Matched, claims: list[ClaimBase], weight: float) -> Found | None:
    whole = title_of(book, head)
    short = len(head.within) > _HEADED  # a heading with a long condition is not read: the first sentence has it
    title = title_of(book, head, bare=True) if short else whole
    about = About(KIND, head.subject, head.metric, head.suite, head.axis, _verdict(head))
    lines = [Line(size_of(book, head, given=short), about, "", (claims[0].id,))]
    if told := statistic(head):
        text = f"The times are {told}s, as the files state them."
        lines.append(Line(text, About(KIND, metric=head.metric, suite=head.suite, verdict="open"), "elaboration"))
    if head.pooled > 1:
        mean = "medians" if head.middle else "geometric means"
        text = f"Each value is of up to {book.f(head, 'pooled')} records of one condition ({mean})."
        lines.append(Line(text, About(KIND, metric=head.metric, suite=head.suite, verdict="open"), "elaboration"))
    lines += scattered(book, head)
    lines += _not_compared(book, head)
    order = _order(book, head)
    if order is not None:
        lines.append(order)
    for claim in claims[1:]:
        item = _item_of(book, claim)
        if (
            item is not None
            and item is not head
            and not item.over
            and (line := _beside(book, head, item, claim)) is not None
        ):
            lines.append(line)
    unlike = (lengths(book, head) or implied(book, head)) if head.outcome == "all" else []
    lines += unlike
    if head.together:
        other = listed([book.f(head, f"together.{i}") for i in range(min(len(head.together), _NAMED))])
        text = f"But the two differ in {other} as well, so the difference is that of both together."
        lines.append(Line(text, About(KIND, metric=head.metric, suite=head.suite, verdict="open"), "contrast"))
    tested = _tested(book, head)
    if tested is not None:
        lines += [] if _of_no_width(tested) else [_interval(book, head, tested)]
    elif not repeated(book, head) and head.outcome in ("all", "turns"):
        text = book.turn(
            "one reading",
            "The files give one value a side for each condition: an order that was seen, and not a test.",
            "One value a side stands in the files for each condition, so the size of the difference is rough.",
        )
        lines.append(Line(text, About(KIND, metric=head.metric, suite=head.suite, verdict="open"), "elaboration"))
    weak = level(head) or 2 * head.scattered > len(head.points)
    split = head.outcome == "mixed"  # it leads nothing that under some conditions the other is ahead
    return Found(
        kind=KIND,
        weight=weight
        + (1.0 if tested is not None else 0.0)
        - (2.5 if weak else 2.0 if split else 0.0)
        - (2.0 if unlike else 0.0),
        title=_capital(title),
        lines=[replace(x, text=_capital(x.text)) for x in lines],
        verdict="" if weak or unlike or split else f"{whole}{how_often(book, head)}",
        scope={"factor": head.axis, "metric": head.metric, "suite": head.suite},
        items=[head] if tested is None else [head, tested],
        claims=[*claims, *supported([say.comparison(book.desk, tested)] if tested is not None else [])],
    )


def _not_compared(book: Book, item: Matched) -> list[Line]:
    """The conditions that stand in the files and not in the comparison, each kind counted."""
    parts = []
    if item.left:
        why = "the prompts of the two differ in length"
        if item.left_apart is not None:
            why = f"the records of one lie up to {book.about(item, 'left_apart')} times apart"
        ran = counted_noun(item.left, "condition")
        parts.append(f"{book.f(item, 'left')} {ran} that both ran, as {why}")
    if item.alone:
        ran = counted_noun(item.alone, "condition")
        parts.append(f"{book.f(item, 'alone')} {ran} with a value of only one of the two, as the files write them")
    if not parts:
        return []
    text = f"Not compared {'is' if item.left + item.alone == 1 else 'are'} {listed(parts)}."
    return [Line(text, About(KIND, item.subject, item.metric, item.suite, item.axis, "open"), "elaboration")]


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
    field = "ratio" if item.a == getattr(head, sides(head)[0]) else "1/ratio"
    text = f"The interval of the ratio is {book.f(item, field, 'interval')}."
    claims = tuple(c.id for c in supported([say.comparison(book.desk, item)]))
    return Line(text, About(KIND, metric=head.metric, suite=head.suite, factor=head.axis), "elaboration", claims)


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


def _order(book: Book, head: Matched) -> Line | None:
    """What each of several rivals reaches under one condition that most of them ran: measured cells, best first."""
    place = (head.suite, head.metric, head.definition, head.level, head.axis, head.subject)
    found: dict[frozenset[tuple[str, str]], dict[str, tuple[float, Matched, int, str]]] = {}
    seen: dict[frozenset[tuple[str, str]], tuple[Matched, int]] = {}
    for item in book.analysis.matched:
        mine = (item.suite, item.metric, item.definition, item.level, item.axis, item.subject)
        if mine != place or item.over or item.together or item.recipe.args.get("over") != head.recipe.args.get("over"):
            continue
        for i, point in enumerate(item.points):
            key = frozenset({**item.within, **point.condition}.items())
            seen.setdefault(key, (item, i))
            for side in ("a", "b"):
                cell = float(getattr(point, f"value_{side}")), item, i, side
                found.setdefault(key, {}).setdefault(str(getattr(item, side)), cell)
    if not found:
        return None
    key = max(found, key=lambda k: (len(found[k]), _load(k)))
    if len(found[key]) < _SEVERAL:
        return None
    up = metric_of(head.metric).direction == "higher"
    cells = sorted(found[key].values(), key=lambda c: -c[0] if up else c[0])
    item, i = seen[key]
    here = item.points[i].condition
    within = [book.f(item, f"~within.{n}") for n in item.within if n not in here]
    given = [", ".join(within)] if within and here else [listed(within)] if within else []
    given += [book.f(item, f"&points.{i}.condition")] if here else []
    at = f" at {(', ' if len(here) > 1 else ' and ').join(given)}" if given else ""
    shown = cells if len(cells) <= _MOST_SHOWN else [*cells[:_HEAD], cells[-1]]
    name, values = noun(head), listed([_cell(book, *cell[1:]) for cell in shown])
    if len(shown) < len(cells):
        rest = ", ".join(_cell(book, *cell[1:]) for cell in shown[:-1])
        values = f"{rest}, and last {_cell(book, *shown[-1][1:])}"
    text = book.turn(
        "order",
        f"By {name}{at}, best first: {values}.",
        f"The order in {name}{at} is {values}.",
        f"{(at[1:2].upper() + at[2:] + ', the') if at else 'The'} order in {name} is {values}.",
    )
    return Line(text, About(KIND, head.subject, head.metric, head.suite, head.axis, "higher"), "elaboration")


def _cell(book: Book, item: Matched, i: int, side: str) -> str:
    joint = " with " if str(getattr(item, side))[-1:].isdigit() else " "  # "num_gpu 60 with 81 ms"
    return f"{name_of(book, item, side)}{joint}{book.about(item, f'points.{i}.value_{side}')}"


def _load(condition: frozenset[tuple[str, str]]) -> float:
    """How much was asked under a condition: the highest load tells rivals apart best."""
    total = 0.0
    for _, shown in condition:
        try:
            total += float(shown)
        except ValueError:
            continue
    return total


def _beside(book: Book, head: Matched, item: Matched, claim: ClaimBase) -> Line | None:
    """Who comes between, or what the same pair does in another metric."""
    high, low = sides(item)
    about = About(KIND, item.subject, item.metric, item.suite, item.axis, _verdict(item))
    a, b, many = name_of(book, item, "a"), name_of(book, item, "b"), book.f(item, "#points")
    of = "" if item.metric == head.metric else f" in {noun(item)}"
    if item.outcome == "turns":
        turn, after = book.f(item, "turn"), book.f(item, "after")
        text = f"Up to {turn} {book.f(item, 'before')} {a} is ahead of {b}{of}, from {after} on it is behind."
        return Line(text, about, "elaboration", (claim.id,))
    if item.outcome == "alike" and len(item.points) > _FEWEST:
        text = f"{a} and {b} are within two per cent of each other{of} under each of {many} conditions."
        return Line(text, about, "elaboration", (claim.id,))
    if item.outcome in ("alike", "mixed"):
        return None  # of one condition or two, and of what points both ways, a repeat would say as much
    times = words(item).times.format(x=reach_of(book, item), b=name_of(book, item, low))
    every = ""
    if len(item.points) > 2:
        every = (
            ", under all of them"
            if len(item.points) == len(head.points)
            else f", under all {many} {'compared' if item.left else 'that both ran'}"
        )
    same_where = item.within == head.within
    where = "" if same_where or not item.within else f" with {book.f(item, '&within')}"
    text = f"{name_of(book, item, high)} {times}{where}{every}."
    if item.metric == head.metric:
        return Line(text, about, "elaboration", (claim.id,))
    up = metric_of(item.metric).direction == "higher"
    best = high if up else low
    head_best = sides(head)[0 if metric_of(head.metric).direction == "higher" else 1]
    same = getattr(item, best) == getattr(head, head_best)
    if not same:
        wait = "the wait points the other way" if item.metric in _WAITS else "there the order turns round"
        text = f"But {wait}: {text}"
    verdict = About(KIND, item.subject, item.metric, item.suite, item.axis, "higher" if same else "lower")
    return Line(text, verdict, "elaboration" if same else "contrast", (claim.id,))
