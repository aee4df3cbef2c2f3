"""Markdown of this program as a piece of HTML for a notebook: no page, no style, no script, no raw HTML of a file."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_REFERENCE = re.compile(r"\[\^(\d+)\]")
_NOTE = re.compile(r"<p>\[\^(\d+)\]: ")


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # not at import: who asks a question shows no HTML

    # Without `html`, whatever looks like a tag is text; links are only those that the renderer wrote.
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def fragment(markdown: str) -> str:
    """The Markdown as HTML elements; a footnote's mark becomes a raised number, and its text stays where it stands."""
    # A footnote's definition is CommonMark's for a link without this: each becomes a paragraph of its own.
    lines = re.sub(r"(?m)^\[\^(\d+)\]: ", r"\n\\[^\1]: ", markdown)
    made = _parser().render(lines)
    made = _NOTE.sub(r'<p class="footnote"><sup>\1</sup> ', made)
    return _REFERENCE.sub(r"<sup>\1</sup>", made)
