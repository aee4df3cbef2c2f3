"""Exports of a real run on the scripted server, read back by the rules of each format."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench import export, make_plan, resume_plan, run
from chimera_report.tools.errors import StoreError
from chimera_report.tools.ingest import ingest


@pytest.fixture
def folder(scripted: Any, tmp_path: Path) -> Path:
    plan = make_plan(["scripted:1m"], factors={"num_predict": (8, 16)}, runs=3, warmups=0, telemetry_hz=0)
    scripted.script({}, {"http_status": 500})  # the first measured request fails
    run(plan, scripted.url, tmp_path / "out")
    return tmp_path / "out"


def test_benchstat(folder: Path) -> None:
    lines = export(folder, "benchstat").splitlines()
    bench = [line for line in lines if line.startswith("Benchmark")]
    assert len(bench) == 5  # six requests, one failed
    ttft = []
    for line in bench:
        name, count, *pairs = line.split()
        assert "/model=scripted:1m/" in name and re.search(r"/num_predict=(8|16)\b", name)
        assert count == "1" and len(pairs) % 2 == 0
        values = dict(zip(pairs[1::2], map(float, pairs[::2]), strict=True))
        ttft.append(values["s/ttft"])
    with (folder / "runs.csv").open(newline="") as file:
        told = [float(r["ttft_s"]) for r in csv.DictReader(file) if r["status"] == "ok"]
    assert sorted(ttft) == pytest.approx(sorted(told), rel=1e-5)


def test_llama_bench(folder: Path) -> None:
    text, _, left_out = export(folder, "llama-bench").partition("\n\n")
    head, _, *rows = text.splitlines()
    assert "1 request failed, not in this" in left_out
    titles = [c.strip() for c in head.strip("|").split("|")]
    records = [dict(zip(titles, (c.strip() for c in r.strip("|").split("|")), strict=True)) for r in rows]
    assert [r["test"][:2] for r in records] == ["pp", "tg", "pp", "tg"]
    assert {r["test"] for r in records if r["test"].startswith("tg")} == {"tg8", "tg16"}
    for record in records:
        assert re.fullmatch(r"\d+\.\d\d ± \d+\.\d\d", record["t/s"])


def test_levels_stay_apart_in_a_table(scripted: Any, tmp_path: Path) -> None:
    plan = make_plan(["scripted:1m"], concurrency=(1, 2), runs=2, warmups=0, telemetry_hz=0, num_predict=8)
    run(plan, scripted.url, tmp_path / "out")
    (tmp_path / "rates.md").write_text(export(tmp_path / "out", "llama-bench"), encoding="utf-8")
    assert "| concurrency |" in (tmp_path / "rates.md").read_text()
    table = ingest(tmp_path / "rates.md").table
    rates = table[(table["metric"] == "decode_rate") & (table["stat"] == "mean")]
    assert sorted(rates["factor.concurrency"]) == ["1", "2"]


def test_openmetrics(folder: Path) -> None:
    lines = export(folder, "openmetrics").splitlines()
    assert lines[-1] == "# EOF"
    samples = [line for line in lines if not line.startswith("#")]
    typed = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    assert typed["chimera_ttft_seconds"] == "summary" and typed["chimera_run"] == "info"
    for line in samples:
        match = re.fullmatch(r'(\w+?)(_count|_sum|_info)?\{((?:\w+="[^"]*",?)+)\} (\S+)', line)
        assert match and match[1] in typed and float(match[4]) > 0
        assert typed[match[1]] == "summary" or match[2] in (None, "_info")
    assert sorted(s.split()[-1] for s in samples if s.startswith("chimera_ttft_seconds_count")) == ["2", "3"]
    assert [s.split()[-1] for s in samples if s.startswith("chimera_requests") and 'status="error"' in s] == ["1"]
    # three values have a median and no other quantile
    assert set(re.findall(r'quantile="([0-9.]+)"', "".join(samples))) == {"0.5"}


def test_what_is_exported_is_read_back(folder: Path, tmp_path: Path) -> None:
    """A table like llama-bench's is what a report reads from others, too."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "rates.md").write_text(export(folder, "llama-bench"), encoding="utf-8")
    table = ingest(tmp_path / "x").table
    own = ingest(folder).table
    for metric in ("decode_rate", "prefill_rate"):
        told = table[(table["metric"] == metric) & (table["stat"] == "mean")]
        assert len(told) == 2 and set(told["subject"]) == {"scripted:1m"}
        rates = own[own["metric"] == metric]
        means = [float(g["value"].mean()) for _, g in rates.groupby("factor.num_predict")]
        assert sorted(told["value"]) == pytest.approx(sorted(means), abs=0.006)


def test_a_folder_without_results(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no journal"):
        export(tmp_path, "benchstat")


def test_a_folder_without_a_receipt(folder: Path) -> None:
    assert json.loads((folder / "receipt.json").read_text())
    (folder / "receipt.json").unlink()
    with pytest.raises(StoreError, match="no receipt"):
        export(folder, "openmetrics")


def test_results_without_a_measurement_have_only_outcomes(scripted: Any, tmp_path: Path) -> None:
    scripted.script(http_status=500)
    run(make_plan(["scripted:1m"], runs=2, telemetry_hz=0), scripted.url, tmp_path / "out")
    for form in ("benchstat", "llama-bench"):
        with pytest.raises(StoreError, match="no request succeeded"):
            export(tmp_path / "out", form)  # type: ignore[arg-type]
    assert 'status="error"} 2' in export(tmp_path / "out", "openmetrics")


def test_what_is_damaged_or_stands_elsewhere_is_told(scripted: Any, folder: Path) -> None:
    whole = {name: (folder / name).read_bytes() for name in ("receipt.json", "runs.journal")}
    for name, text, said in (
        ("receipt.json", b"[]", "the receipt is damaged"),
        ("receipt.json", b"{}", "the receipt is damaged"),
        ("runs.journal", whole["runs.journal"] + b"[1]\n", "has no JSON object"),
        ("runs.journal", whole["runs.journal"] + b'{"key":"x"}\n', "has no cell, elapsed_s"),
    ):
        (folder / name).write_bytes(text)
        with pytest.raises(StoreError, match=said):
            export(folder, "openmetrics")
        with pytest.raises(StoreError, match=said):
            run(resume_plan(folder), scripted.url, folder, resume=True)
        (folder / name).write_bytes(whole[name])
    (folder / "search").mkdir()
    (folder / "runs.journal").unlink()
    with pytest.raises(StoreError, match="is an adaptive search"):
        export(folder, "benchstat")
