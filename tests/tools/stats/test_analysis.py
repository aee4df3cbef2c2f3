"""The whole on small and odd datasets: nothing crashes, nothing is claimed, recipes hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chimera_report.tools.errors import UsageError
from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Dataset, Recipe
from chimera_report.tools.stats import analyse, evaluate

KINDS = ("summaries", "comparisons", "effects", "rankings", "correlations")


def results(analysis):
    return [item for kind in KINDS for item in getattr(analysis, kind)]


def test_an_empty_dataset(build) -> None:
    full = build([{"m_decode_rate": 1.0}])
    empty = Dataset(root="", sources=(), table=full.table.iloc[:0])
    analysis = analyse(empty)
    assert (analysis.inventory.files, analysis.inventory.suites) == (0, ())
    assert results(analysis) == []


def test_only_failed_records(build) -> None:
    analysis = analyse(build([{"status": "error", "message": "no"} for _ in range(3)]))
    assert results(analysis) == []
    (alert,) = analysis.alerts
    assert (alert.kind, alert.severity, alert.values["rate"]) == ("errors", "error", 1.0)
    assert analysis.inventory.suites[0].level == "none"


def test_documents_are_counted_and_never_pooled(build) -> None:
    rows = [{"source": "a.csv", "m_decode_rate": 100 + i} for i in range(6)]
    rows += [{"source": "z.md", "origin": "reported", "m_decode_rate": 999.0} for _ in range(20)]
    analysis = analyse(build(rows))
    (summary,) = analysis.summaries
    assert (summary.n, summary.max) == (6, 105)
    assert analysis.inventory.measurements == 26
    assert analysis.inventory.records == 6


def test_a_documents_wrong_number_is_found_and_a_rounded_one_is_not(build) -> None:
    rows = [
        {"source": "a.csv", "f_num_ctx": c, "m_decode_rate": x} for c, x in (("1024", 101.7846), ("2048", 103.0459))
    ]
    rows += [
        {"source": "z.md", "origin": "reported", "suite": "z", "f_num_ctx": c, "m_decode_rate": x}
        for c, x in (("1024", 101.78), ("2048", 102.31))
    ]
    (alert,) = (a for a in analyse(build(rows)).alerts if a.kind == "contradiction")
    assert (alert.values["contradicted"], alert.values["of"]) == (1, 2)
    assert (alert.values["stated"], alert.values["measured"]) == (102.31, 103.0459)
    assert alert.files == ("z.md", "a.csv")


def test_zero_and_negative_values_have_no_geometric_mean(build) -> None:
    rows = [{"subject": s, "m_accuracy": x} for s in "ab" for x in (0.0, 0.5, 1.0)]
    analysis = analyse(build(rows))
    assert {(s.n, s.gmean, s.mean) for s in analysis.summaries} == {(3, None, 0.5)}
    assert analysis.comparisons == ()


def test_equal_values_have_a_degenerate_interval(build) -> None:
    rows = [{"subject": s, "m_decode_rate": x} for s, x in (("a", 100.0), ("b", 50.0)) for _ in range(6)]
    (found,) = analyse(build(rows)).comparisons
    assert (found.ratio, found.outcome) == (pytest.approx(2.0), "higher")
    assert found.p is not None and found.p < 1e-30


def test_summary_is_numpys(build) -> None:
    values = np.random.default_rng(3).lognormal(3, 0.4, 25)
    (found,) = analyse(build([{"m_decode_rate": x} for x in values])).summaries
    assert found.mean == pytest.approx(values.mean())
    assert found.sd == pytest.approx(values.std(ddof=1))
    assert (found.p50, found.p95) == pytest.approx(tuple(np.quantile(values, (0.5, 0.95))))
    assert found.sd is not None and found.mean is not None
    assert found.cv == pytest.approx(found.sd / found.mean)


def test_the_order_of_rows_within_a_file_aside_nothing_is_random(build) -> None:
    rng = np.random.default_rng(4)
    rows = [
        {"subject": s, "f_num_ctx": c, "m_decode_rate": rng.normal(100, 1)}
        for s in "ab"
        for c in "123"
        for _ in range(8)
    ]
    first, second = analyse(build(rows)), analyse(build(rows))
    assert results(first) == results(second)
    assert first.alerts == second.alerts


def test_recipes_of_a_mixed_dataset_hold(build) -> None:
    rng = np.random.default_rng(5)
    rows = [
        {"subject": s, "f_backend": b, "f_num_ctx": c, "m_run_time": rng.lognormal(0, 0.1)}
        for s in "ab"
        for b in ("eager", "jit")
        for c in ("1", "2", "3")
        for _ in range(4)
    ]
    dataset = build(rows)
    analysis = analyse(dataset)
    again = build(rows)
    for item in [analysis.inventory, *results(analysis), *analysis.alerts]:
        assert evaluate(again, item.recipe) == item


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(function="unknown"),
        Recipe(function="alert", args={"key": "nothing"}),
        Recipe(function="effect", args={"suite": "x", "metric": "y", "definition": "", "factor": "z"}),
    ],
)
def test_a_recipe_of_something_else_is_an_error(build, recipe) -> None:
    with pytest.raises(UsageError):
        evaluate(build([{"m_decode_rate": 1.0}]), recipe)


def test_systems_that_ran_on_other_machines_have_no_order_over_all(tmp_path: Path) -> None:
    """A mean over a fast and a slow machine stands beside no mean over the fast one alone."""
    rows = [("a:1b", "x", 200), ("a:1b", "y", 8), ("b:3b", "x", 92), ("c:7b", "x", 48), ("c:7b", "y", 1.5)]
    text = "model,variant,decode_tps\n" + "".join(f"{m},{v},{r}\n{m},{v},{r * 1.01}\n" for m, v, r in rows)
    (tmp_path / "r.csv").write_text(text)
    analysis = analyse(ingest(tmp_path))
    assert not [r for r in analysis.rankings if r.of == "subjects" and len(r.entries) > 1]
