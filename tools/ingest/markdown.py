"""Markdown → what a document states: tables, "key: value" items, fenced JSON. Kept as reported, never as measured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from markdown_it import MarkdownIt
from markdown_it.token import Token

from chimera_report.tools.metrics import METRICS, STATS, normalise, resolve, resolve_factor
from chimera_report.tools.schema.reading import Role, named_role, plain

from .amounts import amount
from .cells import quantity
from .columns import is_subject
from .html_tables import html_tables
from .names import is_model, model_in
from .reading import GIVEN, Limits, Reading, records_of, skipped
from .tabulated import DIFFERENCES, NO_RESULTS, Stated, apart_by_section, labelled, loads, specifies, told_apart, units
from .tree import parse, read_tree
from .wide_tables import by_system, factor_of

_KEY_VALUE = re.compile(r"^\W*([A-Za-z][^:=|]{0,60}?)\s*\W{0,3}[:=][\s*_`]*(.+)$", re.DOTALL)
_MARKUP = re.compile(r"[\n\\`*_\[\]<>!&]")
_WIDE = re.compile(r"[ \t]{3,}")  # many spaces before a sign would be tried in every way
_VALUES = frozenset(("value", "values", "result", "measured"))
_LEAD = 80  # characters of a line that leads to a table
_DELIMITER_ROW = re.compile(r"^\s*\|?(\s*:?-{3,}:?\s*\|)+\s*(:?-{3,}:?)?\s*$")


@dataclass(slots=True)
class _Found:
    lines: list[int]  # line in the file, from 1, of each line of the repaired text
    inline: Callable[[str], list[Token]]  # parses the text of a block
    tables: list[Stated] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)  # of each of these, the heading and the line that it stands under
    # where, key, value, subject, case, and what the case is of: "case", or "backend" where all of them are engines
    facts: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)
    models: dict[str, None] = field(default_factory=dict)  # that items "Model: …" or a section "Model" name
    fields: dict[str, str] = field(default_factory=dict)  # "Model: conv" and the like, for all of the document
    named: frozenset[str] = frozenset()  # systems that stand in columns of its tables


def read_markdown(text: str, stem: str, limits: Limits, *, encoding: str = "utf-8") -> Reading:
    """What the document reports. Its numbers have origin "reported"; a document without any is parsed all the same."""
    if not text.strip():
        return skipped("empty", format="markdown", encoding=encoding)
    reading = Reading(format="markdown", encoding=encoding, role="document")
    repaired, lines = _unglue(text)
    if len(lines) != lines[-1]:
        reading.reason = (
            "headings or table heads that stood in the line before were set apart"  # read whole all the same
        )
    references: dict[str, Any] = {}  # of links: found with the blocks, needed within the texts
    # Blocks only: most of their texts hold no markup, and those that do are parsed when they are read (`_lines`).
    parser = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table")
    with parser.reset_rules():
        tokens = parser.disable("inline").parse(repaired, references)
    found = _Found(lines, lambda text: parser.parseInline(text, references)[0].children or [])
    found.named = _systems(repaired)
    _scan(tokens, found, reading, stem, limits)
    if len(found.models) == 1:  # the document is about one model, wherever it says so
        found.fields.setdefault("subject", next(iter(found.models)))
    shared = {GIVEN + k: v for k, v in found.fields.items()}
    apart_by_section(found.tables, found.sections)
    for rows in _joined([rows for _, rows in found.tables]):
        cells = [{**shared, **r} for _, r in rows]
        records = records_of(cells, [w for w, _ in rows], origin="reported", shape="table")
        records.flat = True
        reading.records.append(records)
    items: dict[str, list[tuple[str, dict[str, str]]]] = {}
    repeated = {k for k, n in Counter(f[1] for f in found.facts if f[0].startswith("line")).items() if n > 1}
    for where, key, value, subject, case, of in found.facts:
        record = {**shared, key: value}
        if subject:
            record[GIVEN + "subject"] = subject
        if case and (key in repeated or not where.startswith("line")):  # a heading tells repeated keys apart
            record[GIVEN + of] = case
        items.setdefault(key, []).append((where, record))
    for key, listed in items.items():
        shape = f"item {key}"
        reading.records.append(
            records_of([r for _, r in listed], [w for w, _ in listed], origin="reported", shape=shape)
        )
    number = 0
    for records in reading.records:
        records.numbers = np.arange(number + 1, number + records.size + 1)
        number += records.size
    reading.count = number
    return reading


def _unglue(text: str) -> tuple[str, list[int]]:
    """Set apart a heading or table head that lost its line break (` ## QAT`, `- DType: x | Backend | … |`).

    The repaired text, and for each of its lines the line of the file, from 1, that it comes from.
    """
    lines = text.splitlines()
    out: list[str] = []
    places: list[int] = []
    fenced = False
    for i, line in enumerate(lines):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        after = lines[i + 1] if i + 1 < len(lines) else ""
        if not fenced and _DELIMITER_ROW.match(after) and "|" in line and not line.lstrip().startswith("|"):
            want = after.strip().strip("|").count("|") + 1
            parts = line.rstrip().rstrip("|").split("|")
            if len(parts) > want:
                head = "|".join(parts[: len(parts) - want])
                line = f"{head}\n\n| {' | '.join(p.strip() for p in parts[len(parts) - want :])} |"
        if not fenced:
            line = re.sub(r"(?<=\S)[ \t]+(#{2,6} \S)", r"\n\n\1", line)
        out.append(line)
        places.extend([i + 1] * (line.count("\n") + 1))
    return "\n".join(out), places


def _scan(tokens: list[Token], found: _Found, reading: Reading, stem: str, limits: Limits) -> None:
    section_subject = heading = lead = ""
    opening = True  # before the first section: what is said here holds for the whole document
    table = 0
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.type == "heading_open" and "\n" not in tokens[i + 1].content:
            raw = tokens[i + 1].content.strip()
            heading, lead = raw.strip(" *`"), ""
            alone = raw.startswith("`") and raw.endswith("`") and "`" not in heading and " " not in heading
            section_subject = heading if alone or heading in found.named or is_model(heading) else model_in(heading)
            opening &= token.tag == "h1"
        elif token.type == "table_open":
            end = next(j for j in range(i, len(tokens)) if tokens[j].type == "table_close")
            table += 1
            _table(tokens[i:end], table, section_subject, found, _title(heading, lead))
            _under(heading, lead, found)
            i = end
        elif token.type == "html_block" and "<table" in token.content.lower():
            for offset, rows in html_tables(token.content):
                table += 1
                first = (token.map[0] if token.map else 0) + offset
                line = found.lines[min(first, len(found.lines) - 1)]
                _table_of(rows, f"table {table} at line {line}", section_subject, found, _title(heading, lead))
                _under(heading, lead, found)
        elif token.type == "fence" and token.info.strip().lower().startswith("json"):
            _fenced(token, found, reading, stem, limits)
        elif token.type == "inline":
            first = token.map[0] if token.map else 0
            if not tokens[i - 1].type.startswith("heading") or "\n" in token.content:  # lines above a rule are no title
                lead = token.content.strip(" *_`")
            for offset, text in enumerate(_lines(token.content, found)):
                line = found.lines[min(first + offset, len(found.lines) - 1)]
                for part in _several(text):
                    if named := _named_model(part) or _under_model(heading, part):
                        section_subject = named
                        found.models.setdefault(named)
                        if opening:
                            found.fields.setdefault("subject", named)
                    elif not (opening and _setting(part, found)):
                        _item(part, f"line {line}", section_subject, heading, found)
        i += 1


def _joined(tables: list[list[tuple[str, dict[str, str]]]]) -> list[list[tuple[str, dict[str, str]]]]:
    """The tables, with those of one head that stand below headings of systems as one: a series of the same cases."""
    out: list[list[tuple[str, dict[str, str]]]] = []
    series: dict[tuple[str, ...], list[tuple[str, dict[str, str]]]] = {}
    for rows in tables:
        heads = tuple(sorted({k for _, r in rows for k in r}))
        if GIVEN + "subject" not in heads:
            out.append(rows)
        elif heads in series:
            series[heads].extend(rows)
        else:
            series[heads] = list(rows)
            out.append(series[heads])
    return out


def _systems(text: str) -> frozenset[str]:
    """What stands in the columns of the document's tables that are headed as the model: a heading may name one."""
    names: set[str] = set()
    lines = text.splitlines()
    column = -1
    for line, after in pairwise([*lines, ""]):
        cells = [c.strip(" *`") for c in line.strip().strip("|").split("|")]
        if _DELIMITER_ROW.match(after) and "|" in line:
            column = next((i for i, c in enumerate(cells) if is_subject(c)), -1)
        elif "|" not in line:
            column = -1
        elif 0 <= column < len(cells) and not _DELIMITER_ROW.match(line):
            names.add(cells[column])
    return frozenset(names - {""})


