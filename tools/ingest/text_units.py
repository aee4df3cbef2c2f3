"""Units that a text beside the data gives: the report of a run prints `TTFT(s)` over what the JSON calls `ttft`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import METRICS, resolve, unit_factor
from chimera_report.tools.schema import KnownBy, Role

if TYPE_CHECKING:
    from .identify import FileTable

_MOST = 200_000  # characters of a text that are looked at
_UNIT = r"ns|us|µs|ms|msec|s|sec|secs|seconds|milliseconds|%|tokens?/s|tok/s|req/s|MB|GB|MiB|GiB|W|J"
_HEAD = re.compile(rf"([A-Za-z][A-Za-z0-9 /_-]{{1,40}}?)\s?\(({_UNIT})\)")
_LINE = re.compile(rf"^\W*([A-Za-z][A-Za-z0-9 /_-]{{2,40}}?)\s*[:=]\s*[-+]?[\d.,]+\s?({_UNIT})\b", re.MULTILINE)

Units = dict[str, set[float]]  # metric → factors to its canonical unit


def units_in(text: str) -> Units:
    """The metrics that heads and lines of a text name together with a unit."""
    found: Units = {}
    for pattern in (_HEAD, _LINE):
        for name, unit in pattern.findall(text[:_MOST]):
            words = name.split()
            for i in range(len(words)):  # heads of a table stand in one line: `Level  P95(s)  TTFT(s)`
                meaning = resolve(f"{' '.join(words[i:])} ({unit})")
                if meaning is not None and meaning.metric in METRICS and meaning.explicit:
                    found.setdefault(meaning.metric, set()).add(meaning.factor)
                    break
    return found


def told_by_texts(files: list[FileTable]) -> None:
    """An assumed unit is known where texts of its folder give that one and no other."""
    folders: dict[str, Units] = {}
    for file in files:
        for metric, factors in file.units.items():
            folders.setdefault(file.folder, {}).setdefault(metric, set()).update(factors)
    for file in files:
        units = folders.get(file.folder, {})
        for rows in file.rows if units and file.source.role == "data" else ():
            rows.told = [
                a.model_copy(update={"unit_known_by": KnownBy.COMPANION})
                if a.role is Role.METRIC
                and a.unit_known_by is KnownBy.ASSUMED
                and a.means in METRICS
                and units.get(a.means) == {unit_factor(a.unit, METRICS[a.means].unit)}
                else a
                for a in rows.told
            ]
