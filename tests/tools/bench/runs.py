"""Plans of short runs, and what runs leave behind."""

import csv
import json
from pathlib import Path
from typing import Any

from chimera_report.tools.bench import (
    Plan,
    make_plan,
)


def plan(**fields: Any) -> Plan:
    base: dict[str, Any] = {"runs": 6, "num_predict": 12, "telemetry_hz": 0, "timeout_s": 300.0}
    return make_plan(["scripted:1m"], **(base | fields))


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "runs.journal").read_text().splitlines()[1:]]


def table(out: Path) -> list[dict[str, str]]:
    with (out / "runs.csv").open(newline="") as file:
        return list(csv.DictReader(file))
