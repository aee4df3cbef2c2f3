"""`chimera-report mcp` as an assistant sees it: a client of the official SDK, over standard input and output."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from .chats import PROGRAM, WAIT  # type: ignore[import-not-found]

REPORT = "20260102-030405-data"


def with_client(desk: Path, env: dict[str, str], work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    """Runs the work with a client of a server of its own."""

    async def run() -> None:
        parameters = StdioServerParameters(command=PROGRAM, args=["mcp"], cwd=desk, env=env)
        async with asyncio.timeout(WAIT), Client(parameters) as client:
            await work(client)

    asyncio.run(run())


def files(desk: Path) -> dict[str, tuple[int, int]]:
    """Every file under a folder with its size and time."""
    found = {str(p): p.stat() for p in desk.rglob("*") if p.is_file()}
    return {name: (s.st_size, s.st_mtime_ns) for name, s in found.items()}


@pytest.mark.slow
def test_a_client_lists_and_calls_every_tool(desk: Path, env: dict[str, str]) -> None:
    async def work(client: Any) -> None:
        tools = {t.name: t for t in (await client.list_tools()).tools}
        assert set(tools) == {
            "report", "list_reports", "describe_report", "ask", "query", "compare", "plot", "verify", "bench_plan",
        }  # fmt: skip
        for name, tool in tools.items():
            assert tool.description
            assert tool.output_schema or name == "plot"
            assert tool.annotations.read_only_hint is (name != "report")
        before = files(desk)
        called = set()

        async def call(name: str, **arguments: Any) -> Any:
            called.add(name)
            done = await client.call_tool(name, arguments)
            assert not done.is_error, done.content
            if name in ("report", "verify", "bench_plan"):
                assert json.loads(done.content[0].text) == done.structured_content
            elif name != "plot":  # once as words, once as data
                assert not done.content[0].text.startswith("{")
            return done.structured_content or done.content

        told = await call("ask", question="what is the decode rate of alpha:1b?")
        assert told["outcome"] == "answered"
        assert told["sentences"][0].startswith("alpha:1b has a decode rate of 49.9 tokens/s")
        assert told["evidence"][0] == {
            "file": "rates.csv",
            "where": "line 2",
            "column": "tokens_s",
            "metric": "decode_rate",
            "value": "49 tokens/s",
        }
        assert (await call("ask", question="what is the capital of France?"))["outcome"] == "declined"
        assert [r["report"] for r in (await call("list_reports"))["reports"]] == [REPORT]
        described = await call("describe_report")
        assert described["systems"] == ["alpha:1b", "beta:3b"]
        assert {m["name"] for m in described["metrics"]} >= {"decode_rate", "ttft"}
        for question in described["questions"]:
            assert (await call("ask", question=question))["outcome"] == "answered", question
        found = await call("query", measure="tokens per second", aggregate="mean", by=["system"], order="high")
        assert [row[0] for row in found["tables"][0]["rows"]] == ["alpha:1b", "beta:3b"]
        found = await call("query", measure="records", where=[{"field": "name", "values": ["alpha"], "op": "has"}])
        assert "records" in found["sentences"][0]
        await call("ask", question="mean decode rate of alpha", thread="t")
        again = await call("ask", question="and beta?", thread="t")
        assert "beta" in again["sentences"][0]
        image, words = await call("plot", question="decode rate by model")
        assert image.type == "image" and image.mime_type == "image/png" and len(image.data) > 1000
        assert words.text
        told = await call("compare", a="alpha", b="beta", metric="speed")
        assert told["sentences"][0] == "The decode rate of alpha:1b is 2.50 times that of beta:3b in suite rates."
        told = await call("compare", a="alpha:1b", b="beta:3b", report=REPORT)
        assert told["sentences"][0] == "The decode rate of alpha:1b is 2.50 times that of beta:3b in suite rates."
        told = await call("compare", a="alpha:1b", b="beta:3b", metric="ttft", suite="rates")
        assert told["verdict"] == "SUPPORTED"
        checked = await call("verify", data="data")
        assert checked["holds"] is True
        assert checked["checked"]["facts"] > 10
        planned = await call("bench_plan", models=["any:1b"], factors={"num_ctx": [1024, 2048]}, runs=6)
        words = "bench any:1b --factor num_ctx=1024,2048 --runs 6 --time-budget 10m"
        assert planned["command"] == f"chimera-report {words}"
        assert [c["options"]["num_ctx"] for c in planned["cells"]] == [1024, 2048]
        dry = subprocess.run([PROGRAM, *words.split(), "--dry-run"], cwd=desk, env=env, capture_output=True, text=True)
        assert f"{len(planned['cells'])} cells, {planned['requests']} " in dry.stdout
        assert files(desk) == before  # nothing but `report` writes

        made = await call("report", path="data", compare=f"reports/{REPORT}")
        assert made["markdown"].startswith("# Technical Report: data")
        assert made["lint"] == []
        assert {k: v for k, v in files(desk).items() if k in before} == before
        assert Path(made["report"]).parent == Path("reports")
        assert (await call("ask", question="which model is fastest?"))["report"] == made["report"]  # now the newest
        assert called == set(tools)

    with_client(desk, env, work)


@pytest.mark.slow
def test_what_is_wrong_is_an_error_of_the_tool_and_for_people(desk: Path, env: dict[str, str]) -> None:
    (desk / "empty").mkdir()
    cut = desk / "reports" / "20250101-000000-cut"
    cut.mkdir()
    (cut / "report.json").write_text("{")
    (cut / "run.json").write_text("{}")
    (cut / "measurements.parquet").write_text("")
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("ask", {}, "question\n  Field required"),
        ("ask", {"question": ""}, "at least 1 character"),
        ("ask", {"question": "a" * 5000}, "at most 2000 characters"),
        ("ask", {"question": "which is fastest?", "report": "nope"}, "nope: this is no report folder"),
        ("ask", {"question": "which is fastest?", "report": "/etc/passwd"}, "/etc/passwd: is outside the folders"),
        ("report", {"path": "/etc"}, "/etc: is outside the folders"),
        ("report", {"path": "data", "compare": "../.."}, "is outside the folders"),
        ("verify", {"report": "reports/../../elsewhere"}, "is outside the folders"),
        ("verify", {"report": REPORT}, "a report does not choose what is opened"),  # its files were elsewhere
        ("verify", {"report": REPORT, "data": "/etc"}, "/etc: is outside the folders"),
        ("ask", {"question": "which is fastest?", "report": "a\x00b"}, "is outside the folders"),
        ("ask", {"question": "which is fastest?", "report": cut.name}, "cannot be read as Parquet"),
        ("query", {"measure": "beauty"}, "no metric 'beauty'\n  It has: "),
        ("query", {"measure": "ttft", "by": ["moon"]}, "no dimension 'moon'"),
        ("query", {"measure": "ttft", "aggregate": "p101"}, "no aggregate 'p101'"),
        (
            "query",
            {"measure": "ttft", "where": [{"field": "name", "op": "has", "values": ["x' OR 1=1"]}]},
            "nothing in the report",
        ),
        ("query", {"measure": "ttft", "where": [{"field": "suite", "op": "~", "values": ["a"]}]}, "no operator"),
        ("plot", {"question": "which files are duplicates?"}, "has no picture"),
        ("describe_report", {"report": "../.."}, "is outside the folders"),
        ("compare", {"a": "alpha:1b"}, "b\n  Field required"),
        ("compare", {"a": "alpha:1b", "b": "gamma:7b"}, "no system 'gamma:7b'\n  It has: alpha:1b, beta:3b"),
        ("compare", {"a": "alpha:1b", "b": "alpha:1b"}, "the same system"),
        ("compare", {"a": "alpha:1b", "b": "beta:3b", "metric": "beauty"}, "no metric 'beauty'"),
        ("compare", {"a": "alpha:1b", "b": "beta:3b", "suite": "x' OR 1=1"}, "no suite"),
        ("verify", {"report": "data"}, "data: this is no report folder"),
        ("report", {"path": "nowhere"}, "nowhere: no such file or folder"),
        ("report", {"path": "empty"}, "empty"),
        ("report", {"path": "data", "compare": "nowhere"}, "nowhere"),
        ("bench_plan", {"models": []}, "at least 1 item"),
        ("bench_plan", {"models": ["m"], "factors": {"colour": [1]}}, "not an option of Ollama"),
        ("bench_plan", {"models": ["m"], "runs": 0}, "greater than or equal to 1"),
        ("bench_plan", {"models": ["m"], "time_budget": "soon"}, "not a duration"),
    ]

    async def work(client: Any) -> None:
        for name, arguments, says in cases:
            done = await client.call_tool(name, arguments)
            text = done.content[0].text
            assert done.is_error, (name, arguments, text)
            assert says in text, (name, arguments, text)
            assert "Traceback" not in text
        done = await client.call_tool("ask", {"question": "which is fastest?"})  # and it goes on
        assert not done.is_error

    with_client(desk, env, work)


def test_nothing_but_the_protocol_is_on_standard_output(desk: Path, env: dict[str, str]) -> None:
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
            "name": "report", "arguments": {"path": "data"}}},
    ]  # fmt: skip
    process = subprocess.Popen(
        [PROGRAM, "mcp"], cwd=desk, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    for line in lines:
        process.stdin.write(json.dumps(line) + "\n")
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(2)]
    assert [a["id"] for a in answers] == [1, 2]
    assert answers[0]["result"]["serverInfo"]["name"] == "chimera-report"
    assert answers[1]["result"]["isError"] is False
    rest, errors = process.communicate(timeout=WAIT)  # the end of its input is its end
    assert rest == ""
    assert "Traceback" not in errors
    assert process.returncode == 0
