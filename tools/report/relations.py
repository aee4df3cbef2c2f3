"""Which relations between statements are licensed, and why one is not.

A connective is a claim: "but" says that something is against expectation, "so" that something follows. Each has a
test on what the statements are, not on how they sound.
"""

from __future__ import annotations

from dataclasses import dataclass

from chimera_report.tools.schema import Relation


@dataclass(frozen=True, slots=True)
class About:
    """What a statement is about, as far as relations need it."""

    kind: str
    subject: str = ""
    metric: str = ""
    suite: str = ""
    factor: str = ""
    # higher, lower, same; artefact: a difference that something else explains; open: no verdict; cause: what explains
    # it; advice: what follows.
    verdict: str = ""
    rests_on: str = ""  # of advice and causes: the kind of statement that it follows from or explains


_OPPOSED = {
    frozenset(pair)
    for pair in (
        ("higher", "lower"),
        ("higher", "same"),
        ("lower", "same"),
        ("higher", "artefact"),
        ("lower", "artefact"),
        ("artefact", "same"),
        ("artefact", "cause"),
        ("higher", "open"),
        ("lower", "open"),
        ("same", "open"),
        ("failed", "done"),
        ("stated", "measured"),
    )
}


def problem(relation: Relation, said: About, before: list[About]) -> str:
    """Why the relation does not hold between a statement and those said before it in the paragraph; "" when it does."""
    if relation == "":
        return ""
    if not before:
        return "nothing was said before it"
    last = before[-1]
    match relation:
        case "contrast":
            if not any(frozenset((said.verdict, b.verdict)) in _OPPOSED for b in before):
                return "no direction is opposed and no expectation broken"
        case "consequence":
            if said.verdict != "advice" or not any(b.kind == said.rests_on for b in before):
                return "it does not follow from a statement of the paragraph"
        case "because":
            if said.verdict != "cause" or not any(b.kind == said.rests_on for b in before):
                return "it explains no statement of the paragraph"
        case "condition":
            if said.suite != last.suite and said.factor != last.factor:
                return "no restriction is shared"
        case "elaboration":
            shared = ("subject", "metric", "suite", "factor", "kind")
            if not any(getattr(said, f) and getattr(said, f) == getattr(b, f) for f in shared for b in before):
                return "nothing is shared with what was said before"
    return ""
