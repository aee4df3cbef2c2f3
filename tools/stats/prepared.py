"""Prepares a Dataset for statistics: what may be pooled, what is a duplicate, derived or cold; and selections of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chimera_report.tools.metrics import COLD_SENSITIVE, HARDWARE, METRICS
from chimera_report.tools.schema import FACTOR, Dataset, Role

from .cold import mark_cold
from .columns import Codes, Columns, Mask, Selection
from .derived import Derived, derived_aggregates
from .duplicates import SameFiles, SameRecords, same_files, same_records, whole_twins
from .empty import of_empty_answers
from .places import places as places_of
from .sent import of_survivors
from .torn import estimated, torn
from .toys import is_toy

# Factors that denote a system rather than a setting of it: their levels are compared, never averaged over.
SYSTEM_FACTORS = frozenset(
    {
        "backend",
        "device",
        "dtype",
        "quantisation",
        "engine",
        "framework",
        "runtime",
        "provider",
        "host",
        "gpu",
        "version",
        "driver",
    }
)
# Of a model, where each subject has one: no condition to match.
PROPERTIES = frozenset({"quantisation", "dtype"})
# Factors that say which request, not which setting: they serve to match records, and are no effect to report.
BLOCK_FACTORS = frozenset(
    {"prompt", "prompt_index", "prompt_id", "question", "question_id", "query", "seed", "round", "repeat", "iteration"}
)
WORK = frozenset({"prompt", "prompt_index", "prompt_id", "question", "question_id", "query"})  # each another work
_PROMPTS = 4  # up to which each is a kind of work; more of them are a sample of prompts
# Roles whose levels nobody chose between: they are held equal, and are neither compared nor ranked.
GIVEN = frozenset(
    {Role.WORKLOAD, Role.REPLICATE, Role.COMPONENT, Role.TIME, Role.LABEL, Role.COUNT, Role.STATUS, Role.ERROR}
)
ON_GPU = "num_gpu"  # layers on the GPU; at 0 the CPU computes
_STATE_FACTORS = frozenset({"cold", "phase"})
_KEYS = ["suite", "subject", "metric", "definition"]


class Key(NamedTuple):
    """Names the measurements of one metric of one subject in one suite; `level` is sample or aggregate."""

    suite: str
    subject: str
    metric: str
    definition: str
    level: str


_LIKE = 1.1  # medians of cold and warm records up to which the load changed nothing worth telling


def _differ(cold: NDArray[np.float64], warm: NDArray[np.float64]) -> bool:
    """Whether cold values are, in the median, other ones than the warm."""
    if not len(warm) or min(warm.min(), cold.min()) <= 0:
        return False
    low, high = sorted((float(np.median(cold)), float(np.median(warm))))
    return high > _LIKE * low


@dataclass(slots=True)
class Prepared:
    """A Dataset with its rows marked. `columns` has all rows, in the table's order, plus `rid` (number of the record),
    `duplicate`, `derived`, `cold` (1, 0, -1 unknown) and `pooled`; `index` holds the pooled rows, which feed the
    statistics, by Key; `kept` has what `once` computed (once.py)."""

    dataset: Dataset
    columns: Columns
    index: dict[Key, Codes]
    factors: tuple[str, ...]
    files: list[SameFiles]
    records: list[SameRecords]
    derived: list[Derived]
    kept: dict[Callable[..., Any], dict[Hashable, Any]] = field(default_factory=dict)
    # The factors that say which request it was; the number of a pass whose values differ is a condition.
    blocks: frozenset[str] = field(init=False)
    _toys: frozenset[str] | None = field(default=None, init=False)
    _by_suite: dict[str, list[Key]] = field(default_factory=dict, init=False)
    _varying_in: dict[tuple[int, int], list[str]] = field(default_factory=dict, init=False)
    _work: dict[tuple[str, str, str], list[str]] = field(default_factory=dict, init=False)
    _systems: dict[Key, list[str]] = field(default_factory=dict, init=False)
    _categories: dict[tuple[str, str], bool] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.blocks = BLOCK_FACTORS - set(self.dataset.passes) - self._kinds()
        for key in self.index:
            self._by_suite.setdefault(key.suite, []).append(key)

    def _kinds(self) -> set[str]:
        """The factors that name so few prompts that each is a kind of work, and no sample of prompts."""
        found = set()
        for name in WORK & set(self.factors):
            levels = {x for x in self.columns.names[FACTOR + name] if x}
            if 2 <= len(levels) <= _PROMPTS:
                found.add(name)
        return found

    def rows(self, key: Key) -> Selection:
        """The pooled rows of a key, in the table's order; none for a key that there is not."""
        return Selection(self.columns, self.index.get(key, np.zeros(0, dtype=np.int64)))

    def all_rows(self, mask: Mask | None = None) -> Selection:
        """Every row of the table, or those of a mask; pooled or not."""
        n = len(self.columns.numbers["value"])
        return Selection(self.columns, np.arange(n) if mask is None else np.flatnonzero(mask))

    def kept_apart(self, keys: list[Key], stat: str) -> Selection:
        """The rows of torn conditions (torn.py) that belong to these keys of one metric, and are pooled with none."""
        rows = self.all_rows(self.columns.numbers["torn"])
        if not len(rows):
            return rows
        suite, _, metric, definition, _ = keys[0]
        mine = rows.has("suite", suite) & rows.has("metric", metric) & rows.has("definition", definition)
        return rows.keep(mine & rows.has("stat", stat) & np.any([rows.has("subject", k.subject) for k in keys], axis=0))

    def randomised(self, rows: Selection) -> bool:
        """Whether the source says of every one of these rows that they were measured in random order."""
        column = FACTOR + "randomised"
        return column in self.columns.codes and bool(rows.has(column, "true").all())

    def measures(self, suite: str | None = None) -> list[Key]:
        """What there is to describe, by first appearance."""
        return list(self.index) if suite is None else self._by_suite.get(suite, [])

    def alike(self, suite: str, metric: str, definition: str, level: str) -> list[Key]:
        """The keys of all subjects for one metric, without what only stands in for a model."""
        return self.real([k for k in self.measures(suite) if k[2:] == (metric, definition, level)])

    def real(self, keys: list[Key]) -> list[Key]:
        """The keys without those of a dummy or of random weights, where the data has other systems."""
        if self._toys is None:
            subjects = {k.subject for k in self.index if k.subject}
            toys = {s for s in subjects if is_toy(s)}
            self._toys = frozenset(toys if toys < subjects else ())
        return [k for k in keys if k.subject not in self._toys] if self._toys else keys

    def groups(self) -> list[tuple[str, str]]:
        """(suite, subject) of what is pooled, in order."""
        return list(dict.fromkeys((k.suite, k.subject) for k in self.measures()))

    def varying(self, rows: Selection) -> list[str]:
        """Factors with at least two levels in these rows, cold-start markers aside."""
        place = len(rows), hash(rows.at.tobytes())  # the same rows are asked about by every statistic
        if place not in self._varying_in:
            self._varying_in[place] = self._varying(rows)
        return list(self._varying_in[place])

    def _varying(self, rows: Selection) -> list[str]:
        out = []
        for name in self.factors:
            codes = rows.factor(name)
            codes = codes[codes >= 0]
            told = name in _STATE_FACTORS or self.dataset.role_of(name) is Role.OUTCOME  # it came out, and was not set
            if len(codes) and codes.min() != codes.max() and not told:
                out.append(name)
        return out

    def select(self, key: Key, condition: dict[str, str] | None = None, warm: bool | None = None) -> Selection:
        """The pooled rows of a key at these levels; with `warm`, those that loaded no model (True) or did (False). Rows
        of which that is unknown count as warm."""
        rows = self.rows(key)
        for name, level in (condition or {}).items():
            rows = rows.keep(rows.has(FACTOR + name, level))
        if warm is not None:
            rows = rows.keep((rows.number("cold") == 1) != warm)
        return rows

    def given(self, rows: Selection) -> list[str]:
        """Factors that vary in these rows and are no choice: the workload, parts of a request."""
        names = self.varying(rows)
        return [f for f in names if f not in self.blocks and self.dataset.role_of(f) in GIVEN]

    def work_of(self, suite: str, subject: str, level: str) -> list[str]:
        """What divides all records of a subject, whatever was measured of them: the factors of `given`, and whether the
        GPU computes or the CPU (num_gpu 0), which are two machines."""
        if (suite, subject, level) not in self._work:
            parts = [self.rows(k) for k in self.measures(suite) if (k.subject, k.level) == (subject, level)]
            whole = parts[0].joined(*parts[1:]) if parts else None
            found = self.given(whole) if whole is not None else []
            if whole is not None and ON_GPU in self.factors and {"0"} < set(whole.levels(ON_GPU)):
                found.append(ON_GPU)
            self._work[suite, subject, level] = found
        return list(self._work[suite, subject, level])

    def is_log(self, key: Key) -> bool:
        """Whether a key is of a log of hardware: of no subject, and nothing but hardware in its suite. Its lines are no
        runs, so that their course and their spread say nothing of a benchmark."""
        return not key.subject and all(k.metric in HARDWARE and not k.subject for k in self.measures(key.suite))

    def equal_work(self, parts: list[Selection]) -> list[Selection] | None:
        """The rows of each part that were measured under work that all parts had; None where they share none."""
        if len(parts) < 2:
            return parts
        whole = parts[0].joined(*parts[1:])
        names = self.given(whole)
        if not names:
            return parts
        cells = np.split(whole.cells(names), np.cumsum([len(p) for p in parts])[:-1])
        shared = cells[0]
        for mine in cells[1:]:
            shared = np.intersect1d(shared, mine)
        if not len(shared):
            return None
        return [p.keep(np.isin(c, shared)) for p, c in zip(parts, cells, strict=True)]

    def has_cold(self, key: Key) -> bool:
        """Whether cold records stand beside others, for a metric that a cold start is part of, or where they are not
        shown to be like the others: the first request after a load can differ in everything."""
        if key.level != "sample":
            return False
        rows = self.rows(key)
        cold = rows.number("cold") == 1
        if not cold.any() or cold.all():
            return False
        told = FACTOR + "cold" in rows.columns.codes and len(rows.levels("cold")) > 1
        return told or key.metric in COLD_SENSITIVE or _differ(rows.values[cold], rows.values[rows.number("cold") == 0])

    def systems(self, key: Key) -> list[str]:
        """Factors that split these rows into systems."""
        if key not in self._systems:
            names = self.varying(self.rows(key))
            self._systems[key] = [f for f in names if f in SYSTEM_FACTORS or self.is_category(key.suite, f)]
        return self._systems[key]

    def is_category(self, suite: str, name: str) -> bool:
        """A named factor (not a number, not a prompt) each level of which has several records in the suite."""
        if (suite, name) not in self._categories:
            rival = name not in self.blocks and self.dataset.role_of(name) not in GIVEN
            self._categories[suite, name] = rival and self._names_systems(suite, name)
        return self._categories[suite, name]

    def _names_systems(self, suite: str, name: str) -> bool:
        keys = self.measures(suite)
        rows = self.rows(keys[0]).joined(*(self.rows(k) for k in keys[1:]))
        heads = rows.keep(rows.factor(name) >= 0).heads()
        levels, counts = np.unique(heads.factor(name), return_counts=True)
        if not 2 <= len(levels) <= 20:
            return False
        numbers = pd.to_numeric(pd.Series(heads.levels(name), dtype="object"), errors="coerce")
        aggregates = all(k.level == "aggregate" for k in keys)
        return bool(numbers.isna().all() and (counts.min() >= 2 or aggregates))


