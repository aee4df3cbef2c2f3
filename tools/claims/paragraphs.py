"""A paragraph as a model composed it: the same statements in the same order, joined, told apart and pointed back to,
as far as the plan licenses it.

The paragraph's plan gives each sentence its licensed wordings and its relation to what was said before. What may stand
between two statements follows from the relation: "but" where a direction is opposed, "so" where something follows,
"and" where a subject is shared. A text is taken apart clause by clause; each clause must be a wording of its statement,
each connective one of its relation, each "it" the name that the clause before began with. A text that is not taken
apart to its last character is refused: this is an allowlist, as for sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chimera_report.tools.claims.lexicon import PLACEHOLDER
from chimera_report.tools.claims.wording import render_text
from chimera_report.tools.claims.wordings import wordings
from chimera_report.tools.schema import FactSheet, Relation, Sentence

LONGEST = 60  # words of a sentence that was joined
_STARTS = ("But ", "So ")
# What may stand before a statement, by its relation. A full stop always may.
JOINS: dict[str, tuple[str, ...]] = {
    "": (". ",),
    "elaboration": (". ", ", and ", "; "),
    "contrast": (". ", ", but ", ". However, ", ", yet "),
    "consequence": (". ", ", so ", ". Therefore, "),
    "condition": (". ", "; "),
    "because": (". ", ", because "),
}
# A statement that opens with one of these points back to the sentence before it and cannot be moved into another.
_BACK = ("That ", "This ", "These ", "There ", "Of ", "So few ", "Against ", "It ")


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a composed paragraph."""

    sentence: str  # id
    join: str  # what stands before it; "" at the head of the paragraph
    text: str  # as the sentence words it, with placeholders, a capital and no full stop
    it: bool = False  # its first name is said as "it"

    def dump(self) -> list[str]:
        return [self.sentence, self.join, self.text, "it" if self.it else ""]


def load(raw: Sequence[Sequence[str]]) -> tuple[Piece, ...]:
    """Pieces as `Piece.dump` wrote them. Raises ValueError for anything else."""
    try:
        return tuple(Piece(str(a), str(b), str(c), d == "it") for a, b, c, d in raw)
    except (TypeError, ValueError) as exc:
        raise ValueError("no composed paragraph") from exc


def options(sentence: Sentence, sheet: FactSheet) -> list[str]:
    """The licensed wordings of a sentence, without their full stop."""
    found = [sentence.text] if sentence.wording == "fixed" else wordings(sentence, sheet)
    return [t.removesuffix(".") for t in found]


def joins(sentence: Sentence, before: Sentence, relation: Relation) -> tuple[str, ...]:
    """What may join a statement to the one before it."""
    if "fixed" in (sentence.wording, before.wording):
        return (". ",)
    return JOINS[relation]


def _bare(text: str) -> str:
    """The clause without a connective of its own, with a small letter where it is not a name."""
    for start in _STARTS:
        text = text.removeprefix(start)
    return text if text.startswith("{{") or text[1:2].isupper() else text[:1].lower() + text[1:]


def _long(text: str) -> int:
    return len(PLACEHOLDER.sub("X", text).split())


def _subject(text: str) -> str:
    """The name that a clause begins with, as its placeholder; "" where it begins with words."""
    opened = PLACEHOLDER.match(text)
    return opened[0] if opened is not None and opened[1].startswith("F") else ""


def licensed(
    pieces: Sequence[Piece], sentences: Sequence[Sentence], relations: Sequence[Relation], sheet: FactSheet
) -> str:
    """Why the pieces are no composition of these sentences; "" when they are."""
    if [p.sentence for p in pieces] != [s.id for s in sentences]:
        return "not the statements of the paragraph, each once and in order"
    joined = 0
    for place, (piece, sentence) in enumerate(zip(pieces, sentences, strict=True)):
        if piece.text not in options(sentence, sheet):
            return f"{piece.sentence} is worded in a way that its claims do not license"
        if place == 0:
            if piece.join or piece.it:
                return "nothing stands before the first statement"
            continue
        before = sentences[place - 1]
        if piece.join not in joins(sentence, before, relations[place]):
            return f"{piece.join.strip()!r} is not licensed before {piece.sentence}"
        within = not piece.join.startswith(".")
        joined = joined + 1 if within else 0
        if within and not _joinable(pieces[place - 1].text, piece.text, joined):
            return f"{piece.sentence} cannot be joined to what stands before it"
        same = _same(pieces[place - 1].text, piece.text, sheet)
        if piece.it and not (within and same):
            return f"'it' in {piece.sentence} points to nothing that was just named"
    return ""


def _joinable(before: str, text: str, joined: int) -> bool:
    """Whether two clauses make one sentence that can be read: no third, none with parts of its own, not too long."""
    apart = any("; " in PLACEHOLDER.sub("X", t) for t in (before, text)) or ": " in PLACEHOLDER.sub("X", before)
    return joined < 2 and not apart and not text.startswith(_BACK) and _long(before) + _long(text) <= LONGEST