def _under(heading: str, lead: str, found: _Found) -> None:
    """Note for the table that was just read under which heading it stands, and after which line that leads to it."""
    told = lead.rstrip(":").strip(" *_`") if lead.endswith(":") and len(lead) <= _LEAD else ""
    plain = re.sub(r"^[\d.]+\s+", "", heading)
    while len(found.sections) < len(found.tables):
        found.sections.append(f"{plain}, {told}" if plain and told else plain or told)


def _lines(content: str, found: _Found) -> Iterator[str]:
    """The lines of a block's text as a reader sees them, without markup."""
    if not _MARKUP.search(content):
        yield content
        return
    text, note = "", False
    for child in found.inline(content):
        if child.type == "html_inline" and re.match(r"</?sup\b", child.content, re.IGNORECASE):
            note = not child.content.startswith("</")  # a footnote's number is none of the text
        elif note:
            continue
        elif child.type in ("softbreak", "hardbreak"):
            yield text
            text = ""
        elif child.type in ("text", "code_inline"):
            text += child.content
    yield text


def _pair(text: str) -> tuple[str, str] | None:
    match = _KEY_VALUE.match(_WIDE.sub("  ", text.strip()))
    return (match[1].strip(" *_`"), match[2].strip(" *_`")) if match else None


def _named_model(text: str) -> str:
    """The model that an item "Model: …" names."""
    pair = _pair(text)
    if not pair or normalise(pair[0]) not in ("model", "model_name"):
        return ""
    first = pair[1].split(" (")[0].strip()
    several = re.fullmatch(r"[\w.:/-]{2,40}(?: [\w.:/-]{1,20}){1,3}", first) and is_model(first.split()[0])
    return first if is_model(first) or several or re.fullmatch(r"[\w.:-]{1,40}", first) else ""


