"""`chimera-report render REPORT --format …`: the files that people open, made again from a finished report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chimera_report.agent.commands.terminal import one_pass, out


@one_pass()
def render(
    report: Annotated[Path, typer.Argument(help="Folder of a finished report, or its report.json.")],
    formats: Annotated[str, typer.Option("--format", help="Of md, html, pdf, docx, tex.")] = "html,pdf",
    to: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files. [default: the report's own folder]")
    ] = None,
) -> None:
    """Make the page, the PDF or a document of a finished report; nothing is computed or asked again."""
    from chimera_report.agent.publishing import render as rendered

    for path in rendered(report, formats, to):
        out(str(path))
