"""What a foreign Markdown text holds beside its paragraphs: what its headings say about scope, HTML, code, diagrams,
and tables, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

from chimera_report.tools.lint.binding import Judgement
from chimera_report.tools.lint.document import Document, Text, clean
from chimera_report.tools.lint.evaluate import Entity, called, rows, value
from chimera_report.tools.lint.spoken import STRUCK, Scope, denied, normal, tokens
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.patterns import compiled

_CELL = re.compile(r"(?P<compare>[<>≥≤~≈]?)\s?(?P<number>-?\d+(?:,\d{3})*(?:\.\d+)?)\s?(?P<unit>[^\s\d][^\d]*)?")
_PARENS = re.compile(r"\(([^()]+)\)|,\s*([^,()]+)$")
_RUNS = re.compile(r"(?:n|runs?|samples?|requests?|records?|count)", re.IGNORECASE)
_STATS = {
    "geometric": "gmean", "median": "p50", "p50": "p50", "mean": "mean", "average": "mean", "avg": "mean",
    "min": "min", "max": "max", "peak": "max",
}  # fmt: skip
_UNITS = {
    "tok/s": "tokens/s",
    "tokens/second": "tokens/s",
    "tok/sec": "tokens/s",
    "tokens/sec": "tokens/s",
    "t/s": "tokens/s",
    "tps": "tokens/s",
    "tokens per second": "tokens/s",
}
_UNITS |= {"seconds": "s", "sec": "s", "milliseconds": "ms"}
# Heads over numbers that are computed from values, and are none themselves.
_DERIVED = re.compile(
    r"[ΔΣσ%/]\s*$|\b(?:rank|delta|diff\w*|ratio|change|speed-?up|improvement|gain|vs|versus|index|score|rel\w*|cv|stdev|std|sd|"
    r"efficiency|per (?!s(?:ec(?:ond)?)?\b|token))\b",
    re.IGNORECASE,
)
_HIDDEN = frozenset({"del", "s", "strike"})
_SKIPPED = frozenset({"script", "style", "template"})
_BREAKS = frozenset(
    {"p", "div", "li", "br", "tr", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "section"}
)


class _Html(HTMLParser):
    """The texts and tables of a piece of HTML; what is struck out or hidden is marked."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.tables: list[list[list[tuple[str, bool]]]] = []
        self.struck = self.skipped = 0
        self.stack: list[tuple[str, bool]] = []
        self.cell: list[str] | None = None
        self.head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        style = (named.get("style") or "").replace(" ", "").lower()
        gone = tag in _HIDDEN or "hidden" in named or "display:none" in style or "line-through" in style
        if tag not in ("br", "img", "hr", "input"):
            self.stack.append((tag, gone))
            self.struck += gone
            self.skipped += tag in _SKIPPED
        if gone:
            self.handle_data(STRUCK)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables:
            self.cell, self.head = [], tag == "th"
        elif tag in _BREAKS:
            self.parts.append("\n")
        for name in ("alt", "title"):
            if named.get(name):
                self.parts.append(f"\n{named[name]}\n")

    def handle_endtag(self, tag: str) -> None:
        while self.stack and any(t == tag for t, _ in self.stack):
            last, gone = self.stack.pop()
            self.struck -= gone
            self.skipped -= last in _SKIPPED
            if last == tag:
                break
        if tag in ("td", "th") and self.cell is not None:
            if self.tables:
                if not self.tables[-1]:
                    self.tables[-1].append([])
                self.tables[-1][-1].append((" ".join("".join(self.cell).split()), self.head))
            self.cell = None
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self.skipped:
            return
        shown = STRUCK + data if self.struck and data.strip() else data
        if self.cell is not None:
            self.cell.append(shown)
        else:
            self.parts.append(shown)


def html(text: Text, first_table: int) -> list[Text]:
    """The paragraphs and tables of an HTML block as a reader sees them."""
    parser = _Html()
    parser.feed(text.full)
    parser.close()
    lines = [" ".join(p.split()) for p in "".join(parser.parts).split("\n")]
    found = [replace(text, kind="paragraph", text=line, full=line) for line in lines if line]
    for number, table in enumerate(t for t in parser.tables if t):
        heads = table[0] if any(h for _, h in table[0]) else [(c, True) for c, _ in table[0]]
        for column, (cell, _) in enumerate(heads):
            found.append(
                replace(text, kind="head", text=cell, full=cell, table=first_table + number, row=0, column=column)
            )
        for row, cells in enumerate(table[1:], 1):
            for column, (cell, _) in enumerate(cells):
                found.append(
                    replace(text, kind="cell", text=cell, full=cell, table=first_table + number, row=row, column=column)
                )
    return found


