"""The tiers `paragraph` and `compose`: a model writes paragraphs from their plan, and puts a section's sentences in
order.

A paragraph comes back as one text: statements joined or apart, with the connectives that their relations license, and
"it" for a name that was just given. The checker takes it apart clause by clause (`claims.paragraphs`). What it cannot
take apart is asked for once more within the grammar of what it can; then the sentences go the way of single ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from chimera_report.agent.model import Call, Message, Model
from chimera_report.agent.writing import prompt
from chimera_report.tools.claims import paragraphs, render_text
from chimera_report.tools.grammar import pattern_fault
from chimera_report.tools.report import WRITTEN
from chimera_report.tools.schema import (
    Block,
    Bullets,
    FactSheet,
    Finding,
    Outline,
    Paragraph,
    Relation,
    Section,
    Sentence,
)

TOKENS = 110  # of one sentence with its placeholders, its id and the JSON around it


def compose_schema(sentences: Sequence[Sentence]) -> dict[str, Any]:
    """A list of `{id, text}` with one entry a sentence; the ids are an enumeration."""
    return {
        "type": "object",
        "properties": {
            "sentences": {
                "type": "array",
                "minItems": len(sentences),
                "maxItems": len(sentences),
                "items": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string", "enum": [s.id for s in sentences]},
                        "text": {"type": "string", "maxLength": 600},
                    },
                    "required": ["id", "text"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["sentences"],
        "additionalProperties": False,
    }


def compose_messages(section_title: str, sentences: Sequence[Sentence], sheet: FactSheet) -> list[Message]:
    """The instruction, and the code's sentences with their ids, as a reader sees them.

    Not with placeholders: models of this size write `F003` for `{{F003}}`. What they write of names and numbers is
    bound to the facts again, or refused.
    """
    listed = "\n".join(f"{s.id}: {render_text(s.text, sheet)}" for s in sentences)
    return [("system", prompt("compose")), ("user", f"Section: {section_title}\n{listed}")]


def ask(model: Model, section_title: str, sentences: Sequence[Sentence], sheet: FactSheet) -> Call:
    """One request for all sentences of a section."""
    return model.ask(
        f"compose {section_title}",
        compose_messages(section_title, sentences, sheet),
        compose_schema(sentences),
        tokens=TOKENS * (len(sentences) + 1),
    )


def parse_composed(call: Call, sentences: Sequence[Sentence]) -> tuple[dict[str, str], list[str]]:
    """`(id → text, ids in the model's order)`; what is missing, unknown or given twice is not in it."""
    if call.error or call.done_reason in ("length", "timeout", "error"):
        return {}, []
    try:
        items = json.loads(call.output)["sentences"]
    except (ValueError, KeyError, TypeError):
        return {}, []
    known = {s.id for s in sentences}
    texts: dict[str, str] = {}
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and item.get("id") in known and isinstance(item.get("text"), str):
            texts.setdefault(item["id"], re.sub(r"\s+", " ", item["text"]).strip())
    return texts, list(texts)


def reorder(sentences: Sequence[Sentence], order: Sequence[str]) -> tuple[Sentence, ...]:
    """Sentences in the model's order; the ones that it did not name keep their places."""
    named = {s.id: s for s in sentences if s.id in order}
    queue = iter([named[i] for i in order if i in named])
    return tuple(next(queue) if s.id in named else s for s in sentences)


def reorder_items(items: Sequence[tuple[Sentence, ...]], order: Sequence[str]) -> tuple[tuple[Sentence, ...], ...]:
    """A list's items in the model's order, by the first sentence of each."""
    heads = {item[0].id: item for item in items}
    return tuple(heads[s.id] for s in reorder([item[0] for item in items], order))


# --- paragraphs -------------------------------------------------------------------------------------------------------

_EXAMPLES = (
    (
        "alpha:1b generates 50 tokens/s over 12 records. But beta:3b answers sooner, at 80 ms against 120 ms. beta:3b "
        "also needs less memory.",
        "alpha:1b generates 50 tokens/s over 12 records, but beta:3b answers sooner, at 80 ms against 120 ms. beta:3b "
        "also needs less memory.",
    ),
    (
        "gamma:2b is the fastest in sweep. gamma:2b is also ahead in warm time to first token. The runs came in random "
        "order.",
        "gamma:2b is the fastest in sweep, and it is also ahead in warm time to first token. The runs came in random "
        "order.",
    ),
)
Plans = dict[str, Relation]  # sentence → how it follows on what was said before


