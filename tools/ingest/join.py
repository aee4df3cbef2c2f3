"""One Dataset of two: the folder that a report is of, and what was measured for that report."""

from __future__ import annotations

from dataclasses import replace

from chimera_report.tools.metrics import FACTORS
from chimera_report.tools.schema import COLUMNS, FACTOR, Dataset


def join(folder: Dataset, measured: Dataset, *, under: str) -> Dataset:
    """The rows of `folder`, then those of `measured`, whose paths begin with `under`.

    Each folder of `measured` is one run of one plan on one machine. It becomes a suite of its own, named as the folder:
    statistics never pool across suites. Raises ValueError where such a name is a suite of `folder` already.
    """
    import pandas as pd

    new = measured.table.copy()
    suites = new["source"].str.partition("/")[0]
    taken = set(folder.table["suite"].unique()) & set(suites.unique())
    if taken:
        raise ValueError(f"suites of both: {', '.join(sorted(taken))}")
    new["suite"] = suites.astype(new["suite"].dtype)
    for name in ("source", "run"):
        new[name] = (f"{under}/" + new[name]).astype(folder.table[name].dtype)
    rank = {name: place for place, name in enumerate(FACTORS)}
    factors = sorted({*folder.factors, *measured.factors}, key=lambda n: (rank.get(n, len(rank)), n))
    tables = []
    for table in (folder.table, new):
        absent = [c for f in factors if (c := FACTOR + f) not in table.columns]
        empty = pd.DataFrame({c: pd.Series([None] * len(table), dtype=table["suite"].dtype) for c in absent})
        tables.append(pd.concat([table.reset_index(drop=True), empty], axis=1))
    columns = [*COLUMNS, *(FACTOR + f for f in factors)]
    sources = [s.model_copy(update={"path": f"{under}/{s.path}"}) for s in measured.sources]
    return replace(
        folder,
        sources=tuple(sorted((*folder.sources, *sources), key=lambda s: s.path)),
        table=pd.concat([t[columns] for t in tables], ignore_index=True),
        measured=tuple(dict.fromkeys(suites)),
    )
