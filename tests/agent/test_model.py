"""One model call over real HTTP: its record, its deadline, and what a server can do wrong."""

from __future__ import annotations

import gc
import itertools
import json
import threading
import time
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chimera_report.agent.model import OllamaModel
from chimera_report.agent.probe import tier_of
from chimera_report.agent.settings import build
from chimera_report.tools.store import Journal

LAST = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 3_000_000_000,
    "load_duration": 1_000_000,
    "prompt_eval_count": 11,
    "prompt_eval_duration": 500_000_000,
    "eval_count": 7,
    "eval_duration": 2_000_000_000,
}


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        return None  # a client that gave up is what the test is about


class Handler(BaseHTTPRequestHandler):
    behaviour = "good"
    seen: list[dict[str, object]] = []  # noqa: RUF012  one list a server, reset by the fixture

    def log_message(self, *_: object) -> None:
        return None

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(body)
        if self.behaviour == "error":
            self.send_response(500)
            self.end_headers()
            self.wfile.write(b'{"error": "out of memory"}')
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        for word in itertools.repeat("more ") if self.behaviour == "slow" else ("one ", "two"):
            line = {
                "model": "m",
                "created_at": "2026-01-01T00:00:00Z",
                "message": {"role": "assistant", "content": word},
            }
            self.wfile.write(json.dumps({**line, "done": False}).encode() + b"\n")
            self.wfile.flush()
            if self.behaviour == "slow":
                time.sleep(0.1)
            if self.behaviour == "cut":
                self.wfile.write(b'{"error": "the runner died"}\n')
                return
        end = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": ""}}
        self.wfile.write(json.dumps({**end, **LAST}).encode() + b"\n")


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen = []
    Handler.behaviour = "good"
    httpd = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def model(server: str, journal: Path, **arguments: object) -> OllamaModel:
    settings = build({"path": ".", **arguments}, {})
    return OllamaModel(base_url=server, name="m", digest="sha256:abc", settings=settings, journal=Journal(journal))


MESSAGES = [("system", "be brief"), ("user", "go")]


def test_a_call_carries_every_option_and_its_record_has_the_timings(server: str, tmp_path: Path) -> None:
    made = model(server, tmp_path / "j", num_ctx=2048, top_k=5, seed=9, num_thread=1)
    call = made.ask("draft S001", MESSAGES, {"type": "object"}, tokens=700)  # type: ignore[arg-type]
    assert (call.output, call.done_reason, call.error) == ("one two", "stop", "")
    assert (call.prompt_tokens, call.output_tokens, call.eval_s, call.prompt_eval_s) == (11, 7, 2.0, 0.5)
    sent = Handler.seen[0]
    assert sent["options"] == {
        "num_ctx": 2048,
        "num_predict": 700,
        "num_thread": 1,
        "temperature": 0.0,
        "top_k": 5,
        "seed": 9,
    }
    assert sent["format"] == {"type": "object"}
    assert [m["role"] for m in sent["messages"]] == ["system", "user"]  # type: ignore[attr-defined]


def test_a_finished_call_is_not_made_again_and_another_one_is(server: str, tmp_path: Path) -> None:
    first = model(server, tmp_path / "j").ask("draft S001", MESSAGES, None)  # type: ignore[arg-type]
    again = model(server, tmp_path / "j").ask("draft S001", MESSAGES, None)  # type: ignore[arg-type]
    assert again == first
    assert len(Handler.seen) == 1
    model(server, tmp_path / "j", seed=1).ask("draft S001", MESSAGES, None)  # type: ignore[arg-type]
    assert len(Handler.seen) == 2


@pytest.mark.parametrize(("behaviour", "says"), [("error", "out of memory"), ("cut", "runner died")])
def test_a_failing_server_is_a_record_not_an_exception(server: str, tmp_path: Path, behaviour: str, says: str) -> None:
    Handler.behaviour = behaviour
    made = model(server, tmp_path / "j")
    call = made.ask("draft S001", MESSAGES, None)  # type: ignore[arg-type]
    assert call.done_reason == "error"
    assert says in call.error
    assert Journal(tmp_path / "j").entries() == [], "a failed call is tried again by --resume"


def test_the_deadline_of_a_call_holds_across_reads(server: str, tmp_path: Path) -> None:
    Handler.behaviour = "slow"
    call = model(server, tmp_path / "j", timeout=0.5).ask("draft S001", MESSAGES, None)  # type: ignore[arg-type]
    assert call.done_reason in ("timeout", "error")  # of an answer that has no end


def test_a_server_that_is_gone_is_a_record(tmp_path: Path) -> None:
    call = model("http://127.0.0.1:9", tmp_path / "j").ask("draft S001", MESSAGES, None)  # type: ignore[arg-type]
    assert call.done_reason == "error"
    assert call.error


class Keeping(Handler):
    """Holds its connections open for the next request, as Ollama does."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        end = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": "one"}}
        body = json.dumps({**end, **LAST}).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_no_connection_outlives_its_call(tmp_path: Path) -> None:
    httpd = Server(("127.0.0.1", 0), Keeping)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    made = model(f"http://127.0.0.1:{httpd.server_port}", tmp_path / "j")
    assert made.ask("draft S001", MESSAGES, None).output == "one"  # type: ignore[arg-type]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        del made
        gc.collect()
    httpd.shutdown()
    httpd.server_close()
    assert not [str(w.message) for w in told if "unclosed" in str(w.message)]


class Dying(Handler):
    """A server that ends in the middle of a call, as Ollama does when its converter of schemas crashes."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, ThreadingHTTPServer)
        self.server.socket.close()
        self.connection.close()


def test_a_server_that_dies_is_told_once_and_asked_no_more(tmp_path: Path) -> None:
    httpd = Server(("127.0.0.1", 0), Dying)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    made = model(f"http://127.0.0.1:{httpd.server_port}", tmp_path / "j")
    call = made.ask("draft S001", MESSAGES, None)  # type: ignore[arg-type]
    assert (call.done_reason, "died during a call" in call.error) == ("error", True)
    again = made.ask("draft S002", MESSAGES, None)  # type: ignore[arg-type]
    assert (again.error, again.seconds) == (made.lost, 0.0)
    assert Journal(tmp_path / "j").entries() == []


def test_no_tier_is_kept_that_was_found_under_an_error(server: str, tmp_path: Path) -> None:
    Handler.behaviour = "error"
    tier, error = tier_of(model(server, tmp_path / "j"), tmp_path / "cache")
    assert tier == "none" and "out of memory" in error
    assert not list(tmp_path.glob("cache/*"))


def test_a_schema_that_would_end_a_server_is_never_sent(server: str, tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(?:x|y)$"}}}
    call = model(server, tmp_path / "j").ask("draft S001", MESSAGES, schema)  # type: ignore[arg-type]
    assert "not sent" in call.error and Handler.seen == []
