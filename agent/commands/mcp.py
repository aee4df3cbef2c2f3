"""`chimera-report mcp`: the tools of this program for other assistants, over standard input and output."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chimera_report.agent.commands.terminal import version


def mcp(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders of files and reports that may be opened. [default: the working folder]"),
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Folder of the reports. [default: reports]")] = None,
) -> None:
    """Serve reports, answers, comparisons, verification and bench plans as MCP tools on standard input and output.

    Nothing outside the named folders and the folder of the reports is opened, whatever an assistant or a report asks.
    """
    import os

    from chimera_report.agent.settings import build
    from chimera_report.tools.extras import require

    require("mcp")
    from chimera_report.agent.mcp import server

    settings = build({"path": Path(), **({"out": to} if to else {})}, os.environ, cwd=Path.cwd())
    server(os.environ, version(), settings.out, tuple(folders or [Path.cwd()])).run("stdio")
