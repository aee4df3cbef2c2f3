"""Answers about the report and the data as such: what there is, how many, what is missing or wrong, what is meant."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.claims import say, tables
from chimera_report.tools.metrics import METRICS, WANTED
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import bounded, checks, values, words
from chimera_report.tools.query.page import Page
from chimera_report.tools.query.quotes import section
from chimera_report.tools.schema import Column, SuiteInfo
from chimera_report.tools.statements import bench, runnable

_ROWS = 40


def listing(page: Page) -> None:
    """The names of something."""
    query, world = page.query, page.world
    inventory = world.analysis.inventory
    match query.thing:
        case "findings" | "recommendations" | "limitations":
            section(page, query.thing)
            return
        case "errors":
            checks.errors(page)
            return
        case "duplicates" | "cold starts" | "outliers" | "aliases" | "contradictions":
            checks.quality(page)
            return
        case "subjects":
            _names(page, _subjects(page), "model or system|models and systems")
        case "suites":
            names = [s.name for s in _suites(page) if s.name]
            _names(page, names, "suite|suites")
        case "metrics":
            names = [m for m in world.metrics if _has(page, m)]
            _names(page, [metric_of(m).title for m in names], "metric|metrics")
        case "factors":
            suites = _suites(page)
            names = [f for f in world.levels if any(f in s.factors for s in suites)]
            varied = [f for f in names if len(world.levels[f]) > 1]
            _names(
                page,
                [f"{f} ({_some(_sorted(world.levels[f]))})" for f in varied],
                "setting that varies|settings that vary",
            )
            if fixed := [f for f in names if f not in varied]:
                page.cannot.append(f"what {', '.join(fixed)} does: the data holds one level of it")
        case "levels":
            factor = query.factor or next(iter(query.condition), "")
            _names(page, _sorted(world.levels.get(factor, ())), f"level of {factor}|levels of {factor}")
        case _:
            files = world.rows.files(suite=query.suite, subject="".join(query.subjects[:1]), metric=query.metric)
            if not (query.suite or query.subjects or query.metric):
                files = list(world.files)
            _names(page, files, "file|files")
    if not page.drafts and not page.tables:
        page.say(f"The folder holds {page.fact(inventory, 'files')} files.")


def _sorted(levels: Iterable[str]) -> list[str]:
    def key(level: str) -> tuple[float, str]:
        try:
            return float(level), level
        except ValueError:
            return float("inf"), level

    return sorted(levels, key=key)


def _some(levels: list[str]) -> str:
    """The first few levels."""
    return ", ".join(levels[:8]) + (f" and {len(levels) - 8} more" if len(levels) > 8 else "")


def _suites(page: Page) -> list[SuiteInfo]:
    query = page.query
    return [
        s
        for s in page.world.analysis.inventory.suites
        if (not query.suite or s.name == query.suite)
        and (not query.metric or query.metric in s.metrics)
        and (not query.subjects or set(query.subjects) & set(s.subjects))
        and (not query.factor or query.factor in s.factors)
    ]


def _subjects(page: Page) -> list[str]:
    query = page.query
    return [
        s
        for s in page.world.subjects
        if (not query.metric or page.world.holds(query.metric, subject=s, suite=query.suite))
        and (not query.suite or s in page.world.suites[query.suite].subjects)
    ]


def _has(page: Page, metric: str) -> bool:
    subjects = page.query.subjects or ("",)
    return any(page.world.holds(metric, subject=s, suite=page.query.suite) for s in subjects)


def _names(page: Page, names: list[str], what: str) -> None:
    """Names stand in a table, so that none of them can be read as a part of a sentence."""
    one, many = what.split("|")
    where = f" in suite {page.query.suite}" if page.query.suite else ""
    of = f" with {' and '.join(page.query.subjects)}" if page.query.subjects else ""
    noun = one if len(names) == 1 else many
    if not names:
        page.say(f"There is no {one}{where}{of}.")
        return
    page.say(f"There {'is' if len(names) == 1 else 'are'} {len(names)} {noun}{where}{of}.")
    rows = [(name,) for name in names[:_ROWS]]
    page.tables.append(tables.table(many[:1].upper() + many[1:], [Column(title="Name")], rows))
    if len(names) > _ROWS:
        page.cannot.append(f"the list shows the first {_ROWS}")


def count(page: Page) -> None:
    """How many of something there are: the inventory's own figures, as the report gives them."""
    query, world, desk = page.query, page.world, page.desk
    inventory = world.analysis.inventory
    if query.constraints:
        bounded.count(page)
        return
    narrow = bool(query.subjects or query.suite or query.metric)
    subject = query.subjects[0] if query.subjects else ""
    if query.thing == "errors":
        checks.errors(page)
        return
    if query.thing in ("duplicates", "outliers", "aliases", "contradictions"):
        checks.quality(page)
        return
    if query.thing == "files" and query.target == "unread":
        checks.unread(page)
        return
    if query.thing in ("findings", "recommendations", "limitations"):
        section(page, query.thing, number=True)
        return
    if query.thing == "cold starts":
        found = world.alerts(("cold_start",), subject=subject, suite=query.suite)
        values.alerts(page, found)
        if many := world.rows.cold_starts(suite=query.suite, subject=subject) if not found else 0:
            page.say(f"The files hold {many} cold starts, kept apart from the warm records.")
        elif not found:
            page.say("No cold start stands beside warm records in this data.")
        page.cannot = []
        return
    if query.thing == "values" and query.metric:
        where = f" in suite {query.suite}" if query.suite else ""
        of = f" of {subject}" if subject else ""
        found_values = values.chosen(page)
        if len(found_values) == 1 and found_values[0].n is not None:
            item = found_values[0]
            page.say(
                f"The {metric_of(query.metric).title}{of} rests on {page.fact(item, 'n')} observations{f' in suite {item.suite}' if item.suite else ''}."  # noqa: E501
            )
        else:
            many = world.rows.values(suite=query.suite, subject=subject, metric=query.metric)
            page.say(
                f"The files hold {many} values of the {metric_of(query.metric).title}{of}{where}, samples and aggregates together."  # noqa: E501
            )
            if found_values:
                page.tables.append(values.table(page, [s for s in found_values if values.field_of(s, "")][:12]))
        return
    if not narrow:
        field = {
            "files": "files",
            "subjects": "#subjects",
            "suites": "#suites",
            "metrics": "#metrics",
            "records": "records",
            "values": "measurements",
            "": "files",
        }.get(query.thing)
        if field is not None:
            noun = {
                "files": "files",
                "subjects": "models and systems",
                "suites": "suites",
                "metrics": "metrics",
                "records": "records",
                "values": "values",
                "": "files",
            }[query.thing]
            shared = query.thing == "records" and inventory.aggregates
            but = f", {page.fact(inventory, 'aggregates')} of them aggregates" if shared else ""
            page.say(f"The folder holds {page.fact(inventory, field)} {noun}{but}.")
            if query.thing in ("files", ""):
                page.tables.append(tables.file_kinds(desk))
            return
    if query.suite and query.thing in ("records", "files", "values") and not query.subjects:
        place = next(i for i, s in enumerate(inventory.suites) if s.name == query.suite)
        if query.thing == "files":
            page.say(
                f"Suite {page.fact(inventory, f'suites.{place}.name')} is in {len(inventory.suites[place].files)} files."  # noqa: E501
            )
        else:
            page.say(
                f"Suite {page.fact(inventory, f'suites.{place}.name')} has {page.fact(inventory, f'suites.{place}.records')} records."  # noqa: E501
            )
        return
    if query.thing in ("records", "values"):
        copies = {f for a in world.alerts(("duplicate_files", "duplicate_measurements")) for f in a.files[1:]}
        many = world.rows.records(suite=query.suite, subject=subject, metric=query.metric, without=sorted(copies))
        of = f" of {subject}" if subject else ""
        page.say(f"The files hold {many} measured records{of}{f' in suite {query.suite}' if query.suite else ''}.")
        page.cannot.append("copies and aggregates are not counted; failed records are")
        return
    listing(page)


