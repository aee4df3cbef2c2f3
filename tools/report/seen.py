"""What was measured where nothing can be tested: values side by side under equal work, in their order, without a
verdict."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.claims import METRIC_WEIGHT, counted, listed, noun, say, statistic, tables, words
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.report import ceiling
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.rival_words import tells
from chimera_report.tools.report.speed import NAMED
from chimera_report.tools.report.unlike import of_the_wait
from chimera_report.tools.schema import Role, SuiteInfo, Summary

_GIVEN = (Role.WORKLOAD, Role.COMPONENT, Role.REPLICATE, Role.COUNT)  # no choice: order is told within one of them
_RATES = ("output_throughput", "total_throughput", "request_rate", "goodput")  # told at the highest load
_OWN_RATES = ("output_throughput", "tpot", "itl")  # beside a rate of the whole request, what is of generation alone
_ALIKE = 1.1  # values of one name that differ by more are of different things
UNNAMED_LEVEL = "not named"  # what ingest calls the level of a file whose name leaves it out
_SUITES = 3
_BESIDE = ("ttft", "ttft_incl_load", "e2e_latency", "decode_rate", "output_throughput", "prefill_rate", "itl")
Work = tuple[tuple[str, str], ...]  # what was asked, by factor


def readings(book: Book, told: Iterable[Found]) -> list[Found]:
    """The suites that no finding speaks of: what was measured there, best first, by the metric that tells most."""
    telling = [f for f in told if f.kind != "curve"]  # of a curve, who is ahead at an end may be open
    spoken = {str(getattr(i, "suite", "")) for f in telling for i in f.items}
    spoken |= {f.scope.get("suite", "") for f in telling}
    groups: dict[str, list[tuple[SuiteInfo, dict[Work, list[Summary]]]]] = {}
    for suite in book.analysis.inventory.suites:
        metric = tables.primary(book.desk, suite.name)
        if of_the_wait(book, suite.name, metric):
            metric = next((m for m in _OWN_RATES if m in suite.metrics), metric)
        rows = tables.rows_of(book.desk, suite.name, metric) if metric in PRIMARY or metric in METRIC_WEIGHT else []
        rows = [r for r in rows if not r.over]
        if rows and suite.name not in spoken:
            groups.setdefault(metric, []).append((suite, _by_work(book, rows)))
    made = []
    along = {f.scope.get("suite", "") for f in told if f.kind == "curve"}
    for metric, suites in groups.items():
        rank = PRIMARY.index(metric) if metric in PRIMARY else len(PRIMARY)
        suites.sort(key=lambda s: (-max(map(len, s[1].values())), -sum(r.n or 0 for w in s[1].values() for r in w)))
        for place, (suite, works) in enumerate(suites[:_SUITES]):
            if suite.name in along and max(map(len, works.values())) == 1:
                continue  # one value for each load or length: the curve tells all of them
            if _unnamed(book, works[_shown(works, metric)], _shown(works, metric)):
                continue
            found = _reading(book, suite, metric, works)
            found.weight += 1.0 - 0.1 * rank - 0.3 * place + 0.02 * min(sum(map(len, works.values())), 10)
            made.append(found)
    several = [f for f in made if f.scope["rows"] != "1"]
    # A value beside which nothing stands is told where there is nothing else, or where it says whose it is.
    alone = [f for f in made if f.subjects or not telling]
    return several or sorted(alone, key=lambda f: -f.weight)[:1]


def _by_work(book: Book, rows: list[Summary]) -> dict[Work, list[Summary]]:
    """The rows by the work that was asked: an order of values under different work says nothing."""
    groups: dict[Work, list[Summary]] = {}
    for row in rows:
        given = {k: v for k, v in row.condition.items() if book.desk.dataset.role_of(k) in _GIVEN}
        groups.setdefault(tuple(sorted(given.items())), []).append(row)
    return groups


def _shown(works: dict[Work, list[Summary]], metric: str) -> Work:
    """The work under which most was tried; of several, the highest load for a rate of all requests, else the least."""
    most = max(map(len, works.values()))
    found = sorted((w for w, rows in works.items() if len(rows) == most), key=_size)
    return found[-1] if metric in _RATES else found[0]


def _size(work: Work) -> list[tuple[str, float, str]]:
    made = []
    for name, level in work:
        try:
            made.append((name, float(level), ""))
        except ValueError:
            made.append((name, 0.0, level))
    return made


class Labels:
    """What tells the rows of a table apart: the system where there are several, and the settings that differ; of
    settings that change only together, the first."""

    def __init__(self, book: Book, rows: list[Summary], work: Work) -> None:
        self._book = book
        self._subject = len({r.subject for r in rows}) > 1
        given = {name for name, _ in work}
        names = [n for n in dict.fromkeys(k for r in rows for k in r.condition) if n not in given]
        self._names: list[str] = []
        seen: list[tuple[str, ...]] = [_pattern([r.subject for r in rows])] if self._subject else []
        for name in names:
            levels = [r.condition.get(name, "") for r in rows]
            if len(set(levels)) > 1 and _pattern(levels) not in seen:
                seen.append(_pattern(levels))
                self._names.append(name)

    def of(self, row: Summary) -> str:
        """ "gemma3:1b", "awq", "num_ctx 4096, num_thread 2": a placeholder for each part."""
        parts = [self._book.f(row, "subject")] if self._subject and row.subject else []
        levels = [(n, row.condition[n]) for n in self._names if n in row.condition]
        if parts:  # beside a name, that a file leaves out what others' names say tells nothing
            levels = [(n, level) for n, level in levels if level != UNNAMED_LEVEL]
        bare = len(levels) == 1 and not parts and tells(levels[0][1])
        some = [
            self._book.f(row, f"condition.{n}") if bare else self._book.f(row, f"~condition.{n}") for n, _ in levels
        ]
        if some and parts:
            return f"{parts[0]} with {listed(some)}"
        return parts[0] if parts else ", ".join(some)

    @property
    def several(self) -> bool:
        return self._subject or bool(self._names)


def _unnamed(book: Book, rows: list[Summary], work: Work) -> bool:
    """Whether rows that nothing tells apart have different values: the order of their names would say nothing."""
    labels = Labels(book, rows, work)
    known: dict[str, list[float]] = {}
    for row in rows:
        known.setdefault(book.desk.render(labels.of(row)), []).append(getattr(row, tables.typical_field(row)) or 0.0)
    return any(max(v) > _ALIKE * min(v) for v in known.values())


def _pattern(levels: list[str]) -> tuple[str, ...]:
    """Levels as the order in which they come up, so that two settings that change together have the same."""
    order: dict[str, str] = {}
    return tuple(order.setdefault(v, str(len(order))) for v in levels)


def _number(text: str) -> bool:
    return text[:1].isdigit()


def _reading(book: Book, suite: SuiteInfo, metric: str, works: dict[Work, list[Summary]]) -> Found:
    work = _shown(works, metric)
    rows = works[work]
    best = rows[0]
    field = tables.typical_field(best)
    claims = supported([say.measurement(book.desk, r, tables.typical_field(r)) for r in (best, rows[-1])])
    labels = Labels(book, rows, work)
    ids = tuple(c.id for c in claims)
    about = About("measurement", best.subject, metric, suite.name, verdict="higher")
    value, word, stat = book.about(best, field), words(best), statistic(field)
    stat = "a single reading" if _single([best]) else stat
    if len(rows) > 1 and labels.several:
        head = labels.of(best)
        at = _at(book, best, work)  # elsewhere the value is another one, and the first may be
        lead = f"{at}, {head}" if at else head
        title = f"{lead} {word.best}{book.suite(best)}, {_as_far(rows)}"
        verdict = f"{lead} {word.best}{book.suite(best)}, with {value} ({stat})"
        lines = [Line(_order(book, rows, labels, work), about, "", ids)]
        lines += _everywhere(book, works, best, metric)
        about = About("measurement", best.subject, metric, suite.name, verdict="open")
        lines.append(Line(_untested(book, rows), about, "elaboration", ids))
    else:
        who = book.f(best, "subject") if best.subject and not book.one_subject else ""
        what = f"{who}'s {noun(best, warm=best.warm)}" if who else f"The {noun(best, warm=best.warm)}"
        at = _at(book, best, work) if len(works) > 1 else ""
        what = f"{at}, {what[:1].lower()}{what[1:]}" if at and not who else f"{at}, {what}" if at else what
        title = f"{what}{book.suite(best)} is {value}"
        verdict = f"{title} ({stat})"
        count = (
            f" of {book.f(best, 'n')} {counted(best.n, 'reading' if best.level == 'aggregate' else 'record')}"
            if best.n and best.n > 1
            else ""
        )
        whole = f"That is the {stat}{count}" if count else "That is a single reading"
        whole += ", as the file states it" if count and best.level == "aggregate" else ""
        lines = [Line(f"{whole}{_spread(book, best)}.", about, "", ids)]
    lines += _others(book, best, metric, labels.of(best) if labels.several else "")
    lines += ceiling.of_one(book, best, labels.of(best) if labels.several else "")
    return Found(
        kind="reading",
        weight=2.2,
        title=title,
        lines=lines,
        verdict=verdict,
        scope={"suite": suite.name, "metric": metric, "rows": str(len(rows))},
        items=[],
        claims=claims,
        subjects=tuple(dict.fromkeys(r.subject for r in rows if r.subject)),
    )


def _order(book: Book, rows: list[Summary], labels: Labels, work: Work) -> str:
    """ "At batch_size 1, awq generates 86 tokens/s, gptq 60 tokens/s and fp16 36 tokens/s (means)."."""
    first_of: dict[str, Summary] = {}  # what the labels do not tell apart is told by its best
    for row in rows:
        first_of.setdefault(book.desk.render(labels.of(row)), row)
    rows = list(first_of.values())
    shown = rows if len(rows) <= NAMED else [*rows[: NAMED - 1], rows[-1]]
    parts = [f"{labels.of(r)} {book.about(r, tables.typical_field(r))}" for r in shown[1:]]
    first = words(rows[0]).value.format(v=book.about(rows[0], tables.typical_field(rows[0])))
    if len(shown) < len(rows):
        parts[-1] = f"at the end {parts[-1]}"
    at = _at(book, rows[0], work)
    means = statistic(tables.typical_field(rows[0]), many=True)
    if _single(rows):
        means = "single readings"
    text = f"{labels.of(rows[0])} {first}, {listed(parts)} ({means})."
    return f"{at}, {text}" if at else text


def _at(book: Book, row: Summary, work: Work) -> str:
    some = [book.f(row, f"~condition.{n}") for n, _ in work]
    return f"At {listed(some)}" if some else ""


def _everywhere(book: Book, works: dict[Work, list[Summary]], best: Summary, metric: str) -> list[Line]:
    """Whether the same one is first under the other work too."""
    wide = [rows for rows in works.values() if len(rows) > 1]
    if len(wide) < 2:
        return []
    field = tables.typical_field
    mine = [r[0] for r in wide if _same(r[0], best)]
    about = About("span", best.subject, metric, best.suite, verdict="higher")
    if len(mine) == len(wide):
        item = book.desk.span([(r, field(r)) for r in mine])
        text = f"It is first under all {book.f(item, 'count')} workloads, from {book.reach(item)}."
        return [Line(text, about, "elaboration")]
    return []


def _same(a: Summary, b: Summary) -> bool:
    """Whether two rows are of the same system under the same settings, whatever was asked of it."""
    mine = {k: v for k, v in a.condition.items() if b.condition.get(k) == v}
    return a.subject == b.subject and len(mine) >= len(b.condition) - sum(
        1 for k in b.condition if a.condition.get(k) != b.condition[k] and _number(b.condition[k])
    )


def _as_far(rows: list[Summary]) -> str:
    return "as far as single readings tell" if _single(rows) else "by what was seen"


def _single(rows: list[Summary]) -> bool:
    return all(r.n == 1 and r.level == "sample" for r in rows)


def _untested(book: Book, rows: list[Summary]) -> str:
    """Why no verdict stands behind the order."""
    if _single(rows):
        return book.turn(
            "single",
            "One reading each shows an order, not how firm it is.",
            "With one reading each, nobody knows how far a second would lie from the first.",
        )
    if all(r.level == "aggregate" and r.sd is None for r in rows):
        return book.turn(
            "no spread",
            "The files give means without their scatter, so the order is what was seen and no verdict.",
            "No scatter stands beside these means, so nothing can test the order.",
        )
    return book.turn(
        "observed",
        "The conditions cannot be matched for a test, so the order is what was seen and no verdict.",
        "No test stands behind that order: the conditions differ in more than one setting.",
    )


def _spread(book: Book, row: Summary) -> str:
    """From what to what the records reach, where they were read one by one."""
    if row.min is None or row.max is None or not row.n or row.n < 2 or row.min == row.max:
        return ""
    return f", which reach from {book.about(row, 'min')} to {book.about(row, 'max')}"


def _others(book: Book, row: Summary, metric: str, label: str) -> list[Line]:
    """Two more metrics of the same rows in one sentence, for a reader who asks how long a user waits."""
    parts: list[str] = []
    first = ""
    for other in _BESIDE:
        item = tables.beside(book.desk, row, other) if other != metric else None
        if item is None or len(parts) >= 2:
            continue
        field = tables.central(item)
        tail = f" (95th percentile {book.about(item, 'p95')})" if item.p95 and item.n and item.n >= 20 else ""
        single = item.n == 1
        parts.append(
            f"{noun(item, warm=item.warm)} is {book.about(item, field)}{tail}"
            if single
            else f"{statistic(field)} {noun(item, warm=item.warm)} is {book.about(item, field)}{tail}"
        )
        first = first or other
    if not parts:
        return []
    who = f"For {label} the" if label else "The"
    text = f"{who} {listed([parts[0], *(f'the {p}' for p in parts[1:])])}."
    return [Line(text, About("measurement", row.subject, first, row.suite), "elaboration")]
