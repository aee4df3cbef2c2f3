"""Programs that served one model under their own names: `local-model`, `qwen2.5-coder:7b`, `Qwen2.5-Coder-7B-Instruct`.

A column of programs is the backend, whatever it is called. Where each program of a file has one name for its model, and
the names differ only in how a program writes them, they are one model.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import normalise

from .reading import GIVEN, STEP, Column
from .rows import Coded
from .same_model import rename

if TYPE_CHECKING:
    from .columns import Columns
    from .identify import FileTable

_COLUMNS = frozenset(("name", "runner", "engine", "server", "tool", "runtime", "framework", "app", "client", "stack"))
_ENGINES = frozenset((
    "vllm", "sglang", "tgi", "llamacpp", "llamaserver", "ollama", "mlx", "mlxlm", "lmdeploy", "tensorrtllm",
    "trtllm", "exllama", "exllamav2", "mlc", "mlcllm", "openvino", "deepspeed", "lmstudio", "localai", "koboldcpp",
    "jan", "gpt4all", "llamafile", "transformers", "onnxruntime", "ctranslate2", "tabbyapi", "aphrodite",
    "mistralrs",
))  # fmt: skip
# What a program calls the model that it has loaded, whichever that is.
_PLACEHOLDERS = frozenset((
    "localmodel", "default", "model", "custom", "custommodel", "loadedmodel", "auto", "current", "any", "defaultmodel",
))  # fmt: skip
# What one program adds to a model's name and another leaves out.
_ADDED = frozenset(("instruct", "it", "chat", "latest", "gguf", "mlx", "hf", "community", "lmstudio", "model"))
_QUANT = re.compile(r"i?q\d(?:[_-](?:\d|k|s|m|l|xs|xl))*|[48]bit|fp?16|bf16|fp8|awq|gptq", re.IGNORECASE)


def engines(table: dict[str, Column], found: Columns) -> None:
    """Take a column all of whose texts are programs that serve models for the backend, where no other is."""
    if "backend" in found.factors:
        return
    for column in found.rest:
        leaf = normalise(column.rpartition(STEP)[2])
        if column.startswith(GIVEN) or leaf not in _COLUMNS or table[column].dtype != object:
            continue
        texts = {v for v in table[column].tolist() if isinstance(v, str) and v.strip()}
        if texts and all(_plain(v.partition("(")[0]) in _ENGINES for v in texts):
            found.factors["backend"] = column
            found.rest = [c for c in found.rest if c != column]
            return


def one_model(files: list[FileTable]) -> None:
    """Give the models of a file one name where its programs only write it differently."""
    for file in files:
        subjects = sorted({s for rows in file.rows for s in rows.used("subject")})
        if len(subjects) < 2:
            continue
        real = [s for s in subjects if _plain(s) not in _PLACEHOLDERS]
        if not real or not all(_same(a, b) for a in real for b in real):
            continue
        if len(real) == len(subjects) and not _one_each(file, subjects):
            continue
        best = max(real, key=lambda s: (":" not in s, len(s)))
        rename(file, dict.fromkeys(subjects, best))


def _one_each(file: FileTable, subjects: list[str]) -> bool:
    """Whether each program of the file has one name for its model, and no two the same."""
    of: dict[str, set[str]] = defaultdict(set)
    for rows in file.rows:
        backend, subject = rows.factors.get("backend"), rows.texts.get("subject", "")
        if backend is None:
            return False
        own = subject.array() if isinstance(subject, Coded) else [subject] * len(rows)
        for engine, name in {(str(a), str(b)) for a, b in zip(backend.array(), own, strict=True) if a and b}:
            of[engine].add(name)
    return len(of) == len(subjects) and all(len(v) == 1 for v in of.values())


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _same(one: str, other: str) -> bool:
    a, b = _words(one), _words(other)
    return bool(a & b) and any(c.isdigit() for w in a & b for c in w) and (a <= b or b <= a)


def _words(name: str) -> frozenset[str]:
    """The words of a model's name that every program writes: its family, its size."""
    leaf = _QUANT.sub(" ", name.rpartition("/")[2].lower().removesuffix(".gguf"))
    words = re.findall(r"[a-z]+\d[\d.]*[a-z]?|[a-z]+|\d[\d.]*[bm]?", leaf)
    return frozenset(words) - _ADDED
