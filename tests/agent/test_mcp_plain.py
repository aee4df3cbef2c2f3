"""`chimera-report mcp` through a client of its own: lines of JSON-RPC over a pipe, without the official SDK."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .chats import PROGRAM, WAIT  # type: ignore[import-not-found]


class PlainClient:
    """Writes requests as lines and reads lines until the one with its id; notifications are skipped."""

    def __init__(self, desk: Path, env: dict[str, str]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [PROGRAM, "mcp"], cwd=desk, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        self.last = 0
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "plain", "version": "0"}}
        self.server = self.request("initialize", hello)
        self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def request(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        self.last += 1
        self.write({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params or {}})
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            answer: dict[str, Any] = json.loads(line)
            if answer.get("id") == self.last:
                assert "error" not in answer, answer
                return dict(answer["result"])
        raise AssertionError("the server ended")

    def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        return self.request("tools/call", {"name": name, "arguments": arguments})

    def close(self) -> None:
        _, errors = self.process.communicate(timeout=WAIT)
        assert "Traceback" not in errors
        assert self.process.returncode == 0


@pytest.mark.slow
def test_a_client_that_is_not_the_sdk(desk: Path, env: dict[str, str]) -> None:
    client = PlainClient(desk, env)
    assert client.server["serverInfo"]["name"] == "chimera-report"
    tools = {t["name"]: t for t in client.request("tools/list")["tools"]}
    assert {"list_reports", "describe_report", "ask", "query", "compare", "plot", "verify"} <= set(tools)
    assert tools["query"]["inputSchema"]["properties"]["measure"]["description"]
    (report,) = client.call("list_reports")["structuredContent"]["reports"]
    described = client.call("describe_report", report=report["report"])
    assert described["structuredContent"]["systems"] == ["alpha:1b", "beta:3b"]
    first = client.call("ask", question="mean decode rate of alpha", thread="t")
    second = client.call("ask", question="and beta?", thread="t")
    assert not first["isError"] and "beta" in second["structuredContent"]["sentences"][0]
    assert second["content"][0]["text"].splitlines()[0]  # the words once; the data beside them
    looked = client.call("query", measure="decode_rate", by=["system"], order="high", limit=1)
    assert "alpha:1b" in json.dumps(looked["structuredContent"])
    picture = client.call("plot", question="decode rate by model")["content"][0]
    assert picture["type"] == "image" and base64.b64decode(picture["data"]).startswith(b"\x89PNG")
    wrong = client.call("ask", question="which is fastest?", report="/etc")
    assert wrong["isError"] and "outside the folders" in wrong["content"][0]["text"]
    checked = client.call("verify", data="data")["structuredContent"]
    command = subprocess.run(
        [PROGRAM, "verify", f"reports/{report['report']}", "--data", "data"],
        cwd=desk, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked["holds"] is (command.returncode == 0) is True
    client.close()
