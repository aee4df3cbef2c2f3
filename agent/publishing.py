"""The files of a finished report that people open: which formats there are, and how each is made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from chimera_report.tools.errors import StoreError, UsageError
from chimera_report.tools.schema import Json, Report
from chimera_report.tools.store import RunFolder

FORMATS = {
    "md": "report.md",
    "html": "report.html",
    "pdf": "report.pdf",
    "docx": "report.docx",
    "tex": "report.tex",
}
DEFAULT = "md,html"
TABLE = "measurements.parquet"


def formats(text: str) -> tuple[str, ...]:
    """`md,html` → its parts, in the usual order; Markdown is always among them. Raises UsageError for another word."""
    asked = [part.strip().lower() for part in text.split(",") if part.strip()]
    for part in asked:
        if part not in FORMATS:
            raise UsageError(f"no such format: {part!r}", where="--format", hint=f"Known: {', '.join(FORMATS)}.")
    return tuple(name for name in FORMATS if name == "md" or name in asked)


def publish(
    folder: RunFolder, report: Report, record: Json, wanted: Iterable[str], *, authorship: bool = False
) -> list[str]:
    """Write the files of these formats, the pictures beside the Markdown, and the evidence. Returns their names.

    The measurements have to be in the folder already: a page holds them. Raises StoreError.
    """
    from chimera_report.tools.render import appendix, evidence, markdown, office, pdf, pictures

    made = []
    for name in wanted:
        match name:
            case "md":
                folder.write(FORMATS[name], markdown(report, authorship=authorship))
                if report.has_appendix:
                    folder.write("appendix.md", appendix(report))
                folder.write_json("evidence.json", evidence(report))
                for path, picture in pictures(report).items():
                    folder.write(path, picture)
            case "html":
                folder.write(FORMATS[name], html(report, record, folder))
            case "pdf":
                folder.write(FORMATS[name], pdf(report))
            case "docx" | "tex":
                document, beside = office(report, "docx" if name == "docx" else "latex")
                folder.write(FORMATS[name], document)
                for path, data in beside.items():
                    folder.write(path, data)
        made.append(FORMATS[name])
    return made


def render(path: Path, wanted: str, to: Path | None) -> list[Path]:
    """These formats of a finished report, in its own folder or in `to`, from what the folder holds.

    Raises UsageError for an unknown format, StoreError for what is no finished report or cannot be written.
    """
    parts = [name for name in formats(wanted) if name != "md" or "md" in wanted.split(",")]
    folder = RunFolder.open(path.parent if path.is_file() else path)
    try:
        report = Report.model_validate(folder.read_json("report.json"))
    except ValueError as exc:
        raise StoreError("is not a report of this version", where=str(folder.path / "report.json")) from exc
    record = folder.read_json("run.json") if folder.has("run.json") else None
    target = folder
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
        target = RunFolder(to)
        if "html" in parts and folder.has(TABLE):
            target.copy(TABLE, folder)
    settings = record.get("settings") if isinstance(record, dict) else None
    try:
        made = publish(target, report, record, parts, authorship=bool((settings or {}).get("authorship")))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as exc:
        # Its parts have the right types, and do not belong together: a fact that is not there, a chart without rows.
        raise StoreError(
            f"is not a report that this program made: {type(exc).__name__}: {exc}"[:200],
            where=str(folder.path / "report.json"),
            hint="chimera-report verify tells what in it was changed.",
        ) from exc
    return [target.path / name for name in made]


def html(report: Report, record: Json, folder: RunFolder) -> str:
    """The report as one page; its charts answer where there are any. Without a record of the run (None), or without
    the measurements, it says that it cannot be checked by itself."""
    from chimera_report.tools.render import page, vega_script
    from chimera_report.tools.schema import Chart

    charts = any(isinstance(block, Chart) for section in report.sections for block in section.blocks)
    script = vega_script(cache()) if charts else ""
    measurements = (folder.path / TABLE).read_bytes() if folder.has(TABLE) and record is not None else None
    return page(report, _written(record), measurements, vega=script)


def _written(record: Json) -> Json:
    """The record as run.json has it."""
    return json.loads(json.dumps(record))


def cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("chimera-report")
