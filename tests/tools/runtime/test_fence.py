"""The embedded server answers its own clients, and no web page: origins, types of bodies, and their size."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

pytest.importorskip("starlette")

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from chimera_report.tools.runtime import fence


async def _length(request: Request) -> JSONResponse:
    return JSONResponse({"length": len(await request.body())})


APP = Starlette(
    routes=[Route("/api/chat", _length, methods=["POST"]), Route("/", _length)], middleware=[Middleware(fence.Fence)]
)


def asked(method: str = "POST", path: str = "/api/chat", app: Any = APP, **options: Any) -> int:
    async def call() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return (await client.request(method, path, **options)).status_code

    return asyncio.run(call())


def test_our_own_clients_are_answered() -> None:
    assert asked(json={"model": "a"}) == 200
    assert asked(content=b"{}") == 200
    assert asked("GET", "/") == 200
    assert asked(json={}, headers={"origin": "http://127.0.0.1:8080"}) == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://", "x"])
def test_a_web_page_is_not(origin: str) -> None:
    assert asked(json={}, headers={"origin": origin}) == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_is_not(kind: str) -> None:
    assert asked(content=b"{}", headers={"content-type": kind}) == 415


def test_a_body_without_end_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "MOST", 1000)

    async def pieces() -> Any:
        for _ in range(10):
            yield b"x" * 200

    assert asked(content=b"x" * 1001) == 413
    assert asked(content=pieces()) == 413  # no length is told
    assert asked(content=b"x" * 1000) == 200


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer x", "secret", "Basic secret", "Bearer sécret"])
def test_another_program_is_not_where_there_is_a_token(given: str | None) -> None:
    fenced = fence.Fence(APP, "secret")
    headers = {} if given is None else {"authorization": given.encode()}
    assert asked("GET", "/", fenced, headers=headers) == 401
    assert asked(app=fenced, json={}, headers=headers) == 401
    assert asked(app=fenced, json={}, headers={"authorization": "Bearer secret"}) == 200
