"""No value in a sentence is a mean over unlike conditions: the licence, that no class of result is outside of it, and
what reports say of folders where a mean would mislead."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from chimera_report.tools.claims import ids_in, render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import composed
from chimera_report.tools.schema import Dataset, Finding, Paragraph, Result, Summary
from chimera_report.tools.schema import results as classes
from chimera_report.tools.statements import licensed, registry
from chimera_report.tools.statements.licence import ENDS, MEANS
from chimera_report.tools.stats import analyse

# Classes of result whose values are no means of rows over conditions, and why.
_NO_MEANS = {
    "Alert": "its numbers are those of one condition, or counts, by the code of each alert",
    "Interaction": "ratios within one level of the other setting",
    "Correlation": "a rank correlation",
    "Stated": "a document's number beside the mean under its own settings",
    "Changes": "counts",
    "Inventory": "counts",
    "Effect": "`over` is set from the rows of each level",
}


def every_class(root: type[Result]) -> set[type[Result]]:
    found = set(root.__subclasses__())
    return found | {c for f in found for c in every_class(f)}


def test_each_class_of_result_has_its_place_in_the_licence() -> None:
    """A class with a part that could be a mean says over what it is one, or why it is none."""
    for cls in every_class(Result):
        if not cls.__module__.startswith("chimera_report.tools.schema"):
            continue
        means = MEANS & set(cls.model_fields)
        assert means or cls.__name__ in _NO_MEANS or not _values(cls), cls.__name__
    assert {k for k in _NO_MEANS if not hasattr(classes, k)} == set()


def _values(cls: type[Result]) -> bool:
    return any("float" in str(f.annotation) for f in cls.model_fields.values())


def test_each_kind_of_statement_is_about_a_class_that_the_licence_knows() -> None:
    for kind in registry().values():
        assert issubclass(kind.result, Result)
        assert "over" in kind.result.model_fields


def test_a_mean_over_unlike_conditions_has_no_licence_and_its_ratio_has() -> None:
    recipe = {"function": "summary", "args": {}}
    mixed = Summary.model_validate({"recipe": recipe, "suite": "s", "subject": "m", "metric": "ttft", "over": ["load"]})
    like = mixed.model_copy(update={"over": ()})
    for field in ("gmean", "p50", "mean", "p95"):
        assert not licensed(mixed, field)
        assert licensed(like, field)
    for field in ("ratio", "1/ratio-1", "#over", "n", "min", "max", "ratio_ci.low"):
        assert licensed(mixed, field)
    assert {"low", "high"} == ENDS


# --- reports ----------------------------------------------------------------------------------------------------------


def told(folder: Path) -> tuple[str, Dataset]:
    """Verdict and findings of the report, as a reader sees them."""
    dataset = ingest(folder)
    sheet, made = composed(analyse(dataset), dataset, title="Report")
    parts = []
    for section in made.sections:
        for block in section.blocks if section.key in ("verdict", "findings") else ():
            parts += [block.title + "."] if isinstance(block, Finding) else []
            parts += [s.text for s in block.sentences] if isinstance(block, Finding | Paragraph) else []
    assert all(ids_in(p) is not None for p in parts)
    return "\n".join(render_text(p, sheet) for p in parts), dataset


def sweep(folder: Path, header: str, rows: Sequence[tuple[object, ...]]) -> str:
    text = "\n".join([header, *(",".join(map(str, r)) for r in rows)])
    (folder / "runs.csv").write_text(text + "\n", encoding="utf-8")
    return told(folder)[0]


def measured(text: str, unit: str) -> set[float]:
    return {float(x) for x in re.findall(rf"(\d+(?:\.\d+)?) {unit}", text)}


MODELS = {"a:1b": 100.0, "b:7b": 20.0, "c:70b": 4.0}


@pytest.mark.parametrize("factor", ["engine", "quantisation", "tensor_parallel", "gpu", "batch_size"])
def test_every_value_in_words_is_a_measured_one(tmp_path: Path, factor: str) -> None:
    """One reading a cell of models that are far apart: each rate in the text is one of the cells."""
    levels = {"engine": ("vllm", "sglang"), "quantisation": ("q4", "q8"), "gpu": ("H100", "A100")}.get(factor, (1, 8))
    rows = [
        (m, x, n, round(v * (1 + i) * (1 + 0.1 * j), 1))
        for (m, v), (i, x), (j, n) in itertools.product(MODELS.items(), enumerate(levels), enumerate((1, 16, 64)))
    ]
    text = sweep(tmp_path, f"model,{factor},concurrency,tokens_per_second", rows)
    cells = {r[3] for r in rows}
    for value in measured(text, "tokens/s"):
        assert any(abs(value - c) <= 0.06 * c for c in cells), f"{value} is in no row:\n{text}"
    assert text


def test_a_sweep_that_was_not_tried_with_every_model_has_the_matched_ratio(tmp_path: Path) -> None:
    """Small models on few devices, large ones on many: the plain means say the opposite of every pair."""
    rows = [("a:1b", 1, 100), ("a:1b", 2, 150), ("b:7b", 1, 40), ("b:7b", 2, 60)]
    rows += [("c:70b", 2, 4), ("c:70b", 4, 6), ("b:7b", 4, 80), ("d:8b", 1, 42), ("d:8b", 2, 63), ("d:8b", 4, 84)]
    text = sweep(tmp_path, "model,num_gpus,tokens_per_second", rows)
    assert not re.search(r"num_gpus 1 generates", text)
    assert "num_gpus 4 generates 2.00 times as fast as num_gpus 1" in text


def test_an_order_that_turns_with_the_load_is_told_as_that(tmp_path: Path) -> None:
    loads, speeds = (1, 2, 8, 64), (("x", (50, 80, 90, 120)), ("y", (30, 60, 110, 300)))
    rows = [(e, n, v) for e, vs in speeds for n, v in zip(loads, vs, strict=True)]
    text = sweep(tmp_path, "engine,concurrency,output_tokens_per_second", rows)
    assert "Up to concurrency 2 x is ahead of y" in text
    assert "from 8 on it is behind" in text


def test_an_order_that_holds_here_and_there_is_no_winner(tmp_path: Path) -> None:
    rows = [("x", p, v) for p, v in zip("abcdef", (10, 20, 30, 40, 50, 60), strict=True)]
    rows += [("y", p, v) for p, v in zip("abcdef", (20, 10, 60, 20, 99, 30), strict=True)]
    text = sweep(tmp_path, "engine,dataset,tokens_per_second", rows)
    assert "Neither x nor y is ahead everywhere" in text or not re.search(r"\b[xy] generates [\d.]+ times", text)


def test_rows_that_nothing_tells_apart_and_that_are_far_apart_are_no_value(tmp_path: Path) -> None:
    """Two models in one table without a column for them."""
    rows = [("top", 18.0), ("top", 6.6), ("bottom", 0.45), ("bottom", 0.9)]
    text = sweep(tmp_path, "layout,ttft_s", rows)
    assert not measured(text, "s") & {10.9, 11.0, 0.64}
    assert "times as long to the first token as bottom" not in text


def test_repeats_of_one_thing_have_their_mean(tmp_path: Path) -> None:
    rows = [(m, i, round(v * (1 + 0.01 * (i % 3 - 1)), 2)) for m, v in (("a:1b", 100), ("b:7b", 40)) for i in range(6)]
    text = sweep(tmp_path, "model,run,tokens_per_second", rows)
    assert "2.5 times as fast as b:7b" in text
    assert {100.0, 40.0} <= measured(text, "tokens/s")
