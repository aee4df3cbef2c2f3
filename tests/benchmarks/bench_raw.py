"""What bench says against raw calls to the same server, interleaved: rates within 1 %, TTFT within 3 ms.

By the embedded server (Ollama's API) and by llama.cpp's own (OpenAI's); `make raw` runs this alone. Both sides keep
their connection: a server that closes one and takes another while it reads the prompt reads it more slowly.

Each prompt is sent by both sides. What is compared is the median over these pairs with its 95 % interval: of 60 pairs
first, and of 60 more as long as the interval lies neither within the limit nor outside (RAW_N and RAW_MOST say how
many). Where it comes to neither, this machine cannot tell, and the test says so. That both sides mean the same by a
rate needs no statistics: the counters of every raw answer go through bench's own definitions, too, and come out equal.
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
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

from chimera_report.tools.bench import request
from chimera_report.tools.bench.measures import measures
from chimera_report.tools.bench.openai import OpenAIChunks
from chimera_report.tools.runtime import catalog, open_runtime
from chimera_report.tools.runtime.requests import Load

N = int(os.environ.get("RAW_N", "60"))
MOST = max(N, int(os.environ.get("RAW_MOST", "240")))
TOKENS = 16
OPTIONS = {"num_predict": TOKENS, "temperature": 0, "seed": 1, "num_ctx": 1024, "num_thread": 1}
KEY = "raw"
LIMITS = {"ttft": 0.003, "decode_rate": 0.01, "prefill_rate": 0.01}  # seconds; shares
Found = dict[str, dict[int, float]]  # measure → prompt → value
FIRST = ("Anna", "Bread", "Clouds", "Doors", "Engines", "Forests", "Gardens", "Houses")


def prompt(i: int) -> str:
    """One of many. No two in a row share their first token: what a prompt has in common with the one before comes out
    of the cache, and a token more or less of it is a percent or two of a prefill rate, by turns for either side."""
    return (
        f"{FIRST[i % len(FIRST)]} {10_000 + i * 7919 % 90_000}. Write of a lighthouse keeper who finds a map on a "
        "small island in the north, rows out on a calm evening in autumn to look for what it shows, and then has to"
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
) -> tuple[list[int], list[bytes]]:
    """(ns to each line with text, all lines), by http.client alone."""
    for again in (False, True):
        if again or connection.sock is None or select.select([connection.sock], [], [], 0)[0]:  # the server closed it
            connection.close()
            opened(connection)
        start = time.perf_counter_ns()
        try:
            connection.request("POST", path, json.dumps(body).encode(), {"content-type": "application/json", **headers})
            response = connection.getresponse()
            break
        except (http.client.RemoteDisconnected, ConnectionError):  # at this very moment
            if again:
                raise
    lines, stamps = [], []
    while line := response.readline():
        if (b'"response":"' in line and b'"response":""' not in line) or b'"content":"' in line:
            stamps.append(time.perf_counter_ns() - start)
        lines.append(line)
    return stamps, lines


def counters(last: dict[str, Any]) -> tuple[float, float]:
    """(decode rate, prefill rate) by the server's own numbers."""
    fresh = last["prompt_eval_count"] - (last.get("prompt_eval_cached_count") or 0)
    return (last["eval_count"] - 1) / last["eval_duration"] * 1e9, fresh / last["prompt_eval_duration"] * 1e9


def turns(least: int, most: int) -> Iterator[tuple[int, bool]]:
    """(prompt, whether bench asks): each prompt is sent by both sides, never twice in a row, so that none comes out of
    the cache, and in turned order, so that what drifts falls on both."""
    for i in range(least, most, 2):
        yield from ((i, True), (i + 1, False), (i, False), (i + 1, True))


def interval(values: list[float]) -> tuple[float, float, float]:
    """(median, low, high): the 95 % interval of a median by order statistics."""
    found = sorted(values)
    cut = max(0, int(binom.ppf(0.025, len(found), 0.5)) - 1)
    return statistics.median(found), found[cut], found[-1 - cut]


