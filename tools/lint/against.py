"""Any Markdown report against the data: each statement supported, refuted or unsupported, with what the data says.

A statement is supported when the code's own report of the data says it, word for word or in a wording that the checker
accepts, when a claim licenses it, or when every number in it binds to the data and no word of it says anything besides.
"""

from __future__ import annotations

import re

from chimera_report.tools.claims import Licences, check_sentence, fill_in, lexicon, rebind
from chimera_report.tools.lint import called, drawn, failing, foreign, plain, spoken, structure
from chimera_report.tools.lint.binding import NUMBER, OF_FILES, Judgement, Verdict, rest
from chimera_report.tools.lint.document import CODE, Document, Text, clean, parse
from chimera_report.tools.lint.expected import expected
from chimera_report.tools.lint.judges import JUDGES
from chimera_report.tools.lint.world import World
from chimera_report.tools.patterns import compiled
from chimera_report.tools.schema import (
    Analysis,
    Bullets,
    Chart,
    Dataset,
    FactSheet,
    Finding,
    Frozen,
    Header,
    LintFinding,
    LintRule,
    Outline,
    Paragraph,
    Report,
    Sentence,
)

# Words that assert something about data; a statement that holds one needs more than a number that is right.
_ASSERTS = ("comparative", "superlative", "trend", "causal", "absence", "hedge", "offtopic", "quantifier", "number")
_HEADER = re.compile(r"^(?:Date|Model|Agent Type|Configuration):", re.IGNORECASE)
_OPENS = re.compile(r"(?:What|Which|How|Why|When|Where|Who) (?!.*\?)", re.IGNORECASE)
NUMBERING = r"^\d+(?:\.\d+)*[.)]? "  # of a section
_FIXED = frozenset({"Evidence", "Reproduction"})
_ORDER: tuple[Verdict, ...] = ("refuted", "unsupported", "supported")
# Lint rules that say of a text that it is no statement about data at all.
_LEAKS = frozenset({
    LintRule.TITLE, LintRule.OPENER, LintRule.OFFER, LintRule.REVISION, LintRule.FOREIGN, LintRule.METADATA,
})  # fmt: skip


class Statement(Frozen):
    line: int
    text: str
    verdict: Verdict
    reason: str
    data: str = ""


class Known:
    """What the code's own report of this data says."""

    def __init__(self, sheet: FactSheet, outline: Outline) -> None:
        self.sheet = sheet
        self.licences = Licences(sheet)
        header = Header(date="", model="", agent="", configuration="")
        report = Report(header=header, title=outline.title, sections=outline.sections, sheet=sheet, run="")
        self.texts: set[str] = set()
        for item in expected(report):
            if item.kind not in ("head", "cell"):
                self.texts.add(_plain(clean(item.full)))
        facts, clauses = {f.id: f for f in sheet.facts}, {c.id: c.clause for c in sheet.claims}
        self.free: list[tuple[Sentence, frozenset[str]]] = []
        for sentence in _sentences(outline):
            self.texts.add(_plain(fill_in(sentence.text, facts, clauses)))
            if sentence.wording == "free":
                whole = re.sub(r"\{\{(C\d+)\}\}", lambda m: clauses.get(m[1], ""), sentence.text)
                shown = {facts[m[1]].number for m in lexicon.PLACEHOLDER.finditer(whole) if m[1] in facts}
                if shown:
                    self.free.append((sentence, frozenset(shown)))
        self.rows = set(_rows(parse(_tables(report))))

    def says(self, text: str) -> bool:
        return _plain(text) in self.texts

    def accepts(self, text: str) -> bool:
        """A wording of one of the code's free sentences that the checker accepts."""
        for sentence, numbers in self.free:
            if all(n in text for n in numbers):
                draft = rebind(text, sentence, self.sheet)
                if "{{" in draft and not check_sentence(draft, sentence, self.sheet, tier="compose"):
                    return True
        return False


_last: list[tuple[FactSheet, Outline, Known]] = []  # many texts are held against the same data, one after the other


def _known(sheet: FactSheet, outline: Outline) -> Known:
    if not _last or _last[0][0] is not sheet or _last[0][1] is not outline:
        _last[:] = [(sheet, outline, Known(sheet, outline))]
    return _last[0][2]


