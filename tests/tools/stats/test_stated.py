"""A folder that holds only documents: what they state is described like results."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse, evaluate

TABLE = "# Bench\n| System | GPU | Eval rate | Power (peak) |\n| :--- | :--- | ---: | ---: |\n"
ROWS = "| Board A | GPU | 92.49 Tokens/s | 464.2W |\n| Board B | CPU | 4.12 Tokens/s | 21.0W |\n| Board C | GPU | **70.74 Tokens/s** | 1,095 W |\n"


@pytest.mark.parametrize(
    "text",
    [
        TABLE + ROWS,
        "# Bench\n\n## Board A\n- Decode rate: 92.49 tok/s\n\n## Board B\n- Decode rate: 4.12 tok/s\n\n## Board C\n- Decode rate: 70.74 tok/s\n",
        "<table><tr><th>System</th><th>Decode (t/s)</th></tr><tr><td>Board A</td><td>92.49</td></tr><tr><td>Board B</td><td>4.12</td></tr><tr><td>Board C</td><td>70.74</td></tr></table>\n",
        "| Metric | Board A | Board B | Board C |\n|---|---|---|---|\n| Decode rate | 92.49 t/s | 4.12 t/s | 70.74 t/s |\n| Power | 464 W | 21 W | 1095 W |\n",
        '```json\n[{"model": "a", "tokens_per_second": 92.49}, {"model": "b", "tokens_per_second": 4.12}, {"model": "c", "tokens_per_second": 70.74}]\n```\n',
    ],
)
def test_what_documents_alone_state_is_described(text: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(text)
    analysis = analyse(ingest(tmp_path))
    assert "decode_rate" in analysis.inventory.metrics
    stated = {round(s.gmean or s.mean or s.p50 or 0, 6) for s in analysis.summaries if s.metric == "decode_rate"}
    assert stated >= {92.49, 4.12, 70.74} or len(analysis.summaries) == 1


def test_what_a_document_states_beside_data_stays_apart(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(TABLE + ROWS)
    (tmp_path / "a.csv").write_text("model,ttft_s\na:1b,1\n")
    assert "decode_rate" not in analyse(ingest(tmp_path)).inventory.metrics


LOADS = (1, 8, 64)
WAITS = [("mean_ttft_ms", "median_ttft_ms"), ("mean_itl_ms", "p50_itl_ms"), ("avg_e2e_latency_s", "p50_e2e_latency_s"),
         ("mean_tpot_ms", "median_tpot_ms"), ("ttft_mean_ms", "ttft_p50_ms")]  # fmt: skip


@pytest.mark.parametrize(("mean", "median"), WAITS)
def test_a_wait_is_told_by_its_median_where_both_are_stated(tmp_path: Path, mean: str, median: str) -> None:
    """A burst of requests that waited moved the mean of one load."""
    values = {1: (60.5, 59.5), 8: (435.5, 104.5), 64: (140.5, 107.5)}
    rows = "".join(f"{m},{c},{a + k},{b + k}\n" for k, m in enumerate(("m-3b", "m-7b")) for c, (a, b) in values.items())
    (tmp_path / "s.csv").write_text(f"model,concurrency,{mean},{median}\n{rows}")
    dataset = ingest(tmp_path)
    found = analyse(dataset)
    assert {c.stat for c in found.curves} == {g.stat for g in found.grids} == {m.stat for m in found.matched} == {"p50"}
    for item in (*found.curves, *found.grids, *found.matched):
        assert evaluate(dataset, item.recipe) == item
        plain = item.recipe.model_copy(update={"args": {k: v for k, v in item.recipe.args.items() if k != "stat"}})
        assert evaluate(dataset, plain).stat == "mean"  # type: ignore[union-attr]  # as earlier reports have it


@pytest.mark.parametrize("names", ["mean_ttft_ms", "mean_output_throughput,p50_output_throughput"])
def test_what_is_no_wait_or_has_no_median_is_told_by_its_mean(tmp_path: Path, names: str) -> None:
    many = names.count(",") + 1
    rows = "".join(f"m-3b,{c},{','.join(str(10.5 * c + k) for k in range(many))}\n" for c in LOADS)
    (tmp_path / "s.csv").write_text(f"model,concurrency,{names}\n{rows}")
    assert {c.stat for c in analyse(ingest(tmp_path)).curves} <= {"mean", ""}
