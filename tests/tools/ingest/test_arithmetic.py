"""What a column is, by the arithmetic that holds between the columns of its rows, whatever its header says."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset
from chimera_report.tools.stats import analyse

Row = dict[str, Any]


def table(folder: Path, rows: list[Row], name: str = "runs.csv") -> Dataset:
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        made = csv.DictWriter(file, list(rows[0]))
        made.writeheader()
        made.writerows(rows)
    return ingest(folder)


def status(found: Dataset, metric: str) -> list[str]:
    rows = found.table
    return rows.loc[rows["metric"] == metric, "status"].tolist()


# --- a setting that stands in a column of results ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "measured", "metric"),
    [
        ("threads", "tokens_per_sec", "decode_rate"),
        ("batch_size", "tg_tps", "decode_rate"),
        ("num_gpu", "eval_rate", "decode_rate"),
        ("concurrency", "ttft_s", "ttft"),
        ("n_ctx", "latency_ms", "e2e_latency"),
    ],
)
def test_a_result_that_is_the_setting_again_is_no_measurement(
    setting: str, measured: str, metric: str, tmp_path: Path
) -> None:
    levels = [2, 4, 8, 2, 4, 8, 8]
    unit = 1000 if measured.endswith("_ms") else 1
    rows: list[Row] = [
        {"model": "m:1b", setting: n, measured: n * unit, "power_w": 9 + i / 7} for i, n in enumerate(levels)
    ]
    rows[-1][measured] = 23.64 * unit
    found = table(tmp_path, rows)
    assert status(found, metric) == ["set aside"] * 6 + ["ok"]


def test_what_was_computed_with_it_is_none_either(tmp_path: Path) -> None:
    rates = [2, 4, 8, 2, 4, 25.8]
    rows = [
        {"threads": t, "tokens_per_sec": r, "j_per_token": 9.7 / r, "power_w": 9.7 + t / 10}
        for t, r in zip([2, 4, 8, 2, 4, 8], rates, strict=True)
    ]
    found = table(tmp_path, rows)
    assert status(found, "energy_per_token") == ["set aside"] * 5 + ["ok"]
    assert set(status(found, "power")) == {"ok"}


def test_a_rate_that_meets_its_setting_now_and_then_is_measured(tmp_path: Path) -> None:
    rows = [{"threads": t, "tokens_per_sec": r} for t, r in ((2, 2), (4, 4), (8, 7.1), (2, 2.2), (4, 3.8), (8, 7.4))]
    assert set(status(table(tmp_path, rows), "decode_rate")) == {"ok"}


# --- parts of one measurement -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whole", "part", "rest"),
    [
        ("active_W", "base_W", "net_W"),
        ("loaded_power_w", "standby_power_w", "extra_power_w"),
        ("ours_energy_j", "host_energy_j", "card_energy_j"),
        ("a_latency_ms", "b_latency_ms", "c_latency_ms"),
    ],
)
def test_a_difference_of_two_columns_is_no_case_to_compare_with_them(
    whole: str, part: str, rest: str, tmp_path: Path
) -> None:
    rows = [
        {"model": "m:1b", "threads": t, part: 1.113 + t / 7, rest: 8.301 + t / 3, "tokens_per_sec": 20.3 + t / 9}
        for t in (2, 4, 6, 8, 10)
    ]
    rows = [{k: round(v, 3) if isinstance(v, float) else v for k, v in r.items()} for r in rows]
    rows = [r | {whole: round(r[part] + r[rest], 3)} for r in rows]
    found = table(tmp_path, rows)
    assert FACTOR + "variant" not in found.table.columns


def test_two_cases_of_one_metric_stay_cases(tmp_path: Path) -> None:
    rows = [
        {"model": "m:1b", "prompt": p, "flash_latency_ms": 101.37 + i * 7, "eager_latency_ms": 140.11 + i * i}
        for i, p in enumerate("abcde")
    ]
    found = table(tmp_path, rows)
    assert set(found.table[FACTOR + "variant"].dropna()) == {"flash", "eager"}


@pytest.mark.parametrize("name", ["idle_W", "standby_power_w", "overhead_ms", "cache_gb", "loss_pct"])
def test_a_fine_number_with_a_unit_is_no_condition(name: str, tmp_path: Path) -> None:
    rows = [
        {"model": m, "threads": t, name: v, "tokens_per_sec": 30 - t + i}
        for i, m in enumerate(("a:1b", "b:1b"))
        for t in (2, 4)
        for v in (0.097, 0.024)
    ]
    assert FACTOR + name.lower() not in table(tmp_path, rows).table.columns


# --- times and rates --------------------------------------------------------------------------------------------------


def requests(total: str, scale: float = 1.0) -> list[Row]:
    rows = []
    for i in range(6):
        tokens, time = 50 + 31 * i, 2.5 + 4.1 * i
        rows.append(
            {"model": "m:1b", "ttft_s": 0.2 + i / 9, total: time * scale, "output_tokens": tokens, "tps": tokens / time}
        )
    return rows


@pytest.mark.parametrize(
    ("total", "scale"), [("total_time", 1.0), ("total_time_s", 1.0), ("total_duration_ms", 1e3), ("duration_s", 1.0)]
)
def test_a_total_that_the_answers_tokens_fit_is_of_the_request(total: str, scale: float, tmp_path: Path) -> None:
    rows = table(tmp_path, requests(total, scale)).table
    assert "run_time" not in set(rows["metric"])
    assert set(rows.loc[rows["metric"] == "decode_rate", "definition"]) == {"output tokens / end-to-end latency"}


def test_a_total_that_is_the_sum_of_its_parts_is_of_the_request(tmp_path: Path) -> None:
    rows = [
        {"model": "m:1b", "prompt_ms": 120.5 + i, "decode_ms": 900.25 + 40 * i, "total_ms": 1020.75 + 41 * i}
        for i in range(4)
    ]
    assert "e2e_latency" in set(table(tmp_path, rows).table["metric"])


def test_a_total_of_a_run_stays_one(tmp_path: Path) -> None:
    rows = [
        {"model": "m:1b", "concurrency": c, "total_time_s": 60.0 + c, "output_tokens": 128, "tps": 20.0 + c}
        for c in (1, 2, 4)
    ]
    assert "run_time" in set(table(tmp_path, rows).table["metric"])


def test_a_summary_has_the_definition_of_the_records_of_that_name(tmp_path: Path) -> None:
    table(tmp_path, requests("total_time"))
    summary = [{"model": "m:1b", "tps_mean": 9.9, "tps_median": 8.8, "requests": 60}]
    rows = table(tmp_path, summary, "other_summary.csv").table
    stated = rows[(rows["metric"] == "decode_rate") & (rows["stat"] != "sample")]
    assert len(stated)
    assert set(stated["definition"]) == {"output tokens / end-to-end latency"}


@pytest.mark.parametrize(
    "total", ["total_batch_time_seconds", "batch_duration_s", "wall_time", "total_run_time_s", "test_duration_s"]
)
def test_tokens_of_a_run_over_its_time_are_a_throughput(total: str, tmp_path: Path) -> None:
    rows = [
        {
            "model": "m:1b",
            "samples_processed": 100,
            total: t,
            "total_output_tokens": n,
            "throughput_tokens_per_second": n / t,
        }
        for n, t in ((92918, 631), (98679, 678), (90112, 640), (88004, 611))
    ]
    rates = table(tmp_path, rows).table
    assert "output_throughput" in set(rates["metric"]) and "decode_rate" not in set(rates["metric"])


@pytest.mark.parametrize("word", ["estimated", "estimate", "approximate", "heuristic", "approx"])
def test_counts_that_were_estimated_are_told_apart(word: str, tmp_path: Path) -> None:
    rows = [
        {"model": p, "token_source": s, "tokens_generated": 100 + i, "decode_tok_s": 60.5 + i, "ttft_ms": 90.5 + i}
        for p, s in (("a:1b", "api"), ("b:1b", word))
        for i in range(4)
    ]
    found = table(tmp_path, rows).table
    mine = found[found["subject"] == "b:1b"]
    apart = {m: set(d) for m, d in mine.groupby("metric")["definition"]}
    assert apart["decode_rate"] == apart["output_tokens"] == {"with estimated counts of tokens"}
    assert apart["ttft"] == {""}
    assert set(found.loc[found["subject"] == "a:1b", "definition"]) == {""}


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "J"), (3600.0, "Wh"), (3.6e6, "kWh"), (None, "")])
def test_a_bare_energy_has_the_unit_that_power_and_time_give(scale: float | None, unit: str, tmp_path: Path) -> None:
    rows: list[Row] = [{"model": "m:1b", "energy": (50 + i / 7) * (9 + i) / (scale or 1)} for i in range(5)]
    if scale:
        rows = [r | {"power_w": 50 + i / 7, "latency_s": 9.0 + i} for i, r in enumerate(rows)]
    found = table(tmp_path, [r | {"tps": 20.5 + i} for i, r in enumerate(rows)]).table
    energy = found.loc[found["metric"] == "energy", "value"].tolist()
    assert energy == (pytest.approx([(50 + i / 7) * (9 + i) for i in range(5)]) if unit else [])


def test_a_gap_in_per_cent_is_no_perplexity(tmp_path: Path) -> None:
    rows = [{"Variant": f"Q{i}_K", "Pixel PPL": 10.5 + i / 9, "PPL Gap %": f"{i / 7:.1f}%"} for i in range(2, 7)]
    found = table(tmp_path, rows).table
    assert FACTOR + "variant" not in found.columns or "Gap %" not in set(found[FACTOR + "variant"].dropna())


def test_a_mean_that_its_deviation_reaches_leads_nothing(tmp_path: Path) -> None:
    rows = [
        {"model": f"m-{q}", "context": c, "decode_tps_mean": 20.5 - c / 400, "decode_tps_std": 0.3}
        for q in ("q4", "q8")
        for c in (512, 1024, 2048)
    ]
    rows[-1] |= {"decode_tps_mean": 51.5, "decode_tps_std": 50.9}
    found = table(tmp_path, rows).table
    wrong = found[(found["stat"] == "mean") & (found["status"] == "set aside")]
    assert wrong["value"].tolist() == [51.5]


def test_lengths_of_short_texts_are_no_input_lengths_in_tokens(tmp_path: Path) -> None:
    rows = [{"model": "m:1b", "prompt_length": n, "ttft_ms": 90.5 + i} for i in range(3) for n in (13, 19, 38, 46)]
    found = table(tmp_path, rows).table
    assert FACTOR + "input_length" not in found.columns
    assert set(found[FACTOR + "prompt_length"]) == {"13", "19", "38", "46"}


def test_a_record_read_before_and_after_is_one_of_each(tmp_path: Path) -> None:
    for i in range(9):
        row = {
            "model": "m:1b",
            "ram_before_mb": 2100.5 + i,
            "ram_after_mb": 2300.5 + i,
            "ttft_ms": 90.5 + i,
            "tps": 20.5 + i / 9,
        }
        (tmp_path / f"round_{i}.json").write_text(json.dumps(row), encoding="utf-8")
    assert not [a for a in analyse(ingest(tmp_path)).alerts if a.kind == "too_few_runs"]


# --- what nobody could read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vram_mb", "power_w", "memory_gb", "energy_j"])
def test_a_sensor_that_only_ever_read_zero_was_not_read(name: str, tmp_path: Path) -> None:
    rows = [{"model": "m:1b", "tps": 20.5 + i, name: 0} for i in range(4)]
    assert set(table(tmp_path, rows).table["metric"]) == {"decode_rate"}


def test_a_machine_without_memory_is_none(tmp_path: Path) -> None:
    gpu = {"name": "NVIDIA GB10", "memory_total": 0, "power_limit": 0, "avg_power": 27.9}
    (tmp_path / "r.json").write_text(json.dumps([{"model": "m:1b", "tps": 20.5 + i, **gpu} for i in range(4)]))
    found = ingest(tmp_path).table
    assert not [c for c in (FACTOR + "memory_total", FACTOR + "power_limit") if c in found and found[c].notna().any()]


@pytest.mark.parametrize("place", ["hardware", "host", "gpu_info"])
def test_a_look_at_the_machine_that_failed_is_no_failed_run(place: str, tmp_path: Path) -> None:
    rows = [{"model": "m:1b", "tps": 20.5 + i, place: {"cpu": {"detection_error": "WinError 2"}}} for i in range(3)]
    (tmp_path / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    assert set(ingest(tmp_path).table["status"]) == {"ok"}


def test_the_number_of_warm_ups_is_no_pass(tmp_path: Path) -> None:
    for n in (1, 2):
        rows = [
            {"model": m, "n_warmup_runs": n, "tps": 20.0 / n**3 + i} for i, m in enumerate(("a:1b", "b:1b", "c:1b"))
        ]
        table(tmp_path, rows, f"{n}.csv")
    assert not ingest(tmp_path).passes


# --- counts -----------------------------------------------------------------------------------------------------------


def test_values_that_cannot_be_true_are_counted_by_their_records(tmp_path: Path) -> None:
    rows = [
        {"number_output_tokens": 100, "end_to_end_latency_s": 2.0 + i, "request_output_throughput_token_per_s": 3.0,
         "ttft_s": 0.2, "error_code": None}
        for i in range(8)
    ]  # fmt: skip
    (tmp_path / "m_individual_responses.json").write_text(json.dumps(rows), encoding="utf-8")
    stated = {f"results_request_output_throughput_token_per_s_quantiles_{q}": 3.0 for q in ("p50", "p95")}
    summary = {
        "model": "m",
        "num_concurrent_requests": 1,
        "results_ttft_s_mean": 0.2,
        "results_num_completed_requests": 8,
    }
    parts = {"results_number_output_tokens_mean": 100, "results_end_to_end_latency_s_mean": 5.5}
    parts["results_request_output_throughput_token_per_s_mean"] = 3.0
    (tmp_path / "m_summary.json").write_text(json.dumps(summary | parts | stated), encoding="utf-8")
    told = [a for a in analyse(ingest(tmp_path)).alerts if a.kind == "implausible"]
    assert [(a.values["values"], a.values["of"]) for a in told if a.values["of"] != 1] == [(8, 8)]


@pytest.mark.parametrize("name", ["samples_processed", "queries_processed", "total_requests_processed"])
def test_failed_calls_are_those_of_the_requests_beside_them(name: str, tmp_path: Path) -> None:
    rows = [{"model": "m:1b", name: 100 - f, "failed_calls": f, "tps": 20.5 + f} for f in (0, 4, 0, 1)]
    (failed,) = (a for a in analyse(table(tmp_path, rows)).alerts if a.kind == "errors")
    assert (failed.values["failed"], failed.values["records"]) == (5, 400)


@pytest.mark.parametrize("count", [2, 3])
def test_one_file_in_two_formats_is_read_once(count: int, tmp_path: Path) -> None:
    rows = [{"model": "m:1b", "tps": 20.5 + i} for i in range(count)]
    (tmp_path / "runs.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    found = analyse(table(tmp_path, rows))
    assert [s.n for s in found.summaries if s.metric == "decode_rate"] == [count]


@pytest.mark.parametrize(
    ("tokens", "rate", "aside"),
    [(7, 1222.0, True), (12, 3063.0, True), (400, 90_007.0, True), (7, 128.6, False), (512, 5000.0, False)],
)
def test_a_prompt_that_took_no_longer_than_a_token_tells_no_reading_speed(
    tmp_path: Path, tokens: int, rate: float, aside: bool
) -> None:
    rows = [f"a-7b,{tokens},{rate + i},{189.4 - i},100" for i in range(4)]
    head = "model,prompt_tokens,prefill_tps,decode_tps,output_tokens"
    (tmp_path / "runs.csv").write_text("\n".join([head, *rows]) + "\n")
    table = ingest(tmp_path).table
    found = set(table[table["metric"] == "prefill_rate"]["status"])
    assert found == ({"set aside"} if aside else {"ok"})
    assert set(table[table["metric"] == "decode_rate"]["status"]) == {"ok"}


def test_a_number_with_zeros_before_it_is_that_number(tmp_path: Path) -> None:
    for load in (1, 8, 24):
        (tmp_path / f"requests-c{load:03}.csv").write_text(
            "model,ttft_ms\n" + "".join(f"a-7b,{90 + i}\n" for i in range(3))
        )
    (tmp_path / "summary.csv").write_text("model,concurrency,ttft_p50_ms\na-7b,1,91\na-7b,8,91\na-7b,24,91\n")
    assert set(ingest(tmp_path).table[FACTOR + "concurrency"].dropna()) == {"1", "8", "24"}
