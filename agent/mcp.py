"""The Model Context Protocol server: reports, answers, comparisons, verification and bench plans as tools for other
assistants. Everything that leaves it was derived by code; no tool runs a benchmark or writes outside a report folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer

INSTRUCTIONS = (
    "Reports on LLM benchmark files whose every number and claim is derived by code from the files. Use `ask` for "
    "single questions; quote its sentences as they stand, with what it says that it cannot tell."
)


def server(env: Mapping[str, str], version: str, out: Path) -> MCPServer:
    """The server. `out` is where reports are looked for and written."""
    app = MCPServer("chimera-report", instructions=INSTRUCTIONS)

    @app.tool()
    def report(path: str, compare: str = "") -> dict[str, Any]:
        """Make a report of a folder of benchmark files (CSV, JSON, Markdown), in code's own words. `compare`: an
        earlier report folder, for what changed since."""
        return _told(lambda: _report(path, compare, env, version, out))

    @app.tool()
    def ask(question: str, report: str = "") -> dict[str, Any]:
        """Ask a finished report (the newest by default): values, comparisons, effects of settings, rankings, what is
        missing. The answer has its numbers with unit, n and interval, evidence, and what it cannot say."""
        return _told(lambda: _ask(question, report, out))

    @app.tool()
    def compare(a: str, b: str, metric: str = "decode_rate", report: str = "") -> dict[str, Any]:
        """The verdict on two models or systems of a report, by one metric, under matched conditions."""
        return _told(lambda: _compare(a, b, metric, report, out))

    @app.tool()
    def verify(report: str = "") -> dict[str, Any]:
        """Recompute every fact of a report from its files and compare."""
        return _told(lambda: _verify(report, out))

    @app.tool()
    def bench_plan(
        models: list[str], factors: dict[str, list[str]] | None = None, runs: int = 10, time_budget: str = "10m"
    ) -> dict[str, Any]:
        """The plan of a benchmark (cells, order, expected time) and the command that runs it. Nothing is run."""
        return _told(lambda: _plan(models, factors or {}, runs, time_budget))

    return app


def _told(work: Any) -> dict[str, Any]:
    """What the work gives, or what is wrong, for an assistant to read."""
    from chimera_report.tools.errors import ChimeraError

    try:
        made: dict[str, Any] = work()
    except ChimeraError as exc:
        return {"error": str(exc)}
    return made


def _report(path: str, compare: str, env: Mapping[str, str], version: str, out: Path) -> dict[str, Any]:
    from chimera_report.agent import report as reports
    from chimera_report.agent.assembly import command_line
    from chimera_report.agent.settings import build

    arguments: dict[str, Any] = {"path": Path(path), "out": out, "llm": False}
    if compare:
        arguments["compare"] = Path(compare)
    settings = build(arguments, env, cwd=Path.cwd())
    shown = {"out": out, "no_llm": True, **({"compare": compare} if compare else {})}
    done = reports.make(
        settings,
        env=env,
        started=datetime.now().astimezone(),
        command=command_line(shown, path),
        version=version,
        emit=lambda _event, _data: None,
    )
    text = (done.folder.path / "report.md").read_text(encoding="utf-8")
    record = done.folder.read_json("run.json")
    return {"report": str(done.folder.path), "counts": record["counts"], "lint": done.lint, "markdown": text}


def _world(report: str, out: Path) -> Any:
    from chimera_report.agent.chat.saved import find, load

    return load(find(Path(report) if report else None, out))


def _ask(question: str, report: str, out: Path) -> dict[str, Any]:
    from chimera_report.agent.chat.context import Context
    from chimera_report.agent.chat.threads import answer_once

    saved = _world(report, out)
    return _brief(answer_once(question, Context(saved.world)), saved)


def _compare(a: str, b: str, metric: str, report: str, out: Path) -> dict[str, Any]:
    from chimera_report.tools.query import reply, validate

    saved = _world(report, out)
    query = validate({"intent": "compare", "subjects": [a, b], "metric": metric}, saved.world)
    return _brief(reply(query, saved.world, f"{a} against {b} by {metric}"), saved)


def _brief(answer: Any, saved: Any) -> dict[str, Any]:
    from chimera_report.tools.claims import render_text

    def cell(text: str) -> str:
        return render_text("x" + text, answer.sheet)[1:] if "{{" in text else text

    return {
        "report": str(saved.folder.path),
        "outcome": answer.outcome,
        "read_as": answer.reading,
        "verdict": answer.verdict,
        "sentences": list(answer.text),
        "tables": [
            {
                "title": cell(t.title),
                "columns": [c.title for c in t.columns],
                "rows": [[cell(c) for c in row] for row in t.rows],
            }
            for t in answer.tables
        ],
        "evidence": [r.model_dump() for r in answer.rows],
        "cannot_say": list(answer.cannot),
        "choices": list(answer.choices),
        "run_that_would_tell": answer.command,
    }


def _verify(report: str, out: Path) -> dict[str, Any]:
    from chimera_report.agent import verify as verification
    from chimera_report.agent.chat.saved import find

    done = verification.verify(find(Path(report) if report else None, out).path, data=None, cwd=Path.cwd())
    return {
        "report": str(done.folder),
        "holds": not done.differences,
        "checked": done.counts,
        "differences": [d.model_dump() for d in done.differences[:40]],
    }


def _plan(models: list[str], factors: dict[str, list[str]], runs: int, time_budget: str) -> dict[str, Any]:
    import shlex

    from chimera_report.tools.bench import dry_run, make_plan, parse_factor, parse_seconds, plan_toml

    written = [f"{name}={','.join(levels)}" for name, levels in factors.items()]
    fields: dict[str, Any] = {"factors": dict(parse_factor(f) for f in written)} if written else {}
    plan = make_plan(models, runs=runs, time_budget_s=parse_seconds(time_budget), **fields)
    dry = dry_run(plan)
    words = ["chimera-report", "bench", *models]
    for factor in written:
        words += ["--factor", factor]
    words += ["--runs", str(runs), "--time-budget", time_budget]
    return {
        "command": shlex.join(words),
        "cells": [{"id": c.id, "model": c.model, "options": dict(c.options)} for c in dry.cells],
        "requests": dry.requests,
        "loads": dry.loads,
        "expected_seconds": dry.expected_s,
        "plan_toml": plan_toml(plan),
    }
