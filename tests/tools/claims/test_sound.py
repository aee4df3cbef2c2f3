"""What findings rest on, item by item: no aliased factor, no derived pair, no duplicate, no pooled aggregate."""

from __future__ import annotations

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.claims.wording import ids_in
from chimera_report.tools.schema import (
    Comparison,
    Correlation,
    CorrelationClaim,
    Effect,
    EffectClaim,
    Fact,
    Pareto,
    Ranking,
    Summary,
)
from chimera_report.tools.stats import evaluate

from .test_outline import findings

# Functions whose items say something of the systems; the others say something of the data.
RESULTS = {"summary", "comparison", "effect", "correlation", "rank_subjects", "rank_systems", "rank_configurations"}
RESULTS |= {"pareto", "change_point", "interaction"}


def rested_on(case) -> list[Fact]:
    """The facts of results that findings and recommendations show or rest on."""
    facts, claims = {f.id: f for f in case.sheet.facts}, {c.id: c for c in case.sheet.claims}
    found: dict[str, Fact] = {}
    for key in ("findings", "actions"):
        for finding in findings(case.outline, key):
            ids = [*ids_in(finding.title), *finding.claims]
            for sentence in finding.sentences:
                ids += [*ids_in(sentence.text), *sentence.claims, *sentence.facts]
            for ident in ids:
                for name in claims[ident].facts if ident in claims else (ident,):
                    found[name] = facts[name]
    return [f for f in found.values() if f.recipe.function in RESULTS]


def left_out(case) -> set[tuple[str, int, str]]:
    """(file, record, column) of what repeats other measurements; record 0 is the whole file."""
    found = set()
    for alert in case.analysis.alerts:
        if alert.kind == "duplicate_files":
            found |= {(path, 0, "") for path in alert.files[1:]}
        if alert.kind in ("duplicate_measurements", "derived_aggregate"):
            found |= {(r.source, n, column) for r in alert.rows for n in r.records for column in r.columns}
    return found


def check(case) -> dict[str, int]:
    """How many items of each class were looked at."""
    seen: dict[str, int] = {}
    gone = left_out(case)
    items = {}
    for fact in rested_on(case):
        for evidence in fact.sources:
            assert (evidence.file, 0, "") not in gone, fact
            cells = {(evidence.file, n, c) for n in evidence.records for c in evidence.columns}
            assert not cells & gone, fact
        if fact.recipe.key not in items:
            items[fact.recipe.key] = item = evaluate(case.dataset, fact.recipe)
            seen[type(item).__name__] = seen.get(type(item).__name__, 0) + 1
    for item in items.values():
        match item:
            case Effect() if item.outcome in ("effect", "negligible"):
                assert item.aliased == ()
            case Effect():  # told as what cannot be told
                assert item.outcome in ("aliased", "inconclusive")
            case Correlation():
                alerts = {a.key: a.kind for a in case.analysis.alerts}
                assert "mixed_definitions" not in {alerts[w] for w in item.warnings}
            case Comparison():
                assert item.n_a >= 3
                assert item.n_b >= 3
            case Summary() if item.level == "aggregate":
                assert "record" in item.recipe.args, "several aggregates together"
            case Summary() | Ranking() | Pareto():
                pass
    claims = {c.id: c for c in case.sheet.claims}
    told = {i for k in ("findings", "actions") for f in findings(case.outline, k) for i in f.claims}
    for claim in (claims[i] for i in told):
        if isinstance(claim, EffectClaim) and claim.direction == "cannot be told":
            assert "cannot be told from" in claim.clause or "coincides with" in render_text(claim.clause, case.sheet)
        assert not isinstance(claim, CorrelationClaim)
    return seen


def test_planted(planted) -> None:
    seen = check(planted)
    assert {"Comparison", "Effect", "Summary"} <= set(seen)


@pytest.mark.corpus
def test_corpus(corpus) -> None:
    seen = check(corpus)
    assert seen["Comparison"] >= 5
    assert seen["Effect"] >= 4


@pytest.mark.corpus
def test_every_sweep_of_the_corpus_has_its_effects_with_intervals_and_its_cold_start(corpus) -> None:
    tables = {getattr(b, "title", ""): b for s in corpus.outline.sections if s.part == "appendix" for b in s.blocks}
    shown = [
        [render_text(c, corpus.sheet) for c in row]
        for row in tables["All effects of settings, by suite and system"].rows
    ]
    sweeps = {("param_tuning", m) for m in ("gemma3:270m", "gemma3:1b-it-qat", "gemma3:latest")}
    sweeps |= {("ollama_param_tuning", "llama3.1:8b-instruct-q4_0")}
    for suite, subject in sweeps:
        mine = [row[2:] for row in shown if row[:2] == [suite, subject]]
        rates = {row[0]: row for row in mine if row[1] == "warm decode rate"}
        assert set(rates) == {"num_gpu", "num_ctx", "temperature"}
        assert all(" to " in row[5] for row in rates.values())
        assert ["temperature", "TTFT with load", "not told from cold start"] in [[*r[:2], r[-1]] for r in mine]
        levels = tables["Levels of settings, warm decode rate"].rows
        names = [[render_text(c, corpus.sheet) for c in row] for row in levels]
        alike = subject != "gemma3:270m"  # the level of one of its settings would be a mean over unlike others
        assert len([n for n in names if n[:2] == [suite, subject] and " to " in n[-1]]) >= (9 if alike else 0)
