"""Tables: what the folder holds, and each suite's results, best first. A cell is a placeholder; a column has one
unit."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.claims import recipes, withheld
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.wording import ids_in
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Column, Result, Status, SuiteInfo, Summary, Table
from chimera_report.tools.stats import is_toy

ROWS = 12  # of a table in the body; an appendix shows more
APPENDIX_ROWS = 60
EMPTY = "–"
_WAITS = frozenset({"ttft", "e2e_latency", "tpot", "itl"})
_TAILS = (("p99", 100), ("p95", 20))  # percentiles, and the records below which they are the longest waits alone


def cell(desk: Desk, item: Result | None, field: str, part: str = "number") -> str:
    """A placeholder for that part of the item, or a dash where there is none."""
    if item is None or not desk.has(item, field):
        return EMPTY
    fact = desk.fact(item, field)
    if part == "interval":
        return "{{" + fact.id + ":interval}}" if fact.interval else EMPTY
    return "{{" + fact.id + (f":{part}" if part else "") + "}}"


def value(desk: Desk, item: Summary, field: str) -> str:
    """A typical value; of unlike records from the least to the greatest, since no one value stands for them."""
    if not item.over:
        return cell(desk, item, field)
    ends = [cell(desk, item, f) for f in ("min", "max")]
    return EMPTY if EMPTY in ends else " to ".join(ends)


def table(title: str, columns: Sequence[Column], rows: Sequence[tuple[str, ...]], note: str = "") -> Table:
    """A table that names the facts in its cells; a column of dashes is left out."""
    kept = [i for i in range(len(columns)) if not rows or any(row[i] != EMPTY for row in rows)]
    shown = tuple(tuple(row[i] for i in kept) for row in rows)
    texts = (title, note, *(columns[i].title for i in kept), *(c for row in shown for c in row))
    facts = dict.fromkeys(i for text in texts for i in ids_in(text) if i.startswith("F"))
    return Table(title=title, columns=tuple(columns[i] for i in kept), rows=shown, facts=tuple(facts), note=note)


def _right(title: str, unit: str = "") -> Column:
    return Column(title=f"{title} ({unit})" if unit else title, align="right")


# --- what the folder holds ------------------------------------------------------------------------------------------


def file_kinds(desk: Desk) -> Table:
    """Files by kind, with each kind's share of all files."""
    inventory = desk.analysis.inventory
    order = sorted(inventory.by_kind.items(), key=lambda kv: (-kv[1], kv[0]))
    rows = [
        (kind, cell(desk, inventory, f"by_kind.{kind}"), cell(desk, inventory, f"by_kind.{kind}|files"))
        for kind, count in order
        if count
    ]
    rows.append(("total", cell(desk, inventory, "files"), EMPTY))
    return table("Files by kind", (Column(title="Kind"), _right("Files"), _right("Share", "%")), rows)


def suites(desk: Desk, *, rows: int = ROWS, title: str = "Suites by number of records") -> Table:
    """The suites with most records; what a suite holds, never what it means."""
    inventory = desk.analysis.inventory
    order = sorted(range(len(inventory.suites)), key=lambda i: (-inventory.suites[i].records, i))
    columns = (
        Column(title="Suite"),
        _right("Systems"),
        _right("Files"),
        _right("Records"),
        _right("Failed"),
        Column(title="Data"),
    )
    level = {"sample": "samples", "aggregate": "aggregates", "both": "samples and aggregates", "none": "none"}
    lines = [
        (
            cell(desk, inventory, f"suites.{i}.name"),
            cell(desk, inventory, f"#suites.{i}.subjects"),
            cell(desk, inventory, f"#suites.{i}.files"),
            cell(desk, inventory, f"suites.{i}.records"),
            cell(desk, inventory, f"suites.{i}.errors"),
            level[inventory.suites[i].level],
        )
        for i in order[:rows]
    ]
    return table(title, columns, lines)


def files_of(desk: Desk, status: Status, *, rows: int = ROWS) -> Table | None:
    """The files of one status with the reader's reason; None when there are none."""
    found = recipes.files(desk.dataset, status)
    if not found.paths:
        return None
    lines = [
        (cell(desk, found, f"paths.{i}"), cell(desk, found, f"reasons.{i}")) for i in range(min(rows, len(found.paths)))
    ]
    name = {"skipped": "Files left out", "partial": "Files read in part", "parsed": "Files read"}[status]
    return table(name, (Column(title="File"), Column(title="Reason")), lines)


# --- results --------------------------------------------------------------------------------------------------------

