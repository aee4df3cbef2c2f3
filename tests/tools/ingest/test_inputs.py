"""Files in other clothes: compressed, in an archive, a workbook, Parquet; loose JSON, appended runs, text without a tool."""

# ruff: noqa: E501 — files as people leave them

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from chimera_report.tools.ingest import Limits, ingest

CSV = "model,quant,ttft_ms,tokens/s\na:1b,Q4,120,45.2\na:1b,Q8,180,31\n"


def rates(folder: Path) -> list[float]:
    rows = ingest(folder).table
    return list(rows[(rows["metric"] == "decode_rate") & (rows["status"] == "ok")]["value"])


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_a_compressed_file_is_what_is_in_it(suffix: str, tmp_path: Path) -> None:
    if suffix == ".zst":
        with pa.output_stream(str(tmp_path / "bench.csv.zst"), compression="zstd") as stream:
            stream.write(CSV.encode())
    else:
        pack = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}[suffix]
        (tmp_path / f"bench.csv{suffix}").write_bytes(pack(CSV.encode()))
    dataset = ingest(tmp_path)
    assert dataset.sources[0].path == f"bench.csv{suffix}"
    assert dataset.sources[0].kind == "CSV"
    assert rates(tmp_path) == [45.2, 31]


def test_the_files_of_an_archive_are_sources(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "runs.zip", "w") as archive:
        archive.writestr("night/bench.csv", CSV)
        archive.writestr("night/.hidden.csv", CSV)
        archive.writestr("__MACOSX/bench.csv", CSV)
        archive.writestr("../up.json", json.dumps([{"model": "b:1b", "ttft_ms": 90}]))
    dataset = ingest(tmp_path)
    assert [s.path for s in dataset.sources] == ["runs.zip/up.json", "runs.zip/night/bench.csv"] or [
        s.path for s in dataset.sources
    ] == ["runs.zip/night/bench.csv", "runs.zip/up.json"]
    assert set(dataset.table["subject"]) == {"a:1b", "b:1b"}


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 no archive", gzip.compress(CSV.encode(), mtime=0)[:-20]],
    ids=["empty", "no archive", "cut off"],
)
def test_a_broken_archive_says_so_and_stops_nothing(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "ok.csv").write_text(CSV)
    (tmp_path / ("bad.csv.gz" if data[:2] == b"\x1f\x8b" else "bad.zip")).write_bytes(data)
    dataset = ingest(tmp_path)
    bad = next(s for s in dataset.sources if s.path.startswith("bad"))
    assert bad.status == "skipped" and bad.reason
    assert rates(tmp_path) == [45.2, 31]


def test_what_grows_beyond_the_limit_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"0" * 3_000_000))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"0" * 3_000_000)
    (tmp_path / "ok.csv").write_text(CSV)
    dataset = ingest(tmp_path, limits=Limits(file_bytes=1_000_000))
    assert {s.path: s.status for s in dataset.sources} == {
        "bomb.csv.gz": "skipped",
        "bomb.zip/bomb.csv": "skipped",
        "ok.csv": "parsed",
    }


def test_a_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Runs"
    for row in (
        ["Benchmark of March"],
        [],
        ["Model", "Quant", "TTFT (ms)", "tokens/s"],
        ["a:1b", "Q4", 120, 45.2],
        ["a:1b", "Q8", 180, "OOM"],
        [],
        ["note", "x"],
    ):
        sheet.append(row)
    other = book.create_sheet("Power")
    for row in (["model", "power_w"], ["a:1b", 250.5]):
        other.append(row)
    book.save(tmp_path / "bench.xlsx")
    rows = ingest(tmp_path).table
    assert list(rows[rows["metric"] == "decode_rate"]["value"]) == [45.2]
    assert list(rows[rows["metric"] == "power"]["value"]) == [250.5]
    assert "OOM" in set(rows["message"])
    assert rows.iloc[0]["where"] == "sheet Runs, row 4"


