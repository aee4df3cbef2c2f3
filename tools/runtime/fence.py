"""What the embedded server lets in: the program that started it; no web page, no form, no body without end.

Any program of the machine, of other users too, can reach a port of it, and so can a page in a browser. The program that
starts the server gives it a token and sends that with each request. What a page sends carries its origin, or the type
of a form; our own clients send neither.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 16 << 20  # bytes of a request; a prompt that fills the largest context is far below
HANDED = "CHIMERA_REPORT_SERVER_TOKEN"  # the variable with which it is handed to the server
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class Fence:
    """ASGI middleware: 401 without the token (where there is one), 403 for another origin, 415 for a body that is no
    JSON, 413 for one that is too large."""

    def __init__(self, app: ASGIApp, token: str | None = None) -> None:
        self.app = app
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = _refusal(Headers(scope=scope), self.token)
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


def _refusal(headers: Headers, token: str | None) -> JSONResponse | None:
    given = headers.get("authorization", "")
    if token is not None and not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return _error(401, "this server answers the program that started it, and nobody else")
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
