"""Texts of a report as HTML: the code's own inline markup becomes elements, facts become buttons, data stays text."""

from __future__ import annotations

import re
from functools import cached_property
from html import escape
from typing import Any

from chimera_report.tools.claims import fill_in
from chimera_report.tools.schema import Fact, FactSheet

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")
_INLINE = re.compile(r"[\\`*_\[\]<>&!]")  # what can be markup within a line of a template (CommonMark 6)
# Private-use characters around the id and the part of a fact, while the template around it is parsed. Templates are
# the code's own; what the data holds is put in after that.
_MARK = re.compile("\ue000(F\\d+)\\|([a-z]*)\ue001")
_PLACE = re.compile(r"\{\{(F\d+)(?::([a-z]+))?\}\}")


# A name that says something, or that GitHub makes a mail address of: it is shown as a name, in code.
_SPOKEN = re.compile(
    r"\s(?:is|are|was|were|has|than|beats|faster|slower|better|worse|must|should|always|never)\s|\S@\S+\.\w",
    re.IGNORECASE,
)


def spoken(text: str) -> bool:
    """Whether a name of the data reads as a statement or a mail address. With signs of markup it is escaped."""
    return _SPOKEN.search(text) is not None and re.fullmatch(r"[\w .,:;@+/=%()-]{1,120}", text) is not None


def clean(text: str) -> str:
    """Text of the data on one line, without control and direction characters."""
    return _CONTROL.sub(" ", text).strip()


def plain(text: str) -> str:
    """Text of the data as HTML text."""
    return escape(clean(text), quote=True)


class Words:
    """Renders the templates of one report."""

    def __init__(self, sheet: FactSheet) -> None:
        self.facts: dict[str, Fact] = {f.id: f for f in sheet.facts}
        self._clauses = {c.id: c.clause for c in sheet.claims}

    @cached_property
    def _parser(self) -> Any:
        from markdown_it import MarkdownIt

        return MarkdownIt("commonmark")

    def text(self, template: str) -> str:
        """What a reader sees, as plain text."""
        return clean(fill_in(template, self.facts, self._clauses, clean))

    def html(self, template: str, *, live: bool = True) -> str:
        """The same as HTML; with `live`, each fact is a button that leads to its evidence."""
        shown = self.text(template)
        marked = _PLACE.sub(_hidden, self._opened(template))
        first = _MARK.match(marked)
        if first is None and shown[:1] != marked[:1] and shown[:1] == marked[:1].upper():
            marked = shown[:1] + marked[1:]
        raised = first is not None and self._part(first[1], first[2])[:1] != shown[:1]
        body = self._inline(marked) if _INLINE.search(marked) else escape(marked, quote=True)
        count = 0

        def put(match: re.Match[str]) -> str:
            nonlocal count
            count += 1
            value = self._part(match[1], match[2])
            if raised and count == 1:
                value = value[:1].upper() + value[1:]
            inner = f"<code>{plain(value)}</code>" if spoken(value) else plain(value)
            return number(self.facts[match[1]], inner) if live else inner

        return _MARK.sub(put, body)

    def pieces(self, template: str) -> list[dict[str, str]]:
        """What a reader sees as parts: text, code, strong or em."""
        marked, shown = _PLACE.sub(_hidden, self._opened(template)), self.text(template)
        if not _INLINE.search(marked):
            return [{"kind": "text", "text": shown}]

        def put(text: str) -> str:
            return clean(_MARK.sub(lambda m: self._part(m[1], m[2]), text.replace("\n", " "))) if text.strip() else " "

        made: list[dict[str, str]] = []
        style = "text"
        for token in self._parser.parseInline(marked)[0].children or []:
            match token.type:
                case "code_inline":
                    made.append({"kind": "code", "text": put(token.content)})
                case "em_open" | "strong_open":
                    style = token.type.removesuffix("_open")
                case "em_close" | "strong_close":
                    style = "text"
                case _:
                    lead = " " if token.content[:1].isspace() else ""
                    tail = " " if token.content[-1:].isspace() and token.content.strip() else ""
                    made.append({"kind": style, "text": lead + put(token.content).strip() + tail})
        if made and made[0]["text"] and shown[:1] == made[0]["text"][:1].upper():
            made[0]["text"] = shown[:1] + made[0]["text"][1:]
        return made

    def _opened(self, template: str) -> str:
        """Clauses put in, so that the facts within them are seen."""
        for _ in range(3):
            opened = re.sub(r"\{\{(C\d+)\}\}", lambda m: self._clauses[m[1]], template)
            if opened == template:
                break
            template = opened
        return template

    def _part(self, ident: str, part: str) -> str:
        return fill_in(f"{{{{{ident}{':' + part if part else ''}}}}}", self.facts, {})

    def _inline(self, text: str) -> str:
        """The few kinds of inline markup that templates have; anything else stays the text that it is."""
        made: list[str] = []
        for token in self._parser.parseInline(text)[0].children or []:
            match token.type:
                case "text" | "text_special":
                    made.append(escape(token.content, quote=True))
                case "code_inline":
                    made.append(f"<code>{escape(token.content, quote=True)}</code>")
                case "softbreak" | "hardbreak":
                    made.append(" ")
                case "em_open" | "em_close" | "strong_open" | "strong_close":
                    made.append(f"<{'/' if token.nesting < 0 else ''}{token.tag}>")
                case _:
                    made.append(escape(token.content, quote=True))
        return "".join(made)


def number(fact: Fact, shown: str) -> str:
    """A fact in a text, which the script of the page makes lead to its evidence; `shown` is HTML."""
    kind = "f w" if isinstance(fact.value, str) else "f"
    return f'<span class="{kind}" data-f="{fact.id}">{shown}</span>'


def _hidden(match: re.Match[str]) -> str:
    return f"\ue000{match[1]}|{match[2] or ''}\ue001"
