"""Draft and refine: what the model is asked, and what becomes of its answer. Code judges every answer.

In the tier `phrase` code supplies the evidence, the direction and the placeholders, in an order that the JSON schema
forces, and the model words one sentence. A sentence that the checker refuses is repaired from the checker's findings;
then the code's own sentence stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

from chimera_report.agent.model import Call, Message, Model
from chimera_report.agent.state import Draft
from chimera_report.tools import statements
from chimera_report.tools.claims import check_sentence, rebind, render_text, schema_pattern, wordings
from chimera_report.tools.grammar import pattern_fault
from chimera_report.tools.schema import FactSheet, LintFinding, LintRule, Section, Sentence

MARK = re.compile(r"\{\{[^}]*\}\}")
REPAIRS = 2  # of one sentence
ROUNDS = 3  # of one section
LONGEST = 600  # characters of a sentence that no pattern holds
# Kinds of statement that most reports tell: an example of each stands in every prompt.
COMMON = ("comparison", "measurement", "effect", "ranking", "data_quality", "inventory")
# How a section may open; each is a lead-in that the checker knows. One a section: more would be a mannerism.
LEADS = {
    "verdict": ("In short, ",),
}


@cache
def prompt(name: str) -> str:
    """A template of the folder `prompts`."""
    return resources.files("chimera_report.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


def examples(kind: str) -> tuple[tuple[str, str], ...]:
    """`(the code's sentence, a good wording)` of a kind of statement; none for what is no statement."""
    known = statements.registry().get(kind)
    return known.examples if known is not None else ()


def free_sentences(section: Section) -> list[Sentence]:
    """The sentences of a section that a model may word."""
    return [s for s in section.sentences if s.wording == "free"]


def phrase_schema(
    sentence: Sentence, sheet: FactSheet, leads: Sequence[str] = (), *, other: bool = False
) -> dict[str, Any]:
    """A JSON schema whose pattern holds the placeholders, in a licensed order, and the words that may join them.

    With `other`, code's own wording is not among them.
    """
    pattern = schema_pattern(sentence, sheet, leads)
    if other and (rest := wordings(sentence, sheet)[1:]):
        alone = [schema_pattern(sentence.model_copy(update={"text": text}), sheet) for text in rest]
        pattern = "^(" + "|".join(p.removeprefix("^").removesuffix("$") for p in alone) + ")$"
    # A wording with a quotation mark has no pattern that means the same to every server; the checker judges it anyway.
    limit = {"maxLength": LONGEST} if pattern_fault(pattern) else {"pattern": pattern}
    return {
        "type": "object",
        "properties": {"sentence": {"type": "string", **limit}},
        "required": ["sentence"],
        "additionalProperties": False,
    }


def kind_of(sentence: Sentence, sheet: FactSheet) -> str:
    """The kind of the first claim that a sentence rests on; "facts" for one that shows facts alone."""
    kinds = {c.id: c.kind for c in sheet.claims}
    return next((str(kinds[c]) for c in sentence.claims if c in kinds), "facts")


def by_kind(sentences: Iterable[Sentence], sheet: FactSheet) -> list[Sentence]:
    """Sentences of a kind next to each other, so that their examples stay in the prompt cache."""
    order = {kind: place for place, kind in enumerate(reversed(COMMON))}
    return sorted(sentences, key=lambda s: order.get(kind_of(s, sheet), len(order)))


def phrase_messages(sentence: Sentence, sheet: FactSheet) -> list[Message]:
    """The instruction, examples of the kinds of claims, those of the sentence's own kind last, and the sentence."""
    # One example of each kind in the same order for every sentence, then the others of its own kind: the runtime's
    # prompt cache holds all of it for the next sentence of the kind, and nearly all for one of another kind.
    kind = kind_of(sentence, sheet)
    shown = [examples(name)[0] for name in COMMON]
    shown += [pair for pair in examples(kind) if pair not in shown]
    messages: list[Message] = [("system", prompt("phrase"))]
    for given, worded in shown:
        messages.append(("user", given))
        messages.append(("assistant", json.dumps({"sentence": worded})))
    messages.append(("user", wordings(sentence, sheet)[0]))
    return messages


def repair_messages(
    sentence: Sentence, sheet: FactSheet, previous: str, findings: Sequence[LintFinding]
) -> list[Message]:
    """The first request, the refused answer, and the checker's findings; nothing of the model's own opinion."""
    lines = [f"- {f.span!r}: {f.message}" + (f" Allowed: {f.allowed}." if f.allowed else "") for f in findings[:4]]
    return [
        *phrase_messages(sentence, sheet),
        ("assistant", json.dumps({"sentence": previous})),
        (
            "user",
            prompt("repair")
            .replace("{findings}", "\n".join(lines))
            .replace("{sentence}", wordings(sentence, sheet)[0]),
        ),
    ]