def test_a_parquet_file(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"model": ["a:1b", "a:1b"], "tokens_per_second": [45.2, 31.0], "ok": [True, False], "itls": [[1], [2]]}
    )
    parquet.write_table(pa.Table.from_pandas(frame), tmp_path / "bench.parquet")
    dataset = ingest(tmp_path)
    assert rates(tmp_path) == [45.2]
    assert dataset.sources[0].status == "partial" and "lists" in dataset.sources[0].reason
    assert (dataset.table["status"] == "error").sum() == 1


@pytest.mark.parametrize(
    "text",
    [
        '[{"model": "a:1b", "tokens_per_second": 45.2,}, {"model": "a:1b", "tokens_per_second": 31,},]',
        '// runs\n[{"model": "a:1b", "tokens_per_second": 45.2}, /* slow */ {"model": "a:1b", "tokens_per_second": 31}]',
        '{"model": "a:1b",\n "tokens_per_second": 45.2}\n{"model": "a:1b",\n "tokens_per_second": 31}\n',
        '{"model": "a:1b", "tokens_per_second": "45.2"}\n\n{"model": "a:1b", "tokens_per_second": "31"}\n',
        '[{"model": "a:1b", "tokens_per_second": 45.2, "ttft_s": NaN}, {"model": "a:1b", "tokens_per_second": 31, "url": "http://x//y,]"}]',
    ],
)
def test_json_as_it_is_left(text: str, tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(text)
    assert rates(tmp_path) == [45.2, 31]


def test_runs_appended_to_one_table(tmp_path: Path) -> None:
    (tmp_path / "bench.csv").write_text(CSV + CSV.replace("45.2", "46.1"))
    rows = ingest(tmp_path).table
    assert list(rows[rows["metric"] == "decode_rate"]["value"]) == [45.2, 31, 46.1, 31]
    assert rows["run"].nunique() == 2


@pytest.mark.parametrize(
    "text",
    [
        "Model: a:1b\nTTFT: 120 ms\nDecode rate: 45.2 tok/s\n\nModel: b:1b\nTTFT: 90 ms\nDecode rate: 31 tok/s\n",
        "=== run 1 ===\nmodel = a:1b\nttft = 0.12 s\ndecode speed ..... 45.2 tokens/s\n=== run 2 ===\nttft = 0.09 s\ndecode speed ..... 31 tokens/s\n",
        "2026-01-02 03:04:05,123 INFO Model: a:1b\n2026-01-02 03:04:06 INFO TTFT: 120 ms\n2026-01-02 03:04:06 INFO tokens/s: 45.2\n2026-01-02 03:04:07 INFO TTFT: 90 ms\n2026-01-02 03:04:07 INFO tokens/s: 31\n",
        "[a:1b]\nTTFT (ms): 120\nThroughput (tok/s): 45.2\n[b:1b]\nTTFT (ms): 90\nThroughput (tok/s): 31\n",
        "model,ttft_ms,tokens/s\na:1b,120,45.2\na:1b,90,31\n",
        "| model | ttft (ms) | tokens/s |\n|---|---|---|\n| a:1b | 120 | 45.2 |\n| b:1b | 90 | 31 |\n",
        "Format | TTFT | Speed\n-------|------|------\nQ4 | 120 ms | 45.2 tok/s\nQ8 | 90 ms | 31 tok/s\n",
    ],
)
def test_text_of_no_tool_that_states_results(text: str, tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text(text)
    rows = ingest(tmp_path).table
    assert list(rows[rows["metric"] == "decode_rate"]["value"]) == [45.2, 31]
    assert [round(v, 6) for v in rows[rows["metric"] == "ttft"]["value"]] == [0.12, 0.09]


@pytest.mark.parametrize(
    "text",
    ["Dear all,\nnote: 5 people came.\ntime: 10:30\n", "License: MIT\nVersion: 1.2\n", "speed: fast\nlatency: low\n"],
)
def test_prose_states_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "z.txt").write_text(text)
    assert ingest(tmp_path).sources[1].status == "skipped"


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><th>Model</th><th>Decode (t/s)</th><th>TTFT (ms)</th></tr>\n<tr><td>a:1b</td><td><b>45.2</b></td><td>120</td></tr>\n<tr><td>b:1b</td><td>31<sup>1</sup></td><td>90</td></tr></table>",
        "<div>\n<table>\n<thead>\n<tr>\n<th>Model</th>\n<th>Decode (t/s)</th>\n<th>TTFT</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><code>a:1b</code></td>\n<td>45.2 ± 0.3</td>\n<td>120 ms</td>\n</tr>\n<tr><td>b:1b</td><td>31 ± 1</td><td>90&nbsp;ms</td></tr></tbody></table></div>",
        "| Model | Decode | TTFT |\n| :--- | ---: | ---: |\n| a:1b | **45.2 Tokens/s** | 120 ms |\n| b:1b | 31 tok/s | 0.09 s |",
        "| Metric | a:1b | b:1b |\n|---|---|---|\n| Decode rate | 45.2 t/s | 31 t/s |\n| TTFT | 120 ms | 90 ms |",
        "| Model | tg128 (t/s) | TTFT (ms) |\n|---|---:|---:|\n| a:1b | 45.2 ± 0.30 | 120 |\n| b:1b | 31.00 ± 0.1 | 90 |",
    ],
)
def test_tables_of_a_document(table: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"# Results\n\nSome words.\n\n{table}\n")
    rows = ingest(tmp_path).table
    main = rows[rows["stat"].isin(["sample", "mean"])]
    assert list(main[main["metric"] == "decode_rate"]["value"]) == [45.2, 31]
    assert [round(v, 6) for v in main[main["metric"] == "ttft"]["value"]] == [0.12, 0.09]
    assert set(rows["origin"]) == {"reported"}
    assert set(main["subject"]) == {"a:1b", "b:1b"}


