"""The bytes of one file → a Reading: text or binary, then the reader of its kind, known formats first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np

from chimera_report.tools.metrics import normalise, resolve, resolve_factor
from chimera_report.tools.schema import ESTIMATES, Json

from .crashed import crash
from .cut_short import cut_short
from .delimited import read_delimited
from .formats import is_document, is_embedded, read_document, read_known_table, read_text
from .go_benchmarks import read_go
from .keyvalue import read_lines
from .lazy import Reader, depth_of, sample
from .line_shapes import read_shapes
from .loose import documents, tidied
from .markdown import read_markdown
from .one_run import read_run
from .pasted import estimated, pasted
from .printed_tables import on_their_machines, printed_tables
from .reading import MORE_COLUMNS, Limits, Reading, skipped
from .repeated_blocks import as_text, read_blocks
from .rows import Coded
from .sheets import read_parquet, read_workbook
from .stream import read_large
from .text import decode
from .tree import Parsed, parse, read_tree
from .unread_lines import NO_RESULTS, with_unread
from .within import Known
from .yaml_text import SharedError, parse_yaml

_DELIMITED = frozenset((".csv", ".tsv", ".tab", ".psv"))
_LINES = frozenset((".jsonl", ".ndjson", ".journal"))
_MARKDOWN = frozenset((".md", ".markdown"))
_PLAIN = frozenset((".txt", ".log", ".out", ".sql"))
_WORKBOOKS = frozenset((".xlsx", ".xls", ".xlsb", ".ods"))
_YAML = frozenset((".yaml", ".yml"))
_TABLES = frozenset(("llama-bench", "llama-benchy", "hyperfine"))  # these print Markdown for people to quote
_TOLD = frozenset(("readme", "index", "changelog", "contributing", "usage", "install", "claude", "agents", "todo"))
# A heading, table, list, fence or link: the text is a document, and no console output under a document's name.
_MARKUP = re.compile(r"^(?:#{1,6}[ \t]+\S|\s*\|.*\|\s*$|[-*+][ \t]+\S|\s*```)|\*\*\w|\]\(", re.MULTILINE)


def read(data: bytes, suffix: str, stem: str, limits: Limits) -> Reading:
    """Read one file's content. What it is called decides the reader; what it holds decides the format."""
    if not data:
        return skipped("empty")
    if suffix in _WORKBOOKS:
        return read_workbook(data, limits)
    if suffix == ".parquet":
        return read_parquet(data, limits)
    known = suffix in _DELIMITED | _LINES | _MARKDOWN | _PLAIN | _YAML or suffix == ".json"
    if not known:
        return skipped("a kind of file that is not read")
    if suffix == ".json" and len(data) > limits.document_bytes:
        return read_large(data, limits)
    text = decode(data)
    if not text.encoding:
        return skipped("binary content")
    if not text.text.strip():
        return skipped("empty", encoding=text.encoding)
    if suffix not in _DELIMITED | _LINES and len(data) > limits.document_bytes:
        return skipped("larger than the limit for a document", encoding=text.encoding)
    reading = _of_kind(text.text, suffix, stem, limits, text.encoding)
    for records in reading.records:
        if len(records.columns) > limits.columns:
            records.columns = dict(islice(records.columns.items(), limits.columns))
            reading.note(MORE_COLUMNS)
    reading.encoding = text.encoding
    if text.repaired and reading.status != "skipped":
        reading.note("some characters are not valid in its encoding")
    return reading


def _of_kind(text: str, suffix: str, stem: str, limits: Limits, encoding: str) -> Reading:
    if suffix in _MARKDOWN:
        block, rest = read_text(text)
        if block is not None and (not rest.strip() or not _MARKUP.search(text)):
            return block  # nothing but what a tool wrote, and not what is told of it
        if block is not None:
            on_their_machines(text, block)
        return _document_of(rest, block, stem, limits, encoding)
    if suffix in _PLAIN:
        block = read_text(text)[0]
        if block is None and suffix != ".sql":
            return _plain(text, stem, limits, encoding)
        return block or skipped(NO_RESULTS)
    if suffix in _DELIMITED:
        return read_known_table(text) or read_delimited(text, limits, encoding=encoding)
    if suffix in _LINES:
        return _lines(text, stem, limits)
    if suffix in _YAML:
        return _yaml(text, limits)
    return _json(text, stem, limits)


