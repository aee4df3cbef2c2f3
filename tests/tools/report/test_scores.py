"""Scores of the answers, and who is first over several suites: counted again from the rows that were written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import composed
from chimera_report.tools.schema import Analysis, Finding
from chimera_report.tools.scored import better
from chimera_report.tools.stats import analyse, evaluate

PCS = ("DESKTOP-1F6C8", "BEAST_BOY", "VIBE-PC", "A-DAN-VAASI")
SPEEDS = {"ant:3b": (90.0, 60.0, 41.0, 22.0), "bee:4b": (70.0, 45.0, 33.0, 25.0), "cat:7b": (31.0, 20.0, 12.0, 9.0)}
RIGHT = {"ant:3b": 0.64, "bee:4b": 0.6, "cat:7b": 0.55}


def _machines(folder: Path, score: str) -> Analysis:
    for i, pc in enumerate(PCS):
        rows = [
            {
                "model": model,
                "temperature": t,
                "tokens_per_second": speed[i] + t / 10,
                score: round(RIGHT[model] - t / 50 + i / 500, 4),
            }
            for model, speed in SPEEDS.items()
            for t in (0, 1)
        ]
        (folder / pc).mkdir()
        (folder / pc / f"extended_results_{pc}_GPU.json").write_text(json.dumps({"entries": rows}), encoding="utf-8")
    return analyse(ingest(folder))


def _told(folder: Path) -> str:
    dataset = ingest(folder)
    sheet, made = composed(analyse(dataset), dataset, title="t")
    blocks = [b for s in made.sections for b in s.blocks if isinstance(b, Finding)]
    texts = [t for b in blocks for t in (b.title, *(s.text for s in b.sentences))]
    return "\n".join(render_text(t, sheet) for t in texts)


@pytest.mark.parametrize("score", ["factuality_score", "judge_accuracy", "code_correctness", "qa_f1", "agent_score"])
def test_who_is_first_is_counted_over_machines(score: str, tmp_path: Path) -> None:
    analysis = _machines(tmp_path, score)
    by_metric = {i.metric: i for i in analysis.leads if i.axis == "subject"}
    speed, quality = by_metric["decode_rate"], by_metric[score]
    assert (speed.names[0], speed.wins, len(speed.points)) == ("ant:3b", (6, 2, 0), 8)
    assert (quality.names[0], quality.wins[0], quality.lasts[-1]) == ("ant:3b", 8, 8)
    assert speed.points[speed.narrowest].values[0] < speed.points[speed.narrowest].values[1]  # on dan's machine
    text = _told(tmp_path)
    assert "ant:3b generates up to 33 % faster than bee:4b, in 6 of 8 conditions and behind in 2" in text
    assert f"ant:3b has the highest {score.replace('_', ' ')} under all 8 conditions" in text
    assert "ant:3b generates 2.4 to 3.4 times as fast as cat:7b, in all 8 conditions" in text


@pytest.mark.parametrize(
    "name",
    ["composite_score", "efficiency_score", "latency_score", "combined_score", "load_factor", "score_time", "z_score"],
)
def test_a_mixture_is_no_score_of_answers(name: str) -> None:
    assert better(name) == ""


def _tasks(folder: Path, right: dict[str, int], n: int = 32) -> Analysis:
    for name, count in right.items():
        tasks = [
            {"task": f"t{i // 2}", "sample": i % 2, "passed": i < count, "completion_tokens": 200 + i, "tok_s": 30.0}
            for i in range(n)
        ]
        summary = {"pass_at_1": count / n}
        config = {"model": name, "max_tokens": 4000}
        (folder / f"run_{name}.json").write_text(
            json.dumps({"config": config, "summary": summary, "results": tasks}), encoding="utf-8"
        )
    return analyse(ingest(folder))


@pytest.mark.parametrize("worst", [2, 9, 14, 18, 20])
def test_runs_of_the_same_tasks_stand_on_one_board(worst: int, tmp_path: Path) -> None:
    analysis = _tasks(tmp_path, {"ant": 31, "bee": 30, "cat": worst})
    (board,) = (b for b in analysis.boards if b.metric == "pass_rate")
    assert [e.subject for e in board.entries] == ["ant", "bee", "cat"] and board.tasks == 16
    assert [(e.right, e.n) for e in board.entries] == [(31, 32), (30, 32), (worst, 32)]
    assert board.apart is True
    text = _told(tmp_path)
    assert "96.9 % (31 of 32)" in text and f"({worst} of 32)" in text
    again = evaluate(ingest(tmp_path), board.recipe)
    assert again == board


@pytest.mark.parametrize("worst", [31, 30, 29, 28, 27])
def test_what_chance_gives_as_well_is_no_order(worst: int, tmp_path: Path) -> None:
    analysis = _tasks(tmp_path, {"ant": 32, "bee": 31, "cat": worst})
    (board,) = (b for b in analysis.boards if b.metric == "pass_rate")
    assert board.apart is False
    assert "are not told apart" in _told(tmp_path)


def test_runs_of_other_tasks_are_not_compared(tmp_path: Path) -> None:
    _tasks(tmp_path, {"ant": 31})
    _tasks(tmp_path, {"bee": 10}, n=12)
    assert not [b for b in analyse(ingest(tmp_path)).boards if b.metric == "pass_rate"]


@pytest.mark.parametrize(
    ("name", "a", "b"),
    [("gpu", "M4 Max", "M5 Max"), ("backend", "mlx", "llama.cpp"), ("quantisation", "q8_0", "q4_k_m"),
     ("driver", "one", "two"), ("engine", "vllm", "sglang")],
)  # fmt: skip
def test_a_setting_is_told_over_suites_of_one_model_each(name: str, a: str, b: str, tmp_path: Path) -> None:
    gains = {"ant-3b": 1.3, "bee-4b": 2.0, "cat-7b": 1.6, "dog-9b": 3.1, "elk-32b": 2.4}
    for model, gain in gains.items():
        rows = [
            {"model": model, name: level, "prefill_tok_s": 500 * by, "decode_tok_s": 40 * by**0.2}
            for level, by in ((a, 1.0), (b, gain))
        ]
        (tmp_path / f"{model}.json").write_text(json.dumps(rows), encoding="utf-8")
    found = [i for i in analyse(ingest(tmp_path)).leads if i.metric == "prefill_rate" and i.axis != "subject"]
    if not found:  # the files were read as one suite, of which other statements tell
        assert len({s.name for s in analyse(ingest(tmp_path)).inventory.suites}) < 2
        return
    (item,) = found
    assert (item.names[0], item.wins, item.suites) == (b, (5, 0), 5)
    assert item.points[item.widest].values == (1550.0, 500.0)
    assert item.points[item.narrowest].values == (650.0, 500.0)
