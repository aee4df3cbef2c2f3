"""Ollama's REST API over the embedded engines, as a Starlette application."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.runtime import answer, catalog, gguf, transcript, weights
from chimera_report.tools.runtime.engine import RECORDED, Broken, Engine, Habits
from chimera_report.tools.runtime.fence import Fence
from chimera_report.tools.runtime.requests import DEFAULT_PREDICT, Refused, keep_alive, options, schema

NDJSON = "application/x-ndjson"
NO_IMAGES = (
    "Failed to create new sequence: failed to process inputs: this model is missing data required for image input"
)
PREDICT = ("num_predict", DEFAULT_PREDICT)


def create(
    cache: Path, versions: Mapping[str, str], file: Path | None = None, token: str | None = None, recorded: bool = False
) -> Starlette:
    """The application; `cache` is where joined weights lie, `versions` what /api/version answers, `file` one model
    more, `token` what each request has to carry; `recorded` has it wait and count as a real Ollama beside a GPU."""
    entries = [*([weights.entry_of(file, cache)] if file is not None else []), *catalog.installed()]
    habits = RECORDED if recorded else Habits()
    engines = {entry.name: Engine(entry, cache, habits) for entry in entries}
    api = Api(engines, cache, dict(versions))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        for engine in engines.values():
            await engine.unload()

    return Starlette(
        routes=[
            Route("/", api.root),
            Route("/api/version", api.version),
            Route("/api/tags", api.tags),
            Route("/api/ps", api.ps),
            Route("/api/show", api.show, methods=["POST"]),
            Route("/api/pull", api.pull, methods=["POST"]),
            Route("/api/chat", api.chat, methods=["POST"]),
            Route("/api/generate", api.generate, methods=["POST"]),
        ],
        # A web page must not reach the server under a name of its own that resolves to this machine.
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            Middleware(Fence, token=token),
        ],
        exception_handlers={Refused: _refused, Broken: _refused, HTTPException: _http},
        lifespan=lifespan,
    )


async def _refused(_: Request, exc: Exception) -> Response:
    status, message = answer.fault(exc)
    return JSONResponse({"error": message}, status)


async def _http(_: Request, exc: Exception) -> Response:
    status, detail = (exc.status_code, exc.detail) if isinstance(exc, HTTPException) else (500, str(exc))
    plain = {404: "404 page not found", 405: "405 method not allowed"}  # of Ollama's router, which speaks no JSON
    return PlainTextResponse(plain[status], status) if status in plain else JSONResponse({"error": detail}, status)


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw:
        raise Refused(400, "missing request body")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise Refused(400, _not_json(raw)) from exc
    if not isinstance(body, dict):
        raise Refused(400, "the request body must be an object")
    return body


def _not_json(raw: bytes) -> str:
    """As Go's encoding/json says it."""
    text = raw.decode("utf-8", "replace").strip()
    if text[:1] and text[0] not in '{["-0123456789tfn':
        return f"invalid character {text[0]!r} looking for beginning of value"
    return "unexpected EOF"


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name) or ""
    if not isinstance(value, str):
        raise Refused(400, f"{name} must be a string")
    return value


def _named(body: Mapping[str, Any]) -> None:
    if not body.get("model") and not body.get("name"):
        raise Refused(400, "model is required")


def _streamed(body: Mapping[str, Any]) -> None:
    if not isinstance(body.get("stream"), bool | None):
        raise Refused(400, "stream must be true or false")


def _no_images(images: object) -> None:
    """No model here takes images; what is none is told first, as Ollama does it."""
    if not images:
        return
    try:
        for image in images if isinstance(images, list) else [images]:
            base64.b64decode(str(image), validate=True)
    except ValueError as exc:
        raise Refused(400, f"illegal base64 data: {exc}") from exc
    raise Refused(500, NO_IMAGES)


def _no_thinking(body: Mapping[str, Any], chat: bool) -> None:
    """No model here thinks: `think` may say so, and nothing else. The words are Ollama's, which has two for a level."""
    think = body.get("think")
    if think is None or think is False:
        return
    if not isinstance(think, bool | str):
        raise Refused(400, 'think must be a boolean or string ("high", "medium", "low", true, or false)')
    if isinstance(think, str):
        if think not in ("high", "medium", "low"):
            allowed = '"high", "medium", "low", true, or false'
            raise Refused(400, f"invalid think value: {json.dumps(think)} (must be {allowed})")
        if not chat:
            raise Refused(400, f"think value {json.dumps(think)} is not supported for this model")
    raise Refused(400, f"{json.dumps(body['model'])} does not support thinking")


