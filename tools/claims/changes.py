"""What changed since an earlier report, as results of this room's own: a recipe names the earlier report, and a frame
says what one change, or all of them together, license."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from chimera_report.tools.claims.frames import TIMES, Licence, place_of, title
from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import Analysis, Change, Changes, Dataset, Earlier, Json, Recipe, Result

ALL = "claims.changes"
ONE = "claims.change"
OUTCOMES = ("regression", "improvement", "changed", "open", "unchanged", "same", "appeared", "disappeared")

_recent: list[tuple[Dataset, Changes]] = []  # comparing takes the whole of both datasets, and facts ask one by one


def since(dataset: Dataset) -> Changes | None:
    """All changes since the report that the dataset is compared with; None where there is none."""
    earlier = dataset.earlier
    if earlier is None:
        return None
    known = next((found for kept, found in _recent if kept is dataset), None)
    if known is None:
        known = _compare(dataset, earlier)
        _recent.insert(0, (dataset, known))
        del _recent[2:]
    return known


def _compare(dataset: Dataset, earlier: Earlier) -> Changes:
    from chimera_report.tools import stats  # pandas and scipy: not at import

    which: dict[str, Json] = {"earlier": earlier.run, "sha256": earlier.sha256}
    items = tuple(
        c.model_copy(update={"recipe": Recipe(function=ONE, args={**c.recipe.args, **which})})
        for c in stats.compare_with(dataset, earlier.dataset)
    )
    counts: Counter[str] = Counter(c.outcome for c in items)
    return Changes(
        recipe=Recipe(function=ALL, args=which),
        run=earlier.run,
        matched=sum(c.before is not None and c.after is not None for c in items),
        counts={o: counts.get(o, 0) for o in OUTCOMES},
        items=items,
    )


def compared(analysis: Analysis, dataset: Dataset) -> Analysis:
    """The analysis with what changed since the earlier report of the dataset, if it has one."""
    if dataset.earlier is None or analysis.changes is not None:
        return analysis
    return replace(analysis, changes=since(dataset))


def again(dataset: Dataset, recipe: Recipe) -> Result:
    """The changes, or one of them, of a recipe. Raises UsageError when the earlier report is not at hand or is another
    one, KeyError when the data no longer gives that change."""
    found = since(dataset)
    wanted = str(recipe.args.get("earlier"))
    if found is None or dataset.earlier is None:
        raise UsageError(f"the earlier report {wanted} is needed", where=recipe.function)
    if (dataset.earlier.run, dataset.earlier.sha256) != (wanted, recipe.args.get("sha256")):
        raise UsageError(f"the earlier report {wanted} is needed as it was, and another is given")
    if recipe.function == ALL:
        return found
    item = next((c for c in found.items if c.recipe == recipe), None)
    if item is None:
        raise KeyError(recipe.key)
    return item


def _bound(item: Change) -> str:
    """The end of the ratio's interval that is farther from 1, as a relative change."""
    ci = item.ratio_ci
    return "ratio_ci.high-1" if ci is None or ci.high >= 1 / max(ci.low, 1e-9) else "1/ratio_ci.low-1"


def licence(item: Change) -> Licence:
    """The wordings of one change."""
    where, roles = place_of(item)
    of = ""
    if item.subject:
        of, roles["subject"] = " of {subject}", (item, "subject")
    roles |= {
        "times": (item, "ratio"),
        "rise": (item, "ratio-1"),
        "fall": (item, "1-ratio"),
        "bound": (item, _bound(item)),
        "before": (item, "before"),
        "after": (item, "after"),
    }
    name = title(item.metric, warm=item.warm)
    match item.outcome:
        case "regression" | "improvement" | "changed" if item.ratio is not None:
            if item.ratio >= TIMES:
                return Licence((f"the {name}{of} is now {{times:number}} times what it was{where}",), roles)
            verb = "rose by {rise}" if item.ratio > 1 else "fell by {fall}"
            return Licence((f"the {name}{of} {verb}{where}",), roles)
        case "unchanged":
            return Licence((f"the {name}{of} is the same to within {{bound}}{where}",), roles)
        case "open" if item.ratio is not None:
            return Licence((f"the {name}{of} now and then stand in the ratio {{times:number}}{where}",), roles)
        case "appeared":
            return Licence((f"the {name}{of} is new, with {{after}}{where}",), roles)
        case "disappeared":
            return Licence((f"the {name}{of} is no longer there, last with {{before}}{where}",), roles)
    return Licence((), roles)


def tally_licence(item: Changes) -> Licence:
    """The wordings of all changes together."""
    roles: dict[str, tuple[Result, str]] = {o: (item, f"counts.{o}") for o in OUTCOMES}
    roles |= {"matched": (item, "matched"), "run": (item, "run")}
    conditions = "condition" if item.matched == 1 else "conditions"
    if not item.matched:
        return Licence(
            (
                "no condition of this data stands in the earlier report {run}",
                "the earlier report {run} has no condition in common with this data",
            ),
            roles,
        )
    told = []
    for outcome, (one, many) in {
        "regression": ("is a regression", "are regressions"),
        "improvement": ("is an improvement", "are improvements"),
        "changed": ("moved without a better direction", "moved without a better direction"),
        "unchanged": ("is the same to within the margin", "are the same to within the margin"),
        "open": ("is open", "are open"),
        "same": ("holds the same measurements as then", "hold the same measurements as then"),
    }.items():
        if item.counts[outcome] or outcome == "regression":
            told.append(f"{{{outcome}}} {one if item.counts[outcome] == 1 else many}")
    listed = ", ".join(told[:-1]) + " and " + told[-1] if len(told) > 1 else told[0]
    return Licence(
        (
            f"of {{matched}} measured {conditions} that the report {{run}} has too, {listed}",
            f"against the report {{run}}, of {{matched}} {conditions} in both, {listed}",
        ),
        roles,
    )
