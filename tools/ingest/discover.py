"""Folder → its files in the order of their paths. Hidden ones, link loops and our own reports are left out."""

from __future__ import annotations

import fnmatch
import itertools
import json
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chimera_report.tools.errors import NoInputError
from chimera_report.tools.schema import NOT_NEEDED, SUPERSEDED

OWN_SCHEMA = "chimera-report/"
_MANIFEST = "phase_manifest.json"  # aiperf's, beside the files of a run and the folder of its phases
_PHASES = f"{NOT_NEEDED}: a phase of a run: its warm-up, or what the run's own file holds"
_TODAYS = b"client_decode_rate"  # a column that every table has since its rates are defined as they are
_OLDER = f"{SUPERSEDED}, with other definitions; its requests are read from runs.journal"
_OWN_FILES = ("report.json", "run.json", "evidence.json", "export.json")


@dataclass(frozen=True, slots=True)
class Found:
    path: Path
    name: str  # relative, forward slashes, what is no valid Unicode escaped
    problem: str = ""  # why it cannot be opened


def readable_name(path: str) -> str:
    """A path as text that can be stored: bytes that are no valid UTF-8 are shown as \\xNN."""
    raw = path.replace(os.sep, "/").encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def discover(
    root: Path, limit: int, *, only: Sequence[str] = (), exclude: Sequence[str] = (), beside: bool = False
) -> list[Found]:
    """Every file under `root` (or `root` itself), sorted by path. Raises NoInputError when `root` does not exist.

    `only`: files and folders below `root` to which it keeps. `exclude`: patterns of the shell (`*.md`, `old/*`) for
    paths below `root`, or for names alone; what one of them fits is left out. `beside`: with what a run of bench keeps
    beside its results.
    """
    if not root.exists():
        raise NoInputError("there is no such file or folder", where=str(root), hint="Name a folder of benchmark files.")
    if not root.is_dir():
        return [Found(root, readable_name(root.name), _problem(root))]
    parts = [_walk(root / name, f"{name}/", set()) if (root / name).is_dir() else _lone(root, name) for name in only]
    walked = itertools.chain(*parts) if parts else _walk(root, "", set(), beside=beside)
    found = sorted((f for f in walked if not _left_out(f.name, exclude)), key=lambda f: f.name)
    if len(found) > limit:
        raise NoInputError(
            f"the folder holds more than {limit} files",
            where=str(root),
            hint="Name the folder of the results themselves.",
        )
    return found


def _lone(root: Path, name: str) -> Iterator[Found]:
    if not (root / name).exists():
        raise NoInputError("there is no such file or folder", where=str(root / name), hint="Name what holds results.")
    yield Found(root / name, readable_name(name), _problem(root / name))


def _left_out(name: str, exclude: Sequence[str]) -> bool:
    """Whether a pattern fits the path, its name, or a folder that it lies in."""
    parts = name.split("/")
    places = [*("/".join(parts[: i + 1]) for i in range(len(parts))), *parts]
    return any(fnmatch.fnmatchcase(place, pattern.strip().rstrip("/")) for pattern in exclude for place in places)


def _walk(
    folder: Path, prefix: str, seen: set[tuple[int, int]], problem: str = "", *, beside: bool = False
) -> Iterator[Found]:
    """Everything below `folder`; with a `problem`, none of it is opened."""
    try:
        info = folder.stat()
        if (info.st_dev, info.st_ino) in seen:
            return
        seen.add((info.st_dev, info.st_ino))
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as error:
        yield Found(folder, readable_name(prefix.rstrip("/")) + "/", f"the folder cannot be read: {_why(error)}")
        return
    if prefix and is_own_report(folder, {e.name for e in entries}):
        return
    ours = _plan_and_journal(folder, {e.name for e in entries})
    old = "runs.journal" in ours and _older(folder / "runs.csv")
    ours -= {"runs.journal"} if old else set()
    phases = _PHASES if _MANIFEST in {e.name for e in entries} else ""
    for entry in entries:
        if entry.name.startswith(".") or (entry.name in ours and not beside):
            continue
        path = folder / entry.name
        if path.is_dir():
            yield from _walk(
                path,
                f"{prefix}{entry.name}/",
                seen,
                problem or (phases if entry.name == "phases" else ""),
                beside=beside,
            )
        else:
            table = _OLDER if old and entry.name == "runs.csv" else ""
            yield Found(path, readable_name(prefix + entry.name), problem or table or _problem(path))


def _problem(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return "a link to nothing" if path.is_symlink() else f"cannot be read: {_why(error)}"
    return "" if stat.S_ISREG(mode) else "not a regular file"  # a pipe would block its reader


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def is_own_report(folder: Path, names: set[str]) -> bool:
    """Whether the folder is a report that this program wrote, or an export of its database."""
    return any(name in names and is_own_file(folder / name) for name in _OWN_FILES)


def _plan_and_journal(folder: Path, names: set[str]) -> set[str]:
    """What a bench run keeps beside its results to repeat them; it holds no results of its own."""
    if "plan.toml" not in names:
        return set()
    try:
        head = (folder / "plan.toml").read_bytes()[:200]
    except OSError:
        return set()
    return {"plan.toml", "runs.journal"} if f'schema = "{OWN_SCHEMA}plan/'.encode() in head else set()


def _older(table: Path) -> bool:
    """Whether an earlier version of bench wrote this table: its rates and its energy had other definitions."""
    try:
        with table.open("rb") as file:
            names = file.readline(4096).strip().split(b",")
    except OSError:
        return False
    return {b"randomised", b"round", b"ttft_s"} <= set(names) and _TODAYS not in names


def is_own_file(path: Path) -> bool:
    """Whether a JSON file names one of this program's schemas at its top level."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    if OWN_SCHEMA.encode() not in head:
        return False
    try:
        text = head.decode("utf-8", "replace")
        at = text.index('"schema"')
        value, _ = json.JSONDecoder().raw_decode(text[at + len('"schema"') :].lstrip().removeprefix(":").lstrip())
    except ValueError:
        return False
    return isinstance(value, str) and value.startswith(OWN_SCHEMA)
