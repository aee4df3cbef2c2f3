"""Values that cannot be true are kept with their reason, and no statistic uses them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse


def table(folder: Path, text: str) -> pd.DataFrame:
    (folder / "a.csv").write_text(text, encoding="utf-8")
    return ingest(folder).table


@pytest.mark.parametrize(
    ("column", "good", "bad", "reason"),
    [
        ("ttft_ms", [310, 305, 312], -412, "below zero"),
        ("ttft_ms", [310, 305, 312], -1, "below zero"),
        ("ttft_ms", [310, 305, 312], 0, "no time at all"),
        ("tokens_per_second", [45, 46, 44], "1e308", "beyond any measurement"),
        ("tokens_per_second", [45, 46, 44], "1e200", "beyond any measurement"),
        ("tokens_per_second", [45, 46, 44], "5e-324", "beyond any measurement"),
        ("tokens_per_second", [45, 46, 44], 0, "a rate of nothing"),
        ("tokens_per_second", [45, 46, 44], 9999, "a placeholder or a cap by its round value"),
        ("latency_s", [4.5, 4.6, 4.4], 999, "a placeholder or a cap by its round value"),
        ("latency_s", [4.5, 4.6, 4.4], 100000, "a placeholder or a cap by its round value"),
    ],
)
def test_what_cannot_be_true_is_set_aside(
    column: str, good: list[float], bad: float | str, reason: str, tmp_path: Path
) -> None:
    rows = table(tmp_path, f"model,{column}\n" + "".join(f"a:1b,{v}\n" for v in [*good, bad]))
    apart = rows[rows["status"] == "set aside"]
    assert list(apart["message"]) == [reason]
    assert (rows["status"] == "ok").sum() == len(good)


def test_a_mean_without_any_spread_among_means_with_some(tmp_path: Path) -> None:
    text = "model,prompt,avg_tps,std_tps,runs\na:9b,s,18.25,0.07,40\na:9b,m,18.02,0.13,40\na:9b,l,500.0,0.0,40\n"
    rows = table(tmp_path, text)
    assert list(rows[rows["status"] == "set aside"]["value"]) == [500, 0]


def test_one_system_whose_values_are_all_one_round_number(tmp_path: Path) -> None:
    lines = [f"a:1b,{v}" for v in (45.1, 46.2, 44.8, 45.5, 45.9)] + ["b:1b,100.0"] * 6
    rows = table(tmp_path, "model,tokens_per_second\n" + "\n".join(lines) + "\n")
    assert set(rows[rows["status"] == "set aside"]["subject"]) == {"b:1b"}


@pytest.mark.parametrize(
    "values", [[45.1, 45.1, 45.1, 45.1, 45.1, 45.1], [1000, 1010, 990, 1000], [1000, 2000, 4000], [10, 100, 1000]]
)
def test_what_may_well_be_true_stays(values: list[float], tmp_path: Path) -> None:
    rows = table(tmp_path, "model,tokens_per_second\n" + "".join(f"a:1b,{v}\n" for v in values))
    assert (rows["status"] == "ok").all()


def test_statistics_leave_them_out_and_an_alert_names_them(tmp_path: Path) -> None:
    lines = [-412.0, 310.0, 305.0, -398.0, 312.0, 308.0, 306.0]
    (tmp_path / "a.csv").write_text("model,ttft_ms\n" + "".join(f"a:70b,{v}\n" for v in lines))
    analysis = analyse(ingest(tmp_path))
    summary = next(s for s in analysis.summaries if s.metric == "ttft")
    assert summary.n == 5
    assert summary.p50 == pytest.approx(0.308)
    assert summary.errors == 0
    alert = next(a for a in analysis.alerts if a.kind == "implausible")
    assert (alert.values["values"], alert.values["of"], alert.values["rule"]) == (2, 7, "below zero")
