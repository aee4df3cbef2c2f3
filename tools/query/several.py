"""Several questions in one: their answers as one answer, each with facts of its own ids."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_report.tools.schema import Answer, FactSheet, Query, Sentence, Table

_ID = re.compile(r"(?<=\{\{)[FC]\d+")


def several(query: Query, answers: Sequence[Answer], question: str) -> Answer:
    """One answer of several; it is declined only where all of them are."""
    facts: list[object] = []
    claims: list[object] = []
    text: list[str] = []
    cannot: list[str] = []
    sentences: list[Sentence] = []
    tables: list[Table] = []
    for one in answers:
        ids: dict[str, str] = {}
        for fact in one.sheet.facts:
            ids[fact.id] = f"F{len(facts) + 1:03d}"
            facts.append(fact.model_copy(update={"id": ids[fact.id]}))

        def renamed(words: str, ids: dict[str, str] = ids) -> str:
            return _ID.sub(lambda m: ids.get(m[0], m[0]), words)

        for claim in one.sheet.claims:
            ids[claim.id] = f"C{len(claims) + 1:03d}"
            update = {
                "id": ids[claim.id],
                "facts": tuple(ids.get(f, f) for f in claim.facts),
                "clause": renamed(claim.clause),
                "variants": tuple(renamed(v) for v in claim.variants),
            }
            claims.append(claim.model_copy(update=update))
        for sentence in one.sentences:
            sentences.append(
                sentence.model_copy(
                    update={
                        "id": f"S{len(sentences) + 1:03d}",
                        "text": renamed(sentence.text),
                        "claims": tuple(ids.get(c, c) for c in sentence.claims),
                        "facts": tuple(ids.get(f, f) for f in sentence.facts),
                        "wording": "fixed",
                    }
                )
            )
        for table in one.tables:
            rows = tuple(tuple(renamed(c) for c in row) for row in table.rows)
            kept = tuple(ids.get(f, f) for f in table.facts)
            tables.append(table.model_copy(update={"rows": rows, "title": renamed(table.title), "facts": kept}))
        refused = one.text[0] if one.outcome == "declined" and one.text else ""
        if refused:
            cannot.append(refused)
        text += one.text[1:] if refused else one.text
    outcome = "answered" if any(a.outcome == "answered" for a in answers) else "declined"
    return Answer.model_validate(
        {
            "question": question,
            "outcome": outcome,
            "reading": "; ".join(a.reading or a.question for a in answers),
            "query": query,
            "verdict": "SUPPORTED" if outcome == "answered" else "INSUFFICIENT",
            "text": tuple(text),
            "sentences": tuple(sentences),
            "sheet": FactSheet.model_construct(facts=tuple(facts), claims=tuple(claims), names=()),
            "tables": tuple(tables),
            "rows": tuple(r for a in answers for r in a.rows),
            "cannot": tuple(dict.fromkeys([*cannot, *(c for a in answers for c in a.cannot)])),
            "choices": tuple(dict.fromkeys(c for a in answers for c in a.choices)),
            "plot": next((a.plot for a in answers if a.plot is not None), None),
        }
    )
