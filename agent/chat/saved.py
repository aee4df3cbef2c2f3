"""A finished report folder, opened for questions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from chimera_report.agent.compare import sources_of
from chimera_report.tools.errors import StoreError, UsageError
from chimera_report.tools.query import World
from chimera_report.tools.schema import Dataset, Json, Report
from chimera_report.tools.store import RunFolder, is_run, newest

TABLE = "measurements.parquet"


@dataclass(frozen=True, slots=True)
class Saved:
    """One report: its folder, its run record, and the world that questions are asked of."""

    folder: RunFolder
    record: Json
    world: World


def find(report: Path | None, out: Path) -> RunFolder:
    """The report that is named (a folder, a file in it, a name under `out`), or the newest one. Raises UsageError."""
    if report is None:
        found = newest(out, finished=True)
        if found is None:
            raise UsageError("there is no finished report", where=str(out), hint="Make one: chimera-report PATH.")
        return found
    for path in (report, out / report):
        place = path.parent if path.is_file() else path
        if is_run(place):
            folder = RunFolder(place)
            if not folder.finished or not folder.has(TABLE):
                raise UsageError(
                    "this report is not finished", where=str(place), hint="chimera-report --resume goes on with it."
                )
            return folder
    raise UsageError("this is no report folder", where=str(report), hint="Name a folder that holds report.json.")


def load(folder: RunFolder) -> Saved:
    """Everything that questions need. Raises StoreError for a folder that is broken."""
    record = folder.read_json("run.json")
    table = folder.read_table(TABLE)
    try:
        report = Report.model_validate(folder.read_json("report.json"))
    except ValidationError as exc:
        raise StoreError(
            f"is no report of this version ({exc.error_count()} fields)",
            where=str(folder.path / "report.json"),
            hint="Make the report again from its data.",
        ) from exc
    dataset = Dataset(
        root=str(folder.path),
        sources=sources_of(record, table),
        table=table,
        measured=tuple(record.get("measured", {}).get("suites", ()))
        if isinstance(record.get("measured"), dict)
        else (),
    )
    target = str(record.get("settings", {}).get("path", "")) or folder.id
    return Saved(folder, record, World(dataset, report, target=target))
