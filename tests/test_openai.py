"""`--runtime openai` against llama.cpp's own server, the one inside the embedded package, with a key."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from parts import need

from chimera_report.agent.behind import behind
from chimera_report.agent.settings import build
from chimera_report.tools.bench import export, make_plan, request, run
from chimera_report.tools.bench.openai import OpenAIChunks
from chimera_report.tools.errors import RuntimeMissing, UsageError
from chimera_report.tools.ingest import ingest
from chimera_report.tools.runtime import catalog, open_runtime
from chimera_report.tools.runtime.address import openai_url
from chimera_report.tools.runtime.requests import Load
from chimera_report.tools.store import Journal

PROGRAM = str(Path(sys.executable).parent / "chimera-report")
KEY = "not-a-secret-of-anyone"


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a llama.cpp server with Gemma 3 270M; it ends with its stdin."""
    need("xllamacpp")
    entry = catalog.CATALOG[0]
    path = catalog.prepare(entry, tmp_path_factory.mktemp("weights"))
    command = [sys.executable, "-P", "-m", "chimera_report.tools.runtime.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None and process.stdout is not None
        given = {"path": str(path), "key": KEY, **asdict(Load(num_ctx=1024, num_thread=1)), "threads": 1}
        process.stdin.write(json.dumps(given).encode() + b"\n")
        process.stdin.flush()
        yield json.loads(process.stdout.readline())["url"]
        process.stdin.close()
        process.wait(20)


def opened(llama: str, **more: str) -> object:
    return open_runtime("openai", llama, {"LLAMA_KEY": KEY, **more}, None, api_key="env:LLAMA_KEY")


@pytest.mark.embedded
def test_the_server_is_found_by_its_address_and_its_key(llama: str) -> None:
    runtime = opened(llama)
    assert (runtime.kind, runtime.base_url) == ("openai", f"{llama}/v1")  # type: ignore[attr-defined]
    assert len(runtime.models) == 1  # type: ignore[attr-defined]
    for arguments, error, says in (
        ({"host": None, "key": "env:LLAMA_KEY"}, UsageError, "needs an address"),
        ({"host": llama, "key": KEY}, UsageError, "a key is named, not given"),
        ({"host": llama, "key": "env:NOWHERE"}, UsageError, "no key in NOWHERE"),
        ({"host": "127.0.0.1:9", "key": "env:LLAMA_KEY"}, RuntimeMissing, "no server with OpenAI's API"),
    ):
        with pytest.raises(error, match=says) as told:
            open_runtime("openai", arguments["host"], {"LLAMA_KEY": KEY}, None, api_key=arguments["key"])
        assert KEY not in str(told.value)


@pytest.mark.embedded
def test_a_request_as_measured(llama: str) -> None:
    body = {"model": "m", "prompt": "Once upon a time", "options": {"num_predict": 8, "temperature": 0, "num_ctx": 512}}
    with request.client(f"{llama}/v1", 300.0, {"authorization": f"Bearer {KEY}"}) as http:
        found = request.generate(http, body, ns=time.perf_counter_ns, timeout_s=300.0)
    assert (found.status, found.done_reason, found.error) == ("ok", "length", "")
    assert found.server["eval_count"] == 8 and found.server["prompt_eval_count"] > 4
    assert found.server["eval_duration"] > 0 and len(found.stamps_ns) >= 6
    with request.client(f"{llama}/v1", 300.0) as http:
        refused = request.generate(http, body, ns=time.perf_counter_ns, timeout_s=300.0)
    assert (refused.status, refused.http_status) == ("error", 401)


@pytest.mark.embedded
def test_a_sentence_is_drafted_within_its_schema(llama: str, tmp_path: Path) -> None:
    runtime = opened(llama)
    settings = build({"path": ".", "timeout": 300.0}, {})
    model = behind(runtime, settings=settings, journal=Journal(tmp_path / "calls"))  # type: ignore[arg-type]
    schema = {
        "type": "object",
        "properties": {"sentence": {"type": "string", "pattern": "^The rate is (high|low)\\.$"}},
        "required": ["sentence"],
        "additionalProperties": False,
    }
    call = model.ask("draft S1", [("user", "Say it.")], schema)
    assert call.error == "" and call.done_reason == "stop"
    assert json.loads(call.output)["sentence"] in ("The rate is high.", "The rate is low.")
    assert call.output_tokens and call.eval_s
    assert KEY not in (tmp_path / "calls").read_text()


@pytest.mark.embedded
def test_a_bench_says_what_cannot_be_measured(llama: str, tmp_path: Path) -> None:
    runtime = opened(llama)
    plan = make_plan([runtime.model], runs=4, num_predict=8, telemetry_hz=0)  # type: ignore[attr-defined]
    headers = {"authorization": f"Bearer {KEY}"}
    result = run(plan, f"{llama}/v1", tmp_path / "m", headers=headers)
    assert (result.requests, result.errors) == (4, 0)
    with (tmp_path / "m" / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # A busy machine may hand over several pieces at once; then the clocks disagree, and the row says so.
    assert all(r["ttft_s"] and r["client_decode_rate"] and (r["decode_rate"] or r.get("note")) for r in rows)
    assert "num_ctx" not in rows[0], "what the server was started with is not known"
    text = (tmp_path / "m" / "README.md").read_text()
    assert "no cold start is measured" in text and "unloads the model" not in text
    assert not any(KEY in p.read_text() for p in (tmp_path / "m").iterdir() if p.is_file())
    assert set(ingest(tmp_path / "m").table["metric"]) >= {"ttft", "decode_rate", "client_decode_rate"}
    assert "`decode_rate` is" in text and "tells no size" not in text
    for form in ("benchstat", "llama-bench", "openmetrics"):
        told = export(tmp_path / "m", form)  # type: ignore[arg-type]
        assert "num_ctx" not in told and "| 2048 |" not in told, "a window that was never sent"
    assert not any("num_ctx" in (tmp_path / "m" / name).read_text() for name in ("itl.csv", "summary.json"))


class Other:
    """A server with OpenAI's API alone, without timings and without a way to its template."""

    def __init__(self, *known: str) -> None:
        said = {"/v1/models": {"data": [{"id": "m"}]}, **{path: {"ok": 1} for path in known}}
        chunks = [{"choices": [{"delta": {"content": f" w{i}"}}]} for i in range(6)]
        chunks += [{"choices": [{"delta": {}, "finish_reason": "length"}]}]
        chunks += [{"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": 6}}]

        class Handler(BaseHTTPRequestHandler):
            def _say(self, kind: str, body: bytes, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                found = said.get(self.path)
                self._say("application/json", json.dumps(found or {}).encode(), 200 if found else 404)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                lines = [b"data: " + json.dumps(c).encode() + b"\n\n" for c in chunks]
                self._say("text/event-stream", b"".join([*lines, b"data: [DONE]\n\n"]))

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> Other:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize(
    ("fields", "where", "says"),
    [
        ({"factors": {"num_ctx": (512, 1024)}}, "--factor", "num_ctx cannot be set over OpenAI's API"),
        ({"options": {"num_ctx": 4096, "top_k": 5}}, "--option", "num_ctx, top_k cannot be set"),
        ({"options": {"num_thread": 1}}, "--option", "num_thread cannot be set"),
        ({"options": {"think": False}}, "--option", "thinking cannot be switched on this server"),
        ({"factors": {"think": (True, False)}}, "--factor", "thinking cannot be switched on this server"),
        ({"design": "listed", "settings": ({"min_p": 0.1}, {"min_p": 0.2})}, "--factor", "min_p cannot be set"),
    ],
)
def test_what_the_api_does_not_have_is_refused(tmp_path: Path, fields: dict[str, Any], where: str, says: str) -> None:
    with Other() as other, pytest.raises(UsageError, match=says) as told:
        run(make_plan(["m"], runs=2, telemetry_hz=0, **fields), other.url, tmp_path / "n")
    assert told.value.where == where and not (tmp_path / "n" / "runs.journal").exists()


def test_what_may_have_no_effect_is_said(tmp_path: Path) -> None:
    plan = make_plan(["m"], runs=2, telemetry_hz=0, options={"think": False, "temperature": 0.5})
    with Other("/version") as other:
        run(plan, other.url, tmp_path / "m")
    text = (tmp_path / "m" / "README.md").read_text()
    assert "`think` was sent as variables of the model's template" in text
    assert "`decode_rate` is" not in text and "the server tells none of its own" in text
    assert "- Model: m, of which the server tells no size" in text and "()" not in text
    level = make_plan(["m"], runs=2, telemetry_hz=0, options={"think": "low"})
    with Other() as other:
        assert run(level, other.url, tmp_path / "n").requests == 2


@pytest.mark.embedded
def test_the_command_measures_it(llama: str, tmp_path: Path) -> None:
    listed = opened(llama).models[0]  # type: ignore[attr-defined]
    options = ["--runtime", "openai", "--host", llama, "--api-key", "env:LLAMA_KEY", "--runs", "2", "--out", "m"]
    done = subprocess.run(
        [PROGRAM, "bench", listed, *options, "--num-predict", "6", "-q"], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"LLAMA_KEY": KEY}, timeout=600, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "m"), done.stderr
    assert KEY not in done.stderr + (tmp_path / "m" / "receipt.json").read_text()


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("https://api.example.org", "https://api.example.org:443/v1"),
        ("http://[::1]:1234/v1", "http://[::1]:1234/v1"),
    ],
)
def test_addresses(text: str, url: str) -> None:
    assert openai_url(text) == url


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'data: {"error": {"message": "out of memory"}}', "server error: out of memory"),
        (b"data: [1]", "not a JSON object"),
        (b"data: {", "Expecting"),
        (b'data: {"choices": [{"delta": {"content": 5}}]}', "no text"),
        (b"data: " + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_line_that_is_none_is_an_error(line: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        OpenAIChunks().read(line)


def test_thinking_text_usage_and_odd_shapes_are_read() -> None:
    chunks = OpenAIChunks()
    assert chunks.read(b": keep-alive") == ("", "") and chunks.read(b"event: x") == ("", "")
    assert chunks.read(b'data: {"choices": [{"delta": {"reasoning_content": "hm"}}]}') == ("hm", "")
    assert chunks.read(b'data: {"choices": [{"delta": {"reasoning": "so"}}]}') == ("so", "")
    both = b'data: {"choices": [{"delta": {"reasoning": "it", "reasoning_content": "it", "content": null}}]}'
    assert chunks.read(both) == ("it", "")
    assert chunks.read(b'data: {"choices": [{"delta": {"content": "yes"}, "finish_reason": "stop"}]}') == ("", "yes")
    usage = b'{"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}'
    assert chunks.read(b'data: {"choices": [], "usage": ' + usage + b"}") == ("", "")
    assert chunks.read(b'data: {"choices": "x", "usage": 7, "timings": []}') == ("", "")
    assert chunks.read(b"data: [DONE]") == ("", "") and chunks.ended and chunks.reason == "stop"
    assert chunks.counters == {"prompt_eval_count": 9, "eval_count": 2, "prompt_eval_cached_count": 4}


# --- models that think ------------------------------------------------------------------------------------------------


class Thinker:
    """A server whose model thinks: `paths` are those by which vLLM and its like are known, `field` has its thoughts.

    It obeys `enable_thinking`, and needs 300 tokens to get to its answer where it thinks."""

    def __init__(self, paths: tuple[str, ...], field: str) -> None:
        self.asked: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                return None

            def reply(self, body: bytes, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                listed = self.path == "/v1/models"
                known = {"version": "0.11.0"} if self.path in paths else {"error": "?"}
                self.reply(
                    json.dumps({"data": [{"id": "thinker"}]} if listed else known).encode(),
                    200 if listed or self.path in paths else 404,
                )

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.asked.append(body)
                thinks = body.get("chat_template_kwargs", {}).get("enable_thinking", True)
                deltas = [{field: "hm"}] * 3 if thinks else []
                enough = not thinks or body["max_tokens"] > 300
                deltas += [{"content": '{"sentence": "yes"}'}] if enough else []
                chunks: list[dict[str, Any]] = [{"choices": [{"delta": d, "finish_reason": None}]} for d in deltas]
                chunks.append({"choices": [{"delta": {}, "finish_reason": "stop" if enough else "length"}]})
                chunks.append({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": len(deltas)}})
                self.reply(b"".join(f"data: {json.dumps(c)}\n\n".encode() for c in chunks) + b"data: [DONE]\n\n")

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Thinker:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.mark.parametrize(
    ("paths", "field", "calls"),
    [(("/version",), "reasoning_content", 1), (("/props",), "reasoning", 1), ((), "reasoning", 2)],
    ids=["vllm", "llama.cpp", "unknown"],
)
def test_a_model_that_thinks_drafts(tmp_path: Path, paths: tuple[str, ...], field: str, calls: int) -> None:
    """Told not to where the server hands that on; else asked again with room for its thoughts, and so from then on."""
    with Thinker(paths, field) as server:
        runtime = open_runtime("openai", server.url, {}, None)
        settings = build({"path": ".", "timeout": 300.0}, {})
        model = behind(runtime, settings=settings, journal=Journal(tmp_path / "calls"))
        call = model.ask("draft S1", [("user", "Say it.")], None)
        assert (call.output, call.error) == ('{"sentence": "yes"}', "") and len(server.asked) == calls
        again = model.ask("draft S2", [("user", "Again.")], None)
        assert again.error == "" and len(server.asked) == calls + 1
        kwargs = [a.get("chat_template_kwargs") for a in server.asked]
        assert kwargs == [{"enable_thinking": False, "thinking": False} if paths else None] * (calls + 1)


def test_whether_a_model_thinks_is_an_option_of_a_bench(tmp_path: Path) -> None:
    with Thinker(("/version",), "reasoning_content") as server:
        plan = make_plan(
            ["thinker"], runs=4, num_predict=400, telemetry_hz=0, warmups=0, factors={"think": (False, True)}
        )
        result = run(plan, f"{server.url}/v1", tmp_path / "m")
        assert (result.requests, result.errors) == (8, 0)
        with (tmp_path / "m" / "runs.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [bool(r["ttft_answer_s"]) for r in rows] == [r["think"].lower() == "true" for r in rows]
        assert {a["chat_template_kwargs"]["enable_thinking"] for a in server.asked} == {True, False}
