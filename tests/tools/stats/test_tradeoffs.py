"""Speed against quality: found where the same systems have both, in one suite or in two; said with both numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Tradeoff
from chimera_report.tools.stats import analyse, evaluate


def tradeoffs(tmp_path: Path, files: dict[str, str]) -> list[Tradeoff]:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    dataset = ingest(tmp_path)
    found = list(analyse(dataset).tradeoffs)
    assert [evaluate(dataset, i.recipe) for i in found] == found
    return found


def test_the_fastest_model_is_not_the_best_one(tmp_path: Path) -> None:
    text = "model,decode_tps,mmlu\nsmall,213,0.45\nmiddle,83,0.89\nlarge,38,0.91\n"
    (item,) = tradeoffs(tmp_path, {"r.csv": text})
    assert (item.fast, item.best, item.outcome) == ("small", "large", "trade")
    assert (item.fast_speed, item.fast_quality, item.best_quality) == pytest.approx((213, 0.45, 0.91))
    assert item.ratio == pytest.approx(213 / 38) and item.loss == pytest.approx(0.46)


def test_a_lower_perplexity_is_better(tmp_path: Path) -> None:
    (item,) = tradeoffs(tmp_path, {"r.csv": "model,tokens_per_second,perplexity\na,100,9.5\nb,50,6.1\n"})
    assert (item.fast, item.best) == ("a", "b")


def test_one_that_is_both(tmp_path: Path) -> None:
    (item,) = tradeoffs(tmp_path, {"r.csv": "model,ttft_ms,accuracy\na,10,0.8\nb,50,0.7\n"})
    assert item.outcome == "one" and item.fast == item.best == "a" and item.fast_speed == pytest.approx(0.010)


def test_formats_of_weights_meet_across_a_load_test_and_a_harness(tmp_path: Path) -> None:
    load = "technique,batch_size,tokens_per_second\n" + "".join(
        f"{q},{b},{v}\n" for q, v in (("fp16", 36), ("awq", 85)) for b in (1, 8)
    )
    quality = "method,task,accuracy\n" + "".join(
        f"{q},{t},{v}\n" for q, v in (("fp16", 0.77), ("awq", 0.75)) for t in ("arc", "hellaswag")
    )
    found = tradeoffs(tmp_path, {"load.csv": load, "scores.csv": quality})
    item = next(i for i in found if i.axis == "quantisation")
    assert (item.fast, item.best) == ("awq", "fp16")


def test_speeds_are_compared_under_the_load_that_all_had(tmp_path: Path) -> None:
    load = "model,concurrency,output_throughput_tok_s\na,1,50\na,64,2000\nb,1,60\n"
    found = tradeoffs(tmp_path, {"r.csv": load, "q.csv": "model,accuracy\na,0.8\nb,0.7\n"})
    assert [(i.fast, round(i.fast_speed, 6)) for i in found] == [("b", 60)]


@pytest.mark.parametrize(
    "text",
    [
        "model,decode_tps\na,1\nb,2\n",  # no score
        "model,accuracy\na,0.1\nb,0.2\n",  # no speed
        "model,decode_tps,accuracy\na,10,0.5\n",  # one system
        "model,decode_tps,accuracy\na,10,0.5\nb,20,0.5\n",  # alike
        "model,decode_tps,accuracy\na,10,\nb,,0.5\n",  # of different systems
    ],
)
def test_none_where_there_is_none(tmp_path: Path, text: str) -> None:
    assert tradeoffs(tmp_path, {"r.csv": text}) == []


def test_scores_of_two_tests_are_not_one_score(tmp_path: Path) -> None:
    head = "precision,task,tokens_per_second,score\n"
    rows = [("fp16", "mmlu", 40, 0.58), ("q4", "mmlu", 103, 0.57), ("fp16", "ner", 20, 0.65), ("q4", "ner", 51, 0.62)]
    found = tradeoffs(tmp_path, {"r.csv": head + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in rows)})
    told = {(i.within, i.place): (round(i.fast_speed, 9), i.fast_quality, i.best_quality) for i in found}
    assert told == {("task", "mmlu"): (103, 0.57, 0.58), ("task", "ner"): (51, 0.62, 0.65)}


def test_perplexities_of_two_models_are_not_averaged(tmp_path: Path) -> None:
    text = "model,quant,tok/s,perplexity\n" + "".join(
        f"{m},{q},{v},{p}\n"
        for m, q, v, p in (
            ("a:1b", "fp16", 12, 10.5),
            ("a:1b", "int8", 4, 10.4),
            ("b:2b", "fp16", 7, 6.3),
            ("b:2b", "int8", 5, 6.4),
        )
    )
    found = [i for i in tradeoffs(tmp_path, {"r.csv": text}) if i.axis == "quantisation"]
    assert {(i.place, i.fast, i.best, i.outcome) for i in found} == {
        ("a:1b", "fp16", "int8", "trade"),
        ("b:2b", "fp16", "fp16", "one"),
    }


def test_a_speed_that_was_measured_apart_stands_beside_each_test(tmp_path: Path) -> None:
    files = {
        "s.csv": "model,tokens_per_second\na:1b,50\nb:2b,30\n",
        "r.csv": "model,task,perplexity\na:1b,wiki,9\nb:2b,wiki,7\na:1b,code,4\nb:2b,code,5\n",
    }
    found = tradeoffs(tmp_path, files)
    assert {(i.place, i.fast, i.best) for i in found} == {("wiki", "a:1b", "b:2b"), ("code", "a:1b", "a:1b")}
