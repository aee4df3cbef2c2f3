"""Questions of somebody who decides, in several wordings, and the follow-ups that keep their subject."""

# ruff: noqa: E501, F811 — questions are read as a table; fixtures of other files

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chimera_report.tools.query import World, checked, understand
from chimera_report.tools.query.reader.consult import kind_of
from chimera_report.tools.query.reader.shapes import corrected, said
from chimera_report.tools.schema import Answer, Ask, Decline

from .test_engines import at, engines, near, shown, table  # noqa: F401  the worlds that are talked about
from .test_reader import clouds, truth  # noqa: F401

Asked = Callable[..., Answer]

KINDS = {
    "limits": ["what must I not conclude from this?", "what can we not claim from these numbers", "any caveats?", "what does the data not show?", "what should we be careful about"],
    "files": ["which file can i trust, there are three csvs", "which csv should we use?", "which of these files is right", "what json should I believe", "which file is the latest"],
    "repeated": ["did they repeat?", "how noisy is it", "were the runs repeated", "was each config measured more than once?", "how many repeats did they do", "any repeats?"],
    "trusted": ["can I trust this?", "is the data reliable?", "how much can we trust it", "can we rely on these numbers", "should I believe the scores"],
    "drop": ["which models should we drop?", "which ones can we get rid of", "what can we drop", "which of them could I skip", "which models are useless?"],
    "next": ["what would you measure next?", "what to rerun before we buy", "what should be measured next?", "what should we test next", "what else should we measure before the decision"],
    "everything": ["did everything run?", "did anything crash", "any problems?", "did all models finish", "has anything gone wrong"],
    "prices": ["what would it cost", "which is cheapest per 1k requests", "price per million tokens?", "how expensive is it", "how much did it cost"],
    "normal": ["is that normal?", "is this to be expected", "is that a lot?", "is that high", "so is that plausible?"],
    "noise": ["is that noise?", "could that be chance", "is that difference significant?", "is this just luck", "is that within the noise"],
    "worth": ["is it worth it", "does it pay off?", "should we turn it on", "should i always turn it on?", "is that worth the trouble"],
    "should": ["should I use q4_0?", "should we switch to kiln", "is fp8 worth it?", "should we always enable caching", "is the 3b worth it over the 1.5b?"],
    "which_for": ["which should I take for long prompts?", "which model would you use", "what should we deploy for chat", "which one then", "so which one?"],
    "each": ["so thats the best service?", "is it the best one?", "so that is the best", "is that one the best overall", "that's the best model then?"],
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_known_by_its_shape(kind: str) -> None:
    assert {q: kind_of(q)[0] for q in KINDS[kind]} == dict.fromkeys(KINDS[kind], kind)


@pytest.mark.parametrize(
    "question",
    ["which model is fastest?", "mean ttft of kiln", "how many requests failed?", "did any run fail?", "what should I do next?", "what does it cost in accuracy?", "does a longer prompt cost time", "is kiln faster than ember?", "which engine has the highest throughput?", "how much memory does it use?"],
)  # fmt: skip
def test_others_are_no_advice(question: str) -> None:
    assert kind_of(question)[0] in ("", "prices", "everything"), question


def test_repeats_are_counted(clouds: World, engines: World, ask: Asked, truth: Any) -> None:
    sizes = truth.dropna(subset=["tokens_s"]).groupby(["provider", "model", "prompt"]).size()
    told = ask(clouds, "how often did they repeat each of them?")
    assert not checked(told)
    assert near(told.text[0], float(sizes.max())), (told.text, sizes)
    once = ask(engines, "did they repeat?")
    assert once.text[0].startswith("Nothing was repeated")
    assert near(once.text[0], float(len(table())))


def test_money_is_absent_and_only_that(clouds: World) -> None:
    for question in KINDS["prices"]:
        found = understand(question, clouds)
        assert isinstance(found, Decline)
        assert "money" in found.reason
    assert not isinstance(understand("how much longer does the long prompt take to the first token?", clouds), Decline)


def test_who_leads_under_a_condition(engines: World, ask: Asked) -> None:
    made = ask(engines, "which engine should we take at concurrency 8?")
    assert not checked(made)
    best = max(("kiln", "ember", "spark.cpp"), key=lambda e: at(e, 8, "throughput_tok_s"))
    assert best in made.text[0]
    assert near(made.text[0], at(best, 8, "throughput_tok_s"))
    assert any("quality" in c for c in made.cannot)


def test_whether_to_take_one_of_two_looks_at_every_condition(engines: World, ask: Asked) -> None:
    made = ask(engines, "is kiln faster than ember at concurrency 1?", "should we always use it?")
    assert not checked(made)
    assert made.text[0].startswith("It depends"), made.text  # ember leads under load


def test_a_pronoun_without_anything_before_is_asked_back(engines: World) -> None:
    assert isinstance(understand("should we turn it on?", engines), Ask)
    assert isinstance(understand("is that normal?", engines), Decline)


def test_nothing_is_leaned_on_advice(clouds: World, ask: Asked, truth: Any) -> None:
    """ "And the 9b?", after a question of trust, is of the value before it."""
    told = ask(clouds, "mean tokens/s of the 3b on altus", "can I trust this?", "and the 9b?")
    own = truth[(truth.provider == "altus") & (truth.model == "owl:9b")].tokens_s.mean()
    assert near(told.text[0], float(own)), told.text


def test_a_bare_why_is_of_what_was_told(engines: World, ask: Asked) -> None:
    made = ask(engines, "how fast is kiln?", "why the difference?")
    assert not checked(made)
    assert made.text[0].startswith("The data gives no reason")
    assert "concurrency" in " ".join(made.text)
    pair = ask(engines, "kiln vs ember at concurrency 4", "why?")
    assert "kiln" in pair.text[0]
    assert "ember" in pair.text[0]
    after = ask(engines, "how fast is the moon?", "why?")
    assert after.outcome != "answered"


def test_an_order_stays_an_order(engines: World, ask: Asked) -> None:
    at_one = ask(engines, "which engine has the highest throughput at concurrency 8?", "and at concurrency 1?")
    best = max(("kiln", "ember", "spark.cpp"), key=lambda e: at(e, 1, "throughput_tok_s"))
    assert best in at_one.text[0]
    much = ask(engines, "rank the engines by throughput at concurrency 8", "by how much?")
    order = sorted(("kiln", "ember", "spark.cpp"), key=lambda e: -at(e, 8, "throughput_tok_s"))
    ratio = at(order[0], 8, "throughput_tok_s") / at(order[1], 8, "throughput_tok_s")
    assert near(shown(much), ratio), much.text


def test_a_third_is_put_beside_two(engines: World, ask: Asked) -> None:
    made = ask(engines, "kiln vs ember throughput at concurrency 4", "and spark.cpp?")
    assert all(near(shown(made), at(e, 4, "throughput_tok_s")) for e in ("kiln", "ember", "spark.cpp")), made.text
    against = ask(engines, "kiln vs ember throughput at concurrency 4", "vs spark.cpp?")
    assert near(shown(against), at("kiln", 4, "throughput_tok_s") / at("spark.cpp", 4, "throughput_tok_s"))
    assert "ember" not in " ".join(against.text)


def test_a_document_is_held_against_the_data(engines: World, ask: Asked) -> None:
    for question in (
        "README says spark.cpp is the fastest, true?",
        "the report claims that spark.cpp is the fastest. right?",
    ):
        made = ask(engines, question)
        assert made.outcome == "answered"
        assert any(w in made.text[0] for w in ("It is not so", "No")), (question, made.text)


@pytest.mark.parametrize(
    ("question", "instead"),
    [
        ("no, I meant the 9b", "and 9b"),
        ("sorry, i meant fp16", "and fp16"),
        ("i was asking about kiln", "and kiln"),
        ("actually I mean at concurrency 8", "and at concurrency 8"),
        ("mean tokens/s of the 3b", "mean tokens/s of the 3b"),
        ("no", "no"),
    ],
)
def test_a_correction_changes_what_was_asked(question: str, instead: str) -> None:
    assert corrected(question) == instead


def test_what_a_document_says() -> None:
    assert said("README says Gemma 2 2B is best quality overall, true?") == "is Gemma 2 2B the best quality overall?"
    assert said("the paper claims that vllm is the fastest") == "is vllm the fastest?"
    assert said("which model is fastest?") == "which model is fastest?"


def test_it_is_what_was_told_last(engines: World, ask: Asked) -> None:
    assert isinstance(understand("is it also the fastest?", engines), Ask)
    made = ask(engines, "which engine has the lowest ttft at concurrency 8?", "is it also the slowest one?")
    assert made.outcome == "answered"
    assert "is the slowest" not in made.text[0]
    assert made.text[0].startswith(("It is so", "It is not so")), made.text


def test_who_is_first_is_of_all(engines: World, ask: Asked) -> None:
    """ "Is spark.cpp the fastest?" is not answered by the values of spark.cpp."""
    for question in (
        "is spark.cpp the fastest?",
        "is spark.cpp the fastest engine",
        "so is spark.cpp the fastest one?",
    ):
        made = ask(engines, question)
        assert made.outcome != "answered" or "ember" in " ".join(made.text) or "kiln" in " ".join(made.text), made.text


def test_no_answer_is_of_a_declined_question(engines: World, ask: Asked) -> None:
    made = ask(engines, "how much does the frobnicator give kiln?", "worst one")
    assert made.outcome != "answered", made.text


def test_how_many_there_are_is_no_level(engines: World, ask: Asked) -> None:
    """ "At 8 for all four": four things, and not four users."""
    made = ask(engines, "ttft at concurrency 8 for all three")
    assert all(near(shown(made), at(e, 8, "ttft_ms_p50")) for e in ("kiln", "ember", "spark.cpp")), made.text


@pytest.mark.parametrize(
    "question", ["does concurrency change mmlu for kiln?", "and gsm8k?", "kiln vs ember on humaneval"]
)
def test_a_test_of_answers_is_not_answered_by_speed(engines: World, ask: Asked, question: str) -> None:
    assert ask(engines, "kiln throughput at concurrency 4", question).outcome != "answered"


def test_a_memory_of_zero_was_not_measured(tmp_path: Any, ask: Asked) -> None:
    from chimera_report.tools.ingest import ingest

    frame = table().assign(peak_vram_mib=0.0)
    frame.to_csv(tmp_path / "summary.csv", index=False)
    made = ask(World(ingest(tmp_path), target=str(tmp_path)), "how much vram does kiln use?")
    assert made.outcome == "declined"
    assert "not measured" in made.text[0] or "0" in made.text[0]
