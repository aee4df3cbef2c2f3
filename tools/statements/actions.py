"""The runs of this program that a statement can ask for, and the command lines that make them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

import pandas as pd

from chimera_report.tools.schema import (
    BENCH_DEFAULTS,
    BENCH_HELD,
    FACTOR,
    BenchRun,
    Dataset,
    ReportRun,
    Run,
)

PROGRAM = "chimera-report"
_MODEL = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)*(:[\w.-]+)?", re.ASCII)
_LEVEL = re.compile(r"[-\w.]+", re.ASCII)
_WINDOW_S = 1.0  # of decoding, the least from which a bench reads the energy of a token (docs/bench.md)
_TOKENS = BENCH_DEFAULTS["num_predict"]
_USERS = 10_000
_SERVER = ("--host", "--runtime", "--api-key")


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


def as_measured(run: BenchRun | None, dataset: Dataset, suite: str = "", metric: str = "") -> BenchRun | None:
    """The run on the server that the user named, with what all records of its models (in the suite, where one is
    given) have in common held as it was: options, and the number of users. Where it is for the energy of a token,
    answers are made long enough for it to be read off."""
    if run is None:
        return None
    run = run.model_copy(update={"server": dataset.server})
    table = dataset.table
    mine = table[table["subject"].isin(run.models) & ((table["suite"] == suite) | (suite == ""))]
    if (cold := FACTOR + "cold") in mine.columns:  # what holds for answers is not said of loads
        mine = mine[mine[cold].astype(object) != "true"]
    held = {name: level for name in sorted(BENCH_HELD - {*run.factors}) if (level := _only(mine, name))}
    held = {n: v for n, v in held.items() if v != str(BENCH_DEFAULTS.get(n))} | run.options
    if (
        metric == "energy_per_token"
        and "num_predict" not in run.factors
        and (long := _long_enough(mine)) > int(held.get("num_predict", _TOKENS))
    ):
        held["num_predict"] = str(long)
    users = _only(mine, "concurrency")
    several = users.isdecimal() and 1 < int(users) < _USERS
    more = {"options": held, "concurrency": users if several else ""}
    made = run.model_copy(update=more)
    return run if problem(made) else made


def _long_enough(table: pd.DataFrame) -> int:
    """Tokens that take the fastest of these records one and a half windows to decode, in whole hundreds."""
    rates = table.loc[table["metric"].isin(["decode_rate", "client_decode_rate"]), "value"].dropna()
    return -(-int(1.5 * _WINDOW_S * rates.max()) // 100) * 100 if len(rates) else 0


def _only(table: pd.DataFrame, factor: str) -> str:
    """The level that every record has; "" where they differ or some say nothing."""
    levels = table[FACTOR + factor].unique().tolist() if FACTOR + factor in table.columns else []
    return levels[0] if len(levels) == 1 and isinstance(levels[0], str) else ""


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
        if name not in BENCH_HELD:
            return f"{name} is not an option of Ollama"
        if not levels or not all(_LEVEL.fullmatch(level) for level in levels):
            return f"{name} has no levels that can be written on a command line"
    for name, level in run.options.items():
        if name not in BENCH_HELD or name in run.factors or not _LEVEL.fullmatch(level):
            return f"{name} cannot be held at {level!r}"
    words = run.server
    if len(words) % 2 or {*words[::2]} - {*_SERVER} or any(not w or w.startswith("-") for w in words[1::2]):
        return "it names no server"
    if run.concurrency and not re.fullmatch(r"[1-9]\d{0,3}(,[1-9]\d{0,3})*", run.concurrency, re.ASCII):
        return f"{run.concurrency!r} is no number of users"
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
    if run.concurrency:
        words += ["--concurrency", run.concurrency]
    words += run.server
    if run.runs is not None:
        words += ["--runs", str(run.runs)]
    return shlex.join([*words, "--out", run.out])
