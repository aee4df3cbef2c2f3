"""One report, from settings to a finished folder: a new run, or one that was interrupted and goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chimera_report.agent.compare import check_earlier
from chimera_report.agent.gate import gate_of
from chimera_report.agent.place import suite_of
from chimera_report.agent.publishing import formats
from chimera_report.agent.run import Ask, Emit, Run
from chimera_report.agent.settings import Settings
from chimera_report.agent.state import State
from chimera_report.agent.suite import settled
from chimera_report.tools.errors import ChimeraError, StoreError, UsageError
from chimera_report.tools.schema import Changes
from chimera_report.tools.store import RunFolder, find_runs, is_run, newest

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

# One task at a time: the runtime has one slot, and the order of calls is then the order of the report.
THREAD: RunnableConfig = {"configurable": {"thread_id": "report"}, "recursion_limit": 200, "max_concurrency": 1}
START = ".work/start.json"  # what a resumed run must have exactly as it was


@dataclass(frozen=True, slots=True)
class Done:
    folder: RunFolder
    runtime: dict[str, object]
    tier: str
    sentences: dict[str, int]  # by author
    lint: list[dict[str, object]]
    settings: Settings
    drafting: dict[str, Any]  # what became of the model's answers, as in run.json
    measuring: dict[str, Any]  # plans, answer, what each gave; {} where nothing was asked for
    changes: Changes | None = None  # since the earlier report, where one was named
    unmade: dict[str, str] = field(default_factory=dict)  # formats that were asked for and could not be made → why


def begin(settings: Settings, started: datetime, command: str, version: str, *, busy: bool = False) -> RunFolder:
    """A new folder that remembers what `--resume` needs. Raises StoreError, UsageError."""
    suite = suite_of(settings.path)
    if suite is None and not settings.path.exists():
        raise UsageError("no such file or folder", where=str(settings.path), hint="Name a folder of benchmark files.")
    gate_of(settings)
    formats(settings.format)
    if settings.compare is not None:
        check_earlier(settings.compare, settings.out)
    folder = RunFolder.create(
        settings.out, settings.path.resolve().name if suite is None else suite or "database", started
    )
    folder.write_json(
        START,
        {
            "settings": settings.model_dump(mode="json"),
            "started": started.isoformat(),
            "command": command,
            "version": version,
            "busy": busy,
        },
    )
    return folder


def unfinished(out: Path, name: Path | None) -> RunFolder:
    """The run to resume: the folder that is named, or the newest unfinished one under `out`.

    `name` can also be the folder of benchmark files, as in the command that was interrupted; then it is the newest
    unfinished run of that folder. Raises UsageError.
    """
    if name is None:
        found = newest(out, finished=False)
        if found is None:
            raise UsageError("there is no unfinished run to resume", where=str(out))
        return found
    for path in (name, out / name):
        if is_run(path):
            folder = RunFolder(path)
            if folder.finished:
                raise UsageError("this run is finished", where=str(path), hint=f"Its report is {path / 'report.md'}.")
            return folder
    left = [run for run in find_runs(out) if not run.finished and not run.running]
    same = [run for run in left if recall(run)[0].path.resolve() == name.resolve()]
    if not same:
        raise UsageError("no such unfinished run", where=str(name), hint=f"Unfinished runs are folders under {out}.")
    return same[-1]


def recall(folder: RunFolder) -> tuple[Settings, datetime, str]:
    """Settings, start and command of an unfinished run. Raises StoreError."""
    saved = folder.read_json(START)
    try:
        return Settings.model_validate(saved["settings"]), datetime.fromisoformat(saved["started"]), saved["command"]
    except (KeyError, TypeError, ValueError) as exc:
        raise StoreError("the record of this run is broken", where=str(folder.path / START)) from exc


def drive(run: Run) -> Done:
    """Run the graph to its end, from its last checkpoint where there is one. Raises what the nodes raise."""
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command

    from chimera_report.agent.graph import report_graph

    database = run.folder.work / "checkpoint.sqlite"
    # The graph's tasks run on threads of its own; SqliteSaver holds a lock.
    with closing(sqlite3.connect(database, check_same_thread=False)) as connection:
        graph = report_graph(SqliteSaver(connection))
        fresh = graph.get_state(THREAD).created_at is None
        given: State | Command[Any] | None = cast(State, {}) if fresh else None
        try:
            while True:
                for _ in graph.stream(given, THREAD, context=run, stream_mode="updates", durability="sync"):
                    pass
                waiting = graph.get_state(THREAD).interrupts
                if not waiting:
                    break
                given = Command(resume=_answer(run, waiting[0].value["plan"]))
            state = graph.get_state(THREAD).values
        finally:
            run.close()
    record = run.folder.read_json("run.json")
    run.folder.finish()
    return Done(
        folder=run.folder,
        runtime=state.get("runtime", {}),
        tier=state.get("tier", "none"),
        sentences=record["sentences"]["by_author"],
        lint=state.get("lint", []),
        settings=run.settings,
        drafting=record["drafting"],
        measuring=state.get("measuring", {}),
        changes=run.analysis().changes,
        unmade=state.get("unmade", {}),
    )


def _answer(run: Run, plan: list[str]) -> str:
    """What a person says to a plan; where nobody can be asked, nothing is measured."""
    if run.ask is None:
        return "nobody to ask"
    return "yes" if run.ask(plan) else "no"


def make(
    settings: Settings,
    *,
    env: Mapping[str, str],
    started: datetime,
    command: str,
    version: str,
    emit: Emit,
    ask: Ask | None = None,
    busy: bool = False,
    resume: RunFolder | None = None,
    wait_s: float = 0.0,
) -> Done:
    """A new report, or the rest of one, which another process may hold for `wait_s` seconds. Raises ChimeraError."""
    if resume is not None:
        given = settings
        settings, started, command = recall(resume)
        # `--resume --yes`: a run that waits for an answer has it now. The address was kept without its password.
        settings = settings.model_copy(update={"yes": settings.yes or given.yes, "db": given.db or settings.db})
        busy = bool(
            resume.read_json(START).get("busy")
        )  # the same calls as before: they are looked up by their options
        folder = resume
    else:
        settings = settled(settings, started)
        folder = begin(settings, started, command, version, busy=busy)
    emit("run", {"folder": str(folder.path)})
    run = Run(
        settings=settings,
        folder=folder,
        started=started,
        env=env,
        command=command,
        version=version,
        emit=emit,
        ask=ask,
        busy=busy,
    )
    try:
        with folder.held(wait_s):
            return drive(run)
    except ChimeraError:
        # A run that cannot be (no input, no runtime) leaves nothing behind that --resume could use.
        if resume is None and not folder.has(".work/measurements.parquet"):
            folder.discard()
        raise
