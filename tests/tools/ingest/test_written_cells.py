"""Cells as people write them: units, thousands, magnitudes, ±, markup, decimal commas; and words for failures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.ingest.amounts import amount


def table(folder: Path, text: str, name: str = "a.csv") -> pd.DataFrame:
    (folder / name).write_text(text, encoding="utf-8")
    return ingest(folder).table


def values(rows: pd.DataFrame, metric: str, stat: str = "sample") -> list[float]:
    found = rows[(rows["metric"] == metric) & (rows["stat"] == stat) & (rows["status"] == "ok")]
    return [round(float(v), 9) for v in found["value"]]


@pytest.mark.parametrize(
    ("header", "cells", "metric", "expected"),
    [
        ("TTFT", ["1,234.5 ms", "798 ms"], "ttft", [1.2345, 0.798]),
        ("TTFT", ["1.2 s", "340 ms"], "ttft", [1.2, 0.34]),  # each cell in its own unit
        ("TTFT (ms)", ["1.2 s", "340"], "ttft", [1.2, 0.34]),  # the cell's unit before the header's
        ("Latency", ["12.50 s", "6.05s"], "e2e_latency", [12.5, 6.05]),
        ("Throughput", ["2,104.7 tok/s", "4.3k tok/s"], "decode_rate", [2104.7, 4300]),
        ("Speed", ["9.27 tokens/s", "1.9e1 tokens/s"], "decode_rate", [9.27, 19]),
        ("tokens/s", ["**70.74**", "`52.1`"], "decode_rate", [70.74, 52.1]),
        ("tokens/s", ["70.74<sup>1</sup>", "52.1 [2]"], "decode_rate", [70.74, 52.1]),
        ("tokens/s", ["~70", "✅ 52.1"], "decode_rate", [70, 52.1]),
        ("tokens/s", ["1.234,5", "12,5"], "decode_rate", [1234.5, 12.5]),
        ("tokens/s", ["1 234.5", "12.5"], "decode_rate", [1234.5, 12.5]),
        ("tokens/s", ["1'234.5", "12.5"], "decode_rate", [1234.5, 12.5]),
        ("Latenz", ["12,50 s", "6,05 s"], None, []),  # a word that no registry knows is no metric
        ("latency", ["12,50 s", "1.206,05 s"], "e2e_latency", [12.5, 1206.05]),
        ("ttft", ["1,234 ms", "987 ms"], "ttft", [1.234, 0.987]),  # thousands, as nothing says otherwise
        ("accuracy", ["71.2%", "70 %"], "accuracy", [0.712, 0.70]),
        ("accuracy", ["71.2", "70.0"], "accuracy", [0.712, 0.70]),
        ("latency (s)", ["10-12", "5 to 6"], "e2e_latency", []),  # ranges are no numbers
        ("latency (s)", ["<0.5", "0.7"], "e2e_latency", [0.7]),  # nor are bounds
    ],
)
def test_a_number_is_read_as_it_is_written(
    header: str, cells: list[str], metric: str | None, expected: list[float], tmp_path: Path
) -> None:
    rows = table(tmp_path, f"model\t{header}\tother_ttft_s\n" + "".join(f"a:1b\t{c}\t1\n" for c in cells), "a.tsv")
    if metric is not None:
        own = rows[rows["column"] == header]
        assert values(own, metric) == expected


def test_a_spread_behind_the_number_is_the_deviation_of_a_mean(tmp_path: Path) -> None:
    text = "model,tokens/s,TTFT\na:1b,52.1 ± 0.3,120 ms (± 4 ms)\nb:1b,301 +/- 4,98ms ±2\nc:1b,19,88 ms\n"
    rows = table(tmp_path, text)
    assert values(rows, "decode_rate", "mean") == [52.1, 301, 19]
    assert values(rows, "decode_rate", "sd") == [0.3, 4]
    assert values(rows, "ttft", "mean")[1:] == [0.098, 0.088]
    assert rows[rows["stat"] == "mean"]["n"].isna().all()  # nothing says of how many


def test_a_relative_spread_is_a_share_of_its_number(tmp_path: Path) -> None:
    rows = table(tmp_path, "model,Speed\na:1b,50 ± 2 tok/s\nb:1b,200 ± 10 tok/s\n")
    assert values(rows, "decode_rate", "sd") == [2, 10]
    rows = table(tmp_path, "model,Speed\na:1b,50 tok/s\nb:1b,200 tok/s\n", "a.csv")
    assert values(rows, "decode_rate") == [50, 200]


@pytest.mark.parametrize(
    "word",
    [
        "OOM",
        "timeout",
        "CUDA error: out of memory",
        "FAILED",
        "❌ crashed",
        "Timed out",
        "Error",
        "**OOM**",
        "DNF",
        "HTTP 503",
    ],
)
def test_a_word_in_place_of_the_only_result_is_a_failure_with_its_reason(word: str, tmp_path: Path) -> None:
    rows = table(tmp_path, f"model,batch,tokens/s\na:1b,1,52.1\na:1b,8,{word}\n")
    failed = rows[rows["metric"] == "request"]
    assert len(failed) == 1
    assert failed.iloc[0]["status"] in ("error", "timeout")
    assert failed.iloc[0]["message"].lower() in word.lower()
    assert failed.iloc[0]["factor.batch_size"] == "8"
    assert values(rows, "decode_rate") == [52.1]


@pytest.mark.parametrize("word", ["N/A", "—", "n/a", "-", "not supported", "TBD", ""])
def test_a_cell_that_says_that_there_is_nothing_is_no_failure(word: str, tmp_path: Path) -> None:
    rows = table(tmp_path, f"model,batch,tokens/s\na:1b,1,52.1 tok/s\na:1b,8,{word}\n")
    assert set(rows["metric"]) == {"decode_rate"}
    assert ingest(tmp_path).sources[0].status == "parsed"


def test_a_reason_in_the_notes_of_a_row_without_results_is_its_failure(tmp_path: Path) -> None:
    text = "model,tokens/s,notes\na:1b,52.1,fastest\na:1b,—,timeout after 600 s\na:1b,—,later\n"
    rows = table(tmp_path, text)
    failed = rows[rows["metric"] == "request"]
    assert list(failed["message"]) == ["timeout after 600 s"]
    assert list(failed["status"]) == ["timeout"]


def test_a_word_in_one_of_several_results_fails_that_one_alone(tmp_path: Path) -> None:
    rows = table(tmp_path, "model,TTFT (ms),tokens/s\na:1b,120,52.1\na:1b,130,OOM\n")
    assert values(rows, "ttft") == [0.12, 0.13]
    failed = rows[rows["metric"] == "request"]
    assert list(failed["column"]) == ["tokens/s"]


def test_prose_stays_prose(tmp_path: Path) -> None:
    text = "model,tokens/s,comment\na:1b,52.1,8 GPUs\na:1b,50.2,16 GPUs with 2 ms jitter\n"
    assert set(table(tmp_path, text)["metric"]) == {"decode_rate"}


def test_json_numbers_as_strings_are_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '[{"model": "a:1b", "ttft": "120 ms", "tps": "52.1"}, {"model": "a:1b", "ttft": "1.1s", "tps": "OOM"}]'
    )
    rows = ingest(tmp_path).table
    assert values(rows, "ttft") == [0.12, 1.1]
    assert values(rows, "decode_rate") == [52.1]


@pytest.mark.parametrize(
    ("text", "mib"),
    [
        ("model,VRAM (GiB),RAM (GB)\na,2,2\nb,4,4\n", (2048.0, 2e9 / 2**20)),
        ("model,vram,ram\na,2 GiB,2 GB\nb,4 GiB,4 GB\n", (2048.0, 2e9 / 2**20)),
        ("model,vram_gib,ram_gb\na,2,2\nb,4,4\n", (2048.0, 2e9 / 2**20)),
        ("model,vram_mib,ram_mb\na,2048,2000\nb,4096,4000\n", (2048.0, 2e9 / 2**20)),
        ("model,vram_gb,ram_gb\na,2,2\nb,4,4\n", (2048.0, 2048.0)),
        ("model,vram,ram\na,2 GB,2048 MB\nb,4 GB,4096 MB\n", (2048.0, 2048.0)),
    ],
)
def test_gb_is_not_gib_where_a_file_writes_both(tmp_path: Path, text: str, mib: tuple[float, float]) -> None:
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    table = ingest(tmp_path).table
    found = [float(table["value"][(table["metric"] == m) & (table["subject"] == "a")].iloc[0]) for m in ("vram", "ram")]
    assert found == pytest.approx(mib)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("5157 MiB + 5625 MiB", 10782), ("81W + 86W", 167), ("1 s + 0.5 s + 1 s", 2.5), ("5 MiB + 2 W", None)],
)  # fmt: skip
def test_what_several_cards_took_is_their_sum_and_not_the_first(cell: str, value: float | None) -> None:
    found = amount(cell)
    assert (found.value if found is not None else None) == value
