"""The Model Context Protocol server: reports, answers, comparisons, verification and bench plans as tools for other
assistants. Everything that leaves it was derived by code; no tool runs a benchmark, and all but `report` only read.
"""

# ruff: noqa: E501 — descriptions are read as a whole

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, ImageContent, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from chimera_report.agent import assistant
from chimera_report.agent.chat.saved import Saved, find, load, printable
from chimera_report.agent.place import suite_of
from chimera_report.agent.shapes import DIFFERENCES, Cell, Differs, Made, Planned, Reports, Shown, Told, Verified
from chimera_report.agent.trust import inside
from chimera_report.tools.errors import ChimeraError, UsageError
from chimera_report.tools.schema import Answer
from chimera_report.tools.store import RunFolder

if TYPE_CHECKING:
    from chimera_report.agent.chat.state import Turn
    from chimera_report.agent.differences import Difference

INSTRUCTIONS = (
    "Reports on LLM benchmark files whose every number and claim is derived by code from the files. `list_reports` says "
    "which there are, `describe_report` what one can be asked; use `ask` for questions in words, `query` for typed "
    "look-ups. Quote sentences as they stand, with what they say that they cannot tell."
)
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
T = TypeVar("T")
_THREADS = 50  # conversations that are kept

Which = Annotated[str, Field(description="A report's folder, or its name; empty for the newest.", max_length=4096)]
Question = Annotated[str, Field(description="One question in plain words.", min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=500, description="A model or system, as the report names it.")]


@dataclass
class Desk:
    """What the tools share. One call at a time: a report that is open for one question is not read by another."""

    env: Mapping[str, str]
    version: str
    out: Path
    places: tuple[Path, ...]  # the folders that it was started for; nothing else is opened
    lock: threading.Lock = field(default_factory=threading.Lock)
    opened: dict[tuple[str, int], Saved] = field(default_factory=dict)  # the report of the last call
    threads: dict[tuple[str, str], list[Turn]] = field(default_factory=dict)  # as long as the server runs

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

    def thread(self, saved: Saved, name: str) -> list[Turn]:
        """The turns of a thread on a report; of no name, none."""
        if not name:
            return []
        key = (str(saved.folder.path), name)
        turns = self.threads.pop(key, [])
        self.threads[key] = turns  # the one used last is last
        for old in list(self.threads)[:-_THREADS]:
            del self.threads[old]
        return turns


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
    def list_reports() -> Annotated[CallToolResult, Reports]:
        """The reports that can be asked, the newest first."""
        return desk.told(lambda: _list(desk))

    @app.tool(annotations=_READS)
    def describe_report(report: Which = "") -> Annotated[CallToolResult, assistant.Described]:
        """What a report can be asked: its systems, metrics with units, dimensions with levels, and questions of each
        kind that it can answer."""
        return desk.told(lambda: _describe(desk, report))

    @app.tool(annotations=_READS)
    def ask(
        question: Question,
        report: Which = "",
        thread: Annotated[
            str, Field(description="A name: later questions of the same thread may lean on it.", max_length=100)
        ] = "",
    ) -> Annotated[CallToolResult, Told]:
        """Ask a finished report: values, comparisons, effects of settings, rankings, failures, what is missing. The
        answer has its numbers with unit and n, its evidence, and what it cannot say. With a thread, "and the 1b?",
        "which one?" and "why?" go on from the questions before."""
        return desk.told(lambda: _ask(desk, question, report, thread))

    @app.tool(annotations=_READS)
    def query(
        measure: Annotated[str, Field(description="A metric, or records, or failures.", min_length=1, max_length=200)],
        aggregate: Annotated[
            str, Field(description="typical, mean, median, p95, sum, count, share, min, max, sd, cv.")
        ] = "typical",
        by: Annotated[
            list[str], Field(description="Dimensions to group by; cell for all settings.", max_length=8)
        ] = [],  # noqa: B006  a schema
        where: Annotated[
            list[assistant.Condition], Field(description="Conditions, all of which hold.", max_length=20)
        ] = [],  # noqa: B006
        state: Annotated[Literal["", "warm", "cold"], Field(description="Records without or with a model load.")] = "",
        order: Annotated[Literal["", "low", "high"], Field(description="Which end comes first.")] = "",
        limit: Annotated[int, Field(ge=0, le=1000, description="0: all.")] = 0,
        unit: Annotated[
            str, Field(description="In which the value is shown: ms, ms/token, GiB, min.", max_length=20)
        ] = "",
        report: Which = "",
    ) -> Annotated[CallToolResult, Told]:
        """A typed look-up in a report: one measure, an aggregate, grouped and filtered. Systems and suites are never
        pooled. Names are those of describe_report."""
        given = {
            "aggregate": aggregate,
            "by": by,
            "where": where,
            "state": state,
            "order": order,
            "limit": limit,
            "unit": unit,
        }
        return desk.told(lambda: _query(desk, measure, given, report))

    @app.tool(annotations=_READS)
    def compare(
        a: Name, b: Name, metric: str = "decode_rate", suite: str = "", report: Which = ""
    ) -> Annotated[CallToolResult, Told]:
        """The verdict on two models or systems of a report, by one metric, under matched conditions; where there is no
        verdict, the observed ratio, called so. Parts of names ("270m") and words for metrics ("speed") are understood."""
        return desk.told(lambda: _compare(desk, a, b, metric, suite, report))

    @app.tool(annotations=_READS)
    def plot(question: Question, report: Which = "") -> CallToolResult:
        """The picture of a question such as "plot decode rate against num_ctx", as PNG, with the answer in words."""
        return desk.told(lambda: _plot(desk, question, report))

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


