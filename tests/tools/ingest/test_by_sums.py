"""Times that add up: what they are of, and in which unit, by the arithmetic of the records."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Dataset

RUNS = ((0.42, 40, 50.0), (2.5, 120, 40.0), (0.9, 300, 60.0), (19.3, 80, 25.0))  # first token in s, tokens, tokens/s


def read(tmp_path: Path, head: str, *, unit: float = 1.0, off: float = 0.0, tokens: bool = True) -> Dataset:
    lines = [head]
    for first, count, rate in RUNS:
        after = count / rate
        row = [f"{first / unit:.4f}", f"{after / unit:.4f}", f"{(first + after + off) / unit:.4f}"]
        lines.append(",".join([*row, *([str(count), str(rate)] if tokens else [])]))
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ingest(tmp_path)


def stated(found: Dataset, metric: str) -> list[float]:
    rows = found.table[(found.table["metric"] == metric) & (found.table["status"] == "ok")]
    return [round(float(v), 3) for v in rows["value"]]


WHOLE = [round(f + c / r, 3) for f, c, r in RUNS]


@pytest.mark.parametrize("names", ["ttft,gen_time,total", "ttft,rest,all_of_it", "ttft,foo,bar"])
@pytest.mark.parametrize("unit", [1.0, 1e-3])
def test_a_sum_says_what_its_parts_are_and_tokens_say_the_unit(names: str, unit: float, tmp_path: Path) -> None:
    found = read(tmp_path, f"{names},output_tokens,gen_tps", unit=unit)
    assert stated(found, "e2e_latency") == WHOLE
    assert stated(found, "ttft") == [f for f, _, _ in RUNS]


def test_without_tokens_a_unit_that_is_named_holds(tmp_path: Path) -> None:
    assert stated(read(tmp_path, "ttft_ms,after,whole", unit=1e-3, tokens=False), "e2e_latency") == WHOLE


def test_what_does_not_add_up_is_not_read(tmp_path: Path) -> None:
    assert not stated(read(tmp_path, "ttft,gen_time,total,output_tokens,gen_tps", off=7.0), "e2e_latency")


def test_a_total_that_tokens_prove(tmp_path: Path) -> None:
    lines = ["ttft_ms_median,total_ms_median,tokens_median,decode_tok_s_median"]
    lines += [f"{f * 1000},{(f + c / r) * 1000:.1f},{c},{r}" for f, c, r in RUNS]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = ingest(tmp_path)
    assert stated(found, "e2e_latency") == WHOLE
    assert set(found.table.loc[found.table["metric"] == "e2e_latency", "stat"]) == {"p50"}
