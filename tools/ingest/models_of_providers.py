"""One name for a model that several providers serve, each under a spelling of its own."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from chimera_report.tools.schema import Assignment, KnownBy, Role

from .assign import some

if TYPE_CHECKING:
    from .identify import FileTable

_SPELT = re.compile(
    r"(llama|qwen|mistral|mixtral|gemma|phi|deepseek|falcon|yi)[-_. ]?v?(\d+(?:\.\d+)?)?"
    r"[-_. ](?:.*[-_. ])?(\d+(?:\.\d+)?b)",
    re.I,
)


def one_name(group: list[FileTable]) -> None:
    """One name for a model that each provider spells in its own way; the spellings stay in the reading."""
    served = [f for f in group if len(f.subjects) == 1 and any("provider" in r.factors for r in f.rows)]
    found = {id(f): m for f in served if (m := _SPELT.search(f.subjects[0].rpartition("/")[2].partition(":")[0]))}
    if len(found) < len(served):
        return
    plain = {k: "-".join(part.lower() for part in m.groups() if part) for k, m in found.items()}
    spelt: dict[str, set[str]] = defaultdict(set)
    for file in served:
        spelt[plain[id(file)]].add(file.subjects[0])
    for file in served:
        name = plain[id(file)]
        if len(spelt[name]) < 2:
            continue
        file.told.append(
            Assignment(
                name="model",
                role=Role.SYSTEM,
                known_by=KnownBy.VALUES,
                means="subject",
                values=some([name]),
                note=f"one name for what the providers spell in their own ways, here {some(file.subjects)[0]}",
            )
        )
        file.subjects = [name]
        for rows in file.rows:
            rows.texts["subject"] = name
