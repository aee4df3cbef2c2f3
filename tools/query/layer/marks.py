"""What each row of the table of measurements is: which statistic, whether it stands above others of its file, and
whether it counts failures that other rows hold one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chimera_report.tools.schema import FACTOR, Dataset, Role

if TYPE_CHECKING:
    import pandas as pd

# Names of columns that are results: a statistic, a count of what was done, a duration.
_RESULT = re.compile(
    r"(?:avg|mean|median|p\d{1,2}(?:_\d)?|max|min|std|successful|failed|completed|peak)(?:_|$)|.*(?:_duration|_usage\w*)$"
)
# How many were sent, where a load varies, says how often something was measured, and not under which condition.
SENT = re.compile(r"(?:num|n)_(?:prompts|requests|samples)|requests(?:_per_run)?|total_requests")
# A header that says which statistic its values are.
_SAYS = r"\((mean|avg|average|median|p\d{1,2}|std|stdev|std dev|sd|min|max)\)\s*$"


def statistics(table: pd.DataFrame) -> pd.Series[str]:
    """The statistic of each row: a header that says "(stdev)" or "(p90)" says it, whatever the row is kept as."""
    told = table["column"].astype(str).str.lower().str.extract(_SAYS, expand=False)
    told = told.replace(
        {"avg": "mean", "average": "mean", "median": "p50", "std": "sd", "stdev": "sd", "std dev": "sd"}
    )
    return table["stat"].where((table["stat"] != "sample") | told.isna(), told)


def counted(table: pd.DataFrame) -> Any:
    """Which rows say of a summary that requests failed, where the records of these requests are at hand: the same
    failures, and no others."""
    import numpy as np

    failed = table["status"].isin(("error", "timeout")).to_numpy()  # a value that was set aside is no failure
    if not failed.any():
        return np.zeros(len(table), dtype=bool)
    keys = table["source"].astype(str) + "\x1f" + table["record"].astype(str)
    summary = keys.isin(set(keys[(statistics(table) != "sample") & (table["metric"] != "request")])).to_numpy()
    return failed & summary if (failed & ~summary).any() else np.zeros(len(table), dtype=bool)


def wholes(table: pd.DataFrame) -> Any:
    """Which rows stand above others of their file: "/" above "/raw/3". They are of all of those, and no record more."""
    import numpy as np

    found = np.zeros(len(table), dtype=bool)
    pointers = table["where"].astype(str)
    nested = pointers.str.startswith("/")
    if not bool(nested.any()):
        return found
    pairs = table.loc[nested, ["source"]].assign(where=pointers[nested]).drop_duplicates()
    above: set[tuple[str, str]] = set()
    for source, where in pairs.itertuples(index=False):
        parts = str(where).split("/")
        above.update((str(source), "/".join(parts[:i]) or "/") for i in range(1, len(parts)) if str(where) != "/")
    keys = zip(table["source"].astype(str), pointers, strict=True)
    return np.fromiter((k in above for k in keys), dtype=bool, count=len(table))


def sent(table: pd.DataFrame) -> pd.Series:
    """How many requests the statistics of a record stand for; 1 where none says it."""
    stated = table["n"].where((table["status"] == "ok") & (statistics(table) != "sample"))
    return stated.groupby([table["source"], table["record"]]).transform("max").fillna(1)


def results(dataset: Dataset) -> frozenset[str]:
    """The columns that were read as settings of an unknown kind and are results: numbers to many places, or a statistic
    by their name. A condition of measurement is none of them."""
    found = set()
    for name in dataset.factors:
        if dataset.role_of(name) not in (Role.UNKNOWN, Role.SYSTEM):
            continue
        levels = [str(x) for x in dataset.table[FACTOR + name].dropna().unique()]
        numbers = [x for x in levels if re.fullmatch(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", x)]
        exact = [x for x in numbers if re.search(r"\.\d{4,}", x)]
        if levels and len(numbers) == len(levels) and (2 * len(exact) > len(levels) or _RESULT.match(name)):
            found.add(name)
    return frozenset(found)
