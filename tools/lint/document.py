"""Markdown as the rules read it: a flat list of texts with their kind, line and section, through markdown-it's tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markdown_it.token import Token

Kind = Literal["heading", "paragraph", "item", "head", "cell", "note", "code", "markup"]

_NOTE = re.compile(r"^\[\^([^\]\s]+)\]:[ \t]*(.*)$")
_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")
_PSEUDO = re.compile(r"^\s*(?:\*\*|__)(.{3,120}?)(?:\*\*|__)\s*$")
_NUMBERED = re.compile(r"^\d+[.)]\s+")
_STRUCK = re.compile(r"<(?:del|s|strike)\b|<[^>]*\b(?:hidden|display:\s*none|line-through)\b", re.IGNORECASE)
# What stands for a code span in `Text.text`: the rules of wording skip it, and it still parts the words around it.
CODE = "\ufffc"
# A sentence may begin with a name of the data: "gemma3:270m", "num_ctx", "llama-3.1".
SPLIT = re.compile(
    r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)(?:\[\^[^\]\s]+\]|\s⁽ᵐ⁾|[*_\"”’)])*\s+"
    r"(?=[\"“(*_]*(?:[A-Z\d{\ufffc]|[a-z][a-z.-]*[\d:_][\w:.-]*\s)|\[\^)"
)


@dataclass(frozen=True, slots=True)
class Text:
    """One heading, paragraph, list item, table cell, footnote or fenced block."""

    kind: Kind
    text: str  # without code spans and footnote marks
    full: str  # with both
    line: int  # from 1
    section: str = ""  # title of the section of level two that it is in
    level: int = 0  # of a heading, or the nesting of a list item
    table: int = -1
    row: int = 0
    column: int = 0
    name: str = ""  # of a footnote
    bold: bool = False  # a paragraph that is nothing but bold: a heading in disguise

    @property
    def references(self) -> list[str]:
        return _REFERENCE.findall(self.full)

    def sentences(self) -> list[tuple[str, bool]]:
        """Sentences of the text, and whether each has a footnote."""
        return [
            (clean(part), "[^" in part) for part in _parts(self.full, self.text) if clean(part)
        ]  # fmt: skip


def clean(text: str) -> str:
    """One line, without footnote marks."""
    return re.sub(r"\s+", " ", _REFERENCE.sub("", text)).strip()


def _parts(full: str, text: str) -> list[str]:
    marked = full if CODE not in text else text
    cuts, start = [], 0
    for match in SPLIT.finditer(marked):
        end = match.end()
        mark = re.match(r"(?:\s*\[\^[^\]\s]+\])+", marked[end:])  # a mark after the space still belongs to the sentence
        cuts.append(marked[start : end + (mark.end() if mark else 0)])
        start = end + (mark.end() if mark else 0)
    return [*cuts, marked[start:]]


@dataclass(frozen=True, slots=True)
class Document:
    texts: tuple[Text, ...]
    lines: int

    def of(self, *kinds: Kind) -> Iterator[Text]:
        return (t for t in self.texts if t.kind in kinds)

    @property
    def prose(self) -> list[Text]:
        """What a reader reads as sentences."""
        return list(self.of("paragraph", "item", "heading"))

    @property
    def notes(self) -> dict[str, Text]:
        return {t.name: t for t in self.of("note")}

    def tables(self) -> dict[int, list[Text]]:
        found: dict[int, list[Text]] = {}
        for text in self.of("head", "cell"):
            found.setdefault(text.table, []).append(text)
        return found


def parse(markdown: str) -> Document:
    """The document; footnote definitions are taken out first, since CommonMark has none."""
    lines = markdown.split("\n")
    notes, fence = [], ""
    for number, line in enumerate(lines):
        opened = re.match(r"^ {0,3}(`{3,}|~{3,})", line)
        if opened:
            fence = "" if fence and opened[1].startswith(fence) else fence or opened[1]
        match = None if fence else _NOTE.match(line)
        if match:
            notes.append((number + 1, match[1], match[2]))
            lines[number] = ""
    from markdown_it import MarkdownIt  # not at import: who asks a question reads no Markdown

    parser = MarkdownIt("commonmark").enable("table")
    found = list(_walk(parser.parse("\n".join(lines))))
    for number, name, body in notes:
        for token in parser.parseInline(body):
            texts = inline(token)
            found.append(Text("note", texts[0], texts[1], number, "Evidence", name=name))
    return Document(tuple(found), len(lines))


def _walk(tokens: list[Token]) -> Iterator[Text]:
    section, line, lists, table, row, column = "", 1, 0, -1, 0, 0
    stack: list[str] = []
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        name = token.type
        if name.endswith("_open"):
            stack.append(token.tag)
            lists += name in ("bullet_list_open", "ordered_list_open")
            if name == "table_open":
                table, row = table + 1, -1
            elif name == "tr_open":
                row, column = row + 1, -1
            elif name in ("th_open", "td_open"):
                column += 1
        elif name.endswith("_close"):
            stack.pop()
            lists -= name in ("bullet_list_close", "ordered_list_close")
        elif name in ("fence", "code_block"):
            yield Text("code", "", token.content, line, section, name=token.info.split(" ")[0])
        elif name == "html_block":
            yield Text("markup", token.content, token.content, line, section)
        elif name == "inline":
            text, full, markup = inline(token)
            tag = stack[-1] if stack else "p"
            if tag in ("th", "td"):
                kind: Kind = "head" if tag == "th" else "cell"
                yield Text(kind, text, full, line, section, table=table, row=row, column=column)
            elif re.fullmatch(r"h[1-6]", tag):
                if tag == "h2":
                    section = clean(full)
                yield Text("heading", text, full, line, section if tag != "h1" else "", level=int(tag[1]))
            else:
                pseudo = _PSEUDO.match(token.content)
                if pseudo and not lists:
                    title = _NUMBERED.sub("", clean(full))
                    section = title if _NUMBERED.match(clean(full)) else section
                    yield Text("paragraph", text, full, line, section, bold=True)
                else:
                    yield Text("item" if lists else "paragraph", text, full, line, section, level=lists)
            for what in markup:
                yield Text("markup", what, what, line, section)


def inline(token: Token) -> tuple[str, str, list[str]]:
    """Text without code spans, with them, and what is markup that a report does not have (HTML, links, images)."""
    text, full, markup = "", "", []
    for child in token.children or []:
        if child.type == "text":
            text, full = text + child.content, full + child.content
        elif child.type in ("softbreak", "hardbreak"):
            text, full = text + "\n", full + "\n"
        elif child.type == "code_inline":
            text, full = text + CODE, full + child.content
        elif child.type == "image":
            # Its words as a reader has them: `content` still holds the escapes.
            words = "".join(c.content if c.content else " " for c in child.children or [])
            markup.append(f"{words} ({child.attrGet('src')})")
        elif child.type == "html_inline" and _STRUCK.match(child.content):
            text, full = text + "\ue0ff", full + "\ue0ff"  # struck out or hidden: it says the contrary, or nothing
            markup.append(child.content)
        elif child.type in ("html_inline", "link_open"):
            markup.append(child.content or str(child.attrGet("href") or child.type))
    return text, full, markup
