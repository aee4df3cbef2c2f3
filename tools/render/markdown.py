"""A Report as Markdown (CommonMark, tables, footnotes). Texts of the data are escaped, so none becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera_report.tools.claims import fill_in
from chimera_report.tools.render.evidence import footnotes, places, sentences, support
from chimera_report.tools.render.figures import chart_svg
from chimera_report.tools.render.words import spoken
from chimera_report.tools.schema import (
    Bullets,
    Chart,
    CodeBlock,
    Evidence,
    Fact,
    Finding,
    Paragraph,
    Report,
    Section,
    Sentence,
    Table,
)
from chimera_report.tools.statements import meaning

# The last two: GitHub makes links of bare addresses.
_MARKUP = re.compile(r"[\\`*\[\]<>|~&#!$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\.")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
# What would open a list, a quote or a rule at the start of a line; a name can begin so.
_BLOCK = re.compile(r"^(\d{0,9})([-+=.)])(?=[\s=-]|$)")
PICTURES = "charts"  # the folder of pictures beside a report
FILES_SHOWN = 4  # of a footnote; evidence.json has all
# What a function of a recipe gives, for a person.
FUNCTIONS = {
    "inventory": "a count over the files",
    "summary": "a summary of one metric",
    "comparison": "a comparison under matched conditions",
    "effect": "the effect of one setting, the others averaged over",
    "correlation": "how two metrics of the same records move together",
    "rank_subjects": "a ranking of models",
    "rank_systems": "a ranking of systems",
    "rank_configurations": "a ranking of configurations",
    "pareto": "what can be had at once",
    "change": "a comparison with the earlier report",
    "change_point": "a change of level over the order of the runs",
    "alert": "a check of the data",
    "claims.alerts": "a check of the data, all its cases together",
    "claims.files": "a list of files",
    "claims.changes": "a comparison with the earlier report",
    "claims.change": "a comparison with the earlier report",
    "claims.span": "the extremes of several results",
    "claims.failures": "failed records by reason",
    "claims.reported": "what documents state",
    "claims.setup": "what the records say of how they were made",
    "stated": "numbers of a document beside the measurements",
    "claims.settled": "what new measurements settled",
}


def escape(text: str) -> str:
    """Text of the data so that Markdown shows it as it is: no markup, one line, no control or direction characters."""
    return _MARKUP.sub(lambda m: "\\" + m.group(), _CONTROL.sub(" ", text)).strip()


def _code(text: str) -> str:
    """An inline code span that holds any text (CommonMark 6.1: a longer fence than any run of backticks inside)."""
    text = _CONTROL.sub(" ", text).strip() or " "
    fence = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _named(text: str) -> str:
    """What a fact shows: as it is, or as code where a name of the data would be read as a statement or an address."""
    return _code(text) if spoken(text) else escape(text)


def _fenced(text: str, language: str = "") -> str:
    fence = "`" * max(3, max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(_code(c) for c in columns)


def picture(chart: Chart) -> str:
    """Where the picture of a chart is, seen from the report."""
    return f"{PICTURES}/{chart.key}.svg"


def pictures(report: Report) -> dict[str, str]:
    """Path beside the report → SVG, of every chart."""
    charts = [b for s in report.sections for b in s.blocks if isinstance(b, Chart)]
    return {picture(c): chart_svg(c) for c in charts}


class _Writer:
    def __init__(self, report: Report, authorship: bool) -> None:
        self.report = report
        self.facts = {f.id: f for f in report.sheet.facts}
        self.clauses = {c.id: c.clause for c in report.sheet.claims}
        self.notes = footnotes(report)
        self.authorship = authorship

    def text(self, text: str) -> str:
        return fill_in(text, self.facts, self.clauses, _named)

    def sentence(self, sentence: Sentence) -> str:
        body = _BLOCK.sub(r"\1\\\2", self.text(sentence.text))
        number = self.notes.get(sentence.id)
        mark = f"[^{number}]" if number else ""
        return f"{body}{mark}" + (" ⁽ᵐ⁾" if self.authorship and sentence.author == "model" else "")

    def run(self, parts: tuple[Sentence, ...]) -> str:
        return " ".join(self.sentence(s) for s in parts)

    def table(self, table: Table) -> str:
        rule = ["---:" if c.align == "right" else "---" for c in table.columns]
        heads = [self.text(c.title) if "{{" in c.title else c.title for c in table.columns]
        rows = [heads, rule, *[[self.text(cell) for cell in row] for row in table.rows]]
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        head = [f"**{self.text(table.title)}**", ""] if table.title else []
        return "\n".join([*head, *lines, *(["", self.text(table.note)] if table.note else [])])

    def chart(self, chart: Chart) -> str:
        alt = " ".join(self.text(chart.alt).split())
        return f"![{alt}]({picture(chart)})\n\n{self.sentence(chart.caption)}"  # which says what a title would

    def finding(self, finding: Finding, number: int) -> str:
        parts = [f"### {number}. {self.text(finding.title)}", "", self.run(finding.sentences)]
        if finding.command:
            parts += ["", _fenced(finding.command, "bash")]
        return "\n".join(parts)

    def section(self, section: Section) -> str:
        parts = [f"## {section.title}"]
        number = 0
        for block in section.blocks:
            match block:
                case Paragraph():
                    parts.append(self.run(block.sentences))
                case Bullets():
                    parts.append("\n".join(f"- {self.run(item)}" for item in block.items))
                case Finding():
                    number += 1
                    parts.append(self.finding(block, number))
                case Table():
                    parts.append(self.table(block))
                case Chart():
                    parts.append(self.chart(block))
                case CodeBlock():
                    parts.append(_fenced(block.text, block.language))
        return "\n\n".join(parts)

    def place(self, fact: Fact) -> str:
        """Where one fact comes from, in words: its files with the records and columns read."""
        files: dict[tuple[str, tuple[str, ...]], list[Evidence]] = {}
        for source in fact.sources:
            files.setdefault((source.file, source.columns), []).append(source)
        shown = [
            _code(file)
            + (f", {told}" if (told := places(sources)) else "")
            + (f", {'columns' if len(columns) > 1 else 'column'} {_listed(columns)}" if columns else "")
            for (file, columns), sources in list(files.items())[:FILES_SHOWN]
        ]
        more = len(files) - FILES_SHOWN
        rest = f"; {more} more {'files are' if more > 1 else 'file is'} named in `evidence.json`" if more > 0 else ""
        return "; ".join(shown) + rest

    def note(self, number: int, sentence: Sentence) -> str:
        groups: dict[tuple[str, str], list[Fact]] = {}
        for identity in support(sentence, self.report):
            if identity in self.facts:
                fact = self.facts[identity]
                groups.setdefault((fact.recipe.key, self.place(fact)), []).append(fact)
        parts = []
        for (_, place), members in groups.items():
            # The fact that says how it was computed speaks for the others of its result, which are names and parts.
            members.sort(key=lambda f: (not f.metric, not f.method, f.n is None))
            first = members[0]
            ids = ", ".join(m.id if isinstance(m.value, str) else f"{m.id} ({escape(m.display)})" for m in members)
            what = FUNCTIONS.get(first.recipe.function) or meaning(first.recipe.function)
            words = [w for w in (what, escape(first.method)) if w]
            words += [f"n = {first.n}"] if first.n is not None else []
            function = f"function {_code(first.recipe.function)}"
            parts.append(f"{ids}: {', '.join([*words, function])}; read from {place or 'the whole folder'}.")
        return f"[^{number}]: " + " ".join(parts)

    def evidence(self) -> str:
        seen: set[int] = set()
        lines: list[str] = []
        for _, sentence in sentences(self.report):
            number = self.notes.get(sentence.id)
            if number and number not in seen:
                seen.add(number)
                lines.append(self.note(number, sentence))
        return "\n".join(lines)


def _header(report: Report) -> Iterator[str]:
    header = report.header
    yield f"# {escape(report.title)}"
    yield "\n".join(
        f"**{name}:** {escape(value)}  "
        for name, value in (
            ("Date", header.date),
            ("Model", header.model),
            ("Agent Type", header.agent),
            ("Configuration", header.configuration),
        )
    )


def markdown(report: Report, *, authorship: bool = False) -> str:
    """The text of `report.md`, ending with a newline. `authorship` marks the sentences that the model worded.

    The section `evidence` gets the footnotes after its own text.
    """
    report = report.document("report")
    writer = _Writer(report, authorship)
    parts = list(_header(report))
    for section in report.sections:
        parts.append(writer.section(section))
        if section.key == "evidence":
            parts.append(writer.evidence())
    return "\n\n".join(parts) + "\n"


def appendix(report: Report) -> str:
    """The text of `appendix.md`: the tables and rules that the report leaves out, with their own footnotes; "" for
    none."""
    if not report.has_appendix:
        return ""
    report = report.document("appendix")
    writer = _Writer(report, authorship=False)
    parts = [*_header(report), *(writer.section(s) for s in report.sections)]
    notes = writer.evidence()
    return "\n\n".join([*parts, notes] if notes else parts) + "\n"
