"""A load test's page: the chart beside a finding shows the numbers of that finding, with it how long users wait, and
tails where there are records enough for them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import composed
from chimera_report.tools.schema import Chart, Outline, Table
from chimera_report.tools.stats import analyse

LOADS = (1, 4, 16)


def composed_of(
    place: Path, n: int, *, ttft: bool = True, flat: bool = False, engines: tuple[str, ...] = ("vllm",)
) -> Outline:
    number = random.Random(7)
    lines = [
        "engine,concurrency,output_tokens_per_second,ttft_ms,e2e_ms"
        if ttft
        else "engine,concurrency,output_tokens_per_second"
    ]
    for engine in engines:
        for load in LOADS:
            for _ in range(n):
                wait = 50.0 if flat else 50 * load**0.5
                spread = 1.0 if flat else number.uniform(0.9, 1.1)
                more = f",{wait * spread:.2f},{10 * wait * spread:.2f}" if ttft else ""
                lines.append(f"{engine},{load},{40 * load**0.8 * number.uniform(0.98, 1.02):.3f}{more}")
    (place / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(place)
    return composed(analyse(dataset), dataset, title="Load")[1]


def charts(report: Outline) -> list[Chart]:
    return [b for s in report.sections for b in s.blocks if isinstance(b, Chart)]


def heads(report: Outline) -> set[str]:
    return {c.title for s in report.sections for b in s.blocks if isinstance(b, Table) for c in b.columns}


def test_beside_the_throughput_of_a_load_stands_the_wait(tmp_path: Path) -> None:
    found = charts(composed_of(tmp_path, 6))
    assert [c.kind for c in found] == ["curve", "curve"]
    assert found[0].about.metrics != found[1].about.metrics
    assert found[1].about.metrics[0] in {"ttft", "e2e_latency"} and found[1].about.factor == "concurrency"


@pytest.mark.parametrize("without", [{"ttft": False}, {"flat": True}])
def test_without_waits_that_change_there_is_one_chart(tmp_path: Path, without: dict[str, Any]) -> None:
    assert len(charts(composed_of(tmp_path, 6, **without))) == 1


@pytest.mark.parametrize(("n", "shown"), [(6, set()), (30, {"P95"}), (120, {"P99"})])
def test_tails_are_shown_where_there_are_records_enough(tmp_path: Path, n: int, shown: set[str]) -> None:
    made = heads(composed_of(tmp_path, n))
    assert {h.split()[0] for h in made if h.startswith(("P95", "P99"))} == shown
