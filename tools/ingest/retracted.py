"""Data files that a document of the same folder takes back: no finding may rest on them.

A sentence or list item of a document that names a data file and says of it that it is retracted, superseded, flawed or
not to be used counts. The file is left out, and the report gives the sentence.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from .identify import FileTable

_TAKEN_BACK = re.compile(
    r"\b(?:retracted|supersedes|superseded|withdrawn|flawed|obsolete|do(?:es)? not use|don't use|never use|"
    r"(?:is|are|was|were) (?:invalid|wrong)|do not (?:quote|cite|trust)|not to be used)\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|never|no longer|isn't|aren't|wasn't|nothing)\b[^.;]{0,24}$", re.IGNORECASE)
_INSTEAD = re.compile(r"\b(?:by|see|use|instead|replaced|in favou?r of|now in|corrected)\b", re.IGNORECASE)
_NAME = re.compile(r"[\w.\-/]*\w[\w.\-]*\.[A-Za-z]{2,8}\b|[\w.\-]+/(?=[\s`)\],;:.]|$)")
_MARKUP = re.compile(r"[`*>#|\[\]]|\(\S*?\)|[\x00-\x1f\x7f]")
_SENTENCE = re.compile(r"(?<=[.;!?])\s+(?=[A-Z`\[*])")
_QUOTED = 110  # characters
_LINES = 20_000  # of a document


def sentences(text: str) -> list[tuple[tuple[str, ...], str]]:
    """The names that a document takes back, each group with the sentence that does."""
    found: list[tuple[tuple[str, ...], str]] = []
    for line in text.splitlines()[:_LINES]:
        if len(line) > 2000 or not _TAKEN_BACK.search(line):
            continue
        for part in _SENTENCE.split(line):
            names = _names(part)
            if names:
                found.append((names, _quote(part)))
    return found


def _names(part: str) -> tuple[str, ...]:
    """The names that the sentence says it of: those before the word, or those after an order not to use them."""
    word = _TAKEN_BACK.search(part)
    if word is None or _NOT.search(part[: word.start()]):
        return ()
    before, after = part[: word.start()], part[word.end() :]
    end = _INSTEAD.search(after)
    named, meant = _NAME.findall(before), _NAME.findall(after[: end.start()] if end else after)
    orders = word[0].lower().startswith(("do", "never", "supersedes"))
    found = meant if (orders and meant) or not named else named
    if not orders and not meant and len(named) > 1 and _INSTEAD.search(before):
        found = named[-1:]  # "use new.csv, not old.csv, which is flawed"
    return tuple(dict.fromkeys(n.strip(".").removeprefix("./") for n in found))


def _quote(part: str) -> str:
    text = " ".join(_MARKUP.sub(" ", part).split()).strip(" -–—:")
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1].rstrip() + "…"


def leave_out(files: list[FileTable]) -> None:
    """Empty the data files that a document takes back, where other data is left."""
    data = [f for f in files if f.rows and f.source.role == "data"]
    chosen: dict[int, str] = {}
    for document in files:
        for names, quote in document.retracts:
            for i, file in enumerate(data):
                if any(_is(file.source.path, name, document.source.path) for name in names):
                    chosen.setdefault(i, f"{PurePosixPath(document.source.path).name} says: “{quote}”")
    if not chosen or len(chosen) == len(data):
        return
    for i, reason in chosen.items():
        data[i].rows = []
        update = {"status": "skipped", "reason": reason, "role": "none"}
        data[i].source = data[i].source.model_copy(update=update)


def _is(path: str, name: str, document: str) -> bool:
    """Whether a name in a document is that of a file, or of a folder that holds it."""
    folder = str(PurePosixPath(document).parent)
    places = {name, name if folder == "." else f"{folder}/{name}"}
    if name.endswith("/"):
        return any(path.startswith(p) for p in places) or f"/{name}" in path
    return path in places or ("/" not in name and PurePosixPath(path).name == name)
