"""Words of questions that name nothing of the data, or an end of it; and a line of a file as it is quoted."""

# ruff: noqa: E501 — lists are read as a whole

from __future__ import annotations

import re

from chimera_report.tools.query.shown.naming import GENERIC
from chimera_report.tools.query.words import FILLERS

HIGH = frozenset(
    ["highest", "max", "maximum", "most", "peak", "peaks", "greatest", "largest", "biggest", "top", "longest"]
)
LOW = frozenset(["lowest", "min", "minimum", "least", "smallest", "fewest", "shortest"])
BEST = frozenset(["best", "winner", "wins", "leads", "should", "recommend", "optimal"])
WORST = frozenset(["worst"])
# Verbs of what something does to another: it is held against what is without it.
HELPS = frozenset(["help", "helps", "helped", "matter", "matters", "worth", "benefit", "gain", "improve", "improves", "pay", "pays", "save", "saves",
                   "reduce", "reduces", "cost", "costs", "lower", "raise", "hurt", "hurts", "break", "breaks"])  # fmt: skip
# Words of headers for a quantity, beside the names of the registry.
KIN: tuple[frozenset[str], ...] = (
    frozenset(["temp", "temps", "temperature", "thermal", "heat", "hot", "hottest", "cool", "coolest"]),
    frozenset(["watt", "watts", "power"]),
    frozenset(["mem", "memory", "vram"]),
    frozenset(["mem", "memory", "ram"]),
    frozenset(["util", "utilization", "utilisation", "usage"]),
    frozenset(["ubatch", "micro"]),
    frozenset(["ctx", "context"]),
    frozenset(["quant", "quantization", "quantisation"]),
    frozenset(["ppl", "perplexity"]),
    frozenset(["acceptance", "accepted", "accept"]),
    frozenset(["slot", "slots", "parallel"]),
    frozenset(["wait", "latency", "duration", "time", "took", "elapsed"]),
    frozenset(["load", "loading", "loads", "loaded"]),
)  # fmt: skip
SAID_NOTHING = FILLERS | frozenset(
    ["pls", "please",  "wow", "readme", "says", "said", "right", "correct", "true", "check", "really", "way", "much", "many",
     "give", "gives", "get", "good", "bad", "ok", "okay", "i", "me", "my", "we", "you", "this", "that", "these", "those", "there",
     "here", "still", "just", "only", "any", "some", "which", "who", "when", "where", "would", "could", "should", "can",
     "will", "did", "was", "were", "are", "be", "has", "have", "had", "if", "then", "by", "from", "about", "they", "them",
     "their", "its", "up", "down", "out", "go", "goes", "going", "s", "'s", "quick", "nearly", "same", "different", "differ",
     "question", "take", "takes", "took", "also", "too", "very", "even", "compare", "compared", "comparison", "difference"]
)  # fmt: skip
QUIET = frozenset(
    [
        "per",
        "at",
        "on",
        "in",
        "for",
        "with",
        "of",
        "to",
        "the",
        "and",
        "or",
        "as",
        "it",
        "vs",
        "how",
        "what",
        "why",
        "not",
        "no",
        "model",
        "models",
        "run",
        "runs",
        "numbers",
        "performance",
        "speed",
        "best",
        "fast",
        "so",
        "than",
        "long",
    ]
)
NO_METRIC = frozenset(["cpu", "gpu", "total", "best"])
PLAIN_WORDS = GENERIC | SAID_NOTHING  # that name no column and no metric
_LONGEST = 200  # letters of a line that are quoted


def shown(text: str, most: int = _LONGEST) -> str:
    """A line without marks of its format, in printable letters, and no longer than a glance."""
    plain = re.sub(r"(?<!\S)(?:#+|[-*+>])\s|\*\*|`", "", text)
    plain = " ".join("".join(c if c.isprintable() else " " for c in plain).split()).strip("| ")
    return plain if len(plain) <= most else plain[:most].rsplit(" ", 1)[0] + " …"
