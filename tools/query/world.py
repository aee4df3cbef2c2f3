"""A finished report opened for questions: its measurements, what the statistics say of them, its words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import Field

from chimera_report.tools.claims import Desk, compared
from chimera_report.tools.query.askable import askable
from chimera_report.tools.query.corpus import Corpus
from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.machines import beside, machine_lines, titled
from chimera_report.tools.query.originals import Originals
from chimera_report.tools.query.rows import Rows
from chimera_report.tools.query.shown.entries import Entries
from chimera_report.tools.query.shown.naming import Vocabulary
from chimera_report.tools.schema import FACTOR, Alert, Analysis, Dataset, Inventory, Query, Report, Result, SuiteInfo
from chimera_report.tools.stats import what_is_held

if TYPE_CHECKING:
    import pandas as pd

    from chimera_report.tools.query.reader.slots import Slots


_COLD = FACTOR + "cold"


class Narrowed(Result):
    """What is left of the data under the conditions of a question."""

    condition: dict[str, str] = Field(default_factory=dict)
    without: tuple[str, ...] = ()
    outliers: int = 0  # values that were left out
    records: int = 0


class World:
    """The data of one report. `target` is the folder that it is of, as commands name it."""

    def __init__(self, dataset: Dataset, report: Report | None = None, *, target: str = "") -> None:
        self.dataset = dataset
        self.report = report
        self.target = target
        self.narrowing: Narrowed | None = None
        self.whole: World = self  # the world that this is a part of
        self._parts: dict[str, World] = {}
        self.slots: dict[str, Slots] = {}  # question → what it says, kept by who reads it

    @cached_property
    def analysis(self) -> Analysis:
        from chimera_report.tools.stats import analyse  # many questions are answered without it

        return compared(analyse(self.dataset), self.dataset)

    @cached_property
    def inventory(self) -> Inventory:
        """What the data holds, without the statistics of it."""
        return what_is_held(self.dataset)

    @cached_property
    def layer(self) -> Layer:
        """The semantic layer of the data."""
        return Layer(self.dataset, self.report)

    @cached_property
    def hardware(self) -> tuple[tuple[str, str], ...]:
        """What documents of the report's folder say about its machine: (file, line)."""
        return machine_lines(self.dataset, self.target)

    @cached_property
    def titled(self) -> frozenset[str]:
        """The words of the first headings of documents at the top of the report's folder."""
        return titled(self.dataset, self.target)

    @cached_property
    def beside(self) -> tuple[tuple[str, int], ...]:
        """Files of the folder that the report did not read, with their bytes, where the folder is still there."""
        return beside(self.dataset, self.target)

    @cached_property
    def originals(self) -> Originals:
        """The rows of the folder's files as they stand, where the folder is still there."""
        return Originals(self.dataset, self.target)

    @cached_property
    def corpus(self) -> Corpus:
        """The lines of the folder's text files, where the folder is still there."""
        return self.whole.corpus if self.whole is not self else Corpus(self)

    @cached_property
    def entries(self) -> Entries:
        """The records of the folder with all that says which they are, where the folder is still there."""
        return self.whole.entries if self.whole is not self else Entries(self)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The parts of the names of the records."""
        return self.whole.vocabulary if self.whole is not self else Vocabulary(self.entries.all)

    @cached_property
    def askable(self) -> tuple[str, ...]:
        """Questions of each kind that this report can answer."""
        return askable(self)

    @cached_property
    def rows(self) -> Rows:
        return Rows(self.dataset)

    def desk(self) -> Desk:
        """A new desk: an answer holds only the facts that it needs."""
        return Desk(self.analysis, self.dataset)

    # --- names

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        return tuple(s for s in self.inventory.subjects if s)

    @cached_property
    def suites(self) -> dict[str, SuiteInfo]:
        return {s.name: s for s in self.inventory.suites if s.name}

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        return self.inventory.metrics

    @cached_property
    def measured(self) -> dict[str, frozenset[str]]:
        """System → the metrics that it has values of."""
        table = self.dataset.table
        held = table.loc[table["status"] == "ok", ["subject", "metric"]].drop_duplicates()
        return {str(name): frozenset(part) for name, part in held.groupby("subject", sort=False)["metric"]}

    @cached_property
    def files(self) -> tuple[str, ...]:
        return tuple(s.path for s in self.dataset.sources)

    @cached_property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """Factor → its levels."""
        table = self.dataset.table
        return {
            f: tuple(sorted({str(x) for x in table[FACTOR + f].dropna().unique()}))
            for f in self.dataset.factors
            if f not in ("cold", "randomised")
        }

    def holds(self, metric: str, *, subject: str = "", suite: str = "") -> bool:
        """Whether there is a value of the metric, of that subject, in that suite."""
        return (metric, subject, suite) in self._held

    @cached_property
    def _held(self) -> set[tuple[str, str, str]]:
        found: set[tuple[str, str, str]] = set()
        for s in self.analysis.summaries:
            for subject in {s.subject, ""}:
                for suite in {s.suite, ""}:
                    found.add((s.metric, subject, suite))
        for c in self.analysis.comparisons:
            if c.axis == "subject":
                for subject in (c.a, c.b, ""):
                    found |= {(c.metric, subject, c.suite), (c.metric, subject, "")}
        return found

    # --- parts of the data

    def under(self, query: Query) -> World:
        """The data under the question's conditions: the same object for the same conditions."""
        outliers = [] if query.outliers else self._outliers(query)
        condition = {f: v for f, v in query.condition.items() if len(self.levels.get(f, ())) > 1}
        if not condition and not query.without and query.outliers:
            return self
        key = repr((sorted(condition.items()), query.without, [a.key for a in outliers], query.outliers))
        if key not in self._parts:
            self._parts[key] = self._narrowed(condition, query.without, outliers)
        return self._parts[key]

    def _narrowed(self, condition: dict[str, str], without: tuple[str, ...], outliers: list[Alert]) -> World:
        table = _with_cold(self.dataset.table, self.alerts(("cold_start",)))
        part = table.iloc[self.rows.positions(condition, without)]
        before = len(part)
        for alert in outliers:
            part = _leave_out(part, alert)
        part = part.reset_index(drop=True)
        kept = set(part["source"].unique())
        sources = tuple(s for s in self.dataset.sources if s.path in kept or s.path not in without)
        made = World(replace(self.dataset, table=part, sources=sources), self.report, target=self.target)
        made.whole = self
        records = len(part[["source", "record"]].drop_duplicates())
        made.narrowing = Narrowed(
            recipe=self.analysis.inventory.recipe.model_copy(
                update={"args": {"condition": condition, "without": list(without), "outliers": len(outliers)}}
            ),
            condition=condition,
            without=without,
            outliers=before - len(part),
            records=records,
        )
        return made

    def declaring(self, dataset: Dataset) -> World:
        """The same data where more is to be computed; the same object for the same declarations."""
        if dataset is self.dataset:
            return self
        key = f"declaring {dataset.interactions}"
        if key not in self._parts:
            made = World(dataset, self.report, target=self.target)
            made.whole, made.narrowing = self.whole, self.narrowing
            self._parts[key] = made
        return self._parts[key]

    @cached_property
    def load_metrics(self) -> frozenset[str]:
        """The metrics that a cold start is part of: those that are summarised apart for it."""
        return frozenset(s.metric for s in self.whole.analysis.summaries if s.warm is not None)

    def all_cold(self, metric: str, *, subjects: Iterable[str] = (), suite: str = "") -> bool:
        """Whether every record of a part of the data that holds the metric is a cold start."""
        table = self.dataset.table
        if self.narrowing is None or metric not in self.load_metrics or _COLD not in table.columns:
            return False
        kept = (table["metric"] == metric) & (table["status"] == "ok")
        if names := tuple(subjects):
            kept &= table["subject"].isin(names)
        if suite:
            kept &= table["suite"] == suite
        marks = table.loc[kept, _COLD].dropna()
        return bool(len(marks) and (marks == "true").all())

    def _outliers(self, query: Query) -> list[Alert]:
        """The report's own outliers, as far as they concern the question."""
        return [
            a
            for a in self.analysis.alerts
            if a.kind == "outliers"
            and (not query.metric or a.metric == query.metric)
            and (not query.subjects or a.subject in query.subjects)
            and (not query.suite or a.suite == query.suite)
        ]

    def alerts(self, kinds: Iterable[str] = (), *, subject: str = "", suite: str = "", metric: str = "") -> list[Alert]:
        """Alerts of some kinds that concern a subject, a suite, a metric."""
        wanted = frozenset(kinds)
        return [
            a
            for a in self.analysis.alerts
            if (not wanted or a.kind in wanted)
            and (not subject or a.subject in ("", subject))
            and (not suite or a.suite == suite)
            and (not metric or a.metric in ("", metric))
        ]


def _with_cold(table: pd.DataFrame, alerts: list[Alert]) -> pd.DataFrame:
    """The table with what the checks of the whole found to be cold starts written down: a part may not show it."""
    import numpy as np

    if not alerts:
        return table
    cold = {(r.source, n) for a in alerts for r in a.rows for n in r.records}
    told = {(a.suite, a.subject, r.source) for a in alerts for r in a.rows}
    held = table[_COLD].astype(object).to_numpy() if _COLD in table.columns else np.full(len(table), None, dtype=object)
    keys = zip(table["suite"], table["subject"], table["source"], table["record"], strict=True)
    marks = [
        ("true" if (source, int(n)) in cold else "false") if (suite, subject, source) in told else old
        for (suite, subject, source, n), old in zip(keys, held, strict=True)
    ]
    return table.assign(**{_COLD: marks})


def _leave_out(table: pd.DataFrame, alert: Alert) -> pd.DataFrame:
    """The table without the values that an alert is about."""
    gone = table["metric"] == alert.metric
    cited = {(r.source, n) for r in alert.rows for n in r.records}
    records = zip(table["source"], table["record"], strict=True)
    import numpy as np

    return table[~(gone & np.array([(s, int(n)) in cited for s, n in records], dtype=bool))]
