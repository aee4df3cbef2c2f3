"""Tables that are not one record a row."""

# ruff: noqa: E501

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest


def table(folder: Path, text: str, name: str = "a.csv") -> pd.DataFrame:
    (folder / name).write_text(text, encoding="utf-8")
    return ingest(folder).table


def by(rows: pd.DataFrame, metric: str, name: str) -> dict[str, float]:
    found = rows[(rows["metric"] == metric) & (rows["status"] == "ok")]
    return {str(k): round(float(v), 9) for k, v in zip(found[name], found["value"], strict=True)}


def test_metrics_in_rows_and_systems_in_columns(tmp_path: Path) -> None:
    text = "Metric,engine-a,engine-b\nSuccess rate,73.5%,91.6%\nTTFT mean (s),3.33,0.97\nOutput tok/s,104.6,293.4\nOutcome,CRASHED,completed\n"
    rows = table(tmp_path, text)
    assert by(rows, "ttft", "subject") == {"engine-a": 3.33, "engine-b": 0.97}
    assert by(rows, "output_throughput", "subject") == {"engine-a": 104.6, "engine-b": 293.4}
    assert by(rows, "success_rate", "subject") == {"engine-a": 0.735, "engine-b": 0.916}
    assert list(rows[rows["metric"] == "request"]["message"]) == ["CRASHED"]  # beside its results


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (
            "Metric,gemma3:1b,llama3:8b\nTTFT (ms),120,220\ntokens/s,45,22\n",
            "subject",
            {"gemma3:1b": 0.12, "llama3:8b": 0.22},
        ),
        (
            "metric;unit;before;after\nTTFT;ms;120;80\nthroughput;tok/s;45;60\n",
            "factor.variant",
            {"before": 0.12, "after": 0.08},
        ),
        ("Concurrency,1,8\nTTFT (ms),120,220\ntokens/s,45,22\n", "factor.concurrency", {"1": 0.12, "8": 0.22}),
        (
            "quant,Q4_K_M,Q8_0\nttft_ms,120,220\ntokens_per_second,45,22\n",
            "factor.quantisation",
            {"Q4_K_M": 0.12, "Q8_0": 0.22},
        ),
        (
            "KPI\tEngine X\tEngine Y\tdelta\nTTFT\t120 ms\t220 ms\t+83%\nlatency\t1.2 s\t2.4 s\t+100%\n",
            "subject",
            {"Engine X": 0.12, "Engine Y": 0.22},
        ),
        ("Metric,Value\nTTFT (ms),120\nThroughput (tok/s),45\n", "source", {"a.csv": 0.12}),
    ],
)
def test_a_table_with_its_metrics_in_rows(text: str, name: str, expected: dict[str, float], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert by(ingest(tmp_path).table, "ttft", name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model,ttft_before_ms,ttft_after_ms\na:1b,120,80\n", {"before": 0.12, "after": 0.08}),
        ("model,baseline_ttft_ms,optimized_ttft_ms\na:1b,120,80\n", {"baseline": 0.12, "optimized": 0.08}),
        ("model,TTFT old (ms),TTFT new (ms)\na:1b,120,80\n", {"old": 0.12, "new": 0.08}),
        ("model,vllm ttft ms,sglang ttft ms\na:1b,120,80\n", {"vllm": 0.12, "sglang": 0.08}),
        ("model,fp16 TTFT,q4 TTFT\na:1b,120 ms,80 ms\n", {"fp16": 0.12, "q4": 0.08}),
    ],
)
def test_one_metric_in_several_columns(text: str, expected: dict[str, float], tmp_path: Path) -> None:
    rows = table(tmp_path, text)
    assert by(rows, "ttft", "factor.quantisation" if "q4" in expected else "factor.variant") == expected
    assert set(rows["record"]) == {1}
    assert set(rows["column"]) == {", ".join(text.split("\n")[0].split(",")[1:])}


def test_a_failure_in_one_of_several_columns_is_of_that_one(tmp_path: Path) -> None:
    rows = table(tmp_path, "Model,Q4_K_M t/s,Q8_0 t/s\nacme-8b,52.1,OOM\nacme-3b,98,61\n")
    failed = rows[rows["metric"] == "request"].iloc[0]
    assert (failed["subject"], failed["factor.quantisation"], failed["message"]) == ("acme-8b", "Q8_0", "OOM")
    assert len(rows[rows["metric"] == "decode_rate"]) == 3


@pytest.mark.parametrize(
    "text",
    [
        "model,client_ttft_ms,server_ttft_ms\na:1b,120,80\n",
        "model,ttft_ms,latency_s\na:1b,120,1\nb:1b,80,2\n",
        "metric_id,ttft_ms\n1,120\n2,80\n",
    ],
)
def test_a_table_of_records_stays_one(text: str, tmp_path: Path) -> None:
    rows = table(tmp_path, text)
    assert "factor.variant" not in rows
    assert rows["record"].nunique() <= 2


