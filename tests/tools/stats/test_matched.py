"""Single readings under the conditions that two rivals share: who is ahead where, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from chimera_report.tools.claims import check, render_text, verify_facts
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import build, composed
from chimera_report.tools.schema import Finding, Matched
from chimera_report.tools.statements import MatchedClaim
from chimera_report.tools.stats import analyse, evaluate

LOADS = (1, 8, 64)
KINDS = ("chat", "rag")


def table(
    value: Callable[[str, int, str], float],
    names: tuple[str, ...] = ("alpha", "beta"),
    column: str = "engine",
    metric: str = "output_throughput_tok_s",
    extra: Mapping[str, Mapping[str, str]] | None = None,
    without: frozenset[tuple[str, int]] = frozenset(),
) -> str:
    """One row for each rival, load and kind of work."""
    added = dict(extra or {})
    lines = [",".join([column, "concurrency", "workload", *added, metric])]
    for name, load, kind in product(names, LOADS, KINDS):
        if (name, load) not in without:
            cells = [name, str(load), kind, *(v[name] for v in added.values())]
            lines.append(",".join([*cells, f"{value(name, load, kind):.4f}"]))
    return "\n".join(lines) + "\n"


def of(tmp_path: Path, text: str, axis: str = "", metric: str = "output_throughput") -> list[Matched]:
    (tmp_path / "runs.csv").write_text(text)
    found = analyse(ingest(tmp_path)).matched
    return [m for m in found if m.metric == metric and axis in ("", m.axis)]


def times(**factor: float) -> Callable[[str, int, str], float]:
    return lambda name, load, kind: 40.0 * load**0.8 * (1.3 if kind == "chat" else 1.0) * factor[name]


def test_ahead_under_every_condition(tmp_path: Path) -> None:
    (item,) = of(tmp_path, table(times(alpha=1.0, beta=1.5)))
    assert (item.axis, item.a, item.b, item.outcome) == ("backend", "beta", "alpha", "all")
    assert (item.ahead, item.behind, item.same, len(item.points)) == (6, 0, 0, 6)
    assert item.ratio == pytest.approx(1.5, rel=1e-4) and set(item.matched) == {"concurrency", "workload"}
    assert {tuple(p.condition.values()) for p in item.points} == set(product(("1", "8", "64"), KINDS))


def test_the_order_turns_round_at_a_load(tmp_path: Path) -> None:
    def value(name: str, load: int, kind: str) -> float:
        return 40.0 * (load ** (0.9 if name == "beta" else 0.7)) * (1.4 if name == "alpha" else 1.0)

    (item,) = of(tmp_path, table(value))
    assert (item.outcome, item.a, item.turn, item.before, item.after) == ("turns", "alpha", "concurrency", "1", "8")
    assert item.points[item.most].value_a > item.points[item.most].value_b
    assert item.points[item.least].value_a < item.points[item.least].value_b


def test_no_order(tmp_path: Path) -> None:
    odd = {("beta", 1, "rag"): 1.3, ("beta", 8, "chat"): 1.2, ("beta", 64, "rag"): 1.1}
    (item,) = of(tmp_path, table(lambda n, c, k: 40.0 * c * odd.get((n, c, k), 1.0 if n == "alpha" else 0.9)))
    assert item.outcome == "mixed" and {item.ahead, item.behind} == {3}


def test_alike_everywhere(tmp_path: Path) -> None:
    (item,) = of(tmp_path, table(times(alpha=1.0, beta=1.01)))
    assert item.outcome == "alike" and item.same == 6


def test_a_lower_value_is_the_better_one_of_a_wait(tmp_path: Path) -> None:
    found = of(tmp_path, table(times(alpha=1.0, beta=1.5), metric="ttft_ms"), metric="ttft")
    assert [(m.a, m.b, m.outcome) for m in found] == [("alpha", "beta", "all")]
    assert found[0].ratio == pytest.approx(1 / 1.5, rel=1e-4)


def test_only_conditions_that_both_ran_count(tmp_path: Path) -> None:
    (item,) = of(tmp_path, table(times(alpha=1.0, beta=1.5), without=frozenset({("beta", 64)})))
    assert len(item.points) == 4
    nothing = frozenset({("beta", 64), ("alpha", 1), ("alpha", 8)})
    assert not of(tmp_path, table(times(alpha=1.0, beta=1.5), without=nothing))


def test_what_changes_with_the_rivals_is_named(tmp_path: Path) -> None:
    extra = {"host": {"alpha": "m1", "beta": "m2"}}
    items = of(tmp_path, table(times(alpha=1.0, beta=1.5), extra=extra), axis="backend")
    assert [m.together for m in items] == [("host",)]


def test_the_same_names_in_another_column_are_no_second_setting(tmp_path: Path) -> None:
    extra = {"runtime": {"alpha": "Alpha", "beta": "Beta"}}
    items = of(tmp_path, table(times(alpha=1.0, beta=1.5), extra=extra), axis="backend")
    assert items and not any(m.together for m in items)


def test_models_are_rivals_too(tmp_path: Path) -> None:
    (item,) = of(tmp_path, table(times(**{"gemma3:1b": 2.0, "gemma3:4b": 1.0}), ("gemma3:1b", "gemma3:4b"), "model"))
    assert (item.axis, item.a, item.subject, item.outcome) == ("subject", "gemma3:1b", "", "all")


def test_what_a_setting_does_is_told_over_all_models(tmp_path: Path) -> None:
    lines = ["model,mode,decode_tps"]
    for name, plain, drafted in (("a:27b", 30, 40), ("b:27b", 31, 37), ("c:9b", 81, 90), ("d:35b", 25, 17)):
        lines += [f"{name},plain,{plain}", f"{name},drafted,{drafted}"]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    (item,) = [m for m in analyse(dataset).matched if "over" in m.recipe.args and m.axis == "mode"]
    assert (item.a, item.outcome, item.ahead, item.behind) == ("drafted", "mixed", 3, 1)
    assert item.points[item.least].condition == {"model": "d:35b"} and item.subject == ""
    assert evaluate(dataset, item.recipe) == item


def test_one_condition_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("engine,decode_tps,ttft_ms\nalpha,40,90\nbeta,20,30\n")
    dataset = ingest(tmp_path)
    analysis = analyse(dataset)
    assert {(m.metric, m.a, len(m.points)) for m in analysis.matched} == {
        ("decode_rate", "alpha", 1),
        ("ttft", "beta", 1),
    }
    sheet, made = composed(analysis, dataset, title="Report")
    told = " ".join(
        render_text(x, sheet)
        for s in made.sections
        for b in s.blocks
        if isinstance(b, Finding)
        for x in (b.title, *(y.text for y in b.sentences))
    )
    assert "alpha generates 2.0 times as fast as beta It is 40 against 20 tokens/s." in told
    assert "But alpha takes 3.0 times as long to the first token as beta." in told


def test_many_rivals_each_stand_against_the_best(tmp_path: Path) -> None:
    names = tuple(f"engine{i}" for i in range(8))
    found = of(tmp_path, table(times(**{n: 1.0 + i for i, n in enumerate(names)}), names))
    assert {m.a for m in found} == {"engine7"} and len(found) == 7


def test_it_is_computed_again_from_its_recipe(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text(table(times(alpha=1.0, beta=1.5)))
    dataset = ingest(tmp_path)
    for item in analyse(dataset).matched:
        assert evaluate(dataset, item.recipe) == item


def crossing(name: str, load: int, kind: str) -> float:
    return 40.0 * (load ** (0.9 if name == "beta" else 0.7)) * (1.4 if name == "alpha" else 1.0) + len(kind)


@pytest.mark.parametrize(
    "change",
    [{"a": "beta", "b": "alpha"}, {"outcome": "all"}, {"outcome": "mixed"}, {"metric": "decode_rate"}, {"axis": "gpu"}],
)
def test_the_report_says_it_and_the_checker_holds_it(tmp_path: Path, change: dict[str, str]) -> None:
    (tmp_path / "runs.csv").write_text(table(crossing))
    dataset = ingest(tmp_path)
    analysis = analyse(dataset)
    sheet = build(analysis, dataset)
    (claim,) = [c for c in sheet.claims if isinstance(c, MatchedClaim)]
    assert claim.verdict == "SUPPORTED" and claim.outcome == "turns"
    assert {"1", "8", "alpha", "beta"} <= {f.display for f in sheet.facts if f.id in claim.facts}
    assert verify_facts(sheet, dataset) == []
    assert check(claim.model_copy(update=change), sheet, analysis).verdict == "REFUTED"
    # The outcome that the item states is never read: the points decide.
    (item,) = [m for m in analysis.matched if m.metric == "output_throughput"]
    turned = item.points[-1].model_copy(update={"ratio": 1.5})
    doubted = replace(analysis, matched=(item.model_copy(update={"points": (*item.points[:-1], turned)}),))
    assert check(claim, sheet, doubted).verdict == "REFUTED"


def test_a_load_is_told_by_its_throughput_its_price_and_its_rivals(tmp_path: Path) -> None:
    lines = ["engine,concurrency,output_throughput_tok_s,latency_s"]
    for name, gain, first in (("alpha", 0.9, 20.0), ("beta", 0.5, 60.0), ("gamma", 0.7, 30.0)):
        lines += [f"{name},{load},{first * load**gain:.3f},{load / (first * load**gain) * 100:.3f}" for load in LOADS]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    analysis = analyse(dataset)
    sheet, made = composed(analysis, dataset, title="Report")
    (finding,) = [
        b
        for s in made.sections
        for b in s.blocks
        if isinstance(b, Finding) and "From concurrency" in render_text(b.title, sheet)
    ]
    assert "output throughput grows" in render_text(finding.title, sheet)
    body = " ".join(render_text(s.text, sheet) for s in finding.sentences)
    assert "least" in body and "with backend beta" in body and "most" in body and "with backend alpha" in body
    assert "Meanwhile response time grows" in body
    assert "n = 1" not in body


def test_levels_that_ran_on_other_systems_are_no_rivals(tmp_path: Path) -> None:
    """Over all systems, a level of one model alone has nothing in common with a level of another model alone."""
    rows = ["model,provider,tok_s"]
    rows += [f"{m},{p},{r}" for m, p, r in (
        ("a:7b", "one", 50), ("a:7b", "two", 40), ("b:7b", "one", 30), ("b:7b", "two", 25), ("a:7b", "three", 70),
        ("b:7b", "four", 20),
    )]  # fmt: skip
    (tmp_path / "runs.csv").write_text("\n".join(rows) + "\n")
    analysis = analyse(ingest(tmp_path))
    assert not any({m.a, m.b} == {"three", "four"} for m in analysis.matched)


@pytest.mark.parametrize("strays", [0, 1, 6])
def test_one_statistic_for_all_of_a_comparison(strays: int, tmp_path: Path) -> None:
    """Where a stray asks for medians under one condition, both sides are told by medians under all."""
    lines = ["engine,concurrency,workload,output_throughput_tok_s"]
    plain = [10.0, 10.4, 10.9, 11.6, 12.5]  # the median is 10.9, the geometric mean above it
    for at, (load, kind) in enumerate(product(LOADS, KINDS)):
        for name in ("alpha", "beta"):
            values = [v * load for v in plain]
            if name == "beta" and at < strays:
                values[0] /= 3
            lines += [f"{name},{load},{kind},{v}" for v in values]
    items = of(tmp_path, "\n".join(lines) + "\n")
    points = [p for m in items for p in m.points]
    assert points and all(p.ratio == pytest.approx(1.0) for p in points if strays == 6)
    middle = [p.value_a / float(p.condition["concurrency"]) for p in points]
    assert middle == pytest.approx([10.9 if strays else 11.044] * len(middle), rel=2e-3)


@pytest.mark.parametrize("column", ["gpu", "GPU Model", "machine", "host", "instance_type"])
def test_machines_are_compared_over_the_models_that_both_ran(column: str, tmp_path: Path) -> None:
    rows = [f"model,{column},cpu,tokens_per_second"]
    rows += [f"{m},{g},{c},{v}" for m, g, c, v in (
        ("a:7b", "x one", "p", 128), ("a:7b", "y two", "q", 58), ("b:9b", "x one", "p", 98), ("b:9b", "y two", "q", 44),
    )]  # fmt: skip
    items = of(tmp_path, "\n".join(rows) + "\n", metric="decode_rate")
    (item,) = [m for m in items if not m.subject and m.axis != "subject"]
    assert ({item.a, item.b}, item.outcome, len(item.points)) == ({"x one", "y two"}, "all", 2)


def test_what_a_document_measured_under_two_headings_has_an_order_under_each(tmp_path: Path) -> None:
    head = "| Concurrency | vLLM TPS | SGLang TPS |\n|---|---|---|\n"
    low = "".join(f"| {c} | {50 * c} | {70 * c} |\n" for c in (1, 2, 4, 8))
    high = "".join(f"| {c} | {50 * c} | {35 * c} |\n" for c in (16, 32, 64))
    (tmp_path / "r.md").write_text(f"# R\n\n## Baseline\n\n{head}{low}\n## Overload\n\n{head}{high}")
    dataset = ingest(tmp_path)
    items = [m for m in analyse(dataset).matched if m.axis == "backend"]
    assert {(m.within["section"], m.a, m.outcome) for m in items} == {
        ("Baseline", "SGLang", "all"),
        ("Overload", "vLLM", "all"),
    }
    assert [evaluate(dataset, m.recipe) for m in items] == items


@pytest.mark.parametrize(
    "names", [("target_step", "draft_step"), ("load phase", "decode phase"), ("stage 1 of 2", "stage 2 of 2")]
)
def test_the_parts_of_a_process_are_no_rivals(tmp_path: Path, names: tuple[str, str]) -> None:
    rows = "".join(f"a:1b,{n},{b},{t * b}\n" for n, t in zip(names, (70.0, 6.0), strict=True) for b in (1, 2, 4, 8))
    (tmp_path / "r.csv").write_text(f"model,variant,batch_size,run_time_ms\n{rows}", encoding="utf-8")
    assert not [m for m in analyse(ingest(tmp_path)).matched if m.axis == "variant"]
