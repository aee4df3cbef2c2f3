"""What one run holds in memory: settings, folder, and the stages' objects, each made once or read back after a kill."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chimera_report.agent.behind import behind
from chimera_report.agent.compare import attach
from chimera_report.agent.model import Model
from chimera_report.agent.place import suite_of
from chimera_report.agent.settings import Settings
from chimera_report.tools.schema import Analysis, Dataset, FactSheet, Outline, Report, Source
from chimera_report.tools.store import Journal, RunFolder

if TYPE_CHECKING:
    from chimera_report.tools.runtime import Runtime

Emit = Callable[[str, dict[str, Any]], None]
Ask = Callable[[list[str]], bool]  # the plan in lines → whether to go on

TABLE = ".work/measurements.parquet"
SOURCES = ".work/sources.json"
ENLARGED = (".work/enlarged.parquet", ".work/enlarged.json")  # with what was measured for this report
REPORT = ".work/report.json"


def _silent(_event: str, _data: dict[str, Any]) -> None:
    return None


@dataclass
class Run:
    """The context of the graph. `model` is given by tests that script one; else it is opened when first needed."""

    settings: Settings
    folder: RunFolder
    started: datetime
    env: Mapping[str, str]
    command: str  # exact, for the report's Reproduction
    version: str
    emit: Emit = _silent
    busy: bool = False  # other programs used the machine when the run began
    ask: Ask | None = None  # a person, where there is one
    scripted: Model | None = None
    clock: Callable[[], float] = time.monotonic
    _journal: Journal | None = None
    _runtime: Runtime | None = None
    _model: Model | None = None
    _dataset: Dataset | None = None
    _analysis: Analysis | None = None
    _sheet: FactSheet | None = None
    _outline: Outline | None = None
    _report: Report | None = None
    notes: list[str] = field(default_factory=list)

    # --- model

    @property
    def journal(self) -> Journal:
        if self._journal is None:
            self._journal = self.folder.journal()
        return self._journal

    def runtime(self) -> Runtime:
        """The runtime, found or started when first asked for. Raises RuntimeMissing."""
        if self._runtime is None:
            from chimera_report.tools.runtime import open_runtime

            self._runtime = open_runtime(
                self.settings.runtime,
                self.settings.host,
                self.env,
                self.settings.model if self.settings.llm else None,
                pull=self.settings.pull and self.settings.llm,
                any_model=not self.settings.llm,  # then it only measures
                api_key=self.settings.api_key,
            )
        return self._runtime

    def model(self) -> Model:
        if self.scripted is not None:
            return self.scripted
        if self._model is None:
            runtime = self.runtime()
            self._model = behind(runtime, settings=self.tuned(runtime.kind), journal=self.journal, clock=self.clock)
        return self._model

    def tuned(self, kind: str) -> Settings:
        """The settings as they are sent: on a busy machine the embedded engine gets one thread.

        Two engine threads wait for each other at every layer; where another program holds a core, a call takes up to
        ten times as long with two as with one.
        """
        options = self.settings.options
        if kind != "embedded" or not self.busy or options.num_thread is not None:
            return self.settings
        return self.settings.model_copy(update={"options": options.model_copy(update={"num_thread": 1})})

    def budget_left(self) -> bool:
        """Whether model time is left. Counted from the journal, so that a resumed run keeps its account."""
        return sum(float(e.get("seconds", 0.0)) for e in self.journal.entries()) < self.settings.budget

    def close(self) -> None:
        if self._runtime is not None:
            self._runtime.close()
            self._runtime = None
            self._model = None

    # --- the stages' objects

    def put_dataset(self, dataset: Dataset) -> None:
        """The folder's data; with what was measured for this report, that is kept beside it."""
        table, sources = ENLARGED if dataset.measured else (TABLE, SOURCES)
        self.folder.write_table(table, dataset.table)
        # Written last: the file that says that the other is whole.
        self.folder.write_json(
            sources,
            {
                "root": dataset.root,
                "measured": list(dataset.measured),
                "beside": None if dataset.beside is None else dict(dataset.beside),
                "sources": [s.model_dump(mode="json") for s in dataset.sources],
            },
        )
        # Read back below: a resumed run sees exactly the same table. What was derived from another is none of it.
        self._dataset = self._analysis = self._sheet = self._outline = None

    def dataset(self) -> Dataset:
        if self._dataset is None:
            self._dataset = attach(
                self._read(*(ENLARGED if self.folder.has(ENLARGED[1]) else (TABLE, SOURCES))), self.settings
            )
        return self._dataset

    def folder_dataset(self) -> Dataset:
        """The data of the folder alone."""
        return self._read(TABLE, SOURCES)

    def _read(self, table: str, sources: str) -> Dataset:
        saved = self.folder.read_json(sources)
        return Dataset(
            root=saved["root"],
            sources=tuple(Source.model_validate(s) for s in saved["sources"]),
            table=self.folder.read_table(table),
            measured=tuple(saved["measured"]),
            beside=saved.get("beside"),
        )

    def analysis(self) -> Analysis:
        if self._analysis is None:
            from chimera_report.tools.claims import compared
            from chimera_report.tools.stats import analyse

            self._analysis = compared(analyse(self.dataset()), self.dataset())
        return self._analysis

    def sheet(self) -> FactSheet:
        """The facts and claims; a resumed run derives them again, which takes less than reading them back."""
        if self._sheet is None:
            self._compose()
        assert self._sheet is not None  # noqa: S101  composed above
        return self._sheet

    def outline(self) -> Outline:
        """The report as code words it; the same for the same facts."""
        if self._outline is None:
            self._compose()
        assert self._outline is not None  # noqa: S101  composed above
        return self._outline

    def _compose(self) -> None:
        """The sheet and the report over it, in one composition."""
        from chimera_report.tools.report import composed

        suite = suite_of(self.settings.path)
        name = (self.settings.path.resolve().name if suite is None else suite or "all suites") or "benchmarks"
        title = self.settings.title or f"Technical Report: {name}"
        self._sheet, self._outline = composed(
            self.analysis(),
            self.dataset(),
            title=title,
            plan=self.settings.plan(),
        )

    def put_report(self, report: Report) -> None:
        self._report = report
        self.folder.write_json(REPORT, report.model_dump(mode="json", by_alias=True))

    def report(self) -> Report:
        if self._report is None:
            self._report = Report.model_validate(self.folder.read_json(REPORT))
        return self._report
