"""One embedded model from the front's side: its worker process, loaded when needed, one call at a time."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.runtime.catalog import Entry, prepare
from chimera_report.tools.runtime.requests import FOREVER, Load, Refused, guided, threads

LOAD_TIMEOUT = 120.0  # seconds; the first load on a slow disk joins and verifies the weights
ENDLESS = datetime(2318, 1, 1, tzinfo=UTC)  # what Ollama's ps shows for "never"


class Broken(Exception):
    """The worker ended or answered nonsense during a call; the next call starts another one."""


@dataclass(slots=True)
class Worker:
    process: asyncio.subprocess.Process
    client: httpx.AsyncClient
    load: Load
    drain: asyncio.Task[None]
    warm: bool = False  # whether the engine has built what it needs for schemas

    @property
    def alive(self) -> bool:
        return self.process.returncode is None


@dataclass(frozen=True, slots=True)
class Habits:
    """Where a server's account of its time is not what its client sees."""

    decoding: float = 1.0  # share of the decoding time that `eval_duration` has; the rest is sampling
    warm: tuple[float, float] = (0.0, 0.0)  # seconds that a call waits for a model that is loaded, told as its load


# Ollama 0.17.4 with Gemma 3 1B on an H100: `eval_duration` leaves out sampling, and a warm load takes 0.05 to 0.45 s.
RECORDED = Habits(decoding=0.752, warm=(0.05, 0.15))


