"""The plan of a report and the report that it gives: what to say, in the order of what it changes for the reader.

`composed` writes it and keeps the facts and claims that it asked for; `planned` writes it again over a sealed sheet, so
that it cannot hold anything that the sheet does not.
"""

from __future__ import annotations

from collections.abc import Callable

from chimera_report.tools.charts import alike
from chimera_report.tools.claims import (
    Desk,
    alert_groups,
    every_claim,
    fact_ids,
    further_facts,
    names_of,
    say,
    settled,
    since,
)
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report import (
    appendix,
    axes,
    ceiling,
    clocks,
    curves,
    doubts,
    figures,
    first,
    gains,
    guesses,
    leads,
    measured,
    rivals,
    scores,
    seen,
    settings,
    speed,
    unsafe,
)
from chimera_report.tools.report.actions import actions
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.report.main_thing import by_breadth
from chimera_report.tools.report.pictures import Pictures
from chimera_report.tools.report.stated import stated
from chimera_report.tools.schema import (
    Analysis,
    Block,
    Bullets,
    Chart,
    CodeBlock,
    Comparison,
    Dataset,
    FactSheet,
    Matched,
    Outline,
    Plan,
    Result,
    Section,
)
from chimera_report.tools.scored import better

MOST = 7  # findings of a full report
SHORT = 3
# How many findings of a kind a report has; one of any other.
_LIMITS = {
    "speed": 3,
    "axis": 2,
    "effect": 3,
    "reading": 3,
    "interaction": 2,
    "artefact": 2,
    "matched": 4,
    "curve": 2,
    "lead": 2,
    "board": 2,
}
_AGAIN = 0.8  # by how much less a second finding about the same question counts
ENOUGH = 3  # findings, from which on values without a comparison stay in the appendix


def composed(
    analysis: Analysis, dataset: Dataset, *, title: str, plan: Plan | None = None
) -> tuple[FactSheet, Outline]:
    """The sheet and the report of one composition."""
    desk = Desk(analysis, dataset)
    made = _compose(desk, title, plan or Plan())
    further_facts(desk)
    return desk.sheet(names_of(desk)), made


def build(analysis: Analysis, dataset: Dataset, *, every: bool = False) -> FactSheet:
    """The facts and checked claims of the report. With `every`, the claims that it does not make too, after its own."""
    desk = Desk(analysis, dataset)
    _compose(desk, "", Plan())
    further_facts(desk)
    if every:
        every_claim(desk)
    return desk.sheet(names_of(desk))


def planned(sheet: FactSheet, analysis: Analysis, dataset: Dataset, *, title: str, plan: Plan | None = None) -> Outline:
    """The report over a sheet. Raises ValueError for a sheet of another analysis."""
    return _compose(Desk(analysis, dataset, sheet), title, plan or Plan())


def findings(book: Book) -> list[Found]:
    """The findings, those that change most for the reader first."""
    found: list[Found] = []
    for source in (
        speed.speed,
        axes.axes,
        settings.artefacts,
        settings.idle,
        gains.gains,
        settings.effects,
        curves.curves,
        rivals.rivals,
        leads.leads,
        scores.scores,
        settings.further,
        first.first_request,
    ):
        found += source(book)
    found = by_breadth(book, leads.instead(found))
    telling = [f for f in found if not (f.kind in ("axis", rivals.KIND) and f.scope["factor"] in axes.OBVIOUS)]
    found, telling = _licensed(book, found), _licensed(book, telling)
    kept = _kept(book, telling if len(telling) >= ENOUGH else found, book.desk.render)
    if len(kept) < ENOUGH:
        kept = _kept(book, [*found, *_licensed(book, seen.readings(book, kept))], book.desk.render)
    clocks.beside(book, kept)
    ceiling.beside(book, kept)
    for number, item in enumerate(kept, 1):
        item.number = number
    return kept


_PACE = ("itl", "tpot")


def _idle(book: Book, item: Found, found: list[Found]) -> bool:
    """Whether another finding says of the setting that it is not shown to matter: then who is ahead where is noise."""
    idle = {f.scope["metric"] for f in found if f.kind == "idle"}
    if item.kind != rivals.KIND or item.scope["metric"] not in idle:
        return False
    mine = [e for e in book.analysis.effects if (e.metric, e.factor) == (item.scope["metric"], item.scope["factor"])]
    return bool(mine) and all(e.outcome != "effect" for e in mine)


