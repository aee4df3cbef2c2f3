"""guidellm's YAML and CSV, as guidellm 0.8.1 wrote them of a run against the embedded model; cut to a few fields."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from chimera_report.tools.ingest import ingest
from chimera_report.tools.ingest.yaml_text import SharedError, parse_yaml

DATA = Path(__file__).parents[2] / "data" / "ingest"
WITH_FIRST = "end-to-end latency / output tokens"


def stats(table: pd.DataFrame, metric: str, definition: str = "", **where: str) -> dict[str, float]:
    rows = table[(table["metric"] == metric) & (table["definition"] == definition) & (table["stat"] != "sample")]
    for factor, level in where.items():
        rows = rows[rows[f"factor.{factor}"] == level]
    assert not rows["stat"].duplicated().any()
    return dict(zip(rows["stat"], rows["value"], strict=True))


def samples(table: pd.DataFrame, metric: str, definition: str = "") -> list[float]:
    rows = table[(table["metric"] == metric) & (table["definition"] == definition) & (table["stat"] == "sample")]
    return list(rows["value"])


def test_yaml_holds_statistics_of_the_requests_that_succeeded_and_those_requests() -> None:
    dataset = ingest(DATA / "guidellm.yaml")
    source, table = dataset.sources[0], dataset.table
    assert (source.format, source.kind, source.status, source.records) == ("guidellm", "YAML", "parsed", 4)
    assert source.reason == "requests left out: 1 cut off by the end of a benchmark"
    latency, ttft = stats(table, "e2e_latency"), stats(table, "ttft")
    assert latency["mean"] == pytest.approx(0.460175, abs=1e-6)  # s
    assert ttft["mean"] == pytest.approx(0.133161, abs=1e-6)  # ms in the file
    assert {"mean", "sd", "min", "max", "p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p999"} == set(
        ttft
    )
    assert samples(table, "ttft") == pytest.approx([0.053852, 0.083804], abs=1e-6)
    assert samples(table, "e2e_latency") == pytest.approx([0.327986, 0.353574], abs=1e-6)
    assert set(table["subject"]) == {"gemma3:270m"} and set(table["factor.strategy"]) == {"constant"}
    assert set(table["factor.request_rate"]) == {"6"}
    assert "factor.concurrency" not in table  # a limit of 10240 that nothing came near is no setting
    assert list(table[table["status"] == "error"]["message"].str[:40]) == ["HTTPStatusError(\"Client error '400 Bad R"]
    success = table[table["metric"] == "success_rate"].iloc[0]
    assert (success["value"], success["n"]) == (13 / 16, 16)  # those cut off by the end are no failures


def test_figures_by_tokens_are_never_taken_for_figures_by_requests() -> None:
    table = ingest(DATA / "guidellm.yaml").table
    weighted = stats(table, "tpot", "weighted by tokens")
    assert weighted["mean"] == pytest.approx(0.029635, abs=1e-6)
    assert "sd" not in weighted  # its count is of tokens: with it, an interval would be far too narrow
    assert set(table[(table["metric"] == "tpot") & (table["stat"] != "sample")]["n"]) == {13}
    assert samples(table, "tpot") == pytest.approx([0.024633, 0.024484], abs=1e-6)
    assert stats(table, "tpot", f"{WITH_FIRST}, weighted by tokens")["mean"] == pytest.approx(0.038262, abs=1e-6)
    assert "itl" not in set(table["metric"])  # one figure a request is no gap between two tokens


def test_of_a_rate_only_its_mean_is_a_figure_of_the_run() -> None:
    table = ingest(DATA / "guidellm.yaml").table
    assert stats(table, "request_rate") == pytest.approx({"mean": 13 / 3})
    assert stats(table, "output_throughput") == pytest.approx({"mean": 164 / 3})  # with those that were cut off
    assert stats(table, "output_throughput", "of the requests that succeeded") == pytest.approx({"mean": 52})
    assert stats(table, "in_flight").keys() == {"mean"} and stats(table, "in_flight")["mean"] > 2


def test_csv_has_three_header_rows_and_a_row_a_benchmark() -> None:
    dataset = ingest(DATA / "guidellm.csv")
    source, table = dataset.sources[0], dataset.table
    assert (source.format, source.kind, source.status, source.records) == ("guidellm", "CSV", "parsed", 2)
    two = stats(table, "e2e_latency", concurrency="2")
    assert (two["mean"], two["p50"]) == pytest.approx((0.378223, 0.355999), abs=1e-6)
    assert (two["min"], two["p25"], two["p99"], two["max"]) == pytest.approx(
        (0.350148, 0.352709, 0.422939, 0.422939), abs=1e-6
    )
    # the file has 3.8653 ms, ÷ n as numpy does; the deviation of a sample of 6 is √(6/5) of that
    assert stats(table, "ttft", concurrency="1")["sd"] == pytest.approx(0.004234, abs=1e-6)
    assert stats(table, "tpot", "weighted by tokens", concurrency="1")["mean"] == pytest.approx(0.013759, abs=1e-6)
    assert stats(table, "request_rate", concurrency="1") == pytest.approx({"mean": 5.237173}, abs=1e-6)
    assert set(table[table["metric"] == "e2e_latency"]["n"]) == {6}
    assert set(table["subject"]) == {"gemma3:270m"} and "sample" not in set(table["stat"])
    assert table["started"].isna().all()  # local times of an unknown zone


def test_requests_of_the_warm_up_are_left_out(tmp_path: Path) -> None:
    document = yaml.safe_load((DATA / "guidellm.yaml").read_text())
    benchmark = document["benchmarks"][0]
    benchmark["start_time"] = benchmark["requests"]["successful"][0]["request_end_time"] + 0.001
    (tmp_path / "run.yml").write_text(yaml.dump(document))
    dataset = ingest(tmp_path)
    assert "1 outside of the measured time" in dataset.sources[0].reason
    assert samples(dataset.table, "ttft") == pytest.approx([0.083804], abs=1e-6)


def test_a_goodput_of_none_is_a_result(tmp_path: Path) -> None:
    document = yaml.safe_load((DATA / "guidellm.yaml").read_text())
    none = {"mean": 0.0, "median": 0.0, "std_dev": 0.0, "count": 0}
    document["benchmarks"][0]["metrics"]["request_goodput"] = {"successful": none}
    (tmp_path / "run.yaml").write_text(yaml.dump(document))
    assert stats(ingest(tmp_path).table, "goodput") == {"mean": 0.0}
    assert not stats(ingest(DATA / "guidellm.yaml").table, "goodput")


def test_a_file_without_streaming_has_no_ttft(tmp_path: Path) -> None:
    """guidellm writes the zeros of a distribution of nothing."""
    document = yaml.safe_load((DATA / "guidellm.yaml").read_text())
    for of in document["benchmarks"][0]["metrics"]["time_to_first_token_ms"].values():
        of.update(mean=0.0, median=0.0, percentiles=dict.fromkeys(of["percentiles"], 0.0))
    (tmp_path / "run.yaml").write_text(yaml.dump(document))
    assert not stats(ingest(tmp_path).table, "ttft")


@pytest.mark.parametrize(
    ("name", "share"),
    [(n, s) for n in ("guidellm.yaml", "guidellm.csv") for s in (0.4, 0.6, 0.9) if n[-1] == "l" or s > 0.5],
)
def test_a_file_that_breaks_off_is_read_up_to_there(name: str, share: float, tmp_path: Path) -> None:
    text = (DATA / name).read_text()
    (tmp_path / name).write_text(text[: int(len(text) * share)])
    dataset = ingest(tmp_path)
    source = dataset.sources[0]
    assert (source.format, source.status) == ("guidellm", "partial")
    assert "breaks off; read up to there" in source.reason
    whole = ingest(DATA / name).table
    told = whole[["metric", "stat", "definition"]].agg("/".join, axis=1) + whole["value"].map("{:.9g}".format)
    read = dataset.table
    found = read[["metric", "stat", "definition"]].agg("/".join, axis=1) + read["value"].map("{:.9g}".format)
    assert len(found) and set(found) <= set(told)


def test_a_csv_that_ends_in_its_headers_says_so(tmp_path: Path) -> None:
    (tmp_path / "benchmarks.csv").write_text("\n".join((DATA / "guidellm.csv").read_text().split("\n")[:3]))
    (tmp_path / "good.csv").write_text("model,ttft_s\na:1b,0.5\n")
    source = ingest(tmp_path).sources[0]
    assert (source.format, source.status, source.reason) == ("guidellm", "skipped", "holds a header and no rows")


def test_yaml_of_strangers_makes_plain_values_only() -> None:
    assert parse_yaml("a: 2025-08-12\nb: [1, 2.5, null, yes]\n") == (
        {"a": "2025-08-12", "b": [1, 2.5, None, True]},
        False,
    )
    for text in ("a: !!python/object/apply:os.system [id]\n", "a: [1\n", "\t- x\n", "? [a]\n: 1\n"):
        with pytest.raises(ValueError, match="unreadable"):
            parse_yaml(text)


def test_aliases_are_refused_before_anything_is_built_of_them(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    merges = "a: &a {x: 1}\nb: {<<: *a}\n"
    for text in (bomb, merges, "a: &a [*a]\n"):
        with pytest.raises(SharedError):
            parse_yaml(text)
    (tmp_path / "bomb.yaml").write_text(bomb)
    (tmp_path / "deep.yaml").write_text("[" * 100_000)
    (tmp_path / "settings.yaml").write_text("services:\n  ttft: 5\n")
    (tmp_path / "good.csv").write_text("model,ttft_s\na:1b,0.5\n")
    reasons = {s.path: (s.status, s.reason) for s in ingest(tmp_path).sources}
    assert reasons["bomb.yaml"] == ("skipped", "YAML that refers to parts of itself")
    assert reasons["deep.yaml"] == ("skipped", "not valid YAML")
    assert reasons["settings.yaml"] == ("skipped", "YAML of no known benchmark tool")
    assert reasons["good.csv"][0] == "parsed"
