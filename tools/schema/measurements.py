"""What ingest hands on: the sources and the long table of measurements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .frozen import Frozen
from .reading import PASSES, Assignment, Role, role_of

if TYPE_CHECKING:
    import pandas as pd

Json = Any  # a JSON value: None, bool, int, float, str, list, dict


Status = Literal["parsed", "partial", "skipped"]
RESTATED = "a table that another document states too was read there"  # the reason of a document that repeats another
NOT_NEEDED = "not needed"  # how the reason begins for a file that is known and holds no result of its own
ESTIMATES = "called estimated by the file itself, so used nowhere"  # how a note of its values begins
SUPERSEDED = "an earlier version wrote it"  # how the reason begins for a file whose values are read from another one
PART = "a part of what is summed up in"  # how the reason begins for a file whose sum with its siblings is read instead


class Source(Frozen):
    """One file of the folder."""

    path: str  # relative to the folder, with forward slashes, as the file system has it (surrogates escaped)
    sha256: str  # "" when the file could not be read
    size: int  # bytes
    format: str  # csv, json, jsonl, markdown, or the foreign tool's name ("llama-bench"); "" when unknown
    kind: str  # the file's type for the inventory: CSV, JSON, Markdown, YAML, other
    encoding: str  # "" for binary
    status: Status
    reason: str = ""  # why it is partial or skipped; one clause, no digits that are not the file's own
    records: int = 0  # rows or objects that were read
    measurements: int = 0  # rows of the table that came from it
    role: Literal["data", "document", "none"] = "none"  # a document states results, it does not hold them
    reading: tuple[Assignment, ...] = ()  # what its columns, keys and path were read as; () in reports before 0.3


# The measurements table: one row an observation. Columns, in this order, then one `factor.<name>` column a factor.
COLUMNS: dict[str, str] = {
    "source": "path of the Source",
    "record": "number of the record within the source, from 1 (Int64)",
    "where": "the record's place for a person: 'line 5', '/results/0', 'table 2, row 3'",
    "column": "the header or key that the value stood under",
    "suite": "the benchmark that the record belongs to, as the data names it",
    "subject": "the model or system measured, as the data names it; '' when unknown",
    "subject_from": "column, field, sibling, file name, or ''",
    "metric": "canonical name of tools.metrics; 'request' with value NaN for a record that failed",
    "definition": "'' for the canonical definition, else the variant that the source uses",
    "value": "in the metric's canonical unit (float64); NaN only where status is not ok",
    "stat": "sample, or what an aggregate is: mean, sd, min, max, p50, p90, p95, p99, count, total, …",
    "n": "observations behind the value: 1 for a sample, the count for an aggregate where known (Int64, may be NA); "
    "for a failure, how many requests failed",
    "status": "ok, error, timeout, or 'set aside': a value that cannot be true, which no statistic uses",
    "message": "the error's text (untrusted), or why a value was set aside; '' otherwise",
    "origin": "measured, or reported (stated by a document)",
    "run": "id of the group of records that one run of a benchmark produced, in order",
    "order": "place of the record within its run, from 0 (Int64); NA where nothing tells in which order they ran",
    "started": "when the record was measured (datetime64[ns, UTC], may be NaT)",
}
EXPORT_SCHEMA = "chimera-report/export/1"  # of a folder that holds the table and its sources
RAN_ON_CPU = " (ran on the CPU)"  # end of a device level whose record says so, whatever its label says
# The message of a reading speed of a prompt that took no longer than one token.
AT_ONCE = "the whole prompt in the time of one token, so it was cached or too short to tell"
DISOWNED = "its own record says"  # how the message of a value begins whose record says of itself that it does not hold
NO_WORDS = "not successful"  # the message of a failure of which the file says no more than that it was one
FACTOR = "factor."  # prefix of factor columns; their values are strings as the data writes them, NA when absent


@dataclass(frozen=True, slots=True)
class Dataset:
    """The sources, in the order of their paths, and one long table with the columns of `COLUMNS` and the factors."""

    root: str
    sources: tuple[Source, ...]
    table: pd.DataFrame
    earlier: Earlier | None = None  # what it is compared with
    interactions: tuple[tuple[str, str], ...] = ()  # pairs of factors whose interplay is looked at
    measured: tuple[str, ...] = ()  # suites that were measured for the report of this dataset
    server: tuple[
        str, ...
    ] = ()  # options of a command line that say which server runs the models, as the user gave them
    beside: Mapping[str, str] | None = None  # sha256 by path of files that were not read; None: nobody looked
    undivided: Dataset | None = None  # of which this is the newest part, where it is one
    _roles: dict[str, Role] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def whole(self) -> Dataset:
        """All that was read: this dataset, or the one that it is the newest part of."""
        return self if self.undivided is None else self.undivided

    @property
    def readings(self) -> dict[str, tuple[Assignment, ...]]:
        """What each file was read as, by its path. {} for a report of an earlier version."""
        return {s.path: s.reading for s in self.sources if s.reading}

    def assigned(self, means: str) -> Iterator[tuple[Source, Assignment]]:
        """The assignments, with their files, that read something as this metric or factor."""
        return ((s, a) for s in self.sources for a in s.reading if a.means == means)

    def role_of(self, factor: str) -> Role:
        """What a factor is: a setting, the workload, a repeat, … (`FACTOR` prefix or not). UNKNOWN where nothing tells.

        Only a role that is `chosen` may be recommended.
        """
        name = factor.removeprefix(FACTOR)
        if name not in self._roles:
            column = self.table.get(FACTOR + name)
            levels = () if column is None else (str(v) for v in column.dropna().unique())
            self._roles[name] = role_of(name, (a for _, a in self.assigned(name)), levels)
        return self._roles[name]

    @property
    def passes(self) -> tuple[str, ...]:
        """The factors that number passes, or tell the first from the later ones: conditions, where most are repeats."""
        return tuple(dict.fromkeys(a.means for s in self.sources for a in s.reading if a.note == PASSES))

    def of_first_pass(self, condition: Mapping[str, str]) -> bool:
        """Whether a condition is that of a first pass, beside which later ones stand."""
        return any(condition.get(f, "") == self._first(f) for f in self.passes if f in condition)

    def _first(self, factor: str) -> str:
        levels = self.table[FACTOR + factor].dropna().unique() if FACTOR + factor in self.table.columns else ()
        return min((str(v) for v in levels), key=lambda v: (int(re.findall(r"\d+", v)[0]), v), default="")

    @property
    def factors(self) -> list[str]:
        """Names of the factors, without their prefix, in the table's order."""
        return [c.removeprefix(FACTOR) for c in self.table.columns if c.startswith(FACTOR)]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The measurements of an earlier report, and which report that is."""

    run: str
    sha256: str  # of its measurements.parquet
    dataset: Dataset
