"""How records become rows: subjects, factors, definitions, aggregates, documents."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest


def table(folder: Path, **files: str) -> pd.DataFrame:
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_text(text, encoding="utf-8")
    return ingest(folder).table


def one(rows: pd.DataFrame) -> pd.Series:
    assert len(rows) == 1, rows
    return rows.iloc[0]


def test_ttft_that_is_load_plus_prompt_evaluation_says_so(tmp_path: Path) -> None:
    text = "model,ttft_s,load_s,prompt_eval_s\na:1b,2.1,2.0,0.1\na:1b,0.3,0.2,0.1\n"
    assert set(table(tmp_path, a_csv=text)["metric"]) == {"ttft_incl_load", "load_time", "prompt_eval_time"}


def test_ttft_of_a_client_stays_ttft(tmp_path: Path) -> None:
    text = "model,ttft_s,load_s,prompt_eval_s\na:1b,0.15,2.0,0.1\na:1b,0.14,0.2,0.1\n"
    assert "ttft" in set(table(tmp_path, a_csv=text)["metric"])


@pytest.mark.parametrize(
    ("rate", "definition"),
    [(100 / 1.0, "output tokens / decoding time"), (99 / 1.0, ""), (100 / 2.0, "output tokens / end-to-end latency")],
)
def test_the_definition_of_a_rate_is_found_from_its_parts(rate: float, definition: str, tmp_path: Path) -> None:
    text = f"model,eval_count,eval_s,total_duration_s,tokens_s\na:1b,100,1.0,2.0,{rate}\n"
    row = one(table(tmp_path, a_csv=text).query("metric == 'decode_rate'"))
    assert row["definition"] == definition


def test_a_time_in_the_wrong_unit_is_noticed(tmp_path: Path) -> None:
    """`eval_s` in ms: 100 tokens at 100 tokens/s take a second, not a thousand."""
    (tmp_path / "a.csv").write_text("model,eval_count,eval_s,tokens_s\na:1b,100,1000,100\na:1b,200,2000,100\n")
    dataset = ingest(tmp_path)
    assert sorted(dataset.table.query("metric == 'eval_time'")["value"]) == [1, 2]
    assert "not in the unit" in dataset.sources[0].reason


def test_ollama_durations_in_a_table_are_ns(tmp_path: Path) -> None:
    text = "model,total_duration,eval_duration,eval_count\na:1b,2000000000,1000000000,101\n"
    found = table(tmp_path, a_csv=text).set_index("metric")["value"]
    assert found["e2e_latency"] == 2
    assert found["eval_time"] == 1


def test_factors_are_written_alike(tmp_path: Path) -> None:
    text = "model,num_ctx,temperature,flash_attn,ttft_s\na:1b,40.00,0.20,TRUE,1\na:1b,40,.2,true,2\n"
    rows = table(tmp_path, a_csv=text)
    assert set(rows["factor.num_ctx"]) == {"40"}
    assert set(rows["factor.temperature"]) == {"0.2"}
    assert set(rows["factor.flash_attention"]) == {"true"}


def test_options_in_a_cell_are_factors_and_a_name_that_restates_them_is_none(tmp_path: Path) -> None:
    lines = [f'a:1b,cfg{n},"{{""num_ctx"": {n}, ""top_p"": 0.9}}",{n / 1000}' for n in (1024, 2048, 1024, 2048)]
    rows = table(tmp_path, a_csv="model,config_name,options,ttft_s\n" + "\n".join(lines) + "\n")
    assert list(rows["factor.num_ctx"]) == ["1024", "2048", "1024", "2048"]
    assert set(rows["factor.top_p"]) == {"0.9"}
    assert "factor.config_name" not in rows


def test_a_column_that_groups_records_is_a_factor_without_being_registered(tmp_path: Path) -> None:
    lines = [f"a:1b,{mode},{i}" for i, mode in enumerate(["greedy", "beam"] * 3, 1)]
    rows = table(tmp_path, a_csv="model,strategy,ttft_s\n" + "\n".join(lines) + "\n")
    assert list(rows["factor.strategy"]) == ["greedy", "beam"] * 3


def test_aggregates_carry_their_statistic_and_count(tmp_path: Path) -> None:
    text = "model,runs,mean_ttft_ms,std_ttft_ms,p99_ttft_ms\na:1b,20,50,4,61\n"
    rows = table(tmp_path, a_csv=text).set_index("stat")
    assert rows["value"].to_dict() == pytest.approx({"mean": 0.05, "sd": 0.004, "p99": 0.061})
    assert set(rows["n"]) == {20}


def test_statistics_nested_under_a_metric(tmp_path: Path) -> None:
    document = {"model": "a:1b", "samples": 7, "ttft_ms": {"mean": 50.0, "p95": 70.0}, "latency_ms": {"std_dev": 3.0}}
    rows = table(tmp_path, a_json=json.dumps(document))
    found = {(m, s): v for m, s, v in zip(rows["metric"], rows["stat"], rows["value"], strict=True)}
    assert found == pytest.approx({("ttft", "mean"): 0.05, ("ttft", "p95"): 0.07, ("e2e_latency", "sd"): 0.003})


def test_objects_keyed_by_model_give_the_subject(tmp_path: Path) -> None:
    document = {"gemma3:1b": {"tokens_per_second": 100.0}, "gemma3:4b": {"tokens_per_second": 50.0}}
    rows = table(tmp_path, a_json=json.dumps(document)).set_index("subject")
    assert rows["value"].to_dict() == {"gemma3:1b": 100, "gemma3:4b": 50}
    assert set(rows["subject_from"]) == {"field"}


def test_lists_of_numbers_are_samples(tmp_path: Path) -> None:
    rows = table(
        tmp_path, a_json=json.dumps({"model": "a:1b", "runs": [{"num_ctx": 512, "itl_ms": [9.0, 10.0, 11.0]}]})
    )
    assert list(rows["value"]) == pytest.approx([0.009, 0.01, 0.011])
    assert set(rows["subject"]) == {"a:1b"}
    assert set(rows["factor.num_ctx"]) == {"512"}
    assert list(rows["where"]) == ["/runs/0/itl_ms/0", "/runs/0/itl_ms/1", "/runs/0/itl_ms/2"]


def test_subject_from_a_sibling_or_the_files_own_name(tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        gemma3_270m_baseline_json=json.dumps({"model": "gemma3:270m", "results": [{"ttft_s": 1.0}]}),
        gemma3_270m_tuning_csv="num_ctx,ttft_s\n512,1\n",
        qwen2_5_7b_tuning_csv="num_ctx,ttft_s\n512,1\n",
        other_tuning_csv="num_ctx,ttft_s\n512,1\n",
    )
    found = rows.groupby("source")[["subject", "subject_from", "suite"]].first()
    assert list(found.loc["gemma3_270m_tuning.csv"]) == ["gemma3:270m", "file name", "tuning"]
    assert list(found.loc["gemma3_270m_baseline.json"]) == ["gemma3:270m", "field", "baseline"]
    assert found.loc["qwen2_5_7b_tuning.csv", "subject_from"] == "file name"
    assert list(found.loc["other_tuning.csv"]) == ["", "", "other_tuning"]


def test_a_summary_takes_subject_and_definition_from_its_raw_file(tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        sweep_csv="model,num_ctx,ttft_s,load_s,prompt_eval_s\na:1b,512,2.1,2.0,0.1\na:1b,1024,0.3,0.2,0.1\n",
        sweep_summary_csv="num_ctx,mean_ttft_s,load_s\n512,2.1,2.0\n1024,0.3,0.2\n",
    )
    derived = rows[rows["source"] == "sweep_summary.csv"]
    assert set(derived["subject"]) == {"a:1b"}
    assert set(derived["metric"]) == {"ttft_incl_load", "load_time"}
    assert set(derived["stat"]) == {"mean"}  # also of the column that does not say it
    assert set(rows["suite"]) == {"sweep"}


def test_zero_rates_are_missing(tmp_path: Path) -> None:
    rows = table(tmp_path, a_csv="model,ttft_s,tokens_s,load_s,latency_s\na:1b,0.0,0,0.0,0.9\na:1b,0.5,100,0.1,1\n")
    used = rows[rows["status"] == "ok"]
    assert list(used[used["metric"] == "decode_rate"]["value"]) == [100]
    assert set(rows[rows["status"] == "set aside"]["message"]) == {"a rate of nothing", "no time at all"}
    assert list(rows[rows["metric"] == "load_time"]["value"]) == [0, 0.1]  # a warm model loads in no time


def test_documents_report(tmp_path: Path) -> None:
    text = """# Report

