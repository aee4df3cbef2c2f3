"""Actions that measure again: what is open, what stands on few runs, what nobody measured, what changed together."""

from __future__ import annotations

import math

from chimera_report.tools.claims import noun, say, settled
from chimera_report.tools.metrics import MEASURABLE, WANTED, normalise
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.advice import RUNS, Action, again, claim_of
from chimera_report.tools.report.book import About, Book, Line, supported
from chimera_report.tools.report.unlike import as_stated
from chimera_report.tools.report.unsaid import may_be_held
from chimera_report.tools.schema import BENCH_FACTORS, Comparison, Effect, Role
from chimera_report.tools.statements import COLLECT, runnable

# Words of what a machine is called, and those that make a name or a number of a thing.
_MACHINE = frozenset(("device", "gpu", "host", "hostname", "machine", "node", "chip", "accelerator", "hardware", "cpu"))
_NAMING = frozenset(
    ("name", "number", "num", "n", "count", "id", "type", "model", "detected", "total", "list", "label")
)
_ENOUGH = 4  # conditions that agree


def measuring_again(book: Book) -> list[Action | None]:
    """All of them; the weights put them in order."""
    return [_settle(book), _collect(book), _replicate(book), *_apart(book)]


def _apart(book: Book) -> list[Action | None]:
    """Settings that cannot be told from the order of the runs or from another setting: one action each way."""
    found: dict[str, Effect] = {}
    for item in book.analysis.effects:
        other = item.aliased[0] if item.outcome == "aliased" and item.aliased else ""
        # What follows from the length of the answers is told by the rate already.
        apart = item.ratio and other not in ("", "cold start", "output_tokens") and not _one_thing(book, item)
        if apart and abs(math.log2(item.ratio or 1.0)) > 0.25:
            found.setdefault("randomise" if other == "order" else "vary_apart", item)
    made: list[Action | None] = []
    for name, item in found.items():
        levels = [lv.level for lv in item.levels]
        if name == "randomise" and not runnable(item.subject):
            continue  # the place in a published table is no order of runs
        able = name == "randomise" and runnable(item.subject) and item.factor in BENCH_FACTORS
        run = again(book, [item.subject], item.suite, factors={item.factor: levels}) if able else None
        premise = say.effect(book.desk, item)
        claim = claim_of(book, name, item, None, [premise], run, 2.8)
        if claim is None:
            continue
        factor, other = book.f(item, "factor"), book.f(item, "aliased.0")
        text = f"As it ran, {factor} cannot be told from {other}, so no choice follows."
        if name == "randomise":
            text = f"The levels of {factor} stand one after the other in the files: a drift would look the same."
        about = About("advice", metric=item.metric, verdict="advice")
        line = Line(text, about, claims=tuple(c.id for c in supported([premise])))
        made.append(Action(claim, [line], 2.8, name, name))
    return made


def _one_thing(book: Book, item: Effect) -> bool:
    """Whether what changes together cannot be varied apart: one names or counts the other (`nodes` and `node`), it is
    no choice, or a machine changes with both, and the settings are those of the machine."""
    of = book.desk.dataset.role_of
    with_it = {item.factor, *(x for x in item.aliased if x not in ("order", "cold start"))}
    for alert in book.analysis.alerts:
        if alert.kind == "aliased_factor" and (alert.suite, alert.subject) == (item.suite, item.subject):
            pair = {alert.factor, str(alert.values.get("with", ""))}
            if pair & with_it:
                with_it |= pair - {"order", "cold start"}
    if any(not of(n).chosen for n in (item.factor, *item.aliased[:1]) if n != "order"):
        return True
    return any(_machine(n) or of(n) is Role.ENVIRONMENT for n in with_it) or akin(item.factor, item.aliased[0])


def _machine(name: str) -> bool:
    return not _MACHINE.isdisjoint(normalise(name).split("_")) and "num" not in name


def akin(first: str, second: str) -> bool:
    """Whether two names are of one thing: `nodes` and `node_name`, `gpu` and `detected_gpu_name`."""
    a, b = ({w.rstrip("s") for w in normalise(n).split("_")} - _NAMING for n in (first, second))
    return bool(a and b) and (a <= b or b <= a)