def _sentences(outline: Outline) -> list[Sentence]:
    found: list[Sentence] = []
    for section in outline.sections:
        for block in section.blocks:
            match block:
                case Paragraph() | Finding():
                    found += block.sentences
                case Bullets():
                    found += [s for item in block.items for s in item]
                case Chart():
                    found.append(block.caption)
                    found.append(block.caption.model_copy(update={"text": block.alt}))
    return found


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace(" ⁽ᵐ⁾", "").replace("\\", "").replace("`", "")).strip()


def _tables(report: Report) -> str:
    """The tables of a report as plain Markdown: the code's own cells, escaped."""
    from chimera_report.tools.lint.expected import Renderer
    from chimera_report.tools.schema import Table

    render, parts = Renderer(report), []
    tables = ((s.title, b) for s in report.sections for b in s.blocks if isinstance(b, Table))
    for section, table in tables:  # a table without a title stands under that of its section
        rows = [
            [render.text(c.title) if "{{" in c.title else c.title for c in table.columns],
            ["---"] * len(table.columns),
        ]
        rows += [[re.sub(r"([\\`*_\[\]<>|~&])", r"\\\1", render.text(c)) for c in row] for row in table.rows]
        title = re.sub(r"([\\`*_\[\]<>|~&])", r"\\\1", render.text(table.title)) if table.title else section
        parts.append("\n".join([f"**{title}**", "", *("| " + " | ".join(r) + " |" for r in rows)]))
    return "\n\n".join(parts)


def _rows(document: Document) -> list[tuple[str, ...]]:
    """Each table row with the title and heads above it: the same numbers under another head are another statement."""
    found: list[tuple[str, ...]] = []
    title = ""
    tables = document.tables()
    seen: set[int] = set()
    for text in document.texts:
        if text.kind in ("paragraph", "heading"):
            title = clean(text.full)
        elif text.kind in ("head", "cell") and text.table not in seen:
            seen.add(text.table)
            cells = tables[text.table]
            heads = tuple(clean(c.full) for c in cells if c.kind == "head")
            rows: dict[int, list[str]] = {}
            for cell in (c for c in cells if c.kind == "cell"):
                rows.setdefault(cell.row, []).append(clean(cell.full))
            found += [(title, *heads, *row) for row in rows.values()]
    return found


def against(
    markdown: str,
    sheet: FactSheet,
    outline: Outline,
    analysis: Analysis,
    dataset: Dataset,
    *,
    findings: list[LintFinding] | None = None,
) -> list[Statement]:
    """The statements of a Markdown report in their order; texts that assert nothing are left out.

    `findings` are what `lint` found in the same text: leaked chat, dates and foreign words are unsupported by nature.
    """
    world, known = World(sheet, analysis, dataset), _known(sheet, outline)
    document = foreign.opened(parse(markdown))
    about = foreign.scopes(document, world)
    ours = any(t.kind == "note" and re.search(r"\bF\d{3}\b", t.full) for t in document.texts)  # evidence of facts
    leaks: dict[int, list[LintFinding]] = {}
    for item in findings or []:
        if item.rule in _LEAKS and item.severity == "error" and item.message != structure.NO_TITLE:
            leaks.setdefault(item.line, []).append(item)
    found: list[Statement] = []
    own, title = set(_rows(document)) & known.rows, ""
    for text, scope in zip(document.texts, about, strict=True):
        if text.kind in ("paragraph", "heading"):
            title = clean(text.full)
        charted = list(drawn.lines(text, world)) if text.kind == "code" and not ours else []
        found += [
            Statement(line=text.line, text=line, verdict=j.verdict, reason=j.reason, data=j.data) for line, j in charted
        ]
        if text.kind == "code" and not ours and not charted:
            for line, why in foreign.spoken_code(text, world):
                made = _judge(line, text, world, known, [], scope)
                if why:
                    made = Statement(line=text.line, text=line, verdict="unsupported", reason=why)
                found += [made] if made is not None else []
        if text.kind in ("code", "head") or (text.section in _FIXED and (text.kind != "note" or ours)):
            continue
        if text.kind == "markup":
            found += _picture(text, world, known, scope)
            continue
        if text.kind == "cell":
            found += _cell(text, document, title, own, world, known, scope)
            continue
        head = (text.kind == "heading" and text.level == 1) or _HEADER.match(clean(text.full))
        if not text.section and head and text.line not in leaks:
            continue
        whole = clean(text.full)
        title_only = text.bold or (text.kind == "heading" and text.level == 2)
        bare = re.sub(NUMBERING, "", whole)
        if title_only and (bare in structure.KNOWN or (known.says(bare) and not whole.startswith("Suite "))):
            continue
        if known.says(whole):
            if not title_only or text.bold:
                found.append(Statement(line=text.line, text=whole, verdict="supported", reason="as computed"))
            continue
        for sentence in _spoken(text):
            if (text.kind == "heading" or text.bold) and text.line not in leaks and _names_alone(sentence, world):
                continue
            made = _judge(sentence, text, world, known, leaks.get(text.line, []), scope)
            if made is not None:
                found.append(made)
    return found


