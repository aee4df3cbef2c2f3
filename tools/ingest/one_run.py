"""A text that reports one run in sections: settings, load, throughput, latency, machine. All of it is of one record.

The sections become what nested keys of a JSON object are: `Mean` under `LATENCY (seconds)` is the mean latency, and the
model, the batch and the power that other sections state belong to it as well.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from chimera_report.tools.metrics import METRICS, STATS, Resolved, normalise, resolve, resolve_factor, unit_name

from .amounts import amount
from .columns import is_subject, meaning_of
from .failure_names import counts_failures
from .folder_names import known_words
from .formats.command_line import flags
from .languages import in_plain_english, translated, with_units
from .reading import GIVEN, STEP, Records, records_of

_RULE = re.compile(r"[-_*~=#─━═+]{3,}$")
_TITLED = re.compile(
    r"(?:[=#═*~─━-]{2,}\s*([^=\-#*\s].*?)\s*[=#═*~─━-]{2,}|\[\s*([A-Za-z][^\[\]]{1,60})\]|#{1,6}\s+(.+?))$"
)
_COMMENTED = re.compile(r"(?:#{1,6}|//|;)\s*([A-Za-z][\w /-]{0,30}?)\s*[:=]\s+(\S.*)")
_PAIR = re.compile(
    r"(?:[-*+•·▪‣]\s+)?[^\w\s\[{|<>\"'(-]*\s*([^\W\d_][^:：=|<>{}\"]{0,60}?)\s*(?:\.{2,}\s*[:：]?|[:：=＝])\s*(\S.*)$"
)
_HEAD = re.compile(r"(?:[-*+•·▪‣]\s+)?([^\W\d_][^:：=|<>{}\"]{1,70}?)\s*[:：]?$")
_SEVERAL = re.compile(r"(.*?)[(\[]?\s*((?:[A-Za-z]+\d{0,3})(?:\s*/\s*[A-Za-z]+\d{0,3}){1,4})\s*[)\]]?$")
_FLAG = re.compile(r"\((--?[a-z][\w-]*)\)")
_MARK = re.compile(r"\*\*|__|`")
_WINDOW = re.compile(r"(?:context|ctx)(?:[ _-](?:size|window|length))?", re.I)
_SERVER = frozenset(("num_gpu", "num_batch", "n_ubatch", "num_thread", "flash_attention", "kv_cache"))
_LINES, _LINE, _CELL = 5_000, 240, 120
_RESULTS = 2  # that a text states, before it is a run
_TOKENS = (("(?:generated|output|completion)", "output"), ("(?:prompt|input)", "input"))
_CLOSE = 0.01  # relative: a rate that is tokens of the run over its time


@dataclass(slots=True)
class _Said:
    """One `label: value` line."""

    line: int
    section: str
    label: str
    cell: str


@dataclass(slots=True)
class _Text:
    titles: list[str] = field(default_factory=list)
    said: list[_Said] = field(default_factory=list)


def read_run(text: str) -> Records | None:
    """The one record of a text; None where it states too little, or the same of several runs."""
    if text.count("\n") > _LINES:
        return None
    found = _parsed(text)
    pairs = [p for s in found.said for p in _split(s)]
    results = [p for p in pairs if _is_result(p)]
    if len(results) < _RESULTS or _of_several(pairs, results):
        return None
    row: dict[str, str] = {}
    titles: dict[str, str] = {}
    names = {id(p): _column(p) for p in pairs}
    server = any(resolve_factor(n) in _SERVER for n in names.values())
    for pair in pairs:
        name = names[id(pair)]
        if server and not pair.section and _WINDOW.fullmatch(name) and pair.cell.replace(",", "").isdigit():
            name = "num_ctx"
        if name not in row:
            cell = pair.cell.lower() if pair.cell in ("True", "False") else pair.cell  # as Python prints them
            row[name] = with_units(cell)
            titles[name] = f"{pair.section}/{pair.label}" if pair.section else pair.label
    _rates_of_the_run(row, titles)
    if engine := _engine(found.titles):
        row.setdefault(GIVEN + "backend", engine)
    first = found.said[0].line
    records = records_of([row], [f"line {first}"])
    records.titles = {k: v for k, v in titles.items() if k.replace(STEP, "/") != v}
    return records


def _parsed(text: str) -> _Text:
    """The pairs of a text with the section that each stands in: below a title between rules, or a word alone."""
    out = _Text()
    section = ""
    deep = -1  # of a head that the lines below it are indented under
    divided = True  # a rule or a blank line stands above
    for number, raw in enumerate(text.splitlines(), 1):
        line = _MARK.sub("", raw.strip()) if len(raw) <= _LINE else ""
        if not line:
            divided = True
            continue
        if _RULE.fullmatch(line):
            section, divided = "", True
            continue
        if (said := _COMMENTED.fullmatch(line)) and (is_subject(said[1]) or resolve_factor(said[1])):
            line = f"{said[1]}: {said[2]}"  # `# model : nova-7b.gguf` says what a title would not
        indent = len(raw) - len(raw.lstrip())
        if titled := _TITLED.fullmatch(line):
            head = next(g for g in titled.groups() if g)
            section = _titled(out, head)
            divided, deep = False, -1
            continue
        pair = _PAIR.fullmatch(line)
        if pair is not None and len(pair[2]) <= _CELL:
            if deep >= 0 and indent <= deep:
                section, deep = "", -1
            out.said.append(_Said(number, section, pair[1].strip(), pair[2].strip().rstrip(",;")))
        elif (head := _HEAD.fullmatch(line)) and (divided or line.endswith((":", "："))) and len(line.split()) <= 9:
            section = _titled(out, head[1])
            deep = indent if line.endswith((":", "：")) else -1
        divided = False
    return out


def _titled(out: _Text, head: str) -> str:
    """The section that a title opens; the title of the whole text opens none."""
    out.titles.append(head)
    return head if out.said else ""


def _split(said: _Said) -> list[_Said]:
    """`GPU Power W (avg/max): 48.5 / 79.1` are two statistics, and so is `Min / Max: 8.6 / 12.5`."""
    several = _SEVERAL.fullmatch(said.label)
    stats = [s.strip() for s in several[2].split("/")] if several else []
    parts = [p.strip() for p in said.cell.split("/")]
    if several is None or len(stats) != len(parts) or not all(normalise(s) in STATS for s in stats):
        return [said]
    unit = re.sub(r"^[\d.,\s+-]+", "", parts[-1])
    own = [p if re.search(r"[A-Za-z%]", p) or not unit else f"{p} {unit}" for p in parts]
    return [
        _Said(said.line, said.section, f"{several[1].strip()} {s}".strip(), p) for s, p in zip(stats, own, strict=True)
    ]


def _section(title: str) -> str:
    """A section's title as the key of an object: without remarks, with the unit that its brackets name."""
    unit = next((w for m in re.findall(r"\(([^()]*)\)", title) for w in [m.split(",")[0].strip()] if unit_name(w)), "")
    plain = re.sub(r"\([^()]*\)?", " ", title).strip(" -:")
    plain = re.sub(r"\bper[- _]request\b(?=.*(?:latency|time))", "", plain, flags=re.I)
    if unit and "/" in unit:  # a rate is called by its unit alone
        plain = re.sub(r"\b(?:throughput|speed|rate)\b", "", plain, flags=re.I)
    return f"{' '.join(plain.split())} ({unit})".strip() if unit else " ".join(plain.split())