_SHARD = re.compile(r"-\d{5}-of-\d{5}(?:\.gguf)?$|\.gguf$")


def _under_model(heading: str, text: str) -> str:
    """The model that an item below a heading "Model" names: the file of its weights, or its name."""
    if normalise(heading) not in ("model", "model_under_test", "tested_model"):
        return ""
    first = text.split(" (")[0].strip(" *`")
    return _SHARD.sub("", first) if " " not in first and is_model(first) else ""


_BESIDE = re.compile(r"\s+[|·•]\s+")  # between pairs in one line: "Model: a | GPU: b"


def _several(text: str) -> list[str]:
    """The pairs of a line that has several; else the line."""
    parts = _BESIDE.split(text)
    return parts if len(parts) > 1 and all(_pair(p) for p in parts) else [text]


def _setting(text: str, found: _Found) -> bool:
    """Whether an item states a setting ("Device: cuda") or the machine, which is then kept for the document."""
    pair = _pair(text)
    if not pair:
        return False
    factor = resolve_factor(pair[0]) or (plain(pair[0]) if named_role(pair[0]) is Role.ENVIRONMENT else "")
    machine = factor and named_role(factor) is Role.ENVIRONMENT
    if not factor or factor == "prompt" or not (machine or re.fullmatch(r"[\w.:/+-]{1,40}", pair[1])):
        return False
    if len(pair[1]) > _LEAD:
        return False
    found.fields.setdefault(factor, pair[1])
    return True


def _item(text: str, where: str, subject: str, heading: str, found: _Found) -> None:
    pair = _pair(text)
    measured = _measure(*pair) if pair else None
    if pair and measured and not _is_number_of(measured):
        found.facts.append((where, *measured, model_in(pair[1].split("(")[0]) or subject, heading, "case"))


def _is_number_of(measured: tuple[str, str]) -> bool:
    """Whether what stands behind the name of a set of questions is how many there are: `MATH-500: 25`."""
    found, stated = resolve(measured[0]), amount(measured[1])
    share = found is not None and found.metric in METRICS and METRICS[found.metric].unit == "share"
    return share and stated is not None and not stated.unit and stated.value > 1 and "%" not in measured[0]


