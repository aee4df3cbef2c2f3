"""Means of whole runs under one name: where some files hold the single records beside them and others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_WHOLE = "over all records"  # what a mean is called beside the records that it is of


def one_definition(table: pd.DataFrame) -> pd.DataFrame:
    """The table in which a mean of a run is one thing, whether the file holds the run's records or not.

    A sweep whose files list the requests of some workloads and not of others would fall into two halves, and a
    comparison would be told of one of them.
    """
    named = table["definition"] == _WHOLE
    if not named.any():
        return table
    keys = ["suite", "column", "metric", "stat"]
    known = set(table.loc[named, keys].drop_duplicates().itertuples(index=False, name=None))
    bare = (table["definition"] == "") & table["suite"].isin(table.loc[named, "suite"].unique())
    bare &= table["metric"].isin(table.loc[named, "metric"].unique()) & (table["stat"] != "sample")
    places = [i for i, *key in table.loc[bare, keys].itertuples(name=None) if tuple(key) in known]
    if not places:
        return table
    words = table["definition"].astype("object")
    words.loc[places] = _WHOLE
    return table.assign(definition=words.astype(table["definition"].dtype))
