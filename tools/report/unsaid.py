"""Whether a column that was not understood may hold what a report would call absent.

"No file scores the answers" is false of a folder with a column `quality` that nobody could read: nothing is said then.
"""

from __future__ import annotations

from chimera_report.tools.metrics import METRICS, normalise
from chimera_report.tools.schema import Dataset, KnownBy, Role

# Words of a header by what they may mean; those of the metric's own names count too.
_QUALITY = frozenset((
    "accuracy", "acc", "score", "scores", "quality", "correct", "correctness", "pass", "passed", "exact", "match",
    "grade", "graded", "precision", "recall", "f1", "bleu", "rouge", "perplexity", "ppl", "loss", "eval", "judge",
    "rating", "win",
    "right", "wrong", "coherence", "retention", "consistency", "valid", "validity", "success",
))  # fmt: skip
_WORDS: dict[str, frozenset[str]] = {
    "accuracy": _QUALITY,
    "vram": frozenset(("vram", "memory", "mem", "gpu", "footprint", "peak")),
    "decode_rate": frozenset(("tok", "toks", "token", "tokens", "tps", "speed", "decode", "generation", "tg")),
    "prefill_rate": frozenset(("tok", "toks", "token", "tokens", "tps", "prompt", "prefill", "pp")),
    "ttft": frozenset(("ttft", "first", "prefill", "wait")),
    "energy_per_token": frozenset(("energy", "joule", "joules", "j", "kwh", "wh", "power", "watt", "watts")),
    "load_time": frozenset(("load", "loading", "cold", "startup")),
    "e2e_latency": frozenset(("latency", "time", "elapsed", "duration", "response")),
}
_SMALL = frozenset(("per", "the", "of", "in", "to", "s", "ms", "rate", "time", "total"))
_NO_VALUES = frozenset(("model", "id", "name", "config", "dtype", "type", "format", "max", "limit", "budget", "target"))


def may_be_held(dataset: Dataset, metric: str) -> bool:
    """Whether some column of a data file was not understood and is called like the metric."""
    known = METRICS.get(metric)
    own = {w for n in (metric, *(known.aliases if known else ())) for w in n.split("_")} - _SMALL
    words = _WORDS.get(metric, frozenset()) | (own if metric not in _WORDS else frozenset())
    open_ = {
        a.means or a.name.rpartition("/")[2]
        for source in dataset.sources
        if source.role == "data" and source.measurements
        for a in source.reading
        if (a.role is Role.UNKNOWN and a.known_by is KnownBy.NOTHING)
        or (a.role is Role.METRIC and a.means not in METRICS)  # read, and what it is of is not known
    }
    named = [set(normalise(name).split("_")) for name in open_]
    return any(not words.isdisjoint(mine) and _NO_VALUES.isdisjoint(mine) for mine in named)
