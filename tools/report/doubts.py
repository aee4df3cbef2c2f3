"""What not to trust: numbers of documents that the measurements contradict, failures with their reason, and series that
something disturbed."""

from __future__ import annotations

from collections.abc import Callable

from chimera_report.tools.claims import (
    METRIC_WEIGHT,
    alert_groups,
    counted,
    listed,
    noun,
    recipes,
    say,
)
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.report import clocks, failed, guesses, unread
from chimera_report.tools.report.book import About, Book, Line, supported
from chimera_report.tools.schema import AT_ONCE, ESTIMATES, NOT_NEEDED, SUPERSEDED, Alert, Block, Bullets, Stated
from chimera_report.tools.statements import in_place

SECTION = "doubts"
_FILES, _PATHS = 3, 4  # reasons for which files were left out, and files named with one
_FOREIGN = "a kind of file that is not read"  # nobody expects a licence or a picture to be read
_EMPTY, _LOGS = "empty", (".log", ".err", ".out")  # nothing went wrong, or nothing was said
_TEXT = "text that is no known"  # a list of packages, a command, a log: many, and seldom results
_DOCUMENTS = 4
_MOST = 10
_SAYS = " says: "  # in the reason for a file that a document takes back
# A value that alone cannot be one of the metric says that its column is of something else.
_OF_ANOTHER = ("below zero", "no time at all", "beyond any measurement")
_UNUSED = "in no statistic of this report"  # how the advice of an alert ends whose values were kept apart


def doubts(book: Book) -> tuple[Block, ...]:
    """One item a doubt, those about what people quote first."""
    items = [
        *_documents(book),
        *failed.failed(book),
        *_disturbed(book),
        *guesses.assumed(book),
        *_estimates(book),
        *clocks.doubts(book),
        *_unread(book),
        *unread.idle(book),
        *guesses.unread(book),
    ]
    found = tuple(s for s in (book.sentences(SECTION, key, lines) for key, lines in items) if s)
    return (Bullets(items=found),) if found else ()


_OTHERS = 4  # systems of which a document's number is told beside the first


# --- documents --------------------------------------------------------------------------------------------------------


def _documents(book: Book) -> list[tuple[str, list[Line]]]:
    """One item a document: how many of its numbers are off, and the widest of them. All stand in the appendix."""
    groups: dict[str, list[Stated]] = {}
    for item in book.analysis.stated:
        groups.setdefault(item.document, []).append(item)
    ordered = sorted(groups.values(), key=lambda g: -max(v.off for s in g for v in s.values))
    made, told = [], set[tuple[str, str, str, float]]()
    for items in ordered[:_DOCUMENTS]:
        worst = max(items, key=lambda s: s.values[0].off)
        key = worst.subject, worst.metric, worst.values[0].condition, worst.values[0].stated
        made.append(("document", _again(book, items) if key in told else _document(book, items)))
        told.add(key)
    if len(ordered) > _DOCUMENTS:
        rest = [s for g in ordered[_DOCUMENTS:] for s in g]
        span = book.desk.span([(s, "#values") for s in rest])
        text = (
            f"{book.f(span, '#names')} further sets of numbers in documents are off as well; the appendix lists each."
        )
        made.append(("documents", [Line(text, About("stated", verdict="stated"))]))
    return made


def _again(book: Book, items: list[Stated]) -> list[Line]:
    """A document that repeats the numbers of another."""
    parts = [f"{book.f(s, '#values')} of {noun(s)}" for s in items[:3]]
    text = f"{book.f(items[0], 'document')} repeats these numbers: {listed(parts)} are off there."
    return [Line(text, About("stated", verdict="stated"))]


