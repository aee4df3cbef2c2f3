"""A report as PDF by typst: contents, page numbers, links to the evidence, and tags for readers that cannot see it
(PDF/UA-1). Texts reach typst as data, never as markup."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.render.direction import ISOLATES, isolated
from chimera_report.tools.render.evidence import footnotes, places, support
from chimera_report.tools.render.figures import FONT, loose, retold, spec_svg
from chimera_report.tools.render.markdown import FUNCTIONS
from chimera_report.tools.render.order import about, in_order
from chimera_report.tools.render.seal import asset, generator
from chimera_report.tools.render.tabular import BREAK, breakable, layout, parted
from chimera_report.tools.render.words import Words, clean
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

FACE = "Libertinus Serif"  # comes with typst: the same PDF on every machine
FILES_SHOWN = 3
MACHINE = ", fonts of the machine"  # stands in the keywords of a document that other faces were needed for
_TRIES = 12  # each finds a script that no face at hand has
_JOINED = ("Cf", "Mn", "Me", "Mc", "Sk")
_PLAIN = frozenset({"LATIN", "GREEK", "CYRILLIC", "MICRO", "DEGREE", "SUPERSCRIPT", "SUBSCRIPT"})
_SQUARE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "IDEOGRAPHIC"})
_OURS = frozenset(f"×±−–—…·µ°²≤≥›‹→“”‘’⁽ᵐ⁾‰{BREAK}{ISOLATES}")  # of the report's own words, which typst's faces have
_TOLD = " Signs that cannot be set are shown by their code points, as in (U+{:04X})."
_UNREADABLE = "contains text with missing codepoints"
_LACKING = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_SIZE = re.compile(r'<svg\b[^>]*?width="(\d+)" height="(\d+)"')
_PARTED = 2000  # characters of a finding that may go over a page's end; a shorter one would leave a scrap of it
_RUN = 60  # signs without a blank that fit a line in any case
_LONG = 14  # rows from which on a table may go over a page's end
_TALL = 240  # px of a picture that would leave half a page empty
_WIDE = 660  # px of a picture that is as wide as the text

Piece = dict[str, Any]


def pdf(report: Report) -> bytes:
    """The whole document. Raises ChimeraError where typst cannot set it.

    It is set with the faces that typst brings, so that it is the same on every machine. Where a name holds signs that
    these lack (Chinese, Arabic, emoji), the machine's faces are taken as well, which the keywords of the document say.
    Signs that no face has, or that cannot be read back from the page as PDF/UA asks (some accents on accents, some
    joined letters), are shown by their code points, which the head of the document says.
    """
    with TemporaryDirectory(prefix="chimera-report-") as place:
        root = Path(place)
        (root / "report.typ").write_text(asset("report.typ"), encoding="utf-8")
        lacking: set[str] = set()
        for tries in range(_TRIES):
            content = isolated(_roomy(_Content(report, root, lacking).document()))
            content["generator"] += MACHINE if tries else ""
            content["proof"] += _TOLD.format(ord(min(lacking))) if lacking else ""
            text = _coded(json.dumps(content, ensure_ascii=False), lacking)
            (root / "content.json").write_text(text, encoding="utf-8")
            made = _compiled(root, own=tries == 0)
            if isinstance(made, bytes):
                return made
            if tries:
                pictures = (path.read_text(encoding="utf-8") for path in root.glob("*.svg"))
                signs = {c for c in text + "".join(pictures) if not c.isascii() and c not in _OURS} - lacking
                lacking |= _alike(made, signs) or _harder(signs)
    raise ChimeraError("the PDF could not be set (no font has its signs)")


def _roomy(content: Json) -> Json:
    """The same texts, in which no run of signs is wider than the page."""
    if isinstance(content, dict):
        return {k: v if k in ("file", "kind", "align") else _roomy(v) for k, v in content.items()}
    if isinstance(content, list):
        return [_roomy(v) for v in content]
    return parted(content, _RUN) if isinstance(content, str) else content


def _compiled(root: Path, *, own: bool) -> bytes | tuple[str, ...]:
    """The document, or the pieces of text that no face at hand has all signs of: none where typst does not name them.
    `own`: with typst's own faces alone."""
    import typst

    try:
        return typst.compile(
            str(root / "report.typ"), root=str(root), format="pdf", ignore_system_fonts=own, pdf_standards="ua-1"
        )
    except Exception as exc:  # typst has one class of error for everything
        if type(exc).__module__.split(".")[0] not in ("typst", "builtins"):
            raise
        told = f"{exc}\n{getattr(exc, 'diagnostic', '')}"
        found = dict.fromkeys(_LACKING.findall(told))
        if found or _UNREADABLE in told:
            return tuple(re.sub(r"\\u\{([0-9a-f]+)\}", lambda m: chr(int(m[1], 16)), piece) for piece in found)
        why = next(iter(str(exc).splitlines()), type(exc).__name__)
        raise ChimeraError(f"the PDF could not be set ({why[:200]})") from exc


