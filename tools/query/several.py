"""Several questions in one: their answers as one answer, each with facts of its own ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chimera_report.tools.schema import Answer, ClaimBase, Fact, FactSheet, Query, Sentence, Table

_ID = re.compile(r"(?<=\{\{)[FC]\d+")


class Together:
    """Answers put together: their facts and claims under new ids, after those that are there already."""

    def __init__(self, facts: Iterable[Fact] = (), claims: Iterable[ClaimBase] = (), sentences: int = 0) -> None:
        self.facts, self.claims = list(facts), list(claims)
        self._sentences = sentences  # the number of the last one

    def add(self, answer: Answer) -> tuple[list[Sentence], list[Table]]:
        """The sentences and tables of one more answer."""
        ids: dict[str, str] = {}

        def renamed(text: str) -> str:
            return _ID.sub(lambda m: ids.get(m[0], m[0]), text)

        def of(old: Iterable[str]) -> tuple[str, ...]:
            return tuple(ids.get(x, x) for x in old)

        for fact in answer.sheet.facts:
            ids[fact.id] = f"F{len(self.facts) + 1:03d}"
            self.facts.append(fact.model_copy(update={"id": ids[fact.id]}))
        for claim in answer.sheet.claims:
            ids[claim.id] = f"C{len(self.claims) + 1:03d}"
            update = {
                "id": ids[claim.id],
                "facts": of(claim.facts),
                "clause": renamed(claim.clause),
                "variants": tuple(renamed(v) for v in claim.variants),
            }
            self.claims.append(claim.model_copy(update=update))
        sentences = []
        for sentence in answer.sentences:
            self._sentences += 1
            update = {
                "id": f"S{self._sentences:03d}",
                "text": renamed(sentence.text),
                "claims": of(sentence.claims),
                "facts": of(sentence.facts),
                "wording": "fixed",
            }
            sentences.append(sentence.model_copy(update=update))
        tables = []
        for table in answer.tables:
            rows = tuple(tuple(renamed(c) for c in row) for row in table.rows)
            tables.append(
                table.model_copy(update={"title": renamed(table.title), "rows": rows, "facts": of(table.facts)})
            )
        return sentences, tables


def several(query: Query, answers: Sequence[Answer], question: str) -> Answer:
    """One answer of several; it is declined only where all of them are."""
    together = Together()
    text: list[str] = []
    cannot: list[str] = []
    sentences: list[Sentence] = []
    tables: list[Table] = []
    for one in answers:
        said, shown = together.add(one)
        sentences += said
        tables += shown
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
            "sheet": FactSheet.model_construct(facts=tuple(together.facts), claims=tuple(together.claims), names=()),
            "tables": tuple(tables),
            "rows": tuple(r for a in answers for r in a.rows),
            "cannot": tuple(dict.fromkeys([*cannot, *(c for a in answers for c in a.cannot)])),
            "choices": tuple(dict.fromkeys(c for a in answers for c in a.choices)),
            "plot": next((a.plot for a in answers if a.plot is not None), None),
        }
    )
