"""`chimera-report inspect PATH`: what the files are read as, a draft of `chimera.toml` to correct it, and a model's
proposals for what was not understood."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimera_report.agent.commands.terminal import PROGRAM, out, say

if TYPE_CHECKING:
    from chimera_report.agent.proposing import Proposal

_LINES = 5  # of chimera.toml that are shown


def inspect(
    path: Annotated[Path, typer.Argument(help="A folder of benchmark files, or one file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    write_map: Annotated[
        bool, typer.Option("--write-map", help="Draft chimera.toml in the folder, for you to correct.")
    ] = False,
    propose: Annotated[
        bool, typer.Option("--propose", help="Ask a model what the columns are that were not understood.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept-readings", help="Write what it proposes and the values allow into chimera.toml.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="Model that proposes. [default: a gemma3]")] = None,
    host: Annotated[str | None, typer.Option(help="Ollama's address, as in OLLAMA_HOST.")] = None,
    runtime: Annotated[str | None, typer.Option(help="auto, ollama, embedded or openai. [default: auto]")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
) -> None:
    """Show what each file is read as: systems, settings, workload, metrics, n, failures, and what is guessed."""
    from chimera_report.tools import ingest as reading
    from chimera_report.tools.errors import UsageError

    if (write_map or accept) and not path.is_dir():
        raise UsageError("only a folder has a chimera.toml", where=str(path), hint="Name the folder.")
    dataset = reading.ingest(path)
    groups = reading.inspect(dataset)
    if write_map:
        target = path / reading.MAP_NAME
        if target.exists():
            raise UsageError("is there already", where=str(target), hint="Correct it, or move it away first.")
        reading.write_map(target, reading.draft_map(groups))
        say(f"{target} is drafted: correct it, then look again with `{PROGRAM} inspect {path}`")
    columns = reading.unread(dataset, path)
    proposals = _proposals(columns, model, host, runtime, config) if (propose or accept) and columns else []
    if as_json:
        import json

        told: Any = reading.as_json(dataset, groups)
        if proposals:
            told["proposals"] = [{"column": p.column.name, "line": p.line, "refused": p.fault} for p in proposals]
        out(json.dumps(told, indent=2))
    else:
        out(reading.as_text(dataset, groups))
        _end(path, dataset, groups, columns, hinted=not write_map)
        _tell(proposals)
    if propose or accept:
        if not columns:
            say("every column was understood: there is nothing to propose")
        _accept(path, proposals, every=accept)


def _end(path: Path, dataset: Any, groups: Any, columns: list[Any], *, hinted: bool) -> None:
    from chimera_report.tools import ingest as reading

    unknown = {a.name for g in groups for a in g.unknown}
    guessed = {a.name for g in groups for a in g.guessed}
    out("")
    files = _count(len(dataset.sources), "file")
    out(f"{files}; {_count(len(unknown), 'column')} not understood, {len(guessed)} guessed")
    if columns:
        out("")
        out(f"What was not understood is not used. In {reading.MAP_NAME} of the folder you can say what it is, as with")
        out("  [columns]")
        for column in columns[:_LINES]:
            out(f"  {reading.likely(column)}  # {', '.join(column.examples[:3])}")
    if (unknown or guessed) and hinted:
        out(f"`{PROGRAM} inspect {path} --write-map` drafts it, and `--propose` asks a model.")


def _proposals(
    columns: list[Any], model: str | None, host: str | None, runtime: str | None, config: Path | None
) -> list[Proposal]:
    import os
    import tempfile

    from chimera_report.agent.behind import behind
    from chimera_report.agent.proposing import propose
    from chimera_report.agent.settings import build
    from chimera_report.tools.runtime import open_runtime
    from chimera_report.tools.store import Journal

    given: dict[str, Any] = {"model": model, "host": host, "runtime": runtime}
    given = {k: v for k, v in given.items() if v is not None} | {"path": Path()}
    settings = build(given, os.environ, config=config, cwd=Path.cwd())
    opened = open_runtime(
        settings.runtime, settings.host, os.environ, settings.model, pull=settings.pull, api_key=settings.api_key
    )
    try:
        with tempfile.TemporaryDirectory(prefix="chimera-report-") as folder:
            asked = behind(opened, settings=settings, journal=Journal(Path(folder) / "calls.jsonl"))
            return [p for column in columns if (p := propose(asked, column)) is not None]
    finally:
        opened.close()


def _tell(proposals: list[Proposal]) -> None:
    if proposals:
        out("")
        out("Proposed by a model, each tested against the values:")
    for p in proposals:
        out(f"  {p.line}" + (f"  # refused: {p.fault}" if p.fault else ""))


def _accept(path: Path, proposals: list[Proposal], *, every: bool) -> None:
    """Write what a person accepts: all that stands with --accept-readings, else what they say yes to."""
    import sys

    from chimera_report.tools import ingest as reading

    good = [p for p in proposals if not p.fault]
    if not good:
        say("the model proposed nothing that the values allow")
    if not every:
        if not (sys.stdin.isatty() and path.is_dir()):
            if good:
                say("nothing was changed; --accept-readings writes these lines into chimera.toml")
            return
        good = [p for p in good if typer.confirm(f"{p.line} — take it?", err=True)]
    if good:
        target = path / reading.MAP_NAME
        reading.write_map(target, reading.accepted(path, [p.line for p in good]))
        say(f"{target}: {_count(len(good), 'line')} more; the report names what rests on them")


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
