"""Compressed files and archives: what is in them, as far as the limits allow. Nothing is written to disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .discover import readable_name
from .reading import Limits

PACKED = frozenset((".gz", ".bz2", ".xz", ".zst"))
_MEMBERS = 2_000
_RATIO = 2_000  # a member that grows further is a bomb


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an archive, or the one file that is compressed."""

    name: str  # within the archive; "" for a file that is itself
    suffix: str
    stem: str
    data: bytes = b""
    problem: str = ""  # why it cannot be read


def is_packed(path: Path) -> bool:
    return path.suffix.lower() in PACKED or path.suffix.lower() == ".zip"


def parts(path: Path, data: bytes, limits: Limits) -> Iterator[Part]:
    """What the bytes of `path` hold, unpacked."""
    if path.suffix.lower() == ".zip":
        yield from _members(data, limits)
        return
    inner = Path(path.stem)
    try:
        plain = _unpacked(data, path.suffix.lower(), limits.file_bytes)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        yield Part("", inner.suffix.lower(), inner.stem, problem=f"cannot be unpacked ({type(error).__name__})")
        return
    if plain is None:
        yield Part("", inner.suffix.lower(), inner.stem, problem="unpacked, larger than the limit for one file")
        return
    yield Part("", inner.suffix.lower(), inner.stem, plain)


def _unpacked(data: bytes, suffix: str, most: int) -> bytes | None:
    """The content, or None where it is larger than `most`."""
    if suffix == ".zst":
        import pyarrow as pa

        with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
            plain: bytes = stream.read(most + 1)
    else:
        opened = gzip.open if suffix == ".gz" else bz2.open if suffix == ".bz2" else lzma.open
        with opened(io.BytesIO(data), "rb") as file:
            plain = file.read(most + 1)
    return plain if len(plain) <= most else None


def _members(data: bytes, limits: Limits) -> Iterator[Part]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = [e for e in archive.infolist() if not e.is_dir() and not _is_hidden(e.filename)]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield Part("", ".zip", "", problem="no archive that can be opened")
        return
    left = limits.file_bytes
    for entry in sorted(entries, key=lambda e: e.filename)[:_MEMBERS]:
        place = PurePosixPath(readable_name(entry.filename.replace("\\", "/")).lstrip("/"))
        name = "/".join(p for p in place.parts if p not in ("..", "."))
        inner = Path(name)
        suffix, stem = inner.suffix.lower(), inner.stem
        problem, plain = "", b""
        if entry.flag_bits & 1:
            problem = "encrypted"
        elif entry.file_size > left or entry.file_size > _RATIO * max(entry.compress_size, 1):
            problem = "unpacked, larger than the limit for one file"
        else:
            try:
                with archive.open(entry) as file:
                    plain = file.read(min(entry.file_size, left) + 1)
            except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, lzma.LZMAError) as error:
                problem = f"cannot be unpacked ({type(error).__name__})"
            if len(plain) > entry.file_size:
                problem, plain = "larger than the archive says", b""
        left -= len(plain)
        yield Part(name, suffix, stem, plain, problem)


def _is_hidden(name: str) -> bool:
    return any(p.startswith(".") or p == "__MACOSX" for p in name.replace("\\", "/").split("/") if p not in (".", ".."))
