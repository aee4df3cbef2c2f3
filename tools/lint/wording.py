"""What the words of the finished text may not be: chat, hedges, unproved statements, repetition.

A comparison, cause or absence may stand where a footnote carries it; whether the footnote's facts do carry it is for
the rules that have the Report (`exact.py`). Sections of fixed wording (Methods, Evidence) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from chimera_report.tools.claims import lexicon
from chimera_report.tools.lint.base import FIXED, Context, finding
from chimera_report.tools.lint.document import Text, clean
from chimera_report.tools.lint.structure import KNOWN
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.patterns import compiled
from chimera_report.tools.schema import LintFinding, LintRule

# Openers that are chat only where a text begins.
_AT_START = frozenset({
    "sure", "certainly", "of course", "absolutely", "okay", "ok ,", "here is the", "here is a", "here are", "below is",
    "let me",
})  # fmt: skip


def _prose(context: Context) -> Iterator[tuple[Text, str]]:
    return ((text, shown) for text, shown in context.prose if text.section not in FIXED)


def opener(context: Context) -> Iterator[LintFinding]:
    """An assistant speaks."""
    for text, shown in _prose(context):
        for match in lexicon.pattern("opener").finditer(shown):
            if match[0].lower() not in _AT_START or not shown[: match.start()].strip(" *_\"'#"):
                yield finding(LintRule.OPENER, text.line, match[0], "an assistant speaks", "the report only")


def closing(context: Context) -> Iterator[LintFinding]:
    """A closing offer, or any question."""
    for text, shown in _prose(context):
        for match in lexicon.pattern("closing").finditer(shown):
            yield finding(LintRule.OFFER, text.line, match[0], "a closing offer", "nothing")
        if text.kind != "cell" or not text.references:
            for sentence, _ in text.sentences():
                if "?" in sentence and "?" in shown:
                    yield finding(LintRule.OFFER, text.line, sentence, "a question", "a statement")


def revision(context: Context) -> Iterator[LintFinding]:
    """Talk about versions of the text."""
    for text, shown in _prose(context):
        for match in lexicon.pattern("revision").finditer(shown):
            yield finding(LintRule.REVISION, text.line, match[0], "talk about versions of the text", "nothing")


def person(context: Context) -> Iterator[LintFinding]:
    """First or second person."""
    for text, shown in _prose(context):
        for match in lexicon.pattern("person").finditer(shown):
            word = match[0]
            if (word.lower() == "i" and word != "I") or (word.lower() == "us" and word != "us"):
                continue  # a Roman numeral, or the country
            yield finding(
                LintRule.PERSON, text.line, word, "first or second person", "the thing that was measured as the subject"
            )


def hedge(context: Context) -> Iterator[LintFinding]:
    """A hedge in place of a look at the data."""
    for text, shown in _prose(context):
        for match in lexicon.pattern("hedge_lint").finditer(shown):
            if match[0] == "May" and re.match(r" ?\d", shown[match.end() :]):
                continue  # the month
            yield finding(
                LintRule.HEDGE, text.line, match[0], "a hedge", "what the data says, or that it cannot be told"
            )


def unproved(context: Context) -> Iterator[LintFinding]:
    """A comparison, trend, cause or absence in a sentence that has no footnote."""
    if context.report:
        return
    lists = (
        (
            LintRule.JUDGEMENT,
            ("comparative", "superlative", "trend", "offtopic"),
            "a comparison, judgement or trend without evidence",
        ),
        (LintRule.CAUSE, ("causal_lint",), "a cause without an eligible effect"),
        (LintRule.ABSENCE, ("absence_lint",), "an absence without evidence from the inventory"),
    )
    for text, _ in _prose(context):
        title = text.bold and re.sub(r"^\d+[.)] ", "", clean(text.full)) in KNOWN  # "**5. Recommendations**"
        if title or text.kind == "heading" or text.section == "Limitations":
            continue
        for sentence, noted in text.sentences():
            for rule, names, message in lists:
                match = lexicon.pattern(*names).search(sentence)
                if match and (not noted or rule == LintRule.CAUSE):
                    soft = noted or (rule == LintRule.JUDGEMENT and text.kind == "cell")
                    level: Literal["warning", "error"] = "warning" if soft else "error"
                    yield finding(rule, text.line, match[0], message, "a claim with its footnote", severity=level)


_BETTER = r"(?:better|faster|quicker|superior|improve\w*|best|fastest|wins?|outperform\w*|advantage|gain\w*)"
_WORSE = r"(?:worse|slower|inferior|degrad\w*|worst|slowest|loses?|underperform\w*|disadvantage|regress\w*)"


@cache
def _titles(direction: str) -> str:
    found = {m.title.lower() for m in METRICS.values() if m.direction == direction}
    found |= {
        a.replace("_", " ") for m in METRICS.values() if m.direction == direction for a in m.aliases if len(a) > 3
    }
    found |= {"latency", "response time"} if direction == "lower" else {"throughput", "tokens per second"}
    return "(?:" + "|".join(re.escape(t) for t in sorted(found, key=len, reverse=True)) + ")"


def polarity(context: Context) -> Iterator[LintFinding]:
    """Better or worse against the metric's direction ("better, with its higher TTFT")."""
    up, down = r"(?:higher|greater|larger|longer|more)", r"(?:lower|smaller|shorter|less|reduced)"
    high, low = _titles("higher"), _titles("lower")
    word = r"[^.;]{0,60}?\b"
    patterns = [
        compiled(rf"\b{_BETTER}\b{word}(?:{up} {low}|{down} {high})\b", re.IGNORECASE),
        compiled(rf"\b(?:{up} {low}|{down} {high})\b{word}{_BETTER}\b", re.IGNORECASE),
        compiled(rf"\b{_WORSE}\b{word}(?:{down} {low}|{up} {high})\b", re.IGNORECASE),
        compiled(rf"\b(?:{down} {low}|{up} {high})\b{word}{_WORSE}\b", re.IGNORECASE),
    ]
    relation = compiled(rf"{up}|{down}", re.IGNORECASE)  # each of the patterns holds one
    for text, shown in _prose(context):
        for sentence in re.split(r"(?<=[.;])\s", shown) if relation.search(shown) else ():
            if re.search(
                r"\b(?:than|but|while|whereas|although|not)\b[^.]*\b(?:than|but|while|whereas|although)\b", sentence
            ):
                continue  # two relations in one sentence: which word belongs to which cannot be told
            match = next((m for p in patterns if (m := p.search(sentence))), None)
            if match:
                yield finding(
                    LintRule.POLARITY,
                    text.line,
                    match[0],
                    "a direction against the metric's polarity",
                    "the metric's direction",
                )


