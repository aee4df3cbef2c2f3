"""What other assistants are given of reports: which there are, what one can be asked, typed look-ups, conversations."""

# ruff: noqa: E501 — descriptions and messages are read as a whole

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from chimera_report.tools.errors import UsageError
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import Layer, World, metric_words, reply, validate
from chimera_report.tools.schema import THINGS, Answer, Query, Select, Where

if TYPE_CHECKING:
    from chimera_report.agent.chat.saved import Saved
    from chimera_report.agent.chat.state import Turn

MOST_REPORTS = 100
MOST_NAMES = 60
MOST_TURNS = 40  # of a thread that are kept
AGGREGATES = (
    "typical",
    "mean",
    "gmean",
    "median",
    "p90",
    "p95",
    "p99",
    "sum",
    "count",
    "share",
    "min",
    "max",
    "sd",
    "cv",
)


class Listed(BaseModel):
    """One report of the folder."""

    report: str = Field(description="Its name, for the other tools.")
    of: str = Field(description="The folder of files that it is of.")
    started: str
    files: int
    measurements: int


class MetricOf(BaseModel):
    name: str
    title: str
    unit: str
    better: str = Field(description="higher, lower or none")
    values: int


class Described(BaseModel):
    """What one report can be asked."""

    report: str
    systems: list[str]
    suites: list[str]
    metrics: list[MetricOf]
    dimensions: dict[str, list[str]] = Field(description="What `query` may group by or filter on, with its levels.")
    measures: list[str] = Field(description="What `query` may look up beside metrics.")
    aggregates: list[str]
    records: int
    failed: int
    questions: list[str] = Field(description="Questions that this report can answer, one of each kind.")


class Condition(BaseModel):
    """One condition of a look-up."""

    field: str = Field(
        description='A dimension, or "name": a part of any name of the record, as "270m".', max_length=200
    )
    op: str = Field(default="=", description="=, !=, <, <=, >, >=, in, not in, between; has or lacks for a name.")
    values: list[str | int | float] = Field(min_length=1, max_length=100)


def described(saved: Saved) -> Described:
    """The names, metrics and dimensions of a report, and a question of each kind."""
    world = saved.world
    layer = world.layer
    total = layer.fetch("SELECT count(*), count(*) FILTER (WHERE failed) FROM records")[0]
    dimensions: dict[str, list[str]] = {
        "system": list(world.subjects)[:MOST_NAMES],
        "suite": list(world.suites)[:MOST_NAMES],
        "file": [],
        "day": [],
        "run": [],
    }
    dimensions |= {f: list(levels)[:MOST_NAMES] for f, levels in layer.levels.items()}
    return Described(
        report=str(saved.folder.path),
        systems=dimensions["system"],
        suites=dimensions["suite"],
        metrics=[
            MetricOf(name=m, title=metric_of(m).title, unit=metric_of(m).unit, better=metric_of(m).direction, values=n)
            for m, n in layer.metrics.items()
        ],
        dimensions=dimensions,
        measures=["records", "failures"],
        aggregates=list(AGGREGATES),
        records=int(total[0]),
        failed=int(total[1] or 0),
        questions=list(world.askable),
    )


def listed(out: Path) -> list[Listed]:
    """The finished reports below a folder, the newest first; those that cannot be read are passed over."""
    from chimera_report.tools.errors import StoreError
    from chimera_report.tools.store import RunFolder, is_run

    found = []
    try:
        places = sorted((p for p in out.iterdir() if p.is_dir() and not p.is_symlink() and is_run(p)), reverse=True)
    except OSError:
        return []
    for place in places[:MOST_REPORTS]:
        folder = RunFolder(place)
        if not folder.finished:
            continue
        try:
            record = folder.read_json("run.json")
            counts = record.get("counts") or {}
            found.append(
                Listed(
                    report=place.name,
                    of=str((record.get("settings") or {}).get("path", "")),
                    started=str(record.get("started", "")),
                    files=int(counts.get("files", 0)),
                    measurements=int(counts.get("measurements", 0)),
                )
            )
        except (StoreError, AttributeError, TypeError, ValueError):
            continue
    return found


def looked_up(
    world: World,
    measure: str,
    *,
    aggregate: str = "typical",
    by: Sequence[str] = (),
    where: Sequence[Condition] = (),
    state: str = "",
    order: str = "",
    limit: int = 0,
    unit: str = "",
) -> Answer:
    """The answer to a typed look-up. Raises UsageError for a name that the report does not have, with those it has."""
    layer = world.layer
    name = metric_named(measure, layer) if measure not in THINGS else measure
    wheres = [_where(c, layer) for c in where]
    for dimension in by:
        _dimension(dimension, layer)
    kind, q = _aggregate(aggregate)
    if name in THINGS and name not in ("records", "failures"):
        raise UsageError(
            f"{name} are no measure of a look-up", hint="Look up records, failures or a metric; or use ask."
        )
    task = "value" if name not in THINGS else "failure_rate" if name == "failures" and kind == "share" else "counts"
    if name == "failures" and task == "counts":
        task = "failures"
    if task == "value" and (order or limit) and not (set(by) & {"file", "day", "run"}):
        task = "rank_all"
    select = Select(
        measure=name, aggregate=kind, q=q, by=tuple(by), where=tuple(wheres), state=state, order=order,  # type: ignore[arg-type]
        limit=limit, unit=unit, task=task, text="failed" if task == "failures" else "",
    )  # fmt: skip
    metric = "" if name in THINGS else name
    return reply(
        Query(intent="select", metric=metric, select=select), world, select.model_dump_json(exclude_defaults=True)
    )


