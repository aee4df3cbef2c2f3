"""What a client may ask of the embedded runtime, checked: options, keep_alive, format. A fault is a `Refused`, 400."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chimera_report.tools.grammar import deadly, unanchored
from chimera_report.tools.schema import OPTION_RANGES

DEFAULT_CTX = 4096
DEFAULT_PREDICT = 512  # a base model often does not stop by itself
KEEP_ALIVE = 300.0  # seconds, as Ollama's
FOREVER = math.inf

# Ollama's name → (the engine's name, type). Defaults are Ollama's (api/types.go, DefaultOptions).
SAMPLING: dict[str, tuple[str, type]] = {
    "seed": ("seed", int),
    "temperature": ("temperature", float),
    "top_k": ("top_k", int),
    "top_p": ("top_p", float),
    "min_p": ("min_p", float),
    "typical_p": ("typical_p", float),
    "repeat_last_n": ("repeat_last_n", int),
    "repeat_penalty": ("repeat_penalty", float),
    "presence_penalty": ("presence_penalty", float),
    "frequency_penalty": ("frequency_penalty", float),
    "mirostat": ("mirostat", int),
    "mirostat_tau": ("mirostat_tau", float),
    "mirostat_eta": ("mirostat_eta", float),
    "num_keep": ("n_keep", int),
    "cache_prompt": ("cache_prompt", bool),  # not Ollama's: off, no prompt is answered from the cache
}
DEFAULTS: dict[str, Any] = {
    "temperature": 0.8,
    "top_k": 40,
    "top_p": 0.9,
    "min_p": 0.0,
    "typical_p": 1.0,
    "repeat_last_n": 64,
    "repeat_penalty": 1.1,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "seed": -1,
    "cache_prompt": True,
}
LOADING: dict[str, type] = {
    "num_ctx": int,
    "num_batch": int,
    "num_thread": int,
    "num_gpu": int,
    "main_gpu": int,
    "use_mmap": bool,
}
NO_LOAD = (
    "model failed to load, this may be due to resource limitations or an internal error, check ollama server logs for "
    "details"
)  # as Ollama says it


class Refused(Exception):
    """What the client gets instead of an answer: a status code and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Load:
    """What a worker is started with; another value means another worker."""

    num_ctx: int = DEFAULT_CTX  # tokens
    num_batch: int = 512
    num_thread: int = 0  # 0: the physical cores that this process may use
    num_gpu: int = -1  # layers; -1: as many as fit
    main_gpu: int = 0
    use_mmap: bool = True


@dataclass(frozen=True, slots=True)
class Options:
    load: Load
    sampling: dict[str, Any] = field(default_factory=dict)  # in the engine's names
    stop: tuple[str, ...] = ()
    predict: int = DEFAULT_PREDICT  # tokens; none or fewer: until the context is full


def _typed(name: str, value: object, kind: type) -> Any:
    """`value` as `kind`, as Go reads JSON into it: 2.0 is an integer, "2" and true are none."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is float and number and math.isfinite(value):  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type]
    if kind is int and number and math.isfinite(value) and value == int(value):  # type: ignore[arg-type, call-overload]
        return int(value)  # type: ignore[call-overload]
    wanted = {bool: "boolean", float: "float32", int: "integer"}[kind]
    raise Refused(500, f'option "{name}" must be of type {wanted}')


def options(given: object, max_ctx: int) -> Options:
    """The request's options over the defaults. Unknown names are ignored, as Ollama does; bad values are refused."""
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise Refused(400, "options must be an object")
    sampling, load, stop, predict = dict(DEFAULTS), {}, (), DEFAULT_PREDICT
    for name, value in given.items():
        if value is None:
            continue
        if name == "stop":
            if not isinstance(value, list):
                raise Refused(500, 'option "stop" must be of type array')
            if not all(isinstance(s, str) for s in value):
                raise Refused(500, 'option "stop" must be of an array of strings')
            stop = tuple(s for s in value if s)
        elif name == "num_predict":
            predict = _typed(name, value, int)
        elif name in LOADING:
            load[name] = _typed(name, value, LOADING[name])
        elif name in SAMPLING:
            sampling[name] = _typed(name, value, SAMPLING[name][1])
        low, high = (8, None) if name == "num_ctx" else OPTION_RANGES.get(name, (None, None))
        number: Any = value
        if name == "num_batch" and not isinstance(value, list) and number < 1:
            raise Refused(500, NO_LOAD)
        if (low is not None and number < low) or (high is not None and number > high):
            raise Refused(400, f'option "{name}" is {value}, out of its range')
    if load.get("num_ctx", 0) > max_ctx:
        load["num_ctx"] = max_ctx  # as Ollama does, without a word; /api/ps has the context in force
    sampling["seed"] &= 0xFFFFFFFF  # −1, a random seed, is the engine's 2³² − 1
    return Options(Load(**load), {SAMPLING[n][0]: v for n, v in sampling.items()}, stop, predict)


UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def keep_alive(given: object) -> float:
    """Seconds that the model stays loaded after the call; a number is seconds, a string a Go duration, < 0 forever."""
    if given is None:
        return KEEP_ALIVE
    if isinstance(given, int | float) and not isinstance(given, bool):
        return FOREVER if given < 0 else float(given)
    if isinstance(given, str):
        body = given.lstrip("+-")
        pieces = DURATION.findall(body)
        if pieces and "".join(n + u for n, u in pieces) == body:
            return FOREVER if given.startswith("-") else sum(float(n) * UNITS[u] for n, u in pieces)
        if body == "0":
            return 0.0
        if re.fullmatch(r"[\d.]+", body):
            raise Refused(400, f'time: missing unit in duration "{given}"')
        raise Refused(400, f"time: invalid duration {json.dumps(given)[:80]}")
    kinds = {bool: "bool", list: "[]interface {}", dict: "map[string]interface {}"}
    raise Refused(400, f"Unsupported type: '{kinds.get(type(given), type(given).__name__)}'")


def schema(given: object) -> dict[str, Any] | None:
    """The JSON schema that the output has to follow, or None for free text.

    The engine ignores a schema that it cannot compile, so it is compiled here first, by the engine's own library: an
    invalid schema and a keyword that cannot be enforced are both refused, with 500, as Ollama does it.
    """
    if given is None or given == "":
        return None
    if given == "json":
        return {"type": "object"}
    if not isinstance(given, dict):
        shown = json.dumps(json.dumps(given))[:80]
        raise Refused(500, f'invalid format: {shown}; expected "json" or a valid JSON Schema object')
    if fault := deadly(given):  # this engine takes it; what it stands for would be gone with all its models
        raise Refused(500, f"this format may end an Ollama server: {fault}")
    if (pattern := unanchored(given)) is not None:
        raise Refused(
            500, f"invalid JSON schema in format: the pattern {pattern[:60]!r} has to begin with ^ and end with $"
        )
    import jsonschema
    from llguidance import LLMatcher

    try:
        jsonschema.Draft202012Validator.check_schema(given)
    except jsonschema.SchemaError as exc:
        place = "/".join(str(p) for p in exc.absolute_path)
        raise Refused(500, f"invalid JSON schema in format at /{place}: {exc.message}") from exc
    problem = LLMatcher.validate_grammar(LLMatcher.grammar_from_json_schema(given))
    if problem:
        raise Refused(500, f"invalid JSON schema in format: {problem}")
    return given


def guided(wanted: dict[str, Any]) -> dict[str, Any]:
    """The schema as the engine gets it: without free white space, in which a small model would run on."""
    guidance = wanted.get("x-guidance")
    return {**wanted, "x-guidance": {"whitespace_flexible": False, **(guidance if isinstance(guidance, dict) else {})}}


def disobeys(text: str, wanted: dict[str, Any]) -> str | None:
    """Why a finished output is not what the schema asks for, or None."""
    import jsonschema

    try:
        jsonschema.Draft202012Validator(wanted).validate(json.loads(text))
    except ValueError as exc:
        return f"it is not JSON: {exc}"
    except jsonschema.ValidationError as exc:
        return exc.message
    return None


def threads(load: Load) -> int:
    """Threads of a worker: as asked, else the physical cores, within those that this process may use."""
    import psutil

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return load.num_thread or max(1, min(psutil.cpu_count(logical=False) or usable, usable))
