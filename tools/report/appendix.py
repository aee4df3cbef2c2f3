"""The appendix: every suite, setting, comparison, contradiction and file, for who wants to look a number up."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.claims import Draft, alert_groups, choices, hardware, levels, methods, noun, say, tables
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import About, Book, Line
from chimera_report.tools.schema import Block, Bullets, Column, Comparison, Section, Stated, SuiteInfo, Summary, Table
from chimera_report.tools.statements import in_place, registry

_TABLES = 40  # of results
_ROWS = 200  # of a table


def lines_of(drafts: Iterable[Draft], kind: str) -> list[Line]:
    """Sentences of other rooms as lines of a paragraph."""
    return [Line(d.text, About(kind), claims=d.claims) for d in drafts]


def mixed(book: Book, section: str, parts: Iterable[list[Draft] | Table]) -> list[Block]:
    """Paragraphs and tables in their order."""
    made: list[Block] = []
    for part in parts:
        if isinstance(part, Table):
            made.append(part)
        else:
            made += book.paragraph(section, "table", lines_of(part, "table"))
    return made


def appendix(book: Book, more: Iterable[Block], metrics: list[str]) -> list[Section]:
    """The sections of the appendix, those without content left out."""
    made = [
        ("results", "Results by Suite", _results(book)),
        ("settings", "Settings", _settings(book)),
        ("comparisons", "Comparisons", _comparisons(book)),
        ("choices", "What a Choice Costs", _choices(book)),
        ("changes", "Further Changes", list(more)),
        ("contradictions", "Numbers of Documents That Differ from the Data", _stated(book)),
        ("quality", "Quality of the Data", _quality(book)),
        ("files", "Files and Suites", _files(book)),
        ("methods", "Methods", _methods(book, metrics)),
    ]
    return [
        Section(key=f"appendix_{key}", title=title, blocks=tuple(b), part="appendix") for key, title, b in made if b
    ]


# --- results ----------------------------------------------------------------------------------------------------------


def _results(book: Book) -> list[Block]:
    made: list[Block] = []
    for suite, metric in _ordered(book):
        rows = tables.rows_of(book.desk, suite.name, metric)
        for subject in _split(rows):
            mine = [s for s in rows if subject is None or s.subject == subject]
            if len(made) >= _TABLES:
                return made
            made.append(
                tables.results(book.desk, suite, metric, mine, subject=subject or "", rows=tables.APPENDIX_ROWS)
            )
            ran = hardware.hardware(book.desk, suite, mine)
            if ran is not None:
                made.append(ran)
    return made


def _ordered(book: Book) -> list[tuple[SuiteInfo, str]]:
    """Suites with the metric that orders each: those with most systems side by side first, then most records."""
    found = []
    for suite in book.analysis.inventory.suites:
        metric = tables.primary(book.desk, suite.name)
        if metric:
            rows = tables.rows_of(book.desk, suite.name, metric)
            rank = PRIMARY.index(metric) if metric in PRIMARY else len(PRIMARY)
            named = any(r.subject for r in rows)
            found.append(((not named, len(rows) < 2, rank, -sum(r.n or 0 for r in rows)), suite, metric))
    return [(suite, metric) for _, suite, metric in sorted(found, key=lambda f: (f[0], f[1].name))]


def _split(rows: list[Summary]) -> list[str | None]:
    """One table for all, or one a subject where all would be too long and most have several rows."""
    subjects = list(dict.fromkeys(s.subject for s in rows))
    if len(rows) <= tables.ROWS or len(subjects) < 2 or len(rows) < 2 * len(subjects):
        return [None]
    return list(subjects)


def _settings(book: Book) -> list[Block]:
    told, more = levels.settings(book.desk)
    return [*mixed(book, "appendix_settings", told), *more]


def _choices(book: Book) -> list[Block]:
    told, costs = choices.choices(book.desk)
    moved = choices.together(book.desk)
    parts: list[list[Draft] | Table] = [*told, *costs, *([[moved]] if moved is not None else [])]
    return mixed(book, "appendix_choices", parts)


_SAID = {
    "higher": "higher",
    "lower": "lower",
    "equivalent": "no difference",
    "inconclusive": "open",
    "exploratory": "few records",
    "insufficient": "too few records",
}
_SETTLED = ("higher", "lower", "equivalent")


def _comparisons(book: Book) -> list[Block]:
    every = (c for c in book.analysis.comparisons if c.ratio is not None and not c.over)
    items = [c for c in every if metric_of(c.metric).direction != "none"]
    rank = {m: i for i, m in enumerate(PRIMARY)}
    items.sort(key=lambda c: (rank.get(c.metric, 50), c.suite, c.axis, c.subject))
    if not items:
        return []
    columns = (
        Column(title="Suite"),
        Column(title="Metric"),
        Column(title="First"),
        Column(title="Second"),
        Column(title="Of, under"),
        Column(title="n"),
        Column(title="Ratio", align="right"),
        Column(title="Interval", align="right"),
        Column(title="First is"),
    )
    note = ""
    if len(items) > _ROWS:  # those that settle something, in the same order
        kept = {id(c) for c in sorted(items, key=lambda c: c.outcome not in _SETTLED)[:_ROWS]}
        items = [c for c in items if id(c) in kept]
        note = "The table is cut: of more comparisons, it has those with a verdict first."
    return [tables.table("", columns, [_row(book, c) for c in items], note)]


def _row(book: Book, item: Comparison) -> tuple[str, ...]:
    desk = book.desk
    place = [tables.cell(desk, item, "subject")] if item.axis != "subject" and item.subject else []
    place += [tables.cell(desk, item, "~condition")] if item.condition else []
    return (
        tables.cell(desk, item, "suite") if item.suite else tables.EMPTY,
        noun(item, warm=item.warm),
        tables.cell(desk, item, "a"),
        tables.cell(desk, item, "b"),
        ", ".join(place) or tables.EMPTY,
        f"{tables.cell(desk, item, 'n_a')} and {tables.cell(desk, item, 'n_b')}",
        tables.cell(desk, item, "ratio"),
        tables.cell(desk, item, "ratio", "interval"),
        _SAID[item.outcome],
    )


# --- documents --------------------------------------------------------------------------------------------------------


def _stated(book: Book) -> list[Block]:
    """A table a metric and unit, so that each column has one."""
    groups: dict[tuple[str, str], list[Stated]] = {}
    for item in book.analysis.stated:
        groups.setdefault((item.metric, book.desk.unit(item, "values.0.stated")), []).append(item)
    made: list[Block] = []
    for (metric, unit), items in groups.items():
        columns = (
            Column(title="Document"),
            Column(title="Place"),
            Column(title="System"),
            Column(title="Settings"),
            Column(title=f"Stated ({unit})", align="right"),
            Column(title=f"Measured ({unit})", align="right"),
            Column(title="Off (%)", align="right"),
        )
        rows = [
            (
                tables.cell(book.desk, s, "document"),
                tables.cell(book.desk, s, f"values.{i}.where"),
                tables.cell(book.desk, s, "subject") if s.subject else tables.EMPTY,
                tables.cell(book.desk, s, f"values.{i}.condition") if v.condition else tables.EMPTY,
                tables.cell(book.desk, s, f"values.{i}.stated"),
                tables.cell(book.desk, s, f"values.{i}.measured"),
                tables.cell(book.desk, s, f"values.{i}.off"),
            )
            for s in items
            for i, v in enumerate(s.values)
        ]
        head = noun(metric)
        made.append(tables.table(head[:1].upper() + head[1:], columns, rows[:_ROWS]))
    return made


# --- the data ---------------------------------------------------------------------------------------------------------


def _quality(book: Book) -> list[Block]:
    groups = alert_groups(book.analysis)
    items = []
    for kind in in_place("listed"):
        claim = say.group(book.desk, groups[kind.kind]) if kind.kind in groups else None
        if claim is not None and claim.verdict == "SUPPORTED":
            items.append([Line(f"{{{{{claim.id}}}}}.", About("alert"))])
    found = tuple(s for s in (book.sentences("appendix_quality", "alert", lines) for lines in items) if s)
    return [Bullets(items=found)] if found else []


def _files(book: Book) -> list[Block]:
    claim = say.inventory(book.desk, 0)
    lines = [Line(f"{{{{{claim.id}}}}}.", About("inventory"))] if claim is not None else []
    made: list[Block] = [*book.paragraph("appendix_files", "inventory", lines)]
    if book.analysis.inventory.suites:
        made.append(tables.suites(book.desk, rows=tables.APPENDIX_ROWS, title="All suites"))
    made.append(tables.file_kinds(book.desk))
    for status in ("skipped", "partial"):
        found = tables.files_of(book.desk, status, rows=tables.APPENDIX_ROWS)
        if found is not None:
            made.append(found)
    return made


def _methods(book: Book, metrics: list[str]) -> list[Block]:
    changed, traded = book.analysis.changes is not None, any(len(p.points) > 1 for p in book.analysis.paretos)
    defined = tuple(
        s
        for s in (
            book.sentences("appendix_methods", "definition", lines_of([d], "definition"))
            for d in methods.definitions(metrics)
        )
        if s
    )
    made: list[Block] = [Bullets(items=defined)] if defined else []
    further = [text for kind in registry().values() if (text := kind.method(book.analysis))]
    rules = methods.rules(changes=changed, choices=traded, further=further)
    made += book.paragraph("appendix_methods", "rules", lines_of(rules, "rule"))
    return made