def relations(outline: Outline) -> Plans:
    """The relations of the plan, by sentence."""
    return {m.sentence: m.relation for p in outline.plan.paragraphs for m in p.moves}


def runs(section: Section) -> list[tuple[Sentence, ...]]:
    """The paragraphs of a section that have more than one sentence."""
    found: list[tuple[Sentence, ...]] = []
    for block in section.blocks:
        if isinstance(block, Paragraph | Finding):
            found.append(block.sentences)
        elif isinstance(block, Bullets):
            found += block.items
    return [s for s in found if len(s) > 1]


def joinable(sentences: Sequence[Sentence], plan: Plans, sheet: FactSheet) -> list[int]:
    """The places at which a statement may be joined to the one before it."""
    found = []
    related: list[Relation] = [plan.get(s.id, "") for s in sentences]
    for place in range(1, len(sentences)):
        before = paragraphs.options(sentences[place - 1], sheet)
        forms = (p for b in before[:1] for p in paragraphs.forms(place, sentences, related, sheet, b, 0))
        if any(not p.join.startswith(".") for p in forms):
            found.append(place)
    return found


def ask_paragraph(
    model: Model, sentences: Sequence[Sentence], plan: Plans, sheet: FactSheet, *, within: bool, changed: bool = False
) -> Call:
    """One request for a paragraph: in free words, or `within` the grammar of what the plan licenses. With `changed`,
    the statements as they were given, one a sentence, are not among what it may answer."""
    given = " ".join(render_text(s.text, sheet) for s in sentences)
    messages: list[Message] = [("system", prompt("paragraph"))]
    for one, other in _EXAMPLES:
        messages.append(("user", one))
        messages.append(("assistant", json.dumps({"paragraph": other})))
    messages.append(("user", given))
    related: list[Relation] = [plan.get(s.id, "") for s in sentences]
    limit: dict[str, Any] = {"maxLength": 2 * len(given) + 100}
    if within:
        places = joinable(sentences, plan, sheet) if changed else [-1]
        made = [paragraphs.grammar(sentences, related, sheet, changed=p)[1:-1] for p in places]
        pattern = f"^({'|'.join(made)})$" if len(made) > 1 else f"^{made[0]}$"
        if not pattern_fault(pattern):
            limit = {"pattern": pattern}
    schema = {
        "type": "object",
        "properties": {"paragraph": {"type": "string", **limit}},
        "required": ["paragraph"],
        "additionalProperties": False,
    }
    return model.ask(f"paragraph {sentences[0].id}", messages, schema, tokens=len(given) // 2 + 60)


def parse_paragraph(
    call: Call, sentences: Sequence[Sentence], plan: Plans, sheet: FactSheet
) -> tuple[paragraphs.Piece, ...] | None:
    """The composition of an answer; None where it is none that the plan licenses."""
    if call.error or call.done_reason in ("length", "timeout", "error"):
        return None
    try:
        text = json.loads(call.output)["paragraph"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(text, str):
        return None
    return paragraphs.parse(text, sentences, [plan.get(s.id, "") for s in sentences], sheet)


def over(outline: Outline, composed: dict[str, list[list[str]]], sheet: FactSheet) -> Outline:
    """The outline with these paragraphs as they were composed. Raises ValueError for one that the plan does not
    license."""
    if not any(composed.values()):
        return outline
    plan = relations(outline)
    left = {k for k, v in composed.items() if v}

    def done(sentences: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
        raw = composed.get(sentences[0].id) if sentences else None
        if not raw:
            return sentences
        left.discard(sentences[0].id)
        pieces = paragraphs.load(raw)
        if wrong := paragraphs.licensed(pieces, sentences, [plan.get(s.id, "") for s in sentences], sheet):
            raise ValueError(f"{sentences[0].id}: {wrong}")
        return paragraphs.realised(pieces, sentences)

    def block(item: Block) -> Block:
        if isinstance(item, Paragraph | Finding):
            return item.model_copy(update={"sentences": done(item.sentences)})
        if isinstance(item, Bullets):
            return item.model_copy(update={"items": tuple(done(i) for i in item.items)})
        return item

    sections = tuple(
        s.model_copy(update={"blocks": tuple(block(b) for b in s.blocks)}) if s.key in WRITTEN else s
        for s in outline.sections
    )
    if left:
        raise ValueError(f"{min(left)}: no paragraph of the report begins with it")
    return outline.model_copy(update={"sections": sections})
