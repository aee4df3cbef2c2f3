"""`chimera-report db …`: the central database of results."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimera_report.agent.commands.terminal import CHECK_FAILED, PROGRAM, out, say, version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

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
    when: Annotated[
        str | None, typer.Option(help="When files without times were measured: 2026-03-01, 2026-03-01T06:30, 30d.")
    ] = None,
    db: Place = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Import results, and reports with the conversations on them. Again, or by several programs at once, each is
    stored once.

    A file that holds no time is dated by --when, else by the day in its name or folder; else you are asked."""
    from datetime import UTC, datetime

    from platformdirs import user_data_path

    from chimera_report.agent.database import bring
    from chimera_report.agent.dating import Dating
    from chimera_report.agent.moments import moment

    now = datetime.now(UTC)
    given = moment(when, now, option="--when") if when is not None else None
    with open_given(db, config, create=True) as database:
        place = user_data_path(PROGRAM)
        done = [
            one
            for path in paths
            for one in bring(database, path, at=now, version=version(), threads=place, dating=Dating(given, _asked))
        ]
        name = database.name
    for trouble in dict.fromkeys(one.trouble for one in done if one.trouble):
        say(trouble)
    for one in done:
        if one.undated:
            say(_undated(one.path, one.undated, now))
    if as_json:
        out(_json({"database": name, "imports": [_record(one) for one in done]}))
        return
    for one in done:
        if one.report:
            talked = f", {one.threads} thread{'' if one.threads == 1 else 's'}" if one.threads else ""
            out(f"{one.path}: report {one.report}, {'new' if one.new_report else 'known'}{talked}")
        if one.data is not None:
            data = one.data
            what = "known" if data.known else f"{data.new_rows} new"
            files = f"{data.sources} file{'' if data.sources == 1 else 's'}"
            out(f"{one.path}: {files} ({data.new_sources} new), {data.rows} measurements ({what})")
    say(f"in {name}")


def _asked(paths: Sequence[str]) -> datetime | None:
    """What a person at a terminal says about files without dates; None where nobody is there, or nobody knows."""
    import sys
    from datetime import UTC, datetime

    from chimera_report.agent.moments import moment
    from chimera_report.tools.errors import UsageError
    from chimera_report.tools.render import safe

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    say(safe(f"{_files(paths)} no time, and no day in the name: {_some(paths)}."))
    while True:
        try:
            text = typer.prompt(
                "When were they measured? (a day, a time, 30d; Enter: unknown)",
                default="",
                show_default=False,
                err=True,
            )
        except typer.Abort:  # Ctrl-C at the question
            raise KeyboardInterrupt from None
        if not text.strip():
            return None
        try:
            return moment(text, datetime.now(UTC), option="when")
        except UsageError as exc:
            say(str(exc))


def _files(paths: Sequence[str]) -> str:
    return "1 file holds" if len(paths) == 1 else f"{len(paths)} files hold"


def _some(paths: Sequence[str]) -> str:
    return ", ".join(paths[:3]) + (", …" if len(paths) > 3 else "")


def _undated(path: Path, paths: Sequence[str], at: datetime) -> str:
    from chimera_report.tools.render import safe

    return safe(
        f"{path}: {_files(paths)} no time, and no day in the name ({_some(paths)}): counted as of this import, "
        f"{at:%Y-%m-%d %H:%M} UTC. To say when they were measured, import again with --when."
    )


def _record(one: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "path": str(one.path),
        "report": one.report or None,
        "new_report": one.new_report if one.report else None,
        "threads": one.threads if one.report else None,
        "data": None if one.data is None else asdict(one.data),
        "undated": list(one.undated),
    }


