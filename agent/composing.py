"""The tier `compose`: a capable model words a section's sentences in one answer and puts them in order.

It is asked for a list of bound sentences, one id each, never for free prose: models that were given true claims and
asked for a summary merged, swapped and invented. Each sentence is judged like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from chimera_report.agent.model import Call, Message, Model
from chimera_report.agent.writing import prompt
from chimera_report.tools.claims import render_text
from chimera_report.tools.schema import FactSheet, Sentence

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
