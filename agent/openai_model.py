"""A model behind OpenAI's API, for drafting: the same record, deadline and journal as one behind Ollama's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chimera_report.agent.model import Call, Message, OllamaModel
from chimera_report.tools import wire
from chimera_report.tools.bench import OpenAIChunks, openai_body
from chimera_report.tools.runtime import is_loopback
from chimera_report.tools.schema import Json


class OpenAIModel(OllamaModel):
    """Streams /v1/chat/completions with usage. Seconds of the server are known where it adds llama.cpp's timings."""

    def __init__(self, *, headers: dict[str, str], **given: Any) -> None:
        super().__init__(**given)
        self._headers = headers  # with the key; nothing of them is in a record

    def _ask(
        self, key: str, purpose: str, messages: Sequence[Message], schema: Json | None, options: dict[str, int | float]
    ) -> Call:
        import httpx

        started = self._clock()
        chunks, text, reason, error = OpenAIChunks(), "", "", ""
        body = openai_body(self._name, messages, options, schema)
        timeout = httpx.Timeout(self._settings.timeout)
        proxies = not is_loopback(self._base_url)
        try:
            with (
                wire.limited(self._settings.timeout),
                wire.client(self._base_url, timeout=timeout, proxies=proxies, headers=self._headers) as http,
                http.stream("POST", "/chat/completions", content=json.dumps(body).encode()) as response,
            ):
                if response.status_code != 200:
                    error = f"HTTP {response.status_code}: {response.read()[:300].decode('utf-8', 'replace')}"
                else:
                    for line in response.iter_lines():
                        text += chunks.read(line.encode())[1]
                    error = "" if chunks.ended else "the stream ended without its last line"
        except httpx.TimeoutException:
            reason = "timeout"
        except (httpx.HTTPError, ValueError) as exc:
            error = f"{type(exc).__name__}: {exc}"[:500]
            self._lost = self._death(error) if isinstance(exc, httpx.TransportError) else ""
            error = self._lost or error

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