class Format(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"


@app.command()
def export(
    to: Annotated[Path, typer.Option("--out", help="Folder to write: a new one, or an earlier export.")] = Path(
        "chimera-export"
    ),
    form: Annotated[
        Format, typer.Option("--format", help="Of the measurements. JSON holds the rest.")
    ] = Format.PARQUET,
    suite: Annotated[str, typer.Option(help="Only files with runs of this suite; each file is whole.")] = "",
    since: Annotated[str | None, typer.Option(help="Only files with runs since: 30d, 12h, 2026-03-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Only files with runs until, that day included.")] = None,
    db: Place = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Write measurements, sources, reports and threads as open files. `chimera-report` and `db import` read them."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from chimera_report.agent.moments import moment
    from chimera_report.tools.store import export as write

    now = datetime.now(UTC)
    with open_given(db, config) as database:
        done = write(
            database,
            to,
            form=form.value,
            suite=suite,
            since=moment(since, now, option="--since") if since else None,
            until=moment(until, now, option="--until", end=True) if until else None,
            at=now,
            version=version(),
        )
    if as_json:
        out(_json({"folder": str(to), **asdict(done)}))
    else:
        out(f"{to}: {done.files} files, {done.rows} measurements, {done.reports} reports, {done.threads} threads")


@app.command()
def stats(db: Place = None, as_json: AsJson = False, config: Config = None) -> None:
    """Show what the database holds: suites, runs, measurements, reports, threads, size."""
    from dataclasses import asdict

    from chimera_report.tools.render import columns
    from chimera_report.tools.store import current
    from chimera_report.tools.store import stats as count

    with open_given(db, config) as database:
        found, name, schema = count(database), database.name, current(database)
    if as_json:
        suites = [{**asdict(s), "first": _iso(s.first), "last": _iso(s.last)} for s in found.suites]
        out(_json({"database": name, "schema": schema, "size": found.size, "rows": found.rows, "suites": suites}))
        return
    out(f"{name}: schema {schema}, {found.size / 2**20:.1f} MiB")
    kept = ("sources", "readings", "runs", "measurements", "points", "receipts", "reports", "facts", "threads")
    out("  " + ", ".join(f"{found.rows[k]} {k}" for k in kept))
    if found.suites:
        heads = ("suite", "files", "runs", "measurements", "first run", "last run")
        rows = [
            (s.suite or "(none)", str(s.files), str(s.runs), str(s.measurements), _day(s.first), _day(s.last))
            for s in found.suites
        ]
        out(columns(heads, rows, right=(1, 2, 3)))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _day(at: datetime | None) -> str:
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M}"


@app.command()
def vacuum(db: Place = None, config: Config = None) -> None:
    """Give back the room of what was deleted, and renew the planner's statistics."""
    from chimera_report.tools.store import vacuum as tidy

    with open_given(db, config) as database:
        before, after = tidy(database)
        out(f"{database.name}: {after / 2**20:.1f} MiB, was {before / 2**20:.1f} MiB")


@app.command()
def check(
    quick: Annotated[bool, typer.Option("--quick", help="Do not read all measurements again.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Take out what is damaged, so that an import brings it back.")
    ] = False,
    db: Place = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Find damage: a corrupt file, orphans, missing or changed values; say what to do. Exit code 5 where there is."""
    from dataclasses import asdict

    from chimera_report.tools.render import safe
    from chimera_report.tools.store import check as look
    from chimera_report.tools.store import repair as mend

    with open_given(db, config) as database:
        found, name = look(database, quick=quick), database.name
        roots = mend(database, found) if repair and found else []
    if as_json:
        out(_json({"database": name, "whole": not found, "trouble": [asdict(x) for x in found], "import_again": roots}))
    else:
        for item in found:
            out(safe(f"{item.kind}: {item.where}: {item.what}"))
        for todo in dict.fromkeys(x.todo for x in found):
            out(f"  {', '.join(dict.fromkeys(x.kind for x in found if x.todo == todo))}: {todo}")
        out(f"{name}: not whole, {len(found)} found" if found else f"{name}: whole")
        if repair and found:
            out("taken out; import again:" if roots else "nothing had to be taken out")
            for root in roots:
                out(f"  {safe(root)}")
    left = [x for x in found if x.kind != "unfinished" and not (repair and x.reading is not None)]
    if left:
        raise typer.Exit(CHECK_FAILED)
