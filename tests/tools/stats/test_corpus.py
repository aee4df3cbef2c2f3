"""The real corpus: what was looked up in its files by hand, and every item computed again from its recipe."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse, evaluate
from chimera_report.tools.stats import prepared as preparing

CORPUS = Path(__file__).parents[3] / "../shared/corpus/chimera-101"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project"),
]
SWEEPS = {
    "gemma3:270m": "param_tuning",
    "gemma3:1b-it-qat": "param_tuning",
    "gemma3:latest": "param_tuning",
    "llama3.1:8b-instruct-q4_0": "ollama_param_tuning",
}


@pytest.fixture(scope="module")
def dataset():
    return ingest(CORPUS)


@pytest.fixture(scope="module")
def analysis(dataset):
    return analyse(dataset)


def items(analysis):
    kinds = ("summaries", "comparisons", "effects", "rankings", "correlations", "alerts")
    return [analysis.inventory, *(item for kind in kinds for item in getattr(analysis, kind))]


def test_every_item_is_computed_again_from_its_recipe(analysis, dataset) -> None:
    preparing._recent.clear()
    for item in items(analysis):
        assert evaluate(dataset, item.recipe) == item
    assert len({item.recipe.key for item in items(analysis)}) == len(items(analysis))


def test_warnings_name_alerts(analysis) -> None:
    keys = {a.key for a in analysis.alerts}
    assert {w for item in items(analysis) for w in item.warnings} <= keys


def test_inventory(analysis) -> None:
    assert analysis.inventory.files == 101
    assert analysis.inventory.by_kind == {"JSON": 44, "Markdown": 29, "CSV": 28}


def test_copies_and_twins_are_left_out(analysis) -> None:
    copies = {a.files for a in analysis.alerts if a.kind == "duplicate_files"}
    for name in ("ollama_param_tuning.csv", "ollama_param_tuning_summary.csv", "ollama_quant_bench.csv"):
        assert (f"data/csv/{name}", f"outputs/reports/llama3/{name}") in copies
    twins = {a.files for a in analysis.alerts if a.kind == "duplicate_measurements"}
    for model in ("gemma3", "gemma3_270m", "gemma3_1b-it-qat"):
        stem = f"outputs/reports/gemma3/{model}_baseline"
        assert (f"{stem}.csv", f"{stem}.json") in twins
    for suite in ("baseline", "ollama_quant_bench"):
        counts = Counter[str]()  # a cold start stands apart where it is another value
        for s in analysis.summaries:
            counts[s.subject] += (s.n or 0) if (s.suite, s.metric) == (suite, "decode_rate") else 0
        assert set(counts.values()) - {0} == {5}


def test_summaries_of_samples_at_hand_are_not_pooled(analysis) -> None:
    left_out = {a.values["left_out"] for a in analysis.alerts if a.kind == "derived_aggregate"}
    assert {p for p in left_out if str(p).endswith("param_tuning_summary.csv")} == {
        "data/csv/ollama_param_tuning_summary.csv",
        "outputs/reports/gemma3/gemma3_param_tuning_summary.csv",
        "outputs/reports/gemma3/gemma3_270m_param_tuning_summary.csv",
        "outputs/reports/gemma3/gemma3_1b-it-qat_param_tuning_summary.csv",
    }
    assert not [s for s in analysis.summaries if s.suite.endswith("param_tuning") and s.level == "aggregate"]


@pytest.mark.parametrize(
    ("subject", "cold", "of"),
    [
        ("gemma3:270m", 11, 34),
        ("gemma3:1b-it-qat", 12, 36),
        ("gemma3:latest", 8, 36),
        ("llama3.1:8b-instruct-q4_0", 12, 36),
    ],
)
def test_temperature_is_aliased_with_cold_start_in_every_sweep(analysis, subject, cold, of) -> None:
    suite = SWEEPS[subject]
    start = next(a for a in analysis.alerts if (a.kind, a.suite, a.subject) == ("cold_start", suite, subject))
    assert (start.values["cold"], start.values["cold"] + start.values["warm"]) == (cold, of)
    mine = [e for e in analysis.effects if (e.suite, e.subject, e.factor) == (suite, subject, "temperature")]
    naive = next(e for e in mine if e.metric == "ttft_incl_load" and e.outcome == "aliased")
    assert naive.aliased == ("cold start",)
    assert naive.ratio > 7
    assert not [e for e in mine if e.outcome == "effect"]


def test_llamas_false_effect_is_41_fold(analysis) -> None:
    naive = next(
        e
        for e in analysis.effects
        if e.subject.startswith("llama") and e.metric == "ttft_incl_load" and e.aliased == ("cold start",)
    )
    assert naive.ratio == pytest.approx(40.7, abs=0.1)


def test_no_setting_of_a_sweep_changes_anything_for_sure(analysis) -> None:
    """Read off the files: within a sweep the decode rate varies by 0.5 to 5 %, and the order explains the rest."""
    assert [e for e in analysis.effects if e.outcome == "effect"] == []


def test_sizes_of_gemma_differ_in_decode_rate(analysis) -> None:
    found = {
        (c.a, c.b): c
        for c in analysis.comparisons
        if (c.suite, c.metric, c.axis) == ("param_tuning", "decode_rate", "subject")
    }
    small = found["gemma3:270m", "gemma3:latest"]
    assert (small.outcome, small.n_a) == ("higher", 34)
    assert small.ratio == pytest.approx(2.80, abs=0.01)
    ranking = next(
        r for r in analysis.rankings if (r.suite, r.metric, r.of) == ("param_tuning", "decode_rate", "subjects")
    )
    assert [(e.rank, e.subject) for e in ranking.entries] == [
        (1, "gemma3:270m"),
        (2, "gemma3:1b-it-qat"),
        (3, "gemma3:latest"),
    ]


def test_failed_records_are_counted_once(analysis) -> None:
    found = {(a.suite, a.subject): a.values for a in analysis.alerts if a.kind == "errors"}
    sweep = found["param_tuning", "gemma3:270m"]
    assert (sweep["failed"], sweep["timeouts"], sweep["records"]) == (2, 2, 36)
    assert found["prompt_suite", "llama3.1:8b-instruct-q8_0"]["failed"] == 20


def test_time_to_first_token_is_known_as_a_sum(analysis) -> None:
    suites = {a.suite for a in analysis.alerts if a.kind == "derived_metric" and a.metric == "ttft_incl_load"}
    assert {"param_tuning", "ollama_param_tuning", "baseline"} <= suites
