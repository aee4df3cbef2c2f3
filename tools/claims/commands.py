"""The runs that a recommendation or an answer can ask for."""

from __future__ import annotations

from chimera_report.tools.statements import BENCH_FACTORS, COLLECT, again, bench, problem, runnable

__all__ = ["BENCH_FACTORS", "COLLECT", "again", "bench", "problem", "runnable"]
