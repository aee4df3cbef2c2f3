"""`chimera-report ask [REPORT] QUESTION`: one question on a finished report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chimera_report.agent.commands.terminal import PROGRAM, out, say


def ask(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[REPORT] QUESTION",
            help="The report's folder (the newest without one), then the question in quotes.",
        ),
    ],
    no_llm: Annotated[bool, typer.Option("--no-llm", help="No model: rules understand, code words.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON, with facts and evidence.")] = False,
    rows: Annotated[int, typer.Option(min=0, max=500, help="Rows of evidence to show.")] = 3,
    picture: Annotated[Path | None, typer.Option("--svg", help="File for the picture of a plot question.")] = None,
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
    """Ask one question about a report; every number of the answer is computed from its measurements."""
    import gc

    gc.disable()  # one pass that throws little away
    import os

    from chimera_report.agent.chat.context import Context
    from chimera_report.agent.chat.saved import find, load
    from chimera_report.agent.chat.threads import answer_once
    from chimera_report.agent.settings import build
    from chimera_report.tools.errors import UsageError

    if not 1 <= len(words) <= 2:
        raise UsageError("give a report and one question in quotes", hint=f'{PROGRAM} ask REPORT "which is fastest?"')
    given: dict[str, Any] = {"out": to, "model": model, "host": host, "runtime": runtime, "time_budget": time_budget}
    arguments = {k: v for k, v in given.items() if v is not None} | ({"llm": False} if no_llm else {})
    settings = build({**arguments, "path": Path()}, os.environ, config=config, cwd=Path.cwd())
    folder = find(Path(words[0]) if len(words) == 2 else None, settings.out)
    saved = load(folder)
    context = Context(saved.world, settings, os.environ, record=saved.record)
    try:
        answer = answer_once(words[-1], context)
        if measure and answer.command:
            from chimera_report.agent.commands.measuring import measured

            answer = measured(answer, context, settings, yes=yes)
    finally:
        context.close()
    if picture is not None:
        if answer.plot is None:
            say("this answer has no picture; ask to plot something")
        else:
            from chimera_report.tools.render import svg
            from chimera_report.tools.store import RunFolder

            RunFolder(picture.parent).write(picture.name, svg(answer.plot))
            say(str(picture))
    for note in context.notes:
        say(note)
    if as_json:
        out(answer.model_dump_json(by_alias=True, indent=2))
    else:
        out(shown(answer, rows=rows))


def shown(answer: Any, *, rows: int = 3) -> str:
    """The answer for the terminal, with its picture where it has one."""
    import os
    import shutil
    import sys

    from chimera_report.tools.render import answer_text, terminal, way

    width = min(shutil.get_terminal_size().columns, 110)
    many = rows if answer.query is None or answer.query.intent != "evidence" else max(rows, 20)
    parts = [answer_text(answer, width=width, rows=many)]
    if answer.plot is not None:
        parts.insert(0, terminal(answer.plot, way(os.environ, terminal=sys.stdout.isatty()), width=width))
    return "\n\n".join(p for p in parts if p)