class Engine:
    """`slot` is held during a call, so load, generate and unload never meet; the holder calls the methods below."""

    def __init__(self, entry: Entry, cache: Path, habits: Habits | None = None) -> None:
        self.entry = entry
        self.habits = habits or Habits()
        self.slot = asyncio.Semaphore(1)
        self.expires: datetime | None = None
        self._cache = cache
        self._worker: Worker | None = None
        self._log: deque[str] = deque(maxlen=20)
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def loaded(self) -> Load | None:
        return self._worker.load if self._worker and self._worker.alive else None

    @property
    def pid(self) -> int | None:
        return self._worker.process.pid if self._worker and self._worker.alive else None

    async def ready(self, load: Load, *, schemas: bool) -> int:
        """Have a worker with `load`; another or a dead one is ended first. Returns the nanoseconds that it took."""
        start = time.perf_counter_ns()
        if self._timer:
            self._timer.cancel()
        if self._worker and (not self._worker.alive or self._worker.load != load):
            await self.unload()
        elif self._worker and self.habits.warm[1]:
            await asyncio.sleep(random.uniform(*self.habits.warm))
        if self._worker is None:
            try:
                path = await asyncio.to_thread(prepare, self.entry, self._cache)
            except ChimeraError as exc:
                raise Refused(500, str(exc)) from exc
            self._worker = await self._start(path, load)
        if schemas and not self._worker.warm:  # its tokenizer tables take seconds once; they are part of loading
            body = {"prompt": " ", "n_predict": 1, "cache_prompt": False, "json_schema": guided({"type": "object"})}
            await self._post("/completion", body)
            self._worker.warm = True
        return time.perf_counter_ns() - start

    async def _start(self, path: Path, load: Load) -> Worker:
        key = secrets.token_hex(16)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a file in the user's folder must not stand in for a module
            "-m",
            "chimera_report.tools.runtime.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise AssertionError("all three are pipes")
        self._log.clear()
        drain = asyncio.create_task(self._read_log(process.stderr))
        given = {"path": str(path), "key": key, **asdict(load), "threads": threads(load)}
        try:
            process.stdin.write(json.dumps(given).encode() + b"\n")
            await process.stdin.drain()
            line = await asyncio.wait_for(process.stdout.readline(), LOAD_TIMEOUT)
            answer = json.loads(line) if line else {"error": self._last_words(await process.wait())}
            if "error" in answer:
                raise Refused(500, f"{self.entry.name} could not be loaded: {answer['error']}")
        except BaseException as exc:
            if process.returncode is None:
                process.kill()
            await process.wait()
            drain.cancel()
            if isinstance(exc, TimeoutError | OSError):
                raise Refused(500, f"{self.entry.name} could not be loaded: {exc or 'timeout'}") from exc
            raise
        client = httpx.AsyncClient(
            base_url=answer["url"],
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(None, connect=10),
            limits=httpx.Limits(max_keepalive_connections=0),  # the engine drops idle connections without notice
            trust_env=False,
        )
        return Worker(process, client, load, drain)

    async def _read_log(self, stderr: asyncio.StreamReader) -> None:
        while line := await stderr.readline():
            self._log.append(line.decode("utf-8", "replace").strip())

    def _last_words(self, code: int) -> str:
        words = next((w for w in reversed(self._log) if w), "")
        return f"the worker ended with code {code}" + (f": {words}" if words else "")

    async def _broken(self, exc: Exception) -> Broken:
        """End what is left of the worker and say how it ended."""
        worker, words = self._worker, str(exc) or type(exc).__name__
        if worker is not None:
            with suppress(TimeoutError):
                words = self._last_words(await asyncio.wait_for(worker.process.wait(), 1.0))
            await self.unload()
        return Broken(f"model runner has unexpectedly stopped: {words}")

    @property
    def _client(self) -> httpx.AsyncClient:
        if self._worker is None:
            raise Broken("the model is not loaded")
        return self._worker.client

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        try:
            response = await self._client.post(path, json=body)
        except httpx.HTTPError as exc:
            raise await self._broken(exc) from exc
        if response.status_code != 200:
            raise _refused(response.status_code, response.content)
        return response.json()

    async def tokens(self, text: str, *, markers: bool) -> list[int]:
        """The prompt in tokens, with the model's start token. Without `markers`, `<eos>` in it is just text."""
        body = {"content": text, "add_special": True, "parse_special": markers}
        return list((await self._post("/tokenize", body))["tokens"])

    async def generate(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        """The engine's events for one completion; closing the iterator early stops the engine."""
        ended = False
        try:
            async with self._client.stream("POST", "/completion", json={**body, "stream": True}) as response:
                if response.status_code != 200:
                    raise _refused(response.status_code, await response.aread())
                async for line in response.aiter_lines():
                    if line.startswith("error:"):
                        raise _refused(500, line.removeprefix("error:").encode())
                    if not line.startswith("data:"):
                        continue
                    event = json.loads(line.removeprefix("data:"))
                    if "error" in event:
                        raise _refused(500, json.dumps(event).encode())
                    yield event
                    ended = bool(event.get("stop"))
        except httpx.HTTPError as exc:
            raise await self._broken(exc) from exc
        if not ended:
            raise await self._broken(ConnectionError("the answer broke off"))

    async def unload(self) -> None:
        """End the worker and wait for it: its memory is free when this returns."""
        worker, self._worker, self.expires = self._worker, None, None
        if worker is None:
            return
        if worker.alive:
            worker.process.kill()
        await worker.process.wait()
        await worker.client.aclose()
        await worker.drain

    async def release(self, keep: float) -> None:
        """After a call: unload now, or `keep` seconds from now if no call comes in between."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if keep <= 0:
            await self.unload()
        elif self._worker is None:
            return
        elif keep == FOREVER or keep > 10**9:
            self.expires = ENDLESS
        else:
            self.expires = datetime.now(UTC) + timedelta(seconds=keep)
            self._timer = asyncio.get_running_loop().call_later(keep, self._expire)

    def _expire(self) -> None:
        async def expire(at: datetime | None) -> None:
            async with self.slot:
                if self.expires == at:
                    await self.unload()

        task = asyncio.create_task(expire(self.expires))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _refused(status: int, content: bytes) -> Refused:
    try:
        error = json.loads(content)["error"]
        message = error["message"] if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError):
        message = content.decode("utf-8", "replace")[:500]
    return Refused(400 if status == 400 else 500, message)
