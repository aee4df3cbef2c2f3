"""What bench says against raw calls to the same server, interleaved: rates within 1 %, TTFT within 3 ms.

By the embedded server (Ollama's API) and by llama.cpp's own (OpenAI's). Medians of RAW_N requests a side (60); `make
raw` runs this alone, in about three minutes of a quiet machine. Both sides keep their connection: a server that closes
one and takes another while it reads the prompt reads it more slowly.
"""

from __future__ import annotations

import http.client
import json
import os
import select
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench import request
from chimera_report.tools.bench.measures import measures
from chimera_report.tools.runtime import catalog, open_runtime
from chimera_report.tools.runtime.requests import Load

N = int(os.environ.get("RAW_N", "60"))
TOKENS = 16
OPTIONS = {"num_predict": TOKENS, "temperature": 0, "seed": 1, "num_ctx": 1024, "num_thread": 1}
KEY = "raw"
Found = dict[str, dict[int, float]]  # measure → prompt → value


def prompt(i: int) -> str:
    """One of many, all of the same number of tokens: an overhead that a request has weighs more in a shorter one."""
    return (
        f"Story {10_000 + i * 7919 % 90_000}. Write of a lighthouse keeper who finds a map on a small island, and then"
    )


def at(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(url.removeprefix("http://").partition("/")[0], timeout=120)


def opened(connection: http.client.HTTPConnection) -> http.client.HTTPConnection:
    connection.connect()
    assert connection.sock is not None
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # head and body of a request are two pieces
    return connection


def raw(
    connection: http.client.HTTPConnection, path: str, body: dict[str, Any], headers: dict[str, str]
) -> tuple[float, list[bytes]]:
    """(seconds to the first line with text, all lines), by http.client alone."""
    for again in (False, True):
        if again or connection.sock is None or select.select([connection.sock], [], [], 0)[0]:  # the server closed it
            connection.close()
            opened(connection)
        start = time.perf_counter()
        try:
            connection.request("POST", path, json.dumps(body).encode(), {"content-type": "application/json", **headers})
            response = connection.getresponse()
            break
        except (http.client.RemoteDisconnected, ConnectionError):  # at this very moment
            if again:
                raise
    lines, first = [], 0.0
    while line := response.readline():
        if not first and ((b'"response":"' in line and b'"response":""' not in line) or b'"content":"' in line):
            first = time.perf_counter() - start
        lines.append(line)
    return first, lines


def counters(last: dict[str, Any]) -> tuple[float, float]:
    """(decode rate, prefill rate) by the server's own numbers."""
    fresh = last["prompt_eval_count"] - (last.get("prompt_eval_cached_count") or 0)
    return (last["eval_count"] - 1) / last["eval_duration"] * 1e9, fresh / last["prompt_eval_duration"] * 1e9


def turns() -> Iterator[tuple[int, bool, bool]]:
    """(prompt, whether bench asks, whether it counts): each prompt is sent by both sides, never twice in a row, so
    that none comes out of the cache, and in turned order, so that what drifts falls on both."""
    for i in range(0, N + 2, 2):
        for which, ours in ((i, True), (i + 1, False), (i, False), (i + 1, True)):
            yield which, ours, i > 0


def told(name: str, ours: Found, theirs: Found) -> None:
    """All medians first, then what has to hold of them; and of the medians of the pairs, which a busy machine moves
    less: the two requests of a pair lie within seconds."""
    print(f"\n{name}, {N} requests a side, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: ours, raw, pairs")
    wrong = []
    for key in ours:
        a, b = statistics.median(ours[key].values()), statistics.median(theirs[key].values())
        pairs = [(ours[key][i], theirs[key][i]) for i in ours[key]]
        if key == "ttft":
            between = statistics.median(x - y for x, y in pairs)
            print(f"  {key:13} {a:10.5g} {b:10.5g}  {a - b:+.5f} s {between:+.5f} s")
        else:
            between = statistics.median(x / y for x, y in pairs)
            print(f"  {key:13} {a:10.5g} {b:10.5g}  {a / b:.4f} {between:.4f}")
        if abs(between) >= 0.003 if key == "ttft" else abs(between - 1) >= 0.01:
            wrong.append(key)
    assert not wrong


def side(http_: Any, body: dict[str, Any], found: Found, i: int) -> None:
    exchange = request.generate(http_, body, ns=time.perf_counter_ns, timeout_s=120)
    row = {
        "status": exchange.status, "phase": "measure", "server": exchange.server, "stamps_ns": exchange.stamps_ns,
        "done_ns": exchange.done_ns, "done_reason": exchange.done_reason, "options": OPTIONS, "model": "m",
        "loaded": True,
    }  # fmt: skip
    of = measures(row)
    assert of.ttft and of.decode_rate and of.prefill_rate, (exchange.error, of.flags)
    for key, value in (("ttft", of.ttft), ("decode_rate", of.decode_rate), ("prefill_rate", of.prefill_rate)):
        found.setdefault(key, {})[i] = value


def other(ttft: float, rates: tuple[float, float], found: Found, i: int) -> None:
    for key, value in (("ttft", ttft), ("decode_rate", rates[0]), ("prefill_rate", rates[1])):
        found.setdefault(key, {})[i] = value


def test_the_embedded_server() -> None:
    ours: Found = {}
    theirs: Found = {}
    with (
        open_runtime("embedded", None, os.environ, None) as runtime,
        request.client(runtime.base_url, 120) as http_,
        closing(opened(at(runtime.base_url))) as connection,
    ):
        for i, own, counts in turns():
            body = {"model": runtime.model, "prompt": prompt(i), "options": OPTIONS}
            if own:
                side(http_, body, ours if counts else {}, i)
            else:
                first, lines = raw(connection, "/api/generate", body, runtime.headers)
                other(first, counters(json.loads(lines[-1])), theirs if counts else {}, i)
    told("embedded server", ours, theirs)


@pytest.fixture
def llama(tmp_path: Path) -> Iterator[str]:
    path = catalog.prepare(catalog.CATALOG[0], tmp_path)
    command = [sys.executable, "-P", "-m", "chimera_report.tools.runtime.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None and process.stdout is not None
        given = {"path": str(path), "key": KEY, **asdict(Load(num_ctx=1024, num_thread=1)), "threads": 1}
        process.stdin.write(json.dumps(given).encode() + b"\n")
        process.stdin.flush()
        yield json.loads(process.stdout.readline())["url"]
        process.stdin.close()
        process.wait(20)


def test_llama_cpp_s_own_server(llama: str) -> None:
    key = {"authorization": f"Bearer {KEY}"}
    ours: Found = {}
    theirs: Found = {}
    with request.client(f"{llama}/v1", 120, key) as http_, closing(opened(at(llama))) as connection:
        for i, own, counts in turns():
            if own:
                side(http_, {"model": "m", "prompt": prompt(i), "options": OPTIONS}, ours if counts else {}, i)
                continue
            body = {"model": "m", "messages": [{"role": "user", "content": prompt(i)}], "max_tokens": TOKENS,
                    "temperature": 0, "seed": 1, "stream": True, "stream_options": {"include_usage": True}}  # fmt: skip
            first, lines = raw(connection, "/v1/chat/completions", body, key)
            chunks = [json.loads(x.removeprefix(b"data: ")) for x in lines if x.startswith(b"data: {")]
            last = next(c["timings"] for c in reversed(chunks) if "timings" in c)
            usage = next(c["usage"] for c in reversed(chunks) if c.get("usage"))
            rates = (
                (usage["completion_tokens"] - 1) / last["predicted_ms"] * 1e3,
                (usage["prompt_tokens"] - last["cache_n"]) / last["prompt_ms"] * 1e3,
            )
            other(first, rates, theirs if counts else {}, i)
    told("llama.cpp's own server", ours, theirs)