def _measure(key: str, cell: str) -> tuple[str, str] | None:
    """(header with the unit, number) of a cell that states a registered metric; None for differences and ranges."""
    cell = cell.strip(" *_`")
    parsed = None if cell.startswith(("+", "-", "−", "~")) else amount(cell)
    if not parsed or normalise(key) in ("ram", "memory", "vram"):  # what a machine has, not what was used
        return None
    unit = parsed.unit
    plain, hinted = resolve(key), resolve(key, unit_hint=unit)
    if hinted is None or hinted.metric not in METRICS:
        return None
    spread = "" if parsed.spread != parsed.spread else f" ± {parsed.spread!r}"
    return (f"{key} ({unit})" if unit and plain != hinted else key), f"{parsed.value!r}{spread}" + (
        f" {unit}" if unit and plain == hinted else ""
    )


def _title(heading: str, lead: str) -> str:
    """What stands above a table as its title: the line that leads to it, else the heading."""
    return (
        lead
        if lead and len(lead) <= _LEAD and (lead.endswith(":") or resolve(lead.rstrip(":")) is not None)
        else heading
    )


def _table(tokens: list[Token], number: int, subject: str, found: _Found, title: str = "") -> None:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(" ".join(_lines(token.content, found)).strip(" *`"))
    _table_of(rows, f"table {number}", subject, found, title)


def _table_of(rows: list[list[str]], name: str, subject: str, found: _Found, title: str = "") -> None:
    """What the rows of a table state, its header first. `title`: what stands above it."""
    if len(rows) < 2:
        return
    header, body = rows[0], rows[1:]
    if _is_transposed(header, body):
        _transposed(header, body, name, subject, found)
        return
    header, body, numbers = by_system(loads(header), body, title)
    written = units(header, body)
    records: list[tuple[str, dict[str, str]]] = []
    for i, row in zip(numbers, body, strict=True):
        record: dict[str, str] = {}
        for head, cell in zip(header, row, strict=False):
            if head in written and (bare := amount(cell.strip(" *_`"))) is not None and not bare.unit:
                cell = f"{cell.strip(' *_`')} {written[head]}"
            factor = resolve_factor(head)
            measured = None if factor else _measure(head, cell)
            if factor and factor.startswith("num_") and (stated := quantity(cell)):
                cell = str(stated[0])  # "40 layers"
            if normalise(head) == "model" and not cell and records:
                cell = records[-1][1].get(head, "")  # an empty cell under a name is the same name
            record.update([measured] if measured else [(head, cell)])
        if not any(normalise(h) == "model" for h in header):
            named = next((c for c in row if is_model(c)), subject)
            if named:
                record[GIVEN + "subject"] = named
        records.append((f"{name}, row {i}", record))
    if specifies(header):
        return
    if any(resolve(h) for h in header) or any(_states(r) for _, r in records):
        told_apart(header, records)
        labelled(header, records)
        found.tables.append((name, records))


def _states(record: dict[str, str]) -> bool:
    """Whether a row states a metric under a header that only its cell's unit explains."""
    return any(resolve(key) is not None for key in record)


def _is_transposed(header: list[str], body: list[list[str]]) -> bool:
    """Whether each row is a metric and each further column a subject (or the one value)."""
    if len(header) < 2 or any(resolve(h) for h in header[1:]):
        return False
    named = sum(resolve(row[0]) is not None for row in body if row)
    return normalise(header[0]) in ("metric", "measure", "kpi", "statistic") or named * 2 > len(body)


def _transposed(header: list[str], body: list[list[str]], name: str, subject: str, found: _Found) -> None:
    model = next((r[1] for r in body if len(r) > 1 and normalise(r[0]) == "model"), subject)
    told = factor_of(h for h in header[1:] if normalise(h) not in DIFFERENCES)
    of = told if told not in ("", "model") else "case"
    for i, row in enumerate(body, 1):
        for head, cell in list(zip(header, row, strict=False))[1:]:
            named = f"{head} {row[0]}" if normalise(head) in STATS else row[0]  # of `Metric | Mean | P99`
            measured = None if normalise(head) in DIFFERENCES | NO_RESULTS else _measure(named, cell)
            if measured:
                case = "" if is_model(head) or normalise(head) in _VALUES or named != row[0] else head
                found.facts.append((f"{name}, row {i}", *measured, head if is_model(head) else model, case, of))


def _fenced(token: Token, found: _Found, reading: Reading, stem: str, limits: Limits) -> None:
    try:
        document = parse(token.content).document
    except (ValueError, RecursionError):
        return
    inner = read_tree(document, stem, limits)
    line = found.lines[token.map[0]] if token.map else 1
    for records in inner.records:
        if isinstance(records.where, list):
            records.where = [f"line {line}, {w}" for w in records.where]
        records.origin, records.shape = "reported", f"fence {line}{records.shape}"
        reading.records.append(records)
