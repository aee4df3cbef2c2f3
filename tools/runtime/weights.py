"""A GGUF file that a user names as the model: what it says of itself, as an entry beside those of the catalogue."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from pathlib import Path

from chimera_report.tools.errors import RuntimeMissing
from chimera_report.tools.runtime import gguf
from chimera_report.tools.runtime.catalog import Entry

SUFFIX = ".gguf"
# general.file_type → quantisation (llama.cpp's enum llama_ftype), the usual ones.
TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 32: "BF16",
}  # fmt: skip


def is_file(name: str | None) -> bool:
    """Whether a model's name is that of a file of weights."""
    return name is not None and name.lower().endswith(SUFFIX)


def entry_of(path: Path, cache: Path) -> Entry:
    """The model in a GGUF file. Its sha256 is worked out once and kept in `cache` with the file's size and time.

    Raises RuntimeMissing for what is no such file, or has no chat template that is known here.
    """
    path = path.expanduser().absolute()
    try:
        data = gguf.metadata(path)
        digest = _sha256(path, cache)
        size = path.stat().st_size
    except (OSError, ValueError, KeyError, struct.error) as exc:
        reason = str(exc.strerror) if isinstance(exc, OSError) else str(exc)
        raise RuntimeMissing(f"these weights cannot be used: {reason}", where=str(path)) from exc
    family = str(data.get("general.architecture", ""))
    length = data.get(f"{family}.context_length")
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.name[: -len(SUFFIX)])
    return Entry(
        name=f"{stem}:file",
        aliases=(),
        distribution="",
        parts=(),
        sha256=digest,
        size=size,
        family=family,
        parameter_size=str(data.get("general.size_label", "")),
        quantization=TYPES.get(_int(data.get("general.file_type"), -1), ""),
        template=_template(str(data.get("tokenizer.chat_template") or "")),
        max_ctx=_int(length, 4096),
        license=str(data.get("general.license", "")),
        note=f"{data.get('general.name') or stem}, from a file",
        file=path,
    )


def _int(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _template(given: str) -> str:
    """Which of the known turns the model was trained on; a base model has none and continues a transcript."""
    if "<|im_start|>" in given:
        return "chatml"
    if "<start_of_turn>" in given:
        return "gemma"
    if given:
        raise ValueError("its chat template is not one that the embedded runtime knows (ChatML, Gemma)")
    return "transcript"


def _sha256(path: Path, cache: Path) -> str:
    stat = path.stat()
    stamp = [str(path), stat.st_size, stat.st_mtime_ns]
    seal = cache / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.file"
    try:
        saved = json.loads(seal.read_text())
        if saved["stamp"] == stamp:
            return str(saved["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        beside = seal.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps({"stamp": stamp, "sha256": digest}))
        beside.replace(seal)
    except OSError:
        pass  # worked out again next time
    return digest