def _aggregate(name: str) -> tuple[Any, float]:
    if name == "median":
        return "quantile", 0.5
    if name.startswith("p") and name[1:].replace(".", "", 1).isdigit() and 0 <= float(name[1:]) <= 100:
        return "quantile", float(name[1:]) / 100
    if name not in AGGREGATES:
        raise UsageError(
            f"there is no aggregate {name!r}", hint="There are: " + ", ".join(AGGREGATES) + ", or p and a number."
        )
    return name, 0.5


def _dimension(name: str, layer: Layer) -> None:
    known = ("system", "suite", "file", "day", "run", "message", "cell", "setting", *layer.factors)
    if name not in known:
        raise UsageError(f"the report has no dimension {name!r}", hint="It has: " + ", ".join(known))


def _where(condition: Condition, layer: Layer) -> Where:
    ops = ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "has", "lacks", "between")
    if condition.op not in ops:
        raise UsageError(f"there is no operator {condition.op!r}", hint="There are: " + ", ".join(ops))
    if condition.field not in ("name", "started", "status", "message"):
        _dimension(condition.field, layer)
    values = tuple(f"{v:g}" if isinstance(v, float) else str(v) for v in condition.values)
    if condition.field == "name":
        for value in values:
            if not layer.names.having(value):
                raise UsageError(f"nothing in the report is called {value!r}", hint="describe_report lists its names.")
    return Where(field=condition.field, op=condition.op, values=values)  # type: ignore[arg-type]


def metric_named(name: str, layer: Layer) -> str:
    """The metric of the report that a name or an alias stands for. Raises UsageError with those that it has."""
    if name in layer.metrics:
        return name
    candidates = metric_words().get(name.lower().replace("_", " "), ())
    held = next((m for m in candidates if m in layer.metrics), "")
    if held:
        return held
    if name in METRICS:
        raise UsageError(f"the report has no {metric_of(name).title}", hint="It has: " + ", ".join(layer.metrics))
    raise UsageError(f"the report has no metric {name!r}", hint="It has: " + ", ".join(layer.metrics))


def compared(world: World, a: str, b: str, metric: str, suite: str) -> Answer:
    """Two systems, providers or other names of a report by one metric; names may be parts of names, as in a question.

    Raises UsageError for a name that the report does not have.
    """
    layer = world.layer
    first, second = (_system(x, world) for x in (a, b))
    chosen = metric_named(metric, layer)
    if suite and suite not in world.suites:
        raise UsageError(f"the report has no suite {suite!r}", hint="It has: " + ", ".join(world.suites))
    if first == second:
        raise UsageError("a and b are the same system", hint="Name two.")
    sides = tuple((Where(field="name", op="has", values=(n.lower(),)),) for n in (first, second))
    where = (Where(field="suite", op="=", values=(suite,)),) if suite else ()
    select = Select(measure=chosen, task="compare", sides=sides, where=where)
    looked_up = Query(intent="select", metric=chosen, select=select)
    if first in world.subjects and second in world.subjects:
        raw = {"intent": "compare", "subjects": [first, second], "metric": chosen, "suite": suite}
        verdict = validate(raw, world)
        if isinstance(verdict, Query):  # without a verdict the ratio that was observed, as a question gets it
            verdict = verdict.model_copy(update={"otherwise": looked_up})
        return reply(verdict, world, f"{a} against {b} by {metric}")
    return reply(looked_up, world, f"{a} against {b} by {metric}")


def _system(name: str, world: World) -> str:
    """The system that a name stands for: itself, or the one that has it as a part; else the part, of whatever has it."""
    if name in world.subjects:
        return name
    owners = world.layer.names.having(name)
    held = sorted({world.layer.names.groups[i].subject for i in owners} & set(world.subjects))
    if len(held) == 1 and len({world.layer.names.groups[i].subject for i in owners}) == 1:
        return held[0]
    if not owners:
        raise UsageError(f"the report has no system {name!r}", hint="It has: " + ", ".join(world.subjects))
    return name


def asked(question: str, saved: Saved, turns: list[Turn]) -> Answer:
    """The answer to a question that may lean on earlier turns; the turn is added to them."""
    from chimera_report.agent.chat.context import Context
    from chimera_report.agent.chat.steps import STEPS

    context = Context(saved.world)
    context.begin()
    state: dict[str, Any] = {"question": question, "turns": list(turns)}
    for name, step in STEPS.items():
        made = step(state, context)  # type: ignore[arg-type]
        if name == "remember":
            turns += made["turns"]
        else:
            state.update(made)
    del turns[:-MOST_TURNS]
    return Answer.model_validate(state["answer"])
