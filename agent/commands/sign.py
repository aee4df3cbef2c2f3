"""`chimera-report sign REPORT --key KEY`: a signature that says who stands behind a finished report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chimera_report.agent.commands.terminal import one_pass, out
from chimera_report.tools.errors import UsageError


@one_pass()
def sign(
    report: Annotated[Path, typer.Argument(help="Folder of a finished report, or a file in it.")],
    key: Annotated[
        Path, typer.Option(help="Your private key in PEM: openssl genpkey -algorithm ed25519 -out key.pem.")
    ],
) -> None:
    """Sign the page and the files of a report (ed25519); `verify --key KEY.pub` checks it."""
    from chimera_report.agent.signing import FILE
    from chimera_report.agent.signing import sign as signed
    from chimera_report.tools.store import RunFolder

    place = report.parent if report.is_file() else report
    if report.is_file() and not (place / "report.json").is_file():
        raise UsageError(
            "what is signed is the folder of a report, and this file lies in none",
            where=str(report),
            hint="Sign the folder in which it was made; its page and files are signed together.",
        )
    folder = RunFolder.open(place)
    public = signed(folder, key)
    out(f"{folder.path / FILE}\nsigned with the key {public}")