- Model: gemma3:1b
- Temperature: 0.3

| num_ctx | Tokens/s | TTFT (ms) |
|---|---|---|
| 1024 | 101.5 | 41 |

| Metric | gemma3:1b | gemma3:4b | Delta |
|---|---|---|---|
| Mean Throughput | 101 tokens/s | 52 tokens/s | +94% |

```json
{"results": [{"model": "gemma3:4b", "ttft_s": 0.25}]}
```
"""
    rows = table(tmp_path, notes_md=text)
    assert set(rows["origin"]) == {"reported"}
    first = one(rows[(rows["metric"] == "ttft") & (rows["factor.num_ctx"] == "1024")])
    assert (first["value"], first["subject"], first["factor.temperature"]) == (0.041, "gemma3:1b", "0.3")
    assert first["where"] == "table 1, row 1"
    means = rows[rows["stat"] == "mean"].set_index("subject")["value"].to_dict()
    assert means == {"gemma3:1b": 101, "gemma3:4b": 52}
    fenced = one(rows[rows["where"].str.startswith("line 14")])
    assert (fenced["subject"], fenced["value"]) == ("gemma3:4b", 0.25)


def test_ranges_dates_and_differences_are_no_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("model,ttft_s\na:1b,1\n")
    rows = table(
        tmp_path, notes_md="- TTFT: 0.1-0.2 s\n- TTFT: +34% s\n- Latency: 2025-10-08\n- Throughput: ~6 tokens/s\n"
    )
    assert set(rows["source"]) == {"a.csv"}


def test_order_run_and_time(tmp_path: Path) -> None:
    text = (
        "timestamp,model,ttft_s,error\n"
        "2025-01-01T00:00:00Z,a:1b,1,\n"
        "2025-01-01T01:00:02+01:00,a:1b,,request timed out\n"
    )
    rows = table(tmp_path, sweep_20250101_csv=text)
    assert list(rows["order"]) == [0, 1]
    assert list(rows["status"]) == ["ok", "timeout"]
    assert [str(t) for t in rows["started"]] == ["2025-01-01 00:00:00+00:00", "2025-01-01 00:00:02+00:00"]
    assert set(rows["run"]) == {"sweep_20250101"}
    assert set(rows["suite"]) == {"sweep"}


def test_the_same_folder_gives_the_same_table(tmp_path: Path) -> None:
    files = {f"f{i}_csv": f"model,num_ctx,ttft_s\na:1b,{i},{i}\n" for i in range(1, 6)}
    first = table(tmp_path, **files)
    pd.testing.assert_frame_equal(first, ingest(tmp_path).table)


def test_progress_is_told_of_each_file(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("model,ttft_s\nx:1b,1\n")
    seen: list[tuple[str, int, int]] = []
    ingest(tmp_path, progress=lambda *args: seen.append(args))
    assert seen == [("a.csv", 1, 2), ("b.csv", 2, 2)]


def test_a_continental_table_is_read(tmp_path: Path) -> None:
    """Decimal commas, points between thousands, semicolons, dates with the day first: 1.240 is no 1.24 here."""
    text = (
        "Modell;Durchsatz (t/s);TTFT [ms];Speicher;Datum\n"
        "Müller-7B;92,99;1.076,3;x;01.03.2025\nMüller-7B;85,5;1.240;y;02.03.2025 10:30\n"
    )
    rows = table(tmp_path, a_csv=text)
    assert set(rows["subject"]) == {"Müller-7B"}
    assert list(rows.query("metric == 'decode_rate'")["value"]) == [92.99, 85.5]
    assert list(rows.query("metric == 'ttft'")["value"]) == pytest.approx([1.0763, 1.240])
    assert [str(t)[:16] for t in rows.query("metric == 'ttft'")["started"]] == ["2025-03-01 00:00", "2025-03-02 10:30"]
    assert "factor.datum" not in rows.columns


def test_points_are_decimal_where_no_cell_says_otherwise(tmp_path: Path) -> None:
    rows = table(tmp_path, a_csv="model,ttft_s,note\na:1b,1.240,q\na:1b,,\na:1b,x,w\n")
    assert list(rows["value"]) == [1.24]


def test_dates_with_slashes_are_no_setting(tmp_path: Path) -> None:
    days = "".join(f"a:1b,{d}/3/2025,{d}\n" for d in (1, 2, 1, 2))
    assert "factor.day" not in table(tmp_path, a_csv="model,day,ttft_s\n" + days).columns


def test_a_long_table_gives_a_metric_a_row(tmp_path: Path) -> None:
    text = (
        "model,quant,metric,value,unit\na:1b,q4,throughput,30.5,tok/s\na:1b,q4,TTFT,99,ms\n"
        "a:1b,q8,throughput,20.5,tok/s\na:1b,q8,kv evictions,7,\n"
    )
    rows = table(tmp_path, a_csv=text)
    rates = rows.query("metric == 'decode_rate'")
    assert list(zip(rates["factor.quantisation"], rates["value"], strict=True)) == [("q4", 30.5), ("q8", 20.5)]
    assert list(rates["record"]) == [1, 3]
    assert one(rows.query("metric == 'ttft'"))["value"] == pytest.approx(0.099)


def test_a_value_column_beside_names_that_are_no_metrics_is_left_alone(tmp_path: Path) -> None:
    rows = table(tmp_path, a_csv="model,metric,value,tokens_s\na:1b,colour,3,50\na:1b,taste,4,60\n")
    assert set(rows["metric"]) == {"decode_rate"}


def test_cells_that_are_no_numbers_are_told(tmp_path: Path) -> None:
    text = "model,tokens_s,ttft_s,status\na:1b,inf,1,ok\na:1b,50,fast,ok\na:1b,51,n/a,ok\na:1b,,,failed\n"
    (tmp_path / "a.csv").write_text(text)
    (source,) = ingest(tmp_path).sources
    assert source.status == "partial"
    assert source.reason == "cells that hold no number were left out, in tokens_s, ttft_s"


def test_runs_of_a_sweep_in_files_of_their_own_are_one_suite(tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        **{f"bench_c{c}_r{r}_csv": f"model,concurrency,tokens_s\na:1b,{c},{50 + c}\n" for c in (1, 8) for r in (1, 2)},
    )
    assert set(rows["suite"]) == {"bench"}
    rows = table(tmp_path, phi_v2_csv="model,num_ctx,tokens_s\nx:1b,4096,5\n").query("source == 'phi_v2.csv'")
    assert set(rows["suite"]) == {"phi_v2"}  # a version is no level


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("duration", 600.0, 600),
        ("duration", 600_000.0, 600),
        ("elapsed", 11.0, 660),
        ("time", 666, 666),
        ("duration_s", 600.0, 600),
    ],
)
def test_a_run_time_is_in_the_unit_that_its_requests_and_their_rate_give(
    key: str, value: float, expected: float, tmp_path: Path
) -> None:
    results = {"backend": "vllm", key: value, "completed": 599, "request_throughput": 0.9, "mean_itl_ms": 21.0}
    (tmp_path / "a.json").write_text(json.dumps({"results": results}))
    rows = ingest(tmp_path).table
    assert list(rows[rows["metric"] == "run_time"]["value"].round(6)) == [expected]


def test_a_unit_that_requests_and_rate_contradict_is_in_doubt(tmp_path: Path) -> None:
    results = {"duration_ms": 600.0, "completed": 599, "request_throughput": 0.9, "mean_itl_ms": 21.0}
    (tmp_path / "a.json").write_text(json.dumps({"results": results}))
    dataset = ingest(tmp_path)
    assert "run_time" not in set(dataset.table["metric"])
    assert "in doubt" in dataset.sources[0].reason