def test_the_count_of_one_object_is_of_no_other(tmp_path: Path) -> None:
    document = {
        "model": "a:1b",
        "ttft_s": {"n": 24, "mean": 2.1},
        "decode_tok_per_s": {"n": 2, "mean": 258.0},
        "latency_s": {"mean": 3.0},
    }
    (tmp_path / "run.json").write_text(json.dumps(document), encoding="utf-8")
    table = ingest(tmp_path).table
    n = dict(zip(table["metric"], table["n"].astype(object).where(table["n"].notna(), None), strict=True))
    assert n == {"ttft": 24, "decode_rate": 2, "e2e_latency": None}


@pytest.mark.parametrize(("stated", "kept"), [(2, True), (3, False), (None, False)])
def test_a_mean_over_what_did_not_fail_stays(tmp_path: Path, stated: int | None, kept: bool) -> None:
    runs = [
        {"ttft_s": 2.0, "tok_per_s": 90.0},
        {"ttft_s": 2.2, "tok_per_s": 94.0},
        {"error": "HTTP 400", "ttft_s": None},
    ]
    of = {"mean": 92.0} | ({"n": stated} if stated else {})
    document = {"model": "a:1b", "decode_tok_per_s": of, "runs": runs}
    (tmp_path / "run.json").write_text(json.dumps(document), encoding="utf-8")
    table = ingest(tmp_path).table
    assert bool(((table["metric"] == "decode_rate") & (table["stat"] == "mean")).any()) is kept


@pytest.mark.parametrize(
    ("key", "factor"), [("categories", "category"), ("queries", "query"), ("tasks", "task"), ("boxes", "box")]
)
def test_keys_below_a_plural_are_levels_of_its_singular(key: str, factor: str, tmp_path: Path) -> None:
    document = {"model": "a:1b", key: {n: {"accuracy": v, "ttft_ms": 10 * v} for n, v in (("x", 0.5), ("y", 0.75))}}
    (tmp_path / "r.json").write_text(json.dumps(document))
    assert set(ingest(tmp_path).table[f"factor.{factor}"].dropna()) == {"x", "y"}


@pytest.mark.parametrize("shared", ["prefill_ms", "ttft_ms", "load_time_s"])
def test_what_both_ways_share_is_of_neither(tmp_path: Path, shared: str) -> None:
    def record(b: int) -> dict[str, object]:
        return {
            "batch_size": b,
            shared: {"mean": 8.0 + b, "std": 0.1},
            "cached_tok_s": 100 * b,
            "uncached_tok_s": 90 + b,
        }

    document = {"model": "gpt2", "per_batch": {str(b): record(b) for b in (1, 2, 4)}}
    (tmp_path / "exp.json").write_text(json.dumps(document), encoding="utf-8")
    table = ingest(tmp_path).table
    rates = table[table["metric"] == "decode_rate"]
    assert len(rates) == 6 and set(rates["subject"]) == {"gpt2"}
    means = table[table["stat"] == "mean"]
    assert len(means) == 3 and means["factor.variant"].isna().all()


@pytest.mark.parametrize("second", ["runs", "metrics"])
def test_what_an_object_says_of_itself_says_nothing_of_the_lists_beside_it(second: str, tmp_path: Path) -> None:
    other = {"model": "b:2b", "agent": "pi"}
    other |= {"runs": [{"tokens_per_second": 19.1}]} if second == "runs" else {"tokens_per_second": 19.1}
    document = {
        "date": "2026-05-02",
        "suites": [{"task": "mmlu", "accuracy": 0.87}, {"task": "arc", "accuracy": 0.97}],
        "translation": {"model": "a:1b", "dataset": "flores", "tokens_per_second": 11.3},
        "drawing": other,
    }
    (tmp_path / "data.json").write_text(json.dumps(document))
    rows = ingest(tmp_path).table
    told = {(m, v): s for s, m, v in zip(rows["subject"], rows["metric"], rows["value"], strict=True)}
    assert told["decode_rate", 11.3] == "a:1b" and told["decode_rate", 19.1] == "b:2b"
    assert told["accuracy", 0.87] == told["accuracy", 0.97] == ""
    assert set(rows[rows["metric"] == "accuracy"]["factor.task"]) == {"mmlu", "arc"}


def test_one_summary_beside_its_runs_names_them(tmp_path: Path) -> None:
    runs = [{"tokens_per_second": 50.0}, {"tokens_per_second": 52.0}]
    document = {"summary": {"model": "a:1b", "mean_tps": 51.0}, "config": {"gpu": "x"}, "runs": runs}
    (tmp_path / "data.json").write_text(json.dumps(document))
    assert set(ingest(tmp_path).table["subject"]) == {"a:1b"}
