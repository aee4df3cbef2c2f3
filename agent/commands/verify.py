"""`chimera-report verify REPORT`: a finished report against its files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chimera_report.agent.commands.terminal import CHECK_FAILED, HOLDS_IN_PART, one_pass, out

SHOWN = 40  # differences that are printed; --json has all


@one_pass()
def verify(
    report: Annotated[Path, typer.Argument(help="Folder of a finished report, or a file in it.")],
    data: Annotated[
        Path | None,
        typer.Option(help="The files it is of. [default: as run.json says, where that is below the working folder]"),
    ] = None,
    db: Annotated[str | None, typer.Option(help="The database that it is of. [default: your own setting]")] = None,
    compare: Annotated[
        Path | None, typer.Option(help="The earlier report that it was compared with. [default: as for --data]")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The public key (PEM or base64) that has to have signed it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Recompute every fact of a report from its files or the database, compare hashes, and check the text again.

    Exit code 5 where something differs, 7 where what was looked at holds and a part of the report could not be.
    """
    import os

    from chimera_report.agent import differences as differ
    from chimera_report.agent import verify as verification
    from chimera_report.agent.settings import build
    from chimera_report.agent.signing import public_key
    from chimera_report.agent.trust import inside

    cwd = Path.cwd()
    # A settings file in the report's own folder is the report's, not the reader's.
    setting = build(
        {"path": Path()}, os.environ, cwd=None if inside(cwd, (report if report.is_dir() else report.parent,)) else cwd
    ).db
    wanted = public_key(key) if key is not None else ""
    done = verification.verify(report, data=data, db=db, setting=setting, compare=compare, cwd=cwd, key=wanted)
    if as_json:
        import json

        record = {
            "report": str(done.folder),
            "data": done.data,
            "holds": not done.differences,
            "in_part": bool(done.uncompared),
            "checked": done.counts,
            "differences": [d.model_dump() for d in done.differences],
            "signed_by": done.signed or None,
            "not_looked_at": [*done.unseen, *done.uncompared],
        }
        out(json.dumps(record, indent=2))
    else:
        looked = ", ".join(f"{n} {what.removesuffix('s') if n == 1 else what}" for what, n in done.counts.items())
        for item in done.differences[:SHOWN]:
            out(f"{item.check}: {item.where}\n  expected  {item.expected}\n  found     {item.found}")
        if len(done.differences) > SHOWN:
            out(f"and {len(done.differences) - SHOWN} more; --json lists them")
        if done.unseen or done.uncompared:
            out("not looked at: " + ", ".join((*done.unseen, *done.uncompared)))
        if done.differences:
            counts = ", ".join(f"{n} {check}" for check, n in differ.summary(done.differences).items())
            out(f"{done.folder} does not hold: {counts} (looked at {looked})")
        else:
            by = f", signed with the key {done.signed}" if done.signed else ""
            out(f"{done.folder} holds{' in part' if done.uncompared else ''}: {looked}{by}")
    if done.differences:
        raise typer.Exit(CHECK_FAILED)
    if done.uncompared:
        raise typer.Exit(HOLDS_IN_PART)
