"""Servers that hang, flood, bend or send away: each call ends with a sentence; without a limit none would."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from chimera_report.agent.model import OllamaModel
from chimera_report.agent.settings import build
from chimera_report.tools import wire
from chimera_report.tools.bench import request, server
from chimera_report.tools.errors import RuntimeFailed
from chimera_report.tools.runtime import look
from chimera_report.tools.store import Journal

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n"
LINE = b'{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"x"},"done":false}\n'


def trickle(sock: socket.socket) -> None:
    sock.sendall(HEAD + b"\r\n")
    while True:
        sock.sendall(b"x")
        time.sleep(0.05)


def slow_headers(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nx-long: ")
    while True:
        sock.sendall(b"x")
        time.sleep(0.05)


def silent(sock: socket.socket) -> None:
    time.sleep(600)


def flood(sock: socket.socket) -> None:
    sock.sendall(HEAD + b"\r\n" + b'{"response":"')
    while True:
        sock.sendall(b"y" * 65536)


def lines(sock: socket.socket) -> None:
    sock.sendall(HEAD + b"\r\n")
    while True:
        sock.sendall(LINE.replace(b'"message"', b'"response":"x","message"') * 200)


def nested(sock: socket.socket) -> None:
    sock.sendall(HEAD + b"\r\n" + b'{"response":' + b"[" * 200_000 + b"]" * 200_000 + b"}\n")


def packed(sock: socket.socket) -> None:
    body = gzip.compress(b" " * 10_000_000)
    sock.sendall(HEAD + b"content-encoding: gzip\r\n\r\n" + body)


def away(sock: socket.socket) -> None:
    sock.sendall(
        b"HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/api/chat\r\ncontent-length: 0\r\n\r\n"
    )


BAD = [trickle, slow_headers, silent, flood, lines, nested, packed, away]
Serve = Callable[[Callable[[socket.socket], None]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    listening: list[socket.socket] = []

    def start(behave: Callable[[socket.socket], None]) -> str:
        at = socket.create_server(("127.0.0.1", 0))
        listening.append(at)

        def answer(sock: socket.socket) -> None:
            with sock:
                try:
                    sock.recv(65536)
                    behave(sock)
                    sock.shutdown(socket.SHUT_WR)
                    sock.recv(1)
                except OSError:
                    pass

        def accept() -> None:
            while True:
                try:
                    sock, _ = at.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(sock,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{at.getsockname()[1]}"

    yield start
    for at in listening:
        at.close()


@pytest.mark.parametrize("behave", BAD, ids=lambda f: f.__name__)
def test_a_drafting_call_ends(serve: Serve, tmp_path: Path, behave: Callable[[socket.socket], None]) -> None:
    settings = build({"path": ".", "timeout": 0.8}, {})
    model = OllamaModel(
        base_url=serve(behave), name="m", digest="sha256:a", settings=settings, journal=Journal(tmp_path / "j")
    )
    call = model.ask("draft S001", [("user", "go")], None)
    assert call.done_reason in ("error", "timeout")
    assert call.error or call.done_reason == "timeout"
    assert len(call.error) < 900


@pytest.mark.parametrize("behave", BAD, ids=lambda f: f.__name__)
def test_a_measured_request_ends(serve: Serve, behave: Callable[[socket.socket], None]) -> None:
    body = {"model": "m", "prompt": "a", "options": {"num_predict": 8}}
    with request.client(serve(behave), 0.8) as http:
        found = request.generate(http, body, ns=time.perf_counter_ns, timeout_s=0.8)
    assert found.status in ("error", "timeout")
    assert found.error


@pytest.mark.parametrize("behave", BAD, ids=lambda f: f.__name__)
def test_what_a_server_says_of_itself_ends(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, behave: Callable[[socket.socket], None]
) -> None:
    monkeypatch.setattr("chimera_report.tools.runtime.probe.LOOK", 0.8)
    monkeypatch.setattr(server, "ASKED_S", 0.8)
    url = serve(behave)
    assert look(url) is None
    with request.client(url, 0.8) as http, pytest.raises(RuntimeFailed):
        server.version(http)


def test_a_redirect_is_told_and_not_followed(serve: Serve) -> None:
    with request.client(serve(away), 300.0) as http:
        body = {"model": "m", "prompt": "a", "options": {"num_predict": 8}}
        found = request.generate(http, body, ns=time.perf_counter_ns, timeout_s=300.0)
    assert "HTTP 307" in found.error and "nobody follows it" in found.error


def test_an_answer_within_its_limits_is_untouched(serve: Serve) -> None:
    def good(sock: socket.socket) -> None:
        body = json.dumps({"version": "1", "pad": "x" * 3_000_000}).encode()
        sock.sendall(HEAD + b"\r\n" + body)

    with wire.client(serve(good), timeout=httpx.Timeout(300.0)) as http, wire.limited(300.0):
        assert wire.parsed(http.get("/").content)["version"] == "1"