def _once(book: Book, found: list[Found]) -> list[Found]:
    """Of one setting and metric, what was seen under several conditions goes before a test under one of them, and tests
    under each of them go before both."""
    several = {_of(f) for f in found if f.kind == rivals.KIND and any(_several(i) for i in f.items)}
    found = [f for f in found if f.kind not in ("axis", "speed") or _of(f) not in several or _everywhere(book, f)]
    tested = {_of(f) for f in found if f.kind in ("axis", "speed")}
    raced = {_of(f)[2] for f in found if f.kind == "speed"}  # the race tells what users wait as well
    shown = {(f.scope["factor"], f.scope["suite"]) for f in found if f.kind == "effect"}  # what users wait with it, too
    found = [f for f in found if f.kind != rivals.KIND or (f.scope["factor"], f.scope["suite"]) not in shown]
    paced = {_of(f)[0] for f in found if f.scope.get("metric") == "decode_rate"}  # the gap of tokens is that again
    found = [f for f in found if f.kind != rivals.KIND or f.scope["metric"] not in _PACE or _of(f)[0] not in paced]
    return [
        f
        for f in found
        if f.kind != rivals.KIND or (_of(f) not in tested and (_of(f)[0] != "subject" or _of(f)[2] not in raced))
    ]


def _everywhere(book: Book, found: Found) -> bool:
    """Whether a tested comparison of like runs stands behind each condition that the two of a finding share."""
    item = next((i for i in found.items if isinstance(i, Comparison)), None)
    if item is None or item.over:
        return False
    pair, place = {item.a, item.b}, (item.suite, item.metric, item.definition, item.axis)
    made = [
        c
        for c in book.analysis.comparisons
        if {c.a, c.b} == pair and (c.suite, c.metric, c.definition, c.axis) == place and not c.over and c.ratio_ci
    ]
    shared = [
        len(m.points)
        for m in book.analysis.matched
        if {m.a, m.b} == pair and (m.suite, m.metric, m.definition, m.axis) == place
    ]
    tried = [c for c in book.analysis.comparisons if {c.a, c.b} == pair and c.metric == item.metric]
    tried = [c for c in tried if (c.suite, c.definition, c.axis) == (item.suite, item.definition, item.axis)]
    return len(made) >= max(shared, default=len(tried))


def _of(found: Found) -> tuple[str, str, str]:
    suite = next((str(getattr(i, "suite", "")) for i in found.items), "")
    return found.scope.get("factor", "subject"), found.scope.get("metric", ""), suite


def _several(item: Result) -> bool:
    return isinstance(item, Matched) and len(item.points) > 1


def _licensed(book: Book, found: list[Found]) -> list[Found]:
    """Those whose title is no mean over unlike conditions, each with its verdict where that is none either."""
    mixed = book.desk.tells_mixed
    kept = [f for f in found if not mixed(f.title) and not (f.lines and mixed(f.lines[0].text))]
    for item in kept:
        if mixed(item.verdict):
            item.verdict = item.title
        item.lines = [x for x in item.lines if not mixed(x.text)]
    return [f for f in kept if f.lines]


def _kept(book: Book, found: list[Found], render: Callable[[str], str]) -> list[Found]:
    """The findings of the report. One for each question comes before a second of the same kind that weighs no more."""
    kept: list[Found] = []
    counts: dict[str, int] = {}
    titles: set[str] = set()
    found = [f for f in _once(book, found) if not _idle(book, f, found)]
    found.sort(key=lambda f: (-f.weight, f.title))
    asked: dict[tuple[str, str, bool], int] = {}
    place: dict[int, float] = {}
    for item in found:
        question = item.kind, item.scope.get("factor", ""), bool(better(item.scope.get("metric", "")))
        place[id(item)] = item.weight - _AGAIN * asked.get(question, 0)
        asked[question] = asked.get(question, 0) + 1
    for item in sorted(found, key=lambda f: (-place[id(f)], f.title)):
        if (
            len(kept) < MOST
            and counts.get(item.kind, 0) < _LIMITS.get(item.kind, 1)
            and render(item.title) not in titles
            and not any(_same_question(item, other) for other in kept)
        ):
            titles.add(render(item.title))
            kept.append(item)
            counts[item.kind] = counts.get(item.kind, 0) + 1
    return sorted(kept, key=lambda f: (-f.weight, f.title))


def _same_question(one: Found, other: Found) -> bool:
    """Whether two findings say what one setting does to one metric in one suite: the weightier is enough."""
    if one.kind == other.kind or not {one.kind, other.kind} <= {"matched", "effect", "axis", "gain"}:
        return False
    alike = [one.scope.get(n, "") == other.scope.get(n, "") for n in ("factor", "metric")]
    suites = {one.scope.get("suite", ""), other.scope.get("suite", "")}
    return all(alike) and one.scope.get("factor", "") not in ("", "subject") and (len(suites) == 1 or "" in suites)


