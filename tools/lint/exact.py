"""The rules that have the Report: every text and number is what the sentences and facts render to, and nothing else."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from chimera_report.tools import statements
from chimera_report.tools.claims import check_sentence, fill_in, lexicon
from chimera_report.tools.lint.base import FIXED, Context, finding
from chimera_report.tools.lint.document import Text
from chimera_report.tools.lint.expected import Expected, expected, flat, footnotes, sentences
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import (
    AvailabilityClaim,
    Bullets,
    Chart,
    ComparisonClaim,
    EffectClaim,
    Fact,
    Finding,
    LintFinding,
    LintRule,
    Paragraph,
    Report,
    Sentence,
    Table,
)

_TOKEN = re.compile(r"\[\^[^\]\s]+\]|[^\W_]+(?:[.,:'’/_-][^\W_]+)*%?|[^\w\s]|_")


# --- the Report itself ----------------------------------------------------------------------------------------------


def templates(context: Context) -> Iterator[LintFinding]:
    """Ids that exist and claims that hold; in free wording no number outside a placeholder."""
    report = context.report
    if report is None:
        return
    facts = {f.id: f for f in report.sheet.facts}
    claims = {c.id: c for c in report.sheet.claims}
    clauses = {c.id: c.clause for c in report.sheet.claims}
    for place, template, sentence in _templates(report):
        ident = sentence.id if sentence else ""
        left = lexicon.PLACEHOLDER.sub(" ", template)
        if "{{" in left or "}}" in left:
            yield finding(
                LintRule.PLACEHOLDER, 0, template, "a placeholder that is not one", "{{F001}}", sentence=ident
            )
        try:
            fill_in(template, facts, clauses)
        except KeyError as missing:
            yield finding(
                LintRule.PLACEHOLDER,
                0,
                str(missing.args[0]),
                "an id that the evidence does not hold",
                _HELD,
                sentence=ident,
            )
        named = {m[1] for m in lexicon.PLACEHOLDER.finditer(template) if m[1].startswith("C")}
        for name in sorted(named | set(sentence.claims if sentence else ())):
            claim = claims.get(name)
            if claim is None:
                yield finding(
                    LintRule.PLACEHOLDER, 0, name, "a claim that the evidence does not hold", _HELD, sentence=ident
                )
            elif claim.verdict != "SUPPORTED" and name in named:
                yield finding(
                    LintRule.EVIDENCE, 0, name, f"a claim that is {claim.verdict}", claim.reason, sentence=ident
                )
        if sentence:
            yield from _bound(sentence, report, facts)
            if sentence.author == "model" or (sentence.wording == "free" and place not in FIXED):
                for number in re.findall(r"(?<![\w])\d[\d.,]*", left):
                    yield finding(
                        LintRule.BARE_NUMBER, 0, number, "a number outside a placeholder", "{{F…}}", sentence=ident
                    )


def wording(context: Context) -> Iterator[LintFinding]:
    """With the outline: each sentence is the code's, or a wording of it that the closed-world check accepts."""
    report, outline = context.report, context.outline
    if report is None or outline is None:
        return
    own: dict[str, Sentence] = {}
    titles: set[str] = set()
    tables: list[Table] = []
    charts: list[Chart] = []
    for section in outline.sections:
        for block in section.blocks:
            match block:
                case Paragraph() | Finding():
                    own |= {s.id: s for s in block.sentences}
                    titles |= {block.title} if isinstance(block, Finding) else set()
                case Bullets():
                    own |= {s.id: s for item in block.items for s in item}
                case Table():
                    tables.append(block)
                case Chart():
                    own[block.caption.id] = block.caption
                    charts.append(block)
    for section in report.sections:
        if section.title not in {s.title for s in outline.sections}:
            continue  # evidence and reproduction, which only the run knows
        for block in section.blocks:
            if isinstance(block, Table) and block not in tables:
                yield finding(LintRule.VALUE, 0, block.title, "a table that the outline does not have", "the outline's")
            if isinstance(block, Chart) and block not in charts:
                yield finding(LintRule.VALUE, 0, block.title, "a chart that the outline does not have", "the outline's")
            if isinstance(block, Finding) and block.title not in titles:
                yield finding(
                    LintRule.JUDGEMENT, 0, block.title, "a title that the outline does not have", "the outline's"
                )
    ends = {s.title for s in report.sections} - {s.title for s in outline.sections}
    for place, sentence in sentences(report):
        if place in ends:
            continue
        code = own.get(sentence.id)
        if code is None:
            message = "a sentence that the outline does not have"
            yield finding(
                LintRule.PLACEHOLDER, 0, sentence.text, message, "the outline's sentences", sentence=sentence.id
            )
        elif (sentence.claims, sentence.facts) != (code.claims, code.facts):
            allowed = ", ".join((*code.claims, *code.facts))
            yield finding(
                LintRule.EVIDENCE, 0, sentence.text, "not the evidence of this sentence", allowed, sentence=sentence.id
            )
        elif sentence.text != code.text:
            free = sentence.author == "model" and code.wording == "free"
            yield from (
                check_sentence(sentence.text, code, report.sheet, tier="compose")
                if free
                else [
                    finding(
                        LintRule.JUDGEMENT,
                        0,
                        sentence.text,
                        "not the code's own words",
                        code.text,
                        sentence=sentence.id,
                    )
                ]
            )


