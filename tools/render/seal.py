"""What a page is made with: the files beside this one, the version that writes it, and the line that seals it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from functools import cache
from importlib import metadata, resources

from chimera_report.tools.render.words import clean
from chimera_report.tools.schema import Report
from chimera_report.tools.statements import explanations

# The files that decide how a page is written.
_WRITES = (
    "html.py",
    "words.py",
    "figures.py",
    "scorecard.py",
    "evidence.py",
    "pdf.py",
    "tabular.py",
    "explained.py",
    "seal.py",
    ".css",
    ".js",
    ".j2",
    ".typ",
)
_SEAL = re.compile(r"<!-- sha256 of all above: ([0-9a-f]{64}) -->\n\Z")


def generator(report: Report) -> str:
    """Which versions made a page."""
    made = f"chimera-report {metadata.version('chimera-report')}, vl-convert {metadata.version('vl-convert-python')}"
    return clean(f"{report.header.agent}, {made}, look {_look()}")


@cache
def _look() -> str:
    """A name for how this version writes pages: one that another wrote is compared by what a reader sees of it."""
    place = resources.files("chimera_report.tools.render")
    parts = [p for top in (place, place / "page") for p in top.iterdir() if p.name.endswith(_WRITES)]
    data = b"".join(p.read_bytes() for p in sorted(parts, key=lambda p: p.name)) + repr(explanations()).encode()
    return hashlib.sha256(data).hexdigest()[:8]


@cache
def asset(name: str) -> str:
    return (resources.files("chimera_report.tools.render") / "page" / name).read_text(encoding="utf-8")


def hashed(text: str) -> str:
    """As a content security policy names a script or style (CSP 3, 2.3.1): base64 of its SHA-256."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def sealed(text: str) -> str:
    """The page with its last line, the SHA-256 of all above it."""
    return f"{text}<!-- sha256 of all above: {hashlib.sha256(text.encode()).hexdigest()} -->\n"


def unsealed(text: str) -> tuple[str, bool]:
    """The page without its last line, and whether that line is the SHA-256 of the rest."""
    found = _SEAL.search(text)
    if found is None:
        return text, False
    body = text[: found.start()]
    return body, hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest() == found[1]


__all__ = ["asset", "generator", "hashed", "packed", "sealed", "unsealed"]
