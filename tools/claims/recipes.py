"""How the recipe of any fact is evaluated again from the data; and the list of files that ended in some way."""

from __future__ import annotations

from chimera_report.tools import statements
from chimera_report.tools.claims import aggregates, changes, coverage, failures, needs, readings, reported
from chimera_report.tools.claims.units import canonical_unit
from chimera_report.tools.schema import Alert, Dataset, Recipe, Result, Rows, Status


class Files(Result):
    """Files of one status, in the order of their paths."""

    paths: tuple[str, ...]
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]


def files(dataset: Dataset, status: Status, reason: str = "") -> Files:
    """The files with that status whose reason begins with that text."""
    found = [s for s in dataset.sources if s.status == status and s.reason.startswith(reason)]
    args = {"status": status} | ({"reason": reason} if reason else {})
    return Files(
        recipe=Recipe(function="claims.files", args=dict(args)),
        rows=tuple(Rows(source=s.path, records=(), columns=()) for s in found),
        paths=tuple(s.path for s in found),
        kinds=tuple(s.kind for s in found),
        reasons=tuple(s.reason for s in found),
    )


def evaluate(dataset: Dataset, recipe: Recipe) -> Result:
    """An item of this module or, for any other recipe, of the statistics. KeyError for an unknown function, UsageError
    for a change whose earlier report is not at hand."""
    if recipe.function == "claims.files":
        return files(dataset, recipe.args["status"], recipe.args.get("reason", ""))
    if recipe.function == needs.FUNCTION:
        return needs.again(dataset)
    if recipe.function in (changes.ALL, changes.ONE):
        return changes.again(dataset, recipe)
    if recipe.function == failures.FAILURES:
        return failures.failures(dataset)
    if recipe.function == reported.REPORTED:
        return reported.reported(dataset, recipe.args["metric"])
    if recipe.function == readings.READINGS:
        return readings.readings(dataset)
    if recipe.function == coverage.COVERAGE:
        return coverage.coverage(dataset)
    if recipe.function == failures.SETUP:
        return failures.setup(dataset)
    if recipe.function == aggregates.SPAN:
        members = [(evaluate(dataset, Recipe(function=f, args=a)), field) for f, a, field in recipe.args["of"]]
        return aggregates.span(members, canonical_unit)
    from chimera_report.tools import stats  # pandas and scipy: not at import

    if recipe.function == stats.SCOPE:
        made = evaluate(dataset, Recipe(function=recipe.args["function"], args=recipe.args["args"]))
        return stats.scope_of(stats.prepare(dataset), made, recipe.args["metric"], recipe.args["columns"])
    if recipe.function == "claims.alerts":
        found = [stats.evaluate(dataset, Recipe(function="alert", args={"key": key})) for key in recipe.args["keys"]]
        return statements.group(recipe.args["kind"], [a for a in found if isinstance(a, Alert)])
    if recipe.function not in stats.REGISTRY:  # an item that a package's kind of statement makes of the analysis
        known = statements.items_of(stats.analyse(dataset))
        if recipe.key in known:
            return known[recipe.key]
    item = stats.evaluate(dataset, recipe)
    if not isinstance(item, Result):
        raise KeyError(recipe.function)
    return item
