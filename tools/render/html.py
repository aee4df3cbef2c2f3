"""A report as one HTML file: nothing is fetched, and what proves it (facts, measurements, the run) is inside.

The policy in its head allows the two scripts and the style that it holds, by their hashes, and nothing else; no text is
ever evaluated. Without scripts it is the same report with fixed pictures and footnotes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from chimera_report.tools.render.evidence import footnotes, places, support
from chimera_report.tools.render.explained import Explainer, Told
from chimera_report.tools.render.figures import COLOURS, chart_svg, config, readable, spec_svg
from chimera_report.tools.render.markdown import FUNCTIONS
from chimera_report.tools.render.narrow import narrowed, without_data
from chimera_report.tools.render.order import EVIDENCE, about, in_order
from chimera_report.tools.render.scorecard import tiles
from chimera_report.tools.render.seal import asset, generator, hashed, packed, sealed
from chimera_report.tools.render.tabular import same
from chimera_report.tools.render.words import Words, number, plain
from chimera_report.tools.schema import (
    Bullets,
    Chart,
    CodeBlock,
    Evidence,
    Fact,
    Finding,
    Json,
    Paragraph,
    Report,
    Section,
    Sentence,
    Table,
)
from chimera_report.tools.statements import meanings

LEAD = "verdict"
COUNTED = {
    "claims.coverage": "a count of the records of which a value was used",
    "claims.readings": "how columns were read",
}
ASKED = "What this means, and how it was found"
EXPLAINED = ("doubts", "limits", "appendix_quality")  # sections whose points are warnings about the data
FILES_SHOWN = 4
_TOGETHER = 10  # characters of a cell that stand on one line
_LONG = 24  # signs from which on a cell has room for some words in each line
_FEW = 6  # columns of a table up to which a name of that many signs has one line
INSIDE = 1 << 20  # bytes of measurements.parquet up to which a page holds it: some hundred thousand values
_SVG_TAG = re.compile(r'<svg\b[^>]*?width="(\d+)" height="(\d+)"[^>]*>')
_LEFT = re.compile(r"<g\b[^>]*transform=\"translate\((\d+)")
_ARIA = re.compile(r' (?:aria-[a-z]+|role)="[^"]*"')


def page(report: Report, record: Json, measurements: bytes | None, *, vega: str = "") -> str:
    """The whole file. `record` is what run.json holds, `measurements` the bytes of measurements.parquet: None of both
    where only report.json is at hand. `vega` is the script that makes charts answer; without it the charts are fixed
    pictures."""
    from jinja2 import Environment
    from markupsafe import Markup

    writer = _Writer(report)
    style, script = asset("page.css").strip() + _pictures_in_the_dark(), asset("page.js").strip()
    charts = [b for s in report.sections for b in s.blocks if isinstance(b, Chart)]
    embedded = {"report": ("report.json", report.model_dump_json(by_alias=True).encode("utf-8", "surrogatepass"))}
    if record is not None:
        embedded["run"] = ("run.json", json.dumps(record, ensure_ascii=True, allow_nan=False).encode())
    if measurements is not None and len(measurements) <= INSIDE:
        embedded["measurements"] = ("measurements.parquet", measurements)
    if charts and vega:
        specs = {
            "specs": {c.key: c.spec for c in charts},
            "narrow": {c.key: without_data(_narrow(c), c.spec) for c in charts},
            "configs": {s: config(s) for s in COLOURS},
        }
        embedded["charts"] = ("charts.json", json.dumps(readable(specs), ensure_ascii=True).encode())
        embedded["vega"] = ("vega.js", vega.encode())
    template = Environment(autoescape=True, keep_trailing_newline=True).from_string(asset("page.html.j2"))
    made = template.render(
        title=_shown(report.title),
        generator=generator(report),
        hashes={"style": hashed(style), "scripts": [hashed(script), *([hashed(vega)] if charts and vega else [])]},
        style=Markup(style),  # noqa: S704  our own
        script=Markup(script),  # noqa: S704  our own
        about=[(n, _shown(v)) for n, v in about(report)],
        functions=Markup(json.dumps(meanings() | COUNTED | FUNCTIONS)),  # noqa: S704  our own
        tiles=[(t, _anchor(t.section)) for t in tiles(report, record, writer.words)],
        proof=_proof(report, record),
        inside="measurements" in embedded,
        bare=measurements is None,
        run=_shown(report.run),
        sections=[
            {
                "id": _anchor(s.key),
                "title": _shown(s.title),
                "count": _count(s),
                "lead": s.key == LEAD,
                "folded": s.part == "appendix" or s.key == EVIDENCE,
                "open": s.key == EVIDENCE,  # without scripts, notes lead there
                "body": Markup(writer.section(s)),  # noqa: S704  escaped piece by piece
            }
            for s in in_order(report)
        ],
        blobs=[{"id": f"embedded-{k}", "name": n, "text": Markup(packed(d))} for k, (n, d) in embedded.items()],  # noqa: S704
    )
    made = made.rstrip() + "\n"
    return sealed(made)


def _shown(text: str) -> str:
    from chimera_report.tools.render.words import clean

    return clean(text)


def _anchor(key: str) -> str:
    return "s-" + re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")


def _card(section: str, number: int) -> str:
    return f"{_anchor(section)}-{number}"


def _proof(report: Report, record: Json) -> str:
    files = len(record.get("sources", ())) if isinstance(record, dict) else None
    sheet = report.sheet
    read = "files" if files is None else f"{files} {'file' if files == 1 else 'files'}"
    return f"{len(sheet.facts)} numbers and names and {len(sheet.claims)} claims, derived by code from {read}."


def _count(section: Section) -> int:
    """How many points it has; its tables where it has none."""
    points = sum(
        len(b.items) if isinstance(b, Bullets) else 1 for b in section.blocks if isinstance(b, Finding | Bullets)
    )
    return points or sum(isinstance(b, Table) for b in section.blocks)


def _pictures_in_the_dark() -> str:
    """CSS that inverts the colours of embedded pictures in dark mode."""

    def rules(prefix: str) -> str:
        return "".join(
            f'{prefix} figure svg [{a}="{colour}"]{{{a}:{COLOURS["dark"][name]}}}'
            for name, colour in COLOURS["light"].items()
            for a in ("fill", "stroke")
        )

    system, chosen = rules(":root:not([data-theme=light])"), rules(":root[data-theme=dark]")
    return f"@media (prefers-color-scheme:dark){{{system}}}{chosen}"


class _Writer:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.words = Words(report.sheet)
        self.notes = footnotes(report)
        self.explainer = Explainer(report)
        self._labels: Counter[str] = Counter()  # of regions, no two of which may have the same

    def section(self, section: Section) -> str:
        parts: list[str] = []
        number = 0
        for block in section.blocks:
            match block:
                case Paragraph() if section.key == LEAD and len(block.sentences) > 1:
                    lines = "".join(f"<li>{self.sentence(s)}</li>" for s in block.sentences)
                    parts.append(f'<ul class="points">{lines}</ul>')
                case Paragraph():
                    parts.append(f"<p>{self.run(block.sentences)}</p>")
                case Bullets():
                    parts.append(f"<ul>{''.join(self.point(i, section.key) for i in block.items)}</ul>")
                case Finding():
                    number += 1
                    parts.append(self.finding(block, number, section.key))
                case Table():
                    parts.append(self.table(block))
                case Chart():
                    parts.append(self.chart(block))
                case CodeBlock():
                    parts.append(_code(block.text))
                case _:
                    raise TypeError(f"no way to show a block of type {block.type}")
        told = self.explainer.tables(b for b in section.blocks if isinstance(b, Table))
        if told is not None:
            parts.append(self.why(told, "What the columns mean"))
        if section.key == EVIDENCE:
            parts.append(self.evidence())
        return "\n".join(parts)

    def point(self, sentences: tuple[Sentence, ...], section: str) -> str:
        told = self.explainer.point(sentences) if section in EXPLAINED else None
        text = self.run(sentences)
        return f"<li>{text}</li>" if told is None else f'<li class="asked">{text}{self.why(told)}</li>'

    def why(self, told: Told, head: str = "") -> str:
        """An explanation, folded away: without scripts as well, and not on paper. Without a head of its own it is a
        mark in the corner of what it explains."""
        lines = [f"<dt>{plain(term)}</dt><dd>{plain(text)}</dd>" for term, text in told.terms]
        for term, links in told.links:
            linked = "; ".join(
                f'<a href="#{_card(k.section, k.number)}">{k.number}. {self.words.html(k.text, live=False)}</a>'
                for k in links
            )
            lines.append(f"<dt>{plain(term)}</dt><dd>{linked}</dd>")
        shown = plain(head) if head else f'<span class="heard">{ASKED}</span>'
        kind = "why" if head else "why mark"
        return f'<details class="{kind}"><summary>{shown}</summary><dl>{"".join(lines)}</dl></details>'

    def run(self, sentences: tuple[Sentence, ...]) -> str:
        return " ".join(self.sentence(s) for s in sentences)

    def sentence(self, sentence: Sentence) -> str:
        number = self.notes.get(sentence.id)
        mark = ""
        if number:
            facts = " ".join(support(sentence, self.report))
            mark = f'<a class="note" href="#note-{number}" data-f="{facts}" aria-label="Evidence {number}">{number}</a>'
        by = ' <span class="model">(worded by the model)</span>' if sentence.author == "model" else ""
        return self.words.html(sentence.text) + mark + by

    def finding(self, finding: Finding, number: int, section: str) -> str:
        command = _code(finding.command) if finding.command else ""
        text = f"<p>{self.run(finding.sentences)}</p>" if finding.sentences else ""
        title = self.words.html(finding.title)
        told = self.explainer.finding(finding, section)
        why = self.why(told) if told is not None else ""
        head = f'<h3><span class="no">{number}.</span>{title}</h3>'
        kind = "card asked" if why else "card"
        return f'<div class="{kind}" id="{_card(section, number)}">{head}{text}{command}{why}</div>'

    def _head(self, title: str) -> str:
        """A column's head; where it is a level of the data, with its fact."""
        return self.words.html(title, live=False) if "{{" in title else plain(title)

    def table(self, table: Table) -> str:
        table, told = self._once(table)
        align = ['class="r"' if c.align == "right" else "" for c in table.columns]
        head = "".join(
            f'<th scope="col" {a}>{self._head(c.title)}</th>' for c, a in zip(table.columns, align, strict=True)
        )
        few = len(align) <= _FEW
        rows = "".join(
            "<tr>" + "".join(self.cell(cell, a, few) for cell, a in zip(row, align, strict=True)) + "</tr>"
            for row in table.rows
        )
        title = self.words.html(table.title, live=False) if table.title else ""
        label = plain(self.words.text(table.title)) if table.title else "Table"
        self._labels[label] += 1
        label += f" ({self._labels[label]})" if self._labels[label] > 1 else ""
        note = f'<p class="remark">{self.words.html(table.note)}</p>' if table.note else ""
        return (
            (
                (f'<h3 class="t">{title}</h3>' if title else "")
                + told
                + f'<div class="wide" tabindex="0" role="region" aria-label="{label}">'
                + f'<table class="sortable"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{note}'
            )
            .replace('<th scope="col" >', '<th scope="col">')
            .replace("<td >", "<td>")
        )

    def _once(self, table: Table) -> tuple[Table, str]:
        """A wide table without what its columns of words say alike in every row, and a line that says it."""
        alike = same([c.align for c in table.columns], [[self.words.text(cell) for cell in row] for row in table.rows])
        parts = [f"{self._head(table.columns[c].title)} {self.words.html(table.rows[0][c])}" for c in alike]
        kept = [c for c in range(len(table.columns)) if c not in alike]
        rows = tuple(tuple(row[c] for c in kept) for row in table.rows)
        told = f'<p class="remark once">In every row: {", ".join(parts)}.</p>' if parts else ""
        return table.model_copy(update={"columns": tuple(table.columns[c] for c in kept), "rows": rows}), told

    def cell(self, cell: str, align: str, few: bool) -> str:
        """A cell; short words, as "10 and 10", are not parted, nor are names where a table of few columns has room for
        them, and long ones have room."""
        kind, shown = align, "" if align else self.words.text(cell)
        if shown:
            long = len(shown) > _LONG
            kind = 'class="l"' if long else 'class="s"' if " " in shown and len(shown) <= _TOGETHER else ""
            kind = kind or ('class="w"' if few else "")
        return f"<td {kind}>{self.words.html(cell)}</td>"

    def chart(self, chart: Chart) -> str:
        svg, side = _picture(chart)
        alt = plain(self.words.text(chart.alt))
        numbers = self.numbers(chart)
        title = self.words.html(chart.title, live=False)
        return (
            f'<figure data-chart="{chart.key}" data-side="{side}"><h3 class="t">{title}</h3>'
            f'<div class="draw" role="img" tabindex="0" aria-label="{alt}">{svg}</div>'
            f"<figcaption>{self.sentence(chart.caption)}</figcaption>{numbers}</figure>"
        )

    def numbers(self, chart: Chart) -> str:
        """The numbers of the picture as a table, for who cannot or will not read it off."""
        lines: list[tuple[str, str, str]] = []
        for row in rows_of(chart.spec):
            shown = [str(row[k]) for k in ("line", "name", "level", "state", "statistic") if row.get(k)]
            for key in ("fact", "x_fact", "y_fact"):
                if key in row:
                    fact = self.words.facts[str(row[key])]
                    between = f' <span class="remark">({plain(fact.interval)})</span>' if fact.interval else ""
                    value = number(fact, plain(fact.display)) + between
                    lines.append((plain(", ".join(shown) or fact.metric), value, str(fact.n or "")))
        counted = any(n for *_, n in lines)  # a ratio has no n of its own
        heads = ["Value", "n"][: 1 + counted]
        head = '<tr><th scope="col">Of</th>' + "".join(f'<th scope="col" class="r">{h}</th>' for h in heads) + "</tr>"
        cells = [(of, "".join(f'<td class="r">{v}</td>' for v in values[: 1 + counted])) for of, *values in lines]
        body = "".join(f"<tr><td>{of}</td>{rest}</tr>" for of, rest in cells)
        return (
            f"<details><summary>The numbers of this chart</summary><table><thead>{head}</thead>"
            f"<tbody>{body}</tbody></table></details>"
        )

    def evidence(self) -> str:
        """The footnotes, for readers without scripts and on paper."""
        seen: dict[int, Sentence] = {}
        for section in self.report.sections:
            for sentence in section.sentences:
                number = self.notes.get(sentence.id)
                if number:
                    seen.setdefault(number, sentence)
        lines = [f'<li id="note-{n}" value="{n}">{self.note(s)}</li>' for n, s in sorted(seen.items())]
        return f'<ol class="notes">{"".join(lines)}</ol>' if lines else ""

    def note(self, sentence: Sentence) -> str:
        groups: dict[str, list[Fact]] = {}
        for identity in support(sentence, self.report):
            fact = self.words.facts.get(identity)
            if fact is not None:
                groups.setdefault(fact.recipe.key, []).append(fact)
        parts = []
        for members in groups.values():
            numbers = [m for m in members if not isinstance(m.value, str)] or members[:1]
            shown = ", ".join(f"{m.id} ({plain(m.display)})" for m in numbers)
            first = next((m for m in numbers if m.method), numbers[0])
            what = [w for w in (FUNCTIONS.get(first.recipe.function, ""), plain(first.method)) if w]
            what += [f"n = {first.n}"] if first.n is not None else []
            parts.append(f"{shown}: {', '.join(what) or plain(first.recipe.function)}; {_places(first)}.")
        return " ".join(parts)