def test_a_summary_of_requests_means_their_latency(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"cell": {"config": "awq"}, "p50_s": 0.74, "p95_s": 0.80, "ttft_p50_s": 0.02, "req_per_s": 1.35}'
    )
    rows = ingest(tmp_path).table
    assert list(rows[rows["metric"] == "e2e_latency"]["stat"]) == ["p50", "p95"]
    assert list(rows[rows["metric"] == "request_rate"]["value"]) == [1.35]


@pytest.mark.parametrize("top", ["list", "results", "nested"])
def test_a_document_beyond_the_limit_is_read_record_by_record(top: str, tmp_path: Path) -> None:
    records = [
        {
            "model": "a:1b",
            "tokens_per_second": 40 + i % 7,
            "usage": {"prompt_tokens": 9},
            "itls": [0.1] * 30,
            "error": "boom" if i == 3 else None,
        }
        for i in range(400)
    ]
    document = {"list": records, "results": {"run": 1, "results": records}, "nested": {"a": {"runs": records}}}[top]
    (tmp_path / "big.json").write_text(json.dumps(document))
    dataset = ingest(tmp_path, limits=Limits(document_bytes=10_000))
    assert dataset.sources[0].status == "partial" and "lists" in dataset.sources[0].reason
    rows = dataset.table
    assert (rows["metric"] == "decode_rate").sum() == 399
    assert list(rows[rows["status"] == "error"]["message"]) == ["boom"]
    assert (rows["metric"] == "prompt_tokens").sum() == 399


def test_a_large_file_of_a_known_tool_keeps_its_meaning(tmp_path: Path) -> None:
    document = {
        "model_id": "a:1b",
        "completed": 9,
        "request_throughput": 2.0,
        "mean_ttft_ms": 50.0,
        "itls": [[0.1] * 20] * 400,
    }
    (tmp_path / "big.json").write_text(json.dumps(document))
    rows = ingest(tmp_path, limits=Limits(document_bytes=10_000)).table
    assert list(rows[rows["metric"] == "ttft"]["value"]) == [0.05]


@pytest.mark.parametrize("text", ["[1, 2, ", '{"a": [{"b": 1}, {]', "[" * 30_000, "x" * 30_000])
def test_a_large_document_that_is_broken_is_skipped(text: str, tmp_path: Path) -> None:
    (tmp_path / "ok.csv").write_text(CSV)
    (tmp_path / "big.json").write_text(text + " " * 20_000)
    assert {s.path: s.status for s in ingest(tmp_path, limits=Limits(document_bytes=10_000)).sources}[
        "big.json"
    ] == "skipped"
