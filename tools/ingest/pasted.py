"""What a script printed, pasted into a document: blocks of `label: value` lines under headings or within fences.

One block is one record; a label that comes again begins another. The headings above say whose it is: a model, a
machine, or what else differs between them. A value that its own line calls estimated is not taken for a measurement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from chimera_report.tools.metrics import METRICS, normalise, resolve, resolve_factor

from .amounts import amount
from .columns import is_subject
from .folder_names import known_words, levels_of, parts_of
from .names import is_model
from .reading import GIVEN, Records, records_of

_HEADING = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*\s*$")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})\s*([\w+-]*)")
_PLAIN = frozenset(("", "text", "txt", "console", "log", "output", "plaintext", "plain", "none"))
_SHOWN = re.compile(r"\b(?:examples?|sample|format|usage|expected|template|e\.g)\b", re.IGNORECASE)
_PAIR = re.compile(r"\s*(?:\[[^\]]{1,30}\]\s*)?([A-Za-z][\w ()/%.+-]{0,48}?)\s*(?:\.{2,}\s*:?|[:=])(\s*)(\S.*?)\s*$")
_RULE = re.compile(r"\s*[-=*_#~]{4,}\s*$")
_NUMBER = re.compile(r"[A-OR-Z]\d{1,2}[\s.)]\s*(?=[A-Za-z]{2})")  # in a list: `M1  Total energy`
_ESTIMATED = re.compile(r"\b(?:estimat\w+|approx\w*|extrapolated|projected|theoretical)\b", re.IGNORECASE)
# What a description of a machine states as well.
_MACHINES = frozenset(
    ("ram", "vram", "power", "model_size", "clock_sm", "clock_mem", "gpu_temperature", "prompt_tokens")
)
_RESULTS = 3  # lines that state a registered metric, before a block counts as results
_WORDS = 5  # of a line that is prose
_WIDE = re.compile(r"[ \t]{30,}")
_LINE = 200  # characters of a line that is looked at
_LONGEST = 60  # characters of a value
_KINDS, _SAID = (
    frozenset(("cpu", "gpu", "npu", "tpu", "xpu")),
    3,
)  # `SINGLE GPU EVALUATION SUMMARY` is a title, and no machine
_MACHINE = re.compile(
    r"\b(?:RTX|GTX|GeForce|Radeon|Quadro|Tesla|NVIDIA|A100|A10G?|H100|H200|L40S?|L4|T4|V100|B200|GB\d{2,3}|GH200|"
    r"MI\d{2,3}X?|Ryzen|EPYC|Xeon|Apple M\d|M[1-5] (?:Ultra|Max|Pro)|Mac(?:Book| Studio| mini)|Threadripper|Jetson|"
    r"Orin|Raspberry Pi|Snapdragon|Strix Halo|DGX)\b"
)


@dataclass(slots=True)
class _Block:
    first: int  # its line, from 1
    headings: dict[int, str]  # those above it, by depth
    records: list[dict[str, str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)  # line of each record


def pasted(text: str) -> tuple[Records | None, str, bool]:
    """The records of the blocks of a document, the text without them, and whether hardly anything else is in it.

    The text keeps its number of lines. A document of nothing but such blocks and headings is what a script wrote.
    """
    lines = [_WIDE.sub(" " * 30, line) if len(line) < _LINE else line for line in text.splitlines()]
    blocks: list[_Block] = []
    left = list(lines)
    prose = 0
    for first, last, headings, fenced, above in stretches(lines):
        block = None if fenced and is_example(above) else _block(lines[first:last], first, headings, fenced)
        if block is not None:
            blocks.append(block)
            left[first:last] = [""] * (last - first)
        prose += sum(_is_prose(line) for line in (lines[first:last] if block is None else _around(lines[first:last])))
    if not blocks:
        return None, text, False
    known = identity([b.headings for b in blocks])
    rows = [{**given, **r} for b, given in zip(blocks, known, strict=True) for r in b.records]
    records = records_of(rows, [f"line {n}" for b in blocks for n in b.starts], shape="table")
    records.flat = True
    return records, "\n".join(left), not prose


def stretches(lines: list[str], *, whole: bool = False) -> Iterator[tuple[int, int, dict[int, str], bool, str]]:
    """Pieces of a document between headings and fences: first and last line, the headings above, whether fenced, and
    what leads to it. Fences of code are left out, unless the `whole` document is asked for."""
    headings: dict[int, str] = {}
    begun, fence, lead = 0, "", ""
    plain = True
    for i, line in enumerate([*lines, "# "]):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2]:
                if plain or whole:
                    yield begun, i, dict(headings), True, f"{lead} {headings.get(max(headings, default=0), '')}"
                fence, begun = "", i + 1
            continue
        heading = _HEADING.match(line) if len(line) < _LINE else None
        if not mark and not heading and i < len(lines):
            lead = line if line.strip() else lead
            continue
        if i > begun:
            yield begun, i, dict(headings), False, lead
        begun = i + 1
        if mark:
            fence, plain = mark[1], mark[2].lower() in _PLAIN
        elif heading:
            depth, lead = len(heading[1]), ""
            headings = {d: h for d, h in headings.items() if d < depth} | {depth: heading[2].strip(" *`")}


def estimated(text: str) -> list[str]:
    """The labels of the values that their own lines call estimated, in their order."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        pair = _PAIR.match(line) if len(line) < _LINE else None
        if pair and len(pair[3]) <= _LONGEST and _ESTIMATED.search(pair[3]) and amount(pair[3].partition("(")[0]):
            found.setdefault(_NUMBER.sub("", pair[1]).strip())
    return list(found)


