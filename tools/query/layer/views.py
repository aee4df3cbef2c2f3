"""Read-only DuckDB views over one report: observations, records, failures, files, runs, machines, stated, facts.

The statements are fixed, every value is bound; the database is in memory, reaches no file and no network, has bounds of
memory and time, and one thread, so that sums are added in the same order each time.
"""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chimera_report.tools.query.layer.groups import Group, Names, levels_of
from chimera_report.tools.query.layer.marks import counted, sent, statistics, wholes
from chimera_report.tools.query.layer.tables import facts_of, files_of
from chimera_report.tools.query.lookups import in_time, opened
from chimera_report.tools.schema import FACTOR, Dataset, Report, Role
from chimera_report.tools.stats import prepare

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from chimera_report.tools.query.reader.items import Parsed

MOST_FETCHED = 256  # results that are kept: the readings of one question, and those after it, ask the same things
MOST_CONTENDERS = 60  # levels of a setting in words; of more, each is a text and no name
# View → what one row of it is, for people and for a model that writes SQL.
VIEWS: dict[str, str] = {
    "observations": "one value of one record: metric, value (canonical unit), stat, status, settings, and whether it is kept (no copy, no derived aggregate)",
    "records": "one measured record: its suite, system, file, settings, when it started, whether it failed and with which message",
    "failures": "the records that failed, with the reason",
    "files": "one file of the folder: path, size in bytes, kind, whether it was read, records in it",
    "runs": "one run of a benchmark: suite, records, failures, first and last start",
    "machines": "what the data says about hosts, devices, drivers and the like: setting, level, records",
    "stated": "what documents state, beside what files measured",
    "facts": "the facts of the report: id, kind, metric, system, suite, value, unit, n",
}  # fmt: skip
# What a record of one request says of it; a sample of a monitor says none of these.
OF_ONE = "('ttft', 'ttft_incl_load', 'e2e_latency', 'tpot', 'itl', 'decode_rate', 'prefill_rate', 'output_tokens', 'run_time', 'accuracy', 'request')"
BAD = "status IN ('error', 'timeout')"  # a value that was set aside is no failure
_NAMING = (Role.SYSTEM,)


def quoted(name: str) -> str:
    """A column of the table as an identifier."""
    return '"' + name.replace('"', '""') + '"'


