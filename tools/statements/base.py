"""What a kind of statement is: everything that the program needs in order to say one thing and to prove it.

A kind is one file with one class. Whoever builds, checks, words, lints, explains or answers iterates over the registry
(`__init__.py`), so a new kind has no other place to be entered:

| member | asked by |
|---|---|
| `claim`, `result` | the union of claims in every report and answer, and what a claim may rest on |
| `items` | the builder: what of an analysis can be said |
| `draft`, `wording` | the builder words it; the checker accepts no other words |
| `check` | the checker: recomputes the verdict from the item and the analysis, never from the builder's values |
| `asserts` | the lint: which two claims contradict each other |
| `weigh`, `themes` | the outline: how much it matters, and what stands beside its clause |
| `actions`, `advise` or `no_advice` | the recommendations |
| `open_ones` or `never_open` | the limitations: what stays open, and which run would settle it |
| `method` | the methods section |
| `explained` | the page, beside a finding |
| `asks`, `asked_for`, `declare` | questions in `ask`, `chat` and the model context protocol |
| `frames`, `framings`, or `only_code` with the reason | wording by a capable model: the sentences that are licensed |
| `examples` | what a small model is shown |

tests/tools/statements/test_registry.py demands each of these members of each kind.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

from chimera_report.tools.metrics import METRIC_WEIGHT
from chimera_report.tools.schema import Analysis, BenchRun, ClaimBase, Dataset, Fact, FactKind, Query, Result
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.licence import licensed
from chimera_report.tools.statements.text import Advice, Draft, Theme
from chimera_report.tools.statements.wording import NOTHING, Framing, Wording, fill, roles_in

C = TypeVar("C", bound=ClaimBase)
R = TypeVar("R", bound=Result)
Verdict = tuple[Literal["SUPPORTED", "REFUTED", "INSUFFICIENT"], str]
SUPPORTED: Verdict = ("SUPPORTED", "")


def refuted(reason: str) -> Verdict:
    """The data says otherwise, or says nothing of the kind."""
    return ("REFUTED", reason)


def insufficient(reason: str) -> Verdict:
    """The data does not settle it; the reason becomes a stated limitation."""
    return ("INSUFFICIENT", reason)


class Desk(Protocol):
    """Hands out facts and claims about one analysis, each once (tools/claims/desk.py)."""

    analysis: Analysis
    dataset: Dataset

    def fact(self, item: Result, field: str) -> Fact: ...  # the fact that is `field` of `item`

    def has(self, item: Result, field: str) -> bool: ...  # whether the item has a value there

    def unit(self, item: Result, field: str) -> str: ...  # the unit in which that part is shown

    def claim(self, draft: C) -> C: ...  # the draft with its id; the same claim has one


@dataclass(frozen=True, slots=True)
class Ground:
    """What a checker may look at beside the claim's own items: the analysis, and the other claims as judged."""

    analysis: Analysis
    claims: Mapping[str, ClaimBase] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A way to ask for a kind of statement."""

    example: str  # a question of that form, for the help and for tests
    pattern: str  # a regular expression over the question in lower case, in which names of the data are blank
    settings: int = 0  # how many settings the question has to name
    words: str = ""  # further words that the question may hold; the others have to be names of the data or fillers


class NoItem(Result):
    """Stands for the item of a kind that has none of its own."""


class Statement(Generic[C, R]):
    """One kind of statement about items of one class. Subclass it, one file a kind, and enter it in the registry."""

    claim: type[C]
    result: type[R]
    meaning: str = ""  # what an item is, for evidence: "the interplay of two settings"
    explained: Explained | None = None  # how it is found and how to read it, for who wants to know
    function: str = ""  # the recipe of the statistics that gives an item again
    fact_kind: FactKind = "inventory"
    at_most: int = 1  # findings of this kind in one report
    actions: tuple[str, ...] = ()
    no_advice: str = ""  # why no recommendation follows from this kind
    never_open: str = ""  # why a statement of this kind is never open
    planned: str = ""  # where its findings are planned, for a kind that is told together with others
    asked_by: str = ""  # which intents of questions ask for it, for a kind without forms of its own in `asks`
    asks: tuple[Asked, ...] = ()
    frames: Mapping[str, tuple[str, ...]] = {}
    examples: tuple[tuple[str, str], ...] = ()  # code's sentence and another wording of it, with placeholders
    only_code: str = ""  # why no model words it in sentences of its own
    reported: bool = False  # told where a report or an answer has a use for it, and not of every item in every sheet
    kinds: Mapping[str, Statement[ClaimBase, Result]] = {}  # the registry, for a kind that is about others' items

    @property
    def kind(self) -> str:
        return str(self.claim.model_fields["kind"].default)

    # --- what there is to say, and whether it holds

    def items(self, analysis: Analysis) -> Iterable[R]:
        """What of an analysis a statement of this kind can be about, open ones included."""
        raise NotImplementedError

    def draft(self, item: R) -> C | None:
        """The claim that the item would make, without id, facts and clause; None where it makes none."""
        raise NotImplementedError

    def wording(self, claim: C, items: Sequence[Result]) -> Wording:
        """The frames that the items allow for this claim."""
        raise NotImplementedError

    def check(self, claim: C, items: Sequence[Result], ground: Ground) -> Verdict:
        """Whether the items support the claim; its words are checked after that, by `wording`."""
        raise NotImplementedError

    def say(self, desk: Desk, item: R, variant: int = 0, weight: float = 0.0) -> C | None:
        """The claim about an item with its clause, facts and verdict; None where no frame can be filled.

        `variant` picks among the frames, so that one claim can be worded in several ways in a report.
        """
        draft = self.draft(item)
        if draft is None:
            return None
        return self.told(desk, draft, (item,), variant, weight, seed=item.recipe.key)

    def every(self, desk: Desk) -> None:
        """Every claim of this kind that another author may make, told or not: what a lint holds a sentence against."""
        for item in () if self.reported else self.items(desk.analysis):
            self.say(desk, item)

    def judged_by(self, claim: C, items: Sequence[Result], ground: Ground) -> Sequence[Result]:  # noqa: ARG002
        """The items that decide about the claim; by default those of the facts that it shows."""
        return items

    def told(
        self, desk: Desk, draft: C, items: Sequence[Result], variant: int, weight: float, *, seed: str = ""
    ) -> C | None:
        """The claim of a draft, worded and handed to the desk's checker."""
        made = worded(desk, self.wording(draft, items), variant, seed)
        if made is None:
            return None
        clause, facts = made
        return desk.claim(draft.model_copy(update={"clause": clause, "facts": facts, "weight": weight}))

    def asserts(self, claim: C) -> tuple[tuple[str, ...], str] | None:  # noqa: ARG002
        """What the claim is about, and what it says of that: two told claims about the same thing that say different
        things contradict each other, which the lint refuses. None where no two claims can."""
        return None

    # --- when it matters

    def weigh(self, item: R) -> float:
        """How much a finding about the item matters, from 0; five to nine of the weightiest become findings."""
        raise NotImplementedError

    def themes(self, desk: Desk) -> list[Theme]:
        """Findings about the items that matter most, one a theme."""
        found: list[Theme] = []
        if self.planned:
            return found
        for item in sorted(self.items(desk.analysis), key=self.weigh, reverse=True)[: self.at_most]:
            claim = self.say(desk, item, 0, self.weigh(item))
            if claim is None or claim.verdict != "SUPPORTED":
                continue
            sentences = self.beside(desk, item, claim)
            if sentences:  # a finding without a sentence has no place for its evidence
                found.append(Theme(self.kind, self.weigh(item), "{{" + claim.id + "}}", sentences, [claim], [item]))
        return found

    def beside(self, desk: Desk, item: R, claim: C) -> list[Draft]:  # noqa: ARG002
        """Sentences that stand under a finding and carry its evidence: its interval, its n, where it comes from.

        Without one, a statement is told in answers and to a model, and is no finding.
        """
        return []

    # --- what follows from it, and what stays open

    def advise(self, desk: Desk, item: R, premise: Sequence[ClaimBase], weight: float) -> list[Advice]:  # noqa: ARG002
        """What to do about a finding."""
        return []

    def action_wording(self, action: str, item: Result) -> Wording:  # noqa: ARG002
        """The imperative wordings of one of `actions`."""
        return NOTHING

    def open_ones(self, desk: Desk) -> list[Draft]:  # noqa: ARG002
        """A sentence for each thing that the data leaves open, with the run that would settle it."""
        return []

    def method(self, analysis: Analysis) -> str:  # noqa: ARG002
        """The rule by which it is decided, as a sentence for the methods; "" where the analysis has nothing of it."""
        return ""

    # --- questions

    def asked_for(self, analysis: Analysis, query: Query) -> list[R]:
        """The items that a question in one of the forms of `asks` is about, the most telling first."""
        raise NotImplementedError

    def declare(self, dataset: Dataset, query: Query) -> Dataset:  # noqa: ARG002
        """The data with what the question asks to be computed beside what the report already has."""
        return dataset

    def affirms(self, claim: C) -> bool | None:  # noqa: ARG002
        """Whether the claim answers a question that wants a yes or a no with yes; None where it is neither."""
        return None

    def run_for(self, item: R) -> BenchRun | None:  # noqa: ARG002
        """The run that would settle an item that is open; None where this program has none."""
        return None

    def why_open(self, item: R) -> str:
        """What is missing for a verdict on an item; "" where nothing is."""
        return str(getattr(item, "reason", ""))

    # --- a model's own words

    def framings(self, claim: C, facts: Sequence[Fact]) -> Iterator[Framing]:  # noqa: ARG002
        """Every way in which a model may tell the claim; nothing where only code's words will do."""
        return iter(())


