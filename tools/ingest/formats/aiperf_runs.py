"""aiperf over several runs: aggregates of repeated runs, a sweep, pooled requests; and the slices of one run (0.13).

All of them are statistics, and stay that: of each run's figures, over runs, or over the requests of all runs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from chimera_report.tools.ingest.reading import Reading, skipped
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.schema import NOT_NEEDED, Json

from .aiperf import NAME, TAGS, Tag, varied
from .build import STAT_NAMES, Observations, cell_value, items, mapping, number, objects

_ACROSS = "mean over runs of each run's {}"
_POOLED = "over the requests of all runs"
_STATS = re.compile(r"avg|p\d+")
_OWN_UNITS = {"s": "ms", "s/token": "ms", "tokens/s": "tokens/sec", "1/s": "requests/sec"}  # where it writes none
_LABEL = re.compile(r"([\w.]+)=([^,\s]+)")
_SLICES = f"{NOT_NEEDED}: slices of a run; the run's own file holds the whole"


def are_runs(document: Json) -> bool:
    kind = mapping(mapping(document).get("metadata")).get("aggregation_type")
    return kind in ("confidence", "detailed") and isinstance(document.get("metrics"), dict)


def read_runs(document: Json) -> Reading:
    """`profile_export_aiperf_aggregate.json`: each figure of a run, over runs. `…_collated.json`: pooled requests."""
    out = Observations(NAME)
    about = mapping(document["metadata"])
    out.record("/", subject=about.get("model"), factors=varied(about.get("variation_values")))
    metrics = document["metrics"]
    if about["aggregation_type"] == "detailed":
        for key, tag in TAGS.items():
            pooled = mapping(mapping(metrics.get(key)).get("combined"))
            scale = tag.scale(_own_unit(tag))
            definition = f"{tag.definition}, {_POOLED}" if tag.definition else _POOLED
            if scale is not None:
                out.stats(tag.metric, _spread(pooled, pooled.get("count")), key, definition=definition, scale=scale)
    else:
        for key, values in metrics.items():
            _over_runs(out, key, mapping(values), about.get("num_successful_runs"), key)
    return out.done()


def is_sweep(document: Json) -> bool:
    return any(
        isinstance(c.get("parameters"), dict) and isinstance(c.get("metrics"), dict)
        for c in objects(mapping(document).get("per_combination_metrics"))[:1]
    )


def read_sweep(document: Json) -> Reading:
    """`profile_export_aiperf_sweep.json`: a record a combination. Which is best is not taken over, but found again."""
    out = Observations(NAME)
    runs = mapping(document.get("metadata")).get("num_trials_per_value")
    for i, item in enumerate(objects(document["per_combination_metrics"])):
        where = f"/per_combination_metrics/{i}"
        out.record(where, factors=varied(item.get("parameters")))
        for key, values in mapping(item.get("metrics")).items():
            if key in TAGS:
                _one_run(out, TAGS[key], mapping(values), f"metrics/{key}")
            else:
                _over_runs(out, key, mapping(values), runs, f"metrics/{key}")
    return out.done()


def _one_run(out: Observations, tag: Tag, values: Mapping[str, Json], column: str) -> None:
    """The figures of the only run of a combination: its `std` of 0 is of that one run, so it is none."""
    scale = tag.scale(values.get("unit", _own_unit(tag)))
    kept = {k: v for k, v in values.items() if k not in ("std", "avg")}
    if scale is not None:
        out.stats(tag.metric, kept, column, definition=tag.definition, scale=scale)


def _over_runs(out: Observations, key: str, values: Mapping[str, Json], runs: Json, column: str) -> None:
    """One figure of each run (`time_to_first_token_p99`), over runs. Of one run, it is that run's figure."""
    name, _, stat = key.rpartition("_")
    tag = TAGS.get(name)
    scale = tag.scale(values.get("unit", _own_unit(tag))) if tag is not None and _STATS.fullmatch(stat) else None
    if tag is None or scale is None:
        return
    several = number(runs) > 1
    definition = ", ".join(d for d in (tag.definition, _ACROSS.format(_figure(stat)) if several else "") if d)
    if stat != "avg":  # a spread of percentiles is no spread of the metric
        here = STAT_NAMES.get(stat, "")
        if here:
            value = values.get("mean")
            out.add(
                tag.metric, value, column, stat=here, n=runs if several else None, definition=definition, scale=scale
            )
        return
    kept = _spread({k: v for k, v in values.items() if k in ("mean", "std", "min", "max")}, runs)
    out.stats(tag.metric, kept if several else {"mean": values.get("mean")}, column, n=runs if several else None,
              definition=definition, scale=scale)  # fmt: skip


