"""Which metrics are scores of answers, and whether more or less of one is better.

The registry lists the well-known ones. A benchmark of one's own calls its score as it likes: `factuality_score`,
`agent_score`. The last word tells it; a mixture of a score with speeds or costs is none.
"""

from __future__ import annotations

from typing import Literal

from chimera_report.tools.metrics import AXES, METRICS

QUALITY = next(a for a in AXES if "accuracy" in a)
_LAST = frozenset(("score", "accuracy", "correctness", "factuality", "faithfulness", "coherence", "f1"))
_MIXED = frozenset(
    ("composite", "overall", "combined", "total", "weighted", "normalized", "normalised", "efficiency", "speed",
     "latency", "performance", "perf", "energy", "cost", "throughput", "power", "memory", "price", "risk", "error",
     "toxicity", "hallucination", "value", "drift", "anomaly", "z", "health", "thermal", "stability", "similarity")
)  # fmt: skip


def better(metric: str) -> Literal["higher", "lower", ""]:
    """Which is better of a score of answers; "" for any other metric."""
    if metric in QUALITY:
        return "lower" if METRICS[metric].direction == "lower" else "higher"
    words = metric.split("_")
    scored = metric not in METRICS and len(words) > 1 and words[-1] in _LAST and not _MIXED.intersection(words)
    return "higher" if scored else ""