def _alike(pieces: tuple[str, ...], signs: set[str]) -> set[str]:
    """Those signs that are of the same scripts as the pieces."""
    scripts = {_script(c) for piece in pieces for c in piece if not c.isascii()}
    return {c for c in signs if _script(c) in scripts}


def _harder(signs: set[str]) -> set[str]:
    """Those signs that are most likely at fault where typst names none: what joins others; else scripts whose letters
    change with their neighbours; else all that are not Latin, Greek or Cyrillic; else all."""
    kinds = (
        {c for c in signs if unicodedata.category(c) in _JOINED},
        {c for c in signs if unicodedata.bidirectional(c) in ("R", "AL") or _script(c) not in _PLAIN | _SQUARE},
        {c for c in signs if _script(c) not in _PLAIN},
    )
    return next((found for found in kinds if found), signs)


def _script(sign: str) -> str:
    return unicodedata.name(sign, "-").split()[0]


def _coded(text: str, lacking: set[str], *, most: int | None = None) -> str:
    """The text with each run of these signs as their code points: `(U+5927 578B)`; of `most` of them, where a label has
    no room for all."""
    if not lacking:
        return text

    def codes(run: str) -> str:
        return f"(U+{' '.join(f'{ord(c):04X}' for c in run[:most])}{' …' if most and len(run) > most else ''})"

    return re.sub(f"[{''.join(re.escape(c) for c in sorted(lacking))}]+", lambda m: codes(m[0]), text)