def _document_of(text: str, block: Reading | None, stem: str, limits: Limits, encoding: str) -> Reading:
    """A Markdown document, with what scripts printed that was pasted into it."""
    lines, text = printed_tables(text)
    printed, rest, alone = pasted(text)
    if (
        printed is not None and alone and block is None and lines is None
    ):  # nothing is told of it: it is what the script wrote
        reading = Reading(format="text", encoding=encoding, count=printed.size)
        reading.records.append(printed)
        if names := estimated(text):
            reading.note(f"{ESTIMATES}: {', '.join(names)}")
        return reading
    if printed is None and block is None and lines is None:
        printed, plain, foreign = read_blocks(text, stem, timed=True)
        if printed is not None and plain and normalise(stem) not in _TOLD:
            return as_text(printed, encoding)
        printed = printed if foreign else None  # lists of an English document are items, which its own reader knows
    reading = read_markdown(rest, stem, limits, encoding=encoding)
    alone = printed is None and lines is None and not reading.records and normalise(stem) not in _TOLD
    if alone and block is not None and block.format not in _TABLES:
        return block  # a sheet that keeps what a tool printed, with the prompt and the answer
    for found in (printed, lines):
        if found is not None:
            found.origin, found.numbers = "reported", np.arange(reading.count + 1, reading.count + found.size + 1)
            reading.records.append(found)
            reading.count += found.size
    return _with_blocks(reading, block)


def _plain(text: str, stem: str, limits: Limits, encoding: str) -> Reading:
    """Text of no known tool: results line by line, or a table, or lines of one shape. What of it holds numbers and was
    not read is named."""
    runs = read_go(text) or read_blocks(text, stem)[0] or read_run(text)
    if runs is not None:
        return as_text(runs, encoding)
    lines = read_lines(text)
    if lines is not None:
        return lines
    if _has_table(text):
        document = read_markdown(text, stem, limits, encoding=encoding)
        if document.records:
            return document
    head = text.lstrip().partition("\n")[0]
    if sum(resolve(c) is not None or resolve_factor(c) is not None for c in re.split(r"[,;\t|]", head)) > 1:
        return read_delimited(text, limits, encoding=encoding)
    found = read_shapes(text)
    if found.reading is None and (dead := crash(text)) is not None:
        return dead
    if found.reading is None and (why := cut_short(text)):
        return skipped(why)
    return with_unread(found.reading, found.unread)


def _has_table(text: str) -> bool:
    """Whether a line of dashes and bars stands below a line with bars, as a table's head has it."""
    before = ""
    for line in text.splitlines()[:20_000]:
        if "|" in before and "---" in line and not line.strip(" |:-\t"):
            return True
        before = line
    return False


def _with_blocks(document: Reading, block: Reading | None) -> Reading:
    """A document with the console blocks of known tools that it quotes: reported, like all that it states."""
    for rows in block.rows if block else ():
        rows.texts["origin"] = "reported"
        rows.record = rows.record + document.count
        document.rows.append(rows)
    document.count += block.count if block else 0
    if block and block.status == "partial":
        document.note(block.reason)
    elif block and block.reason:
        document.reason = f"{document.reason}; {block.reason}" if document.reason else block.reason
    return document


def _json(text: str, stem: str, limits: Limits) -> Reading:
    if len(text) > limits.whole_bytes and (found := _lazily(text, stem, limits)) is not None:
        return found
    try:
        parsed = parse(text)
    except RecursionError:
        return skipped("nested too deeply", format="json")
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data" and "\n" in text.strip():
            reading = _lines(text, stem, limits)  # JSON lines under the wrong name
            if reading.status == "parsed":
                return reading
        return _loose(text, stem, limits) or _cut(text, stem, limits, error)
    return _document(parsed, stem, limits)


def _lazily(text: str, stem: str, limits: Limits) -> Reading | None:
    """A large document, one record after the other; None for one without long lists, or that another reader is for."""
    reader = Reader(text, limits.depth)
    try:
        document = reader.document()
    except (ValueError, RecursionError):
        return None
    if not reader.long or reader.deep:
        return None
    begun = sample(document)
    tool = is_document(begun)  # its reader goes through the same lists
    if not tool and read_tree(begun, stem, limits, known=_known()).inner:
        return None
    reading = (read_document(document) if tool else None) or read_tree(document, stem, limits)
    _odd(reading, reader.odd.non_finite, reader.odd.twice)
    return reading


def _loose(text: str, stem: str, limits: Limits) -> Reading | None:
    """Trailing commas and comments taken out; several documents one after the other, as of runs that were appended."""
    plain = tidied(text)
    try:
        parsed = parse(plain)
        return _document(parsed, stem, limits)
    except RecursionError:
        return None
    except ValueError:
        found = []
    try:
        found = list(documents(plain))
    except (ValueError, RecursionError):
        return None
    if len(found) < 2 or any(depth_of(d, limits.depth) > limits.depth for _, d in found):
        return None
    listed = [d for _, d in found]
    reading = read_document(listed) or read_tree(listed, stem, limits, known=_known())
    _at_lines(reading, [line for line, _ in found])
    return reading


