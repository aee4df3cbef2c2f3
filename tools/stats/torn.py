"""Values of one and the same setting that lie farther apart than such values can: a factor that no column names.

Where the records of one condition fall into two groups far from each other, the program does not know what they are of:
a cache that was filled for some, a warm-up among the runs, two machines under one name, another way of measuring. No
mean, comparison, effect, rank or extreme may rest on them, so none of them is pooled.

How far is too far depends on what is measured. A rate while tokens are generated, or of a whole run, hardly differs
between repeats; a time to the first token varies with what waits before it, a whole answer with its length. Many single
requests of one condition have tails: there it takes a group of some size, or a spread that makes any mean meaningless.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Dataset, Role

from .columns import Codes, Columns, Mask, Selection, renumbered
from .intervals import Floats

# How many times its neighbour in size a value may be before a gap sets two groups apart, by what a metric is.
GAPS = {
    "decode_rate": 1.5, "client_decode_rate": 1.5, "tpot": 1.5, "output_throughput": 1.5, "total_throughput": 1.5,
    "request_rate": 1.5, "goodput": 1.5, "energy_per_token": 2.0, "prefill_rate": 2.0, "ttft": 2.0,
    "prompt_eval_time": 2.0,
}  # fmt: skip
# Of these a torn condition says that all was different; of the others, the wait alone.
_OF_ALL = frozenset(("decode_rate", "client_decode_rate", "tpot", "output_throughput", "total_throughput"))
_WAIT = frozenset(("ttft", "prompt_eval_time", "prefill_rate"))
_OF_TOKENS = frozenset((*_OF_ALL, "itl", "energy_per_token", "output_tokens"))
_RATES, _NO_RATE = frozenset(("decode_rate", "client_decode_rate")), 1e5  # tokens/s of one request
_ESTIMATED = re.compile(r"^(?:is[ _-])?(?:estimated?|approx(?:imate)?|guess(?:ed)?)$", re.IGNORECASE)
_TYPICAL = frozenset(("sample", "mean", "p50"))
_STRAYS = 8  # of so many values one may be a stray; of fewer it may as well be the others
_AGREEING, _AGREE = 3, 1.25  # others of a stray, and greatest over least of them
_MANY = 9  # values that have a spread of their own …
_WIDE = {"ttft": 30.0, "prompt_eval_time": 30.0}  # … p90 over p10, beyond which a mean of them is a value of none;
_WIDE_RATE = 6.0  # of the rates
_MOST = 0.5  # of the conditions with several values: where more are torn, what tears them is at work in all
_SAME = frozenset({Role.REPLICATE, Role.TIME, Role.LABEL, Role.STATUS, Role.ERROR, Role.COUNT})
_REPEATS = frozenset(("seed", "round", "repeat", "iteration"))
_KEYS = ("suite", "subject", "metric", "definition", "stat")


def torn(columns: Columns, dataset: Dataset, use: Mask) -> Mask:
    """The rows that rest on a torn condition. `use` are the warm rows that may be pooled."""
    names = columns.names["metric"]
    known = np.array([*(n in GAPS for n in names), False])[columns.codes["metric"]]
    typical = np.array([*(n in _TYPICAL for n in columns.names["stat"]), False])[columns.codes["stat"]]
    at = np.flatnonzero(use & known & typical & (columns.numbers["value"] > 0))
    mask = np.zeros(len(use), dtype=bool)
    if len(at) < 2:
        return mask
    rows = Selection(columns, at)
    cell = _cells(rows, dataset)
    several: dict[int, int] = defaultdict(int)
    broken: dict[int, list[Codes]] = defaultdict(list)
    series = _series(rows)
    order = np.lexsort((rows.values, cell))
    logs = np.log(rows.values)
    for place in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
        if len(place) < 2 or _lists(rows, place):
            continue
        several[int(series[place[0]])] += 1
        metric, mine = names[rows.codes("metric")[place[0]]], logs[place]
        if _in_groups(metric, rows, place, mine) or _spread(metric, mine):
            broken[int(series[place[0]])].append(place)
    for number, parts in broken.items():
        whole = len(parts) > _MOST * several[number]
        places = np.flatnonzero(series == number) if whole else np.concatenate(parts)
        _mark(columns, mask, use, at[places], whole=whole)
    return mask


def estimated(columns: Columns, dataset: Dataset, use: Mask) -> Mask:
    """Rates over tokens that nobody counted: those far beyond what any request reaches, and those over estimated tokens
    in suites where others of the metric are over counted ones. A column says so, and the two have no order."""
    metrics = np.array([*(n in _OF_TOKENS for n in columns.names["metric"]), False])[columns.codes["metric"]]
    rates = np.array([*(n in _RATES for n in columns.names["metric"]), False])[columns.codes["metric"]]
    found: Mask = use & rates & (columns.numbers["value"] >= _NO_RATE)
    for factor in dataset.factors:
        names = columns.names[FACTOR + factor]
        guessed = np.array([*(bool(_ESTIMATED.search(n)) for n in names), False])
        if not guessed.any() or guessed[:-1].all():
            continue
        codes = columns.codes[FACTOR + factor]
        mine = use & metrics & guessed[codes]
        counted = use & metrics & (codes >= 0) & ~guessed[codes]
        place = columns.codes["suite"] * (len(columns.names["metric"]) + 1) + columns.codes["metric"]
        found |= mine & np.isin(place, place[counted])
    return found


def _mark(columns: Columns, mask: Mask, use: Mask, at: Codes, *, whole: bool) -> None:
    """All that the records hold of the metric, and of what goes with it."""
    names = columns.names["metric"]
    metric = names[columns.codes["metric"][at[0]]]
    if metric in _OF_ALL and not whole:
        with_it = [n in GAPS for n in names]
    elif metric in _WAIT:
        with_it = [n in _WAIT for n in names]
    else:
        with_it = [n == metric for n in names]
    records = np.zeros(int(columns.numbers["rid"].max(initial=-1)) + 1, dtype=bool)
    records[columns.numbers["rid"][at]] = True
    mask |= use & records[columns.numbers["rid"]] & np.array([*with_it, False])[columns.codes["metric"]]


def _cells(rows: Selection, dataset: Dataset) -> Codes:
    """A number for each condition: what every column says of it, but for those that number repeats."""
    cell = np.zeros(len(rows), dtype=np.int64)
    repeats = _REPEATS - set(dataset.passes)
    factors = [f for f in dataset.factors if f not in repeats and dataset.role_of(f) not in _SAME]
    for name in (*_KEYS, *(FACTOR + f for f in factors)):
        code = rows.codes(name) + 1
        cell = renumbered(cell * (int(code.max(initial=0)) + 1) + code)
    return cell


def _series(rows: Selection) -> Codes:
    code = np.zeros(len(rows), dtype=np.int64)
    for name in ("suite", "metric", "definition", "stat"):
        more = rows.codes(name) + 1
        code = renumbered(code * (int(more.max(initial=0)) + 1) + more)
    return code


def _lists(rows: Selection, place: Codes) -> bool:
    """Whether one record holds several of the values: they are no repeats."""
    rids = rows.number("rid")[place]
    return len(np.unique(rids)) < len(rids)


def _in_groups(metric: str, rows: Selection, place: Codes, logs: Floats) -> bool:
    """Whether sorted values (logs) of one condition fall into two groups, and cannot be repeats of one thing."""
    gaps = np.diff(logs)
    for i in np.flatnonzero(gaps > math.log(GAPS[metric])).tolist():
        below, above = i + 1, len(logs) - i - 1
        few = min(below, above)
        if few * _STRAYS <= len(logs):
            continue  # a stray or two among many
        if few == 1 and len(logs) > 2 and _event(metric, rows, place, logs, low=below == 1):
            continue
        return True
    return False


def in_groups(metric: str, rows: Selection) -> bool:
    """Whether all of these rows, whatever differs between them, fall into two groups far apart."""
    rows = rows.keep(rows.values > 0)
    place = np.argsort(rows.values)
    return len(place) > 1 and _in_groups(metric, rows, place, np.log(rows.values[place]))


def _spread(metric: str, logs: Floats) -> bool:
    """Whether many values of one condition are spread so widely that a mean of them is a value of none."""
    if len(logs) < _MANY:
        return False
    low, high = np.quantile(logs, (0.1, 0.9))
    return bool(high - low > math.log(_WIDE.get(metric, _WIDE_RATE)))


def _event(metric: str, rows: Selection, place: Codes, logs: Floats, *, low: bool) -> bool:
    """Whether the one value that lies apart is of an event: the start, or what held up one run of several that agree.

    What happens beside a run makes it slower; nothing makes it faster."""
    one, rest = (0, logs[1:]) if low else (len(logs) - 1, logs[:-1])
    order = rows.number("order")[place]
    if np.isfinite(order).all() and order[one] == order.min():
        return True
    worse = low == (registered(metric).direction == "higher")
    return worse and len(rest) >= _AGREEING and float(rest[-1] - rest[0]) <= math.log(_AGREE)
