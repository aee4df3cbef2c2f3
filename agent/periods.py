"""Runs of a database that must not be pooled: of other machines or versions, and of before a change of level.

A folder is one session as a rule. A suite of the database is many nights: machines are upgraded, drivers and servers
change. What the receipts beside the files say different becomes a factor, so that such runs are compared and never
averaged. Where a history moves to another level (`tools.stats.level_changes`), its runs are told apart by `period`: a
report is of the newest one, compared with the one before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimera_report.agent.place import suite_of
from chimera_report.tools.schema import FACTOR, Dataset, Json

if TYPE_CHECKING:
    import pandas as pd

PERIOD = FACTOR + "period"
_BEFORE, _TO, _FROM = "before ", " to ", "from "
_NEAR = 5  # runs between two changes, below which they are one
_DAY = 86_400_000_000_000  # ns


def told_apart(dataset: Dataset, receipts: Mapping[str, Json]) -> Dataset:
    """The dataset with these factors; `receipts` are those of bench runs, by the path of a source beside them."""
    table = _by_receipts(dataset.table, receipts)
    table = _by_period(table, replace(dataset, table=table))
    return dataset if table is dataset.table else replace(dataset, table=table)


def _by_receipts(table: pd.DataFrame, receipts: Mapping[str, Json]) -> pd.DataFrame:
    said = {path: _named(receipt) for path, receipt in receipts.items()}
    for name in ("host", "gpu", "driver", "version"):
        levels = {path: named[name] for path, named in said.items() if named.get(name)}
        if len(set(levels.values())) > 1 and FACTOR + name not in table:
            table = table.assign(**{FACTOR + name: _text(table["source"].map(levels))})
    return table


def _text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Texts as the columns of factors are kept."""
    import numpy as np
    import pandas as pd

    return values.astype(pd.StringDtype("pyarrow", na_value=np.nan))


def _named(receipt: Json) -> dict[str, str]:
    """The machine, its GPU, the driver and the server of a receipt, where it names them."""
    receipt = receipt if isinstance(receipt, dict) else {}
    host, server, driver = (p if isinstance(p := receipt.get(k), dict) else {} for k in ("host", "server", "driver"))
    gpus = [g for g in receipt.get("gpus") or () if isinstance(g, dict)]
    found: dict[str, Any] = {
        "host": " ".join(str(v) for k in ("cpu", "id") if (v := host.get(k))),
        "gpu": ", ".join(str(g["name"]) for g in gpus if g.get("name")),
        "driver": driver.get("version"),
        "version": server.get("version"),
    }
    return {k: str(v) for k, v in found.items() if v}


def _by_period(table: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    if PERIOD in table:
        return table
    import numpy as np
    import pandas as pd

    column = _text(pd.Series(None, index=table.index, dtype=object))
    for suite, edges in _edges(dataset).items():
        mine = (table["suite"] == suite) & table["started"].notna()
        began = table.loc[mine, "started"].to_numpy(dtype="datetime64[ns]").astype("int64")
        column[mine] = pd.Series(_names(edges)).take(np.searchsorted(edges, began, side="right")).array
    return table.assign(**{PERIOD: column}) if column.notna().any() else table


def newest(dataset: Dataset, settings: Mapping[str, Json]) -> Dataset:
    """The newest period of each suite, compared with the one before it; the dataset itself where there is one only, or
    the settings are of no suite of the database."""
    from chimera_report.tools.schema import Earlier

    table = dataset.table
    if PERIOD not in table or suite_of(Path(str(settings.get("path", "")))) is None:
        return dataset
    now = table[PERIOD].isna() | table[PERIOD].str.startswith(_FROM)
    edges = {
        str(s): str(p).removeprefix(_FROM)
        for s, p in table[now & table[PERIOD].notna()].groupby("suite")[PERIOD].first().items()
    }
    ends = _text(table["suite"].map(edges))
    before = ~now & (table[PERIOD].str.split(_TO).str[-1].str.removeprefix(_BEFORE) == ends).fillna(False)
    when = next(iter(edges.values())) if len(set(edges.values())) == 1 else "the-last-change"
    past = _rows(dataset, table[before])
    contents = json.dumps(sorted((s.path, s.sha256) for s in past.sources))
    earlier = Earlier(
        run=when.replace(" ", "-").replace(":", "."), sha256=hashlib.sha256(contents.encode()).hexdigest(), dataset=past
    )
    return replace(_rows(dataset, table[now]), earlier=earlier, undivided=dataset)


def _rows(dataset: Dataset, table: pd.DataFrame) -> Dataset:
    """These rows without their period, which is one, and the files that they are of."""
    mine = set(table["source"].unique())
    table = table.drop(columns=PERIOD).reset_index(drop=True)
    return replace(dataset, table=table, sources=tuple(s for s in dataset.sources if s.path in mine))


def _names(edges: list[int]) -> list[str]:
    """`before 2026-01-26`, `2026-01-26 to 2026-02-10`, `from 2026-02-10`; with the time where a day has several."""
    import pandas as pd

    days = len({e // _DAY for e in edges}) == len(edges)
    text = [f"{pd.Timestamp(e):{'%Y-%m-%d' if days else '%Y-%m-%d %H:%M'}}" for e in edges]
    return [f"{_BEFORE}{text[0]}", *(f"{a}{_TO}{b}" for a, b in pairwise(text)), f"{_FROM}{text[-1]}"]


def _edges(dataset: Dataset) -> dict[str, list[int]]:
    """By suite the starts of the runs from which on a history is at another level, in order."""
    from chimera_report.tools.stats import level_changes, run_points

    points = run_points(dataset)
    points = points[points["started"].notna()]
    # A run is of one period as a whole: it counts from the first of its records.
    points = points.assign(began=points.groupby("run")["started"].transform("min"))
    found: dict[str, list[tuple[float, int]]] = {}
    conditions = points["condition"].map(lambda c: json.dumps(c, sort_keys=True))
    names = ["suite", "subject", "metric", "definition", "level", "warm"]
    for key, one in points.groupby([*(points[n].astype(str) for n in names), conditions], sort=True, dropna=False):
        one = one.sort_values("began", kind="stable")
        for at, _, _, p in level_changes([float(v) for v in one["value"]]):
            found.setdefault(str(key[0]), []).append((p, int(one["began"].iloc[at])))
    return {suite: _apart(changes, points[points["suite"] == suite]["began"]) for suite, changes in found.items()}


def _apart(changes: Iterable[tuple[float, int]], started: Iterable[int]) -> list[int]:
    """The surest changes that are no neighbours of surer ones."""
    rank = {at: i for i, at in enumerate(sorted({int(s) for s in started}))}
    kept: list[int] = []
    for _, at in sorted(changes):
        if all(abs(rank[at] - rank[other]) >= _NEAR for other in kept):
            kept.append(at)
    return sorted(kept)
