"""The functions of the public door, and `Run`: a folder of benchmark results, read and analysed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any
from weakref import finalize

from chimera_report.reports import AUTO, Report, asked, settings_of, verify, world_of
from chimera_report.shown import Answer, Statement, Verified, frame, overview
from chimera_report.tools import statements
from chimera_report.tools.errors import ChimeraError, UsageError
from chimera_report.tools.metrics import METRICS, resolve
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.render import escape
from chimera_report.tools.schema import Alert, Analysis, Comparison, Correlation, Dataset, Effect, Summary
from chimera_report.tools.store import is_run

if TYPE_CHECKING:
    import pandas as pd

    from chimera_report.tools.query import World

__all__ = [
    "Answer",
    "ChimeraError",
    "Report",
    "Run",
    "Statement",
    "Verified",
    "ask",
    "bench",
    "compare",
    "load",
    "report",
    "verify",
]


class Run:
    """A folder of benchmark results: what its files hold, and what can be said of that. `load` makes it."""

    def __init__(self, path: Path, world: World) -> None:
        self.path = path
        self._world = world

    # --- what the files hold

    @property
    def dataset(self) -> Dataset:
        """The sources and the table as the program passes them on (docs/architecture.md)."""
        return self._world.dataset

    @property
    def analysis(self) -> Analysis:
        """All that was computed, as typed items with their recipes."""
        return self._world.analysis

    @property
    def table(self) -> pd.DataFrame:
        """One row a measured value, in the metric's canonical unit; settings are the columns `factor_…`."""
        return self.dataset.table.copy()

    @property
    def sources(self) -> pd.DataFrame:
        """One row a file: how it was read, how many records it holds, and why one was left out."""
        import pandas as pd

        names = ("path", "format", "status", "reason", "records", "measurements", "role")
        return pd.DataFrame([{n: getattr(s, n) for n in names} for s in self.dataset.sources], columns=list(names))

    @property
    def readings(self) -> pd.DataFrame:
        """What each column, key and part of a path was read as, and how that is known; as `chimera-report inspect`."""
        import pandas as pd

        rows = [
            {
                "file": path,
                "name": a.name,
                "role": str(a.role),
                "means": a.means,
                "unit": a.unit,
                "known by": str(a.known_by),
                "note": a.note,
            }
            for path, reading in self.dataset.readings.items()
            for a in reading
        ]
        return pd.DataFrame(rows, columns=["file", "name", "role", "means", "unit", "known by", "note"])

    @property
    def systems(self) -> tuple[str, ...]:
        """What was measured: models, engines, machines."""
        return self._world.subjects

    @property
    def metrics(self) -> tuple[str, ...]:
        return self._world.metrics

    @property
    def settings(self) -> dict[str, tuple[str, ...]]:
        """Setting → its levels."""
        return dict(self._world.levels)

    @property
    def alerts(self) -> list[Alert]:
        """What a reader of the data has to know: copies, failures, cold starts, drifts, contradictions."""
        return list(self.analysis.alerts)

    # --- what was computed

    @property
    def summaries(self) -> pd.DataFrame:
        return frame(Summary, self.analysis.summaries)

    @property
    def comparisons(self) -> pd.DataFrame:
        return frame(Comparison, self.analysis.comparisons)

    @property
    def effects(self) -> pd.DataFrame:
        return frame(Effect, self.analysis.effects)

    @property
    def correlations(self) -> pd.DataFrame:
        return frame(Correlation, self.analysis.correlations)

    @cached_property
    def statements(self) -> list[Statement]:
        """Everything that the data supports, the weightiest first."""
        from chimera_report.tools.report import build

        sheet = build(self.analysis, self.dataset, every=True)
        held = [c for c in sheet.claims if c.verdict == "SUPPORTED" and c.clause]
        return [Statement(c, sheet) for c in sorted(held, key=lambda c: -c.weight)]

    # --- what can be asked

    def compare(self, a: str, b: str, metric: str | None = None, *, suite: str | None = None) -> Statement:
        """`a` against `b` by one metric: the verdict, its interval and its evidence.

        Two systems, or two levels of one setting. Without `metric` it is the one that matters most of those with a
        verdict. Raises UsageError, with what there is, for names that nothing compares.
        """
        from chimera_report.tools.claims import say

        name = _metric(metric) if metric is not None else None
        found = [
            c
            for c in self.analysis.comparisons
            if {c.a, c.b} == {a, b} and (name is None or c.metric == name) and (suite is None or c.suite == suite)
        ]
        if not found:
            by = f" by {metric_of(name).title}" if name else ""
            pairs = sorted({f"{c.a} and {c.b}" for c in self.analysis.comparisons if name in (None, c.metric)})
            hint = f"Compared are {', '.join(pairs[:6])}." if pairs else "The data compares nothing: see run.alerts."
            raise UsageError(f"nothing compares {a} with {b}{by}", hint=hint)
        settled = {"higher": 0, "lower": 0, "equivalent": 1, "inconclusive": 2, "exploratory": 3, "insufficient": 4}
        best = min(found, key=lambda c: (settled[c.outcome], -statements.importance(c.metric), bool(c.condition)))
        desk = self._world.desk()
        claim = say.comparison(desk, best)
        if claim is None:
            claim = say.open_comparison(desk, best)
        return Statement(claim, desk.sheet(), best)

    def ask(self, question: str, *, model: str | None = None) -> Answer:
        """A question about the data, answered from it.

        Rules understand it and code words it; with `model` ("auto", or a name) a local model helps where they cannot.
        """
        return asked(self._world, question, model=model)

    def report(
        self,
        *,
        model: str | None = None,
        title: str | None = None,
        interactions: Iterable[tuple[str, str]] = (),
        compare: str | Path | None = None,
    ) -> Report:
        """A report of the folder, complete and true without a model; `save` keeps it.

        `model` ("auto", or the name of one that Ollama has) words it; `interactions` are pairs of settings whose
        interplay is looked at; `compare` is an earlier report folder. Raises ChimeraError.
        """
        return _report(self.path, model=model, title=title, interactions=interactions, compare=compare)

    # --- how it shows itself

    def _told(self) -> list[tuple[str, str]]:
        held = self.analysis.inventory
        parts = ", ".join(f"{n} {status}" for status, n in held.by_status.items() if n)
        return [
            ("files", f"{held.files} ({parts})"),
            ("records", str(held.records)),
            ("systems", ", ".join(self.systems[:8]) + (" …" if len(self.systems) > 8 else "")),
            ("metrics", ", ".join(metric_of(m).title for m in self.metrics[:12])),
            ("settings", ", ".join(f"{k} ({len(v)})" for k, v in self.settings.items())),
            ("alerts", str(len(self.analysis.alerts))),
        ]

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}): " + "; ".join(f"{k}: {v}" for k, v in self._told() if v)

    def _repr_markdown_(self) -> str:
        return "\n".join(["| | |", "|---|---|", *(f"| {k} | {escape(v)} |" for k, v in self._told() if v)])

    def _repr_html_(self) -> str:
        import pandas as pd

        alerts = pd.DataFrame([{"alert": a.kind, "what to do": a.advice} for a in self.alerts]).drop_duplicates()
        tables = [("Alerts", alerts.head(12))] if len(alerts) else []
        return overview([pair for pair in self._told() if pair[1]], tables)