def _places(fact: Fact) -> str:
    files: dict[str, list[Evidence]] = {}
    for source in fact.sources:
        files.setdefault(source.file, []).append(source)
    shown = [
        f"<code>{plain(name)}</code>" + (f", {told}" if (told := places(sources)) else "")
        for name, sources in list(files.items())[:FILES_SHOWN]
    ]
    more = len(files) - FILES_SHOWN
    return "; ".join(shown or ["the whole folder"]) + (f"; and {more} more" if more > 0 else "")


def _code(text: str) -> str:
    from html import escape

    return f'<div class="code"><pre tabindex="0"><code>{escape(text.rstrip(), quote=True)}</code></pre></div>'


def rows_of(spec: Json) -> list[dict[str, Any]]:
    """Every row of data in a specification, in order."""
    found: list[dict[str, Any]] = []
    if isinstance(spec, dict):
        data = spec.get("data")
        if isinstance(data, dict):
            found += data.get("values", [])
        for key in ("layer", "vconcat"):
            for part in spec.get(key, ()):
                found += rows_of(part)
    return found


def _picture(chart: Chart) -> tuple[str, int]:
    """The picture for within a page, as it is and for a narrow screen, and the width around its plotting area. What its
    marks say stands beside it."""
    svg = chart_svg(chart, plain=True)
    found = _SVG_TAG.search(svg)
    width = int(found[1]) if found else 640
    parts = [chart.spec, *chart.spec.get("vconcat", ())]
    plot = max((int(p["width"]) for p in parts if "width" in p), default=width)
    return _within(svg, "broad") + _within(spec_svg(_narrow(chart), plain=True), "slim"), max(width - plot, 20)


def _narrow(chart: Chart) -> dict[str, Json]:
    """What a narrow screen shows of a chart, by the room that its labels took on a wide one."""
    left = _LEFT.search(chart_svg(chart, plain=True))
    return narrowed(chart.spec, int(left[1]) if left else 0)


def _within(svg: str, name: str) -> str:
    found = _SVG_TAG.search(svg)
    width, height = (found[1], found[2]) if found else ("640", "240")
    size = f'class="{name}" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} aria-hidden="true">'
    return _SVG_TAG.sub(lambda _: head, _ARIA.sub("", svg), count=1)


__all__ = ["page", "rows_of"]
