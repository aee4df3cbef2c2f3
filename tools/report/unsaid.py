"""Whether a column that was not understood may hold what a report would call absent.

"No file scores the answers" is false of a folder with a column `quality` that nobody could read: nothing is said then.
"""

from __future__ import annotations

from chimera_report.tools.metrics import AXES, METRICS, normalise
from chimera_report.tools.schema import Dataset, KnownBy, Role, Source

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
# Words of a path that any benchmark may use: a folder `speed` or `token-tests` holds no memory, energy or score.
_COMMON = frozenset(
    ("tok", "toks", "token", "tokens", "speed", "prompt", "first", "gpu", "time", "generation", "match")
)
_THIN = 500  # bytes of a document for each value that was read, above which most of it was not
_NO_VALUES = frozenset(("model", "id", "name", "config", "dtype", "type", "format", "max", "limit", "budget", "target"))


def may_be_held(dataset: Dataset, metric: str) -> bool:
    """Whether something that was not understood, or is only stated by a document, is called like the metric: a column
    or key of any file, read or not, or a file that gave no value."""
    known = METRICS.get(metric)
    own = {w for n in (metric, *(known.aliases if known else ())) for w in n.split("_")} - _SMALL
    words = _WORDS.get(metric, frozenset()) | (own if metric not in _WORDS else frozenset())
    axis = next((a for a in AXES if metric in a), (metric,))
    every = [(source, a) for source in dataset.sources for a in source.reading]
    if any(a.means in axis for source, a in every if not source.measurements or source.role == "document"):
        return True
    open_ = {
        a.means or a.name.rpartition("/")[2]
        for source, a in every
        if (a.role is Role.UNKNOWN and a.known_by is KnownBy.NOTHING)
        or (a.role is Role.METRIC and a.means not in METRICS)  # read, and what it is of is not known
    }
    named = [set(normalise(name).split("_")) for name in open_]
    if any(not words.isdisjoint(mine) and _NO_VALUES.isdisjoint(mine) for mine in named):
        return True
    if metric not in _WORDS:
        return False
    files = [_path(s.path) for s in dataset.sources if _silent(s)]
    return any(not (words - _COMMON).isdisjoint(mine) for mine in files)


def _silent(source: Source) -> bool:
    """Whether a file was read and gave no value, or is a text of some length that gave few."""
    return source.measurements == 0 or (source.role == "document" and source.size > _THIN * source.measurements)


def _path(path: str) -> set[str]:
    return {w for part in path.rpartition(".")[0].split("/") for w in normalise(part).split("_")}
