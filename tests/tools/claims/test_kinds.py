"""Each checker against claims that are true, turned round, overstated, or about something else."""

from __future__ import annotations

import pytest

from chimera_report.tools.claims import check
from chimera_report.tools.schema import (
    AvailabilityClaim,
    BenchRun,
    ComparisonClaim,
    DataQualityClaim,
    EffectClaim,
    MeasurementClaim,
    RankingClaim,
    RecommendationClaim,
)


def first(case, cls, **want):
    found = [c for c in case.sheet.claims if isinstance(c, cls) and all(getattr(c, k) == v for k, v in want.items())]
    assert found, f"the sheet has no {cls.__name__} with {want}"
    return found[0]


def verdict(case, claim, **change):
    return check(claim.model_copy(update=change), case.sheet, case.analysis).verdict


def test_the_claims_of_the_sheet_hold(planted) -> None:
    rendered = [c for c in planted.sheet.claims if c.clause]
    assert {c.kind for c in rendered} >= {
        "comparison",
        "effect",
        "ranking",
        "data_quality",
        "inventory",
        "recommendation",
    }
    for claim in planted.sheet.claims:
        again = check(claim, planted.sheet, planted.analysis)
        assert again == claim
    assert [c for c in rendered if c.verdict == "REFUTED"] == []


def test_comparison(planted) -> None:
    claim = first(planted, ComparisonClaim, metric="decode_rate", verdict="SUPPORTED")
    assert (claim.a, claim.b, claim.direction, claim.better) == ("small:1b", "large:7b", "higher", "small:1b")
    assert verdict(planted, claim) == "SUPPORTED"
    assert verdict(planted, claim, a=claim.b, b=claim.a) == "REFUTED"
    assert verdict(planted, claim, direction="lower") == "REFUTED"
    assert verdict(planted, claim, direction="equivalent") == "REFUTED"
    assert verdict(planted, claim, better=claim.b) == "REFUTED"
    assert verdict(planted, claim, metric="load_time") == "REFUTED"
    assert verdict(planted, claim, facts=(*claim.facts, "F999")) == "REFUTED"


def test_a_clause_cannot_say_more_than_its_item(planted) -> None:
    claim = first(planted, ComparisonClaim, metric="decode_rate", verdict="SUPPORTED")
    ids = {f.field: f.id for f in planted.sheet.facts if f.id in claim.facts}
    swapped = claim.clause.replace(ids["a"], "F000").replace(ids["b"], ids["a"]).replace("F000", ids["b"])
    assert verdict(planted, claim, clause=swapped) == "REFUTED"
    assert verdict(planted, claim, clause=claim.clause.replace("times", "percent")) == "REFUTED"
    assert verdict(planted, claim, clause=claim.clause + " because of its size") == "REFUTED"
    other = next(f.id for f in planted.sheet.facts if f.id not in claim.facts)
    assert verdict(planted, claim, clause=claim.clause + " {{" + other + "}}") == "REFUTED"


def test_a_stale_fact_refutes_its_claims(planted) -> None:
    claim = first(planted, ComparisonClaim, metric="decode_rate", verdict="SUPPORTED")
    facts = tuple(
        f.model_copy(update={"value": f.value * 1.01}) if f.id in claim.facts and isinstance(f.value, float) else f
        for f in planted.sheet.facts
    )
    stale = planted.sheet.model_copy(update={"facts": facts})
    assert check(claim, stale, planted.analysis).verdict == "REFUTED"


def test_the_false_effect_of_temperature(planted) -> None:
    claim = first(planted, EffectClaim, factor="temperature", direction="cannot be told")
    assert verdict(planted, claim) == "SUPPORTED"
    assert verdict(planted, claim, direction="raises") == "REFUTED"
    assert verdict(planted, claim, direction="none") == "REFUTED"
    assert verdict(planted, claim, causal=True) == "REFUTED"
    assert verdict(planted, claim, factor="num_ctx") == "REFUTED"


def test_settings_that_do_not_matter(planted) -> None:
    claim = first(planted, EffectClaim, direction="none")
    assert claim.metric == "decode_rate"
    assert verdict(planted, claim, direction="raises") == "REFUTED"
    assert verdict(planted, claim, subject="none") == "REFUTED"


def test_ranking(planted) -> None:
    claim = first(planted, RankingClaim, metric="decode_rate")
    assert claim.order == (("small:1b",), ("large:7b",))
    assert verdict(planted, claim, order=(("large:7b",), ("small:1b",))) == "REFUTED"
    assert verdict(planted, claim, order=(("small:1b", "large:7b"),)) == "REFUTED"


def test_measurement(planted) -> None:
    claim = first(planted, MeasurementClaim, stat="cold and warm")
    assert verdict(planted, claim) == "SUPPORTED"
    assert verdict(planted, claim, metric="decode_rate") == "REFUTED"
    assert verdict(planted, claim, subject="none") == "REFUTED"
    ids = [f.id for f in planted.sheet.facts if f.id in claim.facts and f.field == "p50"]
    swapped = claim.clause.replace(ids[0], "F000").replace(ids[1], ids[0]).replace("F000", ids[1])
    assert verdict(planted, claim, clause=swapped) == "REFUTED"


def test_data_quality_and_availability(planted) -> None:
    claim = first(planted, DataQualityClaim, alert_kind="errors")
    assert verdict(planted, claim) == "SUPPORTED"
    assert verdict(planted, claim, alert="errors:none") == "REFUTED"
    assert verdict(planted, claim, alert_kind="trend") == "REFUTED"
    absent = first(planted, AvailabilityClaim, metric="energy_per_token")
    assert verdict(planted, absent) == "SUPPORTED"
    assert verdict(planted, absent, metric="decode_rate") == "REFUTED"
    assert verdict(planted, absent, present=True) == "REFUTED"


def test_recommendation(planted) -> None:
    claim = first(planted, RecommendationClaim, action="prefer")
    assert verdict(planted, claim) == "SUPPORTED"
    assert verdict(planted, claim, because=()) == "REFUTED"
    assert verdict(planted, claim, because=("C999",)) == "REFUTED"
    assert verdict(planted, claim, command="rm -rf /") == "REFUTED"
    assert claim.run is not None
    assert verdict(planted, claim, run=None) == "REFUTED"
    assert verdict(planted, claim, run=claim.run.model_copy(update={"runs": 11})) == "REFUTED"
    assert verdict(planted, claim, run=BenchRun(models=("-x",)), command="chimera-report bench -x") == "REFUTED"
    assert verdict(planted, claim, action="settle") == "REFUTED"


@pytest.mark.corpus
def test_no_claim_of_the_corpus_is_refuted(corpus) -> None:
    assert [c.clause for c in corpus.sheet.claims if c.verdict == "REFUTED"] == []
    open_ = [c for c in corpus.sheet.claims if c.verdict == "INSUFFICIENT"]
    assert all(c.reason for c in open_)
