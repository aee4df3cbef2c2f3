"""What changed since an earlier report, as results of this room's own: a recipe names the earlier report.

The words are those of the kind of statement (tools/statements/change.py)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import Analysis, Changes, Dataset, Earlier, Json, Recipe, Result
from chimera_report.tools.statements import OUTCOMES

ALL = "claims.changes"
ONE = "claims.change"

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
