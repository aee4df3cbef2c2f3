"""How the analysis grows with the number of measurements: 200 subjects, 8 factors, 4 metrics, three sizes.

From 200,000 on, each subject has more configurations than are ranked one by one, so the work is of one kind.

Ratios within one run, no absolute times: the machine is not known. `REPORT_BENCH_LARGE=1` adds a million measurements.
"""

from __future__ import annotations

import os
import resource
import time

import numpy as np
import pandas as pd

from chimera_report.tools.schema import COLUMNS, FACTOR, Dataset, Source
from chimera_report.tools.stats import analyse

METRICS = {"decode_rate": 100.0, "ttft": 0.2, "prefill_rate": 900.0, "power": 200.0}
SUBJECTS, FACTORS, LEVELS = 200, 8, 3
SIZES = (200_000, 400_000, 800_000)


def dataset(measurements: int, seed: int = 1) -> Dataset:
    """One file a subject; settings in random order; three percent of noise, a tenth of a percent a subject."""
    rng = np.random.default_rng(seed)
    per = measurements // len(METRICS) // SUBJECTS
    record = np.tile(np.repeat(np.arange(per), len(METRICS)), SUBJECTS)
    subject = np.repeat(np.arange(SUBJECTS), per * len(METRICS))
    metric = np.tile(np.arange(len(METRICS)), per * SUBJECTS)
    base = np.array(list(METRICS.values()))[metric] * (1 + 0.001 * subject)
    paths = np.array([f"model{i:03}.csv" for i in range(SUBJECTS)])
    columns: dict[str, object] = dict.fromkeys(COLUMNS, "")
    columns |= {
        "source": paths[subject],
        "record": record + 1,
        "where": np.array([f"line {i + 2}" for i in range(per)])[record],
        "column": np.array(list(METRICS))[metric],
        "suite": "suite",
        "subject": np.array([f"model{i:03}" for i in range(SUBJECTS)])[subject],
        "metric": np.array(list(METRICS))[metric],
        "value": base * np.exp(rng.normal(0, 0.03, len(record))),
        "stat": "sample",
        "n": 1,
        "status": "ok",
        "origin": "measured",
        "run": paths[subject],
        "order": record,
        "started": pd.NaT,
    }
    for i in range(FACTORS):
        levels = np.array(["1", "2", "3"])[rng.integers(0, LEVELS, per * SUBJECTS)]
        columns[f"{FACTOR}f{i}"] = np.repeat(levels, len(METRICS))
    table = pd.DataFrame(columns).astype({"record": "Int64", "n": "Int64", "order": "Int64"})
    table["started"] = pd.to_datetime(table["started"], utc=True).astype("datetime64[ns, UTC]")
    sources = tuple(
        Source(
            path=str(p), sha256=str(p), size=1, format="csv", kind="CSV", encoding="utf-8", status="parsed", records=per
        )
        for p in paths
    )
    return Dataset(root="", sources=sources, table=table)


def measured(measurements: int) -> float:
    data = dataset(measurements)
    start = time.perf_counter()
    analysis = analyse(data)
    seconds = time.perf_counter() - start
    assert analysis.inventory.measurements == len(data.table)
    assert len(analysis.summaries) == SUBJECTS * len(METRICS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{len(data.table):>9,} measurements: {seconds:5.1f} s, peak {peak:,.0f} MiB", end="")
    return seconds


def test_growth_is_close_to_linear() -> None:
    analyse(dataset(8_000))  # imports and first calls
    sizes = (*SIZES, 1_000_000) if os.environ.get("REPORT_BENCH_LARGE") else SIZES
    times = [measured(n) for n in sizes]
    for small, large, a, b in zip(sizes, sizes[1:], times, times[1:], strict=False):
        growth = b / a / (large / small)
        print(f"\n{small:,} → {large:,}: {b / a:.2f} times as long, {growth:.2f} of linear", end="")
        assert growth < 1.5
    print()
