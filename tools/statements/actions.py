"""The runs of this program that a statement can ask for, and the command lines that make them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from chimera_report.tools.schema import BENCH_FACTORS, BenchRun, ReportRun, Run

PROGRAM = "chimera-report"
_MODEL = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)*(:[\w.-]+)?", re.ASCII)
_LEVEL = re.compile(r"[-\w.]+", re.ASCII)


def runnable(subject: str) -> bool:
    """Whether the name can be that of a model in Ollama; whether it is one, only the machine knows."""
    # Without a tag, "owner/name" is a repository of weights that another server loaded; Ollama records the tag too.
    elsewhere = "/" in subject and ":" not in subject and "." not in subject.split("/")[0]
    return _MODEL.fullmatch(subject) is not None and (":" in subject or "/" in subject) and not elsewhere


def bench(
    models: Iterable[str],
    *,
    factors: Mapping[str, Iterable[str]] | None = None,
    options: Mapping[str, str] | None = None,
    runs: int | None = None,
    out: str = "results",
) -> BenchRun | None:
    """The run that measures these models, with `options` held; None when the bench would not accept it."""
    levels = {name: tuple(dict.fromkeys(values)) for name, values in (factors or {}).items()}
    made = BenchRun(models=tuple(models), factors=levels, options=dict(options or {}), runs=runs, out=out)
    return None if problem(made) else made


def again(target: str) -> ReportRun | None:
    """The run that makes a report of the folder again."""
    made = ReportRun(target=target)
    return None if problem(made) else made


def problem(run: Run) -> str:
    """Why this program would not accept the run; "" when it would."""
    if isinstance(run, ReportRun):
        return "" if run.target and not run.target.startswith("-") else "it names no folder"
    if not run.models:
        return "it names no model"
    for name in run.models:
        if not _MODEL.fullmatch(name):
            return f"{name!r} is no name of a model in Ollama"
    for name, levels in run.factors.items():
        if name not in BENCH_FACTORS:
            return f"{name} is not an option of Ollama"
        if not levels or not all(_LEVEL.fullmatch(level) for level in levels):
            return f"{name} has no levels that can be written on a command line"
    for name, level in run.options.items():
        if name not in BENCH_FACTORS or name in run.factors or not _LEVEL.fullmatch(level):
            return f"{name} cannot be held at {level!r}"
    if run.runs is not None and run.runs < 1:
        return "it measures nothing"
    return "" if run.out and not run.out.startswith("-") else "it has no folder for its results"


def command(run: Run | None) -> str:
    """The run as a command line, quoted for a shell; "" for none."""
    if run is None:
        return ""
    if isinstance(run, ReportRun):
        return shlex.join([PROGRAM, run.target])
    words = [PROGRAM, "bench", *run.models]
    for name, levels in run.factors.items():
        words += ["--factor", f"{name}={','.join(levels)}"]
    if run.factors:
        words += ["--design", "full"]
    for name, level in run.options.items():
        words += ["--option", f"{name}={level}"]
    if run.runs is not None:
        words += ["--runs", str(run.runs)]
    return shlex.join([*words, "--out", run.out])
