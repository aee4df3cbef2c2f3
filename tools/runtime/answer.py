"""One chat or generate call on the embedded runtime: from the checked request to Ollama's lines and timings.

Timings as Ollama's: nanoseconds; `load_duration` until the worker is ready, `prompt_eval_duration` for the new tokens
only, `eval_duration` from the first token on, so the rate is (eval_count − 1) / eval_duration. Waiting for the slot
shows only in `total_duration`. llama.cpp counts sampling as decoding, Ollama does not (`engine.Habits`).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chimera_report.tools.runtime.engine import Broken, Engine
from chimera_report.tools.runtime.requests import Options, Refused, disobeys, guided

Line = dict[str, Any]
ENDING: set[asyncio.Task[None]] = set()  # cancelled, and kept until they have let go of the engine
POLL = 0.2  # seconds between looks at whether the client is still there


@dataclass(frozen=True, slots=True)
class Call:
    """A checked request. `prompt` None only loads the model, or unloads it when `keep` is 0."""

    model: str  # as the client wrote it
    chat: bool
    prompt: str | None
    stops: tuple[str, ...]
    markers: bool  # whether special tokens in the prompt mean themselves
    trim: bool  # drop white space before the answer
    options: Options
    schema: dict[str, Any] | None
    keep: float
    logprobs: int | None  # None: not wanted; else how many alternatives


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def line(call: Call, text: str, **more: object) -> Line:
    body: Line = {"message": {"role": "assistant", "content": text}} if call.chat else {"response": text}
    return {"model": call.model, "created_at": now(), **body, "done": False, **more}


async def run(engine: Engine, call: Call) -> AsyncGenerator[Line]:
    """Ollama's lines for the call, the last with done true. Raises Refused and Broken."""
    start = time.perf_counter_ns()
    async with engine.slot:
        if call.prompt is None and call.keep <= 0:
            await engine.unload()
            yield line(call, "", done=True, done_reason="unload")
            return
        try:
            load = await engine.ready(call.options.load, schemas=call.schema is not None)
            if call.prompt is None:
                total = time.perf_counter_ns() - start
                yield line(call, "", done=True, done_reason="load", load_duration=load, total_duration=total)
                return
            async with aclosing(_generate(engine, call, start, load)) as lines:
                async for item in lines:
                    yield item
        finally:
            await engine.release(call.keep)


async def _generate(engine: Engine, call: Call, start: int, load: int) -> AsyncGenerator[Line]:
    tokens = await engine.tokens(call.prompt or "", markers=call.markers)
    room = call.options.load.num_ctx - len(tokens)
    if room < 1:
        raise Refused(
            400,
            f"the prompt has {len(tokens)} tokens and does not fit num_ctx = {call.options.load.num_ctx} "
            "with room for an answer; shorten it or raise num_ctx",
        )
    predict = room if call.options.predict < 1 else min(call.options.predict, room)  # 0 is no limit, as in Ollama
    body = {
        **call.options.sampling,
        "prompt": tokens,
        "n_predict": predict,
        "stop": [*call.options.stop, *call.stops],
    }
    if call.schema is not None:
        body["json_schema"] = guided(call.schema)
    if call.logprobs is not None:
        body["n_probs"] = max(call.logprobs, 1)
    text, trimmed = "", not call.trim
    end: Line = {}
    async with aclosing(engine.generate(body)) as events:
        async for event in events:
            piece = event["content"]
            if not trimmed:
                piece = piece.lstrip()
                trimmed = bool(piece)
            text += piece
            if event["stop"]:  # comes in any case: engine.generate raises when it does not
                end = event
            more = _logprobs(event, call.logprobs)
            if piece or more:
                yield line(call, piece, **more)
    reason = "length" if end["stop_type"] == "limit" else "stop"
    if call.schema is not None and reason == "stop" and (fault := disobeys(text, call.schema)):
        raise Refused(500, f"the output does not follow the format: {fault}")
    timings = end["timings"]
    yield line(
        call,
        "",
        done=True,
        done_reason=reason,
        total_duration=time.perf_counter_ns() - start,
        load_duration=load,
        prompt_eval_count=timings["cache_n"] + timings["prompt_n"],
        prompt_eval_cached_count=timings["cache_n"],
        prompt_eval_duration=round(timings["prompt_ms"] * 1e6),
        eval_count=timings["predicted_n"],
        eval_duration=round(timings["predicted_ms"] * 1e6 * engine.habits.decoding),
    )


def _logprobs(event: Line, wanted: int | None) -> dict[str, object]:
    if wanted is None or not event.get("completion_probabilities"):
        return {}

    def plain(item: Line) -> Line:
        return {key: item[key] for key in ("token", "logprob", "bytes") if key in item}

    return {
        "logprobs": [
            plain(item) | ({"top_logprobs": [plain(t) for t in item["top_logprobs"][:wanted]]} if wanted else {})
            for item in event["completion_probabilities"]
        ]
    }


class Gone(Exception):
    """The client has closed the connection."""


async def watched(lines: AsyncGenerator[Line], gone: Callable[[], Awaitable[bool]]) -> AsyncGenerator[Line]:
    """`lines`, produced in an own task that is cancelled when `gone()` or when this iterator is closed."""
    queue: asyncio.Queue[Line | BaseException | None] = asyncio.Queue()

    async def produce() -> None:
        try:
            async for item in lines:
                queue.put_nowait(item)
            queue.put_nowait(None)
        except Exception as exc:  # noqa: BLE001 - handed to the consumer, which raises it
            queue.put_nowait(exc)
        finally:
            await lines.aclose()

    task = asyncio.create_task(produce())
    getting: asyncio.Task[Line | BaseException | None] | None = None
    looked = time.monotonic()
    try:
        while True:
            getting = asyncio.create_task(queue.get())
            done = False
            while not done:
                done = bool((await asyncio.wait({getting}, timeout=POLL))[0])
                # By the clock, not only while waiting: a fast stream never makes anyone wait.
                if time.monotonic() - looked >= POLL:
                    looked = time.monotonic()
                    if await gone():
                        raise Gone
            item = getting.result()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        if getting is not None:
            getting.cancel()
        # Not awaited: the server cancels this frame again and again, and each would reach into the task's cleaning up.
        task.cancel()
        ENDING.add(task)
        task.add_done_callback(ENDING.discard)


def merged(lines: list[Line], chat: bool) -> Line:
    """The lines of a call as its one answer without streaming."""
    last = dict(lines[-1])
    if chat:
        last["message"] = {"role": "assistant", "content": "".join(item["message"]["content"] for item in lines)}
    else:
        last["response"] = "".join(item["response"] for item in lines)
    logprobs = [entry for item in lines for entry in item.get("logprobs", [])]
    return last | ({"logprobs": logprobs} if logprobs else {})


def fault(exc: Exception) -> tuple[int, str]:
    """Status and sentence for what a call can raise; anything else is a bug and stays one."""
    if isinstance(exc, Refused):
        return exc.status, exc.message
    if isinstance(exc, Broken):
        return 500, str(exc)
    raise exc


def ndjson(item: Line) -> bytes:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
