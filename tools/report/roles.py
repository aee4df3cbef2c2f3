"""Whether a setting is one that somebody chooses, or part of what was asked of the system."""

from __future__ import annotations

from chimera_report.tools.report.book import Book

# What is asked of a system, or tells one run from another: no advice is "choose fewer users".
_WORKLOAD = frozenset(
    [
        "concurrency",
        "users",
        "request_rate",
        "prompt",
        "prompt_type",
        "prompt_tokens",
        "prompt_length",
        "input_tokens",
        "input_length",
        "isl",
        "osl",
        "output_tokens",
        "output_length",
        "context_length",
        "dataset",
        "task",
        "scenario",
        "kernel",
        "case",
        "part",
        "process",
        "phase",
        "seed",
        "run",
        "round",
        "repeat",
        "iteration",
        "trial",
    ]
)
_CHOSEN = frozenset({"setting", "system"})


def chosen(book: Book, factor: str) -> bool:
    """Whether the one who runs the system sets this."""
    role_of = getattr(book.desk.dataset, "role_of", None)
    role = str(role_of(factor)) if role_of is not None else ""
    if role and role != "unknown":
        return role in _CHOSEN
    return factor not in _WORKLOAD
