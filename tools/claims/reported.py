"""Values that documents state, shown as stated: what a folder without measurements has to say."""

from __future__ import annotations

from chimera_report.tools.claims.display import unit_for
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import FACTOR, Dataset, Frozen, Recipe, Result, Rows

REPORTED = "claims.reported"


class ReportedValue(Frozen):
    """One number of a document, in the metric's unit."""

    document: str
    where: str  # "table 2, row 3"
    subject: str
    stat: str  # sample, mean, p50, …, as the document says
    condition: str  # the settings beside it, as words
    value: float


class Reported(Result):
    """What the documents of a folder state of one metric, in the order of the documents."""

    metric: str
    values: tuple[ReportedValue, ...]

    @property
    def unit(self) -> str:
        """The one unit in which the values are shown."""
        return unit_for(metric_of(self.metric).unit, [v.value for v in self.values])


def reported(dataset: Dataset, metric: str) -> Reported:
    """The stated values of a metric."""
    table = dataset.table
    rows = table[(table["origin"].astype("object") == "reported") & (table["metric"].astype("object") == metric)]
    rows = rows[(rows["status"].astype("object") == "ok") & rows["value"].notna()]
    rows = rows[~rows["stat"].astype("object").isin(["sd", "count", "total"])]
    names = [f for f in dataset.factors if rows[FACTOR + f].notna().any()]
    values = []
    for _, row in rows.iterrows():
        given = [f"{f} {row[FACTOR + f]}" for f in names if isinstance(row[FACTOR + f], str)]
        values.append(
            ReportedValue(
                document=str(row["source"]),
                where=str(row["where"]),
                subject=str(row["subject"] or ""),
                stat=str(row["stat"]),
                condition=", ".join(given),
                value=float(row["value"]),
            )
        )
    return Reported(
        recipe=Recipe(function=REPORTED, args={"metric": metric}),
        rows=tuple(
            Rows(source=str(source), records=tuple(sorted(int(r) for r in part["record"])), columns=())
            for source, part in rows.groupby(rows["source"].astype("object"), sort=True)
        ),
        metric=metric,
        values=tuple(values),
    )


def every_reported(dataset: Dataset) -> list[Reported]:
    """One item a metric that documents state, those with most values first."""
    table = dataset.table
    metrics = table[table["origin"].astype("object") == "reported"]["metric"].astype("object").value_counts()
    found = [reported(dataset, str(m)) for m in metrics.index if metric_of(str(m)).core]
    return [item for item in found if item.values]
