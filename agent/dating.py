"""When a file was measured that holds no time: what the user says, else the day in its name, else he is asked.

The hour of an import says nothing about a measurement. Where it has to do, the caller is told for which files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chimera_report.tools.schema import Dataset

if TYPE_CHECKING:
    from chimera_report.tools.store import Date

Ask = Callable[[Sequence[str]], datetime | None]


@dataclass(frozen=True, slots=True)
class Dating:
    """How files without times are dated."""

    when: datetime | None = None  # for all of them, over the day in a name
    ask: Ask | None = None  # a person, who may not know either
    known: Mapping[str, datetime] = field(default_factory=dict)  # by path: said before


def dates_of(dataset: Dataset, dating: Dating) -> tuple[dict[str, Date], tuple[str, ...]]:
    """The dates of the files that hold no time, by path; and the paths that stay without one."""
    from chimera_report.tools.ingest import date_in
    from chimera_report.tools.store import Date

    timed = dataset.table.groupby("source", sort=True, observed=True)["started"].apply(lambda s: bool(s.notna().any()))
    bare = [str(path) for path, known in timed.items() if not known]
    if dating.when is not None:
        return {path: Date(dating.when, "given") for path in bare}, ()
    named = {path: Date(when, "name") for path in bare if (when := date_in(path)) is not None}
    named |= {path: Date(dating.known[path], "given") for path in bare if path in dating.known}
    open_ = [path for path in bare if path not in named]
    if open_ and dating.ask is not None and (said := dating.ask(open_)) is not None:
        return {**named, **{path: Date(said, "given") for path in open_}}, ()
    return named, tuple(open_)
