"""Axes: numbers stand where they are, a logarithmic one says that it is, and charts of one metric have one kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.charts import alike, candidates, draw
from chimera_report.tools.charts.along import axis, logarithmic, numbers, placed
from chimera_report.tools.charts.scales import told
from chimera_report.tools.charts.spec import SCHEMA, ticks, values
from chimera_report.tools.claims import Desk
from chimera_report.tools.ingest import ingest
from chimera_report.tools.render import chart_svg, rows_of
from chimera_report.tools.schema import About, Chart, Sentence
from chimera_report.tools.stats import analyse


@pytest.mark.parametrize(
    ("levels", "log"),
    [
        (["1", "4", "16", "64"], True),
        (["1", "8", "64"], True),
        (["512", "1024", "2048", "4096", "32768"], True),
        (["1", "10", "50", "100"], True),
        (["16", "32", "48", "64"], False),
        (["0.0", "0.2", "0.7", "1.0"], False),
        (["0", "1000", "5000", "200000"], False),
        (["-1", "10", "99"], False),
        (["3277", "6554", "9830", "13107"], False),
    ],
)
def test_levels_that_go_up_by_factors_are_on_a_logarithmic_axis(levels: list[str], log: bool) -> None:
    found = numbers(levels)
    assert found is not None and logarithmic(found) is log
    assert (told({"encoding": {"x": axis(found, "load")}})["encoding"]["x"]["title"] == "load (log scale)") is log
    rows = placed([{"level": level, "value": 1.0} for level in levels], found, levels)
    assert [row["at"] for row in rows] == pytest.approx(found), "to scale"


@pytest.mark.parametrize("levels", [["q4", "q8", "f16"], ["1", "2"], ["1", "1.0", "2"], ["1", "nan", "2"], []])
def test_what_are_no_numbers_or_too_few_are_names(levels: list[str]) -> None:
    assert numbers(levels) is None


def test_single_runs_stand_about_their_level() -> None:
    levels = ["1", "2", "4"]
    rows = [{"level": "2", "sample": 3.0, "lift": lift} for lift in (-0.5, 0.0, 0.5)]
    low, middle, high = (row["at"] for row in placed(rows, [1.0, 2.0, 4.0], levels))
    assert 1.5 < low < middle == 2.0 < high < 2.8


def _chart(key: str, rows: list[float], kind: str) -> Chart:
    y = {"field": "value", "type": "quantitative", "title": "TTFT (ms)", "scale": {"type": kind}}
    spec = {
        "$schema": SCHEMA,
        "data": values([{"value": v, "level": str(i)} for i, v in enumerate(rows)]),
        "layer": [{"mark": "point", "encoding": {"y": y}}],
    }
    return Chart(
        key=key,
        kind="curve",
        title="t",
        caption=Sentence(id="S1", text="c", claims=(), facts=()),
        alt="a",
        spec=told(spec),
        facts=(),
        about=About(metrics=("ttft",)),
        weight=1.0,
    )


def test_charts_of_one_metric_have_one_kind_of_scale() -> None:
    both = alike([_chart("a", [1.0, 900.0], "log"), _chart("b", [10.0, 40.0], "linear")])
    ys = [c.spec["layer"][0]["encoding"]["y"] for c in both]
    assert [y["scale"]["type"] for y in ys] == ["log", "log"]
    assert [y["title"] for y in ys] == ["TTFT (ms, log scale)"] * 2
    zero = alike([_chart("a", [1.0, 900.0], "log"), _chart("b", [0.0, 40.0], "linear")])
    assert zero[1].spec["layer"][0]["encoding"]["y"]["scale"]["type"] == "linear", "zero has no logarithm"
    plain = [_chart("a", [1.0, 9.0], "linear"), _chart("b", [10.0, 40.0], "linear")]
    assert alike(plain) == plain


def test_a_sweep_of_hundreds_of_levels_is_a_curve(tmp_path: Path) -> None:
    lines = ["model,num_ctx,decode_tps"]
    lines += [f"m:7b,{128 * (i + 1)},{80 - 0.2 * i + 0.1 * (r - 1):.2f}" for i in range(40) for r in range(3)]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    desk = Desk(analyse(dataset), dataset)
    chart = draw(next(c for c in candidates(desk) if c.about.factor == "num_ctx" and c.kind == "levels"), desk)
    rows = [r for r in rows_of(chart.spec) if "fact" in r]
    assert len(rows) == 40 and [r["at"] for r in rows] == [128.0 * (i + 1) for i in range(40)]
    assert chart_svg(chart).count("<path") > 40


def test_a_layer_beside_the_estimates_is_turned_too() -> None:
    """The band of no difference of a chart of ratios, whose fields are its own."""
    chart = _chart("b", [1.4, 1.6], "linear")
    y = chart.spec["layer"][0]["encoding"]["y"]
    band = {"data": {"values": [{"from": 0.98, "to": 1.02}]}, "mark": "rect", "encoding": {"y": {**y, "field": "from"}}}
    both = alike(
        [
            _chart("a", [1.0, 900.0], "log"),
            chart.model_copy(update={"spec": {**chart.spec, "layer": [band, *chart.spec["layer"]]}}),
        ]
    )
    ys = [layer["encoding"]["y"] for layer in both[1].spec["layer"]]
    assert [y["scale"] for y in ys] == [ys[0]["scale"]] * 2 and ys[0]["scale"]["type"] == "log"
    assert len({y["title"] for y in ys}) == 1 and 1.0 in ys[0]["axis"]["values"]


@pytest.mark.parametrize(("low", "high"), [(1.43, 1.62), (97.0, 103.0), (2.1e-6, 2.9e-6), (5.1, 6.9)])
def test_a_narrow_logarithmic_axis_has_more_than_one_mark(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 10 and all(low <= m <= high for m in found)


@pytest.mark.parametrize(
    "levels", [["1", "10", "20", "30", "inf"], ["1", "4", "16", "inf"], ["0", "5", "10", "Infinity"]]
)
def test_a_load_without_a_limit_stands_beyond_the_others_and_no_line_leads_there(levels: list[str]) -> None:
    found = numbers(levels)
    assert found is not None
    rows = placed([{"level": level, "value": 1.0} for level in levels], found, levels)
    assert [row["at"] for row in rows[:-1]] == pytest.approx(found[:-1]) and rows[-1]["at"] > rows[-2]["at"]
    assert [row.get("beyond") for row in rows] == [None] * (len(rows) - 1) + [True]
    marks = axis(found, "load")["axis"]
    assert marks["values"][-1] == pytest.approx(rows[-1]["at"]) and "'inf'" in marks["labelExpr"]
    assert numbers(["1", "2", "inf"]) is None, "too few for a line"


def test_labels_of_ratios_keep_what_tells_rows_apart(tmp_path: Path) -> None:
    lines = ["backend,quantisation,mode,chunked,decode_tps"]
    for b, (backend, base) in enumerate([("fast-engine-of-today", 90), ("slow-engine-of-old", 40)]):
        for quant, lift in (("", 0), ("Q8_0_of_a_long_and_winding_name", 9)):
            for mode, more in (("conversation-with-many-turns", 3), ("single-shot-of-one-question", 5)):
                for r in range(6):
                    chunked = "true" if mode.startswith("single") else "false"
                    lines.append(f"{backend},{quant},{mode},{chunked},{base + lift + more + 0.1 * r + b}")
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    desk = Desk(analyse(dataset), dataset)
    chart = draw(next(c for c in candidates(desk) if c.kind == "ratios" and c.about.factor == "backend"), desk)
    labels = [str(r["name"]) for r in rows_of(chart.spec) if "fact" in r]
    assert len(set(labels)) == len(labels) >= 2
    for label in labels:
        assert "chunked" not in label, "the mode says as much"
        assert "( " not in label and " ," not in label and ",)" not in label, "no level without a name"