def _names_alone(title: str, world: World) -> bool:
    """Whether a heading only names what follows."""
    if _OPENS.match(title) and not re.search(r"\d", title) and not world.mentions(title) and not world.metrics(title):
        return True  # "What not to trust"
    spans = [(m.start, m.end) for m in world.mentions(title)]
    spans += [
        m.span() for level in world.levels_alone for m in compiled(re.escape(level), re.IGNORECASE).finditer(title)
    ]
    free = [m for m in NUMBER.finditer(title) if not any(a <= m.start() < b for a, b in spans)]
    settings = [level for levels in world.settings.values() for level in levels]
    return not [m for m in free if m[0] not in settings] and not lexicon.pattern(*_ASSERTS).search(
        "".join(c if not any(a <= i < b for a, b in spans) else " " for i, c in enumerate(title))
    )


def _picture(text: Text, world: World, known: Known, scope: spoken.Scope) -> list[Statement]:
    """What the text that stands for a picture says; other markup says nothing that a reader sees."""
    alt = re.fullmatch(r"(.*) \(([^()\s]*)\)", text.full, re.DOTALL)
    if alt is None or text.full.lstrip().startswith("<") or not alt[1].strip():
        return []
    made = _judge(clean(alt[1]), text, world, known, [], scope)
    return [made] if made is not None else []


def _spoken(text: Text) -> list[str]:
    """The sentences of a text as a reader sees them."""
    if text.kind == "heading" or text.bold:
        return [re.sub(NUMBERING, "", clean(text.full))]
    return (
        [part for part, _ in text.sentences() if not re.fullmatch(r"\d+[.)]", part)]
        if CODE not in text.text
        else [clean(text.full)]
    )


def _judge(
    sentence: str, text: Text, world: World, known: Known, leaks: list[LintFinding], scope: spoken.Scope
) -> Statement | None:
    def made(verdict: Verdict, reason: str, data: str = "") -> Statement:
        return Statement(line=text.line, text=sentence, verdict=verdict, reason=reason, data=data)

    if len(sentence) > spoken.LONGEST:
        return made("unsupported", "longer than a sentence that is read")
    bare = re.sub(NUMBERING, "", sentence) if text.kind == "heading" else sentence
    if known.says(sentence) or known.says(bare):
        return made("supported", "as computed")
    leaks = [f for f in leaks if f.span.rstrip("…").lower() in sentence.lower()]
    if spoken.denied(sentence) and not leaks:
        return made("unsupported", "struck out, denied, doubted or asked")
    if ids := known.licences.support(bare if bare.endswith(".") else bare + "."):
        return made("supported", f"licensed by {', '.join(ids)}")
    if known.accepts(bare):
        return made("supported", "a checked wording of a computed sentence")
    if turned := known.licences.contrary(bare if bare.endswith(".") else bare + "."):
        return made("refuted", "the other way round", turned)
    spelled = called.whole(bare, text.full[: text.full.find(bare) + len(bare)] if bare in text.full else bare, world)
    if not leaks and (reading := plain.read(spelled, world, scope)) is not None:
        return made(reading.verdict, reading.reason, reading.data)
    told = [Judgement("unsupported", f"{f.message}: {f.span!r}") for f in leaks]
    told += [j for judge in JUDGES for j in judge(sentence, world)]
    told += _rest(sentence, told, world)
    if not told:
        return None
    verdict: Verdict = next(v for v in _ORDER if any(j.verdict == v for j in told))
    if verdict == "supported" and (scope.suites or scope.condition):
        told.append(Judgement("unsupported", "the heading above says another suite or setting"))
        verdict = "unsupported"
    elif (
        verdict == "refuted"
        and (spoken.narrowed(bare, world) or spoken.cited(bare) or failing.speaks(bare))
        and not any(j.verdict == verdict and j.reason == OF_FILES for j in told)  # a count of files has no condition
    ):
        told = [Judgement("unsupported", "said under a condition that is not read", j.data) for j in told]
        verdict = "unsupported"
    those = [j for j in told if j.verdict == verdict or (verdict == "refuted" and j.verdict == "unsupported")]
    those.sort(key=lambda j: _ORDER.index(j.verdict))
    reason = "; ".join(dict.fromkeys(j.reason for j in those))
    return made(verdict, reason, "; ".join(dict.fromkeys(j.data for j in those if j.data)))


