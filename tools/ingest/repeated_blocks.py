"""Blocks of `label: value` lines of which one states each run, in any language: under headings, in lists, in logs.

The labels that come again tell where a run begins: at headings of one depth, at rules, at blank lines, or where the
first label stands once more. Headings say whose a block is, or at which load it ran (`block_titles.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from chimera_report.tools.metrics import METRICS, STATS, normalise, resolve, resolve_factor

from .amounts import amount
from .block_titles import about
from .columns import is_subject
from .failure_names import ALL, counts_failures
from .languages import in_plain_english, translated, with_units
from .reading import Reading, Records, records_of

_HEADING = re.compile(r"(#{1,6})\s*(\S.*?)\s*#*$")
_RULE = re.compile(r"(?:[-_*~]{3,}|[─━]{3,})$")
_DOUBLE = re.compile(r"(?:={3,}|═{3,}|#{7,})$")
_TITLED = re.compile(r"([=#═])\1+\s*([^=\-#*\s].*?)\s*\1{2,}$|([-*_~─])\3+\s*([^=\-#*\s].*?)\s*\3{2,}$|【(.{1,60})】$")
_LOG = re.compile(
    r"^(?:\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?\s*)?"
    r"(?:\[?(?:INFO|DEBUG|WARN(?:ING)?|ERROR|NOTICE)\]?\s*[:|-]?\s*)?"
)
_PAIR = re.compile(r"([^\W\d_][^:：=|<>{}\"]{0,60}?)\s*(?:\.{3,}\s*[:：]?|…+|[:：=＝])\s*(\S.*)$")
_BARE = re.compile(r"([^\W\d_][^:：=|<>{}\"]{0,60}?)\s*[:：]$")
_MARK = re.compile(r"\*\*|__|`")
_FRONT = re.compile(r"^(?:[-*+•·▪‣–]\s+|\d{1,2}[.)、]\s+)?[^\w\s\[{|<>\"'(-]*\s*")
_OTHER = ("{", "[", "|", "<", ">", '"', "'", "//", "http")
_DEPTHS = range(14)
_DOUBLED, _TITLED_DOUBLE, _TITLED_RULE, _RULED, _BLANK = 7, 8, 9, 10, 11  # after headings of six depths
_AT_LABEL = 12
_MARKS = frozenset("=-_*~#═─━【")
_SIGNS_OF_PAIRS = (":", "=", "：", "＝", "..", "…")
_MOST_LABELS = 400  # different labels: of more, none comes again in the way that blocks have it
_LINE, _CELL = 240, 80  # characters of a line that is looked at, and of a value
_LINES = 50_000
_TRIES = 5  # cells of a label that are looked at
_RESULTS = 2  # that a block states, before it counts as a run
_ALONE = 3  # that one block alone states, in another language than English
_WHOLE = frozenset(("total_time", "total_duration", "wall_time", "elapsed", "elapsed_time", "run_time", "duration"))
_TIMED = frozenset(("s", "s/token", "tokens/s", "1/s"))
_SAME = 0.02  # relative difference of times that are one
_PROSE, _SIGNS = 9, 40  # words of a line that is told; signs of a script without spaces


@dataclass(slots=True)
class _Block:
    line: int
    titles: dict[int, str]
    labels: dict[str, str] = field(default_factory=dict)  # as written → cell


@dataclass(slots=True)
class _Label:
    """What a label means."""

    name: str  # in English
    kind: str  # "metric", "count", "factor", "subject", "reply" or ""


def read_blocks(text: str, stem: str, *, timed: bool = False) -> tuple[Records | None, bool, bool]:
    """The records of a text's blocks, None where it has none that come again; whether the text holds little else; and
    whether its labels are of another language than English. `timed`: only of runs that state a time or a rate."""
    events: list[tuple[str, int, int, str, str]] = []
    seen: set[str] = set()
    for event in _events(text):
        events.append(event)
        seen |= {event[3]} if event[0] == "pair" else set()
        if len(seen) > _MOST_LABELS:
            return None, False, False
    pairs = [e for e in events if e[0] == "pair"]
    if len(pairs) < _ALONE:
        return None, False, False
    known: dict[str, _Label] = {}
    tried: Counter[str] = Counter()
    for _, _, _, label, cell in pairs:
        found = known.get(label)
        if found is None or (not found.kind and tried[label] < _TRIES):  # one cell may hold no number
            known[label] = _meaning(label, cell)
            tried[label] += 1
    results = {m.metric for v in known.values() if v.kind == "metric" and (m := resolve(v.name)) is not None}
    if not results or (timed and not any(METRICS[m].unit in _TIMED for m in results if m in METRICS)):
        return None, False, False
    blocks = _runs(events, known)
    stating = [b for b in blocks if _results(b, known) >= _RESULTS]
    foreign = sum(translated(label) != "" for label in known) * 2 > len(known)
    enough = len(stating) > 1 and _alike(stating, known)
    if not enough and not (foreign and len(stating) == 1 and _results(stating[0], known) >= _ALONE):
        return None, False, False
    records = _records(blocks, stating, known, stem)
    table = re.search(r"^\s*\|?[ :]*-{3,}[ :]*\|", text, re.MULTILINE)
    return records, not table and not any(_is_told(e[3]) for e in events if e[0] == "other"), foreign


def _is_told(line: str) -> bool:
    """Whether a line is prose, and no line of a log."""
    unspaced = len(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]", line))
    return "=" not in line and " | " not in line and (len(line.split()) >= _PROSE or unspaced >= _SIGNS)


def as_text(records: Records, encoding: str) -> Reading:
    """A text that is nothing but such blocks."""
    reading = Reading(format="text", encoding=encoding, count=records.size)
    reading.records.append(records)
    return reading


def _events(text: str) -> Iterator[tuple[str, int, int, str, str]]:
    """(kind, line, depth, text, cell) of each line: "mark" for what divides, "pair" for a label and its value."""
    above = ""  # a label without a value, which the labels below it are of
    indent = titled = 0
    lines = text.splitlines()[:_LINES]
    for number, raw in enumerate(lines, 1):
        if len(raw) > _LINE:
            above = ""
            yield "other", number, 0, raw[: _LINE * 4] if raw.lstrip()[:1] not in _OTHER else "", ""
            continue
        if raw.lstrip().startswith(("```", "~~~")):
            yield "mark", number, _BLANK, "", ""
            continue
        line = raw.strip()
        line = _LOG.sub("", line, count=1) if line[:1].isdigit() or line[:1] in "[IDWEN" else line
        line = _MARK.sub("", line).strip() if "*" in line or "_" in line or "`" in line else line
        if not line:
            yield "mark", number, _BLANK, "", ""
            continue
        if line[0] not in _MARKS and not any(sign in line for sign in _SIGNS_OF_PAIRS):
            below = lines[number].strip() if number < len(lines) else ""
            if not _DOUBLE.fullmatch(below):  # no title either
                yield "other", number, 0, line if line[0] not in _OTHER else "", ""
                continue
        if (heading := _HEADING.fullmatch(line)) and not _DOUBLE.fullmatch(line):
            above = ""
            yield "mark", number, len(heading[1]), heading[2], ""
            continue
        if _DOUBLE.fullmatch(line) or _RULE.fullmatch(line):
            above = ""
            if titled == number - 1:
                continue  # the line below a title
            yield "mark", number, _DOUBLED if _DOUBLE.fullmatch(line) else _RULED, "", ""
            continue
        if title := _title(line, lines[number].strip() if number < len(lines) else ""):
            above, titled = "", number
            yield "mark", number, title[0], title[1], ""
            continue
        if line.startswith(_OTHER):
            continue
        plain = _FRONT.sub("", line, count=1)
        deep = len(raw) - len(raw.lstrip())
        if deep <= indent:
            above = "" if deep < indent or (above and deep == indent and not _stat(plain)) else above
        if bare := _BARE.fullmatch(plain):
            above, indent = bare[1].strip(), deep
            continue
        pair = _PAIR.fullmatch(plain)
        if pair is None or len(pair[2]) > _CELL:
            yield "other", number, 0, line, ""
            continue
        label, cell = pair[1].strip(), pair[2].strip().rstrip(",;，；")
        if above and _stat(label) and not (_meaning(label, cell).kind and not _meaning(f"{above} {label}", cell).kind):
            label = f"{above} {label}"
        yield "pair", number, 0, label, cell


def title_in(line: str) -> str:
    """The title that a line between signs of a rule is: `=== MMLU ===`; "" for any other line."""
    found = _TITLED.fullmatch(line)
    return (found[2] or found[4] or found[5]).strip() if found else ""


def _title(line: str, below: str) -> tuple[int, str] | None:
    """(depth, text) of a title: between signs of a rule, or above a rule as headings of Markdown may stand."""
    if titled := _TITLED.fullmatch(line):
        text = titled[2] or titled[4] or titled[5]
        return _TITLED_DOUBLE if titled[2] or titled[5] else _TITLED_RULE, text.strip()
    if not below or len(line) > _CELL or line.startswith(_OTHER) or _PAIR.fullmatch(_FRONT.sub("", line, count=1)):
        return None
    return (_TITLED_DOUBLE, line) if _DOUBLE.fullmatch(below) else None


def _stat(label: str) -> bool:
    """Whether a label only says which statistic it is: `Mean`, `P99`, `平均`."""
    words = normalise(_PAIR.sub(r"\1", translated(label) or label)).split("_")
    return 0 < len(words) <= 2 and words[0] in STATS


_REPLY = re.compile(r"(?:\w+ )?(?:response|reply|answer) duration(?: \([^)]*\))?")


def _meaning(label: str, cell: str) -> _Label:
    name, cell = translated(label) or in_plain_english(label) or label, with_units(cell)
    if len(normalise(name).split("_")) > 7:
        return _Label(name, "")
    if is_subject(name):
        return _Label(name, "subject")
    stated = amount(cell)
    number = stated is not None and stated.value == stated.value
    if number and counts_failures(name):
        return _Label(name, "count")
    if number and _REPLY.fullmatch(name.lower()):
        return _Label(name, "reply")
    if resolve_factor(name):
        return _Label(name, "factor")
    if number and stated is not None:
        found = resolve(name, unit_hint=stated.unit)
        if found is not None and found.metric in METRICS:
            return _Label(name, "metric")
    return _Label(name, "")


def _results(block: _Block, known: dict[str, _Label]) -> int:
    return sum(known[k].kind in ("metric", "count", "reply") for k in block.labels)


def _runs(events: list[tuple[str, int, int, str, str]], known: dict[str, _Label]) -> list[_Block]:
    """The blocks, cut at the coarsest of the marks at which no label comes twice within one."""
    for depth in _DEPTHS:
        blocks = _cut(events, depth, known)
        if blocks is not None:
            return blocks
    return []


def _cut(events: list[tuple[str, int, int, str, str]], depth: int, known: dict[str, _Label]) -> list[_Block] | None:
    """The blocks between marks of this depth and above; None where one of them states a result twice."""
    blocks: list[_Block] = []
    titles: dict[int, str] = {}
    current: _Block | None = None
    first = ""  # the label that blocks begin with, where only labels divide them
    for kind, line, level, text, cell in events:
        if kind == "mark":
            if text or level < _BLANK:
                titles = {d: t for d, t in titles.items() if d < level} | ({level: text} if text else {})
            if level <= depth:
                current = None
            elif text and current is not None:
                current.titles.setdefault(level, text)
        elif kind == "pair":
            if depth == _AT_LABEL and current is not None and text in current.labels:
                first = first or next(iter(current.labels))
                if text == first or text in current.labels:
                    current = None
            if current is None:
                current = _Block(line, dict(titles))
                blocks.append(current)
            if text in current.labels and known[text].kind:
                return None
            current.labels.setdefault(text, cell)
    return blocks


def _alike(blocks: list[_Block], known: dict[str, _Label]) -> bool:
    """Whether most of the results that the blocks state stand in several of them."""
    counted = Counter(k for b in blocks for k in b.labels if known[k].kind in ("metric", "count", "reply"))
    return 2 * sum(n for n in counted.values() if n > 1) > sum(counted.values())


def _records(blocks: list[_Block], stating: list[_Block], known: dict[str, _Label], stem: str) -> Records:
    shared: dict[str, str] = {}
    rows: list[dict[str, str]] = []
    kept = {id(b) for b in stating}
    replies = _replies(stating, known)
    titles: dict[str, str] = {}
    counted = any(v.kind == "count" for v in known.values())
    for block in blocks:
        named = {k: v for k, v in block.labels.items() if known[k].kind in ("subject", "factor")}
        if id(block) not in kept:  # what is said of the runs that follow
            shared |= {known[k].name: with_units(v) for k, v in named.items()}
            continue
        row = dict(shared)
        for label, cell in block.labels.items():
            name = known[label].name
            if counted and normalise(name) == "total_duration":
                name = "total time"  # of the whole run
            if known[label].kind == "reply":
                if not replies:
                    continue
                name = re.sub("(?:response|reply|answer) duration", replies, name, flags=re.IGNORECASE)
            row[name] = with_units(cell)
            titles[name] = label
        rows.append(row)
    about([(b.titles, list(b.labels)) for b in stating], stem, rows)
    records = records_of(rows, [f"line {b.line}" for b in stating], shape="table")
    records.flat = True
    records.titles = {k: v for k, v in titles.items() if k != v}
    return records


def _replies(blocks: list[_Block], known: dict[str, _Label]) -> str:
    """What the duration of a reply is, as runs of one request tell: the time from its first token on where that and the
    first token make up the whole run, the request's whole time where it does alone; "" where nothing tells."""
    reply = _label(known, lambda n: bool(_REPLY.fullmatch(n)) and n.split()[0] in ("mean", "response", "reply"))
    first = _label(
        known, lambda n: (m := resolve(n)) is not None and m.metric == "ttft" and m.stat in ("mean", "sample")
    )
    total = _label(known, lambda n: bool(ALL.fullmatch(normalise(n))))
    whole = _label(known, lambda n: normalise(n) in _WHOLE)
    votes: Counter[str] = Counter()
    single = 0
    for block in blocks if reply and whole and total else ():
        sent, own, run, ttft = (amount(with_units(block.labels.get(k, ""))) for k in (total, reply, whole, first))
        if sent is None or sent.value != 1 or own is None or run is None:
            continue
        single += 1
        for meaning, value in (("decode time", own.value + (ttft.value if ttft else 0.0)), ("e2e latency", own.value)):
            votes[meaning] += bool(np.isclose(value, run.value, rtol=_SAME))
    best = votes.most_common()
    clear = bool(best) and best[0][1] * 2 > single and (len(best) == 1 or best[0][1] > best[1][1])
    return best[0][0] if clear else ""


def _label(known: dict[str, _Label], test: Callable[[str], bool]) -> str:
    """The first label whose name in English passes."""
    return next((label for label, meaning in known.items() if test(meaning.name.lower())), "")