def _replicate(book: Book) -> Action | None:
    """More runs of what rests on the fewest for the most conditions."""
    kinds = ("too_few_runs", "few_sessions")
    items = [a for a in book.analysis.alerts if a.kind in kinds and runnable(a.subject)]
    # A score that somebody gave is not measured by a run; an alert of no metric is about all of its suite.
    timed = {(s.suite, s.subject) for s in book.analysis.summaries if s.metric in MEASURABLE}
    items = [a for a in items if a.metric in MEASURABLE or (not a.metric and (a.suite, a.subject) in timed)]
    items.sort(key=lambda a: (kinds.index(a.kind), -int(a.values.get("conditions", 0)), a.key))
    for item in items[:1]:
        premise = say.alert(book.desk, item)
        runs = max(int(item.values.get("needed", RUNS)), RUNS)
        run = again(book, [item.subject], item.suite, runs=runs, conditions=True)
        claim = claim_of(book, "replicate", item, None, [premise], run, 2.3)
        if claim is None:
            return None
        between = "runs" if item.kind == "too_few_runs" else "sessions"
        about = About("advice", verdict="advice")
        text = f"Too few repeats show so far how much {between} differ."
        line = Line(text, about, claims=tuple(c.id for c in supported([premise])))
        return Action(claim, [line], 2.3, "replicate", "replicate")
    return None


def _settle(book: Book) -> Action | None:
    """The open comparison of systems that a run of this program could settle, the telling metrics first."""
    order = {m: i for i, m in enumerate(MEASURABLE)}
    done = settled.closed(book.desk)
    found = [
        c
        for c in book.analysis.comparisons
        if c.axis == "subject"
        and c.metric in order
        and c.recipe.key not in done
        and (c.outcome == "exploratory" or (c.outcome == "inconclusive" and (c.needed_n or 0) <= 100))
        and runnable(c.a)
        and runnable(c.b)
        and metric_of(c.metric).direction != "none"
        and not _seen(book, c)
    ]
    found.sort(key=lambda c: (order[c.metric], c.needed_n or 0))
    return settle_one(book, found[0], 2.5) if found else None


def _seen(book: Book, item: Comparison) -> bool:
    """Whether the two were seen apart the same way under several conditions already: then nothing is left to settle."""
    return any(
        {m.a, m.b} == {item.a, item.b} and m.metric == item.metric and m.outcome == "all" and len(m.points) >= _ENOUGH
        for m in book.analysis.matched
        if m.axis == item.axis
    )


def settle_one(book: Book, item: Comparison, weight: float) -> Action | None:
    models = [s for s in (item.a, item.b) if item.axis == "subject" and runnable(s)]
    if item.metric not in MEASURABLE:
        return None  # no command measures it
    run = again(book, models, item.suite, runs=max(item.needed_n or RUNS, 6)) if len(models) == 2 else None
    observed = say.comparison(book.desk, item)
    claim = claim_of(book, "settle", item, None, [observed], run, weight - 1.0)
    if claim is None:
        return None
    given = f" at {book.f(item, '~condition')}" if item.condition else ""
    text = (
        "So far one figure that the files state stands on each side."
        if as_stated(item)
        else book.turn(
            "settle",
            f"So far {book.f(item, 'n_a')} and {book.f(item, 'n_b')} records stand behind the comparison{given}.",
            f"It rests on {book.f(item, 'n_a')} records against {book.f(item, 'n_b')} now{given}.",
        )
    )
    about = About("advice", metric=item.metric, verdict="advice")
    lines = [Line(text, about, claims=tuple(c.id for c in supported([observed])))]
    return Action(claim, lines, weight - 1.0, "settle", "settle")


def _collect(book: Book) -> Action | None:
    """Measure what a reader asks for and no file holds, where this program can."""
    inventory = book.analysis.inventory
    absent = [m for m in WANTED if m in MEASURABLE and m not in inventory.metrics]
    absent = [m for m in absent if not may_be_held(book.desk.dataset, m)]
    guessed = any(g.what == "subject" and g.by == "path" for g in book.desk.readings.guesses)
    models = [] if guessed else [s for s in inventory.subjects if runnable(s)][:3]  # a word of a path is no model
    if not absent or not models or not inventory.metrics:
        return None
    premise = say.absent(book.desk, absent[0])
    run = again(book, models, "")
    claim = claim_of(book, f"{COLLECT}{absent[0]}", inventory, None, [premise], run, 2.2)
    if claim is None:
        return None
    text = f"No {noun(absent[0])} was read from the files; the command measures it beside the rest."
    return Action(claim, [Line(text, About("advice", verdict="advice"), claims=(premise.id,))], 2.2, "collect")
