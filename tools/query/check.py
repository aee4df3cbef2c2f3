"""The last look at an answer before a reader sees it: nothing in it that its own facts and claims do not carry."""

from __future__ import annotations

import re

from chimera_report.tools.claims import check_sentence, render_text
from chimera_report.tools.schema import Answer


def checked(answer: Answer) -> list[str]:
    """What is wrong with an answer; [] where nothing is. Placeholders have facts, the claims that are told are
    SUPPORTED, the text is what the placeholders give, and a model's sentence passes the check of a report."""
    wrong: list[str] = []
    claims = {c.id: c for c in answer.sheet.claims}
    for sentence in answer.sentences:
        try:
            shown = render_text(sentence.text, answer.sheet)
        except KeyError as exc:
            wrong.append(f"{sentence.id} names {exc}, which the answer does not have")
            continue
        told = [claims[i] for i in re.findall(r"\{\{(C\d+)\}\}", sentence.text) if i in claims]
        wrong += [f"{c.id} is {c.verdict}: {c.reason}" for c in told if c.verdict != "SUPPORTED"]
        if not any(shown.lower() in text.lower() for text in answer.text):
            wrong.append(f"{sentence.id} is not what a reader sees")
        if sentence.author == "model":
            wrong += [f.message for f in check_sentence(sentence.text, sentence, answer.sheet)]
    return wrong
