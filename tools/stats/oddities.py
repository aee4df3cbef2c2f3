"""Alerts on values that tell less than they seem to: mixed definitions, constants, the impossible, bad telemetry."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.per_time import is_undefined
from chimera_report.tools.schema import DISOWNED, Alert

from .alerting import make
from .columns import Codes, Mask, Selection
from .intervals import Floats
from .prepared import Key, Prepared
from .workload import by_record

_SCOPES = frozenset({"over all records", "of one process"})  # what a number covers, not how it is taken
_RATES = frozenset({"tokens/s", "1/s"})
_TELEMETRY = ("power", "energy", "energy_per_token")
_WINDOW = 1.0  # s; power sensors average over about as long
_THROTTLED = 0.05  # share of the samples
_BUSY = 20.0  # % of all cores: two cores of ten, which a benchmark feels
_FALL = 0.9  # a clock below this share of the run's usual high one is slow, …
_HOT, _FULL = 3.0, 0.97  # … and slowed where the device is within 3 °C or 3 % of the most that it reached, …
_SLOWER = 0.97  # … and the decode rate is below this share of that of the other records
_MIN_SLOWED = 3
_CONSTANT_N = 6
_DISCRETE = frozenset(
    {"accuracy", "schema_valid", "success_rate", "throttle", "model_size", "vram"}
)  # may well be constant


def oddities(prepared: Prepared) -> Iterator[Alert]:
    yield from _mixed(prepared)
    yield from _set_aside(prepared)
    yield from _impossible(prepared)
    yield from _kept_apart(prepared)
    yield from _constant(prepared)
    yield from _throttling(prepared)
    yield from _busy(prepared)
    yield from _slowed_clocks(prepared)
    yield from _short_windows(prepared)


def _mixed(prepared: Prepared) -> Iterator[Alert]:
    found: dict[tuple[str, str], dict[str, list[Key]]] = {}
    for key in prepared.measures():
        if (
            key.definition not in _SCOPES and not key.definition.startswith("on ") and not is_undefined(key.definition)
        ):  # scores on two tests are two things
            found.setdefault((key.suite, key.metric), {}).setdefault(key.definition, []).append(key)
    for (suite, metric), by_definition in found.items():
        if len(by_definition) < 2:
            continue
        rows = _joined(prepared, [k for keys in by_definition.values() for k in keys])
        names = sorted(d or METRICS[metric].definition if metric in METRICS else d for d in by_definition)
        yield make(
            "mixed_definitions",
            f"{suite}:{metric}",
            rows,
            severity="note",
            suite=suite,
            metric=metric,
            values={"definitions": "; ".join(names), "count": len(names)},
            advice=f"compare {metric} only within one definition",
        )


def _joined(prepared: Prepared, keys: list[Key]) -> Selection:
    return prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))


def _impossible(prepared: Prepared) -> Iterator[Alert]:
    for key in prepared.measures():
        rows = prepared.rows(key)
        mask, rule = _beyond(prepared, key, rows)
        if mask.any():
            values = rows.values[mask]
            yield make(
                "implausible",
                f"{key.suite}:{key.subject}:{key.metric}:{key.definition}:{key.level}",
                rows.keep(mask),
                severity="warning",
                suite=key.suite,
                subject=key.subject,
                metric=key.metric,
                values={
                    "values": int(mask.sum()),
                    "of": len(rows),
                    "rule": rule,
                    "lowest": float(values.min()),
                    "highest": float(values.max()),
                },
                advice="check how these values were taken before using them",
            )


def _set_aside(prepared: Prepared) -> Iterator[Alert]:
    """Values that the reading of the files kept apart, which no statistic uses."""
    every = prepared.all_rows()
    own = every.keep(every.has("origin", "measured") & ~every.number("duplicate"))
    apart = own.keep(own.has("status", "set aside"))
    if not len(apart):
        return
    reasons = prepared.dataset.table["message"].to_numpy(dtype=object, na_value="")
    beside = apart.has("stat", "sd") | apart.has("stat", "cv")  # of a value that is named itself
    for rows in apart.keep(~beside).split("suite", "subject", "metric"):
        suite, subject, metric = rows.name("suite"), rows.name("subject"), rows.name("metric")
        alike = own.keep(own.has("metric", metric))
        alike = alike.keep(alike.has("suite", suite) & (alike.codes("subject") == rows.codes("subject")[0]))
        alike = alike.keep(np.isin(alike.codes("stat"), rows.codes("stat")))
        single = rows.has("stat", "sample")
        if single.any():  # quantiles of a summary are no further values: what is counted are the records
            rows, alike = rows.keep(single), alike.keep(alike.has("stat", "sample"))
        for reason in dict.fromkeys(r for r in reasons[rows.at].tolist() if not str(r).startswith(DISOWNED)):
            mine = rows.keep(reasons[rows.at] == reason)
            yield make(
                "implausible",
                f"{suite}:{subject}:{metric}:{reason}",
                mine,
                severity="warning",
                suite=suite,
                subject=subject,
                metric=metric,
                values={
                    "values": len(mine.heads()),
                    "of": len(alike.heads()),
                    "rule": str(reason),
                    "lowest": float(mine.values.min()),
                    "highest": float(mine.values.max()),
                },
                advice="check how these values were taken; they are in no statistic of this report",
            )


def _kept_apart(prepared: Prepared) -> Iterator[Alert]:
    """What was kept apart when the rows were prepared: rates of records of one token, and shares above one."""
    for mark, rule, advice in (
        ("one_token", "a rate of generation of a record with one output token", "count the tokens of the answers"),
        ("above_one", "a share above one", "check how these values were taken"),
    ):
        every = prepared.all_rows()
        rows = every.keep(every.number(mark))
        for part in rows.split("suite", "subject", "metric") if len(rows) else ():
            suite, subject, metric = part.name("suite"), part.name("subject"), part.name("metric")
            yield make(
                "implausible",
                f"{suite}:{subject}:{metric}:{'one token' if mark == 'one_token' else rule}",
                part,
                severity="warning",
                suite=suite,
                subject=subject,
                metric=metric,
                values={
                    "values": len(part),
                    "of": len(part),
                    "rule": rule,
                    "lowest": float(part.values.min()),
                    "highest": float(part.values.max()),
                },
                advice=f"{advice}; these values are in no statistic of this report",
            )


def _beyond(prepared: Prepared, key: Key, rows: Selection) -> tuple[np.ndarray, str]:
    """Which values cannot be true, and why. A spread of 0 can, and a time of 0 where nothing had to be done."""
    unit, values = registered(key.metric).unit, rows.values
    located = ~(rows.has("stat", "sd") | rows.has("stat", "cv"))
    if key.metric in METRICS and registered(key.metric).positive and (mask := located & (values < 0)).any():
        return mask, "below zero"
    if key.level == "sample" and unit in _RATES and (mask := values == 0).any():
        return mask, "a rate of zero in a record that succeeded"
    if key.metric in ("gpu_util", "mem_util", "ram_util") and (mask := located & (values > 100.5)).any():
        return mask, "a utilisation above 100 %"
    if key.level == "sample" and key.metric in ("ttft", "eval_time"):
        whole = by_record(prepared, "e2e_latency")[rows.number("rid")]
        if (mask := values > 1.01 * whole + 1e-3).any():
            return mask, "a part that takes longer than the whole request"
    return np.zeros(len(rows), dtype=bool), ""


def _constant(prepared: Prepared) -> Iterator[Alert]:
    """Results that are one and the same number in every record of all subjects of a suite."""
    found: dict[tuple[str, str, str], list[Key]] = {}
    for key in prepared.measures():
        if key.level == "sample" and registered(key.metric).core and key.metric not in _DISCRETE:
            found.setdefault((key.suite, key.metric, key.definition), []).append(key)
    for (suite, metric, definition), keys in found.items():
        rows = _joined(prepared, keys)
        values = rows.values
        if len(values) >= _CONSTANT_N and values.min() == values.max():
            yield make(
                "constant_column",
                f"{suite}:{metric}:{definition}",
                rows,
                severity="note",
                suite=suite,
                metric=metric,
                values={"value": float(values[0]), "records": len(values), "columns": ", ".join(rows.known("column"))},
                advice=f"check that {metric} was read for each record",
            )


def _busy(prepared: Prepared) -> Iterator[Alert]:
    """Records beside which other programs took more than a fifth of the processor time, or computed on the GPU."""
    for key in prepared.measures():
        least = {"other_cpu_util": _BUSY, "other_gpu_programs": 0.5}.get(key.metric)
        if least is None or key.level != "sample":
            continue
        rows = prepared.rows(key)
        beside = rows.values > least
        if not beside.any():
            continue
        device = "CPU" if key.metric == "other_cpu_util" else "GPU"
        values = {"records": int(beside.sum()), "of": len(rows), "device": device}
        if device == "CPU":
            values["share"] = float(np.median(rows.values[beside])) / 100
        yield make(
            "busy",
            f"{key.suite}:{key.subject}:{device}",
            rows.keep(beside),
            severity="warning",
            suite=key.suite,
            subject=key.subject,
            values=values,
            advice="measure again while nothing else runs",
        )


def _throttling(prepared: Prepared) -> Iterator[Alert]:
    for key in prepared.measures():
        if key.metric == "throttle" and key.level == "sample":
            rows = prepared.rows(key)
            slowed = rows.values > _THROTTLED
            if slowed.any():
                yield make(
                    "throttling",
                    f"{key.suite}:{key.subject}",
                    rows.keep(slowed),
                    severity="warning",
                    suite=key.suite,
                    subject=key.subject,
                    values={"records": int(slowed.sum()), "of": len(rows), "highest": float(rows.values.max())},
                    advice="cool the device or lower its power limit, and measure again",
                )


def _slowed_clocks(prepared: Prepared) -> Iterator[Alert]:
    """Throttling told from its marks where no reason was recorded: the clock falls while temperature or power is at the
    most that it reaches, and the decode rate falls with it."""
    present = {k.metric for k in prepared.measures() if k.level == "sample"}
    if "clock_sm" not in present or not present & {"gpu_temperature", "power"} or "decode_rate" not in present:
        return
    recorded = {(k.suite, k.subject) for k in prepared.measures() if k.metric == "throttle" and k.level == "sample"}
    for key in prepared.measures():
        if key.metric != "clock_sm" or key.level != "sample" or (key.suite, key.subject) in recorded:
            continue
        rows = prepared.rows(key)
        rids = rows.number("rid")
        heat, power, rate = (by_record(prepared, m)[rids] for m in ("gpu_temperature", "power", "decode_rate"))
        usual = float(np.percentile(rows.values, 90))
        low = rows.values < _FALL * usual
        limited = np.zeros(len(low), dtype=bool)
        for values, share, margin in ((heat, 1.0, _HOT), (power, _FULL, 0.0)):
            known = np.isfinite(values)
            if known.any() and values[known].min() < values[known].max():
                limited |= known & (values >= share * values[known].max() - margin)
        slowed = low & limited & np.isfinite(rate)
        others = ~low & np.isfinite(rate)
        if slowed.sum() < _MIN_SLOWED or not others.any():
            continue
        if _share(rate, rows.cells(prepared.varying(rows)), slowed, others) < _SLOWER:
            yield make(
                "throttling",
                f"{key.suite}:{key.subject}",
                rows.keep(slowed),
                severity="warning",
                suite=key.suite,
                subject=key.subject,
                metric="clock_sm",
                values={
                    "records": int(slowed.sum()),
                    "of": len(rows),
                    "lowest": float(rows.values[slowed].min()),
                    "others": float(np.median(rows.values[others])),
                    "sign": "clock",
                },
                advice="cool the device or raise its power limit, and measure again",
            )


def _share(values: Floats, cells: Codes, some: Mask, others: Mask) -> float:
    """Median of the ratios of some values to the median of the others under the same settings; 1 where none match."""
    ratios = [
        values[some & (cells == c)] / np.median(values[others & (cells == c)])
        for c in np.unique(cells[some])
        if (others & (cells == c)).any()
    ]
    return float(np.median(np.concatenate(ratios))) if ratios else 1.0


def _short_windows(prepared: Prepared) -> Iterator[Alert]:
    present = {k.metric for k in prepared.measures() if k.level == "sample"}
    if not present & set(_TELEMETRY) or not present & {"e2e_latency", "run_time"}:
        return
    for suite, subject in prepared.groups():
        keys = [k for k in prepared.measures(suite) if k.subject == subject and k.level == "sample"]
        mine = [k for k in keys if k.metric in _TELEMETRY]
        if not mine:
            continue
        rows = prepared.rows(mine[0])
        rids = rows.number("rid")
        length = np.fmax(by_record(prepared, "e2e_latency")[rids], by_record(prepared, "run_time")[rids])
        short = length < _WINDOW
        if short.any():
            yield make(
                "short_telemetry",
                f"{suite}:{subject}",
                rows.keep(short),
                severity="note",
                suite=suite,
                subject=subject,
                values={"records": int(short.sum()), "of": len(rows), "median": float(np.median(length[short]))},
                advice="generate more tokens a request, so that each window is longer than a second",
            )
