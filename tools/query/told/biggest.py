"""The biggest or smallest model of records, by what its name says."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.query.shown import Entry, Linked
from chimera_report.tools.query.shown.sizes import parameters
from chimera_report.tools.query.told.records import called, chosen_by, ends_of, listed, table, value_of
from chimera_report.tools.query.told.sheet import Telling


def _parameters(entry: Entry) -> float | None:
    """The size of the model of a record: by its name, or by a column of parameters."""
    own = parameters(entry.of.get("model", ""))
    stated = (parameters(x) for c, x in entry.of.items() if c.lower().startswith("param"))
    return own if own is not None else next((x for x in stated if x is not None), None)


def largest(telling: Telling, entries: Sequence[Entry], title: str, found: Linked) -> bool:
    """The biggest or smallest model, by the parameters that names say."""
    sized = [(x, e) for e in entries if (x := _parameters(e)) is not None]
    if not sized:
        return False
    end = (max if found.sized == "high" else min)(x for x, _ in sized)
    own = [e for x, e in sized if x == end]
    word = "largest" if found.sized == "high" else "smallest"
    names = list(dict.fromkeys(e.of["model"] for e in own))
    telling.say(
        f"The {word} model{chosen_by(telling, found)} by its name is {listed([telling.name(n) for n in names])}."
    )
    low, high = ends_of(own, title)
    telling.say(
        f"Its {telling.name(title)} is {value_of(telling, low, title)} ({called(telling, low, found, own)}) to {value_of(telling, high, title)} ({called(telling, high, found, own)})."
        if len(own) > 1
        else f"Its {telling.name(title)} is {value_of(telling, own[0], title)}."
    )
    table(telling, [e for _, e in sorted(sized, key=lambda x: x[0], reverse=found.sized == "high")], [title], order="")
    return True
