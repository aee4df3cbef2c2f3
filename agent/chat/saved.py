"""A finished report folder, opened for questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from chimera_report.agent.compare import declared, sources_of
from chimera_report.tools.errors import StoreError, UsageError
from chimera_report.tools.query import World
from chimera_report.tools.schema import COLUMNS, Dataset, Json, Report
from chimera_report.tools.store import RunFolder, is_run, newest

TABLE = "measurements.parquet"


@dataclass(frozen=True, slots=True)
class Saved:
    """One report: its folder, its run record, and the world that questions are asked of."""

    folder: RunFolder
    record: Json
    world: World


def find(report: Path | None, out: Path, *, questions: bool = True) -> RunFolder:
    """The report that is named (a folder, a file in it, a name under `out`), or the newest one; for `questions`, with
    its measurements. Raises UsageError."""
    if report is None:
        found = newest(out, finished=True)
        if found is None:
            raise UsageError("there is no finished report", where=str(out), hint="Make one: chimera-report PATH.")
        return found
    place = place_of(report, out)
    if place is None:
        raise UsageError("this is no report folder", where=str(report), hint="Name a folder that holds report.json.")
    folder = RunFolder(place)
    if not folder.finished:
        raise UsageError(
            "this report is not finished", where=str(place), hint="chimera-report --resume goes on with it."
        )
    if questions and not folder.has(TABLE):
        raise UsageError(
            "this report has no measurements beside it", where=str(place / TABLE), hint="Name its whole folder."
        )
    return folder


def place_of(report: Path, out: Path) -> Path | None:
    """The folder of a report that is named by its path, by a file in it or by its name under `out`."""
    for path in (report, out / report):
        try:
            place = path.parent if path.is_file() else path
            if is_run(place):
                return place
        except (OSError, ValueError):  # a question is no path: too long, or with a NUL
            continue
    return None


def printable(text: str) -> str:
    """A question as UTF-8 has it: bytes that are not UTF-8 become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def origin(folder: RunFolder) -> str:
    """The report whose threads these are, as a path: all versions of a report, with answers folded in, share them."""
    record = folder.read_json("run.json")
    first = record.get("folded_from") if isinstance(record, dict) else None
    return str(folder.path.resolve().parent / (first if isinstance(first, str) else folder.path.resolve().name))


def load(folder: RunFolder) -> Saved:
    """Everything that questions need. Raises StoreError for a folder that is broken."""
    record = folder.read_json("run.json")
    table = folder.read_table(TABLE)
    if missing := [c for c in COLUMNS if c not in table.columns]:
        raise _broken(folder, TABLE, f"has no column {missing[0]}")
    try:
        report = Report.model_validate(folder.read_json("report.json"))
    except ValidationError as exc:
        raise _broken(folder, "report.json", f"is no report of this version ({exc.error_count()} fields)") from exc
    try:
        sources = sources_of(record, table)
        measured = tuple((record.get("measured") or {}).get("suites", ()))
        target = str(record.get("settings", {}).get("path", "")) or folder.id
    except (ValidationError, AttributeError, TypeError, ValueError) as exc:
        raise _broken(folder, "run.json", "is not a run record of this version") from exc
    dataset = Dataset(root=str(folder.path), sources=sources, table=table, measured=measured)
    if pairs := record["settings"].get("interactions") if isinstance(record.get("settings"), dict) else None:
        dataset = replace(dataset, interactions=declared(pairs, dataset.factors))
    return Saved(folder, record, World(dataset, report, target=target))


def _broken(folder: RunFolder, name: str, what: str) -> StoreError:
    return StoreError(what, where=str(folder.path / name), hint="Make the report again from its data.")
