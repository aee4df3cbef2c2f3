"""Across files: whose records they are, which benchmark they belong to, and which ran together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from chimera_report.tools.metrics import STATS, normalise
from chimera_report.tools.schema import Assignment, Source

from .names import is_stamp, model_of_stem, subject_prefix, suite_of, without_derived
from .rows import Coded, Rows


@dataclass
class FileTable:
    """One file's rows before they join the table."""

    source: Source
    path: Path
    stem: str  # without time stamps
    rows: list[Rows]
    suite: str = ""  # as the file itself names it
    subjects: list[str] = field(default_factory=list)
    told: list[Assignment] = field(default_factory=list)  # what parts of its path were read as

    @property
    def place(self) -> PurePosixPath:
        return PurePosixPath(self.source.path)

    @cached_property
    def folder(self) -> str:
        return str(self.place.parent)


def identify(files: list[FileTable]) -> None:
    """Fill in subject, suite and run of every file's rows, and give aggregates the definition of their samples."""
    for file in files:
        file.subjects = sorted({s for r in file.rows for s in r.used("subject")})
    data = [f for f in files if f.source.role == "data"]
    for file in [f for f in data if not f.subjects]:
        _find_subject(file, [f for f in data if f.folder == file.folder and f is not file])
    for file in files:
        constant = [level for r in file.rows for f in r.factors.values() if len(f.levels) == 1 for level in f.levels]
        if file.source.role == "document":
            file.suite = file.suite or file.stem
        file.suite = file.suite or suite_of(file.stem, _folders(file), file.subjects, constant)
        stem = without_derived(file.stem) if is_stamp(file.place.parent.name) else without_derived(file.place.stem)
        run = str(file.place.parent / stem).removeprefix("./")
        for rows in file.rows:
            own = rows.texts.get("run", "")
            if isinstance(own, Coded):
                rows.texts["run"] = Coded(own.codes + 1, [run, *(run + v for v in own.levels)])
            else:
                rows.texts["run"] = run + own
    _documents_follow(files)
    for file in files:
        for rows in file.rows:
            rows.texts["suite"] = file.suite
    _definitions(data)


def _folders(file: FileTable) -> list[str]:
    return list(file.place.parent.parts)


def _find_subject(file: FileTable, siblings: list[FileTable]) -> None:
    """From the file that it was derived from or is a twin of, from one whose name begins alike, from its own name."""
    name, origin = "", "sibling"
    known = sorted((s for s in siblings if len(s.subjects) == 1), key=lambda s: s.source.path)
    for sibling in known:
        if without_derived(sibling.stem) == without_derived(file.stem):
            name = sibling.subjects[0]
    if not name:
        best = 0
        for sibling in known:
            end = subject_prefix(sibling.stem, sibling.subjects[0])
            if end > best and file.stem[:end] == sibling.stem[:end] and not file.stem[end : end + 1].isalnum():
                best, name = end, sibling.subjects[0]
    if not name:
        name, origin = model_of_stem(file.stem), "file name"
    if name:
        _set_subject(file, name, origin)


def _set_subject(file: FileTable, name: str, origin: str) -> None:
    file.subjects = [name]
    for rows in file.rows:
        rows.texts["subject"], rows.texts["subject_from"] = name, origin


def _documents_follow(files: list[FileTable]) -> None:
    """A document beside a data file of its own name reports on that file's suite and subject."""
    twins = {(f.folder, f.stem): f for f in files if f.source.role == "data" and f.rows}
    for file in files:
        twin = twins.get((file.folder, file.stem)) if file.source.role == "document" else None
        if twin is None:
            continue
        file.suite = twin.suite
        if not file.subjects and len(twin.subjects) == 1:
            _set_subject(file, twin.subjects[0], "sibling")


def _definitions(data: list[FileTable]) -> None:
    """A summary's `mean_ttft_s` means what `ttft_s` was found to mean in the samples of the same suite and folder."""
    found: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
    for file in data:
        for kind in (k for r in file.rows for k in r.kinds if k.stat == "sample" and k.metric != "request"):
            found.setdefault((file.folder, file.suite, normalise(kind.column)), set()).add(
                (kind.metric, kind.definition)
            )
    for file in data:
        for rows in file.rows:
            for i, kind in enumerate(rows.kinds):
                if kind.stat == "sample" or kind.definition:
                    continue
                base = "_".join(w for w in normalise(kind.column.rpartition("/")[2]).split("_") if w not in STATS)
                options = found.get((file.folder, file.suite, base), set())
                if len(options) == 1:
                    metric, definition = next(iter(options))
                    rows.kinds[i] = replace(kind, metric=metric, definition=definition)
