"""`chimera.toml`: what the user says about a folder's columns, files and names. It goes before everything else.

leave_out = ["old/*"]                              # files that are not read

[columns]                                          # by header, key, or the path of a key
clients = { role = "workload", means = "concurrency" }
lat = { role = "metric", means = "e2e_latency", unit = "ms" }
foo = { role = "label" }

[files."night/*.csv"]                              # by path, with * and ?
system = "acme-8b"
suite = "serving"
settings = { quantisation = "fp8" }

[names]                                            # spellings of one system
"llama2-70b-4096" = "Llama 2 70B"
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from chimera_report.tools.errors import UsageError
from chimera_report.tools.metrics import METRICS, STATS, normalise, unit_factor
from chimera_report.tools.schema import KnownBy, Role

NAME = "chimera.toml"
_TOP = ("leave_out", "columns", "files", "names")
_COLUMN = ("role", "means", "unit", "stat", "by")
_FILE = ("system", "suite", "settings")
_STATISTICS = frozenset(("sample", *STATS.values()))
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What one column is. `means` is a metric's canonical name, or the name of the factor."""

    role: Role
    means: str = ""
    unit: str = ""
    stat: str = ""
    known_by: KnownBy = KnownBy.MAPPING


@dataclass(frozen=True, slots=True)
class FileRule:
    """What the files of one pattern are of."""

    pattern: str
    system: str = ""
    suite: str = ""
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FolderMap:
    leave_out: tuple[str, ...] = ()
    columns: dict[str, ColumnRule] = field(default_factory=dict)  # by normalised name
    files: tuple[FileRule, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    def leaves_out(self, path: str) -> bool:
        return any(fnmatchcase(path, p) for p in self.leave_out)

    def column(self, name: str, leaf: str) -> ColumnRule | None:
        """The rule for a column, by its whole name or its last step."""
        return self.columns.get(normalise(name)) or self.columns.get(normalise(leaf))

    def of_file(self, path: str) -> list[FileRule]:
        return [f for f in self.files if fnmatchcase(path, f.pattern)]


NOTHING = FolderMap()


def read_mapping(folder: Path) -> FolderMap:
    """The mapping of a folder; an empty one where it has none. Raises UsageError with file and line for a wrong one."""
    path = folder / NAME
    if not folder.is_dir() or not path.is_file():
        return NOTHING
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError("is too large to be a mapping", where=str(path))
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"cannot be read ({exc})", where=str(path)) from exc
    return parse_mapping(text, str(path))


def parse_mapping(text: str, where: str) -> FolderMap:
    """The same of a text. `where` names it in errors."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise UsageError(f"is not valid TOML: {exc}", where=where) from exc
    check = _Checker(text, where)
    check.keys(table, _TOP, "")
    out: list[FileRule] = []
    leave_out = table.get("leave_out", [])
    if not isinstance(leave_out, list) or not all(isinstance(p, str) for p in leave_out):
        check.fail("leave_out", "leave_out is a list of patterns", 'Write leave_out = ["old/*"].')
    for pattern, rule in check.table(table, "files").items():
        check.keys(check.table(table["files"], pattern), _FILE, pattern)
        settings = check.table(rule, "settings")
        texts = {k: check.text(rule, k) for k in ("system", "suite") if k in rule}
        out.append(FileRule(pattern, settings={normalise(k): _level(v) for k, v in settings.items()}, **texts))
    names = check.table(table, "names")
    return FolderMap(
        leave_out=tuple(leave_out),
        columns={
            normalise(n): check.column(n, check.table(table["columns"], n)) for n in check.table(table, "columns")
        },
        files=tuple(out),
        names={k: check.text(names, k) for k in names},
    )


def write_map(path: Path, text: str) -> None:
    """Write a mapping, whole or not at all. Raises UsageError where the folder cannot be written."""
    beside = path.with_name(f".{path.name}.tmp")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as exc:
        beside.unlink(missing_ok=True)
        raise UsageError(f"cannot be written ({exc.strerror})", where=str(path)) from exc


def _level(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Checker:
    """Reports what is wrong with the line that it stands in."""

    def __init__(self, text: str, where: str) -> None:
        self.lines = text.splitlines()
        self.where = where

    def fail(self, key: str, problem: str, hint: str) -> None:
        found = re.compile(rf"(^|[\s.{{,\[\"']){re.escape(key)}[\"'\]\s=.,}}]")
        line = next(
            (i for i, t in enumerate(self.lines, 1) if found.search(t + " ") and not t.lstrip().startswith("#")), 0
        )
        raise UsageError(problem, where=f"{self.where}, line {line}" if line else self.where, hint=hint)

    def keys(self, table: dict[str, Any], known: tuple[str, ...], of: str) -> None:
        for key in table:
            if key not in known:
                place = f" of {of!r}" if of else ""
                self.fail(key, f"there is no {key!r}{place}", f"Known here: {', '.join(known)}.")

    def table(self, table: dict[str, Any], key: str) -> dict[str, Any]:
        found = table.get(key, {})
        if not isinstance(found, dict):
            self.fail(key, f"{key!r} is a table", f"Write {key} = {{ … }} or [{key}].")
        return dict(found)

    def text(self, table: dict[str, Any], key: str) -> str:
        value = table[key]
        if not isinstance(value, str) or not value.strip():
            self.fail(key, f"{key!r} is a text", f'Write {key} = "…".')
        return str(value)

    def column(self, name: str, rule: dict[str, Any]) -> ColumnRule:
        self.keys(rule, _COLUMN, name)
        role = rule.get("role", "metric" if rule.get("means") in METRICS else "")
        if role not in {r.value for r in Role}:
            self.fail(
                name, f"the role of {name!r} is {role!r}", f"A role is one of {', '.join(r.value for r in Role)}."
            )
        means = self.text(rule, "means") if "means" in rule else ""
        unit = self.text(rule, "unit") if "unit" in rule else ""
        stat = rule.get("stat", "")
        if stat and stat not in _STATISTICS:
            self.fail(name, f"{stat!r} is no statistic", f"Known: {', '.join(sorted(_STATISTICS))}.")
        if role == Role.METRIC and means and means not in METRICS and unit:
            self.fail(name, f"{means!r} is no metric with a unit", f"Known: {', '.join(METRICS)}.")
        if unit and (role != Role.METRIC or not means):
            self.fail(
                name, f"the unit of {name!r} needs the metric that it is of", 'Write role = "metric", means = "ttft".'
            )
        if unit and unit_factor(unit, METRICS[means].unit) is None:
            self.fail(name, f"{unit!r} is no unit of {means}", f"It is measured in {METRICS[means].unit or 'no unit'}.")
        by = rule.get("by", "")
        if by not in ("", "proposal"):
            self.fail(name, f"{by!r} is nobody who says what a column is", 'Leave `by` out, or write "proposal".')
        known = KnownBy.PROPOSAL if by else KnownBy.MAPPING
        return ColumnRule(Role(role), means, unit, str(stat), known)
