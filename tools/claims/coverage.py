"""How much of the folder was read: what a report has to say before anything else where that is only a part."""

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import RESTATED, Dataset, KnownBy, Recipe, Result, Role, Rows

COVERAGE = "claims.coverage"
_COLUMNS = 8  # that were not understood, from which on, …
_TIMES = 2  # … at so many times the columns of results, little of a file was read
_THIN = 500  # bytes of a document for each value that was read
_LONG = 4000  # bytes, below which a document may hold little


class Coverage(Result):
    """What of the files was not read, as far as the reading itself shows it."""

    files: int  # that hold records or state values
    metrics: int  # columns and keys that were read as results
    columns: int  # that were not understood, …
    places: int  # … those of one object counted once: a key of free text for each prompt is one
    idle: tuple[str, ...]  # files with records, none of which gave a value
    measured: int  # records of the data
    document: str = ""  # that states more records than the data holds, …
    stated: int = 0  # … and how many
    thin: tuple[str, ...] = ()  # documents that are long and gave few values, where there is no data
    values: int = 0  # that the first of these gave
    results: int = 0  # metrics of which more or less is better

    @property
    def few_columns(self) -> bool:
        """Whether far more columns were not understood than were read as results."""
        return self.places >= _COLUMNS and self.places > _TIMES * self.metrics

    @property
    def mostly_idle(self) -> bool:
        return len(self.idle) * 2 > self.files

    @property
    def partial(self) -> bool:
        """Whether what was read is so little that nothing can be said of the folder as a whole."""
        return self.few_columns or self.mostly_idle or bool(self.document or self.thin) or not self.results


def coverage(dataset: Dataset) -> Coverage:
    """The coverage of the dataset's files, from their readings and the table."""
    table = dataset.table
    holding = [s for s in dataset.sources if s.status != "skipped" and s.records and s.format != "mapping"]
    data = [s for s in holding if s.role != "document"]
    known, unread = set[str](), set[str]()
    for source in data:
        for a in source.reading:
            name = a.name.removeprefix("../")
            if a.role is Role.METRIC:
                known.add(name)
            elif a.role is Role.UNKNOWN and not a.means and a.known_by is KnownBy.NOTHING:
                unread.add(name)
    used = set(table["source"].unique())  # a list of failures has no values, and is used
    idle = tuple(s.path for s in data if s.path not in used)
    ok = table[table["status"] == "ok"]
    measured = len(ok[ok["origin"] == "measured"].drop_duplicates(["source", "record"]))
    reported = ok[ok["origin"] == "reported"].drop_duplicates(["source", "record"])["source"].value_counts()
    document, stated = "", 0
    if measured and len(reported) and int(reported.iloc[0]) > measured:
        document, stated = str(reported.index[0]), int(reported.iloc[0])
    documents = [s for s in dataset.sources if s.role == "document" and s.status != "skipped"]
    whole = [s for s in documents if RESTATED not in s.reason]  # what another document states was read there
    dense = sum(s.size for s in whole) <= _THIN * sum(s.measurements for s in whole)  # beside results, a guide is none
    thin = tuple(s for s in whole if s.size > _LONG and s.size > _THIN * s.measurements)
    thin = () if measured or dense else thin
    results = {m for m in ok["metric"].unique() if metric_of(str(m)).direction != "none"}
    rested = [s.path for s in holding] + [s.path for s in thin if s not in holding]
    return Coverage(
        recipe=Recipe(function=COVERAGE),
        rows=tuple(Rows(source=path, records=(), columns=()) for path in sorted(rested)),
        files=len(holding),
        metrics=len(known - unread),
        columns=len(unread - known),
        places=len({name.rpartition("/")[0] or name for name in unread - known}),
        idle=idle,
        measured=measured,
        document=document,
        stated=stated,
        thin=tuple(s.path for s in thin),
        values=thin[0].measurements if thin else 0,
        results=len(results),
    )
