"""What a report must not say: absences of what may be there, advice that nobody can follow, caveats that are wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chimera_report.tools.report.again import akin
from tests.tools.report.test_unread import written

SPEED = "model,quant,tokens_per_s\na-7b,Q4_K_M,60\na-7b,Q8_0,40\nb-7b,Q4_K_M,50\nb-7b,Q8_0,30\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("summary.md", "# Run\n\n| Metric | Trial 1 | Trial 2 |\n| --- | --- | --- |\n| Final Score | 93 | 91 |\n"),
        ("eval.csv", "model,answer_quality_v2\na-7b,good\nb-7b,poor\n"),
        ("quality/results.json", '{"notes": ["see the wiki"]}'),
        ("README.md", "# Accuracy\n\n| Model | Accuracy |\n| --- | --- |\n| a-7b | 71.2 % |\n| b-7b | 68.0 % |\n"),
        ("mmlu.csv", "model,mmlu\na-7b,0.61\nb-7b,0.58\n"),
    ],
)
def test_scores_that_may_be_there_are_not_called_absent(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(SPEED)
    assert "No score of the answers" in written(tmp_path)["limits"]
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert "No score of the answers" not in written(tmp_path)["limits"]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("nodes", "node"), ("gpu", "detected_gpu_name"), ("num_gpus", "gpu_list"), ("hosts", "host_name"),
        ("engine", "engine_id"),
    ],
)  # fmt: skip
def test_names_of_one_thing_are_not_varied_apart(a: str, b: str) -> None:
    assert akin(a, b) and akin(b, a)
    assert not akin("num_thread", "num_gpu") and not akin("quantisation", "context_length")


def test_memory_that_is_allocated_needs_no_random_order(tmp_path: Path) -> None:
    rows = [f"m-7b,{c},{4673 + c // 20 + i % 3},{50 + i % 4}" for c in (4096, 32768) for i in range(8)]
    (tmp_path / "r.csv").write_text("model,num_ctx,vram_mb,tokens_per_s\n" + "\n".join(rows) + "\n")
    made = written(tmp_path)
    assert "what matters to GPU memory is num_ctx" in made["verdict"]
    assert "association" not in made["findings"]


def test_the_verdict_and_the_section_count_the_same_columns(tmp_path: Path) -> None:
    names = [f"qx{i}_thing" for i in range(12)]
    lines = [f"a-7b,{40 + i}," + ",".join(f"v{i * j % 7}z{i}" for j in range(12)) for i in range(6)]
    (tmp_path / "r.csv").write_text("model,tokens_per_s," + ",".join(names) + "\n" + "\n".join(lines) + "\n")
    made = written(tmp_path)
    first = re.search(r"(\d+) columns were not", made["verdict"])
    later = re.search(r"(\d+) columns were not understood", made["doubts"])
    assert first and later and first[1] == later[1]
