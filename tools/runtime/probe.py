"""What a server that speaks Ollama's API says about itself and its models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from chimera_report.tools import wire
from chimera_report.tools.errors import RuntimeFailed
from chimera_report.tools.runtime.address import is_loopback

CONNECT = 2.0  # seconds; a server that needs longer to accept is not there
LOOK = 10.0  # seconds for all that it says of itself
SILENT = 300.0  # seconds without a word, after which a server that fetches a model is given up
LONGEST_PULL = 24 * 3600.0
# What JSON that is not as it should be leads to: of another type, without a field, with a size that is no number.
_ODD = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
Progress = Callable[[str, int, int], None]  # status, bytes done, bytes in all

# Which gemma3 to take when the user names none: the smallest that writes well first, then what is there.
PREFERRED = ("gemma3:4b", "gemma3:latest", "gemma3:12b", "gemma3:27b", "gemma3:1b", "gemma3:270m")


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    digest: str
    size: int  # bytes
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    base_url: str
    version: str
    embedded: bool
    models: tuple[Model, ...]


def client(url: str, read: float | None = LOOK) -> httpx.Client:
    """A client for `url`; a proxy of the environment is not used for this machine."""
    return wire.client(url, timeout=httpx.Timeout(read, connect=CONNECT), proxies=not is_loopback(url))


def look(url: str) -> Server | None:
    """The server at `url`, or None when nothing there answers as Ollama does."""
    try:
        with client(url) as http, wire.limited(LOOK):
            version = wire.parsed(http.get("/api/version").raise_for_status().content)
            tags = wire.parsed(http.get("/api/tags").raise_for_status().content)
        models = tuple(
            Model(str(m["name"]), str(m.get("digest") or ""), int(m.get("size") or 0), dict(m.get("details") or {}))
            for m in tags.get("models") or ()
        )
        return Server(url, str(version["version"]), "embedded" in str(version.get("runtime", "")), models)
    except (httpx.HTTPError, httpx.InvalidURL, *_ODD):
        return None


def look_openai(url: str, headers: dict[str, str] | None = None) -> Server | None:
    """The server at `url` (which ends in /v1) that speaks OpenAI's API, or None. Its models have a name and no more."""
    try:
        proxies = not is_loopback(url)
        timeout = httpx.Timeout(LOOK, connect=CONNECT)
        with wire.client(url, timeout=timeout, proxies=proxies, headers=headers) as http, wire.limited(LOOK):
            answer = http.get("/models").raise_for_status()
        data = wire.parsed(answer.content)["data"]
        models = tuple(Model(str(m["id"]), "", 0, {}) for m in data)
        return Server(url, answer.headers.get("server", "OpenAI-compatible")[:60], False, models)
    except (httpx.HTTPError, httpx.InvalidURL, *_ODD):
        return None


def alive(url: str) -> bool:
    """Whether anything at all answers at `url`, after an answer that broke off."""
    try:
        with client(url, CONNECT) as http, wire.limited(2 * CONNECT):
            http.get("/api/version")
    except httpx.HTTPError:
        return False
    return True


def thinking(url: str, model: str) -> bool | str | None:
    """What `think` has to be so that a model words a sentence without thinking first: None where it has no thinking,
    False to switch it off, "low" for a family that cannot be told not to (gpt-oss). None also where nothing is said."""
    try:
        with client(url) as http, wire.limited(LOOK, wire.SHOWN):
            shown = wire.parsed(http.post("/api/show", json={"model": model}).raise_for_status().content)
        if "thinking" not in (shown.get("capabilities") or ()):
            return None
        return "low" if "gptoss" in str((shown.get("details") or {}).get("family", "")).replace("-", "") else False
    except (httpx.HTTPError, *_ODD):
        return None


def choose(models: Sequence[Model], wanted: str | None) -> Model | None:
    """The model that `wanted` means (no tag means latest, as in Ollama), or the preferred gemma3 when it is None."""
    by_name = {m.name.lower(): m for m in models}
    if wanted is not None:
        asked = wanted.strip().lower()
        return by_name.get(asked) or (by_name.get(f"{asked}:latest") if ":" not in asked else None)
    for name in PREFERRED:
        if name in by_name:
            return by_name[name]
    return next((m for m in sorted(models, key=lambda m: -m.size) if m.name.lower().startswith("gemma3")), None)


def pull(url: str, model: str, progress: Progress | None) -> None:
    """Have the server fetch `model`. Raises RuntimeFailed with what it said."""
    import ollama

    transport = wire.Transport(url, proxies=not is_loopback(url))
    asked = ollama.Client(host=url, timeout=SILENT, follow_redirects=False, headers=wire.HEADERS, transport=transport)
    try:
        with transport, wire.limited(LONGEST_PULL, wire.SHOWN):  # its progress alone: the server keeps the weights
            said = ""
            for step in asked.pull(model, stream=True):
                said = step.status or ""
                if progress is not None:
                    progress(said, step.completed or 0, step.total or 0)
            if said != "success":
                raise ValueError(f"its last word was {said[:100]!r}, not 'success'")
    except (ollama.ResponseError, httpx.HTTPError, ConnectionError, RecursionError, *_ODD) as exc:
        said = exc.error if isinstance(exc, ollama.ResponseError) else str(exc)  # not its status, which is often none
        raise RuntimeFailed(
            f"the model {model} could not be pulled: {said}", where=url, hint=f"try `ollama pull {model}`"
        ) from exc
