"""`chimera-report fill FILE`: living numbers in a README, a model card or slides, from a finished report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chimera_report.agent.commands.terminal import CHECK_FAILED, one_pass, out


@one_pass()
def fill(
    file: Annotated[Path, typer.Argument(help="A Markdown or HTML file with <!-- chimera: … --> markers.")],
    report: Annotated[
        Path | None, typer.Option(help="The report that fills them. [default: the newest under reports]")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 5 where a number differs from the report.")
    ] = False,
) -> None:
    """Fill the markers of a file with the numbers of a report, and write its badges."""
    from chimera_report.agent.filling import check_or_fill

    done = check_or_fill(file, report, check=check)
    for item in done.drifted:
        out(f"{item.where}\n  stands    {item.before}\n  report    {item.after}")
    if check and done.drifted:
        out(f"{file} does not hold: {done.differ} differ from {done.report}")
        raise typer.Exit(CHECK_FAILED)
    out(f"{file} holds: {done.whole}" if check or not done.drifted else f"{file}: {done.differ} filled")
