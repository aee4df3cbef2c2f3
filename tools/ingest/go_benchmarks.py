"""What `go test -bench` prints: a name, how often it ran, and values with their units.

    BenchmarkColdStart/gemma3:4b/cold/short_prompt-16   1   1217766250 ns/op   84.12 gen_tok/s   28.00 ttft_ms

The format is golang.org/design/14313-benchmark-format: lines `key: value` ahead say where it ran, the parts of a name
between slashes are the cases, and the number at its end is GOMAXPROCS.
"""

from __future__ import annotations

import re

from .folder_names import known_words, parts_of
from .names import is_model
from .reading import GIVEN, Records, records_of

RESULT = re.compile(r"Benchmark(\S*?)(?:-\d+)?\s+(\d+)\s+(\S.*\S)\s*$")
_VALUE = re.compile(r"([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s+(\S+)")
_SAID = re.compile(r"(cpu|goos|goarch|pkg):\s+(\S.*\S)\s*$")
_KEYED = re.compile(r"([A-Za-z]\w*)=(.+)")
_SEEN = re.compile(r"multi-?_?modal|vision|image", re.IGNORECASE)
_BARE = re.compile(r"tok(?:en)?s?/s(?:ec)?$")  # a rate that does not say whose tokens it counts
_TIMES = frozenset(("cold", "warm"))
_TOTAL = "total "
_PER_OP = frozenset(("ns/op", "B/op", "allocs/op", "MB/s"))  # of the loop, whatever it calls


def read_go(text: str) -> Records | None:
    """The records of a text, one a line; None where it holds no results with units of their own."""
    if "Benchmark" not in text:
        return None
    names: list[list[str]] = []
    rows: list[dict[str, str]] = []
    where: list[str] = []
    machine = ""
    for number, line in enumerate(text.splitlines(), 1):
        said = _SAID.match(line)
        if said and said[1] in ("goos", "cpu"):  # a run's own head begins with its system, and may tell no processor
            machine = said[2] if said[1] == "cpu" else ""
        found = RESULT.match(line)
        values = {unit: value for value, unit in _VALUE.findall(found[3])} if found else {}
        own = {_whole(u, found[1]) if found else u: v for u, v in values.items() if u not in _PER_OP}
        if found and own:
            names.append(found[1].split("/"))
            rows.append(own | ({GIVEN + "device": machine} if machine else {}))
            where.append(f"line {number}")
    if not rows:
        return None
    for row, told in zip(rows, _cases(names), strict=True):
        row |= {GIVEN + k: v for k, v in told.items()}
    records = records_of(rows, where, shape="table")
    records.flat = True
    records.titles = {c: c.removeprefix(_TOTAL) for c in records.columns if c.startswith(_TOTAL)}
    return records


def _whole(unit: str, name: str) -> str:
    """A bare rate of a benchmark on images counts what was read of them too: it is not the speed of the answer."""
    return _TOTAL + unit if _SEEN.search(name) and _BARE.match(unit) else unit


def _cases(names: list[list[str]]) -> list[dict[str, str]]:
    """What the parts of the names say: a model, `key=level`, cold or warm, what was asked.

    Parts that all share, or that only say again what another part says, say nothing."""
    out: list[dict[str, str]] = [{} for _ in names]
    used: list[tuple[str, ...]] = []
    words = known_words()[0]
    deep = max(map(len, names))
    for at in sorted(range(deep), key=lambda i: i == 0):  # the function's own name last
        parts = tuple(n[at] if at < len(n) else "" for n in names)
        if any(_alike(parts, other) for other in used):
            continue
        used.append(parts)
        told = [p for p in parts if p]
        if all(is_model(p) for p in told):
            factor, levels = "subject", parts
        elif all(_KEYED.fullmatch(p) for p in told) and len({p.split("=")[0] for p in told}) == 1:
            factor, levels = told[0].split("=")[0], tuple(p.rpartition("=")[2] for p in parts)
        elif {p.lower() for p in told} <= _TIMES:
            factor, levels = "cold", tuple({"cold": "true", "warm": "false"}.get(p.lower(), "") for p in parts)
        elif len(set(parts)) < 2:
            continue
        else:
            asked = all(
                any(words.get(w.lower()) == "workload" or w.lower() == "prompt" for w in parts_of(p)) for p in told
            )
            factor, levels = ("workload" if asked else f"case{at}" if at else "case"), parts
        for row, level in zip(out, levels, strict=True):
            if level:
                row.setdefault(factor, level)
    return out


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))
