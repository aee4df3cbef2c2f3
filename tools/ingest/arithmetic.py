"""Columns of a row held against each other, over all files: what a column is called is not always what it holds.

A rate that is the number of threads in nearly every record was never measured, and what was computed with it neither.
A rate that the tokens and times of one file show to be of the whole request is that under the same name in the files
beside it that hold no tokens.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from chimera_report.tools.metrics import METRICS, STATS, normalise
from chimera_report.tools.per_time import undefined
from chimera_report.tools.schema import AT_ONCE, FACTOR, Role, named_role

from .disowned import told_of_these
from .rows import Array, Bools, Floats

if TYPE_CHECKING:
    import pandas as pd

_MEASURED = frozenset(("tokens/s", "s", "s/token", "J", "J/token"))  # of these a whole number again and again is odd
_FEWEST = 3  # records in which a measurement is the number of a setting, from which on it is no chance
_MOSTLY = 0.5  # share of the records of all files
_CHOSEN = (Role.SETTING, Role.WORKLOAD, Role.REPLICATE)
# What a rate is part of, where a record's energy or time for a token was computed with it.
_COMPUTED = {
    "decode_rate": ("energy_per_token", "tpot"),
    "output_throughput": ("energy_per_token", "tpot"),
    "e2e_latency": ("decode_rate",),
    "eval_time": ("decode_rate",),
    "energy": ("energy_per_token",),
}
COPIED = "the number of {0} again, so no measurement"
COMPUTED = "computed with a value that is no measurement"


def held_against(table: pd.DataFrame) -> pd.DataFrame:
    """The table with what its columns show of each other: values set aside, and definitions that namesakes share."""
    return _of_embeddings(_namesakes(_in_one_pass(_without_copies(told_of_these(_plain_numbers(table))))))


def _plain_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The table with one level for a number that names of files write with zeros before it, and records without:
    `c024` and 24 requests at once."""
    changed = {}
    for column in table.columns:
        if column.startswith(FACTOR) and named_role(column.removeprefix(FACTOR)) in (Role.WORKLOAD, Role.SETTING):
            levels = [v for v in table[column].dropna().unique() if v[0] == "0" and v.isdecimal() and v.strip("0")]
            if levels:
                changed[column] = table[column].replace({v: v.lstrip("0") for v in levels})
    return table.assign(**changed) if changed else table


def _without_copies(table: pd.DataFrame) -> pd.DataFrame:
    """Set aside the values of measurements that are the level of a setting of their record, to the last digit, in most
    records of a folder; and what was computed with them."""
    factors = {c: n for c in table.columns if c.startswith(FACTOR) and (n := _numbers(table[c])) is not None}
    if not factors:
        return table
    metrics = [m for m in table["metric"].unique() if m in METRICS and METRICS[m].unit in _MEASURED]
    good = (table["status"] == "ok").to_numpy() & table["stat"].isin(("sample", "mean", "p50")).to_numpy()
    value = table["value"].to_numpy(dtype=np.float64)
    why = np.full(len(table), "", dtype=object)
    for metric in metrics:
        mine = good & (table["metric"] == metric).to_numpy()
        for factor, level in factors.items():
            both = mine & np.isfinite(level)
            same = both & (value == level)
            if same.sum() >= _FEWEST and same.sum() > _MOSTLY * both.sum():
                why[same] = COPIED.format(factor.removeprefix(FACTOR))
                why[_beside(table, same, metric) & good & (why == "")] = COMPUTED
    wrong = why != ""
    if not wrong.any():
        return table
    return table.assign(
        status=_replaced(table["status"], wrong, np.full(len(table), "set aside", dtype=object)),
        message=_replaced(table["message"], wrong, why),
    )


def _numbers(levels: pd.Series[Any]) -> Floats | None:
    """The levels of a factor as numbers, where somebody chose whole numbers; None for names and fractions."""
    if named_role(str(levels.name).removeprefix(FACTOR)) not in _CHOSEN:
        return None
    named = levels.dropna().unique()
    try:
        numbers = {v: float(v) for v in named}
    except (TypeError, ValueError):
        return None
    if not numbers or any(not n.is_integer() or n < 1 for n in numbers.values()):
        return None
    each = levels.map(numbers).to_numpy(dtype=np.float64, na_value=np.nan)
    found: Floats = np.array(each.tolist(), dtype=np.float64)
    return found


def _beside(table: pd.DataFrame, which: Bools, metric: str) -> Bools:
    """The rows of the same records that hold what is computed with the metric."""
    made = table["metric"].isin(_COMPUTED.get(metric, ())).to_numpy()
    if not made.any():
        return made
    keys = _records(table)
    return made & keys.isin(keys[which].unique()).to_numpy()


