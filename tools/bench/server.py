"""What a server says of itself: version, models, what is loaded; and unloading, so that a cold start is one."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

import httpx

from chimera_report.tools import wire
from chimera_report.tools.bench import openai
from chimera_report.tools.bench.ceiling import weight_bytes
from chimera_report.tools.bench.compute import prompt_weights
from chimera_report.tools.errors import RuntimeFailed, RuntimeMissing

ASKED_S = 60.0  # for an answer about itself: unloading a large model takes its time


def call(
    http: httpx.Client, method: str, path: str, body: dict[str, Any] | None = None, timeout_s: float | None = None
) -> dict[str, Any]:
    """A JSON object from the server. RuntimeFailed when it does not answer or says no; RuntimeMissing for a 404."""
    try:
        with wire.limited(ASKED_S if timeout_s is None else timeout_s, wire.SHOWN):
            response = http.request(method, path, json=body)
        data = wire.parsed(response.content)
    except httpx.HTTPError as exc:
        raise RuntimeFailed(
            f"the server does not answer: {exc or type(exc).__name__}",
            where=f"{http.base_url}{path}",
            hint="is it running? `chimera-report doctor` shows what was found",
        ) from exc
    except ValueError as exc:
        raise RuntimeFailed("the server answered something that is not JSON", where=f"{http.base_url}{path}") from exc
    if response.status_code != 200 or not isinstance(data, dict):
        message = data.get("error", data) if isinstance(data, dict) else data
        kind = RuntimeMissing if response.status_code == 404 else RuntimeFailed
        raise kind(f"HTTP {response.status_code}: {str(message)[:300]}", where=f"{http.base_url}{path}")
    return data


def version(http: httpx.Client) -> dict[str, Any]:
    """All that /api/version says. RuntimeFailed when there is no server."""
    if openai.speaks(http):
        call(http, "GET", "/models")
        return openai.version(http)
    return call(http, "GET", "/api/version")


def model_info(http: httpx.Client, model: str) -> dict[str, Any]:
    """Listed name, digest, size, format, quantisation, parameters of a model. RuntimeMissing when it is not there."""
    if openai.speaks(http):
        told = openai.model(call(http, "GET", "/models"), model)
        if told is None:
            raise RuntimeMissing(f"the server has no model {model!r}", where=str(http.base_url))
        return told
    try:
        shown = call(http, "POST", "/api/show", {"model": model})
    except RuntimeFailed:
        raise
    except RuntimeMissing as exc:
        raise RuntimeMissing(
            f"the server has no model {model!r}",
            where=str(http.base_url),
            hint=f"`ollama pull {model}`, or run again with --pull",
        ) from exc
    listed = _objects(call(http, "GET", "/api/tags").get("models"))
    tag: dict[str, Any] = _entry(listed, model) or {}
    if not tag:  # a name that the server understands, but lists under another one: the one with the same details
        same = [m for m in listed if m.get("details") == shown.get("details")]
        tag = same[0] if len(same) == 1 else {}
    details = _object(shown.get("details")) or _object(tag.get("details"))
    info = _object(shown.get("model_info"))
    return {
        "name": model,
        "listed_as": tag.get("name") or model,
        "digest": tag.get("digest"),
        "size_bytes": tag.get("size"),
        "format": details.get("format"),
        "family": details.get("family"),
        "parameters": details.get("parameter_size"),
        "quantisation": details.get("quantization_level"),
        "architecture": info.get("general.architecture"),
        "parameter_count": info.get("general.parameter_count"),
        "context_length": info.get(f"{info.get('general.architecture')}.context_length"),
        "own_parameters": in_order(shown.get("parameters")),  # of its Modelfile: what holds where an option is not sent
        "weight_bytes": weight_bytes(tensors(shown), info),  # that a token reads
        "prompt_weights": prompt_weights(tensors(shown), info),  # that a token of a prompt is multiplied with
        "header": {k: v for k, v in info.items() if _of_cache(k) and isinstance(v, int | str)},
        "capabilities": [c for c in _list(shown.get("capabilities")) if isinstance(c, str)],
        "blob": blob(shown),
        "template_sha256": hashlib.sha256(str(shown.get("template") or "").encode()).hexdigest()[:12],
    }


def tensors(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """Name, type and shape of each tensor, where /api/show has them (Ollama since 0.6)."""
    return _objects(shown.get("tensors"))


def _list(value: object) -> list[Any]:
    """A list that a server was to send; nothing where it sent anything else."""
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[dict[str, Any]]:
    return [v for v in _list(value) if isinstance(v, dict)]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _of_cache(key: str) -> bool:
    """Whether the size of a cache of keys and values follows from this entry of a header."""
    return key == "general.architecture" or key.partition(".")[2] in (
        "block_count", "embedding_length", "attention.head_count", "attention.head_count_kv", "attention.key_length",
        "attention.value_length", "attention.sliding_window",
    )  # fmt: skip


def blob(shown: dict[str, Any]) -> str:
    """The name of the file of weights, as Ollama's runner has it in its command line: "sha256-…"; "" where not told."""
    found = re.search(r"(?m)^FROM\s.*\b(sha256-[0-9a-f]{64})\s*$", str(shown.get("modelfile") or ""))
    return found[1] if found else ""


def in_order(parameters: object) -> str:
    """A model's own parameters in one order, and with one space: Ollama gives them in another at each call."""
    lines = parameters.splitlines() if isinstance(parameters, str) else []
    return "\n".join(sorted(" ".join(line.split(None, 1)) for line in lines if line.strip()))


def loaded(http: httpx.Client, model: str) -> dict[str, Any] | None:
    """The entry of /api/ps for a model by the name it is listed as, None when it is not loaded."""
    if openai.speaks(http):
        return {"name": model}  # it says nothing of loads: what it lists, it serves
    return _entry(_objects(call(http, "GET", "/api/ps").get("models")), model)


def all_loaded(http: httpx.Client) -> list[dict[str, Any]]:
    """The entries of /api/ps."""
    if openai.speaks(http):
        return []
    return _objects(call(http, "GET", "/api/ps").get("models"))


def _entry(models: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    names = {name, f"{name}:latest"}
    return next((m for m in models if m.get("name") in names or m.get("model") in names), None)


def unload(http: httpx.Client, model: str, timeout_s: float = 15.0) -> bool:
    """Unload a model and wait until the server no longer lists it; Ollama answers before it is gone."""
    if loaded(http, model) is None:
        return True
    call(http, "POST", "/api/generate", {"model": model, "keep_alive": 0, "stream": False})
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if loaded(http, model) is None:
            return True
        time.sleep(0.05)
    return False
