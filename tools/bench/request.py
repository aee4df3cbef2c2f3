"""One streamed request to Ollama's /api/generate ─► what happened, in nanoseconds of this machine's monotonic clock.

Nothing is interpreted here: stamps and the server's counters are kept as they came; `measures` derives the numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from chimera_report.tools import wire
from chimera_report.tools.bench import openai

Outcome = Literal["ok", "error", "timeout"]
COUNTERS = (
    "total_duration", "load_duration", "prompt_eval_count", "prompt_eval_cached_count", "prompt_eval_duration",
    "eval_count", "eval_duration",
)  # fmt: skip
LINE = 4096  # bytes that the line of one token may have: an answer longer than all its tokens' is none
ALIVE_S = 10.0  # seconds for a server to say that it lives, also on a machine that is busy
REPEATS = 30  # equal tokens in a row, after which Ollama ends an answer without a word (llm/server.go)


@dataclass(slots=True)
class Exchange:
    """One request as the client saw it. Every `*_ns` but `sent_ns` counts from `sent_ns`."""

    sent_ns: int = 0  # monotonic, when the first byte went out
    headers_ns: int | None = None
    stamps_ns: list[int] = field(default_factory=list)  # arrival of each line that carried text
    done_ns: int | None = None  # arrival of the last line, or of the failure
    server: dict[str, int] = field(default_factory=dict)
    done_reason: str = ""
    status: Outcome = "ok"
    error: str = ""
    http_status: int | None = None
    lost: bool = False  # the server could not be reached
    chars: int = 0  # of thinking and answer
    answer_sha256: str = ""
    thinking: int = 0  # pieces of thinking, which come before those of the answer
    text: str = ""  # of the answer, for checks; not kept in the journal


def client(base_url: str, timeout_s: float, headers: dict[str, str] | None = None) -> httpx.Client:
    """A client with one kept-alive connection. No proxies: the server is the user's own. `headers` carry its key."""
    # llama.cpp's server drops idle connections without notice; a new one for each request is outside its time.
    kept = 0 if httpx.URL(base_url).path.rstrip("/").endswith("/v1") else 1
    limits = httpx.Limits(max_connections=4, max_keepalive_connections=kept)
    timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, 10.0))
    return wire.client(base_url, timeout=timeout, limits=limits, headers=headers)


def generate(http: httpx.Client, body: dict[str, Any], *, ns: Callable[[], int], timeout_s: float) -> Exchange:
    """Send `body` with stream on and read it to its end. Never raises for what a server or the network can do."""
    out = Exchange()
    start = ns()
    out.sent_ns = start

    def trace(event: str, _info: dict[str, Any]) -> None:
        if event == "http11.send_request_headers.started":  # after the connection stands
            out.sent_ns = ns()

    other = openai.speaks(http)
    path, asked = ("/chat/completions", openai.sent(body)) if other else ("/api/generate", {**body, "stream": True})
    content = json.dumps(asked).encode()
    headers = {"content-type": "application/json", "accept": "text/event-stream" if other else "application/x-ndjson"}
    request = http.build_request("POST", path, content=content, headers=headers, extensions={"trace": trace})
    parts: list[str] = []
    try:
        with wire.limited(timeout_s, wire.ANSWER + LINE * max(0, int(body.get("options", {}).get("num_predict") or 0))):
            _send(out, http, request, ns, timeout_s, parts)
    except httpx.TimeoutException as exc:
        last = out.stamps_ns[-1] if out.stamps_ns else 0
        if out.headers_ns is None:
            why = f"no answer within {timeout_s:g} s ({type(exc).__name__})"
        elif ns() - out.sent_ns - last > timeout_s * 1e9 / 2:
            why = f"stalled: nothing for {(ns() - out.sent_ns - last) / 1e9:.1f} s after {len(parts)} pieces"
        else:
            why = f"not done within {timeout_s:g} s, after {len(parts)} pieces"
        _fail(out, why, status="timeout")
        out.lost = isinstance(exc, httpx.ConnectTimeout)
    except httpx.HTTPError as exc:
        _fail(out, f"connection failed: {exc or type(exc).__name__}, after {len(parts)} pieces")
        # A reset may be a runner that crashed under a server that lives.
        out.lost = isinstance(exc, httpx.ConnectError) or not alive(http)
        if out.lost and not isinstance(exc, httpx.ConnectError):
            _fail(out, f"the server died: {out.error}")
    if out.done_ns is None:
        out.done_ns = ns() - out.sent_ns
    out.chars = sum(map(len, parts))
    out.text = "".join(parts[out.thinking :])
    out.answer_sha256 = hashlib.sha256(out.text.encode()).hexdigest()
    return out