# The metrics that a suite's table is about and sorted by, the first that it has.
PRIMARY = ("decode_rate", "run_time", "request_rate", "e2e_latency", "ttft", "ttft_incl_load", "accuracy")
# What stands beside it, in this order.
BESIDE = (
    "prefill_rate",
    "ttft",
    "ttft_incl_load",
    "tpot",
    "load_time",
    "e2e_latency",
    "compile_time",
    "energy_per_token",
    "vram",
)


def primary(desk: Desk, suite: str) -> str:
    """The metric that orders the suite's table: the first of PRIMARY that it has, else any with a better direction."""
    have = [s.metric for s in desk.analysis.summaries if s.suite == suite and _typical(s) is not None]
    for name in PRIMARY:
        if name in have:
            return name
    return next((m for m in dict.fromkeys(have) if metric_of(m).direction != "none" and metric_of(m).core), "")


def typical_field(item: Summary) -> str:
    """The field that stands for an item in a table: what a source aggregated is told by its mean, where it has one."""
    fields = ("mean", "p50") if item.level == "aggregate" else ("gmean", "p50", "mean")
    return next((f for f in fields if getattr(item, f) is not None), fields[-1])


def _typical(item: Summary) -> float | None:
    found: float | None = getattr(item, typical_field(item))
    return found


def rows_of(desk: Desk, suite: str, metric: str) -> list[Summary]:
    """The summaries that a table of the suite lists, best first: warm where cold starts are told apart, and split by
    condition where systems are."""
    found = [s for s in desk.summaries.get((suite, metric), ()) if _typical(s) is not None]
    found = [s for s in found if s.warm is not False]
    named = {s.definition for s in found}
    if len(named) > 1:  # one definition a table; the canonical one where there is a choice
        kept_definition = min(named, key=lambda d: (d != "", -sum(s.n or 0 for s in found if s.definition == d), d))
        found = [s for s in found if s.definition == kept_definition]
    found = [s for s in found if not is_toy(s.subject)] or found  # what stands in for a model is none of them
    subjects = {s.subject for s in found}
    kept: list[Summary] = []
    for subject in subjects:
        mine = [s for s in found if s.subject == subject]
        split = [s for s in mine if s.condition]
        mine = split or mine
        if any(s.warm is True for s in mine):
            mine = [s for s in mine if s.warm is True]
        samples = [s for s in mine if s.level == "sample"]
        kept += samples or mine
    higher = metric_of(metric).direction == "higher"
    return sorted(kept, key=lambda s: ((-1 if higher else 1) * (_typical(s) or 0.0), s.subject, str(s.condition)))


def beside(desk: Desk, row: Summary, metric: str) -> Summary | None:
    """The summary of another metric for the same subject, suite and condition."""
    found = [
        s
        for s in desk.summaries.get((row.suite, metric), ())
        if (s.subject, s.condition, s.level) == (row.subject, row.condition, row.level)
        and s.warm is not False
        and s.definition == ""
        and _typical(s) is not None
    ]
    place = _record(row)  # of a source's own aggregates, the one that stands in the same record
    found = [s for s in found if place is None or _record(s) == place]
    return next((s for s in found if s.warm is True), found[0] if found else None)


CLOCKS = 1.05  # a server's rate over the client's, from which on it is told by whose clock a rate is


def apart(server: float | None, client: float | None) -> bool:
    """Whether a server's counters leave out time that a client waits, by its rate and the client's."""
    return bool(server and client) and (server or 0.0) > CLOCKS * (client or 0.0)


def ratio(row: Summary, other: Summary) -> float:
    """How many times the one is of the other; 1 where either has no value."""
    a, b = _typical(row), _typical(other)
    return a / b if a and b else 1.0


def by_client(desk: Desk, row: Summary) -> Summary | None:
    """The client's decode rate of the same system and condition, where the server's is higher by more than a little."""
    other = beside(desk, row, "client_decode_rate") if row.metric == "decode_rate" and not row.definition else None
    return other if other is not None and apart(_typical(row), _typical(other)) else None


def _record(item: Summary) -> tuple[object, object] | None:
    """File and record of what a source aggregated itself; None for what is summed up here."""
    args = item.recipe.args
    return (args.get("source"), args["record"]) if "record" in args else None


