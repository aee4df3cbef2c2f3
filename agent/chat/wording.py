"""An answer's first free sentence in the model's words, as far as the checker accepts them."""

from __future__ import annotations

from chimera_report.agent import writing
from chimera_report.agent.chat.context import Context
from chimera_report.tools.claims import render_text
from chimera_report.tools.schema import Answer, Sentence


def word(answer: Answer, context: Context) -> Answer:
    """The answer itself, or one whose first free sentence the model worded. Nothing else is offered to it."""
    place = _free(answer)
    if place is None:
        return answer
    model, tier = context.model()
    if model is None or tier == "none":
        return answer
    sentence = answer.sentences[place]
    call = writing.ask(model, sentence, answer.sheet)
    if call.error or call.done_reason == "timeout":
        context.notes.append("the model did not answer in time; these are code's own words")
        return answer
    text, findings = writing.judge(writing.parse(call), sentence, answer.sheet, "phrase")
    if findings or not text or writing.unchanged(text, sentence, answer.sheet):
        return answer
    worded = sentence.model_copy(update={"text": text, "author": "model"})
    sentences = (*answer.sentences[:place], worded, *answer.sentences[place + 1 :])
    shown = (*answer.text[:place], render_text(text, answer.sheet), *answer.text[place + 1 :])
    return answer.model_copy(update={"sentences": sentences, "text": shown, "author": "model"})


def _free(answer: Answer) -> int | None:
    """The first sentence that a model may word and that has more than one wording; those with a word of code before
    them ("Yes: …") stay as they are."""
    if answer.outcome != "answered" or len(answer.text) != len(answer.sentences):
        return None
    for place, sentence in enumerate(answer.sentences):
        if (
            sentence.wording == "free"
            and _plain(answer, place, sentence)
            and writing.has_choice(sentence, answer.sheet, ())
        ):
            return place
    return None


def _plain(answer: Answer, place: int, sentence: Sentence) -> bool:
    return answer.text[place].lower() == render_text(sentence.text, answer.sheet).lower()