def _bound(sentence: Sentence, report: Report, facts: dict[str, Fact]) -> Iterator[LintFinding]:
    """what a sentence shows, it also names as its evidence."""
    claims = {c.id: c for c in report.sheet.claims}
    behind = set(sentence.facts) | {f for c in sentence.claims if c in claims for f in claims[c].facts}
    for match in lexicon.PLACEHOLDER.finditer(sentence.text):
        name = match[1]
        if (name in facts and name not in behind) or (name in claims and name not in sentence.claims):
            yield finding(
                LintRule.EVIDENCE, 0, name, "shown without being named as evidence", name, sentence=sentence.id
            )
    missing = [f for f in sentence.facts if f not in facts]
    for name in missing:
        yield finding(
            LintRule.PLACEHOLDER, 0, name, "a fact that the evidence does not hold", _HELD, sentence=sentence.id
        )


def _templates(report: Report) -> Iterator[tuple[str, str, Sentence | None]]:
    for section in report.sections:
        for block in section.blocks:
            match block:
                case Paragraph():
                    yield from ((section.title, s.text, s) for s in block.sentences)
                case Bullets():
                    yield from ((section.title, s.text, s) for item in block.items for s in item)
                case Finding():
                    yield section.title, block.title, None
                    yield from ((section.title, s.text, s) for s in block.sentences)
                case Table():
                    yield from ((section.title, cell, None) for row in block.rows for cell in row)
                    yield from ((section.title, t, None) for t in (block.title, block.note) if t)
                case Chart():
                    yield from ((section.title, t, None) for t in (block.title, block.alt))
                    yield section.title, block.caption.text, block.caption


