"""What a setting that can be left out does, and questions whose words another reading would have dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, reply, understand
from chimera_report.tools.schema import Query

# Target → its rate without a draft, and with each draft.
RATES = {
    "wren 9B": (20.0, {"0.4B": 60.0, "2B": 45.0}),
    "wren 3B": (80.0, {"0.4B": 88.0, "2B": 40.0}),
    "wren 70B": (5.0, {"0.4B": 10.0, "2B": 12.5}),
}


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three targets, each without a draft and with two: of six pairs one is slower."""
    folder = tmp_path_factory.mktemp("drafts") / "spec"
    folder.mkdir()
    rows = []
    for target, (alone, with_) in RATES.items():
        for draft, rate in ((None, alone), *with_.items()):
            share = None if draft is None else {"0.4B": 0.6, "2B": 0.8}[draft]
            rows.append(
                {"target": target, "draft": draft, "mean_tps": rate, "mean_ttft": 0.2, "acceptance_rate": share}
            )
    (folder / "wren.json").write_text(json.dumps({"backend": "llamacpp", "results": rows}))
    return World(ingest(folder), target=str(folder))


@pytest.fixture(scope="module")
def tests(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two number formats on two tests of answers at two loads; the cache is called fp16 as the weights are."""
    folder = tmp_path_factory.mktemp("tests") / "formats"
    folder.mkdir()
    lines = ["model,weight_quant,kv_quant,workload,concurrency,num_requests,accuracy,throughput_tok_s,p95_ttft_ms"]
    for weight, kv, base in (("fp16", "fp16", 100), ("fp16", "fp8", 95), ("w4a16", "fp16", 200)):
        for work, right in (("gsm8k", 0.75), ("mmlu", 0.6)):
            for load, n in ((8, 64), (64, 512)):
                loss = 0.1 if weight == "w4a16" else 0.0
                rate = base * load * (0.5 if work == "mmlu" else 1)
                lines.append(f"heron-8b,{weight},{kv},{work},{load},{n},{right - loss:.2f},{rate},{load * 10}")
    (folder / "runs.csv").write_text("\n".join(lines) + "\n")
    return World(ingest(folder), target=str(folder))


def told(world: World, *questions: str) -> str:
    previous: list[Query] = []
    text = ""
    for question in questions:
        answer = reply(understand(question, world, previous), world, question)
        previous += [answer.query] if answer.query is not None else []
        text = " ".join(answer.text)
        for fact in answer.sheet.facts:
            text = text.replace(f"{{{{{fact.id}}}}}", fact.display)
    return text


@pytest.mark.parametrize(
    "question", ["what is the biggest speedup?", "biggest speedup with a draft", "largest gain from a draft?"]
)
def test_the_largest_gain_is_told_against_none(drafts: World, question: str) -> None:
    text = told(drafts, question)
    assert "3×" in text
    assert "60" in text and "20" in text and "wren 9B" in text


def test_how_often_it_is_slower(drafts: World) -> None:
    text = told(drafts, "how often does a draft make it slower?")
    assert "Of 6 conditions" in text
    assert "worse in 1" in text


def test_of_one_target(drafts: World) -> None:
    text = told(drafts, "does a draft help wren 3b?")
    assert text.startswith("It depends: of 2 conditions")
    assert "0.5000×" in text and "1.100×" in text


def test_of_one_pair(drafts: World) -> None:
    text = told(drafts, "how much faster is wren 70b with a 2b draft?")
    assert "2.5" in text


@pytest.mark.parametrize(
    "question", ["decode rate of wren 70b without a draft", "Wie schnell ist wren 70B ohne Draft?"]
)
def test_without_it(drafts: World, question: str) -> None:
    text = told(drafts, question)
    assert "is 5 tokens/s" in text
    assert "12.5" not in text


def test_the_first_of_an_order_keeps_its_conditions(drafts: World) -> None:
    said = ("which draft is best for wren 70b?", "how much faster is that than without a draft?")
    assert "2.5" in told(drafts, *said)
    text = told(drafts, *said, "and its acceptance rate?")
    assert "80.0 %" in text
    assert "60.0 %" not in text
    assert "80.0 %" in told(drafts, said[0], "and its acceptance rate?")
    assert "12.5" in told(drafts, said[0], "how fast is it?")


def test_levels_of_one_column_are_its_sides(tests: World) -> None:
    text = told(tests, "how does w4a16 do on gsm8k accuracy compared to fp16?")
    assert "1.154" in text


@pytest.mark.parametrize("question", ["does fp8 help on gsm8k?", "does fp8 kv help on gsm8k?"])
def test_a_test_may_be_the_place(tests: World, question: str) -> None:
    text = told(tests, question)
    assert text.startswith("No")
    assert "accuracy" not in text


@pytest.mark.parametrize("question", ["which quantisation has the best mmlu?", "best mmlu by quantisation?"])
def test_a_test_may_be_what_is_asked(tests: World, question: str) -> None:
    text = told(tests, question)
    assert "accuracy" in text
    assert "tokens/s" not in text


def test_a_load_is_no_number_of_requests(tests: World) -> None:
    assert "640" in told(tests, "p95 ttft of w4a16 at 64 on gsm8k")


def test_another_test_keeps_the_metric(tests: World) -> None:
    text = told(tests, "throughput of w4a16 on gsm8k at concurrency 64", "and mmlu?")
    assert "6400" in text
    text = told(tests, "accuracy of w4a16 on gsm8k at concurrency 64", "and mmlu?")
    assert "50.0 %" in text


def test_by_how_much_after_an_order_of_configurations(tests: World) -> None:
    text = told(tests, "which config is fastest at concurrency 64 on gsm8k?", "by how much?")
    assert "2" in text and "12800" in text and "6400" in text


def test_a_ratio_of_what_was_done_is_no_condition(tmp_path: Path) -> None:
    lines = ["model,generation_tps,workload_ratio,prompt_type"]
    for model, rate in (("owl:q4_0", 12.0), ("owl:q8_0", 3.0)):
        lines += [
            f"{model},{rate},{0.8 + i / 100 + (0.005 if rate > 5 else 0)},{'story' if i % 2 else 'news'}"
            for i in range(6)
        ]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    world = World(ingest(tmp_path), target=str(tmp_path))
    assert "4.000 times" in told(world, "how much slower is q8_0 than q4_0?")
    assert "highest" not in told(world, "does owl get slower with longer prompts?")


@pytest.mark.parametrize("question", ["how many measurements are in here?", "how many records are there?"])
def test_what_stands_in_two_files_is_counted_once(tmp_path: Path, question: str) -> None:
    head = "model,host,quantisation,decode_tps,energy_j\n"
    quants = ("q2", "q3", "q4", "q5", "q6", "q8", "f16")
    parts = {
        h: "".join(
            f"owl-7b,{h},{q},{10.37 + 1.13 * i + len(h)},{500.21 - 7.7 * i * len(h)}\n" for i, q in enumerate(quants)
        )
        for h in ("north", "southern")
    }
    for host, rows in parts.items():
        (tmp_path / f"{host}.csv").write_text(head + rows)
    (tmp_path / "all.csv").write_text(head + "".join(parts.values()))
    world = World(ingest(tmp_path), target=str(tmp_path))
    assert "14 records" in told(world, question)


def test_a_name_of_two_columns_keeps_the_one_that_was_meant(tmp_path: Path) -> None:
    """A target and a draft may have one name: "with a 3B draft" leaves the target 3B as it is."""
    rows = []
    for target, alone in (("3B", 30.0), ("9B", 9.0)):
        rows.append({"target": target, "draft": None, "mean_tps": alone, "acceptance_rate": None})
        rows += [
            {"target": target, "draft": d, "mean_tps": alone * k, "acceptance_rate": 0.5}
            for d, k in (("1B", 2), ("3B", 1.5))
        ]
    (tmp_path / "heron.json").write_text(json.dumps({"backend": "llamacpp", "results": rows}))
    world = World(ingest(tmp_path), target=str(tmp_path))
    text = told(world, "decode rate of 3B without a draft", "and with a 1B draft?")
    assert "60" in text
    assert "18" not in text
