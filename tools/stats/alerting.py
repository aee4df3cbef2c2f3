"""How an alert is made: its key, its recipe, and the rows that it cites."""

from __future__ import annotations

from typing import Any

from chimera_report.tools.schema import Alert, Recipe, Rows

from .columns import Selection


def make(kind: str, place: str, rows: Selection | None = None, **more: Any) -> Alert:
    """An alert whose key and recipe follow from its kind and place."""
    key = f"{kind}:{place}"
    cited: tuple[Rows, ...] = rows.cite() if rows is not None and len(rows) else ()
    files = more.pop("files", None) or tuple(r.source for r in cited)
    recipe = Recipe(function="alert", args={"key": key})
    return Alert(recipe=recipe, rows=cited, key=key, kind=kind, files=tuple(files), **more)
