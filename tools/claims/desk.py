"""Hands out facts and claims, each once, with ids in the order of asking."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar, cast

from chimera_report.tools.claims import aggregates, changes, facts, fields
from chimera_report.tools.claims.checker import Checker
from chimera_report.tools.claims.coverage import Coverage, coverage
from chimera_report.tools.claims.display import factor_for
from chimera_report.tools.claims.failures import Failures, Setup, failures, setup
from chimera_report.tools.claims.readings import Readings, readings
from chimera_report.tools.claims.units import canonical_unit
from chimera_report.tools.claims.wording import fill_in, ids_in
from chimera_report.tools.schema import Analysis, Claim, ClaimBase, Dataset, Fact, FactSheet, Result, Summary
from chimera_report.tools.statements import licensed

C = TypeVar("C", bound=ClaimBase)
Key = tuple[str, tuple[str, ...], str]


class Desk:
    """Facts and claims about one analysis.

    With a `sheet` it makes nothing new: it finds what the sheet has, and raises ValueError for what the sheet lacks.
    So the outline can be made again from a sheet, and only from the sheet of its own analysis.
    """

    def __init__(self, analysis: Analysis, dataset: Dataset, sheet: FactSheet | None = None) -> None:
        self.analysis = analysis = changes.compared(analysis, dataset)
        self.dataset = dataset
        self._sealed = sheet is not None
        self._hashes = {s.path: s.sha256 for s in dataset.sources}
        self._checker = Checker(analysis)
        self._keys: dict[int, tuple[Result, str]] = {}
        self._spans: dict[tuple[tuple[int, str], ...], aggregates.Span] = {}
        self.members: dict[str, tuple[Result, ...]] = {}  # of each span, by the key of its recipe
        self.summaries: dict[tuple[str, str], list[Summary]] = {}  # suite and metric → its summaries
        for summary in analysis.summaries:
            self.summaries.setdefault((summary.suite, summary.metric), []).append(summary)
        self._units = facts.shown_units(analysis)
        self.items: dict[str, Result] = {}  # fact → what it is a part of
        self.mixed: set[str] = set()  # facts that are means over unlike conditions: no sentence tells them
        self.facts: dict[str, Fact] = {f.id: f for f in sheet.facts} if sheet else {}
        self.claims: dict[str, ClaimBase] = {c.id: c for c in sheet.claims} if sheet else {}
        self._by_part = {(f.recipe.key, f.field): f for f in self.facts.values()}
        self._by_text = {_key(c): c for c in self.claims.values()}

    def fact(self, item: Result, field: str) -> Fact:
        """The fact that is `field` of `item` (fields.py has the language). Raises KeyError for no such field."""
        key = (self._key(item), field)
        found = self._by_part.get(key)
        if found is None:
            if self._sealed:
                raise ValueError(f"the sheet has no fact for {field} of {item.recipe.key}")
            ident = f"F{len(self.facts) + 1:03d}"
            found = facts.make(item, field, ident, self.unit(item, field), self._hashes)
            self.facts[ident] = self._by_part[key] = found
        self.items.setdefault(found.id, item)
        if item.over and not licensed(item, field):
            self.mixed.add(found.id)
        return found

    def tells_mixed(self, text: str) -> bool:
        """Whether a text with placeholders, or a clause in it, shows a mean over unlike conditions."""
        shown = ids_in(text)
        shown += [f for i in shown if i in self.claims for f in self.claims[i].facts]
        return not self.mixed.isdisjoint(shown)

    def _key(self, item: Result) -> str:
        """The key of the item's recipe, worked out once an item (which is kept, so that its id stays its own)."""
        known = self._keys.get(id(item))
        if known is None:
            known = self._keys[id(item)] = (item, item.recipe.key)
        return known[1]

    def unit(self, item: Result, field: str) -> str:
        """The unit in which that part is shown."""
        return facts.shown_unit(item, field, self._units)

    def span(self, members: Sequence[aggregates.Member]) -> aggregates.Span:
        """The least and the greatest of these parts, as one item; made once."""
        key = tuple((id(item), field) for item, field in members)
        found = self._spans.get(key)
        if found is None:
            found = self._spans[key] = aggregates.span(members, canonical_unit)
            self.members[found.recipe.key] = tuple(item for item, _ in members)
        return found

    @cached_property
    def failures(self) -> Failures:
        """The failed records of the data, by reason."""
        return failures(self.dataset)

    @cached_property
    def readings(self) -> Readings:
        """What of the reading of the files is a guess."""
        return readings(self.dataset)

    @cached_property
    def coverage(self) -> Coverage:
        """How much of the folder was read."""
        return coverage(self.dataset)

    @cached_property
    def setup(self) -> Setup:
        """How the data was measured."""
        return setup(self.dataset)

    def scale(self, item: Result, field: str) -> float:
        """The factor from the canonical unit to the one in which that part is shown."""
        return factor_for(canonical_unit(item, field), self.unit(item, field))

    def has(self, item: Result, field: str) -> bool:
        """Whether the item has a value there."""
        try:
            return fields.read(item, field).value is not None
        except KeyError:
            return False

    def render(self, text: str) -> str:
        """The text as a reader sees it."""
        return fill_in(text, self.facts, {c.id: c.clause for c in self.claims.values()})

    def claim(self, draft: C) -> C:
        """The claim with its id and verdict."""
        known = self._by_text.get(_key(draft))
        if known is None:
            if self._sealed:
                raise ValueError(f"the sheet has no claim that says: {draft.clause}")
            numbered = cast(Claim, draft.model_copy(update={"id": f"C{len(self.claims) + 1:03d}"}))
            known = self._checker.check(numbered, self.facts, self.claims, self._by_part)
            self.claims[known.id] = self._by_text[_key(known)] = known
        return cast(C, known)

    def sheet(self, names: tuple[str, ...] = ()) -> FactSheet:
        """All that was handed out so far."""
        return FactSheet.model_construct(
            facts=tuple(self.facts.values()), claims=tuple(cast("list[Claim]", self.claims.values())), names=names
        )


def _key(claim: ClaimBase) -> Key:
    return (str(getattr(claim, "kind", "")), claim.facts, claim.clause)
