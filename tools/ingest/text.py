"""Bytes → text: byte order marks, UTF-8, then charset-normalizer. Binary content is recognised and refused."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    encoding: str  # "" when the content is binary
    repaired: bool = False  # some bytes could not be decoded and were replaced


def decode(data: bytes) -> Text:
    """Text of `data` and the encoding that was used; encoding "" means binary. Never raises."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _with(data, name)
    sample = data[:_SAMPLE]
    if b"\0" in sample:
        return _wide(data)
    try:
        return Text(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    if sum(b < 9 or 13 < b < 32 for b in sample) > 0.02 * len(sample):
        return Text("", "")
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return _with(data, best.encoding if best else "cp1252")


def _wide(data: bytes) -> Text:
    """UTF-16 without a mark has a zero in every second byte of Latin text; anything else with zeros is binary."""
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(len(sample) // 2, 1)
    if odd > 0.7 * half and even < 0.1 * half:
        return _with(data, "utf-16-le")
    if even > 0.7 * half and odd < 0.1 * half:
        return _with(data, "utf-16-be")
    return Text("", "")


def _with(data: bytes, name: str) -> Text:
    try:
        return Text(data.decode(name), name)
    except (UnicodeDecodeError, LookupError):
        return Text(data.decode(name if name.startswith("utf") else "cp1252", "replace"), name, repaired=True)
