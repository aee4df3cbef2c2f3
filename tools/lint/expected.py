"""What the Markdown of a Report has to say: the texts that its sentences, tables and facts render to, in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chimera_report.tools.claims import fill_in
from chimera_report.tools.lint.document import Kind, inline
from chimera_report.tools.schema import Bullets, Chart, CodeBlock, Finding, Paragraph, Report, Sentence, Table

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_INLINE = re.compile(r"([\\`*_\[\]<>&!])")  # what can be markup within a line (CommonMark 6)
AUTHOR = " ⁽ᵐ⁾"  # marks a sentence that the model worded, on request


@dataclass(frozen=True, slots=True)
class Expected:
    kind: Kind
    full: str
    section: str
    sentences: tuple[Sentence, ...] = ()


# White space; and of names, control and direction characters and broken ones.
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def flat(text: str) -> str:
    """One line without marks of authorship, spaces as a report shows them: what two texts are compared by."""
    return _BLANK.sub(" ", text.replace(AUTHOR, "")).strip()


def sentences(report: Report) -> Iterator[tuple[str, Sentence]]:
    """Every sentence with the title of its section, in reading order."""
    for section in report.sections:
        yield from ((section.title, sentence) for sentence in section.sentences)


def footnotes(report: Report) -> dict[str, int]:
    """Sentence id → its footnote's number: sentences with the same facts behind them share one; none without facts."""
    claims = {c.id: c for c in report.sheet.claims}
    numbers: dict[tuple[str, ...], int] = {}
    result: dict[str, int] = {}
    for _, sentence in sentences(report):
        facts = dict.fromkeys(f for c in sentence.claims if c in claims for f in claims[c].facts)
        facts.update(dict.fromkeys(sentence.facts))
        if facts:
            result[sentence.id] = numbers.setdefault(tuple(facts), len(numbers) + 1)
    return result


class Renderer:
    """The plain text of templates: the code's own markup is parsed, the data's is not."""

    def __init__(self, report: Report) -> None:
        self._facts = {f.id: f for f in report.sheet.facts}
        self._clauses = {c.id: c.clause for c in report.sheet.claims}
        from markdown_it import MarkdownIt  # not at import: who asks a question reads no Markdown

        self._parser = MarkdownIt("commonmark")
        self._notes = footnotes(report)

    def text(self, template: str) -> str:
        """Raises KeyError for an unknown id."""
        filled = fill_in(template, self._facts, self._clauses, _literal)
        if not _INLINE.search(filled):
            return filled
        return "".join(inline(token)[1] for token in self._parser.parseInline(filled))

    def run(self, parts: tuple[Sentence, ...]) -> str:
        texts = []
        for part in parts:
            number = self._notes.get(part.id)
            texts.append(self.text(part.text) + (f"[^{number}]" if number else ""))
        return " ".join(texts)


def _literal(text: str) -> str:
    return _INLINE.sub(r"\\\1", CONTROL.sub(" ", text).strip())


def expected(report: Report) -> list[Expected]:
    """The texts below the header, in order. Templates with unknown ids are left out; `templates` names them."""
    render = Renderer(report)
    found: list[Expected] = []

    def add(kind: Kind, make: str | tuple[Sentence, ...], section: str, before: str = "") -> None:
        try:
            full = before + (render.text(make) if isinstance(make, str) else render.run(make))
        except KeyError:
            return
        if flat(full):
            found.append(Expected(kind, flat(full), section, () if isinstance(make, str) else make))

    for section in report.sections:
        add("heading", section.title, section.title)
        number = 0
        for block in section.blocks:
            match block:
                case Paragraph():
                    add("paragraph", block.sentences, section.title)
                case Bullets():
                    for item in block.items:
                        add("item", item, section.title)
                case Finding():
                    number += 1
                    add("heading", block.title, section.title, f"{number}. ")
                    add("paragraph", block.sentences, section.title)
                    if block.command:
                        found.append(Expected("code", flat(block.command), section.title))
                case Table():
                    _table(block, add, section.title)
                case Chart():
                    add("paragraph", (block.caption,), section.title)
                case CodeBlock():
                    found.append(Expected("code", flat(block.text), section.title))
    return found


def pictures(report: Report) -> frozenset[str]:
    """The pictures that the Markdown shows, as `document` reads them: the words beside each, and where it is."""
    render = Renderer(report)
    charts = [b for s in report.sections for b in s.blocks if isinstance(b, Chart)]
    return frozenset(f"{flat(render.text(c.alt))} (charts/{c.key}.svg)" for c in charts)


def _table(table: Table, add: Callable[..., None], section: str) -> None:
    if table.title:
        add("paragraph", table.title, section)
    for column in table.columns:
        add("head", column.title, section)
    for row in table.rows:
        for cell in row:
            add("cell", cell, section)
    if table.note:
        add("paragraph", table.note, section)