def load(path: str | Path, *, interactions: Iterable[tuple[str, str]] = ()) -> Run:
    """A folder of benchmark files, one file, or a finished report folder, read and opened for questions.

    `interactions` are pairs of settings whose interplay is computed as well. Raises NoInputError for a folder that
    holds nothing that can be read, UsageError for a path that is not there.
    """
    place = Path(path)
    if is_run(place):
        return Run(place, world_of(place))
    from chimera_report.tools.ingest import ingest
    from chimera_report.tools.query import World

    if not place.exists():
        raise UsageError("no such file or folder", where=str(place), hint="Name a folder of benchmark files.")
    dataset = ingest(place)
    pairs = tuple((a, b) for a, b in interactions)
    if pairs:
        dataset = replace(dataset, interactions=_declared(pairs, dataset))
    return Run(place, World(dataset, target=str(place)))


def ask(path: str | Path, question: str, *, model: str | None = None) -> Answer:
    """`load(path).ask(question)`."""
    return load(path).ask(question, model=model)


def compare(path: str | Path, a: str, b: str, metric: str | None = None) -> Statement:
    """`load(path).compare(a, b, metric)`."""
    return load(path).compare(a, b, metric)


def report(path: str | Path, *, model: str | None = None, title: str | None = None) -> Report:
    """A report of a folder of benchmark files; see `Run.report`."""
    return _report(Path(path), model=model, title=title)