def _column(pair: _Said) -> str:
    """The name of a pair's column: a setting by its own name, anything else with the section that it stands in."""
    plain = re.sub(r"\([^()]*\)$", "", pair.label).strip() if _FLAG.search(pair.label) else pair.label
    if flag := _FLAG.search(pair.label):
        told = {k: v for k, v in flags(f"{flag[1]} {pair.cell}").items() if k != "concurrency"}
        factor = next(iter(told), "") or resolve_factor(flag[1].lstrip("-")) or ""
        if factor:
            return factor
    name = translated(plain) or (plain if resolve(plain) else in_plain_english(plain)) or plain
    if is_subject(name) or resolve_factor(name) or not pair.section:
        return name
    return f"{_section(pair.section)}{STEP}{name}"


def _meaning(pair: _Said) -> Resolved | None:
    stated = amount(with_units(pair.cell))
    if stated is None or stated.value != stated.value:
        return None
    context, _, leaf = _column(pair).rpartition(STEP)
    if resolve_factor(leaf):
        return None
    found = meaning_of(leaf, context) or resolve(leaf, unit_hint=stated.unit, context=context)
    return found if found is not None and found.metric in METRICS else None


def _is_result(pair: _Said) -> bool:
    return _meaning(pair) is not None or (counts_failures(pair.label) and amount(pair.cell) is not None)


def _of_several(pairs: list[_Said], results: list[_Said]) -> bool:
    """Whether most results stand twice, in one section or in several that are runs, or several models are named."""
    counted = Counter(normalise(p.label) for p in results if normalise(p.label) not in STATS)
    within = Counter((p.section, p.label) for p in results)
    models = {p.cell for p in pairs if is_subject(p.label)}
    twice = sum(n for n in counted.values() if n > 1)
    return len(models) > 1 or any(n > 1 for n in within.values()) or twice * 2 > sum(counted.values())


def _engine(titles: list[str]) -> str:
    """The program that a title names: `vLLM BENCHMARK REPORT`."""
    words = known_words()[0]
    named = [w for t in titles[:2] for w in re.split(r"[\s_]+", t) if words.get(w.lower().strip("()")) == "backend"]
    return named[0].strip("()").lower() if len({w.lower() for w in named}) == 1 else ""


def _rates_of_the_run(row: dict[str, str], titles: dict[str, str]) -> None:
    """Call a rate that is the tokens of all requests over the time of the run that, whatever its label says."""
    time = _number(row, r"(?:wall|total|elapsed|benchmark|test|run).*(?:time|duration|wall)|duration")
    many = _number(row, r"(?:total|completed|successful)?_?(?:requests?|completed|successful)(?:_sent)?")
    if not time or not many:
        return
    for words, called in _TOKENS:
        counted = _found(row, rf"(?:total_)?{words}_tok(?:en)?s?")
        made = amount(row[counted]) if counted else None
        for name in list(row) if made else ():
            stated = amount(row[name])
            rate = re.search(r"tok(?:en)?s?\s*(?:/|per)\s*s", f"{name} {stated.unit if stated else ''}", re.I)
            if made and stated and rate and np.isclose(stated.value * time, made.value, rtol=_CLOSE):
                for old, new in ((name, f"{called} throughput (tok/s)"), (counted, f"total {called} tokens")):
                    titles[new], row[new] = titles.pop(old), row.pop(old)
                break


def _found(row: dict[str, str], pattern: str) -> str:
    """The first column of numbers whose own name is of a pattern; "" where there is none."""
    named = (n for n in row if re.fullmatch(pattern, normalise(n.rpartition(STEP)[2])))
    return next((n for n in named if amount(row[n]) is not None), "")


def _number(row: dict[str, str], pattern: str) -> float:
    stated = amount(row.get(_found(row, pattern), ""))
    return stated.value if stated else 0.0
