"""Alerts without which a report would be false: duplicates, derived numbers, cold starts, aliases, errors, few runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from chimera_report.tools.metrics import COLD_SENSITIVE
from chimera_report.tools.schema import FACTOR, SUBJECTS, Alert

from . import disowned, failed, survivors
from .alerting import make
from .alias import COLD, ORDER, Alias, aliases, records, splitting
from .answers import missed_lengths, unequal_answers, unequal_requests, unequal_tokens
from .columns import Selection
from .constant_share import constant_shares
from .contradict import contradictions
from .intervals import Floats
from .labels import contradicted_labels
from .no_effect import labels_without_effect
from .nothing_came import empty_answers, partial_success, single_answers
from .oddities import oddities
from .once import once
from .overload import overloads
from .prepared import Key, Prepared
from .score_checks import scores_against_bits, scores_of_nothing
from .sizes import reserved_memory, sizes_out_of_order
from .tails import tails
from .twin_files import twin_files
from .two_groups import two_groups
from .units import units_in_doubt
from .unreached import loads_not_reached
from .warm_waits import waits_that_fall
from .workload import by_record

_NEEDED, _SESSIONS = 6, 3  # records a condition; sessions
_DAY = 86_400 * 10**9  # ns
_EXACT = 1e-3  # relative: a metric computed from others, but for rounding


@once
def base_alerts(prepared: Prepared) -> list[Alert]:
    """The alerts that do not rest on any other result; computed once. Results refer to them."""
    finders = (
        _files,
        _records,
        _aggregates,
        _unreadable,
        _cold,
        _aliased,
        _split_subjects,
        _derived_metrics,
        failed.alerts,
        disowned.alerts,
        _few,
        contradictions,
        oddities,
        units_in_doubt,
        contradicted_labels,
        unequal_answers,
        unequal_requests,
        unequal_tokens,
        missed_lengths,
        loads_not_reached,
        survivors.alerts,
        overloads,
        waits_that_fall,
        twin_files,
        labels_without_effect,
        two_groups,
        tails,
        sizes_out_of_order,
        reserved_memory,
        constant_shares,
        empty_answers,
        partial_success,
        single_answers,
        scores_of_nothing,
        scores_against_bits,
    )
    return [alert for find in finders for alert in find(prepared)]


def _files(prepared: Prepared) -> Iterator[Alert]:
    for group in prepared.files:
        yield make(
            "duplicate_files",
            group.kept,
            severity="warning",
            files=(group.kept, *group.dropped),
            values={"files": 1 + len(group.dropped), "copies": len(group.dropped), "kept": group.kept},
            advice="keep one copy of each file",
        )


def _records(prepared: Prepared) -> Iterator[Alert]:
    every = prepared.all_rows()
    for twin in prepared.records:
        rows = every.keep(every.has("source", twin.dropped) & every.number("duplicate"))
        yield make(
            "duplicate_measurements",
            f"{twin.dropped}:{twin.kept}",
            rows,
            severity="warning",
            suite=_only(rows, "suite"),
            subject=_only(rows, "subject"),
            files=(twin.kept, twin.dropped),
            values={"records": twin.records, "of": twin.of, "kept": twin.kept, "left_out": twin.dropped},
            advice="keep one file of each measurement",
        )


def _only(rows: Selection, column: str) -> str:
    found = rows.known(column)
    return found[0] if len(found) == 1 else ""


def _aggregates(prepared: Prepared) -> Iterator[Alert]:
    every = prepared.all_rows()
    every = every.keep(every.number("derived"))
    for found in prepared.derived:
        here = every.has("source", found.source) & every.has("suite", found.suite)
        yield make(
            "derived_aggregate",
            f"{found.source}:{found.suite}:{found.subject}",
            every.keep(here & every.has("subject", found.subject)),
            severity="note",
            suite=found.suite,
            subject=found.subject,
            files=(found.source, *(f for f in found.samples if f != found.source)),
            values={"aggregates": found.aggregates, "of": found.of, "left_out": found.source},
            advice="read the samples rather than the summary file",
        )


def _unreadable(prepared: Prepared) -> Iterator[Alert]:
    by_reason: dict[tuple[str, str], list[str]] = {}
    for source in prepared.dataset.sources:
        if source.status == "partial" or (source.status == "skipped" and source.reason):
            by_reason.setdefault((source.status, source.reason), []).append(source.path)
    for (status, reason), paths in by_reason.items():
        yield make(
            "unreadable",
            f"{status}:{paths[0]}",
            severity="warning",
            files=tuple(paths),
            values={"files": len(paths), "status": status, "reason": reason},
            advice="check these files at their source",
        )


def _cold(prepared: Prepared) -> Iterator[Alert]:
    for suite, subject in prepared.groups():
        for metric in ("load_time", "ttft_incl_load", "ttft", "e2e_latency"):
            key = next(
                (
                    k
                    for k in prepared.measures(suite)
                    if k.subject == subject and k.metric == metric and prepared.has_cold(k)
                ),
                None,
            )
            if key is None:
                continue
            rows = prepared.rows(key)
            state = rows.number("cold")
            values = rows.values
            cold, warm = values[state == 1], values[state == 0]
            if not len(warm):
                continue
            medians = float(np.median(cold)), float(np.median(warm))
            yield make(
                "cold_start",
                f"{suite}:{subject}",
                rows.keep(state == 1),
                severity="warning",
                suite=suite,
                subject=subject,
                metric=metric,
                values={
                    "cold": len(cold),
                    "warm": len(warm),
                    "cold_median": medians[0],
                    "warm_median": medians[1],
                    **({"ratio": medians[0] / medians[1]} if medians[1] > 0 else {}),
                },
                advice="measure cold starts apart, after discarded warm-up requests",
            )
            break


def _aliased(prepared: Prepared) -> Iterator[Alert]:
    for suite, subject in prepared.groups():
        for alias in aliases(prepared, suite, subject):
            metric, values = _apparent(prepared, suite, subject, alias)
            rows = records(prepared, suite, subject)
            yield make(
                "aliased_factor",
                f"{suite}:{subject}:{alias.factor}:{alias.partner}",
                rows.keep(rows.number("cold") == 1) if alias.partner == COLD else rows,
                severity="note" if alias.partner == ORDER else "warning",
                suite=suite,
                subject=subject,
                metric=metric,
                factor=alias.factor,
                files=_sources(prepared, suite, subject),
                values={"with": alias.partner, "records": alias.agree, "of": alias.of, **values},
                advice=f"randomise the order of {alias.factor}"
                if alias.partner in (COLD, ORDER)
                else f"vary {alias.factor} and {alias.partner} apart",
            )


def _split_subjects(prepared: Prepared) -> Iterator[Alert]:
    """A factor such as the host that differs only between subjects: what it does looks like what they are."""
    for suite in dict.fromkeys(suite for suite, _ in prepared.groups()):
        for factor in splitting(prepared, suite):
            keys = [k for k in prepared.measures(suite) if k.subject]
            rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:])).heads()
            yield make(
                "aliased_factor",
                f"{suite}:subjects:{factor}",
                rows,
                severity="warning",
                suite=suite,
                factor=factor,
                files=tuple(rows.known("source")),
                values={"with": SUBJECTS, "records": len(rows), "of": len(rows)},
                advice=f"measure each model at each {factor}",
            )


def _sources(prepared: Prepared, suite: str, subject: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for key in prepared.measures(suite):
        if key.subject == subject:
            found |= dict.fromkeys(prepared.rows(key).known("source"))
    return tuple(found)


def _apparent(prepared: Prepared, suite: str, subject: str, alias: Alias) -> tuple[str, dict[str, float | int | str]]:
    """What a naive look at a factor aliased with cold start would find: a ratio of geometric means of its levels."""
    if alias.partner != COLD:
        return "", {}
    levels = ", ".join(alias.levels)
    for metric in ("ttft_incl_load", "ttft", "load_time", "prompt_eval_time", *COLD_SENSITIVE):
        for key in prepared.measures(suite):
            if key.subject != subject or key.metric != metric or key.level != "sample":
                continue
            rows = prepared.rows(key)
            at = np.any([rows.has(FACTOR + alias.factor, x) for x in alias.levels], axis=0)
            values = rows.values
            if at.any() and not at.all() and values.min() > 0:
                ratio = float(np.exp(np.log(values[at]).mean() - np.log(values[~at]).mean()))
                return metric, {"levels": levels, "ratio": ratio}
    return "", {"levels": levels}


def _derived_metrics(prepared: Prepared) -> Iterator[Alert]:
    def get(name: str) -> Floats:
        return by_record(prepared, name)

    rules: list[tuple[str, str, Callable[[], Floats]]] = [
        ("ttft_incl_load", "load_time + prompt_eval_time", lambda: get("load_time") + get("prompt_eval_time")),
        ("ttft", "load_time + prompt_eval_time", lambda: get("load_time") + get("prompt_eval_time")),
        ("decode_rate", "output_tokens / eval_time", lambda: _over(get("output_tokens"), get("eval_time"))),
        ("decode_rate", "(output_tokens - 1) / eval_time", lambda: _over(get("output_tokens") - 1, get("eval_time"))),
        ("decode_rate", "output_tokens / e2e_latency", lambda: _over(get("output_tokens"), get("e2e_latency"))),
        (
            "prefill_rate",
            "prompt_tokens / prompt_eval_time",
            lambda: _over(get("prompt_tokens"), get("prompt_eval_time")),
        ),
    ]
    present = {k.metric for k in prepared.measures()}
    for metric, formula, compute in rules:
        if metric not in present:
            continue
        expected = compute()
        for suite in dict.fromkeys(k.suite for k in prepared.measures() if k.metric == metric and k.level == "sample"):
            keys = [k for k in prepared.measures(suite) if k.metric == metric and k.level == "sample"]
            rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
            again = expected[rows.number("rid")]
            known = np.isfinite(again)
            # Printed rates are rounded to a few digits, times to a tenth of a millisecond.
            close = np.isclose(rows.values[known], again[known], rtol=2 * _EXACT, atol=2e-4)
            if known.sum() >= 3 and close.mean() >= 0.95:
                yield make(
                    "derived_metric",
                    f"{suite}:{metric}:{formula}",
                    rows.keep(known),
                    severity="note",
                    suite=suite,
                    metric=metric,
                    values={"formula": formula, "records": int(close.sum()), "of": int(known.sum())},
                    advice=f"read {metric} as {formula}, not as a measurement of its own",
                )


def _over(a: Floats, b: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return a / b


def _few(prepared: Prepared) -> Iterator[Alert]:
    """Fewer than six observations a condition; or enough, of fewer than three sessions: nothing says how these differ.

    A session is a run of the benchmark or a day. Measurements in random order are blocked and replicated by design: six
    of each condition are enough.
    """
    seen: dict[tuple[str, str], list[Key]] = {}
    for key in prepared.measures():
        if key.level == "sample":
            seen.setdefault((key.suite, key.subject), []).append(key)
    for (suite, subject), keys in seen.items():
        key = max(keys, key=lambda k: len(prepared.rows(k)))
        rows = prepared.rows(key)
        cell = rows.cells(prepared.varying(rows))
        cells = len(np.unique(cell))
        # A record that was read before and after stands in two conditions, and is one of each.
        each = len(np.unique(np.stack([rows.number("rid"), cell]), axis=1)[0]) / cells
        runs, records = len(rows.known("run")), len(np.unique(rows.number("rid")))
        started = rows.number("started")
        days = len(np.unique(started[started >= 0] // _DAY))
        enough = each >= _NEEDED
        if enough and (max(runs, days) >= _SESSIONS or prepared.randomised(rows)):
            continue
        # Whoever shuffled needs no advice to do so.
        shuffled = prepared.randomised(rows)
        yield make(
            "few_sessions" if enough else "too_few_runs",
            f"{suite}:{subject}",
            severity="warning" if records < _NEEDED else "note",
            suite=suite,
            subject=subject,
            files=_sources(prepared, suite, subject),
            values={"runs": runs, "records": records, "conditions": cells, "needed": _NEEDED}
            | ({"shuffled": 1} if shuffled else {}),
            advice="measure again in other sessions"
            if enough
            else "repeat the run at least six times" + ("" if shuffled else " in random order"),
        )