def alive(http: httpx.Client) -> bool:
    """Whether there still is a server after an answer that broke off."""
    try:
        with wire.limited(ALIVE_S):
            path = "/models" if openai.speaks(http) else "/api/version"
            return http.get(path, timeout=ALIVE_S).status_code < 500
    except httpx.HTTPError:
        return False


def _send(
    out: Exchange,
    http: httpx.Client,
    request: httpx.Request,
    ns: Callable[[], int],
    timeout_s: float,
    parts: list[str],
) -> None:
    response = http.send(request, stream=True)
    try:
        out.headers_ns = ns() - out.sent_ns
        out.http_status = response.status_code
        if response.status_code != 200:
            response.read()
            _fail(out, f"HTTP {response.status_code}: {_message(response)}")
        elif openai.speaks(http):
            _read_events(out, response, ns, timeout_s, parts)
        else:
            _read(out, response, ns, timeout_s, parts)
    finally:
        response.close()
    if not out.error and not out.server and not out.done_reason:
        _fail(out, f"the stream ended without its last line, after {len(parts)} pieces: {_ended(http, parts)}")
        out.lost = not alive(http)


def _ended(http: httpx.Client, parts: list[str]) -> str:
    """Why a server may have ended an answer in the middle."""
    if len(parts) >= REPEATS and len({p.strip() for p in parts[-REPEATS:]}) == 1:
        return f"the last {REPEATS} tokens are equal, which Ollama takes for a loop and ends"
    if not alive(http):
        return "the server died"
    return "the server lives, so its runner was ended or crashed"


def _read(out: Exchange, response: httpx.Response, ns: Callable[[], int], timeout_s: float, parts: list[str]) -> None:
    deadline = out.sent_ns + int(timeout_s * 1e9)
    for line, stamp in _lines(response, ns):
        try:
            message = wire.parsed(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            _fail(out, f"a line that is not a JSON object after {len(parts)} pieces")
            return
        if "error" in message:
            _fail(out, f"server error after {len(parts)} pieces: {message['error']}")
            return
        thinking, answer = (message.get(k) or "" for k in ("thinking", "response"))
        if not isinstance(thinking, str) or not isinstance(answer, str):
            _fail(out, f"a line whose response is no text, after {len(parts)} pieces")
            return
        if thinking or answer:
            # A piece may hold the end of the thinking and the start of the answer; it counts as the answer's.
            out.thinking += bool(thinking and not answer and out.thinking == len(parts))
            parts.append(answer or thinking)
            out.stamps_ns.append(stamp - out.sent_ns)
        if message.get("done"):
            out.done_ns = stamp - out.sent_ns
            out.done_reason = str(message.get("done_reason") or "unsaid")
            out.server = {k: v for k in COUNTERS if isinstance(v := message.get(k), int)}
        elif stamp > deadline:  # httpx's own timeout is per read, so a slow trickle would never end
            _fail(out, f"not done within {timeout_s:g} s, after {len(parts)} pieces", status="timeout")
            return


def _read_events(
    out: Exchange, response: httpx.Response, ns: Callable[[], int], timeout_s: float, parts: list[str]
) -> None:
    """The same of a server that speaks OpenAI's API: the last line is [DONE], the counters come before it."""
    deadline = out.sent_ns + int(timeout_s * 1e9)
    chunks = openai.OpenAIChunks()
    for line, stamp in _lines(response, ns):
        try:
            thinking, answer = chunks.read(line)
        except ValueError as exc:
            _fail(out, f"{exc} after {len(parts)} pieces")
            return
        if thinking or answer:
            out.thinking += bool(thinking and not answer and out.thinking == len(parts))
            parts.append(answer or thinking)
            out.stamps_ns.append(stamp - out.sent_ns)
        if chunks.ended and out.done_ns is None:
            out.done_ns = stamp - out.sent_ns
            out.done_reason, out.server = chunks.reason or "unsaid", chunks.counters
        elif stamp > deadline:
            _fail(out, f"not done within {timeout_s:g} s, after {len(parts)} pieces", status="timeout")
            return


def _lines(response: httpx.Response, ns: Callable[[], int]) -> Iterator[tuple[bytes, int]]:
    """Lines with the time at which their last byte arrived."""
    rest = b""
    for data in response.iter_raw():
        stamp = ns()
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            if line.strip():
                yield line, stamp
    if rest.strip():
        yield rest, ns()


def _fail(out: Exchange, error: str, status: Outcome = "error") -> None:
    out.status = status
    out.error = " ".join(error.split())[:500]


def _message(response: httpx.Response) -> str:
    if response.is_redirect:
        return f"the server sends to {response.headers.get('location', 'nowhere')[:100]!r}; nobody follows it there"
    try:
        data = wire.parsed(response.content)
    except ValueError:
        return response.content[:200].decode("utf-8", "replace")
    return str(data.get("error", data)) if isinstance(data, dict) else str(data)[:200]
