"""The action that measures again what a comparison left open."""

from __future__ import annotations

from chimera_report.tools.claims import say, settled
from chimera_report.tools.metrics import MEASURABLE, normalise
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.advice import RUNS, Action, again, claim_of
from chimera_report.tools.report.book import About, Book, Line, supported
from chimera_report.tools.report.unlike import as_stated
from chimera_report.tools.schema import Comparison
from chimera_report.tools.statements import runnable

# Words that make a name or a number of a thing.
_NAMING = frozenset(
    ("name", "number", "num", "n", "count", "id", "type", "model", "detected", "total", "list", "label")
)


def akin(first: str, second: str) -> bool:
    """Whether two names are of one thing: `nodes` and `node_name`, `gpu` and `detected_gpu_name`."""
    a, b = ({w.rstrip("s") for w in normalise(n).split("_")} - _NAMING for n in (first, second))
    return bool(a and b) and (a <= b or b <= a)


def settle(book: Book) -> Action | None:
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
        and not _settled(book, c)
    ]
    found.sort(key=lambda c: (order[c.metric], c.needed_n or 0))
    return settle_one(book, found[0], 2.5) if found else None


def _settled(book: Book, item: Comparison) -> bool:
    """Whether the two were told apart elsewhere, by a test or under several conditions: then nothing is left open."""
    pair = {item.a, item.b}
    tested = (
        {c.a, c.b} == pair and c.metric == item.metric and c.outcome in ("higher", "lower")
        for c in book.analysis.comparisons
        if c.axis == item.axis
    )
    seen = (
        {m.a, m.b} == pair and m.metric == item.metric and m.outcome == "all" and len(m.points) > 1
        for m in book.analysis.matched
        if m.axis == item.axis
    )
    return any(tested) or any(seen)


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