class _Content:
    def __init__(self, report: Report, root: Path, lacking: Iterable[str] = ()) -> None:
        self.report = report
        self.root = root
        self.lacking = set(lacking)  # signs that are shown by their code points
        self.words = Words(report.sheet)
        self.notes = footnotes(report)

    def document(self) -> Json:
        head = self.report.header
        date = [int(p) for p in head.date.split("-")] if re.fullmatch(r"\d{4}-\d\d-\d\d", head.date) else [1970, 1, 1]
        sheet = self.report.sheet
        return {
            "title": clean(self.report.title) or "Report",
            "generator": f"{generator(self.report)}, typst {metadata.version('typst')}",
            "agent": clean(head.agent),
            "date": date,
            "about": clean("  ·  ".join(v if n != "Model" else f"model: {v}" for n, v in about(self.report))),
            "proof": f"{len(sheet.facts)} numbers and names and {len(sheet.claims)} claims, each derived by code. "
            "The small numbers lead to the evidence at the end.",
            "sections": [
                {"title": clean(s.title), "blocks": [b for block in self.blocks(s) for b in block]}
                for s in in_order(self.report)
            ],
        }

    def blocks(self, section: Section) -> list[list[Json]]:
        made: list[list[Json]] = []
        number = 0
        for block in section.blocks:
            match block:
                case Paragraph():
                    made.append([{"kind": "paragraph", "text": self.run(block.sentences)}])
                case Bullets():
                    made.append([{"kind": "bullets", "items": [self.run(item) for item in block.items]}])
                case Finding():
                    number += 1
                    made.append([self.finding(block, number)])
                case Table():
                    made.append([self.table(block)])
                case Chart():
                    made.append([self.chart(block)])
                case CodeBlock():
                    made.append([{"kind": "code", "text": clean_lines(block.text)}])
                case _:
                    raise TypeError(f"no way to show a block of type {block.type}")
        if section.key == "evidence":
            made.append([{"kind": "notes", "notes": self.evidence()}])
        return made

    def pieces(self, template: str) -> list[Piece]:
        return self.words.pieces(template)

    def run(self, sentences: tuple[Sentence, ...]) -> list[Piece]:
        made: list[Piece] = []
        for sentence in sentences:
            if made:
                made.append({"kind": "text", "text": " "})
            made += self.pieces(sentence.text)
            if sentence.author == "model":
                made.append({"kind": "text", "text": " (worded by the model)"})
            number = self.notes.get(sentence.id)
            if number:
                made.append({"kind": "note", "number": number})
        return made

    def finding(self, finding: Finding, number: int) -> Json:
        title = [{"kind": "text", "text": f"{number}. "}, *self.pieces(finding.title)]
        text = self.run(finding.sentences)
        long = sum(len(str(p.get("text", ""))) for p in text) > _PARTED
        return {
            "kind": "finding",
            "title": title,
            "text": text,
            "command": clean_lines(finding.command),
            "long": long and not finding.command,
        }

    def table(self, table: Table) -> Json:
        rows = [[breakable(self.words.text(cell)) for cell in row] for row in table.rows]
        titles = [self.words.text(c.title) if "{{" in c.title else clean(c.title) for c in table.columns]
        made = layout(titles, [c.align for c in table.columns], rows)
        bands = dict(made.bands)
        starts = [*bands, len(rows)] if bands else [0, len(rows)]
        return {
            "kind": "table",
            "level": 2,
            "title": self.pieces(table.title) if table.title else [],
            "heads": made.heads,
            "align": [table.columns[c].align for c in made.kept],
            "widths": made.widths,
            "size": made.size,
            "parts": [
                {"band": bands.get(a, ""), "rows": [[row[c] for c in made.kept] for row in rows[a:b]]}
                for a, b in pairwise(starts)
            ],
            "long": len(rows) > _LONG,
            "note": self.pieces(table.note) if table.note else [],
        }

    def chart(self, chart: Chart) -> Json:
        spec = retold(chart.spec, lambda text: _coded(text, self.lacking, most=1)) if self.lacking else chart.spec
        svg = loose(spec_svg(spec, plain=True)).replace(FONT, FACE).replace(FONT.replace("'", "&apos;"), FACE)
        svg = re.sub(r'font-family="[^"]*"', f'font-family="{FACE}"', svg)
        found = _SIZE.search(svg)
        name = f"{chart.key}.svg"
        (self.root / name).write_text(svg, encoding="utf-8")
        return {
            "kind": "chart",
            "title": self.pieces(chart.title),
            "file": name,
            "alt": self.words.text(chart.alt),
            "share": round(min(1.0, int(found[1]) / _WIDE if found else 1.0), 3),
            "tall": bool(found and int(found[2]) > _TALL),
            "caption": self.run((chart.caption,)),
        }

    def evidence(self) -> list[Json]:
        seen: dict[int, Sentence] = {}
        for section in self.report.sections:
            for sentence in section.sentences:
                number = self.notes.get(sentence.id)
                if number:
                    seen.setdefault(number, sentence)
        return [{"number": n, "text": self.note(s)} for n, s in sorted(seen.items())]

    def note(self, sentence: Sentence) -> list[Piece]:
        groups: dict[str, list[Fact]] = {}
        for identity in support(sentence, self.report):
            fact = self.words.facts.get(identity)
            if fact is not None:
                groups.setdefault(fact.recipe.key, []).append(fact)
        made: list[Piece] = []
        for members in groups.values():
            numbers = [m for m in members if not isinstance(m.value, str)] or members[:1]
            first = next((m for m in numbers if m.method), numbers[0])
            what = [w for w in (FUNCTIONS.get(first.recipe.function, ""), clean(first.method)) if w]
            what += [f"n = {first.n}"] if first.n is not None else []
            shown = ", ".join(f"{m.id} ({clean(m.display)})" for m in numbers)
            made.append({"kind": "text", "text": f"{shown}: {', '.join(what) or first.recipe.function}; from "})
            files: dict[str, list[Evidence]] = {}
            for source in first.sources:
                files.setdefault(source.file, []).append(source)
            for i, (file, sources) in enumerate(list(files.items())[:FILES_SHOWN]):
                made.append({"kind": "text", "text": "; " if i else ""})
                made.append({"kind": "code", "text": breakable(clean(file))})
                told = places(sources)
                made += [{"kind": "text", "text": f", {told}"}] if told else []
            more = len(files) - FILES_SHOWN
            end = f"; and {more} more" if more > 0 else "" if files else "the whole folder"
            made.append({"kind": "text", "text": f"{end}. "})
        return made


def clean_lines(text: str) -> str:
    return "\n".join(clean(line) if line.strip() else "" for line in text.split("\n"))