def repetition(context: Context) -> Iterator[LintFinding]:
    """A sentence or heading stands twice, or a sentence loops."""
    seen: dict[str, tuple[int, list[str]]] = {}
    before = None
    for text in context.document.texts:
        # Below a table or a picture: the same note, how to read it, may be due to several.
        note = before in ("cell", "markup") and text.kind == "paragraph"
        before = text.kind
        if text.section in ("Evidence", "Reproduction") or note or text.kind not in ("heading", "paragraph", "item"):
            continue
        for part, _ in text.sentences() if text.kind != "heading" else [(clean(text.full), False)]:
            key = re.sub(r"[^\w\ufffc%×.]+", " ", part.lower()).strip(" .")
            if text.bold:  # the title of a table: "TinyLlama 1.1B" and "tinyllama-1.1b" are two systems of the files
                key = part
            if text.kind == "heading":
                key = "# " + re.sub(r"^\d+\. ?", "", key)
            if len(key.split()) < (2 if text.kind == "heading" else 4):
                continue
            if text.kind != "heading" and "\ufffc" in key:
                continue  # code spans differ
            if key in seen:
                # The same words over other evidence say something else ("it holds for that suite"): clumsy, not wrong.
                line, references = seen[key]
                other = bool(references) and references != text.references
                level: Literal["error", "warning"] = "warning" if other else "error"
                yield finding(
                    LintRule.REPETITION, text.line, part, f"said before, in line {line}", "once", severity=level
                )
            else:
                seen[key] = (text.line, text.references)
            for twice in re.finditer(
                r"(?<![\w/.:-])([^\W\d_]{2,})\s+\1(?![\w/.:-])", part, re.IGNORECASE
            ):  # no name's part
                if twice[1].lower() not in context.known:  # a setting `gpu` at its level `GPU`
                    yield finding(LintRule.REPETITION, text.line, twice[0], "a word twice in a row", twice[1])
