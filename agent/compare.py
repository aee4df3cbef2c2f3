"""What a report is compared with: an earlier report, or another folder of benchmark files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chimera_report.agent.periods import newest
from chimera_report.agent.settings import server_words
from chimera_report.tools.errors import StoreError, UsageError
from chimera_report.tools.schema import BenchRun, Dataset, Earlier, Json, RecommendationClaim, Report, Source
from chimera_report.tools.store import RunFolder, is_run

if TYPE_CHECKING:
    import pandas as pd

    from chimera_report.agent.settings import Settings

TABLE = "measurements.parquet"


# --- the earlier report -----------------------------------------------------------------------------------------------


def check_earlier(path: Path, out: Path) -> None:
    """Refuse early what `--compare` names and nothing can be compared with. Raises UsageError."""
    if _report_folder(path, out) is None and not _benchmark_files(path):
        raise UsageError(
            "there is nothing to compare with",
            where=str(path),
            hint=f"--compare names a report folder, such as one under {out}, or a folder of benchmark files.",
        )


def read_earlier(path: Path, out: Path) -> Earlier:
    """What the other side measured: the measurements that a report kept, or a folder of files, read now.

    A report is named by its folder, a file in it, or its name under `out`. Raises UsageError, StoreError.
    """
    folder = _report_folder(path, out)
    if folder is not None:
        return _of_report(folder)
    check_earlier(path, out)
    return _of_files(path)


def _report_folder(path: Path, out: Path) -> RunFolder | None:
    """The finished report that is meant; None where the path is no report. Raises UsageError for an unfinished one."""
    for place in (path, path.parent if path.is_file() else path, out / path):
        if is_run(place):
            folder = RunFolder(place)
            if not folder.finished or not folder.has(TABLE) or not folder.has("run.json"):
                raise UsageError(
                    "the report to compare with is not finished", where=str(place), hint="Name a finished report."
                )
            return folder
    return None


def _benchmark_files(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(path.iterdir()))


def _of_report(folder: RunFolder) -> Earlier:
    try:
        digest = hashlib.sha256((folder.path / TABLE).read_bytes()).hexdigest()
    except OSError as exc:
        raise StoreError(f"cannot be read ({exc.strerror})", where=str(folder.path / TABLE)) from exc
    table = folder.read_table(TABLE)
    record = folder.read_json("run.json")
    return Earlier(
        run=str(record.get("run", folder.id)),
        sha256=digest,
        dataset=Dataset(root=str(folder.path), sources=sources_of(record, table), table=table),
    )


def _of_files(path: Path) -> Earlier:
    """A folder of benchmark files. Its digest is that of the names and contents of its files, in order of the names."""
    from chimera_report.tools.ingest import ingest

    dataset = ingest(path)
    contents = json.dumps(sorted((s.path, s.sha256) for s in dataset.sources))
    # The name stands in a heading of the report: only letters, digits and a few signs of it do.
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().name).strip("-") or "folder"
    return Earlier(run=name, sha256=hashlib.sha256(contents.encode()).hexdigest(), dataset=dataset)


def sources_of(record: Json, table: pd.DataFrame) -> tuple[Source, ...]:
    """The files of a saved report: as its run.json has them, which in reports of before is less than all."""
    known = {str(s.get("path")): s for s in record.get("sources", [])}
    usual = {"sha256": "", "size": 0, "format": "", "kind": "other", "encoding": "", "status": "parsed"}
    names = sorted({*known, *map(str, table["source"].unique())})
    return tuple(Source.model_validate({**usual, "path": name, **known.get(name, {})}) for name in names)


def served(dataset: Dataset, settings: Json, report: Report) -> Dataset:
    """The dataset with the server that the commands of a finished report name: that of its own settings. Reports from
    before commands named one have none."""
    advice = (c for c in report.sheet.claims if isinstance(c, RecommendationClaim))
    if not any(isinstance(c.run, BenchRun) and c.run.server for c in advice):
        return dataset
    return replace(dataset, server=server_words(settings, dataset.whole.table["subject"].unique()))


def attach(dataset: Dataset, settings: Settings) -> Dataset:
    """The dataset with what the settings add to it: the earlier report that they name, the interplays they declare,
    the server that the user named."""
    dataset = replace(dataset, server=server_words(dict(settings), dataset.table["subject"].unique()))
    if settings.interactions:
        dataset = replace(dataset, interactions=declared(settings.interactions, dataset.factors))
    dataset = newest(dataset, {"path": str(settings.path)})
    if settings.compare is None:
        return dataset
    return replace(dataset, earlier=read_earlier(settings.compare, settings.out))


def declared(text: str, factors: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of `num_ctx:num_thread,…`. Raises UsageError for what is no pair of settings of the data."""
    known = sorted(factors)
    pairs: list[tuple[str, str]] = []
    for part in text.split(","):
        names = [n.strip() for n in part.split(":")]
        if len(names) != 2 or names[0] == names[1] or not all(names):
            raise UsageError(
                f"{part.strip()!r} is not a pair of settings", where="--interactions", hint="Write num_ctx:num_thread."
            )
        for name in names:
            if name not in known:
                there = f"The data has {', '.join(known)}." if known else "The data has no settings."
                raise UsageError(f"no setting {name!r} in the data", where="--interactions", hint=there)
        pairs.append((names[0], names[1]))
    return tuple(dict.fromkeys(pairs))
