"""The command: `chimera-report PATH …` and the others. With `commands/`, the only place that prints or exits.

Exit codes: 0 done; 1 a bug; 2 bad usage or no usable input; 3 no runtime, or a benchmark that is not complete; 4 a gate
failed; 5 verification or lint failed; 6 a gate is inconclusive, where that was asked for; 130 interrupted. Heavy
imports are inside the commands, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from chimera_report.agent.commands.ask import ask
from chimera_report.agent.commands.bench import bench
from chimera_report.agent.commands.chat import chat
from chimera_report.agent.commands.db import app as db
from chimera_report.agent.commands.doctor import doctor
from chimera_report.agent.commands.export import export
from chimera_report.agent.commands.fill import fill
from chimera_report.agent.commands.history import history
from chimera_report.agent.commands.inspect import inspect
from chimera_report.agent.commands.lint import lint
from chimera_report.agent.commands.mcp import mcp
from chimera_report.agent.commands.render import render
from chimera_report.agent.commands.report import report
from chimera_report.agent.commands.schedule import app as schedule
from chimera_report.agent.commands.sign import sign
from chimera_report.agent.commands.status import status
from chimera_report.agent.commands.terminal import PROGRAM, out, say, version
from chimera_report.agent.commands.verify import verify

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help=(
        "Technical reports from LLM benchmark files, in which every number and every claim is derived by code.\n\n"
        "`chimera-report PATH` is short for `chimera-report report PATH`."
    ),
    epilog=(
        "Exit codes: 0 done; 1 a bug; 2 bad usage or no usable input; 3 no runtime, or a benchmark that is not "
        "complete; 4 a gate failed; 5 verification or lint failed; 6 a gate is inconclusive (--fail-inconclusive); "
        "130 interrupted."
    ),
)


def _show_version(wanted: bool) -> None:
    if wanted:
        out(f"{PROGRAM} {version()}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: ARG001  its callback does the work
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    return None


app.command(no_args_is_help=True)(report)
app.command(no_args_is_help=True)(inspect)
app.command(no_args_is_help=True)(ask)
app.command()(chat)
app.command(no_args_is_help=True)(bench)
app.command(no_args_is_help=True)(export)
app.command(no_args_is_help=True)(verify)
app.command(no_args_is_help=True)(render)
app.command(no_args_is_help=True)(sign)
app.command(no_args_is_help=True)(fill)
app.command(no_args_is_help=True)(lint)
app.command()(doctor)
app.command()(mcp)
app.add_typer(db, name="db")
app.command(no_args_is_help=True)(history)
app.add_typer(schedule, name="schedule")
app.command()(status)


def command_paths() -> list[tuple[str, ...]]:
    """Every help page there is: `()` is the program itself, `("db",)` a group, `("db", "init")` a command of it."""
    return [(), *_paths(app)]


def _paths(group: typer.Typer) -> Iterator[tuple[str, ...]]:
    for command in group.registered_commands:
        yield (command.name or (command.callback.__name__ if command.callback else ""),)
    for below in group.registered_groups:
        name = below.name or ""
        yield (name,)
        if below.typer_instance is not None:
            yield from ((name, *path) for path in _paths(below.typer_instance))


def _standard_streams() -> None:
    """Opens what the caller closed (`<&-`, a service without a terminal), so that no file of ours gets its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))


def _of_the_machine(exc: OSError) -> str:
    """What the machine refused, where, and what to do."""
    try:
        Path.cwd()
    except OSError:
        return "the working folder is gone\n  Change to a folder that exists."
    what = (exc.strerror or str(exc)).lower()
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        where = exc.filename or "what is to be written, the standard output among it"
        return f"{where}: {what}\n  Make room, or name another place with --out."
    return f"{exc.filename}: {what}" if exc.filename else what


def main(argv: list[str] | None = None) -> NoReturn:
    """Entry point. `chimera-report PATH …` is `chimera-report report PATH …`."""
    _standard_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal's encoding has no letters for
    known = {path[0] for path in command_paths() if path}
    if words and words[0] not in known and words[0] not in ("--help", "--version"):
        words.insert(0, "report")
    try:
        app(words, prog_name=PROGRAM, standalone_mode=True)
    except Exception as exc:
        from chimera_report.tools.errors import ChimeraError

        if isinstance(exc, OSError) and not isinstance(exc, BrokenPipeError):
            # The machine's: no space, no such working folder, a device that fails. Nothing of ours can go on.
            say(f"{PROGRAM}: {_of_the_machine(exc)}")
            sys.exit(2)
        if type(exc).__module__ == "sqlite3":  # the record of a run, which the graph keeps
            say(f"{PROGRAM}: the record of the run cannot be written ({exc})")
            sys.exit(2)
        if isinstance(exc, RecursionError):
            say(f"{PROGRAM}: the input is nested too deeply")
            sys.exit(2)
        if isinstance(exc, MemoryError):
            say(f"{PROGRAM}: there is not enough memory for this input")
            sys.exit(2)
        if not isinstance(exc, ChimeraError):
            raise
        say(f"{PROGRAM}: {exc}")
        sys.exit(exc.exit_code)
    sys.exit(0)
