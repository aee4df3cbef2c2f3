"""The runs of this program that a statement can ask for, and the grammar of the commands that make them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

PROGRAM = "chimera-report"
# Ollama's options that a bench can vary, as `--factor name=value,value`.
BENCH_FACTORS = frozenset(
    "num_ctx num_gpu num_batch num_thread num_predict temperature top_p top_k seed repeat_penalty".split()  # noqa: SIM905
)
_MODEL = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)*(:[\w.-]+)?", re.ASCII)
_OPTIONS = {
    "--factor": re.compile(r"[a-z_]+=[-\w.]+(,[-\w.]+)*", re.ASCII),
    "--design": re.compile(r"full|fractional|plackett-burman|lhs|adaptive"),
    "--runs": re.compile(r"[1-9]\d*|auto"),
    "--time-budget": re.compile(r"[1-9]\d*[smh]"),
    "--out": re.compile(r"(?!-).+", re.DOTALL),
}


def runnable(subject: str) -> bool:
    """Whether the name can be that of a model in Ollama; whether it is one, only the machine knows."""
    # Without a tag, "owner/name" is a repository of weights that another server loaded; Ollama records the tag too.
    elsewhere = "/" in subject and ":" not in subject and "." not in subject.split("/")[0]
    return _MODEL.fullmatch(subject) is not None and (":" in subject or "/" in subject) and not elsewhere


def bench(
    models: Iterable[str],
    *,
    factors: Mapping[str, Iterable[str]] | None = None,
    runs: int | None = None,
    out: str = "results",
) -> str:
    """A command that measures these models, quoted for a shell; "" when it would not be accepted."""
    words = [PROGRAM, "bench", *models]
    for name, levels in (factors or {}).items():
        words += ["--factor", f"{name}={','.join(levels)}"]
    if factors:
        words += ["--design", "full"]
    if runs is not None:
        words += ["--runs", str(runs)]
    words += ["--out", out]
    command = shlex.join(words)
    return "" if problem(command) else command


def again(target: str) -> str:
    """The command that makes a report of the folder again."""
    return shlex.join([PROGRAM, target]) if target and not target.startswith("-") else ""


def problem(command: str) -> str:
    """Why this program would not accept the command; "" when it would."""
    try:
        words = shlex.split(command)
    except ValueError as exc:
        return str(exc)
    if words[:1] != [PROGRAM] or len(words) < 2:
        return f"it does not call {PROGRAM}"
    if words[1] != "bench":
        return "" if len(words) == 2 and not words[1].startswith("-") else "it has more than a path"
    rest = words[2:]
    models = 0
    while rest and not rest[0].startswith("-"):
        if not _MODEL.fullmatch(rest.pop(0)):
            return "a model's name is not one that Ollama has"
        models += 1
    if not models:
        return "it names no model"
    while rest:
        name, value, rest = rest[0], rest[1] if len(rest) > 1 else "", rest[2:]
        if name not in _OPTIONS or not _OPTIONS[name].fullmatch(value):
            return f"{name} {value}".strip()
        if name == "--factor" and value.partition("=")[0] not in BENCH_FACTORS:
            return f"{value.partition('=')[0]} is not an option of Ollama"
    return ""
