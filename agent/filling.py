"""Living numbers: markers in any Markdown or HTML file that are filled from a finished report.

    <!-- chimera: fact metric=decode_rate subject=gemma3:270m -->286 tokens/s<!-- /chimera -->
    <!-- chimera: badge metric=decode_rate subject=gemma3:270m file=rate.svg label="decode rate" --><!-- /chimera -->

What stands between the two comments is replaced by what the report gives. A marker chooses facts by what they are of,
not by their numbers, so that it means the same in the next report. The file is the reader's own: only it says what is
filled where, the report only gives values.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chimera_report.agent.meant import choose
from chimera_report.agent.trust import inside
from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import Fact, Report

_MARKER = re.compile(
    r"(?P<open><!--\s*chimera:\s*(?P<what>[a-z]+)(?P<rest>[^\n]*?)\s*-->)(?P<body>.*?)(?P<close><!--\s*/chimera\s*-->)",
    re.DOTALL,
)
_START = re.compile(r"<!--\s*chimera:")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_KEYS = frozenset({"id", "metric", "subject", "suite", "field", "kind", "condition", "warm", "show", "file", "label"})
_SHOWS = ("display", "number", "interval", "n", "about")


@dataclass(frozen=True, slots=True)
class Filled:
    """One marker: what stood there and what the report gives."""

    line: int
    marker: str
    before: str
    after: str

    @property
    def drifted(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Result:
    text: str
    markers: tuple[Filled, ...]
    badges: dict[Path, str]  # absolute path → SVG


def fill(path: Path, text: str, report: Report) -> Result:
    """The file's text with every marker filled. Raises UsageError, with the line, for one that cannot be."""
    html = path.suffix.lower() in (".html", ".htm", ".xhtml", ".svg")
    skipped = [] if html else list(_code(text))
    found: list[Filled] = []
    badges: dict[Path, str] = {}
    parts: list[str] = []
    at = 0
    for match in _MARKER.finditer(text):
        if any(a <= match.start() < b for a, b in skipped):
            continue
        line = text.count("\n", 0, match.start()) + 1
        where = f"{path} line {line}"
        if _START.search(match["body"]):
            raise UsageError("a marker has no end", where=where, hint="Close it: <!-- /chimera -->.")
        after = _value(match["what"], _options(match["rest"], where), where, path, report, badges, html=html)
        found.append(Filled(line, match["open"], match["body"], after))
        parts += [text[at : match.start("body")], after]
        at = match.end("body")
    parts.append(text[at:])
    opened = sum(1 for m in _START.finditer(text) if not any(a <= m.start() < b for a, b in skipped))
    if opened != len(found):
        raise UsageError(
            "a marker has no end, or two of them overlap", where=str(path), hint="Close each one: <!-- /chimera -->."
        )
    return Result("".join(parts), tuple(found), badges)


def _code(text: str) -> Iterator[tuple[int, int]]:
    """Where fenced code and code spans of Markdown are: a marker in them is an example."""
    fence, start, at = "", 0, 0
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence, start = mark[1], at
        elif fence and mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not line.strip(" `~\r\n"):
            yield start, at + len(line)
            fence = ""
        elif not fence:
            yield from ((at + m.start(), at + m.end()) for m in re.finditer(r"(`+)(?!`).+?(?<!`)\1(?!`)", line))
        at += len(line)
    if fence:
        yield start, at


def _options(text: str, where: str) -> dict[str, str]:
    try:
        words = shlex.split(text)
    except ValueError as exc:
        raise UsageError(f"a marker cannot be read ({exc})", where=where) from exc
    options: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in _KEYS:
            raise UsageError(
                f"a marker has an unknown part: {word!r}", where=where, hint=f"Known: {', '.join(sorted(_KEYS))}."
            )
        options[key] = value
    return options


