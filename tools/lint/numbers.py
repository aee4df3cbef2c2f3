"""Units of table columns, digits, ratios that name one side, and shares that have to add up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from chimera_report.tools.claims import lexicon
from chimera_report.tools.lint.base import Context, finding
from chimera_report.tools.lint.document import Text, clean
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.schema import Fact, LintFinding, LintRule, Table

_VALUE = re.compile(r"^[~≈<>≤≥]?\s*[-–−+]?\d+(?:[.,]\d+)*\s*(?P<unit>%|×|x|[A-Za-zµ°][A-Za-zµ°/]*(?: ?per ?[a-z]+)?)?$")
_PERCENT = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s*%")
_UNITS = re.compile(
    r"^(?:%|×|x|[kMG]?i?[Bb]|[mµun]?s|min|h|[kM]?Hz|GHz|MHz|m?W|kWh|m?J|°C|[A-Za-zµ]+/[A-Za-z]+|tokens?|tps|records?|files?|runs?)$"
)
_LEVELS = re.compile(
    r"\b\d+(?:\.\d+)?\s*%\s+(?:(?:confidence\s+)?(?:interval|CI|level|confidence)|of)\b", re.IGNORECASE
)
# How much something moved or differs: no part of a whole.
_CHANGES = re.compile(
    r"\b(?:by|within)\s+(?:at most\s+)?\d+(?:\.\d+)?\s*%(?!\s+of)"
    r"|\d+(?:\.\d+)?\s*%\s+(?:higher|lower|faster|slower|longer|shorter)\b"
)
DIGITS = 5  # significant ones that a measurement can show; runs of one system differ by a percent and more
_PRECISE = re.compile(r"(?<![\w.])(\d+\.\d+)\s*(?:tokens/s|tok/s|ms|µs|us|s|GB|MB|GiB|MiB|W|J|%)(?!\w)")
# "1.8 times faster", "a speed-up of 1.8×", "a 30 % gain", "falls by 30 %"
_MORE = (
    r"(?:faster|slower|quicker|higher|lower|greater|longer|shorter|larger|smaller|cheaper|better|worse|more|less|fewer)"
)
_MOVE = r"(?:speed-?ups?|slow-?downs?|gains?|improvements?|increases?|decreases?|reductions?|drops?|savings?|boosts?)"
_SIZE = r"(?<![\w.])\d+(?:[.,]\d+)*\s*(?:[×x](?!\w)|times\b|-?fold\b|%|percent\b)"
_MOVES = r"(?:improv|increas|decreas|reduc|ris|rose|fall|fell|drop|grow|grew|shrink|shrank|gain|sav)\w*"
_ONE_SIDED = re.compile(
    rf"{_SIZE}\s+(?:{_MORE}|(?:\w+\s+)?{_MOVE})\b|\b{_MOVE}\s+of\s+(?:\w+\s+)?{_SIZE}|\b{_MOVES}\s+by\s+{_SIZE}",
    re.IGNORECASE,
)
# What names the other side, or the change that was made.
_OTHER_SIDE = re.compile(
    r"\b(?:than|over|versus|vs|against|compar\w+|relative|baselines?|between|from|without|instead|original|previous\w*"
    r"|earlier|before|default|reference|with|when|by\s+\w+ing|if|while|whereas|both|each|per|every|adding|using"
    r"|enabling|disabling|mak\w+|made|doubling|halving|switching|going|as\s+\w+\s+as)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\b(?:files|records|count|rows|n|number|runs|samples)\b", re.IGNORECASE)
_COMPOSED = re.compile(r"(?<!throttled )\bshare\b|\bproportion\b|\bcomposition\b|% of\b", re.IGNORECASE)


def units(context: Context) -> Iterator[LintFinding]:
    """One unit a column; numbers with a unit in the head, or the same unit in each cell."""
    for cells in context.document.tables().values():
        for column in sorted({c.column for c in cells}):
            body = [c for c in cells if c.column == column and c.kind == "cell"]
            found: dict[str, Text] = {}
            for cell in body:
                match = _VALUE.match(clean(cell.full))
                if match and match["unit"] and _UNITS.match(match["unit"]):
                    found.setdefault(match["unit"], cell)
            if len(found) > 1:
                last = list(found.values())[-1]
                yield finding(
                    LintRule.UNIT, last.line, ", ".join(found), "units mixed in one column", "one unit, in the head"
                )


def precision(context: Context) -> Iterator[LintFinding]:
    """A measured value with more digits than any benchmark repeats. The program's own reports round by the interval."""
    for text in context.document.of("paragraph", "item", "cell") if context.report is None else ():
        for match in _PRECISE.finditer(text.text):
            if len(re.sub(r"\D", "", match[1]).lstrip("0")) > DIGITS:
                message = f"more than {DIGITS} significant digits of a measurement"
                yield finding(
                    LintRule.PRECISION, text.line, match[0], message, "the digits that repeat", severity="warning"
                )


