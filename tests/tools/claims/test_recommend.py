from __future__ import annotations

import shlex

import pytest

from chimera_report.tools.claims import commands
from chimera_report.tools.schema import RecommendationClaim


@pytest.mark.parametrize(
    "command",
    [
        "chimera-report ../data",
        "chimera-report 'a folder'",
        "chimera-report doctor",
        "chimera-report bench gemma3:270m",
        "chimera-report bench gemma3:270m gemma3:latest --factor num_ctx=1024,2048 --design full --runs 10 --out x",
        "chimera-report bench hf.co/user/model:Q4_K_M --time-budget 10m --runs auto",
    ],
)
def test_commands_that_the_program_accepts(command: str) -> None:
    assert commands.problem(command) == ""


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf /",
        "chimera-report",
        "chimera-report --out x",
        "chimera-report bench",
        "chimera-report bench --runs 10",
        "chimera-report bench m:1 --runs 0",
        "chimera-report bench m:1 --factor prompt=a",
        "chimera-report bench m:1 --factor num_ctx=1024;reboot",
        "chimera-report bench m:1 --unknown 1",
        "chimera-report bench $(reboot)",
        "chimera-report bench m:1 --out",
        "chimera-report a b",
        "chimera-report 'unclosed",
    ],
)
def test_commands_that_it_does_not(command: str) -> None:
    assert commands.problem(command) != ""


def test_a_command_is_quoted_for_a_shell() -> None:
    command = commands.again("a folder; rm -rf /")
    assert shlex.split(command) == ["chimera-report", "a folder; rm -rf /"]
    assert commands.again("--version") == ""
    assert commands.bench(["m:1; reboot"], runs=3) == ""
    assert commands.bench(["m:1"], factors={"prompt": ["a"]}, runs=3) == ""


@pytest.mark.parametrize(
    ("name", "can"),
    [("gemma3:270m", True), ("llama3.1:8b-instruct-q4_0", True), ("conv", False), ("a b:c", False), ("-x:1", False)],
)
def test_names_that_can_be_models_of_ollama(name: str, can: bool) -> None:
    assert commands.runnable(name) is can


def test_recommendations_follow_from_what_was_found(planted) -> None:
    found = [c for c in planted.sheet.claims if isinstance(c, RecommendationClaim) and c.verdict == "SUPPORTED"]
    claims = {c.id: c for c in planted.sheet.claims}
    assert {c.action for c in found} >= {"prefer", "separate_cold_start", "do_not_tune", "investigate_errors"}
    for claim in found:
        assert all(claims[b].verdict == "SUPPORTED" for b in claim.because)
        assert claim.scope
        assert not claim.command or commands.problem(claim.command) == ""
    apart = next(c for c in found if c.action == "separate_cold_start")
    assert apart.command.startswith("chimera-report bench ")
    assert "--factor temperature=0.2,0.4,0.8" in apart.command


@pytest.mark.corpus
def test_recommendations_of_the_corpus_name_only_models_that_ollama_can_have(corpus) -> None:
    found = [c for c in corpus.sheet.claims if isinstance(c, RecommendationClaim) and c.command]
    assert found
    for claim in found:
        assert commands.problem(claim.command) == ""
        assert " conv " not in claim.command