def results(
    desk: Desk, suite: SuiteInfo, metric: str, lines: list[Summary], *, subject: str = "", rows: int = ROWS
) -> Table:
    """The systems of one suite (of one subject of it, where named), in the order of `lines`, with what stands
    beside."""
    place = desk.analysis.inventory.suites.index(suite)
    name = cell(desk, desk.analysis.inventory, f"suites.{place}.name")
    unit = desk.unit(lines[0], typical_field(lines[0]))
    head = metric_of(metric).title
    aggregates = all(s.level == "aggregate" for s in lines)
    named = [Column(title="System"), Column(title="Condition"), Column(title="File"), _right("Record")]
    columns = [*named, _right("n")]
    if aggregates:
        columns += [_right(f"Mean {head}", unit), _right("SD", unit), _right("Min", unit), _right("Max", unit)]
    else:
        columns += [_right(head[:1].upper() + head[1:], unit), _right("Interval", unit), _right("CV", "%")]
    clocks = any(by_client(desk, s) for s in lines)
    first = ("client_decode_rate",) if clocks else ()
    others = [m for m in (*first, *BESIDE) if m != metric and any(beside(desk, s, m) for s in lines)][
        : 4 if clocks else 3
    ]
    tails: dict[str, str] = {}
    for other in others:
        sample = next(b for b in (beside(desk, s, other) for s in lines) if b is not None)
        warm = "warm " if sample.warm else ""
        middle = "median " if central(sample) == "p50" and (sample.n or 1) > 1 else ""
        title = f"{middle}{warm}{metric_of(other).title}"
        columns.append(_right(title[:1].upper() + title[1:], desk.unit(sample, central(sample))))
        tails[other] = tail([b for b in (beside(desk, s, other) for s in lines) if b is not None])
        if tails[other]:
            columns.append(
                _right(f"{tails[other].upper()} {warm}{metric_of(other).title}", desk.unit(sample, central(sample)))
            )
    failed = any(s.errors for s in lines)
    columns += [_right("Failed")] if failed else []
    out: list[tuple[str, ...]] = []
    for row in lines[:rows]:
        line = [
            cell(desk, row, "subject") if row.subject else EMPTY,
            cell(desk, row, "~condition") if row.condition else EMPTY,
            *_place(desk, row, lines),
            cell(desk, row, "n"),
        ]
        if aggregates:
            fields = ("min", "max") if row.over else ("mean", "sd", "min", "max")
            line += [cell(desk, row, f) if f in fields else EMPTY for f in ("mean", "sd", "min", "max")]
        else:
            cv = EMPTY if row.over else cell(desk, row, "cv")
            line += [value(desk, row, typical_field(row)), _bare_interval(desk, row), cv]
        for other in others:
            item = beside(desk, row, other)
            line.append(value(desk, item, central(item)) if item else EMPTY)
            if tails[other]:
                line.append(value(desk, item, tails[other]) if item else EMPTY)
        line += [cell(desk, row, "errors")] if failed else []
        out.append(tuple(line))
    of = f", {cell(desk, lines[0], 'subject')}" if subject else ""
    told = withheld.notes(desk, lines[:rows], head)
    if clocks:
        told.insert(
            0, "The decode rate is by the server's counters, which leave out some of the time that a client waits."
        )
    if lines[0].definition:
        told.insert(0, f"The files compute the {head} as: {cell(desk, lines[0], 'definition')}.")
    return table(f"Suite {name}{of}, sorted by {head}", columns, out, " ".join(told))


def _place(desk: Desk, row: Summary, lines: list[Summary]) -> tuple[str, str]:
    """File and record of an aggregate that has no name: where several stand in a table, nothing else tells them
    apart."""
    args = row.recipe.args
    if row.subject or row.condition or "record" not in args or len(lines) < 2:
        return EMPTY, EMPTY
    return cell(desk, row, "recipe.args.source"), cell(desk, row, "recipe.args.record")


def tail(items: list[Summary]) -> str:
    """The percentile of a wait for which all have enough records: one in a hundred, or in twenty, waits longer."""
    if not items or items[0].metric not in _WAITS or any(i.level == "aggregate" or i.over for i in items):
        return ""
    least = min(i.n or 0 for i in items)
    return next((p for p, fewest in _TAILS if least >= fewest and all(getattr(i, p) is not None for i in items)), "")


def central(item: Summary) -> str:
    """The field that stands for it beside others: the median where there is one."""
    return "p50" if item.p50 is not None else typical_field(item)


def _bare_interval(desk: Desk, row: Summary) -> str:
    """Both ends, without their unit."""
    name = {"gmean": "gmean_ci", "p50": "median_ci"}.get(typical_field(row), "")
    if not name or row.over or getattr(row, name) is None:
        return EMPTY
    return f"{cell(desk, row, f'{name}.low')} to {cell(desk, row, f'{name}.high')}"
