"""A checked Report or Answer comes in; Markdown, the evidence record, plain text and pictures go out. Every text of
the data is escaped here."""

from chimera_report.tools.render.badge import badge
from chimera_report.tools.render.evidence import evidence, footnotes
from chimera_report.tools.render.figures import chart_png, chart_svg
from chimera_report.tools.render.fragment import fragment
from chimera_report.tools.render.html import page, rows_of
from chimera_report.tools.render.markdown import appendix, escape, markdown, pictures
from chimera_report.tools.render.office import drawn, office
from chimera_report.tools.render.pdf import MACHINE, pdf
from chimera_report.tools.render.plain import answer_text, columns, safe, sparkline, table_text
from chimera_report.tools.render.plots import png, svg, terminal, way
from chimera_report.tools.render.seal import generator, unsealed
from chimera_report.tools.render.vega import vega_script

__all__ = [
    "MACHINE",
    "answer_text",
    "appendix",
    "badge",
    "chart_png",
    "chart_svg",
    "columns",
    "drawn",
    "escape",
    "evidence",
    "footnotes",
    "fragment",
    "generator",
    "markdown",
    "office",
    "page",
    "pdf",
    "pictures",
    "png",
    "rows_of",
    "safe",
    "sparkline",
    "svg",
    "table_text",
    "terminal",
    "unsealed",
    "vega_script",
    "way",
]