def _yaml(text: str, limits: Limits) -> Reading:
    """YAML is also what settings are written in: only a known tool's report is read."""
    if len(text) > limits.document_bytes // 4:  # read, it takes forty times its size
        return skipped("larger than the limit for a YAML document", format="yaml")
    try:
        document, cut = parse_yaml(text)
    except SharedError:
        return skipped("YAML that refers to parts of itself", format="yaml")
    except ValueError:
        return skipped("not valid YAML", format="yaml")
    if depth_of(document, limits.depth) > limits.depth:
        return skipped("nested too deeply", format="yaml")
    reading = read_document(document) or skipped("YAML of no known benchmark tool", format="yaml")
    if cut and reading.status != "skipped":
        reading.note("breaks off; read up to there")
    return reading


def _document(parsed: Parsed, stem: str, limits: Limits) -> Reading:
    document = parsed.document
    if depth_of(document, limits.depth) > limits.depth:
        return skipped("nested too deeply", format="json")
    reading = read_document(document) or read_tree(document, stem, limits, known=_known())
    _odd(reading, parsed.non_finite, parsed.twice)
    return reading


def _odd(reading: Reading, non_finite: int, twice: Iterable[str]) -> None:
    if non_finite and reading.status != "skipped":
        reading.note("NaN or Infinity, which JSON does not have, taken as missing")
    _twice(reading, twice)


def _known() -> Known:
    return Known(is_embedded, read_document)


def _twice(reading: Reading, keys: Iterable[str]) -> None:
    """JSON leaves open what a key means that an object has twice; a reader has to know which value was taken."""
    shown = ", ".join(f"{key!r:.40}" for key in list(dict.fromkeys(keys))[:3])
    if shown and reading.status != "skipped":
        reading.note(f"a key stands twice in one object ({shown}): the last value was taken")


def _cut(text: str, stem: str, limits: Limits, error: ValueError) -> Reading:
    """A document that breaks off or breaks: its whole records up to there are read."""
    document = _salvage(text)
    if document is None:
        return skipped(f"not valid JSON: {_said(error)}", format="json")
    reading = _document(Parsed(document), stem, limits)
    if reading.status == "skipped" or not (reading.records or reading.rows):
        return skipped(f"not valid JSON: {_said(error)}", format="json")
    reading.note("breaks off; read up to there")
    return reading


def _said(error: ValueError) -> str:
    return error.msg.lower() if isinstance(error, json.JSONDecodeError) else "unreadable"


def _salvage(text: str) -> Json:
    """The document closed after its last complete value; None when nothing of it stands."""
    stack: list[str] = []
    safe: list[tuple[int, str]] = []
    quoted = escaped = False
    for i, char in enumerate(text[: 4 << 20]):
        if quoted:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
        elif char in "{[":
            stack.append("}" if char == "{" else "]")
        elif char in "}]":
            if not stack or stack.pop() != char:
                break
            if stack:
                safe.append((i + 1, "".join(reversed(stack))))
    for end, closing in reversed(safe[-50:]):
        try:
            return parse(text[:end] + closing).document
        except (ValueError, RecursionError):
            continue
    return None


def _lines(text: str, stem: str, limits: Limits) -> Reading:
    """JSON lines: each line one record; lines that are no JSON are counted and left out."""
    documents: list[Any] = []
    places: list[int] = []
    broken = non_finite = 0
    twice: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if len(documents) >= limits.records:
            break
        try:
            parsed = parse(line)
        except (ValueError, RecursionError):
            broken += 1
            continue
        if depth_of(parsed.document, limits.depth) > limits.depth:
            broken += 1
            continue
        documents.append(parsed.document)
        places.append(number)
        non_finite += parsed.non_finite
        twice += parsed.twice
    if not documents:
        return skipped("not valid JSON", format="jsonl")
    reading = read_document(documents) or read_tree(documents, stem, limits, format="jsonl", known=_known())
    _at_lines(reading, places)
    _twice(reading, twice)
    if broken:
        reading.note("lines that are not valid JSON were left out")
    if len(documents) >= limits.records:
        reading.note("more records than the limit; the first ones were read")
    if non_finite:
        reading.note("NaN or Infinity, which JSON does not have, taken as missing")
    return reading


def _at_lines(reading: Reading, places: list[int]) -> None:
    """Places within a list of documents, as the lines that these begin in."""
    for records in reading.records:
        if isinstance(records.where, list):
            records.where = [_line(w, places) for w in records.where]
    for records, _ in reading.inner:
        if isinstance(records.where, list):
            records.where = [_line(w, places) for w in records.where]
    for rows in (*reading.rows, *(r for _, r in reading.inner)):
        if isinstance(rows.where, Coded):
            rows.where.levels = [_line(w, places) for w in rows.where.levels]


def _line(pointer: str, places: list[int]) -> str:
    head, _, rest = pointer.lstrip("/").partition("/")
    return f"line {places[int(head)]}" + (f", /{rest}" if rest else "") if head.isdigit() else pointer
