"""Charts over a load: a line a rival, one chart for each kind of work, every point a fact."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest

from chimera_report.tools.charts import candidates, draw
from chimera_report.tools.claims import Desk, render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.render import chart_svg, rows_of
from chimera_report.tools.report import composed
from chimera_report.tools.schema import Chart
from chimera_report.tools.stats import analyse

LOADS, WORK, ENGINES = (1, 8, 64), ("chat", "rag"), {"alpha": 0.9, "beta": 0.5}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    lines = ["engine,concurrency,workload,output_throughput_tok_s,ttft_ms"]
    for (name, gain), load, kind in product(ENGINES.items(), LOADS, WORK):
        rate = (30.0 if name == "alpha" else 60.0) * load**gain * (1.2 if kind == "rag" else 1.0)
        lines.append(f"{name},{load},{kind},{rate:.3f},{40 + 2 * load:.1f}")
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    return Desk(analyse(dataset), dataset)


def test_a_line_a_rival_and_a_chart_a_kind_of_work(desk: Desk) -> None:
    found = [c for c in candidates(desk) if c.kind == "curve" and c.about.metrics == ("output_throughput",)]
    assert len(found) == len(WORK) and len({c.key for c in found}) == len(WORK)
    for candidate in found:
        chart = draw(candidate, desk)
        facts = {f.id: f for f in desk.sheet().facts}
        rows = [r for r in rows_of(chart.spec) if "fact" in r]
        assert {str(r["line"]) for r in rows} == set(ENGINES) and len(rows) == len(ENGINES) * len(LOADS)
        for row in rows:
            fact = facts[str(row["fact"])]
            assert fact.field.startswith("points.") and float(row["value"]) == pytest.approx(
                float(fact.value or 0), rel=1e-5
            )
        caption = render_text(chart.caption.text, desk.sheet())
        assert any(f"workload {kind}" in caption for kind in WORK) and "alpha" in caption
        ElementTree.fromstring(chart_svg(chart))


def test_the_finding_about_a_load_has_its_chart(desk: Desk) -> None:
    _, made = composed(desk.analysis, desk.dataset, title="Report")
    charts = [b for s in made.sections for b in s.blocks if isinstance(b, Chart)]
    assert any(c.kind == "curve" and c.about.factor == "concurrency" for c in charts)


def test_two_points_are_no_curve(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("engine,concurrency,decode_tps\n" + "a,1,40\na,8,30\nb,1,50\nb,8,20\n")
    dataset = ingest(tmp_path)
    assert not [c for c in candidates(Desk(analyse(dataset), dataset)) if c.kind == "curve"]


def test_lines_of_a_setting_are_named_with_it(tmp_path: Path) -> None:
    lines = ["model,num_gpus,concurrency,output_throughput_tok_s"]
    lines += [f"m:7b,{gpus},{load},{gpus * 30 * load**0.8:.3f}" for gpus in (1, 2, 4) for load in LOADS]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    desk = Desk(analyse(dataset), dataset)
    chart = draw(next(c for c in candidates(desk) if c.kind == "curve" and c.about.factor == "concurrency"), desk)
    assert chart.spec["encoding"]["color"]["legend"]["title"] == "num_gpus"
    for text in (chart.caption.text, chart.alt):
        said = render_text(text, desk.sheet())
        assert "for num_gpus 1" in said and "for num_gpus 2" in said