def _document(book: Book, items: list[Stated]) -> list[Line]:
    items = sorted(items, key=lambda s: -s.values[0].off)
    if items[0].values[0].low is not None:  # beyond all measurements: the metric that people quote first
        items.sort(key=lambda s: PRIMARY.index(s.metric) if s.metric in PRIMARY else len(PRIMARY))
    worst = items[0]
    value = worst.values[0]
    document = book.f(worst, "document")
    name = noun(worst)
    given = f" at {book.f(worst, 'values.0.condition')}" if value.condition else ""
    of = f" of {book.f(worst, 'subject')}" if worst.subject else ""
    claims = tuple(
        c.id
        for c in supported(
            say.alert(book.desk, a)
            for a in book.analysis.alerts
            if a.kind == "contradiction" and a.files[:1] == (worst.document,)
        )
    )
    stated, measured = book.f(worst, "values.0.stated"), book.f(worst, "values.0.measured")
    lines = [
        Line(
            _beyond(book, worst, f"{document} gives a {name}{of} of {stated}{given}")
            if value.low is not None
            else book.turn(
                "document",
                f"{document} gives a {name}{of} of {stated}{given}; the measurements say {measured}.",
                f"In {document} the {name}{of}{given} is {stated}, in the data {measured}.",
                f"{document} puts the {name}{of}{given} at {stated}, against {measured} measured.",
            ),
            About("stated", worst.subject, worst.metric, worst.suite, verdict="stated"),
            claims=claims,
        )
    ]
    wrong = sum(len(s.values) for s in items)
    others = [s for s in items[1:] if value.low is not None and s.metric == worst.metric and s.subject != worst.subject]
    if others:
        parts = [
            f"{book.f(s, 'subject')} ({book.f(s, 'values.0.stated')} against {book.f(s, 'values.0.low')} to "
            f"{book.f(s, 'values.0.high')})"
            for s in others[:_OTHERS]
        ]
        about = About("stated", worst.subject, worst.metric, worst.suite, verdict="stated")
        lines.append(Line(f"So it is with {listed(parts)}.", about, "elaboration"))
    elif wrong > 1:
        if len(items) == 1:
            text = (
                f"{book.f(worst, '#values')} of the {book.f(worst, 'compared')} numbers that can be compared are off."
            )
        else:
            first, *rest = items[:3]
            head = f"{book.f(first, '#values')} of {book.f(first, 'compared')} values of {noun(first)}"
            parts = [f"{book.f(s, '#values')} of {book.f(s, 'compared')} of {noun(s)}" for s in rest]
            text = f"It differs from the data in {listed([head, *parts])}."
        about = About("stated", worst.subject, worst.metric, worst.suite, verdict="stated")
        lines.append(Line(text, about, "elaboration"))
    return lines


def _beyond(book: Book, item: Stated, head: str) -> str:
    """A number that no measurement of its system comes near: between which they lie, and whose number it is."""
    value = item.values[0]
    if value.low == value.high:
        said = f"the one measurement of it is {book.f(item, 'values.0.low')}"
    else:
        said = f"all that was measured of it lies between {book.f(item, 'values.0.low')} and "
        said += book.f(item, "values.0.high")
    whose = f"; the number is one of {book.f(item, 'values.0.other')}" if value.other else ""
    return f"{head}; {said}{whose}."


# --- files ----------------------------------------------------------------------------------------------------------


def _unread(book: Book) -> list[tuple[str, list[Line]]]:
    """Files that hold something and could not be used, with the reader's reason."""
    item = recipes.files(book.desk.dataset, "skipped")
    places = [
        i
        for i, (path, reason) in enumerate(zip(item.paths, item.reasons, strict=True))
        if not reason.startswith((_FOREIGN, NOT_NEEDED, SUPERSEDED)) and not (reason == _EMPTY and path.endswith(_LOGS))
    ]
    places.sort(key=lambda i: _SAYS not in item.reasons[i])  # what a document takes back weighs most
    about = About("file")
    groups: dict[str, list[int]] = {}
    for i in places:
        if not item.reasons[i].startswith(_TEXT):
            groups.setdefault(item.reasons[i], []).append(i)
    made, told = [], 0
    for reason, mine in list(groups.items())[:_FILES]:
        names = [book.f(item, f"paths.{i}") for i in mine[:_PATHS]]
        rest = ["others"] if len(mine) > _PATHS else []
        if reason == _EMPTY:
            text = f"{listed([*names, *rest])} {counted(len(mine), 'is', 'are')} empty."
        else:
            was = counted(len(mine), "was", "were")
            text = f"{listed([*names, *rest])} {was} left out: {book.f(item, f'reasons.{mine[0]}')}."
        made.append(("file", [Line(text, about)]))
        told += len(mine)
    if len(places) > told and len(item.paths) > 1:
        all_ = "In all, " if made else ""
        text = f"{all_}{book.f(item, '#paths')} files were not used; the appendix has the reason for each."
        made.append(("file", [Line(text, about)]))
    return made


def _estimates(book: Book) -> list[tuple[str, list[Line]]]:
    """What a file itself calls estimated, and what nobody should take for a measurement."""
    item = recipes.files(book.desk.dataset, "partial", ESTIMATES)
    return [
        ("file", [Line(f"{book.f(item, f'paths.{i}')} holds values {book.f(item, f'reasons.{i}')}.", About("file"))])
        for i in range(min(len(item.paths), _FILES))
    ]


