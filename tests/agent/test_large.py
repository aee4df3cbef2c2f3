"""A folder of many measurements: facts do not list thousands of records, and a page leaves a large table out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import chimera_report as cr
from chimera_report.agent.verify import verify
from chimera_report.tools.errors import UsageError
from chimera_report.tools.render import html as room
from chimera_report.tools.schema import Evidence, Report

ROWS = 12_000
INSIDE = 50_000  # bytes, in place of the usual limit


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of models in random order, made with the limit of a much smaller page."""
    place = tmp_path_factory.mktemp("large")
    number = random.Random(2)
    lines = ["model,num_ctx,tokens_s,ttft_s"]
    for i in range(ROWS):
        model, rate = number.choice([("alpha:1b", 200.0), ("beta:3b", 120.0), ("gamma:7b", 60.0)])
        rate *= number.uniform(0.97, 1.03)
        lines.append(f"{model},{(2048, 4096)[i % 2]},{rate:.3f},{5 / rate:.5f}")
    (place / "data").mkdir()
    (place / "data/runs.csv").write_text("\n".join(lines) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "INSIDE", INSIDE)
        made = cr.report(place / "data").save(place / "reports").path
    made.rename(place / "one")
    return place


def test_a_report_grows_with_what_it_says_and_not_with_the_data(place: Path) -> None:
    sizes = {p.name: p.stat().st_size for p in (place / "one").iterdir() if p.is_file()}
    assert sizes["measurements.parquet"] > INSIDE
    page = sizes["report.html"] - len((place / "one/report.html").read_text().split('id="embedded-vega"')[-1])
    assert page < 400_000, sizes
    assert sizes["report.md"] < 60_000 and sizes["report.json"] < 1_500_000 and sizes["evidence.json"] < 1_500_000


def test_a_fact_says_how_many_records_where_it_does_not_list_them(place: Path) -> None:
    report = Report.model_validate_json((place / "one/report.json").read_text())
    cited = [e for f in report.sheet.facts for e in f.sources if e.many]
    assert cited and all(len(e.records) == 2 and 1 <= e.records[0] < e.records[1] <= ROWS for e in cited)
    assert "records between 1 and" in (place / "one/report.md").read_text()


def test_a_page_without_its_measurements_needs_the_files(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "INSIDE", INSIDE)
    page = place / "one/report.html"
    assert "--data FOLDER" in page.read_text() and "embedded-measurements" not in page.read_text()
    with pytest.raises(UsageError, match="too many to be inside") as told:
        verify(page, cwd=place)
    assert "--data" in (told.value.hint or "")
    assert verify(page, data=place / "data", cwd=place).differences == ()


@pytest.mark.parametrize(
    ("records", "many"),
    [
        ((), 0),
        ((7,), 0),
        (tuple(range(1, 100_001)), 100_000),
        (tuple(range(5, 900)), 0),
        (tuple(range(1, 400, 2)), 0),
        (tuple(range(1, 4000, 2)), 2000),
    ],
)
def test_only_a_great_many_records_are_counted(records: tuple[int, ...], many: int) -> None:
    made = Evidence.of("runs.csv", "", records, ())
    assert made.many == many
    assert made.records == ((records[0], records[-1]) if many else records)