def claims(context: Context) -> Iterator[LintFinding]:
    """What the told claims say of themselves agrees with the metrics, the design and each other."""
    report = context.report
    if report is None:
        return
    told = {c for _, s in sentences(report) for c in s.claims}
    facts = {f.id: f for f in report.sheet.facts}
    said: dict[tuple[str, ...], tuple[str, str]] = {}
    for claim in report.sheet.claims:
        if claim.verdict != "SUPPORTED" or claim.id not in told:
            continue
        key: tuple[str, ...] = ()
        what = ""
        if isinstance(claim, ComparisonClaim):
            direction = metric_of(claim.metric).direction
            better = {("higher", "higher"): claim.a, ("higher", "lower"): claim.b}.get((claim.direction, direction))
            better = {("lower", "higher"): claim.b, ("lower", "lower"): claim.a}.get(
                (claim.direction, direction), better
            )
            if claim.better and better is not None and claim.better != better:
                yield finding(
                    LintRule.POLARITY,
                    0,
                    claim.better,
                    f"called the better, against the direction of {claim.metric}",
                    better,
                )
            for fact in (facts[f] for f in claim.facts if f in facts):
                value = fact.value
                if fact.field != "ratio" or not isinstance(value, float | int) or claim.direction == "equivalent":
                    continue
                if value != 1 and (value < 1) == (claim.direction == "higher"):
                    yield finding(LintRule.POLARITY, 0, claim.id, "a ratio against the claim's direction", fact.display)
            a, b = sorted((claim.a, claim.b))
            where = sorted({facts[f].suite for f in claim.facts if f in facts and facts[f].suite})
            key, what = (
                ("comparison", claim.metric, a, b, *where, *_conditions(claim.facts, facts)),
                claim.better or claim.direction,
            )
        elif isinstance(claim, EffectClaim):
            if not claim.causal and lexicon.pattern("causal_lint").search(claim.clause):
                yield finding(LintRule.CAUSE, 0, claim.id, "a cause whose factor was not randomised", "associated with")
            if claim.direction != "cannot be told":
                key, what = (
                    ("effect", claim.factor, claim.metric, claim.subject, *_conditions(claim.facts, facts)),
                    claim.direction,
                )
        elif isinstance(claim, AvailabilityClaim):
            held = any(f.metric == claim.metric and f.kind == "measurement" for f in report.sheet.facts)
            if not claim.present and held:
                yield finding(LintRule.ABSENCE, 0, claim.metric, "called absent, and measured", "the facts about it")
            key, what = ("availability", claim.metric), str(claim.present)
        elif (kind := statements.of_claim(claim)) is not None and (about := kind.asserts(claim)) is not None:
            key, what = (claim.kind, *about[0], *_conditions(claim.facts, facts)), about[1]
        if key:
            before = said.setdefault(key, (what, claim.id))
            if before[0] != what:
                yield finding(
                    LintRule.REPETITION,
                    0,
                    f"{before[1]}, {claim.id}",
                    "two claims that contradict each other",
                    "one of them",
                )


def _conditions(ids: tuple[str, ...], facts: dict[str, Fact]) -> list[str]:
    """What tells two claims about the same names apart: the recipes that their facts come from."""
    return sorted({facts[f].recipe.key for f in ids if f in facts and facts[f].kind != "inventory"})


# --- the Markdown ---------------------------------------------------------------------------------------------------


def rendering(context: Context) -> Iterator[LintFinding]:
    """Text for text, the Markdown is what the Report renders to."""
    for text in context.document.texts:
        shown = text.full
        if "{{" in shown:
            for name in (n for n in context.names if "{{" in n):  # the data's own
                shown = shown.replace(name, " ")
        for mark in re.findall(r"\{\{[^}\s]{1,20}\}\}", shown):
            yield finding(LintRule.PLACEHOLDER, text.line, mark, "a placeholder that was not rendered", "the value")
    report = context.report
    if report is None:
        return
    wanted = expected(report)
    head = next((i for i, t in enumerate(context.document.texts) if t.kind == "heading" and t.level == 2), 0)
    given = [t for t in context.document.texts[head:] if t.kind not in ("note", "markup") and flat(t.full)]
    a = [(_kind(w.kind), w.full) for w in wanted]
    b = [(_kind(t.kind), flat(t.full)) for t in given]
    for tag, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        left, right = wanted[i:j], given[k:m]
        pairs = _pair(left, right)
        for w, t in pairs:
            if w is None and t is not None:
                yield _foreign(t, context)
            elif t is None and w is not None:
                line = given[min(k, len(given) - 1)].line if given else 1
                yield finding(LintRule.SECTIONS, line, w.full, "a text of the report is missing", w.full)
            elif w is not None and t is not None:
                yield from _differences(w, t, context)


def _kind(kind: str) -> str:
    return "cell" if kind == "head" else kind


def _pair(left: list[Expected], right: list[Text]) -> list[tuple[Expected | None, Text | None]]:
    """Texts that belong together, by likeness where their counts differ."""
    if len(left) == len(right):
        return list(zip(left, right, strict=True))
    pairs: list[tuple[Expected | None, Text | None]] = []
    free = list(right)
    for w in left:
        words = set(w.full.split())
        like = [(len(words & set(flat(t.full).split())) / max(len(words), 1), -n) for n, t in enumerate(free)]
        best = max(like, default=(0.0, 0))
        t = free.pop(-best[1]) if best[0] >= 0.5 else None
        pairs.append((w, t))
    return [*pairs, *((None, t) for t in free)]


def _foreign(text: Text, context: Context) -> LintFinding:
    """A text that the Report does not have at all."""
    rule = _rule([], _TOKEN.findall(text.full), text.full, context)
    return finding(rule, text.line, text.full, "a text that the report does not have", "nothing")


