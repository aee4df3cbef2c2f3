"""What the hardware did while a suite ran: a table of power, energy, memory, load and clocks, each with its unit."""

from __future__ import annotations

from chimera_report.tools.claims import tables
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.tables import EMPTY, cell, table
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Column, SuiteInfo, Summary, Table

SHOWN = (
    "energy_per_token", "memory_share", "compute_share", "power", "gpu_util", "vram", "gpu_temperature", "clock_sm",
    "throttle", "cpu_power", "ram", "server_ram", "cpu_util", "mem_util", "clock_mem",
)  # fmt: skip
MOST = 8  # columns, in that order
LEAST = 2  # below that there is nothing to set side by side


def hardware(desk: Desk, suite: SuiteInfo, lines: list[Summary]) -> Table | None:
    """Medians over the records of each of the lines; None where the suite has no telemetry to speak of."""
    found = [m for m in SHOWN if any(tables.beside(desk, s, m) for s in lines)][:MOST]
    if len(found) < LEAST:
        return None
    place = desk.analysis.inventory.suites.index(suite)
    columns = [Column(title="System"), Column(title="Condition"), Column(title="n", align="right")]
    for name in found:
        sample = next(b for b in (tables.beside(desk, s, name) for s in lines) if b is not None)
        title, unit = metric_of(name).title, desk.unit(sample, tables.central(sample))
        head = title[:1].upper() + title[1:]
        columns.append(Column(title=f"{head} ({unit})" if unit else head, align="right"))
    rows = []
    for row in lines[: tables.ROWS]:
        items = [tables.beside(desk, row, m) for m in found]
        if any(items):
            about = [
                cell(desk, row, "subject") if row.subject else EMPTY,
                cell(desk, row, "~condition") if row.condition else EMPTY,
                cell(desk, next(i for i in items if i is not None), "n"),
            ]
            rows.append((*about, *(tables.value(desk, i, tables.central(i)) if i else EMPTY for i in items)))
    name = cell(desk, desk.analysis.inventory, f"suites.{place}.name")
    subjects = {row.subject for row in lines[: tables.ROWS]}
    of = f" with {cell(desk, lines[0], 'subject')}" if len(subjects) == 1 and lines[0].subject else ""
    return table(f"Hardware while suite {name} ran{of}, medians over its records", columns, rows)
