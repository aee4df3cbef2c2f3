"""Folder → Dataset: each file read by the reader of its kind, then named, then put into one table."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from chimera_report.tools.errors import NoInputError
from chimera_report.tools.schema import Assignment, Dataset, KnownBy, Role, Source

from .arithmetic import held_against
from .assemble import assemble, settle
from .assign import reading_of
from .assumed import without_assumed
from .came_out import without_results
from .companions import complete
from .containers import Part, is_packed, parts
from .crashed import ended_well, without_others
from .discover import Found, discover, is_own_file
from .exported import manifest_of, read_export
from .identify import FileTable, identify
from .load_tests import together
from .mapping import NAME as MAPPED
from .mapping import FolderMap, read_mapping
from .melt import Levels, melt
from .names import without_stamp
from .of_reference import of_reference
from .one_meaning import one_meaning
from .one_unit import one_unit
from .parts import whole_and_parts
from .passes import tell_passes
from .read import read
from .reading import Limits, Reading, skipped
from .receipts import tell_receipts
from .restated import restated
from .retracted import leave_out, sentences
from .rows import Ints, Rows
from .text_units import told_by_texts, units_in
from .told_again import told_again
from .whole_runs import one_definition
from .within import told_by, with_levels_of

_DOCUMENT = 2_000_000  # bytes of a document that are read for what it takes back
RECEIPT = "receipt.json"  # what a run of `chimera-report bench` leaves beside its results
_KINDS = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv"), "CSV"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "JSON"),
    **dict.fromkeys((".md", ".markdown"), "Markdown"),
    **dict.fromkeys((".yaml", ".yml"), "YAML"),
    **dict.fromkeys((".xlsx", ".xls", ".xlsb", ".ods"), "workbook"),
    ".parquet": "Parquet",
}


# What a reader may trip over in a file that looks like a format and is not quite: it must not stop the other files.
_CONFUSED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, csv.Error)


def ingest(
    folder: Path,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    limits: Limits | None = None,
    only: str | None = None,
    exclude: str | None = None,
) -> Dataset:
    """Read every file below `folder`, or the one file that it is; an export of the database as the files it is of.

    `only` and `exclude` are lists with commas: the files and folders below `folder` to keep to, and patterns of what
    to leave out. `progress(path, done, total)` is called after each file. Each file ends as parsed, partial or
    skipped with a reason; no file stops the others. A `chimera.toml` in the folder corrects the reading, and is one
    of the sources. Hidden files and this program's own reports are left out of the sources altogether.
    Raises NoInputError when the folder does not exist or no file in it could be read, UsageError for a wrong
    `chimera.toml`.
    """
    limits = limits or Limits()
    manifest = manifest_of(folder)
    if manifest is not None:
        return read_export(folder, manifest)
    mapping = read_mapping(folder)
    listed = discover(folder, limits.files, only=_listed(only), exclude=_listed(exclude))
    runs = frozenset(str(PurePosixPath(f.name).parent) for f in listed if PurePosixPath(f.name).name == RECEIPT)
    found = [f for f in listed if f.problem or not (f.path.suffix == ".json" and is_own_file(f.path))]
    found = [replace(f, problem=f"left out by {MAPPED}") if mapping.leaves_out(f.name) else f for f in found]
    files: list[FileTable] = []
    for done, item in enumerate(found, 1):
        files.extend(_files(item, limits, mapping))
        if progress:
            progress(item.name, done, len(found))
    if not any(f.source.status != "skipped" and f.source.format != "mapping" for f in files):
        raise NoInputError(
            "there is nothing to report on" if not files else "no file could be read as benchmark results",
            where=str(folder),
            hint="Results are read from CSV, JSON, Markdown, Excel and Parquet, and from YAML, SQL and text of tools.",
        )
    for file in files:
        file.rows = settle(file.rows)
    leave_out(files)
    without_others(files)
    one_meaning(files)
    one_unit(files)
    without_results(files)
    told_by_texts(files)
    files = complete(files)
    restated(files)
    told_again(files)
    of_reference(files)
    together(files)
    whole_and_parts(files)
    identify(files, mapping, runs - {"."})
    tell_receipts(files, folder, runs, RECEIPT)
    counts = [sum(int(r.counted.sum()) for r in f.rows) for f in files]
    sources = tuple(
        f.source.model_copy(update={"measurements": n, "reading": reading_of(f, mapping)})
        for f, n in zip(files, counts, strict=True)
    )
    sources, table = tell_passes(sources, one_definition(assemble(files)))
    sources, table = without_assumed(sources, held_against(table))
    return Dataset(
        root=str(folder), sources=sources, table=table, beside=unread(folder, found, limits, _listed(exclude))
    )


def unread(folder: Path, found: list[Found], limits: Limits, exclude: list[str]) -> dict[str, str]:
    """The sha256 of files that hold nothing for a report, or were left out of it: an edit of them can be told as well.

    They are what a run of bench keeps beside its results, and the files that could not be opened as sources.
    """
    whole = discover(folder, limits.files, exclude=exclude, beside=True)
    read = {f.name for f in found if not f.problem}
    made: dict[str, str] = {}
    for item in (f for f in whole if f.name not in read and f.path.is_file()):
        with suppress(OSError), item.path.open("rb") as file:
            made[item.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return made


def _listed(names: str | None) -> list[str]:
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def _files(item: Found, limits: Limits, mapping: FolderMap) -> Iterator[FileTable]:
    """The tables of one file: its own, or those of the files of an archive. Whatever is wrong ends in a Source."""
    digest, size, data, problem = "", 0, b"", item.problem
    try:
        if not problem:
            size = item.path.stat().st_size
            if size > limits.file_bytes:
                problem = "larger than the limit for one file"
                with item.path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            else:
                data = item.path.read_bytes()
                digest = hashlib.sha256(data).hexdigest()
    except OSError as error:
        problem = f"cannot be read: {(error.strerror or type(error).__name__).lower()}"
    path = item.path
    if problem or not is_packed(path):
        yield _table(
            item.name, path, Part("", path.suffix.lower(), path.stem, data, problem), digest, size, limits, mapping
        )
        return
    for part in parts(path, data, limits):
        if part.name:  # a file of an archive is a source of its own
            inner = hashlib.sha256(part.data).hexdigest() if part.data else ""
            yield _table(f"{item.name}/{part.name}", path, part, inner, len(part.data), limits, mapping)
        else:
            yield _table(item.name, path, part, digest, size, limits, mapping)


def _table(name: str, path: Path, part: Part, digest: str, size: int, limits: Limits, mapping: FolderMap) -> FileTable:
    """One file, read."""
    rows: list[Rows] = []
    if part.problem:
        reading = skipped(part.problem)
    else:
        try:
            if name == MAPPED:
                reading = Reading(format="mapping", encoding="utf-8", role="none")
                reading.reason = "says what the files mean"
            else:
                reading = read(part.data, part.suffix, part.stem, limits)
            rows = _rows(reading, part.stem, limits, mapping)
        except (RecursionError, MemoryError) as error:
            deep = isinstance(error, RecursionError)
            reading = skipped("nested too deeply" if deep else "needs more memory than there is")
        except _CONFUSED as error:
            reading = skipped(f"its structure could not be understood ({type(error).__name__})")
    if not rows and reading.status == "parsed":
        reading.reason = reading.reason or "holds no measurements"
    source = Source(
        path=name,
        sha256=digest,
        size=size,
        format=reading.format,
        kind=_KINDS.get(part.suffix, "other"),
        encoding=reading.encoding,
        status=reading.status,
        reason=reading.reason,
        records=reading.count,
        role=reading.role if rows or reading.role == "document" else "none",
    )
    table = FileTable(source, path, without_stamp(part.stem), rows, reading.suite)
    if part.suffix in (".txt", ".log") and not rows:
        table.units = units_in(part.data[:_DOCUMENT].decode(errors="replace"))
    if (
        part.suffix in (".txt", ".log")
        and rows
        and rows[0].told
        and ended_well(part.data[-400:].decode(errors="replace"))
    ):
        rows[0].told.append(Assignment(name="last line", role=Role.STATUS, known_by=KnownBy.FORMAT))
    if reading.role == "document":
        table.retracts = sentences(part.data[:_DOCUMENT].decode(errors="replace"))
    return table


def _rows(reading: Reading, stem: str, limits: Limits, mapping: FolderMap) -> list[Rows]:
    """The records of a reading as rows, without the objects that only hold records."""
    rows = list(reading.rows)
    summary = "summary" in stem.lower() and reading.role == "data"
    for records, inner in reading.inner:
        levels = Levels()
        made, _ = melt(
            with_levels_of(records, inner), message_chars=limits.message_chars, mapping=mapping, levels=levels
        )
        rows += [told_by(records, inner, levels), *([made] if len(made) else [])]
    containers: list[Ints] = []
    for records in reading.records:
        made, notes = melt(records, summary=summary, message_chars=limits.message_chars, mapping=mapping)
        for note in notes:
            reading.note(note)
        for left in made.left_out:
            reading.reason = f"{reading.reason}; {left}" if reading.reason else left
        if not records.shape and not records.flat and reading.role == "data" and not _is_record(made):
            made = made.take(~made.failed)
        if len(made):
            rows.append(made)
        elif any(r.shape.startswith(records.shape + "/") for r in reading.records):
            containers.append(records.numbers if records.numbers is not None else np.arange(1, records.size + 1))
    if containers:
        left_out = np.sort(np.concatenate(containers))
        reading.count -= len(left_out)
        for made in rows:
            made.record = made.record - np.searchsorted(left_out, made.record)
    return rows


def _is_record(rows: Rows) -> bool:
    """Whether a document's top level is a record itself: a failure there counts only if it says what failed."""
    return bool(rows.used("subject")) or any(k.metric != "request" for k in rows.kinds)
