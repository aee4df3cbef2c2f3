"""Files that a run of aiperf or LLMPerf writes side by side: what one of them says of the run holds for the others."""

from __future__ import annotations

import re

import numpy as np

from chimera_report.tools.schema import NOT_NEEDED

from .agreement import agree, beside
from .identify import FileTable
from .names import without_derived
from .rows import Coded

_CONSOLE = "genai-perf"  # the format of its table, which aiperf prints as well
_TOOL = "aiperf"  # the only one whose files of single requests name neither the model nor the setting


def complete(files: list[FileTable]) -> list[FileTable]:
    """The files, where those that name no model or setting have those of the JSON beside them.

    A CSV beside its JSON holds the same figures with two decimals: it is skipped, or they would count as another run.
    """
    own = [f for f in files if f.source.format == _TOOL and f.rows]
    whole = {(f.folder, f.place.stem): f for f in own if f.place.suffix.lower() == ".json"}
    runs = {(f.folder, without_derived(f.place.stem)): f for f in whole.values()}
    _printed(files, list(whole.values()))
    for file in own:
        twin = whole.get((file.folder, file.place.stem))
        if twin is not None and twin is not file and file.place.suffix.lower() == ".csv":
            _rounded(file, twin)
            continue
        run = runs.get((file.folder, without_derived(file.place.stem)))
        if run is not None and run is not file:
            _follow(file, run)
    _llmperf(files)
    for file in own:
        if file.rows and not any(rows.used("subject") for rows in file.rows):
            _name(file, own)
    return files


def _rounded(file: FileTable, run: FileTable) -> None:
    file.rows = []
    reason = f"{NOT_NEEDED}: the figures of {run.place.name} in the same folder, rounded"
    file.source = file.source.model_copy(update={"status": "skipped", "reason": reason, "role": "none"})


def _printed(files: list[FileTable], runs: list[FileTable]) -> None:
    """What the tool printed at the end of a run, beside the JSON of the same run."""
    of: dict[str, list[FileTable]] = {}
    for run in runs:
        if without_derived(run.place.stem) != run.place.stem:
            of.setdefault(run.folder, []).append(run)
    for file in files:
        if file.source.format == _CONSOLE and file.rows:
            twin = next((run for run in of.get(file.folder, ()) if agree(file, run)), None)
            if twin is not None:
                _rounded(file, twin)


def _llmperf(files: list[FileTable]) -> None:
    """Requests of LLMPerf follow the summary of their run, where its figures are those of the requests."""
    own = [f for f in files if f.source.format == "llmperf" and f.rows]
    named = [f for f in own if any(r.used("subject") for r in f.rows)]
    for file in own:
        if file in named:
            continue
        for run in named:
            if _run_name(run) == _run_name(file) and beside(file, run) and agree(file, run):
                _follow(file, run)
                break


def _run_name(file: FileTable) -> str:
    return re.sub(r"_(?:summary|individual_responses)$", "", without_derived(file.place.stem))


def _follow(file: FileTable, run: FileTable) -> None:
    """The settings and the model of `run`, whose first record is the whole run, for rows that have none themselves."""
    first = run.rows[0]
    for name, levels in first.factors.items():
        if len(levels.used) != 1 or name == "device":
            continue
        for rows in file.rows:
            rows.factors.setdefault(name, Coded(np.zeros(len(rows), dtype=np.int64), levels.used))
    subjects = first.used("subject")
    for rows in file.rows:
        if len(subjects) == 1 and not rows.used("subject"):
            rows.texts["subject"], rows.texts["subject_from"] = subjects[0], "sibling"


def _name(file: FileTable, own: list[FileTable]) -> None:
    """The one model of all runs, for what lies in a folder `aggregate` or `sweep_aggregate` beside their folders."""
    parts = file.place.parent.parts
    above = next((parts[:i] for i, part in enumerate(parts) if part in ("aggregate", "sweep_aggregate")), None)
    if above is None:
        return
    beside = [f for f in own if f.place.parts[: len(above)] == above]
    subjects = {s for f in beside for rows in f.rows for s in rows.used("subject")}
    if len(subjects) == 1:
        for rows in file.rows:
            rows.texts["subject"], rows.texts["subject_from"] = next(iter(subjects)), "sibling"
