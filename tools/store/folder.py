"""One report folder: `reports/<time>-<name>/`, and the run that fills it.

A folder is a finished report when it holds `report.json`; before that, `.work/` holds what `--resume` needs.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chimera_report.tools.errors import StoreError
from chimera_report.tools.lock import held, is_held
from chimera_report.tools.schema import Json
from chimera_report.tools.store.journal import Journal

if TYPE_CHECKING:
    import pandas as pd

WORK = ".work"
LOCK = "lock"  # under it: of the process that is at the run


def _sync_directory(path: Path) -> None:
    # A rename is durable only once its directory is; not every file system can open one.
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def write_beside(target: Path, data: bytes) -> None:
    """Write one file atomically: beside, fsync, rename. Raises StoreError."""
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        target.parent.mkdir(exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        _sync_directory(target.parent)
    except OSError as exc:
        raise StoreError(f"cannot be written ({exc.strerror})", where=str(target)) from exc


class RunFolder:
    """Reads and writes under one report folder. Every write is atomic: beside, fsync, rename."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, out: Path, name: str, started: datetime) -> RunFolder:
        """A new folder `<out>/<YYYYmmdd-HHMMSS>-<name>`; a number is added where that one exists.

        Raises StoreError when the place cannot be written.
        """
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] or "report"
        stem = f"{started:%Y%m%d-%H%M%S}-{safe}"
        try:
            out.mkdir(parents=True, exist_ok=True)
            for attempt in range(1, 1000):
                path = out / (stem if attempt == 1 else f"{stem}-{attempt}")
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
                (path / WORK).mkdir()
                return cls(path)
        except OSError as exc:
            raise StoreError(
                f"no report can be written here ({exc.strerror})",
                where=str(out),
                hint="Choose another place with --out.",
            ) from exc
        raise StoreError("too many reports of one second", where=str(out))

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing folder. Raises StoreError when it is none of ours."""
        if not is_run(path):
            raise StoreError(
                "this is not a report folder", where=str(path), hint="Name a folder that holds report.json."
            )
        return cls(path)

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def work(self) -> Path:
        """Where an unfinished run keeps what `--resume` needs."""
        return self.path / WORK

    @property
    def finished(self) -> bool:
        return (self.path / "report.json").is_file()

    def held(self, wait_s: float = 0.0) -> AbstractContextManager[None]:
        """This run for one process, after at most `wait_s` seconds. Raises UsageError where another one has it."""
        hint = "It ends by itself; to stop it, press Ctrl-C where it runs."
        return held(self.work / LOCK, "this run", hint=hint, wait_s=wait_s)

    @property
    def running(self) -> bool:
        return is_held(self.work / LOCK)

    def write(self, name: str, content: str | bytes) -> Path:
        """Write one file atomically. Raises StoreError."""
        target = self.path / name
        write_beside(target, content.encode("utf-8") if isinstance(content, str) else content)
        return target

    def write_json(self, name: str, value: Json) -> Path:
        """Write a JSON file atomically, a line for each entry of the first two levels. NaN and infinity are refused."""
        return self.write(name, _lines(value) + "\n")

    def write_table(self, name: str, table: pd.DataFrame) -> Path:
        """Write a table as Parquet, atomically."""
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        return self.write(name, buffer.getvalue())

    def promote(self, name: str, final: str) -> None:
        """Give a file that is already on disk its final name. Again is no error: a node can run twice."""
        if (self.path / name).is_file():
            (self.path / name).replace(self.path / final)
            _sync_directory(self.path)

    def inside(self, name: str) -> Path:
        """A file or folder of this report. A report can be anybody's: a link that leads out of its folder, or what is
        neither file nor folder (a pipe would block its reader), is refused with a StoreError."""
        path = self.path / name
        try:
            within = [path, *path.rglob("*")] if path.is_dir() else [path]
            root = self.path.resolve()
            for item in within:
                if not item.resolve().is_relative_to(root):
                    raise StoreError("is a link that leads out of the report's folder", where=str(item))
                if item.exists() and not item.is_file() and not item.is_dir():
                    raise StoreError("is not a regular file", where=str(item))
        except (OSError, RuntimeError) as exc:  # RuntimeError: links in a circle
            raise StoreError(f"cannot be read ({getattr(exc, 'strerror', None) or exc})", where=str(path)) from exc
        return path

    def read_json(self, name: str) -> Json:
        """Raises StoreError where the file is missing or is not JSON."""
        path = self.inside(name)
        try:
            return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        except OSError as exc:
            raise StoreError(f"cannot be read ({exc.strerror})", where=str(path)) from exc
        except RecursionError as exc:
            raise StoreError("is nested too deeply", where=str(path)) from exc
        except ValueError as exc:
            raise StoreError(f"is not JSON ({exc})", where=str(path)) from exc

    def read_table(self, name: str) -> pd.DataFrame:
        """Read a Parquet file. Raises StoreError."""
        from pyarrow import parquet

        try:
            # Not pandas' own way, which loads the part of pyarrow that finds tables in clouds.
            data = io.BytesIO(self.inside(name).read_bytes())
            table: pd.DataFrame = parquet.ParquetFile(data).read().to_pandas()
        except (OSError, ValueError) as exc:
            raise StoreError(f"cannot be read as Parquet ({exc})", where=str(self.path / name)) from exc
        return table

    def copy(self, name: str, other: RunFolder) -> None:
        """Take a file or a folder of another report, where it has one. Raises StoreError."""
        source, target = other.path / name, self.path / name
        try:
            if source.is_dir():
                for path in sorted(p for p in source.rglob("*") if p.is_file()):
                    place = target / path.relative_to(source)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    self.write(place.relative_to(self.path).as_posix(), path.read_bytes())
            elif source.is_file():
                self.write(name, source.read_bytes())
        except OSError as exc:
            raise StoreError(f"cannot be copied ({exc.strerror})", where=str(source)) from exc

    def kept_in(self, out: Path) -> RunFolder:
        """A copy of this folder under `out`, by the same name, which appears there whole or not at all. Raises
        StoreError where it cannot be written, or a folder of that name is there already."""
        target = out / self.path.name
        temporary = out / f".{self.path.name}.tmp"
        try:
            out.mkdir(parents=True, exist_ok=True)
            if target.exists():
                raise StoreError("is there already", where=str(target), hint="Choose another folder.")
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.copytree(self.path, temporary, symlinks=True)
            temporary.rename(target)
            _sync_directory(out)
        except OSError as exc:
            raise StoreError(f"cannot be copied ({exc.strerror})", where=str(target)) from exc
        return RunFolder(target)

    def has(self, name: str) -> bool:
        """Whether the folder has a file of this name, or path below it."""
        return (self.path / name).is_file()

    def journal(self) -> Journal:
        """The finished model calls of this run."""
        self.work.mkdir(exist_ok=True)
        return Journal(self.work / "calls.jsonl")

    def finish(self) -> None:
        """Drop what only `--resume` needs."""
        shutil.rmtree(self.work, ignore_errors=True)

    def discard(self) -> None:
        """Remove a folder whose run could not begin."""
        shutil.rmtree(self.path, ignore_errors=True)


def _lines(value: Json, depth: int = 0) -> str:
    """JSON that a person can scan and a diff can show, at the speed of the C encoder, which cannot indent.

    ASCII only: a file's name can hold bytes that are no UTF-8.
    """
    if depth < 2 and isinstance(value, dict) and value:
        pad = "  " * (depth + 1)
        inner = ",\n".join(f"{pad}{json.dumps(str(k))}: {_lines(v, depth + 1)}" for k, v in value.items())
        return "{\n" + inner + "\n" + "  " * depth + "}"
    if depth < 2 and isinstance(value, list) and value:
        pad = "  " * (depth + 1)
        return "[\n" + ",\n".join(pad + _lines(v, depth + 1) for v in value) + "\n" + "  " * depth + "]"
    return json.dumps(value, allow_nan=False)


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object whose keys stand once: of two, a reader would see one and the program the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in an object")
    return found


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is no number of JSON")


def is_run(path: Path) -> bool:
    """Whether a folder is a report or an unfinished run of this program."""
    return (path / "report.json").is_file() or (path / WORK).is_dir()


def find_runs(out: Path) -> Iterator[RunFolder]:
    """The folders under `out` that this program made, oldest first."""
    if not out.is_dir():
        return
    for path in sorted(out.iterdir()):
        if is_run(path):
            yield RunFolder(path)


def newest(out: Path, *, finished: bool) -> RunFolder | None:
    """The newest finished report, or the newest unfinished run that no process is at, or None."""
    found = [run for run in find_runs(out) if run.finished == finished]
    return next((run for run in reversed(found) if finished or not run.running), None)
