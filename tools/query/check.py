"""The last look at an answer before a reader sees it: nothing in it that its own facts and claims do not carry."""

from __future__ import annotations

import re

from chimera_report.tools.claims import check_sentence, render_text
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.describe import bounds_of
from chimera_report.tools.schema import Answer, ClaimBase, ComparisonClaim, EffectClaim, FactSheet, Query, Sentence
from chimera_report.tools.statements import of_claim

# What code may put before a sentence: the conditions, and what the verdict says to the question.
_GIVEN = r"(?:(?:with|without) [^\n]*?, |cold starts alone, )*"
_LEADS = (
    "Yes", "No", "Open", "It is not so", "It is open whether it is so", "That cannot be told",
    "Nothing confirms it", "It shares the place",
    "First among those that keep [^:]*",
)  # fmt: skip
_LEAD = re.compile(rf"(?P<given>{_GIVEN})(?:(?P<lead>{'|'.join(_LEADS)}): )?", re.IGNORECASE)
_REFUSAL = "The data cannot answer that: "


def checked(answer: Answer) -> list[str]:
    """What is wrong with an answer; [] where nothing is.

    Placeholders have facts, and the claims that are told are SUPPORTED; each text is a sentence with its placeholders
    filled, after no more than conditions of the query and a yes or no that agrees with the claim; no other text stands
    there; a number outside of placeholders is one of the query or counts what is shown; a model's sentence passes the
    check of a report.
    """
    wrong: list[str] = []
    claims = {c.id: c for c in answer.sheet.claims}
    shown: list[str] = []
    for sentence in answer.sentences:
        try:
            shown.append(render_text(sentence.text, answer.sheet))
        except KeyError as exc:
            wrong.append(f"{sentence.id} names {exc}, which the answer does not have")
            continue
        told = [claims[i] for i in re.findall(r"\{\{(C\d+)\}\}", sentence.text) if i in claims]
        wrong += [f"{c.id} is {c.verdict}: {c.reason}" for c in told if c.verdict != "SUPPORTED"]
        if sentence.author == "model":
            wrong += _worded(sentence, answer.sheet)
    refused = bool(answer.text) and answer.text[0].startswith(
        _REFUSAL
    )  # by who looked; a query that was heard is no answer
    if answer.outcome == "answered" or answer.sentences or refused:
        wrong += _texts(answer, shown)
    return wrong + _lead(answer)


def _worded(sentence: Sentence, sheet: FactSheet) -> list[str]:
    """A model's sentence against code's own, which is the claim that it is bound to and no more."""
    if len(sentence.claims) != 1:
        return [f"{sentence.id} is a model's sentence of {len(sentence.claims)} claims"]
    own = sentence.model_copy(update={"text": f"{{{{{sentence.claims[0]}}}}}.", "author": "code"})
    return [f.message for f in check_sentence(sentence.text, own, sheet)]


def _texts(answer: Answer, shown: list[str]) -> list[str]:
    """The texts are the sentences, one for one, with what code may put before them."""
    texts = list(answer.text)
    if texts and texts[0].startswith(_REFUSAL):
        texts = texts[1:]
    if len(texts) != len(shown):
        return [f"{len(texts)} texts stand for {len(shown)} sentences"]
    wrong = []
    for text, sentence in zip(texts, shown, strict=True):
        before = text[: len(text) - len(sentence)]
        if text.lower() != (before + sentence).lower() or not _may_stand(before, answer.query):
            wrong.append(f"the sentence says {sentence!r}, the reader sees {text!r}")
    return wrong


def _may_stand(before: str, query: Query | None) -> bool:
    """Whether what stands before a sentence is a yes or no and conditions, bounds and files of the query."""
    found = _LEAD.fullmatch(before)
    if found is None:
        return False
    given = found["given"].lower()
    for factor, level in query.condition.items() if query is not None else ():
        given = given.replace(f"with {factor} {level}, ".lower(), "")
    for name in query.without if query is not None else ():
        given = given.replace(f"without {name}, ".lower(), "")
    given = re.sub(r"without \d+ outlying values?, |cold starts alone, ", "", given)
    kept = re.search(r"keep (.*)", found["lead"] or "")
    return not given and (kept is None or (query is not None and kept[1] == bounds_of(query)))


def _lead(answer: Answer) -> list[str]:
    """A yes or no agrees with the claim that it stands before."""
    query, found = answer.query, _LEAD.match(answer.text[0]) if answer.text else None
    lead = (found["lead"] or "").lower() if found else ""
    if query is None or lead not in ("yes", "no", "it is not so"):
        return []
    cited = [c for c in answer.sheet.claims if answer.sentences and c.id in answer.sentences[0].claims]
    claim = next((c for c in cited if isinstance(c, ComparisonClaim | EffectClaim) or _affirms(c) is not None), None)
    if claim is None:
        return []
    if isinstance(claim, ComparisonClaim):
        holds = _compared(query, claim)
    elif isinstance(claim, EffectClaim):
        holds = _moved(query, claim, answer.sheet)
    else:
        holds = _affirms(claim)
    if holds is None or holds == (lead == "yes"):
        return []
    return [f"the answer opens with {lead!r}, which its own claim {claim.id} refutes"]


def _affirms(claim: ClaimBase) -> bool | None:
    """What a claim says to a question that wants a yes or a no, as its own kind knows."""
    kind = of_claim(claim)
    return kind.affirms(claim) if kind is not None else None


def _compared(query: Query, claim: ComparisonClaim) -> bool | None:
    named = query.levels if query.factor else query.subjects
    if claim.direction == "equivalent":
        return query.presumes in ("", "changes") and None
    first = next((n for n in named if n in (claim.a, claim.b)), "")
    if not first or query.presumes in ("", "changes"):
        return None
    higher = (claim.a == first) == (claim.direction == "higher")
    return _as_presumed(query.presumes, claim.metric, higher=higher)


def _moved(query: Query, claim: EffectClaim, sheet: FactSheet) -> bool | None:
    if claim.direction != "raises":
        return False if claim.direction == "none" else None
    if query.presumes in ("", "changes"):
        return True
    ends = {f.field: str(f.value) for f in sheet.facts if f.id in claim.facts and f.field in ("high", "low")}
    if len(query.levels) and query.levels[0] in ends.values():
        return _as_presumed(query.presumes, claim.metric, higher=query.levels[0] == ends.get("high"))
    return None


def _as_presumed(presumes: str, metric: str, *, higher: bool) -> bool:
    polarity = metric_of(metric).direction
    better = higher == (polarity == "higher") if polarity != "none" else higher
    return {"higher": higher, "lower": not higher, "better": better, "worse": not better}[presumes]
