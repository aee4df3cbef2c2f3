"""Values of one and the same setting that cannot be of one thing: nothing rests on them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Dataset
from chimera_report.tools.stats import analyse, prepare

REPEATS = (64, 66, 71)


def rows_of(values: dict[str, tuple[float, ...]], metric: str = "decode_rate") -> list[dict[str, object]]:
    return [{"f_device": d, f"m_{metric}": v} for d, cell in values.items() for v in cell]


def apart(dataset: Dataset) -> int:
    """How many values are kept apart."""
    return int(prepare(dataset).columns.numbers["torn"].sum())


def rested_on(analysis, metric: str) -> set[str]:
    """The devices that any result of the metric rests on."""
    found: set[str] = set()
    for item in (*analysis.summaries, *analysis.comparisons, *analysis.effects, *analysis.matched, *analysis.curves):
        if getattr(item, "metric", "") == metric:
            found |= {item.condition["device"]} if getattr(item, "condition", {}).get("device") else set()
            found |= {x for x in (getattr(item, "a", ""), getattr(item, "b", "")) if x}
    return found


@pytest.mark.parametrize(
    ("metric", "far"),
    [
        ("decode_rate", (64, 66, 31, 32)),  # two machines under one name
        ("decode_rate", (8.0, 8.0, 8.0, 25.8)),  # nothing makes a run three times as fast
        ("output_throughput", (2710, 5600)),
        ("ttft", (56.7, 56.8, 2.3, 2.2)),  # cold and cached
        ("tpot", (0.01, 0.011, 0.04)),
        ("decode_rate", tuple(10 * 1.25**i for i in range(12))),  # no groups, and no mean that stands for anything
    ],
)
def test_values_that_no_repeats_can_have_are_in_nothing(build, metric: str, far: tuple[float, ...]) -> None:
    near = {d: tuple(v * k for v in (1.0, 1.02, 1.01, 1.03)) for d, k in (("b", 50), ("c", 70), ("d", 90))}
    dataset = build(rows_of({"a": far, **near}, metric))
    analysis = analyse(dataset)
    assert apart(dataset) == len(far)
    assert "a" not in rested_on(analysis, metric) and {"b", "c"} <= rested_on(analysis, metric)


@pytest.mark.parametrize(
    ("metric", "values"),
    [
        ("decode_rate", (64, 66, 71, 60)),
        ("decode_rate", (64, 66, 65, 66, 20)),  # something held up one of them, and the others agree
        ("ttft", (0.9, 0.2, 0.21, 0.2)),  # the first of all waits for the start
        ("ttft", tuple(0.1 * 1.12**i for i in range(20))),  # requests of one run have tails
        ("e2e_latency", (1.0, 9.0, 3.0, 5.0)),  # an answer takes as long as it is
    ],
)
def test_what_repeats_can_have_stays(build, metric: str, values: tuple[float, ...]) -> None:
    dataset = build(rows_of({"a": values, "b": REPEATS}, metric))
    analysis = analyse(dataset)
    assert apart(dataset) == 0
    assert {s.metric for s in analysis.summaries} == {metric}


def test_where_most_conditions_are_torn_the_metric_says_nothing(build) -> None:
    """What tears them is at work in the single values beside them as well."""
    values = {"a": (64, 66, 31), "b": (24, 10, 25), "c": (40,), "d": (80,)}
    analysis = analyse(build(rows_of(values)))
    assert rested_on(analysis, "decode_rate") == set() and not analysis.summaries


@pytest.mark.parametrize("word", ["estimated", "approx", "Guess"])
def test_rates_over_estimated_tokens_have_no_order_with_counted_ones(build, word: str) -> None:
    rows = [
        {"f_device": d, "f_token_source": source, "m_decode_rate": v * k, "m_ttft": v}
        for d, source, k in (("a", word, 2.0), ("b", "api", 1.0), ("c", "api", 1.5))
        for v in REPEATS
    ]
    analysis = analyse(build(rows))
    assert rested_on(analysis, "decode_rate") == {"b", "c"} and "a" in rested_on(analysis, "ttft")


@pytest.mark.parametrize("name", ["gpu", "device", "accelerator"])
def test_a_machine_that_a_file_names_once_is_that_of_all_its_records(tmp_path: Path, name: str) -> None:
    """Two cards whose files differ in a line about the card alone are two conditions, and no scatter."""
    for at, (card, k) in enumerate((("RTX 4070", 2.0), ("RTX 3070", 1.0))):
        runs = ",".join(f'{{"model": "m{m}", "tokens_per_s": {k * v * m}}}' for m, v in product((1, 2, 3), REPEATS))
        one = f'{{"{name}": "{card}", "benchmark": "matmul", "run_time_s": {k}}}'
        (tmp_path / f"bench_2026021{at}.json").write_text(f'{{"hardware_tests": [{one}], "runs": [{runs}]}}')
    dataset = ingest(tmp_path)
    rates = dataset.table[dataset.table["metric"] == "decode_rate"]
    column = next(c for c in rates.columns if c in ("factor.device", "factor.gpu", "factor.accelerator"))
    assert len(rates) == 18 and rates.groupby("source", observed=True)[column].nunique().tolist() == [1, 1]
    assert rates[column].nunique() == 2
    assert apart(dataset) == 0


def test_a_column_of_models_names_those_of_all_files(tmp_path: Path) -> None:
    """Half of the systems would else be read from file names, and the others be missing from every table."""
    for model, k in (("qwen3-8b", 2.0), ("mimo-v2", 3.0), ("minimax", 4.0)):
        runs = ",".join(f'{{"task": "{t}", "tokens_per_s": {k * v}}}' for t, v in (("a", 10), ("b", 11), ("c", 12)))
        text = f'{{"model_key": "{model}", "model_label": "The {model} model", "runs": [{runs}]}}'
        (tmp_path / f"run-{model}-fast.json").write_text(text)
    dataset = ingest(tmp_path)
    assert set(dataset.table["subject"]) == {"qwen3-8b", "mimo-v2", "minimax"}


def test_scores_beside_runs_are_of_the_model_that_their_name_holds(tmp_path: Path) -> None:
    for model, k in (("qwen3-8b", 2.0), ("mimo-v2.5", 3.0), ("minimax-m2.7", 4.0)):
        (tmp_path / "runs").mkdir(exist_ok=True)
        (tmp_path / "scores").mkdir(exist_ok=True)
        runs = ",".join(f'{{"task": "{t}", "tokens_per_s": {k}}}' for t in "ab")
        (tmp_path / "runs" / f"20260810T15-{model}-fast.json").write_text(f'{{"model": "{model}", "runs": [{runs}]}}')
        scores = f'{{"tasks": [{{"task": "a", "score": {k}}}, {{"task": "b", "score": {k + 1}}}]}}'
        (tmp_path / "scores" / f"20260810T16-{model}-fast.json").write_text(scores)
    table = ingest(tmp_path).table
    assert set(table[table["metric"] == "score"]["subject"]) == {"qwen3-8b", "mimo-v2.5", "minimax-m2.7"}
