"""The one place where ChatOllama is built: one call, its deadline, its record."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from chimera_report.agent.settings import Settings
from chimera_report.tools import wire
from chimera_report.tools.grammar import schema_fault
from chimera_report.tools.runtime import alive, is_loopback, orphans
from chimera_report.tools.schema import Json
from chimera_report.tools.store import Journal

THOUGHTS = 1024  # tokens more for a model that thinks before each answer
Role = Literal["system", "user", "assistant"]
Message = tuple[Role, str]


class Call(BaseModel):
    """One finished model call. Times in seconds, as the server measured them."""

    model_config = ConfigDict(frozen=True)

    key: str
    purpose: str  # "draft S012", "repair S012", "probe"
    messages: list[tuple[str, str]]
    schema_: Json = None
    output: str = ""
    done_reason: str = ""  # stop, length, timeout, error
    error: str = ""
    seconds: float = 0.0  # wall time of the client
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    load_s: float | None = None
    prompt_eval_s: float | None = None
    eval_s: float | None = None
    verdict: str = ""  # accepted, or the rules that it broke; set by the writer


class Model(Protocol):
    """What the writer needs of a model. The real one is `OllamaModel`; tests script one."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    def ask(
        self, purpose: str, messages: Sequence[Message], schema: Json | None, *, tokens: int | None = None
    ) -> Call: ...


def call_key(model: str, options: Json, messages: Sequence[Message], schema: Json | None) -> str:
    """The same call has the same key: what a resumed run looks up."""
    text = json.dumps([model, options, list(messages), schema], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def prepare() -> None:
    """Load what the first call needs, for who has to wait for the runtime anyway."""
    import langchain_ollama  # noqa: F401


SPENT = "the model spent all "


def spent(options: Json) -> str:
    """Why there is no answer of a model that thought until its tokens were used up."""
    return f"{SPENT}{options['num_predict']} tokens on thinking"


class OllamaModel:
    """A model behind Ollama's API. Finished calls come from the journal; a new one is on disk before it is used."""

    def __init__(
        self,
        *,
        base_url: str,
        name: str,
        digest: str,
        settings: Settings,
        journal: Journal,
        clock: Callable[[], float] = time.monotonic,
        think: bool | str | None = None,  # as Ollama has it; None: not sent
    ) -> None:
        self._think = think
        self._name = name
        self._digest = digest
        self._settings = settings
        self._journal = journal
        self._clock = clock
        self._base_url = base_url
        self._chat: Any = None
        self._lost = ""

    @property
    def name(self) -> str:
        return self._name

    @property
    def digest(self) -> str:
        return self._digest

    @property
    def lost(self) -> str:
        """How the server was lost; "" while it lives. No call is made after that."""
        return self._lost

    def _client(self) -> Any:
        if self._chat is None:
            import httpx
            from langchain_ollama import ChatOllama

            transport = wire.Transport(
                self._base_url,
                proxies=not is_loopback(self._base_url),
                # ChatOllama has no way to close its connections, so none is kept after its call.
                limits=httpx.Limits(max_keepalive_connections=0),
            )
            self._chat = ChatOllama(
                model=self._name,
                base_url=self._base_url,
                reasoning=self._think,
                client_kwargs={
                    "timeout": self._settings.timeout,
                    "headers": {**wire.HEADERS, **wire.own(self._base_url)},
                    "follow_redirects": False,
                },
                sync_client_kwargs={
                    "transport": transport,
                    "event_hooks": {"response": [wire.refuse_compressed]},
                },
            )
        return self._chat

    def ask(self, purpose: str, messages: Sequence[Message], schema: Json | None, *, tokens: int | None = None) -> Call:
        """One call under the deadline. What the server or the model does wrong is in the Call, never raised.

        `tokens` allows a longer answer than the settings' num_predict.
        """
        options = {**self._settings.options.sent(), "seed": self._settings.seed}
        if tokens is not None:
            options["num_predict"] = max(tokens, self._settings.options.num_predict)
        if isinstance(self._think, str):  # it cannot be told not to think, and its thoughts count
            options["num_predict"] = int(options["num_predict"]) + THOUGHTS
        key = call_key(self._digest or self._name, options, messages, schema)
        if (known := self._journal.get(key)) is not None:
            return Call.model_validate(known)
        fault = schema_fault(schema) if schema is not None else None
        if fault or self._lost:
            why = f"not sent: the schema is not one that every server takes ({fault})" if fault else self._lost
            return Call(
                key=key, purpose=purpose, messages=[(r, t) for r, t in messages], done_reason="error", error=why
            )
        call = self._ask(key, purpose, messages, schema, options)
        if not call.error:
            self._journal.put(key, call.model_dump(mode="json"))
        return call

    def _death(self, error: str) -> str:
        """Whether the server is still there after a call that broke off; what to say when it is not."""
        if alive(self._base_url):
            return ""
        left = orphans()
        names = ", ".join(f"{name} (process {pid})" for name, pid in left)
        return f"the model server at {self._base_url} died during a call ({error})" + (
            f"; of it are left: {names}, which still hold memory and can be ended" if left else ""
        )

    def _ask(
        self, key: str, purpose: str, messages: Sequence[Message], schema: Json | None, options: dict[str, int | float]
    ) -> Call:
        started = self._clock()
        text, reason, error, thoughts = "", "", "", 0
        meta: dict[str, Any] = {}
        try:
            extra = {"format": schema} if schema else {}
            # `options=` replaces all of ChatOllama's own, so this is everything that is sent.
            stream = self._client().stream([(r, t) for r, t in messages], options=options, **extra)
            with wire.limited(self._settings.timeout):
                for chunk in stream:
                    text += chunk.content if isinstance(chunk.content, str) else ""
                    thoughts += len(str(chunk.additional_kwargs.get("reasoning_content") or ""))
                    meta = chunk.response_metadata or meta
                    if self._clock() - started > self._settings.timeout:
                        stream.close()
                        reason = "timeout"
                        break
        except Exception as exc:  # noqa: BLE001  a server can fail in any way; the code's own sentence takes over
            error = f"{type(exc).__name__}: {exc}"[:500]
            reason = "timeout" if "Timeout" in error else "error"
            self._lost = self._death(error) if reason == "error" else ""
            error = self._lost or error

        if thoughts and not text and not error:
            error = spent(options)

        def seconds(name: str) -> float | None:
            value = wire.count(meta.get(name))
            return None if value is None else value / 1e9

        return Call(
            key=key,
            purpose=purpose,
            messages=[(r, t) for r, t in messages],
            schema_=schema,
            output=text,
            done_reason=reason or str(meta.get("done_reason") or ""),
            error=error,
            seconds=self._clock() - started,
            prompt_tokens=wire.count(meta.get("prompt_eval_count")),
            output_tokens=wire.count(meta.get("eval_count")),
            load_s=seconds("load_duration"),
            prompt_eval_s=seconds("prompt_eval_duration"),
            eval_s=seconds("eval_duration"),
        )
