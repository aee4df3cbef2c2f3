"""A checked Report or Answer comes in; Markdown, the evidence record, plain text and pictures go out. Every text of
the data is escaped here."""

from chimera_report.tools.render.evidence import evidence, footnotes
from chimera_report.tools.render.markdown import appendix, escape, markdown
from chimera_report.tools.render.plain import answer_text, columns, safe, sparkline, table_text
from chimera_report.tools.render.plots import png, svg, terminal, way

__all__ = [
    "answer_text",
    "appendix",
    "columns",
    "escape",
    "evidence",
    "footnotes",
    "markdown",
    "png",
    "safe",
    "sparkline",
    "svg",
    "table_text",
    "terminal",
    "way",
]
