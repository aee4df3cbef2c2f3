"""Tests of answers by their names: whether a question is about how well one was passed, or about how something else was
while it ran."""

# ruff: noqa: E501 — patterns and conditions are read as a whole

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

TESTS = re.compile(
    r"\b(?:mmlu(?:[-_ ]pro)?|human ?eval|gsm8k|ifeval|arc(?:[-_ ](?:easy|challenge|c|e))?|hellaswag|mbpp|truthfulqa|winogrande|gpqa|boolq|piqa|bbh|aime|"
    r"math500|livecodebench|swe[-_ ]?bench|mt[-_ ]?bench)\b"
)
# Words by which a test is the place of something, and not what is asked for: "how fast is it on gsm8k?"
_PLACE = re.compile(rf"\b(?:on|at|with|in|using|during|over|under|for|while running) (?:the |a )?{TESTS.pattern}")
SCORES = ("accuracy", "score", "pass_rate", "quality")


_TAKES = re.compile(
    r"\bhow long (?:does|do|would|will|takes?|needs?)\b(?!.*\b(?:in total|altogether|whole|entire|sweep|experiment|benchmark|everything|all (?:runs|tests|of))\b)"
)
_TIMES = ("e2e_latency", "run_time", "eval_time")


def one_takes(found: Slots, held: frozenset[str] | set[str]) -> None:
    """ "How long does qwen2 take for 1000 words?" asks for the time of one run, and not for that of all."""
    own = tuple(m for m in _TIMES if m in held)
    if own and "duration" in found.intents and found.wheres and not found.metrics and _TAKES.search(found.parsed.text):
        found.intents.discard("duration")
        found.metrics.append(own)


def score_of(text: str) -> bool:
    """Whether a test is named as what is to be told: "the best mmlu", and not "on mmlu"."""
    return TESTS.search(text) is not None and _PLACE.search(text) is None


def tested(found: Slots, held: frozenset[str] | set[str]) -> None:
    """ "Which quant has the best MMLU?" asks by the score of the test, where no metric is named."""
    own = tuple(m for m in SCORES if m in held)
    text = found.parsed.text
    judged = found.claims in ("better", "worse") and TESTS.search(text) and re.search(r"\b(?:better|worse)\b", text)
    if own and (score_of(text) or judged) and not (found.metrics or found.degree or found.unit):
        found.metrics.append(own)