def prepare(dataset: Dataset) -> Prepared:
    """Marks every row of the dataset; the result is kept for the last datasets asked for, as `evaluate` asks often."""
    for known in _recent:
        if known.dataset is dataset:
            return known
    prepared = _prepare(dataset)
    _recent.insert(0, prepared)
    del _recent[2:]
    return prepared


_recent: list[Prepared] = []


def apart(dataset: Dataset) -> frozenset[str]:
    """The factors that tell requests apart and are no conditions of them."""
    which = {Role.REPLICATE, Role.TIME, Role.LABEL, Role.STATUS, Role.ERROR}
    of_texts = {"prompt_length"}  # which prompt it was; the requests of one run had several
    return BLOCK_FACTORS - set(dataset.passes) | of_texts | {f for f in dataset.factors if dataset.role_of(f) in which}


def _prepare(dataset: Dataset) -> Prepared:
    present = set(dataset.table["source"].unique())
    columns = Columns.of(dataset.table, [s.path for s in dataset.sources if s.path in present])
    if "measured" not in columns.names["origin"]:
        # Documents alone: what they state is all there is, and is described like results; the report says so.
        columns.names["origin"] = ["measured" if n == "reported" else n for n in columns.names["origin"]]
    marks = columns.numbers
    source = columns.codes["source"]
    record = np.where(np.isnan(marks["record"]), -1.0, marks["record"]).astype(np.int64)
    marks["rid"] = pd.factorize((source + 1) * (int(record.max(initial=0)) + 2) + record + 1)[0].astype(np.int64)
    every = Selection(columns, np.arange(len(source)))

    measured = every.has("origin", "measured") & (source >= 0)
    ok = measured & every.has("status", "ok") & np.isfinite(marks["value"])
    files = same_files(dataset.sources)
    copies = {name for group in files for name in group.dropped}
    duplicate = _from(columns, copies)
    aside = measured & every.has("status", "set aside") & np.isfinite(marks["value"])  # no result, and it tells a copy
    records, twins = same_records(every.keep((ok | aside) & ~duplicate))
    twin = np.zeros(int(marks["rid"].max(initial=-1)) + 1, dtype=bool)
    twin[list(twins)] = True
    # A twin as a whole goes with its failed records, which hold no values to compare.
    duplicate |= twin[marks["rid"]] | _from(columns, whole_twins(records))
    marks["duplicate"] = duplicate
    ok &= ~duplicate
    marks["one_token"] = ok & _of_one_token(columns, ok)
    ok &= ~marks["one_token"]
    marks["above_one"] = ok & _above_one(columns, marks["value"])
    ok &= ~marks["above_one"]
    marks["empty"] = of_empty_answers(columns, dataset, ok)
    ok &= ~marks["empty"]
    marks["survivors"] = ok & of_survivors(columns, apart(dataset))
    ok &= ~marks["survivors"]
    marks["cold"] = mark_cold(columns, ok)
    marks["place"] = places_of(columns)
    marks["torn"] = estimated(columns, dataset, ok)
    ok &= ~marks["torn"]
    marks["torn"] |= torn(columns, dataset, ok & (marks["cold"] != 1))
    ok &= ~marks["torn"]
    derived, places = derived_aggregates(every.keep(ok))
    marks["derived"] = np.zeros(len(source), dtype=bool)
    marks["derived"][places] = True
    marks["pooled"] = ok & ~marks["derived"]
    return Prepared(dataset, columns, _index(columns), tuple(dataset.factors), files, records, derived)