def opened(document: Document) -> Document:
    """The document with what its HTML blocks show in their places."""
    found: list[Text] = []
    tables = max([t.table for t in document.texts], default=-1) + 1
    for text in document.texts:
        if text.kind == "markup" and re.match(r"\s*<(?!/?[a-z]+\s*/?>\s*$)", text.full) and "\n" in text.full + "\n":
            more = html(text, tables)
            tables += len({t.table for t in more if t.table >= 0})
            found += more
        found.append(text)
    return Document(tuple(found), document.lines)


def scopes(document: Document, world: World) -> list[Scope]:
    """For each text what the headings above it say that it is about."""
    found: list[Scope] = []
    stack: list[tuple[int, Scope]] = []
    captions = _captions(document, world)
    named: set[str] = set()  # systems so far: tables and lists of a text that has named one are about it
    lead: tuple[tuple[str, str], ...] = ()  # settings that the line above a list gives
    for text in document.texts:
        if text.kind == "heading" or text.bold:
            level = text.level if text.kind == "heading" else 7
            stack = [(n, s) for n, s in stack if n < level]
            stack.append((level, _scope(clean(text.full), world)))
        scope = Scope()
        for _, s in stack:
            scope = Scope(
                s.subject or scope.subject, s.metrics or scope.metrics, s.suites or scope.suites,
                s.condition or scope.condition,
            )  # fmt: skip
        if text.kind != "code":
            named |= {m.subject for m in world.mentions(text.full)}
        if text.table in captions and text.kind in ("cell", "head"):
            scope = replace(scope, metrics=captions[text.table])
        if text.kind in ("cell", "head", "item"):
            scope = replace(scope, subject=scope.subject or (next(iter(named)) if len(named) == 1 else ""))
            if text.kind == "item":
                scope = replace(scope, condition=scope.condition or lead)
        elif text.kind == "paragraph":
            lead = _lead(clean(text.full), world)
        elif text.kind == "heading":
            lead = ()
        found.append(scope)
    return found


_CAPTION = re.compile(r"(?:\*\*)?Tab(?:le|\.)?(?: ?\d+)?[:.] ?(?P<behind>.+)|(?P<before>[^.!?]{3,80}):", re.IGNORECASE)


def _captions(document: Document, world: World) -> dict[int, tuple[str, ...]]:
    """The metric that the line above a table ("Output tokens per second:") or its caption ("Table 2: TTFT") names."""
    found: dict[int, tuple[str, ...]] = {}
    texts = document.texts
    for i, text in enumerate(texts):
        if text.kind != "paragraph" or (m := _CAPTION.fullmatch(clean(text.full))) is None:
            continue
        said = m["behind"] or m["before"]
        read = tokens(said, world)
        groups = {called(world, group) for _, group in read.metrics}
        names = tuple(n for group in groups for n in group if n in world.inventory.metrics)
        if not names or read.values or read.bare or len(groups) > 1:
            continue
        behind = next((t for t in texts[i + 1 : i + 2] if t.table >= 0), None)
        before = next((t for t in reversed(texts[max(0, i - 1) : i]) if t.table >= 0), None)
        place = before if m["behind"] and before is not None else behind
        if place is not None:
            found[place.table] = names
    return found


def _lead(line: str, world: World) -> tuple[tuple[str, str], ...]:
    """The settings of a line that gives nothing else: "Recommended setup: num_gpu=999, num_ctx=4096"."""
    found = tokens(line, world)
    levels = tuple(dict.fromkeys((f, level) for _, f, level in found.levels))
    if found.values or found.bare or found.subjects or len({f for f, _ in levels}) < len(levels) or len(line) > 120:
        return ()
    return levels


