"""Answers on folders with a known truth: what they say first, under conditions, and to what is taken for granted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, checked, reply, understand

TAKEN_FOR_GRANTED = {
    "is num_ctx 8192 slower for beta:7b?": "Yes: ",
    "is num_ctx 2048 slower for beta:7b?": "No: ",
    "why is num_ctx 2048 slower for beta:7b?": "It is not so: ",
    "does a larger context slow down beta:7b?": "Yes: ",
    "does a smaller context slow down beta:7b?": "No: ",
    "does num_ctx change the decode rate of alpha:3b?": "No: ",
    "is alpha:3b faster than beta:7b?": "Yes: ",
    "does beta:7b use more VRAM than alpha:3b?": "No: ",
    "is gamma:13b faster than alpha:3b?": "No: ",
    "is beta:7b the slowest?": "Yes: ",
    "is alpha:3b the fastest?": "It shares the place: ",
}


@pytest.mark.parametrize("question", TAKEN_FOR_GRANTED)
def test_what_is_taken_for_granted_is_answered(power: World, ask, question: str) -> None:
    answer = ask(power, question)
    assert answer.text[0].startswith(TAKEN_FOR_GRANTED[question]), answer.text
    assert checked(answer) == []


def test_a_setting_that_falls_with_cold_starts_is_not_blamed(sweep: World, ask) -> None:
    answer = ask(sweep, "why is the TTFT so high at temperature 0.2?")
    assert answer.text[0].startswith("That cannot be told: ")
    assert "cold start" in answer.text[0]


@pytest.mark.parametrize(
    ("question", "ends"),
    [
        ("TTFT of small:1b", ("61.6 ms", "warm start", "2205.7 ms", "cold start")),
        ("warm TTFT of small:1b", ("61.6 ms", "70.7 ms")),
        ("TTFT of small:1b at temperature 0.2 at a cold start", ("2.014 s", "2.206 s")),
    ],
)
def test_cold_and_warm_starts_have_no_common_value(sweep: World, ask, question: str, ends: tuple[str, ...]) -> None:
    told = ask(sweep, question).text[0]
    assert all(x in told for x in ends), told


def test_warm_runs_that_are_not_there_are_not_made_up(sweep: World, ask) -> None:
    answer = ask(sweep, "TTFT of small:1b at temperature 0.2 without cold starts")
    assert answer.outcome == "declined"
    assert answer.verdict == "INSUFFICIENT"
    assert "cold start" in answer.text[0]


def test_what_the_data_cannot_say_comes_first_then_the_nearest(power: World, ask) -> None:
    answer = ask(power, "p99 of the VRAM of alpha:3b")
    assert answer.outcome == "declined"
    assert (
        answer.text[0]
        == "The data cannot answer that: the p99 of the VRAM needs at least 100 observations, there are 24."
    )
    assert re.search(r"nearest.*4471 MiB", answer.text[1])


def test_a_metric_that_no_file_holds_comes_with_the_run_that_measures_it(power: World, ask) -> None:
    answer = ask(power, "what is the TTFT of alpha:3b?")
    assert answer.outcome == "declined"
    assert answer.command.startswith("chimera-report bench alpha:3b")
    assert answer.choices


def test_bounds_are_counted_and_kept(power: World, ask) -> None:
    counted = ask(power, "how many models use less than 5000 MiB of VRAM?")
    assert counted.text[0] == "2 of 3 have a VRAM below 5000 MiB under all of their conditions: beta:7b, alpha:3b."
    none = ask(power, "fastest model with less than 10 W")
    assert none.text[0].startswith("None of the groups of records keeps power < 10 W")


def test_copies_and_failures_are_named(sweep: World, ask) -> None:
    copies = ask(sweep, "which files are duplicates?")
    assert [list(row) for row in copies.tables[0].rows] == [["large_param_tuning.csv", "backup/large_param_tuning.csv"]]
    assert ask(sweep, "did any run fail?").text[0].startswith("Yes: 1 of 72 records")
    assert ask(sweep, "did large:7b fail?").text[0].startswith("No: ")


def test_rows_are_those_of_the_files(power: World, ask) -> None:
    answer = ask(power, "what is the VRAM of beta:7b at num_ctx 8192?", "show me the rows behind that")
    lines = power.dataset.table
    assert len(answer.rows) == 12
    for row in answer.rows:
        found = lines[(lines["where"] == row.where) & (lines["metric"] == "vram")].iloc[0]
        assert found["subject"] == "beta:7b"
        assert found["factor.num_ctx"] == "8192"
        assert row.value == f"{found['value']:.6g} MiB"


def test_the_same_query_gets_the_same_words(power: World, ask) -> None:
    assert ask(power, "compare alpha:3b and beta:7b") == ask(power, "compare alpha:3b and beta:7b")


def test_models_on_machines_of_their_own_have_no_leader(tmp_path: Path, ask) -> None:
    rows = [f"{h},{m},{rate + i}" for h, m, rate in (("big", "m:7b", 100), ("laptop", "m:3b", 40)) for i in range(8)]
    (tmp_path / "r.csv").write_text("host,model,tok_s\n" + "\n".join(rows))
    answer = ask(World(ingest(tmp_path), target="r"), "which model is faster?")
    assert not any("leads" in t or "ahead of" in t for t in answer.text)
    assert any("host changes only together with the model" in t for t in answer.cannot)


def test_a_level_that_was_measured_twice_does_not_follow_itself(tmp_path: Path, ask) -> None:
    entries = [
        {"model": "m:7b", "concurrency": c, "mean_ttft_ms": 50 + c, "mean_decode_rate_tokens_s": 100 - c + i, "n": 200}
        for c in (1, 8, 32)
        for i in range(2)
    ]
    (tmp_path / "r.json").write_text(json.dumps({"results": entries}))
    answer = ask(World(ingest(tmp_path), target="r"), "which concurrency has the lowest ttft?")
    assert "concurrency 1 has the lowest" in answer.text[0].lower()
    assert "concurrency 8 follows" in answer.text[0]


def test_settings_is_a_plural(sweep: World, ask) -> None:
    answer = ask(sweep, "which is the best configuration of large:7b?")
    assert answer.choices
    assert all(c.startswith("which settings have the best") for c in answer.choices)
    again = ask(sweep, answer.choices[0])
    assert again.text
    assert not again.choices


def test_a_part_of_a_name_is_of_the_rows_that_say_so_in_a_column(tmp_path: Path) -> None:
    rows = [
        f"m:8b,{g},{p},{e + i % 3}"
        for g, e in (("Nvidia A100", 10), ("Nvidia H100", 20))
        for p in ("fp8", "fp16")
        for i in range(4)
    ]
    (tmp_path / "a100_h100_fp8.csv").write_text("model,device,precision,throughput_tok_s\n" + "\n".join(rows) + "\n")
    world = World(ingest(tmp_path), target="runs")
    told = reply(understand("how many records are there for the A100?", world), world, "")
    assert "8 records" in " ".join(told.text)


def test_beside_the_levels_that_were_measured_the_nearest_are_told(power: World, ask) -> None:
    found = ask(power, "decode rate at num_ctx 4096")
    assert found.outcome == "declined"
    assert "2048 and 8192" in found.text[0] and len(found.text) > 1, found.text
