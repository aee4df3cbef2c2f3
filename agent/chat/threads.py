"""Named threads of questions: kept in a checkpoint after every step, so that a killed chat goes on where it was."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chimera_report.agent.chat.context import Context
from chimera_report.agent.chat.state import Talk, Turn
from chimera_report.agent.chat.steps import STEPS
from chimera_report.tools.errors import StoreError, UsageError
from chimera_report.tools.lock import held
from chimera_report.tools.schema import Answer

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

FILE = "threads.sqlite"


def answer_once(question: str, context: Context) -> Answer:
    """One question without a thread: the same steps, without the graph, whose import takes longer than the answer."""
    context.begin()
    state = cast(Talk, {"question": question, "turns": []})
    for name, step in STEPS.items():
        if name != "remember":
            state.update(step(state, context))  # type: ignore[typeddict-item]
    return Answer.model_validate(state["answer"])


@dataclass(slots=True)
class Thread:
    """One conversation. `ask` runs the graph; after a kill, `resume` finishes the turn that was cut off."""

    name: str
    context: Context
    _graph: Any
    _config: RunnableConfig
    _connection: sqlite3.Connection

    def turns(self) -> list[Turn]:
        found: list[Turn] = self._graph.get_state(self._config).values.get("turns", [])
        return found

    def unfinished(self) -> str:
        """The question whose answer was cut off; "" where none was."""
        state = self._graph.get_state(self._config)
        return str(state.values.get("question", "")) if state.next else ""

    def resume(self) -> Answer | None:
        """The answer that was cut off, from the step where it was."""
        if not self.unfinished():
            return None
        return self._run(None)

    def ask(self, question: str) -> Answer:
        began = {} if self.turns() else {"began": datetime.now(UTC).isoformat()}
        return self._run({"question": question, "understood_by": "rules", **began})

    def replace(self, answer: Answer) -> None:
        """The last turn with another answer to the same question: of the data with what was measured for it."""
        from langgraph.types import Overwrite

        turns = self.turns()
        turn: Turn = {"question": answer.question, "answer": answer.model_dump(mode="json", by_alias=True)}
        self._graph.update_state(self._config, {"turns": Overwrite([*turns[:-1], turn])}, as_node="remember")
        self._prune()

    def restore(self, turns: list[Turn], began: datetime) -> None:
        """Turns that were kept elsewhere, as the first of a new thread."""
        self._graph.update_state(self._config, {"turns": turns, "began": began.isoformat()}, as_node="remember")
        self._prune()

    def abandon(self) -> None:
        """Forget the question whose answer was stopped; the turns before it stay."""
        from langgraph.graph import END

        if self.unfinished():
            self._graph.update_state(self._config, None, as_node=END)

    def _run(self, given: Any) -> Answer:
        self.context.begin()
        for _ in self._graph.stream(
            given, self._config, context=self.context, stream_mode="updates", durability="sync"
        ):
            pass
        answer = Answer.model_validate(self._graph.get_state(self._config).values["answer"])
        self._prune()
        return answer

    def _prune(self) -> None:
        """Keep the newest checkpoint alone: each holds all turns, so that all of them would grow with the square."""
        newest = self._graph.get_state(self._config).config["configurable"]
        which = (newest["thread_id"], newest["checkpoint_id"])
        with self._connection:
            self._connection.execute("DELETE FROM writes WHERE thread_id = ? AND checkpoint_id < ?", which)
            self._connection.execute("DELETE FROM checkpoints WHERE thread_id = ? AND checkpoint_id < ?", which)


@contextmanager
def open_thread(name: str, report: str, context: Context, place: Path) -> Iterator[Thread]:
    """The thread of that name on that report, new or as it was left. Raises UsageError while another process has it,
    StoreError."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    from chimera_report.agent.chat.graph import talk_graph

    with _database(place) as connection, _alone(name, report, place):
        saver = SqliteSaver(connection)
        saver.setup()
        config: RunnableConfig = {"configurable": {"thread_id": key(report, name)}}
        yield Thread(name, context, talk_graph(saver), config, connection)


def key(report: str, name: str) -> str:
    """The id of a thread: of one name on one report."""
    return f"{report}\x1f{name}"


def _alone(name: str, report: str, place: Path) -> AbstractContextManager[None]:
    digest = hashlib.sha256(key(report, name).encode()).hexdigest()[:16]
    hint = "Name another with --thread, or end the chat that has it."
    return held(place / f"thread-{digest}.lock", f"the thread {name!r}", hint=hint)


@contextmanager
def _database(place: Path) -> Iterator[sqlite3.Connection]:
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / FILE).touch(mode=0o600)  # what was asked is nobody else's
        (place / FILE).chmod(0o600)
        connection = sqlite3.connect(place / FILE, check_same_thread=False, timeout=10)
    except (OSError, sqlite3.Error) as exc:
        raise StoreError(f"the threads cannot be kept ({exc})", where=str(place / FILE)) from exc
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        yield connection
    except sqlite3.DatabaseError as exc:
        raise StoreError(f"the threads cannot be read ({exc})", where=str(place / FILE)) from exc
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Left:
    """A thread as it was left. One of an earlier version does not know when it began: then its last change counts."""

    report: str
    name: str
    began: datetime
    updated: datetime
    turns: list[Turn]


def left(place: Path, report: str | None = None) -> list[Left]:
    """The threads, or those of one report, by report and name. Raises StoreError."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    if not (place / FILE).is_file():
        return []
    with _database(place) as connection:
        saver = SqliteSaver(connection)
        saver.setup()
        ids = [str(i) for (i,) in connection.execute("SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1")]
        found = []
        for ident in ids:
            of, _, name = ident.partition("\x1f")
            saved = saver.get_tuple({"configurable": {"thread_id": ident}}) if report in (None, of) else None
            if saved is not None:
                values: Any = saved.checkpoint["channel_values"]
                updated = datetime.fromisoformat(saved.checkpoint["ts"])
                began = datetime.fromisoformat(values["began"]) if "began" in values else updated
                found.append(Left(of, name, began, updated, values.get("turns", [])))
        return found


def listed(place: Path) -> list[tuple[str, str, int]]:
    """`(report, thread, turns)`, by report and name."""
    return [(one.report, one.name, len(one.turns)) for one in left(place)]


def delete(report: str, name: str, place: Path) -> None:
    """Forget a thread. Raises UsageError when there is none."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    if (report, name) not in {(r, n) for r, n, _ in listed(place)}:
        raise UsageError("there is no such thread", where=name, hint="chimera-report chat --threads lists them.")
    with _database(place) as connection, _alone(name, report, place):
        saver = SqliteSaver(connection)
        saver.setup()
        saver.delete_thread(key(report, name))
