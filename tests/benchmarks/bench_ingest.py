"""Ingest against a bare parse of the same bytes, at three sizes, as ratios within one run: `make bench`."""

from __future__ import annotations

import csv
import io
import json
import random
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest

_SIZES = (2_000, 20_000, 100_000)
_TIMES = 14.0  # a bare parse, at most


def _records(count: int) -> list[dict[str, object]]:
    draw = random.Random(7)
    return [
        {
            "model": f"m{i % 4}:1b", "quant": ("Q4", "Q8")[i % 2], "concurrency": 2 ** (i % 5),
            "ttft_ms": round(draw.gauss(120, 9), 3), "tokens_per_second": round(draw.gauss(45, 3), 3),
            "output_tokens": 128, "error": None if i % 50 else "timeout",
        }
        for i in range(count)
    ]  # fmt: skip


def _parse_json(path: Path) -> object:
    return json.loads(path.read_text())


def _parse_csv(path: Path) -> object:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def _best(call: Callable[[], object], times: int = 3) -> float:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return min(spent)


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_ingest_costs_a_small_multiple_of_a_bare_parse(kind: str, tmp_path: Path) -> None:
    ingest_small = tmp_path / "warm.csv"
    ingest_small.write_text("model,ttft_ms\na:1b,1\n")
    ingest(ingest_small)  # imports
    print(f"\n{kind}: records, size, bare parse, ingest, ratio, peak memory / size")
    for count in _SIZES:
        records = _records(count)
        path = tmp_path / f"bench.{kind}"
        if kind == "json":
            path.write_text(json.dumps(records))
            bare = _best(partial(_parse_json, path))
        else:
            text = io.StringIO()
            writer = csv.DictWriter(text, list(records[0]))
            writer.writeheader()
            writer.writerows(records)
            path.write_text(text.getvalue())
            bare = _best(partial(_parse_csv, path))
        whole = _best(partial(ingest, path))
        tracemalloc.start()
        ingest(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        size = path.stat().st_size
        print(f"  {count:>7} {size / 1e6:7.2f} MB {bare:8.4f} s {whole:8.4f} s {whole / bare:6.2f} {peak / size:6.1f}")
        if count == _SIZES[-1]:
            assert whole < _TIMES * bare, "reading costs much more than a bare parse"
