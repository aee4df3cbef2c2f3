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

Outcome = Literal["ok", "error", "timeout"]
COUNTERS = (
    "total_duration", "load_duration", "prompt_eval_count", "prompt_eval_cached_count", "prompt_eval_duration",
    "eval_count", "eval_duration",
)  # fmt: skip


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
    chars: int = 0
    answer_sha256: str = ""
    text: str = ""  # for checks; not kept in the journal


def client(base_url: str, timeout_s: float) -> httpx.Client:
    """A client with one kept-alive connection. No proxies: the server is the user's own."""
    limits = httpx.Limits(max_connections=4, max_keepalive_connections=1)
    timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, 10.0))
    return httpx.Client(base_url=base_url, timeout=timeout, limits=limits, trust_env=False)


def generate(http: httpx.Client, body: dict[str, Any], *, ns: Callable[[], int], timeout_s: float) -> Exchange:
    """Send `body` with stream on and read it to its end. Never raises for what a server or the network can do."""
    out = Exchange()
    start = ns()
    out.sent_ns = start

    def trace(event: str, _info: dict[str, Any]) -> None:
        if event == "http11.send_request_headers.started":  # after the connection stands
            out.sent_ns = ns()

    content = json.dumps({**body, "stream": True}).encode()
    headers = {"content-type": "application/json", "accept": "application/x-ndjson"}
    request = http.build_request("POST", "/api/generate", content=content, headers=headers, extensions={"trace": trace})
    try:
        response = http.send(request, stream=True)
        try:
            out.headers_ns = ns() - out.sent_ns
            out.http_status = response.status_code
            if response.status_code != 200:
                response.read()
                _fail(out, f"HTTP {response.status_code}: {_message(response.content)}")
            else:
                _read(out, response, ns, timeout_s)
        finally:
            response.close()
    except httpx.TimeoutException as exc:
        _fail(out, f"no answer within {timeout_s:g} s ({type(exc).__name__})", status="timeout")
        out.lost = isinstance(exc, httpx.ConnectTimeout)
    except httpx.HTTPError as exc:
        _fail(out, f"connection failed: {exc or type(exc).__name__}")
        out.lost = isinstance(exc, httpx.ConnectError)  # a reset may be a worker that crashed under a server that lives
    if out.done_ns is None:
        out.done_ns = ns() - out.sent_ns
    out.chars = len(out.text)
    out.answer_sha256 = hashlib.sha256(out.text.encode()).hexdigest()
    return out


def _read(out: Exchange, response: httpx.Response, ns: Callable[[], int], timeout_s: float) -> None:
    deadline = out.sent_ns + int(timeout_s * 1e9)
    parts: list[str] = []
    finished = False
    try:
        for line, stamp in _lines(response, ns):
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            if not isinstance(message, dict):
                _fail(out, f"a line that is not a JSON object after {len(parts)} pieces")
                return
            if "error" in message:
                _fail(out, f"server error after {len(parts)} pieces: {message['error']}")
                return
            said = [message.get(k) or "" for k in ("thinking", "response")]
            if not all(isinstance(part, str) for part in said):
                _fail(out, f"a line whose response is no text, after {len(parts)} pieces")
                return
            text = "".join(said)
            if text:
                parts.append(text)
                out.stamps_ns.append(stamp - out.sent_ns)
            if message.get("done"):
                finished = True
                out.done_ns = stamp - out.sent_ns
                out.done_reason = str(message.get("done_reason") or "")
                out.server = {k: v for k in COUNTERS if isinstance(v := message.get(k), int)}
            elif stamp > deadline:  # httpx's own timeout is per read, so a slow trickle would never end
                _fail(out, f"not done within {timeout_s:g} s, after {len(parts)} pieces", status="timeout")
                return
    except httpx.ReadTimeout:
        _fail(out, f"stalled: nothing for {timeout_s:g} s after {len(parts)} pieces", status="timeout")
        return
    finally:
        out.text = "".join(parts)
    if not finished:
        _fail(out, f"the stream ended without its last line, after {len(parts)} pieces")


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


def _message(content: bytes) -> str:
    try:
        data = json.loads(content)
    except ValueError:
        return content[:200].decode("utf-8", "replace")
    return str(data.get("error", data)) if isinstance(data, dict) else str(data)[:200]