class Layer:
    """The views of one dataset. `dataset` may be of an earlier version: what it does not have is empty."""

    def __init__(self, dataset: Dataset, report: Report | None = None) -> None:
        self.dataset = dataset
        self.report = report
        self._lock = threading.Lock()
        self.parsed: dict[str, Parsed] = {}  # question → its items, kept by who parses them
        self._fetched: dict[str, list[tuple[Any, ...]]] = {}

    # --- names

    @cached_property
    def factors(self) -> tuple[str, ...]:
        return tuple(f for f in self.dataset.factors if f.strip() and f not in ("cold", "randomised"))

    @cached_property
    def naming(self) -> tuple[str, ...]:
        """The factors whose levels name systems: backend, provider, device, quantisation, …"""
        return tuple(
            f
            for f in self.factors
            if self.dataset.role_of(f) in _NAMING or f in ("quantisation", "device", "dtype") or f in self._contending
        )

    @cached_property
    def _contending(self) -> frozenset[str]:
        """Settings in words that most records say and that vary, as engine, technique or configuration: what stands
        for other things is never pooled, and is called by its name."""
        found = set()
        for f in self.factors:
            role = self.dataset.role_of(f)
            if role in (Role.SETTING, Role.UNKNOWN) and 1 < len(self.levels[f]) <= MOST_CONTENDERS:
                words = sum(not _numeric(x) for x in self.levels[f])
                if words > len(self.levels[f]) / 2 and self.coverage[f] > 0.5:
                    found.add(f)
        return frozenset(found)

    @cached_property
    def folders(self) -> bool:
        """Whether files of several folders hold values of one suite."""
        table = self.dataset.table
        pairs = table[["suite", "source"]].drop_duplicates()
        return bool((pairs["source"].str.rpartition("/")[0].groupby(pairs["suite"]).nunique() > 1).any())

    @cached_property
    def systems(self) -> tuple[str, ...]:
        return tuple(sorted({str(s) for s in self.dataset.table["subject"].unique() if str(s)}))

    @cached_property
    def contenders(self) -> tuple[str, ...]:
        """Where no system is named: the factors that stand for what is compared, the one that most records say first."""
        return tuple(f for f in self.varying if f in self.naming)

    @cached_property
    def calling(self) -> tuple[str, ...]:
        """The factors by whose levels rows are called: those that name systems, workloads in words, and machines."""
        told = [
            f
            for f in self.factors
            if f not in self.naming
            and self.dataset.role_of(f) in (Role.WORKLOAD, Role.ENVIRONMENT)
            and 1 < len(self.levels[f]) <= MOST_CONTENDERS
            and any(not _numeric(x) for x in self.levels[f])
            and all(len(x) <= 40 and len(x.split()) <= 3 for x in self.levels[f])
        ]
        return (*self.naming, *told)

    @cached_property
    def coverage(self) -> dict[str, float]:
        """Setting → the greatest share of the values of a suite that say it: a benchmark beside others keeps its own."""
        table = self.dataset.table
        if not self.documents_only:
            table = table[table["origin"] == "measured"]
        if not len(table):
            return dict.fromkeys(self.factors, 0.0)
        said = table[[FACTOR + f for f in self.factors]].notna().groupby(table["suite"]).mean()
        return {f: float(said[FACTOR + f].max()) for f in self.factors}

    @cached_property
    def ranked(self) -> tuple[str, ...]:
        """The factors, those that vary first and of these the ones that most records say."""
        return tuple(sorted(self.factors, key=lambda f: (len(self.levels[f]) < 2, -round(self.coverage[f], 2))))

    @cached_property
    def varying(self) -> tuple[str, ...]:
        return tuple(f for f in self.ranked if len(self.levels[f]) > 1)

    @cached_property
    def worded(self) -> frozenset[str]:
        """The factors whose levels are words, all of them."""
        return frozenset(f for f, levels in self.levels.items() if levels and not any(_numeric(x) for x in levels))

    @cached_property
    def documents_only(self) -> bool:
        """Whether nothing was measured by a file of records: then what documents state is what there is."""
        return bool(len(self.dataset.table)) and not bool((self.dataset.table["origin"] == "measured").any())

    @cached_property
    def environment(self) -> tuple[str, ...]:
        """The factors that say where something ran."""
        return tuple(
            f
            for f in self.factors
            if self.dataset.role_of(f) is Role.ENVIRONMENT or f in ("device", "host", "driver", "gpu", "machine")
        )

    @cached_property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """Setting → its levels, numbers in their order."""
        table = self.dataset.table
        return {
            f: tuple(sorted({str(x) for x in table[FACTOR + f].dropna().unique()}, key=_order)) for f in self.factors
        }

    @cached_property
    def called(self) -> dict[str, list[tuple[str, str]]]:
        """Level in lower case → the settings that have it, each with the level as it is written."""
        found: dict[str, list[tuple[str, str]]] = {}
        for f, levels in self.levels.items():
            for x in levels:
                found.setdefault(x.lower(), []).append((f, x))
        return found

    @cached_property
    def table(self) -> pd.DataFrame:
        """The table of measurements with what is kept, what is cold and which group a row belongs to."""
        import pandas as pd

        marks = prepare(self.dataset).columns.numbers
        table = self.dataset.table
        return table.assign(
            stat=statistics(table),
            pos=range(len(table)),
            started=table["started"].dt.tz_convert(None).dt.as_unit("us"),  # UTC; with a zone, DuckDB wants pytz or ICU
            kept=marks["pooled"].astype(bool),
            torn=marks["torn"].astype(bool),
            survivor=marks["survivors"].astype(bool),
            copy=marks["duplicate"].astype(bool),
            is_cold=pd.Series(marks["cold"], index=table.index).astype(int),
            grp=self._grouped[1],
            whole=wholes(table),
            counted=counted(table),
            sent=sent(table),
        )

    @cached_property
    def cold_and_warm(self) -> bool:
        """Whether the data has cold starts beside warm records."""
        return self.table["is_cold"].nunique() > 1

    @cached_property
    def counting(self) -> tuple[str, ...]:
        """The files that count failures which others hold one by one; not those that alone say how many were sent."""
        table = self.table
        sent = set(table.loc[table["metric"].isin(("request", "success_rate")) & (table["status"] == "ok"), "source"])
        counted = {str(s) for s in table.loc[table["counted"], "source"].unique()} - sent
        return tuple(sorted(counted | set(self._summing)))

    @cached_property
    def _summing(self) -> tuple[str, ...]:
        """The files that say of how many requests their records are, where as many lie beside them one by one."""
        rows = self.fetch("SELECT source, sum(lost + done), max(lost + done), count(*) FROM records GROUP BY source")
        single: dict[str, int] = {}
        for source, _, most, n in rows:
            if most <= 1:
                single[_folder(source)] = single.get(_folder(source), 0) + int(n)
        return tuple(str(s) for s, every, most, _ in rows if most > 1 and int(every) == single.get(_folder(s)))

    @cached_property
    def of_requests(self) -> bool:
        """Whether records say of many requests how many of them failed: then requests are counted, not records."""
        return bool(self.fetch("SELECT coalesce(max(lost), 0) > 1 FROM records")[0][0])

    @cached_property
    def counted_in(self) -> tuple[str, ...]:
        """The files whose records say how many requests they stand for, and the documents beside them."""
        found = self.fetch("SELECT DISTINCT source FROM records WHERE lost > 1 OR done > 1")
        pages = [s.path for s in self.dataset.sources if s.path.lower().endswith((".md", ".txt", ".html", ".rst"))]
        return tuple(sorted({str(x[0]) for x in found} | (set(pages) if found else set())))

    @cached_property
    def counts_alone(self) -> bool:
        """Whether records say how many requests failed and not of how many: then there is no share."""
        return bool(self.fetch("SELECT coalesce(bool_and(done = 1) FILTER (WHERE lost > 1), false) FROM records")[0][0])

    @cached_property
    def _grouped(self) -> tuple[tuple[Group, ...], list[int]]:
        table = self.dataset.table
        columns = ["suite", "subject", "source", *(FACTOR + f for f in self.calling)]
        codes = table.groupby(columns, dropna=False, sort=False).ngroup()
        heads = table[columns].assign(code=codes).drop_duplicates("code").sort_values("code")
        counts = codes.value_counts()
        found = []
        for row in heads.to_dict("records"):
            named = {f: row[FACTOR + f] for f in self.calling}
            levels = levels_of(named, self.calling)
            found.append(Group(row["suite"], row["subject"], row["source"], levels, int(counts[row["code"]])))
        return tuple(found), [int(c) for c in codes]

    @cached_property
    def names(self) -> Names:
        return Names.of(self._grouped[0])

    @cached_property
    def metrics(self) -> dict[str, int]:
        """Metric → measured values of it."""
        table = self.dataset.table
        held = table[(table["metric"] != "request") & (table["status"] == "ok")]
        return {str(k): int(v) for k, v in held["metric"].value_counts().items()}

    @cached_property
    def measured(self) -> frozenset[str]:
        """The metrics that files of records hold; of others, documents may state values."""
        table = self.dataset.table
        own = table if self.documents_only else table[table["origin"] == "measured"]
        return frozenset(str(m) for m in own["metric"].unique())

    @cached_property
    def columns(self) -> dict[str, str]:
        """Header or key of the files, in lower case → the metric that it was read as."""
        table = self.dataset.table[["column", "metric"]].drop_duplicates()
        return {str(c).lower(): str(m) for c, m in zip(table["column"], table["metric"], strict=True) if m != "request"}

    @cached_property
    def unread(self) -> tuple[str, ...]:
        """Headers and keys of the files that were not read as anything: nothing is computed from them."""
        read = set(self.columns)
        found = {
            a.name.rsplit("/", 1)[-1].rsplit(".", 1)[-1]
            for assigned in self.dataset.readings.values()
            for a in assigned
            if a.role is Role.UNKNOWN and a.name.lower() not in read
        }
        return tuple(sorted(found))

    @cached_property
    def several(self) -> dict[str, tuple[str, ...]]:
        """Metric → the columns that were read as it, where one record has several of them: scores of other tests, times
        of other parts. They are no repeats of each other."""
        table = self.dataset.table
        own = table[(table["origin"] == "measured") & (table["status"] == "ok") & (table["metric"] != "request")]
        own = own[statistics(own) == "sample"]
        pairs = own.groupby(["source", "record", "metric"], sort=False)["column"].nunique()
        found = sorted({str(m) for m in pairs[pairs > 1].index.get_level_values("metric")})
        return {m: tuple(sorted({str(c) for c in own.loc[own["metric"] == m, "column"]})) for m in found}

    @cached_property
    def headers(self) -> dict[str, str]:
        """The words of headers that are one metric's alone: "tg128" of "tg128 (t/s)", "img_s"; → that metric."""
        owners: dict[str, set[str]] = {}
        for column, metric in self.columns.items():
            bare = re.sub(r"\s*[(\[].*?[)\]]", "", column.rsplit("/", 1)[-1]).strip()
            if re.fullmatch(r"[\w./%-]{3,}", bare) and not _numeric(bare):
                owners.setdefault(bare, set()).add(metric)
        return {word: next(iter(metrics)) for word, metrics in owners.items() if len(metrics) == 1}

    # --- the database

    @cached_property
    def _base(self) -> duckdb.DuckDBPyConnection:
        import pyarrow as pa

        connection = opened(threads=1)
        connection.register("m", pa.Table.from_pandas(self.table, preserve_index=False))
        connection.register("f", files_of(self.dataset))
        connection.register("facts_", facts_of(self.report))
        weakref.finalize(self, connection.close)
        connection.execute("SET enable_external_access=false")
        factors = [quoted(FACTOR + f) for f in self.factors]
        settings = "".join(f", any_value({f}) AS {f}" for f in factors)
        named = "".join(f", {quoted(FACTOR + f)} AS {quoted(f)}" for f in self.factors)
        told = "true" if self.documents_only else "origin = 'measured'"
        connection.execute(f"CREATE VIEW observations AS SELECT * FROM m WHERE {told}")  # noqa: S608
        samples = bool((self.table["kept"] & (self.table["stat"] == "sample")).any())
        kinds = (
            "(stat = 'sample' OR metric IN ('request', 'success_rate'))" if samples else "true"
        )  # of aggregates alone, each row is a record
        # Asked for by nearly every answer, and costly: made once.
        connection.execute(
            "CREATE TABLE records AS SELECT source, record, any_value(suite) AS suite, any_value(subject) AS subject, "  # noqa: S608
            'any_value(grp) AS grp, any_value("where") AS "where", any_value(run) AS run, min("order") AS "order", '
            f"min(started) AS started, bool_or({BAD}) AS failed, "
            f"coalesce(max(CASE WHEN {BAD} THEN greatest(coalesce(n, 1), 1) END), 0) AS lost, "
            "coalesce(max(CASE WHEN metric = 'success_rate' AND status = 'ok' AND n > 1 THEN round(value * n) END), "
            "max(CASE WHEN status = 'ok' THEN CASE WHEN stat = 'sample' THEN sent ELSE coalesce(n, 1) END END), "
            f"CASE WHEN bool_or({BAD}) THEN 0 ELSE 1 END) AS done, "
            f"max(CASE WHEN {BAD} THEN status END) AS status, max(CASE WHEN {BAD} THEN message END) AS message, "
            "max(is_cold) AS is_cold, "
            f"bool_or({BAD} OR metric IN {OF_ONE}) AS one, "
            f"min(pos) AS pos{settings} FROM m "
            f"WHERE {told} AND NOT copy AND NOT counted AND ((NOT whole AND {kinds}) OR status <> 'ok') GROUP BY source, record"
        )
        connection.execute("CREATE VIEW failures AS SELECT * FROM records WHERE failed")
        connection.execute("CREATE VIEW files AS SELECT * FROM f")
        connection.execute(
            "CREATE VIEW runs AS SELECT run, any_value(suite) AS suite, count(*) AS records, "
            "count(*) FILTER (WHERE failed) AS failures, min(started) AS first, max(started) AS last "
            "FROM records GROUP BY run"
        )
        connection.execute(f"CREATE VIEW stated AS SELECT *{named} FROM m WHERE origin <> 'measured'")  # noqa: S608
        parts = [
            f"SELECT '{f.replace(chr(39), chr(39) * 2)}' AS setting, {quoted(FACTOR + f)} AS level, "  # noqa: S608
            f"count(DISTINCT (source, record)) AS records FROM m WHERE {quoted(FACTOR + f)} IS NOT NULL GROUP BY 2"
            for f in self.environment
        ]
        empty = "SELECT '' AS setting, '' AS level, 0 AS records WHERE false"
        connection.execute("CREATE VIEW machines AS " + " UNION ALL ".join(parts or [empty]))
        connection.execute("CREATE VIEW facts AS SELECT * FROM facts_")
        connection.execute("SET lock_configuration=true")
        return connection

    @contextmanager
    def _bounded(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._lock, in_time(self._base) as connection:
            yield connection

    def fetch(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a fixed statement with bound values. Raises UsageError where it takes too long."""
        key = f"{statement}\n{list(values)!r}"
        if key not in self._fetched:
            if len(self._fetched) >= MOST_FETCHED:
                self._fetched.clear()
            with self._bounded() as connection:
                self._fetched[key] = connection.execute(statement, list(values)).fetchall()
        return list(self._fetched[key])


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _numeric(level: str) -> bool:
    return _order(level)[0] == 0


def _order(level: str) -> tuple[int, float, str]:
    try:
        return 0, float(level), level
    except ValueError:
        return 1, 0.0, level
