"""The Model Context Protocol server: reports, answers, comparisons, verification and bench plans as tools for other
assistants. Everything that leaves it was derived by code; no tool runs a benchmark, and all but `report` only read.
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from chimera_report.agent.chat.saved import Saved, find, load, printable
from chimera_report.agent.place import suite_of
from chimera_report.agent.trust import inside
from chimera_report.tools.errors import ChimeraError, UsageError
from chimera_report.tools.schema import Answer, EvidenceRow
from chimera_report.tools.store import RunFolder

if TYPE_CHECKING:
    from chimera_report.agent.differences import Difference

INSTRUCTIONS = (
    "Reports on LLM benchmark files whose every number and claim is derived by code from the files. Use `ask` for "
    "single questions; quote its sentences as they stand, with what it says that it cannot tell."
)
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
T = TypeVar("T")
_DIFFERENCES = 40  # that are named one by one

Which = Annotated[str, Field(description="A report's folder, or its name; empty for the newest.", max_length=4096)]
Question = Annotated[str, Field(description="One question in plain words.", min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=500, description="A model or system, as the report names it.")]


class Shown(BaseModel):
    """A table of an answer, its cells as a reader sees them."""

    title: str
    columns: list[str]
    rows: list[list[str]]


class Told(BaseModel):
    """An answer."""

    report: str = Field(description="The folder of the report that was asked.")
    outcome: str = Field(description="answered, asked (the question is ambiguous: see choices) or declined.")
    read_as: str = Field(description="Which question this answers.")
    verdict: str = Field(description="SUPPORTED, REFUTED or INSUFFICIENT, of the claim that the answer rests on.")
    sentences: list[str]
    tables: list[Shown]
    evidence: list[EvidenceRow] = Field(description="Some of the rows of the files behind the numbers.")
    cannot_say: list[str]
    choices: list[str] = Field(description="Questions that can be asked instead.")
    run_that_would_tell: str = Field(description="A command that would measure what is missing.")


class Made(BaseModel):
    """A report."""

    report: str = Field(description="Its folder.")
    counts: dict[str, int]
    lint: list[dict[str, Any]] = Field(description="What breaks a rule of reports.")
    markdown: str


class Differs(BaseModel):
    check: str
    where: str
    expected: str
    found: str


class Verified(BaseModel):
    """A report against its files."""

    report: str
    holds: bool
    checked: dict[str, int] = Field(description="How many files, facts, claims and lines were looked at.")
    differences: list[Differs] = Field(description=f"The first {_DIFFERENCES}.")
    differences_in_all: int


class Cell(BaseModel):
    id: str
    model: str
    options: dict[str, Any]


class Planned(BaseModel):
    """A benchmark that was not run."""

    command: str = Field(description="The command that runs it.")
    cells: list[Cell]
    requests: int
    loads: int
    expected_seconds: float
    plan_toml: str


@dataclass
class Desk:
    """What the tools share. One call at a time: a report that is open for one question is not read by another."""

    env: Mapping[str, str]
    version: str
    out: Path
    places: tuple[Path, ...]  # the folders that it was started for; nothing else is opened
    lock: threading.Lock = field(default_factory=threading.Lock)
    opened: dict[tuple[str, int], Saved] = field(default_factory=dict)  # the report of the last call

    def told(self, work: Callable[[], T]) -> T:
        """What the work gives. What is wrong becomes a tool's error, for an assistant to read."""
        try:
            with self.lock:
                return work()
        except ChimeraError as exc:
            raise ToolError(str(exc)) from exc

    def allowed(self, path: Path) -> Path:
        """The path, where it lies in a folder that the server was started for. Raises UsageError."""
        if not inside(path, (self.out, *self.places)):
            there = ", ".join(str(p) for p in (*self.places, self.out))
            raise UsageError(
                "is outside the folders that this server was started for",
                where=str(path),
                hint=f"It opens {there}; whoever starts it can name others: chimera-report mcp FOLDER.",
            )
        return path

    def find(self, report: str) -> RunFolder:
        """The report that is named, or the newest. Raises UsageError."""
        if report:  # before anything is looked at: whether a path exists elsewhere is told to nobody
            beside = inside(self.out / report, (self.out,))
            self.allowed(self.out / report if beside else Path(report))
        found = find(Path(report) if report else None, self.out)
        self.allowed(found.path)
        return found

    def open(self, report: str) -> Saved:
        """The report that is named, as it is on disk now."""
        folder = self.find(report)
        key = (str(folder.path), (folder.path / "report.json").stat().st_mtime_ns)
        if key not in self.opened:
            self.opened = {key: load(folder)}
        return self.opened[key]


