"""By whose clock an answer's decode rate is: told where a server's counters leave out what a client waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, checked
from chimera_report.tools.schema import Answer


def world(folder: Path, share: float) -> World:
    lines = ["model,num_gpu,randomised,decode_rate,client_decode_rate,ttft_s"]
    for i in range(16):
        rate = (20.0, 200.0)[i % 2] * (1 + 0.01 * ((7 * i) % 5 - 2))
        lines.append(f"m:1b,{(0, 99)[i % 2]},true,{rate:.4f},{rate * share:.4f},{0.2 + 0.001 * i:.4f}")
    (folder / "runs.csv").write_text("\n".join(lines) + "\n")
    return World(ingest(folder), target=str(folder))


@pytest.mark.parametrize(("share", "told"), [(0.5, True), (0.98, False)])
def test_an_answer_says_by_whose_clock_it_is(
    tmp_path: Path, ask: Callable[..., Answer], share: float, told: bool
) -> None:
    held = world(tmp_path, share)
    for question in ("What is the decode rate of m:1b?", "Which num_gpu has the best decode rate?"):
        made = ask(held, question)
        assert made.outcome == "answered" and not checked(made)
        assert any("server's counters" in c for c in made.cannot) == told, made.cannot
    for question in ("What is the client's decode rate of m:1b?", "What is the TTFT of m:1b?"):
        assert not any("server's counters" in c for c in ask(held, question).cannot)
