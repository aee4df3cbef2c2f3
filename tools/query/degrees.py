"""Comparatives and superlatives of questions: which end is meant, what is taken for granted, which metric it is about."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query import words

SUPERLATIVE = r"fastest|quickest|slowest|speediest|leanest|heaviest|best|worst|lowest|highest|smallest|largest|biggest|greatest|least|most|shortest|longest|minimal|minimum|maximal|maximum|cheapest|optimal|optimum|top|leads?|wins?|winner|winning|fewest"
BETTER = frozenset(
    [
        "best",
        "top",
        "lead",
        "leads",
        "win",
        "wins",
        "winner",
        "winning",
        "optimal",
        "optimum",
        "fastest",
        "quickest",
        "speediest",
        "leanest",
        "cheapest",
    ]
)
WORSE = frozenset("worst slowest heaviest".split())  # noqa: SIM905
HIGH = frozenset("highest largest biggest greatest longest maximal maximum".split())  # noqa: SIM905
LOW = frozenset("lowest smallest least shortest minimal minimum fewest".split())  # noqa: SIM905
COMPARE = r"faster|quicker|slower|speedier|leaner|heavier|better|worse|higher|lower|greater|smaller|larger|bigger|shorter|longer|more|less|fewer|outperforms?|beats?"
PRESUMES = {
    **dict.fromkeys(
        ("faster", "quicker", "speedier", "leaner", "better", "outperform", "outperforms", "beat", "beats"), "better"
    ),
    **dict.fromkeys(("slower", "heavier", "worse"), "worse"),
    **dict.fromkeys(("higher", "greater", "larger", "bigger", "longer", "more"), "higher"),
    **dict.fromkeys(("lower", "smaller", "shorter", "less", "fewer"), "lower"),
}
YES_NO = r"^\s*(?:so |and |but |then |or )?(?:is|are|was|were|does|do|did|has|have|had|can|will|isn't|aren't|doesn't|don't|didn't|wasn't|weren't)\b"
CHANGES = (
    (
        r"slows?(?: (?:it|them|things|\s+))?(?: down)?|slowing|slowed|hurts?|worsens?|degrades?|harms?|reduces? (?:performance|speed)|makes? (?:it|them|things|\s+)? ?(?:much )?(?:slower|worse)",
        "worse",
    ),
    (
        r"speeds?(?: (?:it|them|things|\s+))? up|speeding|helps?|improves?|boosts?|makes? (?:it|them|things|\s+)? ?(?:much )?(?:faster|better)",
        "better",
    ),
    (r"raises?|increases?|increasing|rises?|rising|grows?|growing|climbs?|climbing", "higher"),
    (r"lowers?|decreases?|decreasing|reduces?|drops?|cuts?|falls?|falling|shrinks?|declines?", "lower"),
)


def presumed(text: str) -> str:
    for pattern, presumed in CHANGES[:2]:
        if compiled(rf"\b(?:{pattern})\b").search(text):
            return presumed
    m = compiled(rf"\b(?:{COMPARE})\b").search(text)
    if m:
        word = m[0]
        if word in ("less", "more") and (
            n := compiled(rf"\b{word}\s+(fast|quick|slow|efficient|economical|hungry|accurate|responsive)\b").search(
                text
            )
        ):
            good = words.DEGREES[n[1]][1]
            return "better" if good == (word == "more") else "worse"
        return PRESUMES[word]
    for word, end in (
        ("slow", "worse"),
        ("fast", "better"),
        ("quick", "better"),
        ("bad", "worse"),
        ("fastest", "better"),
        ("slowest", "worse"),
        ("best", "better"),
        ("worst", "worse"),
        ("high", "higher"),
        ("low", "lower"),
        ("hungry", "worse"),
    ):
        if compiled(rf"\b{word}\b").search(text):
            return end
    for pattern, presumed in CHANGES[2:]:
        if compiled(rf"\b(?:{pattern})\b").search(text):
            return presumed
    return ""


def goal(text: str, degree: str) -> str:
    if not degree or degree in BETTER | WORSE:
        return ""
    if degree in ("most", "least") and adjective(text):
        return ""
    return "low" if degree in LOW else "high"


def adjective(text: str) -> bool:
    return (
        re.search(
            r"\b(?:fast|faster|fastest|quick|quicker|quickest|slow|slower|slowest|efficient|economical|hungry|responsive|accurate|lean|heavy)\b",
            text,
        )
        is not None
    )


def adjectives(text: str) -> tuple[str, ...]:
    """The metrics that an adjective of the question is about; () without one."""
    for word in re.findall(r"[a-z]+", text):
        base = words.SUPERLATIVES.get(word) or words.COMPARATIVES.get(word) or (word if word in words.DEGREES else "")
        if base:
            return words.DEGREES[base][0]
    if re.search(r"\b(?:cheapest)\b", text):
        return ("energy_per_token", "energy")
    return ()


def yes_no(text: str) -> bool:
    """Whether a question wants a yes or a no."""
    return re.search(YES_NO, text) is not None