def server(env: Mapping[str, str], version: str, out: Path, places: tuple[Path, ...]) -> MCPServer:
    """The server. `out` is where reports are looked for and written, `places` the folders that it may read besides."""
    app = MCPServer("chimera-report", version=version, instructions=INSTRUCTIONS, log_level="WARNING")
    desk = Desk(env, version, out, places)

    @app.tool(annotations=_WRITES)
    def report(
        path: Annotated[str, Field(description="The folder, or one file.", min_length=1, max_length=4096)],
        compare: Annotated[str, Field(description="An earlier report's folder, for what changed since.")] = "",
    ) -> Made:
        """Make a report of a folder of benchmark files (CSV, JSON, Markdown), in code's own words."""
        return desk.told(lambda: _report(desk, path, compare))

    @app.tool(annotations=_READS)
    def ask(question: Question, report: Which = "") -> Told:
        """Ask a finished report: values, comparisons, effects of settings, rankings, what is missing. The answer has
        its numbers with unit, n and interval, its evidence, and what it cannot say."""
        return desk.told(lambda: _ask(desk, question, report))

    @app.tool(annotations=_READS)
    def compare(a: Name, b: Name, metric: str = "decode_rate", suite: str = "", report: Which = "") -> Told:
        """The verdict on two models or systems of a report, by one metric, under matched conditions."""
        return desk.told(lambda: _compare(desk, a, b, metric, suite, report))

    @app.tool(annotations=_READS)
    def verify(
        report: Which = "",
        data: Annotated[str, Field(description="The folder of its files, where they moved.", max_length=4096)] = "",
    ) -> Verified:
        """Recompute every fact of a report from its files and compare."""
        return desk.told(lambda: _verify(desk, report, data))

    @app.tool(annotations=_READS)
    def bench_plan(
        models: Annotated[list[str], Field(min_length=1, max_length=20, description="Ollama models.")],
        factors: Annotated[
            dict[str, list[str | int | float | bool]] | None,
            Field(description='Options and their levels: {"num_ctx": [1024, 4096]}.'),
        ] = None,
        runs: Annotated[int, Field(ge=1, le=10_000, description="Requests a cell.")] = 10,
        time_budget: Annotated[str, Field(description="Longest time to measure: 90s, 5m, 1h.")] = "10m",
    ) -> Planned:
        """The plan of a benchmark (cells, order, expected time) and the command that runs it. Nothing is run."""
        return desk.told(lambda: _plan(models, factors or {}, runs, time_budget))

    return app


def _report(desk: Desk, path: str, compare: str) -> Made:
    from chimera_report.agent import report as reports
    from chimera_report.agent.assembly import command_line
    from chimera_report.agent.settings import build

    arguments: dict[str, Any] = {"path": Path(path), "out": desk.out, "llm": False}
    if suite_of(Path(path)) is None:  # db:SUITE is of the database of the user's own settings
        desk.allowed(Path(path))
    if compare:
        arguments["compare"] = Path(compare) if inside(Path(compare), desk.places) else desk.find(compare).path
    settings = build(arguments, desk.env, cwd=Path.cwd())
    shown = {"out": desk.out, "no_llm": True, **({"compare": compare} if compare else {})}
    done = reports.make(
        settings,
        env=desk.env,
        started=datetime.now().astimezone(),
        command=command_line(shown, path),
        version=desk.version,
        emit=lambda _event, _data: None,
    )
    text = (done.folder.path / "report.md").read_text(encoding="utf-8")
    record = done.folder.read_json("run.json")
    return Made(report=str(done.folder.path), counts=record["counts"], lint=done.lint, markdown=text)


