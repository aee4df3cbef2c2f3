"""A checked Report comes in; Markdown and the evidence record go out. Every text of the data is escaped here."""

from chimera_report.tools.render.evidence import evidence, footnotes
from chimera_report.tools.render.markdown import escape, markdown

__all__ = ["escape", "evidence", "footnotes", "markdown"]