def _list(desk: Desk) -> CallToolResult:
    found = assistant.listed(desk.out)
    text = "\n".join(f"{r.report}: {r.of}, {r.files} files, {r.measurements} measurements" for r in found)
    return _result(text or f"There is no finished report in {desk.out}.", Reports(reports=found))


def _describe(desk: Desk, report: str) -> CallToolResult:
    made = assistant.described(desk.open(report))
    metrics = ", ".join(f"{m.name} ({m.unit})" if m.unit else m.name for m in made.metrics)
    text = [
        f"{made.report}: {made.records} records, {made.failed} failed.",
        f"Systems: {', '.join(made.systems) or 'not named'}.",
        f"Metrics: {metrics}.",
        f"Dimensions: {', '.join(made.dimensions)}.",
        "It can be asked, for example: " + " · ".join(made.questions),
    ]
    return _result("\n".join(text), made)


def _ask(desk: Desk, question: str, report: str, thread: str) -> CallToolResult:
    saved = desk.open(report)
    turns = desk.thread(saved, thread)
    return _told(assistant.asked(printable(question), saved, turns), saved)


def _query(desk: Desk, measure: str, given: dict[str, Any], report: str) -> CallToolResult:
    saved = desk.open(report)
    return _told(assistant.looked_up(saved.world, measure, **given), saved)


def _compare(desk: Desk, a: str, b: str, metric: str, suite: str, report: str) -> CallToolResult:
    saved = desk.open(report)
    return _told(assistant.compared(saved.world, a, b, metric, suite), saved)


def _plot(desk: Desk, question: str, report: str) -> CallToolResult:
    import base64

    from chimera_report.tools.render import png

    saved = desk.open(report)
    asked = question if "plot" in question.lower() else f"plot {question}"
    answer = assistant.asked(printable(asked), saved, [])
    if answer.plot is None:
        raise UsageError(
            "this question has no picture: " + " ".join(answer.text)[:300],
            hint="Ask to plot one metric, against a setting or by model.",
        )
    image = ImageContent(type="image", data=base64.b64encode(png(answer.plot)).decode("ascii"), mime_type="image/png")
    return CallToolResult(content=[image, TextContent(type="text", text="\n".join(answer.text))])


def _told(answer: Answer, saved: Saved) -> CallToolResult:
    """An answer once: in words for who reads, as data for who computes."""
    from chimera_report.tools.render import answer_text

    return _result(answer_text(answer, width=120, rows=3), _brief(answer, saved))


def _result(text: str, data: BaseModel) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=data.model_dump(mode="json", by_alias=True)
    )


def _brief(answer: Answer, saved: Saved) -> Told:
    from chimera_report.tools.claims import render_text

    def cell(text: str) -> str:
        return render_text("x" + text, answer.sheet)[1:] if "{{" in text else text

    return Told(
        report=str(saved.folder.path),
        outcome=answer.outcome,
        read_as=answer.read_as or answer.reading,
        verdict=answer.verdict,
        sentences=list(answer.text),
        tables=[
            Shown(
                title=cell(t.title),
                columns=[cell(c.title) for c in t.columns],
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
        differences=[shown(d) for d in done.differences[:DIFFERENCES]],
        differences_in_all=len(done.differences),
    )


def _plan(models: list[str], factors: Mapping[str, list[Any]], runs: int, time_budget: str) -> Planned:
    from chimera_report.tools.bench import dry_run, make_plan, parse_factor, parse_seconds, plan_toml

    written = [f"{name}={','.join(_level(x) for x in levels)}" for name, levels in factors.items()]
    for text in (*models, *written, time_budget):
        if any("\ud800" <= c <= "\udfff" for c in text):  # half a character, which JSON can bring and no file can keep
            raise UsageError(f"{text!a} is no text: it holds half a character")
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