def _rest(sentence: str, told: list[Judgement], world: World) -> list[Judgement]:
    """What no judge has explained: beside what holds, any word that says something; else numbers, and words that
    assert."""
    spans = [span for j in told for span in (j.span, *j.also) if span != (0, 0)]
    if told and all(j.verdict == "supported" for j in told):
        left = list(dict.fromkeys(rest(sentence, spans)))
        spoken = ", ".join(repr(word) for word in left[:4])
        return [Judgement("unsupported", f"nothing in the data carries the rest of it: {spoken}")] if left else []
    spans += [(m.start, m.end) for m in world.mentions(sentence)]
    for name in sorted({*world.sheet.names}, key=len, reverse=True):
        if len(name) > 2 and name in sentence:
            spans += [m.span() for m in compiled(rf"(?<!\w){re.escape(name)}(?!\w)").finditer(sentence)]
    free = [m for m in NUMBER.finditer(sentence) if not any(a <= m.start() < b for a, b in spans)]
    found = [Judgement("unsupported", f"a number that no value of the data is named by: {m[0]}") for m in free]
    if told:
        return found if not any(j.verdict == "refuted" for j in told) else []
    words = [m for m in lexicon.pattern(*_ASSERTS).finditer(sentence) if not any(a <= m.start() < b for a, b in spans)]
    if words:
        spoken = ", ".join(dict.fromkeys(repr(m[0]) for m in words[:4]))
        found.append(Judgement("unsupported", f"nothing in the data carries it: {spoken}"))
    elif world.mentions(sentence) or world.suites(sentence):
        found.append(Judgement("unsupported", "says something of the data that no claim carries"))
    return found


def _cell(
    text: Text,
    document: Document,
    title: str,
    own: set[tuple[str, ...]],
    world: World,
    known: Known,
    scope: spoken.Scope,
) -> list[Statement]:
    """A table row once, at its first cell: the code's own row, or its numbers one by one, or its cells as prose."""
    if text.column:
        return []
    cells = document.tables()[text.table]
    heads = [clean(c.full) for c in cells if c.kind == "head"]
    row = [c for c in cells if c.kind == "cell" and c.row == text.row]
    shown = [clean(c.full) for c in row]
    if (title, *heads, *shown) in own:
        return [Statement(line=text.line, text=" | ".join(shown), verdict="supported", reason="as computed")]
    found: list[Statement] = []
    names = {*known.sheet.names, *world.subjects}
    judged = {column: (said, verdict) for column, said, verdict in foreign.cells(row, heads, scope, world)}
    for column, (cell, of) in enumerate(zip(shown, row, strict=False)):
        if column in judged:
            said, verdict = judged[column]
            if verdict is None:
                verdict = Judgement("unsupported", "a number whose system, metric or unit is not named")
            line = Statement(
                line=text.line, text=said, verdict=verdict.verdict, reason=verdict.reason, data=verdict.data
            )
            found.append(line)
        elif (
            re.fullmatch(r"[-–—]?|none|below|above|see (?:above|below)|ibid\.?|n/?a", cell, re.IGNORECASE)
            or cell in names
            or not re.search(r"[^\W\d_]", cell)
        ):
            continue
        else:
            parts = [_judge(part, text, world, known, [], scope) for part in _spoken(of)]
            found += [made for made in parts if made is not None and not _names_alone(made.text, world)]
    return found
