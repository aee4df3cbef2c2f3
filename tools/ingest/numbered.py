"""Keys of JSON that are numbers: the levels of a load or a length, which a file's or a metric's name counts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chimera_report.tools.metrics import METRICS, resolve, resolve_factor
from chimera_report.tools.schema import Json, Role, named_role

from .folder_names import known_words

_NUMBER = re.compile(r"\d{1,7}[kK]?")
_LOADED = frozenset(
    ("output_throughput", "total_throughput", "request_rate", "goodput")
)  # what many requests give together
_COUNTED = (Role.WORKLOAD, Role.SETTING)


def are_numbers(keys: Iterable[str]) -> bool:
    """Whether keys are two numbers or more."""
    listed = list(keys)
    return len(listed) > 1 and all(_NUMBER.fullmatch(k) for k in listed)


def is_curve(key: str, node: Json) -> bool:
    """Whether an object holds the values of one metric under numbers: `"aggregate_tok_s": {"1": 55.0, "4": 73.2}`."""
    if not isinstance(node, dict) or not are_numbers(node):
        return False
    found = resolve(key)
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in node.values())
    return numeric and found is not None and found.metric in METRICS


def counted_in(words: Iterable[str]) -> str:
    """The load, length or setting that a name counts, as `conc_sweep` and `by_batch` do; else ""."""
    keys = known_words()[1]
    for word in words:
        factor = keys.get(word) if len(word) > 1 else None
        factor = factor or resolve_factor(word) or ""
        if factor and named_role(factor) in _COUNTED:
            return factor
    return ""


def counted_by(metric: str, told: str) -> str:
    """What the numbers under a metric count: as the file's name tells it; of a rate of all requests, their number."""
    found = resolve(metric)
    return told or ("concurrency" if found is not None and found.metric in _LOADED else "level")