class Api:
    def __init__(self, engines: dict[str, Engine], cache: Path, versions: dict[str, str]) -> None:
        self.engines = engines
        self.cache = cache
        self.versions = versions

    def _engine(self, body: Mapping[str, Any]) -> Engine:
        name = _text(body, "model") or _text(body, "name")
        for engine in self.engines.values():
            if engine.entry.answers_to(name):
                return engine
        raise Refused(404, f"model '{name}' not found")

    async def root(self, _: Request) -> Response:
        return PlainTextResponse("Ollama is running")

    async def version(self, _: Request) -> Response:
        return JSONResponse(self.versions)

    async def tags(self, _: Request) -> Response:
        models = []
        for engine in self.engines.values():
            entry = engine.entry
            paths = catalog.locate(entry) or [Path()]
            modified = datetime.fromtimestamp(paths[0].stat().st_mtime, UTC).isoformat()
            models.append({**_identity(engine), "modified_at": modified, "size": entry.size})
        return JSONResponse({"models": models})

    async def ps(self, _: Request) -> Response:
        models = []
        for engine in self.engines.values():
            load, pid = engine.loaded, engine.pid
            if load is None or pid is None:
                continue
            expires = engine.expires or datetime.now(UTC)
            models.append(
                {
                    **_identity(engine),
                    "size": psutil.Process(pid).memory_info().rss,
                    "size_vram": 0,
                    "expires_at": expires.isoformat(),
                    "context_length": load.num_ctx,
                }
            )
        return JSONResponse({"models": models})

    async def show(self, request: Request) -> Response:
        body = await _body(request)
        _named(body)
        engine = self._engine(body)
        entry = engine.entry
        template = transcript.TEMPLATES[entry.template]
        paths = catalog.locate(entry)
        # The header with the vocabulary is longer than the first part of joined weights never is: 60 MB against 10.
        info, tensors = await asyncio.to_thread(gguf.header, paths[0]) if paths else ({}, [])
        own = [f"{name:<30} {value}" for name, value in (*(("stop", json.dumps(x)) for x in template.stop), PREDICT)]
        random.shuffle(own)  # Ollama's come in the order of a Go map, another one at each call
        return JSONResponse(
            {
                "license": entry.license,
                "modelfile": f"# {entry.note}\nFROM {entry.name}\nTEMPLATE {json.dumps(template.documented)}\n",
                "parameters": "\n".join(own),
                "template": template.documented,
                "details": entry.details,
                "model_info": info,
                "tensors": tensors,
                "capabilities": ["completion"],
                "modified_at": answer.now(),
            }
        )

    async def pull(self, request: Request) -> Response:
        body = await _body(request)
        name = _text(body, "model") or _text(body, "name")
        if not name:
            raise Refused(400, "invalid model name")
        entry = catalog.find(name)
        if entry is not None and entry.name not in self.engines:
            raise Refused(404, f"model '{name}' is not installed; pip install {entry.distribution}")
        engine = self._engine(body)
        entry = engine.entry
        digest = f"sha256:{entry.sha256}"
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def progress(done: int) -> None:
            item = {"status": f"verifying {entry.name}", "digest": digest, "total": entry.size, "completed": done}
            loop.call_soon_threadsafe(queue.put_nowait, item)

        async def work() -> None:
            try:
                await asyncio.to_thread(catalog.prepare, entry, self.cache, progress)
                queue.put_nowait({"status": "success"})
            except ChimeraError as exc:
                queue.put_nowait({"error": str(exc)})
            queue.put_nowait(None)

        async def lines() -> AsyncIterator[dict[str, Any]]:
            yield {"status": "pulling manifest"}
            yield {"status": f"verifying {entry.name}", "digest": digest, "total": entry.size, "completed": 0}
            task = asyncio.create_task(work())
            while (item := await queue.get()) is not None:
                yield item
            await task

        if body.get("stream") is False:
            last = [item async for item in lines()][-1]
            return JSONResponse(last, 500 if "error" in last else 200)

        async def stream() -> AsyncIterator[bytes]:
            async for item in lines():
                yield answer.ndjson(item)

        return StreamingResponse(stream(), media_type=NDJSON)

    async def chat(self, request: Request) -> Response:
        body = await _body(request)
        _named(body)
        engine = self._engine(body)
        _streamed(body)
        if body.get("tools"):
            raise Refused(400, f"registry.ollama.ai/library/{body['model']} does not support tools")
        messages = body.get("messages") or []
        if not isinstance(messages, list):
            raise Refused(400, "messages must be an array")
        turns = [self._turn(m, at) for at, m in enumerate(messages)]
        prompt, stops = transcript.render(turns, engine.entry.template)
        return await self._answer(request, body, engine, prompt if turns else None, stops, chat=True)

    @staticmethod
    def _turn(message: object, at: int) -> tuple[str, str]:
        if not isinstance(message, dict):
            raise Refused(400, f"messages[{at}] must be an object")
        role, content = message.get("role"), message.get("content") or ""
        if role not in ("system", "user", "assistant", "tool"):
            raise Refused(400, f'messages[{at}]: invalid role {json.dumps(role)}; use "system", "user" or "assistant"')
        if not isinstance(content, str):
            raise Refused(400, f"messages[{at}]: content must be a string")
        _no_images(message.get("images"))
        return role, content

    async def generate(self, request: Request) -> Response:
        body = await _body(request)
        engine = self._engine(body)
        _streamed(body)
        _no_images(body.get("images"))
        if body.get("raw") and any(body.get(name) for name in ("template", "system", "context")):
            raise Refused(400, "raw mode does not support template, system, or context")
        for name in ("suffix", "template", "context"):
            if body.get(name):
                raise Refused(400, f"the embedded runtime does not support {name}")
        text, system, raw = _text(body, "prompt"), _text(body, "system"), bool(body.get("raw"))
        stops: tuple[str, ...] = ()
        prompt: str | None = None
        if raw and text:
            prompt = text
        elif text or system:
            turns = ([("system", system)] if system else []) + [("user", text)]
            prompt, stops = transcript.render(turns, engine.entry.template)
        return await self._answer(request, body, engine, prompt if text else None, stops, chat=False)

    async def _answer(
        self,
        request: Request,
        body: Mapping[str, Any],
        engine: Engine,
        prompt: str | None,
        stops: tuple[str, ...],
        *,
        chat: bool,
    ) -> Response:
        raw = bool(body.get("raw")) and not chat
        _no_thinking(body, chat)
        top = body.get("top_logprobs") or 0
        if not isinstance(top, int) or not 0 <= top <= 20:
            raise Refused(400, "top_logprobs must be between 0 and 20")
        call = answer.Call(
            model=body["model"],
            chat=chat,
            prompt=prompt,
            stops=stops,
            markers=raw or transcript.TEMPLATES[engine.entry.template].markers,
            trim=not raw,
            options=options(body.get("options"), engine.entry.max_ctx),
            schema=schema(body.get("format")),
            keep=keep_alive(body.get("keep_alive")),
            logprobs=top if body.get("logprobs") else None,
        )
        lines = answer.watched(answer.run(engine, call), request.is_disconnected)
        try:
            if body.get("stream") is False:
                async with aclosing(lines):
                    return JSONResponse(answer.merged([item async for item in lines], chat))
            first = await anext(lines)  # before the response starts, a fault still has a status code
        except answer.Gone:
            return JSONResponse({"error": "the client closed the connection"}, 499)

        async def stream() -> AsyncIterator[bytes]:
            async with aclosing(lines):
                yield answer.ndjson(first)
                try:
                    async for item in lines:
                        yield answer.ndjson(item)
                except answer.Gone:
                    return
                except (Refused, Broken) as exc:
                    yield answer.ndjson({"error": answer.fault(exc)[1]})

        return StreamingResponse(stream(), media_type=NDJSON)


def _identity(engine: Engine) -> dict[str, Any]:
    entry = engine.entry
    return {"name": entry.name, "model": entry.name, "digest": entry.sha256, "details": entry.details}
