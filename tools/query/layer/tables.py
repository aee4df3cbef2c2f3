"""What a report holds beside its measurements, as tables of the database: files and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chimera_report.tools.schema import Dataset, Report


def files_of(dataset: Dataset) -> Any:
    import pyarrow as pa

    by_hash: dict[str, str] = {}
    copies = []
    for s in dataset.sources:
        copies.append(by_hash.get(s.sha256, "") if s.sha256 and s.size else "")
        by_hash.setdefault(s.sha256, s.path)
    text = pa.string()
    return pa.table(
        {
            "path": pa.array([s.path.encode("utf-8", "replace").decode() for s in dataset.sources], text),
            "size": pa.array([s.size for s in dataset.sources], pa.int64()),
            "kind": pa.array([s.kind for s in dataset.sources], text),
            "format": pa.array([s.format for s in dataset.sources], text),
            "status": pa.array([s.status for s in dataset.sources], text),
            "reason": pa.array([s.reason for s in dataset.sources], text),
            "records": pa.array([s.records for s in dataset.sources], pa.int64()),
            "measurements": pa.array([s.measurements for s in dataset.sources], pa.int64()),
            "copy_of": pa.array(copies, text),
        }
    )


def facts_of(report: Report | None) -> Any:
    import pyarrow as pa

    facts = report.sheet.facts if report is not None else ()
    text, number = pa.string(), pa.float64()
    is_number = [isinstance(f.value, int | float) and not isinstance(f.value, bool) for f in facts]
    return pa.table(
        {
            "id": pa.array([f.id for f in facts], text),
            "kind": pa.array([f.kind for f in facts], text),
            "metric": pa.array([f.metric for f in facts], text),
            "system": pa.array([f.subject for f in facts], text),
            "suite": pa.array([f.suite for f in facts], text),
            "value": pa.array([float(f.value) if ok else None for f, ok in zip(facts, is_number, strict=True)], number),  # type: ignore[arg-type]
            "unit": pa.array([f.unit for f in facts], text),
            "shown": pa.array([f.display for f in facts], text),
            "n": pa.array([f.n for f in facts], pa.int64()),
        }
    )
