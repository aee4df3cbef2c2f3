"""Definitions, tested against the columns: which formula of the record's other values gives a column."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.told.sheet import Telling

CLOSE = 0.005  # how far a value may be from what a formula gives
ENOUGH = 0.95  # share of the records that it must hold in
ENOUGH_RECORDS = 5
_MOST = 12  # other metrics that are tried


def definition(telling: Telling) -> None:
    """What a metric is, as the files hold it: the formula that its values follow, else the registered definition."""
    metric = telling.select.measure
    column = telling.select.text
    title = metric_of(metric).title
    table = telling.world.dataset.table
    own = table[
        (table["metric"] == metric)
        & (table["status"] == "ok")
        & (table["stat"] == "sample")
        & (table["origin"] == "measured")
    ]
    if column:
        own = own[own["column"].str.lower() == column]
    found = _formula(telling, metric, column)
    name = telling.name(column) if column else title
    if found is not None:
        words, share, n = found
        held = f"it holds in {telling.fact(round(share * n))} of {telling.fact(n)} records"
        telling.say(f"{name} is {words}: {held} (within 0.5 %).")
    else:
        variants = sorted({str(d) for d in own["definition"].unique() if d})
        if variants:
            telling.say(f"{name} is read as {title}, in the variant {' and '.join(telling.name(v) for v in variants)}.")
        elif metric in METRICS:
            telling.say(f"{title[:1].upper() + title[1:]}: {metric_of(metric).definition}.")
        else:
            telling.refuse(
                f"{column or title} is no known metric, and no formula of the other columns gives its values"
            )
            return
    unit = metric_of(metric).unit
    better = {"higher": "; higher is better", "lower": "; lower is better"}.get(metric_of(metric).direction, "")
    columns = sorted({str(c) for c in own["column"].unique()})[:4]
    if unit or better:
        telling.say(
            f"It is read as {title}{f', in {unit}' if unit else ''}{better}"
            + (f", from the columns {', '.join(telling.name(c) for c in columns)}." if columns else ".")
        )
    if len(own) == 0 and metric in METRICS and metric not in telling.layer.metrics:
        telling.cannot.append(f"no file of this report holds the {title}")


def _formula(telling: Telling, metric: str, column: str) -> tuple[str, float, int] | None:
    import numpy as np

    table = telling.world.dataset.table
    kept = table[(table["status"] == "ok") & (table["stat"] == "sample") & (table["origin"] == "measured")]
    mine = kept[kept["metric"] == metric]
    if column:
        mine = mine[mine["column"].str.lower() == column]
    if len(mine) < ENOUGH_RECORDS:
        return None
    files = set(mine["source"])
    wide = kept[kept["source"].isin(files)].pivot_table(
        index=["source", "record"], columns="metric", values="value", aggfunc="first"
    )
    if metric not in wide:
        return None
    wide = wide[wide[metric].notna()]
    y = wide[metric].to_numpy()
    others = [m for m in wide.columns if m != metric and wide[m].notna().mean() > 0.5][:_MOST]
    x = {m: wide[m].to_numpy() for m in others}
    best: tuple[str, float, int] | None = None
    with np.errstate(all="ignore"):
        for words, made in _made(x):
            fits = np.isfinite(made) & np.isfinite(y)
            if fits.sum() < ENOUGH_RECORDS:
                continue
            close = np.abs(made[fits] - y[fits]) <= CLOSE * np.maximum(np.abs(y[fits]), 1e-12)
            share = float(close.mean())
            if share >= ENOUGH and (best is None or share > best[1] + 1e-9):
                best = (words, share, int(fits.sum()))
    return best


def _made(x: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Simple formulas of the other metrics, in words, with their values: the simplest first."""
    title = {m: metric_of(m).title for m in x}
    for a in x:
        yield f"1 / {title[a]}", 1 / x[a]
    for a, b in permutations(x, 2):
        yield f"{title[a]} / {title[b]}", x[a] / x[b]
        if a < b:
            yield f"{title[a]} + {title[b]}", x[a] + x[b]
    for a, b in permutations(x, 2):
        yield f"({title[a]} - 1) / {title[b]}", (x[a] - 1) / x[b]
        yield f"{title[a]} - {title[b]}", x[a] - x[b]