def parse(call: Call) -> str | None:
    """The sentence of an answer, or None: cut off, not JSON, not the schema."""
    if call.error or call.done_reason in ("length", "timeout", "error"):
        return None
    try:
        value = json.loads(call.output)
    except ValueError:
        return None
    text = value.get("sentence") if isinstance(value, dict) else None
    return re.sub(r"\s+", " ", text).strip() if isinstance(text, str) else None


SAME = LintFinding(
    rule=LintRule.REPETITION, severity="warning", line=0, span="", message="these are the words that were given"
)
NOT_PARSED = LintFinding(
    rule=LintRule.PLACEHOLDER, severity="error", line=0, span="", message="no sentence in the answer"
)


def judge(text: str | None, sentence: Sentence, sheet: FactSheet, tier: str) -> tuple[str, list[LintFinding]]:
    """The answer with exact literals bound to their facts, and what is wrong with it."""
    if text is None:
        return "", [NOT_PARSED]
    if tier != "compose":
        bound = rebind(text, sentence, sheet)
        return bound, check_sentence(bound, sentence, sheet)
    judged = [(b, check_sentence(b, sentence, sheet, tier="compose")) for b in _bindings(text, sentence, sheet)]
    return min(judged, key=lambda pair: badness(pair[1]))


def _bindings(text: str, sentence: Sentence, sheet: FactSheet) -> Iterator[str]:
    """A text that a model wrote with names and numbers as a reader sees them, bound to the facts of each wording.

    What is bound wrongly leaves a number or a name over, which the checker refuses.
    """
    yield rebind(text, sentence, sheet)
    for wording in wordings(sentence, sheet):
        if (bound := _aligned(text, wording, sheet)) is not None:
            yield bound


def _aligned(text: str, wording: str, sheet: FactSheet) -> str | None:
    """The text with the wording's placeholders for what they show, where all of it stands there in the same order."""
    bound, position = "", 0
    for place in MARK.finditer(wording):
        mark = place[0]
        shown = re.escape(render_text("x" + mark, sheet)[1:])
        joined = "" if wording[place.end() :].startswith("-") else "-"  # "a 1.5-fold difference"
        found = re.compile(rf"(?<![\w.,-]){shown}(?![\w%×°/{joined}]|[.,]\d)").search(text, position)
        if found is None:
            return None
        bound += text[position : found.start()] + mark
        position = found.end()
    return bound + text[position:]


def ask(
    model: Model,
    sentence: Sentence,
    sheet: FactSheet,
    *,
    leads: Sequence[str] = (),
    previous: str = "",
    findings: Sequence[LintFinding] = (),
) -> Call:
    """One request for one sentence: the first, or a repair when findings are given."""
    schema = phrase_schema(sentence, sheet, leads, other=SAME in findings)
    if findings:
        return model.ask(f"repair {sentence.id}", repair_messages(sentence, sheet, previous, findings), schema)
    return model.ask(f"draft {sentence.id}", phrase_messages(sentence, sheet), schema)


def badness(findings: Iterable[LintFinding]) -> tuple[int, int]:
    """(errors, warnings): a rewrite is kept only if this falls."""
    found = list(findings)
    return sum(f.severity == "error" for f in found), sum(f.severity == "warning" for f in found)


def fallback(sentence: Sentence, attempts: int, rules: Iterable[int], outcome: str = "fallback") -> Draft:
    """The code's own sentence."""
    return Draft(text=sentence.text, author="code", attempts=attempts, outcome=outcome, rules=sorted(set(rules)))


def has_choice(sentence: Sentence, sheet: FactSheet, leads: Sequence[str]) -> bool:
    """Whether there is anything to word: a sentence with one licensed wording is not worth a call."""
    return bool(leads) or len(wordings(sentence, sheet)) > 1


def unchanged(text: str, sentence: Sentence, sheet: FactSheet) -> bool:
    """Whether a wording is the code's own, so that nothing of it is the model's."""
    own = {sentence.text, *wordings(sentence, sheet)[:1]}
    own |= {render_text(o, sheet) for o in own}
    return re.sub(r"\W+", " ", text).strip().lower() in {re.sub(r"\W+", " ", o).strip().lower() for o in own}
