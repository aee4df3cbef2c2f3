"""Files of the report: how large they are, which are copies of others."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.query.told.sheet import Telling

MOST = 30


def _size(size: int) -> str:
    return f"{size / 1024:.1f} KiB" if size < 1024 * 1024 else f"{size / 1048576:.1f} MiB"


def files(telling: Telling) -> None:
    """Files by size, or as a list with their sizes."""
    words = telling.select.text.split()
    low = "smallest_file" in words or telling.select.order == "low"
    one = "largest_file" in words or "smallest_file" in words or bool(telling.select.order)
    order = "size, path" if low else "size DESC, path"
    rows = telling.layer.fetch(f"SELECT path, size, kind, status, records FROM files ORDER BY {order}")  # noqa: S608
    beside = telling.world.beside
    if beside:
        rows = sorted(
            [*rows, *((p, s, "not read", "", 0) for p, s in beside)], key=lambda r: (r[1] if low else -r[1], r[0])
        )
    if not rows:
        telling.refuse("the report holds no file")
        return
    path, size, *_ = rows[0]
    if one:
        end = "smallest" if low else "largest"
        telling.say(f"The {end} file is {telling.name(path)}, with {telling.fact(int(size))} bytes.")
    else:
        total = sum(int(r[1]) for r in rows)
        telling.say(
            f"There are {telling.fact(len(rows))} files of {telling.fact(total)} bytes in all; the largest is {telling.name(path)}."
        )
    shown = rows[: telling.select.limit or (5 if one else MOST)]
    telling.table(
        "Files",
        ["File", "Bytes", "Size", "Kind", "Records"],
        [(p, telling.fact(int(s)), _size(int(s)), k, str(r)) for p, s, k, _, r in shown],
        right=(1, 2, 4),
    )
    if len(rows) > len(shown):
        telling.cannot.append(f"{len(rows) - len(shown)} more files are not shown")


def duplicates(telling: Telling) -> None:
    """Files with the same content, and records that stand in several files."""
    alerts = telling.world.alerts(("duplicate_files", "duplicate_measurements", "derived_aggregates", "derived_file"))
    same = [a for a in alerts if a.kind == "duplicate_files"]
    records = [a for a in alerts if a.kind != "duplicate_files"]
    if not alerts:
        telling.say(
            "No file is a copy of another, and no record stands in two files: contents and values of all were compared."
        )
        return
    parts = []
    if same:
        parts.append(f"{telling.fact(len(same))} group{'s' if len(same) > 1 else ''} of files have the same content")
    if records:
        parts.append(
            f"{telling.fact(len(records))} group{'s' if len(records) > 1 else ''} of files repeat records of each other"
        )
    telling.say(" and ".join(parts) + "; each counts once.")
    copies = [(copy, a.files[0]) for a in same for copy in a.files[1:]]
    telling.table("Copies", ["File", "Is a copy of"], copies[:40])
    again = [(a.files[0], ", ".join(a.files[1:])) for a in records if len(a.files) > 1]
    telling.table("Repeated records", ["File", "Its records stand in, too"], again[:40])
