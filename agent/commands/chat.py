"""`chimera-report chat [REPORT]`: questions on a report, one after the other, in a thread that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chimera_report.agent.commands.terminal import INTERRUPTED, PROGRAM, out, say


def chat(
    report: Annotated[
        Path | None, typer.Argument(help="The report: its folder, or its name under --out. [default: the newest]")
    ] = None,
    thread: Annotated[str, typer.Option(help="Name of the conversation; it goes on where it was.")] = "default",
    threads: Annotated[bool, typer.Option("--threads", help="List the conversations that are kept.")] = False,
    delete: Annotated[str | None, typer.Option("--delete-thread", help="Forget this conversation.")] = None,
    db: Annotated[
        str | None, typer.Option(help="Database to take the conversation from, where there is none of that name here.")
    ] = None,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="No model: rules understand, code words.")] = False,
    measure: Annotated[
        bool, typer.Option("--measure", help="Where a run would tell, offer to make it and answer again.")
    ] = False,
    time_budget: Annotated[str | None, typer.Option(help="Longest time to measure: 90s, 5m. [default: 5m]")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Measure without asking.")] = False,
    to: Annotated[Path | None, typer.Option("--out", help="Folder of the reports. [default: reports]")] = None,
    model: Annotated[str | None, typer.Option(help="Ollama model, or a GGUF file.")] = None,
    host: Annotated[str | None, typer.Option(help="Ollama's address, as in OLLAMA_HOST.")] = None,
    runtime: Annotated[str | None, typer.Option(help="auto, ollama or embedded. [default: auto]")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
) -> None:
    """Talk about a report: follow-up questions, each answered from its measurements."""
    import os
    import shlex

    from platformdirs import user_data_path

    from chimera_report.agent.chat import threads as kept
    from chimera_report.agent.chat.central import restore
    from chimera_report.agent.chat.context import Context
    from chimera_report.agent.chat.saved import find, load, origin
    from chimera_report.agent.commands.talking import Session
    from chimera_report.agent.database import opened
    from chimera_report.agent.settings import build
    from chimera_report.tools.errors import UsageError
    from chimera_report.tools.render import safe

    given: dict[str, Any] = {"out": to, "model": model, "host": host, "runtime": runtime, "time_budget": time_budget}
    arguments = {k: v for k, v in given.items() if v is not None} | ({"llm": False} if no_llm else {})
    settings = build({**arguments, "path": Path(), "yes": yes}, os.environ, config=config, cwd=Path.cwd())
    place = user_data_path(PROGRAM)
    if threads:
        for of, name, turns in kept.listed(place):
            out(f"{safe(name)}\t{safe(of)}\t{turns} answer{'' if turns == 1 else 's'}")
        return
    name = thread if delete is None else delete
    if not name.strip() or not name.isprintable():
        raise UsageError("a thread's name is of letters that can be printed", where=repr(name))
    folder = find(report, settings.out)
    of = origin(folder)
    if delete is not None:
        kept.delete(of, name, place)
        say(f"forgotten: {name}")
        return
    saved = load(folder)
    context = Context(saved.world, settings, os.environ, record=saved.record)
    try:
        with kept.open_thread(name, of, context, place) as conversation:
            if db is not None:
                with opened(db) as database:
                    if turns := restore(conversation, of, database):
                        say(f"{safe(name)}: {turns} answer{'' if turns == 1 else 's'} from {database.name}")
            Session(conversation, saved, settings, place, measure=measure).run()
    except KeyboardInterrupt:
        words = ["chat", *([str(report)] if report else []), "--thread", name, *(["--out", str(to)] if to else [])]
        say(f"interrupted; `{PROGRAM} {shlex.join(words)}` goes on where it was")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        context.close()
