"""The real corpus, all 101 files: what each is taken for is in tests/golden/corpus-sources.csv, for a person to review.

The test writes what it found into the temporary folder that its message names, to be compared and copied by hand.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import COLUMNS, Dataset

CORPUS = Path(__file__).parents[3] / "../shared/corpus/chimera-101"
GOLDEN = Path(__file__).parents[2] / "golden" / "corpus-sources.csv"
GEMMA = "outputs/reports/gemma3/"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project"),
]


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return ingest(CORPUS)


def summary(dataset: Dataset) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = "path kind status role suite subject subject_from records measurements errors metrics factors reason"
    writer.writerow(head.split())
    groups = dict(list(dataset.table.groupby("source")))
    for s in dataset.sources:
        rows = groups.get(s.path, dataset.table.iloc[:0])

        def each(column: str, rows: pd.DataFrame = rows) -> str:
            return " | ".join(sorted({str(v) for v in rows[column] if v}))

        kinds = zip(rows["metric"], rows["stat"], rows["definition"], strict=True)
        metrics = sorted({f"{m} {t}" + (f" ({d})" if d else "") for m, t, d in kinds})
        factors = [c.removeprefix("factor.") for c in rows.columns if c.startswith("factor.") and rows[c].notna().any()]
        failed = int((rows["status"] != "ok").sum())
        named = [each("suite"), each("subject"), each("subject_from")]
        counts = [s.records, s.measurements, failed]
        writer.writerow(
            [s.path, s.kind, s.status, s.role, *named, *counts, " | ".join(metrics), " | ".join(factors), s.reason]
        )
    return out.getvalue()


def test_every_file_is_what_the_golden_table_says(dataset: Dataset, tmp_path: Path) -> None:
    found = summary(dataset)
    (tmp_path / GOLDEN.name).write_text(found, encoding="utf-8")
    assert found.splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines(), f"compare {tmp_path / GOLDEN.name}"


def test_all_101_files_are_accounted_for(dataset: Dataset) -> None:
    kinds = pd.Series([s.kind for s in dataset.sources]).value_counts().to_dict()
    assert kinds == {"CSV": 28, "JSON": 44, "Markdown": 29}
    assert all(s.reason for s in dataset.sources if s.status != "parsed")
    assert all(len(s.sha256) == 64 for s in dataset.sources)


def test_the_table_keeps_its_contract(dataset: Dataset) -> None:
    table = dataset.table
    assert list(table.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert all(c.startswith("factor.") for c in table.columns[len(COLUMNS) :])
    assert table.loc[table["status"] == "ok", "value"].notna().all()
    assert table.loc[table["status"] != "ok", "value"].isna().all()
    assert (table.loc[table["status"] != "ok", "metric"] == "request").all()
    assert (table.loc[table["status"] != "ok", "message"] != "").all()
    assert (table.loc[table["stat"] == "sample", "n"] == 1).all()
    assert table.loc[table["stat"] != "sample", "order"].isna().all()
    assert set(table["origin"]) == {"measured", "reported"}
    assert (table.loc[table["source"].str.endswith(".md"), "origin"] == "reported").all()
    assert str(table["started"].dtype) == "datetime64[ns, UTC]"


def rows(dataset: Dataset, source: str, metric: str) -> pd.DataFrame:
    table = dataset.table
    return table[(table["source"] == source) & (table["metric"] == metric)]


def test_values_are_the_files_own(dataset: Dataset) -> None:
    """Read again with nothing but the csv module."""
    with (CORPUS / GEMMA / "gemma3_270m_param_tuning.csv").open() as file:
        raw = list(csv.DictReader(file))
    ok = [r for r in raw if not r["error"]]
    found = rows(dataset, GEMMA + "gemma3_270m_param_tuning.csv", "decode_rate")
    assert list(found["value"]) == [float(r["tokens_s"]) for r in ok]
    assert list(found["factor.num_gpu"]) == [r["num_gpu"] for r in ok]
    assert list(found["factor.temperature"]) == [r["temperature"] for r in ok]
    assert set(found["definition"]) == {"output tokens / decoding time"}
    ttft = rows(dataset, GEMMA + "gemma3_270m_param_tuning.csv", "ttft_incl_load")
    assert list(ttft["value"]) == [float(r["ttft_s"]) for r in ok]
    failed = rows(dataset, GEMMA + "gemma3_270m_param_tuning.csv", "request")
    assert list(failed["status"]) == ["timeout", "timeout"]
    assert failed["order"].isna().all()  # a sweep without times, sorted by its settings, has no order of measuring


def test_zeros_of_failed_requests_are_no_values(dataset: Dataset) -> None:
    source = "outputs/reports/ollama/20251002-151204/prompt_suite_runs.csv"
    found = dataset.table[dataset.table["source"] == source]
    assert len(found) == 15
    assert set(found["status"]) == {"error"}


def test_a_backend_that_failed_to_compile_has_no_times(dataset: Dataset) -> None:
    source = "outputs/reports/compilation/conv_cuda_bench_20251002-172037.json"
    found = dataset.table[dataset.table["source"] == source]
    failed = found[found["factor.backend"] == "torch_compile"]
    assert list(failed["metric"]) == ["request"]
    assert "Cannot find a working triton installation" in failed["message"].iloc[0]
    eager = found[(found["factor.backend"] == "eager") & (found["stat"] == "mean")]
    assert list(eager["value"]) == pytest.approx([0.15366000006906688e-3])
    assert list(eager["n"]) == [10]
    assert list(eager["where"]) == ["/backends/eager"]


def test_an_error_text_that_was_counted_as_output_is_an_error(dataset: Dataset) -> None:
    found = dataset.table[dataset.table["source"] == "data/csv/baseline_test_results_1759186372.json"]
    assert set(found["status"]) == {"error"}
    assert set(found["message"]) == {"Error generating banter: All connection attempts failed"}


def test_telemetry_is_a_gpus_temperature_and_no_setting(dataset: Dataset) -> None:
    source = "outputs/reports/llama3/baseline_system_metrics.json"
    found = rows(dataset, source, "gpu_temperature")
    assert len(found) == 6
    assert found["value"].between(40, 90).all()
    assert found["started"].is_monotonic_increasing
    assert found["factor.temperature"].isna().all()
    assert rows(dataset, source, "vram")["value"].max() < 12282


def test_duplicates_are_kept_for_stats_to_find(dataset: Dataset) -> None:
    by_hash = pd.Series([s.sha256 for s in dataset.sources]).value_counts()
    assert (by_hash > 1).sum() >= 4
