"""The files of one load test belong together: its sums, their course in time, and its failures by reason.

All count the same requests. The sums are what is used; the list of failures says why those failed that the sums only
count, and the course is used where no sums stand beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.schema import Assignment, KnownBy, Role

from .formats import locust

if TYPE_CHECKING:
    from .identify import FileTable

_PART = re.compile(r"(.*?)[_.-]?(stats_history|stats|failures|exceptions)", re.IGNORECASE | re.DOTALL)
_SUITE = "load test"


def together(files: list[FileTable]) -> None:
    """Give the files of each load test one name, and count each of its requests once."""
    tests: dict[tuple[str, str], dict[str, FileTable]] = defaultdict(dict)
    for file in files:
        if file.source.format == locust.NAME and (match := _PART.fullmatch(file.place.stem)):
            tests[file.folder, match[1]].setdefault(match[2].lower(), file)
    for (folder, prefix), parts in tests.items():
        _once(parts)
        beside = {p for f, p in tests if f == folder}
        systems = len({re.sub(r"\d+", "#", p) for p in beside}) == len(beside) > 1
        for file in parts.values():
            file.stem = prefix or file.stem
            if systems and prefix:  # names that differ in more than a number: what was put under load
                file.suite, file.ruled = _SUITE, True
                for rows in file.rows:
                    rows.texts["subject"], rows.texts["subject_from"] = prefix, "file name"
                file.told.append(
                    Assignment(
                        name="file name", role=Role.SYSTEM, known_by=KnownBy.PATH, means="subject", values=(prefix,)
                    )
                )


def _once(parts: dict[str, FileTable]) -> None:
    sums, course, reasons = (parts.get(k) for k in ("stats", "stats_history", "failures"))
    if sums is not None and sums.rows and course is not None:
        _set_apart(course, f"the course in time of the requests that {sums.place.name} sums up")
    counted = sums if sums is not None and sums.rows else course
    if counted is None or reasons is None or not reasons.rows:
        return
    listed = sum(float(r.n.sum()) for r in reasons.rows)
    for rows in counted.rows:
        bad = np.flatnonzero(np.array([k.column == locust.COUNTED for k in rows.kinds], dtype=bool)[rows.which])
        for i in bad:  # what the list does not name stays a failure without a reason
            taken = min(listed, float(rows.n[i]))
            rows.n[i] -= taken
            listed -= taken
    counted.rows = [
        r.take(~(np.array([k.column == locust.COUNTED for k in r.kinds], dtype=bool)[r.which] & (r.n <= 0)))
        for r in counted.rows
    ]


def _set_apart(file: FileTable, reason: str) -> None:
    file.rows = []
    file.source = file.source.model_copy(update={"role": "none", "reason": reason, "records": 0})