def compared(name: str, ask: Callable[[int, bool], dict[str, float]]) -> None:
    """Asks until every measure is decided or there are MOST pairs; prints all medians, then says what does not hold."""
    ours: Found = {}
    theirs: Found = {}
    for i, own in turns(0, 2):
        ask(i, own)  # warm
    done = 2
    while True:
        for i, own in turns(done, done + N):
            for key, value in ask(i, own).items():
                (ours if own else theirs).setdefault(key, {})[i] = value
        done += N
        same = [i for i in ours["read"] if ours["read"][i] == theirs["read"][i]]
        told, wrong, open_ = [], [], []
        for key, limit in LIMITS.items():
            a, b = ([side[key][i] for i in same] for side in (ours, theirs))
            between = [x - y if key == "ttft" else x / y - 1 for x, y in zip(a, b, strict=True)]
            middle, low, high = interval(between)
            told.append(
                f"  {key:13} {statistics.median(a):10.5g} {statistics.median(b):10.5g}  pairs {middle:+.5f} "
                f"({low:+.5f} to {high:+.5f}), at most {limit:g}{' s' if key == 'ttft' else ''}"
            )
            if low > limit or high < -limit:
                wrong.append(key)
            elif low < -limit or high > limit:
                open_.append(key)
        load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        print(
            f"\n{name}, {len(same)} pairs that read as many tokens of {done - 2}, {load}: ours, raw, ours against raw"
        )
        print("\n".join(told), flush=True)
        if wrong or not open_ or done - 2 >= MOST:
            break
    assert len(same) > 0.9 * (done - 2), "the sides found other parts of their prompts in the cache"
    assert not wrong, f"beyond the limit: {', '.join(wrong)}"
    assert not open_, f"this machine is too busy to tell, even by {len(same)} pairs: {', '.join(open_)}"


def defined(server: dict[str, Any], stamps: list[int], done: int, reason: str) -> dict[str, float]:
    """A request by bench's own definitions."""
    row = {
        "status": "ok", "phase": "measure", "server": server, "stamps_ns": stamps, "done_ns": done,
        "done_reason": reason, "options": OPTIONS, "model": "m", "loaded": True,
    }  # fmt: skip
    of = measures(row)
    assert of.ttft and of.decode_rate and of.prefill_rate and of.prompt_tokens, of.flags
    read = of.prompt_tokens - (of.cached_tokens or 0)
    return {"ttft": of.ttft, "decode_rate": of.decode_rate, "prefill_rate": of.prefill_rate, "read": read}


def side(http_: Any, body: dict[str, Any]) -> dict[str, float]:
    exchange = request.generate(http_, body, ns=time.perf_counter_ns, timeout_s=120)
    assert exchange.status == "ok" and exchange.done_ns is not None, exchange.error
    return defined(exchange.server, exchange.stamps_ns, exchange.done_ns, exchange.done_reason)


def other(stamps: list[int], rates: tuple[float, float], server: dict[str, Any]) -> dict[str, float]:
    """A raw call; by bench's definitions it has the very same rates."""
    found = defined(server, stamps, stamps[-1] + 10**9, "length")
    assert found["decode_rate"] == pytest.approx(rates[0], rel=1e-6)
    assert found["prefill_rate"] == pytest.approx(rates[1], rel=1e-6)
    return {"ttft": stamps[0] / 1e9, "decode_rate": rates[0], "prefill_rate": rates[1], "read": found["read"]}


def test_the_embedded_server() -> None:
    with (
        open_runtime("embedded", None, os.environ, None) as runtime,
        request.client(runtime.base_url, 120) as http_,
        closing(opened(at(runtime.base_url))) as connection,
    ):

        def ask(i: int, own: bool) -> dict[str, float]:
            body = {"model": runtime.model, "prompt": prompt(i), "options": OPTIONS}
            if own:
                return side(http_, body)
            stamps, lines = raw(connection, "/api/generate", body, runtime.headers)
            last = json.loads(lines[-1])
            return other(stamps, counters(last), {k: last[k] for k in request.COUNTERS if k in last})

        compared("embedded server", ask)


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
    with request.client(f"{llama}/v1", 120, key) as http_, closing(opened(at(llama))) as connection:

        def ask(i: int, own: bool) -> dict[str, float]:
            if own:
                return side(http_, {"model": "m", "prompt": prompt(i), "options": OPTIONS})
            body = {"model": "m", "messages": [{"role": "user", "content": prompt(i)}], "max_tokens": TOKENS,
                    "temperature": 0, "seed": 1, "stream": True, "stream_options": {"include_usage": True}}  # fmt: skip
            stamps, lines = raw(connection, "/v1/chat/completions", body, key)
            chunks = [json.loads(x.removeprefix(b"data: ")) for x in lines if x.startswith(b"data: {")]
            last = next(c["timings"] for c in reversed(chunks) if "timings" in c)
            usage = next(c["usage"] for c in reversed(chunks) if c.get("usage"))
            rates = (
                (usage["completion_tokens"] - 1) / last["predicted_ms"] * 1e3,
                (usage["prompt_tokens"] - last["cache_n"]) / last["prompt_ms"] * 1e3,
            )
            chunks_read = OpenAIChunks()
            for line in lines:
                if line.strip():
                    chunks_read.read(line)
            return other(stamps, rates, chunks_read.counters)

        compared("llama.cpp's own server", ask)
