"""What the embedded server lets in: no web page, no form, no body without end.

A page in a browser can send requests to any port of its user's machine. What it sends carries its origin, or the type
of a form; our own clients send neither.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 16 << 20  # bytes of a request; a prompt that fills the largest context is far below
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class Fence:
    """ASGI middleware: 403 for another origin, 415 for a body that is no JSON, 413 for one that is too large."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = _refusal(Headers(scope=scope))
        if refused is not None:
            await refused(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST:
                raise TooLarge
            return message

        try:
            await self.app(scope, counted, send)
        except TooLarge:
            await _error(413, f"the request is larger than {MOST >> 20} MiB")(scope, receive, send)


class TooLarge(Exception):
    """The body goes on beyond MOST; nothing was answered yet, since the whole body is read first."""


def _refusal(headers: Headers) -> JSONResponse | None:
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).hostname not in _HERE:
        return _error(403, "requests of web pages are not answered")
    kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        return _error(415, "the body of a request has to be application/json")
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MOST:
        return _error(413, f"the request is larger than {MOST >> 20} MiB")
    return None


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status)
