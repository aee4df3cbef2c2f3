"""Token counts that are named by what they lie in: `tokens: {avgPrompt, avgCompletion}`, `usage: {input, output}`."""

from __future__ import annotations

from chimera_report.tools.metrics import STATS, normalise

from .reading import STEP

_OBJECTS = frozenset(("tokens", "token_counts", "token_count", "token_usage", "usage", "token_stats"))
_COUNTED = frozenset(("prompt", "completion", "input", "output", "total", "generated", "reasoning", "response"))


def in_full(leaf: str, context: str) -> str:
    """The key with what it counts: `avg_completion_tokens` of `avgCompletion` under `tokens`, and itself elsewhere."""
    words = normalise(leaf).split("_")
    named = [w for w in words if w not in STATS or w == "total"]
    above = normalise(context.rpartition(STEP)[2])
    return f"{normalise(leaf)}_tokens" if above in _OBJECTS and len(named) == 1 and named[0] in _COUNTED else leaf
