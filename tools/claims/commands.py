"""What a recommendation can say and ask to run: a typed catalogue of actions, and the grammar of this program's
commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from chimera_report.tools.claims.alerts import AlertGroup, group_licence, plural
from chimera_report.tools.claims.alerts import roles as alert_roles
from chimera_report.tools.claims.frames import Licence, comparison, effect, ranking, title
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.claims.spoken import noun
from chimera_report.tools.schema import Alert, Comparison, Effect, Inventory, Ranking, Result, Summary

PROGRAM = "chimera-report"
# Actions that settle an open comparison by measuring it again.
SETTLING = frozenset({"settle", "replicate"})
COLLECT = "collect_metric:"  # an action for each metric of the registry
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
    factors: dict[str, Iterable[str]] | None = None,
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


def licence(action: str, items: list[Result]) -> Licence:
    """The wordings of an action, imperative, given the items that it rests on."""
    if not items:
        return Licence((), {})
    item = items[0]
    words, roles = _words(action, item)
    return Licence(words, roles)


def _words(action: str, item: Result) -> tuple[tuple[str, ...], dict[str, tuple[Result, str]]]:
    if action == "prefer" and isinstance(item, Comparison) and item.outcome in ("higher", "lower"):
        base = comparison(item).roles
        up = metric_of(item.metric).direction == "higher"
        roles = base | {"best": base["a" if up else "b"], "other": base["b" if up else "a"]}
        axis = "" if item.axis == "subject" else "{axis} "
        end = " with {condition}" if item.condition else ""
        if axis and item.subject:
            end = " of {subject}" + end
        goal = f"where {noun(item.metric)}{end} decides"
        return (f"use {axis}{{best}} rather than {{other}} {goal}",), roles
    if action in SETTLING and isinstance(item, Comparison):
        roles = comparison(item).roles | {"needed": (item, "needed_n"), "n_a": (item, "n_a"), "n_b": (item, "n_b")}
        axis = "" if item.axis == "subject" else "{axis} "
        pair = f"{axis}{{a}} and {axis}{{b}}"
        goal = f"to settle their {noun(item.metric, warm=item.warm)}"
        if item.needed_n:
            return (f"measure {pair} again, {{needed}} runs each, {goal}",), roles
        return (f"measure {pair} again, in random order, {goal}",), roles
    if action == "avoid" and isinstance(item, Ranking) and len(item.entries) > 2 and not item.entries[-1].tied:
        known = ranking(item).roles
        end = " in suite {suite}" if item.suite else ""
        goal = f"where the {title(item.metric, warm=item.warm)}{end} decides"
        return (f"avoid {{last}}, the last of {{many}}, {goal}",), known
    if isinstance(item, Effect):
        return _effect_words(action, item)
    if isinstance(item, Summary) and action == "keep_loaded" and item.warm is False and item.subject:
        return ("keep {subject} loaded between requests",), {"subject": (item, "subject")}
    if isinstance(item, Alert):
        return _alert_words(action, item)
    if isinstance(item, Inventory) and action.startswith(COLLECT):
        wanted = action.removeprefix(COLLECT)
        if wanted in item.metrics or wanted not in METRICS:
            return (), {}
        words = f"measure the {title(wanted)} too, beside the {{metrics}} {plural(len(item.metrics), 'metric')} at hand"
        return (words,), {"metrics": (item, "#metrics")}
    if isinstance(item, AlertGroup) and action == "remove_duplicates":
        repeat = f"{{files}} {plural(len(item.files), 'file holds', 'files hold')} again"
        return (f"keep a single copy of each measurement that {repeat}",), group_licence(item).roles
    return (), {}


def _alert_words(action: str, item: Alert) -> tuple[tuple[str, ...], dict[str, tuple[Result, str]]]:
    have = alert_roles(item)
    of = (" of {subject}" if item.subject else "") + (" in {suite}" if item.suite else "")
    words = {
        ("investigate_errors", "errors"): (
            f"find out why {{v_failed}} {plural(int(item.values.get('failed', 0)), 'record')}{of} failed",
        ),
        ("replicate", "too_few_runs"): (
            f"repeat the runs{of} in random order, at least {{v_needed}} for each condition",
        ),
        ("replicate", "few_sessions"): (f"repeat the runs{of} in another session, in random order",),
        ("correct_document", "contradiction"): (f"correct {{file0}}",),
    }
    return words.get((action, item.kind), ()), have


def _effect_words(action: str, item: Effect) -> tuple[tuple[str, ...], dict[str, tuple[Result, str]]]:
    base = effect(item).roles
    subject = " {subject}" if item.subject else ""
    name = noun(item.metric)
    end = ""
    if item.outcome == "aliased" and item.aliased:
        if action == "vary_apart" and item.aliased[0] not in ("cold start", "order"):
            return (f"vary {{factor}} and {{alias}} apart for{subject}{end}",), base
        if action != {"order": "randomise", "cold start": "separate_cold_start"}.get(item.aliased[0]):
            return (), base
        return (f"repeat the sweep of {{factor}} for{subject} in random order, with model loads apart",), base
    if action == "do_not_tune" and item.outcome == "negligible":
        return (f"leave {{factor}} out of tuning{subject} for {name}",), base
    if action == "use_level" and item.outcome == "effect":
        best = "high" if metric_of(item.metric).direction == "higher" else "low"
        return (f"run{subject} with {{factor}} {{best}} where {name} decides",), base | {"best": base[best]}
    return (), base