def _scope(title: str, world: World) -> Scope:
    subjects = {m.subject for m in world.mentions(title)}
    metrics = [n for _, names in world.metrics(title) for n in names]
    suites = world.suites(title)
    for name in (s.name for s in world.inventory.suites):
        if (
            name
            and not suites
            and compiled(rf"(?:\d+[.)]?\s*)?{re.escape(name)}(?: results?)?", re.IGNORECASE).fullmatch(title)
        ):
            suites = [name]
    found = tokens(title, world)
    condition = tuple(dict.fromkeys((factor, level) for _, factor, level in found.levels))
    if len({f for f, _ in condition}) < len(condition):
        condition = ()
    return Scope(
        next(iter(subjects)) if len(subjects) == 1 else "",
        tuple(n for n in metrics if n in world.inventory.metrics),
        tuple(suites),
        condition,
    )


def spoken_code(text: Text, world: World) -> Iterator[tuple[str, str]]:
    """`(line, "")` for each line of a code block that states a value, `(line, why)` for a diagram."""
    if text.name == "mermaid" or re.match(r"\s*(?:xychart|pie|graph|gantt|quadrantChart|sankey)", text.full):
        if re.search(r"\d", text.full) and world.mentions(text.full):
            yield " ".join(text.full.split())[:200], "a diagram, whose numbers are bound to nothing"
        return
    for line in text.full.splitlines():
        if world.mentions(line) and re.search(r"\d\s?(?:tokens|tok|t)/s|\d\s?m?s\b|\d\s?%", line):
            yield line.strip(), ""


# --- tables -----------------------------------------------------------------------------------------------------------


def cells(row: list[Text], heads: list[str], scope: Scope, world: World) -> Iterator[tuple[int, str, Judgement | None]]:
    """`(column, what it says, verdict)` of each cell of a row that holds a number; None: it cannot be bound.

    The system, metric, unit and setting of a number stand in its head, or in another cell of its row.
    """
    shown = [normal(clean(c.full)).strip("*` ") for c in row]
    context = scope
    struck = any(denied(c) for c in shown)
    taken: set[int] = set()
    count = ""
    for column, cell in enumerate(shown):
        head = heads[column] if column < len(heads) else ""
        factor = next((f for f, words in world.phrases.items() if head.lower() in words), "")
        if not factor and not world.metrics(head) and cell.lower() in world.levels_alone:
            factor, cell = world.levels_alone[cell.lower()]
        if factor and cell in world.settings[factor]:
            condition = tuple(c for c in context.condition if c[0] != factor)
            context = replace(context, condition=(*condition, (factor, cell)))
            taken.add(column)
        elif (subject := _whole_subject(cell, world)) and not subject_of(head, world):
            context = replace(context, subject=subject)
            taken.add(column)
        elif column == 0 and not re.search(r"\d", cell) and (workload := world.workload(cell)):
            context = replace(context, condition=(*context.condition, workload))
            taken.add(column)
        elif _RUNS.fullmatch(head) and cell.isdigit():
            count = cell
        elif cell in {s.name for s in world.inventory.suites} and head.lower() in ("suite", "benchmark", "file"):
            context = replace(context, suites=(cell,))
            taken.add(column)
    own = bool(taken) or any(world.metrics(c) for c in shown)
    labelled = any(
        re.search(r"[A-Za-z]{3}", c) and not _CELL.fullmatch(c) for i, c in enumerate(shown) if i not in taken
    )
    metric_cell = next((c for i, c in enumerate(shown) if i not in taken and i == 0 and world.metrics(c)), "")
    for column, cell in enumerate(shown):
        head = heads[column] if column < len(heads) else ""
        m = _CELL.fullmatch(cell.replace("~~", "").replace(STRUCK, ""))
        if column in taken or m is None or head in ("#", "No.", "Nr."):
            continue
        said = f"{head} of {context.subject or '?'}: {cell}"
        if struck:
            yield column, said, Judgement("unsupported", "struck out, denied, doubted or asked")
            continue
        if _RUNS.fullmatch(head):
            continue
        made = _cell(m, head, metric_cell, context, world)
        if made is not None and made.verdict == "refuted" and labelled and not own:
            made = replace(made, verdict="unsupported", reason="a value of what the row's label stands for")
        yield column, said, made
    if count:
        column = next(i for i, h in enumerate(heads) if _RUNS.fullmatch(h))
        yield column, f"n of {context.subject or '?'}: {count}", _count(count, heads, metric_cell, context, world)


