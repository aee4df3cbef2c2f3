"""What is computed once for a dataset: the result of a function, by its arguments."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from chimera_report.tools.schema import Rows

from .columns import Selection
from .prepared import Prepared

P = ParamSpec("P")
T = TypeVar("T")


def keep(prepared: Prepared, of: Callable[..., T], place: Hashable, compute: Callable[[], T]) -> T:
    """What `compute` gives, kept with the dataset under the function that it is of and a place."""
    kept: dict[Hashable, T] = prepared.kept.setdefault(of, {})
    if place not in kept:
        kept[place] = compute()
    return kept[place]


def once(compute: Callable[Concatenate[Prepared, P], T]) -> Callable[Concatenate[Prepared, P], T]:
    """The function, which computes once for each dataset and arguments. Rows are told apart by which they are."""

    @wraps(compute)
    def found(prepared: Prepared, /, *args: P.args, **kwargs: P.kwargs) -> T:
        given = (*args, *kwargs.items())
        place = tuple(a.at.tobytes() if isinstance(a, Selection) else a for a in given)
        return keep(prepared, compute, place, lambda: compute(prepared, *args, **kwargs))

    return found


@once
def cited(_prepared: Prepared, rows: Selection) -> tuple[Rows, ...]:
    """The provenance of rows; the same ones are cited by many results."""
    return rows.cite()
