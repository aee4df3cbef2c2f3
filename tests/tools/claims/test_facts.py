from __future__ import annotations

import pytest

from chimera_report.tools.claims import fields, verify_facts
from chimera_report.tools.schema import Comparison, FactSheet, Interval, Recipe


def comparison(**more: object) -> Comparison:
    base = {
        "recipe": Recipe(function="comparison"),
        "suite": "s",
        "metric": "decode_rate",
        "a": "x",
        "b": "y",
        "condition": {"device": "cuda", "a.b": "1"},
        "n_a": 8,
        "n_b": 9,
        "value_a": 50.0,
        "value_b": 100.0,
        "ratio": 0.5,
        "ratio_ci": Interval(low=0.4, high=0.625),
    }
    return Comparison.model_validate(base | more)


def test_fields_read_parts_with_their_interval_and_n() -> None:
    item = comparison()
    assert fields.read(item, "value_a") == fields.Part(50.0, None, 8)
    assert fields.read(item, "value_b").n == 9
    inverse = fields.read(item, "1/ratio")
    assert inverse.value == pytest.approx(2.0) and inverse.ci is not None
    assert (inverse.ci.low, inverse.ci.high) == pytest.approx((1.6, 2.5))
    change = fields.read(item, "1/ratio-1")
    assert change.value == pytest.approx(1.0) and change.ci is not None
    assert change.ci.low == pytest.approx(0.6)
    assert fields.read(item, "ratio_ci.low-1").value == pytest.approx(-0.6)
    assert fields.read(item, "~condition").value == "device cuda, a.b 1"
    assert fields.read(item, "condition.a.b").value == "1"
    assert fields.read(item, "#condition").value == 2
    assert fields.read(item, "n_a|n_b").value == pytest.approx(8 / 9)


@pytest.mark.parametrize("field", ["nothing", "matched.3", "condition.none", "condition", "ratio.x"])
def test_a_field_that_the_item_does_not_have_is_an_error(field: str) -> None:
    with pytest.raises(KeyError):
        fields.read(comparison(), field)


def test_every_fact_of_a_sheet_comes_out_of_the_data_again(planted) -> None:
    assert len(planted.sheet.facts) > 50
    assert verify_facts(planted.sheet, planted.dataset) == []


def test_a_fact_that_was_tampered_with_is_found(planted) -> None:
    number = next(f for f in planted.sheet.facts if f.unit == "tokens/s")
    forged = [
        number.model_copy(update={"display": "999 tokens/s"}),
        number.model_copy(update={"n": (number.n or 0) + 1}),
        number.model_copy(update={"recipe": Recipe(function="summary", args={"suite": "none"})}),
        number.model_copy(update={"sources": number.sources[:0]}),
        number.model_copy(update={"field": "p99x"}),
    ]
    found = verify_facts(FactSheet(facts=tuple(forged), claims=()), planted.dataset)
    assert len(found) == len(forged)


def test_facts_carry_their_evidence_and_one_unit_a_metric(planted) -> None:
    hashes = {s.path: s.sha256 for s in planted.dataset.sources}
    units: dict[tuple[str, str, str], set[str]] = {}
    for fact in planted.sheet.facts:
        if fact.kind == "measurement" and fact.value is not None and not isinstance(fact.value, str):
            assert fact.sources, fact.field
        for evidence in fact.sources:
            assert evidence.sha256 == hashes[evidence.file]
        if fact.metric and fact.unit not in ("%", "×", "") and "cold" not in fact.method:
            units.setdefault((fact.suite, fact.metric, fact.kind), set()).add(fact.unit)
    assert units
    assert all(len(found) == 1 for found in units.values())


@pytest.mark.corpus
def test_every_fact_of_the_corpus_comes_out_again(corpus) -> None:
    assert verify_facts(corpus.sheet, corpus.dataset) == []
    shares = {f.field: f.display for f in corpus.sheet.facts if "|files" in f.field}
    assert shares == {"by_kind.JSON|files": "43.6 %", "by_kind.Markdown|files": "28.7 %", "by_kind.CSV|files": "27.7 %"}
