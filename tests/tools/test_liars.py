"""Twenty-one servers that hang, flood, bend or lie, before each way in which the program talks to one: a call ends in
time, in a sentence or with what can be believed, never in a traceback, and nothing absurd becomes a number.
"""

from __future__ import annotations

import json
import math
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.agent.model import OllamaModel
from chimera_report.agent.openai_model import OpenAIModel
from chimera_report.agent.settings import build
from chimera_report.tools.bench import request, server
from chimera_report.tools.bench.measures import measures
from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.runtime import look
from chimera_report.tools.runtime.probe import look_openai, pull, thinking
from chimera_report.tools.store import Journal

from .test_wire import BAD, HEAD, Serve, serve  # type: ignore[import-not-found]  # noqa: F401

Behave = Callable[[socket.socket], None]
LIMIT = 0.4


def says(*parts: object, head: bytes = HEAD) -> Behave:
    """A server that sends these lines, whatever it is asked; objects as JSON."""

    def behave(sock: socket.socket) -> None:
        sock.sendall(head + b"\r\n" if head else b"")
        for part in parts:
            line = part if isinstance(part, bytes) else json.dumps(part).encode()
            sock.sendall(line + b"\n" + b"data: " + line + b"\n\n")

    return behave


def only(body: bytes) -> Behave:
    return lambda sock: sock.sendall(HEAD + b"\r\n" + body)


def last(**more: object) -> dict[str, object]:
    return {"model": "m", "response": "", "message": {"role": "assistant", "content": ""}, "done": True,
            "done_reason": "stop", "choices": [{"delta": {}, "finish_reason": "stop"}]} | more  # fmt: skip


PIECE = {"model": "m", "response": "x", "message": {"role": "assistant", "content": "x"}, "done": False,
         "choices": [{"delta": {"content": "x"}}]}  # fmt: skip
HUGE = {"eval_count": 10**400, "eval_duration": 1, "prompt_eval_count": -5, "prompt_eval_duration": 10**300,
        "total_duration": "soon", "load_duration": None, "usage": {"completion_tokens": -1, "prompt_tokens": 1e308},
        "timings": {"predicted_ms": "x", "prompt_ms": float("nan")}}  # fmt: skip
LIES: dict[str, Behave] = {
    "what is no object": says([1, 2, 3], "x", 7, None),
    "wrong types": says(PIECE | {"response": 7, "message": ["x"], "choices": {"delta": 1}}, last(message=3, choices=7)),
    "wrong types within": says(
        PIECE | {"choices": [7, {"delta": "x"}], "message": {"content": {"a": 1}}}, last(usage=[1])
    ),
    "counters that cannot be": says(PIECE, last(**HUGE)),
    "no last line": says(PIECE, PIECE),
    "a last line and more": says(PIECE, last(), PIECE, last(done_reason=["x"], eval_count=True)),
    "an error page": says(b"<html><script>alert(1)</script>", head=HEAD.replace(b"200 OK", b"500 Oops")),
    "no HTTP": says(b"220 smtp.example.org ESMTP", head=b""),
    "bytes that are no text": says(b'{"response":"\xff\xfe\x00","done":false}', b"\xff" * 900, last()),
    "half of what it announces": says(PIECE, head=HEAD + b"content-length: 90000\r\n"),
    "sizes without end": only(
        b'{"version":"1","models":[{"name":"m","model":"m","size":1e999,"details":7}],"data":[{"id":["m"]}],'
        b'"capabilities":7,"model_info":[1e999],"parameters":{"a":1e999},"details":"x"}'
    ),
    "a list of nothing": only(
        b'{"version":["1"],"models":[7,{"name":"m","details":[1],"size":"big"}],"data":7,"tensors":7,"capabilities":"x",'
        b'"model_info":{"general.architecture":["x"],"x.block_count":1e999},"details":{"family":{}},"modelfile":9}'
    ),
    "an error after a piece": says(PIECE, {"error": {"message": ["\u202e" * 3000]}}),
}
ALL: dict[str, Behave] = {f.__name__: f for f in BAD} | LIES


def short(text: str) -> None:
    assert text and len(text) < 1200 and "Traceback" not in text


def drafting(url: str, place: Path) -> None:
    given = {"name": "m", "digest": "sha256:a", "settings": build({"path": ".", "timeout": LIMIT}, {})}
    for model in (
        OllamaModel(base_url=url, journal=Journal(place / "a"), **given),
        OpenAIModel(base_url=f"{url}/v1", journal=Journal(place / "b"), headers={}, **given),
    ):
        call = model.ask("draft S001", [("user", "go")], None)
        assert call.done_reason in ("error", "timeout") or isinstance(call.output, str)
        if call.done_reason == "error":
            short(call.error)
        for number in (call.prompt_tokens, call.output_tokens, call.eval_s, call.prompt_eval_s):
            assert number is None or (0 <= number < 1e15)


def measuring(url: str, _place: Path) -> None:
    body = {"model": "m", "prompt": "a", "options": {"num_predict": 8}}
    for at in (url, f"{url}/v1"):
        with request.client(at, LIMIT) as http:
            found = request.generate(http, body, ns=time.perf_counter_ns, timeout_s=LIMIT)
        if found.status != "ok":
            short(found.error)
        row = {"status": found.status, "phase": "measure", "server": found.server, "stamps_ns": found.stamps_ns,
               "done_ns": found.done_ns, "done_reason": found.done_reason, "options": body["options"], "model": "m",
               "loaded": True}  # fmt: skip
        of = measures(row)
        for value in (of.ttft, of.decode_rate, of.prefill_rate):
            assert value is None or (math.isfinite(value) and value >= 0)


def asking(url: str, _place: Path) -> None:
    for ask in (lambda: look(url), lambda: look_openai(f"{url}/v1"), lambda: thinking(url, "m")):
        ask()  # None where it is no such server
    with request.client(url, LIMIT) as http:
        for question in (server.version, lambda h: server.model_info(h, "m"), lambda h: server.loaded(h, "m"),
                         lambda h: server.unload(h, "m", LIMIT)):  # fmt: skip
            try:
                question(http)
            except ChimeraError as exc:
                short(str(exc))


def pulling(url: str, _place: Path) -> None:
    with pytest.raises(ChimeraError) as caught:
        pull(url, "m", None)
    short(str(caught.value))


# Those that take the whole time of a call are before Ollama's paths in test_wire.py: here before the others.
SLOW = [(what, way) for what in ALL if what not in LIES for way in (measuring, pulling)]
QUICK = [(what, way) for what in LIES for way in (drafting, measuring, asking, pulling)]


@pytest.mark.parametrize(("what", "way"), SLOW + QUICK, ids=lambda x: x if isinstance(x, str) else x.__name__)
def test_each_call_ends_in_a_sentence(
    what: str,
    way: Callable[[str, Path], None],
    serve: Serve,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chimera_report.tools.runtime.probe.LOOK", LIMIT)
    monkeypatch.setattr("chimera_report.tools.runtime.probe.SILENT", LIMIT)
    monkeypatch.setattr("chimera_report.tools.runtime.probe.LONGEST_PULL", LIMIT)
    monkeypatch.setattr(server, "ASKED_S", LIMIT)
    way(serve(ALL[what]), tmp_path)
