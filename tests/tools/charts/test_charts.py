"""Charts of a folder with a known truth: their numbers are facts, their dots are measurements, names stay text."""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from chimera_report.tools.charts import candidates, draw
from chimera_report.tools.claims import Desk, factor_for, render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.render import chart_svg, rows_of
from chimera_report.tools.schema import Chart, Fact
from chimera_report.tools.stats import analyse

NASTY = "<script>alert(1)</script>"


def folder(place: Path, models: dict[str, float], runs: int = 24) -> Desk:
    """One file: each model decodes at about its rate, under one setting of num_ctx after the other."""
    draw_number = random.Random(5)
    place.mkdir(parents=True, exist_ok=True)
    with (place / "runs.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["model", "num_ctx", "temperature", "ttft_s", "tokens_s"])
        for model, rate in models.items():
            for i in range(runs):
                context = (1024, 2048, 4096)[i % 3]
                speed = rate * draw_number.uniform(0.99, 1.01)
                out.writerow([model, context, (0.2, 0.8)[i // 3 % 2], 0.05 * context / 1024 + 5 / speed, speed])
    dataset = ingest(place)
    return Desk(analyse(dataset), dataset)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return folder(tmp_path_factory.mktemp("charts"), {"small:1b": 200.0, "large:7b": 100.0, NASTY: 50.0})


@pytest.fixture(scope="module")
def charts(desk: Desk) -> list[Chart]:
    return [draw(c, desk) for c in candidates(desk)]


def test_there_are_charts_the_heaviest_first_and_no_key_twice(desk: Desk) -> None:
    found = candidates(desk)
    assert found and [c.weight for c in found] == sorted((c.weight for c in found), reverse=True)
    assert len({c.key for c in found}) == len(found)
    assert all(re.fullmatch(r"[a-z0-9-]{1,80}", c.key) for c in found)


def shown(chart: Chart) -> list[tuple[str, float, dict[str, object]]]:
    """Fact, number and row of everything that a chart shows of facts."""
    found = []
    for row in rows_of(chart.spec):
        if "fact" in row:
            found.append((row["fact"], row["value"], row))
        found += [(row[f"{axis}_fact"], row[axis], {}) for axis in "xy" if f"{axis}_fact" in row]
    return found


def unit_factor(fact: Fact, chart: Chart) -> float:
    names = [m for m in (fact.metric, *chart.about.metrics) if m and metric_of(m).unit]
    for metric in names:
        try:
            return factor_for(metric_of(metric).unit, fact.unit)
        except KeyError:
            continue
    return 1.0


def test_every_number_is_a_fact_or_a_measurement(desk: Desk, charts: list[Chart]) -> None:
    measured = desk.dataset.table[desk.dataset.table["stat"] == "sample"]
    for chart in charts:
        assert shown(chart), chart.key
        units = {}
        for ident, value, row in shown(chart):
            fact = desk.facts[ident]
            factor = 1.0 if fact.unit == "×" else unit_factor(fact, chart)
            units[fact.unit] = factor
            assert ident in chart.facts
            assert isinstance(fact.value, int | float)
            assert value == pytest.approx(fact.value * factor, rel=1e-5), (chart.key, row)
            assert row.get("shown", fact.display) == fact.display
            if "low" in row:
                assert fact.ci is not None
                ends = (fact.ci.low * factor, fact.ci.high * factor)
                assert (row["low"], row["high"]) == pytest.approx(ends, rel=1e-5)
        for row in (r for r in rows_of(chart.spec) if "sample" in r):
            values = measured.loc[measured["metric"].isin(chart.about.metrics), "value"]
            near = [
                ((values * f - row["sample"]).abs() <= 2e-5 * abs(row["sample"]) + 1e-12).any() for f in units.values()
            ]
            assert any(near), (chart.key, row)


def test_captions_and_descriptions_are_filled_from_facts(desk: Desk, charts: list[Chart]) -> None:
    sheet = desk.sheet()
    for chart in charts:
        for text in (chart.title, chart.caption.text, chart.alt):
            assert "{{" not in render_text(text, sheet)
        assert not re.search(r"\d", re.sub(r"\{\{[^}]*\}\}", "", chart.caption.text)), "a digit that is no fact"
        assert set(re.findall(r"\{\{(F\d+)", chart.caption.text)) == set(chart.caption.facts)


def test_the_same_data_gives_the_same_picture(charts: list[Chart]) -> None:
    assert chart_svg(charts[0]) == chart_svg(charts[0])


def test_names_of_the_data_stay_text_in_the_picture(charts: list[Chart]) -> None:
    systems = next(c for c in charts if c.kind == "systems")
    tree = ElementTree.fromstring(chart_svg(systems))
    tags = {e.tag.rpartition("}")[2] for e in tree.iter()}
    assert "script" not in tags and any(NASTY in (e.text or "") for e in tree.iter())
    assert not any(name.startswith("on") or name.endswith("href") for e in tree.iter() for name in e.attrib)


def test_a_sealed_sheet_gives_the_same_charts(desk: Desk, charts: list[Chart]) -> None:
    again = Desk(desk.analysis, desk.dataset, desk.sheet())
    assert [draw(c, again) for c in candidates(again)] == charts


def test_ratios_are_the_higher_over_the_lower(charts: list[Chart]) -> None:
    ratios = [c for c in charts if c.kind == "ratios"]
    assert ratios
    for chart in ratios:
        assert all(row["value"] >= 1 for row in rows_of(chart.spec) if "fact" in row)


PHASES = [("idle", 30, 60.0), ("load", 15, 90.0), ("decode", 60, 220.0), ("idle", 30, 61.0)]


@pytest.mark.parametrize("column", ["phase", "stage", "step", "agent_role", "batch_size"])
def test_telemetry_shows_what_ran(tmp_path: Path, column: str) -> None:
    number = random.Random(4)
    tmp_path.joinpath("data").mkdir()
    with (tmp_path / "data/telemetry.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["timestamp", column, "gpu_power_w", "gpu_util_pct"])
        second = 0
        for phase, many, power in PHASES:
            for _ in range(many):
                near = number.uniform(0.99, 1.01)
                out.writerow([f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z", phase, power * near, power / 3])
                second += 1
    dataset = ingest(tmp_path / "data")
    desk = Desk(analyse(dataset), dataset)
    found = [draw(c, desk) for c in candidates(desk) if c.kind == "telemetry"]
    assert len(found) == 1
    bands = [(row["from"], row["to"], row["phase"]) for row in rows_of(found[0].spec["vconcat"][0]) if "phase" in row]
    ends = [-0.5, 29.5, 44.5, 104.5, 134.5]
    assert bands == [(a, b, p) for a, b, (p, *_) in zip(ends, ends[1:], PHASES, strict=False)]
    assert "what ran" in found[0].caption.text


@pytest.mark.parametrize(("low", "high"), [(0.9, 1.4), (60.0, 6000.0), (1e-9, 1e9), (3.0, 3.0), (0.0, 1.0)])
def test_marks_of_a_logarithmic_axis_are_few_and_about_the_range(low: float, high: float) -> None:
    from chimera_report.tools.charts.spec import ticks

    found = ticks(low, high)
    assert len(found) <= 12 and found == sorted(found)
    assert all(low * 0.8 <= m <= high * 1.2 for m in found)
    assert found or low in (0.0,)


def test_long_names_lose_what_they_share() -> None:
    from chimera_report.tools.charts.spec import parted

    found = parted(["llama3.1:8b-instruct-q4_0", "llama3.1:8b-instruct-q8_0"], 20)
    assert list(found.values()) == ["…q4_0", "…q8_0"]
    assert list(parted(["a:1b", "a:2b"], 20).values()) == ["a:1b", "a:2b"]
    owners = ["meta-llama/Llama-3.1-8B", "Qwen/Qwen2.5-7B-Instruct", "microsoft/Phi-4-mini-it"]
    assert list(parted(owners, 20).values()) == ["Llama-3.1-8B", "Qwen2.5-7B-Instruct", "Phi-4-mini-it"]
    same = ["a-long-name-of-one/model", "a-long-name-of-two/model"]
    assert all("/model" in short or "…" in short for short in parted(same, 20).values()), (
        "told apart by their owners only"
    )
    assert parted([], 20) == {}


@pytest.mark.parametrize("name", ["🦙" * 30, "a" + "🦙" * 9, "𝔐𝖔𝖉𝖊𝖑 𒀀𒀁 👩🏽\u200d🚀" * 3, "大型模型" * 9 + "🦙"])
def test_names_that_a_narrow_screen_cuts_are_drawn_whatever_their_signs(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    from chimera_report.tools.charts.spec import names
    from chimera_report.tools.charts.systems import dotted
    from chimera_report.tools.render.figures import spec_png, spec_svg
    from chimera_report.tools.render.narrow import narrowed

    labels = names([name, name + "!", "plain"])
    rows = [{"name": label, "value": i + 1.0, "shown": "1"} for i, label in enumerate(labels)]
    spec = dotted(rows, labels, "Rate", [1.0, 3.0])
    for drawn in (spec, narrowed(spec, 150)):
        tree = ElementTree.fromstring(spec_svg(drawn))
        shown = [e.text for e in tree.iter() if e.tag.endswith("text") and e.text and e.text in "plain"]
        assert shown == ["plain"]
        assert len([p for p in tree.iter() if p.attrib.get("aria-roledescription") == "point"]) == 3, "no two are one"
    assert spec_png(spec).startswith(b"\x89PNG")
    assert capfd.readouterr().err == "", "no trace of a library on the terminal"


def test_rows_of_ratios_are_told_apart_by_what_differs(tmp_path: Path) -> None:
    number = random.Random(7)
    (tmp_path / "runs.csv").write_text(
        "model,backend,flash_attention,batch_size,tokens_s\n"
        + "".join(
            f"{model},{backend},{flash},512,{rate * boost * number.uniform(0.98, 1.02):.3f}\n"
            for model in ("m:7b", "n:3b")
            for backend, rate in (("vllm", 100), ("sglang", 80), ("tgi", 70))
            for flash, boost in ((0, 1.0), (1, 1.03 if backend == "vllm" else 0.99))
            for _ in range(8)
        )
    )
    dataset = ingest(tmp_path)
    desk = Desk(analyse(dataset), dataset)
    drawn = [draw(c, desk) for c in candidates(desk) if c.kind == "ratios"]
    labels = [[str(r["name"]) for r in rows_of(chart.spec) if "fact" in r] for chart in drawn]
    assert labels and all(len(set(names)) == len(names) for names in labels)
    assert not any("512" in name for names in labels for name in names), "what is the same in every row"
    assert {n.partition(" (")[2] for names in labels for n in names} == {"vllm)", "sglang)", "tgi)", "m:7b)", "n:3b)"}


@pytest.mark.parametrize(
    ("level", "said"),
    [("4", "batch_size 4"), ("0.8", "batch_size 0.8"), ("2048", "batch_size 2048"), ("cuda", "cuda"), ("F16", "F16")],
)
def test_a_level_that_says_nothing_alone_has_its_setting_beside_it(level: str, said: str) -> None:
    from chimera_report.tools.charts.spec import said as told

    assert told("batch_size", level) == said


def ratios(place: Path, rates: dict[str, float], engines: tuple[str, ...] = ("one-engine",)) -> Chart:
    """The chart of the ratios of these models, each under each engine."""
    number = random.Random(3)
    rows = [
        f"{model},{engine},{rate * (1 + i / 9) * number.uniform(0.99, 1.01):.3f}"
        for model, rate in rates.items()
        for i, engine in enumerate(engines)
        for _ in range(6)
    ]
    (place / "runs.csv").write_text("\n".join(["model,engine,tokens_s", *rows]) + "\n", encoding="utf-8")
    dataset = ingest(place)
    desk = Desk(analyse(dataset), dataset)
    chart = draw(next(c for c in candidates(desk) if c.kind == "ratios" and c.about.factor == ""), desk)
    return chart.model_copy(update={"title": render_text(chart.title, desk.sheet())})


def test_what_all_rows_of_ratios_compare_stands_once(tmp_path: Path) -> None:
    long = {f"owner-{o}/Model-of-a-rather-long-name-{o * 3}": 30.0 * (o == "a") + 70 for o in "ab"}
    chart = ratios(tmp_path, long, ("vllm-0.10.1-cuda12.8", "llama.cpp-b6123", "sglang-0.4.9"))
    labels = [str(r["name"]) for r in rows_of(chart.spec) if "fact" in r]
    assert sorted(labels) == ["llama.cpp-b6123", "sglang-0.4.9", "vllm-0.10.1-cuda12.8"]
    assert chart.title.endswith(": owner-a/Model-of-a-rather-long-name-aaa to owner-b/Model-of-a-rather-long-name-bbb")


def test_long_pairs_keep_both_names_on_a_narrow_screen(tmp_path: Path) -> None:
    from chimera_report.tools.render.figures import spec_svg
    from chimera_report.tools.render.narrow import narrowed

    models = {f"an-owner-of-models/{name}-70B-Instruct-{name[::-1]}": rate for name, rate in MODELS.items()}
    chart = ratios(tmp_path, models, ("engine-one", "engine-two-of-more"))
    narrow = narrowed(chart.spec, 400)
    lines = re.findall(r"<tspan[^>]*>([^<]*)</tspan>", spec_svg(narrow))
    for label in (str(r["name"]) for r in rows_of(chart.spec) if "fact" in r):
        over, under, extra = re.fullmatch(r"(.*) / (.*) \((.*)\)", label).groups()  # type: ignore[union-attr]
        for part in (over, under, extra):
            assert any(part[:9] in line and part[-9:].strip(")") in line for line in lines), part
    assert narrow["height"] >= 3 * 14 * len(rows_of(chart.spec)[2:]), "no label runs into the next"


MODELS = {"Alpha": 300.0, "Bravo": 200.0, "Carlo": 90.0, "Delta": 40.0}


def test_a_chart_of_systems_has_all_of_them(tmp_path: Path) -> None:
    """The caption names the last: with forty, it is in the picture."""
    desk = folder(tmp_path, {f"model-{i:02d}": 300.0 - 5 * i for i in range(40)}, runs=12)
    chart = draw(next(c for c in candidates(desk) if c.kind == "systems"), desk)
    labels = {str(r["name"]) for r in rows_of(chart.spec) if "fact" in r}
    assert len(labels) == 40 and chart.spec["height"] < 760
