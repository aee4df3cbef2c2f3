"""The metadata of a GGUF file, for `/api/show`. Format: ggml's docs/gguf.md, versions 2 and 3 (little-endian)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9


def metadata(path: Path) -> dict[str, object]:
    """Key to value. Arrays (the vocabulary, mostly) are None, as Ollama leaves them out. ValueError: no GGUF file."""
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ValueError(f"{path.name} is not a GGUF file")
        version, _tensors, count = _read(file, "<I"), _read(file, "<Q"), _read(file, "<Q")
        if version not in (2, 3):
            raise ValueError(f"{path.name} is GGUF version {version}, not 2 or 3")
        return {_string(file): _value(file, int(_read(file, "<I"))) for _ in range(int(count))}


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
