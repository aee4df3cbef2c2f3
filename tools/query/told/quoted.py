"""Sentences of the report itself in an answer: each with its own facts, which are numbered anew."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.schema import Bullets, Finding, Paragraph, Sentence

_CLAIM = re.compile(r"\{\{(C\d+)\}\}")
_FACT = re.compile(r"\{\{(F\d+)((?::\w+)?)\}\}")


def sentences_of(telling: Telling, *keys: str) -> Iterator[Sentence]:
    """What each bullet and paragraph of a section of the report says; of a finding, its title."""
    report = telling.world.report
    for section in report.sections if report is not None else ():
        if section.key not in keys:
            continue
        for block in section.blocks:
            match block:
                case Bullets():
                    yield from (s for item in block.items for s in item[:1])
                case Paragraph():
                    yield from block.sentences
                case Finding():
                    ids = tuple(m[1] for m in _FACT.finditer(block.title))
                    yield Sentence(id="S000", text=block.title + ".", claims=(), facts=ids)


def quote(telling: Telling, sentence: Sentence) -> str:
    """The sentence with the placeholders of this answer, a claim of it as its own words; "" where one does not hold."""
    if telling.world.report is None:
        return ""
    held = {f.id: f for f in telling.world.report.sheet.facts}
    claims = {c.id: c for c in telling.world.report.sheet.claims if c.verdict == "SUPPORTED"}
    if any(m[1] not in claims for m in _CLAIM.finditer(sentence.text)):
        return ""
    text = _CLAIM.sub(lambda m: claims[m[1]].clause, sentence.text)
    if any(m[1] not in held for m in _FACT.finditer(text)) or "{{C" in text:
        return ""

    def anew(found: re.Match[str]) -> str:
        ident = f"F{len(telling.facts) + 1:03d}"
        telling.facts[ident] = held[found[1]].model_copy(update={"id": ident})
        return "{{" + ident + found[2] + "}}"

    made = _FACT.sub(anew, text)
    return made[:1].upper() + made[1:] if re.match(r"[a-z]+[ ,]", made) else made


def say_all(telling: Telling, *keys: str, most: int = 8, having: str = "") -> int:
    """Tells the sentences of sections of the report, those with a word alone where one is given; how many were told."""
    told = 0
    for sentence in sentences_of(telling, *keys):
        if told == most:
            telling.cannot.append(f"the report says more of this in its section {keys[0]}")
            break
        if having and having not in sentence.text:
            continue
        if text := quote(telling, sentence):
            telling.say(text)
            told += 1
    return told
