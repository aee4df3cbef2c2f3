"""Sentences with ids, and the ids that each rests on, read off its own placeholders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from chimera_report.tools.claims.wording import ids_in
from chimera_report.tools.schema import Sentence
from chimera_report.tools.statements import Draft, listed

__all__ = ["Draft", "Numbering", "listed"]


@dataclass(slots=True)
class Numbering:
    """Gives sentences their ids, in the order of the report, and lets none stand twice as a reader sees it."""

    render: Callable[[str], str]
    made: int = 0
    seen: set[str] = field(default_factory=set)

    def sentence(self, draft: Draft) -> Sentence:
        """The draft under the next id, also where it stands in the report already; its claims and facts are those of
        its placeholders, and the claims that the draft names besides."""
        self.made += 1
        ids = ids_in(draft.text)
        shown = [i for i in ids if i.startswith("C")]
        return Sentence(
            id=f"S{self.made:03d}",
            text=draft.text,
            claims=tuple(dict.fromkeys((*shown, *draft.claims))),
            facts=tuple(i for i in ids if i.startswith("F")),
            wording=draft.wording,
        )

    def sentences(self, drafts: Iterable[Draft]) -> tuple[Sentence, ...]:
        """The drafts as sentences; one that stands in the report already is left out."""
        found = []
        for draft in drafts:
            shown = self.render(draft.text)
            if shown not in self.seen:
                self.seen.add(shown)
                found.append(self.sentence(draft))
        return tuple(found)
