"""The last gate, mutated: whatever is changed in an answer after it was made is caught."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.query import World, checked
from chimera_report.tools.schema import Answer, Sentence

QUESTIONS = {
    "power": (
        "which model has the lowest energy per token?",
        "is alpha:3b faster than beta:7b?",
        "is beta:7b faster than alpha:3b?",
        "why is beta:7b faster than alpha:3b?",
        "does num_ctx affect the decode rate of beta:7b?",
        "what is the power of gamma:13b?",
        "decode rate of beta:7b at num_ctx 8192",
        "rank the models by VRAM",
        "compare alpha:3b and gamma:13b",
        "fastest model with less than 5000 MiB VRAM",
    ),
    "sweep": (
        "compare small:1b and large:7b",
        "warm TTFT of small:1b",
        "does temperature change the TTFT of large:7b?",
        "is large:7b slower than small:1b?",
    ),
}
NAMES = {"power": ("alpha:3b", "beta:7b", "gamma:13b"), "sweep": ("small:1b", "large:7b")}
WORDS = {
    "higher": "lower", "lower": "higher", "highest": "lowest", "lowest": "highest", "faster": "slower",
    "ahead of": "behind", "leads": "trails", "differ by at most": "differ by at least", "raises": "lowers",
    "warm": "cold-start", "times": "%", "coincides with": "is caused by", "cannot be told": "can be told",
}  # fmt: skip


def mutants(answer: Answer, names: tuple[str, ...]) -> Iterator[tuple[str, Answer]]:
    """Answers that differ from a true one in one place of what the reader sees."""
    for place, text in enumerate(answer.text):

        def seen(changed: str, place: int = place) -> Answer:
            texts = (*answer.text[:place], changed, *answer.text[place + 1 :])
            return answer.model_copy(update={"text": texts})

        for m in re.finditer(r"\d", text):
            yield "digit", seen(text[: m.start()] + str((int(m[0]) + 1) % 10) + text[m.end() :])
        for a in names:
            for b in names:
                if a != b and a in text:
                    yield "name", seen(text.replace(a, b))
        for word, other in WORDS.items():
            if re.search(rf"\b{word}\b", text):
                yield "direction", seen(re.sub(rf"\b{word}\b", other, text, count=1))
        for unit, other in (("tokens/s", "tokens/min"), ("J/token", "mJ/token"), (" ms", " s"), ("MiB", "GiB")):
            if unit in text:
                yield "unit", seen(text.replace(unit, other))
        yield "cause", seen(text[:-1] + ", because of its size.")
        yield "advice", seen("As an expert I would say: " + text)
        yield "dropped", answer.model_copy(update={"text": (*answer.text[:place], *answer.text[place + 1 :])})
    yield "added", answer.model_copy(update={"text": (*answer.text, "All of this holds on any machine.")})
    first = answer.text[0]
    for lead, other in (("Yes: ", "No: "), ("No: ", "Yes: "), ("It is not so: ", "Yes: ")):
        if first.startswith(lead):
            yield "lead", answer.model_copy(update={"text": (other + first.removeprefix(lead), *answer.text[1:])})
    for claim in answer.sheet.claims:
        refuted = claim.model_copy(update={"verdict": "REFUTED"})
        rest = tuple(refuted if c.id == claim.id else c for c in answer.sheet.claims)
        if any("{{" + claim.id in s.text for s in answer.sentences):
            yield "verdict", answer.model_copy(update={"sheet": answer.sheet.model_copy(update={"claims": rest})})
    for fact in answer.sheet.facts:
        if any("{{" + fact.id in s.text for s in answer.sentences):
            rest_ = tuple(f for f in answer.sheet.facts if f.id != fact.id)
            yield "fact", answer.model_copy(update={"sheet": answer.sheet.model_copy(update={"facts": rest_})})


@pytest.mark.parametrize(("name", "question"), [(n, q) for n, qs in QUESTIONS.items() for q in qs])
def test_every_mutant_is_caught(name: str, question: str, request: pytest.FixtureRequest, ask) -> None:
    world: World = request.getfixturevalue(name)
    answer = ask(world, question)
    assert answer.outcome == "answered"
    assert checked(answer) == []
    made = [(kind, mutant) for kind, mutant in mutants(answer, NAMES[name]) if mutant != answer]
    assert len(made) >= 8
    missed = [(kind, mutant.text) for kind, mutant in made if not checked(mutant)]
    assert not missed


def test_a_models_sentence_is_judged_as_in_a_report(power: World, ask) -> None:
    answer = ask(power, "compare the power of alpha:3b and beta:7b")
    first = answer.sentences[0]
    clause = next(c.clause for c in answer.sheet.claims if c.id in first.claims)
    a, b = (f"{{{{{f.id}}}}}" for f in answer.sheet.facts if f.id in clause and f.value in NAMES["power"])
    swapped = clause.replace(a, "@").replace(b, a).replace("@", b)

    def by_model(text: str) -> list[str]:
        sentence = Sentence.model_validate({**first.model_dump(), "text": text, "author": "model", "wording": "free"})
        texts = (render_text(text, answer.sheet), *answer.text[1:])
        return checked(
            answer.model_copy(update={"sentences": (sentence, *answer.sentences[1:]), "text": texts, "author": "model"})
        )

    assert by_model(clause[:1].upper() + clause[1:] + ".") == []
    assert by_model(swapped[:1].upper() + swapped[1:] + ".")
    assert by_model("alpha:3b is the best model that money can buy.")
    assert by_model("{{" + first.claims[0] + "}}, because it is smaller.")
