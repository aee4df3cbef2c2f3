"""A finished report in a few lines: for a message, and for the page of a job in continuous integration.

Only what code checked: the sentences of the summary and of what changed, and the gate's verdict.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from chimera_report.tools.errors import StoreError
from chimera_report.tools.schema import Json, Report
from chimera_report.tools.store import RunFolder

_SECTIONS = {"verdict": "summary", "executive_summary": "summary", "what_changed": "changes"}
_MOST = 8  # sentences of a section
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_MARKS = re.compile(r"([\\`*_\[\]<>|#~&!])")


def plain(text: object) -> str:
    """One line without control characters: names in it come from files."""
    return " ".join(_CONTROL.sub(" ", str(text)).split())


def parts(folder: RunFolder) -> dict[str, Json]:
    """Title, path, and the sentences of `summary` and `changes`, each with its title; what is not there is left out."""
    from chimera_report.tools.claims import render_text

    report = Report.model_validate(folder.read_json("report.json"))
    told: dict[str, Json] = {"title": plain(report.title), "report": str((folder.path / "report.md").resolve())}
    for section in report.sections:
        if section.key in _SECTIONS:
            key = _SECTIONS[section.key]
            told[key] = [plain(render_text(s.text, report.sheet)) for s in section.sentences[:_MOST]]
            told[f"{key}_title"] = plain(section.title)
    return told


def markdown(told: Mapping[str, Json], verdict: str) -> str:
    """The parts as a piece of Markdown; nothing that a file holds becomes a mark in it."""
    lines = [f"## {_escaped(told['title'])}", ""]
    if verdict:
        lines += [f"**{_escaped(verdict)}**", ""]
    for part in ("changes", "summary"):
        if told.get(part):
            lines += [f"### {_escaped(told[f'{part}_title'])}", "", *(f"- {_escaped(s)}" for s in told[part]), ""]
    return "\n".join([*lines, f"Report: {_escaped(told['report'])}", ""])


def _escaped(text: Json) -> str:
    return _MARKS.sub(r"\\\1", plain(text))


def append(path: Path, text: str) -> None:
    """Add to the file of a job's page, which other steps write into as well. Raises StoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:  # one write: steps beside each other do not mix
            file.write(text.encode("utf-8", "backslashreplace") + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as exc:
        raise StoreError(f"the summary cannot be written ({exc.strerror})", where=str(path)) from exc
