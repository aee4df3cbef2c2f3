"""What a recommendation can say: a catalogue of actions, each with its words for the items that it rests on."""

from __future__ import annotations

from chimera_report.tools.claims.alerts import plural
from chimera_report.tools.claims.alerts import roles as alert_roles
from chimera_report.tools.claims.frames import Licence, comparison, effect, title
from chimera_report.tools.claims.spoken import noun
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Alert, Comparison, Effect, Inventory, Result, Summary
from chimera_report.tools.statements import BENCH_FACTORS, NOTHING, again, bench, of_item, problem, runnable

__all__ = ["BENCH_FACTORS", "again", "bench", "licence", "problem", "runnable"]
# Actions that settle an open comparison by measuring it again.
SETTLING = frozenset({"settle", "replicate"})
COLLECT = "collect_metric:"  # an action for each metric of the registry


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
    kind = of_item(item)
    made = kind.action_wording(action, item) if kind is not None else NOTHING
    return made.frames, made.roles


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
        ("correct_document", "contradiction"): ("correct {file0}",),
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
