"""What a model thinks a column is: a choice from closed lists, tested by code, used only where a person accepts it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from chimera_report.agent.model import Message, Model
from chimera_report.agent.writing import prompt
from chimera_report.tools import ingest as reading
from chimera_report.tools.metrics import METRICS

_TOKENS = 60
_BESIDE = 8  # names of other metrics that the model is shown


@dataclass(frozen=True, slots=True)
class Proposal:
    """A model's choice for one column, and why it cannot be right; `fault` is "" where nothing speaks against it."""

    column: reading.Unread
    role: str
    means: str
    unit: str
    fault: str

    @property
    def line(self) -> str:
        """The line of `chimera.toml` that would say so."""
        return reading.rule(self.column, self.role, self.means, self.unit, proposed=True)


def propose(model: Model, column: reading.Unread) -> Proposal | None:
    """Ask for one column, its role first and then, of a metric, its name and unit; None where the model gives no choice
    of the lists."""
    numeric = bool((column.numbers == column.numbers).any())
    roles = [r for r in reading.ROLES if numeric or r != "metric"]
    asked = _ask(model, column, {"role": roles})
    if asked is None:
        return None
    role, means, unit = asked["role"], "", ""
    if role == "metric":
        named = _ask(model, column, {"means": list(METRICS)})
        if named is None or named["means"] not in METRICS:
            return None
        means = named["means"]
        units = list(reading.units_of(means))
        told = _ask(model, column, {"unit": units}) if len(units) > 1 else {"unit": units[0]}
        unit = told["unit"] if told is not None else ""
    return Proposal(column, role, means, unit, reading.fault(column, role, means, unit))


def _ask(model: Model, column: reading.Unread, lists: dict[str, list[str]]) -> dict[str, str] | None:
    """One choice of each list."""
    schema: Any = {
        "type": "object",
        "properties": {k: {"type": "string", "enum": v} for k, v in lists.items()},
        "required": list(lists),
        "additionalProperties": False,
    }
    about = f"Choose the {' and '.join(lists)}."
    messages: list[Message] = [("system", prompt("reading")), ("user", f"{_shown(column)}\n{about}")]
    call = model.ask(f"read {column.leaf[:40]}", messages, schema, tokens=_TOKENS)
    try:
        value = json.loads(call.output)
        return {k: str(value[k]) for k in lists}
    except (ValueError, TypeError, KeyError):
        return None


def _shown(column: reading.Unread) -> str:
    """The column as data between marks that its own text cannot hold."""
    told = {
        "column": column.name[:80],
        "cells": list(column.examples),
        "different cells": column.levels,
        "records": column.rows,
        "numbers": bool((column.numbers == column.numbers).any()),
        "other measurements of the same records": sorted(column.beside)[:_BESIDE],
    }
    return f"BEGIN\n{json.dumps(told, ensure_ascii=True)}\nEND"
