"""The loop of a chat: reads a line of the terminal or of a file, answers it, or does what a command says."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from chimera_report.agent.commands.ask import pictured, shown
from chimera_report.agent.commands.terminal import out, say

if TYPE_CHECKING:
    from chimera_report.agent.chat.saved import Saved
    from chimera_report.agent.chat.threads import Thread
    from chimera_report.agent.settings import Settings
    from chimera_report.tools.schema import Answer

HELP = """questions in your words, or:
  /evidence        the rows behind the last answer
  /plot [FILE]     the last answer as a picture; with a name, as an SVG file
  /export FILE     the whole thread as Markdown or, for .json, as JSON
  /report          a new version of the report, with the last answer in it
  /history         the questions so far
  /help  /quit"""
COMMANDS = ("/evidence", "/plot", "/export", "/report", "/history", "/help", "/quit")


class Session:
    """One thread at a terminal, or on plain input and output."""

    def __init__(self, thread: Thread, saved: Saved, settings: Settings, place: Path, *, measure: bool) -> None:
        self.thread = thread
        self.saved = saved  # the newest version of the report: a fold makes a newer one
        self.settings = settings
        self.place = place
        self.measure = measure
        self.terminal = sys.stdin.isatty() and sys.stdout.isatty()

    def run(self) -> None:
        """Until /quit, the end of the input, or Ctrl-C on an empty line, which is a KeyboardInterrupt."""
        from chimera_report.tools.render import safe

        turns = self.thread.turns()
        if self.terminal:
            say(f"{self.saved.folder.id}: ask in your words; /help lists the commands, /quit ends")
            if turns:
                say(f"thread {self.thread.name!r} goes on after {len(turns)} answer{'' if len(turns) == 1 else 's'}")
        if waiting := self.thread.unfinished():
            say(f"going on with: {safe(waiting)}")
            self._guarded(self._resume)
        for line in self._lines():
            text = line.strip()
            if text in ("/quit", "/exit", "/q"):
                return
            if text.startswith("/"):
                self._guarded(lambda text=text: self._command(text))  # type: ignore[misc]
            elif text:
                self._guarded(lambda text=text: self._question(text))  # type: ignore[misc]

    def _guarded(self, work: Callable[[], None]) -> None:
        """What goes wrong with one line is told; the chat goes on. Ctrl-C stops what is being done, not the chat."""
        from chimera_report.tools.errors import ChimeraError

        try:
            work()
        except ChimeraError as exc:
            say(f"chimera-report: {exc}")
        except KeyboardInterrupt:
            if not self.terminal:
                raise  # the question stays in the thread, to be answered when it is opened again
            self.thread.abandon()
            say("stopped")

    # --- questions

    def _question(self, text: str) -> None:
        from chimera_report.agent.chat.saved import printable

        answer = self.thread.ask(printable(text))
        self._show(answer)
        if self.measure and answer.run:
            from chimera_report.agent.chat.state import queries
            from chimera_report.agent.commands.measuring import measured

            again = measured(
                answer,
                self.thread.context,
                self.settings,
                yes=self.settings.yes,
                previous=queries(self.thread.turns()[:-1]),
            )
            if again is not None:
                self.thread.replace(again)
                self._show(again)

    def _resume(self) -> None:
        answer = self.thread.resume()
        if answer is not None:
            self._show(answer)

    def _show(self, answer: Answer, rows: int = 3) -> None:
        out(shown(answer, self.settings.plots, rows=rows) + "\n")
        for note in self.thread.context.notes:
            say(note)
        self.thread.context.notes.clear()

    # --- commands

    def _command(self, text: str) -> None:
        from chimera_report.tools.errors import UsageError

        name, _, rest = text.partition(" ")
        commands: dict[str, Callable[[str], None]] = {
            "/help": lambda _: self._help(),
            "/history": lambda _: self._history(),
            "/evidence": lambda _: self._evidence(),
            "/plot": self._plot,
            "/export": self._export,
            "/report": lambda _: self._report(),
        }
        if name not in commands:
            raise UsageError(f"there is no command {name}", hint="/help lists them.")
        commands[name](rest.strip())

    def _help(self) -> None:
        """The commands, and questions that this report can answer."""
        from chimera_report.tools.render import safe

        asked = "\n".join(f"  {safe(q)}" for q in self.thread.context.world.askable)
        out(f"{HELP}\n\nthis report can be asked, for example:\n{asked}")

    def _evidence(self) -> None:
        turns = self.thread.turns()
        last = self._last() if turns else None
        if last is not None and last.query is not None and last.query.select is not None:
            self._show(last, rows=20)
        else:
            self._show(self.thread.ask("show me the rows behind that"), rows=20)

    def _history(self) -> None:
        from chimera_report.tools.render import safe

        turns = self.thread.turns()
        out("\n".join(f"{i}. {safe(t['question'])}" for i, t in enumerate(turns, 1)) if turns else "nothing was asked")

    def _last(self) -> Answer:
        from chimera_report.tools.errors import UsageError
        from chimera_report.tools.schema import Answer

        turns = self.thread.turns()
        if not turns:
            raise UsageError("nothing was asked yet")
        return Answer.model_validate(turns[-1]["answer"])

    def _plot(self, rest: str) -> None:
        from chimera_report.tools.errors import UsageError
        from chimera_report.tools.query import plotted, reply
        from chimera_report.tools.render import svg

        answer = self._last()
        if answer.plot is None and answer.query is not None:
            answer = reply(plotted(answer.query), self.thread.context.world, "plot that")
        if answer.plot is None:
            raise UsageError("the last answer has nothing to draw", hint="Ask to plot a metric.")
        if rest:
            self._save(Path(rest if rest.endswith(".svg") else f"{rest}.svg"), svg(answer.plot))
        else:
            out(pictured(answer, self.settings.plots, min(shutil.get_terminal_size().columns, 110)) + "\n")

    def _export(self, rest: str) -> None:
        import json

        from chimera_report.agent.chat.folding import thread_markdown
        from chimera_report.tools.errors import UsageError

        if not rest:
            raise UsageError("name a file", hint="/export answers.md, or answers.json")
        target, turns = Path(rest), self.thread.turns()
        if target.suffix == ".json":
            self._save(target, json.dumps(turns, indent=2) + "\n")
        else:
            self._save(target, thread_markdown(turns, self.saved.folder.id))

    def _save(self, target: Path, text: str) -> None:
        from chimera_report.tools.store import RunFolder

        RunFolder(target.parent).write(target.name, text)
        say(str(target))

    def _report(self) -> None:
        from datetime import datetime

        from chimera_report.agent.chat.folding import fold
        from chimera_report.agent.chat.saved import load
        from chimera_report.agent.commands.terminal import version

        made = fold(self.saved, self._last(), self.settings.out, datetime.now().astimezone(), version())
        self.saved = load(made)
        say(f"{made.path / 'report.md'}")

    # --- lines

    def _lines(self) -> Iterator[str]:
        """Lines of the terminal, with history and completion; plain lines elsewhere."""
        if self.terminal:
            yield from self._typed()
            return
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        yield from sys.stdin

    def _typed(self) -> Iterator[str]:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.history import FileHistory

        self.place.mkdir(parents=True, exist_ok=True)
        world = self.thread.context.world
        words = [n for n in (*world.subjects, *world.suites, *world.metrics, *world.levels) if n.isprintable()]
        session: PromptSession[str] = PromptSession(
            history=FileHistory(str(self.place / "questions")),
            completer=WordCompleter([*words, *COMMANDS], ignore_case=True, WORD=True),
            complete_while_typing=False,
        )
        while True:
            try:
                yield session.prompt("> ")
            except KeyboardInterrupt:
                if not session.default_buffer.text:
                    raise
            except EOFError:
                return
