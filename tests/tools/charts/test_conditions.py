"""Rivals under each condition, where each holds one value: rows, marks, names, and what the finding gets."""

from __future__ import annotations

import json
import re
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

LONG = "an-organisation/a-very-long-name-of-a-model-with-{}-billion-parameters-Instruct"
Folder = tuple[list[str], list[tuple[str, ...]], str, int]
# Five kinds of folder: rivals, what they ran under, and how many marks that gives.
KINDS: dict[str, Folder] = {
    "systems on devices": (["alpha-3b", "beta-8b"], [("A100",), ("L4",), ("T4",)], "device", 6),
    "several rivals": (["one-1b", "two-2b", "three-3b", "four-4b"], [("A100",), ("L4",), ("T4",)], "device", 12),
    "levels of numbers": (["alpha-3b", "beta-8b"], [("1",), ("8",)], "max_num_seqs", 4),
    "two settings": (["alpha-3b", "beta-8b"], list(product(("A100", "L4"), ("chat", "rag"))), "device,workload", 8),
    "long names": ([LONG.format(3), LONG.format(8)], [("A100",), ("L4",), ("T4",)], "device", 6),
}


def desk_of(place: Path, kind: str) -> Desk:
    rivals, conditions, columns, _ = KINDS[kind]
    lines = [f"model,{columns},output_throughput_tok_s"]
    for i, rival in enumerate(rivals):
        for j, levels in enumerate(conditions):
            lines.append(f"{rival},{','.join(levels)},{900 / (i + 1) / (j + 1) + 7 * i:.2f}")
    (place / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(place)
    return Desk(analyse(dataset), dataset)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_a_condition_and_a_mark_a_rival(tmp_path: Path, kind: str) -> None:
    desk = desk_of(tmp_path, kind)
    rivals, conditions, _, many = KINDS[kind]
    found = [c for c in candidates(desk) if c.kind == "conditions" and not c.about.factor]
    assert len(found) == 1
    chart = draw(found[0], desk)
    sheet = desk.sheet()
    facts = {f.id: f for f in sheet.facts}
    rows = [r for r in rows_of(chart.spec) if "fact" in r]
    assert len(rows) == many
    assert len({r["name"] for r in rows}) == len(conditions) and len({r["line"] for r in rows}) == len(rivals)
    for row in rows:
        assert float(row["value"]) == pytest.approx(float(facts[str(row["fact"])].value or 0), rel=1e-5)
    for text in (chart.title, chart.caption.text, chart.alt):
        assert "{{" not in render_text(text, sheet)
        assert not re.search(r"(?<![\w.-])\d", re.sub(r"\{\{[^}]*\}\}", "", text))
    widest = max(rows_of(chart.spec), key=lambda r: float(r.get("value", 0)))
    assert str(widest["shown"]) in render_text(chart.alt, sheet)
    ElementTree.fromstring(chart_svg(chart))


def test_the_widest_condition_is_the_first_row(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text(
        "model,device,decode_tps\na,L4,100\nb,L4,90\na,A100,300\nb,A100,100\na,T4,40\nb,T4,20\n"
    )
    dataset = ingest(tmp_path)
    desk = Desk(analyse(dataset), dataset)
    chart = draw(next(c for c in candidates(desk) if c.kind == "conditions" and not c.about.factor), desk)
    assert list(dict.fromkeys(r["name"] for r in rows_of(chart.spec))) == ["A100", "T4", "L4"]
    assert "A100" in render_text(chart.caption.text, desk.sheet())


def test_of_many_conditions_the_widest_and_the_narrowest_are_shown(tmp_path: Path) -> None:
    lines = ["model,device,workload,mean_decode_tps"]
    for i, (device, work) in enumerate(product("ABCDEF", ("chat", "rag", "code", "sum"))):
        lines += [f"a,{device}x,{work},{100 + 10 * i}", f"b,{device}x,{work},90"]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    desk = Desk(analyse(dataset), dataset)
    chart = draw(next(c for c in candidates(desk) if c.kind == "conditions" and not c.about.factor), desk)
    shown = [str(n) for n in dict.fromkeys(r["name"] for r in rows_of(chart.spec))]
    assert len(shown) == 12 and "not all conditions are shown" in chart.caption.text
    assert "Fx" in shown[0] and "Ax" in shown[-1]


def test_the_finding_about_rivals_has_its_chart(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "several rivals")
    _, made = composed(desk.analysis, desk.dataset, title="Report")
    charts = [b for s in made.sections for b in s.blocks if isinstance(b, Chart)]
    assert any(c.kind == "conditions" for c in charts)


def test_many_settings_are_named_once_and_their_levels_in_each_row(tmp_path: Path) -> None:
    columns = ("concurrency", "input_length", "output_length", "num_prompts", "num_gpu_layers")
    lines = [f"engine,{','.join(columns)},output_throughput_tok_s"]
    for i, levels in enumerate(product(("4", "32"), ("128", "512"), ("64",), ("50", "100"), ("20", "40"))):
        lines += [f"{name},{','.join(levels)},{rate + i:.1f}" for name, rate in (("alpha", 30.0), ("beta", 21.0))]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    desk = Desk(analyse(dataset), dataset)
    for found in [c for c in candidates(desk) if c.kind == "conditions"]:
        chart = draw(found, desk)
        shown = {str(r["name"]) for r in rows_of(chart.spec) if "fact" in r}
        assert len(shown) > 1 and not any("…" in n for n in shown)
        assert all(len(n) <= 60 for n in shown)


def test_lines_of_two_points_are_shown_as_conditions(tmp_path: Path) -> None:
    lines = ["engine,concurrency,input_length,output_throughput_tok_s"]
    for name, rate in (("alpha", 30.0), ("beta", 21.0)):
        lines += [f"{name},{load},{size},{rate * load / size**0.5:.2f}" for load in (4, 32) for size in (128, 512)]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    _, made = composed(analyse(dataset), dataset, title="Report")
    assert {b.kind for s in made.sections for b in s.blocks if isinstance(b, Chart)} == {"conditions"}


@pytest.mark.parametrize(("rate", "hidden"), [(10.05, True), (15.0, False)])
def test_a_line_under_another_is_seen_beside_it(tmp_path: Path, rate: float, hidden: bool) -> None:
    rates = {"a": 10.0, "b": rate, "c": 30.0}
    lines = [f"{name},{load},{each * load}" for name, each in rates.items() for load in (1, 4, 16)]
    (tmp_path / "runs.csv").write_text("\n".join(["engine,concurrency,decode_tps", *lines]) + "\n")
    dataset = ingest(tmp_path)
    desk = Desk(analyse(dataset), dataset)
    chart = draw(next(c for c in candidates(desk) if c.kind == "curve"), desk)
    assert {str(r["line"]) for r in rows_of(chart.spec) if r.get("under")} == ({"a"} if hidden else set())
    assert ('"under"' in json.dumps(chart.spec)) == hidden