def _value(
    what: str,
    options: dict[str, str],
    where: str,
    path: Path,
    report: Report,
    badges: dict[Path, str],
    *,
    html: bool,
) -> str:
    from html import escape as html_escape

    from chimera_report.tools.render import badge, escape

    if what not in ("fact", "badge"):
        raise UsageError(f"no such marker: {what!r}", where=where, hint="Known: fact, badge.")
    fact = choose(report, options, where)
    shown = _shown(fact, options.get("show", "display"), where)
    if what == "fact":
        return html_escape(shown) if html else escape(shown)
    label = options.get("label") or (fact.metric or fact.field).replace("_", " ")
    name = options.get("file", "")
    target = path.parent / name
    if not name.endswith(".svg") or not inside(target, (path.parent,)):
        raise UsageError("a badge needs file=…svg, below the folder of its file", where=where)
    badges[target.resolve()] = badge(label, shown)
    if html:
        return f'<img src="{html_escape(name)}" alt="{html_escape(f"{label}: {shown}")}">'
    return f"![{escape(f'{label}: {shown}')}]({name})"


def _shown(fact: Fact, part: str, where: str) -> str:
    from chimera_report.tools.claims import fill_in

    if part not in _SHOWS:
        raise UsageError(f"show={part} is unknown", where=where, hint=f"Known: {', '.join(_SHOWS)}.")
    try:
        return fill_in("{{" + fact.id + ("" if part == "display" else f":{part}") + "}}", {fact.id: fact}, {})
    except KeyError as exc:
        raise UsageError(f"this fact has no {part}", where=where) from exc


@dataclass(frozen=True, slots=True)
class Drift:
    where: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Done:
    report: Path
    markers: int
    badges: int
    drifted: tuple[Drift, ...]  # of the markers, then of the badges
    drifted_badges: int

    @property
    def differ(self) -> str:
        """`2 of 3 markers and 1 of 1 badge`, of those that differ."""
        one, other = len(self.drifted) - self.drifted_badges, self.drifted_badges
        parts = [(one, self.markers, "marker"), (other, self.badges, "badge")]
        return " and ".join(f"{n} of {count(many, what)}" for n, many, what in parts if n)

    @property
    def whole(self) -> str:
        """`3 markers and 1 badge`."""
        return count(self.markers, "marker") + (f" and {count(self.badges, 'badge')}" if self.badges else "")


def count(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"


def check_or_fill(path: Path, report: Path | None, *, check: bool) -> Done:
    """Fill the markers of a file, or with `check` only say which differ from the report.

    Raises UsageError for a file that cannot be read, has no markers or a broken one, and for no finished report.
    """
    from chimera_report.agent.chat.saved import find
    from chimera_report.tools.errors import StoreError

    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"cannot be read ({exc})", where=str(path)) from exc
    folder = find(report, Path("reports"), questions=False)
    try:
        of = Report.model_validate(folder.read_json("report.json"))
    except ValueError as exc:
        raise StoreError("is not a report of this version", where=str(folder.path / "report.json")) from exc
    done = fill(path, text, of)
    if not done.markers:
        raise UsageError(
            "this file has no markers",
            where=str(path),
            hint="Write one: <!-- chimera: fact metric=decode_rate subject=NAME --><!-- /chimera -->.",
        )
    drifted = [Drift(f"{path} line {m.line}", m.before or "nothing", m.after) for m in done.markers if m.drifted]
    markers = len(drifted)
    for place, svg in done.badges.items():
        given = place.read_text(encoding="utf-8", errors="replace") if place.is_file() else ""
        if given != svg:
            drifted.append(Drift(str(place), "another badge" if given else "no badge", "the badge of the report"))
    if not check:
        from chimera_report.tools.store import write_beside

        for place, svg in done.badges.items():
            write_beside(place, svg.encode())
        if done.text != text:
            write_beside(path, done.text.encode())
    return Done(folder.path, len(done.markers), len(done.badges), tuple(drifted), len(drifted) - markers)
