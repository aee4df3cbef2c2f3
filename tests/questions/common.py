"""What the expectations share: a refuted answer, and what a reader sees of one."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.tools.schema import Answer, Table

from .raw import Raw, gmean

LEADS = re.compile(r"^(Yes|No|Open|It is not so|Not so|That cannot be told|Nothing confirms it): ")
LOWER_IS_BETTER = {"ttft", "ttft_incl_load", "e2e_latency", "load_time", "ram", "vram", "power", "energy_per_token"}


class Refuted(AssertionError):
    """The answer is wrong, and why."""


def need(condition: object, why: str) -> None:
    if not condition:
        raise Refuted(why)


def cells(answer: Answer) -> list[list[str]]:
    """All rows of the answer's tables, as a reader sees them."""
    from chimera_report.tools.claims import render_text

    def rows(table: Table) -> list[list[str]]:
        head = [c.title for c in table.columns]
        return [head, *([render_text(c, answer.sheet) for c in row] for row in table.rows)]

    return [row for table in answer.tables for row in rows(table)]


def everything(answer: Answer) -> str:
    return "\n".join([*answer.text, *answer.cannot, *(" | ".join(r) for r in cells(answer))])


def plain(sentence: str) -> str:
    return LEADS.sub("", sentence)


def typical(raw: Raw, metric: str, subject: str, **given: Any) -> float:
    values = raw.pick(metric, subject=subject, **given)["value"]
    need(len(values), f"pandas finds no {metric} of {subject}")
    return gmean(values)


def ends(raw: Raw, metric: str, **given: Any) -> list[tuple[float, float]]:
    """The lowest and the highest value of a metric: by condition, with cold starts apart, record by record."""
    rows = raw.pick(metric, **given)
    settings = [c for c in map(str, rows) if c.startswith("f_")]
    found = [(float(rows["value"].min()), float(rows["value"].max()))]
    for by in (settings, [*settings, "cold"], ["suite", *settings]):
        if by:
            told = rows.groupby(by, dropna=False)["value"].agg(gmean)
            found.append((float(told.min()), float(told.max())))
    return found
