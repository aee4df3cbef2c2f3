"""`chimera-report export RESULTS`: the results of a bench run in the formats of other tools."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chimera_report.agent.commands.terminal import say


class Format(StrEnum):
    BENCHSTAT = "benchstat"
    LLAMA_BENCH = "llama-bench"
    OPENMETRICS = "openmetrics"


def export(
    results: Annotated[Path, typer.Argument(help="Folder of a bench run.")],
    form: Annotated[
        Format,
        typer.Option("--format", help="benchstat text, a llama-bench table in Markdown, or OpenMetrics text."),
    ] = Format.BENCHSTAT,
    to: Annotated[Path | None, typer.Option("--out", help="File to write. [default: standard output]")] = None,
) -> None:
    """Write the results of a bench run for another tool: benchstat, llama-bench's table, OpenMetrics."""
    from chimera_report.tools import bench
    from chimera_report.tools.store import RunFolder

    text = bench.export(results, form.value)
    if to is None:
        typer.echo(text, nl=False)
        return
    RunFolder(to.parent).write(to.name, text)
    say(f"{to}: {len(text.splitlines())} lines")
