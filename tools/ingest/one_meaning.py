"""One header, one meaning: what a column was found to be in one table holds for its namesakes beside it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_report.tools.schema import Role

from .rates import bare_name
from .rows import Kind, Rows

if TYPE_CHECKING:
    from .identify import FileTable


def one_meaning(files: list[FileTable]) -> None:
    """A rate that only its unit names is the server's in all tables of a document, and in all files of one kind of a
    folder, once it was found to be that in one of them (`by_work` tells how)."""
    groups: dict[tuple[str, str, str], list[Rows]] = defaultdict(list)
    for file in files:
        place = str(file.place.parent) if file.source.role == "data" else file.source.path
        for rows in file.rows:
            if rows.shape != "known":  # a tool's own format says what its rates are
                for name in {n for k in rows.kinds if (n := bare_name(k.column))}:
                    groups[place, file.source.format, name].append(rows)
    for (_, _, name), members in groups.items():
        kinds = [k for rows in members for k in rows.kinds if _named(k, name)]
        if any(k.metric == "output_throughput" for k in kinds):
            for rows in members:
                rows.kinds = [
                    replace(k, metric="output_throughput", definition="")
                    if _named(k, name) and k.metric == "decode_rate"
                    else k
                    for k in rows.kinds
                ]
                rows.told = [
                    a.model_copy(update={"means": "output_throughput", "definition": ""})
                    if a.means == "decode_rate" and bare_name(a.name) == name
                    else a
                    for a in rows.told
                ]

    _prompts(files)


def _prompts(files: list[FileTable]) -> None:
    """Cases without a name that are the prompts of another file of the folder are those prompts."""
    known: dict[str, list[set[str]]] = defaultdict(list)
    for file in files:
        for rows in file.rows:
            if "prompt" in rows.factors:
                known[file.folder].append(set(rows.factors["prompt"].used))
    for file in files:
        for rows in file.rows if file.source.role == "data" else ():
            cases = set(rows.factors["variant"].used) if "variant" in rows.factors else set()
            if len(cases) > 1 and "prompt" not in rows.factors and any(cases <= p for p in known[file.folder]):
                rows.factors["prompt"] = rows.factors.pop("variant")
                rows.told = [
                    a.model_copy(update={"means": "prompt", "role": Role.WORKLOAD})
                    if (a.means or a.name) == "variant"
                    else a
                    for a in rows.told
                ]


def _named(kind: Kind, name: str) -> bool:
    return bare_name(kind.column) == name
