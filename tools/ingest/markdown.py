"""Markdown → what a document states: tables, "key: value" items, fenced JSON. Kept as reported, never as measured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from markdown_it import MarkdownIt
from markdown_it.token import Token

from chimera_report.tools.metrics import normalise, resolve_factor
from chimera_report.tools.schema.reading import Role, is_quantisation, named_role, plain

from .columns import is_subject
from .formats.command_line import printed
from .headings import Headings, factor_called, latest_in, models_named, stated_in
from .html_tables import html_tables
from .names import is_model, model_in
from .reading import GIVEN, Limits, Reading, records_of, skipped
from .stated_tables import Found, is_number_of, measure, table_of, title_of
from .tabulated import SECTION, apart_by_section
from .tree import parse, read_tree

_KEY_VALUE = re.compile(r"^\W*([A-Za-z][^:=|]{0,60}?)\s*\W{0,3}[:=][\s*_`]*(.+)$", re.DOTALL)
_MARKUP = re.compile(r"[\n\\`*_\[\]<>!&]")
_WIDE = re.compile(r"[ \t]{3,}")  # many spaces before a sign would be tried in every way
_LINK = re.compile(r"!?\[([^\[\]]{1,200})\]\([^()\s]{1,500}\)")
_LEAD = 80  # characters of a line that leads to a table
_NOTED = re.compile(r"[\d.,]+\s*[*†‡]+")  # a number that a note below takes back or explains is none to compare
_DELIMITER_ROW = re.compile(r"^\s*\|?(\s*:?-{3,}:?\s*\|)+\s*(:?-{3,}:?)?\s*$")


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
    found = Found(lines, lambda text: parser.parseInline(text, references)[0].children or [])
    found.named = _systems(repaired)
    _scan(tokens, found, reading, stem, limits)
    if len(found.models) == 1 and not found.headed - set(found.models):  # it is about one model, wherever it says so
        found.fields.setdefault("subject", next(iter(found.models)))
    shared = {GIVEN + k: v for k, v in (printed(repaired).factors | found.fields).items()}
    several = len({p for p in found.parts if p}) > 1
    named = [f"{p}: {s}" if several and p else s for p, s in zip(found.parts, found.sections, strict=True)]
    apart_by_section(found.tables, named)
    for rows in _joined([rows for _, rows in found.tables]):
        cells = [{**shared, **r} for _, r in rows]
        records = records_of(cells, [w for w, _ in rows], origin="reported", shape="table")
        records.flat = True
        reading.records.append(records)
    items: dict[str, list[tuple[str, dict[str, str]]]] = {}
    repeated = {k for k, n in Counter(f[1] for f in found.facts if f[0].startswith("line")).items() if n > 1}
    sections: dict[tuple[str, ...], set[str]] = {}  # those in which one thing is stated
    for fact, section in zip(found.facts, found.of_facts, strict=True):
        sections.setdefault((fact[1], *fact[3:]), set()).add(section)
    for (where, key, value, subject, case, of, test), section in zip(found.facts, found.of_facts, strict=True):
        record = {**shared, key: value}
        if subject:
            record[GIVEN + "subject"] = subject
        if case and (key in repeated or not where.startswith("line")):  # a heading tells repeated keys apart
            record[GIVEN + of] = case
        if test:
            record[GIVEN + "test"] = test
        if section and len(sections[key, subject, case, of, test]) > 1:
            record[GIVEN + SECTION] = section
        items.setdefault(key, []).append((where, record))
    for key, listed in items.items():
        shape = f"item {key}"
        reading.records.append(
            records_of([r for _, r in listed], [w for w, _ in listed], origin="reported", shape=shape)
        )
    if found.unread:
        reading.reason = "; ".join(x for x in (reading.reason, _told_unread(found.unread)) if x)
    number = 0
    for records in reading.records:
        records.numbers = np.arange(number + 1, number + records.size + 1)
        number += records.size
    reading.count = number
    return reading


def _told_unread(unread: list[tuple[str, str]]) -> str:
    """Which tables with numbers state nothing that was understood: "2 tables with numbers were not read, such as …"."""
    name, head = unread[0]
    many = f"{len(unread)} tables with numbers were" if len(unread) > 1 else "one table with numbers was"
    return f"{many} not read{', such as' if len(unread) > 1 else ':'} {name} ({head})"


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


def _scan(tokens: list[Token], found: Found, reading: Reading, stem: str, limits: Limits) -> None:
    heading = lead = ""
    above = Headings(latest_in(t.content for t in tokens))
    opening = True  # before the first section: what is said here holds for the whole document
    table = 0
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.type == "heading_open" and "\n" not in tokens[i + 1].content:
            raw = _LINK.sub(r"\1", tokens[i + 1].content.strip())
            heading, lead = raw.strip(" *`"), ""
            above.enter(int(token.tag[1]), raw)
            if raw.startswith("`") and raw.endswith("`") and "`" not in heading and " " not in heading:
                above.says(heading)
            opening &= token.tag == "h1"
            found.headed |= set(models_named(raw))
        elif token.type == "table_open":
            end = next(j for j in range(i, len(tokens)) if tokens[j].type == "table_close")
            table += 1
            _table(tokens[i:end], table, above.model(found.named), found, title_of(heading, lead))
            _under(heading, lead, found, above)
            i = end
        elif token.type == "html_block" and "<table" in token.content.lower():
            for offset, rows in html_tables(token.content):
                table += 1
                first = (token.map[0] if token.map else 0) + offset
                line = found.lines[min(first, len(found.lines) - 1)]
                where = f"table {table} at line {line}"
                table_of(rows, where, above.model(found.named), found, title_of(heading, lead))
                _under(heading, lead, found, above)
        elif token.type == "fence" and token.info.strip().lower().startswith("json"):
            _fenced(token, found, reading, stem, limits)
        elif token.type == "inline":
            first = token.map[0] if token.map else 0
            if not tokens[i - 1].type.startswith("heading") or "\n" in token.content:  # lines above a rule are no title
                lead = token.content.strip(" *_`").split("** ")[0].replace("`", "")
            for offset, text in enumerate(_lines(token.content, found)):
                line = found.lines[min(first + offset, len(found.lines) - 1)]
                for part in _several(text):
                    if named := _named_model(part) or _under_model(heading, part):
                        above.says(named)
                        found.models.setdefault(named)
                        if opening:
                            found.fields.setdefault("subject", named)
                    elif not (opening and _setting(part, found)):
                        _holds(part, above)
                        _item(part, f"line {line}", above.model(found.named), heading, found)
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


def _under(heading: str, lead: str, found: Found, above: Headings) -> None:
    """Note for the table that was just read under which heading it stands, and after which line that leads to it."""
    told = lead.rstrip(":").strip(" *_`") if lead.endswith(":") and len(lead) <= _LEAD else ""
    plain = "" if stated_in(heading) else re.sub(r"^[\d.]+\s+", "", heading.replace("`", ""))
    for _, rows in found.tables[len(found.sections) :]:
        own = {resolve_factor(k.removeprefix(GIVEN)) or normalise(k.removeprefix(GIVEN)) for _, r in rows for k in r}
        for _, row in rows:
            row.update({GIVEN + k: v for k, v in above.given().items() if k not in own})
    while len(found.sections) < len(found.tables):
        found.sections.append(f"{plain}, {told}" if plain and told else plain or told)
        found.parts.append(above.part())
    named = f"{plain}, {told}" if plain and told else plain or told
    found.of_facts += [named] * (len(found.facts) - len(found.of_facts))


def _lines(content: str, found: Found) -> Iterator[str]:
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
    if match is None:
        return None
    key = match[1].strip(" *_`")
    return key + ")" * (key.count("(") > key.count(")")), match[2].strip(" *_`")


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


def _setting(text: str, found: Found) -> bool:
    """Whether an item states a setting ("Device: cuda") or the machine, which is then kept for the document."""
    pair = _pair(text)
    if not pair:
        return False
    factor = resolve_factor(pair[0]) or (plain(pair[0]) if named_role(pair[0]) is Role.ENVIRONMENT else "")
    machine = factor and (named_role(factor) is Role.ENVIRONMENT or factor == "device")
    stated = _BESIDE.split(pair[1])[0] if machine else pair[1]  # `Apple M4 Max | 128 GB RAM`
    if not factor or factor == "prompt" or not (machine or re.fullmatch(r"[\w.:/+-]{1,40}", stated)):
        return False
    if len(stated) > _LEAD:
        return False
    found.fields.setdefault(factor, stated)
    return True


def _holds(text: str, above: Headings) -> None:
    """Note what a line of a section states of the tables below it: `Threads: 8`, `Prompt: story.md`."""
    pair = _pair(text)
    factor = factor_called(pair[0]) if pair else ""
    if factor == "quantisation" and pair and not is_quantisation([pair[1]]):
        return
    if pair and factor and re.fullmatch(r"[\w.:/+-]{1,40}(?: [\w.:/()+-]{1,40}){0,5}", pair[1]):
        above.states(factor, pair[1])


def _item(text: str, where: str, subject: str, heading: str, found: Found) -> None:
    pair = _pair(text)
    measured = measure(*pair) if pair else None
    if pair and measured and not is_number_of(measured):
        found.facts.append((where, *measured, model_in(pair[1].split("(")[0]) or subject, heading, "case", ""))
        found.of_facts.append("")


def _table(tokens: list[Token], number: int, subject: str, found: Found, title: str = "") -> None:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            cell = " ".join(_lines(token.content, found)).strip()
            rows[-1].append("" if _NOTED.fullmatch(cell) else cell.strip(" *`"))
    table_of(rows, f"table {number}", subject, found, title)


def _fenced(token: Token, found: Found, reading: Reading, stem: str, limits: Limits) -> None:
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
