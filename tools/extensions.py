"""What other installed packages add to this program, by the entry points of Python packaging.

A package names an object under one of four groups in its `pyproject.toml` (docs/extending.md walks through each):

    [project.entry-points."chimera_report.statements"]
    spread = "my_package.spread:Spread"

Nothing is imported before the group is asked for. Extensions are code of the user's own environment, as trusted as any
package that is installed there; no file, report or question can name one.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Literal

from chimera_report.tools.errors import UsageError

Group = Literal[
    "chimera_report.formats", "chimera_report.metrics", "chimera_report.statements", "chimera_report.runtimes"
]


@cache
def extensions(group: Group) -> dict[str, object]:
    """Name → the object that a package put under that name, in the order of the names; each loaded once.

    Raises UsageError, which names the package, for one that cannot be imported: a report made without what the user
    installed for it would say other things than they expect.
    """
    return {entry.name: _loaded(entry) for entry in sorted(entry_points(group=group), key=lambda e: (e.name, e.value))}


def _loaded(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as exc:  # any code of another package can raise anything
        package = entry.dist.name if entry.dist else "a package"
        raise UsageError(
            f"the extension {entry.name!r} of {package} cannot be loaded ({type(exc).__name__}: {exc})",
            where=entry.value,
            hint=f"Update {package}, or remove it.",
        ) from exc