def subject_of(head: str, world: World) -> str:
    found = {m.subject for m in world.mentions(head)}
    return next(iter(found)) if len(found) == 1 else ""


def _whole_subject(cell: str, world: World) -> str:
    found = world.mentions(cell)
    whole = len(found) == 1 and (found[0].start, found[0].end) == (0, len(cell))
    return found[0].subject if whole else ""


def _without_levels(words: str, world: World) -> str:
    """A level may hold the word of a metric: `windows11-cpu-32gb-ram`."""
    for level in sorted((v for levels in world.settings.values() for v in levels if len(v) > 3), key=len, reverse=True):
        words = compiled(rf"(?<!\w){re.escape(level)}(?!\w)", re.IGNORECASE).sub(" ", words)
    return words


def _metrics(words: str, unit: str, scope: Scope, world: World) -> tuple[str, ...]:
    names = [n for _, group in world.metrics(_without_levels(words, world)) for n in group]
    if unit == "tokens/s":  # "output tokens/s" is a rate, and no count of tokens
        names = [n for n in names if n not in METRICS or unit_factor(unit, metric_of(n).unit) is not None]
    if not names and unit == "tokens/s":
        reading = re.search(r"\b(?:prompts?|prefill|pp\d*|input)\b", words, re.IGNORECASE)
        names = ["prefill_rate"] if reading else ["decode_rate", "output_throughput"]
    names = names or list(scope.metrics)
    held = [n for n in called(world, tuple(names)) if n in world.inventory.metrics and n in METRICS]
    return tuple(n for n in held if not unit or unit_factor(unit, metric_of(n).unit) is not None)


def _unit(head: str, cell: str | None) -> str:
    for text in (cell or "", *(m[1] or m[2] for m in _PARENS.finditer(head)), head):
        unit: str = _UNITS.get(text.strip().lower(), text.strip())
        if unit in ("tokens/s", "ms", "s", "us", "µs", "GB", "MB", "GiB", "MiB", "W", "J", "°C", "%"):
            return unit
    return "tokens/s" if re.search(r"\b(?:tokens|tok|t)(?:/| per |/ )s(?:ec(?:ond)?)?$", head, re.IGNORECASE) else ""


def _cell(m: re.Match[str], head: str, metric_cell: str, scope: Scope, world: World) -> Judgement | None:
    subject = subject_of(head, world) or scope.subject
    words = f"{head} {metric_cell}"
    unit = _unit(head, m["unit"]) or _unit(metric_cell, None)
    metrics = _metrics(words, unit, scope, world)
    levels = tuple((f, level) for _, f, level in tokens(head, world).levels)
    if not (subject or levels or scope.condition) or not metrics:
        return None
    if _DERIVED.search(head) or (m["unit"] and not _unit("", m["unit"])):  # "1.3x faster", a rank, tokens per GB
        return None
    if not unit:
        unit = metric_of(metrics[0]).unit
        if unit not in ("tokens/s", "share", "tokens", "characters", "requests"):  # others can be written in several
            return None
    stat = next((s for w, s in _STATS.items() if w in words.lower()), "")
    about = Entity(subject, levels, scope.suites).within(Entity(condition=scope.condition))
    verdict, data = value(
        world, about, metrics, m["number"].replace(",", ""), unit,
        stat=stat, compare=m["compare"].replace("~", "").replace("≈", ""), about=m["compare"] in ("~", "≈"),
    )  # fmt: skip
    if not data:
        return None
    reason = {"supported": "a value of the data", "refuted": "no such value"}.get(
        verdict, "a value of another statistic or condition than the table says"
    )
    return Judgement(verdict, reason, data)


def _count(count: str, heads: list[str], metric_cell: str, scope: Scope, world: World) -> Judgement | None:
    metrics = _metrics(" ".join((*heads, metric_cell)), "", scope, world)
    if not scope.subject or not metrics:
        return None
    held = {len(rows(world, scope.subject, m, scope.suites, scope.condition)) for m in metrics}
    summaries = world.summaries(scope.subject, metrics, scope.suites)
    held |= {s.n for s in summaries if s.n is not None and s.condition == dict(scope.condition)}
    told = f"n of {scope.subject}: {', '.join(map(str, sorted(held)))}"
    return Judgement("supported" if int(count) in held else "refuted", "the count of values", told)
