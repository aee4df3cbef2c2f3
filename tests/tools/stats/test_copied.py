"""The same records in two files, with few digits each: a table, its workbook, its JSON, a copy in another order."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse

ROWS = [
    {"model": f"m{k % 4}", "gpu": ("L4", "H100")[k % 2], "batch_size": 2 ** (k // 4), "mean_latency_s": 1.6 + 0.011 * k,
     "p95_latency_s": 1.9 + 0.12 * k, "max_latency_s": 3.0 + 0.3 * k}
    for k in range(24)
]  # fmt: skip


def repeated(tmp_path: Path) -> int:
    alerts = [a for a in analyse(ingest(tmp_path)).alerts if a.kind == "duplicate_measurements"]
    return sum(int(a.values["records"]) for a in alerts)


@pytest.mark.parametrize("twin", ["xlsx", "json", "tsv", "shuffled", "part"])
def test_every_record_of_a_copy_is_a_repeat(tmp_path: Path, twin: str) -> None:
    table = pd.DataFrame(ROWS)
    table.to_csv(tmp_path / "runs.csv", index=False)
    if twin == "xlsx":
        table.to_excel(tmp_path / "runs.xlsx", index=False)
    elif twin == "json":
        (tmp_path / "runs.json").write_text(json.dumps(ROWS), encoding="utf-8")
    elif twin == "tsv":
        table.to_csv(tmp_path / "sweep.tsv", index=False, sep="\t")
    elif twin == "shuffled":
        table.sample(frac=1, random_state=7).to_csv(tmp_path / "sorted.csv", index=False)
    else:
        table.iloc[3:20].to_csv(tmp_path / "some.csv", index=False)
    assert repeated(tmp_path) == (17 if twin == "part" else 24)


@pytest.mark.parametrize("other", ["gpu", "batch_size", "mean_latency_s", "model", "round"])
def test_what_differs_is_no_copy(tmp_path: Path, other: str) -> None:
    table = pd.DataFrame(ROWS)
    if other == "round":  # equal round numbers are coincidence
        table = table.assign(mean_latency_s=2.0, p95_latency_s=3.0, max_latency_s=4.0)
    table.to_csv(tmp_path / "a.csv", index=False)
    if other == "model":
        table["model"] = "x" + table["model"]
    elif other == "gpu":
        table["gpu"] = "B200"
    elif other in ("batch_size", "mean_latency_s"):
        table[other] = table[other] * 3
    table.to_csv(tmp_path / "b.csv", index=False)
    assert repeated(tmp_path) == 0


def test_runs_of_one_model_on_two_machines_are_no_copies(tmp_path: Path) -> None:
    """They share its size and its perplexity to the last digit; the rates differ."""
    for gpu, times in (("4090", 1.0), ("5090", 1.5)):
        rows = [
            f"m{m}-7b,Q4_K_M,{tier},{7.123456 + m:.6f},{5.432199 + m / 7:.6f},{(90.5 + m - i) * times:.1f}"
            for m in range(4)
            for i, tier in enumerate(("tiny", "small", "medium"))
        ]
        head = "model,quantization,prompt_tier,model_size_gb,perplexity,tokens_per_second\n"
        (tmp_path / f"RTX-{gpu}-summary.csv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    analysis = analyse(ingest(tmp_path))
    assert not [a for a in analysis.alerts if a.kind == "duplicate_measurements"]