def _figure(stat: str) -> str:
    return "mean" if stat == "avg" else stat


def _spread(values: Mapping[str, Json], n: Json) -> dict[str, Json]:
    """The deviation of one value is none."""
    return {k: v for k, v in values.items() if k != "std" or number(n) > 1}


def _own_unit(tag: Tag) -> str:
    unit = METRICS[tag.metric].unit
    return _OWN_UNITS.get(unit, unit)


def are_slices(document: Json) -> bool:
    return any("start_ns" in s and "end_ns" in s for s in objects(mapping(document).get("timeslices"))[:1])


def skip_slices(_: Json) -> Reading:
    return skipped(_SLICES, format=NAME)


def _beside(document: Json) -> str:
    """What a document is that lies beside the figures of a run; "" where it is something else."""
    if _first(mapping(document).get("data")).keys() >= {"session_id", "payloads"}:
        return "the prompts of a run"
    if _first(mapping(document).get("phases")).keys() >= {"phase_kind", "metrics_json"}:
        return "the phases of a run"
    if mapping(mapping(document).get("benchmark")).keys() >= {"endpoint", "dataset", "phases"}:
        return "settings of a run"
    return "probes of the network during a run" if _first(document).keys() >= {"probe_type", "rtt_ns"} else ""


def _first(listed: Json) -> dict[str, Json]:
    return next(iter(objects(items(listed)[:1])), {})


def lies_beside(document: Json) -> bool:
    return bool(_beside(document))


def skip_beside(document: Json) -> Reading:
    return skipped(f"{NOT_NEEDED}: {_beside(document)}", format=NAME)


# --- CSV ------------------------------------------------------------------------------------------------------------

_RUNS_HEAD = ("metric", "mean", "std", "min", "max", "cv", "se", "ci_low", "ci_high")
_SWEEP_COLUMN = re.compile(r"(.+)_(mean|std|min|max)")


def is_table(head: str) -> bool:
    first = head.partition("\n")[0].strip()
    return first.startswith((",".join(_RUNS_HEAD), "Timeslice,Start_NS,")) or _is_sweep_head(first)


def _is_sweep_head(first: str) -> bool:
    found = (_SWEEP_COLUMN.fullmatch(c) for c in first.split(","))
    keys = {m[1] for m in found if m is not None and (m[1] in TAGS or m[1].rpartition("_")[0] in TAGS)}
    return any(f"{k}_cv" in first for k in keys)


def read_table(text: str) -> Reading:
    """`…_aggregate.csv`, `…_sweep.csv`: a table, and below a blank line what is about it. Slices are skipped."""
    if text.startswith("Timeslice,"):
        return skipped(_SLICES, format=NAME)
    lines = list(csv.reader(io.StringIO(text)))
    blank = next((i for i, row in enumerate(lines) if not row), len(lines))
    about = {row[0]: row[1] for row in lines[blank:] if len(row) == 2}
    header, rows = lines[0], lines[1:blank]
    out = Observations(NAME)
    if header[0] == "metric":
        runs = cell_value(about.get("Successful Runs"))
        out.record(
            "row 1", subject=about.get("Model"), factors=varied(dict(_LABEL.findall(about.get("Variation Label", ""))))
        )
        for row in rows:
            cells = dict(zip(header, row, strict=False))
            values = {k: cell_value(v) for k, v in cells.items() if k not in ("metric", "unit")}
            _over_runs(out, row[0], {**values, "unit": cells.get("unit")}, runs, row[0])
    else:
        _sweep_rows(out, header, rows, about)
    reading = out.done()
    if blank == len(lines) or not text.endswith("\n"):
        reading.note("breaks off; read up to there")
    return reading


def _sweep_rows(out: Observations, header: list[str], rows: list[list[str]], about: Mapping[str, str]) -> None:
    """A row a combination: the parameters, then the figures in aiperf's own units, which this table does not write."""
    found = {i: m for i, c in enumerate(header) if (m := _SWEEP_COLUMN.fullmatch(c)) is not None}
    of, combinations = (number(cell_value(about.get(f"Number of {k}"))) for k in ("Profile Runs", "Combinations"))
    runs = of / combinations if combinations > 0 and not of % combinations else None
    first = min(found, default=0)
    for number_of_row, row in enumerate(rows, 1):
        out.record(f"row {number_of_row}", factors=dict(zip(header[:first], row[:first], strict=False)))
        tags: dict[str, dict[str, Json]] = {}
        for i, match in found.items():
            if i < len(row):
                tags.setdefault(match[1], {})[match[2]] = cell_value(row[i])
        for key, values in tags.items():
            if key in TAGS:
                _one_run(out, TAGS[key], values, key)
            else:
                _over_runs(out, key, values, runs, key)