def worded(desk: Desk, wording: Wording, variant: int, seed: str) -> tuple[str, tuple[str, ...]] | None:
    """The clause and the facts it shows; None when no frame of the wording can be filled."""
    usable = []
    for frame in wording.frames:
        roles = roles_in(frame)
        if all(r in wording.roles and desk.has(*wording.roles[r]) for r in roles):
            usable.append((frame, roles))
    # A mean over unlike conditions stands in a clause only where nothing else says the same (licence.py).
    usable = [(f, rs) for f, rs in usable if all(licensed(*wording.roles[r]) for r in rs)] or usable
    if not usable:
        return None
    frame, roles = usable[(zlib.crc32(seed.encode("utf-8", "surrogateescape")) + variant) % len(usable)]
    ids = {r: desk.fact(*wording.roles[r]).id for r in roles}
    text = fill(frame, ids)
    return (text, tuple(dict.fromkeys(ids.values()))) if text is not None else None


def only(items: Sequence[Result], cls: type[R]) -> R | None:
    """The one item, if it is the only one and of that class."""
    return items[0] if len(items) == 1 and isinstance(items[0], cls) else None


def importance(metric: str) -> float:
    """How much a ratio of the metric matters to someone who chooses or tunes a system; most metrics weigh 0.3."""
    return METRIC_WEIGHT.get(metric, 0.3)