# --- series that something disturbed ----------------------------------------------------------------------------------


def _disturbed(book: Book) -> list[tuple[str, list[Line]]]:
    made: list[tuple[str, list[Line]]] = []
    for kind in in_place("doubt"):
        items = [a for a in book.analysis.alerts if a.kind == kind.kind]
        items = [a for a in items if a.values.get("rule") not in _OF_ANOTHER]
        if not items or len(made) >= _MOST:
            continue
        items.sort(key=lambda a: (-METRIC_WEIGHT.get(a.metric, 0.3), a.key))
        claim = say.alert(book.desk, items[0])
        if claim is None or claim.verdict != "SUPPORTED":
            continue
        about = About("alert", items[0].subject, items[0].metric, items[0].suite, items[0].factor)
        if kind.kind in _TOGETHER and (text := _TOGETHER[kind.kind](book, items)):
            ids = tuple(c.id for a in items if (c := say.alert(book.desk, a)) is not None and c.verdict == "SUPPORTED")
            made.append((kind.kind, [Line(text, about, claims=ids)]))
            continue
        busy = made[-1][1] if made and made[-1][0] == "busy" else []
        if busy and (also := _also_throttled(book, busy, items)):
            busy.append(Line(also, about, claims=(claim.id,)))
            continue
        lines = [Line(f"{{{{{claim.id}}}}}.", about)]
        if kind.kind in _OF_EACH_METRIC and (other := _of_another(book, items)) is not None:
            lines.append(other)
        made.append((kind.kind, lines))
    return made


_OF_EACH_METRIC = ("tail_in_mean",)


def _of_another(book: Book, items: list[Alert]) -> Line | None:
    """The first alert of the kind that is of another metric than the one told."""
    other = next((a for a in items if a.metric != items[0].metric), None)
    claim = say.alert(book.desk, other) if other is not None else None
    if other is None or claim is None or claim.verdict != "SUPPORTED":
        return None
    about = About("alert", other.subject, other.metric, other.suite, other.factor)
    return Line(f"{{{{{claim.id}}}}}.", about)


def _also_throttled(book: Book, busy: list[Line], items: list[Alert]) -> str:
    """That the clock was throttled in the records that the sentence before, on a busy GPU, is about; "" for others."""
    item, about = items[0], busy[0].about
    if (
        item.kind != "throttling"
        or len(items) + len(busy) > 2
        or (item.subject, item.suite) != (about.subject, about.suite)
    ):
        return ""
    if item.values.get("sign") == "clock":
        return ""
    return f"Its clock was throttled in {book.f(item, 'values.records')} of {book.f(item, 'values.of')} as well."


def _labels(book: Book, items: list[Alert]) -> str:
    """All records whose label is contradicted, in one sentence; what they are where one setting names them all."""
    group = alert_groups(book.analysis)[items[0].kind]
    first, many = items[0], group.totals.get("records", 0)
    same = {(str(a.values.get("label")), str(a.values.get("what"))) for a in items}
    what = f" ({book.f(first, 'values.what')})" if len(same) == 1 and first.values.get("what") else ""
    records = f"{book.f(group, 'totals.records')} {counted(many, 'record')}"
    return (
        f"{records} labelled {book.f(first, 'factor')} {book.f(first, 'values.label')}{what} ran on the CPU, by their "
        "own fields: they are no results of a GPU, and are not compared as such here."
    )


def _impossible(book: Book, items: list[Alert]) -> str:
    """Values of one metric that cannot be true for one reason, over all systems."""
    if len(items) < 2 or len({(a.metric, a.values.get("rule")) for a in items}) > 1:
        return ""
    group = alert_groups(book.analysis)[items[0].kind]
    if len(group.alerts) != len(items):
        return ""
    values = f"{book.f(group, 'totals.values')} {counted(group.totals.get('values', 0), 'value')}"
    used = "" if all(a.advice.endswith(_UNUSED) for a in items) else " and make what rests on them doubtful"
    what = used or " and are not used"
    if items[0].values.get("rule") == AT_ONCE:
        return f"{values} of {noun(items[0])} are in no mean: {book.f(items[0], 'values.rule')}."
    return f"{values} of {noun(items[0])} cannot be true{what}: {book.f(items[0], 'values.rule')}."


# Kinds that are told in one sentence for all of their alerts.
_TOGETHER: dict[str, Callable[[Book, list[Alert]], str]] = {"contradicted_label": _labels, "implausible": _impossible}