def _above_one(columns: Columns, values: NDArray[np.float64]) -> Mask:
    """Shares above one: counts that stand under the name of a share, which would make a mean of both."""
    codes, names = columns.codes["metric"], columns.names["metric"]
    shares = np.array([*(n in METRICS and METRICS[n].unit == "share" for n in names), False])
    deviations = np.array([*(n in ("sd", "cv") for n in columns.names["stat"]), False])[columns.codes["stat"]]
    mask: Mask = shares[codes] & ~deviations & (values > 1 + 1e-9)
    return mask


_PER_TOKEN = ("decode_rate", "tpot", "itl", "client_decode_rate")


def _of_one_token(columns: Columns, ok: Mask) -> Mask:
    """Rates and times per token of records that gave one token or none: nothing lay between tokens to measure. What
    stands there is a number of tokens that somebody asked for, or counted elsewhere, over the time."""
    every = Selection(columns, np.arange(len(ok)))
    tokens = every.has("metric", "output_tokens") & every.has("stat", "sample") & ok
    short = np.zeros(int(columns.numbers["rid"].max(initial=-1)) + 1, dtype=bool)
    short[columns.numbers["rid"][tokens & (columns.numbers["value"] <= 1)]] = True
    per = np.any([every.has("metric", m) for m in _PER_TOKEN], axis=0)
    found: Mask = per & short[columns.numbers["rid"]]
    return found


def _from(columns: Columns, paths: set[str]) -> Mask:
    """The rows of these sources."""
    chosen = np.array([*(name in paths for name in columns.names["source"]), False])
    mask: Mask = chosen[columns.codes["source"]]
    return mask


def _index(columns: Columns) -> dict[Key, Codes]:
    """Positions of the pooled rows of each Key, by first appearance of each."""
    rows = Selection(columns, np.flatnonzero(columns.numbers["pooled"]))
    if not len(rows):
        return {}
    sample = rows.has("stat", "sample")
    code = sample.astype(np.int64)
    for name in _KEYS:
        code = code * (len(columns.names[name]) + 1) + rows.codes(name)
    code = pd.factorize(code)[0]
    order = np.argsort(code, kind="stable")
    index = {}
    for part in np.split(order, np.flatnonzero(np.diff(code[order])) + 1):
        i = int(part[0])
        suite, subject, metric, definition = (rows.name(k, i) for k in _KEYS)
        index[Key(suite, subject, metric, definition, "sample" if sample[i] else "aggregate")] = rows.at[part]
    return index
