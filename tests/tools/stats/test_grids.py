"""Every condition of a metric: cells are single conditions, lines run along a workload, and the ends are told whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Grid
from chimera_report.tools.stats import analyse, evaluate


def grids(tmp_path: Path, files: dict[str, str]) -> dict[str, Grid]:
    """The grids by metric; each comes out of its recipe again."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    dataset = ingest(tmp_path)
    found = analyse(dataset).grids
    assert [evaluate(dataset, g.recipe) for g in found] == list(found)
    return {g.metric: g for g in found}


LOAD = "engine,concurrency,output_tokens_per_s\n" + "".join(
    f"{e},{c},{v}\n"
    for e, values in (("alpha", (47, 90, 150, 189)), ("beta", (17, 60, 400, 832)))
    for c, v in zip((1, 4, 16, 64), values, strict=True)
)


def test_lines_run_along_the_load_and_the_ends_are_single_conditions(tmp_path: Path) -> None:
    item = grids(tmp_path, {"r.csv": LOAD})["output_throughput"]
    assert (item.factor, item.columns, item.ordered) == ("concurrency", ("1", "4", "16", "64"), True)
    assert [x.condition for x in item.lines] == [{"backend": "beta"}, {"backend": "alpha"}]
    assert [round(x.ratio or 0, 1) for x in item.lines] == [48.9, 4.0]
    assert (item.best.value, item.best.condition) == (832, {"concurrency": "64", "backend": "beta"})
    assert (item.worst.value, item.conditions) == (17, 8)
    assert item.leaders == (1, 1, 0, 0), "alpha leads up to 4, beta from 16 on"


def test_where_more_load_gains_little(tmp_path: Path) -> None:
    text = "model,concurrency,output_tokens_per_s\n" + "".join(
        f"m,{c},{v}\n" for c, v in ((1, 100), (8, 500), (32, 900), (64, 910), (128, 905))
    )
    item = grids(tmp_path, {"r.csv": text})["output_throughput"]
    assert item.lines[0].knee == 2 and item.columns[2] == "32"


def test_a_second_workload_is_held_and_named(tmp_path: Path) -> None:
    text = "model,batch_size,input_length,tokens_per_s\n" + "".join(
        f"{m},{b},{n},{100 * b / n * k}\n" for m, k in (("x", 1), ("y", 2)) for b in (1, 8, 32) for n in (128, 1024)
    )
    item = grids(tmp_path, {"r.csv": text})["decode_rate"]
    assert item.conditions == 12 and len(item.work) == 1
    assert sum(c is not None for x in item.lines for c in x.cells) == 6, "no cell is a mean over the other workload"


def test_words_for_how_much_go_in_their_order(tmp_path: Path) -> None:
    text = "model,input_length,ttft_ms\na,long,900\na,short,40\na,medium,300\nb,long,90\nb,short,20\nb,medium,50\n"
    item = grids(tmp_path, {"r.csv": text})["ttft"]
    assert item.columns == ("short", "medium", "long") and item.ordered
    assert item.lines[0].subject == "b" and item.best.value == pytest.approx(0.02)


def test_repeats_are_averaged_and_conditions_are_not(tmp_path: Path) -> None:
    text = "model,quantisation,run,tokens_per_s\n" + "".join(
        f"{m},{q},{r},{v + r}\n"
        for m, k in (("a", 1.0), ("b", 0.5))
        for q, v in (("Q4", 100 * k), ("Q8", 60 * k))
        for r in (1, 2, 3)
    )
    item = grids(tmp_path, {"r.csv": text})["decode_rate"]
    assert (item.conditions, item.least_n, item.most_n) == (4, 3, 3)
    assert item.best.value == pytest.approx((101 * 102 * 103) ** (1 / 3))
    assert not item.single


def test_quality_by_a_setting_and_its_worst_level(tmp_path: Path) -> None:
    text = "model,method,perplexity\n" + "".join(
        f"{m},{q},{v}\n"
        for m, values in (("qwen", (6.5, 14596, 233)), ("mistral", (4.9, 5.2, 4.95)))
        for q, v in zip(("fp16", "turbo", "rotor"), values, strict=True)
    )
    item = grids(tmp_path, {"r.csv": text})["perplexity"]
    line = next(x for x in item.lines if x.subject == "qwen")
    assert item.columns[line.best] == "fp16" and item.columns[line.worst] == "turbo"
    assert (item.worst.subject, item.worst.value) == ("qwen", 14596)


def test_records_that_lie_too_far_apart_are_in_no_table(tmp_path: Path) -> None:
    """Two machines without a column: nothing says what any of the values is of."""
    text = "model,batch_size,tokens_per_s\n" + "".join(
        f"{m},{b},{b * k * v}\n" for m, k in (("a", 1), ("b", 2)) for b in (1, 8) for v in (64, 67, 71, 31, 34, 36)
    )
    assert "decode_rate" not in grids(tmp_path, {"r.csv": text})


def test_a_value_that_several_share_is_of_none_of_them(tmp_path: Path) -> None:
    item = grids(tmp_path, {"r.csv": "model,pass_rate\na,1.0\nb,1.0\nc,0.4\n"})["pass_rate"]
    assert (item.shared_best, item.shared_worst, item.worst.subject) == (2, 1, "c")


def test_readings_in_two_units_are_no_grid(tmp_path: Path) -> None:
    text = "model,batch_size,power_w\na,1,350\na,8,420\nb,1,512000\nb,8,575000\n"
    assert "power" not in grids(tmp_path, {"r.csv": text})


@pytest.mark.parametrize("text", ["model,tokens_per_s\na,10\n", "model,concurrency\na,1\nb,2\n"])
def test_one_value_or_none_is_no_grid(tmp_path: Path, text: str) -> None:
    assert not grids(tmp_path, {"r.csv": text})


def test_work_that_only_tells_lines_apart_is_no_column(tmp_path: Path) -> None:
    """8191 and 8192 tokens are the same work; lengths that each model has one of give no curve."""
    text = "model,method,sequence_length,tokens_per_s\n" + "".join(
        f"{m},{q},{n},{v}\n"
        for m, n, k in (("a", 8191, 1), ("b", 8192, 2))
        for q, v in (("fp16", 30 * k), ("q4", 50 * k))
    )
    item = grids(tmp_path, {"r.csv": text})["decode_rate"]
    assert item.factor == "quantisation" and len(item.lines) == 2 and item.conditions == 4


def test_the_device_of_each_system_stands_beside_it(tmp_path: Path) -> None:
    text = "model,device,concurrency,output_tokens_per_s\n" + "".join(
        f"{m},{d},{c},{v * c}\n" for m, d, v in (("a", "h100", 50), ("b", "p800", 20)) for c in (1, 4, 16)
    )
    item = grids(tmp_path, {"r.csv": text})["output_throughput"]
    assert [x.condition for x in item.lines] == [{"device": "h100"}, {"device": "p800"}]
    assert item.along == ("device",)


@pytest.mark.parametrize(("best", "stray"), [(25658, True), (800, False), (95, False)])
def test_a_best_value_far_from_all_others_of_its_system_leads_nothing(tmp_path: Path, best: float, stray: bool) -> None:
    values = {"a": (80, 85, 88, best), "b": (40, 42, 44, 45)}
    text = "model,category,tokens_per_s\n" + "".join(
        f"{m},{c},{v}\n" for m, vs in values.items() for c, v in zip(("code", "chat", "sum", "long"), vs, strict=True)
    )
    assert grids(tmp_path, {"r.csv": text})["decode_rate"].stray is stray
