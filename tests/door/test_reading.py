"""How a report without a model reads, by figures that fall when it gets worse: its length before the evidence, words a
sentence, four-word runs that return, and sentences made by one template.

The folders: `data/`, one as people leave theirs (a load test, a sweep, a table of scores, a document that states other
numbers), and the real corpus where it is at hand.
"""

from __future__ import annotations

import collections
import json
import re
import statistics
from pathlib import Path
from typing import NamedTuple

import pytest

import chimera_report as cr

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "../shared/corpus/chimera-101"
REPEATS, TEMPLATES, WORDS, LINES = 8.0, 5.0, 20.0, 150  # per cent, per cent, words, lines
# Of a few files, a report has few sentences, and names of systems and metrics return in them.
SMALL = {"repeats": 20.0, "templates": 8.0, "words": 23.0}


class Figures(NamedTuple):
    repeats: float  # per cent of the four-word runs stand more than once
    templates: float  # per cent of the sentences have the skeleton of another
    words: float  # a sentence
    lines: int  # before the evidence
    sentences: int


def figures(markdown: str) -> Figures:
    """Of the prose alone: no headings, tables, notes, pictures or code."""
    body = markdown.partition("\n## Evidence")[0]
    plain = re.sub(r"```.*?```", "", body, flags=re.DOTALL)
    skip = re.compile(r"\s*(#|\||>|\[\^|!\[|\*\*[A-Z][\w ]+:\*\*)")
    prose = [line for line in plain.splitlines() if line.strip() and not skip.match(line)]
    prose = [re.sub(r"\[\^[^\]]*\]|^\s*(?:[-*]|\d+\.)\s+", "", line) for line in prose]
    told = [s.strip() for line in prose for s in re.split(r"(?<=[.!?])[*_]*\s+(?=[*_`]*[A-Z0-9])", line)]
    told = [s for s in told if len(s.split()) > 2]
    legends = {s for s in told if s.startswith(("Marks: ", "Bars: "))}  # the same below each picture that needs it
    told = [*legends, *(s for s in told if s not in legends)]
    words = [re.findall(r"[\w'’.:%-]+", s.lower()) for s in told]
    runs = collections.Counter(tuple(w[i : i + 4]) for w in words for i in range(len(w) - 3))
    skeletons = collections.Counter(re.sub(r"`[^`]*`|\S*[\d_.:]\S*\w", "#", s.rstrip(".")).lower() for s in told)
    return Figures(_share(runs), _share(skeletons), statistics.mean(map(len, words)), len(body.splitlines()), len(told))


def _share(counts: collections.Counter[tuple[str, ...]] | collections.Counter[str]) -> float:
    return 100 * sum(n for n in counts.values() if n > 1) / max(1, sum(counts.values()))


def as_people_leave_it(folder: Path) -> Path:
    """Four models under load, a sweep of two settings, scores, and a README whose numbers are of another day."""
    speeds = {"alpha:1b": 91.0, "beta:3b": 64.0, "gamma:7b": 38.0, "delta:8b": 36.5}
    for k, (model, speed) in enumerate(speeds.items()):
        lost = 12 if k > 1 else 0
        levels = [
            {
                "concurrency": c,
                "completed": 40 - (lost if c == 64 else 0),
                "failed": lost if c == 64 else 0,
                "output_throughput": speed * c**0.8,
                "mean_ttft_ms": 40.0 * (k + 1) + 9 * c,
                "p99_ttft_ms": 95.0 * (k + 1) + 30 * c,
            }
            for c in (1, 4, 16, 64)
        ]
        (folder / f"load_{model.replace(':', '_')}.json").write_text(json.dumps({"model": model, "levels": levels}))
    rows = ["model,num_ctx,quantisation,run,decode_tps,ttft_ms"]
    for k, (model, speed) in enumerate(speeds.items()):
        for ctx in (2048, 8192):
            for q, gain in (("q4_0", 1.3), ("q8_0", 1.0)):
                for run in range(7):
                    rate, wait = speed * gain * (1 + 0.004 * run) - ctx / 4096, (60 + ctx / 100 + run) * (1 + 0.3 * k)
                    rows.append(f"{model},{ctx},{q},{run},{rate:.2f},{wait:.1f}")
    (folder / "sweep.csv").write_text("\n".join(rows) + "\n")
    scores = [f"{m},{task},{s}" for m, base in zip(speeds, (0.42, 0.55, 0.71, 0.7), strict=True) for task, s in
              (("math", base), ("code", base + 0.06))]  # fmt: skip
    (folder / "scores.csv").write_text("model,task,accuracy\n" + "\n".join(scores) + "\n")
    head = "# Results\n\n| Model | Tokens/s |\n|---|---|\n"
    (folder / "README.md").write_text(head + "".join(f"| {m} | {s * 2:.1f} |\n" for m, s in speeds.items()))
    return folder


def check(found: Figures, repeats: float = REPEATS, templates: float = TEMPLATES, words: float = WORDS) -> None:
    assert found.repeats <= repeats, found
    assert found.templates <= templates, found
    assert found.words <= words, found
    assert found.lines <= LINES, found
    assert found.sentences >= 10, found  # a report that says nothing repeats nothing


def test_the_folder_that_comes_with_the_program_reads_well() -> None:
    check(figures(cr.report(ROOT / "data").markdown), repeats=10.0)  # of sixteen sentences


def test_a_folder_as_people_leave_theirs_reads_well(tmp_path: Path) -> None:
    check(figures(cr.report(as_people_leave_it(tmp_path)).markdown), **SMALL)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")
def test_the_corpus_reads_well() -> None:
    made = cr.report(CORPUS)
    check(figures(made.markdown))
    assert "all numbers that differ, in 7 sets" in made.markdown  # what two documents say of 59 measured values


def test_the_figures_tell_repetition_from_prose() -> None:
    same = figures("\n".join(f"The rate of the model {i}.0 is {i}.5 tokens/s in all." for i in range(12)))
    assert same.templates == 100.0 and same.repeats > 30
    assert figures("One thing stands here. Another one is told in words of its own.\n\n| a | b |\n").templates == 0
