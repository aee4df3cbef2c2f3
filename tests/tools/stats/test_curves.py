"""A workload is no choice: it has curves, is held in comparisons, and is never recommended or ranked."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Analysis
from chimera_report.tools.stats import analyse, evaluate


def analysed(root: Path, text: str, name: str = "s.csv") -> Analysis:
    (root / name).write_text(text)
    return analyse(ingest(root))


def sweep(
    column: str, values: dict[str, float], metric: str = "decode_tps", n: int = 4, model: str = "acme-27b"
) -> str:
    lines = [
        f"{model},{level},{value * (1 + 0.002 * (i % 3 - 1)):.4f},{i + 1}"
        for level, value in values.items()
        for i in range(n)
    ]
    return f"model,{column},{metric},run\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("column", "values", "outcome", "ordered"),
    [
        ("context_len", {"4096": 80.1, "32768": 70.0, "131072": 50.1}, "falls", True),
        ("prompt_type", {"short": 50.1, "context-128k": 7.4}, "rises", False),
        ("dataset", {"sharegpt": 40.0, "gsm8k": 60.0, "mmlu": 50.0}, "rises", False),
        ("batch_size", {"1": 30.0, "8": 200.0}, "rises", True),
        ("input_len", {"128": 80.0, "1024": 79.9}, "flat", True),
        ("concurrency", {"1": 40.0, "16": 22.0, "64": 9.0}, "falls", True),
        ("task", {"code": 44.0, "chat": 51.0}, "rises", False),
    ],
)
def test_a_workload_has_a_curve_and_no_effect_ranking_or_comparison(
    tmp_path: Path, column: str, values: dict[str, float], outcome: str, ordered: bool
) -> None:
    found = analysed(tmp_path, sweep(column, values))
    (item,) = found.curves
    assert (item.outcome, item.ordered) == (outcome, ordered)
    assert {p.level: p.value for p in item.points} == {k: pytest.approx(v, rel=2e-3) for k, v in values.items()}
    assert not found.effects and not found.comparisons and not found.rankings
    assert not any(a.kind in ("trend", "high_cv") for a in found.alerts), "the workload explains it"


def test_a_curve_is_computed_again_from_its_recipe(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(sweep("context_len", {"4096": 80.1, "131072": 50.1}))
    dataset = ingest(tmp_path)
    for item in analyse(dataset).curves:
        assert evaluate(dataset, item.recipe) == item


def test_load_saturates_where_more_of_it_brings_nothing(tmp_path: Path) -> None:
    rates = {"1": 100.0, "8": 700.0, "32": 2000.0, "64": 2050.0, "128": 2040.0}
    (item,) = analysed(tmp_path, sweep("concurrency", rates, "output_tok_s")).curves
    assert item.load and item.knee is not None and item.points[item.knee].level == "32"
    rising = {"1": 100.0, "8": 700.0, "32": 2000.0}
    (item,) = analysed(tmp_path, sweep("concurrency", rising, "output_tok_s")).curves
    assert item.knee is None


def test_systems_are_compared_within_equal_work_or_not_at_all(tmp_path: Path) -> None:
    both = sweep("context_len", {"4096": 80.0, "32768": 60.0}, n=6) + "\n".join(
        sweep("context_len", {"4096": 40.0, "32768": 30.0}, n=6, model="beta-9b").splitlines()[1:]
    )
    found = analysed(tmp_path, both)
    (item,) = found.comparisons
    assert item.matched == ("context_length",) and item.ratio is not None and round(item.ratio, 1) == 2.0
    apart = sweep("context_len", {"4096": 80.0}, n=6) + "\n".join(
        sweep("context_len", {"32768": 30.0}, n=6, model="beta-9b").splitlines()[1:]
    )
    found = analysed(tmp_path, apart)
    (item,) = found.comparisons
    assert item.outcome == "insufficient" and "no condition" in item.reason
    assert not found.rankings, "other work: nobody leads"


def test_a_setting_still_has_an_effect_at_equal_work(tmp_path: Path) -> None:
    text = "model,num_gpu,context_len,decode_tps\n" + "\n".join(
        f"a:1b,{g},{c},{(40 + g) * (1 if c == 4096 else 0.7) * (1 + 0.002 * (i % 3 - 1)):.3f}"
        for g in (0, 10, 20)
        for c in (4096, 32768)
        for i in range(4)
    )
    found = analysed(tmp_path, text)
    assert [e.factor for e in found.effects] == ["num_gpu"]
    assert {(c.factor, tuple(c.condition.values())) for c in found.curves} == {
        ("context_length", (g,)) for g in ("0", "10", "20")
    }


def test_two_workloads_that_change_together_are_told(tmp_path: Path) -> None:
    lines = [f"m,{c},{c * 10},{100 * c + i}" for c in (1, 2, 4) for i in range(3)]
    found = analysed(tmp_path, "model,concurrency,input_len,output_tok_s\n" + "\n".join(lines))
    assert {c.factor: c.together for c in found.curves} == {
        "concurrency": ("input_length",),
        "input_length": ("concurrency",),
    }


@pytest.mark.parametrize("column", ["worker_type", "phase", "agent_role", "stage", "component"])
def test_parts_of_a_request_are_no_rivals(tmp_path: Path, column: str) -> None:
    found = analysed(tmp_path, sweep(column, {"prefill": 80.0, "decode": 20.0}, n=6))
    assert not found.comparisons and not found.rankings and not found.effects


@pytest.mark.parametrize(
    ("rates", "peak"),
    [
        ({"1": 206.0, "64": 8710.0, "128": 5769.0}, "64"),
        ({"1": 166.0, "16": 3000.0, "64": 7571.0, "128": 5868.0}, "64"),
        ({"1": 100.0, "8": 700.0, "32": 2000.0, "64": 2050.0, "128": 1100.0}, "64"),
        ({"1": 100.0, "2": 180.0, "4": 90.0}, "2"),
        ({"4": 50.0, "8": 90.0, "16": 88.0, "32": 40.0}, "8"),
    ],
)
def test_a_rate_that_falls_beyond_its_peak_is_no_plateau_and_its_ends_do_not_stand_for_it(
    tmp_path: Path, rates: dict[str, float], peak: str
) -> None:
    found = analysed(tmp_path, sweep("concurrency", rates, "output_tok_s"))
    (item,) = found.curves
    assert item.knee is None and item.peaks and item.turn is not None and item.points[item.turn].level == peak
    (grid,) = (g for g in found.grids if g.factor == "concurrency")
    assert [x.knee for x in grid.lines] == [None] and [grid.columns[x.peak or 0] for x in grid.lines] == [peak]


@pytest.mark.parametrize(
    "rates",
    [
        {"1": 100.0, "8": 700.0, "32": 2000.0},
        {"1": 100.0, "8": 700.0, "32": 2000.0, "64": 1960.0},
        {"1": 90.0, "8": 85.0, "32": 20.0},
        {"1": 100.0, "8": 104.0, "32": 98.0},
        {"1": 100.0, "8": 97.0, "32": 99.0},
    ],
)
def test_ends_stand_for_a_curve_that_does_not_turn(tmp_path: Path, rates: dict[str, float]) -> None:
    (item,) = analysed(tmp_path, sweep("concurrency", rates, "output_tok_s")).curves
    assert item.turn is None


@pytest.mark.parametrize("length", ["num_prompts", "num_requests", "total_requests", "duration", "iterations"])
def test_how_long_a_load_was_kept_up_is_no_confounder(tmp_path: Path, length: str) -> None:
    rows = "".join(f"m,{c},{12 * k + 12},{26.3 * c**0.8:.1f}\n" for k, c in enumerate((1, 8, 32, 64)))
    found = analysed(tmp_path, f"model,concurrency,{length},output_throughput\n{rows}")
    (item,) = [c for c in found.curves if c.metric == "output_throughput"]
    assert (item.factor, item.together, item.condition) == ("concurrency", (), {})


@pytest.mark.parametrize("number", ["max_new_tokens", "input_len", "context_length", "output_len", "num_predict"])
def test_a_number_that_stands_for_a_name_is_no_axis(tmp_path: Path, number: str) -> None:
    lengths = {"gsm8k": 256, "humaneval": 512, "rag": 1024}
    rows = "".join(f"m,{w},{n},{600 / (1 + k):.1f}\n" for k, (w, n) in enumerate(lengths.items()))
    found = analysed(tmp_path, f"model,dataset,{number},tokens_per_s\n{rows}")
    assert {(c.factor, c.together) for c in found.curves} == {("workload", ())}


ENGINES = {
    "vllm-bf16": (68.0, 479.0, 1763.0),
    "sglang-bf16": (35.0, 258.0, 1647.0),
    "llamacpp-bf16": (61.0, 382.0, 421.0),
}


@pytest.mark.parametrize("tag", ["{e}-c{c:03d}", "{e}_{c}", "run-{e}-n{c}", "{c}x-{e}", "c{c} {e}"])
def test_a_name_of_runs_that_holds_the_load_leaves_the_curve_whole(build, tag: str) -> None:
    of = {"source": "b.csv", "subject": "q", "suite": "b"}
    rows = [
        {**of, "f_backend": e, "f_concurrency": str(c), "m_output_throughput": v, "f_variant": tag.format(e=e, c=c)}
        for e, values in ENGINES.items()
        for c, v in zip((1, 8, 64), values, strict=True)
    ]
    found = {c.condition.get("backend"): c for c in analyse(build(rows)).curves if c.factor == "concurrency"}
    assert set(found) == set(ENGINES)
    assert all(tuple(p.value for p in found[e].points) == pytest.approx(v) for e, v in ENGINES.items())


def test_a_setting_with_its_own_load_still_tells_runs_apart(build) -> None:
    """Two context lengths under each load are two curves, whatever else the names hold."""
    rows = [
        {
            "source": "b.csv",
            "subject": "q",
            "suite": "b",
            "f_num_ctx": ctx,
            "f_concurrency": str(c),
            "m_output_throughput": v * k,
        }
        for ctx, k in (("4096", 1.0), ("32768", 0.6))
        for c, v in ((1, 60.0), (8, 300.0), (64, 900.0))
    ]
    assert len([c for c in analyse(build(rows)).curves if c.factor == "concurrency" and len(c.points) == 3]) == 2
