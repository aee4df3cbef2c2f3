"""Objects of a JSON document that hold the same: their keys are names of cases, and no parts of one record."""

from __future__ import annotations

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import Json

from .lazy import Lazy
from .names import is_model

COLLECTIONS = frozenset(
    [
        "backends",
        "models",
        "results",
        "configs",
        "configurations",
        "benchmarks",
        "tests",
        "engines",
        "frameworks",
        "devices",
        "scenarios",
        "workloads",
        "variants",
        "runs",
        "by_model",
        "per_model",
    ]
)


def lists_by_name(node: dict[str, Json], name: str) -> bool:
    """Whether an object holds a list of records under each of several names: `engines: {"vllm": […], "tgi": […]}`."""
    lists = list(node.values())
    plain = not any(isinstance(v, Lazy) for v in lists)
    if len(lists) < 2 or not plain or not all(isinstance(v, list) and v and isinstance(v[0], dict) for v in lists):
        return False
    if normalise(name) not in COLLECTIONS and not all(map(is_model, node)):
        return False
    leaves = [leaves_of({"": v}) for v in lists]
    every = set().union(*leaves)
    return bool(every) and all(2 * len(leaf) >= len(every) for leaf in leaves)


def leaves_of(node: Json) -> set[str]:
    """Names of the numbers in an object, at any depth."""
    found: set[str] = set()
    todo = [node]
    while todo:
        item = todo.pop()
        if isinstance(item, list):
            todo.extend(i for i in item[:8] if isinstance(i, dict | list))
        else:
            for key, value in item.items():
                if isinstance(value, dict | list):
                    todo.append(value)
                elif isinstance(value, int | float) and not isinstance(value, bool):
                    found.add(key)
    return found


def only_failed(node: dict[str, Json]) -> bool:
    """Whether an object says that something failed, and holds no number."""
    return not leaves_of(node) and any(normalise(k) in ("error", "exception", "failed", "failure", "err") for k in node)
