"""Tables that are not one record a row: metrics in rows; one metric in several columns (before, after; by setting)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import HARDWARE, METRICS, STATS, normalise, resolve, resolve_factor
from chimera_report.tools.per_time import is_per_time

from . import cells
from .amounts import amount
from .bench_tests import by_test
from .came_out import computed
from .folder_names import known_words
from .languages import in_english
from .names import is_model
from .reading import ABOVE, GIVEN, STEP, Column, Records
from .rows import Coded, Lines

_METRIC_HEADS = frozenset((
    "metric", "metrics", "measure", "measurement", "kpi", "statistic", "stat", "indicator", "parameter",
    "benchmark", "item",
))  # fmt: skip
_VALUE_HEADS = frozenset((
    "value", "values", "result", "results", "measured", "score", "median", "mean", "average", "avg",
))  # fmt: skip
_DIFFERENCES = frozenset((
    "delta", "difference", "diff", "change", "winner", "notes", "note", "target", "unit", "units", "improvement",
    "status", "speedup", "ratio", "comment", "comments", "gain", "relative", "description", "better", "verdict",
    "threshold", "goal", "configured", "requested", "expected", "limit", "aborted_at", "aborted",
))  # fmt: skip
_STATES = frozenset((
    "before", "after", "baseline", "optimized", "optimised", "old", "new", "original", "tuned", "unoptimized",
    "unoptimised",
))  # fmt: skip
_MOMENTS = frozenset(("before", "after"))
_ROWS = 400  # a longer table has its records in rows
_MOST = 24  # columns of one metric


def reshaped(records: Records) -> Records:
    """The records with one record a case; unchanged where they are so already."""
    if records.origin != "measured":
        return records
    return by_test((_turned(records) if records.flat else None) or _unfolded(records) or records)


# --- metrics in rows ------------------------------------------------------------------------------------------------


def _turned(records: Records) -> Records | None:
    """A table whose first column names metrics and whose other columns are cases: one record a case."""
    names = list(records.columns)
    if not 2 <= len(names) <= 64 or not 2 <= records.size <= _ROWS:
        return None
    labels = [str(v).strip() if v is not None and v == v else "" for v in records.columns[names[0]]]
    if len(set(labels)) < len(labels) or any(re.fullmatch(r"[-+]?[\d.,]+", label) for label in labels):
        return None
    heads = names[1:]
    units = next((h for h in heads if normalise(h) in ("unit", "units")), "")
    cases = [h for h in heads if normalise(h) not in _DIFFERENCES and _holds_numbers(records.columns[h])]
    if not cases or any(_is_metric(h) for h in cases):
        return None
    unit_of = dict(zip(labels, _texts(records.columns[units]), strict=True)) if units else {}
    named = [f"{label} ({unit_of[label]})" if unit_of.get(label) else label for label in labels]
    told = sum(_resolves(label, records.columns[cases[0]][i]) for i, label in enumerate(named))
    if (told < 2 and not (told and normalise(names[0]) in _METRIC_HEADS)) or told * 3 < len(labels):
        return None
    columns: dict[str, Column] = {}
    for i, label in enumerate(named):
        if not label:
            continue
        column = np.empty(len(cases), dtype=object)
        for j, case in enumerate(cases):
            cell = records.columns[case][i]
            column[j] = None if cell is None or cell != cell else cell if isinstance(cell, str) else str(cell)
        columns[label] = column
    if not (len(cases) == 1 and normalise(cases[0]) in _VALUE_HEADS):
        columns[_name_of_cases(names[0], cases)] = np.array(cases, dtype=object)
    where = [f"column {case}" for case in cases]
    return replace(records, columns=columns, size=len(cases), where=where, numbers=None)


def _name_of_cases(head: str, cases: list[str]) -> str:
    """What the columns are: levels of a setting where the corner or their words say so, else systems."""
    if factor := resolve_factor(head):
        return GIVEN + factor
    if all(is_model(c) for c in cases) or normalise(head) in ("model", "models", "llm", "system"):
        return GIVEN + "subject"
    if all(set(normalise(c).split("_")) & _STATES for c in cases):
        return GIVEN + "variant"
    if all(re.fullmatch(r"[\d.]+", c.strip()) for c in cases):
        return GIVEN + (normalise(head) if normalise(head) not in _METRIC_HEADS else "case")
    return GIVEN + "subject"


def _holds_numbers(column: Column) -> bool:
    if column.dtype.kind in "iuf":
        return True
    texts = [t for t in _texts(column) if t and not cells.is_nothing(t)]
    return bool(texts) and sum(amount(t) is not None for t in texts) * 2 >= len(texts)


def _texts(column: Column) -> list[str]:
    return [str(v).strip() if v is not None and v == v else "" for v in column]


def _is_metric(head: str) -> bool:
    found = resolve(head)
    return found is not None and found.metric in METRICS and normalise(head) not in _VALUE_HEADS


def _resolves(label: str, cell: object) -> bool:
    stated = amount(str(cell)) if cell is not None else None
    found = resolve(label, unit_hint=stated.unit if stated else "")
    return found is not None and found.metric in METRICS


# --- one metric in several columns ----------------------------------------------------------------------------------


def _unfolded(records: Records) -> Records | None:
    """`ttft_before_ms`, `ttft_after_ms`; `Q4 tok/s`, `Q8 tok/s`: one record for each word between."""
    english = in_english(records.columns)
    known = [c for c in records.columns if not c.startswith((ABOVE, GIVEN)) and _told(english.get(c, c))]
    groups: dict[str, dict[str, str]] = {}  # the words between → metric's header → column
    for column in records.columns:
        if column.startswith((ABOVE, GIVEN)) or STEP in column or column in known:
            continue
        split = _split(column)
        if split:
            groups.setdefault(split[0], {}).setdefault(split[1], column)
    heads = Counter(head for found in groups.values() for head in found)
    shared = {head for head, count in heads.items() if count > 1}
    groups = {word: {h: c for h, c in found.items() if h in shared} for word, found in groups.items()}
    shared -= {head for head in shared if _of_one_run(records, [f[head] for f in groups.values() if head in f])}
    groups = {word: {h: c for h, c in found.items() if h in shared} for word, found in groups.items()}
    groups = {word: found for word, found in groups.items() if found}
    if not 2 <= len(groups) <= _MOST:
        return None
    if not records.flat and not all(found.keys() == shared for found in groups.values()):
        return None  # keys of an object: only where each case has them all
    return _spread(records, groups, shared, _apart(records, groups))


def _of_one_run(records: Records, members: list[str]) -> bool:
    """Whether one of the columns is the sum or difference of two others, as net power of active and idle: they are
    parts of one measurement, and no cases to compare."""
    numbers = {c: cells.numbers(v) for c, v in records.columns.items() if not c.startswith((ABOVE, GIVEN))}
    return any(computed(numbers[c], [v for o, v in numbers.items() if o != c][:_MOST], sums=True) for c in members)


def _apart(records: Records, groups: dict[str, dict[str, str]]) -> list[str]:
    """The metrics that belong to none of the words, as the speedup of one way over the other."""
    taken = {c for found in groups.values() for c in found.values()}
    own = [c for c in records.columns if c not in taken and not c.startswith((ABOVE, GIVEN))]
    leaves = {c: c.rpartition(STEP)[2] for c in own}
    return [c for c, leaf in leaves.items() if (resolve(leaf) or _statistic(c)) and resolve_factor(leaf) is None]


def _statistic(column: str) -> bool:
    """Whether a column is a statistic within an object that is a metric: `prefill_ms/mean`."""
    above, _, leaf = column.rpartition(STEP)
    return normalise(leaf) in STATS and resolve(above.rpartition(STEP)[2]) is not None


def _spread(records: Records, groups: dict[str, dict[str, str]], shared: set[str], apart: list[str]) -> Records:
    """One record for each word between. The metrics `apart` are of none of them, and stand in a record of their own."""
    words = list(groups)
    taken = {c for found in groups.values() for c in found.values()}
    times = len(words) + bool(apart)
    order = np.repeat(np.arange(records.size), times)
    titles: dict[str, str] = {}
    columns: dict[str, Column] = {c: v[order] for c, v in records.columns.items() if c not in taken}
    for head in sorted(shared):
        column = np.empty(records.size * times, dtype=object)
        column[:] = None
        for i, word in enumerate(words):
            source = groups[word].get(head)
            column[i::times] = records.columns[source] if source else None
        columns[head] = column
        titles[head] = ", ".join(groups[word][head] for word in words if head in groups[word])
    for name in apart:
        alone = np.empty(records.size * times, dtype=object)
        alone[:] = None
        alone[len(words) :: times] = records.columns[name]
        columns[name] = alone
    # How full the memory was before and after says nothing of two ways to do the work.
    moments = set(words) <= _MOMENTS and all((m := resolve(h)) is not None and m.metric in HARDWARE for h in shared)
    works = all(known_words()[0].get(word.lower()) == "workload" for word in words)  # `math_accuracy`, `code_accuracy`
    scores = all((m := resolve(h)) is not None and METRICS[m.metric].axis == "quality" for h in shared)
    works = works or (scores and any(map(_is_benchmark, words)))  # `mmlu_score`, `our_own_score`
    columns[GIVEN + ("stage" if moments else "task" if works else "variant")] = np.array(
        [*words, *([None] if apart else [])] * records.size, dtype=object
    )
    numbers = records.numbers if records.numbers is not None else np.arange(1, records.size + 1)
    place = records.where
    where = place.take(order) if isinstance(place, Lines | Coded) else [place[int(i)] for i in order]
    return replace(
        records, columns=columns, size=records.size * times, where=where, numbers=numbers[order], titles=titles
    )


# Sets of questions that the registry knows no score of by their name alone.
_BENCHMARKS = frozenset((
    "arc", "arc_c", "arc_e", "c_eval", "humaneval", "human_eval", "humaneval_plus", "mbpp", "mbpp_plus",
    "livecodebench", "swebench", "lambada", "drop", "squad", "race", "agieval", "mt_bench", "mtbench", "alpacaeval",
    "simpleqa", "math", "aime", "bigbench", "commonsenseqa", "siqa", "mgsm", "toxigen", "longbench", "ruler",
    "niah", "bfcl", "tool_eval",
))  # fmt: skip


def _is_benchmark(word: str) -> bool:
    found = resolve(word)
    return normalise(word) in _BENCHMARKS or (found is not None and found.definition.startswith("on "))


def _told(column: str) -> bool:
    found = resolve(column)
    return (found is not None and found.metric in METRICS) or resolve_factor(column) is not None


def _split(column: str) -> tuple[str, str] | None:
    """(`before`, `ttft ms`) of `ttft_before_ms`; (`q8 0`, `t s`) of `Q8_0 t/s`; None where no word is left."""
    words = [w for w in normalise(column).split("_") if w]
    by_time = is_per_time(column)
    if _PRODUCT.search(column) or (_PERCENT.search(column) and not _shares(words)):
        return None
    if not 2 <= len(words) <= 8:
        return None
    if len(words) == 2 and re.search(r"[A-Za-z]\s*/\s*s(?:ec)?\s*$", column):
        return None  # "Requests/s" beside "Failures/s": rates of two things, not seconds of two cases
    state = [w for w in words if w in _STATES]
    if len(state) == 1:
        rest = " ".join(w for w in words if w != state[0])
        found = resolve(rest)
        if found is not None and found.metric in METRICS:
            return state[0], rest
    for k in range(1, len(words)):
        lead, tail = words[:k], words[k:]
        for left, head in ((lead, tail), (tail, lead)):
            found = resolve(" ".join(head))
            if found is None or found.metric not in METRICS or not METRICS[found.metric].core or len(left) > 4:
                continue
            if by_time and METRICS[found.metric].unit == "s":  # `Failures/s`: how many a second, and no time
                continue
            if set(left) & (_NO_CASE | STATS.keys()) or left == ["target"] or all(w.isdigit() for w in left):
                continue
            return _as_written(column, left), " ".join(head)
    return None


_PRODUCT = re.compile(
    r"[(\[][^()\[\]]*\w\s*[*·×⋅]\s*\w[^()\[\]]*[)\]]"
)  # `EDP (J*s)`: a unit of its own, and no seconds
_PERCENT = re.compile(r"%|(?:^|[\W_])(?:percent|pct)(?:$|[\W_])", re.IGNORECASE)


def _shares(words: list[str]) -> bool:
    """Whether what the words name is counted in per cent: `PPL gap %` is no perplexity."""
    named = [m for i in range(len(words)) for j in range(i + 1, len(words) + 1) if (m := resolve(" ".join(words[i:j])))]
    units = {METRICS[m.metric].unit for m in named if m.metric in METRICS}
    return not units or bool(units & {"%", "share"})


_NO_CASE = frozenset((
    "total", "count", "num", "number", "limit", "expected", "id", "index", "ratio", "share", "per", "of",
    "client", "server", "api", "overall", "delta", "diff", "speedup", "gpu", "cpu", "system", "process", "wall",
    "cold", "warm", "first", "last", "other", "idle", "ci", "low", "high", "lower", "upper", "std", "cv", "norm",
    "normalized", "rank", "configured", "requested", "achieved", "actual", "measured", "expected", "offered", "aborted",
    "max", "min", "net", "gross", "active", "allocated", "reserved", "alloc", "free", "available",
    "slo", "sla", "goal", "budget", "deadline", "timeout", "threshold", "attainment",  # what was wanted
    "ttft", "tpot", "itl", "e2e", "latency",
))  # fmt: skip


def _as_written(column: str, words: list[str]) -> str:
    """The words as they stand in the header, with its own signs between them."""
    pattern = r"[^A-Za-z0-9]*".join(map(re.escape, words))
    found = re.search(pattern, column, re.IGNORECASE)
    return found[0] if found else " ".join(words)
