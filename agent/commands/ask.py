"""`chimera-report ask [REPORT] QUESTION`: one question on a finished report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chimera_report.agent.commands.terminal import INTERRUPTED, PROGRAM, one_pass, out, say


@one_pass()
def ask(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[REPORT] QUESTION",
            help="The report: its folder, or its name under --out; the newest where none is named. Then the question.",
        ),
    ],
    no_llm: Annotated[bool, typer.Option("--no-llm", help="No model: rules understand, code words.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON, with facts and evidence.")] = False,
    rows: Annotated[int, typer.Option(min=0, max=500, help="Rows of evidence to show.")] = 0,
    evidence: Annotated[bool, typer.Option("--evidence", help="Show the rows behind the answer, up to 20.")] = False,
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
    import os
    import sys

    from chimera_report.agent.chat.context import Context
    from chimera_report.agent.chat.saved import find, load
    from chimera_report.agent.chat.threads import answer_once
    from chimera_report.agent.settings import build
    from chimera_report.tools.errors import ChimeraError

    rows = max(rows, 20) if evidence else rows
    given: dict[str, Any] = {"out": to, "model": model, "host": host, "runtime": runtime, "time_budget": time_budget}
    arguments = {k: v for k, v in given.items() if v is not None} | ({"llm": False} if no_llm else {})
    settings = build({**arguments, "path": Path()}, os.environ, config=config, cwd=Path.cwd())
    report, question = parted(words, settings.out)
    saved = load(find(report, settings.out))
    context = Context(saved.world, settings, os.environ, record=saved.record)
    failed: ChimeraError | None = None
    try:
        answer = answer_once(question, context)
        told = False
        if measure and answer.run:
            from chimera_report.agent.commands.measuring import measured

            if not as_json:
                out(shown(answer, settings.plots, rows=rows) + "\n")
            again = None
            try:
                again = measured(answer, context, settings, yes=yes)
            except ChimeraError as exc:  # the answer stands without the run
                failed = exc
            told = again is None and not as_json
            answer = again or answer
        if as_json:
            out(answer.model_dump_json(by_alias=True, indent=2))
        elif not told:
            out(shown(answer, settings.plots, rows=rows))
        sys.stdout.flush()  # who reads need not wait until the model is gone
        for note in context.notes:
            say(note)
        if picture is not None:
            _draw(answer, picture)
    except KeyboardInterrupt:
        say("interrupted")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        context.close()
    if failed is not None:
        raise failed


def _draw(answer: Any, picture: Path) -> None:
    from chimera_report.tools.render import svg
    from chimera_report.tools.store import RunFolder

    if answer.plot is None:
        say("this answer has no picture; ask to plot something")
    else:
        RunFolder(picture.parent).write(picture.name, svg(answer.plot))
        say(str(picture))


def parted(words: list[str], out: Path) -> tuple[Path | None, str]:
    """The report, where one is named, and the question.

    One word is the question and two are the report and the question, whatever they hold. Of more, which is a question
    without quotes, the first names the report where there is such a report. Raises UsageError.
    """
    from chimera_report.agent.chat.saved import place_of, printable
    from chimera_report.tools.errors import UsageError

    first, *rest = words
    if len(words) == 2 or (rest and place_of(Path(first), out) is not None):
        report, question = Path(first), " ".join(rest)
    else:
        report, question = None, " ".join(words)
    if not question.strip():
        raise UsageError("the question is empty", hint=f'{PROGRAM} ask REPORT "which is fastest?"')
    if not rest and place_of(Path(first), out) is not None:
        raise UsageError("there is no question", where=first, hint=f'{PROGRAM} ask {first} "which is fastest?"')
    if len(words) == 2 and " " not in question.strip() and place_of(Path(first), out) is None:
        raise UsageError(
            "this is no report folder",
            where=first,
            hint=f'A question goes in quotes: {PROGRAM} ask "{" ".join(words)}"',
        )
    return report, printable(question)


def shown(answer: Any, plots: str, *, rows: int = 0) -> str:
    """The answer for the terminal, with its picture where it has one."""
    import shutil

    from chimera_report.tools.render import answer_text

    width = min(shutil.get_terminal_size().columns, 110)
    query = answer.query
    wanted = query is not None and (
        query.intent == "evidence" or (query.select is not None and "evidence" in query.select.text.split())
    )
    many = max(rows, 20) if wanted else rows
    parts = [pictured(answer, plots, width), answer_text(answer, width=width, rows=many)]
    return "\n\n".join(p for p in parts if p)


def pictured(answer: Any, plots: str, width: int) -> str:
    """The picture of an answer as this terminal shows it; "" where it has none."""
    import os
    import sys

    from chimera_report.tools.render import terminal, way

    if answer.plot is None:
        return ""
    return terminal(answer.plot, way(os.environ, terminal=sys.stdout.isatty(), wanted=plots), width=width)