def _differences(wanted: Expected, given: Text, context: Context) -> Iterator[LintFinding]:
    a, b = _TOKEN.findall(wanted.full), _TOKEN.findall(flat(given.full))
    same = True
    for tag, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        same = False
        rule = _rule(a[i:j], b[k:m], " ".join(b[k:m]), context)
        message = {
            LintRule.VALUE: "a number or name that is not the fact's",
            LintRule.EVIDENCE: "not the footnote of this sentence",
        }.get(rule, "words that are not the checked ones")
        around = " ".join(b[max(0, k - 3) : m + 3])
        shown = " ".join(wanted.full.split()) if len(wanted.full) < 200 else " ".join(a[max(0, i - 5) : j + 5])
        yield finding(rule, given.line, around, message, shown)
    if same:
        yield finding(
            LintRule.JUDGEMENT,
            given.line,
            given.full,
            "not the kind of text, or not the signs, that the report has",
            wanted.full,
        )


def _rule(removed: list[str], added: list[str], text: str, context: Context) -> LintRule:
    """The rule that a change falls under."""
    if any(t.startswith("[^") for t in [*removed, *added]):
        return LintRule.EVIDENCE
    if any(re.search(r"\d", t) for t in [*removed, *added]):
        return LintRule.VALUE
    names = {w for name in context.names for w in _TOKEN.findall(name)}
    if removed and any(t in names for t in [*removed, *added]):
        return LintRule.VALUE
    words = lexicon.sensitive(text)
    return lexicon.RULES[words[0][0]] if words else LintRule.JUDGEMENT


_HELD = "an id of the report's evidence"
# The facts of a footnote, those that are numbers with what they show: "F001 (12 ms), F002: …".
_SEGMENT = re.compile(r"(?:^|(?<=\. ))(F\d+(?: \([^()]*\))?(?:, F\d+(?: \([^()]*\))?)*):")
_SHOWN = re.compile(r"\b(F\d+) \(([^()]*)\)")


def notes(context: Context) -> Iterator[LintFinding]:
    """Each footnote names facts that exist, with their own n and method, and the facts of its sentences."""
    report = context.report
    if report is None:
        return
    facts = {f.id: f for f in report.sheet.facts}
    claims = {c.id: c for c in report.sheet.claims}
    behind: dict[str, set[str]] = {}
    numbers = footnotes(report)
    for _, sentence in sentences(report):
        if sentence.id in numbers:
            held = set(sentence.facts) | {f for c in sentence.claims if c in claims for f in claims[c].facts}
            behind[str(numbers[sentence.id])] = held
    for name, note in context.document.notes.items():
        heads = ", ".join(m[1] for m in _SEGMENT.finditer(note.full))
        named = set(re.findall(r"\bF\d+\b", heads))
        wanted = {f for f in behind.get(name, set()) if f in facts}
        if named != wanted:
            span = ", ".join(sorted(named ^ wanted))
            yield finding(
                LintRule.EVIDENCE, note.line, span, "not the facts of the sentence", ", ".join(sorted(wanted))
            )
        for ident, shown_as in _SHOWN.findall(heads):
            if ident in facts and flat(shown_as) != flat(facts[ident].display):
                yield finding(
                    LintRule.VALUE, note.line, f"{ident} ({shown_as})", "not what the fact shows", facts[ident].display
                )
        for part in re.split(r"(?<=\.) (?=F\d+(?: \([^()]*\))?(?:, F\d+(?: \([^()]*\))?)*:)", note.full):
            head = _SEGMENT.match(part)
            first = facts.get(re.split(r"[, ]", head[1])[0]) if head else None
            if first is None:
                continue
            shown = re.search(r"\bn = (\d+)", part.split("function", 1)[0])
            if (int(shown[1]) if shown else None) != first.n:
                yield finding(
                    LintRule.VALUE, note.line, shown[0] if shown else part, "not the fact's n", f"n = {first.n}"
                )
            files = [e.file for e in first.sources]
            if files and not any(flat(f) in flat(part) for f in files):
                yield finding(LintRule.EVIDENCE, note.line, part, "not the fact's files", files[0])
