"""Technical reports from LLM benchmark files, in which every number and every claim is derived by code.

    import chimera_report as cr

    run = cr.load("results/")                  # what the files hold: run.table, run.alerts, run.summaries
    run.compare("gemma3:270m", "gemma3:1b")    # a statement with verdict, interval and evidence
    run.ask("which is fastest?")
    run.report().save("out/")

The names are imported when they are first used, so that `import chimera_report` costs nothing. docs/python.md has the
whole of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimera_report.door import (
        Answer,
        ChimeraError,
        Report,
        Run,
        Statement,
        Verified,
        ask,
        bench,
        compare,
        load,
        report,
        verify,
    )

    __version__: str

__all__ = [
    "Answer",
    "ChimeraError",
    "Report",
    "Run",
    "Statement",
    "Verified",
    "__version__",
    "ask",
    "bench",
    "compare",
    "load",
    "report",
    "verify",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("chimera-report")
    if name in __all__:
        return getattr(import_module("chimera_report.door"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
