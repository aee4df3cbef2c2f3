"""Numbers that a text says of a system, held against the rows of the data: which statistic, under which settings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chimera_report.tools.lint.binding import Verdict
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.metrics import metric as metric_of

if TYPE_CHECKING:
    import pandas as pd

TYPICAL = ("gmean", "p50", "mean")  # what a value without the name of its statistic may be

_UNKNOWN: Verdict = "unsupported"


def rows(
    world: World, subject: str, metric: str, suites: tuple[str, ...], condition: tuple[tuple[str, str], ...]
) -> pd.DataFrame:
    """The samples of a metric of a system, failed ones left out."""
    table = world.dataset.table
    chosen = (table["subject"] == subject) & (table["metric"] == metric) & (table["status"] == "ok")
    chosen &= table["stat"] == "sample"
    if suites:
        chosen &= table["suite"].isin(suites)
    for factor, level in condition:
        chosen &= table[f"factor.{factor}"].astype(str) == level
    return table[chosen]


def statistics(values: list[float]) -> dict[str, float]:
    """Of at least one value."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    found = {"mean": math.fsum(values) / len(values), "p50": median, "min": ordered[0], "max": ordered[-1]}
    if ordered[0] > 0:
        found["gmean"] = math.exp(math.fsum(map(math.log, values)) / len(values))
    return found


def close(value: float, written: str, about: bool) -> bool:
    """Whether a number as it is written is the value, rounded as it is."""
    places = len(written.split(".")[1]) if "." in written else 0
    slack = 0.5 * 10.0**-places * 1.001
    if about and "." not in written:  # "about 280": to the last digit that is not a nought
        slack = min(max(slack, 0.5 * 10.0 ** (len(written) - len(written.rstrip("0")))), max(slack, 0.02 * abs(value)))
    return abs(value - float(written)) <= slack


def value(
    world: World,
    subject: str,
    metrics: tuple[str, ...],
    suites: tuple[str, ...],
    condition: tuple[tuple[str, str], ...],
    written: str,
    unit: str,
    *,
    stat: str = "",
    compare: str = "",
    about: bool = False,
) -> tuple[Verdict, str]:
    """Whether a number is a value of the system, and what the data says."""
    told: list[str] = []
    verdicts: set[Verdict] = set()
    for metric in metrics:
        factor = unit_factor(unit, metric_of(metric).unit) if metric in METRICS else None
        if not factor:
            continue
        table = rows(world, subject, metric, suites, condition)
        for suite, group in table.groupby("suite", sort=False):
            have = {k: v / factor for k, v in statistics([float(x) for x in group["value"]]).items()}
            where = "".join(f" at {k} {v}" for k, v in condition)
            typical = have.get("gmean", have["mean"])
            told.append(f"{metric_of(metric).title} of {subject} in suite {suite}{where}: {typical:.4g} {unit}")
            wanted = {"mean": ("mean", "gmean")}.get(stat, (stat,)) if stat else TYPICAL
            values = [have[s] for s in wanted if s in have]
            if compare in ("≫", "≪"):
                values, compare = [have["min" if compare == "≫" else "max"]], ">" if compare == "≫" else "<"
            if compare:
                given = float(written)
                holds = [v > given if compare in ">≥" else v < given for v in values]
                if compare in "≥≤":
                    holds = [h or close(v, written, False) for h, v in zip(holds, values, strict=True)]
                verdicts.add("supported" if all(holds) else "unsupported" if any(holds) else "refuted")
            elif any(close(v, written, about) for v in values):
                verdicts.add("supported")
            elif any(close(v, written, about) for v in have.values()) or _elsewhere(group, factor, written):
                verdicts.add("unsupported")  # of another statistic or condition than is said
            else:
                verdicts.add("refuted")
    data = "; ".join(dict.fromkeys(told))
    order: tuple[Verdict, ...] = ("supported", "unsupported", "refuted")
    return next((v for v in order if v in verdicts), _UNKNOWN), data


def _elsewhere(group: pd.DataFrame, factor: float, written: str) -> bool:
    """Whether the number is that of one level of a setting."""
    for column in (c for c in group.columns if c.startswith("factor.")):
        for _, part in group.groupby(column):
            have = statistics([float(x) / factor for x in part["value"]])
            if any(close(have[s], written, False) for s in TYPICAL if s in have):
                return True
    return False
