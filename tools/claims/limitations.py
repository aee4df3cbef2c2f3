"""What stays open, and the run that would settle it."""

from __future__ import annotations

from collections.abc import Mapping

from chimera_report.tools.claims import frames, needs, say
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.schema import Comparison, Effect
from chimera_report.tools.statements import as_measured, bench, command, runnable

_RUNS = 10  # replicates of an ordinary comparison (docs/statistics.md)


def open_effect(desk: Desk, item: Effect) -> Draft | None:
    ratio = desk.fact(item, "ratio")
    if not ratio.interval:
        return None
    factor = desk.fact(item, "factor").id
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if item.subject else ""
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    name = frames.title(item.metric, warm=item.warm)
    text = (
        f"Whether {{{{{factor}}}}} matters to the {name}{of}{where} is open: the interval of the ratio between its "
        f"extreme levels is {{{{{ratio.id}:interval}}}}"
    )
    runs = needs.MOST_RUNS if item.suite in desk.dataset.measured else _RUNS
    return Draft(
        text + _test(desk, item.suite, [item.subject], {item.factor: (item.low, item.high)}, runs) + ".", (), "fixed"
    )


def _test(desk: Desk, suite: str, models: list[str], levels: Mapping[str, tuple[str, ...]], runs: int) -> str:
    """The end of a sentence: the run that would test it, where this program can make it."""
    made = bench(models, factors=levels, runs=runs) if all(map(runnable, models)) else None
    run = as_measured(made, desk.dataset, suite)
    return f"; this run tests it: `{command(run)}`" if run is not None else ""


def open_comparison(desk: Desk, item: Comparison) -> Draft:
    say.open_comparison(desk, item)
    observed = say.comparison(desk, item)
    n_a, n_b = desk.fact(item, "n_a").id, desk.fact(item, "n_b").id
    a, b = desk.fact(item, "a").id, desk.fact(item, "b").id
    axis = "" if item.axis == "subject" else f"{{{{{desk.fact(item, 'axis').id}}}}} "
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if axis and item.subject else ""
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    where += f" with {{{{{desk.fact(item, '~condition').id}}}}}" if item.condition else ""
    name = frames.title(item.metric, warm=item.warm)
    text = (
        f"The {name}{of} has no verdict between {axis}{{{{{a}}}}} and {axis}{{{{{b}}}}}{where} at n = {{{{{n_a}}}}} "
        f"and {{{{{n_b}}}}}"
    )
    if item.needed_n:
        text += f"; n = {{{{{desk.fact(item, 'needed_n').id}}}}} each would give one"
    models = [item.a, item.b] if item.axis == "subject" else [item.subject]
    levels = {} if item.axis == "subject" else {item.axis: (item.a, item.b)}
    text += _test(desk, item.suite, models, levels, max(item.needed_n or 0, _RUNS))
    return Draft(text + ".", (observed.id,) if observed else (), "fixed")