def missing(page: Page) -> None:
    """Whether a metric was measured, or which of the usual ones were not."""
    query, world = page.query, page.world
    subject = query.subjects[0] if query.subjects else ""
    if query.metric:
        title = metric_of(query.metric).title
        if world.holds(query.metric, subject=subject, suite=query.suite):
            page.lead = "Yes"
            values.value(page)
        elif not world.holds(query.metric):
            page.lead = "No"
            page.claim(say.absent(page.desk, query.metric))
            _collect(page, query.metric)
        else:
            of, where = (f" of {subject}" if subject else ""), (f" in suite {query.suite}" if query.suite else "")
            page.say(f"No: the data holds a {title}, but none{of}{where}.")
            _collect(page, query.metric)
        return
    if subject or query.suite:
        absent = [
            m for m in world.metrics if metric_of(m).core and not world.holds(m, subject=subject, suite=query.suite)
        ]
        names = [metric_of(m).title for m in absent]
        what = subject or f"suite {query.suite}"
        if names:
            page.say(f"Of the metrics that the data holds for others, {what} lacks {len(names)}.")
            page.tables.append(
                tables.table(f"Not measured for {what}", [Column(title="Metric")], [(n,) for n in names[:_ROWS]])
            )
        else:
            page.say(f"Nothing that the data holds for others is missing for {what}.")
        return
    absent = [m for m in WANTED if m not in world.metrics]
    if not absent:
        page.say("None of the usual metrics (decode rate, TTFT, prefill rate, energy per token, VRAM) is missing.")
    for metric in absent:
        page.claim(say.absent(page.desk, metric))
    if absent:
        _collect(page, absent[0])


def _collect(page: Page, metric: str) -> None:
    models = [s for s in (page.query.subjects or page.world.subjects) if runnable(s)]
    if models and metric in METRICS:
        page.run = bench(models[:2], runs=10)
        if metric in ("energy_per_token", "energy", "power", "vram", "gpu_util"):
            page.cannot.append("the run gives it only on a machine whose hardware reports it")


def definition(page: Page) -> None:
    """What a metric or a word of the report means."""
    query = page.query
    if query.metric:
        known = metric_of(query.metric)
        better = {"higher": "; higher is better", "lower": "; lower is better", "none": ""}[known.direction]
        unit = f", in {known.unit}" if known.unit else ""
        page.say(f"{known.title[:1].upper()}{known.title[1:]}: {known.definition}{unit}{better}.")
        variants = sorted(
            {s.definition for s in page.world.analysis.summaries if s.metric == query.metric and s.definition}
        )
        if variants:
            page.cannot.append(f"files of this report use other definitions of it too: {'; '.join(variants[:3])}")
        return
    page.say(words.TERMS[query.target])
