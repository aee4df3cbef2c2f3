"""The metadata of a GGUF file, for `/api/show`. Format: ggml's docs/gguf.md, versions 2 and 3 (little-endian)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9


# ggml's types by their numbers (ggml.h), as far as weights have them.
TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
    12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 30: "BF16", 39: "MXFP4",
}  # fmt: skip
MOST = 100_000  # tensors and keys; more than any model has


def metadata(path: Path) -> dict[str, object]:
    """Key to value. Arrays (the vocabulary, mostly) are None, as Ollama leaves them out. ValueError: no GGUF file."""
    return header(path)[0]


def header(path: Path) -> tuple[dict[str, object], list[dict[str, object]]]:
    """(key to value, tensors with name, type and shape as Ollama's /api/show lists them). ValueError: no GGUF file."""
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ValueError(f"{path.name} is not a GGUF file")
        version, many, count = _read(file, "<I"), int(_read(file, "<Q")), int(_read(file, "<Q"))
        if version not in (2, 3):
            raise ValueError(f"{path.name} is GGUF version {version}, not 2 or 3")
        if max(many, count) > MOST:
            raise ValueError(f"{path.name} says that it has {many} tensors and {count} keys")
        info = {_string(file): _value(file, int(_read(file, "<I"))) for _ in range(count)}
        tensors: list[dict[str, object]] = []
        for _ in range(many):
            name, dimensions = _string(file), int(_read(file, "<I"))
            shape = [int(_read(file, "<Q")) for _ in range(min(dimensions, 8))]
            kind = int(_read(file, "<I"))
            _read(file, "<Q")  # where its weights lie
            tensors.append({"name": name, "type": TYPES.get(kind, f"type {kind}"), "shape": shape})
    return info, tensors


def _read(file: BinaryIO, code: str) -> int | float | bool:
    value: int | float | bool = struct.unpack(code, file.read(struct.calcsize(code)))[0]
    return value


def _string(file: BinaryIO) -> str:
    return file.read(int(_read(file, "<Q"))).decode("utf-8", "replace")


def _value(file: BinaryIO, kind: int) -> object:
    if kind == STRING:
        return _string(file)
    if kind != ARRAY:
        return _read(file, SCALARS[kind])
    item, length = int(_read(file, "<I")), int(_read(file, "<Q"))
    if item in SCALARS:
        file.seek(struct.calcsize(SCALARS[item]) * length, 1)
    else:
        for _ in range(length):
            if item == STRING:
                file.seek(int(_read(file, "<Q")), 1)
            else:
                _value(file, item)
    return None
