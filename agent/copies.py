"""The other formats in a report's folder, made again from the report: the PDF, the Word document and LaTeX."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from html import unescape
from pathlib import Path

from chimera_report.agent import differences as differ
from chimera_report.agent.publishing import FORMATS, formats
from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.schema import Json, Report
from chimera_report.tools.store import RunFolder

_KEYWORDS = re.compile(rb"/Keywords\(([^)]*)\)")
_MOST = 256 << 20  # bytes that a document may have when it is unpacked
_PARTS = ("word/document.xml", "word/footnotes.xml")


def compared(folder: RunFolder, report: Report) -> tuple[list[differ.Difference], list[str]]:
    """What does not hold of these files, and those that could not be looked at, with the reason."""
    found: list[differ.Difference] = []
    unseen: list[str] = []
    for name, look in (("pdf", _pdf), ("docx", _docx), ("tex", partial(_tex, folder))):
        file = FORMATS[name]
        if not folder.has(file):
            continue
        try:
            found += look(report, folder.inside(file).read_bytes(), file)
        except _Unseen as exc:
            unseen.append(f"{file} ({exc})")
        except ChimeraError as exc:  # what it takes to make one is not installed
            unseen.append(f"{file} ({exc.what})")
    return found, unseen


def gone(place: Path, record: Json) -> tuple[list[differ.Difference], list[str]]:
    """The formats that were asked for and are not there: those that should be, and those that could not be made, with
    the reason. A record of before that setting does not say which were asked for."""
    asked = record.get("settings", {}).get("format")
    unmade: dict[str, str] = record.get("unmade") or {}
    absent = [part for part in formats(asked) if not (place / FORMATS[part]).is_file()] if asked else []
    found = [
        differ.told("files", FORMATS[part], "the file, as --format asked", "no such file")
        for part in absent
        if part not in unmade
    ]
    return found, [f"{FORMATS[part]} ({unmade[part]})" for part in absent if part in unmade]


class _Unseen(Exception):
    """Why a file cannot be compared."""


def _pdf(report: Report, given: bytes, file: str) -> Iterator[differ.Difference]:
    """The same report gives the same bytes, where the same versions set it."""
    from chimera_report.tools.render import MACHINE, pdf

    made = pdf(report)
    if made == given:
        return
    mine, other = _KEYWORDS.search(made), _KEYWORDS.search(given)
    if mine is not None and other is not None and mine[1] != other[1]:
        raise _Unseen("other versions set it: make it anew with `render`")
    if mine is not None and MACHINE.encode() in mine[1]:
        raise _Unseen("it needs other fonts than it can be checked with, and a machine may have others of them")
    yield differ.told("copies", file, "the document that report.json gives", "another")


def _docx(report: Report, given: bytes, file: str) -> Iterator[differ.Difference]:
    """The texts that a reader sees are the report's. How they look is not compared: programs write that anew."""
    from chimera_report.tools.render import office

    made, _ = office(report, "docx")
    yield from differ.lines("copies", file, _words(made), _words(given))


def _words(document: bytes) -> str:
    """The texts of a Word document, a line for each paragraph."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as parts:
            names = [n for n in _PARTS if n in parts.namelist()]
            if sum(parts.getinfo(n).file_size for n in names) > _MOST:
                raise _Unseen("it is too large")
            text = "".join(parts.read(n).decode("utf-8", "replace") for n in names)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as exc:
        raise _Unseen("it is no Word document") from exc
    paragraphs = re.split(r"</w:p>", text)
    return "\n".join(unescape("".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", p))) for p in paragraphs)


def _tex(folder: RunFolder, report: Report, given: bytes, file: str) -> Iterator[differ.Difference]:
    """The text, and the pictures beside it."""
    from chimera_report.tools.render import office

    made, pictures = office(report, "latex")
    yield from differ.lines("copies", file, made.decode(), given.decode("utf-8", "replace"))
    yield from _pictures(folder, pictures)


def _pictures(folder: RunFolder, made: Mapping[str, bytes]) -> Iterator[differ.Difference]:
    """Every picture shows what the report's chart shows, where the same version drew both."""
    from chimera_report.tools.render import drawn

    others = []
    for path, picture in made.items():
        given = folder.inside(path).read_bytes() if folder.has(path) else b""
        if given == picture:
            continue
        (mine, drew), (theirs, other) = drawn(picture), drawn(given)
        if theirs is not None and other != drew:
            others.append(path)
        elif theirs != mine:
            yield differ.told("copies", path, "the picture that report.json gives", "another" if given else "none")
    if others:
        raise _Unseen(f"another version drew {', '.join(others)}: make it anew with `render`")
