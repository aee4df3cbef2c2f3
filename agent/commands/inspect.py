"""`chimera-report inspect PATH`: what the files are read as, and a draft of `chimera.toml` to correct it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chimera_report.agent.commands.terminal import PROGRAM, out, say


def inspect(
    path: Annotated[Path, typer.Argument(help="A folder of benchmark files, or one file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    write_map: Annotated[
        bool, typer.Option("--write-map", help="Draft chimera.toml in the folder, for you to correct.")
    ] = False,
) -> None:
    """Show what each file is read as: systems, settings, workload, metrics, n, failures, and what is guessed."""
    from chimera_report.tools import ingest as reading
    from chimera_report.tools.errors import UsageError

    dataset = reading.ingest(path)
    groups = reading.inspect(dataset)
    if write_map:
        if not path.is_dir():
            raise UsageError("only a folder has a chimera.toml", where=str(path), hint="Name the folder.")
        target = path / reading.MAP_NAME
        if target.exists():
            raise UsageError("is there already", where=str(target), hint="Correct it, or move it away first.")
        reading.write_map(target, reading.draft_map(groups))
        say(f"{target} is drafted: correct it, then look again with `{PROGRAM} inspect {path}`")
    if as_json:
        import json

        out(json.dumps(reading.as_json(dataset, groups), indent=2))
        return
    out(reading.as_text(dataset, groups))
    unknown = {a.name for g in groups for a in g.unknown}
    guessed = {a.name for g in groups for a in g.guessed}
    out("")
    files, columns = _count(len(dataset.sources), "file"), _count(len(unknown), "column")
    out(f"{files}; {columns} not understood, {len(guessed)} guessed")
    if (unknown or guessed) and not write_map:
        out(f"`{PROGRAM} inspect {path} --write-map` drafts a chimera.toml in which you can say what they are.")


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