def baseline(context: Context) -> Iterator[LintFinding]:
    """A ratio or a change in percent where neither its sentence nor the one before names the other side. The program's
    own frames name both."""
    for text in context.document.of("paragraph", "item") if context.report is None else ():
        before = ""
        for sentence, _ in text.sentences():
            match = _ONE_SIDED.search(sentence)
            rest = f"{before} {sentence[: match.start()]} {sentence[match.end() :]}" if match else ""
            if match and not _OTHER_SIDE.search(rest):
                message = "a ratio without what it is held against"
                yield finding(LintRule.BASELINE, text.line, match[0], message, "both sides", severity="warning")
            before = sentence


def shares(context: Context) -> Iterator[LintFinding]:
    """Shares of one whole add to 100 within rounding, and say of what."""
    document = context.document
    for cells in document.tables().values():
        heads = {c.column: clean(c.full) for c in cells if c.kind == "head"}
        for column, head in heads.items():
            if not _COMPOSED.search(head) or _measured(head):
                continue
            rows = [c for c in cells if c.kind == "cell" and c.column == column and not _total(cells, c)]
            values = [float(m[0]) for c in rows if (m := re.search(r"\d+(?:\.\d+)?", clean(c.full)))]
            if not values or len(values) < 2:
                continue
            if all(v <= 1 for v in values) and "%" not in head + "".join(c.full for c in rows):
                values = [100 * v for v in values]
            yield from _sum(values, rows[0].line, head)
            counted = any(_COUNT.search(h) for h in heads.values())
            if not counted and not re.search(r"\bof \d", head):
                yield finding(
                    LintRule.SHARES, rows[0].line, head, "shares without their denominator", "a column of counts"
                )
    for (section, level), items in groupby(document.of("item"), key=lambda t: (t.section, t.level)):
        members = list(items)
        found = [(m, float(p[0][1])) for m in members if len(p := _percents(m)) == 1]
        if len(found) >= 2 and len(found) == len(members):
            yield from _sum([v for _, v in found], found[0][0].line, f"a list in {section}, level {level}")
    for text in document.of("paragraph"):
        for sentence, _ in text.sentences():
            values = [float(m[1]) for m in _PERCENT.finditer(_LEVELS.sub("", sentence))]
            if len(values) >= 3 and re.search(
                r"\b(?:shares?|comprise|consists? of|divided|split|distributed)\b", sentence
            ):
                yield from _sum(values, text.line, sentence)


def _measured(head: str) -> bool:
    """Whether a head names a metric that is a share by itself, such as that of throttled samples."""
    plain = re.sub(r"\s*\(.*\)$", "", head).lower().removeprefix("median ").removeprefix("mean ")
    return any(plain == m.title.lower() for m in METRICS.values())


def _percents(text: Text) -> list[re.Match[str]]:
    return list(_PERCENT.finditer(_CHANGES.sub("", _LEVELS.sub("", clean(text.full)))))


def _total(cells: list[Text], cell: Text) -> bool:
    first = next((c for c in cells if c.row == cell.row and c.column == 0 and c.kind == "cell"), cell)
    return clean(first.full).lower() in ("total", "all", "sum")


def _sum(values: list[float], line: int, span: str) -> Iterator[LintFinding]:
    total, slack = sum(values), 0.05 * len(values) + (0.45 * len(values) if all(v == int(v) for v in values) else 0)
    if abs(total - 100) > slack + 1e-9:
        yield finding(LintRule.SHARES, line, span, f"the shares add to {total:.1f}", "100 within rounding")


def units_of_facts(context: Context) -> Iterator[LintFinding]:
    """The facts of one column have one unit, and where the cells show the bare number the head names it."""
    report = context.report
    if report is None:
        return
    facts = {f.id: f for f in report.sheet.facts}
    for section in report.sections:
        for table in (b for b in section.blocks if isinstance(b, Table)):
            for i, column in enumerate(table.columns):
                marks = [m for row in table.rows if i < len(row) for m in lexicon.PLACEHOLDER.finditer(row[i])]
                shown = {_unit(facts[m[1]]) for m in marks if m[1] in facts and m[2] == "number"} - {""}
                if len(shown) > 1:
                    yield finding(
                        LintRule.UNIT, 0, column.title, f"units mixed in one column: {', '.join(sorted(shown))}", "one"
                    )
                elif shown == {"×"} and "ratio" in column.title.lower():
                    continue  # a ratio has no unit to name
                elif shown and not any(u.strip() in column.title or f"({u.strip()})" in table.title for u in shown):
                    yield finding(
                        LintRule.UNIT, 0, column.title, "the column's unit is missing", f"({shown.pop().strip()})"
                    )


def _unit(fact: Fact) -> str:
    """The unit as it is shown: what the display has beyond the number."""
    return fact.display.removeprefix(fact.number).strip() if fact.display.startswith(fact.number) else ""
