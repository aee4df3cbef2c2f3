"""`chimera-report chat [REPORT]`: questions on a report, one after the other, in a thread that is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from chimera_report.agent.commands.ask import shown
from chimera_report.agent.commands.terminal import INTERRUPTED, out, say

_HELP = """questions in your words, or:
  /evidence        the rows behind the last answer
  /plot [FILE]     the last answer as a picture; with a name, as an SVG file
  /export FILE     the whole thread as Markdown or, for .json, as JSON
  /report          a new version of the report, with the last answer in it
  /history         the questions so far
  /help  /quit"""


def chat(
    report: Annotated[Path | None, typer.Argument(help="The report's folder. [default: the newest]")] = None,
    thread: Annotated[str, typer.Option(help="Name of the conversation; it goes on where it was.")] = "default",
    threads: Annotated[bool, typer.Option("--threads", help="List the conversations that are kept.")] = False,
    delete: Annotated[str | None, typer.Option("--delete-thread", help="Forget this conversation.")] = None,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="No model: rules understand, code words.")] = False,
    measure: Annotated[
        bool, typer.Option("--measure", help="Where a run would tell, offer to make it and answer again.")
    ] = False,
    time_budget: Annotated[str | None, typer.Option(help="Longest time to measure: 90s, 5m. [default: 5m]")] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Folder of the reports. [default: reports]")] = None,
    model: Annotated[str | None, typer.Option(help="Ollama model, or a GGUF file.")] = None,
    host: Annotated[str | None, typer.Option(help="Ollama's address, as in OLLAMA_HOST.")] = None,
    runtime: Annotated[str | None, typer.Option(help="auto, ollama or embedded. [default: auto]")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
) -> None:
    """Talk about a report: follow-up questions, each answered from its measurements."""
    import os

    from platformdirs import user_data_path

    from chimera_report.agent.chat import threads as kept
    from chimera_report.agent.chat.context import Context
    from chimera_report.agent.chat.saved import find, load
    from chimera_report.agent.settings import build

    given: dict[str, Any] = {"out": to, "model": model, "host": host, "runtime": runtime, "time_budget": time_budget}
    arguments = {k: v for k, v in given.items() if v is not None} | ({"llm": False} if no_llm else {})
    settings = build({**arguments, "path": Path()}, os.environ, config=config, cwd=Path.cwd())
    place = user_data_path("chimera-report")
    if threads:
        for of, name, turns in kept.listed(place):
            out(f"{name}\t{of}\t{turns} answers")
        return
    folder = find(report, settings.out)
    if delete is not None:
        kept.delete(str(folder.path.resolve()), delete, place)
        say(f"forgotten: {delete}")
        return
    saved = load(folder)
    context = Context(saved.world, settings, os.environ, record=saved.record)
    try:
        with kept.open_thread(thread, str(folder.path.resolve()), context, place) as conversation:
            _Session(conversation, saved, settings, measure=measure).run()
    except KeyboardInterrupt:
        say(f"interrupted; `chimera-report chat --thread {thread}` goes on where it was")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        context.close()


class _Session:
    """The loop: reads a line, answers it."""

    def __init__(self, thread: Any, saved: Any, settings: Any, *, measure: bool) -> None:
        self.thread = thread
        self.saved = saved
        self.settings = settings
        self.measure = measure
        self.terminal = sys.stdin.isatty() and sys.stdout.isatty()

    def run(self) -> None:
        turns = self.thread.turns()
        if self.terminal:
            say(f"{self.saved.folder.id}: ask in your words; /help lists the commands, /quit ends")
            if turns:
                say(f"thread {self.thread.name!r} goes on after {len(turns)} answers")
        if waiting := self.thread.unfinished():
            say(f"going on with: {waiting}")
            self._show(self.thread.resume())
        for line in self._lines():
            text = line.strip()
            if text in ("/quit", "/exit", "/q"):
                return
            if text:
                self._answer(text)

    def _answer(self, text: str) -> None:
        from chimera_report.tools.errors import ChimeraError

        try:
            if text.startswith("/"):
                self._command(text)
            else:
                answer = self.thread.ask(text)
                if self.measure and answer.command:
                    from chimera_report.agent.commands.measuring import measured

                    answer = measured(answer, self.thread.context, self.settings, yes=False)
                self._show(answer)
        except ChimeraError as exc:
            say(f"chimera-report: {exc}")

    def _show(self, answer: Any, rows: int = 3) -> None:
        out(shown(answer, rows=rows) + "\n")
        for note in self.thread.context.notes:
            say(note)
        self.thread.context.notes.clear()

    def _command(self, text: str) -> None:
        from chimera_report.tools.errors import UsageError

        name, _, rest = text.partition(" ")
        commands: dict[str, Callable[[str], None]] = {
            "/help": lambda _: out(_HELP),
            "/history": lambda _: out("\n".join(f"{i}. {t['question']}" for i, t in enumerate(self.thread.turns(), 1))),
            "/evidence": self._evidence,
            "/plot": self._plot,
            "/export": self._export,
            "/report": self._report,
        }
        if name not in commands:
            raise UsageError(f"there is no command {name}", hint="/help lists them.")
        commands[name](rest.strip())

    def _last(self) -> Any:
        from chimera_report.tools.errors import UsageError
        from chimera_report.tools.schema import Answer

        turns = self.thread.turns()
        if not turns:
            raise UsageError("nothing was asked yet")
        return Answer.model_validate(turns[-1]["answer"])

    def _evidence(self, rest: str) -> None:
        del rest
        answer = self.thread.ask("show me the rows behind that")
        self._show(answer, rows=20)

    def _plot(self, rest: str) -> None:
        from chimera_report.tools.errors import UsageError
        from chimera_report.tools.query import reply
        from chimera_report.tools.render import svg
        from chimera_report.tools.store import RunFolder

        answer = self._last()
        if answer.plot is None and answer.query is not None:
            answer = reply(answer.query.model_copy(update={"intent": "plot"}), self.thread.context.world, "plot that")
        if answer.plot is None:
            raise UsageError("the last answer has nothing to draw", hint="Ask to plot a metric.")
        if rest:
            target = Path(rest if rest.endswith(".svg") else f"{rest}.svg")
            RunFolder(target.parent).write(target.name, svg(answer.plot))
            say(str(target))
        else:
            self._show(answer, rows=0)

    def _export(self, rest: str) -> None:
        import json

        from chimera_report.agent.chat.folding import thread_markdown
        from chimera_report.tools.errors import UsageError
        from chimera_report.tools.store import RunFolder

        if not rest:
            raise UsageError("name a file", hint="/export answers.md, or answers.json")
        target = Path(rest)
        turns = self.thread.turns()
        text = (
            json.dumps(turns, indent=2) + "\n"
            if target.suffix == ".json"
            else thread_markdown(turns, self.saved.folder.id)
        )
        RunFolder(target.parent).write(target.name, text)
        say(str(target))

    def _report(self, rest: str) -> None:
        from datetime import datetime

        from chimera_report.agent.chat.folding import fold
        from chimera_report.agent.commands.terminal import version

        del rest
        made = fold(self.saved, self._last(), self.settings.out, datetime.now().astimezone(), version())
        say(f"{made.path / 'report.md'}")

    # --- lines

    def _lines(self) -> Iterator[str]:
        """Lines of the terminal, with history and completion; plain lines elsewhere."""
        if not self.terminal:
            yield from sys.stdin
            return
        from platformdirs import user_data_path
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.history import FileHistory

        place = user_data_path("chimera-report")
        place.mkdir(parents=True, exist_ok=True)
        world = self.saved.world
        words = [*world.subjects, *world.suites, *world.levels, *_HELP_WORDS]
        session: PromptSession[str] = PromptSession(
            history=FileHistory(str(place / "questions")),
            completer=WordCompleter(words, ignore_case=True, WORD=True),
            complete_while_typing=False,
        )
        while True:
            try:
                yield session.prompt("> ")
            except EOFError:
                return


_HELP_WORDS = ("/evidence", "/plot", "/export", "/report", "/history", "/help", "/quit")