def _ask(desk: Desk, question: str, report: str) -> Told:
    from chimera_report.agent.chat.context import Context
    from chimera_report.agent.chat.threads import answer_once

    saved = desk.open(report)
    return _brief(answer_once(printable(question), Context(saved.world)), saved)


def _compare(desk: Desk, a: str, b: str, metric: str, suite: str, report: str) -> Told:
    from chimera_report.tools.query import reply, validate

    saved = desk.open(report)
    world = saved.world
    for what, name, known in (
        ("system", a, world.subjects),
        ("system", b, world.subjects),
        ("metric", metric, world.metrics),
        ("suite", suite, ("", *world.suites)),
    ):
        if name not in known:
            raise UsageError(f"the report has no {what} {name!r}", hint="It has: " + ", ".join(filter(None, known)))
    if a == b:
        raise UsageError("a and b are the same system", hint="Name two.")
    query = validate({"intent": "compare", "subjects": [a, b], "metric": metric, "suite": suite}, world)
    return _brief(reply(query, world, f"{a} against {b} by {metric}"), saved)


def _brief(answer: Answer, saved: Saved) -> Told:
    from chimera_report.tools.claims import render_text

    def cell(text: str) -> str:
        return render_text("x" + text, answer.sheet)[1:] if "{{" in text else text

    return Told(
        report=str(saved.folder.path),
        outcome=answer.outcome,
        read_as=answer.reading,
        verdict=answer.verdict,
        sentences=list(answer.text),
        tables=[
            Shown(
                title=cell(t.title),
                columns=[c.title for c in t.columns],
                rows=[[cell(c) for c in row] for row in t.rows],
            )
            for t in answer.tables
        ],
        evidence=list(answer.rows),
        cannot_say=list(answer.cannot),
        choices=list(answer.choices),
        run_that_would_tell=answer.command,
    )


def _verify(desk: Desk, report: str, data: str) -> Verified:
    from chimera_report.agent import verify as verification
    from chimera_report.agent.settings import build

    folder = desk.find(report)
    setting = build({"path": Path()}, desk.env, cwd=None if inside(Path.cwd(), (folder.path,)) else Path.cwd()).db
    done = verification.verify(
        folder.path,
        data=desk.allowed(Path(data)) if data else None,
        setting=setting,
        cwd=Path.cwd(),
        places=(desk.out, *desk.places),
    )

    def shown(item: Difference) -> Differs:
        return Differs(check=item.check, where=item.where, expected=item.expected, found=item.found)

    return Verified(
        report=str(done.folder),
        holds=not done.differences,
        checked=done.counts,
        differences=[shown(d) for d in done.differences[:_DIFFERENCES]],
        differences_in_all=len(done.differences),
    )


def _plan(models: list[str], factors: Mapping[str, list[Any]], runs: int, time_budget: str) -> Planned:
    from chimera_report.tools.bench import dry_run, make_plan, parse_factor, parse_seconds, plan_toml

    written = [f"{name}={','.join(_level(x) for x in levels)}" for name, levels in factors.items()]
    fields: dict[str, Any] = {"factors": dict(parse_factor(f) for f in written)} if written else {}
    plan = make_plan(models, runs=runs, time_budget_s=parse_seconds(time_budget), **fields)
    dry = dry_run(plan)
    words = ["chimera-report", "bench", *models]
    for factor in written:
        words += ["--factor", factor]
    words += ["--runs", str(runs), "--time-budget", time_budget]
    return Planned(
        command=shlex.join(words),
        cells=[Cell(id=c.id, model=c.model, options=dict(c.options)) for c in dry.cells],
        requests=dry.requests,
        loads=dry.loads,
        expected_seconds=dry.expected_s,
        plan_toml=plan_toml(plan),
    )


def _level(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
