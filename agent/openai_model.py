"""A model behind OpenAI's API, for drafting: the same record, deadline and journal as one behind Ollama's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chimera_report.agent.model import SPENT, Call, Message, OllamaModel, spent
from chimera_report.tools import wire
from chimera_report.tools.bench import OpenAIChunks, knows_variables, openai_body, thinking
from chimera_report.tools.runtime import is_loopback
from chimera_report.tools.schema import Json

if TYPE_CHECKING:
    import httpx


class OpenAIModel(OllamaModel):
    """Streams /v1/chat/completions with usage. Seconds of the server are known where it adds llama.cpp's timings.

    A model that thinks is told not to, where the server hands that on to its template. One that thinks all the same and
    never gets to its answer is asked once more, with more tokens, and so is all that comes after.
    """

    def __init__(self, *, headers: dict[str, str], **given: Any) -> None:
        super().__init__(**given)
        self._headers = headers  # with the key; nothing of them is in a record
        self._thought = False  # in the last call
        self._told: dict[str, Any] | None = None  # what tells the model not to think; None: not known yet

    def ask(self, purpose: str, messages: Sequence[Message], schema: Json | None, *, tokens: int | None = None) -> Call:
        call = super().ask(purpose, messages, schema, tokens=tokens)
        if self._think is None and self._thought and (call.error.startswith(SPENT) or call.done_reason == "length"):
            self._think = "low"  # from here on its thoughts are allowed for
            call = super().ask(purpose, messages, schema, tokens=tokens)
        return call

    def _body(
        self, http: httpx.Client, messages: Sequence[Message], options: dict[str, int | float], schema: Json | None
    ) -> bytes:
        if self._told is None:
            self._told = thinking(False) if knows_variables(http) else {}
        return json.dumps(openai_body(self._name, messages, options, schema) | self._told).encode()

    def _ask(
        self, key: str, purpose: str, messages: Sequence[Message], schema: Json | None, options: dict[str, int | float]
    ) -> Call:
        import httpx

        started = self._clock()
        chunks, text, reason, error, thoughts = OpenAIChunks(), "", "", "", 0
        timeout = httpx.Timeout(self._settings.timeout)
        proxies = not is_loopback(self._base_url)
        try:
            with (
                wire.limited(self._settings.timeout),
                wire.client(self._base_url, timeout=timeout, proxies=proxies, headers=self._headers) as http,
                http.stream(
                    "POST", "/chat/completions", content=self._body(http, messages, options, schema)
                ) as response,
            ):
                if response.status_code != 200:
                    error = f"HTTP {response.status_code}: {response.read()[:300].decode('utf-8', 'replace')}"
                else:
                    for line in response.iter_lines():
                        thought, piece = chunks.read(line.encode())
                        text += piece
                        thoughts += len(thought)
                    error = "" if chunks.ended else "the stream ended without its last line"
        except httpx.TimeoutException:
            reason = "timeout"
        except (httpx.HTTPError, ValueError) as exc:
            error = f"{type(exc).__name__}: {exc}"[:500]
            self._lost = self._death(error) if isinstance(exc, httpx.TransportError) else ""
            error = self._lost or error

        self._thought = thoughts > 0
        if thoughts and not text and not error:
            error = spent(options)

        def seconds(name: str) -> float | None:
            value = chunks.counters.get(name)
            return None if value is None else value / 1e9

        return Call(
            key=key,
            purpose=purpose,
            messages=[(r, t) for r, t in messages],
            schema_=schema,
            output=text,
            done_reason=reason or ("error" if error else chunks.reason),
            error=error,
            seconds=self._clock() - started,
            prompt_tokens=chunks.counters.get("prompt_eval_count"),
            output_tokens=chunks.counters.get("eval_count"),
            prompt_eval_s=seconds("prompt_eval_duration"),
            eval_s=seconds("eval_duration"),
        )
