"""`chimera-report db …`: the central database of results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimera_report.agent.commands.terminal import out, say, version

if TYPE_CHECKING:
    from chimera_report.tools.store import Database

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help=(
        "The central database: results of many folders, over time.\n\n"
        "It is an SQLite file in the user's data folder, or what --db, CHIMERA_REPORT_DB or the setting db names: a "
        "file, or postgresql+psycopg://USER@HOST/NAME, with the password in PGPASSWORD or ~/.pgpass."
    ),
)
Place = Annotated[str | None, typer.Option("--db", help="The database: a URL, or an SQLite file.")]
Config = Annotated[Path | None, typer.Option(help="Settings file. [default: ./chimera-report.toml]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def open_given(db: str | None, config: Path | None, *, create: bool = False) -> Database:
    """The database that the arguments, the environment or the settings file name."""
    import os

    from chimera_report.agent.database import address, opened

    return opened(address(db, os.environ, config=config, cwd=Path.cwd()), create=create)


def _json(value: Any) -> str:
    import json

    return json.dumps(value, indent=2)


@app.command()
def init(db: Place = None, config: Config = None) -> None:
    """Make the database and its tables; one that is there is left as it is."""
    from chimera_report.tools.store import current

    with open_given(db, config, create=True) as database:
        out(f"{database.name}: schema {current(database)}")


@app.command()
def migrate(db: Place = None, config: Config = None) -> None:
    """Bring the tables of an older version up to date, with all that they hold."""
    import os

    from chimera_report.agent.database import address
    from chimera_report.tools.store import Database, existing, parse_url
    from chimera_report.tools.store import migrate as upgrade

    url = parse_url(address(db, os.environ, config=config, cwd=Path.cwd()))
    existing(url)
    with Database(url) as database:
        before, after = upgrade(database)
        told = "has it already" if before == after else f"was {before or 'empty'}"
        out(f"{database.name}: schema {after}, {told}")


@app.command("import", no_args_is_help=True)
def import_(
    paths: Annotated[
        list[Path], typer.Argument(help="Folders of benchmark files, files, reports, or folders of reports.")
    ],
    db: Place = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Import results and reports. Again, or by several programs at once, each is stored once."""
    from datetime import UTC, datetime

    from chimera_report.agent.database import bring

    with open_given(db, config, create=True) as database:
        done = [one for path in paths for one in bring(database, path, at=datetime.now(UTC), version=version())]
        name = database.name
    if as_json:
        out(_json({"database": name, "imports": [_record(one) for one in done]}))
        return
    for one in done:
        if one.report:
            out(f"{one.path}: report {one.report}, {'new' if one.new_report else 'known'}")
        if one.data is not None:
            data = one.data
            what = "known" if data.known else f"{data.new_rows} new"
            out(f"{one.path}: {data.sources} files ({data.new_sources} new), {data.rows} measurements ({what})")
    say(f"in {name}")


def _record(one: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "path": str(one.path),
        "report": one.report or None,
        "new_report": one.new_report if one.report else None,
        "data": None if one.data is None else asdict(one.data),
    }
