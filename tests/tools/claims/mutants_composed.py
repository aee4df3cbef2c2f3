"""Lies about whole paragraphs, as a model would compose them: wrong connectives, references that point elsewhere,
merged and split sentences that say something else, warnings that are left out. And honest compositions.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from chimera_report.tools.claims import paragraphs, render_text
from chimera_report.tools.claims.paragraphs import JOINS, Piece
from chimera_report.tools.schema import Bullets, FactSheet, Finding, Outline, Paragraph, Relation, Sentence

WRITTEN = ("verdict", "findings", "actions", "doubts")
Run = tuple[tuple[Sentence, ...], list[Relation]]
_WRONG = {
    "": (", but ", ", so ", ", because ", ", and therefore ", ", although "),
    "elaboration": (", but ", ", so ", ", because ", ", which shows that ", ", although ", ", unless "),
    "contrast": (", so ", ", because ", ", and therefore ", ", which means that "),
    "consequence": (", but ", ", because ", ", although ", ", unless "),
    "condition": (", but ", ", so ", ", because "),
    "because": (", but ", ", so ", ", although "),
}
_WARNS = re.compile(r"\b(?:few|small sample|open|association|no finding|seen|not a test|loaded|differ|artefact)\b")


def runs(plan: Outline) -> list[Run]:
    """The paragraphs of more than one sentence, with the relation of each sentence."""
    related: dict[str, Relation] = {m.sentence: m.relation for p in plan.plan.paragraphs for m in p.moves}
    found: list[tuple[Sentence, ...]] = []
    for section in (s for s in plan.sections if s.key in WRITTEN):
        for block in section.blocks:
            if isinstance(block, Paragraph | Finding):
                found.append(block.sentences)
            elif isinstance(block, Bullets):
                found += block.items
    return [(s, _relations(related, s)) for s in found if len(s) > 1]


def _relations(related: dict[str, Relation], sentences: Sequence[Sentence]) -> list[Relation]:
    return [related.get(x.id, "") for x in sentences]


def honest(run: Run, sheet: FactSheet, chance: random.Random, many: int) -> Iterator[str]:
    """Compositions that the plan licenses, as a reader sees them."""
    sentences, related = run
    for _ in range(many):
        pieces: list[Piece] = []
        joined, before = 0, ""
        for place in range(len(sentences)):
            piece = chance.choice(list(paragraphs.forms(place, sentences, related, sheet, before, joined)))
            joined = joined + 1 if piece.join and not piece.join.startswith(".") else 0
            before = piece.text
            pieces.append(piece)
        made = paragraphs.realised(pieces, sentences)
        yield " ".join(render_text(s.text, sheet) for s in made)


def lies(run: Run, sheet: FactSheet, chance: random.Random) -> Iterator[tuple[str, str]]:
    """`(class, text)`: paragraphs that say something else."""
    sentences, related = run
    texts = [render_text(s.text, sheet) for s in sentences]
    bare = [t[:1].lower() + t[1:] if not t[1:2].isupper() else t for t in (_plain(x) for x in texts)]
    for place in range(1, len(texts)):
        head = " ".join(texts[:place]).removesuffix(".")
        tail = " ".join(texts[place + 1 :])
        rest = f" {tail}" if tail else ""
        for wrong in _WRONG[related[place]]:
            if wrong not in JOINS[related[place]]:
                yield "connective", f"{head}{wrong}{bare[place]}{rest}"
        for opening in ("Therefore, ", "Because of that, ", "However, ", "As a result, ", "Unlike it, "):
            if f". {opening}" not in JOINS[related[place]]:
                yield "connective", f"{head}. {opening}{bare[place]}{rest}"
        # A name becomes "it" although another was named, or something else stands before it.
        opened = re.match(r"\{\{F\d+(?::\w+)?\}\}", sentences[place].text)
        if opened is not None:
            name = render_text("x" + opened[0], sheet)[1:]
            same = texts[place - 1].startswith(name)
            if not same:
                yield "reference", f"{head}, and it{texts[place][len(name) :]}{rest}"
            yield "reference", f"{head}. They{texts[place][len(name) :]}{rest}"
            yield "reference", f"{head}. The other{texts[place][len(name) :]}{rest}"
        for mark in list(re.finditer(r"\{\{F\d+(?::\w+)?\}\}", sentences[place].text))[:3]:
            name = render_text("x" + mark[0], sheet)[1:]
            if name[:1].isalpha() and name in texts[place]:
                for other in ("it", "the other", "both"):
                    yield "reference", f"{head}. {texts[place].replace(name, other, 1)}{rest}"
        # The end of one sentence with the beginning of another.
        a, b = texts[place - 1].removesuffix(".").split(" "), texts[place].removesuffix(".").split(" ")
        if len(a) > 4 and len(b) > 4:
            cut = chance.randrange(2, min(len(a), len(b)) - 1)
            before = " ".join(texts[: place - 1])
            start = f"{before} " if before else ""
            yield "merged", f"{start}{' '.join(a[:cut])} {' '.join(b[cut:])}.{rest}"
            yield "merged", f"{start}{' '.join(a)} and {' '.join(b[cut:])}.{rest}"
        if len(b) > 6:
            cut = chance.randrange(3, len(b) - 2)
            end = b[cut][:1].upper() + b[cut][1:]
            yield "split", f"{head}. {' '.join(b[:cut])}. {' '.join([end, *b[cut + 1 :]])}.{rest}"
            yield "split", f"{head}. {' '.join(b[:cut])}.{rest}"
        if _WARNS.search(texts[place]) or related[place] == "contrast":
            yield "dropped warning", f"{head}.{rest}"
            yield "dropped warning", " ".join([*texts[:place], _softened(texts[place]), *texts[place + 1 :]])
        if place + 1 < len(texts):
            turned = [*texts[:place], texts[place + 1], texts[place], *texts[place + 2 :]]
            yield "order", " ".join(turned)
            yield "order", " ".join([texts[place], *texts[:place], *texts[place + 1 :]])


def _plain(text: str) -> str:
    for start in ("But ", "So "):
        text = text.removeprefix(start)
    return text


def _softened(text: str) -> str:
    """A warning without what it warns of."""
    plain = re.sub(r"\b(?:not|no|never|too few|only|but)\b ?", "", text)
    return plain if plain != text else "That is certain."


def caught(text: str, run: Run, sheet: FactSheet) -> bool:
    """Whether the checker refuses the text as a composition of the paragraph."""
    return paragraphs.parse(text, *_apart(run), sheet) is None


def _apart(run: Run) -> tuple[Sequence[Sentence], Sequence[Relation]]:
    return run
