"""What a real Ollama with an H100 sent, as it was recorded: rates, loads, receipts, energy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench.measures import Loads, measures
from chimera_report.tools.bench.receipt import differences, identity
from chimera_report.tools.bench.runner import rateless
from chimera_report.tools.bench.server import in_order
from chimera_report.tools.bench.shares import joules
from chimera_report.tools.claims import Desk
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import composed
from chimera_report.tools.stats import analyse

CASES = Path(__file__).parents[2] / "data" / "ollama"
H100 = Path(__file__).parents[3] / "../shared/corpus/h100-ollama"


def recorded() -> list[dict[str, Any]]:
    lines = (CASES / "gpu-journal-rows.jsonl").read_text().splitlines()
    more = {"phase": "measure", "status": "ok", "prompt_words": 24, "cell": "c001", "key": "k", "lost": False}
    return [json.loads(line) | more for line in lines]


def test_a_gpu_row_has_both_rates_and_the_servers_is_the_higher() -> None:
    rows = recorded()
    for row in rows:
        found = measures(row, Loads({row["model"]: 980_000_000}))
        assert found.decode_rate and found.client_decode_rate, (row["run"], found.flags)
        assert found.decode_rate > found.client_decode_rate
        assert found.ttft is not None and found.flags == ()
    shares = {r["run"]: measures(r).client_decode_rate / measures(r).decode_rate for r in rows}  # type: ignore[operator]
    assert shares["b-default"] == pytest.approx(0.827, abs=0.02)  # of a 4B model, greedy
    assert shares["b-llama"] == pytest.approx(0.378, abs=0.03)  # of a Llama 1B
    assert rateless(rows) == ()


def test_a_row_without_any_rate_names_its_cell() -> None:
    row = recorded()[0]
    row["server"] = {}
    row["stamps_ns"] = row["stamps_ns"][:1]
    assert rateless([row]) == ("c001",)


def test_the_order_of_a_models_parameters_is_no_change() -> None:
    calls = [json.loads(line) for line in (CASES / "show-parameters-six-calls.txt").read_text().splitlines()]
    assert len(set(calls)) > 2 and len({in_order(c) for c in calls}) == 1
    assert in_order(None) == in_order("") == in_order(5) == ""
    first, second = ({"models": [{"name": "m", "own_parameters": c}], "host": {"cpu": "x"}} for c in calls[:2])
    assert identity(first) == identity(second) and differences(first, second) == []
    other = {"models": [{"name": "m", "own_parameters": calls[0].replace("64", "40")}], "host": {"cpu": "x"}}
    (told,) = differences(first, other)
    assert told.startswith("models 1 own_parameters") and "top_k 40" in told and "\n" not in told


@pytest.mark.corpus
@pytest.mark.skipif(not H100.is_dir(), reason="the corpus is not beside the project")
def test_energy_of_parallel_requests_is_shared_out() -> None:
    """Power ÷ throughput at four users is 0.77 J a token; charged to each it would be 2.5."""
    rows = [json.loads(line) for line in (H100 / "b-conc/runs.journal").read_text().splitlines()[1:]]
    shares = joules(rows)
    four = [r for r in rows if r["phase"] == "measure" and r["concurrency"] == 4]
    tokens = sum(r["server"]["eval_count"] for r in four)
    assert sum(shares[r["key"]] for r in four) / tokens == pytest.approx(0.77, abs=0.01)
    charged = [r["telemetry"]["energy_j"] for r in four]
    assert sum(charged) / tokens > 2.4


@pytest.mark.corpus
@pytest.mark.skipif(not H100.is_dir(), reason="the corpus is not beside the project")
def test_no_row_of_the_real_runs_lost_its_rate_or_its_ttft() -> None:
    many = 0
    for journal in sorted(H100.glob("b-*/runs.journal")):
        rows = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
        loads = Loads.of(rows)
        for row in rows:
            if row["phase"] == "measure" and row["status"] == "ok":
                found = measures(row, loads)
                assert found.decode_rate and found.client_decode_rate and found.ttft, (journal, found.flags)
                many += 1
    assert many == 93


@pytest.mark.corpus
@pytest.mark.skipif(not H100.is_dir(), reason="the corpus is not beside the project")
def test_results_of_an_earlier_version_are_read_by_todays_definitions() -> None:
    """The tables lost every GPU rate and charged energy four times; the journals beside them have what was measured."""
    dataset = ingest(H100)
    table = dataset.table
    four = table[(table["metric"] == "energy_per_token") & (table["factor.concurrency"] == "4")]
    assert len(four) == 32 and four["value"].mean() == pytest.approx(0.77, abs=0.01)
    analysis = analyse(dataset)
    (effect,) = (e for e in analysis.effects if e.metric == "decode_rate" and e.factor == "num_gpu")
    assert (effect.subject, effect.ratio) == ("rand:1b", pytest.approx(18.1, abs=0.2))
    sheet, outline = composed(analysis, dataset, title="h100")
    (paragraph,) = next(s for s in outline.sections if s.key == "verdict").blocks
    lead = Desk(analysis, dataset, sheet).render(paragraph.sentences[0].text)  # type: ignore[union-attr]
    assert "num_gpu" in lead, "what the GPU is worth leads, not the 4 % of a setting beside it"
    told = {(s.metric, *s.condition.items()): s for s in analysis.summaries if s.suite in ("b-conc", "b-gpu")}
    assert told["energy_per_token", ("concurrency", "4")].mean == pytest.approx(0.77, abs=0.01)
    assert told["decode_rate", ("num_gpu", "0")].n == told["decode_rate", ("num_gpu", "99")].n == 12
    # Other models were loaded in four of the runs: the RAM of all is no model's own.
    ram = table[table["metric"] == "ram"]
    assert {str(s) for s in ram["suite"]} == {"b-default", "b-long"}
    told = {s.key: " ".join(x.text for b in s.blocks for x in getattr(b, "sentences", ())) for s in outline.sections}
    said = Desk(analysis, dataset, sheet).render(" ".join(told.values()))
    assert "lowest memory" not in said and "memory of num_gpu" not in said and "From num_gpu" not in said
    assert "by the client's clock it is 258 tokens/s with 99 and 19 tokens/s with 0" in said
    # The logs of the GPU beside the runs are no experiment: its temperature is no setting, its counter no result.
    assert {e.suite for e in analysis.effects} == {"b-gpu"}
    assert not [a.kind for a in analysis.alerts if a.subject == "" and a.kind in ("change_point", "high_cv", "trend")]
    left = {s.path: s.reason for s in dataset.sources if s.status == "skipped"}
    assert set(left) == {f"{p.parent.name}/runs.csv" for p in H100.glob("b-*/runs.csv")}
    assert all("read from runs.journal" in reason for reason in left.values())