def _same(before: str, text: str, sheet: FactSheet) -> bool:
    """Whether both begin with the same name."""
    a, b = _subject(before), _subject(_bare(text))
    return bool(a and b) and render_text("x" + a, sheet) == render_text("x" + b, sheet)


def _written(piece: Piece) -> str:
    """The piece as it stands in the text, with its join."""
    if not piece.join:
        return piece.text
    if piece.join == ". ":
        return f". {piece.text}"
    text = _bare(piece.text)
    if piece.it:
        text = "it" + text[len(_subject(text)) :]
    return piece.join + text


def realised(pieces: Sequence[Piece], sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences of a licensed composition, each with the claims and facts of all that it says."""
    made: list[Sentence] = []
    given = {s.id: s for s in sentences}
    for piece in pieces:
        own = given[piece.sentence]
        if piece.join and not piece.join.startswith("."):
            last = made.pop()
            text = last.text.removesuffix(".") + _written(piece) + "."
            claims = tuple(dict.fromkeys((*last.claims, *own.claims)))
            shown = tuple(dict.fromkeys((*last.facts, *own.facts)))
            made.append(last.model_copy(update={"text": text, "claims": claims, "facts": shown, "author": "model"}))
            continue
        text = _written(piece).removeprefix(". ")
        text = (text if text.startswith("{{") else text[:1].upper() + text[1:]) + "."
        author = "model" if text != own.text else own.author
        made.append(own.model_copy(update={"text": text, "author": author, "ways": ()}))
    return tuple(made)


def own(pieces: Sequence[Piece], sentences: Sequence[Sentence], sheet: FactSheet) -> bool:
    """Whether the composition differs from code's: another join, reference or wording."""
    return any(
        p.join not in ("", ". ") or p.it or p.text != options(s, sheet)[0]
        for p, s in zip(pieces, sentences, strict=True)
    )


def forms(
    place: int, sentences: Sequence[Sentence], relations: Sequence[Relation], sheet: FactSheet, before: str, joined: int
) -> Iterator[Piece]:
    """What may come at that place after a clause: every licensed piece."""
    sentence = sentences[place]
    for text in options(sentence, sheet):
        if place == 0:
            yield Piece(sentence.id, "", text)
            continue
        for join in joins(sentence, sentences[place - 1], relations[place]):
            within = not join.startswith(".")
            if within and not _joinable(before, text, joined + 1):
                continue
            yield Piece(sentence.id, join, text)
            if within and _same(before, text, sheet):
                yield Piece(sentence.id, join, text, it=True)


def parse(
    text: str, sentences: Sequence[Sentence], relations: Sequence[Relation], sheet: FactSheet
) -> tuple[Piece, ...] | None:
    """The composition that a text is, names and numbers written out or as placeholders; None where it is none."""
    flat = re.sub(r"\s+", " ", text).strip()
    if not flat.endswith("."):
        return None

    def shown(piece: Piece) -> list[str]:
        written = _written(piece)
        if not piece.join or piece.join.startswith("."):
            head = written.removeprefix(". ") if piece.join == ". " or not piece.join else written[2:]
            lead = "" if not piece.join else ". "
            return [lead + t for t in dict.fromkeys((render_text(head, sheet), head))]
        return list(dict.fromkeys((render_text("x" + written, sheet)[1:], written)))

    def walk(place: int, at: int, before: str, joined: int) -> tuple[Piece, ...] | None:
        if place == len(sentences):
            return () if flat[at:] == "." else None
        for piece in forms(place, sentences, relations, sheet, before, joined):
            within = bool(piece.join) and not piece.join.startswith(".")
            for form in shown(piece):
                if flat.startswith(form, at):
                    rest = walk(place + 1, at + len(form), piece.text, joined + 1 if within else 0)
                    if rest is not None:
                        return (piece, *rest)
        return None

    return walk(0, 0, "", 0)


def grammar(
    sentences: Sequence[Sentence], relations: Sequence[Relation], sheet: FactSheet, *, changed: int = -1
) -> str:
    """A regular expression of the licensed compositions, names and numbers written out; of those where the clause at
    `changed` is joined to the one before it, where that is given.

    Which clauses can be joined depends on what was chosen before, so the pattern allows somewhat more than `parse`.
    """
    parts: list[str] = []
    for place, sentence in enumerate(sentences):
        found: list[str] = []
        for before in options(sentences[place - 1], sheet)[:1] if place else [""]:
            for piece in forms(place, sentences, relations, sheet, before, 0):
                within = bool(piece.join) and not piece.join.startswith(".")
                if place == changed and not within:
                    continue
                written = _written(piece)
                found.append(render_text("x" + written, sheet)[1:] if within else _opened(written, sheet))
        if not found:
            found = [". " + render_text(options(sentence, sheet)[0], sheet)]
        parts.append("(" + "|".join(re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", f) for f in dict.fromkeys(found)) + ")")
    return "^" + "".join(parts) + r"\.$"


def _opened(written: str, sheet: FactSheet) -> str:
    """A clause that opens a sentence, rendered with its capital."""
    if written.startswith(". "):
        return ". " + render_text(written[2:], sheet)
    return render_text(written, sheet)