def is_example(above: str) -> bool:
    """Whether what leads to a block calls it an example of what is printed, and no result."""
    return bool(_SHOWN.search(above))


def _block(lines: list[str], first: int, headings: dict[int, str], fenced: bool) -> _Block | None:
    """The block that a piece of a document is; None where it is prose, a list, a table or too little."""
    found = _Block(first + 1, headings)
    current: dict[str, str] = {}
    said: dict[str, str] = {}
    results: dict[str, str] = {}
    aligned = pairs = 0
    for number, line in enumerate(lines, first + 1):
        pair = (
            _PAIR.match(line) if len(line) < 200 and not line.lstrip().startswith(("-", "*", "|", ">", "+")) else None
        )
        if pair is None:
            continue
        label, cell = _NUMBER.sub("", pair[1]).strip(), pair[3]
        pairs += 1
        aligned += len(pair[2]) > 1 or ".." in line
        if len(cell) > _LONGEST or _ESTIMATED.search(cell) or _ESTIMATED.search(label):
            continue
        metric = states(label, cell)
        if is_subject(label) or (resolve_factor(label) and not metric):
            if label in said and current:
                found.records.append({**said, **current})
                current = {}
            said[label] = cell
            continue
        if label in current:
            found.records.append({**said, **current})
            current = {}
        if not current:
            found.starts.append(number)
        current[label] = cell
        if metric:
            results[label] = metric
    if current:
        found.records.append({**said, **current})
    console = fenced or aligned * 2 > pairs or sum(bool(_RULE.match(line)) for line in lines) > 1
    told = len(results) >= _RESULTS and not _MACHINES.issuperset(results.values())
    return found if console and told else None


def states(label: str, cell: str) -> str:
    """The metric that a line states a value of, as a registry knows it; "" for none."""
    stated = amount(cell)
    if stated is None or stated.value != stated.value or len(normalise(label).split("_")) > 6:
        return ""
    found = resolve(label, unit_hint=stated.unit)
    return found.metric if found is not None and found.metric in METRICS else ""


def _around(lines: list[str]) -> list[str]:
    """What of a block stands before its first and after its last pair."""
    places = [i for i, line in enumerate(lines) if len(line) < _LINE and _PAIR.match(line)]
    return lines[: places[0]] + lines[places[-1] + 1 :]


def _is_prose(line: str) -> bool:
    plain = line.strip()
    return bool(plain) and not _RULE.match(plain) and (len(plain.split()) >= _WORDS or plain.startswith("|"))


def identity(headings: list[dict[int, str]]) -> list[dict[str, str]]:
    """What the headings above each block, by their depth, say of it: its model, its machine, or the levels of what
    differs between the blocks."""
    out: list[dict[str, str]] = [{} for _ in headings]
    for depth in sorted({d for above in headings for d in above}):
        names = [above.get(depth, "") for above in headings]
        given = [n for n in dict.fromkeys(names) if n]
        if not given:
            continue
        levels = _levels(given, len(given) > 1)
        for name, known in zip(names, out, strict=True):
            for factor, level in levels.get(name, {}).items():
                known[GIVEN + ("subject" if factor == "model" else factor)] = level
    return out


def _levels(names: list[str], several: bool) -> dict[str, dict[str, str]]:
    """The levels that headings of one depth name."""
    if all(is_model(n) for n in names):
        return {n: {"model": n} for n in names}
    if all(_is_machine(n) for n in names):
        inside = {
            n: m[1].strip() if (m := re.search(r"\(([^()]+)\)\s*$", n)) and _MACHINE.search(m[1]) else n for n in names
        }
        return {n: {"device": inside[n] if len(set(inside.values())) == len(names) else n} for n in names}
    return levels_of(names, []) if several else {n: {} for n in names}


def _is_machine(name: str) -> bool:
    """Whether a heading names a machine: by its product, or by the kind of its processor where it says little else."""
    parts = [w.lower() for w in parts_of(name)]
    chips = {w for w in parts if known_words()[0].get(w) == "device"}
    return bool(_MACHINE.search(name)) or bool(chips - _KINDS) or (bool(chips) and len(parts) <= _SAID)