def _compose(desk: Desk, title: str, plan: Plan) -> Outline:
    book = Book(desk, plan)
    told = findings(book)
    if plan.length == "short" or plan.audience == "manager":
        told = told[:SHORT]
    changed, more, lead = _changed(book)
    made = [
        Section(key="verdict", title="Verdict", blocks=measured.verdict(book, told, _warning(book), lead)),
        *_background(plan),
        *changed,
        *_settled(book),
        Section(key="findings", title="Findings", blocks=_findings(book, told)),
        *_figures(book, told),
        Section(key="actions", title="What to Do", blocks=actions(book, told)),
        Section(key="doubts", title="What Not to Trust", blocks=doubts.doubts(book)),
    ]
    used = _metrics(book, made)
    made.append(Section(key="measured", title="How It Was Measured", blocks=measured.measured(book, used)))
    made.append(Section(key="limits", title="Limits", blocks=measured.limits(book)))
    rest = figures.further(book, told)
    if rest:
        made.append(
            Section(key="appendix_values", title="Further Measured Values", blocks=tuple(rest), part="appendix")
        )
    made += appendix.appendix(book, more, used)
    return Outline(title=title, sections=tuple(s for s in made if s.blocks), plan=book.finished())


def _background(plan: Plan) -> list[Section]:
    """What the one who ordered the report has to say of it, word for word: no claim of ours, and no words to follow."""
    if not plan.context:
        return []
    return [Section(key="background", title="Background, as Given", blocks=(CodeBlock(text=plan.context),))]


def _figures(book: Book, told: list[Found]) -> list[Section]:
    """The values themselves, for who reads the whole report; nothing where every metric has one or two."""
    short = book.plan.length == "short" or book.plan.audience == "manager"
    blocks = [] if short else figures.figures(book, told)
    return [Section(key="figures", title="Measured Values", blocks=tuple(blocks))] if blocks else []


def _findings(book: Book, told: list[Found]) -> tuple[Block, ...]:
    if told:
        pictures, made, said = Pictures(book), list[Block](), set[int]()
        for found in told:
            found.lines += [*unsafe.beside(book, found), *guesses.beside(book, found, said)]
            made += [book.finding("findings", found), *pictures.of(found)]
        same = iter(alike([b for b in made if isinstance(b, Chart)]))
        return tuple(next(same) if isinstance(b, Chart) else b for b in made)
    return () if book.analysis.inventory.metrics else tuple(stated(book))


def _warning(book: Book) -> Line | None:
    """What nobody should quote: documents that the data contradicts."""
    stated = book.analysis.stated
    if not stated:
        return None
    span = book.desk.span([(s, "#values") for s in stated])
    groups = alert_groups(book.analysis)
    claim = say.group(book.desk, groups["contradiction"]) if "contradiction" in groups else None
    documents = list(dict.fromkeys(s.document for s in stated))
    worst = max(stated, key=lambda s: s.values[0].off)
    text = f"Do not quote {book.f(worst, 'document')} unchecked: numbers in it differ from the data"
    if len(documents) > 1:
        many = book.f(span, "count")
        text = (
            f"Do not quote the documents of the folder unchecked: {many} sets of numbers in them differ from the data"
        )
    about = About("stated", verdict="stated")
    return Line(f"{text}.", about, claims=(claim.id,) if claim is not None else ())


def _changed(book: Book) -> tuple[list[Section], list[Block], list[Line]]:
    """What changed since the earlier report: its section, the rest for the appendix, and what leads the verdict."""
    changes = book.analysis.changes
    if changes is None:
        return [], [], []
    lead, items, body, rest = since.parts(book.desk, changes)
    blocks: list[Block] = []
    blocks += book.paragraph("what_changed", "tally", appendix.lines_of(lead, "change"))
    told = tuple(
        s
        for s in (book.sentences("what_changed", "change", appendix.lines_of(drafts, "change")) for drafts in items)
        if s
    )
    if told:
        blocks.append(Bullets(items=told))
    blocks += body
    first = [d for d in (since.worst(book.desk), since.tally(book.desk, 1)) if d is not None]
    section = Section(key="what_changed", title=since.heading(changes), blocks=tuple(blocks))
    return [section], list(rest), appendix.lines_of(first, "change")


def _settled(book: Book) -> list[Section]:
    """What new measurements made clear, where there are any."""
    if not book.desk.dataset.measured:
        return []
    lead, items = settled.parts(book.desk)
    blocks: list[Block] = []
    blocks += book.paragraph("what_settled", "tally", appendix.lines_of(lead, "settled"))
    told = tuple(
        s
        for s in (book.sentences("what_settled", "settled", appendix.lines_of(drafts, "settled")) for drafts in items)
        if s
    )
    if told:
        blocks.append(Bullets(items=told))
    return [Section(key="what_settled", title=settled.TITLE, blocks=tuple(blocks))] if blocks else []


def _metrics(book: Book, made: list[Section]) -> list[str]:
    """The metrics that the sections show, in the order of the registry's weight."""
    shown = {book.desk.facts[f].metric for f in fact_ids(book.desk, made)}
    order = {m: i for i, m in enumerate(PRIMARY)}
    used = [m for m in book.analysis.inventory.metrics if m in shown and metric_of(m).core]
    return sorted(used, key=lambda m: order.get(m, 50))