def bench(
    *models: str,
    out: str | Path,
    factors: Mapping[str, Sequence[int | float | str | bool]] | None = None,
    runs: int | str = "auto",
    prompts: str = "quick",
    host: str | None = None,
    runtime: str = AUTO,
    **plan: Any,
) -> Run:
    """Measure models of Ollama, or of the embedded runtime, into the new folder `out`, and load it.

    `factors` maps an option of Ollama to its levels; further keywords are fields of a plan (docs/bench.md): `rounds`,
    `num_predict`, `time_budget_s` (seconds), `concurrency`, `options`, `slo`, `seed`. Raises UsageError for a plan
    that cannot be, RuntimeMissing where no runtime has the model.
    """
    from chimera_report.tools import bench as room
    from chimera_report.tools.runtime import open_runtime

    levels = {name: tuple(values) for name, values in (factors or {}).items()}
    chosen = room.make_plan(list(models), prompts=prompts, runs=runs, factors=levels, **plan)
    if chosen.design == "adaptive":
        raise UsageError("an adaptive search is made by the command", hint="chimera-report bench --design adaptive")
    found = open_runtime(runtime, host, os.environ, chosen.models[0])
    try:
        room.run(chosen, found.base_url, Path(out), on_event=lambda _event: None)
    finally:
        found.close()
    return load(out)


# --- what the functions share -----------------------------------------------------------------------------------------


def _report(
    path: Path,
    *,
    model: str | None,
    title: str | None = None,
    interactions: Iterable[tuple[str, str]] = (),
    compare: str | Path | None = None,
) -> Report:
    from datetime import datetime
    from importlib.metadata import version

    from chimera_report.agent import report as reports
    from chimera_report.agent.assembly import command_line

    pairs = ",".join(f"{a}:{b}" for a, b in interactions)
    kept = mkdtemp(prefix="chimera-report-")
    given = {"title": title, "interactions": pairs or None, "compare": Path(compare) if compare else None}
    settings = settings_of(path, model, out=Path(kept), **given)
    told = {k: v for k, v in given.items() if v} | ({"no_llm": True} if model is None else {})
    told |= {"model": model} if model not in (None, AUTO) else {}
    done = reports.make(
        settings,
        env=os.environ,
        started=datetime.now().astimezone(),
        command=command_line(told, str(path)),
        version=version("chimera-report"),
        emit=lambda _event, _data: None,
    )
    made = Report(done.folder.path, path)
    finalize(made, rmtree, kept, ignore_errors=True)
    return made


def _declared(pairs: Sequence[tuple[str, str]], dataset: Dataset) -> tuple[tuple[str, str], ...]:
    from chimera_report.agent.compare import declared

    return declared(",".join(f"{a}:{b}" for a, b in pairs), dataset.factors)


def _metric(name: str) -> str:
    """The registered name of a metric that a person names: "decode rate", "tokens_s", "ttft"."""
    found = name if name in METRICS else getattr(resolve(name), "metric", "")
    by_title = {m.title.lower(): m.name for m in METRICS.values()}
    return found or by_title.get(name.lower(), name)
