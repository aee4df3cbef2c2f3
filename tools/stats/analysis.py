"""Dataset in, Analysis out; and any one item of it again from the Dataset and the item's recipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import Alert, Analysis, Dataset, Recipe, Result

from .breaks import change_point, change_points
from .compare import comparison, comparisons
from .contradict import every_stated, stated
from .correlate import correlation, correlations
from .curves import curve, curves
from .describe import summaries, summary
from .effects import effect, effects
from .fronts import pareto, paretos
from .gains import every_gain, gain
from .grids import every_grid, grid
from .interactions import interaction, interactions
from .inventory import inventory
from .leads import every_lead, lead
from .listings import every_listing, listing
from .matched import every_matched, matched
from .prepared import Prepared, prepare
from .rank import rank_configurations, rank_subjects, rank_systems, rankings
from .same_work import one_thing, rivals, same_work
from .scores import board, every_board
from .shape import alerts
from .tradeoffs import every_tradeoff, tradeoff


def analyse(dataset: Dataset) -> Analysis:
    """All that the statistics can say of a dataset. Equal datasets give equal analyses."""
    prepared = prepare(dataset)
    return Analysis(
        inventory=inventory(prepared),
        summaries=tuple(summaries(prepared)),
        comparisons=tuple(
            c for c in comparisons(prepared) if rivals(c) and same_work(prepared, c) and one_thing(prepared, c)
        ),
        effects=tuple(e for e in effects(prepared) if same_work(prepared, e)),
        rankings=tuple(rankings(prepared)),
        correlations=tuple(correlations(prepared)),
        alerts=tuple(alerts(prepared)),
        paretos=tuple(paretos(prepared)),
        change_points=tuple(change_points(prepared)),
        interactions=tuple(interactions(prepared)),
        stated=tuple(every_stated(prepared)),
        curves=tuple(c for c in curves(prepared) if same_work(prepared, c)),
        matched=tuple(m for m in every_matched(prepared) if rivals(m) and same_work(prepared, m)),
        tradeoffs=tuple(every_tradeoff(prepared)),
        grids=tuple(every_grid(prepared)),
        gains=tuple(every_gain(prepared)),
        boards=tuple(every_board(prepared)),
        leads=tuple(every_lead(prepared)),
        listings=tuple(every_listing(prepared)),
    )


def _alert(prepared: Prepared, key: str) -> Alert:
    return next(a for a in alerts(prepared) if a.key == key)


REGISTRY: dict[str, Callable[..., Result]] = {
    "inventory": inventory,
    "summary": summary,
    "comparison": comparison,
    "effect": effect,
    "correlation": correlation,
    "rank_subjects": rank_subjects,
    "rank_systems": rank_systems,
    "rank_configurations": rank_configurations,
    "alert": _alert,
    "pareto": pareto,
    "change_point": change_point,
    "interaction": interaction,
    "stated": stated,
    "curve": curve,
    "matched": matched,
    "tradeoff": tradeoff,
    "grid": grid,
    "gain": gain,
    "board": board,
    "lead": lead,
    "listing": listing,
}


def evaluate(dataset: Dataset, recipe: Recipe) -> Any:
    """The result of a recipe, computed from the dataset alone: equal to the item of the Analysis that carries it.

    Raises UsageError when there is no such function, or nothing in this dataset that the arguments name.
    """
    function = REGISTRY.get(recipe.function)
    if function is None:
        raise UsageError(
            "unknown function of the statistics", where=recipe.function, hint="use a recipe of this version"
        )
    try:
        return function(prepare(dataset), **recipe.args)
    except (KeyError, StopIteration) as exc:
        raise UsageError("the data holds nothing that this recipe names", where=recipe.key) from exc