def _records(table: pd.DataFrame) -> pd.Series[str]:
    """A name for the record of each row."""
    return table["source"].astype("object") + "\0" + table["record"].astype("object").astype(str)


def _replaced(column: pd.Series[Any], where: Bools, by: Array) -> pd.Series[Any]:
    texts = column.astype("object")
    texts[where] = by[where]
    return texts.astype(column.dtype)


def _in_one_pass(table: pd.DataFrame) -> pd.DataFrame:
    """Set aside the reading speeds of prompts that took no longer than one token takes to generate: a model goes once
    through its weights for either, so the prompt was in a cache or too short to tell how fast it is read."""
    metric = table["metric"].to_numpy(dtype=object)
    usual = table["stat"].isin(("sample", "mean")).to_numpy() & (table["status"] == "ok").to_numpy()
    read, made, asked = (
        np.flatnonzero((metric == m) & usual) for m in ("prefill_rate", "decode_rate", "prompt_tokens")
    )
    if not len(read) or not len(made) or not len(asked):
        return table
    import pandas as pd

    key = pd.MultiIndex.from_arrays([table["source"].astype("category").cat.codes, table["record"].fillna(-1)])
    value = table["value"].to_numpy(dtype=np.float64)

    def of(at: Any) -> Floats:
        first = pd.Series(value[at], index=key[at])
        found: Floats = first[~first.index.duplicated()].reindex(key[read]).to_numpy(dtype=np.float64)
        return found

    tokens = of(asked)
    with np.errstate(all="ignore"):
        passes = tokens / value[read] * of(made)
    gone = np.zeros(len(table), dtype=bool)
    gone[read[(passes < _PASSES) & (tokens >= _PROMPT)]] = True
    if not gone.any():
        return table
    why = np.full(len(table), AT_ONCE, dtype=object)
    aside = np.full(len(table), "set aside", dtype=object)
    return table.assign(status=_replaced(table["status"], gone, aside), message=_replaced(table["message"], gone, why))


_PASSES, _PROMPT = 1.25, 3  # times through the weights, and tokens of a prompt from which on these are fewer


_EMBEDS = re.compile(r"embed|rerank|(?:^|[\W_])(?:bge|e5|gte|colbert|minilm|cross-encoder)(?:[\W_]|$)", re.IGNORECASE)


def _of_embeddings(table: pd.DataFrame) -> pd.DataFrame:
    """The rates of models that embed or rank texts under their own names: such a model generates nothing."""
    subjects = [s for s in table["subject"].dropna().unique() if _EMBEDS.search(str(s))]
    mine = table["subject"].isin(subjects).to_numpy() & (table["metric"] == "decode_rate").to_numpy()
    if not mine.any():
        return table
    titles = [c if "/s" in c else c.rpartition("/")[2] for c in map(str, table["column"])]
    words = np.array([undefined(t) for t in titles], dtype=object)
    return table.assign(definition=_replaced(table["definition"], mine, words))


def _namesakes(table: pd.DataFrame) -> pd.DataFrame:
    """One definition for a rate's name: `tokens_per_sec_mean` of a summary is the mean of the `tokens_per_sec` whose
    records say that they are tokens over the whole time, where no record that could say so says otherwise."""
    rates = (table["metric"] == "decode_rate") & (table["status"] == "ok") & (table["origin"] == "measured")
    bare = (rates & (table["definition"] == "")).to_numpy()
    if not bare.any() or bare.sum() == rates.sum():
        return table
    keys = _records(table)
    parts = [set(keys[(table["metric"] == m).to_numpy()]) for m in ("output_tokens", "e2e_latency")]
    settled = (rates & (table["stat"] == "sample") & keys.isin(parts[0] & parts[1])).to_numpy()
    stem = {c: _stem(str(c)) for c in table.loc[rates, "column"].unique()}
    said: dict[str, set[str]] = {}
    kinds = table.loc[settled, ["column", "definition"]].drop_duplicates()
    for column, definition in kinds.itertuples(index=False, name=None):
        said.setdefault(stem[column], set()).add(str(definition))
    alone = {name: next(iter(found)) for name, found in said.items() if len(found) == 1 and "" not in found}
    words = table["definition"].astype("object")
    for column, name in stem.items():
        if name in alone:
            words[bare & (table["column"] == column).to_numpy()] = alone[name]
    return table.assign(definition=words.astype(table["definition"].dtype))


def _stem(column: str) -> str:
    """A column's name without its place and the statistic that it is."""
    words = normalise(column.rpartition("/")[2]).split("_")
    return "_".join(w for w in words if w not in STATS)
