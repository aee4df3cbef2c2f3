"""Servers that speak OpenAI's API (vLLM, SGLang, llama.cpp, LM Studio): what they tell, and one streamed request.

An address that ends in /v1 is one of these. The API has no loading and unloading, no options of a load, no memory and
no clock of the server, so there are no cold starts, and rates are the client's; llama.cpp adds `timings`, which are
used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from chimera_report.tools import wire

API = "OpenAI's"  # in a receipt
NOT_TOLD = (
    "This server speaks OpenAI's API, which has no loading, no memory of a model and no clock of the server: no cold "
    "start is measured, options of a load stay as the server was started with, and rates are the client's where the "
    "server adds no timings of its own."
)
# Options of Ollama → of this API; what it does not know is not sent.
_OPTIONS = {
    "num_predict": "max_tokens", "temperature": "temperature", "top_p": "top_p", "seed": "seed", "stop": "stop",
    "presence_penalty": "presence_penalty", "frequency_penalty": "frequency_penalty",
}  # fmt: skip
# llama.cpp's own, in ms and tokens → counters as Ollama has them (ns). `predicted_ms` starts after the first token.
_TIMINGS = {"prompt_ms": "prompt_eval_duration", "predicted_ms": "eval_duration"}


def speaks(http: httpx.Client) -> bool:
    """Whether a client's address is that of such a server."""
    return http.base_url.path.rstrip("/").endswith("/v1")


def sets(option: str) -> bool:
    """Whether a request can set this option of Ollama's."""
    return option in _OPTIONS or option == "think"


def thinking(wanted: bool | str) -> dict[str, Any]:
    """What asks for an answer with or without thinking: the variables that templates have for it (Qwen and GLM
    `enable_thinking`, DeepSeek and Granite `thinking`), which vLLM, SGLang and llama.cpp hand on; or a level, as
    gpt-oss has it. Templates without them ignore them; a server that does not know them says so."""
    if isinstance(wanted, str):
        return {"reasoning_effort": wanted}
    return {"chat_template_kwargs": {"enable_thinking": wanted, "thinking": wanted}}


def knows_variables(http: httpx.Client) -> bool:
    """Whether a server hands variables on to its template: vLLM, SGLang and llama.cpp do, and each has a path of its
    own by which it is known. Others may refuse a request with words that they do not know."""
    root = str(http.base_url).rstrip("/").removesuffix("/v1")
    for path in ("/version", "/props", "/get_model_info"):
        try:
            with wire.limited(5.0, wire.SHOWN):
                answer = http.get(root + path)
            if answer.status_code == 200 and isinstance(wire.parsed(answer.content), dict):
                return True
        except (httpx.HTTPError, ValueError):
            continue
    return False


def sent(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request for Ollama as one for this API: a chat of one message, so that the server's template is used."""
    asked = openai_body(
        request["model"], [("user", request["prompt"])], request.get("options") or {}, request.get("format")
    )
    return asked | (thinking(wanted) if (wanted := request.get("think")) is not None else {})


def openai_body(
    name: str, messages: Sequence[tuple[str, str]], options: Mapping[str, Any], schema: Any | None
) -> dict[str, Any]:
    """A chat as this API takes it, streamed with usage; a schema as its structured output."""
    asked: dict[str, Any] = {"model": name, "messages": [{"role": r, "content": t} for r, t in messages]}
    asked |= {_OPTIONS[k]: v for k, v in options.items() if k in _OPTIONS}
    asked |= {"stream": True, "stream_options": {"include_usage": True}}
    if schema is not None:
        form = {"name": "answer", "schema": schema if isinstance(schema, dict) else {"type": "object"}}
        asked["response_format"] = {"type": "json_schema", "json_schema": form}
    return asked


class OpenAIChunks:
    """Reads the lines of a stream one by one: text, thinking, and at its end the counters."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}
        self.reason = ""
        self.ended = False

    def read(self, line: bytes) -> tuple[str, str]:
        """(thinking, text) of a line of server-sent events. ValueError with what is wrong, or what the server says."""
        if line.startswith(b":") or not line.startswith(b"data:"):
            return "", ""
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            self.ended = True
            return "", ""
        message = wire.parsed(data)
        if not isinstance(message, dict):
            raise ValueError("a line that is not a JSON object")
        if message.get("error"):
            said = message["error"]
            raise ValueError(f"server error: {said.get('message', said) if isinstance(said, dict) else said}")
        self._count(message)
        choices = message.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        self.reason = str(choice.get("finish_reason") or self.reason)
        delta = choice.get("delta") if isinstance(choice.get("delta"), dict) else {}
        said = delta or {}
        # vLLM before 0.11, SGLang and llama.cpp have the first name, vLLM since then, LM Studio and Ollama the second.
        thoughts, text = said.get("reasoning_content") or said.get("reasoning") or "", said.get("content") or ""
        if not isinstance(thoughts, str) or not isinstance(text, str):
            raise ValueError("a line whose content is no text")
        return thoughts, text

    def _count(self, message: dict[str, Any]) -> None:
        usage, timings = message.get("usage"), message.get("timings")
        if isinstance(usage, dict):
            details = usage.get("prompt_tokens_details")
            cached = details.get("cached_tokens") if isinstance(details, dict) else None
            found = {
                "prompt_eval_count": usage.get("prompt_tokens"),
                "eval_count": usage.get("completion_tokens"),
                "prompt_eval_cached_count": cached,
            }
            self.counters |= {k: v for k, told in found.items() if (v := wire.count(told)) is not None}
        if isinstance(timings, dict):
            for name, counter in _TIMINGS.items():
                value = timings.get(name)
                if isinstance(value, int | float) and 0 < value < 2**53 and (ns := wire.count(value * 1e6)) is not None:
                    self.counters[counter] = ns
            if (cached := wire.count(timings.get("cache_n"))) is not None:
                self.counters["prompt_eval_cached_count"] = cached


def version(http: httpx.Client) -> dict[str, Any]:
    """What the server is, as far as it says: vLLM has /version, llama.cpp /props; else the header of its answers."""
    root = str(http.base_url).rstrip("/").removesuffix("/v1")
    for path, key in (("/version", "version"), ("/props", "build_info")):
        try:
            with wire.limited(5.0, wire.SHOWN):
                answer = http.get(root + path)
            said = wire.parsed(answer.content) if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            continue
        if isinstance(said, dict) and isinstance(said.get(key), str):
            return {"version": said[key][:100], "api": API}
    return {"version": "unknown", "api": API}


def model(listed: dict[str, Any], name: str) -> dict[str, Any] | None:
    """What /v1/models says of a model; None where it is not listed."""
    data = listed.get("data")
    entry = next(
        (m for m in (data if isinstance(data, list) else ()) if isinstance(m, dict) and m.get("id") == name), None
    )
    if entry is None:
        return None
    meta = entry.get("meta") if isinstance(entry.get("meta"), dict) else {}
    parameters, size = (meta or {}).get("n_params"), (meta or {}).get("size")
    return {
        "name": name,
        "listed_as": name,
        "digest": None,
        "size_bytes": size if isinstance(size, int) else None,
        "format": None,
        "family": None,
        "parameters": None,
        "quantisation": None,
        "architecture": None,
        "parameter_count": parameters if isinstance(parameters, int) else None,
        "context_length": entry.get("max_model_len") or (meta or {}).get("n_ctx_train"),
        "own_parameters": "",
        "capabilities": [],
        "template_sha256": "",
    }
